"""The packages hold the contracts of their kinds, as those that we ship do."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.system


def test_contracts_hold(outside):
    """Format, envelope, signer, renderer, institution and observer pass every test of the kit."""
    contracts = Path(__file__).with_name("contracts.py")
    done = outside.python(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(contracts)),
        OUTSIDE_CARD=str(outside.folder / "card"),
    )
    assert done.returncode == 0, done.stdout
