"""Typography of Czech, Slovak, Ukrainian and English running text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.texts import typography
from mikrocert.texts.typography import tight_date, typo

TEXTS = st.text(alphabet=st.sampled_from("aiksvzou AIKSVZOU.,;0123456789§č\u00a0\n–(„řů"), max_size=60)


@pytest.mark.parametrize(
    ("text", "set_as"),
    [
        ("práce s daty v oboru", "práce s~daty v~oboru"),
        ("K tomu i v ní a u nás o tom z pole", "K~tomu i~v~ní a~u~nás o~tom z~pole"),
        ("(v Brně) „s ním“", "(v~Brně) „s~ním“"),
        ("22. 6. 2026", "22.~6.~2026"),
        ("22. června 2026", "22.~června 2026"),
        ("podle § 60 zákona č. 111/1998 Sb.", "podle §~60 zákona č.~111/1998 Sb."),
        ("6 kreditů ECTS, tj. 150 hodin", "6~kreditů~ECTS, tj.~150~hodin"),
        ("2,5 kreditu ECTS", "2,5~kreditu~ECTS"),
        ("EQF 7 a 87 %", "EQF~7 a~87~%"),
        ("601 77 Brno, IČO 12345679", "601~77 Brno, IČO~12345679"),
        ("nám. Míru, 1 250 Kč", "nám.~Míru, 1~250~Kč"),
        ("skupina A je lepší", "skupina A~je lepší"),
        ("Zřeknou se", "Zřeknou se"),
        ("klíč 6kmoSC54fH9D, veď 2 a míč 5", "klíč 6kmoSC54fH9D, veď 2 a~míč 5"),
    ],
)  # fmt: skip
def test_czech_lines_break_where_they_may(text, set_as):
    """No-break spaces stand after one-letter words, in dates, and between numbers and units."""
    assert typo(text, "cs") == set_as.replace("~", "\u00a0")


@pytest.mark.parametrize(
    ("text", "set_as"),
    [
        ("22 June 2026", "22~June 2026"),
        ("Section 60 of Act No. 111/1998", "Section~60 of Act No.~111/1998"),
        ("ID No. 12345679, 6 ECTS credits", "ID~No.~12345679, 6~ECTS credits"),
        ("Brno, 601 77 Brno", "Brno, 601~77 Brno"),
        ("I am a student", "I am a student"),
    ],
)
def test_english_lines_break_where_they_may(text, set_as):
    """English has rules of its own, and none for one-letter words."""
    assert typo(text, "en") == set_as.replace("~", "\u00a0")


@pytest.mark.parametrize(
    ("text", "set_as"),
    [
        ("práca s dátami v odbore, a to i o nich", "práca s~dátami v~odbore, a~to i~o~nich"),
        ("(v Brne) „s ním“", "(v~Brne) „s~ním“"),
        ("22. 6. 2026, 22. júna 2026", "22.~6.~2026, 22.~júna 2026"),
        ("6 kreditov ECTS, t. j. 150 hodín", "6~kreditov~ECTS, t.~j.~150~hodín"),
        ("do 30 minút, najviac 5 znakov", "do~30~minút, najviac 5~znakov"),
        ("podľa § 60 zákona č. 111/1998", "podľa §~60 zákona č.~111/1998"),
        ("kľúč 6kmoSC54fH9D, reč 2 a míňa 5", "kľúč 6kmoSC54fH9D, reč 2 a~míňa 5"),
    ],
)
def test_slovak_lines_break_where_they_may(text, set_as):
    """Slovak has the habits of Czech with words of its own."""
    assert typo(text, "sk") == set_as.replace("~", "\u00a0")


@pytest.mark.parametrize(
    ("text", "set_as"),
    [
        ("робота з даними в галузі, а й у ній", "робота з~даними в~галузі, а~й~у~ній"),
        ("(у Брні) «з ним»", "(у~Брні) «з~ним»"),
        ("22 червня 2026 року, 22. 6. 2026", "22~червня 2026~року, 22.~6.~2026"),
        ("6 кредитів ЄКТС, тобто 150 годин", "6~кредитів~ЄКТС, тобто 150~годин"),
        ("до 30 хвилин, не більш ніж 5 знаків", "до~30~хвилин, не більш ніж 5~знаків"),
        (
            "Файл — це дані, у ньому є й інше — рівень ЄРК 6",
            "Файл~— це дані, у~ньому є~й~інше~— рівень ЄРК~6",
        ),
        ("запис № 7, ст. 60, 38 кБ", "запис №~7, ст.~60, 38~кБ"),
        ("він і — якщо треба — вона", "він і~— якщо треба~— вона"),
    ],
)
def test_ukrainian_lines_break_where_they_may(text, set_as):
    """One-letter words, numbers with units and days hold together, and no line begins with a dash."""
    assert typo(text, "uk") == set_as.replace("~", "\u00a0")


def test_other_languages_are_left_alone():
    """What we do not know we do not set."""
    assert typo("a v 22. 6. 2026", "eo") == "a v 22. 6. 2026"


@given(text=TEXTS, language=st.sampled_from(["cs", "sk", "uk", "en"]))
def test_only_spaces_change(text, language):
    """Typography replaces spaces by no-break spaces, one for one, and does nothing the second time."""
    done = typo(text, language)
    assert done.replace("\u00a0", " ") == text.replace("\u00a0", " ")
    assert typo(done, language) == done


def test_large_dates_are_tight():
    """Both kinds of spaces become narrow ones; other spaces stay."""
    assert tight_date("22. 6.\u00a02026") == "22.\u202f6.\u202f2026"
    assert tight_date("22 June 2026") == "22 June 2026"


@given(TEXTS, st.sampled_from(["cs", "sk", "uk", "en"]))
def test_a_rule_is_left_out_only_where_it_changes_nothing(text, language):
    """What is set is what all rules give, one after the other."""
    expected = text
    for pattern, replacement in typography._RULES[language]:
        expected = re.sub(pattern, replacement, expected)
    assert typo(text, language) == expected
