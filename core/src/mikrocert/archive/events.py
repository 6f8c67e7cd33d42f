"""The events of all credentials: one chain of hashes, from the first event on.

The hash of an event is the SHA-256 (hex) of a JSON array in UTF-8, without spaces, other characters than ASCII as
they are:

    ["mikrocert event 1", number, identifier, kind, at, successor, reason, award, artefacts, entry, previous]

- `number` counts the events of the archive from 1 without a gap;
- `at` is the moment in UTC with microseconds, `2026-11-22T10:00:00.000000+00:00`;
- `successor` is an identifier or null; `reason` is the ciphertext of the reason in hex or null, save for `erased`,
  whose reason is not encrypted, because its key is gone, and so names no person;
- `award` is the row that a credential's first event added, else null: `[institution, evidence number, version,
  award hash, replaces, issued at, salt, holder]`, the last two as ciphertexts in hex;
- `artefacts` are the rows that the event added, ordered by format, kind and edition: `[format, kind, edition, media
  type, suffix, credential id, fingerprint, payload fingerprint]`;
- `entry` is its entry of the log (`mikrocert.archive.entries`) in hex;
- `previous` is the hash of the event before, 64 zeros for the first one.

So whoever changes a row has to write all later events anew. An event that isn't there any more leaves a gap, save the
last ones; of those the key store knows how many each credential had (`mikrocert.archive.keys`).
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

import attrs

from mikrocert.errors import DamagedError
from mikrocert.report import CredentialStatus, Finding, StatusValue
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mikrocert.archive.credentials import ArtefactInfo

__all__ = [
    "ERASURE_WORDS",
    "EVENT_WORDS",
    "GENESIS",
    "ErasureReason",
    "Event",
    "EventKind",
    "event_hash",
    "moment",
    "status_after",
]

GENESIS = "0" * 64
"""What the first event names as the hash of the one before."""

_PURPOSE = "mikrocert event 1"


class EventKind(Enum):
    """What can happen to a credential."""

    ISSUED = "issued"
    REVOKED = "revoked"
    REPLACED = "replaced"
    RENEWED = "renewed"
    ERASED = "erased"


EVENT_WORDS: Mapping[EventKind, Message] = {
    EventKind.ISSUED: message("issued"),
    EventKind.REVOKED: message("revoked"),
    EventKind.REPLACED: message("replaced"),
    EventKind.RENEWED: message("seal renewed"),
    EventKind.ERASED: message("content erased"),
}
"""What each kind is called."""


class ErasureReason(Enum):
    """Why the content of a credential is erased; verifiers are told of the first one only."""

    HOLDER = "holder"
    AUTHORITY = "authority"
    MISTAKE = "mistake"
    RETENTION = "retention"
    OTHER = "other"

    @classmethod
    def of(cls, reason: str | None) -> ErasureReason:
        """Return the reason that an event has; what was written as free text, before there were these, is another one."""
        return cls(reason) if reason in {one.value for one in cls} else cls.OTHER


ERASURE_WORDS: Mapping[ErasureReason, Message] = {
    ErasureReason.HOLDER: message("request of the holder"),
    ErasureReason.AUTHORITY: message("order of an authority"),
    ErasureReason.MISTAKE: message("mistake"),
    ErasureReason.RETENTION: message("end of the time of keeping"),
    ErasureReason.OTHER: message("another reason"),
}
"""What each reason is called."""


@attrs.frozen
class Event:
    """Something that happened to a credential.

    Args:
        number: position in the chain of all events, from 1.
        kind: issued (once more for each further format), revoked, replaced, renewed or erased.
        at: when (aware).
        reason: why; none for `issued` and `renewed`, and for what was erased. Of an erasure it is an `ErasureReason`, or the
            free text of former times.
        successor: the credential that replaces it, for `replaced`.
        hash: hash of the event (hex).
    """

    number: int
    kind: EventKind
    at: datetime
    reason: str | None
    successor: str | None
    hash: str


def moment(at: datetime) -> str:
    """Return a moment as it is hashed."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def event_hash(event: Any, *, award: Any | None, artefacts: Iterable[ArtefactInfo]) -> str:  # noqa: ANN401 - see Args
    """Return the hash of an event.

    Args:
        event: the row of the event, or an object with the same attributes.
        award: the row of the award that it added, or none.
        artefacts: the artefacts that it added.
    """
    ordered = sorted(artefacts, key=lambda artefact: (artefact.format, artefact.kind.value, artefact.edition))
    members = [
        _PURPOSE,
        event.number,
        event.identifier,
        event.kind,
        moment(event.at),
        event.successor,
        None if event.reason is None else event.reason.hex(),
        None if award is None else _award_members(award),
        [_artefact_members(artefact) for artefact in ordered],
        event.entry.hex(),
        event.previous,
    ]
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _award_members(award: Any) -> list[object]:  # noqa: ANN401 - a row, or an object with the same attributes
    return [
        award.institution,
        award.evidence_number,
        award.version,
        award.award_hash,
        award.replaces,
        moment(award.issued_at),
        award.salt.hex(),
        award.holder.hex(),
    ]


def _artefact_members(artefact: ArtefactInfo) -> list[object]:
    return [
        artefact.format,
        artefact.kind.value,
        artefact.edition,
        artefact.media_type,
        artefact.suffix,
        artefact.credential_id,
        artefact.fingerprint,
        artefact.payload_fingerprint,
    ]


_BECOMES = {
    StatusValue.LIVE: {
        EventKind.ISSUED: StatusValue.LIVE,
        EventKind.REVOKED: StatusValue.REVOKED,
        EventKind.REPLACED: StatusValue.REPLACED,
    },
    StatusValue.REVOKED: {EventKind.REPLACED: StatusValue.REPLACED},
    StatusValue.REPLACED: {},
}


def status_after(
    events: Iterable[Event], *, path: str
) -> tuple[CredentialStatus, datetime | None, ErasureReason | None]:
    """Return the status that a credential's events lead to, and when and why its content was erased.

    Args:
        events: all of them, oldest first.
        path: what to call the credential where it is damaged.

    Raises:
        DamagedError: if no credential can have had these events in this order.
    """
    status: CredentialStatus | None = None
    erased_at: datetime | None = None
    erased_for: ErasureReason | None = None
    for event in events:
        value: StatusValue | None = None
        if status is None:
            value = StatusValue.LIVE if event.kind is EventKind.ISSUED else None
        elif erased_at is None:
            unmoved = event.kind in {EventKind.RENEWED, EventKind.ERASED}
            value = status.value if unmoved else _BECOMES[status.value].get(event.kind)
        if value is None or (event.successor is not None) != (event.kind is EventKind.REPLACED):
            raise DamagedError(
                Finding.error(
                    "impossible-event",
                    "event {number} ({kind}) can't have followed what was before",
                    path=path,
                    number=event.number,
                    kind=event.kind.value,
                )
            )
        if event.kind is EventKind.ERASED:
            erased_at, erased_for = event.at, ErasureReason.of(event.reason)
        if status is None or value is not status.value:
            status = CredentialStatus(value, since=event.at, reason=event.reason, successor=event.successor)
    if status is None:
        raise DamagedError(Finding.error("no-event", "nothing says that it was issued", path=path))
    return status, erased_at, erased_for
