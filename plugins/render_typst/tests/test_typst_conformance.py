"""PDF/A-3a and PDF/UA-1, as drawn and as sealed, judged by veraPDF where it is at hand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mikrocert.api import Branding, LanguageMap, Services
from mikrocert_seal_ades.envelopes import PadesEnvelope
from mikrocert_seal_test.config import SandboxConfig
from mikrocert_seal_test.state import open_sandbox

SHARED = Path(os.environ.get("MIKROCERT_SHARED", Path(__file__).parents[4] / "shared"))
JUDGE = SHARED / "oracle" / "oracle"
EMBLEM = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4" fill="#0A0"/></svg>'
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def sealed(tmp_path):
    """Seal a PDF by PAdES, at level B-B."""
    sandbox = open_sandbox(SandboxConfig(state=tmp_path / "sandbox"), at=NOW - timedelta(minutes=1))
    envelope = PadesEnvelope()

    def seal(pdf: bytes) -> bytes:
        prepared = envelope.prepare(pdf, identity=sandbox.signer.identity, at=NOW)
        signatures = sandbox.signer.sign_many([prepared.to_be_signed])
        return envelope.finish_many([prepared], signatures, services=Services())[0]

    return seal


@pytest.mark.skipif(not JUDGE.is_file(), reason="the judge (../shared/oracle) is not there")
@pytest.mark.skipif(shutil.which("java") is None, reason="the judge needs Java")
def test_certificates_conform(view, drawn, sealed, tmp_path):
    """Certificates of all kinds are PDF/A-3a and PDF/UA-1 in every rule, unsealed and sealed."""
    hostile = LanguageMap.of("C++ <templates> & ěščř #panic()", "C++ <templates>")
    drawings = {
        "usual": drawn(view),
        "test": drawn(view, test=True),
        "bare": drawn(view, holder=None, seal=None, link=None, figures=(), birth=None),
        "nothing": drawn(view, holder=None, seal=None, link=None, identifier=None, awarded_on=None),
        "hostile": drawn(view, title=hostile, holder="<script>Ďas</script> " * 8),
        "arabic": drawn(view, holder="محمد عبد الرحمن الأنصاري"),
        "chinese": drawn(view, holder="王小明"),
        "lying": drawn(view, branding=Branding(landscape=True, emblem=EMBLEM), signatory=("Ota Ďas", None)),
        "separate": drawn(view, separate=True),
    }
    files = drawings | {f"{name}-sealed": sealed(drawings[name]) for name in ("usual", "test", "lying")}
    for name, pdf in files.items():
        tmp_path.joinpath(f"{name}.pdf").write_bytes(pdf)
    judged = subprocess.run(
        [JUDGE, "pdf", *sorted(tmp_path.glob("*.pdf")), "--flavour", "3a", "--flavour", "ua1"],
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = [json.loads(line) for line in judged.stdout.splitlines() if line.startswith("{")]
    assert len(verdicts) == len(files), judged.stderr
    assert [verdict for verdict in verdicts if not verdict["good"]] == []


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_nothing_wrong(view, drawn, sealed, tmp_path):
    """The file is sound as a PDF, unsealed and sealed."""
    for name, pdf in {"drawn": drawn(view), "sealed": sealed(drawn(view))}.items():
        file = tmp_path / f"{name}.pdf"
        file.write_bytes(pdf)
        judged = subprocess.run(["qpdf", "--check", file], capture_output=True, text=True, check=False)
        assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="pdfsig (Debian: poppler-utils) is not installed")
def test_pdfsig_calls_the_seal_valid(view, drawn, sealed, tmp_path):
    """At B-B, and over the whole document; a file in which one octet differs is not."""
    pdf = sealed(drawn(view))
    changed = bytearray(pdf)
    changed[pdf.index(b"%%EOF") - 20] ^= 1
    verdicts = {}
    for name, octets in {"sealed": pdf, "changed": bytes(changed)}.items():
        file = tmp_path / f"{name}.pdf"
        file.write_bytes(octets)
        judged = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False)
        verdicts[name] = judged.stdout
    assert "Total document signed" in verdicts["sealed"]
    assert "Signature is Valid" in verdicts["sealed"]
    assert "Signature is Valid" not in verdicts["changed"]
