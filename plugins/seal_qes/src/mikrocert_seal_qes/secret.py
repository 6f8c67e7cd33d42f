"""Secrets by reference: settings say where a secret is, never what it is."""

from __future__ import annotations

import os
from pathlib import Path

from mikrocert.errors import SealError, SettingsError

__all__ = ["secret"]


def secret(reference: str, *, member: str) -> bytes:
    """Return the secret that a reference points to.

    Args:
        reference: `env:NAME` for an environment variable, `file:/path` for a file, of which a final line break
            doesn't count.
        member: where the reference stands in the settings, for errors.

    Raises:
        SettingsError: if it is no reference. What was written instead may be the secret and isn't repeated.
        SealError: if there is nothing where it points to.
    """
    kind, _, place = reference.partition(":")
    if kind == "env" and place:
        if place not in os.environ:
            message = f"{member}: there is no environment variable {place}"
            raise SealError(message)
        return os.environ[place].encode("utf-8")
    if kind == "file" and Path(place).is_absolute():
        try:
            return Path(place).read_bytes().removesuffix(b"\n").removesuffix(b"\r")
        except OSError as error:
            message = f"{member}: {place} can't be read: {error.strerror}"
            raise SealError(message) from error
    message = f"{member} must not hold the secret itself; env:NAME or file:/absolute/path would be right"
    raise SettingsError(message)
