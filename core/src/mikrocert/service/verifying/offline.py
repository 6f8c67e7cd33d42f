"""What a status says that came with a file: signed by the log's key, it counts offline, as of its moment.

The signed status is a note (C2SP signed-note) of nine lines, the first of which no head of a log has:

    mikrocert offline status 1
    origin of the log
    identifier
    SHA-256 of the file, hexadecimal
    moment at which the archive was asked (ISO 8601, UTC)
    live, revoked or replaced
    moment since when (ISO 8601, UTC)
    identifier of the successor, or -
    reason, as a JSON string in ASCII, or null
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.award.identifiers import is_identifier
from mikrocert.errors import LogError
from mikrocert.log.checkpoints import checkpoint_of, read_proof
from mikrocert.log.notes import Note, read_note
from mikrocert.report import CheckResult, CredentialStatus, Finding, Outcome, StatusValue
from mikrocert.service.verifying.logged import LogEvidence, proof_result
from mikrocert.texts import message
from mikrocert.texts.dates import local_time

if TYPE_CHECKING:
    from mikrocert.log.trust import LogTrust

__all__ = ["OfflineStatus", "StatusSnapshot", "read_snapshot"]

_TYPE: Final = "mikrocert offline status 1"
_LINES: Final = 9
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_OLD: Final = timedelta(days=30)


@attrs.frozen
class StatusSnapshot:
    """What an archive knew of a credential at a moment.

    Args:
        origin: of the log of that archive.
        identifier: of the credential.
        file: SHA-256 of the file that it is about, hexadecimal.
        as_of: the moment (aware).
        status: what the archive knew.
    """

    origin: str
    identifier: str
    file: str
    as_of: datetime
    status: CredentialStatus

    @property
    def text(self) -> str:
        """The text that the log's key signs."""
        lines = (
            _TYPE,
            self.origin,
            self.identifier,
            self.file,
            _moment(self.as_of),
            self.status.value.value,
            _moment(self.status.since),
            self.status.successor or "-",
            json.dumps(self.status.reason),
        )
        return "".join(f"{line}\n" for line in lines)


def read_snapshot(note: Note) -> StatusSnapshot:
    """Return the status in a note; whose signatures it has is another question.

    Raises:
        LogError: if it is none.
    """
    lines = note.text.split("\n")
    fault = LogError(message("the status is not one that mikrocert writes"))
    if len(lines) != _LINES + 1 or lines[0] != _TYPE:
        raise fault
    _, origin, identifier, file, as_of, state, since, successor, reason, _ = lines
    try:
        why: object = json.loads(reason)
        snapshot = StatusSnapshot(
            origin,
            identifier,
            file,
            datetime.fromisoformat(as_of),
            CredentialStatus(
                StatusValue(state),
                datetime.fromisoformat(since),
                why if isinstance(why, str) else None,
                None if successor == "-" else successor,
            ),
        )
        whole = snapshot.text == note.text
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise fault from error
    named = (identifier, *([] if successor == "-" else [successor]))
    if not whole or not all(map(is_identifier, named)) or not _DIGEST.fullmatch(file):
        raise fault
    return snapshot


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


@attrs.frozen
class OfflineStatus:
    """Judges the status of a bundle, without an archive.

    Args:
        trust: which logs are known; none where settings say nothing of a log.
        proof: the proof of the bundle, or none.
        status: the status of the bundle, or none.
    """

    trust: LogTrust | None
    proof: bytes | None = attrs.field(default=None, repr=False)
    status: bytes | None = attrs.field(default=None, repr=False)

    def judge(
        self, data: bytes, *, identifier: str | None, at: datetime
    ) -> tuple[CheckResult, CredentialStatus | None]:
        """Return the result of `status` and, where it counts, what the archive knew.

        Args:
            data: the file.
            identifier: the one in its credential, or none.
            at: the time of verification (aware).
        """
        try:
            return self._judged(data, identifier=identifier, at=at)
        except LogError as error:
            fault = Finding.warning(
                "status-damaged", "The status in the bundle says nothing: {fault}.", fault=error.message
            )
            return _open(fault), None

    def _judged(
        self, data: bytes, *, identifier: str | None, at: datetime
    ) -> tuple[CheckResult, CredentialStatus | None]:
        if self.status is None:
            return _open(_NO_STATUS), None
        note = read_note(self.status)
        snapshot = read_snapshot(note)
        keys = () if self.trust is None else self.trust.keys
        if not note.signed_by(key for key in keys if key.name == snapshot.origin):
            return _open(_UNSIGNED), None
        if (snapshot.identifier, snapshot.file) != (identifier, sha256(data).hexdigest()):
            return _open(_OF_ANOTHER), None
        if snapshot.as_of > at + _CLOCKS_DIFFER:
            return _open(_LATER), None
        proven = proof_result(data, evidence=LogEvidence(self.trust, self.proof))
        if proven is None or proven.outcome is not Outcome.PASSED or self._origin() != snapshot.origin:
            return _open(_NOT_OF_LOG), None
        return _result_of(snapshot, at=at)

    def _origin(self) -> str | None:
        return None if self.proof is None else checkpoint_of(read_proof(self.proof).head).origin


def _open(finding: Finding) -> CheckResult:
    return CheckResult("status", Outcome.UNDETERMINED, (finding,))


def _result_of(snapshot: StatusSnapshot, *, at: datetime) -> tuple[CheckResult, CredentialStatus]:
    status = attrs.evolve(snapshot.status, as_of=snapshot.as_of)
    as_of = Finding.info(
        "as-of",
        "Status as of {moment}: what happened since can't be known offline.",
        moment=snapshot.as_of,
    )
    day = local_time(status.since).date()
    if status.value is StatusValue.REVOKED:
        found = Finding.error(
            "revoked", "Revoked on {day}. Reason: {reason}", day=day, reason=status.reason or "–"
        )
        return CheckResult("status", Outcome.FAILED, (found, as_of)), status
    if status.value is StatusValue.REPLACED:
        found = Finding.error(
            "replaced",
            "Replaced by a new micro-credential on {day}. Reason: {reason}",
            day=day,
            reason=status.reason or "–",
        )
        return CheckResult("status", Outcome.FAILED, (found, as_of)), status
    live = Finding.info(
        "live-as-of",
        "As of {moment} it was neither revoked nor replaced; what happened since can't be known offline.",
        moment=snapshot.as_of,
    )
    old = (_OLD_STATUS,) if at - snapshot.as_of > _OLD else ()
    return CheckResult("status", Outcome.PASSED, (live, *old)), status


_NO_STATUS: Final = Finding.info(
    "no-status", "The bundle has no status, so whether it was revoked can't be known offline."
)
_UNSIGNED: Final = Finding.warning(
    "status-unsigned",
    "No key of a log that is known here signed the status in the bundle, so anyone could have written it.",
)
_OF_ANOTHER: Final = Finding.warning(
    "status-of-another", "The status in the bundle is about another file, so it says nothing of this one."
)
_LATER: Final = Finding.warning(
    "status-from-later", "The status in the bundle is of a moment that is still to come; a clock is wrong."
)
_NOT_OF_LOG: Final = Finding.warning(
    "status-of-another-log",
    "The status in the bundle counts only from the log that has this very file, and the bundle doesn't prove that it has.",
)
_OLD_STATUS: Final = Finding.warning(
    "status-old", "The status is more than thirty days old; ask for a new bundle, or verify online."
)
