"""JAdES files made by others: the vectors and the official samples."""

import base64
import csv
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mikrocert_seal_ades.jades import (
    Anchors,
    Form,
    JadesFile,
    UnreadableError,
    inspecting,
    parse,
    parse_any,
    seal,
    strict_json,
    subject_identity,
    validate,
)
from mikrocert_seal_ades.pki.problems import FORMS

from .conftest import trusting

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SAMPLES = ("Sample-MC-Annex1-signed.jsonld", "Sample-CertOfPart-2025-signed.jsonld")
VECTORS = [
    "altered-jws",
    "jades-b-iat-and-sigt",
    "jades-b-with-xvals",
    "jades-flattened-BpT-broken-sigTst",
    "jades-level-b-full-type",
    "jades-lta-broken-arcTst",
    "jades-lta",
    "jades-t-copied-sigtst",
    "jades-triple-LTA",
    "jades-unsupported-signature-algorithm",
    "jades-with-b64-not-in-crit",
    "jades-with-crit-string-type",
    "jades-with-critical-headers-in-crit",
    "jades-with-double-sigt",
    "jades-with-empty-crit",
    "jades-with-extra-crit-entry",
    "jades-with-line-break",
    "jades-with-mixed-etsiU-type",
    "jades-with-notBefore-header",
    "jades-wrong-x5c-header",
    "jws-serialization-no-signatures",
    "serialization-wrong-payload-type",
    "simple-detached",
]


@pytest.fixture(scope="module")
def expected(shared: Path) -> dict[str, dict[str, str]]:
    with (shared / "jades-vectors" / "expected.tsv").open(encoding="utf-8", newline="") as lines:
        return {row["file"]: row for row in csv.DictReader(lines, delimiter="\t")}


def test_every_vector_is_tried(expected: dict[str, dict[str, str]]) -> None:
    """The list of vectors here is the whole list."""
    assert {f"{name}.json" for name in VECTORS} == set(expected)


def judged(data: bytes) -> tuple[str, str]:
    try:
        file = parse_any(data)
    except UnreadableError:
        return "unreadable", "error"
    found = validate(file, context=trusting(Anchors(), at=NOW))
    good = not any(p.severity == "error" for p in found.signature)
    detached = any(p.code == "payload-detached" for p in found.structure)
    signature = ("detached" if detached else "ok") if good else "bad"
    return signature, "error" if any(p.severity == "error" for p in found.structure) else "ok"


@pytest.mark.parametrize("name", VECTORS)
def test_vector(shared: Path, expected: dict[str, dict[str, str]], name: str) -> None:
    """Signature and structure of each vector are judged as expected."""
    row = expected[f"{name}.json"]
    assert judged((shared / "jades-vectors" / f"{name}.json").read_bytes()) == (
        row["signature"],
        row["structure"],
    )


def test_timestamps_are_read(shared: Path, expected: dict[str, dict[str, str]]) -> None:
    """Every time-stamp that a vector has is found, in its order."""
    stamped = {name: row["timestamps"].split() for name, row in expected.items() if row["timestamps"]}
    assert len(stamped) == 6
    for name, stamps in stamped.items():
        file = parse_any((shared / "jades-vectors" / name).read_bytes())
        found = ["adoTst"] * len(file.header.adoTst) + [e.kind for e in file.unsigned for _ in e.timestamps]
        assert found == [stamp.split(":")[0] for stamp in stamps], name


def test_detached_vector_names_its_document(shared: Path) -> None:
    """The digest in sigD is that of the document beside the vector."""
    file = parse_any((shared / "jades-vectors" / "simple-detached.json").read_bytes())
    document = (shared / "jades-vectors" / "sample-document.json").read_bytes()
    assert file.header.sigD is not None
    assert file.header.sigD.hashM == "S256"
    encoded = base64.urlsafe_b64encode(document).rstrip(b"=")
    assert file.header.sigD.hashV == (hashlib.sha256(encoded).digest(),)


