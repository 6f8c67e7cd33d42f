"""The tutorial: a plugin for a second university, made outside the repository, issues and verifies."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = "docs/tutorial/add-your-university.md"
SKELETON = "templates/src/mikrocert_templates/plugin"


def _fingerprint(root: Path) -> dict[str, str]:
    """Map every file that git tracks to the hash of its content."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
    files = [root / name.decode() for name in listed.split(b"\0") if name]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()}


@pytest.fixture(scope="module")
def polabi(root, walk, made_once):
    """Follow the tutorial once, in a folder and with a place for packages of its own."""
    if not (root / ".git").exists():
        pytest.skip("not a git checkout, so that changes of the repository can't be told")

    def reader_in(base: Path):
        site = str(base / "site")
        environment = {"PIP_TARGET": site, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        return walk(base / "polabi", {**environment, "PYTHONPATH": site})

    def make(base: Path) -> None:
        reader = reader_in(base)
        reader.folder.mkdir()
        before = _fingerprint(root)
        reader.follow(root / PAGE)
        (base / "fingerprints.json").write_text(json.dumps([before, _fingerprint(root)]))

    base = made_once(make)
    return reader_in(base), *json.loads((base / "fingerprints.json").read_text())


def _json(reader, *arguments: str) -> dict:
    command = [sys.executable, "-c", "from mikrocert.cli import main; main()", *arguments, "--json"]
    result = subprocess.run(
        command,
        cwd=reader.folder,
        env={"PYTHONPATH": reader.environment["PYTHONPATH"], "PATH": ""},
        capture_output=True,
        check=False,
    )
    return json.loads(result.stdout)


def test_tutorial_runs_as_written(polabi) -> None:
    """Every file, command and output of the page holds, and a certificate and a sealed file are there."""
    reader, _, _ = polabi
    made = [file for suffix in (".jsonld", ".pdf") for file in reader.folder.glob(f"*{suffix}")]
    assert [file.suffix for file in made] == [".jsonld", ".pdf"]
    assert made[0].stem == made[1].stem


def test_no_file_of_the_repository_changes(polabi) -> None:
    """Adding a university touches nothing of ours."""
    _, before, after = polabi
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    assert changed == []


@pytest.mark.parametrize("suffix", [".jsonld", ".pdf"])
def test_second_university_verifies_valid(polabi, suffix) -> None:
    """Both files are valid in the sandbox, say TEST, and name the second university."""
    reader, _, _ = polabi
    (file,) = reader.folder.glob(f"*{suffix}")
    report = _json(reader, "--config", "mikrocert.toml", "verify", file.name)
    assert (report["verdict"], report["test_seal"], report["format"]) == ("valid", True, "edc-v3")
    assert report["identifier"] == file.stem
    assert report["data"]["awarding_body"]["cs"] == "Polabská univerzita"
    assert report["data"]["holder"] == "Jiří Kadeřábek"


def test_second_sending_gives_the_first_receipt(polabi) -> None:
    """The page says that nothing is issued twice."""
    reader, _, _ = polabi
    (file,) = reader.folder.glob("*.pdf")
    command = [sys.executable, "-c", "from mikrocert.cli import main; main()", "issue", "export.csv"]
    result = subprocess.run(
        [*command, "--institution", "polabi", "--json"],
        cwd=reader.folder,
        env={"PYTHONPATH": reader.environment["PYTHONPATH"], "PATH": ""},
        capture_output=True,
        check=False,
    )
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["identifier"], first["created"]) == (file.stem, False)
    assert [finding["path"] for finding in second["refused"]] == ["narozeni", "kurz"]


def test_page_and_skeleton_are_equal(root, fenced) -> None:
    """The finished package in the repository is the one that the page builds; the page has one catalogue, more are like it."""
    skeleton = root / SKELETON
    kept = {
        str(file.relative_to(skeleton)).removesuffix("-tpl"): file.read_text(encoding="utf-8")
        for file in skeleton.rglob("*")
        if file.is_file() and ("locale" not in file.parts or "cs" in file.parts)
    }
    shown = {block.path: block.body for block in fenced(root / PAGE) if block.path is not None}
    assert shown == kept


def test_package_is_clean(polabi, root) -> None:
    """What we show others to write meets our own style."""
    reader, _, _ = polabi
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--no-cache",
        "--config",
        str(root / "pyproject.toml"),
        ".",
    ]
    result = subprocess.run(command, cwd=reader.folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
