"""Ours: by what a credential of our operator is known, and what on a credential of others claims to be ours."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING

import attrs

from mikrocert.report import Finding
from mikrocert.texts.dates import in_prague

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.kinds.format import Credential, IssuerClaim
    from mikrocert.settings import Settings

__all__ = ["NOBODY", "OperatorIdentity", "Ours", "same_name"]

_INVISIBLE = ("Cc", "Cf", "Zl", "Zp", "Zs")
_REGISTER = re.compile(r"(?:[a-z]{3}|[a-z]{2}:)([a-z]{2})-")
"""What an organizationIdentifier begins with: register and country (EN 319 412-1, 5.1.4)."""


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

    def issued(self, credential: Credential) -> bool:
        """Return whether a credential names our operator as its issuer, by an identifier that was its own then."""
        claim, on = credential.issuer, _day(credential)
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

    def claims(self, credential: Credential) -> Iterator[Finding]:
        """Yield what makes a credential of somebody else look like one of ours: identifier, number, name or link."""
        claim = credential.issuer
        if claim is not None:
            yield from self._claims_of(claim)
        if credential.link is not None and credential.link.startswith(self.links):
            yield Finding.error(
                "our-link",
                "It names a verification link of this system ({link}), but our operator did not issue it.",
                path="link",
                link=credential.link,
            )

    def _claims_of(self, claim: IssuerClaim) -> Iterator[Finding]:
        identifiers = [identity.identifier for identity in self.identities]
        names = {_visible(name) for identity in self.identities for name in identity.names}
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
            if _visible(name) in names:
                yield Finding.error(
                    "our-name",
                    "It names our operator ('{name}') as its issuer, but our operator did not issue it.",
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


def _visible(text: str) -> str:
    """Return a text as it looks: compatible characters made one, without case, spaces and what can't be seen."""
    compatible = unicodedata.normalize("NFKC", text)
    return "".join(c for c in compatible if unicodedata.category(c) not in _INVISIBLE).casefold()


def _resembles(identifier: str, own: str) -> bool:
    """Return whether an identifier looks like ours, or holds our number, unless it is one of another country's register."""
    looks, ours = _visible(identifier), _visible(own)
    register = _REGISTER.match(ours)
    if looks == ours or register is None:
        return looks == ours
    country, number = register[1], ours[register.end() :]
    other = _REGISTER.match(looks)
    if other is not None and other[1] != country:
        return False
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", identifier).casefold())
    return bool({number, country + number} & set(words))


def _day(credential: Credential) -> date | None:
    return None if credential.issued is None else in_prague(credential.issued).date()
