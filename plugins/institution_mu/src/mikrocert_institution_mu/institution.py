"""Masaryk University: who it is."""

from __future__ import annotations

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

__all__ = ["MasarykUniversity"]


class MasarykUniversity(Institution):
    """Masaryk University as awarding body.

    Args:
        mandate: its agreement with the operator.
        further_intakes: names of intakes besides that of IS MU.
    """

    def __init__(self, mandate: Mandate, *, further_intakes: tuple[str, ...] = ()) -> None:
        self._mandate = mandate
        self._further_intakes = further_intakes

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

    @property
    def further_intakes(self) -> tuple[str, ...]:
        """Names of other intakes that read its exports."""
        return self._further_intakes
