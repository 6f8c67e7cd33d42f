"""The report: its verdict, its sentences, and its contract as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from itertools import permutations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.parsing.strict_json import dumps
from mikrocert.report import (
    CheckResult,
    CredentialStatus,
    Finding,
    Item,
    Outcome,
    Report,
    SealInfo,
    SealQuality,
    Severity,
    StatusValue,
    Verdict,
    merged,
)
from mikrocert.report.json import report_to_json
from mikrocert.testing import example_owner, example_view
from mikrocert.texts import LanguageMap, Texts

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
P, F, U, N = Outcome.PASSED, Outcome.FAILED, Outcome.UNDETERMINED, Outcome.NOT_APPLICABLE
ERROR, WARNING, INFO = (make("x", make.__name__) for make in (Finding.error, Finding.warning, Finding.info))

VERDICTS = {  # outcomes → verdict
    (P,): Verdict.VALID,
    (P, P): Verdict.VALID,
    (P, N): Verdict.VALID,
    (P, U): Verdict.UNDETERMINED,
    (U,): Verdict.UNDETERMINED,
    (P, F): Verdict.INVALID,
    (P, U, F, N): Verdict.INVALID,
    (F,): Verdict.INVALID,
    (N,): Verdict.UNDETERMINED,
    (N, N): Verdict.UNDETERMINED,
    (): Verdict.UNDETERMINED,
}


as_json = partial(report_to_json, texts=Texts())


def report(*outcomes, **members):
    results = tuple(CheckResult(f"check-{number}", outcome) for number, outcome in enumerate(outcomes))
    return Report(at=AT, results=results, **members)


@pytest.mark.parametrize(
    "outcomes", VERDICTS, ids=lambda outcomes: " ".join(o.value for o in outcomes) or "nothing"
)
def test_verdict(outcomes):
    """Invalid if a check failed, else undetermined if one is or none passed, else valid; order means nothing."""
    for order in permutations(outcomes):
        assert report(*order).verdict is VERDICTS[outcomes]


def test_a_finding_has_the_name_of_the_standard_where_there_is_one():
    """What ETSI calls a finding stands beside its sentence, in JSON only, and nowhere where it has no name."""
    named = attrs.evolve(ERROR, sub_indication="REVOKED_NO_POE")
    result = CheckResult("trust", F, (named, INFO))
    with_name, without = as_json(Report(at=AT, results=(result,)))["checks"][0]["findings"]
    assert with_name["sub_indication"] == "REVOKED_NO_POE"
    assert set(with_name) - set(without) == {"sub_indication"}
    assert "REVOKED" not in str(with_name["message"])


@given(st.lists(st.sampled_from(Outcome)))
def test_only_passed_checks_make_valid(outcomes):
    """A report is valid only where something passed and all the rest passed or doesn't apply."""
    valid = report(*outcomes).verdict is Verdict.VALID
    assert valid == (P in outcomes and set(outcomes) <= {P, N})


def test_unusable_is_unusable_whatever_else():
    """A report that says why nothing could be opened is unusable, also with answers."""
    assert report(P, unusable=(ERROR,)).verdict is Verdict.UNUSABLE


def test_answer_fails_by_an_error_only():
    """Warnings and infos fail nothing."""
    assert CheckResult.of("x", (INFO, WARNING)).outcome is P
    assert CheckResult.of("x", (INFO, ERROR)).outcome is F
    assert CheckResult.of("x", ()).outcome is P


def test_sentence_is_the_weightiest_finding():
    """A failed check says its error; one that passed says what is good before what deserves a look."""
    assert CheckResult("x", F, (INFO, WARNING, ERROR)).sentence == ERROR.message
    assert CheckResult("x", U, (INFO, WARNING)).sentence == WARNING.message
    assert CheckResult("x", P, (WARNING, INFO)).sentence == INFO.message
    assert CheckResult("x", Outcome.NOT_APPLICABLE, (WARNING, INFO)).sentence == INFO.message
    assert CheckResult("x", P).sentence is None


def test_unasked_check_is_undetermined():
    """What was not asked has not passed."""
    assert report(P).outcome("integrity") is U
    assert report(P).result("integrity") is None


@pytest.mark.parametrize(
    ("one", "other", "worst"),
    [(P, F, F), (P, U, U), (U, F, F), (P, N, P), (N, U, U), (P, P, P), (N, N, N)],
)
def test_merging_keeps_the_worst_and_all_findings(one, other, worst):
    """Two seals on one file: the worse outcome counts, in either order."""
    for first, second in ((one, other), (other, one)):
        [joined] = merged([CheckResult("x", first, (INFO,)), CheckResult("x", second, (WARNING,))])
        assert joined == CheckResult("x", worst, (INFO, WARNING))


