"""Conventions of building and reading where ELM leaves a choice."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final

import attrs
from mikrocert.api import ZONE, LanguageMap, Mandate, Organisation, Texts, local_time, message

from mikrocert_edc_v3.model.profile import DateTime, Duration

__all__ = [
    "EVIDENCE_NUMBER",
    "IDENTIFIER",
    "LEARNER_SCHEMES",
    "NO_GRADE",
    "VERIFICATION",
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

IDENTIFIER: Final = "Identifikátor mikrocertifikátu (micro-credential identifier)"
"""`schemeName` of the 12 characters; a plain string, so both languages are in it."""

EVIDENCE_NUMBER: Final = "Evidenční číslo (record number)"
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
"""Content of the mandatory grade of an assessment that was not graded."""

VERIFICATION: Final = {"cs": "Ověření mikrocertifikátu", "en": "Verification of the micro-credential"}
"""Title of the web page behind the verification link."""


@attrs.frozen
class _Statement:
    """The statement of a mandate in one language.

    Args:
        language: ISO 639-1 code.
        one: how it begins where one body awards; its end has the name of the body.
        several: how it begins where several award together; its end has their names.
        seal: what the seal says of it.
    """

    language: str
    one: tuple[str, str]
    several: tuple[str, str]
    seal: str


_STATEMENTS: Final = (
    _Statement(
        "cs",
        (
            "Všechny údaje v\u00a0tomto mikrocertifikátu uvádí udělující škola ",
            "({bodies}) a\u00a0sama za ně odpovídá. ",
        ),
        (
            "Všechny údaje v\u00a0tomto mikrocertifikátu uvádějí udělující školy ",
            "({bodies}) a\u00a0samy za ně odpovídají. ",
        ),
        "Organizace, která mikrocertifikát pečetí, stvrzuje původ těchto údajů na "
        "základě pověření č.\u00a0{number} ze dne {day}.",
    ),
    _Statement(
        "en",
        (
            "All claims in this credential are made by the awarding body ",
            "({bodies}), which alone is responsible for them. ",
        ),
        (
            "All claims in this credential are made by the awarding bodies ",
            "({bodies}), which alone are responsible for them. ",
        ),
        "By its seal the sealing organisation certifies their origin, under mandate No.\u00a0{number} of {day}.",
    ),
)

# No more digits than anyone needs: a number that fills the memory when written out is no number of credits.
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_DURATION = re.compile(r"PT(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)S)?")
_SECONDS_AN_HOUR: Final = 3600


def scheme_name(scheme: str) -> str:
    """Return what to call the scheme of an identifier: `IČO` for `ico`."""
    return _SCHEME_NAMES.get(scheme, scheme)


def scheme_of(name: str | None) -> str:
    """Return the scheme that has this name, or the name itself."""
    return next((scheme for scheme, its_name in _SCHEME_NAMES.items() if its_name == name), name or "")


def noon(day: date) -> DateTime:
    """Return noon UTC of this day: the same day in every time zone from UTC−12 to UTC+11."""
    return DateTime(f"{day.isoformat()}T12:00:00Z")


def end_of_day(day: date) -> DateTime:
    """Return the last second of this day in Prague, with its offset."""
    return moment(datetime.combine(day, time(23, 59, 59), ZONE))


def moment(at: datetime) -> DateTime:
    """Return an aware time in whole seconds, UTC as `Z`."""
    return DateTime(at.isoformat(timespec="seconds").replace("+00:00", "Z"))


def day_of(text: str | None) -> date | None:
    """Return the day that a text begins with, whatever the time zone; none if it begins with no date."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def day_in_prague(text: str | None) -> date | None:
    """Return the day on which this moment is in Prague; none if it can't be read."""
    at = moment_of(text)
    return local_time(at).date() if at else None


def moment_of(text: str | None) -> datetime | None:
    """Return the time as an aware one, UTC where no offset is given; none if it can't be read."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def number(value: Decimal) -> str:
    """Return a number with a decimal point and no exponent."""
    return format(value, "f")


def number_of(text: str | None) -> Decimal | None:
    """Return the number in a text, which has a decimal point; none if it is no number."""
    return Decimal(text) if text and _NUMBER.fullmatch(text) else None


def duration(hours: Decimal) -> Duration:
    """Return hours as xsd:duration: `PT150H`, `PT12H30M`."""
    seconds = hours * _SECONDS_AN_HOUR
    whole, rest = divmod(seconds, _SECONDS_AN_HOUR)
    minutes, rest = divmod(rest, 60)
    parts = [f"{int(whole)}H" if whole or not seconds else ""]
    parts += [f"{int(minutes)}M" if minutes else "", f"{number(rest.normalize())}S" if rest else ""]
    return Duration(f"PT{''.join(parts)}")


def hours_of(text: str | None) -> Decimal | None:
    """Return the hours of a duration in hours, minutes and seconds; none for any other."""
    match = _DURATION.fullmatch(text or "")
    if not match or not any(match.groups()):
        return None
    hours, minutes, seconds = (Decimal(part or 0) for part in match.groups())
    return (hours * _SECONDS_AN_HOUR + minutes * 60 + seconds) / _SECONDS_AN_HOUR


def mandate_statement(mandate: Mandate, bodies: Sequence[Organisation]) -> str:
    """Return the statement of the mandate: one plain string, as the shapes want it, a line in each language.

    Args:
        mandate: the agreement under which is sealed.
        bodies: all that award, the first of them first.
    """
    texts = Texts()
    lines: list[str] = []
    for statement in _STATEMENTS:
        beginning, names = statement.several if len(bodies) > 1 else statement.one
        listed = message("{bodies}", bodies=[body.legal_name.completed() for body in bodies])
        sentences = f"{beginning}{names}{statement.seal}"
        lines.append(
            sentences.format(
                bodies=texts.plain(listed, statement.language),
                number=mandate.number,
                day=texts.plain(mandate.agreed_on, statement.language),
            )
        )
    return "\n".join(lines)


def statement_by_language(text: str) -> LanguageMap:
    """Return a statement by language; one that `mandate_statement` didn't make stands for all languages."""
    lines = dict(zip((statement.language for statement in _STATEMENTS), text.split("\n"), strict=False))
    if "\n".join(lines.values()) == text and all(
        lines.get(statement.language, "").startswith((statement.one[0], statement.several[0]))
        for statement in _STATEMENTS
    ):
        return LanguageMap(lines)
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
