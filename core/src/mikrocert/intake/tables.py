"""Tables: a header and rows of cells, wherever they come from; shaped like the layout, not yet understood."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import attrs

from mikrocert.errors import IntakeError
from mikrocert.intake.faults import Faults, unknown_field
from mikrocert.intake.record import Entry, RawRecord, Row
from mikrocert.report import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from mikrocert.intake.layout import Column, Group, Layout
    from mikrocert.intake.record import Place

__all__ = ["Remarks", "Rows", "table_records"]

Rows: TypeAlias = "Iterator[tuple[Place, Sequence[str] | Finding]]"
"""Rows that are not entirely empty, each with its place, the header first; or why there are no more."""

_SIGNED_NUMBER = re.compile(r"[+-]\s*(\d[\d\s.,/%]*)?")
_MOST_COLUMNS = 200
_LAST_HEADER = 20


def _none_unread(_: Place) -> int:
    return 0


@attrs.frozen
class Remarks:
    """What is to be said of the rows of a table besides their cells.

    Args:
        unread: tells how many lines after a place can't be read, where no more rows can be told apart.
        faults: row → what is wrong with it as a whole.
        warnings: row → what somebody should know of it; that under 0 is of the whole.
    """

    unread: Callable[[Place], int] = _none_unread
    faults: Mapping[int, Finding] = attrs.field(factory=dict[int, Finding])
    warnings: Mapping[int, Finding] = attrs.field(factory=dict[int, Finding])


def table_records(rows: Rows, *, layout: Layout, remarks: Remarks) -> Iterator[RawRecord]:
    """Read the records of a table one by one.

    Args:
        rows: the header, then the records.
        layout: the layout of the table.
        remarks: what is to be said of rows besides their cells.

    Raises:
        IntakeError: for a header that is not of the layout; raised at the call.
    """
    return _records(rows, _Header.of(rows, layout, remarks), remarks)


@attrs.frozen
class _Header:
    """The header of a table.

    Args:
        names: what each column is called; empty for one without a name.
        layout: the layout.
    """

    names: tuple[str, ...]
    layout: Layout

    @classmethod
    def of(cls, rows: Rows, layout: Layout, remarks: Remarks) -> _Header:
        """Read the header; every fault of it at once."""
        place, header = next(rows, (None, list[str]()))
        if isinstance(header, Finding):
            raise IntakeError([header])
        columns = layout.columns
        names = tuple(name.strip() for name in header)
        if not set(names) & set(columns) and (below := _header_below(rows, columns)):
            raise IntakeError(
                [
                    Finding.error(
                        "header-below",
                        "the column names stand in row {row} only; delete all rows above it, so that they are the first row",
                        row=below,
                    )
                ]
            )
        if place is not None and place.row is not None and place.row in remarks.faults:
            raise IntakeError([remarks.faults[place.row]])
        if not set(names) & set(columns):
            required = ", ".join(name for name, column in columns.items() if column.required)
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
            if name not in columns and name not in layout.left_out:
                findings.append(unknown_field(name, names=columns, path=name))
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
            for name, column in columns.items()
            if column.required and name not in present
        )
        if findings:
            raise IntakeError(findings)
        return cls(names, layout)


def _header_below(rows: Rows, columns: Collection[str]) -> int | None:
    """Return the row among the next ones that has names of several columns, below a heading, say; none if no row has."""
    for place, row in islice(rows, _LAST_HEADER):
        if not isinstance(row, Finding) and len({name.strip() for name in row} & set(columns)) > 1:
            return place.row
    return None


def _records(rows: Rows, header: _Header, remarks: Remarks) -> Iterator[RawRecord]:
    for number, (place, row) in enumerate(rows, start=1):
        of_row = {0} if number == 1 else set[int]()
        if place.row is not None:
            of_row.add(place.row)
        warnings = tuple(remarks.warnings[one] for one in sorted(of_row & remarks.warnings.keys()))
        if isinstance(row, Finding):
            record = attrs.evolve(_refused(number, place, row), unread=remarks.unread(place))
        elif place.row is not None and place.row in remarks.faults:
            record = _refused(number, place, remarks.faults[place.row])
        else:
            record = _record(number, place, row, header)
        yield attrs.evolve(record, warnings=warnings)


def _refused(number: int, place: Place, finding: Finding) -> RawRecord:
    faults = Faults()
    faults.add(finding)
    return RawRecord(number, None, faults, place)


def _record(number: int, place: Place, cells: Sequence[str], header: _Header) -> RawRecord:
    misplaced = _misplaced(cells, header)
    if misplaced:
        return _refused(number, place, misplaced)
    faults = Faults()
    named: dict[str, str] = {}
    for cell, name in zip(cells, header.names, strict=False):
        if name not in header.layout.columns or not cell.strip():
            continue
        if _is_formula(cell):
            faults.add(
                Finding.error(
                    "formula",
                    "the cell is or begins like a formula (=, @, a tab, or + or - other than before a number); remove the beginning, or "
                    "put the value that it shows in its place",
                    path=name,
                )
            )
        else:
            named[name] = cell.replace("\r\n", "\n").replace("\r", "\n")
    return RawRecord(number, _row(named, header.layout, faults), faults, place)


def _misplaced(cells: Sequence[str], header: _Header) -> Finding | None:
    """Return why cells can't be told to be in their columns, or none."""
    if len(cells) < len(header.names):
        return Finding.error(
            "too-few-cells",
            "the row has only {count} cells, the header {expected}",
            count=len(cells),
            expected=len(header.names),
        )
    for position, cell in enumerate(cells):
        if cell.strip() and (position >= len(header.names) or not header.names[position]):
            return Finding.error(
                "cell-without-column",
                "the cell in column {column} of the table has no name in the header; probably a text with a separator is not "
                "quoted",
                column=_letters(position),
            )
    return None


