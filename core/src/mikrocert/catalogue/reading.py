"""Files of types: JSON, an object a line, a table or a workbook; the beginning tells which, as of exports of awards."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final, TypeVar, cast

import attrs

from mikrocert.award.common import Common
from mikrocert.catalogue.offering import Offering, Price, Run
from mikrocert.catalogue.values import ReadType
from mikrocert.errors import IntakeError
from mikrocert.intake.awarding import to_common
from mikrocert.intake.csv_export import read_csv
from mikrocert.intake.json_export import is_lines, split_lines
from mikrocert.intake.layout import Field, Group, Layout
from mikrocert.intake.members import GROUPS, MEMBERS, Kind, Member
from mikrocert.intake.names import names_of
from mikrocert.intake.other_kinds import other_kind
from mikrocert.intake.reading import Reading
from mikrocert.intake.record import Row
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

__all__ = ["LAYOUT", "contents_of", "read_types"]

P = TypeVar("P")

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


_OF_OFFERINGS: Final = {
    "offering.published": Member(
        message("whether the public catalogue shows it: yes or no; no unless given"),
        Kind.CODE,
        codes=("yes", "no", "ano", "ne"),
    ),
    "offering.homepage": Member(message("the institution's own page about it, https://…")),
    "offering.price.amount": Member(message("what it costs; 0 for free of charge"), Kind.NUMBER),
    "offering.price.currency": Member(message("currency of the price, such as CZK")),
    "offering.price.note": Member(message("for whom the price is, or what is in it"), translatable=True),
    "offering.run.starts_on": Member(message("first day of the next run"), Kind.DATE),
    "offering.run.ends_on": Member(message("last day of the next run"), Kind.DATE),
    "offering.run.apply_until": Member(message("last day on which one can apply for it"), Kind.DATE),
}


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
    parts += (_field(name, member) for name, member in _OF_OFFERINGS.items())
    return Layout(title=message("types of micro-credentials"), parts=tuple(parts))


def _is_of_types(name: str) -> bool:
    return name.partition(".")[0] in _OF_TYPES and name not in _OF_PERSONS


def _field(name: str, member: Member) -> Field:
    called = _called(name)
    others = LANGUAGES[1:] if member.translatable else ()
    return Field(called, name, member, translations={language: f"{called}_{language}" for language in others})


def _called(name: str) -> str:
    return name.replace(".", "_")


@attrs.frozen
class _Offered:
    """An object with an offering alone, so that faults in it are placed."""

    offering: Offering


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
    called = type_id if isinstance(type_id, str) else ""
    try:
        content, offering = contents_of(members)
    except IntakeError as error:
        return ReadType(number, called, None, (*findings, *error.findings))
    return ReadType(number, called, content, tuple(findings), offering)


def contents_of(document: object) -> tuple[Common, Offering | None]:
    """Return what a type says, and how it is offered.

    Args:
        document: the type as JSON, its id left out.

    Raises:
        IntakeError: with a finding for every member that is missing, unknown or of a wrong kind.
    """
    if not isinstance(document, dict):
        return structured(document, Common, refuse=IntakeError), None
    members = cast("dict[str, object]", document)
    if "offering" not in members:
        return structured(members, Common, refuse=IntakeError), None
    content = {name: value for name, value in members.items() if name != "offering"}
    findings: list[Finding] = []
    common = _part_of(content, Common, findings)
    offered = _part_of({"offering": members["offering"]}, _Offered, findings)
    if common is None or offered is None:
        raise IntakeError(findings)
    return common, offered.offering


def _part_of(document: object, kind: type[P], findings: list[Finding]) -> P | None:
    """Return a part of a type, or none, and then why among the findings."""
    try:
        return structured(document, kind, refuse=IntakeError)
    except IntakeError as error:
        findings += error.findings
        return None


def _of_table(records: Iterable[RawRecord]) -> Iterator[ReadType]:
    names = names_of(LAYOUT, table=True)
    return (_of_record(record, names) for record in records)


def _of_record(raw: RawRecord, names: Names) -> ReadType:
    type_id, content = to_common(raw, layout=LAYOUT) if raw.row is not None else ("", None)
    offering = _offering(raw)
    findings = (*raw.faults.all(), *raw.warnings)
    place = raw.place
    return ReadType(
        raw.number,
        type_id,
        content,
        findings,
        offering,
        row=None if place is None else place.row,
        line=None if place is None else place.line,
        names=names.joined(),
        lost=names.members_at(raw.faults.lost()),
    )


def _offering(raw: RawRecord) -> Offering | None:
    """Return what a record says of the offering, or none where it says nothing; its faults are noted in the record."""
    reading = Reading(raw.row or Row(), parts=LAYOUT.parts, faults=raw.faults)
    if not any(map(reading.says, _OF_OFFERINGS)):
        return None
    return Offering(
        published=reading.code("offering.published") in {"yes", "ano"},
        homepage=reading.text("offering.homepage"),
        price=_price(reading),
        run=_run(reading),
    )


def _price(reading: Reading) -> Price | None:
    amount, currency = reading.number("offering.price.amount"), reading.text("offering.price.currency")
    note = reading.texts("offering.price.note")
    if any(reading.says(f"offering.price.{one}") for one in ("amount", "currency", "note")):
        for member in ("amount", "currency"):
            if not reading.says(f"offering.price.{member}"):
                reading.missing(f"offering.price.{member}")
    return None if amount is None or currency is None else Price(amount, currency, note)


def _run(reading: Reading) -> Run | None:
    starts_on, ends_on, apply_until = (
        reading.day(f"offering.run.{name}") for name in ("starts_on", "ends_on", "apply_until")
    )
    if not reading.says("offering.run.starts_on") and (ends_on or apply_until):
        reading.missing("offering.run.starts_on")
    return None if starts_on is None else Run(starts_on, ends_on, apply_until)
