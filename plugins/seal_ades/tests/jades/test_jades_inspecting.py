"""Inspecting: is a signature intact, with all that it carries, and of which level?"""

import base64
import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st
from mikrocert_seal_ades.jades import (
    Anchors,
    Document,
    Form,
    Inspection,
    UnreadableError,
    extend,
    inspect,
    parse,
    parse_all,
    parse_any,
    renew,
    validate,
)
from mikrocert_seal_ades.jades.encoding import base64url
from mikrocert_seal_ades.pki import der
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS
from mikrocert_seal_ades.pki.x509 import asn1crypto

from .conftest import trusting

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SAMPLES = ("Sample-MC-Annex1-signed.jsonld", "Sample-CertOfPart-2025-signed.jsonld")
LEVELS = {
    "altered-jws": "none",
    "jades-b-iat-and-sigt": "none",
    "jades-b-with-xvals": "B-B",
    "jades-flattened-BpT-broken-sigTst": "B-B",
    "jades-level-b-full-type": "B-B",
    "jades-lta-broken-arcTst": "B-LT",
    "jades-lta": "B-LTA",
    "jades-t-copied-sigtst": "B-B",
    "jades-triple-LTA": "B-LTA",
    "jades-with-line-break": "B-B",
    "jades-with-mixed-etsiU-type": "none",
    "simple-detached": "none",
}


def errors(found: Inspection) -> list[str]:
    return [one.code for one in found.problems if one.severity == "error"]


def warnings(found: Inspection) -> list[str]:
    left = {"unsigned-present"}
    return [
        one.code
        for one in found.problems
        if one.severity in {"warning", "undetermined"} and one.code not in left
    ]


def words(found: Inspection) -> list[str]:
    names = {True: "ok", False: "bad", None: "unknown"}
    return [f"{stamp.kind}:{names[stamp.intact]}" for stamp in found.stamps]


