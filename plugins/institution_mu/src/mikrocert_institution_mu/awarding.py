"""From the record of an export to an award, with every fault on the way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import attrs
from mikrocert.api import (
    Assessment,
    Award,
    Component,
    Finding,
    Grade,
    Identifier,
    IntakeRecord,
    Learner,
    LearningOutcome,
    Level,
    Organisation,
    Participation,
    QualityAssurance,
    Skill,
    Stackability,
    Workload,
)

from mikrocert_institution_mu.faults import names_birth_number
from mikrocert_institution_mu.institution import FACULTIES
from mikrocert_institution_mu.layout import LAYOUT
from mikrocert_institution_mu.names import NAMES, names_in_csv
from mikrocert_institution_mu.reading import NO_TEXT, Reading

if TYPE_CHECKING:
    from mikrocert.api import Profile

    from mikrocert_institution_mu.record import RawRecord

__all__ = ["to_record"]

# What stands in for a required value that is missing or can't be read; such an award is never handed out.
_NO_DATE = date.min
_NO_NUMBER = Decimal(0)


def to_record(raw: RawRecord, *, profile: Profile) -> IntakeRecord:
    """Make an award of a record, or return every reason why there is none.

    Args:
        raw: the record.
        profile: supplies the awarding body and what a record may leave out: quality assurance and place.
    """
    if raw.row is None:
        return IntakeRecord(raw.number, findings=raw.faults.all(), line=raw.line)
    award = _award(Reading(raw.row, parts=LAYOUT, faults=raw.faults), profile)
    evidence_number = award.evidence_number or None
    if findings := raw.faults.all():
        return IntakeRecord(raw.number, findings=findings, line=raw.line, evidence_number=evidence_number)
    names = names_in_csv() if raw.line is not None else NAMES
    return IntakeRecord(raw.number, award=award, line=raw.line, evidence_number=evidence_number, names=names)


def _award(record: Reading, profile: Profile) -> Award:
    record.text("uco")
    return Award(
        evidence_number=record.text("evidencni_cislo") or "",
        learner=_learner(record),
        title=record.texts("nazev") or NO_TEXT,
        awarding_body=_awarding_body(record, profile),
        awarded_on=record.day("datum_udeleni") or _NO_DATE,
        outcomes=_outcomes(record),
        workload=Workload(record.number("ects") or _NO_NUMBER, record.number("hodin")),
        level=Level(record.integer("eqf") or 0, record.code("cyklus")),
        assessments=tuple(_assessment(item) for item in record.items("hodnoceni")),
        participation=Participation(
            record.code("forma") or "", record.day("vyuka_od"), record.day("vyuka_do")
        ),
        quality_assurance=tuple(_quality_assurance(item) for item in record.items("zajisteni_kvality"))
        or profile.quality_assurance,
        thematic_areas=record.codes("isced_f"),
        languages=record.codes("jazyk_vyuky"),
        learning_type=record.code("typ_vzdelavani") or "course",
        place=record.texts("misto_udeleni") or profile.place,
        prerequisites=record.texts("vstupni_pozadavky"),
        stackability=_stackability(record),
        further_information=record.texts("dalsi_informace"),
        components=tuple(_component(item) for item in record.items("predmety")),
        valid_until=record.day("platnost_do"),
    )


def _learner(record: Reading) -> Learner:
    given_name, family_name = record.text("jmeno") or "", record.text("prijmeni") or ""
    before, after = record.text("titul_pred"), record.text("titul_za")
    full_name = " ".join(part for part in (before, given_name, family_name) if part)
    if after:
        full_name = f"{full_name}, {after}"
    return Learner(
        given_name=given_name,
        family_name=family_name,
        birth_date=record.day("datum_narozeni") or _NO_DATE,
        birth_place=record.text("misto_narozeni"),
        identifiers=tuple(_identifier(item) for item in record.items("identifikatory")),
        email=record.text("email"),
        full_name=full_name if before or after else None,
    )


def _identifier(item: Reading) -> Identifier:
    scheme, value = item.text("typ") or "", item.text("hodnota") or ""
    if names_birth_number(scheme):
        item.birth_number("typ")
    return Identifier(scheme, value)


def _awarding_body(record: Reading, profile: Profile) -> Organisation:
    faculty = record.text("fakulta")
    if faculty is None:
        return profile.organisation
    if faculty not in FACULTIES:
        codes = ", ".join(FACULTIES)
        record.fault(
            Finding.error(
                "unknown-faculty", "the university has no faculty of this code; it has: {known}", known=codes
            ),
            name="fakulta",
        )
        return profile.organisation
    return attrs.evolve(profile.organisation, unit=FACULTIES[faculty])


def _outcomes(record: Reading) -> tuple[LearningOutcome, ...]:
    titles = record.list_of_texts("vysledky_uceni")
    skills: dict[int, list[Skill]] = {}
    for item in record.items("dovednosti_esco"):
        skill = Skill(item.text("uri") or "", item.texts("nazev") or NO_TEXT)
        position = item.integer("vysledek")
        if position is not None and not 1 <= position <= len(titles):
            item.fault(
                Finding.error(
                    "no-such-outcome",
                    "there is no learning outcome number {position}; there are {count}",
                    position=position,
                    count=len(titles),
                ),
                name="vysledek",
            )
        elif position is not None:
            skills.setdefault(position, []).append(skill)
    return tuple(
        LearningOutcome(title, tuple(skills.get(position, ())))
        for position, title in enumerate(titles, start=1)
    )


def _assessment(item: Reading) -> Assessment:
    value, label, scale = item.text("znamka"), item.texts("znamka_slovy"), item.texts("stupnice")
    grade = None
    if value is not None and scale is not None:
        grade = Grade(value, scale, label)
    elif value is not None:
        item.fault(
            Finding.error("grade-without-scale", "the grade has no scale; without it, it says nothing"),
            name="stupnice",
        )
    elif scale is not None or label is not None:
        item.fault(
            Finding.error(
                "scale-without-grade",
                "there is a scale or a grade in words but no grade; give it, or remove both",
            ),
            name="znamka",
        )
    return Assessment(
        type=item.code("typ") or "",
        title=item.texts("popis"),
        grade=grade,
        supervision=item.code("dohled"),
        assessed_on=item.day("datum"),
    )


def _quality_assurance(item: Reading) -> QualityAssurance:
    return QualityAssurance(
        type=item.code("typ") or "",
        title=item.texts("nazev") or NO_TEXT,
        url=item.text("url"),
        valid_until=item.day("plati_do"),
    )


def _stackability(record: Reading) -> Stackability | None:
    kind, description = record.code("kumulativnost"), record.texts("kumulativnost_popis")
    if kind is None and description is not None:
        record.fault(
            Finding.error("missing", "stackability is described but not given"), name="kumulativnost"
        )
    return None if kind is None else Stackability(kind, description)


def _component(item: Reading) -> Component:
    return Component(item.texts("nazev") or NO_TEXT, item.number("ects"), item.text("kod"))
