"""A seal costs as much as it is long, whatever is repeated in it; what is beyond all measure is refused unread."""

import base64
import hashlib
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert_seal_ades import jades
from mikrocert_seal_ades.pades import attributes, cms
from mikrocert_seal_ades.pki import der, x509
from mikrocert_seal_ades.pki.chains import LONGEST_CHAIN
from mikrocert_seal_ades.pki.context import ValidationContext

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OWNER = {"C": "CZ", "O": "Univerzita Řípská", "ID": "NTRCZ-12345679", "CN": "Pečeť řůď"}
PAYLOAD = '{"jméno": "Kateřina"}'.encode()

QC_STATEMENTS = bytes.fromhex("06082b06010505070103")


def b64u(value: Any) -> str:
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def operations(work: Callable[[], object]) -> int:
    """How many functions are called, those written in C included."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


def examined(data: bytes) -> list[str]:
    """All that a verification asks of a JAdES file, and the codes of what is wrong with it."""
    try:
        found = jades.validate(jades.parse(data), context=ValidationContext(NOW))
    except jades.UnreadableError as error:
        return [problem.code for problem in error.problems]
    return [problem.code for problem in (*found.integrity, *found.trust)]


def file_with(
    parties: Any, *, protected: dict[str, Any], header: dict[str, Any] | None = None, **more: Any
) -> bytes:
    """A JAdES file with these members of its headers; nobody signed it."""
    seal = parties.signer().identity.certificates[0]
    members = {
        "alg": "ES256",
        "x5t#S256": b64u(hashlib.sha256(seal).digest()),
        "b64": False,
        "iat": 0,
        "crit": ["b64"],
    }
    members = {name: value for name, value in {**members, **protected}.items() if value is not None}
    signature = {"protected": b64u(members), "header": header, "signature": b64u(bytes(64))}
    if header is None:
        del signature["header"]
    return json.dumps({"payload": "{}", "signatures": [signature], **more}).encode()


def digests(n: int) -> list[dict[str, str]]:
    return [{"digAlg": "S512", "digVal": b64u(hashlib.sha512(bytes([k % 256])).digest())} for k in range(n)]


def certificates(n: int) -> dict[str, Any]:
    return {"xVals": [{"x509Cert": {"val": b64(bytes([k % 256, 1]))}} for k in range(n)]}


REPEATED: dict[str, Callable[[int], dict[str, Any]]] = {
    "members of the header": lambda n: {"protected": {f"a{k}": k for k in range(n)}},
    "critical names": lambda n: {"protected": {"crit": ["b64", *(f"a{k}" for k in range(n))]}},
    "one critical name": lambda n: {"protected": {"crit": ["b64"] * n}},
    "certificates": lambda n: {"protected": {"x5c": [b64(b"0\0")] * n}},
    "digests": lambda n: {"protected": {"x5t#S256": None, "sigX5ts": digests(n)}},
    "digests and certificates behind the signature": lambda n: {
        "protected": {"x5t#S256": None, "sigX5ts": digests(n)},
        "header": {"etsiU": [certificates(n)]},
    },
    "few digests and certificates behind the signature": lambda n: {
        "protected": {"x5t#S256": None, "sigX5ts": digests(LONGEST_CHAIN)},
        "header": {"etsiU": [certificates(n)]},
    },
    "time-stamps": lambda n: {
        "protected": {"adoTst": {"tstTokens": [{"val": "AAAA"}] * n}},
    },
    "entries behind the signature": lambda n: {
        "protected": {},
        "header": {"etsiU": [b64u({"sigTst": {"tstTokens": [{"val": "AAAA"}]}})] * n},
    },
    "members outside": lambda n: {"protected": {}, **{f"a{k}": k for k in range(n)}},
    "members of the unprotected header": lambda n: {
        "protected": {},
        "header": {f"a{k}": k for k in range(n)},
    },
}


@pytest.mark.parametrize("name", REPEATED)
def test_reading_costs_as_much_as_there_is(parties: Any, name: str) -> None:
    """Twice as much of anything costs at most twice as much more to read and to judge."""
    n = 24
    files = [file_with(parties, **REPEATED[name](number)) for number in (n, 2 * n, 4 * n)]
    examined(files[0])
    one, two, four = (operations(partial(examined, data)) for data in files)
    assert four - two <= 2.2 * max(two - one, 0) + n


def with_identifier(parties: Any, size: int) -> bytes:
    """A certificate with an object identifier of so many octets, which nobody signed."""
    seal = parties.signer().identity.certificates[0]
    assert QC_STATEMENTS in seal
    return _replaced(seal, QC_STATEMENTS, cms.tlv(0x06, b"\x2b" + b"\xff" * (size - 2) + b"\x01"))


def _replaced(octets: bytes, old: bytes, new: bytes) -> bytes:
    """DER with one value replaced and all lengths around it made right."""
    parts = []
    for tag, contents in der.values(octets):
        whole = cms.tlv(tag, contents)
        if whole == old:
            parts.append(new)
        elif old in contents and tag & 0x20:
            parts.append(cms.tlv(tag, _replaced(contents, old, new)))
        else:
            parts.append(whole)
    return b"".join(parts)


@pytest.mark.parametrize("sizes", [(200, 400, 800), (3_500, 7_000, 14_000), (90_000, 180_000, 360_000)])
def test_long_identifiers_are_refused_unread(parties: Any, sizes: tuple[int, ...]) -> None:
    """An object identifier costs the square of its length, so a long one is refused before anybody reads it."""
    files = []
    for size in sizes:
        certificate = with_identifier(parties, size)
        digest = b64u(hashlib.sha256(certificate).digest())
        files.append(file_with(parties, protected={"x5t#S256": digest, "x5c": [b64(certificate)]}))
    expected = "identifier-too-long" if sizes[-1] < x509.LARGEST else "certificate-too-large"
    for data in files:
        assert {expected, "certificate-too-large"} & set(examined(data))
    one, two, four = (operations(partial(examined, data)) for data in files)
    assert max(one, two, four) - min(one, two, four) < 30


def test_caps_of_certificates(parties: Any) -> None:
    """Up to the caps a certificate is read, beyond them it isn't; each refusal names the measure."""
    for size, code in ((x509.LONGEST_IDENTIFIER, None), (x509.LONGEST_IDENTIFIER + 1, "identifier-too-long")):
        certificate = with_identifier(parties, size)
        if code is None:
            x509.parse(certificate)
            continue
        with pytest.raises(jades.CertificateError) as caught:
            x509.parse(certificate)
        assert [problem.code for problem in caught.value.problems] == [code]
    seal = parties.signer().identity.certificates[0]
    with pytest.raises(jades.CertificateError, match=f"at most {x509.LARGEST} are read"):
        x509.parse(seal.ljust(x509.LARGEST + 1, b"\0"))
    country = bytes.fromhex("310b3009060355040613024353")
    own = bytes.fromhex("310b300906035504061302435a")
    assert own in seal
    with pytest.raises(jades.CertificateError) as caught:
        x509.parse(_replaced(seal, own, own + country * x509.MOST_ATTRIBUTES))
    assert [problem.code for problem in caught.value.problems] == ["name-too-long"]


