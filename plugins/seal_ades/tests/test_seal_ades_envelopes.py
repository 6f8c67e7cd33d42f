"""The envelopes jades and pades under the contract, and what trust answers when."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from mikrocert.api import EnvelopeError, Outcome, SealQuality, Texts, Trust
from mikrocert_seal_ades.envelopes import JadesEnvelope, PadesEnvelope

czech = partial(Texts(["mikrocert_seal_ades"]).plain, language="cs")

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ESEAL = bytes.fromhex("30153013060604008e4601063009060704008e46010602")
SANDBOX_CS = "Zkušební pečeť (TEST), důvěryhodná jen ve\u00a0zkušebním provozu."


@pytest.fixture(params=["jades", "pades"])
def judged(request, parties, make_pdf):
    """Return a function: seal something and give the results `integrity` and `trust`, in either envelope."""

    def judge(signer, trust, *, sealed_at=NOW, at=NOW):
        if request.param == "jades":
            envelope, data = JadesEnvelope(), parties.jades(b"{}", by=signer, at=sealed_at)
        else:
            pdf = make_pdf(("a.jsonld", b"{}"))
            envelope, data = PadesEnvelope(), parties.pades(pdf, by=signer, at=sealed_at)
        return {result.check: result for result in envelope.examine(envelope.open(data), trust=trust, at=at)}

    return judge


def test_intact_seal_says_so(judged, parties):
    """The sentence of a passed integrity is the one on the page."""
    result = judged(parties.signer(), Trust())["integrity"]
    assert czech(result.sentence) == "Od zapečetění se nezměnil ani jediný znak."
    assert str(result.sentence) == "Not a single character has changed since it was sealed."


@pytest.mark.parametrize("kind", ["jades", "pades"])
def test_a_seal_that_fails_says_how_the_standard_calls_that(parties, make_pdf, kind):
    """Changed content, another signature and faults of form have their names of ETSI EN 319 102-1, 5.1.3."""
    if kind == "jades":
        envelope, data = JadesEnvelope(), parties.jades(b'{"a":"aaaa"}')
        changes = {
            "SIG_CRYPTO_FAILURE": (b"aaaa", b"aaab"),
            "FORMAT_FAILURE": (b'{"protected"', b'{"a":{"etsiU":1},"protected"'),
        }
    else:
        envelope, data = PadesEnvelope(), parties.pades(make_pdf(("a.jsonld", b"{}")))
        changes = {
            "HASH_FAILURE": (b"%PDF-1.7\n%\xc2", b"%PDF-1.7\n%\xc3"),
            "FORMAT_FAILURE": (b"ETSI.CAdES.detached", b"adbe.pkcs7.detached"),
        }
    for name, (old, new) in changes.items():
        assert data.count(old) == 1
        opened = envelope.open(data.replace(old, new))
        (integrity, _) = envelope.examine(opened, trust=Trust(), at=NOW)
        assert name in {one.sub_indication for one in integrity.findings}


def test_trusted_seal_says_what_it_is_and_when(judged, parties):
    """The sentence of a passed trust names the kind of seal and the claimed time in Prague."""
    result = judged(parties.signer(), Trust((parties.root.der,), revocation="if-available"))["trust"]
    assert result.outcome is Outcome.PASSED
    assert (
        czech(result.sentence)
        == "Zaručená elektronická pečeť z\u00a022.\u00a011. 2026 ve\u00a013:00. Doba platnosti jejího certifikátu tehdy trvala; "
        "zda nebyl zneplatněn, se nezjišťovalo."
    )
    assert str(result.sentence) == (
        "Advanced electronic seal of 22\u00a0November 2026 at\u00a013:00\u00a0CET; its certificate had not expired then. "
        "Whether it was revoked has not been checked."
    )


def test_revocation_is_never_silently_fine(judged, parties):
    """A passed trust still tells that revocation was not checked, in the sentence that everybody reads."""
    result = judged(parties.signer(), Trust((parties.root.der,), revocation="if-available"))["trust"]
    assert "Whether it was revoked has not been checked." in str(result.sentence)
    assert "was valid then" not in str(result.sentence)
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
    trust = Trust((parties.root.der,), revocation="if-available")
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
    result = judged(parties.signer(), trust, **times)["trust"]
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
    result = judged(parties.signer(marked=True), trust)["trust"]
    assert result.outcome is outcome
    assert "TEST" in czech(result.sentence)
    assert "TEST" in str(result.sentence)
    if outcome is Outcome.PASSED:
        assert czech(result.sentence) == SANDBOX_CS


QUALIFIED = bytes.fromhex(
    "30293008060604008e4601013008060604008e4601043013060604008e4601063009060704008e46010602"
)
ADVANCED_QC = bytes.fromhex("301f3008060604008e4601013013060604008e4601063009060704008e46010602")


@pytest.mark.parametrize(
    ("claim", "anchors", "quality"),
    [
        (QUALIFIED, "believed", SealQuality.QUALIFIED),
        (ADVANCED_QC, "believed", SealQuality.ADVANCED_QC),
        (ESEAL, "believed", SealQuality.ADVANCED),
        (QUALIFIED, "trusted", SealQuality.ADVANCED),
        (QUALIFIED, "none", None),
    ],
)
def test_qualified_is_what_the_settings_say_of_the_anchor(judged, parties, claim, anchors, quality):
    """A certificate's own word makes no seal qualified; its anchor's does, where the settings say so."""
    root = parties.root.der
    trust = Trust(
        () if anchors == "none" else (root,),
        qualified=frozenset({root} if anchors == "believed" else ()),
        revocation="if-available",
    )
    (seal,) = judged(parties.signer(qc=claim), trust)["trust"].seals
    assert (seal.level, seal.quality) == ("B-B", quality)


def test_only_what_is_intact_has_a_level(parties, sealed_json, sealed_pdf):
    """Of a file that was changed neither level nor quality is told."""
    trust = Trust((parties.root.der,), qualified=frozenset({parties.root.der}))
    cases = [(JadesEnvelope(), sealed_json.replace("Ď".encode(), "Ť".encode()))]
    cases.append((PadesEnvelope(), sealed_pdf.replace(b"20261122120000Z", b"20251122120000Z")))
    for envelope, changed in cases:
        (seal,) = envelope.examine(envelope.open(changed), trust=trust, at=NOW)[1].seals
        assert (seal.level, seal.quality) == (None, None)


@pytest.mark.parametrize("kind", ["sigTst", "arcTst", "rVals", "xVals"])
def test_nonsense_that_was_added_is_noticed(parties, sealed_json, kind):
    """A time stamp, certificate or revocation data that is none is an error, and nothing has a level then."""
    value = {
        "sigTst": {"tstTokens": [{"val": "AAAA"}]},
        "arcTst": {"tstTokens": [{"val": "AAAA"}]},
        "rVals": {"crlVals": [{"val": "AAAA"}]},
        "xVals": [{"x509Cert": {"val": "AAAA"}}],
    }[kind]
    document = json.loads(sealed_json)
    signature = document["signatures"][0]
    document["signatures"] = [
        {
            "protected": signature["protected"],
            "header": {"etsiU": [{kind: value}]},
            "signature": signature["signature"],
        }
    ]
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    envelope = JadesEnvelope()
    integrity, result = envelope.examine(
        envelope.open(data), trust=Trust((parties.root.der,), revocation="if-available"), at=NOW
    )
    assert integrity.outcome is Outcome.FAILED
    assert [seal.level for seal in result.seals] == [None]


def test_organisations_seal_where_the_settings_say_so(judged, parties):
    """A certificate that doesn't say it is for seals counts below the anchors of organisations only."""
    root, seal = parties.root.der, parties.signer(qc=None)
    assert judged(seal, Trust((root,), revocation="if-available"))["trust"].outcome is Outcome.UNDETERMINED
    assert (
        judged(seal, Trust((root,), organisations=frozenset({root}), revocation="if-available"))[
            "trust"
        ].outcome
        is Outcome.PASSED
    )


