"""Whose signature on a head counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from mikrocert.errors import LogError
from mikrocert.log.checkpoints import Checkpoint, checkpoint_of
from mikrocert.texts import message

if TYPE_CHECKING:
    from mikrocert.log.notes import Key, Note, Verified

__all__ = ["LogTrust", "Signed"]


@attrs.frozen
class Signed:
    """A head that a key of its log has signed.

    Args:
        checkpoint: the head.
        key: the log's.
        witnesses: those known that saw it, and when.
    """

    checkpoint: Checkpoint
    key: Key
    witnesses: tuple[Verified, ...]

    @property
    def seen_at(self) -> int | None:
        """When the first known witness saw it, in seconds since 1970-01-01 UTC; none where none did."""
        return min((witness.time for witness in self.witnesses if witness.time is not None), default=None)


@attrs.frozen
class LogTrust:
    """Which logs and witnesses are known.

    Args:
        keys: of logs, former ones too; each signs for the origin that it is named after.
        witnesses: keys of witnesses.
        quorum: how many known witnesses a head needs.
    """

    keys: tuple[Key, ...] = ()
    witnesses: tuple[Key, ...] = ()
    quorum: int = 0

    def knows(self, origin: str) -> bool:
        """Return whether a key of this log is known."""
        return any(key.name == origin for key in self.keys)

    def find(self, note: Note) -> Signed | None:
        """Return a head whose signature counts, or none where no known key of its log signed it.

        Raises:
            LogError: if it is no head, or a signature in the name of a known key is wrong.
        """
        checkpoint = checkpoint_of(note)
        own = note.signed_by(key for key in self.keys if key.name == checkpoint.origin)
        return Signed(checkpoint, own[0].key, note.signed_by(self.witnesses)) if own else None

    def judge(self, note: Note) -> Signed:
        """Return a head whose signature counts. Whether it has enough witnesses is another question.

        Raises:
            LogError: if it is no head, no known key of its log signed it, or a signature in the name of a known key is wrong.
        """
        signed = self.find(note)
        if signed is None:
            raise LogError(
                message(
                    "no known key of the log {origin} signed this head",
                    origin=repr(checkpoint_of(note).origin),
                )
            )
        return signed

    def is_witnessed(self, signed: Signed) -> bool:
        """Return whether as many known witnesses saw a head as are needed."""
        return len(signed.witnesses) >= self.quorum
