"""What a person sees of a credential: the same for page, PDF, terminal and pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from mikrocert.texts import LANGUAGES, Text, Value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from mikrocert.report import SealInfo

__all__ = ["SECTIONS", "Figure", "Item", "Section", "View"]

SECTIONS = ("annex-i", "details", "origin")
"""Keys of the sections that the core makes, in their order."""


@attrs.frozen
class Item:
    """One labelled statement.

    Args:
        key: stable name of the element, such as `learner`, `outcomes`, `workload`.
        label: its label.
        values: what it says, or several for a list: a sentence of ours, or a text in the languages that the
            credential has it in.
        number: number of the element in Annex I order (1–16), or none for items outside Annex I.
        ungraded: what it says where grades are not shown; none where nobody can tell that its values hold no grade.
    """

    key: str
    label: Text
    values: tuple[Value, ...]
    number: int | None = None
    ungraded: tuple[Value, ...] | None = None


@attrs.frozen
class Section:
    """Items under one heading."""

    key: str
    heading: Text
    items: tuple[Item, ...]


@attrs.frozen
class Figure:
    """One of the few facts set large on a certificate.

    Args:
        key: `credits` or, where work is counted in hours only, `hours`; `level`, `grade` or `date`.
        value: what is set large: "6", "7", "A", "22. 6. 2026".
        label: what stands below: "kreditů ECTS (150 hodin)".
    """

    key: str
    value: Value
    label: Value


@attrs.frozen
class View:
    """A credential as a person reads it, in the language of who reads.

    Args:
        title: title of the micro-credential.
        holder: full name of the holder, or none where the credential has no name.
        birth: the line below the name ("datum narození 14. března 1994, Uherské Hradiště"), or none.
        awarding_body: name of the awarding body, or the names of all that award together.
        unit: the faculty or department that taught, or none.
        figures: the facts set large, at most four, in this order: credits or hours, level, grade, date.
        sections: all statements. The first section, key `annex-i`, has the Annex I elements in their order.
        identifier: the 12 characters, or none.
        link: the verification link, or none.
        evidence_number: number in the institution's register, or none.
        awarded_on: awarding date, or none.
        valid_until: last day of its validity, or none where it has no time limit.
        languages: languages the credential speaks, best first.
        seal: the seal on it, set by the core once there is one.
        test: whether a test seal is or will be on it; set by the core.
    """

    title: Text
    holder: str | None
    birth: Value | None
    awarding_body: Text
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    identifier: str | None = None
    link: str | None = None
    evidence_number: str | None = None
    awarded_on: date | None = None
    valid_until: date | None = None
    languages: tuple[str, ...] = LANGUAGES
    unit: Text | None = None
    seal: SealInfo | None = None
    test: bool = False

    def item(self, key: str) -> Item | None:
        """Return the item with this key from any section, or none."""
        return next((item for section in self.sections for item in section.items if item.key == key), None)

    def with_sections(self, sections: Iterable[Section]) -> View:
        """Return the view with more sections; items of one whose key there is already join the items there.

        Sections of the core come first, in its order; a section without items is left out.
        """
        joined = {section.key: section for section in self.sections}
        for section in sections:
            there = joined.get(section.key)
            items = (*there.items, *section.items) if there else section.items
            joined[section.key] = attrs.evolve(there or section, items=items)
        keys = dict.fromkeys((*SECTIONS, *joined))
        ordered = (joined[key] for key in keys if key in joined)
        return attrs.evolve(self, sections=tuple(section for section in ordered if section.items))

    def without_birth(self) -> View:
        """Return the view as strangers may see it: no birth date, no birth place."""
        sections = tuple(
            attrs.evolve(section, items=tuple(item for item in section.items if item.key != "birth"))
            for section in self.sections
        )
        return attrs.evolve(self, birth=None, sections=sections)

    def without_grade(self) -> View:
        """Return the view without grades, birth date and birth place, and without what could be a way to them.

        Of a text nobody can tell that it holds no grade, so only what has `ungraded` values stays. Identifier and links go, because
        behind them there may be more.
        """
        sections = (
            attrs.evolve(
                section,
                items=tuple(
                    attrs.evolve(item, values=item.ungraded) for item in section.items if item.ungraded
                ),
            )
            for section in self.without_birth().sections
        )
        return attrs.evolve(
            self,
            birth=None,
            figures=tuple(figure for figure in self.figures if figure.key != "grade"),
            sections=tuple(section for section in sections if section.items),
            identifier=None,
            link=None,
            evidence_number=None,
        )
