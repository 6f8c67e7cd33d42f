"""Pictures of fronts, made small."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageColor

__all__ = ["few_colours"]

_GREYS = ((255, 255, 255), (112, 116, 126), (20, 23, 31))


def few_colours(png: bytes, *, accent: str) -> bytes:
    """Return a picture of a front in four colours: white, ink, what lies between them, and the accent.

    Text stays smooth in three shades; more colours make a file twice as large and look the same.

    Args:
        png: a picture without transparency.
        accent: `#RRGGBB`.
    """
    with Image.open(BytesIO(png), formats=["PNG"]) as image:
        plain = image.convert("RGB")
    palette = Image.new("P", (1, 1))
    colours = (*_GREYS, ImageColor.getrgb(accent)[:3])
    palette.putpalette(
        [part for colour in (*colours, *(_GREYS[:1] * (256 - len(colours)))) for part in colour]
    )
    buffer = BytesIO()
    plain.quantize(palette=palette, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True, bits=2)
    return buffer.getvalue()
