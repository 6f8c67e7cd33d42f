"""Hold what a device or a service returns against the seal certificate, before anything is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from mikrocert.api import SealError, message
from mikrocert_seal_ades.messages import message_of
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, lowered, verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mikrocert.api import Identity

__all__ = ["digests", "proven"]


def digests(octets: Sequence[bytes], *, algorithm: str) -> tuple[bytes, ...]:
    """Return the digest of each of the octets, with the digest of a signature algorithm (RFC 7518, 3.1)."""
    import hashlib  # noqa: PLC0415

    name = ALGORITHMS[algorithm].digest
    return tuple(hashlib.new(name, one).digest() for one in octets)


def proven(
    signatures: Sequence[bytes], *, over: Sequence[bytes], identity: Identity, source: object
) -> tuple[bytes, ...]:
    """Return the signatures in the form of JWS (RFC 7518, 3), each proven by the key of the seal certificate.

    Args:
        signatures: as they came; those of ECDSA with r and s side by side or in DER (RFC 3279, 2.2.3).
        over: what was to be signed, in the same order.
        identity: who was to sign.
        source: who made them, for errors.

    Raises:
        SealError: if there are more or less than were asked for, or one is not by this key over these octets.
    """
    if len(signatures) != len(over):
        raise SealError(
            message(
                "{source} gave {signatures} signatures for {files} files; none of them is used",
                source=source,
                signatures=len(signatures),
                files=len(over),
            )
        )
    algorithm = ALGORITHMS[identity.algorithm]
    good: list[bytes] = []
    for octets, signature in zip(over, signatures, strict=True):
        raw = _side_by_side(signature, coordinate=algorithm.coordinate)
        wrong = verify(octets, signature=raw, algorithm=algorithm, public_key=identity.public_key)
        if wrong:
            raise SealError(
                message(
                    "{source} gave a signature that the seal certificate doesn't prove, so none is used: {reason}; "
                    "key, certificate and algorithm of the settings have to belong together",
                    source=source,
                    reason=message_of(wrong),
                )
            )
        good.append(lowered(raw, algorithm=algorithm))
    return tuple(good)


def _side_by_side(signature: bytes, *, coordinate: int) -> bytes:
    """Return a signature with r and s side by side where it is one of ECDSA in DER, any other as it is."""
    if not coordinate or len(signature) == 2 * coordinate:
        return signature
    try:
        r, s = decode_dss_signature(signature)
        return r.to_bytes(coordinate, "big") + s.to_bytes(coordinate, "big")
    except (ValueError, OverflowError):
        return signature
