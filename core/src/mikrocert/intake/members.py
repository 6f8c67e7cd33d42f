"""The members of an award that a field of an export can fill."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GROUPS", "MEMBERS", "NOTHING", "TYPE", "TYPE_VERSION", "Kind", "Member"]


class Kind(Enum):
    """What a value is."""

    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    INTEGER = "integer"
    CODE = "code"


@attrs.frozen
class Member:
    """A member of an award, as far as a field of an export can fill it.

    Args:
        about: what it says.
        kind: what its value is.
        mandatory: whether an award, or an item of its group, needs it.
        translatable: whether it is a text that may be in several languages.
        many: whether it is a list of values.
        code_list: for codes: list of the core whose codes and labels are understood.
        codes: for codes without such a list: those there are.
    """

    about: Message
    kind: Kind = Kind.TEXT
    mandatory: bool = False
    translatable: bool = False
    many: bool = False
    code_list: str | None = None
    codes: tuple[str, ...] = ()


NOTHING: Final = "nothing"
"""What a field fills that is read and left out on purpose."""

TYPE: Final = "type"
"""What a field fills that names the type of micro-credential, of which an award takes what its record doesn't say."""

TYPE_VERSION: Final = "type.version"
"""What a field fills that names the version of that type."""

MEMBERS: Final[Mapping[str, Member]] = {
    "evidence_number": Member(
        message("number in the university's register; the same record always has the same number"),
        mandatory=True,
    ),
    "learner.given_name": Member(message("given name or names; empty for a person with one name")),
    "learner.family_name": Member(message("family name"), mandatory=True),
    "learner.title_before": Member(message("academic titles before the name")),
    "learner.title_after": Member(message("academic titles after the name")),
    "learner.birth_date": Member(message("date of birth"), Kind.DATE),
    "learner.birth_place": Member(message("place of birth")),
    "learner.email": Member(message("address for contact; never enters a credential")),
    "title": Member(message("title of the micro-credential"), mandatory=True, translatable=True),
    "outcomes": Member(
        message("learning outcomes, each apart; the English ones in the same order"),
        mandatory=True,
        translatable=True,
        many=True,
    ),
    "workload.ects": Member(message("ECTS credits, 1 to 60"), Kind.NUMBER, mandatory=True),
    "workload.hours": Member(message("hours of work altogether"), Kind.NUMBER),
    "level.eqf": Member(message("EQF level, 1 to 8"), Kind.INTEGER, mandatory=True),
    "level.cycle": Member(message("QF-EHEA cycle"), Kind.CODE, codes=("short", "first", "second", "third")),
    "thematic_areas": Member(
        message("ISCED-F 2013 fields, codes with the leading zero (0613)"), mandatory=True, many=True
    ),
    "languages": Member(
        message("languages of instruction"), Kind.CODE, mandatory=True, many=True, code_list="language"
    ),
    "learning_type": Member(
        message("type of learning; a course unless given"), Kind.CODE, code_list="learning-opportunity"
    ),
    "participation.mode": Member(
        message("form of participation"), Kind.CODE, mandatory=True, code_list="mode"
    ),
    "participation.started_on": Member(message("first day of the learning"), Kind.DATE),
    "participation.ended_on": Member(message("last day of the learning"), Kind.DATE),
    "awarding_body.unit": Member(message("faculty or department that taught: its code, or its name")),
    "prerequisites": Member(message("prerequisites"), translatable=True),
    "stackability.kind": Member(
        message("whether it can be stacked"), Kind.CODE, codes=("stand-alone", "stackable")
    ),
    "stackability.description": Member(message("what it can be stacked into"), translatable=True),
    "awarded_on": Member(message("awarding date"), Kind.DATE, mandatory=True),
    "place": Member(message("place of issue; unless given, the seat of the university"), translatable=True),
    "valid_until": Member(message("last day of validity"), Kind.DATE),
    "further_information": Member(message("further information"), translatable=True),
    TYPE: Member(
        message(
            "key of a type of micro-credential in the catalogue, of which the award takes what its record doesn't say"
        )
    ),
    TYPE_VERSION: Member(
        message("version of that type; unless given, the newest, or that of the award as it was issued"),
        Kind.INTEGER,
    ),
    NOTHING: Member(message("read and left out on purpose")),
}
"""Path of the member → what it is; titles are the parts of a name of which the full name is made."""

GROUPS: Final[Mapping[str, tuple[Message, Mapping[str, Member]]]] = {
    "learner.identifiers": (
        message("other identifiers of the learner, never a birth number"),
        {
            "scheme": Member(message("scheme, such as orcid"), mandatory=True),
            "value": Member(message("value"), mandatory=True),
        },
    ),
    "outcomes.skills": (
        message("skills of the ESCO classification"),
        {
            "outcome": Member(
                message("position of the outcome that it belongs to, from 1"), Kind.INTEGER, mandatory=True
            ),
            "uri": Member(message("http://data.europa.eu/esco/skill/…"), mandatory=True),
            "title": Member(message("label of the skill"), mandatory=True, translatable=True),
        },
    ),
    "assessments": (
        message("assessments, one by one"),
        {
            "type": Member(message("type of assessment"), Kind.CODE, mandatory=True, code_list="assessment"),
            "title": Member(message("what was assessed, and how"), translatable=True),
            "grade.value": Member(message("the grade")),
            "grade.label": Member(message("grade in words"), translatable=True),
            "grade.scale": Member(message("grading scale; required with a grade"), translatable=True),
            "supervision": Member(
                message("supervision and identity verification"), Kind.CODE, code_list="supervision"
            ),
            "assessed_on": Member(message("day of the assessment"), Kind.DATE),
        },
    ),
    "quality_assurance": (
        message("quality assurance; unless given, the one that the university has for everything"),
        {
            "type": Member(message("type"), Kind.CODE, mandatory=True, code_list="accreditation"),
            "title": Member(message("title"), mandatory=True, translatable=True),
            "url": Member(message("page that documents it")),
            "valid_until": Member(message("last day of validity"), Kind.DATE),
        },
    ),
    "components": (
        message("courses, where a set of courses is awarded"),
        {
            "code": Member(message("code of the course")),
            "title": Member(message("title of the course"), mandatory=True, translatable=True),
            "ects": Member(message("ECTS credits of the course"), Kind.NUMBER),
        },
    ),
}
"""Path of a list of an award → what an item is, and the members of it that fields can fill."""
