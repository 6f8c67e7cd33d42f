"""Issuing: phase by phase, and nothing left behind by what fails."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import attrs
import pytest
from mikrocert.archive import ErasureReason
from mikrocert.award import Component, Identifier, Level
from mikrocert.award.partial import PartialAward
from mikrocert.errors import (
    ArchiveError,
    FormatError,
    IntakeError,
    PluginError,
    RenderError,
    SealError,
    UnknownIdentifier,
    UnrenderableError,
)
from mikrocert.kinds.check import Check
from mikrocert.kinds.envelope import Trust
from mikrocert.kinds.format import Packaging
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.kinds.renderer import TEST_MARK
from mikrocert.report import CheckResult, FileKind, Finding, Outcome, Severity, StatusValue, Verdict
from mikrocert.service.issuing.issuing import Phase
from mikrocert.testing import example_award, example_profile
from mikrocert.texts import LanguageMap, Texts, message

AWARD = example_award()
BAD = attrs.evolve(AWARD, evidence_number="UŘ/2026/bad", level=Level(9), languages=())
EXPIRED = attrs.evolve(AWARD, valid_until=date(2026, 11, 21))
CORRECTED = attrs.evolve(AWARD, title=LanguageMap.of("Analýza dat v\u00a0R", "Data Analysis in R"))


LATER = datetime(2026, 11, 23, 8, 0, tzinfo=ZoneInfo("UTC"))


def numbered(number):
    """Return the award under another evidence number."""
    return attrs.evolve(AWARD, evidence_number=f"UŘ/2026/ď{number}")


def send(issuer, *awards, **how):
    """Issue awards and return what became of each."""
    return list(issuer.issue([IntakeRecord(n, award=award) for n, award in enumerate(awards, 1)], **how))


def receipt_of(issuer, award=AWARD, **how):
    """Issue one award and return its receipt."""
    [result] = send(issuer, award, **how)
    assert result.receipt, result.findings
    return result.receipt


PART = attrs.evolve(AWARD, level=Level(9), languages=(), title=LanguageMap.of("–"), awarded_on=date.min)
UNREAD = Finding.error("not-a-date", "no date", path="datum")


@pytest.mark.parametrize("dry_run", [False, True])
def test_all_faults_of_an_award_that_can_t_be_read_come_at_once(toy, archive, dry_run):
    """What the rules find in the part that could be read is told beside what could not, under the sender's names."""
    names = {"level.eqf": "uroven", "languages": "jazyk"}
    part = PartialAward(PART, frozenset({"title", "awarded_on"}))
    record = IntakeRecord(1, findings=(UNREAD,), part=part, names=names)
    [result] = toy.issuer(archive).issue([record], dry_run=dry_run)
    assert result.refused
    assert [(f.code, f.path) for f in result.findings] == [
        ("not-a-date", "datum"), ("level-eqf", "uroven"), ("languages", "jazyk"),
    ]  # fmt: skip


@pytest.mark.parametrize("dry_run", [False, True])
def test_no_award_floods_its_answer(toy, archive, dry_run):
    """Of each kind of fault a hundred are told, and how many more there are."""
    [result] = toy.issuer(archive).issue(
        [IntakeRecord(1, award=attrs.evolve(AWARD, thematic_areas=("abcd",) * 1000))], dry_run=dry_run
    )
    assert result.refused
    assert len(result.findings) == 101
    assert str(result.findings[-1].message) == "… and 900 more of the same kind."


def test_a_text_that_could_be_read_in_one_language_is_judged_in_that_one(toy, archive):
    """What is missing in English hides nothing of the Czech text."""
    award = attrs.evolve(AWARD, title=LanguageMap({"cs": "ř" * 301}))
    part = PartialAward(award, frozenset({"title.en"}))
    [result] = toy.issuer(archive).issue([IntakeRecord(1, findings=(UNREAD,), part=part)])
    assert [(f.code, f.path) for f in result.findings[1:]] == [("title-length", "title.cs")]


def test_what_stands_in_for_what_could_not_be_read_is_not_judged(toy, archive):
    """Nothing is told of an element that is missing, whatever stands in its place."""
    part = PartialAward(
        attrs.evolve(PART, level=Level(6), languages=("cs",)), frozenset({"title", "awarded_on"})
    )
    [result] = toy.issuer(archive).issue([IntakeRecord(1, findings=(UNREAD,), part=part)])
    assert result.findings == (UNREAD,)


def codes(result):
    return [finding.code for finding in result.findings]


def identifiers(archive):
    return tuple(registration.identifier for registration in archive.registrations())


def identifier_of(receipt):
    return receipt.registration.identifier


def with_ico(award, *identifiers):
    return attrs.evolve(award, awarding_body=attrs.evolve(award.awarding_body, identifiers=identifiers))


def test_an_award_becomes_a_receipt(toy, archive):
    """Identifier, link, sealed file, certificate; recorded as they are handed out, and they verify."""
    [result] = send(toy.issuer(archive), AWARD)
    receipt = result.receipt
    identifier = identifier_of(receipt)
    assert (result.findings, result.refused) == ((), False)
    assert receipt.created
    assert receipt.link == f"https://toy.example/verify/{identifier}"
    assert [receipt.name(file) for file in receipt.files] == [f"{identifier}.toy", f"{identifier}.pdf"]
    assert (receipt.registration.issued_at, receipt.status.value) == (toy.at, StatusValue.LIVE)
    assert archive.files(identifier) == receipt.files
    for file in receipt.files:
        report = toy.verifier(archive=archive).verify(file.octets, at=toy.at)
        assert (report.verdict, report.identifier) == (Verdict.VALID, identifier)
        assert b"katerina@example.org" not in file.octets


