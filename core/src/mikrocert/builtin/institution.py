"""A university that is described by data: the section of mikrocert.toml says who it is."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from mikrocert.award import Address, Identifier, Organisation, QualityAssurance
from mikrocert.codelists import codelist
from mikrocert.errors import SettingsError
from mikrocert.kinds.institution import Branding, Institution, Mandate, Profile
from mikrocert.report import Finding
from mikrocert.settings.files import read_named_file
from mikrocert.texts import message, printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mikrocert.builtin.sections import DataConfig

__all__ = ["DataInstitution", "faults_of"]

_LEGAL = ("ico", "vat")
_READABLE = 4.5
_LONGEST_CODE, _NEAR = 60, 3


class DataInstitution(Institution):
    """A university as its section describes it.

    Args:
        config: the section.

    Raises:
        SettingsError: if a value is not what it has to be, or a file can't be read.
    """

    def __init__(self, config: DataConfig) -> None:
        faults = [
            message("{path}: {fault}", path=found.path, fault=found.message) for found in faults_of(config)
        ]
        if faults:
            name = config.legal_name
            raise SettingsError(message("institution {name}: {faults:semicolon}", name=name, faults=faults))
        address, branding, mandate = config.address, config.branding, config.mandate
        signatory = branding.signatory
        self._intake = config.intake
        self._further_intakes = config.further_intakes
        self._profile = Profile(
            organisation=Organisation(
                legal_name=config.legal_name,
                address=Address(
                    address.country, address.region, address.street, address.postcode, address.locality
                ),
                identifiers=tuple(Identifier(scheme, value) for scheme, value in config.identifiers.items()),
                homepage=config.homepage,
            ),
            mandate=Mandate(mandate.number, mandate.agreed_on, mandate.valid_until),
            quality_assurance=tuple(
                QualityAssurance(one.type, one.title, url=one.url, valid_until=one.valid_until)
                for one in config.quality_assurance
            ),
            place=config.place,
            branding=Branding(
                accent=branding.accent,
                logo=_read(branding.logo, "branding.logo"),
                emblem=_read(branding.emblem, "branding.emblem"),
                templates=branding.templates,
                languages=branding.languages,
                separate=branding.separate,
                landscape=branding.landscape,
                signatory=None if signatory is None else (signatory.name, signatory.office),
            ),
        )

    @property
    def profile(self) -> Profile:
        """Who it is."""
        return self._profile

    @property
    def intake(self) -> str:
        """Name of the intake that reads its exports."""
        return self._intake

    @property
    def further_intakes(self) -> tuple[str, ...]:
        """Names of other intakes that read its exports."""
        return self._further_intakes


def _read(file: Path | None, member: str) -> bytes | None:
    return None if file is None else read_named_file(file, member=member)


def faults_of(config: DataConfig) -> Iterator[Finding]:
    """Yield what every award of the institution would be refused for, so that it is told before there is one."""
    address = config.address
    for name, code in {"country": address.country, "region": address.region}.items():
        if code is not None and code not in codelist(name):
            yield _unknown_code(code, name, f"address.{name}")
    for position, assurance in enumerate(config.quality_assurance):
        if assurance.type not in codelist("accreditation"):
            yield _unknown_code(assurance.type, "accreditation", f"quality_assurance[{position}].type")
    if not any(config.identifiers.get(scheme) for scheme in _LEGAL):
        yield Finding.error(
            "no-legal-identifier",
            'a legal identifier is missing; ico = "12345679" or vat = "CZ12345679" would be right',
            path="identifiers",
        )
    if not config.mandate.number.strip():
        yield Finding.error(
            "no-number", "the number of the agreement with the operator is empty", path="mandate.number"
        )
    if _contrast_on_white(config.branding.accent) < _READABLE:
        yield Finding.error(
            "pale",
            "{accent} is too pale to be read on white; a contrast of 4.5:1 would be right",
            path="branding.accent",
            accent=config.branding.accent,
        )


def _unknown_code(code: str, name: str, path: str) -> Finding:
    codes = [concept.code for concept in codelist(name).concepts]
    near = difflib.get_close_matches(code[:_LONGEST_CODE], codes, n=_NEAR, cutoff=0)
    return Finding.error(
        "unknown-code",
        "'{code}' is not in the code list {name}; near to it are {near:comma}",
        path=path,
        code=printable(code)[:_LONGEST_CODE],
        name=name,
        near=near,
    )


def _contrast_on_white(colour: str) -> float:
    """Return the contrast of a colour on white (WCAG 2.2, 1.4.3)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)  # noqa: PLR2004 - of the standard
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
