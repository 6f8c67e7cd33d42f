"""Texts that a person takes for the same are one text, however they are written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.texts.folding import folded, without_marks

FORMS = ("NFC", "NFD", "NFKC", "NFKD")


@given(st.text(max_size=40))
def test_what_is_folded_stays(text):
    """So it can be compared with what was kept; small letters, taken apart and put together, make no difference."""
    once = folded(text)
    assert folded(once) == once == folded(text.casefold())
    assert all(folded(unicodedata.normalize(form, text)) == once for form in FORMS)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Řehoř Ďásek", "rehor dasek"),
        ("ŮLOHA", "uloha"),
        ("Straße", "strasse"),
        ("𝔍𝕚ří", "jiri"),
        ("ﬁala", "fiala"),
    ],
)
def test_a_search_finds_it_however_it_is_typed(text, plain):
    """Without marks, in small letters, also where letters of mathematics or ligatures were used."""
    assert without_marks(text) == plain