def test_warnings_come_with_the_receipt(toy, archive):
    """An award that deserves a look is issued all the same."""
    [result] = send(toy.issuer(archive), attrs.evolve(AWARD, place=None))
    assert result.receipt.created
    assert codes(result) == ["place-missing"]


def mandate(**changes):
    return attrs.evolve(example_profile(), mandate=attrs.evolve(example_profile().mandate, **changes))


OTHER = Identifier("ico", "00216224")
REFUSED = {  # name → (award, members of the issuer, codes)
    "breaks rules": (BAD, {}, ["level-eqf", "languages"]),
    "another institution's": (with_ico(AWARD, OTHER), {}, ["other-institution"]),
    "two identifiers, one another's": (with_ico(AWARD, Identifier("ico", "12345679"), OTHER), {}, ["other-institution"]),
    "no identifier": (with_ico(AWARD), {}, ["other-institution", "awarding-body-legal-identifier"]),
    "mandate has lapsed": (AWARD, {"profile": mandate(valid_until=date(2026, 11, 21))}, ["no-mandate"]),
    "mandate hasn't begun": (AWARD, {"profile": mandate(agreed_on=date(2026, 11, 23))}, ["no-mandate"]),
    "all of it": (with_ico(BAD, OTHER), {"profile": mandate(valid_until=date(2026, 1, 2))},
                  ["other-institution", "no-mandate", "level-eqf", "languages"]),
}  # fmt: skip


def test_an_award_before_the_mandate_is_told(toy, archive):
    """What was awarded before the agreement is issued with a warning that names both days."""
    [result] = send(toy.issuer(archive, profile=mandate(agreed_on=date(2026, 9, 1))), AWARD)
    assert result.receipt.created
    [finding] = result.findings
    assert (finding.code, finding.severity, finding.path) == (
        "awarded-before-mandate",
        Severity.WARNING,
        "awarded_on",
    )
    text = Texts().plain(finding.message, "cs")
    assert "22.\u00a06. 2026" in text
    assert "1.\u00a09. 2026" in text


@pytest.mark.parametrize("dry_run", [False, True])
def test_what_has_expired_is_refused_before_anything_is_sealed(toy, archive, dry_run):
    """What can be known beforehand costs no seal: the last day of validity is past, and both days are named."""
    signer = toy.Signer()
    [result] = send(toy.issuer(archive, signer=signer), EXPIRED, dry_run=dry_run)
    assert (codes(result), result.refused, signer.batches) == (["expired"], True, [])
    text = Texts().plain(result.findings[0].message, "cs")
    assert "21.\u00a011. 2026" in text
    assert "22.\u00a011. 2026" in text


def test_its_last_day_is_not_past(toy, archive):
    """Valid until today is valid today."""
    [result] = send(toy.issuer(archive), attrs.evolve(AWARD, valid_until=date(2026, 11, 22)))
    assert codes(result) == []


def test_what_has_expired_can_be_corrected(toy, archive):
    """A correction of an expired award is issued, with a warning, and is as expired as the one before."""
    first = receipt_of(toy.issuer(archive, now=lambda: toy.at - timedelta(days=1)), EXPIRED)
    corrected = attrs.evolve(EXPIRED, title=LanguageMap.of("Řízení rizik", "Risk Management"))
    [result] = send(toy.issuer(archive), corrected, replaces=identifier_of(first), reason="překlep")
    assert [(finding.code, finding.severity) for finding in result.findings] == [
        ("expired", Severity.WARNING)
    ]
    report = toy.verifier(archive=archive).verify(result.receipt.files[0].octets, at=toy.at)
    failed = [check.check for check in report.results if check.outcome is Outcome.FAILED]
    assert failed == ["validity"]


def stacked(link):
    """Return an award with a component that is a micro-credential of its own."""
    component = Component(LanguageMap.of("Základy", "Basics"), link=link)
    return attrs.evolve(AWARD, evidence_number="UŘ/2026/0100", components=(component,))


UNFIT = {  # what became of the component → code
    "live": [],
    "revoked": ["component-revoked"],
    "replaced": ["component-replaced"],
    "unknown": ["component-unknown"],
    "erased": ["component-erased"],
    "elsewhere": [],
}


@pytest.mark.system
@pytest.mark.parametrize("fate", UNFIT)
def test_a_component_of_ours_has_to_hold(toy, archive, fate):
    """A micro-credential of ours that was stacked has to be there and live; one of another system is not looked up."""
    issuer = toy.issuer(archive)
    part = receipt_of(issuer)
    identifier, link = identifier_of(part), part.link
    if fate == "revoked":
        archive.revoke(identifier, reason="omyl", at=toy.at)
    elif fate == "replaced":
        send(issuer, CORRECTED, replaces=identifier, reason="překlep")
    elif fate == "erased":
        archive.erase(identifier, reason=ErasureReason.OTHER, at=toy.at)
    elif fate == "unknown":
        link = link.replace(identifier, "aaaaBBBB2222")
    elif fate == "elsewhere":
        link = f"https://jinde.example/verify/{identifier}"
    [result] = send(issuer, stacked(link))
    assert codes(result) == UNFIT[fate]
    assert {finding.path for finding in result.findings} <= {"components[0].link"}


