"""base64 in both alphabets, each value with one spelling only."""

import base64
import binascii
import re
from typing import Final

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")


def base64url(octets: bytes) -> str:
    """Return `octets` in base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes | None:
    """Return the octets that `text` spells, or None unless it is the canonical spelling without padding."""
    if not _BASE64URL.fullmatch(text):
        return None
    try:
        octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None
    return octets if base64url(octets) == text else None


def base64_padded(octets: bytes) -> str:
    """Return `octets` in standard base64 with padding (RFC 4648, 4), as in `x5c`."""
    return base64.b64encode(octets).decode("ascii")


def from_base64(text: str) -> bytes | None:
    """Return the octets that `text` spells, or None unless it is the canonical padded spelling."""
    try:
        octets = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return octets if base64_padded(octets) == text else None
