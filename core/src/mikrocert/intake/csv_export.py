"""The CSV export, as Excel in Czech saves it (RFC 4180 with `;`, `,` or a tab between cells)."""

from __future__ import annotations

import csv
import io
import itertools
import re
from typing import TYPE_CHECKING

from mikrocert.errors import IntakeError
from mikrocert.intake.decoding import decoded
from mikrocert.intake.record import Place
from mikrocert.intake.tables import Remarks, table_records
from mikrocert.report import Finding
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from mikrocert.intake.layout import Layout
    from mikrocert.intake.record import RawRecord
    from mikrocert.intake.tables import Rows

__all__ = ["read_csv", "rows_of_csv"]

_DELIMITERS = ";,\t"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?(\r\n|\n|\r)', re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\n|\r")
_BLANK = f" {_DELIMITERS}"


def read_csv(data: bytes, *, layout: Layout, encoding: str | None = None) -> Iterator[RawRecord]:
    """Read the records of a CSV export one by one.

    Args:
        data: the export.
        layout: the layout of its records.
        encoding: `cp1250`, `iso-8859-2` or `utf-16` where a person says so; none means UTF-8 with or without BOM.

    Raises:
        IntakeError: wrong encoding, too large, or a header that is not of the layout; raised at the call.
    """
    text = decoded(data, encoding=encoding)
    rows = _opened(text, names={*layout.columns, *layout.left_out})

    def unread(place: Place) -> int:
        left = _LINE_END.split(text)[place.line or 0 :]
        return sum(bool(one.strip(_BLANK)) for one in left)

    return table_records(rows, layout=layout, remarks=Remarks(unread))


def rows_of_csv(data: bytes, *, encoding: str | None = None) -> Rows:
    """Return the rows of a CSV of which no layout is known; the sign that the first line has most separates cells.

    Args:
        data: the export.
        encoding: as for `read_csv`.

    Raises:
        IntakeError: wrong encoding, or too large; raised at the call.
    """
    return _opened(decoded(data, encoding=encoding), names=frozenset())


def _opened(text: str, *, names: Collection[str]) -> Rows:
    separator_line = _SEPARATOR_LINE.match(text)
    skipped = 0
    if separator_line:
        text, skipped = text[separator_line.end() :], 1
    delimiter = separator_line.group(1) if separator_line else _delimiter(text, names)
    if delimiter not in _DELIMITERS:
        raise IntakeError(
            [
                Finding.error(
                    "wrong-separator",
                    "the first line sep= names a separator other than semicolon, comma and tab",
                )
            ]
        )
    return _rows(text, delimiter, skipped=skipped)


def _delimiter(text: str, names: Collection[str]) -> str:
    """Return the delimiter that makes most known names of the first line, or that it has most; else the semicolon."""
    first = text.lstrip("\r\n").partition("\n")[0]
    counts = {
        delimiter: (
            sum(cell.strip(' "\r') in names for cell in first.split(delimiter)),
            first.count(delimiter),
        )
        for delimiter in _DELIMITERS
    }
    return max(counts, key=lambda delimiter: counts[delimiter])


def _rows(text: str, delimiter: str, *, skipped: int) -> Rows:
    """Yield every row that is not entirely empty with its place, or why there are no more; spreadsheets show no line sep=."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for row in itertools.count(1):
        place = Place(row, reader.line_num + skipped + 1)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield place, _broken(error, place)
            return
        if any(cell.strip() for cell in cells):
            yield place, cells


def _broken(error: csv.Error, place: Place) -> Finding:
    """Return why nothing from here on can be told apart: after a fault in quotes, a text could pass for a record."""
    rest = message(
        "the file is not read from row {row} (line {line} of the file) on", row=place.row, line=place.line
    )
    if "field larger" in str(error):
        return Finding.error(
            "cell-too-long",
            "a cell has more than {most} characters; {rest}",
            most=csv.field_size_limit(),
            rest=rest,
        )
    return Finding.error(
        "broken-quotes",
        "quotes are not paired: a quoted cell has no end, or something follows its closing quote; {rest}",
        rest=rest,
    )
