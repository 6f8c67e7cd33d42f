"""The documentation as a site: it builds without a warning and without a network, and asks nobody for anything."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
from pathlib import Path

import pytest
from mikrocert import api
from mikrocert.kinds.offer import KINDS

pytestmark = pytest.mark.system

NOWHERE = "http://127.0.0.1:9"  # a proxy that isn't there: whatever is fetched would fail the build
_ASKED_FOR = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"([^\"]+)\"|<link\b[^>]*\bhref=\"([^\"]+)\""
)


@pytest.fixture(scope="module")
def site(root, made_once) -> Path:
    """Build the site once."""

    def make(folder: Path) -> None:
        environment = {
            **os.environ,
            "SITE_FOLDER": str(folder),
            "https_proxy": NOWHERE,
            "http_proxy": NOWHERE,
        }
        done = subprocess.run(
            [root / "script/docs"], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "WARNING" not in done.stderr

    return made_once(make)


def test_every_page_is_in_the_site(root, site) -> None:
    """Each page of docs, each member's page and each page of the project has become one of the site; index.html leads there."""
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *root.glob("plugins/*/README.md")]
    made = [site / page.relative_to(root).with_suffix(".html") for page in pages]
    assert [page for page in made if not page.exists()] == []
    assert 'url=docs/index.html"' in (site / "index.html").read_text(encoding="utf-8")


def test_signatures_and_docstrings_are_there(site) -> None:
    """The page of the interface for plugins has a class, the signature of its method, and what its arguments mean."""
    page = (site / "docs/reference/api.html").read_text(encoding="utf-8")
    assert 'id="mikrocert.api.Check"' in page
    assert 'id="mikrocert.api.Check.examine"' in page
    assert "Parameters" in page


@pytest.mark.parametrize("kind", [kind.removesuffix("s") for kind in KINDS])
def test_pages_of_kinds_have_signatures(site, kind) -> None:
    """The page of a kind has the signature of each public member of its interface, as its source has it."""
    page = (site / f"docs/reference/kinds/{kind}.html").read_text(encoding="utf-8")
    signatures = page.partition('id="signatures"')[2].partition('id="example"')[0]
    interface = getattr(api, "CommandContext" if kind == "command" else kind.capitalize())
    members = [name for name in vars(interface) if not name.startswith("_")]
    shown = re.findall(r"\w+", re.sub(r"<[^>]+>", "", signatures))
    assert {interface.__name__, *members} <= set(shown)


def test_every_name_of_the_interface_is_there(site) -> None:
    """The page of the interface for plugins has every class and function of `mikrocert.api`."""
    page = (site / "docs/reference/api.html").read_text(encoding="utf-8")
    callable_names = [
        name
        for name in api.__all__
        if inspect.isclass(value := getattr(api, name)) or inspect.isfunction(value)
    ]
    assert [name for name in callable_names if f'id="mikrocert.api.{name}"' not in page] == []


def test_pages_ask_nobody_else_for_anything(site) -> None:
    """Scripts, styles, fonts and pictures come from the site itself."""
    asked = {
        f"{file.relative_to(site)}: {address}"
        for file in site.rglob("*.html")
        for found in _ASKED_FOR.finditer(file.read_text(encoding="utf-8"))
        for address in found.groups()
        if address and address.startswith(("http:", "https:", "//"))
    }
    asked |= {
        f"{file.relative_to(site)}: {address}"
        for file in site.rglob("*.css")
        for address in re.findall(
            r"(?:url\(|@import )[\"']?((?:https?:)?//[^\"')]+)", file.read_text("utf-8")
        )
    }
    assert asked == set()
