"""A flipped bit anywhere is noticed, and so is everything that an attacker could put together."""

from __future__ import annotations

import contextlib
import io
import json
import random
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mikrocert.certificate import certificates_of
from mikrocert.cli import ExitCode
from mikrocert.cli.app import run
from mikrocert.kinds.institution import Branding
from mikrocert.kinds.renderer import Attachment
from mikrocert.report import Outcome, Verdict
from mikrocert.service.system import System, open_system
from mikrocert.settings import load_settings
from mikrocert.texts import Texts

czech = partial(Texts(["mikrocert_seal_ades", "mikrocert_edc_v3"]).plain, language="cs")

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.fixture(scope="module")
def system(demo: Path):
    """Return the demo's system, open."""
    with open_system(load_settings(demo / "mikrocert.toml", environment={})) as opened:
        yield opened


MANY = pytest.mark.long


def unnoticed(system: System, data: bytes, places: Iterable[int], *, chance: random.Random) -> list[int]:
    """Return the octets of which a bit can be flipped without the verdict being invalid or unusable."""
    missed = []
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 1 << chance.randrange(8)
        if system.verify(bytes(flipped)).verdict not in {Verdict.INVALID, Verdict.UNUSABLE}:
            missed.append(place)
    return missed


@pytest.mark.parametrize(
    ("suffix", "flips"),
    [
        (".jsonld", 200),
        (".pdf", 120),
        pytest.param(".jsonld", 20_000, marks=MANY),
        pytest.param(".pdf", 20_000, marks=MANY),
    ],
)
def test_flipped_bits_are_noticed(system: System, demo: Path, suffix: str, flips: int) -> None:
    """A flip anywhere in a sealed file or certificate makes the verdict invalid or unusable."""
    chance = random.Random(suffix)
    data = min(demo.glob(f"*{suffix}")).read_bytes()
    ends = [*range(64), *range(len(data) - 64, len(data))]
    places = [*chance.sample(range(len(data)), flips), *chance.sample(ends, 32)]
    assert unnoticed(system, data, places, chance=chance) == []


@pytest.mark.parametrize("flips", [100, pytest.param(None, marks=MANY)])
def test_flips_outside_the_signed_octets_of_a_certificate_are_noticed(
    system: System, certificate: Path, flips: int | None
) -> None:
    """Every octet of /Contents counts, the padding included."""
    data = certificate.read_bytes()
    start = data.rindex(b"/Contents <") + len(b"/Contents <")
    end = data.index(b">", start)
    used = start + len(data[start:end].rstrip(b"0"))
    chance = random.Random(7)
    places = (
        range(start, end)
        if flips is None
        else [*chance.sample(range(start, used), flips), *chance.sample(range(used, end), 20)]
    )
    assert unnoticed(system, data, places, chance=chance) == []


BESIDE = frozenset({"status", "log"})
"""Checks that know of the archive alone; a flip has to be noticed without them."""


def answered(program: Any, path: Path) -> bool:
    """Return whether the command `verify` says of a file that it is invalid or unusable, and why by what is in the file."""
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        code = run(["--config", str(program.folder / "mikrocert.toml"), "verify", str(path), "--json"])
    report = json.loads(output.getvalue())
    failed = {one["check"] for one in report["checks"] if one["outcome"] == "failed"}
    assert "Traceback" not in errors.getvalue()
    match report["verdict"]:
        case "invalid":
            return code == ExitCode.INVALID and bool(failed - BESIDE)
        case "unusable":
            return code == ExitCode.UNUSABLE
        case _:
            return False


def places_of(data: bytes, *, count: int, chance: random.Random) -> list[int]:
    """Return places of a lasting file: anywhere, where it keeps what it is validated with, and at its ends."""
    first = (
        data.find(b'"etsiU"') if data.startswith(b"{") else data.index(b"%%EOF", data.index(b"/Contents <"))
    )
    behind = range(max(first, 0), len(data))
    ends = [*range(32), *range(len(data) - 32, len(data))]
    return [
        *chance.sample(range(len(data)), count),
        *chance.sample(behind, count),
        *chance.sample(ends, min(count, 16)),
    ]


@pytest.mark.parametrize("suffix", [".jsonld", ".pdf"])
@pytest.mark.parametrize("count", [8, pytest.param(1_500, marks=MANY)])
def test_the_command_notices_flipped_bits(
    program: Any, demo: Path, tmp_path: Path, suffix: str, count: int
) -> None:
    """The command ends with 1 or 3 for a flip anywhere in a file that lasts, never with 0 and never by a fault of its own."""
    chance = random.Random(f"command{suffix}")
    data = min(demo.glob(f"*{suffix}")).read_bytes()
    path = tmp_path / f"flipped{suffix}"
    path.write_bytes(data)
    assert program.json("verify", str(path))["verdict"] == "valid"
    missed = []
    for place in places_of(data, count=count, chance=chance):
        flipped = bytearray(data)
        flipped[place] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        if not answered(program, path):
            missed.append(place)
    assert missed == []


