"""Where a line must not break, by the rules of the Czech Language Institute, and how values are written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["NBSP", "WORD_JOINER", "day", "groups", "moment", "size", "typo"]

NBSP = "\u00a0"
WORD_JOINER = "\u2060"

_ZONE = "Europe/Prague"
_VE = {2, 3, 4, 12, 13, 14, 20, 21, 22, 23}

_UNITS = r"ECTS|hodin\w*|kredit\w*|let|měsíc\w*|týdn\w*|dn[íůy]|bod[ůy]?|min|h|kB|MB|%|Kč"
_MONTHS = "ledna|února|března|dubna|května|června|července|srpna|září|října|listopadu|prosince"
_ACRONYM = re.compile(r"(?<=[A-Z])-(?=[A-Z])")  # ISCED-F, QF-EHEA
_RULES = {
    "cs": (
        # One-letter prepositions and conjunctions, also two in a row ("i v"), hence the look-behind.
        (re.compile(r"(?<![^\s(„‚–/-])([KkSsVvZzOoUuAaIi]) (?=\S)"), rf"\1{NBSP}"),
        (re.compile(r"\b([Vv]e|[Kk]e|[Zz]e) (?=\d)"), rf"\1{NBSP}"),
        (re.compile(r"\b(\d{1,2})\. (\d{1,2})\. (?=\d{4}\b)"), rf"\1.{NBSP}\2.{NBSP}"),
        (re.compile(rf"\b(\d{{1,2}})\. (?=(?:{_MONTHS})\b)"), rf"\1.{NBSP}"),
        (re.compile(r"(§|\b(?:EQF|ISCED|IČO|čl\.|odst\.|č\.)) (?=\d)"), rf"\1{NBSP}"),
        (re.compile(rf"(\d) (?=(?:{_UNITS})(?!\w))"), rf"\1{NBSP}"),
        (re.compile(r"\b(tj\.|tzv\.|např\.) (?=\S)"), rf"\1{NBSP}"),
    ),
    "en": (
        (re.compile(r"\b(EQF|ISCED|No\.) (?=\d)"), rf"\1{NBSP}"),
        (re.compile(r"(\d) (?=(?:ECTS|credits?|hours?|kB|MB)\b)"), rf"\1{NBSP}"),
    ),
}


def typo(text: str, language: str) -> str:
    """Return the text with no-break spaces and word joiners where a line must not break; nothing else changes.

    Args:
        text: running text, not markup.
        language: its language; rules exist for `cs` and `en`, other texts come back as they are.
    """
    for pattern, replacement in _RULES.get(language, ()):
        text = pattern.sub(replacement, text)
    return _ACRONYM.sub(f"-{WORD_JOINER}", text)


def day(value: date, language: str) -> str:
    """Return a day: `22. června 2026`, `22 June 2026`."""
    return format_date(value, "d. MMMM y" if language == "cs" else "d MMMM y", locale=language).replace(
        " ", NBSP, 1
    )


def moment(value: datetime, language: str) -> str:
    """Return a time in Prague: `23. listopadu 2026 v 8:14`, `23 November 2026 at 8:14 CET`.

    Args:
        value: an aware time.
        language: `cs` or `en`.
    """
    local = value.astimezone(ZoneInfo(_ZONE))
    clock = f"{local.hour}:{local.minute:02d}"
    if language == "cs":
        return f"{day(local, language)} {'ve' if local.hour in _VE else 'v'}{NBSP}{clock}"
    return f"{day(local, language)} at{NBSP}{clock}{NBSP}{local.tzname()}"


def size(octets: int, language: str) -> str:
    """Return the size of a file: `38 kB`, `1,2 MB`."""
    thousand = 1000
    if octets < thousand * thousand:
        return f"{max(1, round(octets / thousand))}{NBSP}kB"
    return f"{format_decimal(octets / thousand / thousand, '0.0', locale=language)}{NBSP}MB"


def groups(identifier: str) -> tuple[str, ...]:
    """Return an identifier in groups of four, as it is read aloud and typed."""
    return tuple(identifier[start : start + 4] for start in range(0, len(identifier), 4))
