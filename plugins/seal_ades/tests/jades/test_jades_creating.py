"""Sealing: the octets of a sealed file, and what is refused."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st
from mikrocert_seal_ades.jades import Form, SealingError, finish, layout, parse, prepare, seal, validate

from .conftest import trusting

PAYLOAD = '{\r\n\t"název": "Žluťoučký kůň \\"ř\\" \\\\ / \u2028 \U0001f393"}'.encode()


def header_of(sealed: bytes) -> dict[str, Any]:
    text = json.loads(sealed)["signatures"][0]["protected"]
    header: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return header


@pytest.mark.parametrize("profile", ["ts119182-1.2.1", "edc-legacy"])
@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_round_trip(pki: Any, now: datetime, algorithm: str, profile: Any) -> None:
    """Whatever was sealed reads back octet for octet, intact, and leads to the anchor."""
    sealed = seal(PAYLOAD, **pki.signer(algorithm), at=now, form=Form(profile=profile))
    file = parse(sealed)
    found = validate(file, context=trusting(pki.anchors, at=now))
    assert file.payload == PAYLOAD
    assert file.header.alg == algorithm
    assert file.header.profile == profile
    assert file.header.signing_time == now
    assert {p.code for p in found.integrity} <= {"sigT-outdated"}
    assert [p.code for p in found.trust] == ["revocation-not-checked"]
    assert found.path == (pki.root.der, pki.ca.der, found.chain[0])


def test_layout_to_the_octet(pki: Any, now: datetime) -> None:
    """A sealed file is one line: payload first, shortest escapes, raw non-ASCII, no white space, no line break."""
    sealed = seal(PAYLOAD, **pki.signer(), at=now).decode()
    escaped = '{\\r\\n\\t\\"název\\": \\"Žluťoučký kůň \\\\\\"ř\\\\\\" \\\\\\\\ / \u2028 \U0001f393\\"}'
    assert sealed.startswith('{"payload":"' + escaped + '","signatures":[{"protected":"ey')
    assert sealed.endswith('"}]}')
    assert list(json.loads(sealed)["signatures"][0]) == ["protected", "signature"]


def test_control_characters_are_escaped_in_upper_case(pki: Any, now: datetime) -> None:
    """A control character without a short escape is written in upper case, and nothing that looks like one changes."""
    sealed = seal(b"\x1f\x0b\x08 \\u001f", **pki.signer(), at=now)
    assert sealed.startswith(b'{"payload":"\\u001F\\u000B\\b \\\\u001f",')
    lower = sealed.replace(b"\\u001F", b"\\u001f", 1)
    assert parse(sealed).canonical
    assert not parse(lower).canonical


def test_header_of_the_default_profile(pki: Any, now: datetime) -> None:
    """The default header has exactly the members of the profile, in order, with whole seconds."""
    header = header_of(seal(b"{}", **pki.signer(), at=now + timedelta(microseconds=999_999)))
    digest = base64.urlsafe_b64encode(hashlib.sha256(pki.ec.der).digest()).rstrip(b"=").decode()
    chain = [base64.b64encode(der).decode() for der in (pki.ec.der, pki.ca.der)]
    assert list(header.items()) == [
        ("alg", "ES256"),
        ("cty", "octet-stream"),
        ("x5t#S256", digest),
        ("x5c", chain),
        ("typ", "jose+json"),
        ("b64", False),
        ("iat", int(now.timestamp())),
        ("crit", ["b64"]),
    ]


def test_header_of_the_legacy_profile(pki: Any) -> None:
    """The legacy header has the members of the official samples, in their order; time is in UTC."""
    at = datetime(2026, 11, 22, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    header = header_of(seal(b"{}", **pki.signer(), at=at, form=Form(profile="edc-legacy")))
    assert list(header) == ["alg", "cty", "kid", "x5t#S256", "x5c", "typ", "b64", "sigT", "crit"]
    assert header["sigT"] == "2026-11-21T23:30:00Z"
    assert header["crit"] == ["b64", "sigT"]
    assert base64.b64decode(header["kid"], validate=True)[0] == 0x30


BAD_CALLS = {
    "payload in cp1250": ({"payload": "ř".encode("cp1250")}, "payload-not-text"),
    "payload with BOM": ({"payload": b"\xef\xbb\xbf{}"}, "payload-not-text"),
    "payload with a surrogate": ({"payload": b"\xed\xa0\x80"}, "payload-not-text"),
    "no payload": ({"payload": b""}, "payload-empty"),
    "naive time": ({"at": datetime(2026, 11, 22)}, "time-naive"),  # noqa: DTZ001
    "unknown profile": ({"form": Form(profile="xades")}, "form-unknown"),  # type: ignore[arg-type]
    "unknown serialization": ({"form": Form(serialization="xml")}, "form-unknown"),  # type: ignore[arg-type]
    "compact with a dot": ({"payload": b"1.5", "form": Form(serialization="compact")}, "payload-not-compact"),
    "compact with a line break": (
        {"payload": b"1\n", "form": Form(serialization="compact")},
        "payload-not-compact",
    ),
    "compact outside ASCII": (
        {"payload": "ř".encode(), "form": Form(serialization="compact")},
        "payload-not-compact",
    ),
    "no documents": ({"payload": []}, "payload-empty"),
    "unknown mechanism": ({"form": Form(mechanism="HttpHeaders")}, "form-unknown"),  # type: ignore[arg-type]
    "no payload in base64url": ({"payload": b"", "form": Form(b64=True)}, "payload-empty"),
}


@pytest.mark.parametrize(("change", "code"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_refused_calls(pki: Any, now: datetime, change: dict[str, Any], code: str) -> None:
    """Nothing is sealed when the payload, the time or the profile is at fault."""
    call: dict[str, Any] = {"payload": b"{}", "at": now, **pki.signer(), **change}
    with pytest.raises(SealingError) as caught:
        seal(call.pop("payload"), **call)
    assert [p.code for p in caught.value.problems] == [code]


SMALL_RSA = rsa.generate_private_key(65537, 1024)


def test_refused_certificates(pki: Any, now: datetime) -> None:
    """Nothing is prepared for a key that is too short or of another kind, another algorithm, or no certificate."""
    small, p384 = pki.leaf(SMALL_RSA), pki.leaf(ec.generate_private_key(ec.SECP384R1()))
    table = [
        ((small.der,), "RS256", "key-unfit"),
        ((p384.der,), "ES256", "key-unfit"),
        ((pki.ec.der,), "RS256", "key-unfit"),
        ((pki.rsa.der,), "ES256", "key-unfit"),
        ((pki.ec.der,), "ES512", "key-unfit"),
        ((pki.ec.der,), "EdDSA", "key-unfit"),
        ((pki.ec.der,), "none", "algorithm-unavailable"),
        ((pki.ec.der,), "HS256", "algorithm-unavailable"),
        ((), "ES256", "chain-empty"),
        ((b"nonsense",), "ES256", "certificate-unreadable"),
        ((pki.ec.der, b"0\0"), "ES256", "certificate-unreadable"),
        ((pki.ec.der, pki.root.der), "ES256", "x5c-broken"),
        ((pki.ec.der, pki.ca.der, pki.ca.der), "ES256", "x5c-broken"),
        ((pki.ec.der, pki.ca.der, *[pki.root.der] * 9), "ES256", "header-value"),
    ]
    for certificates, algorithm, code in table:
        with pytest.raises(SealingError) as caught:
            prepare(b"{}", certificates=certificates, algorithm=algorithm, at=now)
        assert [p.code for p in caught.value.problems] == [code], algorithm


@pytest.mark.system
@pytest.mark.covering
def test_files_that_nobody_could_read(pki: Any, now: datetime) -> None:
    """A payload of 50 MB is not sealed, because its file would be refused unread."""
    for form in (Form(), Form(b64=True)):
        with pytest.raises(SealingError) as caught:
            seal(b"x" * 50_000_000, **pki.signer(), at=now, form=form)
        assert [p.code for p in caught.value.problems] == ["payload-too-large"]


@pytest.mark.parametrize("kind", [ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey])
def test_edwards_curves(pki: Any, now: datetime, kind: Any) -> None:
    """Seals with EdDSA are made and found intact, and found broken when something was changed."""
    signer = pki.signer("EdDSA", leaf=pki.leaf(kind.generate()))
    sealed = seal(PAYLOAD, **signer, at=now)
    assert not validate(parse(sealed), context=trusting(pki.anchors, at=now)).integrity
    found = validate(
        parse(sealed.replace("kůň".encode(), "koň".encode())), context=trusting(pki.anchors, at=now)
    )
    assert [p.code for p in found.integrity] == ["signature-invalid"]


def test_foreign_signatures(pki: Any, now: datetime) -> None:
    """A signature by another key, over other octets or in another form finishes nothing."""
    chain = (pki.ec.der, pki.ca.der)
    prepared, other = (
        prepare(payload, certificates=chain, algorithm="ES256", at=now) for payload in (b"{}", b"[]")
    )
    own, stranger = pki.signer()["sign"], pki.signer(key=pki.other.key)["sign"]
    table = [
        stranger(prepared.to_be_signed),
        own(other.to_be_signed),
        pki.ec.key.sign(prepared.to_be_signed, ec.ECDSA(hashes.SHA256())),
        own(prepared.to_be_signed)[:-1],
        b"\1" * 64,
        b"",
    ]
    for signature in table:
        with pytest.raises(SealingError) as caught:
            finish(prepared, signature=signature)
        assert [p.code for p in caught.value.problems] == ["signer-mismatch"]
    assert parse(finish(prepared, signature=own(prepared.to_be_signed))).payload == b"{}"


def test_what_signing_raises_comes_through(pki: Any, now: datetime) -> None:
    """A key that fails is the caller's own affair: what its `sign` raises is not dressed up."""

    def fail(octets: bytes) -> bytes:
        raise PermissionError(octets)

    with pytest.raises(PermissionError):
        seal(b"{}", **{**pki.signer(), "sign": fail}, at=now)


