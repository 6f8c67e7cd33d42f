"""Which specifications of a report are micro-credentials, by what the file says and never by what they look like.

ELMO has no type for a micro-credential; it has attachments of that type. A specification is marked by an attachment that its instance refers
to, or by the one of a report that has no other specification and refers to none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert_intake_elmo.tree import Element

__all__ = ["INSTANCE", "SPECIFICATION", "Marks", "parts_of"]

SPECIFICATION: Final = "learningOpportunitySpecification"
INSTANCE: Final = ("specifies", "learningOpportunityInstance")
_MARK: Final = "Micro Credential"


def parts_of(specification: Element) -> Iterator[Element]:
    """Yield the specifications that one directly consists of."""
    for part in specification.all("hasPart"):
        yield from part.all(SPECIFICATION)


class Marks:
    """The marks of one report.

    Args:
        report: the report; attachments of the whole file count, too.
    """

    def __init__(self, report: Element) -> None:
        above = () if report.parent is None else tuple(report.parent.all("attachment"))
        own = tuple(report.all("attachment"))
        self._identifiers = {
            identifier.text
            for attachment in (*own, *above)
            if _is_mark(attachment)
            for identifier in attachment.all("identifier")
        }
        self._report = report
        specifications = list(report.all(SPECIFICATION))
        alone = len(specifications) == 1 and any(map(_is_mark, own)) and not _refers(specifications[0])
        self._only = specifications[0] if alone else None

    def found(self) -> Iterator[tuple[Element, bool]]:
        """Yield each specification that is marked, and the outermost ones in and above which nothing is; whether it is marked."""
        for specification in self._report.all(SPECIFICATION):
            yield from self._found(specification, within=False)

    def _found(self, specification: Element, *, within: bool) -> list[tuple[Element, bool]]:
        marked = specification is self._only or not self._identifiers.isdisjoint(_references(specification))
        inside = [
            one for part in parts_of(specification) for one in self._found(part, within=within or marked)
        ]
        if marked:
            return [(specification, True), *inside]
        if any(is_marked for _, is_marked in inside):
            return inside
        return [] if within else [(specification, False)]


def _is_mark(attachment: Element) -> bool:
    kind = attachment.first("type")
    return kind is not None and kind.text == _MARK


def _references(specification: Element) -> set[str]:
    references = specification.first(*INSTANCE, "attachments")
    return set() if references is None else {one.text for one in references.all("ref")}


def _refers(specification: Element) -> bool:
    return bool(_references(specification)) or any(map(_refers, parts_of(specification)))
