"""Facts: what of a credential goes to other places. No name, no birth, no grade: nothing that only its holder should tell."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

import attrs
from mikrocert.api import message

if TYPE_CHECKING:
    from datetime import date

    from mikrocert.api import Texts, Value, View

__all__ = ["Facts", "clipped", "facts_of"]

_FIGURES: Final = ("credits", "hours", "level")
_ELLIPSIS: Final = "…"
_TEST: Final = "TEST"


@attrs.frozen
class Facts:
    """What is taken along, as plain text in one line each.

    Args:
        title: title of the micro-credential; that of a test begins with the mark of a test.
        body: who awarded it.
        measures: workload and level, in words.
        awarded_on: awarding date, or none.
        valid_until: last day of its validity, or none.
        identifier: the 12 characters, or none.
        address: where it can be verified: what the holder chose, a permanent link or a share.
        language: language of the texts.
        test: whether it is a test.
    """

    title: str
    body: str
    measures: tuple[str, ...]
    awarded_on: date | None
    valid_until: date | None
    identifier: str | None
    address: str
    language: str
    test: bool = False


def facts_of(view: View, *, address: str, texts: Texts, language: str) -> Facts:
    """Return what of a view goes to other places.

    Args:
        view: what a person sees of the credential.
        address: where it can be verified.
        texts: the languages of the system.
        language: one of them.
    """

    def say(value: Value) -> str:
        return _plain(texts.plain(value, language))

    title = say(view.title)
    return Facts(
        title=f"{_TEST} – {title}" if view.test else title,
        body=say(view.awarding_body),
        measures=tuple(
            say(
                message("{label} {value}", label=figure.label, value=figure.value)
                if figure.key == "level"
                else message("{value} {label}", value=figure.value, label=figure.label)
            )
            for figure in view.figures
            if figure.key in _FIGURES
        ),
        awarded_on=view.awarded_on,
        valid_until=view.valid_until,
        identifier=view.identifier,
        address=address,
        language=language,
        test=view.test,
    )


def _plain(text: str) -> str:
    """Return a text in one line, without characters that steer what is around it."""
    spaced = "".join(" " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in text)
    kept = "".join(letter for letter in spaced if unicodedata.category(letter)[0] != "C")
    return " ".join(kept.split())


def clipped(text: str, *, most: int) -> str:
    """Return a text of at most so many characters; what is longer ends at a word, with an ellipsis."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    whole, blank, _ = cut.rpartition(" ")
    return (whole if blank and len(whole) > most // 2 else cut).rstrip() + _ELLIPSIS
