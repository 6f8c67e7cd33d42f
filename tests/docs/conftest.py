"""Walks through a page of documentation as a reader would: writes its files, runs its commands, compares its outputs.

A fenced block is one of these:

- a file, when the line before it is its path in bold code (``**`pyproject.toml`**``);
- commands, when its language is `sh`; they have to end with 0, or with N after a comment `exits N`;
- the output of the commands before it, when its language is `text`. Each of its lines has to occur, in this order;
  identifiers stand for any identifier;
- a directive of the documentation site, when its language is in braces;
- anything at all after a comment `not run: why`.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).parents[2]
IDENTIFIER = "K7mQx4Rt9bHz"
_SET_ASIDE = (
    "PYTEST_",
    "MIKROCERT_",
    "FORCE_COLOR",
    "PY_COLORS",
    "GITHUB_ACTIONS",
)  # change what programs print
GROUPED = "K7mQ x4Rt 9bHz"
_ALPHABET = "[0-9A-Za-z]"
_BLOCK = re.compile(
    r"(?:^\*\*`(?P<path>[^`]+)`\*\*\n\n|^<!-- (?P<note>[^>]+) -->\n)?^```(?P<language>\S*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@attrs.frozen
class Block:
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    body: str
    path: str | None
    note: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def skipped(self) -> bool:
        return self.note.startswith("not run: ")

    @property
    def exit_code(self) -> int:
        return int(self.note.removeprefix("exits ")) if self.note.startswith("exits ") else 0


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            page=str(page.relative_to(ROOT)),
            line=text.count("\n", 0, found.start()) + 1,
            language=found["language"],
            body=found["body"],
            path=found["path"],
            note=found["note"] or "",
        )
        for found in _BLOCK.finditer(text)
    ]


def _loose(line: str) -> re.Pattern[str]:
    """Make a pattern of an expected line: any identifier, any run of blanks, anything for an ellipsis."""
    pattern = re.escape(" ".join(line.split()))
    pattern = pattern.replace(re.escape(IDENTIFIER), f"{_ALPHABET}{{12}}")
    pattern = pattern.replace(re.escape(GROUPED), " ".join([f"{_ALPHABET}{{4}}"] * 3))
    return re.compile(pattern.replace("…", ".*"))


def missing_lines(expected: str, real: str) -> list[str]:
    """Return the expected lines that do not occur in the real output, in order."""
    rest = [" ".join(line.split()) for line in real.splitlines()]
    missing: list[str] = []
    for line in filter(str.strip, expected.splitlines()):
        pattern = _loose(line)
        found = next((number for number, there in enumerate(rest) if pattern.search(there)), None)
        if found is None:
            missing.append(line)
        else:
            rest = rest[found + 1 :]
    return missing


@attrs.define
class Walk:
    """A reader in a folder.

    Args:
        folder: where files are written and commands run.
        environment: variables beside those of the process.
        identifier: stands in commands where the page shows its example identifier.
    """

    folder: Path
    environment: dict[str, str] = attrs.field(factory=dict)
    identifier: str = IDENTIFIER
    _groups: list[int] = attrs.field(factory=list, init=False)

    def follow(self, page: Path) -> None:
        """Do what the page says, block by block; whatever it left running in the background is ended."""
        try:
            self._follow(page)
        finally:
            for group in self._groups:
                with suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
            self._groups.clear()

    def _follow(self, page: Path) -> None:
        output = ""
        for block in blocks(page):
            if block.language.startswith("{"):
                continue  # a directive of the site
            if block.skipped:
                output = ""
            elif block.path is not None:
                file = self.folder / block.path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block.body, encoding="utf-8")
            elif block.language == "sh":
                output = self.run(block)
            elif block.language == "text":
                assert missing_lines(block.body, output) == [], f"{block.place}: not in the output\n{output}"
            else:
                pytest.fail(f"{block.place}: a block that is neither file, command nor output")

    def _meant(self, commands: str) -> str:
        identifier = self.identifier
        grouped = " ".join(identifier[start : start + 4] for start in (0, 4, 8))
        return commands.replace(IDENTIFIER, identifier).replace(GROUPED, grouped)

    def run(self, block: Block) -> str:
        """Run the commands of a block and return what they printed."""
        with subprocess.Popen(
            ["sh", "-eu", "-c", self._meant(block.body)],
            cwd=self.folder,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith(_SET_ASIDE)},
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "COLUMNS": "100",
                **self.environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            self._groups.append(process.pid)
            output = "".join(process.communicate())
        assert process.returncode == block.exit_code, (
            f"{block.place}: ended with {process.returncode}\n{output}"
        )
        return output


@pytest.fixture(name="root", scope="session")
def _root() -> Path:
    """Return the folder of the repository."""
    return ROOT


@pytest.fixture(name="fenced", scope="session")
def _fenced():
    """Return the function that reads the fenced blocks of a page."""
    return blocks


@pytest.fixture(name="walk", scope="session")
def _walk():
    """Return the class of readers."""
    return Walk


@pytest.fixture(scope="session")
def issued(demo: Path, made_once) -> Walk:
    """Return a reader in a folder with the sandbox of the demo, in which the award of the reference page was issued."""

    def make(folder: Path) -> None:
        for name in ("mikrocert.toml", "sandbox-root.pem"):
            shutil.copy(demo / name, folder)
        shutil.copytree(demo / "sandbox", folder / "sandbox")
        reader = Walk(folder)
        reader.run(Block("conftest.py", 0, "sh", "mikrocert archive init", None, ""))
        reader.follow(ROOT / "docs/reference/award.md")

    reader = Walk(made_once(make))
    (file,) = (reader.folder / "issued").glob("*.pdf")
    reader.identifier = file.stem
    return reader
