"""Each member is a distribution of its own: what a wheel of it holds."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import mikrocert
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
MEMBERS = ["core", "templates", *sorted(f"plugins/{path.name}" for path in (ROOT / "plugins").iterdir())]
KEPT_OUT = {".pyc"}
SAME = ("version", "license", "requires-python", "authors", "classifiers", "readme", "urls")


def project(member: str) -> dict:
    """Return the metadata of a member."""
    return tomllib.loads((ROOT / member / "pyproject.toml").read_text())["project"]


def requirements(member: str) -> list[Requirement]:
    """Return what a member needs, that of its extras too."""
    metadata = project(member)
    extras = metadata.get("optional-dependencies", {}).values()
    return [Requirement(text) for group in (metadata.get("dependencies", []), *extras) for text in group]


@pytest.mark.system
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
    ours = {one.name for one in requirements(member) if one.name.startswith("mikrocert")}
    allowed = {
        "core": set(),
        "templates": set(),
        "plugins/portal": {"mikrocert", "mikrocert-templates"},
        "plugins/render_pdf": {"mikrocert", "mikrocert-templates"},
        "plugins/render_typst": {"mikrocert", "mikrocert-templates"},
        "plugins/seal_qes": {"mikrocert", "mikrocert-seal-ades"},
        "plugins/seal_test": {"mikrocert", "mikrocert-seal-ades"},
    }
    assert ours == allowed.get(member, {"mikrocert"})


@pytest.mark.parametrize("member", [*MEMBERS, "."])
def test_metadata_is_the_same_everywhere(member: str) -> None:
    """Version, licence, authors, classifiers and Python are those of the core; URLs are missing until there is a public one."""
    members = SAME if member != "." else ("version", "requires-python")
    core, other = project("core"), project(member)
    assert {name: other.get(name) for name in members} == {name: core.get(name) for name in members}
    assert "urls" not in other


def test_the_program_tells_the_version_of_its_distribution() -> None:
    """`mikrocert.__version__` is the version in the metadata."""
    assert mikrocert.__version__ == project("core")["version"]


@pytest.mark.parametrize("member", MEMBERS)
def test_members_are_bound_to_the_same_minor_version(member: str) -> None:
    """Members go together within a minor version: 0.1.0 takes 0.1.7, and not 0.2."""
    major, minor = Version(project("core")["version"]).release[:2]
    ours = [one for one in requirements(member) if one.name.startswith("mikrocert")]
    assert {str(one.specifier) for one in ours} <= {f"<{major}.{minor + 1},>={major}.{minor}"}


def test_members_ask_for_the_same_libraries() -> None:
    """Every library has a lower bound, and the same one in each member that needs it."""
    asked: dict[str, set[str]] = {}
    for member in MEMBERS:
        for one in requirements(member):
            asked.setdefault(one.name, set()).add(str(one.specifier))
    assert {
        name: bounds for name, bounds in asked.items() if len(bounds) > 1 or ">=" not in min(bounds)
    } == {}


def test_everything_installed_is_pinned() -> None:
    """Each library that a requirement file or a member names has one exact version in the constraints."""
    lines = (ROOT / "requirements" / "constraints.txt").read_text().splitlines()
    pinned = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert [str(one) for one in pinned if not str(one.specifier).startswith("==")] == []
    named = {one.name for member in MEMBERS for one in requirements(member)}
    for file in ("build", "dev", "release"):
        lines = (ROOT / "requirements" / f"{file}.txt").read_text().splitlines()
        named |= {Requirement(line).name for line in lines if line and not line.startswith(("#", "-"))}
    exact = {canonicalize_name(one.name) for one in pinned}
    assert {
        name for name in map(canonicalize_name, named) if not name.startswith("mikrocert")
    } - exact == set()
