"""Institutions: the universities that award."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date
from typing import TYPE_CHECKING

import attrs

from mikrocert.award import Organisation, QualityAssurance
from mikrocert.award.types import NO_TYPES, Types
from mikrocert.texts import LanguageMap, message

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["Branding", "Institution", "Mandate", "Profile"]


@attrs.frozen
class Mandate:
    """The agreement under which the operator seals what an institution awards.

    Args:
        number: reference of the agreement.
        agreed_on: day from which it holds.
        valid_until: last day on which it holds, or none.
    """

    number: str
    agreed_on: date
    valid_until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether credentials may be issued under it on this day."""
        return self.agreed_on <= day and (self.valid_until is None or day <= self.valid_until)


@attrs.frozen
class Branding:
    """How an institution's certificates look.

    Args:
        accent: colour of names, titles and the disc, `#RRGGBB`, with at least 4.5:1 contrast on white.
        logo: SVG or PNG octets to stand in place of the set name, or none.
        emblem: SVG or PNG octets of the institution's own mark, beside its set name, or none.
        templates: folder whose templates are preferred over the shipped ones, or none.
        languages: one or two of those installed, the leading one first; none means Czech and English, or the credential's own.
        separate: whether two languages have a certificate and a supplement each, one after the other in one document, instead of
            standing side by side.
        landscape: whether the certificate lies; its supplement stands.
        signatory: name and office of who signs for the institution, or none.
    """

    accent: str = attrs.field(default="#23408E", validator=attrs.validators.matches_re(r"#[0-9A-Fa-f]{6}"))
    logo: bytes | None = attrs.field(default=None, repr=False)
    emblem: bytes | None = attrs.field(default=None, repr=False)
    templates: Traversable | None = None
    languages: tuple[str, ...] = attrs.field(
        default=(), validator=[attrs.validators.max_len(2), lambda _, __, given: _demand_different(given)]
    )
    separate: bool = False
    landscape: bool = False
    signatory: tuple[str, LanguageMap | None] | None = None


def _demand_different(languages: tuple[str, ...]) -> None:
    if len(set(languages)) < len(languages):
        raise ValueError(
            message(
                "{languages:comma} is one language twice; one or two different ones would be right",
                languages=languages,
            )
        )


@attrs.frozen
class Profile:
    """What an institution says of itself once, for all its awards.

    Args:
        organisation: names, legal identifiers, address.
        mandate: the agreement with the operator.
        quality_assurance: what underpins all its awards, taken where an award names none of its own.
        place: usual place of issue.
        branding: how its certificates look.
        types: its types of micro-credentials; whoever reads an export gives those that the archive has.
    """

    organisation: Organisation
    mandate: Mandate
    quality_assurance: tuple[QualityAssurance, ...] = ()
    place: LanguageMap | None = None
    branding: Branding = Branding()
    types: Types = attrs.field(default=NO_TYPES, eq=False, repr=False)


class Institution(ABC):
    """A university: its profile and the name of the intake that reads its exports."""

    @property
    @abstractmethod
    def profile(self) -> Profile:
        """Names, legal identifiers, address, quality assurance, mandate agreement and look."""

    @property
    @abstractmethod
    def intake(self) -> str:
        """Name of the intake offer that reads its exports; `json` is the canonical one of the core."""

    @property
    def further_intakes(self) -> tuple[str, ...]:
        """Names of other intakes that read its exports where whoever sends one says so; it has none unless it says otherwise."""
        return ()
