"""Secrets by reference: settings say where a secret is, never what it is."""

from __future__ import annotations

import os
from pathlib import Path

from mikrocert.errors import SettingsError
from mikrocert.settings.files import read_named_file
from mikrocert.texts import message

__all__ = ["secret"]

_MOST = 64 * 1024


def secret(reference: str, *, member: str) -> bytes:
    """Return the secret that a reference points to.

    Args:
        reference: `env:NAME` for an environment variable, `file:/path` for an ordinary file of at most
            64 KiB, of which a final line break doesn't count.
        member: where the reference stands in the settings, for errors.

    Raises:
        SettingsError: if it is no reference, or there is nothing where it points to. What was written instead of a
            reference may be the secret and isn't repeated.
    """
    kind, _, place = reference.partition(":")
    if kind == "env" and place:
        if place not in os.environ:
            raise SettingsError(
                message("{member}: there is no environment variable {name}", member=member, name=place)
            )
        return os.environ[place].encode("utf-8")
    if kind == "file" and Path(place).is_absolute():
        return read_named_file(Path(place), member=member, most=_MOST).removesuffix(b"\n").removesuffix(b"\r")
    raise SettingsError(
        message(
            "{member} must not hold the secret itself; env:NAME or file:/absolute/path would be right",
            member=member,
        )
    )
