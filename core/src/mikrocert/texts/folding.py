"""Folding: texts that a person takes for the same, as one text, to compare and to search by."""

from __future__ import annotations

import unicodedata

__all__ = ["folded", "without_marks"]


def folded(text: str) -> str:
    """Return a text in small letters that are taken apart, whichever letters of Unicode it was written with.

    Two texts that match without regard to case and compatibility have one result (the Unicode Standard, D146).
    """
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKD", apart.casefold())


def without_marks(text: str) -> str:
    """Return a folded text without marks above and below letters: `Řehoř` becomes `rehor`."""
    return "".join(character for character in folded(text) if not unicodedata.combining(character))
