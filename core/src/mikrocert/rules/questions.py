"""The questions that rules ask of a value; each answers whether the value is right."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, cast

import attrs

from mikrocert.codelists import codelist
from mikrocert.rules.selecting import selected
from mikrocert.texts import LanguageMap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mikrocert.award import Award, Organisation, Workload
    from mikrocert.rules import Rule

__all__ = ["NEEDS", "QUESTIONS", "Question", "is_birth_number"]

_HTTPS = re.compile(r"https?://[^\s<>\"]+")
_ESCO = re.compile(r"http://data\.europa\.eu/esco/skill/[0-9a-fA-F-]{36}")
_BIRTH_NUMBER = re.compile(r"(?<!\d)(\d{2})(\d{2})(\d{2})\s?/?\s?(\d{3,4})(?!\d)")
_LAST_YEAR_OF_NINE_DIGITS = 53
_YEARS_OF_RAISED_MONTHS = range(
    4, 54
)  # 2004 to 2053; ten digits that begin with 54 or more mean 1954 or later
_MONTHS, _DAYS = range(1, 13), range(1, 32)
_LONGEST_EMAIL = 320
_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
_OLDEST = date(1900, 1, 1)
_LEGAL = ("ico", "vat")
_ICO_WEIGHTS = (8, 7, 6, 5, 4, 3, 2)


@attrs.frozen
class Question:
    """A value and all that a question about it may look at."""

    value: object
    rule: Rule
    award: Award
    on: date


def is_birth_number(text: str) -> bool:
    """Return whether a text contains a Czech birth number (rodné číslo, Act 133/2000 Coll., § 13).

    Nine digits were given until 1953. Ten digits are divisible by 11, or, until 1985, end in 0 where the first nine
    leave 10. The month is raised by 50 for women, and since 2004 by 20 more where the numbers of a day have run out.
    """
    return next(_birth_dates(text), None) is not None


def _birth_dates(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield year (two digits), month and day that the birth numbers in a text tell; impossible days are told too."""
    for match in _BIRTH_NUMBER.finditer(text):
        year, month, day, ending = (int(group) for group in match.groups())
        nine_digits = len(match[4]) == 3  # noqa: PLR2004 - as many as stand after the date
        if nine_digits and year > _LAST_YEAR_OF_NINE_DIGITS:
            continue
        if not nine_digits and int(match[1] + match[2] + match[3] + match[4][:3]) % 11 % 10 != ending % 10:
            continue
        raised = (20, 70) if not nine_digits and year in _YEARS_OF_RAISED_MONTHS else ()
        for addend in (0, 50, *raised):
            if month - addend in _MONTHS and day in _DAYS:
                yield year, month - addend, day


def _present(q: Question) -> bool:
    if q.value is None or q.value == ():
        return False
    return not isinstance(q.value, str) or bool(q.value.strip())


def _within(q: Question) -> bool:
    number = cast("Decimal | int", q.value)
    minimum, maximum = q.rule.minimum, q.rule.maximum
    if isinstance(number, Decimal) and not number.is_finite():
        return False
    return (minimum is None or number >= minimum) and (maximum is None or number <= maximum)


def _two_decimals(q: Question) -> bool:
    number = cast("Decimal", q.value)
    return number.is_finite() and 100 % number.as_integer_ratio()[1] == 0


def _in_code_list(q: Question) -> bool:
    return q.value in codelist(q.rule.code_list or "")


def _one_of(q: Question) -> bool:
    return q.value in q.rule.values


def _has_language(q: Question) -> bool:
    return all(bool(cast("LanguageMap", q.value).get(language)) for language in q.rule.values)


def _at_most_long(q: Question) -> bool:
    value = q.value
    maximum = q.rule.maximum or 0
    if isinstance(value, LanguageMap):
        return all(len(text) <= maximum for text in value.texts.values())
    return len(cast("str", value)) <= maximum


def _at_least_long(q: Question) -> bool:
    value = cast("LanguageMap", q.value)
    return all(len(text.strip()) >= (q.rule.minimum or 0) for text in value.texts.values())


def _not_future(q: Question) -> bool:
    return cast("date", q.value) <= q.on


def _plausible_past(q: Question) -> bool:
    return _OLDEST <= cast("date", q.value) <= q.on


