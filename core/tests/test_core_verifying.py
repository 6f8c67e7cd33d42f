"""Verifying: every check's outcomes, crashes as findings, and what the archive knows."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.api import Check, PartialAward, Trust
from mikrocert.archive import ErasureReason
from mikrocert.award import Level
from mikrocert.errors import ArchiveError, DamagedError, EnvelopeError, FormatError, NoArchiveError
from mikrocert.report import (
    CheckResult,
    CredentialStatus,
    Finding,
    Outcome,
    SealQuality,
    Severity,
    StatusValue,
    Verdict,
)
from mikrocert.report.results import MOST_ALIKE
from mikrocert.service.verifying.archived import Lookup
from mikrocert.service.verifying.ours import NOBODY
from mikrocert.service.verifying.verifying import CHECKS
from mikrocert.testing import HOSTILE, example_award
from mikrocert.texts import LanguageMap, Texts, message

P, F, U, N = Outcome.PASSED, Outcome.FAILED, Outcome.UNDETERMINED, Outcome.NOT_APPLICABLE
ID = "K7mQx4Rt9bHz"
czech = partial(Texts().plain, language="cs")
FOREIGN = {"issuer": {"name": "Jiná", "id": "NTRCZ-1", "country": "SK"}}
RAISES = RuntimeError("kaput")


def outcomes(report):
    return {result.check: result.outcome for result in report.results}


def codes(report, check):
    return [finding.code for finding in report.result(check).findings]


def issuer(**changes):
    return {"issuer": {"name": "TEST Řípská", "id": "NTRCZ-00000000", "country": "CZ", **changes}}


def test_a_live_credential_of_ours_is_valid(toy, archive):
    """All checks pass that there is something for, in the order of the contract; identifier, format, seals, standing and view are there."""
    archive.record(toy.new(ID))
    report = toy.verifier(archive=archive).verify(toy.sealed(toy.payload()), at=toy.at)
    assert outcomes(report) == {**dict.fromkeys(CHECKS, P), "logged": N}
    assert [result.check for result in report.results] == list(CHECKS)
    assert report.verdict is Verdict.VALID
    assert (report.identifier, report.format, report.envelopes) == (ID, "toy", ("ToySeal",))
    assert report.test_seal
    assert report.status.value is StatusValue.LIVE
    assert report.view.holder == "Mgr. Kateřina Hůrková-Ďurišová"
    assert report.view.test
    assert report.view.seal == report.seals[-1]
    assert all(result.sentence for result in report.results)


def test_a_certificate_opens_the_file_inside(toy, archive):
    """Both seals are judged, outermost first."""
    archive.record(toy.new(ID))
    certificate = toy.new(ID).artefacts[1].file.octets
    report = toy.verifier(archive=archive).verify(certificate, at=toy.at)
    assert report.verdict is Verdict.VALID
    assert report.envelopes == ("ToyPDF", "ToySeal")
    assert [note.kind for note in report.seals] == ["ToyPDF", "ToySeal"]


@pytest.mark.parametrize("path", ["ToySeal", "ToyPDF"])
def test_our_seals_are_made_with_our_certificates(toy, archive, path):
    """Where the settings list the operator's certificates, a credential of ours under any other one fails `issuer`.

    What the archive recorded is ours all the same: a list that lacks a former certificate takes nothing back.
    """
    archive.record(toy.new(ID))
    file = toy.sealed(toy.payload()) if path == "ToySeal" else toy.new(ID).artefacts[1].file.octets
    own = frozenset({b"", b"an earlier one"})
    assert outcomes(toy.verifier(seal_certificates=own).verify(file, at=toy.at))["issuer"] is P
    report = toy.verifier(seal_certificates=frozenset({b"another"})).verify(file, at=toy.at)
    assert outcomes(report)["issuer"] is F
    assert codes(report, "issuer").count("other-certificate") == len(report.seals)
    recorded = toy.verifier(seal_certificates=frozenset({b"another"}), archive=archive)
    assert outcomes(recorded.verify(file, at=toy.at))["issuer"] is P


def test_certificates_of_others_are_not_ours_to_list(toy):
    """A foreign credential is held against its own seal only."""
    file = toy.sealed(toy.payload(**FOREIGN), owner=b"other")
    report = toy.verifier(seal_certificates=frozenset({b"another"})).verify(file, at=toy.at)
    assert "other-certificate" not in codes(report, "issuer")


@pytest.mark.parametrize("judged", [(), "one of two", "none"])
def test_level_and_quality_are_told_where_judged(toy, judged):
    """Seals that the envelope judged otherwise than one by one have neither level nor quality."""

    class Envelope(type(toy.envelopes["toy-seal"])):
        def examine(self, opened, *, trust, at):
            integrity, result = super().examine(opened, trust=trust, at=at)
            seals = {"one of two": result.seals * 2, "none": ()}.get(judged, result.seals)
            return integrity, attrs.evolve(result, seals=seals)

    inner = toy.envelopes["toy-seal"]
    envelopes = {**toy.envelopes, "toy-seal": Envelope(inner.mark, inner.kind)}
    report = toy.verifier(envelopes=envelopes).verify(toy.sealed(toy.payload()), at=toy.at)
    found = [(seal.level, seal.quality) for seal in report.seals]
    assert found == [(None, None) if judged else ("B-B", SealQuality.TEST)]


# name → (members of the payload, members of the verifier, check, outcome, code)
CASES = {
    "format finds a fault": ({"fault": True}, {}, "format", F, "broken"),
    "format can't open it": ({"broken": True}, {}, "format", F, "broken"),
    "format conforms": ({}, {}, "format", P, "conforms"),
    "award breaks a rule": ({"award": "bad level"}, {}, "award", F, "level-eqf"),
    "award can't be read": ({"award": {}}, {}, "award", F, "missing"),
    "award of another operator": (FOREIGN, {}, "award", N, "other-operator"),
    "award without operator of ours": ({}, {"ours": NOBODY}, "award", N, "other-operator"),
    "award is complete": ({}, {}, "award", P, "complete"),
    "trust without the root": ({}, {"trust": Trust((), sandbox=True)}, "trust", F, "intact"),
    "trust outside the sandbox": ({}, {"trust": Trust((b"toy root",))}, "trust", F, "intact"),
    "issuer of another identifier": (issuer(id="NTRCZ-1"), {}, "issuer", F, "other-identifier"),
    "issuer of another name": (issuer(name="Řipská"), {}, "issuer", F, "other-name"),
    "issuer of another country": (issuer(country="SK"), {}, "issuer", F, "other-country"),
    "issuer without identifier": (issuer(id=None), {}, "issuer", F, "no-identifier"),
    "issuer is missing": ({"issuer": None}, {}, "issuer", F, "no-identifier"),
    "issuer in other case and spacing": (issuer(name=" test  ŘÍPSKÁ "), {}, "issuer", P, "same"),
    "issuer in decomposed letters": (issuer(name="TEST R\u030ci\u0301pska\u0301"), {}, "issuer", P, "same"),
    "issuer with an unproven identifier": (issuer(others={"vat": "CZ999"}), {}, "issuer", P, "unproven-identifier"),
    "issuer with a proven identifier": (issuer(others={"vat": "CZ00000000"}), {}, "issuer", P, "same"),
    "not valid yet": ({"valid_from": "2026-11-23T00:00:00+01:00"}, {}, "validity", F, "not-yet"),
    "issued in the future": ({"issued": "2026-11-23T00:00:00+01:00"}, {}, "validity", F, "issued-later"),
    "expired": ({"valid_until": "2026-11-21T23:59:59+01:00"}, {}, "validity", F, "expired"),
    "valid until the last second": ({"valid_until": "2026-11-22T10:00:00+00:00"}, {}, "validity", P, "period"),
    "valid until the end of the calendar": ({"valid_until": "9999-12-31T23:59:59+00:00"}, {}, "validity", P, "period"),
    "valid without limit": ({}, {}, "validity", P, "no-end"),
    "valid from never": ({"valid_from": None}, {}, "validity", F, "no-start"),
    "status of a foreign file": (FOREIGN, {}, "status", N, "foreign"),
    "status of ours without archive": ({}, {}, "status", U, "no-archive"),
    "status of ours, unknown": ({"identifier": "aaaaBBBB2222"}, {"archive": True}, "status", F, "unknown"),
    "status of ours without identifier": ({"identifier": None}, {"archive": True}, "status", F, "unknown"),
    "status of ours with a hostile identifier": ({"identifier": "\x00'"}, {"archive": True}, "status", F, "unknown"),
    "status of ours, other content": ({"more": 1}, {"archive": True}, "status", F, "other-content"),
    "status of ours, live": ({}, {"archive": True}, "status", P, "live"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_checks_answer(toy, archive, name):
    """Each case has its outcome and its code, and no other check is skipped."""
    changes, members, check, outcome, code = CASES[name]
    if changes.get("award") == "bad level":
        payload = toy.payload(attrs.evolve(example_award(), level=Level(9)))
    else:
        payload = toy.payload(**changes)
    archive.record(toy.new(ID))
    members = {**members, **({"archive": archive} if "archive" in members else {})}
    report = toy.verifier(**members).verify(toy.sealed(payload), at=toy.at)
    assert report.outcome(check) is outcome
    assert code in codes(report, check)
    assert set(outcomes(report)) == set(CHECKS)
    assert (report.verdict is Verdict.INVALID) == (F in outcomes(report).values())


def test_a_revoked_credential_is_invalid(toy, archive):
    """The reason is told in both languages."""
    archive.record(toy.new(ID))
    archive.revoke(ID, reason="Omyl studijního oddělení", at=toy.at)
    report = toy.verifier(archive=archive).verify(toy.sealed(toy.payload()), at=toy.at)
    assert codes(report, "status") == ["revoked"]
    assert report.status.value is StatusValue.REVOKED
    message = report.result("status").sentence
    assert czech(message) == "Zrušen 22.\u00a011. 2026. Důvod: Omyl studijního oddělení"
    assert str(message).startswith("Revoked on 22\u00a0November 2026.")


def test_a_replaced_credential_is_invalid(toy, archive):
    """The page can point to the successor."""
    archive.record(toy.new(ID))
    corrected = attrs.evolve(example_award(), title=LanguageMap.of("Opravený název"))
    archive.record(toy.new("aaaaBBBB2222", award=corrected), replaces=ID, reason="překlep")
    report = toy.verifier(archive=archive).verify(toy.sealed(toy.payload()), at=toy.at)
    assert codes(report, "status") == ["replaced"]
    assert report.status.successor == "aaaaBBBB2222"


AWAY = {  # what an archive says → code of the finding
    "it is away": (ArchiveError(message("host db.internal, user mikrocert: no password")), "archive-unreachable"),
    "there is none": (NoArchiveError(message("nothing at /srv/mikrocert")), "archive-unreachable"),
    "it is damaged": (DamagedError(Finding.error("x", "mikrocert: other octets", path="awards[1]")), "archive-damaged"),
}  # fmt: skip


@pytest.mark.parametrize("name", AWAY)
def test_an_archive_that_does_not_answer_leaves_status_undetermined(toy, name):
    """A database that is down is no proof of anything; where it is and what it says is for no stranger."""
    fault, code = AWAY[name]

    class Down:
        def find(self, identifier):
            raise fault

    report = toy.verifier(archive=Down()).verify(toy.sealed(toy.payload()), at=toy.at)
    assert report.outcome("status") is U
    assert report.verdict is Verdict.UNDETERMINED
    assert codes(report, "status") == [code]
    assert "mikrocert" not in str(report.result("status").findings[0].message)


def test_a_changed_payload_is_invalid(toy, archive):
    """Without an intact seal issuer and status are not judged, and nothing is known of the standing."""
    archive.record(toy.new(ID))
    swapped = toy.sealed(toy.payload()).replace("Analýza".encode(), b"Synteza")
    report = toy.verifier(archive=archive).verify(swapped, at=toy.at)
    assert report.verdict is Verdict.INVALID
    assert outcomes(report) | {"format": P, "award": P, "validity": P} == {
        "format": P, "award": P, "integrity": F, "trust": P, "issuer": U, "validity": P, "status": U, "logged": N,
    }  # fmt: skip
    assert report.status is None


def test_an_unsealed_credential_is_invalid(toy):
    """Anyone could have written it."""
    report = toy.verifier().verify(toy.payload(), at=toy.at)
    assert codes(report, "integrity") == ["unsealed"]
    assert report.outcome("trust") is U
    assert report.verdict is Verdict.INVALID


def titled(envelope):
    """Return an envelope like this one that has a name for its seals."""

    class Titled(type(envelope)):
        def open(self, data):
            return attrs.evolve(super().open(data), title=LanguageMap.of(f"Seal of {self.kind}"))

    return Titled(envelope.mark, envelope.kind)


@pytest.mark.parametrize("changed", ["document", "data", "nothing"])
@pytest.mark.parametrize("known", [False, True])
def test_of_several_seals_every_remark_names_the_one_that_it_is_about(toy, changed, known):
    """What is said of the document can't be read as said of the data inside, nor the other way round."""
    verifier = toy.verifier(envelopes={name: titled(each) for name, each in toy.envelopes.items()})
    data = toy.sealed(toy.payload())
    if changed == "data":
        data = data.replace("Analýza".encode(), b"Synteza")
    document = toy.sealed(data, mark=b"%TOYPDF ")
    if changed == "document":
        document = document.replace(b"%TOYPDF ", b"%TOYPDF 0")
    inner = verifier.examine(data, at=toy.at) if known else None
    report = verifier.examine(document, at=toy.at, inner=inner).report
    for check in ("integrity", "trust"):
        remarks = [str(finding.message) for finding in report.result(check).findings]
        assert [remark.partition(": ")[0] for remark in remarks] == ["Seal of ToyPDF", "Seal of ToySeal"]
    alone = verifier.verify(data, at=toy.at)
    assert "Seal of" not in str(alone.result("integrity").findings[0].message)


