"""Measures text before it is set, to choose type sizes and to balance lines."""

from __future__ import annotations

import re
from io import BytesIO
from math import ceil
from typing import TYPE_CHECKING

import attrs
from PIL import ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Block", "Ruler"]

_BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNITS = 100
"""Size at which is measured; what is measured is divided by it."""


@attrs.frozen
class Block:
    """Lines that a text will take.

    Args:
        lines: how many.
        width: narrowest width in points that still takes no more lines.
    """

    lines: int
    width: float


class Ruler:
    """Measures in one cut of a variable font.

    Args:
        font: octets of the font.
        axes: position on each axis of the font, in its order.
    """

    def __init__(self, font: bytes, *, axes: Sequence[float]) -> None:
        self._font = ImageFont.truetype(BytesIO(font), _UNITS)
        self._font.set_variation_by_axes(list(axes))

    def length(self, text: str, *, size: float) -> float:
        """Return the width of a text in points, set in one line of this type size; a line break is set as a space."""
        return self._font.getlength(_BREAK.sub(" ", text)) * size / _UNITS

    def block(self, pieces: Sequence[str], *, size: float, width: float) -> Block:
        """Return how a paragraph breaks between its pieces.

        Args:
            pieces: what stays together on a line, with the space after it.
            size: type size in points.
            width: of the column in points.
        """
        widths = [
            (self.length(piece, size=size), self.length(piece.rstrip(" "), size=size)) for piece in pieces
        ]
        lines = _lines(widths, width=width)
        narrow, wide = max((visible for _, visible in widths), default=0.0), width
        if narrow > width:  # a word longer than the column is broken anywhere
            return Block(max(lines, ceil(sum(full for full, _ in widths) / width)), width)
        while wide - narrow > 1:
            middle = (narrow + wide) / 2
            if _lines(widths, width=middle) > lines:
                narrow = middle
            else:
                wide = middle
        return Block(lines, wide)


def _lines(widths: Sequence[tuple[float, float]], *, width: float) -> int:
    """Count the lines of pieces that have a width with and one without the space at their end."""
    lines, used = 1, 0.0
    for full, visible in widths:
        if used and used + visible > width:
            lines, used = lines + 1, 0.0
        used += full
    return lines
