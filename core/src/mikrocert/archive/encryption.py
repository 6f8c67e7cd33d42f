"""Encryption of what is personal: AES-256-GCM (NIST SP 800-38D) under a key per award version.

A ciphertext is a random nonce of 12 octets, the encrypted octets and a tag of 16. Its place in the archive is
authenticated along with it, so that a ciphertext moved to another row, or to another field, can't be decrypted.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os

import attrs
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mikrocert.errors import DamagedError
from mikrocert.report import Finding

__all__ = ["KEY_SIZE", "Place", "decrypt", "encrypt", "fingerprint", "new_key", "new_salt"]

KEY_SIZE = 32
"""Octets of a key and of a salt."""

_NONCE_SIZE = 12
_PURPOSE = "mikrocert archive 1"


@attrs.frozen
class Place:
    """Where a ciphertext stands.

    Args:
        table: name of the table.
        key: what tells the row from all others, the identifier first.
        field: name of the column.
    """

    table: str
    key: tuple[str | int, ...]
    field: str

    def __str__(self) -> str:
        return f"{self.row}.{self.field}"

    @property
    def row(self) -> str:
        """What the row is called: its table and, in brackets, its key."""
        return f"{self.table}[{', '.join(map(str, self.key))}]"

    @property
    def associated_data(self) -> bytes:
        """The place as octets, no two places alike: a JSON array of purpose, table, key and field."""
        return json.dumps([_PURPOSE, self.table, self.key, self.field], ensure_ascii=False).encode()


def new_key() -> bytes:
    """Return a key of 256 bits from the operating system's randomness."""
    return os.urandom(KEY_SIZE)


def new_salt() -> bytes:
    """Return a salt of 256 bits from the operating system's randomness."""
    return os.urandom(KEY_SIZE)


def encrypt(octets: bytes, *, key: bytes, place: Place) -> bytes:
    """Return the ciphertext of octets that will stand at a place."""
    nonce = os.urandom(_NONCE_SIZE)
    return nonce + AESGCM(key).encrypt(nonce, octets, place.associated_data)


def decrypt(ciphertext: bytes, *, key: bytes, place: Place) -> bytes:
    """Return the octets that were encrypted for this place.

    Raises:
        DamagedError: if key, ciphertext or place is not the one of then.
    """
    try:
        return AESGCM(key).decrypt(ciphertext[:_NONCE_SIZE], ciphertext[_NONCE_SIZE:], place.associated_data)
    except (InvalidTag, ValueError) as error:
        raise DamagedError(
            Finding.error(
                "not-decryptable", "this was changed or moved, or its key is another one's", path=str(place)
            )
        ) from error


def fingerprint(octets: bytes, *, salt: bytes) -> str:
    """Return the HMAC-SHA-256 (hex) of octets under an award's salt.

    A plain hash of a credential would outlive its erasure, and who guesses a name and a birth date could try them
    against it. Without the salt, which is gone with the key, nothing can be tried.
    """
    return hmac.new(salt, octets, hashlib.sha256).hexdigest()
