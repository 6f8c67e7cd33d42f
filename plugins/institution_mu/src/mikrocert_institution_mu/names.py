"""What the export calls the members of an award, so that a refusal names the sender's own fields."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NAMES", "names_in_csv"]

NAMES: Mapping[str, str] = {
    "evidence_number": "evidencni_cislo",
    "learner.given_name": "jmeno",
    "learner.family_name": "prijmeni",
    "learner.full_name": "titul_pred, jmeno, prijmeni, titul_za",
    "learner.birth_date": "datum_narozeni",
    "learner.birth_place": "misto_narozeni",
    "learner.identifiers": "identifikatory",
    "learner.email": "email",
    "title": "nazev",
    "title.en": "nazev_en",
    "awarding_body": "fakulta",
    "awarded_on": "datum_udeleni",
    "place": "misto_udeleni",
    "place.en": "misto_udeleni_en",
    "outcomes": "vysledky_uceni",
    "outcomes.title": "vysledky_uceni",
    "outcomes.title.en": "vysledky_uceni_en",
    "outcomes.skills": "dovednosti_esco",
    "workload": "ects",
    "workload.hours": "hodin",
    "level.eqf": "eqf",
    "level.cycle": "cyklus",
    "thematic_areas": "isced_f",
    "languages": "jazyk_vyuky",
    "learning_type": "typ_vzdelavani",
    "participation.mode": "forma",
    "participation.started_on": "vyuka_od",
    "participation.ended_on": "vyuka_do",
    "assessments": "hodnoceni",
    "assessments.type": "hodnoceni[].typ",
    "assessments.title": "hodnoceni[].popis",
    "assessments.supervision": "hodnoceni[].dohled",
    "assessments.assessed_on": "hodnoceni[].datum",
    "assessments.grade.value": "hodnoceni[].znamka",
    "assessments.grade.label": "hodnoceni[].znamka_slovy",
    "assessments.grade.scale": "hodnoceni[].stupnice",
    "quality_assurance": "zajisteni_kvality",
    "quality_assurance.type": "zajisteni_kvality[].typ",
    "quality_assurance.title": "zajisteni_kvality[].nazev",
    "quality_assurance.url": "zajisteni_kvality[].url",
    "quality_assurance.valid_until": "zajisteni_kvality[].plati_do",
    "prerequisites": "vstupni_pozadavky",
    "stackability": "kumulativnost",
    "stackability.description": "kumulativnost_popis",
    "further_information": "dalsi_informace",
    "components": "predmety",
    "components.title": "predmety[].nazev",
    "components.ects": "predmety[].ects",
    "components.code": "predmety[].kod",
    "valid_until": "platnost_do",
}
"""Member of an award, without list positions → JSON member of the export; `[]` is where the position goes."""


@cache
def names_in_csv() -> Mapping[str, str]:
    """Return the same for CSV, where a member of a group is a column of its own."""
    return {member: name.replace("[].", "_") for member, name in NAMES.items()}