def _not_before(q: Question) -> bool:
    others = [other for _, other in selected(q.award, q.rule.other or "")]
    return all(other is None or cast("date", q.value) >= cast("date", other) for other in others)


def _no_markup(q: Question) -> bool:
    return not set("<>") & set(cast("str", q.value))


def _clean(q: Question) -> bool:
    # Joiners and direction marks belong to scripts of other names; everything else that nobody sees hides something.
    allowed = "\n\u200c\u200d\u200e\u200f"
    return not any(
        unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}
        for character in cast("str", q.value)
        if character not in allowed
    )


def _no_birth_number(q: Question) -> bool:
    identifier = q.value
    text = f"{getattr(identifier, 'value', identifier)}"
    scheme = (
        f"{getattr(identifier, 'scheme', '')}".casefold().replace("-", "").replace("_", "").replace(" ", "")
    )
    named = scheme in {"rc", "rodnecislo", "rodnéčíslo", "birthnumber", "nationalid"}
    return not named and not is_birth_number(text)


def _no_own_birth_number(q: Question) -> bool:
    born = q.award.learner.birth_date
    return (born.year % 100, born.month, born.day) not in _birth_dates(cast("str", q.value))


def _email(q: Question) -> bool:
    value = cast("str", q.value)
    return len(value) <= _LONGEST_EMAIL and bool(_EMAIL.fullmatch(value))


def _address(q: Question) -> bool:
    return bool(_HTTPS.fullmatch(cast("str", q.value)))


def _esco(q: Question) -> bool:
    return bool(_ESCO.fullmatch(cast("str", q.value)))


def _legal_identifier(q: Question) -> bool:
    return any(cast("Organisation", q.value).identifier(scheme) for scheme in _LEGAL)


def _ico(q: Question) -> bool:
    """Check the digit that IČO ends in (modulo 11 with weights 8 to 2)."""
    identifier = cast("Organisation", q.value).identifier("ico")
    if identifier is None:
        return True
    if not re.fullmatch(r"\d{8}", identifier, re.ASCII):
        return False
    rest = sum(weight * int(digit) for weight, digit in zip(_ICO_WEIGHTS, identifier, strict=False)) % 11
    return int(identifier[7]) == (11 - rest) % 10


def _czech_region(q: Question) -> bool:
    address = cast("Organisation", q.value).address
    return address.country != "CZE" or address.region is not None


def _hours_per_credit(q: Question) -> bool:
    workload = cast("Workload", q.value)
    if (
        workload.hours is None
        or not workload.ects.is_finite()
        or not workload.hours.is_finite()
        or workload.ects <= 0
    ):
        return True
    minimum, maximum = q.rule.minimum or 0, q.rule.maximum or 0
    return minimum <= workload.hours / workload.ects <= maximum


def _sum_of_components(q: Question) -> bool:
    shares = [component.ects for component in q.award.components if component.ects is not None]
    if not shares or len(shares) < len(q.award.components) or not all(share.is_finite() for share in shares):
        return True
    return sum(shares) == q.award.workload.ects


QUESTIONS: Mapping[str, Callable[[Question], bool]] = {
    "address": _address,
    "at-least-long": _at_least_long,
    "at-most-long": _at_most_long,
    "clean": _clean,
    "czech-region": _czech_region,
    "e-mail": _email,
    "esco": _esco,
    "has-language": _has_language,
    "hours-per-credit": _hours_per_credit,
    "ico": _ico,
    "in-code-list": _in_code_list,
    "legal-identifier": _legal_identifier,
    "no-birth-number": _no_birth_number,
    "no-markup": _no_markup,
    "no-own-birth-number": _no_own_birth_number,
    "not-before": _not_before,
    "not-future": _not_future,
    "one-of": _one_of,
    "plausible-past": _plausible_past,
    "present": _present,
    "sum-of-components": _sum_of_components,
    "two-decimals": _two_decimals,
    "within": _within,
}

NEEDS: Mapping[str, tuple[str, ...]] = {
    "no-own-birth-number": ("learner.birth_date",),
    "sum-of-components": ("components.ects", "workload.ects"),
}
"""Which other elements of the award a question looks at besides the value and the `other` of its rule."""
