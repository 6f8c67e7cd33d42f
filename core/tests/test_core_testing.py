"""The test kit notices plugins that break their contract: a contract that cannot fail would be no contract."""

from __future__ import annotations

import csv
import inspect
import io
import re
import time
from datetime import UTC, date, datetime

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mikrocert.award import withheld_at
from mikrocert.kinds.check import Check, CheckContext
from mikrocert.kinds.envelope import Prepared, Trust
from mikrocert.kinds.format import Credential
from mikrocert.kinds.intake import Intake, IntakeRecord
from mikrocert.kinds.observer import Observer
from mikrocert.kinds.signer import Identity, Signer
from mikrocert.report import CheckResult, Finding, Outcome
from mikrocert.testing import (
    HOSTILE,
    CheckContract,
    EnvelopeContract,
    FormatContract,
    InstitutionContract,
    IntakeContract,
    ObserverContract,
    PluginContract,
    RendererContract,
    SignerContract,
    example_award,
    example_profile,
    example_stacked_award,
)

NOTICED = (AssertionError, pytest.fail.Exception)


class TestToyInstitution(InstitutionContract):
    """The invented university keeps the contract."""

    @pytest.fixture
    def institution(self, toy):
        return toy.University()


def test_a_flipped_bit_that_goes_unnoticed_is_noticed(toy):
    """The toy envelope doesn't guard its head, and the contract says so."""
    sealed = toy.sealed(b"x")
    with pytest.raises(NOTICED, match="octet"):
        EnvelopeContract().test_any_flipped_bit_is_noticed(
            toy.envelopes["toy-seal"], sealed, Trust((toy.root,), sandbox=True), datetime.now(UTC)
        )


def test_an_envelope_without_trust_is_noticed(toy):
    """Trust has to pass under the trust given."""
    with pytest.raises(NOTICED):
        EnvelopeContract().test_sealed_file_passes(
            toy.envelopes["toy-seal"], toy.sealed(b"x"), Trust(), datetime.now(UTC)
        )


def test_a_pale_accent_is_noticed(toy):
    """Yellow names on white paper can't be read."""
    university = toy.University()
    university.profile = attrs.evolve(
        example_profile(), branding=attrs.evolve(example_profile().branding, accent="#FFD700")
    )
    with pytest.raises(NOTICED):
        InstitutionContract().test_accent_is_readable_on_white(university)


def test_a_profile_that_breaks_rules_is_noticed(toy):
    """An IČO with a wrong check digit would have every award refused."""
    university = toy.University()
    organisation = example_profile().organisation
    wrong = attrs.evolve(organisation.identifiers[0], value="12345678")
    university.profile = attrs.evolve(
        example_profile(), organisation=attrs.evolve(organisation, identifiers=(wrong,))
    )
    with pytest.raises(NOTICED):
        InstitutionContract().test_profile_meets_the_rules(university)


class Lenient:
    """An intake that takes anything for an award, and counts from 0."""

    def read(self, data, *, profile, encoding=None):
        return [IntakeRecord(0, award=example_award())]


def test_a_lenient_intake_is_noticed():
    """It reads hostile octets as an award, and numbers records wrongly."""
    for name in HOSTILE:
        with pytest.raises(NOTICED):
            IntakeContract().test_hostile_input_is_refused(Lenient(), example_profile(), None, name)
    with pytest.raises(NOTICED):
        IntakeContract().test_records_are_numbered(Lenient(), b"", example_profile(), None)
    with pytest.raises(NOTICED):
        IntakeContract().test_twenty_megabytes_are_refused(Lenient(), example_profile())


def test_an_envelope_that_takes_any_signature_is_noticed(toy):
    """A signature over other octets must not finish a file."""
    lenient = type("Lenient", (toy.Envelope,), {"finish_many": lambda self, prepared, *_, **__: (b"",)})
    with pytest.raises(NOTICED):
        EnvelopeContract().test_a_foreign_signature_is_refused(
            lenient(toy.seal_mark, "ToySeal"), toy.Signer(), b"x", datetime.now(UTC)
        )


def test_an_envelope_that_looks_at_the_clock_is_noticed(toy):
    """What is to be signed has to be the same after a crash."""
    drawn = iter(range(9))
    fickle = type(
        "Fickle",
        (toy.Envelope,),
        {"prepare": lambda self, payload, *, identity, at: Prepared(b"%d" % next(drawn), "TOY", b"")},
    )
    with pytest.raises(NOTICED):
        EnvelopeContract().test_the_same_octets_are_to_be_signed_again(
            fickle(toy.seal_mark, "ToySeal"), toy.Signer(), b"x", datetime.now(UTC)
        )


def test_a_format_that_loses_what_it_can_not_say_is_noticed(toy):
    """A component without its outcomes is another award."""

    class Forgetful(toy.Format):
        def build(self, award, **how):
            bare = tuple(attrs.evolve(component, outcomes=()) for component in award.components)
            return super().build(attrs.evolve(award, components=bare), **how)

    FormatContract().test_nothing_is_lost_in_silence(toy.Format(), {}, example_stacked_award)
    with pytest.raises(NOTICED):
        FormatContract().test_nothing_is_lost_in_silence(Forgetful(), {}, example_stacked_award)


