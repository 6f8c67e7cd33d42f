"""What an export calls the members of an award, so that a refusal names the sender's own fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.intake.layout import Group
from mikrocert.intake.members import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mikrocert.intake.layout import Field, Layout

__all__ = ["Names", "names_of"]

_POSITION = re.compile(r"\[\d*\]")

_MADE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "learner": ("learner.given_name", "learner.family_name"),
    "learner.full_name": (
        "learner.title_before",
        "learner.given_name",
        "learner.family_name",
        "learner.title_after",
    ),
    "outcomes.title": ("outcomes",),
    "workload": ("workload.ects", "workload.hours"),
    "level": ("level.eqf", "level.cycle"),
    "participation": ("participation.mode",),
    "stackability": ("stackability.kind",),
    "assessments.grade": ("assessments.grade.value",),
}
"""Member of an award that no field fills by itself → those that it is made of, as far as a refusal concerns them."""

_TEXT_OF: Final[Mapping[str, str]] = {"outcomes": "outcomes.title"}
"""Member that a field of texts fills → where these texts stand."""

_NO_MEMBERS: Final = frozenset(
    {NOTHING, "learner.title_before", "learner.title_after", "outcomes.skills.outcome"}
)


@attrs.frozen
class Names:
    """What an export of one kind calls the members of an award.

    Args:
        members: member without list positions → what the export calls it; `[]` is where a position goes.
        groups: name of each group → what the export calls its fields, without list positions.
    """

    members: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, frozenset[str]]

    def joined(self) -> dict[str, str]:
        """Return the names as `IntakeRecord` has them."""
        return {member: ", ".join(names) for member, names in self.members.items()}

    def members_at(self, fields: Iterable[str]) -> frozenset[str]:
        """Return the members of an award that fields of an export hold; of one inside another, the inner one only.

        Args:
            fields: what the export calls them, groups included, with list positions.
        """
        plain = {_plain(field) for field in fields}
        plain |= {name for group in plain & self.groups.keys() for name in self.groups[group]}
        found = {member for member, names in self.members.items() if plain & set(map(_plain, names))}
        return frozenset(
            member for member in found if not any(other.startswith(f"{member}.") for other in found)
        )


def _plain(name: str) -> str:
    return _POSITION.sub("", name)


def names_of(layout: Layout, *, table: bool) -> Names:
    """Return what an export calls the members of an award.

    Args:
        layout: the layout of the export.
        table: whether it is a table, where a field of a group is a column of its own, and the first column that is required
            stands for the group.
    """
    members: dict[str, tuple[str, ...]] = {}
    groups: dict[str, frozenset[str]] = {}
    for part in layout.parts:
        if not isinstance(part, Group):
            members |= _names_of_field(part, part.fills, str)
            continue
        called = _within(part, table=table)
        first = next((field for field in part.members if field.required), part.members[0])
        members[part.fills] = (called(first.name) if table or part.flat else part.name,)
        for field in part.members:
            members |= _names_of_field(field, f"{part.fills}.{field.fills}", called)
        groups[part.name] = frozenset(_plain(called(name)) for one in part.members for name in one.names)
    for member, others in _MADE_OF.items():
        names = [name for other in others for name in members.get(other, ())]
        if names:
            members.setdefault(member, tuple(names))
    for member in _NO_MEMBERS:
        members.pop(member, None)
    return Names(members, groups)


def _names_of_field(field: Field, member: str, called: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {member: (called(field.name),)}
    for language, name in field.translations.items():
        names[f"{_TEXT_OF.get(member, member)}.{language}"] = (called(name),)
    return names


def _within(group: Group, *, table: bool) -> Callable[[str], str]:
    if table or group.flat:
        return lambda name: f"{group.prefix}{name}"
    return lambda name: f"{group.name}[].{name}"
