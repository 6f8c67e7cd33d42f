"""Raising seals: what each level adds, in which order, and that nothing that stood there moves."""

import base64
import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms
from cryptography.x509.oid import ExtendedKeyUsageOID
from mikrocert_seal_ades.jades import (
    Anchors,
    Document,
    Form,
    Imprint,
    SealingError,
    ValidationContext,
    content_imprint,
    extend,
    extend_many,
    extending,
    parse_any,
    renew,
    renew_many,
    validate,
)
from mikrocert_seal_ades.jades.inspecting import inspect

KINDS = {
    "B-B": [],
    "B-T": ["sigTst"],
    "B-LT": ["sigTst", "xVals", "rVals"],
    "B-LTA": ["sigTst", "xVals", "rVals", "arcTst"],
}


def unb64u(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signature_of(data: bytes) -> dict[str, Any]:
    document = json.loads(data)
    found: dict[str, Any] = document["signatures"][0] if "signatures" in document else document
    return found


def entries_of(data: bytes) -> list[str]:
    found: list[str] = signature_of(data).get("header", {}).get("etsiU", [])
    return found


def decoded(entry: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(unb64u(entry))
    return found


def kinds_of(data: bytes) -> list[str]:
    return [next(iter(decoded(entry))) for entry in entries_of(data)]


def imprint_of(entry: str) -> bytes:
    ((_, container),) = decoded(entry).items()
    token = cms.ContentInfo.load(base64.b64decode(container["tstTokens"][0]["val"]))
    info = token["content"]["encap_content_info"]["content"].parsed
    octets: bytes = info["message_imprint"]["hashed_message"].native
    return octets


@pytest.mark.parametrize("serialization", ["general", "flattened"])
@pytest.mark.parametrize("b64", [False, True])
@pytest.mark.parametrize("level", KINDS)
def test_what_each_level_adds(authorities: Any, level: Any, b64: bool, serialization: Any) -> None:
    """Each level has its entries in the order of the standard, as base64url strings, and the file one layout."""
    form = Form(serialization=serialization, b64=b64)
    sealed = authorities.sealed(payload='{"ř":"\\n"}'.encode(), form=form)
    raised = extend(sealed, level=level, sources=authorities.sources())
    assert kinds_of(raised) == KINDS[level]
    file = parse_any(raised)
    found = inspect(file)
    assert (found.intact, found.level) == (True, level)
    assert {p.code for p in found.problems} <= {"unsigned-present"}
    assert file.canonical
    assert file.payload == '{"ř":"\\n"}'.encode()
    names = ["protected", "signature"] if level == "B-B" else ["protected", "header", "signature"]
    assert list(signature_of(raised)) == (["payload"] if serialization == "flattened" else []) + names


def test_one_level_after_another(authorities: Any) -> None:
    """Going up in steps adds to the file and changes nothing in it; who is up stays as it is."""
    sources = authorities.sources()
    data = authorities.sealed()
    for level, kinds in KINDS.items():
        raised = extend(data, level=level, sources=sources)  # type: ignore[arg-type]
        assert entries_of(raised)[: len(entries_of(data))] == entries_of(data)
        assert kinds_of(raised) == kinds
        assert extend(raised, level=level, sources=sources) == raised  # type: ignore[arg-type]
        data = raised
    assert extend(data, level="B-T", sources=sources) == data


@pytest.mark.parametrize("b64", [False, True])
def test_what_time_stamps_cover(authorities: Any, b64: bool) -> None:
    """`sigTst` covers the text of the signature; `arcTst` payload, header and signature, each with a dot, and all entries before."""
    data = renew(authorities.sealed(payload="ů".encode(), form=Form(b64=b64)), sources=authorities.sources())
    data = renew(data, sources=authorities.sources(digest="sha512"))
    assert kinds_of(data) == ["sigTst", "xVals", "rVals", "arcTst", "tstVD", "arcTst"]
    found = inspect(parse_any(data))
    assert (found.level, [stamp.intact for stamp in found.stamps]) == ("B-LTA", [True] * 3)
    assert {p.code for p in found.problems} == {"unsigned-present"}
    document, signature, entries = json.loads(data), signature_of(data), entries_of(data)
    assert imprint_of(entries[0]) == hashlib.sha256(signature["signature"].encode()).digest()
    head = f"{document['payload']}.{signature['protected']}.{signature['signature']}."
    for index, digest in ((3, "sha256"), (5, "sha512")):
        covered = (head + "".join(entries[:index])).encode()
        assert imprint_of(entries[index]) == hashlib.new(digest, covered).digest()


def test_validation_data(authorities: Any) -> None:
    """The chains of seal and time-stamp are there whole, and evidence for each certificate but the root; nothing is there twice."""
    data = extend(authorities.sealed(), level="B-LTA", sources=authorities.sources())
    x_vals, r_vals = (decoded(entry) for entry in entries_of(data)[1:3])
    carried = [base64.b64decode(item["x509Cert"]["val"]) for item in x_vals["xVals"]]
    assert carried == [authorities.unit.der]
    assert {name: len(items) for name, items in r_vals["rVals"].items()} == {"crlVals": 1, "ocspVals": 2}
    renewed = renew(data, sources=authorities.sources())
    (tst_vd,) = decoded(entries_of(renewed)[4]).values()
    assert {name: len(items) for name, items in tst_vd["rVals"].items()} == {"crlVals": 1, "ocspVals": 1}
    assert "xVals" not in tst_vd


def test_a_batch_asks_once(authorities: Any) -> None:
    """Of a batch each step asks once for all files, and revocation data once for each certificate."""
    files = [authorities.sealed(payload=f"{number}".encode()) for number in range(1, 8)]
    ready = extend(files[0], level="B-LTA", sources=authorities.sources())
    authorities.asked.clear()
    raised = extend_many((*files, ready), level="B-LTA", sources=authorities.sources())
    assert authorities.asked == [("stamp", 7), ("fetch", 3), ("stamp", 7)]
    assert [parse_any(file).payload for file in raised] == [b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"1"]
    assert raised[-1] == ready
    authorities.asked.clear()
    renewed = renew_many((files[0], *raised[1:3]), sources=authorities.sources())
    assert authorities.asked == [("stamp", 1), ("fetch", 3), ("stamp", 1), ("fetch", 2), ("stamp", 2)]
    assert [kinds_of(file)[3:] for file in renewed] == [["arcTst"], *[["arcTst", "tstVD", "arcTst"]] * 2]
    assert extend_many((), level="B-LTA", sources=authorities.sources()) == ()


def test_content_time_stamp(authorities: Any) -> None:
    """`adoTst` covers the payload as it is signed; one over something else is refused."""
    for form in (Form(), Form(b64=True), Form(serialization="compact", b64=True), Form(profile="edc-legacy")):
        token = authorities.token(content_imprint(b"[1]", form=form, digest="sha384"))
        data = authorities.sealed(payload=b"[1]", form=form, content_timestamp=token)
        header = parse_any(data).header
        assert header.adoTst == (token,)
        legacy = ("b64", "sigT", "adoTst")
        assert header.crit == (legacy if form.profile == "edc-legacy" else () if form.b64 else ("b64",))
        with pytest.raises(SealingError, match="covers something else"):
            authorities.sealed(payload=b"[2]", form=form, content_timestamp=token)
    with pytest.raises(SealingError, match="It can't be read"):
        authorities.sealed(content_timestamp=b"0\0")


@pytest.mark.parametrize("profile", ["ts119182-1.2.1", "edc-legacy"])
@pytest.mark.parametrize("mechanism", ["ObjectIdByURIHash", "ObjectIdByURI"])
@pytest.mark.parametrize("b64", [False, True])
@pytest.mark.parametrize("serialization", ["general", "flattened", "compact"])
def test_documents_outside_the_file(
    authorities: Any, serialization: Any, b64: bool, mechanism: Any, profile: Any
) -> None:
    """Documents of any kind are sealed where they are, to B-LTA and beyond; the seal holds with these documents only."""
    documents = [Document("první.txt", "ř".encode()), Document("second", b"\0.\xff")]
    form = Form(serialization, profile, b64=b64, mechanism=mechanism)
    token = authorities.token(content_imprint(documents, form=form))
    data, level = authorities.sealed(payload=documents, form=form, content_timestamp=token), "B-B"
    if serialization != "compact":
        data = extend(data, level="B-LTA", sources=authorities.sources(), documents=documents)
        data = renew(data, sources=authorities.sources(), documents=documents)
        level = "B-LTA"
    assert b"payload" not in data
    file = parse_any(data)
    assert (file.canonical, file.header.cty) == (True, None)
    context = ValidationContext(authorities.clock, anchors=Anchors((authorities.root.der,)))
    found = validate(file, context=context, documents=documents)
    trusted = [p for p in found.trust if p.severity in {"error", "undetermined"}]
    assert ({p.code for p in trusted}, found.level) == (
        (set() if level == "B-LTA" else {"revocation-unknown"}),
        level,
    )
    others = [documents[0], Document("second", b"\0.\xfe")]
    assert [inspect(file, documents=given).intact for given in (documents, others, ())] == [True, False, None]
    with pytest.raises(SealingError):
        renew(data, sources=authorities.sources(), documents=others)


def test_issuers_from_elsewhere(authorities: Any) -> None:
    """The root may be left out of a seal; it is taken from where it is at hand, and goes into the file."""
    root = authorities.root
    sealed = authorities.sealed(certificates=(authorities.seal.der, authorities.ca.der))
    with pytest.raises(SealingError, match="Who issued the certificate “Vydavatel ř” is not at hand"):
        extend(sealed, level="B-LT", sources=authorities.sources())
    raised = extend(sealed, level="B-LTA", sources=authorities.sources(certificates=(root.der,)))
    x_vals = decoded(entries_of(raised)[1])["xVals"]
    assert root.der in [base64.b64decode(item["x509Cert"]["val"]) for item in x_vals]
    found = inspect(parse_any(raised))
    assert (found.level, {p.code for p in found.problems}) == ("B-LTA", {"unsigned-present"})


def test_anchors_end_chains(authorities: Any, authorities_at: Any) -> None:
    """A certificate that is trusted as it stands ends a chain; where a chain ends nowhere, the missing issuer is named."""
    other = authorities_at(authorities.clock)
    authorities.lies |= {"unit": other.unit, "carried": (other.unit.der,)}
    with pytest.raises(SealingError, match="Who issued the certificate “Razítko ů” is not at hand"):
        extend(authorities.sealed(), level="B-LT", sources=authorities.sources())
    raised = extend(
        authorities.sealed(), level="B-LT", sources=authorities.sources(anchors=(other.unit.der,))
    )
    r_vals = decoded(entries_of(raised)[2])["rVals"]
    assert {name: len(items) for name, items in r_vals.items()} == {"crlVals": 1, "ocspVals": 1}


def test_responders_are_asked_about(authorities: Any, certify: Any) -> None:
    """The certificate of a responder that doesn't say that it needs no check gets evidence of its own."""
    key = authorities.responder.key
    responder = certify(
        key,
        subject=authorities.responder.certificate.subject,
        issuer=authorities.ca,
        qc=None,
        purposes=(ExtendedKeyUsageOID.OCSP_SIGNING,),
    )
    authorities.lies["responder"] = responder
    raised = extend(authorities.sealed(), level="B-LT", sources=authorities.sources())
    assert authorities.asked == [("stamp", 1), ("fetch", 3), ("fetch", 1)]
    x_vals, r_vals = (decoded(entry) for entry in entries_of(raised)[1:])
    assert responder.der in [base64.b64decode(item["x509Cert"]["val"]) for item in x_vals["xVals"]]
    assert {name: len(items) for name, items in r_vals["rVals"].items()} == {"crlVals": 2, "ocspVals": 2}


LIES: dict[str, tuple[Any, str]] = {
    "another imprint": (lambda a: {"imprint": content_imprint(b"other")}, "timestamp-refused"),
    "another key": (lambda a: {"key": a.ca.key}, "timestamp-broken"),
    "another certificate named": (lambda a: {"reference": a.ca.der}, "timestamp-unit-mismatch"),
    "no certificate": (lambda a: {"carried": (a.ca.der,)}, "timestamp-refused"),
    "another content type": (lambda a: {"type": "data"}, "timestamp-malformed"),
    "two signatures": (lambda a: {"signers": 2}, "timestamp-malformed"),
    "a unit for seals": (lambda a: {"unit": a.seal, "carried": (a.seal.der,)}, "timestamp-purpose"),
    "a clock behind": (lambda a: {"time": a.clock - timedelta(minutes=6)}, "timestamp-early"),
    "an answer too few": (lambda a: {"answers": 0}, "answers-missing"),
}


@pytest.mark.parametrize(("lie", "code"), LIES.values(), ids=LIES)
def test_lying_time_stamp_authority(authorities: Any, lie: Any, code: str) -> None:
    """No file gets a time-stamp that is not what was asked for, and is not signed as it says."""
    sealed = authorities.sealed()
    authorities.lies = lie(authorities)
    with pytest.raises(SealingError) as caught:
        extend(sealed, level="B-T", sources=authorities.sources())
    assert [p.code for p in caught.value.problems] == [code]


def test_seals_whose_certificate_has_ended(authorities: Any, certify: Any) -> None:
    """A time-stamp after the end of the seal certificate proves nothing about the seal, so there is none."""
    end = authorities.clock + timedelta(hours=1)
    certificate = authorities.seal.certificate
    authorities.seal = certify(
        authorities.seal.key, subject=certificate.subject, issuer=authorities.ca, end=end
    )
    sealed = authorities.sealed()
    authorities.lies["time"] = end + timedelta(seconds=1)
    with pytest.raises(SealingError) as caught:
        extend(sealed, level="B-T", sources=authorities.sources())
    assert [p.code for p in caught.value.problems] == ["sealed-outside-validity"]


def test_time_stamps_in_order(authorities: Any) -> None:
    """An archive time-stamp before the one of the signature is refused, by whatever clock it was made."""
    stamped = extend(authorities.sealed(), level="B-LT", sources=authorities.sources())
    authorities.lies["time"] = authorities.clock - timedelta(seconds=9)
    with pytest.raises(SealingError) as caught:
        extend(stamped, level="B-LTA", sources=authorities.sources())
    assert [p.code for p in caught.value.problems] == ["timestamp-early"]


BAD_EVIDENCE: dict[str, tuple[Any, str]] = {
    "about another": (lambda a: {"about": a.responder.der}, "revocation-refused"),
    "by another responder": (lambda a: {"responder": a.seal}, "revocation-refused"),
    "signature spoiled": (lambda _: {"spoiled": True}, "revocation-refused"),
    "list signed with another key": (lambda a: {"list key": a.seal.key}, "revocation-refused"),
    "outdated": (lambda a: {"produced": a.clock - timedelta(days=2)}, "revocation-refused"),
    "an answer too few": (lambda a: {"answers": 2}, "answers-missing"),
}


@pytest.mark.parametrize(("lie", "code"), BAD_EVIDENCE.values(), ids=BAD_EVIDENCE)
def test_bad_evidence(authorities: Any, lie: Any, code: str) -> None:
    """No file gets revocation data that say nothing about its certificates."""
    stamped = extend(authorities.sealed(), level="B-T", sources=authorities.sources())
    authorities.lies = lie(authorities)
    with pytest.raises(SealingError) as caught:
        extend(stamped, level="B-LT", sources=authorities.sources())
    assert [p.code for p in caught.value.problems] == [code]


@pytest.mark.parametrize("who", ["seal", "unit", "ca"])
def test_revoked_certificates(authorities: Any, who: str) -> None:
    """Nothing is raised whose seal, time-stamp unit or issuer is revoked."""
    serial = getattr(authorities, who).certificate.serial_number
    authorities.revoked[serial] = authorities.clock - timedelta(hours=1)
    with pytest.raises(SealingError) as caught:
        extend(authorities.sealed(), level="B-LT", sources=authorities.sources())
    assert [p.code for p in caught.value.problems] == ["certificate-revoked"]


def changed(data: bytes, change: Any) -> bytes:
    document = json.loads(data)
    change(document)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _tampered_entry(document: dict[str, Any]) -> None:
    entries = document["signatures"][0]["header"]["etsiU"]
    entries[1], entries[2] = entries[2], entries[1]


def _undotted(document: dict[str, Any]) -> None:
    signature = document["signatures"][0]
    signature["header"]["etsiU"][0] = signature["header"]["etsiU"][3]


def _cleared(document: dict[str, Any]) -> None:
    header = document["signatures"][0]["header"]
    header["etsiU"] = [decoded(entry) for entry in header["etsiU"]]


def _payload(document: dict[str, Any]) -> None:
    document["payload"] += " "


def _unknown(document: dict[str, Any]) -> None:
    document["signatures"][0]["header"]["more"] = 1


def _second(document: dict[str, Any]) -> None:
    document["signatures"] *= 2


def _removed(document: dict[str, Any]) -> None:
    del document["signatures"][0]["header"]["etsiU"][1]


def _copied(document: dict[str, Any]) -> None:
    entries = document["signatures"][0]["header"]["etsiU"]
    entries.append(entries[3])


def _deep(document: dict[str, Any]) -> None:
    document["more"] = json.loads("[" * 900 + "]" * 900)


REFUSED_FILES: dict[str, tuple[Any, str]] = {
    "payload changed": (_payload, "signature-invalid"),
    "entries in another order": (_tampered_entry, "timestamp-mismatch"),
    "time-stamp from another place": (_undotted, "timestamp-mismatch"),
    "entries as objects": (_cleared, "canonicalisation-unsupported"),
    "something else in the header": (_unknown, "member-unexpected"),
    "two signatures": (_second, "signatures-many"),
    "entry removed": (_removed, "timestamp-mismatch"),
    "archive time-stamp copied to another place": (_copied, "timestamp-mismatch"),
    "nested deeply": (_deep, "json-too-deep"),
}


@pytest.mark.parametrize(("change", "code"), REFUSED_FILES.values(), ids=REFUSED_FILES)
def test_files_that_are_not_raised(authorities: Any, change: Any, code: str) -> None:
    """What doesn't hold is not renewed: nobody gets a fresh time-stamp over what was broken before, and no service is asked."""
    data = extend(authorities.sealed(), level="B-LTA", sources=authorities.sources())
    authorities.asked.clear()
    with pytest.raises(SealingError) as caught:
        renew(changed(data, change), sources=authorities.sources())
    assert code in [p.code for p in caught.value.problems]
    assert authorities.asked == []


SIG_D = {
    "mId": "http://uri.etsi.org/19182/ObjectIdByURIHash",
    "pars": ["a"],
    "hashM": "S256",
    "hashV": ["ypeBEsobvcr6wjGzmiPcTaeG7_gUfE5yuYB3ha_uSLs"],
}
FORGED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown and critical": ({"header": {"crit": ["b64", "x"], "x": 1}}, "crit-not-understood"),
    "content elsewhere": (
        {"payload": "", "header": {"sigD": SIG_D, "crit": ["b64", "sigD"]}},
        "payload-detached",
    ),
    "both times": ({"header": {"sigT": "2026-11-22T11:59:00Z"}}, "signing-time-twice"),
    "two references": (
        {"header": {"x5t#o": {"digAlg": "S256", "digVal": "A" * 43}}},
        "certificate-reference-count",
    ),
    "digest of another certificate": ({"header": {"x5t#S256": "A" * 43}}, "signer-unidentified"),
    "something beside the signature": ({"more": 1}, "member-"),
}


@pytest.mark.parametrize(("call", "code"), FORGED.values(), ids=FORGED)
def test_what_others_signed_badly_is_not_raised(
    authorities: Any, forge: Any, call: dict[str, Any], code: str
) -> None:
    """A signature with a fault of form, however good in itself, gets no time-stamp, and nobody is asked for one."""
    with pytest.raises(SealingError) as caught:
        extend(forge(**call), level="B-T", sources=authorities.sources())
    assert any(p.code.startswith(code) for p in caught.value.problems)
    assert authorities.asked == []


SPOILED: dict[str, tuple[bytes, bytes]] = {
    "line break in base64url": (b'"}]}', b'\\n"}]}'),
    "payload twice": (b'{"payload":"{}"', b'{"payload":"[]","payload":"{}"'),
    "protected header twice": (b'"protected"', b'"protected":"e30","protected"'),
    "half a pair of surrogates": (b'{"payload":"{}"', b'{"payload":"\\ud800"'),
    "no number": (b'{"payload"', b'{"a":NaN,"payload"'),
    "no text": (b'{"payload"', b'{"\xff":1,"payload"'),
}


@pytest.mark.parametrize(("old", "new"), SPOILED.values(), ids=SPOILED)
def test_files_that_cannot_be_read_are_not_raised(authorities: Any, old: bytes, new: bytes) -> None:
    """What is not strict JSON or not canonical base64url is refused before anybody is asked."""
    sealed = authorities.sealed()
    assert old in sealed
    with pytest.raises(SealingError):
        extend(sealed.replace(old, new, 1), level="B-T", sources=authorities.sources())
    assert authorities.asked == []


def test_archive_time_stamps_without_the_dot(authorities: Any) -> None:
    """An archive time-stamp that lacks the dot behind the signature covers something else, and is not renewed."""
    data = extend(authorities.sealed(), level="B-LT", sources=authorities.sources())
    signature = signature_of(data)
    covered = f"{{}}.{signature['protected']}.{signature['signature']}" + "".join(entries_of(data))
    token = base64.b64encode(authorities.token(Imprint.of(covered.encode()))).decode()
    entry = json.dumps({"arcTst": {"tstTokens": [{"val": token}]}}).encode()
    text = base64.urlsafe_b64encode(entry).rstrip(b"=").decode()
    forged = changed(data, lambda document: document["signatures"][0]["header"]["etsiU"].append(text))
    with pytest.raises(SealingError) as caught:
        renew(forged, sources=authorities.sources())
    assert [p.code for p in caught.value.problems] == ["timestamp-mismatch"]


def test_entries_as_objects(authorities: Any) -> None:
    """No rule says what an archive time-stamp behind objects covers, so such a file is left as it is."""
    data = changed(extend(authorities.sealed(), level="B-T", sources=authorities.sources()), _cleared)
    with pytest.raises(SealingError) as caught:
        extend(data, level="B-LTA", sources=authorities.sources())
    assert [p.code for p in caught.value.problems] == ["unsigned-clear"]


def test_what_was_appended_is_covered_from_now_on(authorities: Any) -> None:
    """An entry that somebody appended stays, and the next archive time-stamp covers it."""
    data = extend(authorities.sealed(), level="B-LTA", sources=authorities.sources())
    appended = entries_of(data)[1]
    more = changed(data, lambda document: document["signatures"][0]["header"]["etsiU"].append(appended))
    assert kinds_of(renew(more, sources=authorities.sources())) == [
        *KINDS["B-LTA"],
        "xVals",
        "tstVD",
        "arcTst",
    ]


def test_files_that_would_not_be_read_again(authorities: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is not raised to where nobody would read it any more: lists can be large, and renewals many."""
    monkeypatch.setattr(extending, "MOST", 4)
    data = extend(authorities.sealed(), level="B-LTA", sources=authorities.sources())
    with pytest.raises(SealingError) as caught:
        renew(data, sources=authorities.sources())
    assert [p.code for p in caught.value.problems] == ["unsigned-too-large"]


def test_one_bad_file_keeps_a_batch_back(authorities: Any) -> None:
    """No file of a batch comes back unless all do, and none is time-stamped before all were read."""
    good = authorities.sealed()
    with pytest.raises(SealingError):
        extend_many((good, changed(good, _payload)), level="B-T", sources=authorities.sources())
    assert authorities.asked == []


def test_levels_that_a_file_cannot_have(authorities: Any) -> None:
    """A compact file has no place for more than B-B; an unknown level and revocation data from nowhere are refused."""
    compact = authorities.sealed(form=Form(serialization="compact", b64=True))
    for data, level, more, code in (
        (compact, "B-T", {}, "compact-bare"),
        (authorities.sealed(), "B-LTV", {}, "level-unknown"),
        (authorities.sealed(), "B-LT", {"revocation": None}, "revocation-source-missing"),
    ):
        sources = type(authorities.sources())(
            **{"timestamps": authorities, "revocation": authorities, **more}
        )
        with pytest.raises(SealingError) as caught:
            extend(data, level=level, sources=sources)  # type: ignore[arg-type]
        assert [p.code for p in caught.value.problems] == [code]


def test_the_example_of_the_readme(authorities: Any) -> None:
    """What the README shows raises and renews a batch, with whatever has the two methods."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    defined: dict[str, Any] = {}
    for example in re.findall(r"```python\n(.*?)```", readme, re.DOTALL):
        exec(example, defined)
    files = defined["lasting"]([authorities.sealed()], authorities.sources())
    (renewed,) = defined["renewed"](files, authorities.sources())
    assert kinds_of(renewed) == [*KINDS["B-LTA"], "tstVD", "arcTst"]
