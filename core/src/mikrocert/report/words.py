"""Words of a report: what its checks, outcomes and severities are called on pages, on terminals and in print alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mikrocert.report.findings import Severity
from mikrocert.report.results import Outcome
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.texts import Message

__all__ = ["CHECK_NAMES", "OUTCOME_WORDS", "SEVERITY_WORDS"]

OUTCOME_WORDS: Final[Mapping[Outcome, Message]] = {
    Outcome.PASSED: message("passed"),
    Outcome.FAILED: message("failed"),
    Outcome.UNDETERMINED: message("unclear"),
    Outcome.WITHHELD: message("withheld by the holder"),
    Outcome.NOT_APPLICABLE: message("not assessed"),
}
"""What a check found out, in a word."""

CHECK_NAMES: Final[Mapping[str, Message]] = {
    "format": message("Format"),
    "award": message("Content"),
    "integrity": message("Integrity"),
    "trust": message("Trust"),
    "issuer": message("Issuer"),
    "validity": message("Validity"),
    "status": message("Status"),
    "logged": message("Log"),
}
"""What the core's checks are called; those of plugins are called by their own names."""

SEVERITY_WORDS: Final[Mapping[Severity, Message]] = {
    Severity.ERROR: message("error"),
    Severity.WARNING: message("warning"),
    Severity.INFO: message("note"),
}
"""What kind of remark a finding is."""
