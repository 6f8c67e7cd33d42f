"""What a program reads on the pages of a PDF."""

from __future__ import annotations

from contextlib import closing
from importlib import import_module
from typing import Any

from mikrocert.api import RenderError, message

__all__ = ["texts_of_pages"]

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
