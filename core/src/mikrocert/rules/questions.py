"""The questions that rules ask of a value; each answers whether the value is right."""

from __future__ import annotations

import operator
import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, cast

import attrs

from mikrocert.codelists import codelist
from mikrocert.rules.debris import debris_in, has_lost_letters, is_debris, is_garbled
from mikrocert.rules.grades import is_failed, may_be_failed
from mikrocert.rules.misread import is_misread, may_be_misread
from mikrocert.rules.names import (
    is_doubled,
    is_in_capitals,
    is_in_small_letters,
    is_name,
    is_of_several,
    names_other,
)
from mikrocert.rules.oddities import (
    has_lone_mark,
    is_placeholder,
    is_quoted,
    is_shortened_number,
    may_be_placeholder,
    mixes_scripts,
    says_something,
)
from mikrocert.rules.pointing import invisible_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mikrocert.award import Award, Grade, Level, Organisation, Workload
    from mikrocert.rules import Rule
    from mikrocert.rules.selecting import Selection

__all__ = ["EACH_LANGUAGE", "NEEDS", "QUESTIONS", "Question", "is_birth_number"]

_HTTPS = re.compile(r"https?://[^\s<>\"]+")
_ESCO = re.compile(r"http://data\.europa\.eu/esco/skill/[0-9a-fA-F-]{36}")
_BIRTH_NUMBER = re.compile(r"(?<!\d)(\d{2})(\d{2})(\d{2})\s?/?\s?(\d{3,4})(?!\d)")
_LAST_YEAR_OF_NINE_DIGITS = 53
_YEARS_OF_RAISED_MONTHS = range(
    4, 54
)  # 2004 to 2053; ten digits that begin with 54 or more mean 1954 or later
_MONTHS, _DAYS = range(1, 13), range(1, 32)
_POSITION = re.compile(r"\[\d+\]")
_LONGEST_EMAIL = 320
_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
_OLDEST = date(1900, 1, 1)
_LEGAL = ("ico", "vat")
_LEVELS = {"short": 5, "first": 6, "second": 7, "third": 8}
"""The EQF level of a qualification of each cycle."""
_ICO_WEIGHTS = (8, 7, 6, 5, 4, 3, 2)


@attrs.frozen
class Question:
    """A value and all that a question about it may look at: the other value that its rule holds it against, too."""

    value: object
    other: object
    rule: Rule
    award: Award
    selection: Selection
    on: date
    path: str = ""


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
    if isinstance(number, Decimal) and not number.is_finite():
        return False
    return _between(number, q.rule)


def _between(number: Decimal | int, rule: Rule) -> bool:
    return (rule.minimum is None or number >= rule.minimum) and (
        rule.maximum is None or number <= rule.maximum
    )


def _two_decimals(q: Question) -> bool:
    number = cast("Decimal", q.value)
    return number.is_finite() and 100 % number.as_integer_ratio()[1] == 0


def _in_code_list(q: Question) -> bool:
    return q.value in codelist(q.rule.code_list or "")


def _one_of(q: Question) -> bool:
    return q.value in q.rule.values


def _has_language(q: Question) -> bool:
    return bool(q.value)


def _at_most_long(q: Question) -> bool:
    return len(cast("str", q.value)) <= (q.rule.maximum or 0)


def _at_least_long(q: Question) -> bool:
    return len(cast("str", q.value).strip()) >= (q.rule.minimum or 0)


def _not_future(q: Question) -> bool:
    return cast("date", q.value) <= q.on


def _since_1900(q: Question) -> bool:
    return cast("date", q.value) >= _OLDEST


def _held(is_right: Callable[[date, date], bool]) -> Callable[[Question], bool]:
    """Return a question that holds a day against another."""
    return lambda q: is_right(cast("date", q.value), cast("date", q.other))


def _age(q: Question) -> bool:
    born, day = cast("date", q.value), cast("date", q.other)
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return born >= day or _between(years, q.rule)


def _name(q: Question) -> bool:
    return is_name(cast("str", q.value))


def _same_person(q: Question) -> bool:
    learner = q.award.learner
    return not names_other(cast("str", q.value), (learner.given_name, learner.family_name))


def _not_doubled(q: Question) -> bool:
    return not is_doubled(cast("str", q.value), family_name=q.award.learner.family_name)


def _one_person(q: Question) -> bool:
    return not is_of_several(cast("str", q.value))


def _no_word_of(q: Question) -> bool:
    words = cast("str", q.value).replace(",", " ").casefold().split()
    return not {value.casefold() for value in q.rule.values} & set(words)


def _no_debris(q: Question) -> bool:
    return not is_debris(cast("str", q.value))


def _no_word_of_debris(q: Question) -> bool:
    return not debris_in(cast("str", q.value), by_word=True)


def _not_garbled(q: Question) -> bool:
    value = cast("str", q.value)
    return not is_garbled(value) and not is_misread(value)


def _not_doubtful(q: Question) -> bool:
    return not may_be_misread(cast("str", q.value), czech=q.path.endswith(".cs")) or not _not_garbled(q)


def _no_text_that(is_odd: Callable[[str], bool]) -> Callable[[Question], bool]:
    """Return a question that is answered with yes unless a text is odd."""
    return lambda q: not is_odd(cast("str", q.value))


def _says_something(q: Question) -> bool:
    return _is_at(q, q.rule.values) or says_something(cast("str", q.value))


def _one_script(q: Question) -> bool:
    return not mixes_scripts(cast("str", q.value))


def _no_lost_letters(q: Question) -> bool:
    return not has_lost_letters(cast("str", q.value))


def _one_line(q: Question) -> bool:
    return "\n" not in cast("str", q.value) or _is_at(q, q.rule.values)


