"""Awards of which not everything could be read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

import attrs

from mikrocert.award.model import Award
from mikrocert.errors import IntakeError
from mikrocert.parsing.structuring import structured
from mikrocert.texts import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mikrocert.report import Finding

__all__ = ["PartialAward", "part_of"]

_POSITION = re.compile(r"\[\d+\]")


@attrs.frozen
class PartialAward:
    """What can be read of an award where not everything can.

    Args:
        award: the award; what it lacks has some value that means nothing.
        missing: elements that it lacks, by their paths without list positions (`awarded_on`, `assessments.type`).
    """

    award: Award
    missing: frozenset[str]

    def lacks(self, path: str) -> bool:
        """Return whether an element, or what it is in, is missing.

        Args:
            path: of the element, with or without list positions; an empty one is that of the whole, which is there.
        """
        plain = f"{_POSITION.sub('', path)}."
        return any(plain.startswith(f"{missing}.") for missing in self.missing)


def part_of(value: object, findings: Iterable[Finding]) -> PartialAward | None:
    """Return what is left of an award without what the findings name: of a member of a list, without the whole list.

    Args:
        value: an award that can't be read as a whole.
        findings: why; each with its path.
    """
    if not isinstance(value, dict):
        return None
    own = {field.name for field in attrs.fields(Award)}
    members = {name: one for name, one in cast("dict[str, object]", value).items() if name in own}
    missing: set[str] = set()
    for finding in findings:
        name, _, inside = finding.path.partition(".")
        below = members.get(name)
        if name in _LOOSE and isinstance(below, dict) and inside in below:
            members[name] = {
                key: one for key, one in cast("dict[str, object]", below).items() if key != inside
            }
            missing.add(finding.path)
        else:
            name = name.partition("[")[0]
            members.pop(name, None)
            missing.add(name)
    for name in _STAND_INS.keys() - members.keys():
        members[name] = _STAND_INS[name]
        missing.add(name)
    return PartialAward(structured(members, Award, refuse=IntakeError), frozenset(missing))


_LOOSE: Final = frozenset({"learner", "workload"})
"""Members that may lack any of their own."""

_NO_TEXT: Final = {LANGUAGES[0]: "–"}

_STAND_INS: Final[Mapping[str, object]] = {
    "evidence_number": "–",
    "learner": {},
    "title": _NO_TEXT,
    "awarding_body": {"legal_name": _NO_TEXT, "address": {"country": "CZE"}},
    "awarded_on": "1900-01-01",
    "outcomes": [],
    "workload": {},
    "level": {"eqf": 1},
    "assessments": [],
    "participation": {"mode": "–"},
    "quality_assurance": [],
    "thematic_areas": [],
    "languages": [],
}
"""What stands for members of an award that are missing or can't be read; it means nothing."""
