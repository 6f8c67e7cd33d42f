"""The card itself, and its log."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from mikrocert.api import SealError, Signer, identity_of, message

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from mikrocert.api import Identity

    from outside_card.config import CardConfig

__all__ = ["Card", "unlocked"]

_PIN = b"2605"


class Card(Signer):
    """An unlocked card.

    Args:
        config: where it lies.
    """

    def __init__(self, config: CardConfig) -> None:
        self._config = config
        key = load_pem_private_key((config.folder / "key.pem").read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise SealError(message("the key on the card is not on the curve P-256"))
        self._key = key
        chain = x509.load_pem_x509_certificates((config.folder / "seal.pem").read_bytes())
        self._chain = [certificate.public_bytes(Encoding.DER) for certificate in chain]

    @property
    def identity(self) -> Identity:
        """Who signs."""
        _leave(self._config, "identity")
        return identity_of(self._chain, algorithm="ES256")

    def sign_many(self, to_be_signed: Sequence[bytes]) -> tuple[bytes, ...]:
        """Sign everything at once."""
        _leave(self._config, "signing")
        _log(self._config, f"signed {len(to_be_signed)}")
        return tuple(self._sign(octets) for octets in to_be_signed)

    def _sign(self, octets: bytes) -> bytes:
        r, s = decode_dss_signature(self._key.sign(octets, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)


@contextmanager
def unlocked(config: CardConfig, *, pin: bytes) -> Generator[Card]:
    """Open a session with the card; its holder authorises it here and nowhere else."""
    _leave(config, "opening")
    _log(config, "opened")
    if pin != _PIN:
        raise SealError(message("the card refuses this PIN"))
    _log(config, "authorised")
    try:
        yield Card(config)
    finally:
        _log(config, "closed")


def _leave(config: CardConfig, when: str) -> None:
    if config.leaves == when:
        sys.exit(0)


def _log(config: CardConfig, event: str) -> None:
    with (config.folder / "log.txt").open("a", encoding="utf-8") as log:
        log.write(event + "\n")
