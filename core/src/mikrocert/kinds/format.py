"""Credential formats: how an award becomes a document that others can read, and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mikrocert.award import Award
    from mikrocert.kinds.institution import Mandate
    from mikrocert.report import Finding, SealOwner, View

__all__ = ["Credential", "Format", "IssuerClaim"]


@attrs.frozen
class IssuerClaim:
    """Who a credential says issued it.

    Args:
        legal_name: every language in which the name is given → name.
        eidas_identifier: the identifier to be held against organizationIdentifier of the seal certificate.
        country: ISO 3166-1 alpha-2, or none.
        other_identifiers: other identifiers on the same node, scheme → value; they decide nothing.
    """

    legal_name: Mapping[str, str] = attrs.field(hash=False)
    eidas_identifier: str | None
    country: str | None
    other_identifiers: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False)


@attrs.frozen
class Credential:
    """An award in a credential format, sealed or not.

    Args:
        format: name of the format.
        id: the credential's own id, such as `urn:credential:<uuid>`.
        document: the format's own reading, opaque to everyone else.
        identifier: the 12 characters, where the credential has them.
        issuer: who it says issued it; none before `complete`.
        issued: the moment of issuing (aware); none before `complete`.
        valid_from: start of validity (aware).
        valid_until: end of validity (aware), or none.
    """

    format: str
    id: str
    document: object = attrs.field(repr=False)
    identifier: str | None = None
    issuer: IssuerClaim | None = None
    issued: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


class Format(ABC):
    """Turns awards into credentials of one format and reads such credentials; sees neither keys nor envelopes."""

    @property
    @abstractmethod
    def suffix(self) -> str:
        """File name suffix of a sealed credential, such as `.jsonld`."""

    @abstractmethod
    def build(self, award: Award, *, identifier: str, link: str, mandate: Mandate) -> Credential:
        """Say the award in the format's words.

        Args:
            award: an award that no rule refuses.
            identifier: the 12 characters drawn for it.
            link: the verification link that ends in the identifier.
            mandate: the agreement under which the operator seals for the institution.
        """

    @abstractmethod
    def complete(
        self,
        credential: Credential,
        *,
        owner: SealOwner,
        at: datetime,
        pictures: Mapping[str, tuple[bytes, ...]],
    ) -> bytes:
        """Fill in issuer, dates and pictures, validate, and return the octets to be sealed.

        Args:
            credential: what `build` returned.
            owner: who will seal; the issuer is taken from here and from nowhere else.
            at: the moment of issuing (aware).
            pictures: language → PNG pages in order.

        Raises:
            FormatError: if the result does not conform to the format, with every fault.
        """

    @abstractmethod
    def recognises(self, payload: bytes) -> bool:
        """Say whether the octets claim to be a credential of this format; never raises."""

    @abstractmethod
    def open(self, payload: bytes) -> Credential:
        """Parse the octets strictly.

        Raises:
            FormatError: if what a program reads, what the format means and what a person sees could differ.
        """

    @abstractmethod
    def examine(self, credential: Credential) -> tuple[Finding, ...]:
        """Return the findings of the check `format`: an error for each breach of the format's rules."""

    @abstractmethod
    def award(self, credential: Credential) -> Award:
        """Read the award back; what was built reads back equal, but for what never enters a credential.

        Raises:
            FormatError: if an element that every award has is missing or unreadable, naming each.
        """

    @abstractmethod
    def view(self, credential: Credential) -> View:
        """Return what a person sees, in the languages that the credential has; never raises for an opened one."""
