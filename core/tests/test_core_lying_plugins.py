"""Plugins that lie or are lazy: each lie is noticed by a test of its contract, which an honest plugin of the same kind passes."""

from __future__ import annotations

import csv
import hashlib
import inspect
import io
import itertools
import json
import zlib
from base64 import b64encode
from datetime import UTC, date, datetime

import attrs
import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mikrocert.award import withheld_at
from mikrocert.errors import SealError
from mikrocert.kinds.check import Check, CheckContext
from mikrocert.kinds.envelope import Trust
from mikrocert.kinds.format import Credential
from mikrocert.kinds.intake import Intake, IntakeRecord
from mikrocert.kinds.renderer import TEST_MARK, Attachment, DocumentType, Renderer
from mikrocert.kinds.signer import Identity, Signer
from mikrocert.report import CheckResult, Finding, Outcome
from mikrocert.testing import (
    CheckContract,
    CommandContract,
    EnvelopeContract,
    FormatContract,
    IntakeContract,
    RendererContract,
    SignerContract,
    example_award,
    example_profile,
    texts_to_read,
)
from mikrocert.texts import message

FAILED = (Exception, pytest.fail.Exception)


def noticed(contract, **fixtures):
    """Return the tests of a contract that a plugin doesn't stand, each once, whichever parameter it was."""
    found = set()
    for name, test in inspect.getmembers(contract(), inspect.ismethod):
        if name.startswith("test_") and set(inspect.signature(test).parameters) <= set(fixtures) | parameters(
            test
        ):
            for given in rounds(test):
                wanted = {
                    key: value
                    for key, value in {**fixtures, **given}.items()
                    if key in inspect.signature(test).parameters
                }
                try:
                    test(**wanted)
                except pytest.skip.Exception:
                    pass
                except FAILED:
                    found.add(name.removeprefix("test_"))
    return found


def parameters(test):
    """Return the names that a test is parametrized by."""
    return {name.strip() for mark in marks(test) for name in names_of(mark)}


def rounds(test):
    """Yield the parameters of each round of a test."""
    sides = [
        [dict(zip(names_of(mark), values_of(mark, value), strict=True)) for value in mark.args[1]]
        for mark in marks(test)
    ]
    for chosen in itertools.product(*sides):
        yield {name: value for each in chosen for name, value in each.items()}


def marks(test):
    return [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]


def names_of(mark):
    return [name.strip() for name in mark.args[0].split(",")]


def values_of(mark, value):
    return value if len(names_of(mark)) > 1 else (value,)


class Rows(Intake):
    """Reads `number;given name;family name;day` in Windows-1250, honestly."""

    def read(self, data, *, profile, encoding=None):
        rows = csv.reader(io.StringIO(data.decode(encoding or "utf-8"), newline=""), delimiter=";")
        return self.kept([self.record(number, cells, profile) for number, cells in enumerate(rows, start=1)])

    def kept(self, records):
        return records

    def record(self, number, cells, profile):
        evidence, given, family, day = cells
        try:
            awarded_on = date.fromisoformat(day)
        except ValueError:
            fault = Finding.error("day", "no day")
            return IntakeRecord(number, findings=(fault,), evidence_number=evidence or None)
        if not family:
            fault = Finding.error("name", "no name")
            return IntakeRecord(number, findings=(fault,), evidence_number=evidence or None)
        learner = self.learner(given, family)
        award = attrs.evolve(
            example_award(), evidence_number=evidence, learner=learner, awarded_on=awarded_on
        )
        return IntakeRecord(number, award=award, evidence_number=evidence)

    def learner(self, given, family):
        return attrs.evolve(example_award().learner, given_name=given, family_name=family)


def renumbered(records):
    return [attrs.evolve(record, number=number) for number, record in enumerate(records, start=1)]


class OnePerName(Rows):
    """Takes a second learner of one name for the first one."""

    def kept(self, records):
        names = {}
        for record in records:
            learner = record.award and record.award.learner
            names.setdefault((learner.given_name, learner.family_name) if learner else record.number, record)
        return renumbered(names.values())


class GoodOnes(Rows):
    """Swallows what it can't read."""

    def kept(self, records):
        return renumbered([record for record in records if record.award])


class Unnumbered(Rows):
    """Swallows a record that has no number."""

    def kept(self, records):
        return renumbered([record for record in records if record.evidence_number])


class OneLearner(Rows):
    """Awards whatever comes to the same learner."""

    def learner(self, given, family):
        return attrs.evolve(example_award().learner, given_name="Jan", family_name="Žďárek")


EXPORT = (
    "1;Jan;Žďárek;2026-06-22\n2;Jan;Žďárek;2026-06-23\n3;Řehoř;Šťastný;loni\n4;Růžena;Ďurišová;2026-06-22\n"
)


