"""What the band of a report says first."""

from __future__ import annotations

from enum import Enum

from mikrocert.report import Outcome, Report, State, Verdict

__all__ = ["Case", "case_of"]


class Case(Enum):
    """One way a verification can end; the value names the words in the template."""

    VALID = "valid"
    TEST = "test"
    REVOKED = "revoked"
    CHANGED = "changed"
    TEST_SEAL = "test-seal"
    UNTRUSTED = "untrusted"
    ISSUER = "issuer"
    NOT_OURS = "not-ours"
    VALIDITY = "validity"
    CONTENT = "content"
    FAILED = "failed"
    UNDETERMINED = "undetermined"
    UNUSABLE = "unusable"

    @property
    def tone(self) -> str:
        """Colour of the band; test is white and never green, unusable says nothing about genuineness."""
        if self in {Case.VALID, Case.TEST, Case.UNDETERMINED, Case.UNUSABLE}:
            return str(self.value)
        return "failed"


def _failed(report: Report, check: str) -> bool:
    return report.outcome(check) is Outcome.FAILED


def _revoked(report: Report) -> bool:
    return report.standing is not None and report.standing.state is not State.LIVE


def _case_of_invalid(report: Report) -> Case:
    """Return the gravest reason; what casts doubt on everything else comes first."""
    reasons = (
        (_failed(report, "integrity"), Case.CHANGED),
        (_failed(report, "trust") and report.test_seal, Case.TEST_SEAL),
        (_failed(report, "trust"), Case.UNTRUSTED),
        (_failed(report, "issuer"), Case.ISSUER),
        (_failed(report, "status") and _revoked(report), Case.REVOKED),
        (_failed(report, "status"), Case.NOT_OURS),
        (_failed(report, "validity"), Case.VALIDITY),
        (_failed(report, "format") or _failed(report, "award"), Case.CONTENT),
    )
    return next((case for applies, case in reasons if applies), Case.FAILED)


def case_of(report: Report) -> Case:
    """Return how this verification ended."""
    if report.verdict is Verdict.VALID and report.proven:
        return Case.TEST if report.test_seal else Case.VALID
    if report.verdict is Verdict.INVALID:
        return _case_of_invalid(report)
    return Case.UNUSABLE if report.verdict is Verdict.UNUSABLE else Case.UNDETERMINED
