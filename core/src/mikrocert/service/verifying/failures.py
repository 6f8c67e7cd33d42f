"""What a failed plugin leaves in a report: its failure, and an open question where it would have checked something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mikrocert.kinds.check import Check, CheckContext
from mikrocert.report import CheckResult, Finding, Outcome
from mikrocert.texts import Message

if TYPE_CHECKING:
    from datetime import datetime

    from mikrocert.host.loading import Failure

__all__ = ["FailedCheck", "failure_finding"]


class FailedCheck(Check):
    """Stands for a check that can't be asked: what it would have found out stays open.

    Args:
        name: name of the check, or of the plugin that may have one.
        reason: why it can't be asked.
    """

    def __init__(self, name: str, reason: Message) -> None:
        self._name = name
        self._reason = reason

    def examine(self, context: CheckContext, *, at: datetime) -> CheckResult:  # noqa: ARG002 - as the contract has it
        """Return that it is undetermined, and why."""
        finding = Finding.warning(
            "plugin-failed", "This could not be examined: {reason}.", reason=self._reason
        )
        return CheckResult(self._name, Outcome.UNDETERMINED, (finding,))


def failure_finding(failure: Failure) -> Finding:
    """Return a failure as a report has it: the path is the plugin's or the offer's name."""
    return Finding.warning(
        "plugin-failed", "It can't be used: {reason}.", path=failure.name, reason=failure.reason
    )
