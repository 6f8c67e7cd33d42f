"""Single values: what is understood, what is refused, and why."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import partial
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.codelists import codelist
from mikrocert.intake import values
from mikrocert.texts import Texts

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
    "with time": ("2026-11-22T14:30:00", "not-a-date"),
    "short ISO": ("2026-1-2", "not-a-date"),
    "Arabic digits": ("٢٢.١١.٢٠٢٦", "not-a-date"),
    "serial number of Excel": ("46348", "day-of-excel"),
    "a number": (46348, "day-of-excel"),
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
    "column too narrow": ("###", "too-narrow"),
    "day in Czech": ("02.V", "day-for-number"),
    "month and year in Czech": ("II.05", "day-for-number"),
    "day in words": ("2.kvě", "day-for-number"),
    "day in English": ("2-May", "day-for-number"),
    "unit": ("4 ECTS", "not-a-number"),
    "words": ("čtyři", "not-a-number"),
    "range": ("3-4", "not-a-number"),
    "exponent": ("1e3", "not-a-number"),
    "infinity": ("inf", "not-a-number"),
    "two commas": ("1,,5", "not-a-number"),
    "Arabic digits": ("٤", "not-a-number"),
    "long": ("1" * 5000, "not-a-number"),
}

czech = partial(Texts().plain, language="cs")


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


@pytest.mark.parametrize("midnight", [" 00:00:00", " 0:00:00", " 00:00", "T00:00:00", "T00:00:00.000"])
@given(st.dates(min_value=date(1000, 1, 1)))
def test_the_midnight_that_databases_add_to_a_day_says_nothing(midnight, day):
    """A day with the first moment of it is that day; it has no zone, so there is nothing to shift."""
    assert values.day(f"{day.isoformat()}{midnight}") == day
    assert values.day(f"{day.day}. {day.month}. {day.year}{midnight}") == day


@pytest.mark.parametrize(
    "written", ["2026-09-01 14:30:00", "2026-09-01T00:00:00Z", "2026-09-01T00:00:00+02:00", "1.9.26 0:00"]
)
def test_a_time_or_a_zone_is_not_cut_off(written):
    """Another time than midnight means something, a zone can make it another day, and a short year stays one."""
    with pytest.raises(values.WrongValue):
        values.day(written)


@pytest.mark.parametrize("gap", ["  ", "\u00a0 ", "     "])
def test_several_spaces_are_one(gap):
    """Nobody means more than one space; one that doesn't break stays."""
    assert values.text(f"Dvořák{gap}Černý") == "Dvořák Černý"
    assert values.text("v\u00a0praxi") == "v\u00a0praxi"


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
        ("PREZENČNÍ", "mode", "presential"),
        ("CS", "language", "cs"),
    ],
)
def test_labels_stand_for_codes(written, code_list, code):
    """A code or its label is understood."""
    assert values.code(written, code_list=code_list, words={}) == code


CYCLES = {"krátký": "short", "bakalářský": "first"}


@pytest.mark.parametrize("written", ["krátký", "Krátký", "short", "SHORT"])
def test_words_stand_for_codes_where_there_is_no_list(written):
    """The word of the layout and the code that it stands for are understood."""
    assert values.code(written, code_list=None, words=CYCLES) == "short"


@pytest.mark.parametrize(
    ("written", "code_list", "shown", "hidden"),
    [
        ("dálková", "mode", ("prezenční; online; kombinovaná", "Presential; Online; Blended"), "presential"),
        ("zkouška", "assessment", ("písemná zkouška", "written examination"), "written-examination"),
        ("anglický jazyk", "language", ("angličtina", "English"), "yy"),
        ("CZ", "language", ("čeština", "Czech"), "yy"),
        ("%%", "language", ("čeština", "Czech"), "yy"),
        ("postgraduální", None, ("krátký; bakalářský", "krátký; bakalářský"), "short"),
    ],
)
def test_what_is_not_understood_is_told_what_is(written, code_list, shown, hidden):
    """The choices are the words that are read here, in the language of the reader, not codes of another one."""
    with pytest.raises(values.WrongValue) as caught:
        values.code(written, code_list=code_list, words={} if code_list else CYCLES)
    finding = caught.value.finding
    for text, words in zip((czech(finding.message), str(finding.message)), shown, strict=True):
        assert words in text
        assert written in text
        assert hidden not in text


@pytest.mark.parametrize(
    "code_list", ["language", "mode", "assessment", "supervision", "accreditation", "learning-opportunity"]
)
def test_codes_stand_for_themselves(code_list):
    """No label of one concept hides the code of another."""
    for concept in codelist(code_list).concepts:
        assert values.code(concept.code, code_list=code_list, words={}) == concept.code


@given(st.text("abc řůď\u030c\u030a\u0301", min_size=1))
def test_letters_and_accents_are_composed(text):
    """A text is the same however the system of the sender writes its accents."""
    composed = normalize("NFC", re.sub(" +", " ", text))
    assert values.text(normalize("NFD", text)) == values.text(normalize("NFC", text)) == composed