FULL = Report(
    at=AT,
    results=(
        CheckResult("integrity", P, (INFO,)),
        CheckResult("status", F, (attrs.evolve(ERROR, path="issuer"),)),
    ),
    identifier="K7mQx4Rt9bHz",
    format="edc-v3",
    envelopes=("jades",),
    seals=(
        SealInfo("JAdES", "B-B", example_owner(), AT, SealQuality.TEST, AT),
        SealInfo("PAdES", None, None, None),
    ),
    test_seal=True,
    status=CredentialStatus(StatusValue.REVOKED, AT, "omyl"),
    view=example_view(),
)


def test_json_keeps_its_contract():
    """The members that others build on are there, with these values."""
    found = as_json(FULL)
    assert list(found)[:5] == ["verdict", "test_seal", "identifier", "format", "checks"]
    assert found["verdict"] == "invalid"
    assert found["test_seal"] is True
    assert found["identifier"] == "K7mQx4Rt9bHz"
    assert found["format"] == "edc-v3"
    [finding] = found["checks"][1].pop("findings")
    assert found["checks"][1] == {"check": "status", "outcome": "failed"}
    words = finding.pop("message")
    assert finding == {"code": "x", "severity": "error", "path": "issuer"}
    assert tuple(words) == Texts().languages  # others may come, these two stay
    assert (words["cs"], words["en"]) == ("chyba", "error")
    assert found["status"] == {
        "state": "revoked",
        "since": "2026-11-22T10:00:00+00:00",
        "reason": "omyl",
        "successor": None,
    }
    assert [(seal["level"], seal["quality"]) for seal in found["seals"]] == [("B-B", "test"), (None, None)]
    assert found["seals"][1]["owner"] is None
    assert [seal["proven_at"] for seal in found["seals"]] == [AT.isoformat(timespec="seconds"), None]
    assert dumps(found)


def test_json_of_an_unusable_file():
    """A file that can't be opened has no checks, no data, and says why."""
    found = as_json(Report(at=AT, unusable=(ERROR,)))
    assert found["verdict"] == "unusable"
    assert found["checks"] == []
    assert found["data"] is None
    assert found["identifier"] is None
    assert [finding["code"] for finding in found["unusable"]] == ["x"]


@pytest.mark.parametrize("outcome", [F, U, N])
def test_json_shows_no_data_where_integrity_did_not_pass(outcome):
    """Nothing is shown as fact that the seal doesn't hold."""
    assert as_json(attrs.evolve(FULL, results=(CheckResult("integrity", outcome),)))["data"] is None
    assert as_json(attrs.evolve(FULL, results=()))["data"] is None


def test_json_never_has_the_birth_date():
    """Birth date and place are for the holder only."""
    view = example_view()
    birth = Item("birth", LanguageMap.of("Narozena"), (LanguageMap.of("14. března 1994"),))
    section = attrs.evolve(view.sections[0], items=(*view.sections[0].items, birth))
    shown = dumps(as_json(attrs.evolve(FULL, view=attrs.evolve(view, sections=(section,)))))
    assert "1994" not in shown
    assert "Hůrková-Ďurišová" in shown


REVOKED, LIVE = CredentialStatus(StatusValue.REVOKED, AT, "omyl"), CredentialStatus(StatusValue.LIVE, AT)
PROVEN = {  # integrity, trust, issuer, status, standing → whether the content may be shown as fact
    (P, P, P, P, LIVE): True,
    (P, U, P, N, None): False,
    (P, P, U, N, None): False,
    (P, P, P, N, None): True,
    (P, P, P, U, None): True,
    (P, P, P, F, REVOKED): True,
    (P, P, P, F, None): False,
    (F, P, P, P, LIVE): False,
    (U, P, P, P, LIVE): False,
    (P, F, P, P, LIVE): False,
    (P, P, F, P, LIVE): False,
}


@pytest.mark.parametrize("case", PROVEN, ids=lambda case: " ".join(o.value for o in case[:4]))
def test_content_is_proven(case):
    """Revoked content is still what was sealed; changed, untrusted, another's or unknown content is anybody's."""
    *outcomes, status = case
    results = tuple(map(CheckResult, ("integrity", "trust", "issuer", "status"), outcomes))
    found = Report(at=AT, results=results, status=status, view=example_view())
    assert found.proven is PROVEN[case]
    assert (as_json(found)["data"] is not None) is PROVEN[case]


def test_severities_and_outcomes_have_their_words():
    """The words of the contract."""
    assert [severity.value for severity in Severity] == ["error", "warning", "info"]
    assert [outcome.value for outcome in Outcome] == [
        "passed",
        "failed",
        "undetermined",
        "withheld",
        "not applicable",
    ]
    assert [verdict.value for verdict in Verdict] == ["valid", "invalid", "undetermined", "unusable"]
