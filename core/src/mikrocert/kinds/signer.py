"""Signers: who signs with which key, wherever it lives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import attrs

from mikrocert.kinds.envelope import Services
from mikrocert.report import SealOwner

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Identity", "Signer"]


@attrs.frozen
class Identity:
    """Who signs, as an envelope has to know it.

    Args:
        algorithm: name of the signature algorithm (RFC 7518, 3.1; RFC 8037, 3.1), such as `ES256`.
        public_key: the public key, DER SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).
        certificates: X.509 certificates, DER, the seal certificate first, each issued by the next; the root may be
            left out. Empty where there is only a published key.
        owner: whom the seal certificate names; none where there is no certificate.
    """

    algorithm: str
    public_key: bytes = attrs.field(repr=False)
    certificates: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    owner: SealOwner | None = None


class Signer(ABC):
    """A session with a key: opened and authorised when its offer is chosen, closed after the batch."""

    @property
    @abstractmethod
    def identity(self) -> Identity:
        """Who signs; the same for the whole session."""

    @property
    def services(self) -> Services:
        """What envelopes may ask beside the network while files of this signer are finished; nothing by default."""
        return Services()

    @abstractmethod
    def sign_many(self, to_be_signed: Sequence[bytes]) -> tuple[bytes, ...]:
        """Return one signature for each of the octets, in their order.

        Called at most once for each kind of file of a batch, and once for the head of the log where settings have it sealed, so that
        a card or a remote service is asked once. A
        device that signs digests makes them with the digest of the algorithm.

        Args:
            to_be_signed: what is to be signed, whole, not hashed.

        Returns:
            Signatures in the form of JWS (RFC 7518, 3), which for ECDSA is r and s side by side.

        Raises:
            SealError: if the key, card or service can't sign; then none of the signatures is used.
        """
