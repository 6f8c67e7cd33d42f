"""What time-stamps cover, to the octet."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from mikrocert_seal_ades.jades import imprints, parse, parse_any
from mikrocert_seal_ades.jades.encoding import base64url
from mikrocert_seal_ades.pki.x509 import asn1crypto

VECTORS = {
    "jades-flattened-BpT-broken-sigTst": [("sigTst", False)],
    "jades-lta-broken-arcTst": [("sigTst", True), ("arcTst", False)],
    "jades-lta": [("sigTst", True), ("arcTst", True)],
    "jades-t-copied-sigtst": [("adoTst", True), ("sigTst", False)],
    "jades-triple-LTA": [("sigTst", True), ("arcTst", True), ("arcTst", True), ("arcTst", True)],
    "jades-with-mixed-etsiU-type": [("sigTst", False)],
}
SAMPLES = ("Sample-MC-Annex1-signed.jsonld", "Sample-CertOfPart-2025-signed.jsonld")
TOKEN = base64.b64encode(b"\x30\x00").decode()


def entry(kind: str, value: Any) -> str:
    return base64url(json.dumps({kind: value}).encode())


def container(*tokens: str) -> dict[str, Any]:
    return {"tstTokens": [{"val": token} for token in tokens or (TOKEN,)]}


def covered(data: bytes) -> list[tuple[str, bytes | None]]:
    return [
        (stamp.kind, None if stamp.pieces is None else b"".join(stamp.pieces))
        for stamp in imprints.time_stamped(parse_any(data))
    ]


def fits(stamp: imprints.TimeStamped) -> bool:
    assert stamp.pieces is not None
    (token,) = stamp.tokens
    info = asn1crypto("cms").ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed
    imprint = info["message_imprint"]
    algorithm = imprint["hash_algorithm"]["algorithm"].native
    digest: bytes = imprint["hashed_message"].native
    return imprints.digest(stamp.pieces, algorithm=algorithm) == digest


@pytest.mark.parametrize("name", VECTORS)
def test_vectors_made_by_others(shared: Path, name: str) -> None:
    """The imprint of each time-stamp that others made fits, or does not, as is known of it."""
    file = parse_any((shared / "jades-vectors" / f"{name}.json").read_bytes())
    assert [(stamp.kind, fits(stamp)) for stamp in imprints.time_stamped(file)] == VECTORS[name]


@pytest.mark.parametrize("name", SAMPLES)
def test_official_samples(shared: Path, name: str) -> None:
    """Every time-stamp of an official sample fits, that over the payload too."""
    stamps = imprints.time_stamped(parse((shared / "elm" / name).read_bytes()))
    assert [(s.kind, fits(s)) for s in stamps] == [("adoTst", True), ("sigTst", True), ("arcTst", True)]


def jws(*entries: Any, b64: bool = False, payload: str = '{"ř":1}', **header: Any) -> bytes:
    """A file whose signature fits nothing: what time-stamps cover is asked for before that is known."""
    members = {
        "alg": "ES256",
        "x5t#S256": base64url(bytes(32)),
        "iat": 0,
        "b64": b64,
        "crit": ["b64"],
        **header,
    }
    signature: dict[str, Any] = {"protected": base64url(json.dumps(members).encode())}
    signature |= {"header": {"etsiU": list(entries)}} if entries else {}
    signature["signature"] = base64url(bytes(64))
    text = base64url(payload.encode()) if b64 else payload
    return json.dumps({"payload": text, "signatures": [signature]}, ensure_ascii=False).encode()


def spelled(data: bytes) -> tuple[bytes, bytes, bytes]:
    document = json.loads(data)
    (signature,) = document["signatures"]
    parts = (document["payload"], signature["protected"], signature["signature"])
    payload, protected, value = (part.encode() for part in parts)
    return payload, protected, value


@pytest.mark.parametrize("b64", [False, True])
def test_each_kind_to_the_octet(b64: bool) -> None:
    """Each kind covers what its clause says: dots where they belong, and the entries before it as they are spelled."""
    stamp, refs = entry("sigTst", container()), entry("xRefs", [{}])
    values = entry("xVals", [{"x509Cert": {"val": TOKEN}}])
    more = [entry("sigRTst", container()), entry("rfsTst", container()), entry("arcTst", container())]
    last = entry("arcTst", container(TOKEN, TOKEN))
    data = jws(stamp, refs, values, *more, last, b64=b64, adoTst=container())
    payload, protected, signature = spelled(data)
    e = [text.encode() for text in (stamp, refs, values, *more)]
    head = payload + b"." + protected + b"." + signature + b"."
    assert covered(data) == [
        ("adoTst", payload),
        ("sigTst", signature),
        ("sigRTst", signature + b"." + e[0] + e[1]),
        ("rfsTst", e[1]),
        ("arcTst", head + b"".join(e[:5])),
        ("arcTst", head + b"".join(e)),
    ]
    assert [len(s.tokens) for s in imprints.time_stamped(parse_any(data))] == [1, 1, 1, 1, 1, 2]


def test_for_who_asks_for_a_time_stamp() -> None:
    """What is asked for is what is found in the file afterwards."""
    entries = [entry("sigTst", container()), entry("tstVD", {"xVals": [{"x509Cert": {"val": TOKEN}}]})]
    data = jws(*entries, entry("arcTst", container()), adoTst=container())
    payload, protected, signature = spelled(data)
    ado, sig, arc = (stamp.pieces for stamp in imprints.time_stamped(parse_any(data)))
    assert ado == imprints.of_content(payload)
    assert sig == imprints.of_signature(signature.decode())
    asked = imprints.of_archive(
        payload=payload, protected=protected.decode(), signature=signature.decode(), entries=entries
    )
    assert asked == arc


def test_what_cannot_be_read_is_covered_all_the_same() -> None:
    """An entry that nobody can read belongs to what an archive time-stamp behind it covers."""
    data = jws("!", entry("nobody", 1), entry("arcTst", container()))
    payload, protected, signature = spelled(data)
    head = payload + b"." + protected + b"." + signature + b"."
    assert covered(data) == [("arcTst", head + b"!" + entry("nobody", 1).encode())]


def test_entries_that_are_objects() -> None:
    """Over objects only the time-stamp of the signature can be told; of others it is said why not."""
    data = jws({"sigTst": container()}, {"xRefs": [{}]}, {"rfsTst": container()}, {"arcTst": container()})
    assert covered(data) == [("sigTst", spelled(data)[2]), ("rfsTst", None), ("arcTst", None)]
    reasons = [s.problem and s.problem.code for s in imprints.time_stamped(parse_any(data))]
    assert reasons == [None, "canonicalisation-unsupported", "canonicalisation-unsupported"]


def test_an_object_before_an_archive_time_stamp() -> None:
    """An archive time-stamp that is a string covers nothing that can be told if an entry before it is an object."""
    data = jws({"sigTst": container()}, entry("arcTst", container()))
    assert [pieces is None for _, pieces in covered(data)] == [False, True]


def test_content_outside_the_file() -> None:
    """Where the payload is outside, the documents stand for it; without them only the signature's time-stamp is known."""
    sigd = {
        "mId": "http://uri.etsi.org/19182/ObjectIdByURIHash",
        "pars": ["a"],
        "hashM": "S256",
        "hashV": [base64url(bytes(32))],
    }
    data = jws(
        entry("sigTst", container()), entry("arcTst", container()), payload="", adoTst=container(), sigD=sigd
    )
    file = parse_any(data)
    assert [s.pieces is None for s in imprints.time_stamped(file)] == [True, False, True]
    assert imprints.time_stamped(file)[0].problem is not None
    documents = (b"first", b"second")
    ado, _, arc = (s.pieces for s in imprints.time_stamped(file, content=documents))
    assert ado == documents
    assert arc is not None
    assert b"".join(arc).startswith(b"firstsecond." + file.protected.encode() + b".")


def test_many_archive_time_stamps_read_a_file_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many archive time-stamps follow each other, no octet of the file is digested twice."""
    entries = [entry("arcTst", container()) for _ in range(30)]
    stamps = imprints.time_stamped(parse_any(jws(*entries, payload="x" * 1000, adoTst=container())))
    octets = 0

    class Counted:
        def __init__(self, state: Any) -> None:
            self.state = state

        def copy(self) -> "Counted":
            return Counted(self.state.copy())

        def update(self, piece: bytes) -> None:
            nonlocal octets
            octets += len(piece)
            self.state.update(piece)

        def digest(self) -> bytes:
            result: bytes = self.state.digest()
            return result

    new = hashlib.new
    monkeypatch.setattr(imprints.hashlib, "new", lambda name: Counted(new(name)))
    digester = imprints.Digester()
    digests = [digester.digest(s.pieces or (), algorithm="sha256") for s in stamps]
    assert octets == len(b"".join(stamps[-1].pieces or ()))
    monkeypatch.undo()
    assert digests == [hashlib.sha256(b"".join(s.pieces or ())).digest() for s in stamps]
