"""From the record of an export to an award, with every fault on the way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

import attrs
from mikrocert.award import (
    Assessment,
    Award,
    Component,
    Grade,
    Identifier,
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
from mikrocert.intakes import Record
from mikrocert.report import Finding
from mikrocert.text import LanguageMap

from mikrocert_institution_mu import values
from mikrocert_institution_mu.faults import Faults, birth_number, has_birth_number, names_birth_number
from mikrocert_institution_mu.institution import FACULTIES
from mikrocert_institution_mu.layout import LAYOUT, Field, Group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mikrocert.institutions import Profile

    from mikrocert_institution_mu.record import Entry, RawRecord, Row, Scalar

__all__ = ["to_record"]

T = TypeVar("T")

# What stands in for a required value that is missing or can't be read; such an award is never handed out.
_NO_DATE = date.min
_NO_NUMBER = Decimal(0)
_NO_TEXT = LanguageMap.of("–")

# Digits in these are parts of addresses.
_ADDRESSES = {"uri", "url"}


def to_record(raw: RawRecord, *, profile: Profile) -> Record:
    """Make an award of a record, or return every reason why there is none.

    Args:
        raw: the record.
        profile: supplies the awarding body and what a record may leave out: quality assurance and place.
    """
    if raw.row is None:
        return Record(raw.number, findings=raw.faults.all(), line=raw.line)
    award = _award(_Values(raw.row, LAYOUT, raw.faults), profile)
    evidence_number = award.evidence_number or None
    if findings := raw.faults.all():
        return Record(raw.number, findings=findings, line=raw.line, evidence_number=evidence_number)
    return Record(raw.number, award=award, line=raw.line, evidence_number=evidence_number)


def _award(record: _Values, profile: Profile) -> Award:
    record.text("uco")
    return Award(
        evidence_number=record.text("evidencni_cislo") or "",
        learner=_learner(record),
        title=record.texts("nazev") or _NO_TEXT,
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


def _learner(record: _Values) -> Learner:
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


def _identifier(item: _Values) -> Identifier:
    scheme, value = item.text("typ") or "", item.text("hodnota") or ""
    if names_birth_number(scheme):
        item.birth_number("typ")
    return Identifier(scheme, value)


def _awarding_body(record: _Values, profile: Profile) -> Organisation:
    faculty = record.text("fakulta")
    if faculty is None:
        return profile.organisation
    if faculty not in FACULTIES:
        known = ", ".join(FACULTIES)
        record.fault(
            "unknown-faculty",
            "fakulta",
            f"fakultu s touto zkratkou univerzita nemá; má: {known}",
            f"the university has no faculty of this code; it has: {known}",
        )
        return profile.organisation
    return attrs.evolve(profile.organisation, unit=FACULTIES[faculty])


def _outcomes(record: _Values) -> tuple[LearningOutcome, ...]:
    titles = record.list_of_texts("vysledky_uceni")
    skills: dict[int, list[Skill]] = {}
    for item in record.items("dovednosti_esco"):
        skill = Skill(item.text("uri") or "", item.texts("nazev") or _NO_TEXT)
        position = item.integer("vysledek")
        if position is not None and not 1 <= position <= len(titles):
            item.fault(
                "no-such-outcome",
                "vysledek",
                f"výsledek učení s pořadím {position} tu není; je jich {len(titles)}",
                f"there is no learning outcome number {position}; there are {len(titles)}",
            )
        elif position is not None:
            skills.setdefault(position, []).append(skill)
    return tuple(
        LearningOutcome(title, tuple(skills.get(position, ())))
        for position, title in enumerate(titles, start=1)
    )


def _assessment(item: _Values) -> Assessment:
    value, label, scale = item.text("znamka"), item.texts("znamka_slovy"), item.texts("stupnice")
    grade = None
    if value is not None and scale is not None:
        grade = Grade(value, scale, label)
    elif value is not None:
        item.fault(
            "grade-without-scale",
            "stupnice",
            "ke známce chybí stupnice, bez ní nic neříká",
            "the grade has no scale; without it, it says nothing",
        )
    elif scale is not None or label is not None:
        item.fault(
            "scale-without-grade",
            "znamka",
            "je uvedena stupnice nebo známka slovy, ale známka chybí; doplňte ji, nebo vymažte obojí",
            "there is a scale or a grade in words but no grade; give it, or remove both",
        )
    return Assessment(
        type=item.code("typ") or "",
        title=item.texts("popis"),
        grade=grade,
        supervision=item.code("dohled"),
        assessed_on=item.day("datum"),
    )


def _quality_assurance(item: _Values) -> QualityAssurance:
    return QualityAssurance(
        type=item.code("typ") or "",
        title=item.texts("nazev") or _NO_TEXT,
        url=item.text("url"),
        valid_until=item.day("plati_do"),
    )


def _stackability(record: _Values) -> Stackability | None:
    kind, description = record.code("kumulativnost"), record.texts("kumulativnost_popis")
    if kind is None and description is not None:
        record.fault(
            "missing",
            "kumulativnost",
            "popis kumulativnosti je uveden, ale kumulativnost chybí",
            "stackability is described but not given",
        )
    return None if kind is None else Stackability(kind, description)


def _component(item: _Values) -> Component:
    return Component(item.texts("nazev") or _NO_TEXT, item.number("ects"), item.text("kod"))


class _Values:
    """Reads the fields of a row by name, noting each fault; what is missing or wrong comes back as none."""

    def __init__(self, row: Row, parts: tuple[Field | Group, ...], faults: Faults) -> None:
        self._row = row
        self._fields = {part.name: part for part in parts if isinstance(part, Field)}
        self._groups = {part.name: part for part in parts if isinstance(part, Group)}
        self._faults = faults

    def fault(self, code: str, name: str, cs: str, en: str) -> None:
        """Note a fault of the field with this name."""
        self._faults.add(Finding.error(code, cs, en, path=self._row.path(name)))

    def birth_number(self, name: str) -> None:
        """Note that the field with this name leads to a birth number."""
        self._faults.add(birth_number(self._row.path(name)))

    def text(self, name: str) -> str | None:
        return self._read(name, values.text)

    def day(self, name: str) -> date | None:
        return self._read(name, values.day)

    def number(self, name: str) -> Decimal | None:
        return self._read(name, values.number)

    def integer(self, name: str) -> int | None:
        return self._read(name, values.integer)

    def code(self, name: str) -> str | None:
        field = self._fields[name]
        return self._read(
            name, lambda value: values.code(value, code_list=field.code_list, words=field.words)
        )

    def codes(self, name: str) -> tuple[str, ...]:
        field = self._fields[name]
        entries = self._row.lists.get(name, ())
        for entry in entries:
            if entry.value is None:
                self._faults.missing(entry.path)
        found = [
            self._understood(
                entry, lambda value: values.code(value, code_list=field.code_list, words=field.words)
            )
            for entry in entries
        ]
        return tuple(code for code in found if code is not None)

    def texts(self, name: str) -> LanguageMap | None:
        """Read a bilingual field."""
        cs_name, en_name = self._fields[name].names
        cs, en = self._row.entries.get(cs_name), self._row.entries.get(en_name)
        if cs is None and en is None:
            self._check_required(name)
        return self._language_map(cs, en)

    def list_of_texts(self, name: str) -> tuple[LanguageMap, ...]:
        """Read a bilingual field that repeats; its halves belong together by position."""
        cs_name, en_name = self._fields[name].names
        cs, en = self._row.lists.get(cs_name, ()), self._row.lists.get(en_name, ())
        if en and len(cs) != len(en):
            self.fault(
                "count-differs",
                en_name,
                f"anglických položek je {len(en)}, českých {len(cs)}; k sobě patří podle pořadí, takže má být stejně",
                f"there are {len(en)} English items and {len(cs)} Czech ones; they are matched by position, so as many are needed",
            )
            en = ()
        found: list[LanguageMap] = []
        for position, entry in enumerate(cs):
            other = en[position] if en else None
            if entry.value is None and (other is None or other.value is None):
                self._faults.missing(entry.path)
            found.append(self._language_map(entry, other) or _NO_TEXT)
        return tuple(found)

    def items(self, name: str) -> Iterator[_Values]:
        """Read the items of a group."""
        members = self._groups[name].members
        return (_Values(row, members, self._faults) for row in self._row.groups.get(name, ()))

    def _read(self, name: str, understand: Callable[[Scalar], T]) -> T | None:
        entry = self._row.entries.get(name)
        if entry is None:
            self._check_required(name)
            return None
        return self._understood(entry, understand, address=name in _ADDRESSES)

    def _understood(
        self, entry: Entry, understand: Callable[[Scalar], T], *, address: bool = False
    ) -> T | None:
        if entry.value is None:
            return None
        if not address and has_birth_number(entry.value):
            self._faults.add(birth_number(entry.path))
            return None
        try:
            return understand(entry.value)
        except values.WrongValue as wrong:
            self._faults.add(Finding.error(wrong.code, wrong.cs, wrong.en, path=entry.path))
            return None

    def _language_map(self, cs: Entry | None, en: Entry | None) -> LanguageMap | None:
        halves = {"cs": cs, "en": en}
        read = {
            language: self._understood(entry, values.text)
            for language, entry in halves.items()
            if entry is not None
        }
        texts = {language: text for language, text in read.items() if text is not None}
        return LanguageMap(texts) if texts else None

    def _check_required(self, name: str) -> None:
        if self._fields[name].required:
            self._faults.missing(self._row.path(name))