@pytest.mark.parametrize("change", ["{}/", "{}?lang=cs", "{}#nahoru", " {}", "HTTPS{}", "port"])
def test_a_component_of_ours_is_written_as_we_write_it(toy, archive, change):
    """However a link to us is written, it is not taken for one to another system, which nobody looks up."""
    issuer = toy.issuer(archive)
    link = receipt_of(issuer).link
    contents = {
        "HTTPS{}": link.replace("https", "HTTPS"),
        "port": link.replace("toy.example", "toy.example:443"),
    }.get(change, change.format(link))
    [result] = send(issuer, stacked(contents))
    assert "component-link-form" in codes(result)
    assert result.refused


def test_a_correction_has_not_the_corrected_one_as_its_component(toy, archive):
    """What it replaces can't be a part of it."""
    issuer = toy.issuer(archive)
    part = receipt_of(issuer)
    award = attrs.evolve(stacked(part.link), evidence_number=AWARD.evidence_number)
    [result] = send(issuer, award, replaces=identifier_of(part), reason="omyl")
    assert codes(result) == ["component-itself"]


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_award_leaves_nothing(toy, archive, name, dry_run):
    """Every fault is told at once, in a dry run too, and nothing is recorded."""
    award, members, expected = REFUSED[name]
    [result] = send(toy.issuer(archive, **members), award, dry_run=dry_run)
    assert (result.receipt, result.refused) == (None, True)
    assert codes(result) == expected
    assert identifiers(archive) == ()


def test_the_mandate_holds_on_its_last_day_in_prague(toy, archive):
    """Half past midnight in Prague is the next day, whatever UTC says."""
    profile = mandate(valid_until=date(2026, 11, 22))
    for minute, issued in ((60, False), (59, True)):
        now = datetime(2026, 11, 22, 23, 59, tzinfo=ZoneInfo("Europe/Prague")).timestamp() + 60 * (
            minute - 59
        )
        issuer = toy.issuer(
            archive, profile=profile, now=lambda now=now: datetime.fromtimestamp(now, ZoneInfo("UTC"))
        )
        [result] = send(issuer, AWARD)
        assert result.refused is not issued


LAPSED = {  # name → members of an issuer under which the award would be refused today
    "mandate has lapsed": {"profile": mandate(valid_until=date(2026, 11, 21))},
    "rules have changed": {
        "rules": SimpleNamespace(judge=lambda *_, **__: (Finding.error("new", "a new rule"),))
    },
    "the university has another number": {
        "profile": attrs.evolve(example_profile(), organisation=with_ico(AWARD, OTHER).awarding_body)
    },
}


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("name", LAPSED)
def test_what_was_issued_gives_its_receipt_whatever_holds_today(toy, archive, name, dry_run):
    """Sending an award again changes nothing, and so needs neither mandate nor rules; another award does."""
    first = receipt_of(toy.issuer(archive))
    signer = toy.Signer()
    later = toy.issuer(archive, signer=signer, **LAPSED[name])
    [again] = send(later, AWARD, dry_run=dry_run)
    assert again.receipt == attrs.evolve(first, created=False)
    assert (again.refused, signer.batches) == (False, [])


def raising(base, method, error):
    def misbehave(self, *args, **kwargs):
        raise error

    return type("Raising", (base,), {method: misbehave})()


def returning(base, method, result):
    return type("Returning", (base,), {method: lambda self, *args, **kwargs: result})()


BROKEN = Finding.error("broken", "a broken toy")
REFUSES = {  # name → (member of the issuer, class of the toy, method, error, code of the finding)
    "format can't express it": ("formats", "Format", "build", FormatError([BROKEN]), "broken"),
    "format can't complete it": ("formats", "Format", "complete", FormatError([BROKEN]), "broken"),
    "format crashes": ("formats", "Format", "build", KeyError("x"), "plugin-crashed"),
    "format exits": ("formats", "Format", "build", SystemExit(0), "plugin-crashed"),
    "sections crash": ("formats", "Format", "sections", KeyError("x"), "not-verified"),
    "it can't be drawn": ("renderer", "Renderer", "pages", UnrenderableError([BROKEN]), "broken"),
    "renderer crashes": ("renderer", "Renderer", "document", MemoryError("x"), "plugin-crashed"),
    "renderer exits": ("renderer", "Renderer", "document", SystemExit(0), "plugin-crashed"),
}


def test_what_is_refused_without_a_reason_is_refused(toy, archive):
    """A plugin that gives no finding with its refusal, or an intake that gives none, does not make it an acceptance."""
    silent = raising(toy.Format, "build", FormatError([]))
    for dry_run in (False, True):
        [result] = send(toy.issuer(archive, formats={"toy": silent}), AWARD, dry_run=dry_run)
        assert (result.refused, result.receipt) == (True, None)
        [result] = toy.issuer(archive).issue([IntakeRecord(1)], dry_run=dry_run)
        assert (result.refused, result.receipt) == (True, None)


