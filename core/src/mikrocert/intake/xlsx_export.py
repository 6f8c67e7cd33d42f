"""Workbooks of Excel (.xlsx): the rows of the one sheet that is the export.

Cells are taken as the sheet has them: days are days, numbers are numbers, whatever format hides of them. Formulas are refused, values that an
error of a formula left are refused, and so are merged cells, of which nobody knows which row they belong to. What is hidden is told.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, cast

import attrs

from mikrocert.errors import IntakeError
from mikrocert.intake.record import Place
from mikrocert.report import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from mikrocert.intake.tables import Rows

__all__ = ["Sheet", "is_workbook", "open_sheet"]

_BEGINNING = b"PK\x03\x04"
_LARGEST_FILE = 16 * 1024 * 1024
_LARGEST_UNPACKED = 64 * 1024 * 1024
_LARGEST_OTHER = 8 * 1024 * 1024
_HEAD = 4096
_MOST_PARTS = 2000
_MOST_CELLS = 1_000_000
_MOST_SHEETS = 50
_DIGITS = 15
# A tag ends where the next one begins: looking further for its end would cost the square of what is there.
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^<>]*?\bref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']"
)
_ROW = re.compile(rb"<(?:\w+:)?row\s([^<>]*)>")
_HIDDEN = re.compile(rb"\bhidden=[\"'](?:1|true)[\"']")
_NUMBER = re.compile(rb"\br=[\"'](\d{1,7})[\"']")


@attrs.frozen
class Sheet:
    """The sheet of a workbook that is the export.

    Args:
        rows: its rows, the header first.
        faults: row → what is wrong with it as a whole.
        warnings: row → what somebody should know of it; that under 0 is of the whole.
    """

    rows: Rows
    faults: Mapping[int, Finding]
    warnings: Mapping[int, Finding]


def is_workbook(data: bytes) -> bool:
    """Return whether octets are a workbook of Excel that can be opened here.

    One that is damaged, or for which the library is missing, is a file of another kind like any other.
    """
    if not data.startswith(_BEGINNING):
        return False
    try:
        import openpyxl  # noqa: F401, PLC0415 # pyright: ignore[reportUnusedImport] - whether it is there

        with zipfile.ZipFile(io.BytesIO(data)) as file:
            return {"[Content_Types].xml", "xl/workbook.xml"} <= set(file.namelist())
    except (ImportError, zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def open_sheet(data: bytes, *, names: Collection[str]) -> Sheet:
    """Open the one sheet that is the export.

    Args:
        data: a workbook.
        names: names of columns; of several sheets the one is taken whose header has some. Where none are known, there must be
            one sheet only.

    Raises:
        IntakeError: if it is too large or damaged, or it is not certain which sheet is meant.
    """
    _demand_bounded(data)
    import openpyxl  # noqa: PLC0415 - only for workbooks

    try:
        book: Any = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=False, keep_links=False
        )
        for sheet in book.worksheets[:_MOST_SHEETS]:
            sheet.reset_dimensions()  # a file may say that it is smaller than it is
        sheets = [sheet for sheet in book.worksheets[:_MOST_SHEETS] if _beginning(sheet)]
        visible = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
        meant = [sheet for sheet in visible if set(_beginning(sheet)) & set(names)] or visible
    except Exception as error:  # a library's own errors for a file that anybody made
        raise _damaged() from error
    if len(meant) != 1:
        raise IntakeError([_which(meant, visible)])
    (sheet,) = meant
    hidden = [str(other.title) for other in sheets if other not in visible]
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        faults, warnings = _marks(file.read(_part_of(sheet)))
    if hidden:
        warnings[0] = Finding.warning(
            "hidden-sheet",
            "sheets that are hidden are not read: {names:comma}",
            names=[name[:60] for name in hidden],
        )
    return Sheet(_rows(sheet), faults, warnings)


def _part_of(sheet: Any) -> str:  # noqa: ANN401 - openpyxl's
    """Return the name of the part of the workbook that has a sheet."""
    members = cast("dict[str, str]", vars(sheet))
    return members["_worksheet_path"]


def _demand_bounded(data: bytes) -> None:
    """Refuse what is too large once it is unpacked, and XML that says more than data.

    Raises:
        IntakeError: says what is wrong.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            parts = file.infolist()
            unpacked = sum(part.file_size for part in parts)
            bounded = unpacked <= _LARGEST_UNPACKED and len(parts) <= _MOST_PARTS
            sound = bounded and all(_is_sound(part.filename, file.read(part)) for part in parts)
    except Exception as error:  # whatever a reader of ZIP has against a file that anybody made
        raise _damaged() from error
    if not bounded or len(data) > _LARGEST_FILE:
        raise IntakeError(
            [
                Finding.error(
                    "too-large",
                    "the workbook has {count} octets, unpacked {unpacked}; at most {most} MiB are read, unpacked {most_unpacked} MiB",
                    count=len(data),
                    unpacked=unpacked,
                    most=_LARGEST_FILE // (1024 * 1024),
                    most_unpacked=_LARGEST_UNPACKED // (1024 * 1024),
                )
            ]
        )
    if not sound:
        raise _damaged()


