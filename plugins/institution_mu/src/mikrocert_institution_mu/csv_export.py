"""The CSV export, as Excel in Czech saves it (RFC 4180 with `;`, `,` or a tab between cells)."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import attrs
from mikrocert.errors import IntakeError
from mikrocert.report import Finding

from mikrocert_institution_mu.decoding import decoded
from mikrocert_institution_mu.faults import Faults, refusal, unknown_field
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
        raise refusal(
            "wrong-separator",
            "první řádek sep= udává jiný oddělovač než středník, čárku nebo tabulátor",
            "the first line sep= names a separator other than semicolon, comma and tab",
        )
    rows = _rows(text, delimiter, skipped=skipped)
    return _records(rows, _header(rows))


def _delimiter(text: str) -> str:
    """Return the delimiter that makes most known column names of the first line; the semicolon if none does."""
    first = text.lstrip("\r\n").partition("\n")[0]
    known = columns()
    counts = {
        delimiter: sum(cell.strip(' "\r') in known for cell in first.split(delimiter))
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
    known = columns()
    names = [name.strip() for name in header]
    if not set(names) & set(known):
        required = ", ".join(name for name, column in known.items() if column.required)
        raise refusal(
            "no-header",
            "první řádek není záhlaví se jmény sloupců oddělenými středníkem, čárkou nebo tabulátorem; "
            f"povinné sloupce: {required}",
            "the first line is no header of column names separated by semicolon, comma or tab; "
            f"required columns: {required}",
        )
    if len(names) > _MOST_COLUMNS:
        raise refusal(
            "too-many-columns",
            f"záhlaví má {len(names)} sloupců; nejvýše se čte {_MOST_COLUMNS}",
            f"the header has {len(names)} columns; at most {_MOST_COLUMNS} are read",
        )
    findings: list[Finding] = []
    seen: set[str] = set()
    for name in filter(None, names):
        if name not in known:
            findings.append(unknown_field(name, known=known, path=name))
        elif name in seen:
            findings.append(
                Finding.error(
                    "duplicate-column",
                    "sloupec je v záhlaví dvakrát",
                    "the header has this column twice",
                    path=name,
                )
            )
        seen.add(name)
    findings.extend(
        Finding.error("missing-column", "povinný sloupec chybí", "this required column is missing", path=name)
        for name, column in known.items()
        if column.required and name not in seen
    )
    if findings:
        raise IntakeError(findings)
    return tuple(known.get(name) for name in names)


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
    rest_cs = f"soubor se od řádku {line} dál nečte"
    rest_en = f"the file is not read from line {line} on"
    if "field larger" in str(error):
        return Finding.error(
            "cell-too-long",
            f"buňka má víc než {csv.field_size_limit()} znaků; {rest_cs}",
            f"a cell has more than {csv.field_size_limit()} characters; {rest_en}",
        )
    return Finding.error(
        "broken-quotes",
        f"uvozovky nejsou spárované: buňka v uvozovkách nekončí, nebo za koncovou uvozovkou něco následuje; {rest_cs}",
        f"quotes are not paired: a quoted cell has no end, or something follows its closing quote; {rest_en}",
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
                    "buňka začíná jako vzorec (=, @, tabulátor, nebo + či - jinde než před číslem); vymažte začátek",
                    "the cell begins like a formula (=, @, a tab, or + or - other than before a number); "
                    "remove the beginning",
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
            f"řádek má jen {len(cells)} buněk, záhlaví {len(header)}",
            f"the row has only {len(cells)} cells, the header {len(header)}",
        )
    for position, cell in enumerate(cells):
        if cell.strip() and (position >= len(header) or header[position] is None):
            return Finding.error(
                "cell-without-column",
                f"buňka {position + 1} nepatří k žádnému sloupci záhlaví; nejspíš text s oddělovačem není v uvozovkách",
                f"cell {position + 1} belongs to no column of the header; probably a text with a separator is not quoted",
            )
    return None


def _is_formula(cell: str) -> bool:
    """Say whether a spreadsheet could take a cell for a formula (CWE-1236)."""
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
                "položky odděluje jednou konec řádku a jednou |; ponechte jen jedno",
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
                f"položek je tu {count}, v jiném sloupci skupiny {most}; k sobě patří podle pořadí, "
                "za chybějící nechte prázdné místo",
                f"there are {count} items here and {most} in another column of the group; they are matched "
                "by position, leave an empty place for a missing one",
                path=f"{name}_{member}",
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