class Ed25519Signer(Signer):
    """Signs for real; `order` may mix the signatures up."""

    def __init__(self, order=list):
        self.key, self.order = Ed25519PrivateKey.generate(), order
        public = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self._identity = Identity("EdDSA", public)

    @property
    def identity(self):
        return self._identity

    def sign_many(self, to_be_signed):
        return tuple(self.order([self.key.sign(octets) for octets in to_be_signed]))


class TestSigner(SignerContract):
    """A signer of the test keeps the contract."""

    @pytest.fixture
    def signer(self):
        return Ed25519Signer()


def test_mixed_up_signatures_are_noticed():
    """Each signature belongs to the octets at its own place."""
    with pytest.raises(NOTICED):
        SignerContract().test_signs_many_in_order(Ed25519Signer(order=reversed))


class TestObserver(ObserverContract):
    """An observer that overrides nothing keeps the contract."""

    @pytest.fixture
    def observer(self):
        return Observer()


def test_a_renderer_that_looks_at_the_clock_is_noticed(toy):
    """A document says what its view says, at any time; and a picture is one."""
    drawn = iter(range(9))
    attachment = RendererContract.attachment.__wrapped__(RendererContract())
    fickle = type("Fickle", (toy.Renderer,), {"document": lambda *_, **__: b"%d" % next(drawn)})
    with pytest.raises(NOTICED):
        RendererContract().test_the_same_certificate_gives_the_same_document(fickle(), attachment)
    with pytest.raises(NOTICED):
        RendererContract().test_pages_are_small_pictures(toy.Renderer(), "cs")


class Fresh(Check):
    """Warns of an old award, as it should; others lie."""

    def examine(self, context, *, at):
        if withheld_at("awarded_on", context.credential.withheld):
            return self.said(Finding.info("withheld", "The holder doesn't show it."), Outcome.WITHHELD)
        if context.award is None:
            return self.said(Finding.info("unread", "Nobody can tell."), Outcome.UNDETERMINED)
        return self.judged((self.today(at) - context.award.awarded_on).days)

    def today(self, at):
        return at.date()

    def judged(self, days):
        return self.said(Finding.info("age", "{days} days old", days=days))

    def said(self, finding, outcome=Outcome.PASSED):
        return CheckResult("mine", outcome, (finding,))


def doing(**methods):
    """Return the careful check with methods that lie."""
    return type("Lying", (Fresh,), methods)()


class Bold(Fresh):
    """Never asks what is withheld."""

    def examine(self, context, *, at):
        if context.award is None:
            return self.said(Finding.info("unread", "Nobody can tell."), Outcome.UNDETERMINED)
        return self.judged((self.today(at) - context.award.awarded_on).days)


class Quiet(Fresh):
    """Never asks what is withheld, and takes it for something else."""

    def examine(self, context, *, at):
        return self.said(Finding.info("age", "{day}", day=str(context.award and context.award.awarded_on)))


class Vague(Fresh):
    """Says of what is withheld that nobody can tell."""

    def said(self, finding, outcome=Outcome.PASSED):
        return super().said(finding, Outcome.UNDETERMINED if outcome is Outcome.WITHHELD else outcome)


