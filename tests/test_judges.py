"""Judges that are not ours: the Commission's DSS and the official samples."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from mikrocert.report import Outcome, Verdict
from mikrocert.service.system import open_system
from mikrocert.settings import load_settings


@pytest.fixture(scope="module")
def system(demo: Path):
    """Return the demo's system, open."""
    with open_system(load_settings(demo / "mikrocert.toml", environment={})) as opened:
        yield opened


@pytest.fixture
def oracle(shared: Path) -> Path:
    """Return the program that runs DSS and veraPDF."""
    program = shared / "oracle" / "oracle"
    if not program.exists() or not shutil.which("mvn") or not shutil.which("java"):
        pytest.skip("the judge needs ../shared/oracle, Maven and a JDK")
    return program


def test_dss_calls_every_seal_of_the_demo_intact(oracle: Path, demo: Path) -> None:
    """DSS finds JAdES_BASELINE_B and PAdES_BASELINE_B, intact, in every file of the demo."""
    files = sorted([*demo.glob("*.jsonld"), *demo.glob("*.pdf")])
    done = subprocess.run(
        [oracle, "validate", *files, "--anchor", demo / "sandbox-root.pem"],
        capture_output=True,
        text=True,
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(answers) == len(files), done.stderr
    for answer in answers:
        (signature,) = answer["signatures"]
        assert signature["intact"] is True
        expected = "JAdES_BASELINE_B" if answer["file"].endswith(".jsonld") else "PAdES_BASELINE_B"
        assert signature["level"] == expected
        assert signature["indication"] != "TOTAL_FAILED"


def test_verapdf_calls_every_certificate_accessible_and_archivable(oracle: Path, demo: Path) -> None:
    """veraPDF finds PDF/A-3a and PDF/UA-1 in every sealed certificate of the demo."""
    done = subprocess.run(
        [oracle, "pdf", *sorted(demo.glob("*.pdf"))], capture_output=True, text=True, check=False
    )
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(answers) == len(list(demo.glob("*.pdf"))), done.stderr
    for answer in answers:
        assert answer["3a"]["compliant"], answer
        assert answer["ua1"]["compliant"], answer


@pytest.mark.parametrize("name", ["Sample-MC-Annex1-signed.jsonld", "Sample-CertOfPart-2025-signed.jsonld"])
def test_official_sample_is_intact_and_of_unknown_trust(system, shared: Path, name: str) -> None:
    """The official sealed samples: integrity passed, trust undetermined, so that nothing else passes, and nothing failed."""
    report = system.verify((shared / "elm" / name).read_bytes())
    assert report.outcome("integrity") is Outcome.PASSED
    assert report.outcome("trust") is Outcome.UNDETERMINED
    assert report.outcome("format") is Outcome.NOT_APPLICABLE
    assert report.verdict is Verdict.UNDETERMINED
