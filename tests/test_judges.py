"""Judges that are not ours: the Commission's DSS and the official samples."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from mikrocert.kinds.envelope import Services
from mikrocert.report import Outcome, Verdict
from mikrocert.service.system import open_system
from mikrocert.settings import load_settings


@pytest.fixture(scope="module")
def system(demo: Path):
    """Return the demo's system, open."""
    with open_system(load_settings(demo / "mikrocert.toml", environment={})) as opened:
        yield opened


def test_dss_calls_every_seal_of_the_demo_intact(oracle: Path, demo: Path) -> None:
    """DSS finds JAdES_BASELINE_LTA and PAdES_BASELINE_LTA, intact, in every file of the demo."""
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
        expected = "JAdES_BASELINE_LTA" if answer["file"].endswith(".jsonld") else "PAdES_BASELINE_LTA"
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


@attrs.frozen
class InProcess:
    """Asks a sandbox for revocation data without a network."""

    sandbox: Any

    def fetch(self, questions: Any) -> tuple[Any, ...]:
        from mikrocert_seal_ades.pki.revocation import Evidence, ocsp_request
        from mikrocert_seal_test.authority import revocation_list, revocation_state

        now = datetime.now(UTC)
        authority = self.sandbox.members["authority"].certificate.public_bytes(Encoding.DER)
        return tuple(
            Evidence("crl", revocation_list(self.sandbox, issuer="root", at=now))
            if one.certificate == authority
            else Evidence("ocsp", revocation_state(self.sandbox, ocsp_request(one), at=now))
            for one in questions
        )


@pytest.fixture(scope="module")
def lasting(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a certificate of the demo, raised from B-B, sealed at each level, and renewed."""
    from mikrocert_seal_ades import pades
    from mikrocert_seal_ades.envelopes import PadesEnvelope
    from mikrocert_seal_ades.pki.asking import TimeStampClient
    from mikrocert_seal_ades.pki.levels import Sources
    from mikrocert_seal_test.authority import timestamp
    from mikrocert_seal_test.config import SandboxConfig
    from mikrocert_seal_test.state import open_sandbox

    folder = tmp_path_factory.mktemp("lasting")
    sandbox = open_sandbox(SandboxConfig(state=demo / "sandbox"), at=datetime.now(UTC))
    client = TimeStampClient((lambda request: timestamp(sandbox, request, at=datetime.now(UTC)),))
    sources = Sources(timestamps=client, revocation=InProcess(sandbox))
    sealed = min(demo.glob("*.pdf")).read_bytes()
    unsealed = sealed[: sealed.index(b"%%EOF\n") + len(b"%%EOF\n")]
    (folder / "raised-B-LTA.pdf").write_bytes(pades.extend(sealed, level="B-LTA", sources=sources))
    for level in ("B-T", "B-LT", "B-LTA"):
        envelope = PadesEnvelope(level=level, sources=sources)  # type: ignore[arg-type]
        prepared = envelope.prepare(unsealed, identity=sandbox.signer.identity, at=datetime.now(UTC))
        signatures = sandbox.signer.sign_many([prepared.to_be_signed])
        (file,) = envelope.finish_many([prepared], signatures, services=Services())
        (folder / f"sealed-{level}.pdf").write_bytes(file)
    (folder / "renewed-B-LTA.pdf").write_bytes(pades.renew(file, sources=sources))
    return folder


def test_dss_passes_certificates_that_last(oracle: Path, demo: Path, lasting: Path) -> None:
    """DSS finds each certificate at its level and, from B-LT on, passes it with the sandbox's root as the only anchor."""
    command = [oracle, "validate", *sorted(lasting.glob("*.pdf")), "--anchor", demo / "sandbox-root.pem"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(answers) == len(list(lasting.glob("*.pdf"))), done.stderr
    for answer in answers:
        level = Path(answer["file"]).stem.partition("-")[2]
        (signature,) = answer["signatures"]
        assert signature["level"] == level.replace("B-", "PAdES_BASELINE_")
        if level != "B-T":
            assert (signature["indication"], signature["errors"]) == ("TOTAL_PASSED", [])


def test_verapdf_calls_certificates_that_last_accessible_and_archivable(oracle: Path, lasting: Path) -> None:
    """Time stamps and what seals are validated with keep PDF/A-3a and PDF/UA-1."""
    done = subprocess.run(
        [oracle, "pdf", *sorted(lasting.glob("*.pdf"))], capture_output=True, text=True, check=False
    )
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(answers) == len(list(lasting.glob("*.pdf"))), done.stderr
    for answer in answers:
        assert answer["3a"]["compliant"], answer
        assert answer["ua1"]["compliant"], answer


def test_certificates_that_last_are_valid(system, lasting: Path) -> None:
    """What was raised, sealed at a level or renewed is as valid here as what is sealed at B-B."""
    for path in lasting.glob("*.pdf"):
        report = system.verify(path.read_bytes())
        assert report.outcome("integrity") is Outcome.PASSED, path
        assert report.outcome("trust") is Outcome.PASSED, path


@pytest.mark.parametrize("name", ["Sample-MC-Annex1-signed.jsonld", "Sample-CertOfPart-2025-signed.jsonld"])
def test_official_sample_is_intact_and_of_unknown_trust(system, shared: Path, name: str) -> None:
    """The official sealed samples: integrity passed, trust undetermined, so that nothing else passes, and nothing failed."""
    report = system.verify((shared / "elm" / name).read_bytes())
    assert report.outcome("integrity") is Outcome.PASSED
    assert report.outcome("trust") is Outcome.UNDETERMINED
    assert report.outcome("format") is Outcome.NOT_APPLICABLE
    assert report.verdict is Verdict.UNDETERMINED
