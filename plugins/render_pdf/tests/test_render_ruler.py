"""How long texts break, and the ruler."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert_render_pdf.page import name_pieces, title_pieces
from mikrocert_render_pdf.resources import fonts
from mikrocert_render_pdf.ruler import Ruler

TEXTS = st.text(alphabet=st.sampled_from("aiksvzou AIKSVZOU.,;0123456789§č\u00a0\n–(„řů"), max_size=60)


def test_names_break_between_words():
    """A hyphenated name stays whole unless it is longer than a line can be."""
    assert name_pieces("Mgr. Kateřina Hůrková-Ďurišová") == ["Mgr. ", "Kateřina ", "Hůrková-Ďurišová"]
    assert name_pieces("Ελένη Παπαδοπούλου-Χριστοδουλοπούλου")[1:] == ["Παπαδοπούλου-", "Χριστοδουλοπούλου"]


@given(text=TEXTS)
def test_pieces_lose_nothing(text):
    """Joined again, the pieces of a title are the title."""
    assert "".join(title_pieces(text)) == text


@pytest.fixture(scope="module")
def ruler():
    return Ruler(fonts()["mikrocert-font:serif"], axes=(600, 28))


def test_a_balanced_block_has_no_more_lines(ruler):
    """Set in the width it answers, a text takes as many lines as in the whole column; narrower, it takes more."""
    pieces = title_pieces("Analýza dat v\u00a0jazyce Python pro zdravotnický výzkum")
    block = ruler.block(pieces, size=25, width=459)
    assert block.lines == 2
    assert block.width < 400
    assert ruler.block(pieces, size=25, width=block.width).lines == 2
    assert ruler.block(pieces, size=25, width=block.width - 3).lines == 3


def test_a_word_without_end_is_counted_as_broken(ruler):
    """What is wider than the column takes the lines that it fills."""
    assert ruler.block(["ď" * 400], size=25, width=459).lines > 5


def test_nothing_is_one_line(ruler):
    """An empty text is measured too."""
    assert ruler.block([], size=25, width=459).lines == 1


@pytest.mark.parametrize("separator", ["\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_what_separates_lines_is_measured_as_a_space(ruler, separator):
    """No separator of lines or paragraphs stops the measuring; on the page it is a space."""
    assert ruler.length(f"Ďur{separator}ůžka", size=25) == ruler.length("Ďur ůžka", size=25)
