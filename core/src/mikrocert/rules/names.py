"""What makes a text a name, and one name the name of one person."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["is_doubled", "is_name", "is_of_several", "names_other"]

_NEVER = frozenset("?!*%@#§¶:\\¡¿†‡•…«»‹›_")
_APOSTROPHES = frozenset("´`^")
"""Of the category of signs, and used for want of an apostrophe."""
_SEVERAL = re.compile(r"[;,/+&]|\s(a|and|und)\s")


def is_name(text: str) -> bool:
    """Return whether a text may be a name: with a letter at least, and without digits and signs that stand in no name."""
    if not text.strip():
        return True  # it is missing, which is another matter
    quotes = text.count('"')
    return (
        any(map(str.isalpha, text))
        and not any(map(_is_foreign, text))
        and quotes % 2 == 0
        and not (quotes and text.strip().startswith('"'))
    )


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
    """Return whether a given name ends with the whole family name; Pavel Pavel is called so, and isn't meant."""
    words, family = _words(given), _words(family_name or "")
    return bool(family) and len(words) > len(family) and words[-len(family) :] == family


def is_of_several(name: str) -> bool:
    """Return whether a given or a family name is a list: of two people, or of both names of one."""
    return _SEVERAL.search(name) is not None


def _words(name: str) -> list[str]:
    folded = unicodedata.normalize("NFC", name).casefold()
    return [word.strip('(),„“”"') for word in folded.split()]
