"""Pictures of pages that are small and sharp: few colours, chosen by what stands there."""

from __future__ import annotations

from contextlib import closing
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from mikrocert.api import RenderError, message
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["INK", "LARGEST_PICTURE", "pictures"]

LARGEST_PICTURE = 200_000
"""Octets; a picture in a credential may not be larger."""
_WANTED = 15_000
"""Octets that a picture should not exceed: a credential carries one for each language."""
INK = "#14171F"
"""The colour of type."""
_SHADES = ((1.0, 0.75, 0.5, 0.25), (1.0, 0.66, 0.33), (1.0, 0.5), (1.0,))
"""How strongly each colour may be set, from the smoothest edges to the smallest picture."""


def pictures(pdf: bytes, *, resolution: int, colours: Sequence[str], marks: bool) -> Iterator[bytes]:
    """Take a PNG of each page, as smooth as it can be in some 15 kB.

    Args:
        pdf: the pages.
        resolution: dots per inch.
        colours: what the page is set in on white, as `#RRGGBB`.
        marks: whether a logo or emblem brings colours of its own, so that they are chosen by looking.

    Raises:
        RenderError: if a picture is larger than a credential may hold, in the fewest colours too.
    """
    pdfium: Any = import_module("pypdfium2")
    with closing(pdfium.PdfDocument(pdf)) as document:
        for page in document:
            image: Image.Image = page.render(scale=resolution / 72).to_pil().convert("RGB")
            picture = b""
            for attempt in _looked_at(image) if marks else _in_shades(image, colours):
                picture = _png(attempt)
                if len(picture) <= _WANTED:
                    break
            if len(picture) > LARGEST_PICTURE:
                raise RenderError(
                    message(
                        "the picture of the certificate has {count} octets, {most} are allowed: a lower resolution or a simpler logo would help",
                        count=len(picture),
                        most=LARGEST_PICTURE,
                    )
                )
            yield picture


def _in_shades(image: Image.Image, colours: Sequence[str]) -> Iterator[Image.Image]:
    for shades in _SHADES:
        palette = [(255, 255, 255), *(_mixed(colour, shade) for colour in colours for shade in shades)]
        table = Image.new("P", (1, 1))
        filled = palette + [palette[0]] * (256 - len(palette))
        table.putpalette([part for colour in filled for part in colour])
        yield image.quantize(palette=table, dither=Image.Dither.NONE)


def _mixed(colour: str, shade: float) -> tuple[int, int, int]:
    """Return a colour thinned with white."""
    red, green, blue = (round(255 - (255 - part) * shade) for part in bytes.fromhex(colour[1:]))
    return red, green, blue


def _looked_at(image: Image.Image) -> Iterator[Image.Image]:
    for count in (48, 24, 12):
        yield image.quantize(count, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


def _png(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
