"""Cells of tables that are saved for spreadsheets: what others wrote is text there and never a formula.

A cell that begins like a formula is one to the programs that open CSV; an apostrophe in front makes it text. Where decimals have commas, as
in Czech, they divide lines at semicolons, within quotation marks too once a line is not as they expect it; so what follows a semicolon may
begin a cell as well.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["csv_of", "no_formula"]

_BEGINS_A_FORMULA: Final = r"(?=[=+\-@|%\uff1d\uff0b\uff0d\uff20])"
_CELL: Final = re.compile(rf"(?:^|;[\s\"]*){_BEGINS_A_FORMULA}")


def no_formula(text: str) -> str:
    """Return a text that no program takes for a formula, and no part of it that a semicolon divides."""
    return _CELL.sub(r"\g<0>'", text)


def csv_of(cells: Iterable[Sequence[str]]) -> bytes:
    """Return cells as CSV (RFC 4180) in UTF-8, marked as such for programs that would guess otherwise."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([no_formula(cell) for cell in row] for row in cells)
    return out.getvalue().encode("utf-8-sig")