def _is_sound(name: str, content: bytes) -> bool:
    """Return whether a part is what a spreadsheet program writes: UTF-8 without entities, and no more of it than there can be cells."""
    if not name.endswith((".xml", ".rels")):
        return True
    large = name.startswith(("xl/worksheets/", "xl/sharedStrings"))
    return (
        content.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in {b"<", b""}
        and b"\0" not in content[:_HEAD]
        and b"<!" not in content[:_HEAD]
        and b"<!ENTITY" not in content
        and (large or len(content) <= _LARGEST_OTHER)
        and content.count(b"<si>") + content.count(b":si>") <= 2 * _MOST_CELLS
    )


def _damaged() -> IntakeError:
    return IntakeError(
        [
            Finding.error(
                "damaged-workbook",
                "the workbook is damaged or was not written by a spreadsheet program; open it in one and save it anew, or save the sheet as "
                "'CSV UTF-8'",
            )
        ]
    )


def _which(meant: list[Any], visible: list[Any]) -> Finding:
    if not visible:
        return Finding.error(
            "empty", "the file is empty; export the records again, and look at the size of the file"
        )
    return Finding.error(
        "several-sheets",
        "it is not certain which sheet is the export: {names:comma}; leave only that one in the file",
        names=[str(sheet.title)[:60] for sheet in meant],
    )


def _beginning(sheet: Any) -> list[str]:  # noqa: ANN401 - openpyxl's
    """Return the texts of the first row that has any."""
    for position, row in enumerate(sheet.iter_rows(max_col=1000, values_only=True)):
        texts = [str(value).strip() for value in row if value is not None]
        if any(texts) or position > 1000:  # noqa: PLR2004 - no sheet begins that late
            return texts
    return []


def _marks(content: bytes) -> tuple[dict[int, Finding], dict[int, Finding]]:
    """Return what is wrong with rows because of merged cells, and which rows are hidden."""
    faults: dict[int, Finding] = {}
    warnings: dict[int, Finding] = {}
    marked = 0
    for first, top, last, bottom in _MERGED.findall(content):
        cells = f"{first.decode()}{top.decode()}:{last.decode()}{bottom.decode()}"
        fault = Finding.error(
            "merged-cells",
            "cells {cells} are merged, so that it is not certain to which column and row their value belongs; split them",
            cells=cells,
        )
        rows = range(int(top), int(bottom) + 1)
        marked += len(rows)
        if marked > _MOST_CELLS:
            raise _damaged()
        for row in rows:
            faults.setdefault(row, fault)
    for match in _ROW.finditer(content):
        number = _NUMBER.search(match[1])
        if number and _HIDDEN.search(match[1]):
            warnings[int(number[1])] = Finding.warning(
                "hidden-row", "the row is hidden in the sheet; it is read all the same"
            )
    return faults, warnings


def _rows(sheet: Any) -> Rows:  # noqa: ANN401 - openpyxl's
    """Yield the rows that are not entirely empty."""
    cells = width = number = 0
    rows: Iterator[Any] = iter(sheet.rows)
    while True:
        number += 1
        try:
            row = next(rows, None)
            if row is None:
                return
            texts = [_text(cell) for cell in row]
        except Exception as error:  # a library's own errors for a file that anybody made
            raise _damaged() from error
        cells += len(texts) + 1
        if cells > _MOST_CELLS:
            raise IntakeError(
                [
                    Finding.error(
                        "too-many-cells",
                        "the sheet has more than {most} cells, empty ones counted; split it, or delete empty columns and rows",
                        most=_MOST_CELLS,
                    )
                ]
            )
        while texts and not texts[-1].strip():
            texts.pop()
        if texts:
            width = width or len(texts)
            yield Place(number, None), [*texts, *[""] * (width - len(texts))]


def _text(cell: Any) -> str:  # noqa: ANN401 - openpyxl's
    """Return what a cell has as a table would have it."""
    value: object = cell.value
    if cell.data_type == "f" or type(value).__name__ in {"ArrayFormula", "DataTableFormula"}:
        return "="
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case float():
            return f"{value:.{_DIGITS}g}"
        case _:
            return str(value)
