"""What is printed on a document of somebody else, held against the data inside.

That a text is found on the pages proves nothing: it may be white on white, or stand in a font that draws other letters
than it names. That one isn't found is worth telling.
"""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, cast

import attrs

from mikrocert.report import Finding
from mikrocert.service.verifying.lookalikes import letters
from mikrocert.texts import LANGUAGES, LanguageMap, Message, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mikrocert.report import View
    from mikrocert.texts import Value

__all__ = ["Printed"]

_MOST_SOUGHT = 200
_MOST_TOLD = 20


@attrs.frozen
class Printed:
    """What came of holding the pages of a document against its data.

    Args:
        findings: what is told of it; never that all is well.
        another: whether whose it is, what for or by whom is not on the pages, so that they may be another one's.
    """

    findings: tuple[Finding, ...]
    another: bool = False

    @classmethod
    def of(cls, view: View, readings: Sequence[str]) -> Printed:
        """Look for each element of a credential on the pages.

        Args:
            view: what the credential says.
            readings: the text of all pages, once in each order in which it can be read; none where nobody can read it.
        """
        if not readings:
            return cls((_NOT_COMPARED,))
        pages = [letters(reading) for reading in readings]
        absent = [
            element
            for element in islice(_elements(view), _MOST_SOUGHT)
            if not any(form in page for form in element.forms for page in pages)
        ]
        findings = tuple(element.finding for element in absent[:_MOST_TOLD])
        nameless = not all(value and any(map(_letterings, _leaves(value))) for value in _named(view).values())
        if nameless:
            findings = (_NAMELESS, *findings)
        another = nameless or any(element.named for element in absent)
        return cls((*findings, _NOT_PROVEN), another=another)


@attrs.frozen
class _Element:
    """One text of a credential, in every form in which a page may have it."""

    key: str
    label: Value
    value: Value
    forms: tuple[str, ...]
    named: bool = False

    @property
    def finding(self) -> Finding:
        return Finding.warning(
            "text-absent",
            "{label}: '{value}' was not found on the pages of the certificate, though it stands in the sealed data.",
            path=self.key,
            label=self.label,
            value=self.value,
        )


def _elements(view: View) -> Iterator[_Element]:
    """Yield whose it is, what for and by whom; then what else the credential says in words of its own, but for the birth.

    Names out of code lists are said in as many ways as there are languages, and addresses in as many as there are countries.
    """
    named = _named(view)
    for item in (item for section in view.sections[:1] for item in section.items):
        first = named.get(item.key)
        for value in item.values if first is None else (first,):
            for leaf in _leaves(value):
                forms = _letterings(leaf)
                if forms and item.key != "birth":
                    yield _Element(item.key, item.label, leaf, forms, named=first is not None)


def _named(view: View) -> dict[str, Value | None]:
    """Return whose it is, what for and by whom, by the keys of their items."""
    return {"learner": view.holder, "title": view.title, "awarding-body": view.awarding_body}


def _letterings(leaf: Value) -> tuple[str, ...]:
    """Return the letters of a value in every form in which a page may have it; nothing where it has none."""
    return tuple(form for form in (letters(text) for text in _forms(leaf)) if form)


def _leaves(value: Value) -> Iterator[Value]:
    """Yield what a value has of the credential: sentences are ours, what is filled into them is not."""
    if isinstance(value, Message):
        value = tuple(value.parameters.values())
    if isinstance(value, (tuple, list)):
        for inner in cast("Sequence[Value]", value):
            yield from _leaves(inner)
    else:
        yield value


def _forms(value: Value) -> Iterator[str]:
    """Yield the ways in which a page may say a value; numbers are everywhere, so nobody looks for them."""
    if isinstance(value, LanguageMap):
        yield from value.texts.values()
    elif isinstance(value, str):
        yield value
    elif isinstance(value, date):
        yield value.strftime("%Y%m%d")
        yield value.strftime("%d%m%Y")
        yield value.strftime("%m%d%Y")
        yield f"{value.day}{value.month}{value.year}"
        texts = Texts()
        yield from (texts.plain(Message("{day:long}", {"day": value}), language) for language in LANGUAGES)
        yield f"{value:%B} {value.day} {value.year}"


_NAMELESS = Finding.warning(
    "text-absent",
    "The sealed data name no holder, no title or no awarding institution; what the pages name instead is not sealed.",
)
_NOT_COMPARED = Finding.warning(
    "text-not-compared",
    "What is printed on the certificate was not compared with the sealed data; only the data shown here are proven.",
)
_NOT_PROVEN = Finding.warning(
    "text-not-proven",
    "What is printed on the certificate is not proven, even where it has the same words; only the data shown here are proven.",
)
