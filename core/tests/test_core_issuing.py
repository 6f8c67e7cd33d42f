"""Issuing: step by step, and nothing left behind by what fails."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from threading import Barrier
from zoneinfo import ZoneInfo

import attrs
import pytest
from mikrocert.award import Identifier, Level
from mikrocert.errors import (
    AlreadyIssued,
    ArchiveError,
    AwardRefused,
    FormatError,
    PluginError,
    RenderError,
    SealError,
    SelfVerificationError,
    UnknownIdentifier,
    UnrenderableError,
)
from mikrocert.kinds.check import Check
from mikrocert.kinds.envelope import Trust
from mikrocert.kinds.institution import Mandate
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.report import CheckResult, Finding, Outcome, SealQuality, StatusValue, Verdict
from mikrocert.testing import example_award, example_profile
from mikrocert.texts import LanguageMap

AWARD = example_award()
BAD = attrs.evolve(AWARD, evidence_number="UŘ/2026/bad", level=Level(9), languages=())
CORRECTED = attrs.evolve(AWARD, title=LanguageMap.of("Analýza dat v\u00a0R", "Data Analysis in R"))


def with_ico(award, *identifiers):
    return attrs.evolve(award, awarding_body=attrs.evolve(award.awarding_body, identifiers=identifiers))


def test_an_award_becomes_a_receipt(toy, archive):
    """Identifier, link, sealed file, certificate; recorded as they are handed out, and they verify."""
    receipt, findings = toy.issuer(archive).issue(AWARD)
    assert findings == ()
    assert receipt.created
    assert receipt.link == f"https://toy.example/verify/{receipt.identifier}"
    assert receipt.sealed_name == f"{receipt.identifier}.toy"
    assert receipt.certificate_name == f"{receipt.identifier}.pdf"
    assert (receipt.issued_at, receipt.status.value) == (toy.at, StatusValue.LIVE)
    archived = archive.find(receipt.identifier)
    assert (archived.sealed, archived.certificate) == (receipt.sealed, receipt.certificate)
    for file in (receipt.sealed, receipt.certificate):
        report = toy.verifier(archive=archive).verify(file, at=toy.at)
        assert (report.verdict, report.identifier) == (Verdict.VALID, receipt.identifier)
    assert b"katerina@example.org" not in receipt.sealed


def test_warnings_come_with_the_receipt(toy, archive):
    """An award that deserves a look is issued all the same."""
    receipt, [finding] = toy.issuer(archive).issue(attrs.evolve(AWARD, place=None))
    assert receipt.created
    assert finding.code == "place-missing"


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


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_award_leaves_nothing(toy, archive, name):
    """Every fault is told at once, and nothing is recorded."""
    award, members, codes = REFUSED[name]
    with pytest.raises(AwardRefused) as caught:
        toy.issuer(archive, **members).issue(award)
    assert [finding.code for finding in caught.value.findings] == codes
    assert archive.identifiers() == ()


def test_the_mandate_holds_on_its_last_day_in_prague(toy, archive):
    """Half past midnight in Prague is the next day, whatever UTC says."""
    profile = mandate(valid_until=date(2026, 11, 22))
    for minute, issued in ((59, True), (60, False)):
        now = datetime(2026, 11, 22, 23, 59, tzinfo=ZoneInfo("Europe/Prague")).timestamp() + 60 * (
            minute - 59
        )
        issuer = toy.issuer(
            archive, profile=profile, now=lambda now=now: datetime.fromtimestamp(now, ZoneInfo("UTC"))
        )
        if issued:
            assert issuer.issue(AWARD)
        else:
            with pytest.raises(AwardRefused):
                issuer.issue(AWARD)


def raising(base, method, error):
    def misbehave(self, *args, **kwargs):
        raise error

    return type("Raising", (base,), {method: misbehave})()


def returning(base, method, result):
    return type("Returning", (base,), {method: lambda self, *args, **kwargs: result})()


CRASHES = {  # name → (member of the issuer, class of the toy, method, error, error that comes out)
    "format can't say it": ("format", "Format", "build", FormatError([]), FormatError),
    "format can't complete it": ("format", "Format", "complete", FormatError([]), FormatError),
    "format crashes": ("format", "Format", "build", KeyError("x"), PluginError),
    "view crashes": ("format", "Format", "view", KeyError("x"), PluginError),
    "pictures can't be drawn": ("renderer", "Renderer", "pages", RenderError("no font"), RenderError),
    "renderer crashes": ("renderer", "Renderer", "certificate", MemoryError("x"), PluginError),
    "seal refuses": ("seal", "Seal", "seal", SealError("wrong PIN"), SealError),
    "seal crashes": ("seal", "Seal", "seal", OSError("no reader"), PluginError),
    "seal crashes at the certificate": ("seal", "Seal", "seal_pdf", OSError("no reader"), PluginError),
}


@pytest.mark.parametrize("name", CRASHES)
def test_a_crash_leaves_nothing(toy, archive, name):
    """Whatever step fails, nothing is recorded, and the error is one of ours."""
    member, base, method, error, expected = CRASHES[name]
    issuer = toy.issuer(archive, **{member: raising(getattr(toy, base), method, error)})
    with pytest.raises(expected):
        issuer.issue(AWARD)
    assert archive.identifiers() == ()
    assert toy.issuer(archive).issue(AWARD)[0].created


class Refusing(Check):
    def __init__(self, outcome):
        self.outcome = outcome

    def examine(self, subject, *, at):
        return CheckResult("more", self.outcome)


def test_what_does_not_verify_is_not_recorded(toy, archive):
    """A seal that is broken, over something else, of somebody else, or untrusted never leaves the house."""
    other = toy.sealed(toy.payload(identifier="aaaaBBBB2222"))
    faulty = {
        "sealed nothing": {"seal": returning(toy.Seal, "seal", b"")},
        "sealed something else": {"seal": returning(toy.Seal, "seal", other)},
        "broken seal": {"seal": returning(toy.Seal, "seal", toy.sealed(toy.payload()) + b" ")},
        "another's seal": {"seal": returning(toy.Seal, "seal", toy.sealed(toy.payload(), owner=b"other"))},
        "certificate without file": {
            "seal": returning(toy.Seal, "seal_pdf", toy.sealed(b"x", mark=b"%TOYPDF "))
        },
        "certificate of another": {
            "seal": returning(toy.Seal, "seal_pdf", toy.sealed(other, mark=b"%TOYPDF "))
        },
        "certificate unsealed": {"seal": returning(toy.Seal, "seal_pdf", b"%TOY\n")},
        "untrusted": {"verifier": toy.verifier(trust=Trust(()))},
        "format finds faults": {
            "verifier": toy.verifier(formats={"toy": returning(toy.Format, "examine", (toy.broken,))})
        },
        "format unknown": {"verifier": toy.verifier(formats={})},
        "an added check fails": {"verifier": toy.verifier(checks={"more": Refusing(Outcome.FAILED)})},
        "the verifier has another operator": {"verifier": toy.verifier(operator="NTRCZ-1")},
    }
    for name, members in faulty.items():
        with pytest.raises(SelfVerificationError) as caught:
            toy.issuer(archive, **members).issue(AWARD)
        assert caught.value.findings[0].code == "not-verified", name
        assert archive.identifiers() == (), name


@pytest.mark.parametrize("outcome", [Outcome.NOT_APPLICABLE, Outcome.UNDETERMINED])
def test_added_checks_that_do_not_know_stop_nothing(toy, archive, outcome):
    """Only a check that fails keeps a credential back."""
    issuer = toy.issuer(archive, verifier=toy.verifier(checks={"more": Refusing(outcome)}))
    assert issuer.issue(AWARD)[0].created


def test_the_same_award_twice_gives_the_first_receipt(toy, archive):
    """Another e-mail is the same award; the second receipt isn't fresh."""
    first, _ = toy.issuer(archive).issue(AWARD)
    again = attrs.evolve(AWARD, learner=attrs.evolve(AWARD.learner, email="jina@example.org"))
    second, _ = toy.issuer(archive).issue(again)
    assert second == attrs.evolve(first, created=False)
    assert archive.identifiers() == (first.identifier,)


