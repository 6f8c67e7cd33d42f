"""Identifiers: twelve characters that name a credential and open its page.

An identifier is a capability: who has it sees the credential. So it is random, never derived from data,
and drawn from an alphabet without the characters that people take for others (0, O, 1, I, l).
"""

from __future__ import annotations

import re
import secrets

__all__ = ["ALPHABET", "LENGTH", "find_identifier", "is_identifier", "new_identifier"]

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
"""57 characters: 12 of them carry some 70 bits."""

LENGTH = 12

_IDENTIFIER = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
_SEPARATORS = re.compile(r"[\s\u2010-\u2015-]+")


def new_identifier() -> str:
    """Draw an identifier from the operating system's randomness."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def find_identifier(text: str, *, base_url: str) -> str | None:
    """Return the identifier that a person typed, or none.

    Args:
        text: `K7mQx4Rt9bHz`, the same in groups (`K7mQ x4Rt 9bHz`), or a verification link of this base.
        base_url: the only base whose links are taken; nothing is ever fetched.
    """
    stripped = text.strip()
    prefix = f"{base_url}/verify/"
    if stripped.startswith(prefix):
        stripped = re.split(r"[?#]", stripped.removeprefix(prefix), maxsplit=1)[0].removesuffix("/")
    compact = _SEPARATORS.sub("", stripped)
    return compact if is_identifier(compact) else None


def is_identifier(text: str) -> bool:
    """Return whether a text is twelve characters of the alphabet and nothing else."""
    return _IDENTIFIER.fullmatch(text) is not None
