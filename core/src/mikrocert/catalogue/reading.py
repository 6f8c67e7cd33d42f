"""Files of types: JSON, an object a line, a table or a workbook; the beginning tells which, as of exports of awards."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final, cast

import attrs

from mikrocert.award.common import Common
from mikrocert.catalogue.values import ReadType
from mikrocert.errors import IntakeError
from mikrocert.intake.awarding import to_common
from mikrocert.intake.csv_export import read_csv
from mikrocert.intake.json_export import is_lines, split_lines
from mikrocert.intake.layout import Field, Group, Layout
from mikrocert.intake.members import GROUPS, MEMBERS, Kind, Member
from mikrocert.intake.names import names_of
from mikrocert.intake.other_kinds import other_kind
from mikrocert.intake.tables import Remarks, table_records
from mikrocert.intake.xlsx_export import is_workbook, open_sheet
from mikrocert.parsing import strict_json
from mikrocert.parsing.structuring import structured
from mikrocert.report import Finding
from mikrocert.texts import LANGUAGES, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mikrocert.intake.names import Names
    from mikrocert.intake.record import RawRecord

__all__ = ["LAYOUT", "read_types"]

_OF_TYPES: Final = frozenset(field.name for field in attrs.fields(Common))
_OF_PERSONS: Final = frozenset(
    {
        "participation.started_on",
        "participation.ended_on",
        "assessed_on",
        "grade.value",
        "grade.label",
        "grade.scale",
    }
)


def _layout() -> Layout:
    """Return the layout of tables: columns are called as the members of the award, with `_` in place of dots."""
    parts: list[Field | Group] = [
        Field(
            "id", "id", Member(message("what the institution calls the type"), mandatory=True), required=True
        ),
        *(_field(name, member) for name, member in MEMBERS.items() if _is_of_types(name)),
        _field(
            "valid_months", Member(message("how many months an award is valid from its date"), Kind.INTEGER)
        ),
    ]
    for name, (about, members) in GROUPS.items():
        if _is_of_types(name):
            fields = tuple(_field(one, member) for one, member in members.items() if one not in _OF_PERSONS)
            parts.append(Group(_called(name), name, about, fields))
    return Layout(title=message("types of micro-credentials"), parts=tuple(parts))


def _is_of_types(name: str) -> bool:
    return name.partition(".")[0] in _OF_TYPES and name not in _OF_PERSONS


def _field(name: str, member: Member) -> Field:
    called = _called(name)
    others = LANGUAGES[1:] if member.translatable else ()
    return Field(called, name, member, translations={language: f"{called}_{language}" for language in others})


def _called(name: str) -> str:
    return name.replace(".", "_")


LAYOUT: Final = _layout()
"""The layout of a table of types."""


def read_types(data: bytes, *, encoding: str | None = None) -> list[ReadType]:
    """Read types; one that can't be read comes back with its reasons, and the next one is read.

    Args:
        data: one type or `{"types": […]}` as JSON, a type a line, a CSV or a workbook.
        encoding: of a CSV; none means UTF-8.

    Raises:
        IntakeError: if the file can't be read at all, or has no type.
    """
    if is_workbook(data):
        sheet = open_sheet(data, names=LAYOUT.columns)
        remarks = Remarks(faults=sheet.faults, warnings=sheet.warnings)
        read = _of_table(table_records(sheet.rows, layout=LAYOUT, remarks=remarks))
    elif other := other_kind(data):
        raise IntakeError([other])
    elif data.removeprefix(codecs.BOM_UTF8).lstrip()[:1] not in (b"{", b"["):
        read = _of_table(read_csv(data, layout=LAYOUT, encoding=encoding))
    elif is_lines(data):
        read = _of_lines(data)
    else:
        read = _of_document(strict_json.loads(data, refuse=IntakeError))
    found = list(read)
    if not found:
        raise IntakeError([Finding.error("no-type", "the file has no type; there has to be at least one")])
    return found


def _of_document(document: object) -> Iterator[ReadType]:
    if isinstance(document, dict) and "types" in document:
        members = cast("dict[str, object]", document)
        types = members["types"]
        if set(members) != {"types"} or not isinstance(types, list):
            raise IntakeError(
                [
                    Finding.error(
                        "no-types",
                        'one type, or an object with the one member "types", an array, would be right',
                    )
                ]
            )
        return _of_values(cast("list[object]", types))
    if isinstance(document, list):
        return _of_values(cast("list[object]", document))
    alone: list[object] = [document]
    return _of_values(alone)


def _of_values(values: Iterable[object]) -> Iterator[ReadType]:
    return (_of_value(number, value) for number, value in enumerate(values, start=1))


def _of_lines(data: bytes) -> Iterator[ReadType]:
    filled = ((line, octets) for line, octets in enumerate(split_lines(data), start=1) if octets.strip())
    for number, (line, octets) in enumerate(filled, start=1):
        try:
            read = _of_value(number, strict_json.loads(octets, refuse=IntakeError))
        except IntakeError as error:
            read = ReadType(number, "", None, error.findings)
        yield attrs.evolve(read, line=line)


def _of_value(number: int, value: object) -> ReadType:
    if not isinstance(value, dict):
        wrong = Finding.error(
            "wrong-type", 'this is no object; a type such as {"id": "DATA1", …} would be right'
        )
        return ReadType(number, "", None, (wrong,))
    members = dict(cast("dict[str, object]", value))
    type_id = members.pop("id", None)
    findings: list[Finding] = []
    if not isinstance(type_id, str):
        findings.append(Finding.error("missing", "this is mandatory and missing", path="id"))
    try:
        content = structured(members, Common, refuse=IntakeError)
    except IntakeError as error:
        return ReadType(
            number, type_id if isinstance(type_id, str) else "", None, (*findings, *error.findings)
        )
    return ReadType(number, type_id if isinstance(type_id, str) else "", content, tuple(findings))


def _of_table(records: Iterable[RawRecord]) -> Iterator[ReadType]:
    names = names_of(LAYOUT, table=True)
    return (_of_record(record, names) for record in records)


def _of_record(raw: RawRecord, names: Names) -> ReadType:
    type_id, content = to_common(raw, layout=LAYOUT) if raw.row is not None else ("", None)
    findings = (*raw.faults.all(), *raw.warnings)
    place = raw.place
    return ReadType(
        raw.number,
        type_id,
        content,
        findings,
        row=None if place is None else place.row,
        line=None if place is None else place.line,
        names=names.joined(),
        lost=names.members_at(raw.faults.lost()),
    )
