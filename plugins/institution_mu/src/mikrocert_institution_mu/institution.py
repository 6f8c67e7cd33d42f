"""Masaryk University: who it is, and its faculties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mikrocert.api import (
    Address,
    Branding,
    Identifier,
    Institution,
    LanguageMap,
    Mandate,
    Organisation,
    Profile,
    QualityAssurance,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FACULTIES", "MasarykUniversity"]

FACULTIES: Mapping[str, LanguageMap] = {
    "LF": LanguageMap.of("Lékařská fakulta", "Faculty of Medicine"),
    "FF": LanguageMap.of("Filozofická fakulta", "Faculty of Arts"),
    "PrF": LanguageMap.of("Právnická fakulta", "Faculty of Law"),
    "FSS": LanguageMap.of("Fakulta sociálních studií", "Faculty of Social Studies"),
    "ESF": LanguageMap.of("Ekonomicko-správní fakulta", "Faculty of Economics and Administration"),
    "PdF": LanguageMap.of("Pedagogická fakulta", "Faculty of Education"),
    "PřF": LanguageMap.of("Přírodovědecká fakulta", "Faculty of Science"),
    "FI": LanguageMap.of("Fakulta informatiky", "Faculty of Informatics"),
    "FSpS": LanguageMap.of("Fakulta sportovních studií", "Faculty of Sports Studies"),
    "FaF": LanguageMap.of("Farmaceutická fakulta", "Faculty of Pharmacy"),
}
"""Code of each faculty, as IS MU writes it → its name."""


class MasarykUniversity(Institution):
    """Masaryk University as awarding body.

    Args:
        mandate: its agreement with the operator.
    """

    def __init__(self, mandate: Mandate) -> None:
        self._mandate = mandate

    @property
    def profile(self) -> Profile:
        """The university; no logo, because it is a trade mark."""
        return Profile(
            organisation=Organisation(
                legal_name=LanguageMap.of("Masarykova univerzita", "Masaryk University"),
                address=Address(
                    country="CZE",
                    region="CZE_KRJ_JIHOMOR",
                    street="Žerotínovo nám. 617/9",
                    postcode="601 77",
                    locality="Brno",
                ),
                identifiers=(
                    Identifier("ico", "00216224"),
                    Identifier("vat", "CZ00216224"),
                    Identifier("ror", "https://ror.org/02j46qs45"),
                    Identifier("erasmus", "CZ BRNO05"),
                ),
                homepage="https://www.muni.cz",
            ),
            mandate=self._mandate,
            quality_assurance=(
                QualityAssurance(
                    type="institutional-quality-assurance",
                    title=LanguageMap.of(
                        "Systém zajišťování a vnitřního hodnocení kvality Masarykovy univerzity",
                        "Quality assurance and internal evaluation system of Masaryk University",
                    ),
                    url="https://www.muni.cz/o-univerzite",
                ),
            ),
            place=LanguageMap.of("Brno", "Brno"),
            branding=Branding(accent="#0000DC"),
        )

    @property
    def intake(self) -> str:
        """The intake of IS MU exports."""
        return "is-mu"
