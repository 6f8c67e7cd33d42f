"""Results: what a check found out, never a bare boolean."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.report.findings import Finding, Severity
from mikrocert.report.seals import SealInfo
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MOST_ALIKE", "CheckResult", "Outcome", "bounded", "merged"]

MOST_ALIKE: Final = 20
"""The most findings of one code and severity that a report has of a check: whoever made a file can't make it say more."""


class Outcome(Enum):
    """What a check found out; never a bare boolean.

    `WITHHELD`: the holder does not show what the check needs.
    """

    PASSED = "passed"
    FAILED = "failed"
    UNDETERMINED = "undetermined"
    WITHHELD = "withheld"
    NOT_APPLICABLE = "not applicable"


@attrs.frozen
class CheckResult:
    """The result of one check.

    Args:
        check: name of the check, such as `integrity`.
        outcome: passed, failed, undetermined, withheld or not applicable.
        findings: every remark made on the way. The first one with the greatest weight is the
            sentence that a page shows beside the outcome, so each result has at least one.
        seals: for `trust`, each seal of the file with the level and the quality that it was judged to have; empty where
            they were not judged.
    """

    check: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    seals: tuple[SealInfo, ...] = ()

    @classmethod
    def of(cls, check: str, findings: Iterable[Finding]) -> CheckResult:
        """Make a result: failed if any finding is an error, else passed."""
        found = tuple(findings)
        failed = any(finding.severity is Severity.ERROR for finding in found)
        return cls(check, Outcome.FAILED if failed else Outcome.PASSED, found)

    @property
    def sentence(self) -> Message | None:
        """The message of the weightiest finding, or none if there is no finding; of an info where nothing was held against it."""
        weight = [Severity.ERROR, Severity.WARNING, Severity.INFO]
        if self.outcome in {Outcome.PASSED, Outcome.NOT_APPLICABLE}:
            weight = [Severity.INFO, Severity.WARNING, Severity.ERROR]
        ordered = sorted(self.findings, key=lambda finding: weight.index(finding.severity))
        return ordered[0].message if ordered else None

    def bounded(self) -> CheckResult:
        """Return the result with at most `MOST_ALIKE` findings of each code and severity, and how many more there were."""
        findings = bounded(self.findings)
        return self if findings is self.findings else attrs.evolve(self, findings=findings)


def bounded(findings: tuple[Finding, ...], *, most: int = MOST_ALIKE) -> tuple[Finding, ...]:
    """Return findings of which there are no more than so many of each code and severity, and how many more there were."""
    alike = Counter((finding.severity, finding.code) for finding in findings)
    if all(count <= most for count in alike.values()):
        return findings
    kept: Counter[tuple[Severity, str]] = Counter()
    first: list[Finding] = []
    for finding in findings:
        kind = finding.severity, finding.code
        kept[kind] += 1
        if kept[kind] <= most:
            first.append(finding)
        elif kept[kind] == most + 1:
            more = message("… and {count} more of the same kind.", count=alike[kind] - most)
            first.append(Finding(finding.code, finding.severity, more))
    return tuple(first)


_WORST = [Outcome.FAILED, Outcome.UNDETERMINED, Outcome.WITHHELD, Outcome.PASSED, Outcome.NOT_APPLICABLE]


def merged(results: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """Join results of the same check: the worst outcome counts, all findings stay, in order."""
    by_check: dict[str, CheckResult] = {}
    for result in results:
        before = by_check.get(result.check)
        if before is None:
            by_check[result.check] = result
        else:
            outcome = min(before.outcome, result.outcome, key=_WORST.index)
            by_check[result.check] = CheckResult(
                result.check, outcome, before.findings + result.findings, before.seals + result.seals
            )
    return tuple(by_check.values())
