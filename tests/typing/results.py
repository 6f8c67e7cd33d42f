"""What a type checker makes of findings, results and reports. Checked by mypy and pyright, never run."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_type

from mikrocert.api import CheckResult, Finding, LanguageMap, Outcome, Report, Verdict

if TYPE_CHECKING:
    from datetime import datetime


def results(findings: list[Finding], report: Report, at: datetime) -> None:
    # A result is made of findings, of any iterable, and has an outcome that is no boolean.
    result = CheckResult.of("paper", findings)
    assert_type(result, CheckResult)
    assert_type(CheckResult.of("paper", (finding for finding in findings)), CheckResult)
    assert_type(result.outcome, Outcome)
    assert_type(result.findings, tuple[Finding, ...])
    CheckResult.of("paper", findings[0])  # type: ignore[arg-type]
    CheckResult("paper", True)  # type: ignore[arg-type]
    CheckResult("paper", Outcome.PASSED, findings)  # type: ignore[arg-type]

    # Values are frozen.
    result.outcome = Outcome.FAILED  # type: ignore[misc]
    report.results = ()  # type: ignore[misc]

    # The verdict follows from the results; nobody sets it.
    assert_type(report.verdict, Verdict)
    assert_type(report.outcome("paper"), Outcome)
    Report(at=at, verdict=Verdict.VALID)  # type: ignore[call-arg]


def texts(title: LanguageMap) -> None:
    # A text in exactly one language may be missing; the best one there is never is.
    assert_type(title.get("cs"), str | None)
    assert_type(title.best("en"), str)
    LanguageMap("Název")  # type: ignore[arg-type]
