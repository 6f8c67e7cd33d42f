"""Files that the command line writes: whole or not at all, and never through a link."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mikrocert.errors import ArchiveError
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

__all__ = ["check_folder", "put"]

_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class _InTheWay(Exception):
    """Something other than a folder or an ordinary file is where one would be right."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


def put(octets: bytes | Iterable[bytes], *, folder: Path, name: str) -> Path:
    """Write a file under a random name and give it its own at once; return its path.

    The folder is made where it is missing. What already has the name is replaced if it is an ordinary file.

    Args:
        octets: the file, whole or in pieces.
        folder: where it goes; neither it nor a folder above it as it is named is a link, so that nobody can lead it elsewhere.
        name: its name in the folder.

    Raises:
        ArchiveError: if it can't be written; says why.
    """
    path = folder / name
    if os.path.basename(name) != name or name in {"", ".", ".."}:  # noqa: PTH119 - a name, and no path of it
        raise _unwritable(path, message("'{name}' is no name of a file", name=name))
    try:
        with _opened(folder) as there:
            _replace(octets, name, there)
    except _InTheWay as error:
        raise _unwritable(path, error.message) from error
    except OSError as error:
        raise _unwritable(path, error) from error
    return path


def check_folder(folder: Path) -> None:
    """Refuse a folder into which `put` could not write; it is made where it is missing, and nothing stays in it.

    Raises:
        ArchiveError: if it can't be written, or is or is reached by a link; says why.
    """
    try:
        with _opened(folder) as there:
            probe = f".{secrets.token_hex(8)}.part"
            os.close(os.open(probe, _NEW, 0o600, dir_fd=there))
            os.unlink(probe, dir_fd=there)
    except _InTheWay as error:
        raise _unwritable(folder, error.message) from error
    except OSError as error:
        raise _unwritable(folder, error) from error
    except ValueError as error:  # a NUL in its name
        raise _unwritable(folder, message("this is no name of a folder")) from error


@contextmanager
def _opened(folder: Path) -> Generator[int]:
    """Open a folder step by step, from the root or the current folder on, and follow no link on the way."""
    there = os.open(folder.anchor or ".", _FOLDER)
    try:
        for depth, name in enumerate(folder.parts):
            if depth or not folder.anchor:
                inside = _step(there, name, Path(*folder.parts[: depth + 1]))
                os.close(there)
                there = inside
        yield there
    finally:
        os.close(there)


def _step(there: int, name: str, path: Path) -> int:
    try:
        mode = os.stat(name, dir_fd=there, follow_symlinks=False).st_mode
    except FileNotFoundError:
        os.mkdir(name, dir_fd=there)
        mode = stat.S_IFDIR
    if stat.S_ISLNK(mode):
        raise _InTheWay(message("{path} is a link; the folder that it leads to would be right", path=path))
    return os.open(name, _FOLDER, dir_fd=there)


def _replace(octets: bytes | Iterable[bytes], name: str, there: int) -> None:
    unfinished = f".{secrets.token_hex(8)}.part"
    try:
        with os.fdopen(os.open(unfinished, _NEW, 0o666, dir_fd=there), "wb") as file:
            file.writelines((octets,) if isinstance(octets, bytes) else octets)
        with suppress(FileNotFoundError):
            _demand_ordinary(os.stat(name, dir_fd=there, follow_symlinks=False).st_mode)
        os.rename(unfinished, name, src_dir_fd=there, dst_dir_fd=there)
    except BaseException:
        with suppress(OSError):
            os.unlink(unfinished, dir_fd=there)
        raise


def _demand_ordinary(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise _InTheWay(message("what has this name is no ordinary file"))


def _unwritable(path: Path, reason: Message | OSError) -> ArchiveError:
    return ArchiveError(message("{path} can't be written: {reason}", path=path, reason=reason))
