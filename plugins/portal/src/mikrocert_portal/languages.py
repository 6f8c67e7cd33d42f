"""Which language a page speaks, and its catalogue."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

__all__ = ["LANGUAGES", "catalogue", "preferred"]

LANGUAGES = ("cs", "en")
"""Languages of the portal; the first one is spoken to who states no preference."""

_UNDERSTAND_CZECH = {"cs", "sk"}


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the texts in a language; English ones are the keys, so they need no catalogue.

    The catalogue is read as its translators wrote it, so that no step of building can leave a stale one.
    """
    if language == "en":
        return NullTranslations()
    source = files("mikrocert_portal").joinpath("locale", language, "LC_MESSAGES", "messages.po")
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)


def preferred(accept_language: str) -> str:
    """Return the language for a browser's preferences: Czech for Czechs and Slovaks, English for everyone else.

    Args:
        accept_language: the header Accept-Language (RFC 9110, 12.5.4), or nothing: then Czech.
    """
    wishes: list[tuple[float, str]] = []
    for wish in accept_language.split(",")[:20]:
        tag, _, weight = wish.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        primary = tag.strip().lower().partition("-")[0]
        if primary and quality > 0:
            wishes.append((quality, primary))
    if not wishes:
        return LANGUAGES[0]
    best = max(wishes, key=lambda wish: wish[0])[1]
    if best == "*":
        return LANGUAGES[0]
    return "cs" if best in _UNDERSTAND_CZECH else "en"
