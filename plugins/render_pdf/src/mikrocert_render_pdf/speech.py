"""The two languages of a certificate: which comes first, and what stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from mikrocert.api import ENGLISH, LANGUAGES, available

from mikrocert_render_pdf.typo import typo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.api import Texts, Value, View

__all__ = ["Line", "Pair", "Speech", "order_of"]


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
        view: a view in the first of the usual languages is drawn in these, another one in its own best two.
        lead: language that comes first whatever the view says.
    """
    own = LANGUAGES if LANGUAGES[0] in view.languages else view.languages
    wanted = ([lead] if lead else []) + [*own, ENGLISH, *LANGUAGES]
    first, second = list(dict.fromkeys(wanted))[:2]
    return first, second


@attrs.frozen
class Speech:
    """Says texts in two languages, set with the typography of each.

    Args:
        first: the leading language.
        second: the language beside it.
        texts: the languages that are installed.
    """

    first: str
    second: str
    texts: Texts

    def pair(self, value: Value) -> Pair:
        """Return a text in the leading language, else in its best one; and in the second, unless it is the same."""
        language = self.texts.language_of(value, self.first)
        lead = self._plain(value, self.first)
        also = None
        spoken = self.texts.language_of(value, self.second) == self.second
        if self.second != language and spoken and available(value, self.second):
            also = self._plain(value, self.second)
        return Pair(
            Line(language, typo(lead, language)),
            None if also is None or also == lead else Line(self.second, typo(also, self.second)),
        )

    def _plain(self, value: Value, language: str) -> str:
        return self.texts.plain(value, language)