@pytest.mark.parametrize("which", ["seal", "authority"])
def test_test_seal_needs_the_very_root(judged, parties, which):
    """Trusting a test seal's own certificate or its authority is not enough, even in the sandbox."""
    seal = parties.signer(marked=True)
    anchor = seal.identity.certificates[0] if which == "seal" else parties.authority.der
    assert judged(seal, Trust((anchor,), sandbox=True))["trust"].outcome is Outcome.FAILED


def test_paths_tell_the_seals_apart(judged, parties, request):
    """Findings on the PDF's seal begin with pdf, those on the file inside with jades."""
    place = {"jades": "jades", "pades": "pdf"}[request.node.callspec.params["judged"]]
    results = judged(parties.signer(), Trust())
    paths = [finding.path for result in results.values() for finding in result.findings]
    assert paths
    assert {path.split(".")[0] for path in paths} == {place}


def test_trust_is_not_judged_without_integrity(parties, sealed_json, sealed_pdf):
    """Where integrity failed trust is undetermined and says why."""
    trust = Trust((parties.root.der,), revocation="if-available")
    cases = [(JadesEnvelope(), sealed_json.replace("Ď".encode(), "Ť".encode()))]
    cases.append((PadesEnvelope(), sealed_pdf.replace(b"20261122120000Z", b"20251122120000Z")))
    for envelope, changed in cases:
        integrity, result = envelope.examine(envelope.open(changed), trust=trust, at=NOW)
        assert integrity.outcome is Outcome.FAILED
        assert result.outcome is Outcome.UNDETERMINED
        assert czech(result.sentence) == "Bez neporušené pečeti to nelze posoudit."


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
    data = json.dumps({"payload": "ř", "signatures": [{"protected": 1, "signature": 2}]}).encode()
    with pytest.raises(EnvelopeError) as caught:
        JadesEnvelope().open(data)
    findings = caught.value.findings
    assert len(findings) > 1
    assert all(
        czech(finding.message) and str(finding.message) and finding.path.startswith("jades")
        for finding in findings
    )


