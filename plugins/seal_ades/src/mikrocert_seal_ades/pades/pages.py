"""What programs read on the pages of a PDF: pdfium's affair, which is imported when it is asked for, not before."""

from __future__ import annotations

import ctypes
from contextlib import closing
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["readings"]

_MOST_PAGES: Final = 50
_MOST_PARTS: Final = 20_000
_LONGEST: Final = 500_000
"""The most pages, elements of structure and pieces of text altogether, and characters that are looked at."""


def readings(data: bytes) -> tuple[str, ...]:
    """Return the text of all pages: in the order in which it is drawn and, where it is tagged, in the order of the tags.

    Args:
        data: a PDF.

    Raises:
        Exception: whatever pdfium raises where it is damaged.
    """
    pdfium: Any = import_module("pypdfium2")
    drawn: list[str] = []
    tagged: list[str] = []
    left = _Left(_MOST_PARTS)
    with closing(pdfium.PdfDocument(data)) as document:
        for number in range(min(len(document), _MOST_PAGES)):
            with closing(document[number]) as page, closing(page.get_textpage()) as text:
                drawn.append(text.get_text_range(0, min(text.count_chars(), _LONGEST)))
                tagged.append("".join(_tagged(page, text, left)))
    found = (" ".join(drawn)[:_LONGEST], " ".join(tagged)[:_LONGEST])
    return tuple(reading for reading in dict.fromkeys(found) if reading.strip() or reading == found[0])


class _Left:
    """How many parts may still be looked at."""

    def __init__(self, parts: int) -> None:
        self._parts = parts

    def spend(self) -> bool:
        """Return whether one more may be."""
        self._parts -= 1
        return self._parts >= 0


def _tagged(page: Any, text: Any, left: _Left) -> Iterator[str]:  # noqa: ANN401 - pypdfium2 is untyped
    raw: Any = import_module("pypdfium2.raw")
    tree = raw.FPDF_StructTree_GetForPage(page)
    if not tree:
        return
    try:
        pieces = _pieces(raw, page, text, left)
        for number in _marks(raw, tree, left):
            yield from pieces.get(number, ())
    finally:
        raw.FPDF_StructTree_Close(tree)


def _pieces(raw: Any, page: Any, text: Any, left: _Left) -> dict[int, list[str]]:  # noqa: ANN401
    """Return the texts on a page by the number of the marked content that they are drawn in (ISO 32000-2, 14.7.5.2)."""
    pieces: dict[int, list[str]] = {}
    for piece in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=2):
        if not left.spend():
            break
        number = raw.FPDFPageObj_GetMarkedContentID(piece)
        if number >= 0:
            pieces.setdefault(number, []).append(_text_of(raw, piece, text))
    return pieces


def _text_of(raw: Any, piece: Any, text: Any) -> str:  # noqa: ANN401
    size = raw.FPDFTextObj_GetText(piece, text, None, 0)
    buffer = ctypes.create_string_buffer(size)
    units: Any = cast("Any", ctypes).cast(buffer, raw.POINTER(raw.FPDF_WCHAR))
    raw.FPDFTextObj_GetText(piece, text, units, size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")


def _marks(raw: Any, tree: Any, left: _Left) -> Iterator[int]:  # noqa: ANN401
    """Yield the numbers of marked content in the order of the structure."""
    count = raw.FPDF_StructTree_CountChildren(tree)
    waiting = [raw.FPDF_StructTree_GetChildAtIndex(tree, index) for index in reversed(range(count))]
    while waiting and left.spend():
        element = waiting.pop()
        if not element:
            continue
        children = max(raw.FPDF_StructElement_CountChildren(element), 0)
        below: list[Any] = []
        for index in range(min(children, _MOST_PARTS)):
            number = raw.FPDF_StructElement_GetChildMarkedContentID(element, index)
            if number >= 0:
                yield number
            else:
                below.append(raw.FPDF_StructElement_GetChildAtIndex(element, index))
        waiting += reversed(below)
