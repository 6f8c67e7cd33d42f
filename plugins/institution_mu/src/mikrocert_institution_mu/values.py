"""Single values as Czech registrars write them; whatever can be read in two ways is refused."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from mikrocert.api import Finding, codelist, message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert_institution_mu.record import Scalar

__all__ = ["WrongValue", "code", "day", "integer", "number", "text"]

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_CZECH = re.compile(r"([0-9]{1,2})\.\s*([0-9]{1,2})\.\s*([0-9]{4})")
_SHORT_YEAR = re.compile(r"\d{1,2}[./-]\s*\d{1,2}[./-]\s*\d{2}")
_SLASHES = re.compile(r"\d{1,4}/\d{1,2}/\d{1,4}")
_NUMBER = re.compile(r"[+-]?\d{1,9}([.,]\d{1,2})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}([.,\s]\d{3})+([.,]\d+)?|[+-]?\d+[.,]\d{3,}")
_INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)


class WrongValue(ValueError):
    """A value that can't be read; only the intake sees it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding.message))
        self.finding = finding


def _shown(value: Scalar) -> str:
    shown = str(value)
    return shown if len(shown) <= 40 else f"{shown[:40]}…"  # noqa: PLR2004 - what fits on a line


def text(value: Scalar) -> str:
    """Return the text; a number is no text, and neither is one that lost characters on the way."""
    if not isinstance(value, str):
        raise WrongValue(Finding.error("wrong-type", "this is a number; it has to be a text in quotes"))
    if "\ufffd" in value:
        raise WrongValue(
            Finding.error(
                "damaged-text",
                "the text is damaged: it has the character '\ufffd' in place of a letter; export the data again in UTF-8",
            )
        )
    if any(unicodedata.category(character) == "Cc" and character != "\n" for character in value):
        raise WrongValue(
            Finding.error(
                "control-character", "the text has a control character (such as a tab or NUL); remove it"
            )
        )
    return value


def day(value: Scalar) -> date:
    """Return the day; `22. 11. 2026`, `22.11.2026` and `2026-11-22` are understood."""
    shown = _shown(value)
    literal = str(value)
    right = message("right is 22. 11. 2026 or 2026-11-22")
    if match := _ISO.fullmatch(literal):
        year, month, in_month = (int(part) for part in match.groups())
    elif match := _CZECH.fullmatch(literal):
        in_month, month, year = (int(part) for part in match.groups())
    elif _SHORT_YEAR.fullmatch(literal):
        raise WrongValue(
            Finding.error(
                "short-year",
                "'{shown}' has a year of two digits, so the century is not certain; {right}",
                shown=shown,
                right=right,
            )
        )
    elif _SLASHES.fullmatch(literal):
        raise WrongValue(
            Finding.error(
                "ambiguous-date",
                "in date '{shown}' it is not certain which is the day and which the month; {right}",
                shown=shown,
                right=right,
            )
        )
    else:
        raise WrongValue(
            Finding.error("not-a-date", "'{shown}' is no date; {right}", shown=shown, right=right)
        )
    try:
        return date(year, month, in_month)
    except ValueError as error:
        raise WrongValue(
            Finding.error("no-such-day", "there is no day {shown}; {right}", shown=shown, right=right)
        ) from error


def number(value: Scalar) -> Decimal:
    """Return the number exactly; a text has a decimal comma or point, at most two decimals and no grouping."""
    if isinstance(value, int | Decimal):
        return Decimal(value)
    shown, literal = _shown(value), str(value)
    if _NUMBER.fullmatch(literal):
        return Decimal(literal.replace(",", "."))
    if _GROUPED.fullmatch(literal):
        raise WrongValue(
            Finding.error(
                "ambiguous-number",
                "in number '{shown}' it is not certain what separates thousands and what decimals; right is 1250 or 2,5, say",
                shown=shown,
            )
        )
    raise WrongValue(
        Finding.error("not-a-number", "'{shown}' is no number; right is 4 or 2,5, say", shown=shown)
    )


def integer(value: Scalar) -> int:
    """Return the whole number."""
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        shown = _shown(value)
        raise WrongValue(
            Finding.error("not-an-integer", "'{shown}' is no whole number; right is 6, say", shown=shown)
        )
    return int(value)


def code(value: Scalar, *, code_list: str | None, words: Mapping[str, str]) -> str:
    """Return the code that a word stands for; a word that is not known comes back as it is, for the rules to judge.

    Args:
        value: code, or its Czech or English label in any case.
        code_list: the core's list of such codes, or none.
        words: words understood → code, where there is no list.
    """
    label = text(value)
    if code_list is None:
        return words.get(_folded(label), label)
    if label in codelist(code_list):
        return label
    return _labels(code_list).get(_folded(label), label)


def _folded(label: str) -> str:
    return " ".join(label.casefold().split())


@cache
def _labels(code_list: str) -> Mapping[str, str]:
    codes: dict[str, set[str]] = {}
    for concept in codelist(code_list).concepts:
        for label in concept.labels.values():
            codes.setdefault(_folded(label), set()).add(concept.code)
    return {label: found.pop() for label, found in codes.items() if len(found) == 1}