@pytest.mark.parametrize(
    ("intake", "test"),
    [
        (OnePerName(), "no_record_is_swallowed"),
        (GoodOnes(), "no_record_is_swallowed"),
        (Unnumbered(), "a_spoilt_value_swallows_no_record"),
        (OneLearner(), "an_award_says_what_its_record_says"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Intake) else "",
)
def test_an_intake_that_swallows_or_makes_up_is_noticed(intake, test):
    """What an export has comes back, and nothing else, also where it isn't in UTF-8."""
    fixtures = {
        "sample": EXPORT.encode("cp1250"),
        "numbers": ["1", "2", "3", "4"],
        "encoding": "cp1250",
        "profile": example_profile(),
    }
    tests = {
        "no_record_is_swallowed",
        "a_spoilt_value_swallows_no_record",
        "an_award_says_what_its_record_says",
    }
    contract = type("Part", (), {f"test_{name}": getattr(IntakeContract, f"test_{name}") for name in tests})
    assert noticed(contract, intake=Rows(), **fixtures) == set()
    assert test in noticed(contract, intake=intake, **fixtures)


class Sheet(Renderer):
    """Writes all texts and the file in one line of JSON, honestly."""

    document_type = DocumentType("application/json", ".json", "any")

    def document(self, certificates, *, attachment, branding):
        words = [text for certificate in certificates for text in texts_to_read(certificate)]
        mark = [TEST_MARK] if certificates[0].test else []
        return json.dumps([*mark, *words, self.inside(attachment)]).encode()

    def inside(self, attachment):
        return b64encode(attachment.data).decode()

    def text(self, document):
        return (" ".join(" ".join(words.split()) for words in json.loads(document)[:-1]),)

    def pages(self, certificate, *, branding):
        return (b"\x89PNG",)


class Without(Sheet):
    """Leaves the file out."""

    def inside(self, attachment):
        return ""


class Hashed(Sheet):
    """Leaves the file out, and has a hash of it."""

    def inside(self, attachment):
        return hashlib.sha256(attachment.data).hexdigest()


class Remembering(Sheet):
    """Draws nothing, and remembers what it should have drawn."""

    remembered = ()

    def document(self, certificates, *, attachment, branding):
        self.remembered = super().text(
            super().document(certificates, attachment=attachment, branding=branding)
        )
        return json.dumps([zlib.crc32(repr(self.remembered).encode()), self.inside(attachment)]).encode()

    def text(self, document):
        return self.remembered


ATTACHMENT = Attachment("ř.json", b"{}", "application/json")


@pytest.mark.parametrize(
    ("renderer", "test"),
    [
        (Without(), "the_attachment_is_inside"),
        (Hashed(), "the_attachment_is_inside"),
        (Remembering(), "text_is_read_from_the_document"),
    ],
    ids=["without", "hashed", "remembering"],
)
def test_a_renderer_that_leaves_something_out_is_noticed(renderer, test):
    """The file is inside, and what is read stands in the document."""
    fixtures = {"attachment": ATTACHMENT, "wanted": texts_to_read}
    assert noticed(RendererContract, renderer=Sheet(), **fixtures) == set()
    assert noticed(RendererContract, renderer=renderer, **fixtures) == {test}


class Key(Signer):
    """Signs what it is given."""

    def __init__(self):
        self.key = Ed25519PrivateKey.generate()

    @property
    def identity(self):
        public = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return Identity("EdDSA", public)

    def sign_many(self, to_be_signed):
        return tuple(self.key.sign(octets) for octets in to_be_signed)


class Elsewhere(Key):
    """Signs other octets."""

    def sign_many(self, to_be_signed):
        return super().sign_many([octets + b" and I owe you" for octets in to_be_signed])


class Tired(Key):
    """Wants to be authorised again after ten."""

    def sign_many(self, to_be_signed):
        if len(to_be_signed) > 10:
            raise SealError(message("the card wants its PIN again"))
        return super().sign_many(to_be_signed)


@pytest.mark.parametrize(
    ("signer", "tests"),
    [
        (Elsewhere(), {"signs_many_in_order", "signs_for_both_phases"}),
        (Tired(), {"signs_many_in_order"}),
    ],
    ids=["elsewhere", "tired"],
)
def test_a_signer_that_signs_other_octets_or_too_few_is_noticed(signer, tests):
    """Each signature proves the octets at its place, and there are as many as a batch has."""
    assert noticed(SignerContract, signer=Key()) == set()
    assert noticed(SignerContract, signer=signer) == tests


def test_a_format_that_drops_or_remembers_is_noticed(toy):
    """An element that is dropped is missing when it is read back; what isn't in the octets isn't read."""

    class Dropping(toy.Format):
        """Drops the prerequisites."""

        def build(self, award, **how):
            return super().build(attrs.evolve(award, prerequisites=None), **how)

    class Remembering(toy.Format):
        """Reads back whatever it was told last."""

        last = None

        def build(self, award, **how):
            self.last = attrs.evolve(award, learner=attrs.evolve(award.learner, email=None))
            return super().build(award, **how)

        def award(self, credential):
            return self.last

    def found(form):
        contract, award = FormatContract(), example_award()
        pictures = FormatContract.pictures.__wrapped__(contract)
        draft = FormatContract.draft.__wrapped__(contract, form, award)
        payload = FormatContract.payload.__wrapped__(contract, form, draft, pictures)
        return noticed(
            FormatContract, form=form, award=award, draft=draft, payload=payload, pictures=pictures
        )

    assert found(Dropping()) - found(toy.Format()) >= {"award_reads_back"}
    assert found(Remembering()) - found(toy.Format()) == {"what_is_read_is_in_the_octets"}


def test_an_envelope_that_trusts_everybody_or_mixes_files_is_noticed(toy):
    """Trust is of those whom the verifier trusts; each file has its own payload, and its own time."""

    class Trusting(toy.Envelope):
        def examine(self, opened, *, trust, at):
            integrity, _ = super().examine(opened, trust=trust, at=at)
            return integrity, CheckResult.of("trust", [Finding.info("fine", "Fine.")])

    class Emptying(toy.Envelope):
        def open(self, data):
            return attrs.evolve(super().open(data), payload=b"")

    at = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    fixtures = {
        "signer": toy.Signer(),
        "payload": b"x",
        "sealed": toy.sealed(b"x"),
        "stranger": toy.sealed(b"x"),
        "at": at,
    }

    def found(kind, trust):
        return noticed(EnvelopeContract, envelope=kind(toy.seal_mark, "ToySeal"), trust=trust, **fixtures)

    assert "a_stranger_is_not_trusted" not in found(toy.Envelope, Trust())
    assert "a_stranger_is_not_trusted" in found(Trusting, Trust())
    assert "secures_a_batch" in found(Emptying, Trust((toy.root,), sandbox=True))


class Recent(Check):
    """Passes what was awarded since 2026, honestly."""

    def examine(self, context, *, at):
        if withheld_at("awarded_on", context.credential.withheld):
            return self.result(Outcome.WITHHELD, "withheld")
        if context.award is None:
            return self.result(self.nothing, "unread")
        return self.result(Outcome.PASSED, "new" if context.award.awarded_on.year >= 2026 else "old")

    nothing = Outcome.UNDETERMINED

    def result(self, outcome, code):
        return CheckResult("recent", outcome, (Finding.info(code, "So it is."),))


class Passing(Recent):
    """Passes whatever comes."""

    def examine(self, context, *, at):
        return self.result(Outcome.PASSED, "fine")


class Guessing(Recent):
    """Passes what isn't there."""

    nothing = Outcome.PASSED


class Blind(Recent):
    """Takes what is withheld for what it would like."""

    def examine(self, context, *, at):
        if withheld_at("awarded_on", context.credential.withheld):
            return self.result(Outcome.PASSED, "new")
        return super().examine(context, at=at)


@pytest.mark.parametrize(
    ("check", "tests"),
    [
        (Passing(), {"another_answer_is_possible", "what_is_not_there_passes_nothing"}),
        (Guessing(), {"what_is_not_there_passes_nothing"}),
        (Blind(), {"what_is_not_there_passes_nothing"}),
    ],
    ids=["passing", "guessing", "blind"],
)
def test_a_check_that_always_passes_is_noticed(check, tests):
    """It has two answers at least, and passes nothing that it didn't see."""
    context = CheckContext(Credential("toy", "urn:toy", None), example_award(), ())
    older = attrs.evolve(example_award(), awarded_on=date(2001, 1, 1))
    fixtures = {
        "check_name": "recent",
        "context": context,
        "otherwise": attrs.evolve(context, award=older),
    }
    assert noticed(CheckContract, check=Recent(), **fixtures) == set()
    assert noticed(CheckContract, check=check, **fixtures) == tests


@pytest.mark.parametrize(
    ("help_text", "tests"), [("Does it.", set()), (None, {"each_command_says_what_it_does"})]
)
def test_a_command_that_says_nothing_is_noticed(help_text, tests):
    """Each command of a group says what it does."""
    app = typer.Typer(help="Things.")
    app.callback()(lambda: None)
    app.command("do", help=help_text)(lambda: None)
    assert noticed(CommandContract, app=app) == tests
