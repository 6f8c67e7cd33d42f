"""Signers: where the key of a seal lives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from mikrocert.report import SealOwner

__all__ = ["Seal"]


class Seal(ABC):
    """Seals credentials and certificates with a key it never shows."""

    @property
    @abstractmethod
    def owner(self) -> SealOwner:
        """The identity in the seal certificate; a certificate without O, C or organizationIdentifier can't issue."""

    @abstractmethod
    def seal(self, payload: bytes, *, at: datetime) -> bytes:
        """Return the sealed file over these payload octets.

        Args:
            payload: the credential, UTF-8.
            at: the signing time to claim (aware; written in UTC with whole seconds).

        Raises:
            SealError: if the key, certificate or service can't seal.
        """

    @abstractmethod
    def seal_pdf(self, pdf: bytes, *, at: datetime) -> bytes:
        """Return the PDF with a seal over the whole of it.

        Args:
            pdf: a complete PDF without seals.
            at: the signing time to claim (aware).

        Raises:
            SealError: if the key, certificate or service can't seal.
        """
