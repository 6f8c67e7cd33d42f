"""SECURITY.md says only what is proven: each claim names its tests, and each of these is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the rows of the table whose heading begins so, without heading and rule."""
    lines = PAGE[PAGE.index(f"\n{heading}") + 1 :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


ROWS = [*rows("| claim | test |"), *rows("| attacker | can |")]


def named(cell: str) -> list[tuple[str, str | None]]:
    """Return the tests that a cell names: file, and function where it says one."""
    return re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", cell)


def test_there_are_claims() -> None:
    """Both tables are found: what is claimed, and who is met by what."""
    assert len(ROWS) > 40


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:50])
def test_a_row_names_tests_that_are_there(row: list[str]) -> None:
    """Files that hold tests, and functions of these where the row names them."""
    assert named(row[-1])
    for file, function in named(row[-1]):
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert any(name.startswith("test_") for name in functions), file
        assert not function or function in functions, f"{file}::{function}"
