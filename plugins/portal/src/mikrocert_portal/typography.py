"""How the portal writes texts, days, times and sizes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from babel.dates import format_date
from babel.numbers import format_decimal
from mikrocert.texts import typography
from mikrocert.texts.dates import in_prague

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["NBSP", "WORD_JOINER", "day", "moment", "size", "typo"]

NBSP = typography.NBSP
WORD_JOINER = "\u2060"

_VE = {2, 3, 4, 12, 13, 14, 20, 21, 22, 23}

_ACRONYM = re.compile(r"(?<=[A-Z])-(?=[A-Z])")  # ISCED-F, QF-EHEA


def typo(text: str, language: str) -> str:
    """Return the text with no-break spaces and word joiners where a line must not break; nothing else changes.

    Args:
        text: running text, not markup.
        language: its language; rules exist for `cs` and `en`, other texts come back as they are.
    """
    return _ACRONYM.sub(f"-{WORD_JOINER}", typography.typo(text, language))


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
    local = in_prague(value)
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
