"""What an export of which no layout is known has: names of its fields and some of their values."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Literal, cast

import attrs

from mikrocert.errors import IntakeError
from mikrocert.intake.csv_export import rows_of_csv
from mikrocert.intake.json_export import is_lines, split_lines
from mikrocert.intake.other_kinds import other_kind
from mikrocert.intake.xlsx_export import is_workbook, open_sheet
from mikrocert.parsing import strict_json
from mikrocert.report import Finding

if TYPE_CHECKING:
    from mikrocert.intake.record import Scalar
    from mikrocert.intake.tables import Rows

__all__ = ["Sample", "Sampled", "sample_of"]

_MOST_RECORDS = 500
_MOST_FIELDS = 200


@attrs.frozen
class Sampled:
    """A field of an export, as far as it was looked at.

    Args:
        name: as the export has it.
        group: member of JSON whose items have it, or none.
        values: those of the first records, without empty ones; items of lists one by one.
        structured: whether values are objects inside, or lists in lists, which no layout reads.
    """

    name: str
    group: str | None = None
    values: tuple[Scalar, ...] = attrs.field(default=(), repr=False)
    structured: bool = False


@attrs.frozen
class Sample:
    """An export, as far as it was looked at.

    Args:
        kind: a table, a workbook, a JSON document or JSON Lines.
        count: how many records were looked at.
        fields: its fields in their order.
        records: member of a JSON document that has the records; none where it is the array itself.
        fixed: texts and whole numbers beside it.
    """

    kind: Literal["table", "workbook", "document", "lines"]
    count: int
    fields: tuple[Sampled, ...]
    records: str | None = None
    fixed: Mapping[str, str | int] = attrs.field(factory=dict[str, "str | int"], hash=False)


def sample_of(data: bytes, *, encoding: str | None = None) -> Sample:
    """Return what an export has.

    Args:
        data: the export.
        encoding: of a CSV, where a person says so; none means UTF-8.

    Raises:
        IntakeError: it is of another kind, or can't be read.
    """
    if is_workbook(data):
        return attrs.evolve(_of_table(open_sheet(data, names=()).rows), kind="workbook")
    if other := other_kind(data):
        raise IntakeError([other])
    if data.removeprefix(codecs.BOM_UTF8).lstrip()[:1] not in (b"{", b"["):
        return _of_table(rows_of_csv(data, encoding=encoding))
    if is_lines(data):
        filled = (line for line in split_lines(data) if line.strip())
        return _of_records(
            [strict_json.loads(line.strip(), refuse=IntakeError) for line in islice(filled, _MOST_RECORDS)],
            Sample("lines", 0, ()),
        )
    return _of_document(strict_json.loads(data, refuse=IntakeError))


def _of_table(rows: Rows) -> Sample:
    _, header = next(rows, (None, list[str]()))
    if isinstance(header, Finding):
        raise IntakeError([header])
    names = [name.strip() for name in header][:_MOST_FIELDS]
    values: dict[str, list[Scalar]] = {name: [] for name in names if name}
    count = 0
    for _, cells in islice(rows, _MOST_RECORDS):
        if isinstance(cells, Finding):
            raise IntakeError([cells])
        count += 1
        for name, cell in zip(names, cells, strict=False):
            if name and cell.strip():
                values[name].append(cell.strip())
    fields = tuple(Sampled(name, values=tuple(found)) for name, found in values.items())
    if not fields:
        raise IntakeError([_no_fields()])
    return Sample("table", count, fields)


def _of_document(document: object) -> Sample:
    if isinstance(document, list):
        return _of_records(cast("list[object]", document), Sample("document", 0, ()))
    members = cast("Mapping[str, object]", document) if isinstance(document, dict) else dict[str, object]()
    lists = {name: value for name, value in members.items() if _is_list_of_objects(value)}
    if len(lists) != 1:
        raise IntakeError([_no_fields()])
    ((name, value),) = lists.items()
    fixed = {
        other: one
        for other, one in members.items()
        if other != name and isinstance(one, str | int) and not isinstance(one, bool)
    }
    return _of_records(cast("list[object]", value), Sample("document", 0, (), name, fixed))


def _is_list_of_objects(value: object) -> bool:
    items = cast("list[object]", value)[:_MOST_RECORDS] if isinstance(value, list) else []
    return bool(items) and all(isinstance(one, Mapping) for one in items)


def _of_records(records: list[object], sample: Sample) -> Sample:
    first = records[:_MOST_RECORDS]
    objects = [cast("Mapping[str, object]", record) for record in first if isinstance(record, Mapping)]
    gathered: dict[tuple[str | None, str], Sampled] = {}
    for record in objects:
        for name, value in record.items():
            if _is_list_of_objects(value):
                for item in cast("list[Mapping[str, object]]", value)[:_MOST_RECORDS]:
                    for inner, one in item.items():
                        _gather(gathered, inner, one, group=name)
            else:
                _gather(gathered, name, value, group=None)
    if not gathered:
        raise IntakeError([_no_fields()])
    return attrs.evolve(sample, count=len(objects), fields=tuple(gathered.values())[:_MOST_FIELDS])


def _gather(
    gathered: dict[tuple[str | None, str], Sampled], name: str, value: object, *, group: str | None
) -> None:
    before = gathered.get((group, name), Sampled(name, group))
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    plain = tuple(_plain(items))
    structured = before.structured or any(isinstance(item, list | Mapping) for item in items)
    gathered[group, name] = attrs.evolve(
        before, values=(before.values + plain)[:_MOST_RECORDS], structured=structured
    )


def _plain(items: Iterable[object]) -> Iterable[Scalar]:
    for item in items:
        if isinstance(item, str) and item.strip():
            yield item.strip()
        elif isinstance(item, int | Decimal) and not isinstance(item, bool):
            yield item


def _no_fields() -> Finding:
    return Finding.error(
        "no-records",
        "no records are found: a table with a header, an array of objects, or an object on each line would be right",
    )
