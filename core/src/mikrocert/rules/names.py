"""What makes a text a name, and one name the name of one person."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "foreign_in",
    "is_doubled",
    "is_in_capitals",
    "is_in_small_letters",
    "is_name",
    "is_of_several",
    "names_other",
]

_NEVER = frozenset("?!*%@#§¶:\\¡¿†‡•…«»‹›_")
_APOSTROPHES = frozenset("´`^")
"""Of the category of signs, and used for want of an apostrophe."""
_LETTERS = re.compile(r"[^\W\d_]+")
_LETTERS_OF_WORD = 3
_SEVERAL = re.compile(r"[;,/+&]|\s(a|and|und)\s")


def is_name(text: str) -> bool:
    """Return whether a text may be a name: with a letter at least, and without digits and signs that stand in no name."""
    if not text.strip():
        return True  # it is missing, which is another matter
    quotes = text.count('"')
    return (
        any(map(str.isalpha, text))
        and foreign_in(text) is None
        and quotes % 2 == 0
        and not (quotes and text.strip().startswith('"'))
    )


def foreign_in(text: str) -> str | None:
    """Return the first character that stands in no name, or none."""
    return next(filter(_is_foreign, text), None)


def is_in_capitals(name: str) -> bool:
    """Return whether a name is in capitals only, as registers print it; initials and names of two letters (NG, JR) are not meant."""
    return name.isupper() and any(len(word) >= _LETTERS_OF_WORD for word in _LETTERS.findall(name))


def is_in_small_letters(name: str) -> bool:
    """Return whether a name has no capital at all though its script has some for names, which Georgian has not."""
    return name.islower() and name != name.title()


def _is_foreign(character: str) -> bool:
    if character in _APOSTROPHES:
        return False
    return character in _NEVER or unicodedata.category(character) in {
        "Nd",
        "Nl",
        "No",
        "Sc",
        "Sk",
        "Sm",
        "So",
    }


def names_other(whole: str, parts: Iterable[str | None]) -> bool:
    """Return whether a whole name lacks a word of its parts, so that it may be another person's.

    Args:
        whole: such as `Ing. Růžena Ďurišová, Ph.D.`.
        parts: such as `Růžena` and `Ďurišová`; none is passed over.
    """
    words = set(_words(whole))
    return not all(words.issuperset(_words(part)) for part in parts if part)


def is_doubled(given: str, *, family_name: str | None) -> bool:
    """Return whether a given name ends with the whole family name, or both are the same several words; Pavel Pavel is called so, and isn't meant."""
    words, family = _words(given), _words(family_name or "")
    if len(family) > 1 and words == family:
        return True  # the whole name in both fields
    return bool(family) and len(words) > len(family) and words[-len(family) :] == family


def is_of_several(name: str) -> bool:
    """Return whether a given or a family name is a list: of two people, or of both names of one."""
    return _SEVERAL.search(name) is not None


def _words(name: str) -> list[str]:
    folded = unicodedata.normalize("NFC", name).casefold()
    return [word.strip('(),„“”"') for word in folded.split()]