@given(
    text=st.text(min_size=1).filter(lambda text: not text.startswith("\ufeff")),
    at=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.timezones()),  # noqa: DTZ001
    algorithm=st.sampled_from(["RS256", "PS256", "ES256"]),
    profile=st.sampled_from(["ts119182-1.2.1", "edc-legacy"]),
)
def test_preparing_is_deterministic(pki: Any, text: str, at: datetime, algorithm: str, profile: Any) -> None:
    """The same arguments give the same octets to be signed, also where the time is written in another zone."""
    signer = pki.signer(algorithm)
    del signer["sign"]
    first = prepare(text.encode(), **signer, at=at, form=Form(profile=profile))
    again = prepare(text.encode(), **signer, at=at.astimezone(UTC), form=Form(profile=profile))
    assert first == again
    assert first.to_be_signed.endswith(b"." + text.encode())


@given(text=st.text(min_size=1).filter(lambda text: not text.startswith("\ufeff")))
def test_any_text_survives(pki: Any, text: str) -> None:
    """Every text that UTF-8 can express is sealed and read back unchanged, in a canonical file."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    file = parse(seal(text.encode(), **pki.signer(), at=at))
    assert file.payload.decode() == text
    assert file.canonical
    assert not validate(file, context=trusting(pki.anchors, at=at)).integrity


@given(text=st.text(), entries=st.lists(st.text("abc_-", min_size=1), max_size=2))
@pytest.mark.parametrize("serialization", ["general", "flattened"])
def test_every_file_has_the_layout_that_is_checked(text: str, entries: list[str], serialization: Any) -> None:
    """What is written in one go is what the layout makes of the members one by one, whatever has to be escaped."""
    made = layout.file_of(
        serialization, signing_input=b"abc." + text.encode(), signature=b"\0\xff", entries=entries
    )
    header = {"header": {"etsiU": entries}} if entries else {}
    signature = {"protected": "abc", **header, "signature": "AP8"}
    members = {"signatures": [signature]} if serialization == "general" else signature
    assert made == layout.octets_of({"payload": text, **members})
