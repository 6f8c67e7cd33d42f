"""The README and the pages beside it tell the truth about the program."""

from __future__ import annotations

import re

from mikrocert.cli import ExitCode
from mikrocert.service.verifying.verifying import CHECKS

_ANSWERS = {
    0: ("valid", "all accepted"),
    1: ("invalid", "some refused"),
    2: ("undetermined", ""),
    3: ("unusable", "input unusable"),
}


def _readme(root) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def test_two_commands_stand_in_the_first_screen(root) -> None:
    """A newcomer sees the two commands without scrolling."""
    first = "\n".join(_readme(root).splitlines()[:25])
    assert re.findall(r"^(script/\w+)", first, re.MULTILINE) == ["script/demo", "script/test", "script/serve"]


def test_checks_are_those_of_the_program(root) -> None:
    """The table of checks has each check of the core, in the order of the report."""
    table = _readme(root).partition("### What is checked")[2].partition("\n\nA check passes")[0]
    assert tuple(re.findall(r"^\| ([a-z]+) \|", table, re.MULTILINE))[1:] == CHECKS


def test_exit_codes_are_those_of_the_program(root) -> None:
    """README and reference name every exit code there is, and no other."""
    codes = {value for name, value in vars(ExitCode).items() if name.isupper()}
    readme = _readme(root)
    rows = re.findall(r"^\| (\d) \| ([^|]*) \| ?([^|]*?) ?\|$", readme, re.MULTILINE)
    assert {int(code): (verify.strip(), issue.strip()) for code, verify, issue in rows} == _ANSWERS
    assert set(_ANSWERS) | {int(code) for code in re.findall(r"\b(6\d|7\d|130|141)\b", readme)} == codes
    reference = (root / "docs/reference/command-line.md").read_text(encoding="utf-8")
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", reference, re.MULTILINE)} == codes


def test_every_decision_is_listed_and_has_its_parts(root) -> None:
    """Each ADR has context, options and outcome, and stands in the list under its own title."""
    folder = root / "docs/adr"
    index = (folder / "index.md").read_text(encoding="utf-8")
    for page in sorted(folder.glob("[0-9]*.md")):
        text = page.read_text(encoding="utf-8")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Options", "Outcome"]
        title = text.splitlines()[0].removeprefix("# ")
        assert f"- [{title}]({page.name})" in index


def test_every_page_is_listed(root) -> None:
    """Whoever starts at docs/index.md finds every page."""
    index = (root / "docs/index.md").read_text(encoding="utf-8")
    pages = [page for page in (root / "docs").rglob("*.md") if page.parent.name not in {"docs", "adr"}]
    assert [str(page) for page in pages if f"({page.relative_to(root / 'docs')})" not in index] == []
