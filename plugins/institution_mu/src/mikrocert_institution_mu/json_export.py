"""The JSON export: `{"format": "is-mu-mikrocertifikaty", "verze": 1, "zaznamy": […]}`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, cast

import attrs
from mikrocert.api import Finding, IntakeError, Message, message, strict_json

from mikrocert_institution_mu.faults import Faults
from mikrocert_institution_mu.layout import FORMAT, LAYOUT, VERSION, Field, Group
from mikrocert_institution_mu.record import Entry, RawRecord, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["read_json"]

_TOP = {"format", "verze", "zaznamy"}


def read_json(data: bytes) -> Iterator[RawRecord]:
    """Read the records of a JSON export one by one.

    Args:
        data: the export, UTF-8 without BOM; numbers are read exactly.

    Raises:
        IntakeError: it is no such JSON; raised at the call.
    """
    document = strict_json.loads(data, refuse=IntakeError)
    if (
        not isinstance(document, dict)
        or set(cast("dict[str, object]", document)) != _TOP
        or document["format"] != FORMAT
        or isinstance(document["verze"], bool)
        or document["verze"] != VERSION
        or not isinstance(document["zaznamy"], list)
    ):
        right = f'{{"format": "{FORMAT}", "verze": {VERSION}, "zaznamy": […]}}'
        raise IntakeError(
            [
                Finding.error(
                    "not-an-export",
                    "this is no export of micro-credentials from IS MU; right is {right}",
                    right=right,
                )
            ]
        )
    records = cast("list[object]", document["zaznamy"])
    return (_record(number, value) for number, value in enumerate(records, start=1))


def _record(number: int, value: object) -> RawRecord:
    reader = _Reader()
    rows = reader.rows([("", value)], LAYOUT)
    return RawRecord(number, rows[0] if rows else None, reader.faults)


@attrs.define
class _Reader:
    faults: Faults = attrs.field(factory=Faults)

    def rows(self, items: list[tuple[str, object]], parts: tuple[Field | Group, ...]) -> tuple[Row, ...]:
        """Read objects, each with its path; what is no object is a fault."""
        found: list[Row] = []
        for path, item in items:
            if isinstance(item, Mapping):
                place = f"{path}.{{}}" if path else "{}"
                found.append(self._row(cast("Mapping[str, object]", item), parts, place))
            else:
                self._wrong(path, message("an object {…}"))
        return tuple(found)

    def _row(self, members: Mapping[str, object], parts: tuple[Field | Group, ...], place: str) -> Row:
        row = Row(place)
        entries: dict[str, Entry] = {}
        lists: dict[str, tuple[Entry, ...]] = {}
        groups: dict[str, tuple[Row, ...]] = {}
        layout = _by_member(parts)
        for name, value in members.items():
            path = row.path(name)
            part = layout.get(name)
            if part is None:
                self.faults.unknown(name, names=layout, path=path)
            elif value is None:
                continue
            elif isinstance(part, Group):
                groups[name] = self.rows(self._items(value, path), part.members)
            elif part.many:
                lists[name] = tuple(self._entry(item, inside) for inside, item in self._items(value, path))
            else:
                entry = self._entry(value, path)
                if entry.value is not None:
                    entries[name] = entry
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


def _by_member(parts: tuple[Field | Group, ...]) -> dict[str, Field | Group]:
    found: dict[str, Field | Group] = {}
    for part in parts:
        names = (part.name,) if isinstance(part, Group) else part.names
        found.update(dict.fromkeys(names, part))
    return found
