"""What is said of standards is said of every requirement, and what is said to be shown names tests that are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ASVS, EN = (ROOT / "docs/reference" / name for name in ("asvs.md", "en-301-549.md"))

# Section → number of its last requirement of level 1 or 2 in ASVS 5.0.0; in each section those of level 3 come last.
OF_LEVEL_2 = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5,
    "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4,
    "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3,
    "11.4": 4, "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4,
    "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip

# The criteria of WCAG 2.1, levels A and AA, under the numbers that they have in clause 9.
OF_WCAG = [
    "1.1.1",
    "1.2.1",
    "1.2.2",
    "1.2.3",
    "1.2.5",
    "1.3.1",
    "1.3.2",
    "1.3.3",
    "1.3.4",
    "1.3.5",
    "1.4.1",
    "1.4.2",
    "1.4.3",
    "1.4.4",
    "1.4.5",
    "1.4.10",
    "1.4.11",
    "1.4.12",
    "1.4.13",
    "2.1.1",
    "2.1.2",
    "2.1.4",
    "2.2.1",
    "2.2.2",
    "2.3.1",
    "2.4.1",
    "2.4.2",
    "2.4.3",
    "2.4.4",
    "2.4.5",
    "2.4.6",
    "2.4.7",
    "2.5.1",
    "2.5.2",
    "2.5.3",
    "2.5.4",
    "3.1.1",
    "3.1.2",
    "3.2.1",
    "3.2.2",
    "3.2.3",
    "3.2.4",
    "3.3.1",
    "3.3.2",
    "3.3.3",
    "3.3.4",
    "4.1.1",
    "4.1.2",
    "4.1.3",
]

ANSWERS = {
    ASVS: {"met", "partly", "open", "operator", "none here"},
    EN: {"tested", "built", "people", "open", "none here"},
}
SILENT = {"none here", "people"}
"""Answers that may stand without a word of evidence."""


@cache
def rows(page: Path) -> list[list[str]]:
    """Return the rows of all tables of a page, without their headings."""
    lines = [line for line in page.read_text("utf-8").splitlines() if line.startswith("| ")]
    cells = [
        [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
        for line in lines
    ]
    return [row for row in cells if row[0] not in {"requirements", "clause"}]


EVERY_ROW = [
    pytest.param(page, row, id=f"{page.stem} {row[0][:30]}") for page in ANSWERS for row in rows(page)
]


def test_each_requirement_of_level_2_is_answered_once():
    """All 253 of them, and no other."""
    wanted = [f"{section}.{number}" for section, last in OF_LEVEL_2.items() for number in range(1, last + 1)]
    assert len(wanted) == 253
    answered = list(chain.from_iterable(row[0].split(", ") for row in rows(ASVS)))
    assert sorted(answered) == sorted(wanted)


def test_each_criterion_of_pages_is_answered_once():
    """Every criterion of WCAG 2.1 that clause 9 has."""
    answered = [
        clause for row in rows(EN) for clause in row[0].split(", ") if re.fullmatch(r"9(\.\d+){3}", clause)
    ]
    assert sorted(answered) == sorted(f"9.{criterion}" for criterion in OF_WCAG)


@pytest.mark.parametrize(("page", "row"), EVERY_ROW)
def test_an_answer_is_one_of_the_few_and_says_why(page, row):
    """Each row has four cells; what is met by tests names them, and whatever else is claimed or missing says how or what."""
    assert len(row) == 4
    _, what, answer, evidence = row
    assert what
    assert answer in ANSWERS[page]
    assert evidence or answer in SILENT
    if answer == "tested":
        assert "::test_" in evidence


@pytest.mark.parametrize(("page", "row"), EVERY_ROW)
def test_evidence_is_there(page, row):
    """Files of tests and functions in them, and pages that are linked."""
    for file, function in re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", row[-1]):
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert any(name.startswith("test_") for name in functions), file
        assert not function or function in functions, f"{file}::{function}"
    for link in re.findall(r"\]\(([^)#]+)", row[-1]):
        assert (page.parent / link).is_file(), link
