"""Files that settings name: certificates, keys, what else an offer reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mikrocert.errors import SettingsError
from mikrocert.parsing.files import read_bounded
from mikrocert.texts import message

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_named_file"]

_MOST = 1024 * 1024


def read_named_file(path: Path, *, member: str, most: int = _MOST) -> bytes:
    """Return the octets of a file that a setting names.

    Args:
        path: the file; links to files are followed.
        member: the setting or option that names it, for errors.
        most: how many octets it may have; whole KiB.

    Raises:
        SettingsError: if it is no ordinary file (a device, a pipe, a folder), is too large, or can't be read.
    """
    data = read_bounded(path, most=most)
    if isinstance(data, bytes):
        return data
    raise SettingsError(
        message(
            "{member}: {fault}; an ordinary file of at most {most} KiB would be right",
            member=member,
            fault=data,
            most=most // 1024,
        )
    )