@pytest.mark.system
@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("name", REFUSES)
def test_what_fails_for_an_award_refuses_it(toy, archive, name, dry_run):
    """A plugin that fails or crashes with an award refuses that one, by name, and nothing is recorded."""
    member, base, method, error, code = REFUSES[name]
    broken = raising(getattr(toy, base), method, error)
    changes = {member: {"toy": broken} if member == "formats" else broken}
    if member == "formats":
        changes["verifier"] = toy.verifier(formats=changes["formats"])
    [result] = send(toy.issuer(archive, **changes), AWARD, dry_run=dry_run)
    assert result.refused
    assert code in codes(result)
    assert identifiers(archive) == ()
    assert receipt_of(toy.issuer(archive)).created


ENDS = {  # name → (member of the issuer, class of the toy, method, error, error that comes out)
    "no picture can be drawn": (
        "renderer",
        "Renderer",
        "pages",
        RenderError(message("no font")),
        RenderError,
    ),
    "the signer refuses": ("signer", "Signer", "sign_many", SealError(message("wrong PIN")), SealError),
    "the signer crashes": ("signer", "Signer", "sign_many", OSError("no reader"), PluginError),
    "the signer exits": ("signer", "Signer", "sign_many", SystemExit(0), PluginError),
}


@pytest.mark.parametrize("name", ENDS)
def test_what_fails_for_all_ends_the_batch(toy, archive, name):
    """A key or engine that fails is no award's fault: the batch ends with one of our errors, nothing is recorded."""
    member, base, method, error, expected = ENDS[name]
    issuer = toy.issuer(archive, **{member: raising(getattr(toy, base), method, error)})
    with pytest.raises(expected):
        send(issuer, AWARD)
    assert identifiers(archive) == ()
    assert receipt_of(toy.issuer(archive)).created


LIES = {  # name → (member of the issuer, class of the toy, method, what it returns, refused or the error of the batch)
    "payload is no octets": ("formats", "Format", "complete", "ř", "plugin-crashed"),
    "pictures are none": ("renderer", "Renderer", "pages", None, "plugin-crashed"),
    "pictures are empty": ("renderer", "Renderer", "pages", (), "plugin-crashed"),
    "document is no octets": ("renderer", "Renderer", "document", None, "plugin-crashed"),
    "signatures are none": ("signer", "Signer", "sign_many", None, PluginError),
}


@pytest.mark.parametrize("name", LIES)
def test_a_plugin_that_returns_something_else_is_named(toy, archive, name):
    """What comes out of a plugin is looked at before anything is made of it."""
    member, base, method, lie, expected = LIES[name]
    lying = returning(getattr(toy, base), method, lie)
    issuer = toy.issuer(archive, **{member: {"toy": lying} if member == "formats" else lying})
    if isinstance(expected, str):
        assert expected in codes(send(issuer, AWARD)[0])
    else:
        with pytest.raises(expected, match="signer toy: sign_many is NoneType"):
            send(issuer, AWARD)
    assert identifiers(archive) == ()


def test_what_can_not_be_sealed_is_refused(toy, archive):
    """A payload that the envelope can't secure refuses its award, and the others go on."""

    class Choosy(toy.Envelope):
        def prepare(self, payload, *, identity, at):
            if b"2026/\xc4\x8f2" in payload:
                raise SealError(message("large"))
            return super().prepare(payload, identity=identity, at=at)

    envelopes = {**toy.envelopes, "toy-seal": Choosy(toy.seal_mark, "ToySeal")}
    first, second, third = send(toy.issuer(archive, envelopes=envelopes), *map(numbered, (1, 2, 3)))
    assert codes(second) == ["not-securable"]
    assert first.receipt
    assert third.receipt


def test_what_was_recorded_is_told_when_the_batch_stops(toy, archive):
    """An archive that fails midway ends the batch, and what was recorded or refused before comes out first."""
    recorded = []

    class Failing:
        def __getattr__(self, name):
            return getattr(archive, name)

        def record(self, new, **how):
            if recorded:
                raise ArchiveError(message("full"))
            recorded.append(new)
            return archive.record(new, **how)

    results = toy.issuer(Failing()).issue(
        [IntakeRecord(n, award=award) for n, award in enumerate([BAD, numbered(1), numbered(2)], 1)]
    )
    assert next(results).refused
    assert next(results).receipt.created
    with pytest.raises(ArchiveError, match="full"):
        next(results)


def test_what_is_sealed_reads_back_to_what_its_pictures_show(toy, archive):
    """A format that writes another title than the award has is caught before anything is recorded."""

    class Lying(toy.Format):
        def build(self, award, **how):
            return super().build(attrs.evolve(award, title=LanguageMap.of("Jiný název ů")), **how)

    formats = {"toy": Lying()}
    [result] = send(toy.issuer(archive, formats=formats, verifier=toy.verifier(formats=formats)), AWARD)
    assert codes(result) == ["other-front"]
    assert identifiers(archive) == ()


def test_a_signer_that_forgets_one_ends_the_batch(toy, archive):
    """As many signatures as files, or none is used."""
    with pytest.raises(PluginError, match=r"signer toy: sign_many .* 2 instead of 1 would be right"):
        send(
            toy.issuer(archive, signer=returning(toy.Signer, "sign_many", (b"x",))), numbered(1), numbered(2)
        )
    assert identifiers(archive) == ()


