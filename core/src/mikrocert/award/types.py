"""Types of micro-credentials: what an award takes of the one that it names, and what both have to agree on.

A type is what awards have in common (`Common`). What it says of what the micro-credential is, is fixed by it: an award may leave that out
or repeat it, and says nothing else. Of what may differ from one run of a course to the next, the award's own word counts.
"""

from __future__ import annotations

import calendar
from abc import ABC, abstractmethod
from datetime import date
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from mikrocert.award.model import Award, LearningOutcome, TypeReference
from mikrocert.parsing.structuring import unstructured
from mikrocert.report import Finding
from mikrocert.texts import LanguageMap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mikrocert.award.common import Common
    from mikrocert.texts import Value

__all__ = ["FIXED", "NO_TYPES", "TypeVersion", "Types", "end_of_validity", "filled", "taken"]

FIXED: Final = frozenset(
    {
        "title",
        "outcomes",
        "workload.ects",
        "workload.hours",
        "level.eqf",
        "level.cycle",
        "thematic_areas",
        "languages",
        "learning_type",
        "participation.mode",
        "stackability.kind",
    }
)
"""What a type fixes where it says it: two awards of one type don't differ in it."""

_LAST_YEAR: Final = 9999


@attrs.frozen
class TypeVersion:
    """A version of a type of micro-credential.

    Args:
        id: what the institution calls the type.
        version: from 1; a later one stands beside it and changes nothing in it.
        content: what awards of it have in common.
    """

    id: str
    version: int
    content: Common

    @property
    def reference(self) -> TypeReference:
        """What an award names it by."""
        return TypeReference(self.id, self.version)


class Types(ABC):
    """The types of one institution, as its intake asks for them."""

    @abstractmethod
    def find(self, wanted: TypeReference, *, evidence_number: str | None) -> TypeVersion | Finding:
        """Return the version that an award takes, or why there is none.

        Args:
            wanted: what the award names.
            evidence_number: number of the award, as far as it could be read: one that was issued before, and names no version, takes the
                version that it took then.
        """


class _NoTypes(Types):
    def find(self, wanted: TypeReference, *, evidence_number: str | None) -> TypeVersion | Finding:  # noqa: ARG002
        return Finding.error(
            "no-types",
            "types of micro-credentials are kept in an archive, and none is at hand; name an archive in the settings, or say all in the award",
        )


NO_TYPES: Final[Types] = _NoTypes()
"""The types of whoever has no archive."""


def filled(document: Mapping[str, object], content: Common) -> dict[str, object]:
    """Return an award in its canonical form with what it doesn't say itself taken from its type.

    Args:
        document: members of the award, whatever their values are.
        content: what the type says.
    """
    whole = dict(document)
    of_type = unstructured(content)
    of_type.pop("valid_months", None)
    for name in {member.partition(".")[0] for member in content.members()} & of_type.keys():
        own, other = whole.get(name), of_type[name]
        if own is None:
            whole[name] = other
        elif isinstance(own, dict) and _is_taken_apart(name, content):
            stated = {
                key: value for key, value in cast("dict[str, object]", own).items() if value is not None
            }
            whole[name] = {**cast("dict[str, object]", other), **stated}
    return whole


def _is_taken_apart(name: str, content: Common) -> bool:
    return any(member.startswith(f"{name}.") for member in content.members())


def taken(
    award: Award, of_type: TypeVersion, *, says: Callable[[str], bool] = lambda _: True
) -> tuple[Award, dict[str, Finding]]:
    """Return an award that is of a type, with the languages and outcomes that both say together, and where it contradicts the type.

    Args:
        award: the award, filled from the type.
        of_type: the type.
        says: tells whether the award itself says something of a member that could be read; what it doesn't is not compared.

    Returns:
        The award, and member → what is wrong with it.
    """
    faults: dict[str, Finding] = {}
    members = of_type.content.members()
    for member in sorted(FIXED & members.keys()):
        name, _, inside = member.partition(".")
        whole = getattr(award, name)
        if whole is None or not says(member):
            continue
        own = getattr(whole, inside) if inside else whole
        both = _narrowed(own, members[member]) if member == "languages" else _joined(own, members[member])
        if both is None:
            faults[member] = Finding.error(
                "differs-from-type",
                "the type says otherwise: {value}; correct the record, or the type",
                path=member,
                value=_shown(members[member]),
            )
        elif not inside:
            award = attrs.evolve(award, **{name: both})
    if award.valid_until is None and of_type.content.valid_months is not None and says("awarded_on"):
        until = end_of_validity(award.awarded_on, months=of_type.content.valid_months)
        award = attrs.evolve(award, valid_until=until)
    return attrs.evolve(award, type=of_type.reference), faults


def end_of_validity(since: date, *, months: int) -> date:
    """Return the last day of validity, so many months later; of a month that has no such day, its last one."""
    years, month = divmod(since.month - 1 + months, 12)
    year = min(since.year + years, _LAST_YEAR)
    return date(year, month + 1, min(since.day, calendar.monthrange(year, month + 1)[1]))


def _joined(own: object, other: object) -> Any:  # noqa: ANN401 - whatever the member is
    """Return what both say together, or none if they don't agree."""
    if isinstance(own, LanguageMap) and isinstance(other, LanguageMap):
        if any(other.get(language) not in {None, text} for language, text in own.texts.items()):
            return None
        return LanguageMap({**other.texts, **own.texts})
    if isinstance(own, tuple) and isinstance(other, tuple):
        items, others = cast("tuple[object, ...]", own), cast("tuple[object, ...]", other)
        if all(isinstance(one, LearningOutcome) for one in (*items, *others)):
            return _joined_outcomes(
                cast("tuple[LearningOutcome, ...]", items), cast("tuple[LearningOutcome, ...]", others)
            )
        return cast("Any", items) if set(items) == set(others) else None
    return cast("Any", own) if own == other else None


def _narrowed(own: object, other: object) -> Any:  # noqa: ANN401 - as above
    """Return the languages of an award, if they are among those of its type."""
    return own if set(cast("tuple[str, ...]", own)) <= set(cast("tuple[str, ...]", other)) else None


def _joined_outcomes(
    own: tuple[LearningOutcome, ...], others: tuple[LearningOutcome, ...]
) -> tuple[LearningOutcome, ...] | None:
    if len(own) != len(others):
        return None
    both = [(one, other, _joined(one.title, other.title)) for one, other in zip(own, others, strict=True)]
    if any(title is None for _, _, title in both):
        return None
    return tuple(
        LearningOutcome(cast("LanguageMap", title), one.skills or other.skills) for one, other, title in both
    )


def _shown(value: object) -> Value:
    if isinstance(value, tuple):
        items = cast("tuple[object, ...]", value)
        return [one.title if isinstance(one, LearningOutcome) else cast("Value", one) for one in items]
    return cast("Value", value)
