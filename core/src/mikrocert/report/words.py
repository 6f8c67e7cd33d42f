"""Words of a report: what its checks, outcomes and severities are called on pages, on terminals and in print alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mikrocert.report.findings import Severity
from mikrocert.report.results import Outcome
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.texts import Message

__all__ = ["CHECK_MEANINGS", "CHECK_NAMES", "OUTCOME_WORDS", "SEVERITY_WORDS"]

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

CHECK_MEANINGS: Final[Mapping[str, Message]] = {
    "format": message(
        "The file can be read and is built as the standard for electronic micro-credentials prescribes, so that programs elsewhere can read it, too."
    ),
    "award": message(
        "It states what the Council Recommendation on micro-credentials demands: who learned what, how much, at which level and how that was assessed."
    ),
    "integrity": message(
        "If even one character had been changed after it was sealed, the seal would no longer fit."
    ),
    "trust": message(
        "Anyone can make a seal; this says whether the seal belongs to an organisation, and whether somebody whom this system trusts has confirmed that."
    ),
    "issuer": message("Whoever is named as its issuer has to be the one who sealed it, not somebody else."),
    "validity": message(
        "It may have been awarded for a limited time; this says whether that time has begun and has not ended."
    ),
    "status": message(
        "A micro-credential can be revoked or corrected after it was issued; only the archive of who issued it can tell that."
    ),
    "logged": message(
        "What is issued here is entered in a log that only grows, so that nothing can be added or taken out without being noticed by those who kept a copy."
    ),
}
"""What each check of the core means, in a sentence for people who meet it for the first time."""

SEVERITY_WORDS: Final[Mapping[Severity, Message]] = {
    Severity.ERROR: message("error"),
    Severity.WARNING: message("warning"),
    Severity.INFO: message("note"),
}
"""What kind of remark a finding is."""
