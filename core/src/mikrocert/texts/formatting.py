"""Days, moments, numbers and lists as the readers of a language write them, by CLDR and whatever the process's locale."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from mikrocert.texts.typography import NBSP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "autonym",
    "day",
    "language_called",
    "listed",
    "moment",
    "number",
    "scalar",
    "size",
    "territory_called",
]

_LOCALES = {"en": "en_GB"}
_DAYS_IN_FIGURES = {"cs", "sk"}
"""Languages in which a day is written in figures unless asked for otherwise."""

_DAYS_IN_WORDS = {"uk": f"d{NBSP}MMMM y{NBSP}'року'"}
"""Language → how it writes a day with the month as a word, where CLDR's way ends with the full stop of an abbreviation."""

_ZONES = {"uk": "en"}
"""Language → the one whose abbreviations of time zones it uses, since CLDR has none for it."""

_VE = {2, 3, 4, 12, 13, 14, 20, 21, 22, 23}
"""Hours whose Czech names begin so that „ve“ is said before them: dvě, tři, čtyři, dvanáct …"""

_ELEVEN = 11
"""The hour whose Ukrainian name begins with a vowel, so that „об“ is said before it: об одинадцятій."""

_MOST_DIGITS = 64
_SEPARATORS = {"comma": ", ", "semicolon": "; "}
_THOUSAND = 1000


@cache
def _locale(language: str) -> Any:  # noqa: ANN401 - Babel is imported only when something is formatted
    """Return what CLDR knows of a language; English of Europe for English and for what CLDR doesn't know."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    try:
        return Locale.parse(_LOCALES.get(language, language))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def autonym(language: str) -> str:
    """Return what a language calls itself, such as `Čeština`; its code where CLDR doesn't know."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    try:
        name = Locale.parse(language).get_language_name(language)
    except (UnknownLocaleError, ValueError):
        name = None
    return name[:1].upper() + name[1:] if name else language


def language_called(code: str, language: str) -> str | None:
    """Return what a language calls another one by CLDR, such as `angličtina`; none where CLDR doesn't know.

    Args:
        code: ISO 639 code of the language that is named.
        language: ISO 639 code of the language in which.
    """
    return _called("languages", code, language)


def territory_called(code: str, language: str) -> str | None:
    """Return what a language calls a country by CLDR; none where CLDR doesn't know.

    Args:
        code: two letters, as ISO 3166-1 has them.
        language: ISO 639 code of the language in which.
    """
    return _called("territories", code, language)


def _called(kind: str, code: str, language: str) -> str | None:
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    try:
        names: Mapping[str, str] = getattr(Locale.parse(language), kind)
    except (UnknownLocaleError, ValueError, TypeError):
        return None
    return names.get(code)


def scalar(value: str | int | Decimal | date, language: str, *, style: str = "") -> str:
    """Return one value as text in a language.

    Args:
        value: a text stays as it is; a whole number has no grouping, since it may be a line or a year.
        language: ISO 639 code.
        style: see `day` and `moment`.
    """
    if isinstance(value, Decimal):
        return number(value, language)
    if isinstance(value, datetime):
        return moment(value, language, style=style)
    if isinstance(value, date):
        return day(value, language, style=style)
    return str(value)


def day(value: date, language: str, *, style: str = "") -> str:
    """Return a day: `22. 11. 2026` in Czech and Slovak, `22 November 2026` in English.

    Ukrainian adds the word for a year: `22 листопада 2026 року`.

    Args:
        value: the day; of a moment, its day in the framework's zone.
        language: ISO 639 code.
        style: `long` writes the month as a word in Czech and Slovak too: `22. listopadu 2026`.
    """
    from babel.dates import format_date  # noqa: PLC0415

    from mikrocert.texts.dates import local_time  # noqa: PLC0415 - the zones of the world are not needed for `--help`

    if isinstance(value, datetime):
        value = local_time(value).date()
    length = "medium" if language in _DAYS_IN_FIGURES and style != "long" else "long"
    if language in _DAYS_IN_WORDS:
        return format_date(value, _DAYS_IN_WORDS[language], locale=_locale(language))
    return format_date(value, length, locale=_locale(language)).replace(" ", NBSP, 1)


