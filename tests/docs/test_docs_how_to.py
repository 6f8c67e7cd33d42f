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
    "breach",
    "connect-an-institution",
    "connect-over-http",
    "connect-with-tokens",
    "correct-or-revoke",
    "csv-from-excel",
    "data-protection",
    "deploy",
    "describe-an-export",
    "fill-in-the-help",
    "give-statements",
    "keep-the-archive",
    "keep-types",
    "key-ceremony",
    "key-compromise",
    "large-print",
    "leave-a-provider",
    "look-of-certificates",
    "open-the-desk",
    "own-seal",
    "public-bodies",
    "publish-the-catalogue",
    "publish-the-log",
    "rename-the-operator",
    "renew",
    "rights-of-persons",
    "seal-with-a-remote-service",
    "seal-with-a-token",
    "second-pair-of-eyes",
    "see-what-is-to-be-done",
    "share",
    "store-files-elsewhere",
    "time",
    "trusted-lists",
    "verify",
    "watch",
    "work-with-batches",
]
PROGRAMS = {
    "connect-over-http": ("curl",),
    "connect-with-tokens": ("curl", "openssl"),
    "csv-from-excel": ("iconv",),
    "own-seal": ("openssl",),
    "seal-with-a-token": ("openssl", "softhsm2-util"),
}


def test_every_how_to_page_is_walked(root) -> None:
    """No page is forgotten here."""
    assert [page.stem for page in sorted((root / "docs/how-to").glob("*.md"))] == PAGES


@pytest.mark.parametrize("page", PAGES)
def test_how_to_works(root, issued, tmp_path, page) -> None:
    """Every file is written, every command run, every output compared; settings shown are accepted."""
    if not all(map(shutil.which, PROGRAMS.get(page, ()))):
        pytest.skip("the page uses a program that is not installed")
    folder = tmp_path / "demo"
    shutil.copytree(issued.folder, folder)
    if "$API/awards" in (root / f"docs/how-to/{page}.md").read_text("utf-8"):
        settings = folder / "mikrocert.toml"
        patience = "\n[commands.serve.limits]\nissue_seconds = 200\n"  # a busy machine takes its time
        settings.write_text(settings.read_text("utf-8") + patience, "utf-8")
    environment = {
        "PIP_TARGET": str(tmp_path / "site"),
        "PIP_NO_INDEX": "1",
        "PYTHONPATH": str(tmp_path / "site"),
    }
    attrs.evolve(issued, folder=folder, environment=environment).follow(root / f"docs/how-to/{page}.md")
    for file in Path(folder).glob("*/mikrocert.toml"):
        load_settings(file, environment={})
