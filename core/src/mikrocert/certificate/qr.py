"""QR codes as SVG and as PNG."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING

from mikrocert.errors import RenderError
from mikrocert.texts import message

if TYPE_CHECKING:
    from segno import QRCode

__all__ = ["qr_png", "qr_svg"]

_KEPT = 8
_MASK = 2
"""The mask that most links get where all are tried, which takes four times as long; a reader takes any."""


@lru_cache(_KEPT)
def qr_svg(text: str, *, quiet: int = 4) -> str:
    """Return the QR code of a text as an SVG document, square.

    Error correction is M (ISO/IEC 18004): a link of 46 characters then fits version 4, 33 modules a side. All modules are one path, so
    that no viewer draws seams between them.

    Args:
        text: a link.
        quiet: modules of white around the code; four are needed (ISO/IEC 18004, 5.3.8), none where the page leaves so much free.

    Raises:
        RenderError: if the text is too long for a QR code.
    """
    code = _code(text)
    path: list[str] = []
    for y, row in enumerate(code.matrix, start=quiet):
        x = quiet
        for dark, modules in groupby(row):
            length = len(list(modules))
            if dark:
                path.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    side = len(code.matrix) + 2 * quiet
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side}" height="{side}">'
        f'<path d="{"".join(path)}"/></svg>'
    )


def qr_png(text: str, *, scale: int = 10) -> bytes:
    """Return the QR code of a text as PNG, with four modules of white around it.

    Args:
        text: a link.
        scale: pixels a module.

    Raises:
        RenderError: if the text is too long for a QR code.
    """
    png = BytesIO()
    _code(text).save(png, kind="png", scale=scale, border=4)
    return png.getvalue()


def _code(text: str) -> QRCode:
    import segno  # noqa: PLC0415 - most of the program draws none

    try:
        return segno.make_qr(text, error="m", boost_error=False, mask=_MASK)
    except segno.DataOverflowError as error:
        raise RenderError(
            message("the link has {count} characters, too many for a QR code", count=len(text))
        ) from error
