"""The how-to pages work in a folder like the one of the demo."""

from __future__ import annotations

import shutil
from pathlib import Path

import attrs
import pytest
from mikrocert.settings import load_settings

PAGES = [
    "add-a-check",
    "add-a-language",
    "behind-a-proxy",
    "correct-or-revoke",
    "csv-from-excel",
    "keep-the-archive",
    "own-seal",
    "rename-the-operator",
    "verify",
]


def test_every_how_to_page_is_walked(root) -> None:
    """No page is forgotten here."""
    assert [page.stem for page in sorted((root / "docs/how-to").glob("*.md"))] == PAGES


@pytest.mark.parametrize("page", PAGES)
def test_how_to_works(root, issued, tmp_path, page) -> None:
    """Every file is written, every command run, every output compared; settings shown are accepted."""
    if (
        page in {"own-seal", "csv-from-excel"}
        and shutil.which("openssl" if page == "own-seal" else "iconv") is None
    ):
        pytest.skip("the page uses a program that is not installed")
    folder = tmp_path / "demo"
    shutil.copytree(issued.folder, folder)
    environment = {
        "PIP_TARGET": str(tmp_path / "site"),
        "PIP_NO_INDEX": "1",
        "PYTHONPATH": str(tmp_path / "site"),
    }
    attrs.evolve(issued, folder=folder, environment=environment).follow(root / f"docs/how-to/{page}.md")
    for file in Path(folder).glob("*/mikrocert.toml"):
        load_settings(file, environment={})
