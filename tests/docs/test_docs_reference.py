"""The reference pages say what the code says."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
import subprocess
import sys

import pytest
from mikrocert.host import hookspecs
from mikrocert.kinds.offer import KINDS
from mikrocert.service.verifying.verifying import CHECKS
from mikrocert.settings import load_settings


def _page(root, name: str) -> str:
    return (root / "docs/reference" / f"{name}.md").read_text(encoding="utf-8")


def _specs() -> dict[str, object]:
    return {name: spec for name, spec in vars(hookspecs).items() if name.startswith("mikrocert_")}


@pytest.mark.system
@pytest.mark.parametrize(
    "name",
    [
        "settings",
        "rules",
        "command-line",
        "errors",
        "award",
        "hooks",
        *(f"kinds/{kind.removesuffix('s')}" for kind in KINDS),
    ],
)
def test_parts_made_from_code_are_fresh(root, name) -> None:
    """A page differs in nothing from a fresh run of script/reference."""
    spec = importlib.util.spec_from_file_location("reference", root / "script/reference.py")
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    page = _page(root, name)
    assert "<!-- made by script/reference: " in page
    assert reference.refreshed(page) == page, "run script/reference"


def test_each_hook_has_a_heading_with_its_signature(root) -> None:
    """Headings are the signatures of the hookspecs, all of them and no others, in their order; there is one for each kind."""
    assert list(_specs()) == [f"mikrocert_register_{kind}" for kind in KINDS]
    signatures = [f"`{name}{inspect.signature(spec)}`".replace("'", "") for name, spec in _specs().items()]
    assert re.findall(r"^## (`.+`)$", _page(root, "hooks"), re.MULTILINE) == signatures


@pytest.mark.parametrize("hook", _specs())
def test_each_hook_is_summed_up_as_in_its_docstring(root, hook) -> None:
    """The first paragraph below the heading is the first sentence of the docstring."""
    summary = inspect.getdoc(_specs()[hook]).splitlines()[0]
    section = _page(root, "hooks").partition(f"## `{hook}(")[2]
    assert section.splitlines()[2] == summary


def test_settings_example_is_read(root, fenced, tmp_path) -> None:
    """The example of the settings page has no member that the program refuses."""
    (example,) = [block for block in fenced(root / "docs/reference/settings.md") if block.language == "toml"]
    file = tmp_path / "mikrocert.toml"
    file.write_text(example.body, encoding="utf-8")
    settings = load_settings(file, environment={})
    assert settings.signer == "pkcs12"
    assert settings.operator.name.get("cs") == "Příkladné centrum"


def test_report_page_has_every_member_of_a_report(root, fenced, issued) -> None:
    """Table and example name the members of a real report, in its order, and every check of the core."""
    page = _page(root, "report")
    (file,) = issued.folder.glob("issued/*.pdf")
    command = [
        sys.executable,
        "-c",
        "from mikrocert.cli import main; main()",
        "--config",
        "mikrocert.toml",
        "verify",
        str(file),
        "--json",
    ]
    result = subprocess.run(command, cwd=issued.folder, capture_output=True, check=False)
    members = list(json.loads(result.stdout))
    tables = [re.findall(r"^\| `([a-z_]+)` \|", part, re.MULTILINE) for part in page.split("\n\n")]
    assert members in tables
    assert list(CHECKS) in tables
    (example,) = [block for block in fenced(root / "docs/reference/report.md") if block.language == "json"]
    assert list(json.loads(example.body)) == members
