"""Another implementation judges our seals, and we judge its."""

import io
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from mikrocert.api import Outcome, Trust
from mikrocert_seal_ades import pades
from mikrocert_seal_ades.envelopes import JadesEnvelope, PadesEnvelope
from mikrocert_seal_ades.pki.algorithms import SEALING_ALGORITHMS

SHARED = Path(os.environ.get("MIKROCERT_SHARED") or Path(__file__).resolve().parents[4] / "shared")
ORACLE = SHARED / "oracle" / "oracle"
REASON = "needs ../shared/oracle/oracle, mvn and java"
pytestmark = pytest.mark.skipif(
    not (ORACLE.exists() and shutil.which("mvn") and shutil.which("java")), reason=REASON
)
ALGORITHMS = SEALING_ALGORITHMS


def oracle(*arguments: object) -> list[dict]:
    """Run the judge; one JVM start costs seconds."""
    done = subprocess.run([str(ORACLE), *map(str, arguments)], capture_output=True, check=False)
    return [json.loads(line) for line in done.stdout.decode().splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def verdicts(parties, make_pdf, tmp_path_factory):
    """Return what the judge says of a JAdES and a PAdES file of each algorithm, by file name."""
    folder = tmp_path_factory.mktemp("sealed")
    at = datetime.now(UTC)
    anchors = []
    for algorithm in ALGORITHMS:
        signer = parties.signer(algorithm, start=at - timedelta(days=1), end=at + timedelta(days=99))
        sealed = parties.jades('{"řůď": 1}'.encode(), by=signer, at=at)
        (folder / f"{algorithm}.jsonld").write_bytes(sealed)
        (folder / f"{algorithm}.pdf").write_bytes(
            parties.pades(make_pdf(("ř.jsonld", sealed)), by=signer, at=at)
        )
        # Without revocation data the judge passes only a seal certificate that is itself trusted.
        anchor = folder / f"{algorithm}.pem"
        seal = x509.load_der_x509_certificate(signer.identity.certificates[0])
        anchor.write_bytes(seal.public_bytes(Encoding.PEM))
        anchors += ["--anchor", anchor]
    files = sorted(folder.glob("*.jsonld")) + sorted(folder.glob("*.pdf"))
    return {Path(line["file"]).name: line for line in oracle("validate", *files, *anchors)}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(("suffix", "level"), [(".jsonld", "JAdES_BASELINE_B"), (".pdf", "PAdES_BASELINE_B")])
def test_the_judge_passes_our_seals(verdicts, algorithm, suffix, level):
    """DSS finds our seals intact, of the right level, and passes them without a warning."""
    (signature,) = verdicts[algorithm + suffix]["signatures"]
    assert signature["intact"] is True
    assert signature["level"] == level
    assert signature["indication"] == "TOTAL_PASSED"
    assert signature["errors"] == []


@pytest.mark.parametrize("level", ["T", "LT", "LTA"])
def test_we_read_what_the_judge_adds_to_pdfs(plain_tables, tmp_path, level):
    """A PDF sealed and raised by DSS is intact for us, at its level."""
    given, sealed = tmp_path / "given", tmp_path / "sealed"
    given.write_bytes(plain_tables)
    oracle(
        "sample", given, sealed, tmp_path / "root.pem", "--format", "pades", "--level", level, "--key", "p256"
    )
    found = pades.inspect(pades.read(sealed.read_bytes()))
    assert (found.intact, found.level) == (True, f"B-{level}")
    assert not [one for one in found.problems if one.severity in {"error", "undetermined"}]


@pytest.fixture
def plain_tables():
    """Return a PDF with a table of objects of the old kind: DSS numbers streams twice, which pyHanko refuses to read."""
    from pyhanko.pdf_utils import embed, generic, writer

    out = writer.PdfFileWriter(stream_xrefs=False)
    contents = out.add_object(generic.StreamObject(stream_data=b"q Q"))
    out.insert_page(writer.PageObject(contents=contents, media_box=(0, 0, 99, 99)))
    inside = embed.EmbeddedFileObject.from_file_data(out, data=b"{}", compress=True)
    embed.embed_file(
        out, embed.FileSpec(file_spec_string="a.jsonld", file_name="a.jsonld", embedded_data=inside)
    )
    result = io.BytesIO()
    out.write(result)
    return result.getvalue()


@pytest.mark.parametrize("form", ["jades", "pades"])
def test_we_pass_the_judges_seals(make_pdf, tmp_path, form):
    """A seal made by DSS is intact for us, and trusted with its root."""
    given, sealed, root = tmp_path / "given", tmp_path / "sealed", tmp_path / "root.pem"
    given.write_bytes(make_pdf(("a.jsonld", b"{}")) if form == "pades" else b'{"a":1}')
    oracle("sample", given, sealed, root, "--format", form, "--level", "B", "--key", "p256")
    envelope = PadesEnvelope() if form == "pades" else JadesEnvelope()
    anchor = x509.load_pem_x509_certificate(root.read_bytes()).public_bytes(Encoding.DER)
    trust = Trust((anchor,), organisations=frozenset({anchor}), revocation="if-available")
    results = envelope.examine(envelope.open(sealed.read_bytes()), trust=trust, at=datetime.now(UTC))
    assert {result.check: result.outcome for result in results} == {
        "integrity": Outcome.PASSED,
        "trust": Outcome.PASSED,
    }, results