def test_jades_note_says_who_and_when(sealed_json):
    """The note tells kind, owner and claimed time; level and quality wait for a judgement."""
    (note,) = JadesEnvelope().open(sealed_json).seals
    assert (note.kind, note.level, note.quality, note.claimed_at) == ("JAdES", None, None, NOW)
    assert note.owner.organization_identifier == "NTRCZ-12345679"


@pytest.mark.parametrize("name", ["JadesEnvelope", "PadesEnvelope"])
def test_fresh_process_verifies(new_python, sealed_json, sealed_pdf, tmp_path, name):
    """A process that did nothing before opens and judges a file: no library waits for another to be imported."""
    file = tmp_path / "sealed"
    file.write_bytes(sealed_json if name == "JadesEnvelope" else sealed_pdf)
    program = (
        "import sys, pathlib; from datetime import datetime, UTC; from mikrocert.kinds.envelope import Trust;"
        f"from mikrocert_seal_ades.envelopes import {name} as E; e = E();"
        "o = e.open(pathlib.Path(sys.argv[1]).read_bytes());"
        "print(e.examine(o, trust=Trust(), at=datetime.now(UTC))[0].outcome.value)"
    )
    assert new_python(program, file) == "passed\n"


def test_damage_is_told_in_findings_only(new_python, sealed_pdf, tmp_path):
    """What pyHanko logs about a damaged PDF doesn't reach the terminal."""
    file = tmp_path / "damaged.pdf"
    file.write_bytes(sealed_pdf.replace(b"startxref\n", b"startxref "))
    program = (
        "import sys, pathlib; from mikrocert_seal_ades import plugin;"
        "offered = [o for o in plugin.mikrocert_register_envelopes() if o.name == 'pades'][0];"
        "stack = offered.factory(offered.config()); envelope = stack.__enter__();"
        "print(envelope.open(pathlib.Path(sys.argv[1]).read_bytes()).envelope)"
    )
    assert new_python(program, file) == "pades\n"
