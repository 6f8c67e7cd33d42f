"""Entries of the log: what anyone may read of an event, and nothing personal in it.

Event number *n* is entry *n - 1* of the log. An entry is a JSON array in UTF-8, without spaces:

    ["mikrocert log 1", kind, at, commitments]

- `kind` is what happened (`EventKind`);
- `at` is the moment of the event in UTC, whole seconds, `2026-11-22T10:00:00Z`. It is the word of whoever appended it;
- `commitments` are HMAC-SHA-256 (hex), in alphabetical order: over the SHA-256 of each file that the event added, or, of
  an event that added none, over its kind and the identifier (`revoked K7mQx4Rt9bHz`).

Their key is the salt of the credential in the log, HMAC-SHA-256 of `mikrocert log 1` under its salt in the archive. A
proof hands it on, so that whoever has the file can find it, and what became of it, in the log. To others, and to
everybody once salt and proofs are gone, no entry says whose it is, nor which entries belong together.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from mikrocert.archive.events import EventKind
from mikrocert.errors import LogError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Entry", "commitment", "entry_of", "log_salt", "read_entry"]

_PURPOSE: Final = "mikrocert log 1"
_MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"
_COMMITMENT: Final = re.compile("[0-9a-f]{64}")


@attrs.frozen
class Entry:
    """An entry of the log.

    Args:
        kind: what happened.
        at: when, as whoever appended it says (aware, whole seconds).
        commitments: to the files that were added, or to kind and identifier (hex, in alphabetical order).
    """

    kind: EventKind
    at: datetime
    commitments: tuple[str, ...]

    @property
    def octets(self) -> bytes:
        """The entry as it stands in the log."""
        members = [_PURPOSE, self.kind.value, self.at.strftime(_MOMENT), list(self.commitments)]
        return json.dumps(members, separators=(",", ":")).encode()

    def has(self, octets: bytes, *, salt: bytes) -> bool:
        """Return whether this is the entry of the event that added a file.

        Args:
            octets: the file.
            salt: of its credential in the log.
        """
        return self.kind in {EventKind.ISSUED, EventKind.RENEWED} and (
            commitment(octets, salt=salt) in self.commitments
        )


def log_salt(salt: bytes) -> bytes:
    """Return the salt in the log of a credential that has this salt in the archive."""
    return hmac.digest(salt, _PURPOSE.encode(), "sha256")


def commitment(octets: bytes, *, salt: bytes) -> str:
    """Return what an entry says of a file (hex).

    Args:
        octets: the file.
        salt: of its credential in the log.
    """
    return hmac.new(salt, hashlib.sha256(octets).digest(), "sha256").hexdigest()


def entry_of(kind: EventKind, *, at: datetime, identifier: str, added: Iterable[bytes], salt: bytes) -> Entry:
    """Return the entry of an event.

    Args:
        kind: what happened.
        at: when (aware).
        identifier: of the credential.
        added: the files that it added.
        salt: of the credential in the log.
    """
    commitments = [commitment(octets, salt=salt) for octets in added] or [
        hmac.new(salt, f"{kind.value} {identifier}".encode(), "sha256").hexdigest()
    ]
    return Entry(kind, at.astimezone(UTC).replace(microsecond=0), tuple(sorted(commitments)))


def read_entry(octets: bytes) -> Entry:
    """Return the entry that octets are of.

    Raises:
        LogError: if they are none, or written otherwise than here.
    """
    try:
        members: Any = json.loads(octets)
        _, kind, at, commitments = members
        entry = Entry(EventKind(kind), datetime.fromisoformat(at), _commitments(commitments))
    except (ValueError, TypeError, RecursionError) as error:
        raise _no_entry() from error
    if entry.octets != octets:
        raise _no_entry()
    return entry


def _commitments(members: object) -> tuple[str, ...]:
    if not isinstance(members, list):
        raise _no_entry()
    texts = tuple(cast("list[object]", members))
    if not all(isinstance(text, str) and _COMMITMENT.fullmatch(text) for text in texts):
        raise _no_entry()
    return cast("tuple[str, ...]", texts)


def _no_entry() -> LogError:
    return LogError(message("this is no entry of a log of mikrocert"))
