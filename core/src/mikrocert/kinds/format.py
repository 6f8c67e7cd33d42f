"""Credential formats: how an award becomes a document that others can read, and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mikrocert.award import Award
    from mikrocert.award.partial import PartialAward
    from mikrocert.kinds.institution import Mandate
    from mikrocert.kinds.signer import Identity
    from mikrocert.report import Finding, Section, View

__all__ = ["Credential", "Draft", "Format", "IssuerClaim", "Packaging"]


@attrs.frozen
class Packaging:
    """What a sealed credential of a format is, as a file.

    Args:
        media_type: of the sealed file (RFC 6838), such as `application/json`.
        suffix: file name suffix with its dot, such as `.badge.json`; unique among the files of one credential.
        envelope: name of the envelope that secures it.
        pictures: whether pictures of the certificate go into the credential.
        document: whether a certificate for people, with the file inside, is made beside it.
    """

    media_type: str
    suffix: str
    envelope: str
    pictures: bool = False
    document: bool = False


@attrs.frozen
class IssuerClaim:
    """Who a credential says issued it.

    Args:
        legal_name: every language in which the name is given → name.
        eidas_identifier: the identifier to be held against organizationIdentifier of the seal certificate.
        country: ISO 3166-1 alpha-2, or none.
        other_identifiers: other identifiers on the same node, scheme → value; they decide nothing.
        more_names: further names in a language that has one already; nobody is shown them, but they are sealed.
    """

    legal_name: Mapping[str, str] = attrs.field(hash=False)
    eidas_identifier: str | None
    country: str | None
    other_identifiers: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False)
    more_names: tuple[str, ...] = ()


@attrs.frozen
class Draft:
    """A credential that is being made: it has no issuer, no dates and no pictures yet.

    Args:
        document: the format's own reading, opaque to everyone else.
    """

    document: object = attrs.field(repr=False)


@attrs.frozen
class Credential:
    """A credential that was read from octets.

    Args:
        format: name of the format.
        id: the credential's own id, such as `urn:credential:<uuid>`.
        document: the format's own reading, opaque to everyone else.
        identifier: the 12 characters, where the credential has them.
        issuer: who it says issued it, or none.
        issued: the moment of issuing (aware), or none.
        valid_from: start of validity (aware), or none.
        valid_until: end of validity (aware), or none.
        link: the verification link that it names, or none.
        withheld: elements of the award that the holder does not show, by their paths (`learner.birth_date`,
            `assessments`); they are not missing, and a check that needs one says so.
    """

    format: str
    id: str
    document: object = attrs.field(repr=False)
    identifier: str | None = None
    issuer: IssuerClaim | None = None
    issued: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    link: str | None = None
    withheld: frozenset[str] = frozenset()


class Format(ABC):
    """Turns awards into credentials of one format and reads such credentials; sees neither keys nor envelopes."""

    @property
    @abstractmethod
    def packaging(self) -> Packaging:
        """What a sealed credential of this format is, as a file."""

    @property
    def may_withhold(self) -> frozenset[str]:
        """Elements of the award, by their paths, that a holder may withhold without leaving a check undetermined."""
        return frozenset()

    @abstractmethod
    def build(self, award: Award, *, identifier: str, link: str, mandate: Mandate) -> Draft:
        """Return the award in the format's words.

        Args:
            award: an award that no rule refuses.
            identifier: the 12 characters drawn for it.
            link: the verification link that ends in the identifier.
            mandate: the agreement under which the operator seals for the institution.

        Raises:
            FormatError: if the format can't express it.
        """

    @abstractmethod
    def complete(
        self,
        draft: Draft,
        *,
        identity: Identity,
        at: datetime,
        pictures: Mapping[str, tuple[bytes, ...]],
    ) -> bytes:
        """Fill in issuer, dates and pictures, validate, and return the octets to be sealed.

        Args:
            draft: what `build` returned.
            identity: who will sign; the issuer is taken from here and from nowhere else.
            at: the moment of issuing (aware).
            pictures: language → PNG pages in order; empty where the packaging asks for none.

        Raises:
            FormatError: if the result does not conform to the format, with every fault.
        """

    @abstractmethod
    def recognises(self, payload: bytes) -> bool:
        """Return whether the octets claim to be a credential of this format; never raises."""

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

        Where an element is withheld, `mikrocert.api.WITHHELD` stands in its place.

        Raises:
            FormatError: if an element that every award has is missing or unreadable, naming each.
        """

    def partial_award(self, credential: Credential) -> PartialAward | None:  # noqa: ARG002 - a format that reads all or nothing
        """Return what can be read where no award can be read back whole; none if that is nothing. Never raises."""
        return None

    def texts(self, credential: Credential) -> tuple[str, ...]:  # noqa: ARG002 - a format that names no address but its link
        """Return every text and address in it, each once, whether it is read and shown or not; files inside left out.

        In a credential of somebody else an address of our operator is looked for in all of them, beside `Credential.link`.
        """
        return ()

    @abstractmethod
    def sections(self, credential: Credential) -> tuple[Section, ...]:
        """Return what the format adds to the view that the core makes of the award; never raises for an opened one."""

    @abstractmethod
    def foreign_view(self, credential: Credential) -> View:
        """Return what a person sees where no award can be read back; never raises for an opened credential."""