def _letters(position: int) -> str:
    """Return what a spreadsheet calls a column: A to Z, then AA.

    Args:
        position: from 0.
    """
    before, last = divmod(position, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _is_formula(cell: str) -> bool:
    """Return whether a spreadsheet could take a cell for a formula (CWE-1236)."""
    bare = cell.strip()
    if cell.startswith("\t") or bare.startswith(("=", "@")):
        return True
    return bare.startswith(("+", "-")) and not _SIGNED_NUMBER.fullmatch(bare)


def _row(cells: Mapping[str, str], layout: Layout, faults: Faults) -> Row:
    entries: dict[str, Entry] = {}
    lists: dict[str, tuple[Entry, ...]] = {}
    grouped: dict[str, dict[str, list[str]]] = {}
    for name, column in layout.columns.items():
        if name not in cells:
            continue
        if column.group:
            grouped.setdefault(column.group, {})[column.member] = _items(cells[name], column, faults)
        elif column.many:
            items = _items(cells[name].rstrip(), column, faults)
            lists[name] = tuple(
                Entry(_path(name, position, items), item or None) for position, item in enumerate(items)
            )
        else:
            entries[name] = Entry(name, cells[name].strip())
    return Row(
        entries=entries,
        lists=lists,
        groups={name: _group(layout.groups[name], members, faults) for name, members in grouped.items()},
    )


def _items(cell: str, column: Column, faults: Faults) -> list[str]:
    """Split a cell into its items, one per line or with a sign between them."""
    separator = column.separator
    if "\n" in cell and separator in cell:
        faults.add(
            Finding.error(
                "mixed-separators",
                "items are separated by line breaks and by {separator}; keep only one of them",
                path=column.name,
                separator=separator,
            )
        )
    return [item.strip() for item in cell.split("\n" if "\n" in cell else separator)]


def _path(name: str, position: int, items: Sequence[str]) -> str:
    return f"{name}[{position}]" if len(items) > 1 else name


def _group(group: Group, members: Mapping[str, list[str]], faults: Faults) -> tuple[Row, ...]:
    """Put together the items of a group, whose columns correspond by position."""
    most = max(len(items) for items in members.values())
    short = {member: len(items) for member, items in members.items() if len(items) < most}
    for member, count in short.items():
        faults.add(
            Finding.error(
                "count-differs",
                "there are {count} items here and {most} in another column of the group; they are matched by position, leave an empty place for a missing one",
                path=f"{group.prefix}{member}",
                count=count,
                most=most,
            ),
            loses=group.name,
        )
    if short:
        return ()
    return tuple(
        _item(group.prefix, {member: items[position] for member, items in members.items()}, position, most)
        for position in range(most)
    )


def _item(prefix: str, cells: Mapping[str, str], position: int, count: int) -> Row:
    row = Row(f"{prefix}{{}}[{position}]" if count > 1 else f"{prefix}{{}}")
    return attrs.evolve(
        row, entries={member: Entry(row.path(member), cell) for member, cell in cells.items() if cell}
    )
