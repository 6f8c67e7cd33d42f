"""Texts, days and identifiers as people read and type them."""

from __future__ import annotations

import locale
import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.award.identifiers import ALPHABET, LENGTH, find_identifier, new_identifier
from mikrocert.texts import LanguageMap, printable, standing
from mikrocert.texts.dates import local_time
from mikrocert.texts.formatting import day, moment

BASE = "https://mikrocert.example"
ID = "K7mQx4Rt9bHz"


def test_czech_comes_first_english_second():
    """The order of languages doesn't depend on the sender."""
    texts = LanguageMap({"sk": "s", "en": "e", "de": "d", "cs": "č"})
    assert list(texts) == ["cs", "en", "de", "sk"]
    assert texts == LanguageMap({"cs": "č", "de": "d", "en": "e", "sk": "s"})
    assert hash(texts) == hash(LanguageMap({"cs": "č", "de": "d", "en": "e", "sk": "s"}))


@pytest.mark.parametrize("texts", [{}, {"CS": "x"}, {"čeština": "x"}, {"c": "x"}, {"cs-CZ": "x"}, {"": "x"}])
def test_a_language_map_needs_language_codes(texts):
    """Empty maps and other keys are refused."""
    with pytest.raises(ValueError, match="language"):
        LanguageMap(texts)


def test_best_language():
    """The text asked for, else Czech, else English, else any; and which one it is."""
    assert LanguageMap.of("č", "e").best("en") == "e"
    assert LanguageMap.of("č").best("en") == "č"
    assert LanguageMap.of("č").language_of_best("en") == "cs"
    assert LanguageMap({"de": "d", "en": "e"}).best("cs") == "e"
    assert LanguageMap({"sk": "s"}).best("cs") == "s"
    assert LanguageMap({"sk": "s"}).language_of_best("cs") == "sk"
    assert LanguageMap.of("č").get("en") is None


@given(st.text(st.characters()))
def test_printable_text_drives_no_terminal(text):
    """No control character and no lone surrogate is left, and harmless text stays as it is."""
    shown = printable(text)
    shown.encode()
    assert {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cs", "Co"} <= (
        {"Cc"} if "\n" in shown else set()
    )
    if text.isprintable():
        assert shown == text


def test_printable_keeps_spaces_of_czech_typography():
    """No-break spaces and line feeds are harmless."""
    assert printable("v\u00a0Brně\n22.\u202f11.") == "v\u00a0Brně\n22.\u202f11."
    assert printable("\x1b[31m") == "\\x1b[31m"


def test_days_do_not_depend_on_the_locale():
    """A process in Czech writes English months in English."""
    before = locale.setlocale(locale.LC_TIME)
    for name in ("cs_CZ.UTF-8", "cs_CZ.utf8", "de_DE.UTF-8"):
        try:
            locale.setlocale(locale.LC_TIME, name)
        except locale.Error:
            continue
        break
    try:
        assert day(date(2026, 11, 22), "en") == "22\u00a0November 2026"
        assert day(date(2026, 11, 22), "cs", style="long") == "22.\u00a0listopadu 2026"
    finally:
        locale.setlocale(locale.LC_TIME, before)


def test_a_moment_is_on_its_day_in_prague():
    """Half past eleven in the evening UTC is the next day in Prague."""
    assert day(datetime(2026, 6, 21, 23, 30, tzinfo=UTC), "en") == "22\u00a0June 2026"


@pytest.mark.parametrize("end", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
def test_the_ends_of_the_calendar_are_days_too(end):
    """9999-12-31T23:59:59Z, which some mean as for ever, can be written."""
    assert local_time(end).year in {1, 9999}
    for language in ("cs", "en", "eo"):
        assert str(end.year) in day(end, language)
        assert str(end.year) in moment(end, language)


def test_identifiers_are_drawn_from_the_alphabet():
    """Twelve characters, none of which is taken for another, and no two alike."""
    drawn = {new_identifier() for _ in range(1000)}
    assert len(drawn) == 1000
    assert all(len(identifier) == LENGTH and set(identifier) <= set(ALPHABET) for identifier in drawn)
    assert not set("0O1Il") & set(ALPHABET)
    assert set("".join(drawn)) == set(ALPHABET)


@pytest.mark.parametrize(
    "typed",
    [
        ID,
        f"  {ID}\n",
        "K7mQ x4Rt 9bHz",
        "K7mQ\u00a0x4Rt\u00a09bHz",
        "K7mQ\u202fx4Rt\u20099bHz",
        "K7mQ-x4Rt-9bHz",
        "K7mQ–x4Rt–9bHz",
        f"{BASE}/verify/{ID}",
        f"{BASE}/verify/{ID}/",
        f"{BASE}/verify/{ID}?lang=cs",
        f"{BASE}/verify/{ID}#kontroly",
        f" {BASE}/verify/K7mQ-x4Rt-9bHz ",
    ],
)
def test_finds_what_a_person_types(typed):
    """Groups, dashes and links of this base all name the identifier."""
    assert find_identifier(typed, base_url=BASE) == ID


@pytest.mark.parametrize(
    "typed",
    [
        "",
        ID[:-1],
        ID + "a",
        ID[:-1] + "0",
        ID[:-1] + "l",
        ID[:-1] + "ř",
        ID[:-1] + "\x00",
        f"https://evil.example/verify/{ID}",
        f"{BASE}.evil.example/verify/{ID}",
        f"http://mikrocert.example/verify/{ID}",
        f"{BASE}/verify/../{ID}",
        f"{BASE}/verify/",
        f"{BASE}/{ID}",
        f"{BASE}/verify/{ID}/certificate.pdf",
        f"https://evil.example/?{BASE}/verify/{ID}",
    ],
)
def test_finds_nothing_elsewhere(typed):
    """What is no identifier, and any link of another base, is none."""
    assert find_identifier(typed, base_url=BASE) is None


@given(st.text())
def test_any_text_is_answered(text):
    """Whatever is typed, the answer is an identifier of the alphabet or none."""
    found = find_identifier(text, base_url=BASE)
    assert found is None or (len(found) == LENGTH and set(found) <= set(ALPHABET))


@pytest.mark.parametrize(
    ("remark", "sentence"),
    [
        ("jazyk cs je tu víckrát", "Jazyk cs je tu víckrát."),
        ("the code is unknown (EQF 9)", "The code is unknown (EQF 9)."),
        ("it stands already.", "It stands already."),
        ("Řada už stojí", "Řada už stojí."),
        ("„{x}“: správně je 2,5", "„{x}“: správně je 2,5."),
        ("issuer: is missing", "issuer: is missing."),
        ("elm:role is unknown", "elm:role is unknown."),
        ("12 is too much…", "12 is too much…"),
        ("", ""),
    ],
)
def test_a_remark_stands_alone_as_a_sentence(remark, sentence):
    """A capital first and a full stop last, but no name of a member is changed."""
    assert standing(remark) == sentence
