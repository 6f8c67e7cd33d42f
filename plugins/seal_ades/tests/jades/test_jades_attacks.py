"""What an attacker can do to a sealed file without the key, and what a signer can do who should not be trusted."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from mikrocert_seal_ades.jades import Anchors, UnreadableError, parse, parse_any, seal, validate
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS

from .conftest import trusting

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECP256R1_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def b64u(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unb64u(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def accepted(data: bytes, *, trust: Anchors, at: datetime) -> bool:
    """Say whether a file is readable and nothing about its integrity is wrong or written otherwise."""
    try:
        file = parse(data)
    except UnreadableError:
        return False
    return not validate(file, context=trusting(trust, at=at)).integrity


BITS = {"ES256": (0, 5, 7), "RS256": (0,), "PS256": (5,)}


@pytest.mark.system
@pytest.mark.parametrize("algorithm", BITS)
def test_no_bit_can_be_flipped(pki: Any, now: datetime, algorithm: str) -> None:
    """With a single bit flipped, anywhere, a sealed file is unreadable or not intact."""
    party = pki.ec if algorithm == "ES256" else pki.rsa
    signer = pki.signer(algorithm, chain=(party.der,), key=party.key)
    sealed = seal('{"ř":"\\n"}'.encode(), **signer, at=now)
    assert accepted(sealed, trust=pki.anchors, at=now)
    unnoticed = [
        (index, bit)
        for index in range(len(sealed))
        for bit in BITS[algorithm]
        if accepted(flipped(sealed, index, bit), trust=Anchors(), at=now)
    ]
    assert not unnoticed


def flipped(data: bytes, index: int, bit: int) -> bytes:
    return data[:index] + bytes([data[index] ^ 1 << bit]) + data[index + 1 :]


@pytest.fixture(scope="module")
def big(pki: Any, now: datetime) -> bytes:
    payload = {"název": "Žluťoučký kůň", "text": ["ďábelské ódy \r\n\t\\"] * 4_000}
    return seal(json.dumps(payload, ensure_ascii=False).encode(), **pki.signer(), at=now)


@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_bit_of_a_big_file_can_be_flipped(
    pki: Any, now: datetime, big: bytes, at: float, bit: int
) -> None:
    """The same holds for a file of the size of a real one."""
    assert not accepted(flipped(big, int(at * len(big)), bit), trust=pki.anchors, at=now)


@given(at=st.floats(0, 1), cut=st.integers(0, 3), put=st.binary(max_size=3))
def test_no_octets_can_be_exchanged(pki: Any, big: bytes, at: float, cut: int, put: bytes) -> None:
    """Octets cut out, put in or exchanged are noticed as well, unless the file stays as it was."""
    index = int(at * len(big))
    changed = big[:index] + put + big[index + cut :]
    assert accepted(changed, trust=pki.anchors, at=NOW) == (changed == big)


def codes(data: bytes, *, pki: Any, at: datetime) -> tuple[list[str], list[str]]:
    found = validate(parse(data), context=trusting(pki.anchors, at=at))
    bad = ("error", "undetermined")
    return [p.code for p in found.integrity if p.severity in bad], [
        p.code for p in found.trust if p.severity in bad
    ]


def test_swapped_payload(pki: Any, now: datetime, forge: Any) -> None:
    """The payload of another sealed file does not fit this one's signature."""
    one, other = json.loads(forge()), json.loads(forge(payload='{"název":"jiný"}'))
    one["payload"] = other["payload"]
    data = json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode()
    assert codes(data, pki=pki, at=now) == (["signature-invalid"], [])


def test_signature_of_another_file(pki: Any, now: datetime, forge: Any) -> None:
    """The signature of another file by the same key does not fit."""
    one, other = json.loads(forge()), json.loads(forge(payload="{}"))
    one["signatures"][0]["signature"] = other["signatures"][0]["signature"]
    data = json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode()
    assert codes(data, pki=pki, at=now)[0] == ["signature-invalid"]


@pytest.mark.parametrize("first", [True, False])
def test_second_signature(forge: Any, pki: Any, first: bool) -> None:
    """A second signature, before or behind the genuine one, makes the file unreadable."""
    document, other = json.loads(forge()), json.loads(forge(signer=pki.other))
    document["signatures"].insert(0 if first else 1, other["signatures"][0])
    with pytest.raises(UnreadableError) as caught:
        parse(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())
    assert [p.code for p in caught.value.problems] == ["signatures-many"]


