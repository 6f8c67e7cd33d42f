"""The table as a file: CSV, and a workbook of Excel where the library for it is there.

What a file says of itself is anybody's word: no cell of CSV is a formula to the programs that open it (see `csv_of`), and in a workbook each
is text by its type.
"""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import attrs
from mikrocert.api import csv_of, message

from mikrocert_portal.many.table import texts_of_row

if TYPE_CHECKING:
    from mikrocert.api import Texts

    from mikrocert_portal.many.table import Row, Table

__all__ = ["CSV", "XLSX", "cells_of", "csv_of", "has_workbooks", "xlsx_of"]

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_LONGEST_CELL: Final = 2000
_WIDTHS: Final = (36, 14, 36, 40, 24, 32, 12, 16, 40, 60, 68, 26)


def cells_of(table: Table, *, texts: Texts, language: str) -> list[list[str]]:
    """Return the table as text, its header first.

    Args:
        table: the table.
        texts: the languages of the system.
        language: in which it is written.
    """

    def line(row: Row) -> list[str]:
        cells = attrs.astuple(texts_of_row(row, texts=texts, language=language), recurse=False)
        return [cell if isinstance(cell, str) else " ".join(cell) for cell in cells]

    header = [texts.say(heading, language) for heading in _HEADINGS]
    return [header, *([_line(cell) for cell in line(row)] for row in table.rows)]


def _line(text: str) -> str:
    """Return a text as one bounded line without characters that do something."""
    spaced = " ".join(text.split())
    return "".join(character for character in spaced if character.isprintable())[:_LONGEST_CELL]


def has_workbooks() -> bool:
    """Return whether the library for workbooks is installed."""
    return find_spec("openpyxl") is not None


def xlsx_of(cells: list[list[str]]) -> bytes:
    """Return cells as a workbook of Excel; each is text, whatever it looks like."""
    import openpyxl  # noqa: PLC0415 - only for workbooks
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    book: Any = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("mikrocert")
    sheet.freeze_panes = "B2"
    for number, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEFGHIJKLMNOP"[number]].width = width
    for row in cells:
        typed: list[Any] = []
        for text in row:
            cell: Any = WriteOnlyCell(sheet, value=text)
            cell.data_type = "s"
            typed.append(cell)
        sheet.append(typed)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_HEADINGS: Final = (
    message("File"),
    message("Verdict"),
    message("Answer"),
    message("Micro-credential"),
    message("Holder"),
    message("Awarding institution"),
    message("Date of issuing"),
    message("Identifier"),
    message("Sealed by"),
    message("What it means and what to do"),
    message("SHA-256 of the file"),
    message("Status as of"),
)
