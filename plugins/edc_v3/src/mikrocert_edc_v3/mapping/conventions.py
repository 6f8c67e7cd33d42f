"""What building and reading agree on where ELM leaves a choice."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final

from mikrocert.api import LanguageMap, Mandate, Organisation
from mikrocert.texts.dates import PRAGUE, in_prague, written

from mikrocert_edc_v3.model.profile import DateTime, Duration

__all__ = [
    "EVIDENCE_NUMBER",
    "IDENTIFIER",
    "LEARNER_SCHEMES",
    "NBSP",
    "NO_GRADE",
    "address_lines",
    "address_parts",
    "day_in_prague",
    "day_of",
    "duration",
    "end_of_day",
    "hours_of",
    "mandate_statement",
    "moment",
    "moment_of",
    "noon",
    "number",
    "number_of",
    "scheme_name",
    "scheme_of",
    "statement_by_language",
]

NBSP: Final = "\u00a0"

IDENTIFIER: Final = "Identifikátor mikrocertifikátu (micro-credential identifier)"
"""`schemeName` of the 12 characters; a plain string, so both languages are in it."""

EVIDENCE_NUMBER: Final = "Evidenční číslo (evidence number)"
"""`schemeName` of the number in the institution's register."""

LEARNER_SCHEMES: Final = frozenset({"isni", "orcid", "researcherid", "scopus"})
"""Learner identifiers that may enter a credential: public ones of persons, never a student or birth number."""

_SCHEME_NAMES: Final = {
    "deqar": "DEQAR",
    "erasmus": "Erasmus",
    "eter": "ETER",
    "ico": "IČO",
    "isni": "ISNI",
    "orcid": "ORCID",
    "researcherid": "ResearcherID",
    "ror": "ROR",
    "scopus": "Scopus",
    "vat": "DIČ (VAT)",
}

NO_GRADE: Final = {"cs": "splněno", "en": "passed"}
"""What stands in the mandatory grade of an assessment that was not graded."""

_STATEMENT_CS: Final = f"Všechny údaje v{NBSP}tomto mikrocertifikátu uvádí udělující subjekt "
_STATEMENT_EN: Final = "All claims in this credential are made by the awarding body "
# No more digits than anyone needs: a number that fills the memory when written out is no number of credits.
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_DURATION = re.compile(r"PT(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)S)?")
_SECONDS_AN_HOUR: Final = 3600


def scheme_name(scheme: str) -> str:
    """Return what to call the scheme of an identifier: `IČO` for `ico`."""
    return _SCHEME_NAMES.get(scheme, scheme)


def scheme_of(name: str | None) -> str:
    """Return the scheme that is called so, or the name itself."""
    return next((scheme for scheme, known in _SCHEME_NAMES.items() if known == name), name or "")


def noon(day: date) -> DateTime:
    """Return noon UTC of this day: the same day in every time zone from UTC−12 to UTC+11."""
    return DateTime(f"{day.isoformat()}T12:00:00Z")


def end_of_day(day: date) -> DateTime:
    """Return the last second of this day in Prague, with its offset."""
    return moment(datetime.combine(day, time(23, 59, 59), PRAGUE))


def moment(at: datetime) -> DateTime:
    """Return an aware time in whole seconds, UTC as `Z`."""
    return DateTime(at.isoformat(timespec="seconds").replace("+00:00", "Z"))


def day_of(written: str | None) -> date | None:
    """Return the day that stands there, whatever the time zone; none if there is no date."""
    try:
        return date.fromisoformat((written or "")[:10])
    except ValueError:
        return None


def day_in_prague(written: str | None) -> date | None:
    """Return the day on which this moment is in Prague; none if it can't be read."""
    at = moment_of(written)
    return in_prague(at).date() if at else None


def moment_of(written: str | None) -> datetime | None:
    """Return the time as an aware one, UTC where no offset is written; none if it can't be read."""
    try:
        at = datetime.fromisoformat(written or "")
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def number(value: Decimal) -> str:
    """Return a number with a decimal point and no exponent."""
    return format(value, "f")


def number_of(written: str | None) -> Decimal | None:
    """Return the number that is written with a decimal point, none if it is none."""
    return Decimal(written) if written and _NUMBER.fullmatch(written) else None


def duration(hours: Decimal) -> Duration:
    """Return hours as xsd:duration: `PT150H`, `PT12H30M`."""
    seconds = hours * _SECONDS_AN_HOUR
    whole, rest = divmod(seconds, _SECONDS_AN_HOUR)
    minutes, rest = divmod(rest, 60)
    parts = [f"{int(whole)}H" if whole or not seconds else ""]
    parts += [f"{int(minutes)}M" if minutes else "", f"{number(rest.normalize())}S" if rest else ""]
    return Duration(f"PT{''.join(parts)}")


def hours_of(written: str | None) -> Decimal | None:
    """Return the hours of a duration in hours, minutes and seconds; none for any other."""
    found = _DURATION.fullmatch(written or "")
    if not found or not any(found.groups()):
        return None
    hours, minutes, seconds = (Decimal(part or 0) for part in found.groups())
    return (hours * _SECONDS_AN_HOUR + minutes * 60 + seconds) / _SECONDS_AN_HOUR


def mandate_statement(mandate: Mandate, body: Organisation) -> str:
    """Return the statement of the mandate: one plain string, as the shapes want it, a Czech and an English line."""
    day = written(mandate.agreed_on)
    return (
        f"{_STATEMENT_CS}({body.legal_name.best('cs')}) a{NBSP}sám za ně odpovídá. Organizace, která jej "
        f"opatřuje pečetí, tím na základě pověření č.{NBSP}{mandate.number} ze dne {day.cs} "
        "stvrzuje jejich původ.\n"
        f"{_STATEMENT_EN}({body.legal_name.best('en')}), which alone is responsible for them. By its seal the sealing "
        f"organisation certifies their origin, under mandate No.{NBSP}{mandate.number} of {day.en}."
    )


def statement_by_language(text: str) -> LanguageMap:
    """Return a statement by language; one that `mandate_statement` didn't make stands for all languages."""
    lines = text.split("\n")
    if len(lines) == 2 and lines[0].startswith(_STATEMENT_CS) and lines[1].startswith(_STATEMENT_EN):  # noqa: PLR2004
        return LanguageMap.of(lines[0], lines[1])
    return LanguageMap.of(text, text)


def address_lines(street: str | None, postcode: str | None, locality: str | None) -> str | None:
    """Return an address as three lines: street, postcode, town; none if nothing is known.

    ELM has one text for an address. Line breaks tell its parts apart, and a page that folds them shows
    "Žerotínovo nám. 617/9, 601 77 Brno".
    """
    if not (street or postcode or locality):
        return None
    return f"{street + ',' if street else ''}\n{postcode or ''}\n{locality or ''}"


def address_parts(text: str) -> tuple[str | None, str | None, str | None]:
    """Return street, postcode and town; the whole as street where it isn't in three lines."""
    lines = text.split("\n")
    if len(lines) != 3:  # noqa: PLR2004
        return text or None, None, None
    return lines[0].removesuffix(",") or None, lines[1] or None, lines[2] or None
