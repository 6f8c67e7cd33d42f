"""From the record of an export to an award, with every fault on the way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import attrs

from mikrocert.award import (
    Address,
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
    TypeReference,
    Workload,
)
from mikrocert.award.common import Common
from mikrocert.award.partial import PartialAward
from mikrocert.award.types import end_of_validity, taken
from mikrocert.intake.faults import names_birth_number
from mikrocert.intake.members import GROUPS, MEMBERS, TYPE, TYPE_VERSION
from mikrocert.intake.reading import NO_TEXT, Reading
from mikrocert.intake.record import Row
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.report import Finding
from mikrocert.texts import LanguageMap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.award.types import TypeVersion
    from mikrocert.intake.layout import Layout
    from mikrocert.intake.names import Names
    from mikrocert.intake.record import RawRecord
    from mikrocert.kinds.institution import Profile

__all__ = ["to_common", "to_record"]

# What stands in for a required value that is missing or can't be read; such an award is never handed out.
_NO_DATE = date.min
_NO_NUMBER = Decimal(0)
_LONGEST_SHOWN = 40
_NOBODY = Organisation(NO_TEXT, Address("–"))
_MANDATORY = frozenset({*(name for name, member in MEMBERS.items() if member.mandatory), "assessments"})
_OF_TYPES = frozenset(field.name for field in attrs.fields(Common))


def to_record(raw: RawRecord, *, layout: Layout, names: Names, profile: Profile) -> IntakeRecord:
    """Make an award of a record, or return every reason why there is none.

    Args:
        raw: the record.
        layout: says which member each field fills.
        names: what an export of this kind calls the members.
        profile: supplies the awarding body and what a record may leave out: quality assurance and place.
    """
    place = raw.place
    record = IntakeRecord(raw.number, unread=raw.unread, findings=(*raw.faults.all(), *raw.warnings))
    if place is not None:
        record = attrs.evolve(record, row=place.row, line=place.line)
    if raw.row is None:
        return record
    common = {
        "quality_assurance": profile.quality_assurance,
        "place": profile.place,
        "learning_type": "course",
        **layout.common.members(),
    }
    reading = Reading(raw.row, parts=layout.parts, faults=raw.faults, common=common)
    of_type = _of_type(reading, profile)
    members = Common().members() if of_type is None else of_type.content.members()
    reading = Reading(raw.row, parts=layout.parts, faults=raw.faults, common={**common, **members})
    of_skills: dict[str, str] = {}
    award = _award(reading, profile.organisation, units=layout.units, names=of_skills)
    if of_type is not None:
        _demand_all(reading)
        award, differences = taken(award, of_type, says=reading.readable)
        for member, finding in differences.items():
            reading.fault(finding, member=member)
    award = _with_end(award, reading)
    record = attrs.evolve(
        record,
        evidence_number=award.evidence_number or None,
        names={**names.joined(), **of_skills},
        findings=(*raw.faults.all(), *raw.warnings),
    )
    if raw.faults.all():
        missing = names.members_at(raw.faults.lost()) | {one for one in _MANDATORY if _lacks(reading, one)}
        return attrs.evolve(record, part=PartialAward(award, missing))
    return attrs.evolve(record, award=award)


def to_common(raw: RawRecord, *, layout: Layout) -> tuple[str, Common]:
    """Return the key of a type of micro-credential and what a record says of it; its faults are noted in the record.

    Args:
        raw: the record.
        layout: a layout whose fields fill nothing of a person, and one `id`.
    """
    reading = Reading(raw.row or Row(), parts=layout.parts, faults=raw.faults)
    award = _award(reading, _NOBODY, units={}, names={})
    stated = {name.partition(".")[0] for name in (*MEMBERS, *GROUPS) if reading.says(name)} & _OF_TYPES
    members: dict[str, Any] = {name: getattr(award, name) for name in stated}
    return reading.text("id") or "", Common(**members, valid_months=reading.integer("valid_months"))


def _lacks(reading: Reading, member: str) -> bool:
    """Return whether neither the record nor what stands in for it says something of a member."""
    return member not in reading.common and not reading.says(member)


def _demand_all(reading: Reading) -> None:
    """Note what an award needs and neither its record nor its type says."""
    for member in sorted(one for one in _MANDATORY if _lacks(reading, one)):
        reading.missing(member)


def _with_end(award: Award, reading: Reading) -> Award:
    months = reading.common.get("valid_months")
    if award.valid_until is not None or not isinstance(months, int) or not reading.readable("awarded_on"):
        return award
    return attrs.evolve(award, valid_until=end_of_validity(award.awarded_on, months=months))


def _of_type(reading: Reading, profile: Profile) -> TypeVersion | None:
    """Return the type that a record names; none where it names none, or one that can't be taken."""
    key = reading.text(TYPE)
    if key is None:
        return None
    wanted = TypeReference(key, reading.integer(TYPE_VERSION))
    found = profile.types.find(wanted, evidence_number=reading.text("evidence_number"))
    if isinstance(found, Finding):
        reading.fault(found, member=TYPE)
        return None
    return found


