"""What of a value is at fault, so that a sentence points at it and nobody has to search a long cell."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from mikrocert.rules.debris import debris_in, garbled_in, lost_letters_in
from mikrocert.rules.misread import doubted_in, misread_in
from mikrocert.rules.names import foreign_in
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["POINTERS", "invisible_in"]

_LONGEST = 60
_JOINERS = "\n\u200c\u200d\u200e\u200f"
"""Joiners and direction marks belong to scripts of other names; everything else that nobody sees hides something."""
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def invisible_in(text: str) -> int | None:
    """Return the position of the first control or invisible character, from 1, or none."""
    if text.isprintable():
        return None
    found = (
        position
        for position, character in enumerate(text, start=1)
        if unicodedata.category(character) in _INVISIBLE and character not in _JOINERS
    )
    return next(found, None)


def _of_invisible(text: str, _: Iterable[str]) -> Mapping[str, object]:
    position = invisible_in(text) or 1
    return {"found": f"U+{ord(text[position - 1]):04X}", "position": position}


def _of_misread(text: str, _: Iterable[str]) -> Mapping[str, object]:
    return _word(*(garbled_in(text) or misread_in(text)))


def _of_doubted(text: str, _: Iterable[str]) -> Mapping[str, object]:
    return _word(*(doubted_in(text, czech=False) or doubted_in(text, czech=True)))


def _word(*word_and_reading: str) -> Mapping[str, object]:
    word, reading = word_and_reading or ("", "")
    return {"found": word[:_LONGEST], "reading": reading[:_LONGEST]}


def _of_name(text: str, _: Iterable[str]) -> Mapping[str, object]:
    if not any(map(str.isalpha, text)):
        return {"found": message("no letter")}
    sign = foreign_in(text)
    if sign is None:
        return {"found": message("quotes that are not paired")}
    return {"found": message("the character '{sign}', which stands in no name", sign=sign)}


def _of_words(text: str, words: Iterable[str]) -> Mapping[str, object]:
    wanted = {word.casefold() for word in words}
    return {"found": next((word for word in text.replace(",", " ").split() if word.casefold() in wanted), "")}


def _of_cases(text: str, _: Iterable[str]) -> Mapping[str, object]:
    return {"found": text[:_LONGEST], "reading": text.title()[:_LONGEST]}


POINTERS: Mapping[str, Callable[[str, Iterable[str]], Mapping[str, object]]] = {
    "clean": _of_invisible,
    "name": _of_name,
    "no-debris": lambda text, _: {"found": debris_in(text)[:_LONGEST]},
    "no-lost-letters": lambda text, _: {"found": lost_letters_in(text)[:_LONGEST]},
    "no-word-of": _of_words,
    "no-word-of-debris": lambda text, _: {"found": debris_in(text, by_word=True)[:_LONGEST]},
    "not-capitals": _of_cases,
    "not-doubtful": _of_doubted,
    "not-garbled": _of_misread,
    "not-small": _of_cases,
}
"""Question → what its sentence says of a text that failed it, given the values of its rule: `found`, and `reading`, what was meant probably."""