@pytest.mark.parametrize("name", SAMPLES)
def test_official_sample(shared: Path, name: str) -> None:
    """An official sample is intact; with its issuing authority trusted, its time-stamps say when, if their unit is trusted."""
    file = parse((shared / "elm" / name).read_bytes())
    assert file.header.profile == "edc-legacy"
    assert [entry.kind for entry in file.unsigned] == ["sigTst", "xVals", "rVals", "arcTst"]
    assert len(file.header.adoTst) == 1
    unknown = validate(file, context=trusting(Anchors(), at=NOW))
    assert {p.code for p in unknown.integrity} <= FORMS
    assert [p.code for p in unknown.trust if p.severity == "undetermined"] == [
        "issuer-not-trusted",
        "certificate-expired",
    ]
    assert not any(p.severity == "error" for p in unknown.trust)
    assert unknown.signer is not None
    assert unknown.signer.organization_identifier == "VATES-A00000000"
    anchors = Anchors.from_pem((shared / "elm" / "Sample-CertOfPart-2025-anchors.pem").read_bytes())
    trusted = validate(file, context=trusting(anchors, at=NOW, demand="required"))
    doubts = [p.code for p in trusted.trust if p.severity in {"error", "undetermined"}]
    if "2025" in name:
        assert (doubts, trusted.level, trusted.proven_at) == (
            [],
            "B-LTA",
            datetime(2025, 2, 12, 12, 9, 48, tzinfo=UTC),
        )
    else:  # its time-stamps are a test authority's
        assert doubts == ["revocation-unknown", "certificate-expired"]
        assert (trusted.level, trusted.proven_at) == ("B-B", None)
    assert len(trusted.path) == 2


def test_official_sample_below_the_root_of_its_authority(shared: Path) -> None:
    """With only the root trusted, nothing says whether its authority was revoked, as the Commission's validator finds, too."""
    file = parse((shared / "elm" / "Sample-CertOfPart-2025-signed.jsonld").read_bytes())
    certificates = [one for entry in file.unsigned for one in entry.certificates]
    roots = tuple(one for one in certificates if subject_identity(one).self_issued)
    found = validate(file, context=trusting(Anchors(roots), at=NOW, demand="required"))
    assert {p.code for p in found.trust if p.severity == "undetermined"} >= {"revocation-unknown"}
    assert not [p for p in found.trust if p.severity == "error"]


@pytest.mark.parametrize("name", SAMPLES)
def test_our_layout_is_theirs(shared: Path, pki: Any, name: str) -> None:
    """A payload of an official sample, sealed by us, has the very octets of the sample up to the signature."""
    data = (shared / "elm" / name).read_bytes()
    ours = seal(parse(data).payload, **pki.signer("RS256"), at=NOW, form=Form(profile="edc-legacy"))
    end = data.index(b'"protected":"') + len(b'"protected":"')
    assert ours[:end] == data[:end]


def values(file: JadesFile) -> tuple[object, ...]:
    return file.payload, file.protected, file.signature, file.unsigned


@pytest.mark.system
@pytest.mark.parametrize("name", SAMPLES)
def test_bits_of_an_official_sample(shared: Path, name: str) -> None:
    """A bit flipped before the unprotected header, or in the JSON around it, is noticed or changes no value."""
    data = (shared / "elm" / name).read_bytes()
    header = data.index(b'"header":{"etsiU":["')
    for index in [*range(0, header, 3_553), *range(header, header + 20), *range(len(data) - 30, len(data))]:
        for bit in (0, 5):
            changed = data[:index] + bytes([data[index] ^ 1 << bit]) + data[index + 1 :]
            try:
                file = parse(changed)
            except UnreadableError:
                continue
            found = validate(file, context=trusting(Anchors(), at=NOW))
            noticed = any(p.severity == "error" for p in found.integrity)
            noticed |= any(p.code == "member-uncovered" for p in found.integrity)
            assert noticed or values(file) == values(parse(data)), (index, bit)


def test_nothing_is_done_twice(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No part of a file is decoded twice, and the signature is verified once."""
    done: list[tuple[str, bytes]] = []

    def counted(module: Any, name: str) -> None:
        function = getattr(module, name)

        def call(octets: bytes, **options: Any) -> Any:
            done.append((name, octets))
            return function(octets, **options)

        monkeypatch.setattr(module, name, call)

    counted(strict_json, "loads")
    counted(inspecting, "verify")
    data = (shared / "elm" / SAMPLES[1]).read_bytes()
    validate(parse(data), context=trusting(Anchors(), at=NOW))
    assert len(done) == len(set(done))
    assert [name for name, _ in done].count("verify") == 1


def test_member_order_of_the_sample(shared: Path) -> None:
    """The signature object of the official samples is written as the layout says."""
    document = json.loads((shared / "elm" / SAMPLES[1]).read_bytes())
    assert list(document["signatures"][0]) == ["protected", "header", "signature"]