def test_caps_of_signatures(parties: Any) -> None:
    """A signature in a PDF has bounded size, certificates, references and object identifiers."""
    chain = parties.signer().identity.certificates
    digest = next(iter(cms.DIGESTS))
    algorithm = next(octets for (_, octets), name in cms.SIGNATURES.items() if name == "ES256")

    def signed(named: tuple[bytes, ...], embedded: tuple[bytes, ...]) -> cms.SignedData:
        inside = attributes.encode(
            document_digest=bytes(32), certificates=named, digest=digest, algorithm=algorithm
        )
        return cms.SignedData(embedded, chain[0], digest, algorithm, inside, b"\x30\x00")

    attributes.read(cms.read(signed(chain, chain).dump()))
    others = tuple(parties.certify(f"ř{k}", OWNER).der for k in range(LONGEST_CHAIN))
    with pytest.raises(cms.CmsError, match="holds more certificates than any chain has"):
        cms.read(signed(chain, (chain[0], *others)).dump())
    with pytest.raises(cms.CmsError, match="names more certificates than any chain has"):
        attributes.read(signed((chain[0], *others), chain))
    with pytest.raises(cms.CmsError, match=f"at most {cms.LARGEST} are read"):
        cms.read(bytes(cms.LARGEST + 1))
    whole = signed(chain, chain)
    long = cms.tlv(0x06, b"\x2b" + b"\xff" * 150_000 + b"\x01")
    name = bytes.fromhex("06092a864886f70d010904")
    assert name in whole.signed_attributes
    hostile = attrs.evolve(whole, signed_attributes=_replaced(whole.signed_attributes, name, long))
    with pytest.raises(cms.CmsError, match="An object identifier in the seal has 150002 octets"):
        cms.read(hostile.dump())