UNMARKED = {  # what a program reads on the pages of a document, page by page
    "no page": (),
    "an empty page": ("",),
    "a second page without it": (TEST_MARK, "Dodatek"),
    "only the word, as in the seal owner's name": ("TEST Univerzita Řípská",),
    "another spelling": (TEST_MARK.lower(),),
}


@pytest.mark.parametrize("name", UNMARKED)
def test_a_test_document_without_its_mark_is_refused(toy, archive, name):
    """Whatever an institution's templates do: on every page, or that award is not sealed; a dry run says so too."""
    renderer = returning(toy.Renderer, "text", UNMARKED[name])
    for dry_run in (True, False):
        [result] = send(toy.issuer(archive, renderer=renderer), AWARD, dry_run=dry_run)
        assert codes(result) == ["no-test-mark"]
    assert identifiers(archive) == ()


class Refusing(Check):
    def __init__(self, outcome):
        self.outcome = outcome

    def examine(self, context, *, at):
        return CheckResult("more", self.outcome)


def test_what_does_not_verify_is_not_recorded(toy, archive):
    """A file that is broken, holds something else, or is another's or untrusted never leaves the house."""
    other = toy.sealed(toy.payload(identifier="aaaaBBBB2222"))

    def sealing(file, name="toy-seal"):
        envelope = toy.envelopes[name]
        made = type(
            "Wrong",
            (type(envelope),),
            {"finish_many": lambda self, prepared, *_, **__: (file,) * len(prepared)},
        )
        return {"envelopes": {**toy.envelopes, name: made(envelope.mark, envelope.kind)}}

    faulty = {
        "sealed nothing": sealing(b""),
        "sealed something else": sealing(other),
        "broken seal": sealing(toy.sealed(toy.payload()) + b" "),
        "another's seal": sealing(toy.sealed(toy.payload(), owner=b"other")),
        "certificate without file": sealing(toy.sealed(b"x", mark=b"%TOYPDF "), "toy-pdf"),
        "certificate of another": sealing(toy.sealed(other, mark=b"%TOYPDF "), "toy-pdf"),
        "certificate unsealed": sealing(b"%TOY\n", "toy-pdf"),
        "untrusted": {"verifier": toy.verifier(trust=Trust(()))},
        "format finds faults": {
            "verifier": toy.verifier(formats={"toy": returning(toy.Format, "examine", (toy.broken,))})
        },
        "format unknown": {"verifier": toy.verifier(formats={})},
        "an added check fails": {"verifier": toy.verifier(checks={"more": Refusing(Outcome.FAILED)})},
        "the verifier has another operator": {"verifier": toy.verifier(ours=toy.ours("NTRCZ-1"))},
    }
    for number, (name, members) in enumerate(faulty.items()):
        [result] = send(toy.issuer(archive, **members), numbered(number))
        assert "not-verified" in codes(result), name
        assert identifiers(archive) == (), name


@pytest.mark.parametrize("outcome", [Outcome.NOT_APPLICABLE, Outcome.UNDETERMINED])
def test_added_checks_that_do_not_know_stop_nothing(toy, archive, outcome):
    """Only a check that fails keeps a credential back."""
    issuer = toy.issuer(archive, verifier=toy.verifier(checks={"more": Refusing(outcome)}))
    assert receipt_of(issuer).created


def test_the_same_award_twice_gives_the_first_receipt(toy, archive):
    """Another e-mail is the same award; the second receipt was not created."""
    first = receipt_of(toy.issuer(archive))
    again = attrs.evolve(AWARD, learner=attrs.evolve(AWARD.learner, email="jina@example.org"))
    assert receipt_of(toy.issuer(archive), again) == attrs.evolve(first, created=False)
    assert identifiers(archive) == (identifier_of(first),)


def test_changed_content_points_to_the_first(toy, archive):
    """The way to correct it is in the message."""
    first = receipt_of(toy.issuer(archive))
    [result] = send(toy.issuer(archive), CORRECTED)
    assert codes(result) == ["already-issued"]
    assert f"--replaces {identifier_of(first)}" in str(result.findings[0].message)
    assert identifiers(archive) == (identifier_of(first),)


def test_a_correction_replaces(toy, archive):
    """The old credential points to the new one; sent again, the correction gives its own receipt."""
    replaced = []
    issuer = toy.issuer(archive, on_replaced=replaced.append)
    first = receipt_of(issuer)
    second = receipt_of(issuer, CORRECTED, replaces=identifier_of(first), reason="překlep v\u00a0názvu")
    assert second.created
    assert archive.find(identifier_of(first)).status.successor == identifier_of(second)
    assert [old.registration for old in replaced] == [first.registration]
    assert identifier_of(receipt_of(toy.issuer(archive), CORRECTED)) == identifier_of(second)
    assert codes(send(toy.issuer(archive), AWARD)[0]) == ["already-issued"]


OF_WHOM = {  # given name and family name on the correction → code
    ("Kateřina", "Hůrková-Ďurišová"): [],
    ("Kateřina", "Řeháčková"): ["correction-renames"],
    ("Ďurina", "Řeháčková"): ["other-person"],
}


