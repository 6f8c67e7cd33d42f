"""Files that somebody else put there: none is opened that is a link, a device or a pipe."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.errors import ArchiveError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Generator
    from io import BufferedReader
    from pathlib import Path

__all__ = ["hash_of", "regular"]


@contextmanager
def regular(path: Path) -> Generator[BufferedReader]:
    """Open a file that is one itself for reading: no link to another, no device, no pipe.

    Args:
        path: where it is.

    Raises:
        ArchiveError: if it is something else.
        OSError: if it can't be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ArchiveError(message("{file} is no regular file", file=path))
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor
        yield file


def hash_of(path: Path) -> tuple[int, str]:
    """Return size and SHA-256 (hex) of a regular file.

    Raises:
        ArchiveError: if it is none, or can't be read.
    """
    try:
        with regular(path) as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return os.fstat(file.fileno()).st_size, sha256
    except OSError as error:
        raise ArchiveError(message("{file} can't be read: {reason}", file=path, reason=error)) from error
