"""What is wrong with the records of an export, gathered: what many have alike is told once, and all of it is a table to work through."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs

from mikrocert.report.words import SEVERITY_WORDS
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mikrocert.texts import Message, Texts

__all__ = ["FaultKind", "FaultyRecord", "ToldRecord", "fault_cells", "gathered"]

_POSITION: Final = re.compile(r"\[\d+\]")
_LAST_POSITION: Final = re.compile(r"\[(\d+)\]$")
_MOST_PLACES: Final = 15
_ORDER: Final = ("error", "warning", "info")


class ToldRecord(Protocol):
    """A record of an export with what is said of it, such as `BatchResult`."""

    @property
    def number(self) -> int:
        """Position in the file, from 1."""
        ...

    @property
    def row(self) -> int | None:
        """Row of a table as a spreadsheet shows it, or none."""
        ...

    @property
    def line(self) -> int | None:
        """Line of the file, or none."""
        ...

    @property
    def evidence_number(self) -> str | None:
        """Record number, as far as it could be read."""
        ...

    @property
    def findings(self) -> tuple[Mapping[str, Any], ...]:
        """What is said of it: code, severity, path, message by language (see `finding_to_json`)."""
        ...


@attrs.frozen
class FaultyRecord:
    """A record of an export with what is said of it.

    Args:
        number: position in the file, from 1.
        row: row of a table as a spreadsheet shows it, or none.
        line: line of the file, or none.
        evidence_number: as far as it could be read.
        findings: code, severity, path, message by language (see `finding_to_json`).
    """

    number: int
    row: int | None
    line: int | None
    evidence_number: str | None
    findings: tuple[Mapping[str, Any], ...] = attrs.field(hash=False)


@attrs.frozen
class FaultKind:
    """One kind of fault in one column, of all records that have it.

    Args:
        severity: `error`, `warning` or `info`.
        code: of the findings.
        path: the field as the export calls it, without list positions; empty for a whole record.
        message: of the first such finding, by language.
        alike: whether all of them have this message; else values in it are those of the first.
        places: where records with it are, in their order, each once.
        counted: what places are: `row`, `line` or `record`.
    """

    severity: str
    code: str
    path: str
    message: Mapping[str, str] = attrs.field(hash=False)
    alike: bool
    places: tuple[int, ...]
    counted: str

    @property
    def where(self) -> Message:
        """Where it is: the first places, and how many there are altogether."""
        count, shown = len(self.places), ", ".join(map(str, self.places[:_MOST_PLACES]))
        if count > _MOST_PLACES:
            shown += " …"
        if self.counted == "row":
            return message("row {places}", plural="rows {places}", count=count, places=shown)
        if self.counted == "line":
            return message("line {places}", plural="lines {places}", count=count, places=shown)
        return message("record {places}", plural="records {places}", count=count, places=shown)


def gathered(records: Iterable[ToldRecord]) -> tuple[FaultKind, ...]:
    """Return what is said of records by kind and column: errors first, then what most records have.

    Args:
        records: the records in their order; those of which nothing is said may be among them.
    """
    first: dict[tuple[str, str, str], tuple[Mapping[str, str], str]] = {}
    places: dict[tuple[str, str, str], list[int]] = {}
    unlike: set[tuple[str, str, str]] = set()
    for record in records:
        place, counted = _place_of(record)
        for finding in record.findings:
            path = _POSITION.sub("", finding["path"])
            key = finding["severity"], finding["code"], path
            sentence, _ = first.setdefault(key, (finding["message"], counted))
            if sentence != finding["message"]:
                unlike.add(key)
            there = places.setdefault(key, [])
            if not there or there[-1] != place:
                there.append(place)
    kinds = (
        FaultKind(*key, sentence, key not in unlike, tuple(places[key]), counted)
        for key, (sentence, counted) in first.items()
    )
    return tuple(sorted(kinds, key=lambda kind: (_ORDER.index(kind.severity), -len(kind.places))))


def _place_of(record: ToldRecord) -> tuple[int, str]:
    if record.row is not None:
        return record.row, "row"
    if record.line is not None:
        return record.line, "line"
    return record.number, "record"


def fault_cells(records: Iterable[ToldRecord], *, texts: Texts, language: str) -> Iterator[list[str]]:
    """Yield what is wrong with records as lines of a table, its header first: one line for each finding.

    Args:
        records: the records in their order.
        texts: catalogues.
        language: in which the table is written.
    """
    header = (
        message("Row"),
        message("Line of the file"),
        message("Record number"),
        message("Column"),
        message("Item"),
        message("Severity"),
        message("What is wrong and what would be right"),
        message("Code"),
    )
    yield [texts.say(heading, language) for heading in header]
    severities = {severity.value: texts.say(word, language) for severity, word in SEVERITY_WORDS.items()}
    for record in records:
        row = record.row if record.row is not None or record.line is not None else record.number
        for finding in record.findings:
            item = _LAST_POSITION.search(finding["path"])
            yield [
                "" if row is None else str(row),
                "" if record.line is None else str(record.line),
                record.evidence_number or "",
                _LAST_POSITION.sub("", finding["path"]),
                str(int(item[1]) + 1) if item else "",
                severities[finding["severity"]],
                finding["message"].get(language) or finding["message"][ENGLISH],
                finding["code"],
            ]