def test_every_vector_is_judged_as_expected(shared: Path) -> None:
    """Signature, time stamps and structure of each vector are judged as a correct verifier judges them."""
    folder = shared / "jades-vectors"
    with (folder / "expected.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    assert len(rows) == 23
    for row in rows:
        try:
            file = parse_any((folder / row["file"]).read_bytes())
        except UnreadableError:
            assert row["signature"] == "unreadable", row
            continue
        found = inspect(file)
        signature = {True: "ok", False: "bad", None: "detached"}[found.intact]
        structure = "error" if any(one.severity == "error" for one in found.structure) else "ok"
        assert (signature, structure) == (row["signature"], row["structure"]), row
        assert words(found) == row["timestamps"].split(), row
        if (signature, structure) == ("ok", "ok") and "bad" not in row["timestamps"]:
            assert errors(found) == [], row


@pytest.mark.parametrize("name", LEVELS)
def test_level_of_a_vector(shared: Path, name: str) -> None:
    """No level is told that wasn't found to hold."""
    found = inspect(parse_any((shared / "jades-vectors" / f"{name}.json").read_bytes()))
    assert found.level == LEVELS[name]


@pytest.mark.parametrize("name", SAMPLES)
def test_official_samples_reach_lta(shared: Path, name: str) -> None:
    """The official samples are intact to their last time stamp."""
    found = inspect(parse((shared / "elm" / name).read_bytes()))
    assert (found.intact, found.level, errors(found)) == (True, "B-LTA", [])
    assert words(found) == ["adoTst:ok", "sigTst:ok", "arcTst:ok"]


def test_levels_one_after_the_other(pki: Any, forge: Any, evidence: Any, archive: Any) -> None:
    """Each level needs what the one before has, and what it adds."""
    data = forge()
    assert inspect(parse(data)).level == "B-B"
    stamp = evidence.token(
        evidence.signature_digest(data), unit=evidence.unit, at=NOW, certificates=(evidence.unit.der,)
    )
    stamped = evidence.with_entries(data, evidence.entry("sigTst", evidence.container(stamp)))
    assert inspect(parse(stamped)).level == "B-T"
    answer = evidence.response(pki.ec, issuer=pki.ca, by=evidence.responder, at=NOW)
    revocation = evidence.entry("rVals", evidence.r_vals(responses=(answer,)))
    valued = evidence.with_entries(stamped, revocation)
    assert inspect(parse(valued)).level == "B-LT"
    assert inspect(parse(archive(stamped))).level == "B-T"
    assert inspect(parse(archive(valued))).level == "B-LTA"
    late = evidence.with_entries(archive(stamped), revocation)
    assert inspect(parse(late)).level == "B-LT"
    assert "unsigned-uncovered" in warnings(inspect(parse(late)))
    renewed = archive(archive(valued), at=NOW + DAY)
    found = inspect(parse(renewed))
    assert (found.level, words(found)) == ("B-LTA", ["sigTst:ok", "arcTst:ok", "arcTst:ok"])
    assert errors(found) == []


def test_a_list_of_its_issuer_is_enough(pki: Any, forge: Any, evidence: Any) -> None:
    """Revocation data about the signer may be a list; one of another issuer, or about another, is not enough."""
    data = forge()
    stamp = evidence.token(
        evidence.signature_digest(data), unit=evidence.unit, at=NOW, certificates=(evidence.unit.der,)
    )
    stamped = evidence.with_entries(
        data,
        evidence.entry("sigTst", evidence.container(stamp)),
        evidence.entry("xVals", evidence.x_vals(pki.root.der)),
    )

    def level(**values: Any) -> str:
        entry = evidence.entry("rVals", evidence.r_vals(**values))
        return inspect(parse(evidence.with_entries(stamped, entry))).level

    assert level(lists=(evidence.revoked_list(issuer=pki.ca, at=NOW),)) == "B-LT"
    assert level(lists=(evidence.revoked_list(issuer=pki.root, at=NOW),)) == "B-T"
    other = evidence.response(pki.other, issuer=pki.ca, by=evidence.responder, at=NOW)
    assert level(responses=(other,)) == "B-T"
    stranger = evidence.response(pki.ec, issuer=pki.ca, by=pki.other, at=NOW)
    assert level(responses=(stranger,)) == "B-T"
    about_the_signer = {"issuer": pki.ca, "by": evidence.responder, "at": NOW}
    assert level(responses=(evidence.response(pki.ec, **about_the_signer),)) == "B-LT"
    unknown = evidence.response(pki.ec, status=ocsp.OCSPCertStatus.UNKNOWN, **about_the_signer)
    assert level(responses=(unknown,)) == "B-T"


def test_a_lasting_file_has_nothing_to_be_told(forge: Any, last: Any) -> None:
    """A whole B-LTA file has neither errors nor warnings."""
    found = inspect(parse(last(forge())))
    assert (found.intact, found.level, errors(found), warnings(found)) == (True, "B-LTA", [], [])


def test_the_level_is_what_was_judged(pki: Any, forge: Any, last: Any, evidence: Any) -> None:
    """Whoever validates with trust gets the level that holds, and what is broken beside the signature fails integrity."""
    data = last(forge())
    found = validate(parse(data), context=trusting(Anchors((pki.ca.der,)), at=NOW))
    assert found.level == "B-LTA"
    # Below the root the authority's own certificate would need data, too.
    assert validate(parse(data), context=trusting(pki.anchors, at=NOW)).level == "B-T"
    assert not any(one.severity == "error" for one in found.integrity)
    broken = evidence.with_entries(data, evidence.entry("xVals", evidence.x_vals(tampered(pki.root.der))))
    assert [
        one.code
        for one in validate(parse(broken), context=trusting(pki.anchors, at=NOW)).integrity
        if one.severity == "error"
    ] == ["certificate-broken"]
    changed = data.replace("Žluťoučký".encode(), "Žluťoučká".encode())
    assert validate(parse(changed), context=trusting(pki.anchors, at=NOW)).level is None


FORGED: dict[str, tuple[Any, list[str]]] = {
    "of something else": (lambda t, d, u: t(bytes(32), unit=u), ["timestamp-mismatch"]),
    "TSTInfo exchanged": (
        lambda t, d, u: t(d, unit=u, attributes={"message_digest": bytes(32)}),
        ["timestamp-broken"],
    ),
    "signature of another": (lambda t, d, u: t(d, unit=u, signature=bytes(70)), ["timestamp-broken"]),
    "no reference to the unit": (
        lambda t, d, u: t(d, unit=u, attributes={"signing_certificate_v2": None}),
        ["timestamp-unit-mismatch"],
    ),
    "no digest of the content": (
        lambda t, d, u: t(d, unit=u, attributes={"message_digest": None}),
        ["timestamp-malformed"],
    ),
    "no kind of content": (
        lambda t, d, u: t(d, unit=u, attributes={"content_type": None}),
        ["timestamp-malformed"],
    ),
    "another kind of content": (
        lambda t, d, u: t(d, unit=u, attributes={"content_type": "data"}),
        ["timestamp-malformed"],
    ),
    "another version": (lambda t, d, u: t(d, unit=u, version="v3"), ["timestamp-malformed"]),
    "another algorithm": (
        lambda t, d, u: t(d, unit=u, digest_algorithm={"algorithm": "sha384"}),
        ["timestamp-malformed"],
    ),
    "names another unit": (
        lambda t, d, u: t(
            d,
            unit=u,
            sid={
                "issuer_and_serial_number": {
                    "issuer": asn1crypto("x509").Certificate.load(u.der).issuer,
                    "serial_number": 1,
                }
            },
        ),
        ["timestamp-unit-mismatch"],
    ),
    "SHA-1": (lambda t, d, u: t(bytes(20), unit=u, algorithm="sha1"), ["timestamp-malformed"]),
    "another digest": (lambda t, d, u: t(bytes(64), unit=u, algorithm="sha512"), ["timestamp-mismatch"]),
    "digest cut short": (lambda t, d, u: t(d[:31], unit=u), ["timestamp-malformed"]),
    "not DER": (lambda t, d, u: t(d, unit=u)[:-1], ["timestamp-malformed"]),
    "more behind it": (lambda t, d, u: t(d, unit=u) + b"\0", ["timestamp-malformed"]),
    "no CMS": (lambda t, d, u: b"\x30\x00", ["timestamp-malformed"]),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_time_stamps(pki: Any, forge: Any, evidence: Any, name: str) -> None:
    """A time stamp with a fault gives no level, and says its fault and a clause; the signature stays intact."""
    make, codes = FORGED[name]
    data = forge()
    octets = make(
        lambda *d, **more: evidence.token(*d, at=NOW, certificates=(evidence.unit.der,), **more),
        evidence.signature_digest(data),
        evidence.unit,
    )
    found = inspect(parse(evidence.with_entries(data, evidence.entry("sigTst", evidence.container(octets)))))
    assert (found.intact, found.level, words(found)) == (True, "B-B", ["sigTst:bad"])
    assert errors(found) == codes
    assert all(one.clause for one in found.evidence if one.severity == "error")


PURPOSES = {
    "none": {"purposes": ()},
    "not critical": {"critical": False},
    "another": {"purposes": ("1.3.6.1.5.5.7.3.3",)},
    "one more": {"purposes": ("1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.3")},
}


@pytest.mark.parametrize("name", PURPOSES)
def test_time_stamps_of_who_is_no_unit(pki: Any, forge: Any, unit: Any, evidence: Any, name: str) -> None:
    """A time stamp under a certificate that is not for time stamps alone is none."""
    from cryptography.x509 import ObjectIdentifier

    more = dict(PURPOSES[name])
    if "purposes" in more:
        more["purposes"] = tuple(ObjectIdentifier(one) for one in more["purposes"])
    party = unit(**more)
    data = forge()
    octets = evidence.token(evidence.signature_digest(data), unit=party, at=NOW, certificates=(party.der,))
    found = inspect(parse(evidence.with_entries(data, evidence.entry("sigTst", evidence.container(octets)))))
    assert (found.level, errors(found)) == ("B-B", ["timestamp-purpose"])


def test_unit_whose_certificate_stands_elsewhere(pki: Any, forge: Any, evidence: Any) -> None:
    """The certificate of the unit may stand beside the token; without it nobody can tell."""
    data = forge()
    octets = evidence.token(evidence.signature_digest(data), unit=evidence.unit, at=NOW, certificates=())
    bare = evidence.with_entries(data, evidence.entry("sigTst", evidence.container(octets)))
    found = inspect(parse(bare))
    assert (found.level, words(found), errors(found)) == ("B-B", ["sigTst:unknown"], [])
    beside = evidence.with_entries(bare, evidence.entry("xVals", evidence.x_vals(evidence.unit.der)))
    assert inspect(parse(beside)).level == "B-T"


def test_time_stamps_in_the_wrong_order(forge: Any, last: Any, archive: Any) -> None:
    """What stands behind another can't have been made before it; a little is forgiven, as clocks differ."""
    data = last(forge())
    assert errors(inspect(parse(archive(data, at=NOW - timedelta(seconds=30))))) == []
    assert errors(inspect(parse(archive(data, at=NOW - DAY)))) == ["timestamp-order"]


def test_time_stamp_after_the_end_of_its_certificate(forge: Any, evidence: Any) -> None:
    """A time stamp from when its unit's certificate was not valid is none."""
    data = forge()
    octets = evidence.token(
        evidence.signature_digest(data),
        unit=evidence.unit,
        at=NOW + 900 * DAY,
        certificates=(evidence.unit.der,),
    )
    found = inspect(parse(evidence.with_entries(data, evidence.entry("sigTst", evidence.container(octets)))))
    assert errors(found) == ["timestamp-outside-validity"]


def tampered(octets: bytes) -> bytes:
    """Return DER with the last bit of the signature changed: still well-formed, but nobody's."""
    return octets[:-1] + bytes([octets[-1] ^ 1])


CARRIED: dict[str, tuple[Any, list[str]]] = {
    "certificate": (
        lambda e, p: e.entry("xVals", e.x_vals(tampered(e.responder.der), p.ca.der)),
        ["certificate-broken"],
    ),
    "root": (lambda e, p: e.entry("xVals", e.x_vals(tampered(p.root.der))), ["certificate-broken"]),
    "certificate that is none": (
        lambda e, p: e.entry("xVals", e.x_vals(b"\x30\x00")),
        ["certificate-unreadable"],
    ),
    "list": (
        lambda e, p: e.entry("rVals", e.r_vals(lists=(tampered(e.revoked_list(issuer=p.ca, at=NOW)),))),
        ["revocation-broken"],
    ),
    "list of a pretender": (
        lambda e, p: e.entry("rVals", e.r_vals(lists=(e.revoked_list(issuer=p.ca, at=NOW, by=p.root),))),
        ["revocation-broken"],
    ),
    "list that is none": (
        lambda e, p: e.entry("rVals", e.r_vals(lists=(b"\x30\x00",))),
        ["revocation-unreadable"],
    ),
    "response that is none": (
        lambda e, p: e.entry("rVals", e.r_vals(responses=(b"\x30\x03\x0a\x01\x06",))),
        ["revocation-unreadable"],
    ),
}


@pytest.mark.parametrize("kind", ["xVals", "tstVD"])
@pytest.mark.parametrize("name", CARRIED)
def test_what_is_carried_has_to_be_whole(pki: Any, forge: Any, evidence: Any, name: str, kind: str) -> None:
    """A broken certificate, list or response is an error, though nothing depends on it."""
    make, codes = CARRIED[name]
    text = make(evidence, pki)
    if kind == "tstVD":
        ((member, value),) = json.loads(base64.urlsafe_b64decode(text + "==")).items()
        text = evidence.entry("tstVD", {member: value})
    found = inspect(parse(evidence.with_entries(forge(), text)))
    assert (found.intact, found.level, errors(found)) == (True, "B-B", codes)


def test_what_nobody_can_tell_of_is_said(pki: Any, forge: Any, evidence: Any) -> None:
    """Of a certificate whose issuer isn't at hand nobody knows whether it is whole; so it is said, and is no error."""
    chain = forge(x5c=(pki.ec.der,))
    found = inspect(
        parse(evidence.with_entries(chain, evidence.entry("xVals", evidence.x_vals(evidence.unit.der))))
    )
    assert (errors(found), warnings(found)) == ([], ["issuer-not-at-hand"])
    lists = evidence.r_vals(lists=(evidence.revoked_list(issuer=pki.ca, at=NOW),))
    found = inspect(parse(evidence.with_entries(chain, evidence.entry("rVals", lists))))
    assert (errors(found), warnings(found)) == ([], ["responder-not-at-hand"])


def test_revoked_certificates_are_told(pki: Any, forge: Any, evidence: Any) -> None:
    """That the seal certificate was revoked is said, whoever says so; what it means is a question of trust."""
    response = evidence.response(pki.ec, issuer=pki.ca, by=evidence.responder, at=NOW, revoked=NOW - DAY)
    listed = evidence.revoked_list(issuer=pki.ca, at=NOW, certificates=(pki.ec,))
    entry = evidence.entry("rVals", evidence.r_vals(lists=(listed,), responses=(response,)))
    found = inspect(parse(evidence.with_entries(forge(), entry)))
    assert (errors(found), warnings(found)) == ([], ["revocation-found"] * 2)


def test_too_much_to_look_at(pki: Any, forge: Any, evidence: Any) -> None:
    """Work is bounded: beyond that nothing is looked at, and that is an error."""
    stamps = evidence.entry("sigTst", evidence.container(*[b"\x30\x00"] * 101))
    assert "timestamps-many" in errors(inspect(parse(evidence.with_entries(forge(), stamps))))
    values = evidence.entry("xVals", evidence.x_vals(*(i.to_bytes(2, "big") for i in range(1, 203))))
    assert "carried-too-much" in errors(inspect(parse(evidence.with_entries(forge(), values))))


def test_references_are_not_baseline(forge: Any, last: Any, evidence: Any) -> None:
    """From B-LT on a baseline signature has no references."""
    data = evidence.with_entries(forge(), evidence.entry("xRefs", [{"digAlg": "S256"}]))
    found = inspect(parse(last(data)))
    assert (found.level, warnings(found)) == ("B-T", ["references-not-baseline"])


def test_entry_removed_or_moved(forge: Any, last: Any) -> None:
    """Without an entry, or with two exchanged, the archive time stamp fails; the signature doesn't."""
    document = json.loads(last(forge()))
    entries = document["signatures"][0]["header"]["etsiU"]
    for changed in (entries[1:], [entries[1], entries[0], *entries[2:]]):
        document["signatures"][0]["header"]["etsiU"] = changed
        found = inspect(parse(json.dumps(document, ensure_ascii=False).encode()))
        assert found.intact
        assert errors(found) == ["timestamp-mismatch"]
        assert words(found)[-1] == "arcTst:bad"


def test_archive_time_stamp_without_its_dot(pki: Any, forge: Any, evidence: Any) -> None:
    """An archive time stamp over the same octets but the dot behind the signature is one of something else."""
    import hashlib

    data = forge()
    file = parse(data)
    octets = file.content + b"." + file.protected.encode() + b"." + base64url(file.signature).encode()
    stamp = evidence.token(
        hashlib.sha256(octets).digest(), unit=evidence.unit, at=NOW, certificates=(evidence.unit.der,)
    )
    found = inspect(parse(evidence.with_entries(data, evidence.entry("arcTst", evidence.container(stamp)))))
    assert errors(found) == ["timestamp-mismatch"]
    (fault,) = (one for one in found.evidence if one.severity == "error")
    assert fault.clause == "ETSI TS 119 182-1, 5.3.6.2"


def test_entries_that_are_objects(forge: Any, evidence: Any) -> None:
    """A time stamp of the signature counts in clear too; an archive time stamp over objects is said to be unsupported."""
    data = forge()
    stamp = evidence.token(
        evidence.signature_digest(data), unit=evidence.unit, at=NOW, certificates=(evidence.unit.der,)
    )
    data = evidence.with_entries(
        data, {"sigTst": evidence.container(stamp)}, {"arcTst": evidence.container(stamp)}
    )
    found = inspect(parse(data))
    assert (found.level, words(found)) == ("B-T", ["sigTst:ok", "arcTst:unknown"])
    assert (errors(found), warnings(found)) == ([], ["canonicalisation-unsupported"])


def countersigned(forge: Any, pki: Any, evidence: Any, **header: Any) -> Any:
    """Return a file, and a counter-signature of it as the members of a JWS, with its payload as text."""
    data = forge()
    value = json.loads(data)["signatures"][0]["signature"]
    other = json.loads(
        forge(
            payload=value, signer=pki.other, header={"cty": None, **header}, x5c=(pki.other.der, pki.ca.der)
        )
    )
    return data, value, other["signatures"][0]


def test_counter_signatures(pki: Any, forge: Any, evidence: Any) -> None:
    """A counter-signature over the signature is told, with its payload and without; any other is an error."""
    data, value, other = countersigned(forge, pki, evidence)
    for payload in ({"payload": value}, {"payload": ""}, {}):
        found = inspect(parse(evidence.with_entries(data, evidence.entry("cSig", {**payload, **other}))))
        assert (found.intact, errors(found), warnings(found)) == (True, [], ["counter-signature"])
    for broken in (
        {"payload": value + "A", **other},
        {**other, "signature": base64url(bytes(64))},
        {"payload": value},
        "a.b",
    ):
        found = inspect(parse(evidence.with_entries(data, evidence.entry("cSig", broken))))
        assert found.intact
        assert set(errors(found)) == {"counter-signature-broken"}


def test_compact_counter_signature(pki: Any, forge: Any, evidence: Any) -> None:
    """A counter-signature in compact serialization, its payload left out, is told too."""
    data, _, other = countersigned(forge, pki, evidence, typ="jose")
    compact = f"{other['protected']}..{other['signature']}"
    found = inspect(parse(evidence.with_entries(data, evidence.entry("cSig", compact))))
    assert (errors(found), warnings(found)) == ([], ["counter-signature"])


BY_HASH, BY_URI = (f"http://uri.etsi.org/19182/ObjectIdByURI{kind}" for kind in ("Hash", ""))


@pytest.mark.parametrize("b64", [False, True])
@pytest.mark.parametrize("mechanism", [BY_HASH, BY_URI])
def test_content_outside_the_file(forge: Any, pki: Any, mechanism: str, b64: bool) -> None:
    """With its documents a seal over content elsewhere is intact, with others it is not, without any nobody can tell."""
    import hashlib

    one, two = Document("first.txt", "ř".encode()), Document("folder/a b.txt", b"second")
    octets = [base64url(d.octets).encode() if b64 else d.octets for d in (one, two)]
    sigd: dict[str, Any] = {"mId": mechanism, "pars": ["first.txt", "https://example.org/a%20b.txt"]}
    if mechanism == BY_HASH:
        sigd |= {"hashM": "S256", "hashV": [base64url(hashlib.sha256(d).digest()) for d in octets]}
    signed = "" if mechanism == BY_HASH else b"".join(octets).decode()
    header = {"cty": None, "sigD": sigd, "b64": b64, "crit": ["b64", "sigD"]}
    document = json.loads(forge(payload=signed, header=header))
    for payload in ({"payload": ""}, {}):
        data = json.dumps({**payload, "signatures": document["signatures"]}).encode()
        file = parse_any(data)
        assert inspect(file).intact is None
        assert inspect(file, documents=[one, two]).intact is True
        assert inspect(file, documents=[two, one]).intact is True
        found = inspect(file, documents=[one, Document("a b.txt", b"other")])
        assert (found.intact, found.level) == (False, "none")


def test_a_mechanism_that_is_not_understood(forge: Any) -> None:
    """Of content that is referred to in another way nobody can tell, whatever is at hand."""
    sigd = {"mId": "http://uri.etsi.org/19182/HttpHeaders", "pars": ["(request-target)"]}
    file = parse_any(forge(payload="", header={"cty": None, "sigD": sigd, "crit": ["b64", "sigD"]}))
    found = inspect(file, documents=[Document("a", b"")])
    assert (found.intact, found.level, warnings(found)) == (None, "none", ["mechanism-unsupported"])


def several(*files: bytes) -> bytes:
    documents = [json.loads(file) for file in files]
    signatures = [one for document in documents for one in document["signatures"]]
    return json.dumps(
        {"payload": documents[0]["payload"], "signatures": signatures}, ensure_ascii=False
    ).encode()


@pytest.mark.parametrize("first", [True, False])
def test_a_second_signature(pki: Any, forge: Any, first: bool) -> None:
    """Every signature of a file is judged by itself, wherever it stands; one of another payload fails."""
    own, other = forge(), forge(payload="{}", signer=pki.other, x5c=(pki.other.der,))
    reading = parse_all(
        several(own, other) if first else several(forge(payload=json.loads(own)["payload"]), other)
    )
    assert [inspect(file).intact for file in reading.files] == [True, False]
    same = forge(signer=pki.other, x5c=(pki.other.der, pki.ca.der))
    assert [inspect(file).intact for file in parse_all(several(own, same)).files] == [True, True]


def test_signatures_have_to_agree_on_the_payload(forge: Any) -> None:
    """A payload can't be both in base64url and not."""
    payload = base64url(b"{}")
    with pytest.raises(UnreadableError) as caught:
        parse_all(several(forge(payload=payload), forge(payload=payload, header={"b64": None, "crit": None})))
    assert [one.code for one in caught.value.problems] == ["signatures-mixed"]


def test_one_signature_that_cannot_be_read(forge: Any) -> None:
    """One unreadable signature among several hides no other; with too many nothing is read."""
    document = json.loads(forge())
    document["signatures"].append({"protected": "!", "signature": "AA"})
    reading = parse_all(json.dumps(document, ensure_ascii=False).encode())
    assert (len(reading.files), [one.code for one in reading.problems]) == (1, ["not-base64url"])
    document["signatures"] *= 11
    with pytest.raises(UnreadableError, match="at most 20"):
        parse_all(json.dumps(document, ensure_ascii=False).encode())


def test_widths_of_p521(pki: Any, forge: Any) -> None:
    """A P-521 signature counts in its right width and, with a warning, in the narrower one that DSS writes when it fits."""
    party = pki.leaf(ec.generate_private_key(ec.SECP521R1()))
    for attempt in range(200):
        data = forge(payload=f'{{"n":{attempt}}}', signer=party, alg="ES512", x5c=(party.der, pki.ca.der))
        file = parse(data)
        if file.signature[0] == file.signature[66] == 0:
            break
    else:
        pytest.fail("no small r and s in 200 attempts")
    assert (inspect(file).intact, warnings(inspect(file))) == (True, [])
    narrow = base64url(file.signature[1:66] + file.signature[67:])
    found = inspect(parse(data.replace(base64url(file.signature).encode(), narrow.encode())))
    assert (found.intact, found.level, warnings(found)) == (True, "B-B", ["signature-narrow"])
    for cut in (
        file.signature[2:66] + file.signature[68:],
        file.signature[1:],
        file.signature[1:66] + file.signature[66:],
    ):
        wrong = inspect(parse(data.replace(base64url(file.signature).encode(), base64url(cut).encode())))
        assert not wrong.intact


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512"])
def test_the_larger_of_two_values(pki: Any, forge: Any, alg: str) -> None:
    """The other form of an ECDSA signature counts, with a warning."""
    algorithm = ALGORITHMS[alg]
    curve = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}[alg]
    party = pki.leaf(ec.generate_private_key(curve))
    data = forge(signer=party, alg=alg, x5c=(party.der, pki.ca.der))
    file, size = parse(data), algorithm.coordinate
    high = file.signature[:size] + (algorithm.order - int.from_bytes(file.signature[size:], "big")).to_bytes(
        size, "big"
    )
    found = inspect(parse(data.replace(base64url(file.signature).encode(), base64url(high).encode())))
    assert (found.intact, found.level, warnings(found)) == (True, "B-B", ["signature-high"])


def test_references_to_several_certificates(pki: Any, forge: Any) -> None:
    """References to several certificates leave the signature intact, and make it no baseline signature."""
    import hashlib

    refs = [
        {"digAlg": "S256", "digVal": base64url(hashlib.sha256(one).digest())}
        for one in (pki.ec.der, pki.ca.der)
    ]
    found = inspect(parse(forge(header={"x5t#S256": None, "sigX5ts": refs})))
    assert (found.intact, found.level, errors(found)) == (True, "none", ["certificate-reference-ambiguous"])


def report(data: bytes) -> tuple[object, ...] | None:
    """What a person would see of a file, or None if it can't be read."""
    try:
        file = parse(data)
    except UnreadableError:
        return None
    found = inspect(file)
    return (
        found.intact,
        found.level,
        tuple(words(found)),
        tuple(errors(found)),
        tuple(warnings(found)),
        file.canonical,
    )


@pytest.fixture(scope="module")
def lasting(forge: Any, last: Any) -> bytes:
    data: bytes = last(forge())
    return data


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_bit_of_a_lasting_file_flips_unnoticed(lasting: bytes, place: float, bit: int) -> None:
    """Whichever bit of a B-LTA file flips, the report is another, or there is none."""
    index = int(place * len(lasting))
    changed = lasting[:index] + bytes([lasting[index] ^ 1 << bit]) + lasting[index + 1 :]
    inspected = report(changed)
    assert inspected is None or inspected[3] or inspected != report(lasting)


@pytest.mark.system
@pytest.mark.covering
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_bit_of_its_last_time_stamp_flips_unnoticed(lasting: bytes, place: float, bit: int) -> None:
    """The last time stamp covers everything but itself; it has to be whole by itself."""
    document = json.loads(lasting)
    entries = document["signatures"][0]["header"]["etsiU"]
    ((_, value),) = json.loads(base64.urlsafe_b64decode(entries[-1] + "==")).items()
    octets = bytearray(base64.b64decode(value["tstTokens"][0]["val"]))
    octets[int(place * len(octets))] ^= 1 << bit
    value["tstTokens"][0]["val"] = base64.b64encode(octets).decode()
    entries[-1] = base64url(json.dumps({"arcTst": value}, separators=(",", ":")).encode())
    inspected = report(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())
    assert inspected is None or inspected[3] or inspected != report(lasting)


def test_form_of_der() -> None:
    """One value with the shortest lengths throughout is DER; whatever is longer, cut off or doubled is not."""
    good = der.value(0x30, der.value(0x30, der.value(0x04, b"abc")), der.value(0x04, bytes(300)))
    assert der.is_distinguished(good)
    others = [
        good + b"\0\0",
        good[:-1],
        good + good,
        bytes.fromhex("30810204 00".replace(" ", "")),
        b"\x30\x80\0\0",
        b"\x30",
    ]
    assert [der.is_distinguished(one) for one in others] == [False] * len(others)


def test_nesting_has_no_end() -> None:
    """However deep values are nested, they are looked at."""
    octets = b""
    for _ in range(3000):
        octets = der.value(0x30, octets)
    assert der.is_distinguished(octets)
    assert not der.is_distinguished(octets[:-1])


@pytest.mark.parametrize("serialization", ["general", "flattened"])
@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_what_is_created_here(authorities: Any, level: Any, serialization: Any) -> None:
    """What is sealed here reaches the level that was asked for, and there is nothing to be told of it."""
    form = Form(serialization=serialization)
    sources = authorities.sources()
    data = extend(authorities.sealed("ES256", form=form), level=level, sources=sources)
    found = inspect(parse_any(data))
    assert (found.intact, found.level, errors(found), warnings(found)) == (True, level, [], [])
    if level == "B-LTA":
        renewed = inspect(parse_any(renew(renew(data, sources=sources), sources=sources)))
        assert (renewed.level, errors(renewed), warnings(renewed)) == ("B-LTA", [], [])
        assert words(renewed) == ["sigTst:ok", *["arcTst:ok"] * 3]
