"""A log as static files (C2SP tlog-tiles): written so that whoever reads meanwhile always finds a whole log."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from mikrocert.errors import LogError
from mikrocert.log.checkpoints import checkpoint_of
from mikrocert.log.notes import read_note
from mikrocert.log.tiles import (
    CHECKPOINT,
    LARGEST_ENTRY,
    SEALED_CHECKPOINT,
    bundle,
    bundle_path,
    entries_of,
    hashes_of,
    tile_path,
    tiles_of,
)
from mikrocert.log.tree import TILE_HEIGHT, TILE_WIDTH, Hashes
from mikrocert.parsing.files import read_bounded
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from mikrocert.log.notes import Note

__all__ = ["LARGEST_SEALED", "Entries", "LogFolder", "locked", "write_whole"]

LARGEST_SEALED = 1024 * 1024
"""Octets of a sealed head at most."""
_LARGEST_NOTE = 64 * 1024
_LARGEST_TILE = 8 * 1024
_LARGEST_BUNDLE = (LARGEST_ENTRY + 1) * TILE_WIDTH + 1024
_LOCK = ".lock"


class Entries(Hashes, Protocol):
    """Reads the entries of a log, and the hashes that are kept of it."""

    def entries(self, start: int, end: int) -> list[bytes]:
        """Return the entries number `start` to `end - 1`."""
        ...


class LogFolder:
    """A published log; called, it returns hashes of its tree (see `mikrocert.log.tree.Hashes`).

    Nothing that it returns is verified, save that it is there.

    Args:
        folder: where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._size: int | None = None

    def head(self) -> Note | None:
        """Return the head, or none where there is no log yet.

        Raises:
            LogError: if it can't be read.
        """
        path = self.folder / CHECKPOINT
        if not os.path.lexists(path):
            return None
        return read_note(_read(path, most=_LARGEST_NOTE))

    def sealed_head(self) -> bytes | None:
        """Return the newest head that was sealed, as a sealed file, or none where no head was.

        Raises:
            LogError: if it can't be read.
        """
        path = self.folder / SEALED_CHECKPOINT
        return _read(path, most=LARGEST_SEALED) if os.path.lexists(path) else None

    def write_sealed_head(self, octets: bytes) -> None:
        """Write a head that was sealed, in place of the one before.

        Raises:
            LogError: if it can't be written.
        """
        write_whole(self.folder / SEALED_CHECKPOINT, octets)

    @property
    def size(self) -> int:
        """How many entries there are, by the head as it was when this was first asked for.

        Raises:
            LogError: if there is none, or it can't be read.
        """
        if self._size is None:
            head = self.head()
            if head is None:
                raise LogError(message("there is no log at {folder}", folder=self.folder))
            self._size = checkpoint_of(head).size
        return self._size

    def entries(self, start: int, end: int) -> list[bytes]:
        """Return the entries number `start` to `end - 1`, all in one tile.

        Raises:
            LogError: if they are not there.
        """
        number, first = divmod(start, TILE_WIDTH)
        width = min(TILE_WIDTH, self.size - number * TILE_WIDTH)
        found = entries_of(self._tile(bundle_path(number, width), bundle_path(number), _LARGEST_BUNDLE))
        return _cut(found, first, end - start)

    def __call__(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """Return the hashes of the complete subtrees number `start` to `end - 1` of 256**level entries each.

        Raises:
            LogError: if they are not there.
        """
        number, first = divmod(start, TILE_WIDTH)
        width = min(TILE_WIDTH, (self.size >> level * TILE_HEIGHT) - number * TILE_WIDTH)
        own, whole = tile_path(level, number, width), tile_path(level, number)
        return _cut(hashes_of(self._tile(own, whole, _LARGEST_TILE)), first, end - start)

    def _tile(self, own: str, whole: str, most: int) -> bytes:
        """Return a tile; where the log has grown meanwhile, only the complete one may be left."""
        path = self.folder / own
        return _read(path if path.exists() else self.folder / whole, most=most)

    def write(self, log: Entries, head: Note) -> None:
        """Write what is new, the head last; what an interrupted writer left is written again.

        Args:
            log: has the entries of the head, and begins with those that are here.
            head: the signed checkpoint.

        Raises:
            LogError: if it can't be written.
        """
        size = checkpoint_of(head).size
        there = self.head()
        since = 0 if there is None else checkpoint_of(there).size
        for level, number, width in tiles_of(size, since):
            start = number * TILE_WIDTH
            if level == 0:
                write_whole(
                    self.folder / bundle_path(number, width), bundle(log.entries(start, start + width))
                )
            write_whole(
                self.folder / tile_path(level, number, width), b"".join(log(level, start, start + width))
            )
        write_whole(self.folder / CHECKPOINT, str(head).encode())
        self._size = None
        for level, number, width in tiles_of(size, since):
            if width == TILE_WIDTH:  # the partial ones that it replaces
                for path in [tile_path(level, number), *([] if level else [bundle_path(number)])]:
                    shutil.rmtree(self.folder / f"{path}.p", ignore_errors=True)


def _cut(found: list[bytes], first: int, count: int) -> list[bytes]:
    wanted = found[first : first + count]
    if len(wanted) != count:
        raise LogError(message("a tile of the log has fewer entries than its head says"))
    return wanted


def _read(path: Path, *, most: int) -> bytes:
    data = read_bounded(path, most=most)
    if isinstance(data, bytes):
        return data
    raise LogError(data)


def write_whole(path: Path, octets: bytes, *, mode: int = 0o644) -> None:
    """Write a file under a random name and give it its own at once, so that nobody ever reads a half of it.

    Args:
        path: the file; folders are made where they are missing.
        octets: what goes in.
        mode: who may read it.

    Raises:
        LogError: if it can't be written.
    """
    unfinished = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise
    except OSError as error:
        raise LogError(message("{path} can't be written: {reason}", path=path, reason=error)) from error


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Let one process at a time do something with a folder; it is made where it is missing.

    Raises:
        LogError: if it can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise LogError(message("{path} can't be written: {reason}", path=folder, reason=error)) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:  # file systems of a network
            raise LogError(message("{path} can't be locked: {reason}", path=folder, reason=error)) from error
        yield
    finally:
        os.close(descriptor)
