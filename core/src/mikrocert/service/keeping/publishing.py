"""Publishing the log: its heads are signed, kept and laid out as files, and each file of a credential gets its proof."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from mikrocert.errors import ArchiveError, LogError, MikrocertError
from mikrocert.log.checkpoints import Checkpoint, Proof, checkpoint_of
from mikrocert.log.folder import LogFolder, locked
from mikrocert.log.notes import Note, PrivateKey, read_note
from mikrocert.log.tree import inclusion_proof
from mikrocert.log.trust import LogTrust
from mikrocert.log.witness import check_continues
from mikrocert.service.verifying.heads import MOST_HEADS, best_head
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from mikrocert.archive import Archive, LogReader, Unit
    from mikrocert.texts import Message

__all__ = [
    "SUFFIX",
    "LogProof",
    "Published",
    "merge_cosignatures",
    "proofs_of",
    "publish",
]

SUFFIX = ".tlog-proof"


@attrs.frozen
class Published:
    """The newest head of the log.

    Args:
        checkpoint: the head.
        note: the head with all its signatures.
        signed: whether it was signed just now; false where the log hasn't grown.
        sealed: whether it was sealed just now.
        unsealed: why it was not sealed though it should have been, or none.
    """

    checkpoint: Checkpoint
    note: Note
    signed: bool
    sealed: bool = False
    unsealed: Message | None = None


@attrs.frozen
class LogProof:
    """The proof that an event of a credential is in the log.

    Args:
        name: of its file.
        proof: the proof; its extra is the salt of the credential in the log and the entry.
    """

    name: str
    proof: Proof

    @property
    def octets(self) -> bytes:
        """The file."""
        return str(self.proof).encode()


def publish(
    archive: Archive,
    *,
    key: PrivateKey,
    trust: LogTrust,
    folder: Path | None,
    at: datetime,
    cosigned: Iterable[bytes] = (),
    seal: Callable[[Note], bytes] | None = None,
    keep: Callable[[bytes], object] = lambda _: None,
) -> Published:
    """Sign the head of the log, keep it, and write the log as files; where it hasn't grown, its head stays.

    It is sealed each time, so that its time stamp shows what the log was then. Where that fails, it is published all the same.

    Args:
        archive: the archive.
        key: the log's own.
        trust: which keys are known.
        folder: where the files go, or none.
        at: when (aware).
        cosigned: heads as witnesses gave them back.
        seal: returns the head in a sealed file, which is published beside it; none where heads are not sealed.
        keep: called with the sealed head once it is published.

    Raises:
        LogError: if the log doesn't continue what was signed or published before, or a file can't be written.
        ArchiveError: if the archive fails.
    """
    unsealed: Message | None = None
    with ExitStack() as stack:
        files = None
        if folder is not None:
            stack.enter_context(locked(folder))
            files = LogFolder(folder)
        with archive.unit() as unit:
            there = None if files is None else files.head()
            if there is not None:
                _check_log(unit.log, trust.judge(there).checkpoint, origin=key.name)
            before = _signed_before(unit.log, trust, key)
            for octets in cosigned:
                _add_cosignatures(unit, trust, octets, at=at)
            size = unit.log.size
            signed = before is None or before.size < size
            if signed:
                head = Checkpoint(key.name, size, unit.log.root(size))
                unit.add_head(str(key.sign(Note(head.text))).encode(), size=size, at=at)
            note = read_note(unit.log.newest_heads()[0].note)
        if files is not None:
            with archive.log() as log:
                files.write(log, note)
            if seal is not None:
                try:
                    octets = seal(note)
                    files.write_sealed_head(octets)
                    keep(octets)
                except MikrocertError as error:
                    unsealed = error.message
    sealed = seal is not None and files is not None and unsealed is None
    return Published(checkpoint_of(note), note, signed, sealed=sealed, unsealed=unsealed)


def _signed_before(log: LogReader, trust: LogTrust, key: PrivateKey) -> Checkpoint | None:
    """Return the last head that was signed, if the log continues it and it is of this key."""
    for head in log.newest_heads():
        signed = trust.judge(read_note(head.note))
        _check_log(log, signed.checkpoint, origin=None)
        if signed.key == key.public:
            return signed.checkpoint
    return None


def _check_log(log: LogReader, old: Checkpoint, *, origin: str | None) -> None:
    """Refuse to sign what doesn't continue a head that was signed before.

    Raises:
        LogError: if it is so.
    """
    if origin is not None and old.origin != origin:
        raise LogError(
            message(
                "the folder has the log {other}, this is {origin}; another folder would be right",
                other=old.origin,
                origin=origin,
            )
        )
    size = log.size
    try:
        new = Checkpoint(old.origin, size, log.root(size))
        check_continues(old, new, hashes=log)
    except ArchiveError as error:
        raise LogError(message("nothing was signed: {fault}", fault=error.message)) from error
    except LogError as error:
        raise LogError(message("nothing was signed or published: {fault}", fault=error.message)) from error


def _add_cosignatures(unit: Unit, trust: LogTrust, octets: bytes, *, at: datetime) -> None:
    """Keep a head with the signatures of known witnesses that somebody brought."""
    brought = read_note(octets)
    text = trust.judge(brought).checkpoint.text
    for head in unit.log.newest_heads(limit=MOST_HEADS):
        note = read_note(head.note)
        if note.text == brought.text:
            merged = merge_cosignatures(note, brought, trust=trust)
            if merged != note:
                unit.add_head(str(merged).encode(), size=head.size, at=at)
            return
    raise LogError(
        message(
            "none of the newest heads of the log is {text}, which a witness is to have seen", text=repr(text)
        )
    )


def merge_cosignatures(note: Note, brought: Note, *, trust: LogTrust) -> Note:
    """Return a note with the signatures of known witnesses from another copy of it, each witness once.

    Raises:
        LogError: if a signature in the name of a known witness is wrong.
    """
    vouched = {(witness.key.name, witness.key.id) for witness in brought.signed_by(trust.witnesses)}
    there = {(one.name, one.key_id) for one in note.signatures}
    added = [one for one in brought.signatures if (one.name, one.key_id) in vouched - there]
    return attrs.evolve(note, signatures=(*note.signatures, *added))


def proofs_of(archive: Archive, identifier: str, *, trust: LogTrust) -> tuple[LogProof, ...]:
    """Return the proofs of a credential: one for each event that added files, oldest first.

    Args:
        archive: the archive.
        identifier: the 12 characters.
        trust: which keys are known.

    Raises:
        UnknownIdentifier: if there is no such credential.
        ErasedError: if its content was erased, and so its salt.
        LogError: if no head has been signed since.
        ArchiveError: if the archive is damaged or fails.
    """
    archived = archive.find(identifier)
    salt = archived.log_salt
    proofs: list[LogProof] = []
    with archive.log() as log:
        for number in sorted({info.event for info in archived.artefacts}):
            index = number - 1
            best = best_head(log.newest_heads(min_size=number, limit=MOST_HEADS), trust=trust)
            if best is None:
                raise LogError(
                    message(
                        "the log has no signed head yet in which it is; `mikrocert log publish` signs one"
                    )
                )
            note, signed = best
            [entry] = log.entries(index, number)
            path = tuple(inclusion_proof(log, index, signed.checkpoint.size))
            middle = f".{len(proofs) + 1}" if proofs else ""
            proofs.append(LogProof(f"{identifier}{middle}{SUFFIX}", Proof(index, path, note, salt + entry)))
    return tuple(proofs)
