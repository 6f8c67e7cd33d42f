"""The page about the architecture draws the house that the imports build."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from mikrocert.service.issuing import issuing
from mikrocert.service.verifying import verifying

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/explanation/architecture.md"
HOUSES = {
    "Rooms of the core": ("mikrocert", ROOT / "core/src/mikrocert"),
    "Rooms of the service": ("mikrocert.service", ROOT / "core/src/mikrocert/service"),
    "Rooms of `seal_ades`": ("mikrocert_seal_ades", ROOT / "plugins/seal_ades/src/mikrocert_seal_ades"),
    "Rooms of `edc_v3`": ("mikrocert_edc_v3", ROOT / "plugins/edc_v3/src/mikrocert_edc_v3"),
}


def _section(heading: str) -> str:
    return PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]


def _floors(heading: str) -> list[list[str]]:
    """Return the rooms of the table, lowest floor first."""
    rows = re.findall(r"^\| (`.+?`) \| ", _section(heading), re.MULTILINE)
    return [re.findall(r"`([a-z_]+)`", row) for row in reversed(rows)]


HANDED = {"mikrocert.service": {"mikrocert.service.system.System"}}
"""What is handed from above to those that work with it, so that they may name it as a type, by the house."""
MAKES_SYSTEMS = ("system", "workforce")
"""The workforce makes systems in processes of its own; a system that works beside others has one."""


def _imported(file: Path, *, handed: set[str]) -> set[str]:
    """Return the modules that a file imports, wherever in it; a name that is imported counts as a module, too.

    What is `handed` counts only where it is more than a type.
    """
    names: set[str] = set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for_types = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if node in for_types and isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} - handed
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import hides its room"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _rooms(folder: Path) -> set[str]:
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    return packages | {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}


def _imports(package: str, folder: Path) -> set[tuple[str, str, str]]:
    """Return room, imported room, and the file in which it is imported."""
    rooms = _rooms(folder)
    found: set[tuple[str, str, str]] = set()
    for file in folder.rglob("*.py"):
        room = file.relative_to(folder).parts[0].removesuffix(".py")
        for name in _imported(file, handed=HANDED.get(package, set())):
            imported = name.removeprefix(f"{package}.").partition(".")[0]
            if name.startswith(f"{package}.") and imported in rooms and imported != room:
                found.add((room, imported, str(file.relative_to(folder))))
    return found


@pytest.mark.parametrize("heading", HOUSES)
def test_every_room_is_drawn(heading) -> None:
    """The table has each room of the package once and no other."""
    drawn = [room for floor in _floors(heading) for room in floor]
    assert sorted(drawn) == sorted(_rooms(HOUSES[heading][1]))


@pytest.mark.parametrize("heading", HOUSES)
def test_no_room_imports_a_higher_one(heading) -> None:
    """A room imports from lower floors only, not from its own floor and not from above, also for type checkers."""
    floor_of = {room: floor for floor, rooms in enumerate(_floors(heading)) for room in rooms}
    wrong = [
        f"{file} imports {imported}"
        for room, imported, file in sorted(_imports(*HOUSES[heading]))
        if room != "__init__" and floor_of[imported] >= floor_of[room] and (room, imported) != MAKES_SYSTEMS
    ]
    assert wrong == []


def test_imports_are_found() -> None:
    """The search itself sees what the page is held to: imports in functions and for type checkers too."""
    found = {(room, imported) for room, imported, _ in _imports(*HOUSES["Rooms of the core"])}
    assert {("cli", "service"), ("settings", "kinds"), ("host", "settings"), ("api", "service")} <= found


@pytest.mark.parametrize(
    ("heading", "module"), [("The way of an award", issuing), ("The way of a file", verifying)]
)
def test_numbers_are_those_of_the_code(heading, module) -> None:
    """Phases and steps stand on the page as the module numbers them."""
    pattern = re.compile(r"^\d\. .+$", re.MULTILINE)
    numbered = pattern.findall(module.__doc__)
    assert len(numbered) > 1
    assert pattern.findall(_section(heading)) == numbered


def test_import_linter_holds_the_same_floors() -> None:
    """The contracts in pyproject.toml have the floors of the page, and let plugins import no room but `api`."""
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["name"]: contract for contract in configured["tool"]["importlinter"]["contracts"]}
    core = contracts["The rooms of the core are in order"]
    assert [layer.split(" | ") for layer in reversed(core["layers"])] == _floors("Rooms of the core")
    for name, package in [
        ("The rooms of the service are in order", "Rooms of the service"),
        ("The rooms of seal_ades are in order", "Rooms of `seal_ades`"),
        ("The rooms of edc_v3 are in order", "Rooms of `edc_v3`"),
    ]:
        assert [layer.split(" | ") for layer in reversed(contracts[name]["layers"])] == _floors(package)
    rooms = {f"mikrocert.{room}" for room in _rooms(ROOT / "core/src/mikrocert")} - {"mikrocert.api"}
    plugins = {file.parent.name for file in ROOT.glob("plugins/*/src/*/plugin.py")}
    door = contracts["A plugin imports mikrocert through mikrocert.api only"]
    assert set(door["source_modules"]) == plugins
    assert set(door["forbidden_modules"]) == rooms