def test_changed_content_points_to_the_first(toy, archive):
    """The way to correct it is in the message."""
    first, _ = toy.issuer(archive).issue(AWARD)
    with pytest.raises(AlreadyIssued, match=f"--replaces {first.identifier}"):
        toy.issuer(archive).issue(CORRECTED)
    assert archive.identifiers() == (first.identifier,)


def test_a_correction_replaces(toy, archive):
    """The old credential points to the new one; sent again, the correction gives its own receipt."""
    first, _ = toy.issuer(archive).issue(AWARD)
    second, _ = toy.issuer(archive).issue(CORRECTED, replaces=first.identifier, reason="překlep v\u00a0názvu")
    assert second.created
    assert archive.find(first.identifier).status.successor == second.identifier
    assert toy.issuer(archive).issue(CORRECTED)[0].identifier == second.identifier
    with pytest.raises(AlreadyIssued, match=f"--replaces {second.identifier}"):
        toy.issuer(archive).issue(AWARD)


def test_a_wrong_correction_leaves_nothing(toy, archive):
    """An unknown credential, one of another award, no reason."""
    first, _ = toy.issuer(archive).issue(AWARD)
    with pytest.raises(UnknownIdentifier):
        toy.issuer(archive).issue(CORRECTED, replaces="aaaaBBBB2222", reason="x")
    with pytest.raises(ArchiveError, match="keeps the evidence number"):
        toy.issuer(archive).issue(
            attrs.evolve(CORRECTED, evidence_number="x"), replaces=first.identifier, reason="x"
        )
    with pytest.raises(ArchiveError, match="needs a reason"):
        toy.issuer(archive).issue(CORRECTED, replaces=first.identifier)
    assert archive.identifiers() == (first.identifier,)


