"""A record as an export has it: shaped like the layout, its values not yet understood."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import attrs

from mikrocert.intake.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.report import Finding


__all__ = ["Entry", "Place", "RawRecord", "Row", "Scalar"]

Scalar: TypeAlias = str | int | Decimal | None
"""What a cell, or a JSON member without structure, can hold; none is an empty cell or null."""


@attrs.frozen
class Entry:
    """A value with its place.

    Args:
        path: the field as the export calls it.
        value: as the export has it, texts without white space around them.
    """

    path: str
    value: Scalar


@attrs.frozen
class Row:
    """The values of a record, or of one item in a group, by name of the JSON member; empty ones are left out.

    Args:
        place: what the export calls a field of this row, with `{}` for its name.
        entries: single values.
        lists: lists of values.
        groups: items of groups.
    """

    place: str = "{}"
    entries: Mapping[str, Entry] = attrs.field(factory=dict[str, Entry])
    lists: Mapping[str, tuple[Entry, ...]] = attrs.field(factory=dict[str, tuple[Entry, ...]])
    groups: Mapping[str, tuple[Row, ...]] = attrs.field(factory=dict[str, "tuple[Row, ...]"])

    def path(self, name: str) -> str:
        """Return what the export calls this field."""
        return self.place.replace("{}", name)


@attrs.frozen
class Place:
    """Where a record begins, from 1.

    Args:
        row: the row as a spreadsheet shows it; a quoted cell with line breaks is one row. None where there is no table.
        line: the line of the file; none in a workbook, which has no lines.
    """

    row: int | None
    line: int | None


@attrs.frozen
class RawRecord:
    """One record of an export.

    Args:
        number: position in the file, from 1.
        row: its values; none if it has no values that could be read.
        faults: what is wrong with its shape; with any, there is no award.
        place: where it begins; none in a JSON document.
        unread: how many lines after it can't be read because of it.
        warnings: what somebody should know of it that is no fault.
    """

    number: int
    row: Row | None
    faults: Faults = attrs.field(factory=Faults)
    place: Place | None = None
    unread: int = 0
    warnings: tuple[Finding, ...] = ()
