"""Checks: questions that a verifier asks beyond those of the core."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from datetime import datetime

    from mikrocert.award import Award
    from mikrocert.kinds.format import Credential
    from mikrocert.report import CheckResult, SealInfo

__all__ = ["CORE_CHECKS", "Check", "CheckContext"]

CORE_CHECKS = ("format", "award", "integrity", "trust", "issuer", "validity", "status", "logged")
"""The core's own checks, in the order of the report; no plugin may use their names."""


@attrs.frozen
class CheckContext:
    """What a check may look at.

    Args:
        credential: the opened credential.
        award: the award read back from it; none where it can't be.
        seals: one note per seal, outermost first.
    """

    credential: Credential
    award: Award | None
    seals: tuple[SealInfo, ...]


class Check(ABC):
    """One named question more; the offer's name is the name of the check."""

    @abstractmethod
    def examine(self, context: CheckContext, *, at: datetime) -> CheckResult:
        """Return the result of the check, under the name of its offer.

        Args:
            context: what to look at.
            at: the time of verification (aware).
        """
