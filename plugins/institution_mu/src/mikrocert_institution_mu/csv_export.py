"""The CSV export, as Excel in Czech saves it (RFC 4180 with `;`, `,` or a tab between cells)."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import attrs
from mikrocert.api import Finding, IntakeError, message

from mikrocert_institution_mu.decoding import decoded
from mikrocert_institution_mu.faults import Faults, unknown_field
from mikrocert_institution_mu.layout import Column, columns
from mikrocert_institution_mu.record import Entry, RawRecord, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["read_csv"]

_DELIMITERS = ";,\t"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?(\r\n|\n|\r)', re.IGNORECASE)
_SIGNED_NUMBER = re.compile(r"[+-]\s*(\d[\d\s.,/%]*)?")
_MOST_COLUMNS = 200


def read_csv(data: bytes, *, encoding: str | None = None) -> Iterator[RawRecord]:
    """Read the records of a CSV export one by one.

    Args:
        data: the export.
        encoding: `cp1250` or `utf-16` where a person says so; none means UTF-8 with or without BOM.

    Raises:
        IntakeError: wrong encoding, too large, or a header that is not of the layout; raised at the call.
    """
    text = decoded(data, encoding=encoding)
    separator_line = _SEPARATOR_LINE.match(text)
    skipped = 0
    if separator_line:
        text, skipped = text[separator_line.end() :], 1
    delimiter = separator_line.group(1) if separator_line else _delimiter(text)
    if delimiter not in _DELIMITERS:
        raise IntakeError(
            [
                Finding.error(
                    "wrong-separator",
                    "the first line sep= names a separator other than semicolon, comma and tab",
                )
            ]
        )
    rows = _rows(text, delimiter, skipped=skipped)
    return _records(rows, _header(rows))


def _delimiter(text: str) -> str:
    """Return the delimiter that makes most known column names of the first line; the semicolon if none does."""
    first = text.lstrip("\r\n").partition("\n")[0]
    layout = columns()
    counts = {
        delimiter: sum(cell.strip(' "\r') in layout for cell in first.split(delimiter))
        for delimiter in _DELIMITERS
    }
    return max(counts, key=lambda delimiter: counts[delimiter])


def _rows(text: str, delimiter: str, *, skipped: int) -> Iterator[tuple[int, list[str] | Finding]]:
    """Yield every row that is not entirely empty with the line on which it begins, or why there are no more."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + skipped + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, _broken(error, line)
            return
        if any(cell.strip() for cell in cells):
            yield line, cells


def _header(rows: Iterator[tuple[int, list[str] | Finding]]) -> tuple[Column | None, ...]:
    """Read the header; every fault of it at once."""
    _, header = next(rows, (0, list[str]()))
    if isinstance(header, Finding):
        raise IntakeError([header])
    layout = columns()
    names = [name.strip() for name in header]
    if not set(names) & set(layout):
        required = ", ".join(name for name, column in layout.items() if column.required)
        raise IntakeError(
            [
                Finding.error(
                    "no-header",
                    "the first line is no header of column names separated by semicolon, comma or tab; required columns: {required}",
                    required=required,
                )
            ]
        )
    if len(names) > _MOST_COLUMNS:
        raise IntakeError(
            [
                Finding.error(
                    "too-many-columns",
                    "the header has {count} columns; at most {most} are read",
                    count=len(names),
                    most=_MOST_COLUMNS,
                )
            ]
        )
    findings: list[Finding] = []
    present: set[str] = set()
    for name in filter(None, names):
        if name not in layout:
            findings.append(unknown_field(name, names=layout, path=name))
        elif name in present:
            findings.append(
                Finding.error(
                    "duplicate-column",
                    "the header has this column twice",
                    path=name,
                )
            )
        present.add(name)
    findings.extend(
        Finding.error("missing-column", "this required column is missing", path=name)
        for name, column in layout.items()
        if column.required and name not in present
    )
    if findings:
        raise IntakeError(findings)
    return tuple(layout.get(name) for name in names)


def _records(
    rows: Iterator[tuple[int, list[str] | Finding]], header: Sequence[Column | None]
) -> Iterator[RawRecord]:
    for number, (line, row) in enumerate(rows, start=1):
        if isinstance(row, Finding):
            yield _refused(number, line, row)
        else:
            yield _record(number, line, row, header)


