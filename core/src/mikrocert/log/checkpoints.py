"""How large a log is and what is in it, signed; and the proof that an entry is there (C2SP tlog-checkpoint, tlog-proof)."""

from __future__ import annotations

import base64
import re
from typing import Final

import attrs

from mikrocert.errors import LogError
from mikrocert.log.notes import Note, read_note
from mikrocert.log.tree import HASH_SIZE, is_included, leaf_hash
from mikrocert.texts import message

__all__ = ["Checkpoint", "Proof", "checkpoint_of", "hash_text", "read_hash", "read_proof"]

_NUMBER: Final = re.compile("0|[1-9][0-9]{0,17}")
_MOST_HASHES: Final = 63
_PROOF: Final = "c2sp.org/tlog-proof@v1"


@attrs.frozen
class Checkpoint:
    """The head of a log.

    Args:
        origin: which log.
        size: how many entries it has.
        root: hash of the tree of these, 32 octets.
    """

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{hash_text(self.root)}\n"


def checkpoint_of(note: Note) -> Checkpoint:
    """Return the checkpoint that a note is of; its signatures are another question.

    Lines behind the third belong to the log that writes them; nobody vouches for what they mean.

    Raises:
        LogError: if it is none.
    """
    lines = note.text.split("\n")
    if len(lines) < 4 or not all(lines[:-1]):  # noqa: PLR2004 - three lines, and the end of the last
        raise LogError(message("a checkpoint has three lines or more: origin, size and hash"))
    return Checkpoint(lines[0], _number(lines[1]), read_hash(lines[2]))


def hash_text(octets: bytes) -> str:
    """Return a hash as it is written in checkpoints and proofs."""
    return base64.b64encode(octets).decode()


def read_hash(text: str) -> bytes:
    """Return the hash that a text is of.

    Raises:
        LogError: if it is none.
    """
    try:
        octets = base64.b64decode(text, validate=True)
    except ValueError:
        octets = b""
    if len(octets) != HASH_SIZE or hash_text(octets) != text:
        raise LogError(
            message("{text} is no hash: 32 octets in base64 would be right", text=repr(text[:100]))
        )
    return octets


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise LogError(message("{text} is no number of entries", text=repr(text[:100])))
    return int(text)


@attrs.frozen
class Proof:
    """Proves that an entry is in a log, to whoever trusts the signatures of its head.

    Args:
        index: of the entry, from 0.
        hashes: the path from the entry to the root.
        head: the signed checkpoint.
        extra: what else whoever uses the log hands on; it is not signed.
    """

    index: int
    hashes: tuple[bytes, ...]
    head: Note
    extra: bytes = b""

    def __str__(self) -> str:
        """Return the proof as it is written."""
        path = "".join(f"{hash_text(octets)}\n" for octets in self.hashes)
        extra = f"extra {base64.b64encode(self.extra).decode()}\n" if self.extra else ""
        return f"{_PROOF}\n{extra}index {self.index}\n{path}\n{self.head}"

    def holds_for(self, entry: bytes) -> bool:
        """Return whether the path leads from this entry to the root of the checkpoint. No signature is looked at."""
        checkpoint = checkpoint_of(self.head)
        return is_included(
            leaf_hash(entry), index=self.index, size=checkpoint.size, proof=self.hashes, root=checkpoint.root
        )


def read_proof(octets: bytes) -> Proof:
    """Return the proof that octets are of. Nothing is verified.

    Raises:
        LogError: if they are none.
    """
    head, blank, note = octets.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        lines = []
    extra = b""
    if lines[1:2] and lines[1].startswith("extra "):
        try:
            encoded = lines.pop(1).removeprefix("extra ")
            extra = base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise LogError(message("what a proof of a log has as extra is no base64")) from error
        if base64.b64encode(extra).decode() != encoded:
            raise LogError(message("what a proof of a log has as extra is no base64"))
    if not blank or lines[:1] != [_PROOF] or not lines[1:] or not lines[1].startswith("index "):
        raise LogError(message("this is no proof of a log: {first} and the index come first", first=_PROOF))
    if len(lines) - 2 > _MOST_HASHES:
        raise LogError(message("a proof of a log has at most {most} hashes", most=_MOST_HASHES))
    proof = Proof(
        _number(lines[1].removeprefix("index ")), tuple(map(read_hash, lines[2:])), read_note(note), extra
    )
    checkpoint_of(proof.head)
    return proof
