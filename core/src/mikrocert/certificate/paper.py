"""A paper: headings, paragraphs and rows in one language, for what is neither certificate nor supplement.

Everything is said already: who draws it chooses type and place, and adds no word.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import attrs

__all__ = ["Paper", "PaperRow", "PaperSection"]


@attrs.frozen
class PaperRow:
    """Something named, and what there is to say of it.

    Args:
        label: what it is.
        values: at least one text, each a line of its own.
        remarks: what is said besides, in smaller letters, each a line of its own.
    """

    label: str
    values: tuple[str, ...]
    remarks: tuple[str, ...] = ()


@attrs.frozen
class PaperSection:
    """A part of a paper.

    Args:
        heading: what it is about.
        paragraphs: what stands below it.
        rows: what stands below that.
    """

    heading: str
    paragraphs: tuple[str, ...] = ()
    rows: tuple[PaperRow, ...] = ()


@attrs.frozen
class Paper:
    """A document that is neither certificate nor supplement.

    Args:
        language: language of all of it (BCP 47).
        title: what it is.
        author: whose it is.
        lead: what it says, in a sentence.
        sections: its parts, in their order.
        link: address where more is to be learned, set as QR code too.
        link_words: what is to be learned there.
        number: what tells it from others; it stands on each page.
        dated: when it was made (aware).
        test: whether each page has to bear `TEST_MARK`.
    """

    language: str
    title: str
    author: str
    lead: str
    sections: tuple[PaperSection, ...]
    link: str
    link_words: str
    number: str
    dated: datetime
    test: bool = False

    def texts(self) -> Iterator[str]:
        """Give every text of it."""
        yield from (self.title, self.author, self.lead, self.link, self.link_words, self.number)
        for section in self.sections:
            yield section.heading
            yield from section.paragraphs
            for row in section.rows:
                yield from (row.label, *row.values, *row.remarks)
