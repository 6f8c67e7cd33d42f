"""QR codes as SVG."""

from __future__ import annotations

from itertools import groupby

import segno
from mikrocert.api import RenderError, message

__all__ = ["qr_svg"]


def qr_svg(text: str) -> str:
    """Return the QR code of a text as an SVG document, square, without quiet zone.

    Error correction is M (ISO/IEC 18004): a link of 46 characters then fits version 4, 33 modules a side. All
    modules are one path, so that no viewer draws seams between them.

    Args:
        text: a link.

    Raises:
        RenderError: if the text is too long for a QR code.
    """
    try:
        code = segno.make_qr(text, error="m", boost_error=False)
    except segno.DataOverflowError as error:
        raise RenderError(
            message("the link has {count} characters, too many for a QR code", count=len(text))
        ) from error
    path: list[str] = []
    for y, row in enumerate(code.matrix):
        x = 0
        for dark, modules in groupby(row):
            length = len(list(modules))
            if dark:
                path.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    side = len(code.matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side}" height="{side}">'
        f'<path d="{"".join(path)}"/></svg>'
    )
