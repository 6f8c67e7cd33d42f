"""Pictures of fronts, made small."""

from __future__ import annotations

from contextlib import closing
from importlib import import_module
from io import BytesIO
from typing import Any

from PIL import Image, ImageColor

__all__ = ["picture_of"]

_POINTS = 72
_SHADES = ((255, 255, 255), (112, 116, 126), (20, 23, 31))
_NEAREST = [2] * 66 + [1] * 118 + [0] * 72
"""For each of 256 greys, which shade it is nearest to."""
_ACCENT = len(_SHADES)
_LEAST_COLOUR = 300
"""How colourful an accent has to be to be told from grey: the square of its distance."""
_COMPRESSION = 7
"""What more would save takes six times as long."""


def picture_of(pdf: bytes, *, resolution: float, accent: str) -> bytes:
    """Return a PNG of the first page of a PDF in four colours.

    Args:
        pdf: the pages.
        resolution: dots per inch.
        accent: `#RRGGBB`, the colour besides ink.
    """
    pdfium: Any = import_module("pypdfium2")
    with closing(pdfium.PdfDocument(pdf)) as document, closing(document[0]) as page:
        image: Image.Image = page.render(scale=resolution / _POINTS, rev_byteorder=True).to_pil()
    buffer = BytesIO()
    _few_colours(image, accent=accent).save(buffer, "PNG", bits=2, compress_level=_COMPRESSION)
    return buffer.getvalue()


def _few_colours(image: Image.Image, *, accent: str) -> Image.Image:
    """Return a picture in four colours: white, ink, what lies between them, and the accent.

    Text stays smooth in three shades; more colours make a file twice as large and look the same.

    Args:
        image: a picture in RGB.
        accent: `#RRGGBB`.
    """
    few = image.convert("L").point(_NEAREST)
    colour = ImageColor.getrgb(accent)[:3]
    away = [part - sum(colour) / 3 for part in colour]
    length = sum(part * part for part in away)
    if length > _LEAST_COLOUR:
        # How far each pixel is on the way from grey to the accent; grey is no way at all.
        share = image.convert("L", (*(255 * part / length for part in away), 0))
        few.paste(_ACCENT, mask=share.point([0] * 128 + [255] * 128))
    few.putpalette([part for shade in (*_SHADES, colour) for part in shade])
    return few
