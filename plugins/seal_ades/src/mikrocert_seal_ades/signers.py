"""A signer whose key is held in memory, for backends that load one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mikrocert.api import SealError, Signer, identity_of, message

from mikrocert_seal_ades.messages import message_of, refusal
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, PrivateKey, key_problem, same_key, sign
from mikrocert_seal_ades.pki.chains import sealing_key
from mikrocert_seal_ades.pki.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mikrocert.api import Identity

__all__ = ["KeySigner"]


class KeySigner(Signer):
    """Signs with a private key of `cryptography` that was loaded once.

    Args:
        key: RSA of at least 2048 bits, P-256, P-384 or P-521.
        certificates: DER, the seal certificate first, each issued by the next; the root may be left out.
        algorithm: `RS256`, `PS256`, `ES256` or one of their kin with 384 and 512 (RFC 7518, 3.1).

    Raises:
        SealError: if key, certificates and algorithm don't fit each other, or the seal certificate can't issue.
    """

    def __init__(self, key: PrivateKey, *, certificates: Sequence[bytes], algorithm: str) -> None:
        try:
            public_key = sealing_key(certificates, algorithm=algorithm)
        except CertificateError as error:
            raise refusal(error) from error
        if unfit := key_problem(key, algorithm=ALGORITHMS[algorithm]):
            raise SealError(message_of(unfit))
        own = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if not same_key(own, public_key):
            raise SealError(
                message("the private key is not that of the seal certificate, which has to stand first")
            )
        self._identity = identity_of(certificates, algorithm=algorithm)
        self._key = key

    @property
    def identity(self) -> Identity:
        """Who signs."""
        return self._identity

    def sign_many(self, to_be_signed: Sequence[bytes]) -> tuple[bytes, ...]:
        """Return one signature for each of the octets, in their order and in the form of JWS (RFC 7518, 3).

        Args:
            to_be_signed: what is to be signed, whole, not hashed.
        """
        algorithm = ALGORITHMS[self._identity.algorithm]
        return tuple(sign(octets, algorithm=algorithm, key=self._key) for octets in to_be_signed)