def test_certificate_of_another(pki: Any, now: datetime, forge: Any) -> None:
    """Who signs with an own key under another's certificate, x5t right or wrong, is found out."""
    chain = (pki.ec.der, pki.ca.der)
    assert codes(forge(signer=pki.other, x5c=chain), pki=pki, at=now)[0] == ["signature-invalid"]
    own = hashlib.sha256(pki.other.der).digest()
    wrong_digest = forge(signer=pki.other, x5c=chain, header={"x5t#S256": b64u(own)})
    assert codes(wrong_digest, pki=pki, at=now)[0] == ["signer-unidentified"]


def test_signer_is_the_first_of_x5c(pki: Any, now: datetime, forge: Any) -> None:
    """A digest that names another certificate of x5c than the first identifies nobody."""
    data = forge(
        x5c=(pki.other.der, pki.ec.der), header={"x5t#S256": b64u(hashlib.sha256(pki.ec.der).digest())}
    )
    assert codes(data, pki=pki, at=now)[0] == ["signer-unidentified"]


def test_no_certificate(pki: Any, now: datetime, forge: Any) -> None:
    """Without a certificate in the file the signer is not identified."""
    assert codes(forge(header={"x5c": None}), pki=pki, at=now)[0] == ["signer-unidentified"]


def test_certificate_beside_the_signature(pki: Any, now: datetime, forge: Any) -> None:
    """Without x5c the seal certificate may come from xVals, selected by digest; it is still judged by trust."""
    document = json.loads(forge(header={"x5c": None}))
    signature = document["signatures"][0]
    values = [{"x509Cert": {"val": base64.b64encode(der).decode()}} for der in (pki.ca.der, pki.ec.der)]
    header = {"etsiU": [b64u(json.dumps({"xVals": values}).encode())]}
    document["signatures"] = [
        {"protected": signature["protected"], "header": header, "signature": signature["signature"]}
    ]
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    assert codes(data, pki=pki, at=now) == ([], [])


def test_digest_of_another_kind(pki: Any, now: datetime, forge: Any) -> None:
    """x5t#o and sigX5ts identify the seal certificate too; one wrong digest among several is an error."""
    good = {"digAlg": "S512", "digVal": b64u(hashlib.sha512(pki.ec.der).digest())}
    other = {"digAlg": "S384", "digVal": b64u(hashlib.sha384(pki.other.der).digest())}
    assert codes(forge(header={"x5t#S256": None, "x5t#o": good}), pki=pki, at=now) == ([], [])
    assert codes(forge(header={"x5t#S256": None, "sigX5ts": [good, good]}), pki=pki, at=now) == ([], [])
    mixed = forge(header={"x5t#S256": None, "sigX5ts": [other, good]})
    assert codes(mixed, pki=pki, at=now)[0] == ["certificate-reference-mismatch"]


def test_algorithm_and_key_have_to_fit(pki: Any, now: datetime, forge: Any) -> None:
    """RSA under ES256, EC under RS256, ES256 by a P-384 key, PS256 called RS256: all refused."""
    assert codes(forge(header={"alg": "RS256"}), pki=pki, at=now)[0] == ["key-unfit"]
    assert codes(forge(signer=pki.rsa, alg="RS256", header={"alg": "ES256"}), pki=pki, at=now)[0] == [
        "key-unfit"
    ]
    assert codes(forge(header={"alg": "ES384"}), pki=pki, at=now)[0] == ["key-unfit"]
    pss_as_pkcs1 = forge(signer=pki.rsa, alg="PS256", header={"alg": "RS256"})
    assert codes(pss_as_pkcs1, pki=pki, at=now)[0] == ["signature-invalid"]


def test_weak_rsa_key(pki: Any, now: datetime, forge: Any) -> None:
    """A seal by an RSA key of 1024 bits is refused whatever its certificate says."""
    weak = pki.leaf(rsa.generate_private_key(65537, 1024))
    assert codes(forge(signer=weak, alg="RS256"), pki=pki, at=now)[0] == ["key-unfit"]


@pytest.mark.parametrize(
    ("alg", "curve"), [("ES256", ec.SECP256R1()), ("ES384", ec.SECP384R1()), ("ES512", ec.SECP521R1())]
)
def test_the_other_form_of_a_signature(
    pki: Any, now: datetime, forge: Any, alg: str, curve: ec.EllipticCurve
) -> None:
    """Whoever turns s into n - s makes another good signature without the key: intact, but with a warning."""
    party = pki.leaf(ec.generate_private_key(curve))
    document = json.loads(forge(signer=party, alg=alg))
    signature = document["signatures"][0]
    octets = unb64u(signature["signature"])
    size, order = len(octets) // 2, ALGORITHMS[alg].order
    assert order == curve.group_order
    assert 2 * int.from_bytes(octets[size:], "big") < order
    other = order - int.from_bytes(octets[size:], "big")
    signature["signature"] = b64u(octets[:size] + other.to_bytes(size, "big"))
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    found = validate(parse(data), context=trusting(pki.anchors, at=now))
    assert [(p.code, p.severity) for p in found.integrity] == [("signature-high", "warning")]


