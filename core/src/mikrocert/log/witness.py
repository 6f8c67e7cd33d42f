"""A witness: cosigns a head only if it continues the last one that it saw, so that a log can't show it two histories."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mikrocert.errors import LogError
from mikrocert.log.checkpoints import checkpoint_of
from mikrocert.log.folder import LogFolder, locked, write_whole
from mikrocert.log.notes import COSIGNATURE, PrivateKey, read_note
from mikrocert.log.tree import consistency_proof, is_consistent
from mikrocert.log.trust import LogTrust
from mikrocert.parsing.files import read_bounded
from mikrocert.texts import message

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from mikrocert.log.checkpoints import Checkpoint
    from mikrocert.log.notes import Note
    from mikrocert.log.tree import Hashes

__all__ = ["check_continues", "witness", "witness_key"]

_LARGEST_FILE = 64 * 1024


def check_continues(old: Checkpoint, new: Checkpoint, *, hashes: Hashes) -> None:
    """Refuse a head that doesn't continue an older one: whatever the hashes are, they can't make one that doesn't do so.

    Args:
        old: the older head.
        new: the newer one.
        hashes: of the newer tree.

    Raises:
        LogError: if it is smaller, or of another history.
    """
    if new.size < old.size:
        raise LogError(
            message(
                "a head of {old} entries was seen before, this one has {new}: entries are gone, or it is an old head",
                old=old.size,
                new=new.size,
            )
        )
    proof = consistency_proof(hashes, old.size, new.size)
    if not is_consistent(old=old.size, old_root=old.root, new=new.size, new_root=new.root, proof=proof):
        raise LogError(
            message(
                "the log of {new} entries doesn't begin with the {old} entries of the older head: it was rewritten",
                old=old.size,
                new=new.size,
            )
        )


def witness_key(state: Path, *, name: str) -> PrivateKey:
    """Return the key of the witness that has its state in a folder; one is made where there is none.

    Args:
        state: the folder.
        name: of the witness.

    Raises:
        LogError: if the key there is no such key, or it can't be read or written.
    """
    path = state / "key"
    with locked(state):
        if not path.exists():
            write_whole(path, PrivateKey.new(name, kind=COSIGNATURE).text.encode() + b"\n", mode=0o600)
        data = read_bounded(path, most=_LARGEST_FILE)
    if not isinstance(data, bytes):
        raise LogError(data)
    key = PrivateKey.of_text(data.decode(errors="replace"))
    if (key.name, key.kind) != (name, COSIGNATURE):
        raise LogError(
            message("{path} is the key of {name}; a witness keeps its name", path=path, name=repr(key.name))
        )
    return key


def witness(published: LogFolder, *, trust: LogTrust, key: PrivateKey, state: Path, at: datetime) -> Note:
    """Return the head of a published log with the cosignature of a witness, and remember it.

    Args:
        published: the log.
        trust: has the key of the log.
        key: of the witness.
        state: folder in which the witness keeps the last head that it saw of each log.
        at: when (aware).

    Raises:
        LogError: if no known key signed the head, it doesn't continue the last one, or the files can't be read or written.
    """
    head = published.head()
    if head is None:
        raise LogError(message("there is no log at {folder}", folder=published.folder))
    new = trust.judge(head).checkpoint
    last = state / hashlib.sha256(new.origin.encode()).hexdigest()
    with locked(state):
        if last.exists():
            data = read_bounded(last, most=_LARGEST_FILE)
            if not isinstance(data, bytes):
                raise LogError(data)
            check_continues(checkpoint_of(read_note(data)), new, hashes=published)
        cosigned = key.sign(head, time=int(at.timestamp()))
        write_whole(last, str(cosigned).encode())
    return cosigned
