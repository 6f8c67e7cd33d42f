"""Dates, numbers and units as Czech and English readers expect them."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from mikrocert.api import LanguageMap
from mikrocert.texts.dates import written

from mikrocert_edc_v3.mapping.conventions import NBSP

__all__ = [
    "born",
    "both",
    "composed",
    "credits_label",
    "day_figure",
    "hours",
    "in_full",
    "joined",
    "number_in",
    "period",
]

_MONTHS: Final = (
    "ledna", "února", "března", "dubna", "května", "června",
    "července", "srpna", "září", "října", "listopadu", "prosince",
)  # fmt: skip
_CREDITS: Final = ("kredit ECTS", "kredity ECTS", "kreditů ECTS", "kreditu ECTS")
_HOURS: Final = ("hodina", "hodiny", "hodin", "hodiny")
_FEW: Final = 5


def both(say: Callable[[str], str]) -> LanguageMap:
    """Return what `say` says in Czech and in English."""
    return LanguageMap.of(say("cs"), say("en"))


def composed(say: Callable[[str], str], *texts: LanguageMap | None) -> LanguageMap:
    """Return what `say` says in each language in which all given texts are, else in that of the first one.

    A sentence made of our words and the issuer's is only said in a language that the issuer used.
    """
    given = [text for text in texts if text is not None]
    common = [language for language in given[0] if all(text.get(language) for text in given)]
    return LanguageMap({language: say(language) for language in common or [next(iter(given[0]))]})


def joined(parts: Iterable[str | None], *, by: str = ", ") -> str:
    """Return the parts that there are, joined."""
    return by.join(part for part in parts if part)


def in_full(day: date, language: str) -> str:
    """Return a date with the month in words: `22. června 2026`, `22 June 2026`."""
    return f"{day.day}.{NBSP}{_MONTHS[day.month - 1]} {day.year}" if language == "cs" else written(day).en


def day_figure(day: date) -> LanguageMap:
    """Return a date as it is set large: `22. 6. 2026`, `22 June 2026`."""
    said = written(day)
    return LanguageMap.of(said.cs, said.en)


def period(start: date | None, end: date | None, language: str) -> str:
    """Return from when until when, one day alone, or nothing if neither is known."""
    if start and start == end:
        return in_full(start, language)
    since, until = ("od", "do") if language == "cs" else ("from", "to")
    return joined(
        (
            f"{word}{NBSP}{in_full(day, language)}" if day else None
            for word, day in ((since, start), (until, end))
        ),
        by=" ",
    )


def number_in(value: Decimal, language: str) -> str:
    """Return a number without needless zeros, with a decimal comma in Czech."""
    text = format(value.normalize(), "f")
    return text.replace(".", ",") if language == "cs" else text


def credits_label(value: Decimal, language: str) -> str:
    """Return the unit that goes with so many credits."""
    return _counted(value, _CREDITS) if language == "cs" else "ECTS credit" if value == 1 else "ECTS credits"


def hours(value: Decimal, language: str) -> str:
    """Return a number of hours with its unit."""
    unit = _counted(value, _HOURS) if language == "cs" else "hour" if value == 1 else "hours"
    return f"{number_in(value, language)}{NBSP}{unit}"


def born(day: date, place: str | None, language: str) -> str:
    """Return the line below a name, which avoids gender and declension."""
    if language == "cs":
        return joined([f"datum narození {in_full(day, 'cs')}", place])
    return joined([f"born on {in_full(day, 'en')}", f"in {place}" if place else None], by=" ")


def _counted(value: Decimal, forms: tuple[str, str, str, str]) -> str:
    if value != value.to_integral_value():
        return forms[3]
    return forms[0] if value == 1 else forms[1] if 1 < value < _FEW else forms[2]
