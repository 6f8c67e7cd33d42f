"""DSS, the European Commission's validator, judges everything that is created here."""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from mikrocert_seal_ades.jades import Document, Form, content_imprint, extend, renew
from mikrocert_seal_ades.pki.x509 import from_pem

SHARED = Path(os.environ.get("MIKROCERT_SHARED") or Path(__file__).resolve().parents[5] / "shared")
ORACLE = SHARED / "oracle" / "oracle"
pytestmark = pytest.mark.skipif(
    not (ORACLE.exists() and shutil.which("mvn") and shutil.which("java")),
    reason="needs ../shared/oracle/oracle, mvn and java",
)
PAYLOAD = '{"jméno":"Kateřina Ďurišová, ůž\\n"}'.encode()
KEYS = {
    "RS": lambda: rsa.generate_private_key(65537, 3072),
    "PS": lambda: rsa.generate_private_key(65537, 3072),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ES512": lambda: ec.generate_private_key(ec.SECP521R1()),
}
LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")


def key_for(algorithm: str) -> Any:
    return KEYS[algorithm if algorithm in KEYS else algorithm[:2]]()


def validate(*arguments: object) -> dict[str, dict[str, Any]]:
    """What the judge says, by file name; one JVM start costs seconds."""
    done = subprocess.run([str(ORACLE), "validate", *map(str, arguments)], capture_output=True, check=False)
    lines = [json.loads(line) for line in done.stdout.decode().splitlines() if line.startswith("{")]
    return {Path(line["file"]).name: line for line in lines}


CASES: dict[str, dict[str, Any]] = {
    **{
        f"{algorithm} {level}": {"algorithm": algorithm, "level": level}
        for algorithm, level in zip(
            ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"),
            LEVELS[::-1] * 3,
            strict=False,
        )
    },
    **{
        f"{serialization} {level} b64 {b64}": {
            "level": level,
            "form": Form(serialization=serialization, b64=b64),  # type: ignore[arg-type]
        }
        for serialization in ("general", "flattened")
        for level in LEVELS
        for b64 in (False, True)
    },
    "compact": {"form": Form(serialization="compact", b64=True)},
    "compact, clear": {"form": Form(serialization="compact"), "payload": b'{"a":1}'},
    "any octets": {"form": Form(b64=True), "payload": bytes(range(256)), "level": "B-LTA"},
    "content time-stamp": {"level": "B-LTA", "content": True},
    "content time-stamp, b64": {"level": "B-LTA", "content": True, "form": Form(b64=True)},
    "renewed": {"level": "B-LTA", "renewals": 1},
    "renewed twice": {"level": "B-LTA", "renewals": 2, "algorithm": "PS256"},
    "evidence from before": {"level": "B-LTA", "before": timedelta(minutes=10)},
    "longer imprints": {"level": "B-LTA", "renewals": 1, "digest": "sha512"},
}
CASES = {name: {"algorithm": "ES256", "level": "B-B", **case} for name, case in CASES.items()}


