"""Checks, findings and the report that a verification ends in."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import attrs

from mikrocert.text import Message

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from mikrocert.seals import SealNote
    from mikrocert.view import View

__all__ = ["Answer", "Finding", "Outcome", "Report", "Severity", "Standing", "State", "Verdict", "merged"]


class Severity(Enum):
    """How much a finding weighs: an error fails its check, a warning and an info do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Outcome(Enum):
    """The answer to a check; never a bare boolean."""

    PASSED = "passed"
    FAILED = "failed"
    UNDETERMINED = "undetermined"
    NOT_APPLICABLE = "not applicable"


class Verdict(Enum):
    """What a report says as a whole."""

    VALID = "valid"
    INVALID = "invalid"
    UNDETERMINED = "undetermined"
    UNUSABLE = "unusable"


class State(Enum):
    """Where a credential stands in the archive."""

    LIVE = "live"
    REVOKED = "revoked"
    REPLACED = "replaced"


@attrs.frozen
class Standing:
    """What the archive says of a credential.

    Args:
        state: live, revoked or replaced.
        since: when it came into that state (aware).
        reason: the reason given; none while live.
        successor: identifier of the credential that replaces this one.
    """

    state: State
    since: datetime
    reason: str | None = None
    successor: str | None = None


@attrs.frozen
class Finding:
    """One remark on one place.

    Args:
        code: stable name in kebab-case, unique within its check, for programs.
        severity: error, warning or info.
        message: what is wrong and what would be right, in Czech and English.
        path: where: members joined by dots, list positions in brackets from 0
            (`learner.birth_date`, `outcomes[2].title.cs`), or empty for the whole.
    """

    code: str
    severity: Severity
    message: Message
    path: str = ""

    @classmethod
    def error(cls, code: str, cs: str, en: str, *, path: str = "") -> Finding:
        """Make a finding that fails its check."""
        return cls(code, Severity.ERROR, Message(cs, en), path)

    @classmethod
    def warning(cls, code: str, cs: str, en: str, *, path: str = "") -> Finding:
        """Make a finding that deserves a look and fails nothing."""
        return cls(code, Severity.WARNING, Message(cs, en), path)

    @classmethod
    def info(cls, code: str, cs: str, en: str, *, path: str = "") -> Finding:
        """Make a finding that only tells."""
        return cls(code, Severity.INFO, Message(cs, en), path)


@attrs.frozen
class Answer:
    """The answer to one check.

    Args:
        check: name of the check, such as `integrity`.
        outcome: passed, failed, undetermined or not applicable.
        findings: every remark made on the way. The first one with the greatest weight is the
            sentence that a page shows beside the outcome, so each answer has at least one.
    """

    check: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, check: str, findings: Iterable[Finding]) -> Answer:
        """Answer failed if any finding is an error, else passed."""
        found = tuple(findings)
        failed = any(finding.severity is Severity.ERROR for finding in found)
        return cls(check, Outcome.FAILED if failed else Outcome.PASSED, found)

    @property
    def sentence(self) -> Message | None:
        """The message of the weightiest finding, or none if there is no finding."""
        weight = [Severity.ERROR, Severity.WARNING, Severity.INFO]
        if self.outcome is Outcome.PASSED:
            weight = [Severity.INFO, Severity.WARNING, Severity.ERROR]
        ordered = sorted(self.findings, key=lambda finding: weight.index(finding.severity))
        return ordered[0].message if ordered else None


_WORST = [Outcome.FAILED, Outcome.UNDETERMINED, Outcome.PASSED, Outcome.NOT_APPLICABLE]


def merged(answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """Join answers to the same check: the worst outcome counts, all findings stay, in order."""
    by_check: dict[str, Answer] = {}
    for answer in answers:
        before = by_check.get(answer.check)
        if before is None:
            by_check[answer.check] = answer
        else:
            outcome = min(before.outcome, answer.outcome, key=_WORST.index)
            by_check[answer.check] = Answer(answer.check, outcome, before.findings + answer.findings)
    return tuple(by_check.values())


@attrs.frozen
class Report:
    """All answers about one file, link or identifier.

    Args:
        at: when the verification was made (aware).
        answers: one per check; empty only when nothing could be opened.
        unusable: why nothing could be opened; empty otherwise.
        identifier: the 12 characters, where the credential has them.
        format: name of the credential's format, once recognised.
        envelopes: names of the envelopes opened, outermost first.
        seals: one note per seal, outermost first.
        test_seal: whether any seal carries the test mark.
        standing: what the archive knows; none for a foreign file or without an archive.
        view: what the credential says, for people; none when it can't be read.
    """

    at: datetime
    answers: tuple[Answer, ...] = ()
    unusable: tuple[Finding, ...] = ()
    identifier: str | None = None
    format: str | None = None
    envelopes: tuple[str, ...] = ()
    seals: tuple[SealNote, ...] = ()
    test_seal: bool = False
    standing: Standing | None = None
    view: View | None = None

    def answer(self, check: str) -> Answer | None:
        """Return the answer to this check, or none if it was not asked."""
        return next((answer for answer in self.answers if answer.check == check), None)

    def outcome(self, check: str) -> Outcome:
        """Return the outcome of this check; undetermined if it was not asked."""
        answer = self.answer(check)
        return answer.outcome if answer else Outcome.UNDETERMINED

    @property
    def verdict(self) -> Verdict:
        """Unusable, else invalid if a check failed, else undetermined if one is or none was passed, else valid."""
        if self.unusable:
            return Verdict.UNUSABLE
        outcomes = {answer.outcome for answer in self.answers}
        if Outcome.FAILED in outcomes:
            return Verdict.INVALID
        if Outcome.UNDETERMINED in outcomes or Outcome.PASSED not in outcomes:
            return Verdict.UNDETERMINED
        return Verdict.VALID

    @property
    def proven(self) -> bool:
        """Whether the content may be shown as fact: intact, and nobody known to be wrong stands behind it.

        Revoked or expired content is still what was sealed. Content of a changed file, under an untrusted seal, of
        another issuer, or in our name but not in our archive, is anybody's.
        """
        if self.outcome("integrity") is not Outcome.PASSED:
            return False
        if Outcome.FAILED in {self.outcome("trust"), self.outcome("issuer")}:
            return False
        return self.outcome("status") is not Outcome.FAILED or (
            self.standing is not None and self.standing.state is not State.LIVE
        )
