"""Workbooks of Excel: the same awards as from a table, cells as the sheet has them, and nothing that costs more than it may."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.errors import IntakeError
from mikrocert.intake import xlsx_export
from mikrocert.intake.description import read_layout
from mikrocert.intake.layout_intake import LayoutIntake
from mikrocert.intake.proposing import propose
from mikrocert.testing import example_profile

openpyxl = pytest.importorskip("openpyxl")

LAYOUT = read_layout(
    """
common.outcomes = [{ title = { cs = "Pozná plemena včel." } }]
common.level.eqf = 6
common.languages = ["cs"]
common.participation.mode = "blended"
common.assessments = [{ type = "quiz" }]
[[fields]]
name = "Číslo"
fills = "evidence_number"
[[fields]]
name = "Příjmení"
fills = "learner.family_name"
[[fields]]
name = "Narozen"
fills = "learner.birth_date"
[[fields]]
name = "Název"
fills = "title"
[[fields]]
name = "Kredity"
fills = "workload.ects"
[[fields]]
name = "Obory"
fills = "thematic_areas"
[[fields]]
name = "Dne"
fills = "awarded_on"
""".encode(),
    name="polabi.toml",
)
_NIGHT = datetime.combine(date(1999, 2, 1), datetime.min.time())
HEAD = ["Číslo", "Příjmení", "Narozen", "Název", "Kredity", "Obory", "Dne"]
ROW = [20260001, "Ďurůžka", _NIGHT, "Včely", 2.5, "0811", date(2026, 6, 22)]
TABLE = ";".join(HEAD) + "\n20260001;Ďurůžka;1. 2. 1999;Včely;2,5;0811;22. 6. 2026\n"


def workbook(*rows, change=None) -> bytes:
    """Return a workbook with these rows in its first sheet, changed."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change is not None:
        change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def repacked(data: bytes, **parts) -> bytes:
    """Return a workbook with other content of some parts (name without folder and suffix)."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            stem = name.rpartition("/")[2].partition(".")[0]
            content = source.read(name)
            target.writestr(name, parts[stem](content) if stem in parts else content)
    return stream.getvalue()


def read(data: bytes):
    return list(LayoutIntake(LAYOUT).read(data, profile=example_profile()))


def with_cell(column: str, value: object) -> list[object]:
    row = list(ROW)
    row[HEAD.index(column)] = value
    return row


def test_a_workbook_says_the_same_as_a_table() -> None:
    """Days and numbers are those of the sheet, in whatever format they are shown."""
    [of_table] = read(TABLE.encode())
    [of_sheet] = read(workbook(HEAD, ROW))
    assert of_sheet.findings == ()
    assert of_sheet.award == of_table.award
    assert (of_sheet.row, of_sheet.line) == (2, None)


def test_rows_are_counted_as_the_sheet_shows_them() -> None:
    """Empty rows are passed over and counted; cells that are empty at the end may be missing."""
    records = read(workbook([], HEAD, ROW, [], [], with_cell("Dne", None)))
    assert [(one.row, one.award is not None) for one in records] == [(3, True), (6, False)]
    assert [finding.path for finding in records[1].findings] == ["Dne"]


def test_a_sheet_may_have_more_than_it_says() -> None:
    """What the file says of its size is not believed, so that no row is lost."""
    small = repacked(
        workbook(HEAD, ROW, ROW), sheet1=lambda content: content.replace(b'ref="A1:G3"', b'ref="A1:G2"')
    )
    assert len(read(small)) == 2


CELLS = {  # kind → (column, value, code)
    "formula": ("Název", "=1+1", "formula"),
    "text like a formula": ("Název", "@SUM(A1)", "formula"),
    "error of a formula": ("Kredity", "#N/A", "not-a-number"),
    "truth": ("Kredity", True, "not-a-number"),
    "day with a time": ("Dne", _NIGHT + timedelta(hours=10), "not-a-date"),
    "number for a day": ("Dne", 46195, "day-of-excel"),
    "day for a number": ("Kredity", _NIGHT, "not-a-number"),
    "fraction for ever": ("Kredity", 1 / 3, "ambiguous-number"),
    "birth number": ("Název", "850431/0023", "birth-number"),  # nobody's: there is no 31 April
    "birth number as a number": ("Číslo", 8504310023, "birth-number"),
}


@pytest.mark.parametrize("kind", CELLS)
def test_what_a_cell_can_t_mean_is_refused(kind: str) -> None:
    """The fault names the column, and the next record is read."""
    column, value, code = CELLS[kind]
    faulty, good = read(workbook(HEAD, with_cell(column, value), ROW))
    assert [(finding.path, finding.code) for finding in faulty.findings] == [(column, code)]
    assert good.award is not None
    assert "850431" not in repr(faulty)


def test_binary_fractions_are_read_as_they_were_typed() -> None:
    """A sheet keeps a number in binary; what was typed has fifteen digits at most."""
    [found] = read(workbook(HEAD, with_cell("Kredity", 0.1 + 0.2)))
    assert str(found.award.workload.ects) == "0.3"


def _merge(cells: str):
    return lambda book: book.active.merge_cells(cells)


def test_merged_cells_are_refused() -> None:
    """Of a value that several rows share nobody knows whose it is; other rows are read."""
    records = read(workbook(HEAD, ROW, ROW, ROW, change=_merge("D2:D3")))
    assert [[finding.code for finding in one.findings] for one in records] == [
        ["merged-cells"],
        ["merged-cells"],
        [],
    ]
    with pytest.raises(IntakeError) as caught:
        read(workbook(HEAD, ROW, change=_merge("A1:B1")))
    assert caught.value.findings[0].code == "merged-cells"


def _hide(book) -> None:
    book.active.row_dimensions[2].hidden = True
    other = book.create_sheet("Číselník ř")
    other.append(["a"])
    other.sheet_state = "hidden"


def test_what_is_hidden_is_told() -> None:
    """A hidden row is an award all the same, with a warning; a hidden sheet isn't read, which the first record says."""
    first, second = read(workbook(HEAD, ROW, ROW, change=_hide))
    assert first.award is not None
    assert [finding.code for finding in first.findings] == ["hidden-sheet", "hidden-row"]
    assert "Číselník ř" in str(first.findings[0].message)
    assert (second.findings, second.award is not None) == ((), True)


