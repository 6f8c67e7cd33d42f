"""What another implementation seals, is inspected as intact at its level, and from B-LT on trusted."""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest
from mikrocert.cli.app import run
from mikrocert_seal_ades.jades import Anchors, ValidationContext, inspect, parse_any, validate

SHARED = Path(os.environ.get("MIKROCERT_SHARED") or Path(__file__).resolve().parents[5] / "shared")
ORACLE = SHARED / "oracle" / "oracle"
pytestmark = pytest.mark.skipif(
    not (ORACLE.exists() and shutil.which("mvn") and shutil.which("java")),
    reason="needs ../shared/oracle/oracle, mvn and java",
)
OF_FORM = {"unsigned-present", "signature-high", "signature-narrow"}
"""What is said of every seal with something beside it, and of signatures that DSS writes in its own way."""


@pytest.mark.parametrize(
    ("serialization", "key", "level", "renewals"),
    [
        ("general", "rsa3072", "LTA", 2),
        ("general", "p256", "B", 0),
        ("general", "p256", "T", 0),
        ("general", "p384", "LT", 0),
        ("general", "p384", "LTA", 0),
        ("general", "p521", "LTA", 2),
        ("flattened", "rsa2048", "T", 0),
        ("flattened", "p256", "LTA", 2),
        ("flattened", "p521", "LT", 0),
        ("compact", "p256", "B", 0),
    ],
)
def test_seals_of_dss(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    serialization: str,
    key: str,
    level: str,
    renewals: int,
) -> None:
    """Every level, serialization and kind of key is intact, without an error, reaches what it was made for, and is trusted."""
    given, sealed, root = tmp_path / "given", tmp_path / "sealed", tmp_path / "root.pem"
    given.write_bytes('{"ř":1}'.encode())
    options = ["--level", level, "--key", key, "--serialization", serialization]
    options += ["--renewals", str(renewals)] if renewals else []
    options += ["--b64"] if serialization == "compact" else []
    subprocess.run([ORACLE, "sample", given, sealed, root, *options], capture_output=True, check=True)
    found = inspect(parse_any(sealed.read_bytes()))
    assert (found.intact, found.level) == (True, f"B-{level}")
    assert {one.code for one in found.problems if one.severity != "info"} <= OF_FORM
    stamps = {"B": [], "T": ["sigTst"], "LT": ["sigTst"], "LTA": ["sigTst", *["arcTst"] * (renewals + 1)]}[
        level
    ]
    assert [(stamp.kind, stamp.intact) for stamp in found.stamps] == [(kind, True) for kind in stamps]
    anchors = Anchors.from_pem(root.read_bytes())
    trusted = validate(
        parse_any(sealed.read_bytes()),
        context=ValidationContext(
            datetime.now(UTC), anchors=attrs.evolve(anchors, organisations=frozenset(anchors.certificates))
        ),
    )
    left = {one.code for one in trusted.trust if one.severity in {"error", "undetermined"}}
    # Below B-LT nothing says whether a certificate was revoked.
    assert left == ({"revocation-unknown"} if level in {"B", "T"} else set())
    assert trusted.level == f"B-{level}"
    assert (trusted.proven_at is not None) == (level != "B")
    if serialization != "compact":
        run(["verify", str(sealed), "--anchor", str(root), "--json"])
        checks = {one["check"]: one["outcome"] for one in json.loads(capsys.readouterr().out)["checks"]}
        trust = "passed" if level in {"LT", "LTA"} else "undetermined"
        assert (checks["integrity"], checks["trust"]) == ("passed", trust)
