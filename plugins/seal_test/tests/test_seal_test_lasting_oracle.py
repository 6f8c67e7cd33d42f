"""A sandbox has all that seals need to last: what it helped to seal is judged by DSS, with its root as the only anchor."""

import json
import os
import shutil
import subprocess
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mikrocert.api import Services
from mikrocert_seal_ades import jades
from mikrocert_seal_ades import plugin as seal_ades
from mikrocert_seal_ades.pki.asking import RevocationClient, TimeStampClient
from mikrocert_seal_test.config import SandboxConfig
from mikrocert_seal_test.serving import server
from mikrocert_seal_test.state import open_sandbox

SHARED = Path(os.environ.get("MIKROCERT_SHARED") or Path(__file__).resolve().parents[4] / "shared")
ORACLE = SHARED / "oracle" / "oracle"
judged = pytest.mark.skipif(
    not (ORACLE.exists() and shutil.which("mvn") and shutil.which("java")),
    reason="needs ../shared/oracle/oracle, mvn and java",
)
LEVELS = ("B-LT", "B-LTA")


@pytest.fixture(scope="module", params=["p256", "rsa3072"])
def files(request, tmp_path_factory):
    """Return a folder with a file of each level, one that was renewed, and the root, sealed as settings say."""
    folder, at = tmp_path_factory.mktemp(request.param), datetime.now(UTC)
    free = open_sandbox(SandboxConfig(state=folder / "free"), at=at)
    with server(free, "http://127.0.0.1:0") as unused:
        url = f"http://127.0.0.1:{unused.server_address[1]}"
    sandbox = open_sandbox(SandboxConfig(state=folder / "s", key=request.param, url=url), at=at)
    (offered,) = (one for one in seal_ades.mikrocert_register_envelopes() if one.name == "jades")
    with server(sandbox, url) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        for level in LEVELS:
            config = offered.config(level=level, timestamps=(f"{url}/tsa",))
            with offered.factory(config) as envelope:
                payload = '{"jméno":"Kateřina Ďurišová"}'.encode()
                prepared = envelope.prepare(payload, identity=sandbox.signer.identity, at=datetime.now(UTC))
                signatures = sandbox.signer.sign_many([prepared.to_be_signed])
                (file,) = envelope.finish_many([prepared], signatures, services=Services())
                (folder / f"{level}.jsonld").write_bytes(file)
        sources = jades.Sources(
            timestamps=TimeStampClient.over_http([f"{url}/tsa"]), revocation=RevocationClient()
        )
        (folder / "renewed.jsonld").write_bytes(jades.renew(file, sources=sources))
        listening.shutdown()
        thread.join()
    (folder / "root.pem").write_text(sandbox.root_pem)
    return folder


def test_a_sandbox_raises_seals(files):
    """Files have the levels that the settings name, and what they carry is whole; a renewed one has a time-stamp more."""
    for name, level in {**{level: level for level in LEVELS}, "renewed": "B-LTA"}.items():
        found = jades.validate(
            jades.parse((files / f"{name}.jsonld").read_bytes()),
            context=jades.ValidationContext(
                datetime.now(UTC), anchors=jades.Anchors.from_pem((files / "root.pem").read_bytes())
            ),
        )
        assert found.level == level
        assert not [p for p in (*found.integrity, *found.trust) if p.severity in {"error", "undetermined"}]


@judged
def test_the_judge_passes_what_a_sandbox_raised(files):
    """DSS passes all with the root as the only anchor, at their level, without an error."""
    paths = sorted(files.glob("*.jsonld"))
    command = [ORACLE, "validate", *paths, "--anchor", files / "root.pem"]
    done = subprocess.run(list(map(str, command)), capture_output=True, check=False)
    verdicts = [json.loads(line) for line in done.stdout.decode().splitlines() if line.startswith("{")]
    assert {Path(v["file"]).stem: v["signatures"][0]["level"] for v in verdicts} == {
        "B-LT": "JAdES_BASELINE_LT",
        "B-LTA": "JAdES_BASELINE_LTA",
        "renewed": "JAdES_BASELINE_LTA",
    }
    for verdict in verdicts:
        (signature,) = verdict["signatures"]
        assert (signature["indication"], signature["errors"]) == ("TOTAL_PASSED", [])