def test_two_signatures_are_refused(system: System, sealed_file: Path) -> None:
    """A second signature, first or last, makes the file unusable."""
    document = json.loads(sealed_file.read_text())
    signature = document["signatures"][0]
    for signatures in ([signature, signature], []):
        data = json.dumps(
            {"payload": document["payload"], "signatures": signatures},
            separators=(",", ":"),
            ensure_ascii=False,
        )
        report = system.verify(data.encode())
        assert report.verdict is Verdict.UNUSABLE
        assert report.unusable


def test_a_swapped_payload_fails_integrity_and_shows_no_content(system: System, demo: Path) -> None:
    """The payload of one credential under the seal of another is invalid, and no data are told as fact."""
    first, second = (json.loads(path.read_text()) for path in sorted(demo.glob("*.jsonld"))[:2])
    swapped = {"payload": second["payload"], "signatures": first["signatures"]}
    report = system.verify(json.dumps(swapped, separators=(",", ":"), ensure_ascii=False).encode())
    assert report.outcome("integrity") is Outcome.FAILED
    assert report.outcome("trust") is Outcome.UNDETERMINED
    assert report.outcome("issuer") is Outcome.UNDETERMINED
    from mikrocert.report.json import report_to_json

    assert report_to_json(report, texts=system.texts)["data"] is None


def test_an_unsealed_credential_is_invalid(system: System, sealed_file: Path) -> None:
    """The payload alone is a credential without a seal: readable and worth nothing."""
    payload = json.loads(sealed_file.read_text())["payload"]
    report = system.verify(payload.encode())
    assert report.verdict is Verdict.INVALID
    assert report.outcome("integrity") is Outcome.FAILED
    assert "seal" in str(report.result("integrity").findings[0].message)


def test_a_certificate_with_another_file_inside_is_invalid(system: System, demo: Path) -> None:
    """Content appended to a certificate after its seal is noticed."""
    certificate = min(demo.glob("*.pdf")).read_bytes()
    for appended in (b"\n", b"\n%%EOF\n", b"1 0 obj\n<<>>\nendobj\n"):
        assert system.verify(certificate + appended).verdict in {Verdict.INVALID, Verdict.UNUSABLE}


BAD = {
    "not JSON": b"{'payload'",
    "duplicate members": b'{"payload":"a","payload":"b","signatures":[]}',
    "NaN": b'{"payload":NaN,"signatures":[]}',
    "a lone surrogate": b'{"payload":"\\ud800","signatures":[{"protected":"e30","signature":"AA"}]}',
    "another encoding": '{"payload":"ř"}'.encode("utf-16"),
    "Windows encoding": '{"payload":"ř","signatures":[]}'.encode("cp1250"),
    "20 MB": b'{"payload":"' + b"a" * 20_000_000 + b'","signatures":[]}',
    "10,000 levels": b'{"payload":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "a foreign context": b'{"@context":["https://evil.example/ctx"],"type":["VerifiableCredential"]}',
    "nothing": b"",
    "a PDF without seal": b"%PDF-1.7\n%%EOF\n",
    "a half PDF": b"%PDF-1.7\n1 0 obj",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_get_a_clear_answer(system: System, name: str) -> None:
    """Whatever is wrong with a file, the report says what, in both languages, and never that it is valid."""
    report = system.verify(BAD[name])
    assert report.verdict in {Verdict.INVALID, Verdict.UNUSABLE}
    findings = [*report.unusable, *(finding for result in report.results for finding in result.findings)]
    assert findings
    assert all(czech(finding.message) and str(finding.message) for finding in findings)


def test_a_sealed_certificate_around_an_unsealed_file_is_invalid(system: System, sealed_file: Path) -> None:
    """A certificate verifies only as a pair: the seal of the PDF does not stand in for that of the file inside."""
    payload = json.loads(sealed_file.read_text())["payload"].encode()
    view = system.verify(sealed_file.read_bytes()).view
    attachment = Attachment(sealed_file.name, payload, "application/ld+json")
    certificates = certificates_of(view, texts=system.texts, file=attachment.name)
    pdf = system.renderer.document(certificates, attachment=attachment, branding=Branding())
    pades = system.verifier.envelopes["pades"]
    with system.plugins.signers.choose("test", system.settings) as signer:
        prepared = [pades.prepare(pdf, identity=signer.identity, at=datetime.now(UTC))]
        signatures = signer.sign_many([each.to_be_signed for each in prepared])
        [sealed] = pades.finish_many(prepared, signatures, services=signer.services)
    report = system.verify(sealed)
    assert report.verdict is Verdict.INVALID
    assert report.outcome("integrity") is Outcome.FAILED
    assert "unsealed-inside" in [finding.code for finding in report.result("integrity").findings]