def moment(value: datetime, language: str, *, style: str = "") -> str:
    """Return a moment in the framework's zone: `22. 11. 2026 v 8:14`, `22 November 2026 at 8:14 CET`.

    Args:
        value: an aware time.
        language: ISO 639 code.
        style: `long` writes the month as a word in Czech and Slovak too, `zone` names the zone there too: `v 8:14 SEČ`.
    """
    from mikrocert.texts.dates import local_time  # noqa: PLC0415

    local = local_time(value)
    write = _MOMENTS.get(language, _moment_by_cldr)
    return write(local, day(local, language, style=style), language, style)


def _czech_moment(local: datetime, on: str, language: str, style: str) -> str:
    zone = f"{NBSP}{_zone(local, language)}" if style == "zone" else ""
    return f"{on} {'ve' if local.hour in _VE else 'v'}{NBSP}{_clock(local)}{zone}"


def _slovak_moment(local: datetime, on: str, language: str, style: str) -> str:
    zone = f"{NBSP}{_zone(local, language)}" if style == "zone" else ""
    return f"{on} o{NBSP}{_clock(local)}{zone}"


def _ukrainian_moment(local: datetime, on: str, language: str, style: str) -> str:
    zone = f"{NBSP}{_zone(local, language)}" if style == "zone" else ""
    return f"{on} {'об' if local.hour == _ELEVEN else 'о'}{NBSP}{_clock(local)}{zone}"


def _english_moment(local: datetime, on: str, language: str, _: str) -> str:
    return f"{on} at{NBSP}{_clock(local)}{NBSP}{_zone(local, language)}"


def _moment_by_cldr(local: datetime, on: str, language: str, _: str) -> str:
    from babel.dates import format_time, get_datetime_format  # noqa: PLC0415

    joined = str(get_datetime_format("long", locale=_locale(language)))
    time = f"{format_time(local, 'short', locale=_locale(language))}{NBSP}{_zone(local, language)}"
    return joined.replace("'", "").replace("{1}", on).replace("{0}", time)


def _clock(local: datetime) -> str:
    return f"{local.hour}:{local.minute:02d}"


def _zone(local: datetime, language: str) -> str:
    from babel.dates import format_time  # noqa: PLC0415

    return format_time(local, "z", locale=_locale(_ZONES.get(language, language)))


_MOMENTS = {"cs": _czech_moment, "sk": _slovak_moment, "uk": _ukrainian_moment, "en": _english_moment}
"""Language → how it writes a moment, where that is not as CLDR has it."""


def number(value: Decimal, language: str) -> str:
    """Return a number with all its digits and without needless zeros: `12,5` in Czech, `12.5` in English."""
    from babel.numbers import format_decimal  # noqa: PLC0415

    if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
        return str(value)
    whole = value.to_integral_value() if value == value.to_integral_value() else value.normalize()
    return format_decimal(whole, locale=_locale(language), decimal_quantization=False)


def listed(parts: Sequence[str], language: str, *, style: str = "") -> str:
    """Return parts as a list: `a, b a c` in Czech, `a, b and c` in English.

    Args:
        parts: what is listed, already in that language.
        language: ISO 639 code.
        style: `or` offers a choice (`a, b nebo c`), `comma` and `semicolon` put only these between the parts; anything
            else means "and".
    """
    from babel.lists import format_list  # noqa: PLC0415

    if style in _SEPARATORS:
        return _SEPARATORS[style].join(parts)
    return format_list(list(parts), style="or" if style == "or" else "standard", locale=_locale(language))


def size(octets: int, language: str) -> str:
    """Return the size of a file: `38 kB`, `1,2 MB`."""
    from babel.units import format_unit  # noqa: PLC0415

    thousands, millions = max(1, round(octets / _THOUSAND)), octets / _THOUSAND / _THOUSAND
    value, unit, digits = (
        (thousands, "digital-kilobyte", "0") if millions < 1 else (millions, "digital-megabyte", "0.0")
    )
    text = format_unit(value, unit, length="short", format=digits, locale=_locale(language))
    return text.replace(" ", NBSP)