@pytest.mark.parametrize("names", OF_WHOM)
def test_a_correction_is_of_the_same_person(toy, archive, names):
    """Whoever confused two record numbers doesn't take a credential from one person for another with the same title."""
    first = identifier_of(receipt_of(toy.issuer(archive)))
    given, family = names
    learner = attrs.evolve(
        AWARD.learner, given_name=given, family_name=family, full_name=f"Mgr. {given} {family}"
    )
    correction = attrs.evolve(CORRECTED, learner=learner)
    [result] = send(toy.issuer(archive), correction, replaces=first, reason="překlep")
    assert codes(result) == OF_WHOM[names]
    assert result.refused is (OF_WHOM[names] == ["other-person"])
    assert archive.find(first).status.value is (StatusValue.LIVE if result.refused else StatusValue.REPLACED)


def test_a_wrong_correction_leaves_nothing(toy, archive):
    """An unknown credential, one of another award, no reason, two awards."""
    first = identifier_of(receipt_of(toy.issuer(archive)))
    with pytest.raises(UnknownIdentifier):
        send(toy.issuer(archive), CORRECTED, replaces="aaaaBBBB2222", reason="x")
    strange = attrs.evolve(CORRECTED, evidence_number="x")
    assert codes(send(toy.issuer(archive), strange, replaces=first, reason="x")[0]) == ["never-issued"]
    with pytest.raises(ArchiveError, match="needs a reason"):
        send(toy.issuer(archive), CORRECTED, replaces=first)
    with pytest.raises(IntakeError, match="the file has 2"):
        send(toy.issuer(archive), CORRECTED, AWARD, replaces=first, reason="x")
    assert identifiers(archive) == (first,)


def test_a_revoked_award_sent_again_tells_so(toy, archive):
    """The receipt of a revoked credential tells its status."""
    first = identifier_of(receipt_of(toy.issuer(archive)))
    archive.revoke(first, reason="omyl", at=toy.at)
    again = receipt_of(toy.issuer(archive))
    assert (identifier_of(again), again.status.value, again.created) == (first, StatusValue.REVOKED, False)


def test_two_simultaneous_sends_give_one_receipt(toy, archive):
    """Both are on their way; one is recorded and both get it."""
    together = Barrier(2, timeout=60)

    class Slow(toy.Renderer):
        def document(self, certificates, *, attachment, branding):
            together.wait()
            return super().document(certificates, attachment=attachment, branding=branding)

    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(receipt_of, toy.issuer(archive, renderer=Slow())) for _ in range(2)]
        receipts = [future.result() for future in sent]
    assert receipts[0].registration == receipts[1].registration
    assert receipts[0].files == receipts[1].files
    assert sorted(receipt.created for receipt in receipts) == [False, True]
    assert identifiers(archive) == (identifier_of(receipts[0]),)


def test_a_batch_goes_on_after_bad_records(toy, archive):
    """Each record has its result, in order: receipts, refusals with the intake's and the rules' findings."""
    unread = IntakeRecord(2, findings=(Finding.error("x", "z"),))
    named = IntakeRecord(3, award=BAD, findings=(Finding.warning("w", "w"),), names={"level.eqf": "UROVEN"})
    records = [
        IntakeRecord(1, award=AWARD),
        unread,
        named,
        IntakeRecord(4, award=CORRECTED),
        IntakeRecord(5, award=AWARD),
    ]
    results = list(toy.issuer(archive).issue(records))
    assert [result.record for result in results] == records
    assert [result.refused for result in results] == [False, True, True, True, False]
    assert results[1].findings == unread.findings
    assert [(f.code, f.path) for f in results[2].findings] == [
        ("w", ""), ("level-eqf", "UROVEN"), ("languages", "languages"),
    ]  # fmt: skip
    assert codes(results[3]) == ["already-issued"]
    assert results[4].receipt == attrs.evolve(results[0].receipt, created=False)


def test_a_batch_goes_on_after_what_can_not_be_drawn(toy, archive):
    """A name in a script without a font stops its own award, not those after it."""

    class Illiterate(toy.Renderer):
        drawn = 0

        def pages(self, certificate, *, branding):
            self.drawn += 1
            if self.drawn == 1:
                raise UnrenderableError([BROKEN])
            return super().pages(certificate, branding=branding)

    refused, accepted = send(toy.issuer(archive, renderer=Illiterate()), numbered(2), AWARD)
    assert (refused.receipt, refused.findings) == (None, (BROKEN,))
    assert identifiers(archive) == (identifier_of(accepted.receipt),)


HOSTILE = {  # title → why it is refused
    "Základy\u2028práva": "clean-text",
    "Základy\u2029práva": "clean-text",
    "Základy \u202eavárp": "clean-text",
    "Základy \u2066práva": "clean-text",
    "Základy\x1b[2Jpráva": "clean-text",
    "\u0301Základy práva": "lone-mark",
    "Základy \u030cpráva": "lone-mark",
    "Základy " * 1250: "title-length",
    "ř" * 10_000: "title-length",
    "<script>alert('ř')</script>": "debris",
    "\u3164": "says-nothing",
}


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_batch_goes_on_after_hostile_texts(toy, archive, dry_run):
    """Each is refused with its word and its place before anything is drawn or sealed; the awards between them are issued."""
    drawn = []

    class Watching(toy.Renderer):
        def pages(self, certificate, *, branding):
            drawn.append(certificate.front.title.lead.text)
            return super().pages(certificate, branding=branding)

    hostile = [
        attrs.evolve(numbered(100 + number), title=LanguageMap.of(title, "Basics of Law"))
        for number, title in enumerate(HOSTILE)
    ]
    awards = [award for number, bad in enumerate(hostile) for award in (numbered(number), bad)]
    results = send(toy.issuer(archive, renderer=Watching()), *awards, dry_run=dry_run)
    assert [result.refused for result in results] == [False, True] * len(HOSTILE)
    for (title, code), result in zip(HOSTILE.items(), results[1::2], strict=True):
        assert (code, "title.cs") in {(f.code, f.path) for f in result.findings}, title
    assert not set(HOSTILE) & set(drawn)
    assert len(identifiers(archive)) == (0 if dry_run else len(HOSTILE))


