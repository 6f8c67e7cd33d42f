"""The test mark: drawn onto finished pages, where no template reaches, and looked for in what was written."""

from __future__ import annotations

import math
from contextlib import closing
from importlib import import_module
from typing import Any

from mikrocert.api import TEST_MARK, RenderError, message

__all__ = ["Marker", "demand_mark", "texts_of_pages"]

_PAGE = """
@page {{
  size: {width}px {height}px; margin: 0 0 8mm;
  @bottom-center {{
    background: #fff; color: #7a4f00; content: "{mark}"; font: 600 8pt/4mm "Mikrocert Sans"; height: 4mm;
    margin-bottom: 3mm; padding: 0 2mm; white-space: nowrap; width: max-content;
  }}
}}
@font-face {{ font-family: "Mikrocert Sans"; font-weight: 200 900; src: url(mikrocert-font:sans) }}
"""


class Marker:
    """Draws the mark on pages that are set; what it makes for one size of pages is kept.

    Args:
        fetcher: knows the fonts.
        font_config: WeasyPrint's, with these fonts.
    """

    def __init__(self, *, fetcher: Any, font_config: Any) -> None:  # noqa: ANN401 - WeasyPrint is untyped
        self._weasyprint: Any = import_module("weasyprint")
        self._fetcher = fetcher
        self._font_config = font_config

    def mark(self, document: Any) -> None:  # noqa: ANN401
        """Put the mark above everything else on each page; as a margin box, it is an artifact of pagination."""
        for page in document.pages:
            box = page._page_box  # noqa: SLF001 - WeasyPrint has no other way to add to a page
            box.children = (*box.children, *self._boxes(width=page.width, height=page.height))

    def _boxes(self, *, width: float, height: float) -> list[Any]:
        css = self._weasyprint.CSS(
            string=_PAGE.format(width=width, height=height, mark=TEST_MARK),
            font_config=self._font_config,
            url_fetcher=self._fetcher,
            base_url="mikrocert-own:",
        )
        html = self._weasyprint.HTML(
            string="<html></html>", url_fetcher=self._fetcher, base_url="mikrocert-own:"
        )
        marked = html.render(stylesheets=[css], font_config=self._font_config)
        margin_box = import_module("weasyprint.formatting_structure.boxes").MarginBox
        boxes = [box for box in marked.pages[0]._page_box.children if isinstance(box, margin_box)]  # noqa: SLF001
        for box in boxes:
            box.style["z_index"] = math.inf
        return boxes


def texts_of_pages(pdf: bytes) -> tuple[str, ...]:
    """Return the text of each page, its spaces and line ends made one space."""
    pdfium: Any = import_module("pypdfium2")
    with closing(pdfium.PdfDocument(pdf)) as document:
        texts: list[str] = []
        for page in document:
            with closing(page.get_textpage()) as text:
                texts.append(" ".join(text.get_text_range().split()))
    return tuple(texts)


def demand_mark(pdf: bytes) -> None:
    """Refuse a document on one of whose pages the mark is missing.

    Raises:
        RenderError: names the page.
    """
    for number, text in enumerate(texts_of_pages(pdf), start=1):
        if TEST_MARK not in text:
            raise RenderError(message("page {number} of the certificate lacks the test mark", number=number))
