"""The one or two languages of a certificate: which comes first, and what stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from mikrocert.certificate.model import Line, Pair
from mikrocert.texts import ENGLISH, LANGUAGES, available
from mikrocert.texts.typography import plain_hyphens, typo

if TYPE_CHECKING:
    from mikrocert.report import View
    from mikrocert.texts import Texts, Value

__all__ = ["Speech", "usual_languages"]


def usual_languages(view: View) -> tuple[str, ...]:
    """Return the two languages that a view is said in where nobody chose others.

    Args:
        view: one in the first of the usual languages is said in these, another one in its own best two.
    """
    own = LANGUAGES if LANGUAGES[0] in view.languages else view.languages
    return tuple(dict.fromkeys([*own, ENGLISH, *LANGUAGES]))[:2]


@attrs.frozen
class Speech:
    """Says texts in one language or two, with the no-break spaces of each.

    Args:
        languages: one or two, the leading one first.
        texts: the languages that are installed.
    """

    languages: tuple[str, ...]
    texts: Texts

    def pair(self, value: Value) -> Pair:
        """Return a text in the leading language, else in its best one; and in the second, unless it is the same."""
        first, *others = self.languages
        language = self.texts.language_of(value, first)
        lead = self.texts.plain(value, first)
        for second in others:
            spoken = self.texts.language_of(value, second) == second
            if second != language and spoken and available(value, second):
                also = self.texts.plain(value, second)
                if also != lead:
                    return Pair(_line(language, lead), _line(second, also))
        return Pair(_line(language, lead))

    def row(self, value: Value) -> tuple[Line, ...]:
        """Return a text in each of the languages, the same twice where it is the same in both."""
        pair = self.pair(value)
        return tuple(pair) if pair.also else (pair.lead,) * len(self.languages)


def _line(language: str, text: str) -> Line:
    return Line(language, typo(plain_hyphens(text), language))
