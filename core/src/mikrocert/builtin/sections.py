"""Sections of what the core offers; they import next to nothing, since offers are made at every start."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import attrs

from mikrocert.texts import LanguageMap

__all__ = [
    "AddressTable",
    "BrandingTable",
    "DataConfig",
    "LayoutConfig",
    "MandateTable",
    "QualityAssuranceTable",
    "SignatoryTable",
]


@attrs.frozen
class LayoutConfig:
    """Exports of a university without code; `[intakes.NAME]` with `offer = "layout"` makes an intake of any name.

    Args:
        file: TOML file that describes the layout; relative to mikrocert.toml.
    """

    file: Path


@attrs.frozen
class SignatoryTable:
    """Who signs for an institution.

    Args:
        name: of the person.
        office: office by language, or none.
    """

    name: str = attrs.field(validator=attrs.validators.min_len(1))
    office: LanguageMap | None = None


@attrs.frozen
class BrandingTable:
    """How the certificates of an institution look; files are relative to mikrocert.toml.

    Args:
        accent: colour of names, titles and the disc, `#RRGGBB`, with a contrast of at least 4.5:1 on white.
        logo: SVG or PNG file to stand in place of the set name, or none.
        emblem: SVG or PNG file of the institution's own mark, beside its set name, or none.
        templates: folder whose templates are preferred over the shipped ones, or none.
        languages: one or two of those installed, the leading one first; none means Czech and English.
        separate: whether two languages have a certificate and a supplement each.
        landscape: whether the certificate lies.
        signatory: who signs for the institution, or none.
    """

    accent: str = attrs.field(default="#23408E", validator=attrs.validators.matches_re(r"#[0-9A-Fa-f]{6}"))
    logo: Path | None = None
    emblem: Path | None = None
    templates: Path | None = None
    languages: tuple[str, ...] = ()
    separate: bool = False
    landscape: bool = False
    signatory: SignatoryTable | None = None


@attrs.frozen
class AddressTable:
    """Where an institution has its seat.

    Args:
        country: code of the list `country`, such as `CZE`.
        region: code of the list `region`, such as `CZE_KRJ_JIHOMOR`, or none.
        street: street and number.
        postcode: postal code.
        locality: town.
    """

    country: str
    region: str | None = None
    street: str | None = None
    postcode: str | None = None
    locality: str | None = None


@attrs.frozen
class MandateTable:
    """The agreement under which the operator seals what the institution awards.

    Args:
        number: reference of the agreement.
        agreed_on: day from which it holds.
        valid_until: last day on which it holds, or none.
    """

    number: str
    agreed_on: date
    valid_until: date | None = None


@attrs.frozen
class QualityAssuranceTable:
    """What underpins all awards of an institution.

    Args:
        type: code of the list `accreditation`, such as `institutional-quality-assurance`.
        title: what it is, by language.
        url: page that documents it, or none.
        valid_until: day on which it lapses, or none.
    """

    type: str
    title: LanguageMap
    url: str | None = None
    valid_until: date | None = None


@attrs.frozen
class DataConfig:
    """A university without code; `[institutions.NAME]` with `offer = "data"` makes one of any name.

    Args:
        legal_name: registered name by language.
        address: its seat.
        identifiers: scheme → identifier; `ico` or `vat` at least.
        mandate: the agreement with the operator.
        homepage: https address, or none.
        quality_assurance: what underpins all its awards.
        place: usual place of issue by language.
        branding: how its certificates look.
        intake: name of the intake that reads its exports, such as that of a layout; `json` is the canonical one.
        further_intakes: names of others, for exports of another kind; over HTTP the parameter `intake` names the one that reads an export.
    """

    legal_name: LanguageMap
    address: AddressTable
    identifiers: Mapping[str, str] = attrs.field(hash=False)
    mandate: MandateTable
    homepage: str | None = None
    quality_assurance: tuple[QualityAssuranceTable, ...] = ()
    place: LanguageMap | None = None
    branding: BrandingTable = attrs.field(factory=BrandingTable)
    intake: str = "json"
    further_intakes: tuple[str, ...] = ()
