"""Which of the languages at hand a reader gets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mikrocert.texts.language_map import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

__all__ = ["at_hand", "negotiated", "of_terminal"]

_MOST_WISHES = 20
_NO_LANGUAGE = frozenset({"", "c", "posix"})
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
    return at_hand([wished], languages)


def at_hand(wishes: Iterable[str], languages: Collection[str]) -> str:
    """Return the first wish that can be fulfilled, by the language itself or by one read as easily; else English."""
    for wish in wishes:
        for language in (wish, _UNDERSTOOD.get(wish, wish)):
            if language in languages:
                return language
    return ENGLISH


def of_terminal(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the languages that a terminal wants to be spoken to in, the best first; none where it wants none.

    As gettext does: the first of LC_ALL, LC_MESSAGES and LANG that says something counts, such as `cs_CZ.UTF-8`; where that is
    a language, LANGUAGE may name several, with colons between.

    Args:
        environment: variables of the process.
    """
    first = next(filter(None, map(environment.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    if _primary(first) in _NO_LANGUAGE:
        return ()
    named = [*environment.get("LANGUAGE", "").split(":"), first]
    wishes = dict.fromkeys(_primary(locale) for locale in named[-_MOST_WISHES:])
    return tuple(wish for wish in wishes if wish not in _NO_LANGUAGE)


def _primary(locale: str) -> str:
    """Return the language of a locale: `cs` of `cs_CZ.UTF-8@euro`."""
    return re.split(r"[_.@-]", locale.strip(), maxsplit=1)[0].lower()
