"""What was refused once is not tried again in this process: wrong PINs lock a card or an account, and one-time passwords are spent."""

from __future__ import annotations

import secrets
from functools import cache
from hashlib import sha256

__all__ = ["Refusals", "refusals_of_this_process"]


class Refusals:
    """Remembers secrets that are no good any more, as salted digests."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(16)
        self._noted: set[bytes] = set()

    def note(self, value: bytes, *, of: tuple[bytes, ...]) -> None:
        """Note that a secret is no good for somebody."""
        self._noted.add(self._mark(value, of=of))

    def know(self, value: bytes, *, of: tuple[bytes, ...]) -> bool:
        """Return whether that was noted."""
        return self._mark(value, of=of) in self._noted

    def _mark(self, value: bytes, *, of: tuple[bytes, ...]) -> bytes:
        parts = (self._salt, *of, value)
        return sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()


@cache
def refusals_of_this_process() -> Refusals:
    """Return the one `Refusals` there is: a signer that is opened anew must not try anew."""
    return Refusals()