@pytest.mark.parametrize("owner", ["other", "nameless"])
def test_somebody_elses_seal_is_no_issuer(toy, owner):
    """A claim of our operator under another seal fails."""
    report = toy.verifier().verify(toy.sealed(toy.payload(), owner=owner.encode()), at=toy.at)
    assert report.outcome("issuer") is F
    assert set(codes(report, "issuer")) <= {
        "other-identifier",
        "other-name",
        "other-country",
        "nameless-seal",
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_unusable(toy, name):
    """What is no micro-credential is said to be none."""
    report = toy.verifier().verify(HOSTILE[name], at=toy.at)
    assert report.verdict is Verdict.UNUSABLE
    assert report.unusable


@given(
    st.binary(max_size=300),
    st.sampled_from(
        [b"", b"TOYSEAL ", b"%TOYPDF ", b'{"toy"', b"TOYSEAL x test\n", b'TOYSEAL x test\n{"toy"']
    ),
)
def test_any_octets_get_a_report(toy, octets, head):
    """Nothing is raised, and nothing is valid."""
    report = toy.verifier().verify(head + octets, at=toy.at)
    assert report.verdict in {Verdict.UNUSABLE, Verdict.INVALID}


def test_a_broken_file_inside_a_certificate_is_invalid(toy):
    """The certificate was opened, so that it isn't unusable; its integrity failed."""
    report = toy.verifier().verify(
        toy.sealed(b"TOYSEAL", mark=b"%TOYPDF ").replace(b"\nTOYSEAL", b"\nTOYSEAL x"), at=toy.at
    )
    assert report.verdict is Verdict.INVALID
    assert report.envelopes == ("ToyPDF",)
    assert "broken" in codes(report, "integrity")


def test_a_sealed_file_of_unknown_format_is_invalid(toy):
    """A seal over a shopping list makes no micro-credential."""
    report = toy.verifier().verify(toy.sealed("máslo, chléb".encode()), at=toy.at)
    assert codes(report, "format") == ["unknown-format"]
    assert report.view is None
    assert set(outcomes(report)) == set(CHECKS)


def test_envelopes_are_opened_three_deep_only(toy):
    """A file that is wrapped for ever ends."""
    data = toy.payload()
    for _ in range(50):
        data = toy.sealed(data)
    report = toy.verifier().verify(data, at=toy.at)
    assert len(report.envelopes) == 3
    assert report.outcome("format") is F


def test_two_that_recognise_are_an_error(toy):
    """Ambiguity is never resolved by chance."""
    envelopes = {"a": toy.envelopes["toy-seal"], "b": toy.envelopes["toy-seal"]}
    report = toy.verifier(envelopes=envelopes).verify(toy.sealed(toy.payload()), at=toy.at)
    assert [finding.code for finding in report.unusable] == ["ambiguous"]
    assert "a and b" in str(report.unusable[0].message)
    report = toy.verifier(formats={"a": toy.Format(), "b": toy.Format()}).verify(
        toy.sealed(toy.payload()), at=toy.at
    )
    assert (codes(report, "format"), report.outcome("format")) == (["ambiguous"], F)


# Plugins that misbehave


class Misbehaving:
    """Does what a toy does, but for one method."""

    def __init__(self, toy, method, result):
        self._toy, self._method, self._result = toy, method, result

    def __getattr__(self, name):
        if name != self._method:
            return getattr(self._toy, name)

        def misbehave(*args, **kwargs):
            if isinstance(self._result, BaseException):
                raise self._result
            return self._result

        return misbehave


# (kind, method, what it does) → (check, outcome); none for a file that is unusable
MISBEHAVING = {
    ("envelope", "recognises", RAISES): None,
    ("envelope", "open", RAISES): None,
    ("envelope", "open", EnvelopeError([])): None,
    ("envelope", "examine", RAISES): ("integrity", U),
    ("envelope", "examine", ()): ("integrity", U),
    ("envelope", "examine", None): ("trust", U),
    ("envelope", "examine", (None,)): ("integrity", U),
    ("format", "recognises", RAISES): ("format", F),
    ("format", "open", RAISES): ("format", U),
    ("format", "open", FormatError([])): ("format", F),
    ("format", "examine", RAISES): ("format", U),
    ("format", "examine", None): ("format", P),
    ("format", "award", RAISES): ("award", U),
    ("format", "award", FormatError([])): ("award", F),
    ("format", "sections", RAISES): ("format", U),
    ("format", "award", SystemExit(0)): ("award", U),
    ("envelope", "examine", SystemExit(0)): ("trust", U),
    ("check", "examine", SystemExit(0)): ("more", U),
    ("check", "examine", RAISES): ("more", U),
    ("check", "examine", None): ("more", U),
    ("check", "examine", CheckResult("integrity", P)): ("more", U),
}


class More(Check):
    def examine(self, context, *, at):
        return CheckResult("more", P)


@pytest.mark.parametrize(("kind", "method", "result"), MISBEHAVING, ids=str)
def test_a_plugin_that_misbehaves_is_a_finding(toy, archive, kind, method, result):
    """Nothing is raised, nothing becomes valid by it, and the other checks answer."""
    archive.record(toy.new(ID))
    plugins = {"envelope": toy.envelopes["toy-seal"], "format": toy.Format(), "check": More()}
    plugins[kind] = Misbehaving(plugins[kind], method, result)
    report = toy.verifier(
        envelopes={"toy-seal": plugins["envelope"]},
        formats={"toy": plugins["format"]},
        checks={"more": plugins["check"]},
        archive=archive,
    ).verify(toy.sealed(toy.payload()), at=toy.at)
    expected = MISBEHAVING[kind, method, result]
    if expected is None:
        assert report.verdict is Verdict.UNUSABLE
        assert report.unusable
        return
    check, outcome = expected
    assert report.outcome(check) is outcome
    assert (report.verdict is Verdict.VALID) == (outcome is P)
    assert set(CHECKS) <= set(outcomes(report))


def test_a_seal_without_note_proves_no_issuer(toy):
    """An envelope that says intact but not by whom leaves the issuer undetermined."""
    whole = toy.envelopes["toy-seal"]
    opened = attrs.evolve(whole.open(toy.sealed(toy.payload())), seals=())
    report = toy.verifier(envelopes={"toy-seal": Misbehaving(whole, "open", opened)}).verify(
        toy.sealed(toy.payload()), at=toy.at
    )
    assert report.outcome("issuer") is U


def test_added_checks_count(toy, archive):
    """A check that a plugin adds is asked with the award read back, and its failure makes invalid."""
    asked = []

    class Failing(Check):
        def examine(self, context, *, at):
            asked.append((context.award.evidence_number, context.seals[0].kind, at))
            return CheckResult.of("blacklist", (Finding.error("listed", "listed"),))

    archive.record(toy.new(ID))
    report = toy.verifier(checks={"blacklist": Failing()}, archive=archive).verify(
        toy.sealed(toy.payload()), at=toy.at
    )
    assert asked == [("UŘ/2026/0042", "ToySeal", toy.at)]
    assert report.verdict is Verdict.INVALID
    assert report.results[-1].check == "blacklist"


def test_rules_judge_by_the_day_of_issuing(toy):
    """An award is judged as of its issue, not as of today: what was right then stays right."""
    report = toy.verifier().verify(toy.sealed(toy.payload()), at=toy.at + timedelta(days=36500))
    assert report.outcome("award") is P


WITHHELD_CASES = {  # name → (withheld, may be withheld, outcome of award, verdict)
    "nothing": ([], set(), P, Verdict.VALID),
    "what a rule needs": (["learner.birth_date"], set(), Outcome.WITHHELD, Verdict.UNDETERMINED),
    "what holds what a rule needs": (["level"], set(), Outcome.WITHHELD, Verdict.UNDETERMINED),
    "what the format permits": (["learner.birth_date"], {"learner.birth_date"}, P, Verdict.VALID),
    "what a list holds": (["components"], {"components"}, P, Verdict.VALID),
}  # fmt: skip


@pytest.mark.parametrize("name", WITHHELD_CASES)
def test_what_is_withheld_is_not_missing(toy, archive, name):
    """A check that needs a withheld element tells so and stays open, unless the format permits withholding it."""
    withheld, permitted, outcome, verdict = WITHHELD_CASES[name]
    form = type("Selective", (toy.Format,), {"may_withhold": frozenset(permitted)})()
    payload = toy.payload(withheld=withheld)
    archive.record(toy.new(ID, withheld=withheld))
    report = toy.verifier(formats={"toy": form}, archive=archive).verify(toy.sealed(payload), at=toy.at)
    assert (report.outcome("award"), report.verdict) == (outcome, verdict)
    findings = [f for f in report.result("award").findings if f.code == "withheld"]
    assert bool(findings) == bool(withheld)
    assert all(czech(f.message) == "skryto držitelem" for f in findings)


def test_what_no_rule_needs_may_be_withheld(toy):
    """A place of birth is asked for by no rule, so that nobody misses it."""
    report = toy.verifier().verify(toy.sealed(toy.payload(withheld=["learner.birth_place"])), at=toy.at)
    assert report.outcome("award") is P
    assert codes(report, "award") == ["complete"]


def test_a_rule_broken_beside_what_is_withheld_fails(toy, archive):
    """What is shown is judged all the same."""
    payload = toy.payload(attrs.evolve(example_award(), level=Level(9)), withheld=["learner.birth_date"])
    report = toy.verifier().verify(toy.sealed(payload), at=toy.at)
    assert report.outcome("award") is F


BORN_LATER = attrs.evolve(
    example_award(), learner=attrs.evolve(example_award().learner, birth_date=date(2026, 6, 23))
)
"""Born after learning, assessment and award: impossible, and so an error in what is ours."""


def test_dates_of_others_are_doubted_and_fail_nothing(toy):
    """What is impossible in an award of others is a warning in `validity`, whose outcome and verdict stay."""
    verifier = toy.verifier(ours=toy.ours("NTRCZ-2"))
    right, doubtful = (
        verifier.verify(toy.sealed(toy.payload(award)), at=toy.at) for award in (example_award(), BORN_LATER)
    )
    assert outcomes(doubtful) == outcomes(right)
    assert (right.outcome("validity"), doubtful.verdict) == (P, right.verdict)
    assert [finding.code for finding in right.result("validity").findings] == ["no-end"]
    found = [finding for finding in doubtful.result("validity").findings if finding.code != "no-end"]
    assert {finding.code for finding in found} >= {"birth-after-learning", "birth-after-award"}
    assert {finding.severity for finding in found} == {Severity.WARNING}


@pytest.mark.parametrize("operator", ["NTRCZ-2", None])
def test_no_report_tells_the_date_of_birth(toy, operator):
    """Pages by identifier are everybody's: whatever is doubtful about a birth, its date isn't in the sentence."""
    verifier = toy.verifier(**({"ours": toy.ours(operator)} if operator else {}))
    report = verifier.verify(toy.sealed(toy.payload(BORN_LATER)), at=toy.at)
    found = [finding for result in report.results for finding in result.findings]
    assert any(finding.path.startswith("learner.birth") for finding in found)
    text = " ".join(Texts().say(finding.message, language="en") for finding in found)
    assert "23 June 2026" not in text
    assert "2026-06-23" not in text


def test_dates_of_ours_are_judged_by_the_rules(toy):
    """Once is enough: what `award` says isn't said again in `validity`."""
    report = toy.verifier().verify(toy.sealed(toy.payload(BORN_LATER)), at=toy.at)
    assert report.outcome("award") is F
    assert "birth-after-award" in codes(report, "award")
    assert codes(report, "validity") == ["no-end"]


def partly(toy, part):
    """Return a verifier of others' credentials, with a format that can't read an award back whole."""

    def refuse(self, credential):
        raise FormatError([toy.broken])

    members = {"award": refuse, "partial_award": lambda self, credential: part()}
    form = type("Partial", (toy.Format,), members)()
    return toy.verifier(formats={"toy": form}, ours=toy.ours("NTRCZ-2"))


LACKING = {  # name → (what is missing, codes)
    "nothing that matters": ({"level.eqf"}, {"birth-after-award", "birth-after-learning"}),
    "one of the dates": ({"awarded_on"}, {"birth-after-learning"}),
    "what holds it": ({"learner"}, set()),
}


@pytest.mark.parametrize("name", LACKING)
def test_what_can_be_read_of_an_award_is_held_against_each_other(toy, name):
    """A credential that says less than an award is doubted by the dates that it has, and by no other."""
    missing, expected = LACKING[name]
    verifier = partly(toy, lambda: PartialAward(BORN_LATER, frozenset(missing)))
    report = verifier.verify(toy.sealed(toy.payload()), at=toy.at)
    found = set(codes(report, "validity"))
    assert report.outcome("validity") is P
    assert found & {"birth-after-award", "birth-after-learning"} == expected
    assert "withheld" not in found


NONSENSE = {"raises": RAISES, "an award": example_award()}


@pytest.mark.parametrize("name", NONSENSE)
def test_dates_that_can_not_be_compared_are_open(toy, name):
    """A format that crashes here, or returns something else, leaves `validity` open and says so."""

    def part():
        if isinstance(NONSENSE[name], Exception):
            raise NONSENSE[name]
        return NONSENSE[name]

    report = partly(toy, part).verify(toy.sealed(toy.payload()), at=toy.at)
    assert report.outcome("validity") is U
    assert codes(report, "validity") == ["no-end", "crash"]


@pytest.mark.parametrize("reason", ErasureReason)
def test_erased_content_leaves_status_undetermined(toy, archive, reason):
    """Whether this file is what was sealed can't be told any more; why it was erased is told only where the holder asked for it."""
    archive.record(toy.new(ID))
    archive.erase(ID, reason=reason, at=toy.at)
    report = toy.verifier(archive=archive).verify(toy.sealed(toy.payload()), at=toy.at)
    assert report.outcome("status") is U
    assert codes(report, "status") == ["closed" if reason is ErasureReason.HOLDER else "erased"]
    assert reason is ErasureReason.HOLDER or reason.value not in str(report)


def test_a_revoked_credential_stays_invalid_once_erased(toy, archive):
    """Erasing is no way to make a revocation forgotten."""
    archive.record(toy.new(ID))
    archive.revoke(ID, reason="omyl", at=toy.at)
    archive.erase(ID, reason=ErasureReason.OTHER, at=toy.at)
    report = toy.verifier(archive=archive).verify(toy.sealed(toy.payload()), at=toy.at)
    assert report.outcome("status") is F
    assert codes(report, "status") == ["revoked", "erased"]
    assert "None" not in Texts().plain(report.result("status").findings[0].message, "en")


def test_a_file_that_only_names_what_was_erased_learns_no_more_than_everybody(toy, archive):
    """Nothing proves any more that a file is ours; what replaced it, which opens another link, is not told to who forges one."""
    archive.record(toy.new(ID))
    archived = archive.find(ID)
    replaced = CredentialStatus(StatusValue.REPLACED, toy.at, "omyl", "N4wYd8GcT2sV")
    for reason in ErasureReason:
        gone = attrs.evolve(archived, status=replaced, erased_at=toy.at, erased_for=reason)
        result, status = Lookup(gone).status(ours=False, has_archive=True)
        assert result.outcome is F
        assert (status.value, status.reason, status.successor) == (StatusValue.REPLACED, None, None)
        assert "omyl" not in str(result)


def proving(envelope, moment, enclosed):
    """Return an envelope that proves when its files were there, and notes what is proven of them by what they stand in."""

    class Proving(type(envelope)):
        def examine(self, opened, *, trust, at):
            enclosed.append(opened.enclosed_at)
            integrity, result = super().examine(opened, trust=trust, at=at)
            seals = tuple(attrs.evolve(seal, proven_at=moment) for seal in result.seals)
            return integrity, attrs.evolve(result, seals=seals)

    return Proving(envelope.mark, envelope.kind)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("own", [None, -1, 1])
def test_what_proves_a_document_proves_the_file_inside(toy, own, known):
    """Its envelope is told since when the file was there; one that is not intact or not trusted proves nothing, and none proves itself."""
    moment, enclosed = toy.at - timedelta(days=9), []
    moments = {"toy-pdf": moment, "toy-seal": own and moment + timedelta(days=own)}
    verifier = toy.verifier(
        envelopes={name: proving(each, moments[name], enclosed) for name, each in toy.envelopes.items()}
    )
    data = toy.sealed(toy.payload())
    document = toy.sealed(data, mark=b"%TOYPDF ")
    inner = verifier.examine(data, at=toy.at) if known else None
    enclosed.clear()
    verifier.examine(document, at=toy.at, inner=inner)
    # What was judged before is judged again only where the document proves more.
    assert enclosed == ([None] if known and own == -1 else [None, moment])
    stranger = attrs.evolve(verifier, trust=Trust())
    for verify, data in (
        (verifier, document.replace(b"%TOYPDF ", b"%TOYPDF 0")),
        (stranger, document),
    ):
        enclosed.clear()
        verify.examine(data, at=toy.at)
        assert enclosed == [None, None]


def test_octets_met_again_are_not_judged_again(toy, archive):
    """A document that encloses what was just verified costs its own envelope only, and says the same."""
    archive.record(toy.new(ID))
    verifier = toy.verifier(archive=archive)
    sealed, certificate = (artefact.file.octets for artefact in toy.new(ID).artefacts)
    inner = verifier.examine(sealed, at=toy.at)
    counted = []
    counting = type("Counting", (toy.Envelope,), {"open": lambda self, data: counted.append(1)})
    again = attrs.evolve(
        verifier, envelopes={**toy.envelopes, "toy-seal": counting(toy.seal_mark, "ToySeal")}
    ).examine(certificate, at=toy.at, inner=inner)
    assert counted == []
    assert again.report == verifier.verify(certificate, at=toy.at)


@pytest.mark.parametrize(
    ("issued", "told"),
    [
        ("2026-11-22T10:00:00+00:00", False),
        ("2026-11-21T11:00:00+01:00", False),
        ("2026-11-21T10:59:59+01:00", True),
        ("2020-01-01T00:00:00Z", True),
    ],
)
def test_a_moment_of_issuing_far_from_the_sealing_is_told(toy, archive, issued, told):
    """Both are words of the sealer; where they are more than a day apart, that is a warning, and fails nothing."""
    archive.record(toy.new("K7mQx4Rt9bHz", issued=issued))
    report = toy.verifier(archive=archive).verify(toy.sealed(toy.payload(issued=issued)), at=toy.at)
    result = report.result("validity")
    assert ("sealed-at-another-time" in {finding.code for finding in result.findings}) is told
    assert result.outcome is Outcome.PASSED


class Talkative(Check):
    """Finds a thousand things of one kind."""

    def examine(self, context, *, at):
        flood = (Finding.warning("odd", "Položka ř {n}.", path=f"x[{n}]", n=n) for n in range(1000))
        return CheckResult("talkative", Outcome.UNDETERMINED, tuple(flood))


def test_what_a_file_makes_a_report_say_is_bounded(toy):
    """Of a thousand findings of one kind some are told, and how many more there were; the outcome stays."""
    report = toy.verifier(checks={"talkative": Talkative()}).verify(toy.sealed(toy.payload()), at=toy.at)
    found = report.result("talkative")
    assert (found.outcome, len(found.findings)) == (Outcome.UNDETERMINED, MOST_ALIKE + 1)
    assert found.findings[-1].message.parameters == {"count": 980}