def _broken(error: csv.Error, line: int) -> Finding:
    """Say why nothing from here on can be told apart: after a fault in quotes, a text could pass for a record."""
    rest = message("the file is not read from line {line} on", line=line)
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


def _refused(number: int, line: int, finding: Finding) -> RawRecord:
    faults = Faults()
    faults.add(finding)
    return RawRecord(number, None, faults, line)


def _record(number: int, line: int, cells: Sequence[str], header: Sequence[Column | None]) -> RawRecord:
    misplaced = _misplaced(cells, header)
    if misplaced:
        return _refused(number, line, misplaced)
    faults = Faults()
    named: dict[str, str] = {}
    for cell, column in zip(cells, header, strict=False):
        if column is None or not cell.strip():
            continue
        if _is_formula(cell):
            faults.add(
                Finding.error(
                    "formula",
                    "the cell begins like a formula (=, @, a tab, or + or - other than before a number); remove the beginning",
                    path=column.name,
                )
            )
        else:
            named[column.name] = cell.replace("\r\n", "\n").replace("\r", "\n")
    return RawRecord(number, _row(named, faults), faults, line)


def _misplaced(cells: Sequence[str], header: Sequence[Column | None]) -> Finding | None:
    """Say why cells can't be told to be in their columns, or none."""
    if len(cells) < len(header):
        return Finding.error(
            "too-few-cells",
            "the row has only {count} cells, the header {expected}",
            count=len(cells),
            expected=len(header),
        )
    for position, cell in enumerate(cells):
        if cell.strip() and (position >= len(header) or header[position] is None):
            return Finding.error(
                "cell-without-column",
                "cell {position} belongs to no column of the header; probably a text with a separator is not quoted",
                position=position + 1,
            )
    return None


def _is_formula(cell: str) -> bool:
    """Return whether a spreadsheet could take a cell for a formula (CWE-1236)."""
    bare = cell.strip()
    if cell.startswith("\t") or bare.startswith(("=", "@")):
        return True
    return bare.startswith(("+", "-")) and not _SIGNED_NUMBER.fullmatch(bare)


def _row(cells: Mapping[str, str], faults: Faults) -> Row:
    entries: dict[str, Entry] = {}
    lists: dict[str, tuple[Entry, ...]] = {}
    grouped: dict[str, dict[str, list[str]]] = {}
    for name, column in columns().items():
        if name not in cells:
            continue
        if column.group:
            grouped.setdefault(column.group, {})[column.member] = _items(cells[name], name, faults)
        elif column.many:
            items = _items(cells[name].rstrip(), name, faults)
            lists[name] = tuple(
                Entry(_path(name, position, items), item or None) for position, item in enumerate(items)
            )
        else:
            entries[name] = Entry(name, cells[name].strip())
    return Row(
        entries=entries,
        lists=lists,
        groups={name: _group(name, group, faults) for name, group in grouped.items()},
    )


def _items(cell: str, name: str, faults: Faults) -> list[str]:
    """Split a cell into its items, one per line or separated by `|`."""
    if "\n" in cell and "|" in cell:
        faults.add(
            Finding.error(
                "mixed-separators",
                "items are separated by line breaks and by |; keep only one of them",
                path=name,
            )
        )
    return [item.strip() for item in cell.split("\n" if "\n" in cell else "|")]


def _path(name: str, position: int, items: Sequence[str]) -> str:
    return f"{name}[{position}]" if len(items) > 1 else name


def _group(name: str, members: Mapping[str, list[str]], faults: Faults) -> tuple[Row, ...]:
    """Put together the items of a group, whose columns correspond by position."""
    most = max(len(items) for items in members.values())
    short = {member: len(items) for member, items in members.items() if len(items) < most}
    for member, count in short.items():
        faults.add(
            Finding.error(
                "count-differs",
                "there are {count} items here and {most} in another column of the group; they are matched by position, leave an empty place for a missing one",
                path=f"{name}_{member}",
                count=count,
                most=most,
            )
        )
    if short:
        return ()
    return tuple(
        _item(name, {member: items[position] for member, items in members.items()}, position, most)
        for position in range(most)
    )


def _item(name: str, cells: Mapping[str, str], position: int, count: int) -> Row:
    row = Row(f"{name}_{{}}[{position}]" if count > 1 else f"{name}_{{}}")
    return attrs.evolve(
        row, entries={member: Entry(row.path(member), cell) for member, cell in cells.items() if cell}
    )
