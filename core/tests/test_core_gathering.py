"""What is wrong with an export, gathered by kind and as a table."""

from __future__ import annotations

import csv
import io

import attrs
import pytest
from mikrocert.report.gathering import FaultyRecord, fault_cells, gathered
from mikrocert.texts import Texts
from mikrocert.texts.spreadsheets import csv_of


def finding(code="short-year", path="datum", severity="error", en="wrong", **messages):
    """Return a finding as it is kept."""
    return {"code": code, "severity": severity, "path": path, "message": {"en": en, **messages}}


def record(row, *findings, **how):
    """Return a record of a table."""
    return FaultyRecord(row - 1, row, row, f"MU-{row}", findings, **how)


def test_equal_faults_of_many_rows_are_one_with_their_rows():
    """However many rows have a fault in a column, it is told once, with the row of each."""
    [kind] = gathered([record(row, finding()) for row in range(2, 62)])
    assert kind.places == tuple(range(2, 62))
    assert kind.alike
    assert str(kind.where).startswith("rows 2, 3, 4")
    assert len(str(kind.where)) < 100


def test_faults_of_other_columns_kinds_and_weights_stay_apart():
    """Each is a kind of its own: errors come first, then what most records have."""
    kinds = gathered([
        record(2, finding(severity="warning"), finding(path="ects")),
        record(3, finding(severity="warning"), finding(code="not-a-date")),
        record(4, finding(severity="warning"), finding(path="ects")),
    ])  # fmt: skip
    assert [(kind.severity, kind.code, kind.path) for kind in kinds] == [
        ("error", "short-year", "ects"),
        ("error", "not-a-date", "datum"),
        ("warning", "short-year", "datum"),
    ]


def test_values_that_differ_are_one_kind_whose_sentence_is_an_example():
    """The kind is the same whatever the value; that the sentence has the first one's value is told."""
    [kind] = gathered([record(2, finding(en="'a' is no date")), record(3, finding(en="'b' is no date"))])
    assert kind.message["en"] == "'a' is no date"
    assert not kind.alike


def test_items_of_one_cell_are_one_place():
    """A row is counted once, however many items of its cell have the fault."""
    [kind] = gathered([record(2, finding(path="obory[0]"), finding(path="obory[3]"))])
    assert (kind.path, kind.places) == ("obory", (2,))


@pytest.mark.parametrize(
    ("row", "line", "words"), [(2, 5, "row 2"), (None, 5, "line 5"), (None, None, "record 1")]
)
def test_places_are_what_whoever_made_the_file_counts(row, line, words):
    """Rows of a table, else lines of the file, else records."""
    one = FaultyRecord(1, row, line, None, (finding(),))
    [kind] = gathered([one])
    assert str(kind.where) == words
    _, cells = fault_cells([one], texts=Texts(), language="en")
    assert cells[:2] == [str(row or ("" if line else 1)), str(line or "")]


def test_every_finding_is_a_line_of_the_table():
    """With row, record number, column, item as people count, weight and sentence; in English where there is no other."""
    records = [
        record(2, finding(path="obory[1]", cs="špatně"), finding()),
        record(9),
        record(3, finding(severity="warning")),
    ]
    header, *lines = fault_cells(records, texts=Texts(), language="cs")
    assert {len(line) for line in lines} == {len(header)}
    assert [line[0] for line in lines] == ["2", "2", "3"]
    assert lines[0][2:7] == ["MU-2", "obory", "2", "chyba", "špatně"]
    assert lines[1][6] == "wrong"
    assert lines[2][5] == "upozornění"


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+420", '=HYPERLINK("x")', "a;=1+1"])
def test_what_was_sent_is_no_formula_in_the_table(text):
    """Record numbers and names of columns come from the file: no program computes them."""
    one = attrs.evolve(record(2, finding(path=text)), evidence_number=text)
    content = csv_of(fault_cells([one], texts=Texts(), language="en")).decode("utf-8-sig")
    cells = list(csv.reader(io.StringIO(content)))[1]
    assert not any(cell.startswith(("=", "@", "+")) for cell in cells)
    assert len(cells) == 8
