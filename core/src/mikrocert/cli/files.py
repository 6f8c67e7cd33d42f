"""Files that the command line writes: whole or not at all, and never through a link."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from mikrocert.errors import ArchiveError
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

__all__ = ["check_folder", "put"]

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class _InTheWay(Exception):
    pass


def put(octets: bytes, *, folder: Path, name: str) -> Path:
    """Write a file under a random name and give it its own at once; return its path.

    The folder is made where it is missing. What already has the name is replaced if it is an ordinary file.

    Args:
        octets: the file.
        folder: where it goes; no link, so that nobody can lead it elsewhere.
        name: its name in the folder.

    Raises:
        ArchiveError: if it can't be written; says why.
    """
    path = folder / name
    if os.path.basename(name) != name or name in {"", ".", ".."}:  # noqa: PTH119 - a name, and no path of it
        raise _unwritable(path, message("'{name}' is no name of a file", name=name))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _opened(folder) as there:
            _replace(octets, name, there)
    except _InTheWay as error:
        raise _unwritable(path, message("what has this name is no ordinary file")) from error
    except OSError as error:
        raise _unwritable(path, error.strerror or type(error).__name__) from error
    return path


def check_folder(folder: Path) -> None:
    """Refuse a folder into which `put` could not write; it is made where it is missing, and nothing stays in it.

    Raises:
        OSError: if it can't be written, or is a link.
        ValueError: if it is no name of a folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _opened(folder) as there:
        probe = f".{secrets.token_hex(8)}.part"
        os.close(os.open(probe, _NEW, 0o600, dir_fd=there))
        os.unlink(probe, dir_fd=there)


@contextmanager
def _opened(folder: Path) -> Generator[int]:
    there = os.open(folder, _FOLDER)
    try:
        yield there
    finally:
        os.close(there)


def _replace(octets: bytes, name: str, there: int) -> None:
    unfinished = f".{secrets.token_hex(8)}.part"
    try:
        with os.fdopen(os.open(unfinished, _NEW, 0o666, dir_fd=there), "wb") as file:
            file.write(octets)
        with suppress(FileNotFoundError):
            _demand_ordinary(os.stat(name, dir_fd=there, follow_symlinks=False).st_mode)
        os.rename(unfinished, name, src_dir_fd=there, dst_dir_fd=there)
    except BaseException:
        with suppress(OSError):
            os.unlink(unfinished, dir_fd=there)
        raise


def _demand_ordinary(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise _InTheWay


def _unwritable(path: Path, reason: Message | str) -> ArchiveError:
    return ArchiveError(message("{path} can't be written: {reason}", path=path, reason=reason))
