"""Public keys of certificates: two certificates of one key are of one hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["keys_of", "public_key"]


def public_key(certificate: bytes) -> bytes:
    """Return the public key (DER SubjectPublicKeyInfo) in a certificate (X.509, DER), or nothing where it can't be read."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415 - heavy
    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415

    try:
        key = load_der_x509_certificate(certificate).public_key()
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except Exception:  # noqa: BLE001 - whatever a library has against octets that anybody made
        return b""


def keys_of(certificates: Iterable[bytes]) -> frozenset[bytes]:
    """Return the public keys in certificates that can be read."""
    return frozenset(map(public_key, certificates)) - {b""}
