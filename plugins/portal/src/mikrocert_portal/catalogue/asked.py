"""What a visitor of the catalogue asks for, by the form of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
from mikrocert.api import TypeQuery, codelist, message

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mikrocert.api import Message

__all__ = ["BROAD_AREAS", "LEVELS", "Asked", "asked_for"]

_LONGEST: Final = 200
_LAST_PAGE: Final = 10_000
_BROAD: Final = 2
LEVELS: Final = tuple(range(1, 9))
"""Levels of the European Qualifications Framework."""

BROAD_AREAS: Final = tuple(
    concept.code for concept in codelist("isced-f").concepts if len(concept.code) == _BROAD
)
"""Codes of the broad fields of ISCED-F."""

_NOT_THERE: Final = message("There is no such choice; take one from the list.")


@attrs.frozen
class Asked:
    """What was asked for.

    Args:
        query: what is looked for.
        page: number of the page, from 1.
        values: what stands in the form, by the names of its fields.
        faults: field → what is wrong with it.
    """

    query: TypeQuery
    page: int
    values: Mapping[str, str] = attrs.field(hash=False)
    faults: Mapping[str, Message] = attrs.field(factory=dict[str, "Message"], hash=False)


def asked_for(given: Mapping[str, str], *, institutions: Collection[str]) -> Asked:
    """Return what a request asks for; what can't be chosen is a fault.

    Args:
        given: the parameters of the request.
        institutions: those that can be chosen.
    """
    names = ("q", "institution", "area", "level", "language")
    values = {name: given.get(name, "").strip() for name in names}
    faults: dict[str, Message] = {}
    if len(values["q"]) > _LONGEST:
        faults["q"] = message("Enter at most {most} characters.", most=_LONGEST)
    area, languages = codelist("isced-f"), codelist("language")
    choices = {
        "institution": values["institution"] in institutions,
        "area": values["area"] in area,
        "level": values["level"] in map(str, LEVELS),
        "language": values["language"] in languages,
    }
    faults |= {name: _NOT_THERE for name, there in choices.items() if values[name] and not there}
    number = given.get("page", "1")
    page = (
        int(number) if number.isascii() and number.isdecimal() and len(number) <= len(str(_LAST_PAGE)) else 0
    )
    sound = {name: value for name, value in values.items() if value and name not in faults}
    query = TypeQuery(
        words=sound.get("q", ""),
        institution=sound.get("institution"),
        area=sound.get("area"),
        eqf=int(sound["level"]) if "level" in sound else None,
        language=sound.get("language"),
    )
    return Asked(query, page, {name: value[:_LONGEST] for name, value in values.items()}, faults)
