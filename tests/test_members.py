"""Each member is a distribution of its own: what a wheel of it holds."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MEMBERS = ["core", "templates", *sorted(f"plugins/{path.name}" for path in (ROOT / "plugins").iterdir())]
KEPT_OUT = {".pyc"}


@pytest.mark.parametrize("member", MEMBERS)
def test_wheel_holds_the_whole_package(member: str, tmp_path: Path) -> None:
    """A wheel, built from a copy, has every file of the source folder, data included, and the licence."""
    copy = tmp_path / "member"
    shutil.copytree(ROOT / member, copy, ignore=shutil.ignore_patterns("__pycache__", ".*_cache", "tests"))
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*command, "--wheel-dir", tmp_path, copy], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    source = copy / "src"
    files = {str(path.relative_to(source)) for path in source.rglob("*") if path.is_file()}
    assert {name for name in files if Path(name).suffix not in KEPT_OUT} <= packed
    assert any(name.endswith("LICENSE") for name in packed)
    assert any(name.endswith("py.typed") for name in packed)


@pytest.mark.parametrize("member", MEMBERS)
def test_dependencies_name_only_core_and_what_the_design_allows(member: str) -> None:
    """Among the members, plugins depend on the core, backends also on seal_ades, and what draws on the templates."""
    project = tomllib.loads((ROOT / member / "pyproject.toml").read_text())["project"]
    named = {re.split(r"[\[<>=;\s]", dependency)[0] for dependency in project.get("dependencies", [])}
    ours = {name for name in named if name.startswith("mikrocert")}
    allowed = {
        "core": set(),
        "templates": set(),
        "plugins/portal": {"mikrocert", "mikrocert-templates"},
        "plugins/render_pdf": {"mikrocert", "mikrocert-templates"},
        "plugins/seal_qes": {"mikrocert", "mikrocert-seal-ades"},
        "plugins/seal_test": {"mikrocert", "mikrocert-seal-ades"},
    }
    assert ours == allowed.get(member, {"mikrocert"})