@given(octets=st.binary(max_size=300))
def test_any_octets_are_looked_into_once(octets: bytes) -> None:
    """Whatever the octets, looking for object identifiers ends, raises nothing and visits no octet as a value twice."""
    assert 0 <= der.longest_identifier(octets) <= 2**32
    assert operations(lambda: der.longest_identifier(octets)) <= 12 * len(octets) + 10


@given(data=st.data())
def test_an_identifier_is_found_at_any_depth(data: st.DataObject) -> None:
    """The longest object identifier is found in sequences, sets, tags and the octet strings of extensions."""
    sizes = data.draw(st.lists(st.integers(1, 300), min_size=1, max_size=5))
    octets = b"".join(cms.tlv(0x06, b"\x2a" * size) for size in sizes)
    for tag in data.draw(st.lists(st.sampled_from([0x30, 0x31, 0xA0, 0xA3, 0x04]), max_size=6)):
        octets = cms.tlv(tag, octets if tag != 0x04 else cms.tlv(0x30, octets))
    assert der.longest_identifier(b"\x02\x01\x05" + octets) == max(sizes)


LONG = b"\x2b" + b"\xff" * 998 + b"\x01"
HIDDEN: dict[str, bytes] = {
    "a length of five octets before it": b"\x30\x85\0\0\0\x03\xec" + cms.tlv(0x06, LONG),
    "its own length of five octets": b"\x06\x85\0\0\0\x03\xe8" + LONG,
    "a tag in the long form": b"\x1f\x06\x82\x03\xe8" + LONG,
    "a name that is an identifier": cms.tlv(0xA0, cms.tlv(0x88, LONG)),
    "an octet string with more behind the sequence": cms.tlv(
        0x04, cms.tlv(0x30, cms.tlv(0x06, LONG)) + b"\0"
    ),
    "a value before it that is too long": cms.tlv(0x30, b"\x04\x82\x7f\xff") + cms.tlv(0x06, LONG),
    "an octet string before it with such a value": cms.tlv(0x04, b"\x30\x02\x04\x7f") + cms.tlv(0x06, LONG),
    "an indefinite length around it": b"\x30\x80" + cms.tlv(0x06, LONG) + b"\0\0",
}


@pytest.mark.parametrize("octets", HIDDEN.values(), ids=HIDDEN)
def test_no_long_identifier_is_hidden(octets: bytes) -> None:
    """What lenient parsers read as an object identifier is measured, however it is written and whatever stands before."""
    assert der.longest_identifier(octets) == len(LONG)
    assert der.longest_identifier(cms.tlv(0x30, b"\x05\x00", octets)) == len(LONG)


def test_nesting_costs_no_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a value is written as DER asks is told without building anything, however deep it is nested."""
    octets = b"\x05\x00"
    for _ in range(500):
        octets = cms.tlv(0x30, octets)
    monkeypatch.setattr(der, "value", None)
    assert der.is_distinguished(octets)
    assert not der.is_distinguished(octets[:-2] + b"\x05\x81")


def test_our_own_files_are_within_all_bounds(parties: Any) -> None:
    """What is sealed here has nothing to be said about its size or its form."""
    assert examined(parties.jades(PAYLOAD)) == ["issuer-not-trusted"]
