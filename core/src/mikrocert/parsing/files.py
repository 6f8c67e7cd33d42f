"""Files that a person or a setting names: only ordinary ones are read, and only up to a size."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_bounded"]

_KIBI = 1024
_OPENED = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)
)


def read_bounded(path: Path, *, most: int) -> bytes | Message:
    """Return the octets of an ordinary file, or why they can't be had.

    Devices, pipes and folders, which may never end or wait for somebody, are not read, and neither is a file that is
    too large.

    Args:
        path: the file; links to files are followed.
        most: how many octets it may have; whole KiB.
    """
    try:
        refusal = _refusal(path.stat(), path, most=most)
        if refusal is not None:
            return refusal
        # What stands there may be another thing by now: it is asked again once it is open, and never waited for.
        with open(os.open(path, _OPENED), "rb") as file:  # noqa: PTH123 - of a descriptor
            refusal = _refusal(os.fstat(file.fileno()), path, most=most)
            if refusal is not None:
                return refusal
            data = file.read(most + 1)
    except OSError as error:
        return message("{path} can't be read: {reason}", path=path, reason=error)
    except ValueError:  # a NUL in its name
        return message(
            "{path} can't be read: {reason}", path=path, reason=message("no file can have such a name")
        )
    return data if len(data) <= most else _too_large(path, most=most)


def _refusal(found: os.stat_result, path: Path, *, most: int) -> Message | None:
    if not stat.S_ISREG(found.st_mode):
        return message("{path} is no ordinary file", path=path)
    return _too_large(path, most=most) if found.st_size > most else None


def _too_large(path: Path, *, most: int) -> Message:
    if most % (_KIBI * _KIBI):
        return message("{path} is larger than {most} KiB", path=path, most=most // _KIBI)
    return message("{path} is larger than {most} MiB", path=path, most=most // _KIBI // _KIBI)