def test_signers_may_give_either_form(pki: Any, now: datetime) -> None:
    """Of a signer that returns the larger s, the smaller one is written; RSA has one form."""
    for algorithm in ("ES256", "RS256", "PS256"):
        signer = pki.signer(algorithm)
        plain = signer["sign"]

        def high(octets: bytes, plain: Callable[[bytes], bytes] = plain) -> bytes:
            signature = plain(octets)
            if len(signature) != 64:
                return signature
            s = SECP256R1_ORDER - int.from_bytes(signature[32:], "big")
            return signature[:32] + s.to_bytes(32, "big")

        sealed = seal(b"{}", **{**signer, "sign": high}, at=now)
        assert validate(parse(sealed), context=trusting(pki.anchors, at=now)).integrity == ()


@pytest.mark.parametrize(("alg", "curve"), [("ES384", ec.SECP384R1()), ("ES512", ec.SECP521R1())])
def test_larger_curves(pki: Any, now: datetime, forge: Any, alg: str, curve: ec.EllipticCurve) -> None:
    """ES384 and ES512 seals of others are verified."""
    party = pki.leaf(ec.generate_private_key(curve))
    assert codes(forge(signer=party, alg=alg), pki=pki, at=now) == ([], [])


SIGNATURES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "signature-length"),
    "one octet less": (lambda s: s[:-1], "signature-length"),
    "one octet more": (lambda s: s + b"\0", "signature-length"),
    "zeros": (lambda _: bytes(64), "signature-invalid"),
    "r zero": (lambda s: bytes(32) + s[32:], "signature-invalid"),
    "s zero": (lambda s: s[:32] + bytes(32), "signature-invalid"),
    "r beyond the order": (lambda s: SECP256R1_ORDER.to_bytes(32, "big") + s[32:], "signature-invalid"),
    "all ones": (lambda _: b"\xff" * 64, "signature-invalid"),
}


@pytest.mark.parametrize(("change", "code"), SIGNATURES.values(), ids=SIGNATURES)
def test_bad_ecdsa_values(
    pki: Any, now: datetime, forge: Any, change: Callable[[bytes], bytes], code: str
) -> None:
    """An ECDSA signature of another length or with r and s out of range is an error, never an exception."""
    document = json.loads(forge())
    signature = document["signatures"][0]
    signature["signature"] = b64u(change(unb64u(signature["signature"])))
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    assert codes(data, pki=pki, at=now)[0] == [code]


def test_added_header_is_reported(pki: Any, now: datetime, forge: Any) -> None:
    """An entry added behind the signature leaves the signature as it is, but it is reported, and judged."""
    document = json.loads(forge())
    signature = document["signatures"][0]
    token = b64u(b'{"sigTst":{"tstTokens":[{"val":"AAAA"}]}}')
    document["signatures"] = [
        {
            "protected": signature["protected"],
            "header": {"etsiU": [token]},
            "signature": signature["signature"],
        }
    ]
    file = parse(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())
    found = validate(file, context=trusting(pki.anchors, at=now))
    assert [(p.code, p.severity) for p in found.structure] == [("unsigned-judged", "info")]
    assert [(p.code, p.severity) for p in found.evidence] == [("timestamp-malformed", "error")]


def test_detached_payload_is_never_a_pass(pki: Any, now: datetime, forge: Any) -> None:
    """A seal over content elsewhere (sigD) is an error in a credential and undetermined anywhere else."""
    header = {
        "crit": ["b64", "sigD"],
        "cty": None,
        "sigD": {
            "mId": "http://uri.etsi.org/19182/ObjectIdByURIHash",
            "pars": ["a"],
            "hashM": "S256",
            "hashV": [b64u(bytes(32))],
        },
    }
    data = forge(payload="", header=header)
    assert codes(data, pki=pki, at=now)[0] == ["sigD-refused"]
    found = validate(parse_any(data), context=trusting(pki.anchors, at=now))
    assert [(p.code, p.severity) for p in found.integrity] == [("payload-detached", "undetermined")]


@pytest.mark.parametrize("alg", ["none", "HS256", "ES256K", "Ed25519", "RS1"])
def test_other_algorithms_never_pass(pki: Any, now: datetime, forge: Any, alg: str) -> None:
    """An algorithm outside the list fails in structure and in signature, also with the signature left out."""
    document = json.loads(forge(header={"alg": alg}))
    for signature in (document["signatures"][0]["signature"], ""):
        document["signatures"][0]["signature"] = signature
        data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        assert codes(data, pki=pki, at=now)[0] == ["algorithm-refused", "signature-not-checked"]
