"""What the band of a report says first."""

from __future__ import annotations

from enum import Enum

from mikrocert.api import Outcome, Report, StatusValue, Verdict

__all__ = ["Headline", "headline_of"]


class Headline(Enum):
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
        if self in {Headline.VALID, Headline.TEST, Headline.UNDETERMINED, Headline.UNUSABLE}:
            return str(self.value)
        return "failed"


def _failed(report: Report, check: str) -> bool:
    return report.outcome(check) is Outcome.FAILED


def _revoked(report: Report) -> bool:
    return report.status is not None and report.status.value is not StatusValue.LIVE


def _case_of_invalid(report: Report) -> Headline:
    """Return the gravest reason; what casts doubt on everything else comes first."""
    reasons = (
        (_failed(report, "integrity"), Headline.CHANGED),
        (_failed(report, "trust") and report.test_seal, Headline.TEST_SEAL),
        (_failed(report, "trust"), Headline.UNTRUSTED),
        (_failed(report, "issuer"), Headline.ISSUER),
        (_failed(report, "status") and _revoked(report), Headline.REVOKED),
        (_failed(report, "status"), Headline.NOT_OURS),
        (_failed(report, "validity"), Headline.VALIDITY),
        (_failed(report, "format") or _failed(report, "award"), Headline.CONTENT),
    )
    return next((case for applies, case in reasons if applies), Headline.FAILED)


def headline_of(report: Report) -> Headline:
    """Return how this verification ended."""
    if report.verdict is Verdict.VALID and report.proven:
        return Headline.TEST if report.test_seal else Headline.VALID
    if report.verdict is Verdict.INVALID:
        return _case_of_invalid(report)
    return Headline.UNUSABLE if report.verdict is Verdict.UNUSABLE else Headline.UNDETERMINED
