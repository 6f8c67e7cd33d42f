"""Texts that no person meant: what a spreadsheet made of a number, quotes of a file, place-holders, letters of two scripts in a word."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import Final

__all__ = [
    "has_lone_mark",
    "is_placeholder",
    "is_quoted",
    "is_shortened_number",
    "may_be_placeholder",
    "mixes_scripts",
    "says_something",
]

_SHORTENED: Final = re.compile(r"[+-]?[0-9]([.,][0-9]+)?[Ee]\+?[0-9]{1,3}")
_QUOTED: Final = re.compile(r"\"([^\"]|\"\")*\"|'[^']*'|'[0-9].*", re.DOTALL)

_PLACEHOLDER: Final = re.compile(
    r"x{3,}|to ?do|tbd|tba|fixme|asdf\w*|qwert[yz]\w*|lorem ipsum.*|dopln(it|ěno|íme|ím|)|doplň(te)?|vypl(nit|ň|ňte)",
    re.IGNORECASE | re.DOTALL,
)
_DOUBTFUL: Final = re.compile(
    r"test(ovací)?( (test|testovací|testová|testovič|record|záznam|student(ka)?|kurz|course))*[0-9 ]*|testov(á|ič|ičová)|pokus(ný|ná)?"
    r"|dummy|demo|example|sample|vzor|ukázka|jméno|příjmení|název|name|title",
    re.IGNORECASE,
)
_FILLERS: Final = "\u115f\u1160\u3164\uffa0"
"""Letters of the Korean script that nobody sees (UAX #44, Default_Ignorable_Code_Point)."""
_AROUND: Final = " .:!?-–…()[]<>*"
_WORD: Final = re.compile(r"[^\W\d_]+")


def is_shortened_number(text: str) -> bool:
    """Return whether a text is a number with a power of ten, as a spreadsheet shows long ones: `2,02603E+11`."""
    return _SHORTENED.fullmatch(text.strip()) is not None


def is_quoted(text: str) -> bool:
    """Return whether straight quotes stand around a whole text, or the apostrophe of a spreadsheet before a number."""
    return _QUOTED.fullmatch(text.strip()) is not None


def is_placeholder(text: str) -> bool:
    """Return whether a text only says that the true one has still to be written: `xxx`, `TODO`."""
    return _PLACEHOLDER.fullmatch(text.strip(_AROUND)) is not None


def may_be_placeholder(text: str) -> bool:
    """Return whether a text is what people write to try a system, though somebody may be called so: `Test`."""
    return _DOUBTFUL.fullmatch(text.strip(_AROUND)) is not None


def says_something(text: str) -> bool:
    """Return whether a text has a letter or a digit that can be seen; an empty one is missing, which is another matter."""
    return not text.strip() or any(
        unicodedata.category(character)[0] in "LN" for character in text if character not in _FILLERS
    )


def has_lone_mark(text: str) -> bool:
    """Return whether a combining mark begins a text or follows a space, so that it has no letter to stand on."""
    return any(
        before.isspace() and unicodedata.category(mark)[0] == "M" for before, mark in pairwise(f" {text}")
    )


def mixes_scripts(text: str) -> bool:
    """Return whether a word has letters of the Latin script beside Cyrillic ones, or is all but one letter Latin and that Greek.

    Greek letters stand beside Latin ones in units and formulas (kΩ, μm, Δt), which are short.
    """
    return any(map(_is_mixed, _WORD.findall(unicodedata.normalize("NFC", text))))


def _is_mixed(word: str) -> bool:
    if word.isascii():
        return False
    scripts = list(map(_script, word))
    latin, cyrillic, greek = (scripts.count(name) for name in ("LATIN", "CYRILLIC", "GREEK"))
    return latin > 0 and (cyrillic > 0 or (greek > 0 and len(word) > _LONGEST_UNIT and scripts[0] == "LATIN"))


@lru_cache(maxsize=2000)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


_LONGEST_UNIT: Final = 3
