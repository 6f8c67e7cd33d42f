"""The text of a key: `mikrocert_<identifier>_<secret>`.

The prefix lets programs that look for leaked secrets find it, and the checksum at its end lets them, and us, tell a key from what
only looks like one without asking a database. The secret is 44 characters of an alphabet of 57, some 256 bits, drawn at random.

What is stored is its SHA-256. A slow hash is for passwords, which people choose and which can be guessed: 256 random bits can't,
at whatever speed. It would cost every request, and let whoever sends wrong keys burn our processors.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import zlib
from typing import Final

from mikrocert.award.identifiers import ALPHABET, LENGTH, new_identifier

__all__ = ["PREFIX", "hash_of", "identifier_in", "new_secret", "same_hash"]

PREFIX: Final = "mikrocert_"

_RANDOM: Final = 44
_CHECKSUM: Final = 6
_LENGTH: Final = len(PREFIX) + LENGTH + 1 + _RANDOM + _CHECKSUM
_TEXT: Final = re.compile(
    f"{PREFIX}(?P<identifier>[{ALPHABET}]{{{LENGTH}}})_[{ALPHABET}]{{{_RANDOM + _CHECKSUM}}}"
)


def new_secret() -> tuple[str, str]:
    """Return the identifier and the text of a new key."""
    identifier = new_identifier()
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(_RANDOM))
    body = f"{PREFIX}{identifier}_{drawn}"
    return identifier, body + _checksum(body)


def identifier_in(text: str) -> str | None:
    """Return the identifier in the text of a key, or none where it is the text of none."""
    if len(text) != _LENGTH:  # before anything that takes longer, the longer the text is
        return None
    found = _TEXT.fullmatch(text)
    if found is None or _checksum(text[:-_CHECKSUM]) != text[-_CHECKSUM:]:
        return None
    return found["identifier"]


def hash_of(text: str) -> bytes:
    """Return what is stored of a key."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def same_hash(one: bytes, other: bytes) -> bool:
    """Return whether two hashes are the same, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one, other)


def _checksum(body: str) -> str:
    """Return the CRC-32 of a text in the alphabet of keys: it finds slips of the pen and proves nothing."""
    left, characters = zlib.crc32(body.encode()), ""
    for _ in range(_CHECKSUM):
        left, digit = divmod(left, len(ALPHABET))
        characters = ALPHABET[digit] + characters
    return characters
