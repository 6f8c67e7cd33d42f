"""Measures text before it is set, to choose type sizes and to balance lines."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import attrs
from PIL import ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Block", "Ruler"]

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
        self._font = ImageFont.truetype(BytesIO(font), _UNITS, layout_engine=ImageFont.Layout.BASIC)
        self._font.set_variation_by_axes(list(axes))

    def block(self, text: str, *, size: float, width: float) -> Block:
        """Return how a text breaks at its spaces.

        Args:
            text: one paragraph.
            size: type size in points.
            width: of the column in points.
        """
        space = self._font.getlength(" ") * size / _UNITS
        pieces = [self._font.getlength(word) * size / _UNITS for word in text.split(" ")]
        lines = _lines(pieces, space=space, width=width)
        narrow, wide = max(pieces, default=0.0), width
        if narrow > width:  # a word longer than the column is broken anywhere
            return Block(max(lines, round(sum(pieces) / width + 0.5)), width)
        while wide - narrow > 1:
            middle = (narrow + wide) / 2
            if _lines(pieces, space=space, width=middle) > lines:
                narrow = middle
            else:
                wide = middle
        return Block(lines, wide)


def _lines(pieces: Sequence[float], *, space: float, width: float) -> int:
    lines, used = 1, 0.0
    for piece in pieces:
        if used and used + space + piece > width:
            lines, used = lines + 1, piece
        else:
            used += piece + (space if used else 0)
    return lines
