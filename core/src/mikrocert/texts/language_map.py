"""A text that came in several languages, such as the title of an award."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ENGLISH", "LANGUAGES", "LanguageMap"]

ENGLISH = "en"
"""The language of message ids, which every sentence can be had in."""

LANGUAGES = ("cs", ENGLISH)
"""Languages that are always there, in the order of preference."""

_LANGUAGE = re.compile(r"[a-z]{2,3}")


def _ordered(texts: Mapping[str, str]) -> dict[str, str]:
    first = [language for language in LANGUAGES if language in texts]
    return {language: texts[language] for language in [*first, *sorted(set(texts) - set(LANGUAGES))]}


@attrs.frozen
class LanguageMap:
    """One text in one or more languages.

    Args:
        texts: language (ISO 639 code, lower case) → text; Czech first, English second, then the others.

    Raises:
        ValueError: for an empty map or a key that is no language code.
    """

    texts: Mapping[str, str] = attrs.field(converter=_ordered, hash=False)

    def __attrs_post_init__(self) -> None:
        if not self.texts:
            message = "a language map needs at least one text"
            raise ValueError(message)
        wrong = [language for language in self.texts if not _LANGUAGE.fullmatch(language)]
        if wrong:
            message = f"not a language code: {wrong[0]!r}; a code such as cs or en is right"
            raise ValueError(message)

    @classmethod
    def of(cls, cs: str, en: str | None = None) -> LanguageMap:
        """Make the usual pair: Czech, and English where it is known."""
        return cls({"cs": cs} if en is None else {"cs": cs, "en": en})

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __hash__(self) -> int:
        return hash(tuple(self.texts.items()))

    def get(self, language: str) -> str | None:
        """Return the text in exactly this language, or none."""
        return self.texts.get(language)

    def best(self, language: str) -> str:
        """Return the text in this language, else in Czech, else in English, else in any."""
        return self.texts.get(language) or next(iter(self.texts.values()))

    def completed(self) -> LanguageMap:
        """Return the text in all languages that are always there, the best one standing in; a town keeps its name."""
        return LanguageMap({**{language: self.best(language) for language in LANGUAGES}, **self.texts})

    def language_of_best(self, language: str) -> str:
        """Return the language that `best` answers in, for the `lang` attribute of a page."""
        return language if self.texts.get(language) else next(iter(self.texts))