def _second(*rows):
    def change(book) -> None:
        sheet = book.create_sheet("Druhý")
        for row in rows:
            sheet.append(row)

    return change


def test_of_several_sheets_the_one_that_is_meant_is_read() -> None:
    """A sheet without any column of the layout is something else; two that have some are a question."""
    assert len(read(workbook(HEAD, ROW, change=_second(["x"], ["y"])))) == 1
    with pytest.raises(IntakeError, match="Druhý") as caught:
        read(workbook(HEAD, ROW, change=_second(HEAD, ROW)))
    assert caught.value.findings[0].code == "several-sheets"


BAD = workbook(HEAD, ROW)
UNUSABLE = {  # kind of fault → (data, code)
    "nothing in it": (workbook(), "empty"),
    "other columns": (workbook(["a", "b"], [1, 2]), "no-header"),
    "missing column": (workbook(HEAD[:-1], ROW[:-1]), "missing-column"),
    "no workbook inside": (repacked(BAD, workbook=lambda _: b"x"), "damaged-workbook"),
    "sheet that breaks off": (repacked(BAD, sheet1=lambda content: content[:-60]), "damaged-workbook"),
    "sheet in UTF-16": (repacked(BAD, sheet1=lambda content: content.decode().encode("utf-16")), "damaged-workbook"),
    "entities": (
        repacked(BAD, sheet1=lambda content: b'<!DOCTYPE x [<!ENTITY a "b">]>' + content), "damaged-workbook",
    ),
    "entities far behind": (
        repacked(BAD, sheet1=lambda content: b"<?xml version='1.0'?>" + b" " * 9000 + b'<!DOCTYPE x [<!ENTITY a "b">]>' + content),
        "damaged-workbook",
    ),
    "zip bomb": (repacked(BAD, theme1=lambda _: b" " * 70_000_000), "too-large"),
    "styles without end": (repacked(BAD, styles=lambda _: b"<" + b" " * 9_000_000), "damaged-workbook"),
    "strings without end": (
        repacked(BAD, sheet1=lambda _: b"<sst>" + b"<si></si>" * 2_100_000), "damaged-workbook",
    ),
    "cells far to the right": (
        repacked(BAD, sheet1=lambda c: c.replace(b"</sheetData>", b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(3, 90)) + b"</sheetData>")),
        "too-many-cells",
    ),
    "rows far below": (
        repacked(BAD, sheet1=lambda c: c.replace(b"</sheetData>", b'<row r="99999999"><c r="A99999999"><v>1</v></c></row></sheetData>')),
        "too-many-cells",
    ),
    "the same rows merged again and again": (
        repacked(BAD, sheet1=lambda c: c.replace(b"</worksheet>", b"<mergeCells>" + b'<mergeCell ref="A2:A900000"/>' * 40 + b"</mergeCells></worksheet>")),
        "damaged-workbook",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", UNUSABLE)
def test_unusable_workbooks_are_refused(kind: str) -> None:
    """What is damaged, too large or made to cost is refused as a whole, with a reason."""
    data, code = UNUSABLE[kind]
    with pytest.raises(IntakeError) as caught:
        read(data)
    assert [finding.code for finding in caught.value.findings] == [code]


def test_a_tag_ends_where_the_next_one_begins() -> None:
    """Who looks further for the end of each of many tags pays for the square of their number."""
    rows, merged = b'<row r="1" <row r="7" hidden="1">', b'<mergeCell <row ref="A1:B2">'
    assert [*xlsx_export._marks(rows)[1]] == [7]
    assert xlsx_export._marks(merged)[0] == {}


def test_without_the_library_a_workbook_is_a_file_of_another_kind(monkeypatch) -> None:
    """Who hasn't installed it is told what to send instead."""
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(IntakeError, match="CSV UTF-8") as caught:
        read(BAD)
    assert caught.value.findings[0].code == "other-kind"


def test_a_workbook_is_probed() -> None:
    """Names and values of its sheet are looked at like those of a table."""
    proposal = propose(BAD)
    assert proposal.sample.kind == "workbook"
    fills = {guess.field.name: guess.fills for guess in proposal.guesses}
    assert (fills["Narozen"], fills["Kredity"]) == ("learner.birth_date", "workload.ects")


@given(st.integers(0, len(BAD) - 1), st.binary(min_size=1, max_size=4))
def test_no_broken_octet_crashes(position: int, octets: bytes) -> None:
    """Whatever is wrong inside, it is refused as a file or record by record."""
    data = BAD[:position] + octets + BAD[position + len(octets) :]
    with suppress(IntakeError):
        assert all(one.award is not None or one.findings for one in read(data))


@given(
    st.binary(max_size=300),
    st.sampled_from(["sheet1", "workbook", "styles", "sharedStrings", "[Content_Types]"]),
)
def test_no_broken_part_crashes(content: bytes, part: str) -> None:
    """Nor does a part that says something else."""
    with suppress(IntakeError):
        read(repacked(BAD, **{part: lambda _: content}))


def test_the_bounds_are_those_of_the_page() -> None:
    """What the reference says of workbooks is what holds."""
    assert (xlsx_export._MOST_CELLS, xlsx_export._LARGEST_UNPACKED) == (1_000_000, 64 * 1024 * 1024)
