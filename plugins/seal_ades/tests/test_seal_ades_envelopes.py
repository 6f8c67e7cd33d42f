"""The envelopes jades and pades under the contract, and what trust answers when."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from mikrocert.api import Outcome, Trust
from mikrocert.errors import EnvelopeError, SealError
from mikrocert.testing import EnvelopeContract, PluginContract, SealContract
from mikrocert_seal_ades import plugin as plugin_module
from mikrocert_seal_ades.envelopes import JadesEnvelope, PadesEnvelope
from mikrocert_seal_ades.seal import AdesSeal

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SANDBOX_CS = "Zkušební pečeť (TEST), důvěryhodná jen ve\u00a0zkušebním provozu."


class TestPlugin(PluginContract):
    @pytest.fixture
    def plugin(self):
        return plugin_module


class TestAdesSeal(SealContract):
    @pytest.fixture
    def seal(self, parties):
        return parties.seal()


class TestJadesEnvelope(EnvelopeContract):
    @pytest.fixture
    def at(self):
        return NOW

    @pytest.fixture
    def envelope(self):
        return JadesEnvelope()

    @pytest.fixture
    def sealed(self, sealed_json):
        return sealed_json

    @pytest.fixture
    def trust(self, parties):
        return Trust((parties.root.der,))


class TestPadesEnvelope(TestJadesEnvelope):
    @pytest.fixture
    def envelope(self):
        return PadesEnvelope()

    @pytest.fixture
    def sealed(self, sealed_pdf):
        return sealed_pdf


@pytest.fixture(params=["jades", "pades"])
def judged(request, make_pdf):
    """Return a function: seal something and answer `integrity` and `trust`, in either envelope."""

    def judge(seal, trust, *, sealed_at=NOW, at=NOW):
        if request.param == "jades":
            envelope, data = JadesEnvelope(), seal.seal(b"{}", at=sealed_at)
        else:
            envelope, data = PadesEnvelope(), seal.seal_pdf(make_pdf(("a.jsonld", b"{}")), at=sealed_at)
        return {result.check: result for result in envelope.examine(envelope.open(data), trust=trust, at=at)}

    return judge


def test_intact_seal_says_so(judged, parties):
    """The sentence of a passed integrity is the one on the page."""
    result = judged(parties.seal(), Trust())["integrity"]
    assert result.sentence.cs == "Od zapečetění se nezměnil ani jediný znak."
    assert result.sentence.en == "Not a single character has changed since it was sealed."


def test_trusted_seal_says_what_it_is_and_when(judged, parties):
    """The sentence of a passed trust names the kind of seal and the claimed time in Prague."""
    result = judged(parties.seal(), Trust((parties.root.der,)))["trust"]
    assert result.outcome is Outcome.PASSED
    assert (
        result.sentence.cs
        == "Zaručená elektronická pečeť z\u00a022.\u00a011.\u00a02026 13:00, certifikát tehdy platil."
    )
    assert result.sentence.en == (
        "Advanced electronic seal of 22\u00a0November 2026, 13:00 Prague time; its certificate was valid then."
    )


def test_revocation_is_never_silently_fine(judged, parties):
    """A passed trust still tells that revocation was not checked."""
    result = judged(parties.seal(), Trust((parties.root.der,)))["trust"]
    assert "revocation-not-checked" in [finding.code for finding in result.findings]


@pytest.mark.parametrize(
    ("name", "outcome", "code"),
    [
        ("nobody trusted", Outcome.UNDETERMINED, "issuer-not-trusted"),
        ("another root", Outcome.UNDETERMINED, "issuer-not-trusted"),
        ("expired now", Outcome.UNDETERMINED, "certificate-expired"),
        ("expired when sealed", Outcome.FAILED, "sealed-outside-validity"),
        ("sealed tomorrow", Outcome.FAILED, "sealed-in-future"),
    ],
)
def test_trust_without_proof(judged, parties, name, outcome, code):
    """An unknown anchor and an expired certificate are undetermined; a time that can't be is failed."""
    trust = Trust((parties.root.der,))
    times = {}
    match name:
        case "nobody trusted":
            trust = Trust()
        case "another root":
            trust = Trust((parties.certify("other", {"CN": "Jiný ř"}, ca=True).der,))
        case "expired now":
            times = {"at": NOW + timedelta(days=1000)}
        case "expired when sealed":
            times = {"sealed_at": NOW - timedelta(days=1000)}
        case _:
            times = {"sealed_at": NOW + timedelta(days=1)}
    result = judged(parties.seal(), trust, **times)["trust"]
    assert result.outcome is outcome
    assert code in [finding.code for finding in result.findings]


@pytest.mark.parametrize(
    ("sandbox", "root", "outcome"),
    [
        (True, True, Outcome.PASSED),
        (False, True, Outcome.FAILED),
        (True, False, Outcome.FAILED),
        (False, False, Outcome.FAILED),
    ],
)
def test_test_seal_counts_in_its_sandbox_only(judged, parties, sandbox, root, outcome):
    """The mark fails trust everywhere but with sandbox = true and this very root; a finding always says TEST."""
    trust = Trust((parties.root.der,) if root else (), sandbox=sandbox)
    result = judged(parties.seal(marked=True), trust)["trust"]
    assert result.outcome is outcome
    assert "TEST" in result.sentence.cs
    assert "TEST" in result.sentence.en
    if outcome is Outcome.PASSED:
        assert result.sentence.cs == SANDBOX_CS