def _award(
    record: Reading, organisation: Organisation, *, units: Mapping[str, LanguageMap], names: dict[str, str]
) -> Award:
    """Make an award as far as it can be read.

    Args:
        record: the record.
        organisation: the awarding body.
        units: as for `Layout`.
        names: takes what the export calls the skills of each outcome, since it has them in one list.
    """
    record.leave_out()
    return Award(
        evidence_number=record.text("evidence_number") or "",
        learner=_learner(record),
        title=record.texts("title") or NO_TEXT,
        awarding_body=_awarding_body(record, organisation, units),
        awarded_on=record.day("awarded_on") or _NO_DATE,
        outcomes=_outcomes(record, names),
        workload=Workload(record.number("workload.ects") or _NO_NUMBER, record.number("workload.hours")),
        level=Level(record.integer("level.eqf") or 0, record.code("level.cycle")),
        assessments=record.items("assessments", _assessment),
        participation=Participation(
            record.code("participation.mode") or "",
            record.day("participation.started_on"),
            record.day("participation.ended_on"),
        ),
        quality_assurance=record.items("quality_assurance", _quality_assurance),
        thematic_areas=record.codes("thematic_areas"),
        languages=record.codes("languages"),
        learning_type=record.code("learning_type") or "",
        place=record.texts("place"),
        prerequisites=record.texts("prerequisites"),
        stackability=_stackability(record),
        further_information=record.texts("further_information"),
        components=record.items("components", _component),
        valid_until=record.day("valid_until"),
        joint_awarding_bodies=cast(
            "tuple[Organisation, ...]", record.common.get("joint_awarding_bodies", ())
        ),
    )


def _learner(record: Reading) -> Learner:
    given_name, family_name = record.text("learner.given_name"), record.text("learner.family_name")
    before, after = record.text("learner.title_before"), record.text("learner.title_after")
    full_name = " ".join(part for part in (before, given_name, family_name) if part)
    if after:
        full_name = f"{full_name}, {after}"
    return Learner(
        given_name=given_name,
        family_name=family_name,
        birth_date=record.day("learner.birth_date"),
        birth_place=record.text("learner.birth_place"),
        identifiers=record.items("learner.identifiers", _identifier),
        email=record.text("learner.email"),
        full_name=full_name if before or after else None,
    )


def _identifier(item: Reading) -> Identifier:
    scheme, value = item.text("scheme") or "", item.text("value") or ""
    if names_birth_number(scheme):
        item.birth_number("scheme")
    return Identifier(scheme, value)


def _awarding_body(
    record: Reading, organisation: Organisation, units: Mapping[str, LanguageMap]
) -> Organisation:
    unit = record.text("awarding_body.unit")
    if unit is None:
        return organisation
    if units and unit not in units:
        codes = ", ".join(units)
        record.fault(
            Finding.error(
                "unknown-faculty",
                "the university has no faculty '{shown}'; it has: {known}",
                shown=unit[:_LONGEST_SHOWN],
                known=codes,
            ),
            member="awarding_body.unit",
        )
        return organisation
    named = units[unit] if units else LanguageMap({record.language("awarding_body.unit"): unit})
    return attrs.evolve(organisation, unit=named)


def _outcomes(record: Reading, names: dict[str, str]) -> tuple[LearningOutcome, ...]:
    titles = record.list_of_texts("outcomes")
    skills: dict[int, list[Skill]] = {}
    for item in record.items("outcomes.skills", lambda item: item):
        skill = Skill(item.text("uri") or "", item.texts("title") or NO_TEXT)
        position = item.integer("outcome")
        if position is not None and not 1 <= position <= len(titles):
            item.fault(
                Finding.error(
                    "no-such-outcome",
                    "there is no learning outcome number {position}; there are {count}",
                    position=position,
                    count=len(titles),
                ),
                member="outcome",
            )
        elif position is not None:
            of_outcome = skills.setdefault(position, [])
            place = f"outcomes[{position - 1}].skills[{len(of_outcome)}]"
            names[f"{place}.uri"] = item.path("uri")
            names |= {f"{place}.title.{language}": path for language, path in item.paths("title").items()}
            of_outcome.append(skill)
    if not titles:
        return cast("tuple[LearningOutcome, ...]", record.common.get("outcomes", ()))
    return tuple(
        LearningOutcome(title, tuple(skills.get(position, ())))
        for position, title in enumerate(titles, start=1)
    )


def _assessment(item: Reading) -> Assessment:
    value, label, scale = item.text("grade.value"), item.texts("grade.label"), item.texts("grade.scale")
    grade = None
    if value is not None and scale is not None:
        grade = Grade(value, scale, label)
    elif value is not None:
        item.fault(
            Finding.error("grade-without-scale", "the grade has no scale; without it, it says nothing"),
            member="grade.scale",
        )
    elif item.says("grade.scale") or item.says("grade.label"):
        item.fault(
            Finding.error(
                "scale-without-grade",
                "there is a scale or a grade in words but no grade; give it, or remove both",
            ),
            member="grade.value",
        )
    return Assessment(
        type=item.code("type") or "",
        title=item.texts("title"),
        grade=grade,
        supervision=item.code("supervision"),
        assessed_on=item.day("assessed_on"),
    )


def _quality_assurance(item: Reading) -> QualityAssurance:
    return QualityAssurance(
        type=item.code("type") or "",
        title=item.texts("title") or NO_TEXT,
        url=item.text("url"),
        valid_until=item.day("valid_until"),
    )


def _stackability(record: Reading) -> Stackability | None:
    kind, description = record.code("stackability.kind"), record.texts("stackability.description")
    if kind is None and description is not None:
        record.fault(
            Finding.error("missing", "stackability is described but not given"), member="stackability.kind"
        )
    return None if kind is None else Stackability(kind, description)


def _component(item: Reading) -> Component:
    return Component(item.texts("title") or NO_TEXT, item.number("ects"), item.text("code"))
