"""What a program reads on the pages of a PDF."""

from __future__ import annotations

from contextlib import closing
from importlib import import_module
from typing import Any

from mikrocert.api import TEST_MARK, RenderError, message

__all__ = ["demand_mark", "texts_of_pages"]

_HYPHEN_AT_A_LINE_END = "\ufffe"
"""What pdfium makes of it; nothing of ours is hyphenated, so that it is a hyphen of the text."""


def texts_of_pages(pdf: bytes) -> tuple[str, ...]:
    """Return the text of each page, its spaces and line ends made one space.

    Raises:
        RenderError: if it is no PDF.
    """
    pdfium: Any = import_module("pypdfium2")
    texts: list[str] = []
    try:
        with closing(pdfium.PdfDocument(pdf)) as document:
            for page in document:
                with closing(page.get_textpage()) as text:
                    texts.append(" ".join(text.get_text_range().replace(_HYPHEN_AT_A_LINE_END, "-").split()))
    except pdfium.PdfiumError as error:
        raise RenderError(message("the document can't be read as PDF: {error}", error=error)) from error
    return tuple(texts)


def demand_mark(texts: tuple[str, ...]) -> None:
    """Refuse a document on one of whose pages the mark is missing.

    Raises:
        RenderError: names the page.
    """
    for number, text in enumerate(texts, start=1):
        if TEST_MARK not in text:
            raise RenderError(message("page {number} of the certificate lacks the test mark", number=number))
