"""JSON exports: an array of records, or an object with the array and what the layout fixes beside it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, cast

import attrs

from mikrocert.errors import IntakeError
from mikrocert.intake.faults import Faults
from mikrocert.intake.layout import Field, Group
from mikrocert.intake.record import Entry, Place, RawRecord, Row
from mikrocert.parsing import strict_json
from mikrocert.report import Finding
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.intake.layout import Layout

__all__ = ["is_lines", "read_json", "read_lines", "split_lines"]

_MOST_LINES = 500_000
_LONGEST_LINE = 1024 * 1024


def is_lines(data: bytes, *, layout: Layout | None = None) -> bool:
    """Return whether an export is JSON Lines, an object on each line, instead of one document.

    Args:
        data: the export.
        layout: its layout: an object is a line that has some of its fields and not the member of the records. None where no
            layout is known; then several lines are needed.
    """
    first, _, rest = data.lstrip(b" \t\r\n").partition(b"\n")
    if not first.startswith(b"{") or len(first) > _LONGEST_LINE:
        return False
    try:
        value = strict_json.loads(first, refuse=IntakeError)
    except IntakeError:
        return False
    if layout is None:
        return bool(rest.strip())
    names = cast("dict[str, object]", value).keys()
    top = set[str]() if layout.records is None else {layout.records, *layout.fixed}
    return not names & top and bool(names & layout.names.keys())


def read_lines(data: bytes, *, layout: Layout) -> Iterator[RawRecord]:
    """Read the records of JSON Lines one by one; a line that is no JSON is refused alone.

    Args:
        data: the export, UTF-8 without BOM; numbers are read exactly.
        layout: the layout of its records.

    Raises:
        IntakeError: it is too large or too long; raised at the call.
    """
    lines = split_lines(data)
    filled = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    return (_line(position, number, line, layout) for position, (number, line) in enumerate(filled, start=1))


def split_lines(data: bytes) -> list[bytes]:
    """Return the lines of JSON Lines.

    Raises:
        IntakeError: it is too large or too long.
    """
    if len(data) > strict_json.LARGEST:
        most = strict_json.LARGEST // (1024 * 1024)
        raise IntakeError(
            [
                Finding.error(
                    "too-large",
                    "the file has {count} octets; at most {most} MiB are read",
                    count=len(data),
                    most=most,
                )
            ]
        )
    lines = data.split(b"\n", _MOST_LINES)
    if len(lines) > _MOST_LINES:
        raise IntakeError(
            [Finding.error("too-long", "the file has more than {most} lines; split it", most=_MOST_LINES)]
        )
    return lines


def _line(position: int, number: int, line: bytes, layout: Layout) -> RawRecord:
    place = Place(None, number)
    try:
        value = strict_json.loads(line.strip(), refuse=IntakeError)
    except IntakeError as error:
        faults = Faults()
        for finding in error.findings:
            faults.add(_of_line(finding))
        return RawRecord(position, None, faults, place)
    return attrs.evolve(_record(position, value, layout), place=place)


def _of_line(finding: Finding) -> Finding:
    """Return what is wrong with the JSON of one line; it counts characters, since the line of the file is known."""
    if finding.code != "not-json":
        return finding
    return Finding.error(
        "not-json",
        "this line is broken off or is no JSON at its character {column}; a whole record in braces belongs on each line",
        column=finding.message.parameters["column"],
    )


def read_json(data: bytes, *, layout: Layout) -> Iterator[RawRecord]:
    """Read the records of a JSON export one by one.

    Args:
        data: the export, UTF-8 without BOM; numbers are read exactly.
        layout: the layout of its records.

    Raises:
        IntakeError: it is no such JSON; raised at the call.
    """
    records = _records(strict_json.loads(data, refuse=IntakeError), layout)
    if records is None:
        raise IntakeError(
            [
                Finding.error(
                    "not-an-export",
                    "this is no export of {what}; right is {right}",
                    what=layout.title,
                    right=_right(layout),
                )
            ]
        )
    return (_record(number, value, layout) for number, value in enumerate(records, start=1))


def _records(document: object, layout: Layout) -> list[object] | None:
    """Return the values that are records, or none where the document is made otherwise than the layout says."""
    if layout.records is not None:
        members = cast("dict[str, object]", document) if isinstance(document, dict) else {}
        if members.keys() != {*layout.fixed, layout.records} or not all(
            type(members[name]) is type(value) and members[name] == value
            for name, value in layout.fixed.items()
        ):
            return None
        document = members[layout.records]
    return cast("list[object]", document) if isinstance(document, list) else None


def _right(layout: Layout) -> str:
    if layout.records is None:
        return "[…]"
    fixed = {
        name: str(value) if isinstance(value, int) else f'"{value}"' for name, value in layout.fixed.items()
    }
    members = {**fixed, layout.records: "[…]"}
    return "{" + ", ".join(f'"{name}": {value}' for name, value in members.items()) + "}"


def _record(number: int, value: object, layout: Layout) -> RawRecord:
    reader = _Reader()
    rows = reader.rows([("", value)], layout.names, layout.left_out)
    return RawRecord(number, rows[0] if rows else None, reader.faults)


@attrs.define
class _Reader:
    faults: Faults = attrs.field(factory=Faults)

    def rows(
        self,
        items: list[tuple[str, object]],
        names: Mapping[str, Field | Group],
        left_out: frozenset[str] = frozenset(),
    ) -> tuple[Row, ...]:
        """Read objects, each with its path; what is no object is a fault."""
        found: list[Row] = []
        for path, item in items:
            if isinstance(item, Mapping):
                place = f"{path}.{{}}" if path else "{}"
                members = cast("Mapping[str, object]", item)
                found.append(
                    self._row({n: one for n, one in members.items() if n not in left_out}, names, place)
                )
            else:
                self._wrong(path, message("an object {…}"))
        return tuple(found)

    def _row(self, members: Mapping[str, object], names: Mapping[str, Field | Group], place: str) -> Row:
        row = Row(place)
        entries: dict[str, Entry] = {}
        lists: dict[str, tuple[Entry, ...]] = {}
        groups: dict[str, tuple[Row, ...]] = {}
        beside: dict[str, tuple[Group, dict[str, object]]] = {}
        for name, value in members.items():
            path = row.path(name)
            part = names.get(name)
            if part is None:
                self.faults.unknown(name, names=names, path=path)
            elif value is None:
                continue
            elif isinstance(part, Group) and part.flat:
                beside.setdefault(part.name, (part, {}))[1][name] = value
            elif isinstance(part, Group):
                groups[name] = self.rows(self._items(value, path), _by_name(part), part.left_out)
            elif part.many:
                lists[name] = tuple(self._entry(item, inside) for inside, item in self._items(value, path))
            else:
                entry = self._entry(value, path)
                if entry.value is not None:
                    entries[name] = entry
        for group, item in beside.values():
            one = self._row(item, _by_name(group), place)
            groups[group.name] = (one,) if one.entries else ()
        return attrs.evolve(row, entries=entries, lists=lists, groups=groups)

    def _items(self, value: object, path: str) -> list[tuple[str, object]]:
        if not isinstance(value, list):
            self._wrong(path, message("an array […]"))
            return []
        return [(f"{path}[{position}]", item) for position, item in enumerate(cast("list[object]", value))]

    def _entry(self, value: object, path: str) -> Entry:
        if isinstance(value, str):
            return Entry(path, value.strip() or None)
        if value is None or (isinstance(value, int | Decimal) and not isinstance(value, bool)):
            return Entry(path, value)
        self._wrong(path, message("a text or a number"))
        return Entry(path, None)

    def _wrong(self, path: str, right: Message) -> None:
        self.faults.add(Finding.error("wrong-type", "this has to be {right}", path=path, right=right))


def _by_name(group: Group) -> dict[str, Field | Group]:
    return {name: field for field in group.members for name in field.names}