@pytest.mark.system
def test_a_batch_is_signed_at_once(toy, archive):
    """The signer is asked once for all credentials and once for all documents."""
    signer = toy.Signer()
    results = send(toy.issuer(archive, signer=signer), *map(numbered, range(7)), BAD)
    assert [result.refused for result in results] == [False] * 7 + [True]
    assert signer.batches == [7, 7]


def test_a_long_export_is_cut_into_batches(toy, archive, monkeypatch):
    """A batch has at most so many awards as memory holds; results stay in order."""
    monkeypatch.setattr("mikrocert.service.issuing.issuing.LARGEST_BATCH", 5)
    signer = toy.Signer()
    results = send(toy.issuer(archive, signer=signer), *map(numbered, range(6)))
    assert signer.batches == [5, 5, 1, 1]
    assert [result.record.number for result in results] == [1, 2, 3, 4, 5, 6]


def test_what_was_recorded_stays_when_a_later_batch_fails(toy, archive):
    """A lost key isn't the fault of an award; what was handed out before it was lost is recorded."""

    class Losing(toy.Signer):
        def sign_many(self, to_be_signed):
            if identifiers(archive):
                raise SealError(message("unplugged"))
            return super().sign_many(to_be_signed)

    records = [IntakeRecord(1, award=AWARD), IntakeRecord(2, award=AWARD), IntakeRecord(3, award=numbered(3))]
    results = toy.issuer(archive, signer=Losing()).issue(records)
    assert next(results).receipt.created
    with pytest.raises(SealError, match="unplugged"):
        list(results)
    assert len(identifiers(archive)) == 1


def test_after_a_crash_exactly_the_same_octets_are_signed(toy, archive):
    """Identifier, time and octets come from the journal: never two credentials for one award."""
    signed = []

    class Watching(toy.Signer):
        crash_at = None

        def sign_many(self, to_be_signed):
            signed.append(tuple(to_be_signed))
            if len(signed) == self.crash_at:
                raise KeyboardInterrupt
            return super().sign_many(to_be_signed)

    for crash_at in (1, 2):
        signed.clear()
        award = numbered(crash_at)
        watching = Watching()
        watching.crash_at = crash_at
        with pytest.raises(KeyboardInterrupt):
            send(toy.issuer(archive, signer=watching), award)
        before = list(signed)
        receipt = receipt_of(toy.issuer(archive, signer=Watching(), now=lambda: LATER), award)
        assert receipt.registration.issued_at == toy.at
        assert signed[len(before)] == before[-1]


def test_pictures_and_document_are_drawn_from_the_credential(toy, archive):
    """What is drawn is the view of the credential, marked as a test where the seal is one."""
    drawn = []

    class Watching(toy.Renderer):
        def pages(self, certificate, *, branding):
            front = certificate.front
            drawn.append((certificate.languages[0], certificate.test is not None, front.seal))
            return super().pages(certificate, branding=branding)

        def document(self, certificates, *, attachment, branding):
            [certificate] = certificates
            sealed = "ToySeal" in certificate.front.seal.sentence.lead.text
            drawn.append((attachment.name, certificate.test is not None, sealed, attachment.media_type))
            return super().document(certificates, attachment=attachment, branding=branding)

    receipt = receipt_of(toy.issuer(archive, renderer=Watching()))
    assert toy.Signer.identity.owner.test
    name = f"{identifier_of(receipt)}.toy"
    assert drawn == [("cs", True, None), ("en", True, None), (name, True, True, "application/x-toy")]


def test_nothing_is_verified_twice(toy, archive):
    """A sealed file is opened and judged once, be it alone or inside its certificate."""
    opened = []

    class Counting(toy.Envelope):
        def open(self, data):
            opened.append(self.kind)
            return super().open(data)

    counting = {name: Counting(e.mark, e.kind) for name, e in toy.envelopes.items()}
    verifier = toy.verifier(envelopes=counting)
    receipt_of(toy.issuer(archive, envelopes=counting, verifier=verifier))
    assert opened == ["ToySeal", "ToyPDF"]


def test_the_rules_are_asked_once_before_and_once_after_sealing(toy, archive):
    """The certificate has the very data that were just judged; they are not judged again inside it."""
    asked = []

    class Counting:
        def judge(self, award, **how):
            asked.append(award.evidence_number)
            return rules.judge(award, **how)

    rules = toy.verifier().rules
    receipt_of(toy.issuer(archive, rules=Counting(), verifier=toy.verifier(rules=Counting())))
    assert asked == [AWARD.evidence_number] * 2


