"""Every example is run or says why not, and every link leads somewhere."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WALKED = {"docs/tutorial/add-your-university.md", "docs/reference/award.md"}
TESTED_OTHERWISE = {"docs/reference/settings.md": {"toml"}}
_LINK = re.compile(r"!?\[[^\]]*\]\((?!https?:)([^)#\s]+)(#[^)\s]+)?\)")
_PICTURE = re.compile(r'<img src="([^"]+)" alt="[^"]+"')
_MADE = re.compile(r"<!-- made by script/reference.*?<!-- end of [a-z-]+ -->", re.DOTALL)
PAGES = sorted(
    str(page.relative_to(ROOT))
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("changelog.d/*.md")]
)

MEMBERS = sorted(
    str(page.relative_to(ROOT)) for page in [*ROOT.glob("*/README.md"), *ROOT.glob("plugins/*/README.md")]
)


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", [*PAGES, *MEMBERS])
def test_links_lead_somewhere(name) -> None:
    """Every relative link names a file or folder of the repository, every fragment a heading."""
    page = ROOT / name
    dead: list[str] = []
    for path, fragment in _LINK.findall(page.read_text(encoding="utf-8")):
        target = page.parent / path
        if not target.exists() or (fragment and fragment[1:] not in _anchors(target)):
            dead.append(path + fragment)
    dead += [
        picture
        for picture in _PICTURE.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / picture).exists()
    ]
    assert dead == []


@pytest.mark.parametrize("name", PAGES)
def test_every_example_is_run_or_says_why_not(fenced, name) -> None:
    """A fenced block is walked by a test, made from the code, tested by name, or marked with its reason."""
    if name in WALKED or name.startswith(("docs/how-to/", "docs/reference/kinds/")):
        return
    text = (ROOT / name).read_text(encoding="utf-8")
    made = "".join(_MADE.findall(text))
    idle = [
        block.place
        for block in fenced(ROOT / name)
        if not block.skipped
        and not block.language.startswith("{")
        and block.body not in made
        and block.language not in TESTED_OTHERWISE.get(name, set())
    ]
    assert idle == []


@pytest.mark.parametrize("name", PAGES)
def test_scripts_named_exist(name) -> None:
    """Every `script/…` that a page names is there and can be executed."""
    text = (ROOT / name).read_text(encoding="utf-8")
    named = {ROOT / found for found in re.findall(r"\bscript/[a-z]+(?![\w.])", text)}
    assert [script.name for script in named if not os.access(script, os.X_OK)] == []


def test_changelog_fragments_are_named_by_kind(root) -> None:
    """A fragment is `<topic>.<kind>.md` and says something."""
    kinds = {"added", "changed", "fixed", "removed", "security"}
    fragments = [
        file for file in (root / "changelog.d").iterdir() if file.name not in {"README.md", "template.jinja"}
    ]
    wrong = [
        file.name
        for file in fragments
        if file.name.split(".")[1:] not in [[kind, "md"] for kind in kinds]
        or not file.read_text(encoding="utf-8").strip()
    ]
    assert wrong == []


def test_licence_is_with_every_member(root) -> None:
    """The licence is whole, and each member carries the same one."""
    text = (root / "LICENSE").read_text(encoding="utf-8")
    articles = [int(number) for number in re.findall(r"^(\d+)\. [A-Z]", text, re.MULTILINE)]
    assert articles == list(range(1, 16))
    assert "Appendix" in text
    members = [
        root / "core",
        root / "templates",
        *(file.parent for file in root.glob("plugins/*/pyproject.toml")),
    ]
    assert [m.name for m in members if (m / "LICENSE").read_text(encoding="utf-8") != text] == []


def test_pictures_are_small(root) -> None:
    """A picture of the documentation has at most 200 kB."""
    pictures = list((root / "docs/images").iterdir())
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > 200_000] == []
