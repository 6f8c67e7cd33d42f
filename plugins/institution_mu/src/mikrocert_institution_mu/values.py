"""Single values as Czech registrars write them; whatever can be read in two ways is refused."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from mikrocert.codelists import codelist

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
    """A value that can't be read, said in both languages; only the intake sees it."""

    def __init__(self, code: str, cs: str, en: str) -> None:
        super().__init__(en)
        self.code, self.cs, self.en = code, cs, en


def _shown(value: Scalar) -> str:
    shown = str(value)
    return shown if len(shown) <= 40 else f"{shown[:40]}…"  # noqa: PLR2004 - what fits on a line


def text(value: Scalar) -> str:
    """Return the text; a number is no text, and neither is one that lost characters on the way."""
    if not isinstance(value, str):
        raise WrongValue(
            "wrong-type",
            "je zde číslo; má zde být text v uvozovkách",
            "this is a number; it has to be a text in quotes",
        )
    if "\ufffd" in value:
        raise WrongValue(
            "damaged-text",
            "text je poškozen: obsahuje znak „\ufffd“ místo písmene; vyexportujte data znovu v UTF-8",
            "the text is damaged: it has the character '\ufffd' in place of a letter; export the data again in UTF-8",
        )
    if any(unicodedata.category(character) == "Cc" and character != "\n" for character in value):
        raise WrongValue(
            "control-character",
            "text obsahuje řídicí znak (například tabulátor nebo NUL); vymažte jej",
            "the text has a control character (such as a tab or NUL); remove it",
        )
    return value


def day(value: Scalar) -> date:
    """Return the day; `22. 11. 2026`, `22.11.2026` and `2026-11-22` are understood."""
    shown = _shown(value)
    written = str(value)
    right_cs, right_en = "správně je 22. 11. 2026 nebo 2026-11-22", "right is 22. 11. 2026 or 2026-11-22"
    if match := _ISO.fullmatch(written):
        year, month, in_month = (int(part) for part in match.groups())
    elif match := _CZECH.fullmatch(written):
        in_month, month, year = (int(part) for part in match.groups())
    elif _SHORT_YEAR.fullmatch(written):
        raise WrongValue(
            "short-year",
            f"„{shown}“ má rok o dvou číslicích, takže není jisté století; {right_cs}",
            f"{shown!r} has a year of two digits, so the century is not certain; {right_en}",
        )
    elif _SLASHES.fullmatch(written):
        raise WrongValue(
            "ambiguous-date",
            f"u data „{shown}“ není jisté, co je den a co měsíc; {right_cs}",
            f"in date {shown!r} it is not certain which is the day and which the month; {right_en}",
        )
    else:
        raise WrongValue(
            "not-a-date", f"„{shown}“ není datum; {right_cs}", f"{shown!r} is no date; {right_en}"
        )
    try:
        return date(year, month, in_month)
    except ValueError as error:
        raise WrongValue(
            "no-such-day", f"den {shown} neexistuje; {right_cs}", f"there is no day {shown}; {right_en}"
        ) from error


def number(value: Scalar) -> Decimal:
    """Return the number exactly; a text has a decimal comma or point, at most two decimals and no grouping."""
    if isinstance(value, int | Decimal):
        return Decimal(value)
    shown, written = _shown(value), str(value)
    if _NUMBER.fullmatch(written):
        return Decimal(written.replace(",", "."))
    if _GROUPED.fullmatch(written):
        raise WrongValue(
            "ambiguous-number",
            f"u čísla „{shown}“ není jisté, co odděluje tisíce a co desetiny; správně je například 1250 nebo 2,5",
            f"in number {shown!r} it is not certain what separates thousands and what decimals; right is 1250 or 2,5, say",
        )
    raise WrongValue(
        "not-a-number",
        f"„{shown}“ není číslo; správně je například 4 nebo 2,5",
        f"{shown!r} is no number; right is 4 or 2,5, say",
    )


def integer(value: Scalar) -> int:
    """Return the whole number."""
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        shown = _shown(value)
        raise WrongValue(
            "not-an-integer",
            f"„{shown}“ není celé číslo; správně je například 6",
            f"{shown!r} is no whole number; right is 6, say",
        )
    return int(value)


def code(value: Scalar, *, code_list: str | None, words: Mapping[str, str]) -> str:
    """Return the code that a word stands for; a word that is not known comes back as it is, for the rules to judge.

    Args:
        value: code, or its Czech or English label in any case.
        code_list: the core's list of such codes, or none.
        words: words understood → code, where there is no list.
    """
    written = text(value)
    if code_list is None:
        return words.get(_folded(written), written)
    if written in codelist(code_list):
        return written
    return _labels(code_list).get(_folded(written), written)


def _folded(label: str) -> str:
    return " ".join(label.casefold().split())


@cache
def _labels(code_list: str) -> Mapping[str, str]:
    codes: dict[str, set[str]] = {}
    for concept in codelist(code_list).concepts:
        for label in concept.labels.values():
            codes.setdefault(_folded(label), set()).add(concept.code)
    return {label: found.pop() for label, found in codes.items() if len(found) == 1}