@pytest.fixture
def two_formats(toy):
    """Return the members of an issuer in two formats, the second one without pictures and document."""

    class Other(toy.Format):
        packaging = Packaging("application/x-other", ".other", "toy-seal")

        def complete(self, draft, *, identity, at, pictures):
            assert pictures == {}
            return (
                super()
                .complete(draft, identity=identity, at=at, pictures=pictures)
                .replace(b'{"toy"', b'{"other"', 1)
            )

        def recognises(self, payload):
            return payload.startswith(b'{"other"')

    formats = {"toy": toy.Format(), "other": Other()}
    return {"formats": formats, "verifier": toy.verifier(formats=formats)}


def test_one_award_in_several_formats_has_one_identifier(toy, archive, two_formats):
    """Sameness is award and format: a format asked for later joins the same identifier."""
    first = receipt_of(toy.issuer(archive))
    both = receipt_of(toy.issuer(archive, **two_formats))
    assert both.registration == first.registration
    assert both.created
    assert [(file.format, file.kind) for file in both.files] == [
        ("toy", FileKind.CREDENTIAL), ("toy", FileKind.CERTIFICATE), ("other", FileKind.CREDENTIAL),
    ]  # fmt: skip
    assert receipt_of(toy.issuer(archive, **two_formats)) == attrs.evolve(both, created=False)
    at_once = receipt_of(toy.issuer(archive, **two_formats), numbered(1))
    assert sorted(file.format for file in at_once.files) == ["other", "toy", "toy"]


def test_a_dry_run_changes_nothing(toy, archive):
    """It builds, validates and draws, and finds what issuing finds; nothing is signed, reserved or recorded."""
    issuer = toy.issuer(archive, signer=raising(toy.Signer, "sign_many", AssertionError("signed")))
    accepted, warned, refused = send(issuer, AWARD, attrs.evolve(numbered(1), place=None), BAD, dry_run=True)
    assert (accepted.receipt, accepted.refused, accepted.findings) == (None, False, ())
    assert codes(warned) == ["place-missing"]
    assert refused.refused
    assert identifiers(archive) == ()
    first = receipt_of(toy.issuer(archive))
    [result] = send(issuer, AWARD, dry_run=True)
    assert result.receipt == attrs.evolve(first, created=False)


@pytest.mark.parametrize("dry_run", [False, True])
def test_one_number_for_two_awards_is_refused(toy, archive, dry_run):
    """The second one with other content is refused, in a dry run too; the same one again is no fault."""
    results = send(toy.issuer(archive), AWARD, CORRECTED, AWARD, numbered(1), dry_run=dry_run)
    assert [result.refused for result in results] == [False, True, False, False]
    assert [(f.code, f.path) for f in results[1].findings] == [("already-issued", "evidence_number")]
    assert "stands in the file before (record 1)" in str(results[1].findings[0].message)


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(
    ("where", "words"), [({"row": 7, "line": 19}, "row 7"), ({"line": 19}, "line 19"), ({}, "record 1")]
)
def test_a_record_that_stands_twice_is_told_with_the_place_of_the_first(toy, archive, where, words, dry_run):
    """The same record once more is issued once and refuses nothing: whoever made the file learns where the first one stands."""
    records = [
        IntakeRecord(1, award=AWARD, **where),
        IntakeRecord(2, award=AWARD),
        IntakeRecord(3, award=numbered(1)),
    ]
    first, second, other = toy.issuer(archive).issue(records, dry_run=dry_run)
    assert (first.findings, other.findings) == ((), ())
    assert [(f.code, f.severity) for f in second.findings] == [("repeated", Severity.WARNING)]
    assert f"({words})" in str(second.findings[0].message)
    assert not second.refused


def test_one_number_for_two_awards_is_no_correction(toy, archive, monkeypatch):
    """Whether the first was issued just now or long ago, in this batch or in one before: nobody is told to replace it."""
    monkeypatch.setattr("mikrocert.service.issuing.issuing.LARGEST_BATCH", 1)
    for _ in range(2):
        results = send(toy.issuer(archive), AWARD, CORRECTED)
        assert [result.refused for result in results] == [False, True]
        assert "stands in the file before" in str(results[1].findings[0].message)


def test_a_dry_run_draws_what_only_drawing_tells(toy, archive):
    """The first award, those that the renderer doesn't vouch for, and all where a person says so."""
    drawn = []

    class Renderer(toy.Renderer):
        def surely_draws(self, certificate):
            return certificate.front.holder != "Ђорђе Ђурић"

        def document(self, certificates, **how):
            drawn.append(certificates[0].front.holder)
            return super().document(certificates, **how)

    learner = attrs.evolve(AWARD.learner, full_name=None, given_name="Ђорђе", family_name="Ђурић")
    export = [numbered(1), numbered(2), attrs.evolve(numbered(3), learner=learner), numbered(4)]
    results = send(toy.issuer(archive, renderer=Renderer()), *export, dry_run=True)
    assert [result.drawn for result in results] == [True, False, True, False]
    assert drawn == [AWARD.learner.name, "Ђорђе Ђурић"]
    send(toy.issuer(archive, renderer=Renderer()), *export, dry_run=True, draw=True)
    assert len(drawn) == 6


def test_progress_is_told(toy, archive):
    """Every phase tells how many of how many awards are through it."""
    steps = []
    send(toy.issuer(archive, on_progress=lambda *step: steps.append(step)), numbered(1), numbered(2))
    assert {phase for phase, _, _ in steps} == set(Phase)
    assert all(1 <= done <= total == 2 for _, done, total in steps)
