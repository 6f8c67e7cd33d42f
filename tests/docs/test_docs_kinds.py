"""Each kind of plugin has a page: what it is asked is what the code asks, and its example is a plugin that works."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
import subprocess
import sys

import pytest
from mikrocert import api, testing
from mikrocert.host.loading import Plugins
from mikrocert.kinds.offer import KINDS

PAGES = {kind.removesuffix("s"): kind for kind in KINDS}
HEADINGS = ["What it is asked", "What it never sees", "Signatures", "Example"]
_INTERFACES = {"command": "CommandContext"}


def _text(root, kind: str) -> str:
    return (root / f"docs/reference/kinds/{kind}.md").read_text(encoding="utf-8")


def _files(root, fenced, kind: str) -> dict[str, str]:
    page = root / f"docs/reference/kinds/{kind}.md"
    return {block.path: block.body for block in fenced(page) if block.path is not None}


def _module(root, fenced, kind: str) -> tuple[str, str]:
    (module,) = [
        (path, body) for path, body in _files(root, fenced, kind).items() if not path.startswith("tests/")
    ]
    return module


def test_every_kind_has_a_page(root) -> None:
    """The folder has a page for each kind and a first page that lists them all."""
    pages = {page.stem for page in (root / "docs/reference/kinds").glob("*.md")}
    assert pages == {*PAGES, "index"}
    assert re.findall(r"^\| \[([a-z]+)\]", _text(root, "index"), re.MULTILINE) == list(PAGES)


@pytest.mark.parametrize("kind", PAGES)
def test_pages_are_built_alike(root, kind) -> None:
    """A page has the four parts, and names its hook, its section of the settings and its contract class."""
    text = _text(root, kind)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert f"`mikrocert_register_{PAGES[kind]}`" in text
    assert f"`[{PAGES[kind]}.NAME]`" in text
    (contract,) = re.findall(r"^\| contract \| `(\w+)` \|$", text, re.MULTILINE)
    assert contract == f"{kind.capitalize()}Contract"
    assert hasattr(testing, contract)


@pytest.mark.parametrize("kind", PAGES)
def test_shipped_offers_are_named(root, kind) -> None:
    """The page names what our own plugins offer of this kind."""
    (shipped,) = re.findall(r"^\| shipped \| (.+) \|$", _text(root, kind), re.MULTILINE)
    offered = set()
    for module in ("builtin", *(file.parent.name for file in root.glob("plugins/*/src/*/plugin.py"))):
        plugins = Plugins()
        name = "mikrocert.builtin.plugin" if module == "builtin" else f"{module}.plugin"
        plugins.add(importlib.import_module(name), name=module)
        offered |= set(plugins.registry(PAGES[kind]).names)
    assert set(re.findall(r"`([a-z0-9-]+)`", shipped)) == offered


@pytest.mark.parametrize("kind", PAGES)
def test_everything_asked_is_told(root, kind) -> None:
    """The first part names each public member of the interface, and the signatures are those of names of the interface for plugins."""
    text = _text(root, kind)
    asked = text.partition("## What it is asked")[2].partition("\n## ")[0]
    interface = getattr(api, _INTERFACES.get(kind, kind.capitalize()))
    members = [name for name in vars(interface) if not name.startswith("_")]
    assert members
    assert [name for name in members if f"`{name}`" not in asked] == []
    signatures = text.partition("## Signatures")[2].partition("\n## ")[0]
    shown = re.findall(r"^class (\w+)", signatures, re.MULTILINE)
    assert interface.__name__ in shown
    assert [name for name in shown if not inspect.isclass(getattr(api, name))] == []
    assert [
        name for name in members if not re.search(rf"^    (def )?{name}\b", signatures, re.MULTILINE)
    ] == []


@pytest.mark.parametrize("kind", PAGES)
def test_example_imports_the_interface_for_plugins_only(root, fenced, kind) -> None:
    """Of mikrocert an example imports `mikrocert.api`, its test also `mikrocert.testing`."""
    for path, body in _files(root, fenced, kind).items():
        allowed = {"mikrocert.api", *(["mikrocert.testing"] if path.startswith("tests/") else [])}
        imported = {
            node.module
            for node in ast.walk(ast.parse(body))
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "mikrocert"
        }
        assert imported <= allowed, path


@pytest.mark.parametrize("kind", PAGES)
def test_example_offers_one_thing_of_its_kind(root, fenced, tmp_path, kind) -> None:
    """The host takes the example in, and it offers exactly one thing, of this kind."""
    path, body = _module(root, fenced, kind)
    file = tmp_path / path
    file.write_text(body, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(f"example_{kind}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    plugins = Plugins()
    plugins.add(module, name=kind)
    assert plugins.failures == []
    assert [offered for offered, _ in plugins.loaded[0].offers] == [PAGES[kind]]


@pytest.fixture(scope="module")
def examples(root, walk, fenced, made_once):
    """Put the examples of all pages into one folder."""

    def make(base) -> None:
        folder = base / "examples"
        for kind in PAGES:
            for path, body in _files(root, fenced, kind).items():
                file = folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(body, encoding="utf-8")

    return made_once(make)


@pytest.mark.system
def test_examples_keep_their_contracts_and_issue_together(root, walk, examples) -> None:
    """Installed as one distribution, they pass the contract classes, and an award goes through six of them and verifies."""
    site = str(examples / "site")
    environment = {"PIP_TARGET": site, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    reader = walk(examples / "examples", {**environment, "PYTHONPATH": site})
    reader.follow(root / "docs/reference/kinds/index.md")


@pytest.mark.system
@pytest.mark.parametrize("checker", ["ruff", "mypy"])
def test_examples_are_clean(root, examples, checker) -> None:
    """What we show others to write meets our own style, and a type checker agrees."""
    modules = sorted(file.name for file in (examples / "examples").glob("*.py"))
    arguments = {
        # a method has the arguments of its interface, whether it uses them or not
        "ruff": [
            "check",
            "--no-cache",
            "--config",
            str(root / "pyproject.toml"),
            "--extend-ignore",
            "ARG002",
            ".",
        ],
        # with our settings, which are strict, what was found out of the core when it was checked itself is known
        "mypy": [
            "--config-file",
            str(root / "pyproject.toml"),
            "--cache-dir",
            str(root / ".mypy_cache"),
            *modules,
        ],
    }
    done = subprocess.run(
        [sys.executable, "-m", checker, *arguments[checker]],
        cwd=examples / "examples",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
