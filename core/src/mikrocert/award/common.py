"""What many awards have in common: said once, taken where a record says nothing of its own.

It is the part of the award that doesn't depend on the person: what a type of micro-credential is, and what all records of an export share.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, cast

import attrs

from mikrocert.award.model import (
    Assessment,
    Component,
    LearningOutcome,
    Level,
    Organisation,
    Participation,
    QualityAssurance,
    Stackability,
    Workload,
)
from mikrocert.texts import LanguageMap

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Common"]

_TAKEN_APART = (Workload, Level, Participation, Stackability)


@attrs.frozen
class Common:
    """What awards of one kind have in common; its members are those of the award, and any may be left out.

    Args:
        title: M2.
        outcomes: M6.
        workload: M7.
        level: M8.
        assessments: M9.
        participation: M10.
        quality_assurance: M11.
        thematic_areas: codes of the list `isced-f`.
        languages: codes of the list `language` in which is taught.
        learning_type: code of the list `learning-opportunity`.
        place: place of issue.
        prerequisites: O1.
        stackability: O4.
        further_information: O5.
        components: the courses of a set.
        valid_until: last day of validity.
        valid_months: how many months an award is valid from its date, where no last day is said.
        joint_awarding_bodies: M4; further institutions that award it together with the first.
    """

    title: LanguageMap | None = None
    outcomes: tuple[LearningOutcome, ...] = ()
    workload: Workload | None = None
    level: Level | None = None
    assessments: tuple[Assessment, ...] = ()
    participation: Participation | None = None
    quality_assurance: tuple[QualityAssurance, ...] = ()
    thematic_areas: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    learning_type: str | None = None
    place: LanguageMap | None = None
    prerequisites: LanguageMap | None = None
    stackability: Stackability | None = None
    further_information: LanguageMap | None = None
    components: tuple[Component, ...] = ()
    valid_until: date | None = None
    valid_months: int | None = None
    joint_awarding_bodies: tuple[Organisation, ...] = ()

    def members(self) -> Mapping[str, object]:
        """Return what is said, by member of the award (`title`, `workload.ects`); what is left out is not there."""
        found: dict[str, object] = {}
        for name, value in _stated(self).items():
            if isinstance(value, _TAKEN_APART):
                found |= {f"{name}.{inner}": one for inner, one in _stated(value).items()}
            else:
                found[name] = value
        return found


def _stated(value: object) -> dict[str, object]:
    fields = attrs.fields(cast("type[attrs.AttrsInstance]", type(value)))
    members = {field.name: getattr(value, field.name) for field in fields}
    return {name: member for name, member in members.items() if member is not None and member != ()}
