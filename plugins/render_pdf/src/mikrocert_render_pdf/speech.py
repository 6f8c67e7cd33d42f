"""The two languages of a certificate: which comes first, and what stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from mikrocert.api import LanguageMap

from mikrocert_render_pdf.typo import typo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mikrocert.api import View

__all__ = ["LANGUAGE_NAMES", "Line", "Pair", "Speech", "order_of"]

LANGUAGE_NAMES = {
    "bg": "Български",
    "cs": "Česky",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "Español",
    "et": "Eesti",
    "fi": "Suomi",
    "fr": "Français",
    "ga": "Gaeilge",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "it": "Italiano",
    "lt": "Lietuvių",
    "lv": "Latviešu",
    "mt": "Malti",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
    "ro": "Română",
    "sk": "Slovensky",
    "sl": "Slovenščina",
    "sv": "Svenska",
    "uk": "Українська",
}


@attrs.frozen
class Line:
    """A text and the language it is in."""

    language: str
    text: str


@attrs.frozen
class Pair:
    """A text in the leading language, and in the other one where that says something else."""

    lead: Line
    also: Line | None = None

    def __iter__(self) -> Iterator[Line]:
        yield self.lead
        if self.also is not None:
            yield self.also


def order_of(view: View, *, lead: str | None = None) -> tuple[str, str]:
    """Return the two languages that a view is drawn in.

    Args:
        view: a view in Czech has Czech first and English second; a view without Czech has its own best two.
        lead: language that comes first whatever the view says.
    """
    own = view.languages if "cs" not in view.languages else ("cs", "en")
    wanted = ([lead] if lead else []) + [*own, "en", "cs"]
    first, second = list(dict.fromkeys(wanted))[:2]
    return first, second


@attrs.frozen
class Speech:
    """Says texts in two languages, set with the typography of each.

    Args:
        first: the leading language.
        second: the language beside it.
        words: the fixed words in cs and en.
    """

    first: str
    second: str
    words: Mapping[str, LanguageMap]

    def pair(self, text: LanguageMap) -> Pair:
        """Return the text in the leading language, else in its best one; and in the second, unless it is the same."""
        language = text.language_of_best(self.first)
        lead = text.best(self.first)
        also = text.get(self.second) if language != self.second else None
        return Pair(
            Line(language, typo(lead, language)),
            None if also is None or also == lead else Line(self.second, typo(also, self.second)),
        )

    def word(self, key: str, **values: str | LanguageMap) -> Pair:
        """Return one of the fixed words, its places filled with the values.

        Raises:
            KeyError: for a word or a place that there is not.
        """
        filled = {
            language: template.format(
                **{
                    name: value if isinstance(value, str) else value.best(language)
                    for name, value in values.items()
                }
            )
            for language, template in self.words[key].texts.items()
        }
        known = [language for language in (self.first, self.second) if language in filled] or ["en"]
        return self.pair(LanguageMap({language: filled[language] for language in known}))
