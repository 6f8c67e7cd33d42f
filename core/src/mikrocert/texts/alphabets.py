"""The order of words by the alphabet of a language."""

from __future__ import annotations

import unicodedata
from functools import cache

__all__ = ["alphabetical"]

_ALPHABETS = {
    "cs": "a b c č d e f g h ch i j k l m n o p q r ř s š t u v w x y z ž",
    "sk": "a ä b c č d e f g h ch i j k l m n o ô p q r s š t u v w x y z ž",
    "uk": "а б в г ґ д е є ж з и і ї й к л м н о п р с т у ф х ц ч ш щ ь ю я",
}
"""Language → its letters in order; one that isn't there stands with its like without a mark."""

_LONGEST = 2
"""Of how many characters a letter is at most: `ch`."""


@cache
def _places(language: str) -> dict[str, str]:
    """Return each letter of a language → a character that says its place, behind all others than letters."""
    letters = _ALPHABETS.get(language, "").split()
    return {letter: chr(0xE000 + place) for place, letter in enumerate(letters)}


def alphabetical(text: str, language: str) -> tuple[str, str]:
    """Return what a text is sorted by among others: its letters by the alphabet of a language, then the text itself.

    Letters of other alphabets come after those of the language, or stand by their codes where its alphabet isn't known.

    Args:
        text: a name or a word.
        language: ISO 639 code of the reader's language.
    """
    places = _places(language)
    folded = unicodedata.normalize("NFC", text.casefold())
    placed, at = "", 0
    while at < len(folded):
        letter = next(
            (part for size in range(_LONGEST, 0, -1) if (part := folded[at : at + size]) in places), ""
        )
        placed += places[letter] if letter else _unmarked(folded[at], places)
        at += len(letter) or 1
    return placed, text


def _unmarked(character: str, places: dict[str, str]) -> str:
    """Return the place of a character without its marks; of a letter of another alphabet, one behind all places."""
    plain = "".join(
        part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part)
    )
    return "".join(places.get(part, f"\uf8ff{part}" if places and part.isalpha() else part) for part in plain)
