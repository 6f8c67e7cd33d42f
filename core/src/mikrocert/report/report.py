"""The report that a verification ends in."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import attrs

from mikrocert.report.findings import Finding
from mikrocert.report.results import CheckResult, Outcome
from mikrocert.report.seals import SealInfo
from mikrocert.report.status import CredentialStatus, StatusValue
from mikrocert.report.view import View

__all__ = ["Report", "Verdict"]


class Verdict(Enum):
    """What a report says as a whole."""

    VALID = "valid"
    INVALID = "invalid"
    UNDETERMINED = "undetermined"
    UNUSABLE = "unusable"


@attrs.frozen
class Report:
    """All results about one file, link or identifier.

    Args:
        at: when the verification was made (aware).
        results: one per check; empty only when nothing could be opened.
        unusable: why nothing could be opened; empty otherwise.
        identifier: the 12 characters, where the credential has them.
        format: name of the credential's format, once recognised.
        envelopes: names of the envelopes opened, outermost first.
        seals: one note per seal, outermost first.
        test_seal: whether any seal carries the test mark.
        status: what the archive knows; none for a foreign file or without an archive.
        view: what the credential says, for people; none when it can't be read.
        failures: one for each plugin that can't be used; the path is its name.
    """

    at: datetime
    results: tuple[CheckResult, ...] = ()
    unusable: tuple[Finding, ...] = ()
    identifier: str | None = None
    format: str | None = None
    envelopes: tuple[str, ...] = ()
    seals: tuple[SealInfo, ...] = ()
    test_seal: bool = False
    status: CredentialStatus | None = None
    view: View | None = None
    failures: tuple[Finding, ...] = ()

    def result(self, check: str) -> CheckResult | None:
        """Return the result of this check, or none if it was not asked."""
        return next((result for result in self.results if result.check == check), None)

    def outcome(self, check: str) -> Outcome:
        """Return the outcome of this check; undetermined if it was not asked."""
        result = self.result(check)
        return result.outcome if result else Outcome.UNDETERMINED

    @property
    def verdict(self) -> Verdict:
        """Unusable, else invalid if a check failed, else undetermined if one is so or withheld or none passed, else valid."""
        if self.unusable:
            return Verdict.UNUSABLE
        outcomes = {result.outcome for result in self.results}
        if Outcome.FAILED in outcomes:
            return Verdict.INVALID
        if outcomes & {Outcome.UNDETERMINED, Outcome.WITHHELD} or Outcome.PASSED not in outcomes:
            return Verdict.UNDETERMINED
        return Verdict.VALID

    @property
    def proven(self) -> bool:
        """Whether the content may be shown as fact: intact, under a trusted seal, by the one who is named as its issuer.

        Revoked or expired content is still what was sealed. Content of a changed file, under a seal that is not trusted,
        of another issuer, or in our name but not as it is in our archive, is anybody's.
        """
        if {self.outcome(check) for check in ("integrity", "trust", "issuer")} != {Outcome.PASSED}:
            return False
        return self.outcome("status") is not Outcome.FAILED or (
            self.status is not None and self.status.value is not StatusValue.LIVE
        )
