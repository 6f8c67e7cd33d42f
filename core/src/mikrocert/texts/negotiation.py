"""Which of the languages at hand a reader gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mikrocert.texts.language_map import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["negotiated"]

_MOST_WISHES = 20
_UNDERSTOOD = {"sk": "cs"}
"""Language of a reader → another one that is read as easily."""


def negotiated(accept_language: str, languages: Sequence[str]) -> str:
    """Return the language for a browser's preferences: the one wished for most if it is at hand, else English.

    Czech is at hand for Slovaks too. Who states no preference gets the first language.

    Args:
        accept_language: the header Accept-Language (RFC 9110, 12.5.4), or nothing.
        languages: languages at hand, English among them.
    """
    wishes: list[tuple[float, str]] = []
    for wish in accept_language.split(",")[:_MOST_WISHES]:
        tag, _, weight = wish.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        primary = tag.strip().lower().partition("-")[0]
        if primary and quality > 0:
            wishes.append((quality, primary))
    wished = max(wishes, key=lambda wish: wish[0])[1] if wishes else "*"
    if wished == "*":
        return languages[0]
    understood = _UNDERSTOOD.get(wished, wished)
    return next((language for language in (wished, understood) if language in languages), ENGLISH)
