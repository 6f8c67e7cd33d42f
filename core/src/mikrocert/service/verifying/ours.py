"""Ours: by what a credential of our operator is known, and what on a credential of others claims to be ours."""

from __future__ import annotations

import re
import unicodedata
from itertools import chain
from typing import TYPE_CHECKING

import attrs

from mikrocert.report import Finding
from mikrocert.service.verifying.lookalikes import leading_below, number_in, skeleton
from mikrocert.texts.dates import local_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from mikrocert.kinds.format import Credential, IssuerClaim
    from mikrocert.settings import Settings

__all__ = ["NOBODY", "OperatorIdentity", "Ours", "same_name"]

_REGISTER = re.compile(r"(?:VAT|NTR|PSD|LEI|GOV|[A-Z]{2}:)([A-Z]{2})-")
"""What an organizationIdentifier begins with: register and country (EN 319 412-1, 5.1.4)."""

_VAT_NUMBER = re.compile(
    r"(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)[ -]?[A-Z]?[0-9]+[A-Z]?"
)
"""An identification number for VAT, with its country (Directive 2006/112/EC, Article 215)."""


@attrs.frozen
class OperatorIdentity:
    """What our operator is called in seal certificates and credentials, now or formerly.

    Args:
        identifier: organizationIdentifier (EN 319 412-1, 5.1.4), in its exact form.
        names: every name that stands beside it, in whatever language.
        until: the last day on which it issued under this identity; none for the present one.
    """

    identifier: str
    names: frozenset[str]
    until: date | None = None

    def issued(self, on: date | None) -> bool:
        """Return whether it issued under this identity on a day; of an unknown day it may have."""
        return on is None or self.until is None or on <= self.until


@attrs.frozen
class Ours:
    """What belongs to our operator; empty where the settings name none, so that nothing is ours.

    Args:
        identities: the present identity and the former ones.
        links: what verification links of ours begin with.
    """

    identities: tuple[OperatorIdentity, ...] = ()
    links: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings, *, owner: str | None = None) -> Ours:
        """Return what belongs to the operator whom the settings name.

        Args:
            settings: the settings.
            owner: organizationIdentifier of the owner of the archive at hand, who is our operator where they name none.
        """
        operator, links = settings.operator, tuple(f"{base}/verify/" for base in settings.base_urls)
        if operator is None:
            return cls((OperatorIdentity(owner, frozenset()),), links) if owner else cls()
        names = frozenset(operator.name.texts.values())
        present = OperatorIdentity(operator.organization_identifier, names)
        former = (
            OperatorIdentity(
                identifier=past.organization_identifier or operator.organization_identifier,
                names=frozenset({past.name} if past.name else names),
                until=past.until,
            )
            for past in operator.formerly
        )
        return cls((present, *former), links)

    def issued(self, credential: Credential, *, proven_at: datetime | None = None) -> bool:
        """Return whether a credential names our operator as its issuer, by an identifier that was its own then.

        Args:
            credential: the credential; when it was issued is its own word.
            proven_at: the moment (aware) at which its seal is proven to have been there; it was issued then at the latest.
        """
        claim, on = credential.issuer, _day(credential, proven_at)
        return claim is not None and any(
            identity.identifier == claim.eidas_identifier and identity.issued(on)
            for identity in self.identities
        )

    def names(self, identifier: str) -> frozenset[str]:
        """Return the names that settings list for an organizationIdentifier."""
        return frozenset(
            name
            for identity in self.identities
            if identity.identifier == identifier
            for name in identity.names
        )

    def claims(self, credential: Credential, texts: Iterable[str] = ()) -> Iterator[Finding]:
        """Yield what makes a credential of somebody else look like one of ours: identifier, number, name or link.

        Args:
            credential: the credential.
            texts: every text and address in it, its verification link apart.
        """
        claim = credential.issuer
        if claim is not None:
            yield from self._claims_of(claim)
        named = () if credential.link is None else (credential.link,)
        for link in leading_below(self.links, chain(named, texts)):
            yield Finding.error(
                "our-link",
                "It names a verification link of this system ({link}), but our operator did not issue it.",
                path="link",
                link=link,
            )

    def leads_here(self, link: str) -> bool:
        """Return whether a link leads to a page of ours, or looks as if it did."""
        return any(leading_below(self.links, (link,)))

    def _claims_of(self, claim: IssuerClaim) -> Iterator[Finding]:
        identifiers = [identity.identifier for identity in self.identities]
        names = {skeleton(name) for identity in self.identities for name in identity.names} - {""}
        others = {"eidas": claim.eidas_identifier or "", **claim.other_identifiers}
        for scheme, identifier in others.items():
            if any(_resembles(identifier, own) for own in identifiers):
                yield Finding.error(
                    "our-identifier",
                    "It carries an identifier of our operator ({identifier}), but our operator did not issue it.",
                    path=f"issuer.{scheme}",
                    identifier=identifier,
                )
        for name in (*claim.legal_name.values(), *claim.more_names):
            if skeleton(name) in names:
                yield Finding.error(
                    "our-name",
                    "It names our operator, or what looks like it ('{name}'), as its issuer, but our operator did not issue it.",
                    path="issuer.legal_name",
                    name=name,
                )


NOBODY = Ours()
"""What belongs to nobody: nothing is ours."""


def same_name(one: str, other: str) -> bool:
    """Return whether two names are the same but for letter case, spacing and the normal form of their characters."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip().casefold()


def _resembles(identifier: str, own: str) -> bool:
    """Return whether an identifier looks like ours, or holds our number and isn't, in its exact form, another country's."""
    register = _REGISTER.match(own)
    if skeleton(identifier) == skeleton(own) or register is None:
        return skeleton(identifier) == skeleton(own)
    countries = (_REGISTER.match(identifier), _VAT_NUMBER.fullmatch(identifier))
    if any(country is not None and country[1] != register[1] for country in countries):
        return False
    return number_in(identifier, own[register.end() :])


def _day(credential: Credential, proven_at: datetime | None) -> date | None:
    """Return the day of issue: as the credential says, but no later than is proven."""
    moments = [moment for moment in (credential.issued, proven_at) if moment is not None]
    return local_time(min(moments)).date() if moments else None
