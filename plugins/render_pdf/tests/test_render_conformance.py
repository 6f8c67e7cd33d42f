"""PDF/A-3a and PDF/UA-1, judged by veraPDF where it is at hand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from mikrocert.api import LanguageMap

SHARED = Path(os.environ.get("MIKROCERT_SHARED", Path(__file__).parents[4] / "shared"))
JUDGE = SHARED / "oracle" / "oracle"


@pytest.mark.skipif(not JUDGE.is_file(), reason="the judge (../shared/oracle) is not there")
@pytest.mark.skipif(shutil.which("java") is None, reason="the judge needs Java")
def test_certificates_conform(view, drawn, tmp_path):
    """Usual, test, and hostile certificates are PDF/A-3a and PDF/UA-1 in every rule."""
    hostile = LanguageMap.of("C++ <templates> & ěščř", "C++ <templates>")
    files = {
        "usual": drawn(view),
        "test": drawn(view, test=True),
        "bare": drawn(view, holder=None, seal=None, link=None, figures=(), birth=None),
        "hostile": drawn(view, title=hostile, holder="<script>Ďas</script> " * 8),
    }
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