def test_a_revoked_award_sent_again_says_so(toy, archive):
    """The receipt of a revoked credential tells its standing."""
    first, _ = toy.issuer(archive).issue(AWARD)
    archive.revoke(first.identifier, reason="omyl", at=toy.at)
    again, _ = toy.issuer(archive).issue(AWARD)
    assert (again.identifier, again.status.value, again.created) == (
        first.identifier,
        StatusValue.REVOKED,
        False,
    )


def test_two_simultaneous_sends_give_one_receipt(toy, archive):
    """Both drew an identifier and sealed; one is recorded and both get it."""
    together = Barrier(2, timeout=30)

    class Slow(toy.Renderer):
        def certificate(self, view, *, attachment, branding):
            together.wait()
            return super().certificate(view, attachment=attachment, branding=branding)

    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(toy.issuer(archive, renderer=Slow()).issue, AWARD) for _ in range(2)]
        receipts = [future.result()[0] for future in sent]
    assert receipts[0].identifier == receipts[1].identifier
    assert receipts[0].sealed == receipts[1].sealed
    assert sorted(receipt.created for receipt in receipts) == [False, True]
    assert archive.identifiers() == (receipts[0].identifier,)


def test_a_batch_goes_on_after_bad_records(toy, archive):
    """Each record has its answer: receipts, refusals with the intake's and the rules' findings, nothing dropped."""
    unread = IntakeRecord(2, findings=(Finding.error("x", "y", "z"),))
    named = IntakeRecord(
        3, award=BAD, findings=(Finding.warning("w", "w", "w"),), names={"level.eqf": "UROVEN"}
    )
    records = [
        IntakeRecord(1, award=AWARD),
        unread,
        named,
        IntakeRecord(4, award=CORRECTED),
        IntakeRecord(5, award=AWARD),
    ]
    responses = list(toy.issuer(archive).issue_all(records))
    assert [response.record for response in responses] == records
    assert [response.receipt is not None for response in responses] == [True, False, False, False, True]
    assert responses[1].findings == unread.findings
    assert [(f.code, f.path) for f in responses[2].findings] == [
        ("w", ""), ("level-eqf", "UROVEN"), ("languages", "languages"),
    ]  # fmt: skip
    assert responses[3].findings[-1].code == "already-issued"
    assert responses[4].receipt.identifier == responses[0].receipt.identifier


def test_a_batch_goes_on_after_what_can_not_be_drawn(toy, archive):
    """A name in a script without a font stops its own award, not those after it."""
    strange = attrs.evolve(AWARD, evidence_number="UŘ/2")
    fault = Finding.error("no-glyph", "ř", "ř")

    class Illiterate(toy.Renderer):
        drawn = 0

        def pages(self, view, *, language, branding):
            self.drawn += 1
            if self.drawn == 1:
                raise UnrenderableError([fault])
            return super().pages(view, language=language, branding=branding)

    records = [IntakeRecord(1, award=strange), IntakeRecord(2, award=AWARD)]
    refused, accepted = toy.issuer(archive, renderer=Illiterate()).issue_all(records)
    assert refused.receipt is None
    assert refused.findings == (fault,)
    assert accepted.receipt
    assert archive.identifiers() == (accepted.receipt.identifier,)


def test_a_batch_ends_when_the_seal_fails(toy, archive):
    """A lost key isn't the fault of an award; what was recorded stays."""
    other = attrs.evolve(AWARD, evidence_number="UŘ/2")

    class Losing(toy.Seal):
        def seal(self, payload, *, at):
            if archive.identifiers():
                raise SealError("unplugged")
            return super().seal(payload, at=at)

    results = toy.issuer(archive, seal=Losing()).issue_all(
        [IntakeRecord(1, award=AWARD), IntakeRecord(2, award=other)]
    )
    assert next(results).receipt
    with pytest.raises(SealError, match="unplugged"):
        next(results)
    assert len(archive.identifiers()) == 1


def test_pictures_and_certificate_are_drawn_from_the_credential(toy, archive):
    """What is drawn is the view of the credential, marked as a test where the seal is one."""
    seen = []

    class Watching(toy.Renderer):
        def pages(self, view, *, language, branding):
            seen.append((language, view.test, view.seal))
            return super().pages(view, language=language, branding=branding)

        def certificate(self, view, *, attachment, branding):
            seen.append((attachment.name, view.test, view.seal.kind))
            return super().certificate(view, attachment=attachment, branding=branding)

    receipt, _ = toy.issuer(archive, renderer=Watching()).issue(AWARD)
    assert toy.Seal.owner.quality is SealQuality.TEST
    assert seen == [("cs", True, None), ("en", True, None), (receipt.sealed_name, True, "ToySeal")]


def test_a_mandate_holds_between_its_days():
    """Both days are included; without a last day it holds on."""
    held = Mandate("č. 1", date(2026, 1, 1), date(2026, 12, 31))
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [held.holds_on(day) for day in days] == [False, True, True, False]
    assert Mandate("č. 1", date(2026, 1, 1)).holds_on(date(2999, 1, 1))
