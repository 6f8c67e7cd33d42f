"""Secrets by reference: settings say where a secret is, never what it is."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

from mikrocert.errors import SettingsError
from mikrocert.settings.files import read_named_file
from mikrocert.texts import Message, message

__all__ = ["secret"]

_MOST = 64 * 1024


def secret(reference: str, *, member: str) -> bytes:
    """Return the secret that a reference points to, a text in UTF-8.

    Args:
        reference: `env:NAME` for an environment variable, `file:/path` for an ordinary file of at most
            64 KiB, of which a byte order mark and a final line break don't count.
        member: where the reference stands in the settings, for errors.

    Raises:
        SettingsError: if it is no reference, there is nothing where it points to, or that is no UTF-8. What was written instead of a
            reference may be the secret and isn't repeated.
    """
    kind, _, place = reference.partition(":")
    if kind == "env" and place:
        if place not in os.environ:
            raise SettingsError(
                message("{member}: there is no environment variable {name}", member=member, name=place)
            )
        return _utf8(
            os.fsencode(os.environ[place]),
            of=message("environment variable {name}", name=place),
            member=member,
        )
    if kind == "file" and Path(place).is_absolute():
        data = read_named_file(Path(place), member=member, most=_MOST)
        return (
            _utf8(data, of=message("file {path}", path=place), member=member)
            .removesuffix(b"\n")
            .removesuffix(b"\r")
        )
    raise SettingsError(
        message(
            "{member} must not hold the secret itself; env:NAME or file:/absolute/path would be right",
            member=member,
        )
    )


def _utf8(data: bytes, *, of: Message, member: str) -> bytes:
    """Return a text without its byte order mark.

    Raises:
        SettingsError: if it is in another encoding; nothing of it is repeated.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(
            message(
                "{member}: the {source} is not in UTF-8; save the secret in UTF-8", member=member, source=of
            )
        ) from error
    return data
