"""Words in the order of a language's alphabet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.texts import LanguageMap, Texts
from mikrocert.texts.alphabets import alphabetical

ORDERED = {
    "cs": ["Archiv", "cihla", "čas", "dům", "hora", "Chrudim", "idea", "Říp", "sál", "Šumava", "úřad", "uzel", "žák"],
    "sk": ["abak", "áno", "auto", "äro", "cesta", "čas", "hora", "chata", "ihla", "obec", "ôsmy", "stôl", "šport", "žiak"],
    "uk": ["Архів", "гора", "ґанок", "екран", "єдність", "зміст", "Ідентифікатор", "їжа", "йод", "Печатка", "Підпис", "Повне", "Ряд"],
    "eo": ["abc", "bcd", "zzz"],
}  # fmt: skip


@pytest.mark.parametrize("language", ORDERED)
def test_words_stand_as_the_alphabet_has_them(language):
    """Each letter has its place, whatever its code; a mark that makes no letter of its own changes nothing."""
    words = ORDERED[language]
    assert sorted(set(words), key=lambda word: alphabetical(word, language)) == words


@pytest.mark.parametrize(("language", "first", "last"), [("uk", "Яблуко", "Archiv"), ("cs", "žák", "Архів")])
def test_letters_of_other_alphabets_come_last(language, first, last):
    """A reader finds the words of the own alphabet together."""
    assert alphabetical(first, language) < alphabetical(last, language)
    assert alphabetical("1 кредит", language) < alphabetical(first, language)


def test_case_and_marks_do_not_tear_words_apart():
    """Words that differ in nothing but case or a mark stand together."""
    words = ["Údaj", "udice", "Uhel", "úhel", "Uher"]
    assert sorted(words, key=lambda word: alphabetical(word, "cs")) == words


@given(st.text(), st.text(), st.sampled_from(["cs", "sk", "uk", "en", "xx"]))
def test_any_two_texts_have_an_order(one, other, language):
    """The order is total: only equal texts have equal places."""
    assert (alphabetical(one, language) == alphabetical(other, language)) == (one == other)


def test_values_are_sorted_as_they_are_said():
    """What a reader sees is what is sorted, in the reader's language."""
    texts = Texts()
    names = [LanguageMap({"uk": "Іспит", "en": "Examination"}), LanguageMap({"uk": "Курс", "en": "Course"})]
    for language, first in (("uk", names[0]), ("en", names[1])):
        assert min(names, key=lambda name: texts.order_of(name, language)) is first
