"""Observers: who learns of what happened, after it happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mikrocert.report import CredentialStatus, Receipt, Registration, Report

__all__ = ["Observer"]


class Observer:
    """Learns what happened, after the transaction; override what you care about.

    Values are frozen. An observer that raises is reported and changes nothing.
    """

    def issued(self, receipt: Receipt) -> None:
        """Learn that a credential was issued and recorded; not called for one that was sent before."""

    def revoked(self, registration: Registration, status: CredentialStatus) -> None:
        """Learn that a credential was revoked; the status says when and why."""

    def replaced(self, registration: Registration, status: CredentialStatus) -> None:
        """Learn that a credential was replaced; the status names its successor."""

    def verified(self, report: Report) -> None:
        """Learn that something was verified."""