@pytest.fixture(scope="module")
def verdicts(authorities_at: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("sealed")
    started = datetime.now(UTC) - timedelta(minutes=5)
    anchors: list[object] = []
    files = []
    for name, case in CASES.items():
        there = authorities_at(started, key=key_for(case["algorithm"]))
        form, payload = case.get("form", Form()), case.get("payload", PAYLOAD)
        token = there.token(content_imprint(payload, form=form)) if case.get("content") else None
        data = there.sealed(case["algorithm"], payload, form=form, content_timestamp=token)
        if "before" in case:
            there.lies["produced"] = there.clock - case["before"]
        sources = there.sources(digest=case.get("digest", "sha256"))
        data = extend(data, level=case["level"], sources=sources)
        for _ in range(case.get("renewals", 0)):
            data = renew(data, sources=sources)
        files.append(folder / name)
        files[-1].write_bytes(data)
        # Below B-LT nothing says whether a certificate is revoked, so the judge has to trust the seal's as it stands.
        trusted = [there.root] if case["level"] in {"B-LT", "B-LTA"} else [there.root, there.seal, there.unit]
        for number, party in enumerate(trusted):
            anchor = folder / f"{name}.{number}.pem"
            anchor.write_bytes(party.pem)
            anchors += ["--anchor", anchor]
    return validate(*files, *anchors)


@pytest.mark.parametrize("mechanism", ["ObjectIdByURIHash", "ObjectIdByURI"])
@pytest.mark.parametrize("b64", [False, True])
def test_the_judge_passes_what_seals_documents_outside(
    authorities_at: Any, tmp_path: Path, mechanism: Any, b64: bool
) -> None:
    """DSS finds documents outside the file sealed at B-LTA, and renewed."""
    there = authorities_at(datetime.now(UTC) - timedelta(minutes=5))
    documents = [Document("first.txt", PAYLOAD), Document("second.bin", bytes(range(256)))]
    sealed = there.sealed(payload=documents, form=Form(b64=b64, mechanism=mechanism))
    raised = extend(sealed, level="B-LTA", sources=there.sources(), documents=documents)
    (tmp_path / "sealed").write_bytes(renew(raised, sources=there.sources(), documents=documents))
    (tmp_path / "root.pem").write_bytes(there.root.pem)
    given: list[object] = []
    for document in documents:
        (tmp_path / document.name).write_bytes(document.octets)
        given += ["--detached", tmp_path / document.name]
    found = validate(tmp_path / "sealed", "--anchor", tmp_path / "root.pem", *given)["sealed"]
    (signature,) = found["signatures"]
    assert (signature["indication"], signature["level"]) == ("TOTAL_PASSED", "JAdES_BASELINE_LTA")


@pytest.mark.parametrize("name", CASES)
def test_the_judge_passes(verdicts: dict[str, dict[str, Any]], name: str) -> None:
    """DSS finds what is created here intact, of its level, and passes it without an error."""
    (signature,) = verdicts[name]["signatures"]
    assert signature["intact"] is True
    assert signature["errors"] == []
    level = CASES[name]["level"].replace("-", "_").replace("B_B", "B")
    wanted = "JAdES_BASELINE_" + {"B": "B", "B_T": "T", "B_LT": "LT", "B_LTA": "LTA"}[level]
    assert (signature["indication"], signature["level"]) == ("TOTAL_PASSED", wanted)


def test_an_official_file_is_renewed(authorities_at: Any, tmp_path: Path) -> None:
    """The official sample of 2025 with one more archive time-stamp of ours still passes, its first octets as they were."""
    sample = SHARED / "elm" / "Sample-CertOfPart-2025-signed.jsonld"
    anchors = SHARED / "elm" / "Sample-CertOfPart-2025-anchors.pem"
    there = authorities_at(datetime.now(UTC) - timedelta(minutes=5))
    data = sample.read_bytes()
    renewed = renew(data, sources=there.sources(anchors=from_pem(anchors.read_bytes())))
    entries = json.loads(data)["signatures"][0]["header"]["etsiU"]
    assert json.loads(renewed)["signatures"][0]["header"]["etsiU"][: len(entries)] == entries
    assert renewed.startswith(data[: data.index(b'"]},"signature"')])
    (tmp_path / "renewed").write_bytes(renewed)
    (tmp_path / "root.pem").write_bytes(there.root.pem)
    verdict = validate(tmp_path / "renewed", "--anchor", anchors, "--anchor", tmp_path / "root.pem")[
        "renewed"
    ]
    (signature,) = verdict["signatures"]
    assert (signature["indication"], signature["level"]) == ("TOTAL_PASSED", "JAdES_BASELINE_LTA")
    assert len(signature["timestamps"]) == 4


def test_the_former_profile(authorities_at: Any, tmp_path: Path) -> None:
    """DSS finds what `edc-legacy` makes intact and passes it, and calls it no baseline signature since July 2025."""
    there = authorities_at(datetime.now(UTC) - timedelta(minutes=5))
    form = Form(profile="edc-legacy")
    token = there.token(content_imprint(PAYLOAD, form=form))
    sealed = there.sealed(payload=PAYLOAD, form=form, content_timestamp=token)
    (tmp_path / "former").write_bytes(extend(sealed, level="B-LTA", sources=there.sources()))
    (tmp_path / "root.pem").write_bytes(there.root.pem)
    (signature,) = validate(tmp_path / "former", "--anchor", tmp_path / "root.pem")["former"]["signatures"]
    assert (signature["intact"], signature["indication"]) == (True, "TOTAL_PASSED")
    assert signature["level"] == "JSON_NOT_ETSI"
    assert [stamp["imprint_intact"] for stamp in signature["timestamps"]] == [True] * 3
