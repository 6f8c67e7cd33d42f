"""What a release consists of."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.long
def test_a_release_is_built_tried_and_listed() -> None:
    """script/release makes a wheel and a source archive of each member, their hashes, the changes, and a list of all parts."""
    done = subprocess.run([ROOT / "script" / "release"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    release = ROOT / "build" / "release"
    members = [ROOT / "core", ROOT / "templates", *(ROOT / "plugins").iterdir()]
    assert len(list((release / "dist").glob("*.whl"))) == len(members)
    assert len(list((release / "dist").glob("*.tar.gz"))) == len(members)
    assert len((release / "SHA256SUMS").read_text().splitlines()) == 2 * len(members)
    assert (release / "CHANGES.md").read_text().lstrip().startswith("## ")
    parts = {part["name"] for part in json.loads((release / "sbom.cdx.json").read_text())["components"]}
    assert {"mikrocert", "mikrocert-portal", "cryptography", "litestar"} <= parts
    assert not parts & {"pip", "pytest", "ruff"}