def _is_at(q: Question, members: tuple[str, ...]) -> bool:
    """Return whether a text is one of these members of an award, or of one of them in a language."""
    plain = _POSITION.sub("", q.path)
    return plain in members or plain.rpartition(".")[0] in members


def _clean(q: Question) -> bool:
    return invisible_in(cast("str", q.value)) is None


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
    return born is None or (born.year % 100, born.month, born.day) not in _birth_dates(cast("str", q.value))


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


def _said_once(q: Question) -> bool:
    """Check that no institution before it, the first one included, is the same one."""
    return int(q.path.rpartition("[")[2].removesuffix("]")) not in q.selection.once(_named_before)


def _named_before(award: Award) -> frozenset[int]:
    """Return the positions of awarding institutions that stand before: faculties of one may award together, the same doesn't do so twice."""
    named, again = set(_names(award.awarding_body)), set[int]()
    for number, body in enumerate(award.joint_awarding_bodies):
        names = _names(body)
        if not named.isdisjoint(names):
            again.add(number)
        named |= names
    return frozenset(again)


def _names(body: Organisation) -> set[object]:
    """Return by what an institution is the same as another one: as a whole, or its unit and a number of a register."""
    unit = repr(
        body.unit
    )  # texts in languages have one hash, so that a set of them would compare each with each
    return {repr(body), *((unit, i.scheme, i.value) for i in body.identifiers if i.scheme in _LEGAL)}


def _identified(q: Question) -> bool:
    schemes = {identifier.scheme for identifier in q.award.learner.identifiers}
    return q.value is not None or not schemes.isdisjoint(q.rule.values)


def _czech_region(q: Question) -> bool:
    address = cast("Organisation", q.value).address
    return address.country != "CZE" or address.region is not None


def _hours_per_credit(q: Question) -> bool:
    workload = cast("Workload", q.value)
    if (
        workload.hours is None
        or workload.ects is None
        or not workload.ects.is_finite()
        or not workload.hours.is_finite()
        or workload.ects <= 0
    ):
        return True
    minimum, maximum = q.rule.minimum or 0, q.rule.maximum or 0
    return minimum <= workload.hours / workload.ects <= maximum


def _of_cycle(q: Question) -> bool:
    level = cast("Level", q.value)
    return level.cycle is None or _LEVELS.get(level.cycle) in {None, level.eqf}


def _not_failed(q: Question) -> bool:
    return not is_failed(cast("Grade", q.value))


def _surely_passed(q: Question) -> bool:
    grade = cast("Grade", q.value)
    return is_failed(grade) or not may_be_failed(grade)


def _sum_of_components(q: Question) -> bool:
    shares = [component.ects for component in q.award.components if component.ects is not None]
    if (
        q.award.workload.ects is None
        or not shares
        or len(shares) < len(q.award.components)
        or not all(share.is_finite() for share in shares)
    ):
        return True
    return sum(shares) == q.award.workload.ects


QUESTIONS: Mapping[str, Callable[[Question], bool]] = {
    "address": _address,
    "age": _age,
    "another-day": _held(operator.ne),
    "at-least-long": _at_least_long,
    "at-most-long": _at_most_long,
    "before": _held(operator.lt),
    "clean": _clean,
    "czech-region": _czech_region,
    "e-mail": _email,
    "esco": _esco,
    "has-language": _has_language,
    "hours-per-credit": _hours_per_credit,
    "ico": _ico,
    "identified": _identified,
    "in-code-list": _in_code_list,
    "legal-identifier": _legal_identifier,
    "name": _name,
    "no-birth-number": _no_birth_number,
    "in-one-script": _one_script,
    "no-debris": _no_debris,
    "no-lone-mark": _no_text_that(has_lone_mark),
    "no-lost-letters": _no_lost_letters,
    "no-number-shortened": _no_text_that(is_shortened_number),
    "no-own-birth-number": _no_own_birth_number,
    "no-placeholder": _no_text_that(is_placeholder),
    "no-quotes-around": _no_text_that(is_quoted),
    "no-trial": _no_text_that(may_be_placeholder),
    "no-word-of": _no_word_of,
    "not-after": _held(operator.le),
    "not-before": _held(operator.ge),
    "no-word-of-debris": _no_word_of_debris,
    "not-capitals": _no_text_that(is_in_capitals),
    "not-doubled": _not_doubled,
    "not-doubtful": _not_doubtful,
    "not-failed": _not_failed,
    "not-future": _not_future,
    "not-garbled": _not_garbled,
    "of-cycle": _of_cycle,
    "not-small": _no_text_that(is_in_small_letters),
    "one-line": _one_line,
    "one-of": _one_of,
    "one-person": _one_person,
    "present": _present,
    "said-once": _said_once,
    "says-something": _says_something,
    "same-person": _same_person,
    "since-1900": _since_1900,
    "sum-of-components": _sum_of_components,
    "surely-passed": _surely_passed,
    "two-decimals": _two_decimals,
    "within": _within,
}

EACH_LANGUAGE = frozenset({"at-least-long", "at-most-long", "has-language", "no-trial"})
"""The questions that are asked of each language of a text; `has-language`, of each that its rule names."""

NEEDS: Mapping[str, tuple[str, ...]] = {
    "identified": ("learner.identifiers",),
    "no-own-birth-number": ("learner.birth_date",),
    "not-doubled": ("learner.family_name",),
    "said-once": ("awarding_body", "joint_awarding_bodies"),
    "same-person": ("learner.given_name", "learner.family_name"),
    "sum-of-components": ("components.ects", "workload.ects"),
}
"""Which other elements of the award a question looks at besides the values of its rule."""
