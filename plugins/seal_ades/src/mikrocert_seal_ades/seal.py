"""A seal made of any signer: JAdES on credentials, PAdES on certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mikrocert.api import Seal
from mikrocert.errors import SealError

from mikrocert_seal_ades import jades, pades
from mikrocert_seal_ades.owner import owner_of

if TYPE_CHECKING:
    from datetime import datetime

    from mikrocert.api import SealOwner

__all__ = ["AdesSeal"]

DEFAULT_PROFILE: Final[jades.Profile] = "ts119182-1.2.1"


class AdesSeal(Seal):
    """Seals with the key of a signer, at level B-B.

    Args:
        signer: certificate chain, algorithm and `sign(octets)`; where its key lives is its own affair.
        profile: header profile of JAdES, `ts119182-1.2.1` or `edc-legacy`.

    Raises:
        SealError: if the seal certificate lacks O, C or organizationIdentifier, so that it can't issue.
    """

    def __init__(self, signer: jades.Signer, *, profile: jades.Profile = DEFAULT_PROFILE) -> None:
        self._owner = owner_of(signer.certificate_chain)
        self._signer = signer
        self._profile: jades.Profile = profile

    @property
    def owner(self) -> SealOwner:
        """The identity in the seal certificate."""
        return self._owner

    def seal(self, payload: bytes, *, at: datetime) -> bytes:
        """Return the JAdES file over these payload octets (ETSI TS 119 182-1).

        Args:
            payload: the credential, UTF-8.
            at: the signing time to claim (aware; written in UTC with whole seconds).

        Raises:
            SealError: if the key, the certificates, the payload or the time won't do.
        """
        try:
            return jades.seal(payload, signer=self._signer, at=at, profile=self._profile)
        except jades.SealingError as error:
            raise SealError(str(error)) from error

    def seal_pdf(self, pdf: bytes, *, at: datetime) -> bytes:
        """Return the PDF with a PAdES seal over the whole of it (EN 319 142-1).

        Args:
            pdf: a complete PDF, neither sealed nor encrypted.
            at: the signing time to claim (aware; written in UTC with whole seconds).

        Raises:
            SealError: if the PDF, the key, the certificates or the time won't do.
        """
        return pades.seal(pdf, signer=self._signer, at=at)
