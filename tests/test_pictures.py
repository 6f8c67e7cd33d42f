"""What draws every page, to be looked at, still has pages to draw."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import httpx
import pytest


@pytest.fixture(scope="module")
def pictures():
    """Return the script as a module."""
    spec = spec_from_file_location("pictures", Path(__file__).parent.parent / "script/pictures.py")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.system
@pytest.mark.unmeasured  # the tests of the portal go the same way
def test_every_page_that_is_drawn_answers(pictures, monkeypatch):
    """The portal that the script makes of the tests' reports has each of the pages, signed in where one has to be."""
    for secret in ("DESK_SECRET", "WALLET_SECRET"):
        monkeypatch.setenv(secret, "x" * 32)  # the script sets them, too, and this takes them back
    with pictures.portal_of_reports() as (address, _, cookies, _):
        answers = {}
        for name, path in pictures.PAGES.items():
            cookie = f"__Host-desk={cookies['toy' if name.startswith('desk-type') else 'mu']}"
            answers[name] = httpx.get(f"{address}{path}", headers={"cookie": cookie}, timeout=300).status_code
    assert {name: status for name, status in answers.items() if status != 200} == {
        **{name: 404 for name in answers if "unknown" in name},
        "nothing": 404,
        "wallet-stale": 403,
    }
