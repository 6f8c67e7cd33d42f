"""Single values as Czech registrars write them; whatever can be read in two ways is refused."""

from __future__ import annotations

import difflib
import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from mikrocert.codelists import codelist
from mikrocert.report import Finding
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.intake.record import Scalar

__all__ = ["WrongValue", "code", "day", "integer", "number", "text"]

_CONTROLS = {"Cc", "Zl", "Zp"}
_DAYS_OF_EXCEL = re.compile(r"[1-6]\d{4}", re.ASCII)
_DAY_NULL_OF_EXCEL = date(1899, 12, 30)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_CZECH = re.compile(r"([0-9]{1,2})\.\s*([0-9]{1,2})\.\s*([0-9]{4})")
_MIDNIGHT = re.compile(r"(?P<day>.*[0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2})[ T]0?0:00(:00([.,]0+)?)?", re.ASCII)
_WITH_TIME = re.compile(r"[0-9. -]{8,14}[ T][0-9]{1,2}:[0-9]{2}.*", re.ASCII)
_SPACES = re.compile(r"[ \u00a0]{2,}")
_SHORT_YEAR = re.compile(r"\d{1,2}[./-]\s*\d{1,2}[./-]\s*\d{2}")
_SLASHES = re.compile(r"\d{1,4}/\d{1,2}/\d{1,4}")
_NUMBER = re.compile(r"[+-]?\d{1,9}([.,]\d{1,2})?", re.ASCII)
_DAY_FOR_NUMBER = re.compile(
    r"\d{1,2}\.\s?([IVX]+|[A-Za-zěščřžýáíéúů]{3,})\.?|([IVX]+|[A-Za-zěščřžýáíéúů]{3,})\.\s?\d{1,2}|\d{1,2}-[A-Za-z]{3}"
)
_GROUPED = re.compile(r"[+-]?\d{1,3}([.,\s]\d{3})+([.,]\d+)?|[+-]?\d+[.,]\d{3,}")
_MOST_CHOICES = 20
_NEAR, _NEARNESS = 3, 0.8
_COMMON = ("čeština", "angličtina", "slovenština", "němčina")
"""Labels of the one long list, languages, that are named where nothing is near to what was written."""
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
    """Return the text, letters and accents composed (NFC), several spaces as one; a number is no text, and neither is one that lost characters on the way."""
    if not isinstance(value, str):
        raise WrongValue(Finding.error("wrong-type", "this is a number; it has to be a text in quotes"))
    if "\ufffd" in value:
        raise WrongValue(
            Finding.error(
                "damaged-text",
                "the text is damaged: it has the character '\ufffd' in place of a letter; export the data again in UTF-8",
            )
        )
    if any(unicodedata.category(character) in _CONTROLS and character != "\n" for character in value):
        raise WrongValue(
            Finding.error(
                "control-character",
                "the text has a control character (such as a tab, NUL or a line separator); remove it",
            )
        )
    return unicodedata.normalize("NFC", _SPACES.sub(" ", value))


def day(value: Scalar) -> date:
    """Return the day; `22. 11. 2026`, `22.11.2026` and `2026-11-22` are understood, also with the midnight that databases add."""
    shown = _shown(value)
    literal = str(value)
    _demand_shown(literal)
    if midnight := _MIDNIGHT.fullmatch(literal):
        literal = midnight["day"].rstrip()
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
    elif _DAYS_OF_EXCEL.fullmatch(literal):
        raise WrongValue(
            Finding.error(
                "day-of-excel",
                "'{shown}' is a day as Excel counts them, probably {day}; format the cell as a date; {right}",
                shown=shown,
                day=_DAY_NULL_OF_EXCEL + timedelta(days=int(literal)),
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


def _demand_shown(literal: str) -> None:
    """Refuse the signs that a spreadsheet writes where a column is too narrow for a number or a day.

    Raises:
        WrongValue: says what to do.
    """
    if literal and not literal.strip("#"):
        raise WrongValue(
            Finding.error(
                "too-narrow",
                "'{shown}' stands where the column was too narrow; widen it and export again",
                shown=_shown(literal),
            )
        )


def number(value: Scalar) -> Decimal:
    """Return the number exactly; a text has a decimal comma or point, at most two decimals and no grouping."""
    if isinstance(value, int | Decimal):
        return Decimal(value)
    shown, literal = _shown(value), str(value)
    _demand_shown(literal)
    if _DAY_FOR_NUMBER.fullmatch(literal):
        raise WrongValue(
            Finding.error(
                "day-for-number",
                "'{shown}' is a number that a spreadsheet took for a day; format the column as text and write 2,5, say",
                shown=shown,
            )
        )
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
    """Return the code that a word stands for; a word that is not known is refused with those that are.

    Args:
        value: code, or its Czech or English label in any case.
        code_list: the core's list of such codes, or none.
        words: words understood → code, besides the list; where there is neither, every code is left to the rules.
    """
    label = text(value)
    if code_list is None and not words:
        return label
    if code_list is None:
        codes = {
            **{_folded(word): code for word, code in words.items()},
            **{code: code for code in words.values()},
        }
        choices: tuple[Message | str, ...] = tuple(words)
    else:
        codes = {
            **_labels(code_list),
            **{concept.code: concept.code for concept in codelist(code_list).concepts},
            **{_folded(word): code for word, code in words.items()},
        }
        choices = ()
    found = codes.get(label) or codes.get(_folded(label))
    if found is not None:
        return found
    shown = _shown(label)
    if choices or (code_list and len(codelist(code_list).concepts) <= _MOST_CHOICES):
        choices = choices or tuple(concept.name for concept in codelist(code_list or "").concepts)
        raise WrongValue(
            Finding.error(
                "unknown-code",
                "'{shown}' is not understood; understood are: {choices:semicolon}",
                shown=shown,
                choices=choices,
            )
        )
    near = (
        difflib.get_close_matches(_folded(label), list(_labels(code_list or "")), n=_NEAR, cutoff=_NEARNESS)
        or _COMMON
    )
    names = dict.fromkeys(codelist(code_list or "").get(codes[one]).name for one in near if one in codes)
    raise WrongValue(
        Finding.error(
            "unknown-code",
            "'{shown}' is not understood; understood are, for example: {choices:semicolon}",
            shown=shown,
            choices=tuple(names),
        )
    )


def _folded(label: str) -> str:
    return " ".join(label.casefold().split())


@cache
def _labels(code_list: str) -> Mapping[str, str]:
    codes: dict[str, set[str]] = {}
    for concept in codelist(code_list).concepts:
        for label in concept.labels.values():
            codes.setdefault(_folded(label), set()).add(concept.code)
    return {label: found.pop() for label, found in codes.items() if len(found) == 1}
