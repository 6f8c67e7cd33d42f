"""Single values: what is understood, what is refused, and why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.codelists import codelist
from mikrocert.texts import Texts
from mikrocert_institution_mu import values

DAYS = {
    "Czech with spaces": ("22. 11. 2026", date(2026, 11, 22)),
    "Czech without spaces": ("22.11.2026", date(2026, 11, 22)),
    "Czech with no-break spaces": ("22.\u00a011.\u00a02026", date(2026, 11, 22)),
    "Czech with zeros": ("01. 02. 2026", date(2026, 2, 1)),
    "ISO": ("2026-11-22", date(2026, 11, 22)),
    "leap day": ("29. 2. 2024", date(2024, 2, 29)),
}
NO_DAYS = {
    "two-digit year": ("22. 11. 26", "short-year"),
    "two-digit year with slashes": ("1/2/26", "short-year"),
    "slashes": ("1/2/2026", "ambiguous-date"),
    "slashes, year first": ("2026/1/2", "ambiguous-date"),
    "no such day": ("31. 2. 2026", "no-such-day"),
    "no such ISO day": ("2025-02-29", "no-such-day"),
    "month 13": ("1. 13. 2026", "no-such-day"),
    "year 0": ("1. 1. 0000", "no-such-day"),
    "month in words": ("22. listopadu 2026", "not-a-date"),
    "with time": ("2026-11-22T00:00:00", "not-a-date"),
    "short ISO": ("2026-1-2", "not-a-date"),
    "Arabic digits": ("٢٢.١١.٢٠٢٦", "not-a-date"),
    "serial number of Excel": ("46348", "not-a-date"),
    "a number": (46348, "not-a-date"),
}
NUMBERS = {
    "whole": ("4", "4"),
    "comma": ("2,5", "2.5"),
    "point": ("2.5", "2.5"),
    "two decimals": ("2,25", "2.25"),
    "negative, for the rules to judge": ("-3", "-3"),
    "JSON integer": (4, "4"),
    "JSON decimal": (Decimal("2.50"), "2.50"),
}
NO_NUMBERS = {
    "point and comma": ("1.234,5", "ambiguous-number"),
    "comma and point": ("1,234.5", "ambiguous-number"),
    "three decimals or thousands": ("1.234", "ambiguous-number"),
    "three decimals or thousands, comma": ("1,234", "ambiguous-number"),
    "grouped by space": ("1 250", "ambiguous-number"),
    "grouped by no-break space": ("1\u00a0250", "ambiguous-number"),
    "unit": ("4 ECTS", "not-a-number"),
    "words": ("čtyři", "not-a-number"),
    "range": ("3-4", "not-a-number"),
    "exponent": ("1e3", "not-a-number"),
    "infinity": ("inf", "not-a-number"),
    "two commas": ("1,,5", "not-a-number"),
    "Arabic digits": ("٤", "not-a-number"),
    "long": ("1" * 5000, "not-a-number"),
}

czech = partial(Texts(["mikrocert_institution_mu"]).plain, language="cs")


@pytest.mark.parametrize(("written", "day"), DAYS.values(), ids=DAYS)
def test_days_are_understood(written, day):
    """Czech and ISO dates are the day that they name."""
    assert values.day(written) == day


@pytest.mark.parametrize(("written", "code"), NO_DAYS.values(), ids=NO_DAYS)
def test_uncertain_days_are_refused(written, code):
    """What is no date, or could be two, is refused with what would be right."""
    with pytest.raises(values.WrongValue) as caught:
        values.day(written)
    assert caught.value.finding.code == code
    assert "22. 11. 2026" in czech(caught.value.finding.message)
    assert "22. 11. 2026" in str(caught.value)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_both_spellings_are_one_day(day):
    """A day is understood however it is written."""
    assert values.day(day.isoformat()) == day
    assert values.day(f"{day.day}. {day.month}. {day.year}") == day


@pytest.mark.parametrize(("written", "number"), NUMBERS.values(), ids=NUMBERS)
def test_numbers_are_exact(written, number):
    """A number is read to the last digit."""
    assert str(values.number(written)) == number


@pytest.mark.parametrize(("written", "code"), NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_uncertain_numbers_are_refused(written, code):
    """What is no number, or could be two, is refused."""
    with pytest.raises(values.WrongValue) as caught:
        values.number(written)
    assert caught.value.finding.code == code
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("written", ["6,0", "šest", "6.", "", "٦", Decimal("6.5")], ids=repr)
def test_levels_are_whole(written):
    """A fraction or a word is no whole number."""
    with pytest.raises(values.WrongValue, match="whole number"):
        values.integer(written)


@pytest.mark.parametrize(
    ("written", "code"),
    {
        "number": (7, "wrong-type"),
        "NUL": ("Dvořák\x00", "control-character"),
        "tab": ("Jan\tNovák", "control-character"),
        "lost letter": ("Dvo\ufffdák", "damaged-text"),
    }.values(),
)
def test_damaged_texts_are_refused(written, code):
    """A text that lost a letter or has a control character is refused."""
    with pytest.raises(values.WrongValue) as caught:
        values.text(written)
    assert caught.value.finding.code == code


@pytest.mark.parametrize(
    ("written", "code_list", "code"),
    [
        ("presential", "mode", "presential"),
        ("prezenční", "mode", "presential"),
        ("Kombinovaná", "mode", "blended"),
        ("Blended", "mode", "blended"),
        ("čeština", "language", "cs"),
        ("s dohledem a s ověřením totožnosti", "supervision", "supervised-with-id-verification"),
        ("dálková", "mode", "dálková"),
    ],
)
def test_labels_stand_for_codes(written, code_list, code):
    """A code or its label is understood; a word that is not known stays, for the rules to refuse."""
    assert values.code(written, code_list=code_list, words={}) == code


@pytest.mark.parametrize(
    "code_list", ["language", "mode", "assessment", "supervision", "accreditation", "learning-opportunity"]
)
def test_codes_stand_for_themselves(code_list):
    """No label of one concept hides the code of another."""
    for concept in codelist(code_list).concepts:
        assert values.code(concept.code, code_list=code_list, words={}) == concept.code
