"""What a person sees of a credential: the same for page, PDF, terminal and pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from mikrocert.texts import LanguageMap

if TYPE_CHECKING:
    from datetime import date

    from mikrocert.report import SealInfo

__all__ = ["Figure", "Item", "Section", "View"]


@attrs.frozen
class Item:
    """One labelled statement.

    Args:
        key: stable name of the element, such as `learner`, `outcomes`, `workload`.
        label: its label in cs and en.
        values: one text, or several for a list; each in the languages that the credential has it in.
        number: number of the element in Annex I order (1–16), or none for items outside Annex I.
    """

    key: str
    label: LanguageMap
    values: tuple[LanguageMap, ...]
    number: int | None = None


@attrs.frozen
class Section:
    """Items under one heading."""

    key: str
    heading: LanguageMap
    items: tuple[Item, ...]


@attrs.frozen
class Figure:
    """One of the few facts set large on a certificate.

    Args:
        key: `credits`, `level`, `grade` or `date`.
        value: what is set large: "6", "7", "A", "22. 6. 2026".
        label: what stands below: "kreditů ECTS (150 hodin)".
    """

    key: str
    value: LanguageMap
    label: LanguageMap


@attrs.frozen
class View:
    """A credential as a person reads it, in Czech and English (or the languages that a foreign one has).

    Args:
        title: title of the micro-credential.
        holder: full name of the holder, or none where the credential has no name.
        birth: the line below the name ("datum narození 14. března 1994, Uherské Hradiště"), or none.
        awarding_body: name of the awarding body.
        figures: the facts set large, at most four, in this order: credits, level, grade, date.
        sections: all statements. The first section, key `annex-i`, has the Annex I elements in their order.
        identifier: the 12 characters, or none.
        link: the verification link, or none.
        evidence_number: number in the institution's register, or none.
        awarded_on: awarding date, or none.
        languages: languages the credential speaks, best first.
        seal: the seal on it, set by the core once there is one.
        test: whether a test seal is or will be on it; set by the core.
    """

    title: LanguageMap
    holder: str | None
    birth: LanguageMap | None
    awarding_body: LanguageMap
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    identifier: str | None = None
    link: str | None = None
    evidence_number: str | None = None
    awarded_on: date | None = None
    languages: tuple[str, ...] = ("cs", "en")
    seal: SealInfo | None = None
    test: bool = False

    def item(self, key: str) -> Item | None:
        """Return the item with this key from any section, or none."""
        return next((item for section in self.sections for item in section.items if item.key == key), None)

    def without_birth(self) -> View:
        """Return the view as strangers may see it: no birth date, no birth place."""
        sections = tuple(
            attrs.evolve(section, items=tuple(item for item in section.items if item.key != "birth"))
            for section in self.sections
        )
        return attrs.evolve(self, birth=None, sections=sections)