ERROR = Finding.error("old", "It is old.")
LYING = {  # what it does → (a check, the tests of the contract that notice it)
    "nothing wrong": (Fresh(), []),
    "answers under another name": (
        doing(said=lambda self, finding, outcome=Outcome.PASSED: CheckResult("other", outcome, (finding,))),
        ["its_question", "without_award", "withheld"],
    ),
    "says nothing": (doing(judged=lambda self, days: CheckResult("mine", Outcome.PASSED)), ["its_question", "withheld"]),
    "looks at the clock": (doing(today=lambda self, at: datetime.now(UTC).date()), ["time"]),
    "looks at the calendar": (doing(today=lambda self, at: date.today()), ["time"]),  # noqa: DTZ011
    "counts the seconds": (doing(today=lambda self, at: time.time() and at.date()), ["time"]),
    "asks not what is withheld": (Bold(), ["withheld"]),
    "takes what is withheld for a value": (Quiet(), ["withheld"]),
    "calls what is withheld unclear": (Vague(), ["withheld"]),
    "hides an error where nobody counts it": (
        doing(judged=lambda self, days: CheckResult("mine", Outcome.NOT_APPLICABLE, (ERROR,))),
        ["its_question", "withheld"],
    ),
    "passes with an error": (
        doing(judged=lambda self, days: CheckResult("mine", Outcome.PASSED, (ERROR,))),
        ["its_question", "withheld"],
    ),
    "fails without an error": (
        doing(judged=lambda self, days: CheckResult("mine", Outcome.FAILED, (Finding.warning("old", "It is old."),))),
        ["its_question", "withheld"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", LYING)
def test_a_check_that_lies_is_noticed(what):
    """Each lie by a test of the contract; a careful check by none."""
    check, noticed = LYING[what]
    contract, context = CheckContract(), CheckContext(Credential("toy", "urn:toy", None), example_award(), ())
    tests = {
        "its_question": lambda: contract.test_answers_its_question(check, "mine", context),
        "without_award": lambda: contract.test_answers_without_award(check, "mine", context),
        "time": lambda: contract.test_answers_of_the_time_of_verification(check, context),
        "withheld": lambda: contract.test_what_is_withheld_is_said_to_be(check, "mine", context),
    }
    found = []
    for name, test in tests.items():
        try:
            test()
        except (*NOTICED, TypeError):
            found.append(name)
    assert found == noticed


def test_a_plugin_without_offers_is_noticed():
    """A module that registers nothing is no plugin."""
    with pytest.raises(NOTICED):
        PluginContract().test_plugin_registers_without_failure(type("Toy", (), {})())


def test_contracts_say_which_fixtures_they_need():
    """The docstring of each contract names them."""
    from mikrocert import testing

    for name in testing.__all__:
        contract = getattr(testing, name)
        if inspect.isclass(contract):
            assert "Fixtures: " in contract.__doc__, name


class Lines(Intake):
    """Reads `number;family name;day`, in the ways that the contract has to notice."""

    def __init__(self, *, rows=None, day=None):
        self.rows = rows or (
            lambda text: csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
        )
        self.day = day or (
            lambda text: date(*map(int, re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text).groups()))
        )

    def read(self, data, *, profile, encoding=None):
        rows, number = iter(self.rows(self.decoded(data))), 0
        while True:
            number += 1
            try:
                cells = next(rows, None)
            except csv.Error:
                yield self.refused(number)
                return
            if cells is None:
                return
            yield self.record(number, cells)

    def decoded(self, data):
        return data.decode().removeprefix("\ufeff")

    def record(self, number, cells):
        try:
            evidence_number, family_name, day = cells
            awarded_on = self.day(day)
        except (ValueError, AttributeError):
            return self.refused(number)
        learner = attrs.evolve(example_award().learner, family_name=family_name)
        award = attrs.evolve(
            example_award(), evidence_number=evidence_number, learner=learner, awarded_on=awarded_on
        )
        return IntakeRecord(number, award=award)

    def refused(self, number):
        return IntakeRecord(number, findings=(Finding.error("wrong", "wrong"),))


def today(text):
    """Take what is no day for another one, as careless intakes do."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date(2026, 1, 1)


def unguarded(text):
    """Read as the careful one does, and let errors out."""
    yield from list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))


class Marked(Lines):
    """Takes the byte order mark for a part of the first value."""

    def decoded(self, data):
        return data.decode()


class Unguarded(Lines):
    def read(self, data, *, profile, encoding=None):
        return (self.record(n, cells) for n, cells in enumerate(unguarded(self.decoded(data)), 1))


SAMPLE = "UŘ/1;Ďurůžka;2026-06-22\nUŘ/2;Řehoř;2026-06-22\n".encode()
SEPARATORS = next(
    mark.args[1] for mark in IntakeContract.test_a_line_separator_inside_a_value_ends_no_record.pytestmark
)
DAYS = next(mark.args[1] for mark in IntakeContract.test_what_is_no_day_refuses_its_record.pytestmark)
BROKEN = next(mark.args[1] for mark in IntakeContract.test_broken_quotes_are_one_refusal.pytestmark)


def broken_rules(intake):
    """Return the parameters of the contract of which an intake doesn't stand the test."""
    contract, found = IntakeContract(), []
    for test, parameters in (
        (contract.test_a_line_separator_inside_a_value_ends_no_record, SEPARATORS),
        (contract.test_what_is_no_day_refuses_its_record, DAYS),
        (contract.test_broken_quotes_are_one_refusal, BROKEN),
        (contract.test_a_byte_order_mark_is_part_of_no_value, [None, "utf-8"]),
    ):
        for parameter in parameters:
            try:
                test(intake, SAMPLE, example_profile(), None, parameter)
            except (*NOTICED, csv.Error, ValueError):
                found.append(parameter)
    return found


@pytest.mark.parametrize(
    ("intake", "noticed"),
    {
        "careful": (Lines(), []),
        "splitlines": (Lines(rows=lambda text: csv.reader(text.splitlines(), delimiter=";", strict=True)), SEPARATORS),
        "any day that Python reads": (Lines(day=date.fromisoformat), ["2026-W26-1", "20260622"]),
        "a day made up": (Lines(day=today), DAYS),
        "errors let out": (Unguarded(), BROKEN),
        "the byte order mark kept": (Marked(), [None, "utf-8"]),
    }.values(),
    ids=["careful", "splitlines", "any day", "made up", "let out", "marked"],
)  # fmt: skip
def test_careless_intakes_are_noticed(intake, noticed):
    """An intake that loses lines, makes up days or raises what is no IntakeError breaks the contract; a careful one doesn't."""
    assert broken_rules(intake) == noticed