@pytest.mark.parametrize("which", ["seal", "authority"])
def test_test_seal_needs_the_very_root(judged, parties, which):
    """Trusting a test seal's own certificate or its authority is not enough, even in the sandbox."""
    seal = parties.seal(marked=True)
    anchor = seal.owner.x509 if which == "seal" else parties.authority.der
    assert judged(seal, Trust((anchor,), sandbox=True))["trust"].outcome is Outcome.FAILED


def test_paths_tell_the_seals_apart(judged, parties, request):
    """Findings on the PDF's seal begin with pdf, those on the file inside with jades."""
    place = {"jades": "jades", "pades": "pdf"}[request.node.callspec.params["judged"]]
    results = judged(parties.seal(), Trust())
    paths = [finding.path for result in results.values() for finding in result.findings]
    assert paths
    assert {path.split(".")[0] for path in paths} == {place}


def test_trust_is_not_judged_without_integrity(parties, sealed_json, sealed_pdf):
    """Where integrity failed trust is undetermined and says why."""
    trust = Trust((parties.root.der,))
    cases = [(JadesEnvelope(), sealed_json.replace("Ď".encode(), "Ť".encode()))]
    cases.append((PadesEnvelope(), sealed_pdf.replace(b"20261122120000Z", b"20251122120000Z")))
    for envelope, changed in cases:
        integrity, result = envelope.examine(envelope.open(changed), trust=trust, at=NOW)
        assert integrity.outcome is Outcome.FAILED
        assert result.outcome is Outcome.UNDETERMINED
        assert result.sentence.cs == "Bez neporušené pečeti to nelze posoudit."


@pytest.mark.parametrize(
    ("data", "recognised"),
    [
        (b'{"payload":"', True),
        (b'\xef\xbb\xbf { "signatures" : [', True),
        (b'{"id": "urn:credential:1"}', False),
        (b"%PDF-1.7", False),
        (b"[]", False),
        (b"", False),
    ],
)
def test_jws_is_recognised_by_its_first_member(data, recognised):
    """An unsealed credential is no JAdES file, whatever else it is."""
    assert JadesEnvelope().recognises(data) is recognised
    assert PadesEnvelope().recognises(data) is data.startswith(b"%PDF-")


def test_all_faults_of_a_jades_file_are_named():
    """What can't be opened is refused with every fault, in both languages, under its path."""
    data = json.dumps({"signatures": [], "more": 1, "payload": "ř"}).encode()
    with pytest.raises(EnvelopeError) as caught:
        JadesEnvelope().open(data)
    findings = caught.value.findings
    assert len(findings) > 1
    assert all(
        finding.message.cs and finding.message.en and finding.path.startswith("jades") for finding in findings
    )


def test_jades_note_says_who_and_when(sealed_json):
    """The note tells kind, level, owner and claimed time."""
    (note,) = JadesEnvelope().open(sealed_json).seals
    assert (note.kind, note.level, note.claimed_at) == ("JAdES", "B-B", NOW)
    assert note.owner.organization_identifier == "NTRCZ-12345679"


@pytest.mark.parametrize("payload", [b"\xff", b"", b"\xef\xbb\xbf{}"])
def test_what_is_no_text_is_not_sealed(parties, payload):
    """A payload that is not UTF-8 without BOM is refused with SealError."""
    with pytest.raises(SealError):
        parties.seal().seal(payload, at=NOW)


def test_header_profile_can_be_chosen(parties):
    """`edc-legacy` writes sigT instead of iat."""
    opened = JadesEnvelope().open(AdesSeal(parties.signer(), profile="edc-legacy").seal(b"{}", at=NOW))
    assert opened.content.header.profile == "edc-legacy"
    assert opened.seals[0].claimed_at == NOW


@pytest.mark.parametrize("name", ["JadesEnvelope", "PadesEnvelope"])
def test_fresh_process_verifies(sealed_json, sealed_pdf, tmp_path, name):
    """A process that did nothing before opens and judges a file: no library waits for another to be imported."""
    file = tmp_path / "sealed"
    file.write_bytes(sealed_json if name == "JadesEnvelope" else sealed_pdf)
    program = (
        "import sys, pathlib; from datetime import datetime, UTC; from mikrocert.api import Trust;"
        f"from mikrocert_seal_ades.envelopes import {name} as E; e = E();"
        "o = e.open(pathlib.Path(sys.argv[1]).read_bytes());"
        "print(e.examine(o, trust=Trust(), at=datetime.now(UTC))[0].outcome.value)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], capture_output=True, check=False, text=True
    )
    assert done.stdout == "passed\n", done.stderr


def test_damage_is_told_in_findings_only(sealed_pdf, tmp_path):
    """What pyHanko logs about a damaged PDF doesn't reach the terminal."""
    file = tmp_path / "damaged.pdf"
    file.write_bytes(sealed_pdf.replace(b"startxref\n", b"startxref "))
    program = (
        "import sys, pathlib; from mikrocert_seal_ades import plugin;"
        "offered = [o for o in plugin.mikrocert_register_envelopes() if o.name == 'pades'][0];"
        "stack = offered.factory(offered.config()); envelope = stack.__enter__();"
        "print(envelope.open(pathlib.Path(sys.argv[1]).read_bytes()).envelope)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], capture_output=True, check=False, text=True
    )
    assert (done.stdout, done.stderr) == ("pades\n", "")
