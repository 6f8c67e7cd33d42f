"""Reading: what is no sealed file is refused with the reason; what is badly formed is read and said so."""

import base64
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert_seal_ades.jades import AdesError, UnreadableError, parse, parse_any, seal, validate
from mikrocert_seal_ades.jades.unsigned import LARGEST, MOST

from .conftest import trusting


def b64u(value: Any) -> str:
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def sealed(pki: Any, now: datetime) -> bytes:
    return seal('{"název":"Tvůrčí ďábel"}'.encode(), **pki.signer(), at=now)


def edit(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    """Change the parsed file and write it again in the canonical layout."""

    def apply(data: bytes) -> bytes:
        document = json.loads(data)
        document = change(document) or document
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    return apply


def set_at(*path: Any) -> Callable[[bytes], bytes]:
    *way, last, value = path

    def change(document: Any) -> None:
        for step in way:
            document = document[step]
        document[last] = value

    return edit(change)


def drop(*path: Any) -> Callable[[bytes], bytes]:
    *way, last = path

    def change(document: Any) -> None:
        for step in way:
            document = document[step]
        del document[last]

    return edit(change)


SIG = ("signatures", 0)
UNREADABLE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "nothing": (lambda _: b"", "json-syntax"),
    "not JSON": (lambda _: b"%PDF-1.7", "json-syntax"),
    "an array": (lambda d: b"[" + d + b"]", "wrong-type"),
    "a string": (lambda _: b'"x"', "wrong-type"),
    "unsealed credential": (
        lambda _: b'{"id":"urn:credential:1","type":["VerifiableCredential"]}',
        "not-sealed",
    ),
    "empty object": (lambda _: b"{}", "not-sealed"),
    "BOM": (lambda d: b"\xef\xbb\xbf" + d, "json-byte-order-mark"),
    "UTF-16": (lambda d: d.decode().encode("utf-16"), "json-byte-order-mark"),
    "cp1250": (lambda d: d.decode().encode("cp1250"), "json-not-utf8"),
    "20 MB": (lambda d: d + b" " * 20_000_000, "json-too-large"),
    "10,000 levels": (lambda d: d[:-1] + b',"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "json-too-deep"),
    "payload twice": (lambda d: b'{"payload":"x",' + d[1:], "json-duplicate-member"),
    "signatures twice": (lambda d: d[:-1] + b',"signatures":[]}', "json-duplicate-member"),
    "protected twice": (
        lambda d: d.replace(b'{"protected"', b'{"protected":"e30","protected"'),
        "json-duplicate-member",
    ),
    "NaN": (lambda d: d[:-1] + b',"x":NaN}', "json-not-a-number"),
    "lone surrogate": (lambda d: d.replace(b'{"payload":"', b'{"payload":"\\ud800'), "json-lone-surrogate"),
    "no payload": (drop("payload"), "member-missing"),
    "payload an array": (set_at("payload", ["x"]), "wrong-type"),
    "payload null": (set_at("payload", None), "wrong-type"),
    "payload an object": (set_at("payload", {"a": 1}), "wrong-type"),
    "payload a number": (set_at("payload", 1), "wrong-type"),
    "no signatures member": (drop("signatures"), "member-missing"),
    "signatures an object": (edit(lambda d: {**d, "signatures": d["signatures"][0]}), "wrong-type"),
    "signatures null": (set_at("signatures", None), "wrong-type"),
    "no signature": (set_at("signatures", []), "signatures-none"),
    "two signatures": (edit(lambda d: {**d, "signatures": d["signatures"] * 2}), "signatures-many"),
    "signature a string": (set_at("signatures", ["x"]), "wrong-type"),
    "signature empty": (set_at("signatures", [{}]), "member-missing"),
    "General and Flattened at once": (edit(lambda d: {**d, **d["signatures"][0]}), "member-unexpected"),
    "flattened without payload": (edit(lambda d: d["signatures"][0]), "not-sealed"),
    "no protected": (drop(*SIG, "protected"), "member-missing"),
    "protected a number": (set_at(*SIG, "protected", 1), "wrong-type"),
    "protected an object": (set_at(*SIG, "protected", {"alg": "ES256"}), "wrong-type"),
    "protected empty": (set_at(*SIG, "protected", ""), "json-syntax"),
    "protected not JSON": (set_at(*SIG, "protected", b64u(b"x")), "json-syntax"),
    "protected an array": (set_at(*SIG, "protected", b64u([1])), "wrong-type"),
    "protected with a member twice": (
        set_at(*SIG, "protected", b64u(b'{"crit":[],"crit":[]}')),
        "json-duplicate-member",
    ),
    "protected with NaN": (set_at(*SIG, "protected", b64u(b'{"iat":NaN}')), "json-not-a-number"),
    "protected in UTF-16": (set_at(*SIG, "protected", b64u("{}".encode("utf-16"))), "json-byte-order-mark"),
    "protected 10,000 deep": (set_at(*SIG, "protected", b64u(b'{"a":' * 10_000)), "json-too-deep"),
    "no signature value": (drop(*SIG, "signature"), "member-missing"),
    "signature value null": (set_at(*SIG, "signature", None), "wrong-type"),
    "payload not base64url without b64": (
        set_at(*SIG, "protected", b64u({"alg": "ES256"})),
        "payload-encoding",
    ),
}


@pytest.mark.parametrize(("change", "code"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable(sealed: bytes, change: Callable[[bytes], bytes], code: str) -> None:
    """What is no sealed file is refused with the fault and its place, in both languages."""
    with pytest.raises(UnreadableError) as caught:
        parse(change(sealed))
    assert code in [p.code for p in caught.value.problems]
    assert all(p.severity == "error" and str(p) for p in caught.value.problems)


def _unused_bits(text: str) -> str:
    """Spell the same octets with bits set that decode to nothing; whole groups get a last one of three letters."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    text = text if len(text) % 4 else text + "AAA"
    return text[:-1] + alphabet[alphabet.index(text[-1]) | 1]


BASE64URL = {
    "line break at the end": lambda text: text + "\n",
    "line break inside": lambda text: text[:8] + "\n" + text[8:],
    "space": lambda text: text + " ",
    "padding": lambda text: text + "=" * (-len(text) % 4 or 4),
    "standard alphabet": lambda text: "+/" + text,
    "one character too many": lambda text: text + "A" * (1 + (-len(text) % 4)),
    "letters outside ASCII": lambda text: text + "ř",
    "unused bits set": _unused_bits,
}


@pytest.mark.parametrize("member", ["protected", "signature"])
@pytest.mark.parametrize("change", BASE64URL.values(), ids=BASE64URL)
def test_base64url_has_one_spelling(sealed: bytes, member: str, change: Callable[[str], str]) -> None:
    """A value in base64url is refused in any spelling but the canonical one."""
    text = json.loads(sealed)["signatures"][0][member]
    with pytest.raises(UnreadableError) as caught:
        parse(set_at(*SIG, member, change(text))(sealed))
    assert [(p.code, p.where) for p in caught.value.problems] == [
        ("not-base64url", f"signatures[0].{member}")
    ]


REWRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "line break at the end": lambda d: d + b"\n",
    "space before": lambda d: b" " + d,
    "space between": lambda d: d.replace(b',"signatures"', b', "signatures"'),
    "indented": lambda d: json.dumps(json.loads(d), ensure_ascii=False, indent=1).encode(),
    "non-ASCII escaped": lambda d: json.dumps(json.loads(d), separators=(",", ":")).encode(),
    "quote escaped by number": lambda d: d.replace(b'\\"', b"\\u0022", 1),
    "payload not first": edit(lambda d: dict(reversed(d.items()))),
    "letter escaped": lambda d: d.replace(b"Tv", b"T\\u0076", 1),
    "member name escaped": lambda d: d.replace(b'"payload"', b'"p\\u0061yload"', 1),
    "signature before protected": edit(
        lambda d: {**d, "signatures": [dict(reversed(d["signatures"][0].items()))]}
    ),
}


@pytest.mark.parametrize("change", REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten_outside_the_signature(
    pki: Any, now: datetime, sealed: bytes, change: Callable[[bytes], bytes]
) -> None:
    """A file whose octets changed where no signature covers them is intact, but said to be written otherwise."""
    changed = change(sealed)
    assert changed != sealed
    found = validate(parse(changed), context=trusting(pki.anchors, at=now))
    assert [(p.code, p.severity) for p in found.structure] == [("not-canonical", "warning")]
    assert not found.signature
    loose = validate(parse_any(changed), context=trusting(pki.anchors, at=now))
    assert not loose.integrity
    assert not parse_any(changed).canonical


def test_the_other_json_serialization(pki: Any, now: datetime, sealed: bytes) -> None:
    """A Flattened file is intact and trusted, said to be no General one, and never without its payload."""
    flat = edit(lambda d: {"payload": d["payload"], **d["signatures"][0]})(sealed)
    found = validate(parse(flat), context=trusting(pki.anchors, at=now))
    assert [(p.code, p.severity) for p in found.structure] == [("flattened", "warning")]
    assert [p.code for p in found.trust if p.severity in {"error", "undetermined"}] == []
    more = parse(set_at("proof", {})(flat)).problems
    assert [p.code for p in more] == ["not-canonical", "flattened", "member-uncovered"]


@pytest.mark.parametrize(
    ("change", "where"),
    [(set_at("proof", {}), "proof"), (set_at(*SIG, "kid", "x"), "signatures[0].kid")],
    ids=["beside payload", "in the signature"],
)
def test_members_that_nobody_knows_are_named(
    pki: Any, now: datetime, sealed: bytes, change: Callable[[bytes], bytes], where: str
) -> None:
    """A member outside the seal that a JWS may have (RFC 7515, 7.2.1) is ignored with a warning that names it."""
    found = validate(parse(change(sealed)), context=trusting(pki.anchors, at=now))
    problems = [(p.code, p.severity, p.where) for p in found.integrity]
    assert problems == [("not-canonical", "warning", ""), ("member-uncovered", "warning", where)]


@pytest.mark.parametrize("name", ["headar", "Header", "header "])
def test_what_was_added_is_not_passed_over_by_its_name(
    pki: Any, now: datetime, sealed: bytes, name: str
) -> None:
    """A member that holds what only an unprotected header does is an error: else a changed letter would hide all of it."""
    data = set_at(*SIG, name, {"etsiU": ["e30"]})(sealed)
    for file in (parse(data), parse_any(data)):
        found = validate(file, context=trusting(pki.anchors, at=now))
        assert "header-renamed" in [p.code for p in found.integrity if p.severity == "error"]


def test_spelling_of_jose4j(pki: Any, now: datetime) -> None:
    """Other signers escape punctuation beyond ASCII; their files are intact too, but not as they are written here."""
    ours = seal("„Žluťoučký kůň“ – 5\xa0€ \x7f".encode(), **pki.signer(), at=now).decode()
    theirs = re.sub("[„“–€\x7f]", lambda found: f"\\u{ord(found[0]):04X}", ours)
    assert "\\u201EŽluťoučký kůň\\u201C \\u2013 5\xa0\\u20AC \\u007F" in theirs
    assert not validate(parse(ours.encode()), context=trusting(pki.anchors, at=now)).integrity
    found = validate(parse(theirs.encode()), context=trusting(pki.anchors, at=now))
    assert [(p.code, p.severity) for p in found.integrity] == [("not-canonical", "warning")]


@pytest.mark.parametrize("as_text", [True, False])
@pytest.mark.parametrize("bound", ["octets", "entries"])
def test_what_stands_behind_a_signature_is_bounded(forge: Any, as_text: bool, bound: str) -> None:
    """Megabytes or many entries that no seal covers are an error, told without reading them."""
    size, count = (LARGEST, 1) if bound == "octets" else (4, MOST + 1)
    value = {"sigTst": {"tstTokens": [{"val": "A" * size}]}}
    header = {"etsiU": [b64u(value) if as_text else value] * count}
    file = parse(_with(forge(), header))
    assert "unsigned-too-large" in [p.code for p in file.problems if p.severity == "error"]
    assert file.unsigned == ()


BIG = 10**15
HEADERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "as it should be": ({}, []),
    "no alg": ({"alg": None}, ["member-missing"]),
    "alg none": ({"alg": "none"}, ["algorithm-refused"]),
    "alg HS256": ({"alg": "HS256"}, ["algorithm-refused"]),
    "alg an OID": ({"alg": "1.2.840.10045.4.3.2"}, ["algorithm-refused"]),
    "alg in lower case": ({"alg": "es256"}, ["algorithm-refused"]),
    "alg a number": ({"alg": 5}, ["wrong-type"]),
    "alg a list": ({"alg": ["ES256"]}, ["wrong-type"]),
    "cty empty": ({"cty": ""}, ["wrong-type"]),
    "kid an object": ({"kid": {"a": 1}}, ["wrong-type"]),
    "kid a hint": ({"kid": "whatever"}, []),
    "typ other": ({"typ": "JWT"}, ["header-value"]),
    "typ of compact": ({"typ": "jose"}, ["header-value"]),
    "typ in full": ({"typ": "application/jose+json"}, []),
    "typ a number": ({"typ": 1}, ["wrong-type"]),
    "b64 not in crit": ({"crit": ["iat"]}, ["crit-lacks"]),
    "no crit": ({"crit": None}, ["crit-lacks"]),
    "crit empty": ({"crit": []}, ["crit-empty", "crit-lacks"]),
    "crit a string": ({"crit": "b64"}, ["wrong-type", "crit-lacks"]),
    "crit an object": ({"crit": {"b64": 1}}, ["wrong-type", "crit-lacks"]),
    "crit with a number": ({"crit": ["b64", 1]}, ["wrong-type"]),
    "crit twice the same": ({"crit": ["b64", "b64"]}, ["crit-duplicate"]),
    "crit with a registered name": ({"crit": ["b64", "alg"]}, ["crit-registered"]),
    "crit with an absent name": ({"crit": ["b64", "sigPl"]}, ["crit-absent"]),
    "crit with nbf": ({"crit": ["b64", "nbf"], "nbf": 1}, ["header-without-effect", "crit-not-understood"]),
    "crit with an unknown name": ({"crit": ["b64", "x"], "x": 1}, ["header-ignored", "crit-not-understood"]),
    "crit with iat": ({"crit": ["b64", "iat"]}, []),
    "no reference to the certificate": ({"x5t#S256": None}, ["certificate-reference-count"]),
    "two references": (
        {"x5t#o": {"digAlg": "S256", "digVal": b64u(b"x" * 32)}},
        ["certificate-reference-count"],
    ),
    "SHA-1 reference": ({"x5t": b64u(b"x" * 20)}, ["x5t-sha1"]),
    "x5t#S256 a number": ({"x5t#S256": 1}, ["not-base64url"]),
    "x5t#S256 too short": ({"x5t#S256": b64u(b"x" * 31)}, ["header-value"]),
    "x5t#S256 padded": ({"x5t#S256": b64u(b"x" * 32) + "="}, ["not-base64url"]),
    "x5t#S256 with a line break": ({"x5t#S256": b64u(b"x" * 32) + "\n"}, ["not-base64url"]),
    "x5t#o a string": ({"x5t#S256": None, "x5t#o": "x"}, ["wrong-type"]),
    "x5t#o with SHA-1": ({"x5t#S256": None, "x5t#o": {"digAlg": "S1", "digVal": "eA"}}, ["header-value"]),
    "x5t#o without digVal": ({"x5t#S256": None, "x5t#o": {"digAlg": "S256"}}, ["member-missing"]),
    "x5t#o with more": (
        {"x5t#S256": None, "x5t#o": {"digAlg": "S256", "digVal": b64u(b"x" * 32), "a": 1}},
        ["member-unexpected"],
    ),
    "x5t#o with an algorithm of a wrong type": (
        {"x5t#S256": None, "x5t#o": {"digAlg": [], "digVal": "eA"}},
        ["header-value"],
    ),
    "sigX5ts an object": ({"x5t#S256": None, "sigX5ts": {}}, ["wrong-type"]),
    "x5c a string": ({"x5c": "MII"}, ["wrong-type"]),
    "x5c empty": ({"x5c": []}, ["wrong-type"]),
    "x5c too long": ({"x5c": ["AAAA"] * 11}, ["header-value"]),
    "x5c with a number": ({"x5c": [1]}, ["not-base64"]),
    "x5c with a line break": ({"x5c": ["MIIB\n"]}, ["not-base64"]),
    "x5c in base64url": ({"x5c": ["-_-_"]}, ["not-base64"]),
    "no time": ({"iat": None}, ["signing-time-missing"]),
    "both times": ({"sigT": "2025-01-01T00:00:00Z"}, ["signing-time-twice"]),
    "iat a fraction": ({"iat": 1.5}, ["header-value"]),
    "iat a string": ({"iat": "1"}, ["header-value"]),
    "iat true": ({"iat": True}, ["header-value"]),
    "iat negative": ({"iat": -1}, ["header-value"]),
    "iat beyond year 9999": ({"iat": BIG}, ["header-value"]),
    "sigT before the change": ({"iat": None, "sigT": "2025-07-14T23:59:59Z"}, []),
    "sigT after the change": ({"iat": None, "sigT": "2025-07-15T00:00:00Z"}, ["sigT-outdated"]),
    "sigT with an offset": ({"iat": None, "sigT": "2025-07-14T23:59:59+02:00"}, ["header-value"]),
    "sigT with fractions": ({"iat": None, "sigT": "2025-07-14T23:59:59.5Z"}, ["header-value"]),
    "sigT impossible": ({"iat": None, "sigT": "2025-02-30T00:00:00Z"}, ["header-value"]),
    "sigT with a line break": ({"iat": None, "sigT": "2025-02-03T00:00:00Z\n"}, ["header-value"]),
    "sigT in other digits": ({"iat": None, "sigT": "٢٠٢٥-02-03T00:00:00Z"}, ["header-value"]),
    "sigT a number": ({"iat": None, "sigT": 1}, ["header-value"]),
    "nbf": ({"nbf": "any"}, ["header-without-effect"]),
    "exp": ({"exp": 1}, ["header-without-effect"]),
    "jwk": ({"jwk": {"kty": "EC"}}, ["header-unknown"]),
    "x5u": ({"x5u": "https://example.org/"}, ["header-unknown"]),
    "a name of one's own": ({"https://example.org/ř": {"ů": 1}}, ["header-ignored"]),
    "a name that looks like a path": ({"a.b": 1}, ["header-ignored"]),
    "sigD": (
        {"crit": ["b64", "sigD"], "sigD": {"mId": "http://uri.etsi.org/19182/ObjectIdByURI", "pars": ["a"]}},
        ["sigD-refused"],
    ),
    "sigD not critical": ({"sigD": {"mId": "x", "pars": ["a"]}}, ["crit-lacks", "sigD-refused"]),
    "sigD a string": ({"crit": ["b64", "sigD"], "sigD": "x"}, ["wrong-type", "sigD-refused"]),
    "sigD with a bad digest": (
        {"crit": ["b64", "sigD"], "sigD": {"mId": "x", "pars": ["a"], "hashM": "S256", "hashV": ["e"]}},
        ["not-base64url", "sigD-refused"],
    ),
    "adoTst a string": ({"adoTst": "x"}, ["wrong-type"]),
    "adoTst empty": ({"adoTst": {"tstTokens": []}}, ["wrong-type"]),
    "adoTst with canonAlg": (
        {"adoTst": {"canonAlg": "x", "tstTokens": [{"val": "AAAA"}]}},
        ["member-unexpected"],
    ),
    "adoTst in base64url": ({"adoTst": {"tstTokens": [{"val": "-_-_"}]}}, ["not-base64"]),
    "adoTst with more": ({"adoTst": {"tstTokens": [{"val": "AAAA", "a": 1}]}}, ["member-unexpected"]),
    "adoTst": ({"crit": ["b64", "adoTst"], "adoTst": {"tstTokens": [{"val": "AAAA"}]}}, []),
    "sigPl a list": ({"sigPl": [1]}, ["wrong-type"]),
    "srCms an object": ({"srCms": {"a": 1}}, ["wrong-type"]),
    "sigPId, srAts as objects": (
        {"sigPId": {"id": {}}, "srAts": {"claimed": []}},
        ["header-not-judged", "header-not-judged"],
    ),
}


@pytest.mark.parametrize(("header", "codes"), HEADERS.values(), ids=HEADERS)
def test_protected_header(
    pki: Any, now: datetime, forge: Any, header: dict[str, Any], codes: list[str]
) -> None:
    """Each fault of a protected header is named under its path, and a signed fault is still a fault."""
    data = forge(header=header)
    file = parse(data)
    assert sorted(p.code for p in file.problems) == sorted(codes)
    assert all(p.where.startswith("signatures[0].protected") for p in file.problems)
    assert validate(file, context=trusting(pki.anchors, at=now)).structure == file.problems


def test_what_is_not_critical_and_not_known_is_no_doubt(forge: Any) -> None:
    """Who seals may say more in the header than is understood here; that is told, and is held against nobody (RFC 7515, 4)."""
    (told,) = parse(forge(header={"https://example.org/ř": {"ů": 1}})).problems
    assert told.severity == "info"


@pytest.mark.parametrize("b64", ["false", 0, None, True, []])
def test_only_false_makes_a_readable_payload(forge: Any, b64: Any) -> None:
    """A payload counts as plain text only when `b64` is false itself; every fault of the header is told as well."""
    with pytest.raises(UnreadableError) as caught:
        parse(forge(header={"b64": b64, "typ": "JWT"}))
    assert {"header-value", "payload-encoding"} <= {p.code for p in caught.value.problems}


def test_encoded_payload(pki: Any, now: datetime, forge: Any) -> None:
    """Without `b64` the payload is base64url, and what it spells is what was sealed."""
    text = b64u("Žluťoučký".encode())
    file = parse(forge(payload=text, header={"b64": None, "crit": None}))
    assert file.payload.decode() == "Žluťoučký"
    assert not validate(file, context=trusting(pki.anchors, at=now)).integrity


def test_empty_payload(pki: Any, now: datetime, forge: Any) -> None:
    """A seal over nothing is not intact."""
    found = validate(parse(forge(payload="")), context=trusting(pki.anchors, at=now))
    assert [p.code for p in found.structure] == ["payload-empty"]


def entry(kind: str, value: Any) -> str:
    return b64u({kind: value})


TOKEN = {"tstTokens": [{"val": "AAAA"}]}
UNSIGNED: dict[str, tuple[Any, list[str]]] = {
    "a time-stamp": ({"etsiU": [entry("sigTst", TOKEN)]}, []),
    "as an object": ({"etsiU": [{"sigTst": TOKEN}]}, []),
    "white space inside an entry": ({"etsiU": [b64u(b'{ "sigTst" : {"tstTokens":[{"val":"AAAA"}]} }')]}, []),
    "validation data": (
        {
            "etsiU": [
                entry("xVals", [{"x509Cert": {"val": "AAAA"}}, {"otherCert": {}}]),
                entry(
                    "rVals",
                    {
                        "crlVals": [{"val": "AAAA"}],
                        "ocspVals": [{"val": "AAAA", "encoding": "http://uri.etsi.org/01903/v1.2.2#DER"}],
                    },
                ),
                entry(
                    "tstVD",
                    {"xVals": [{"x509Cert": {"val": "AAAA"}}], "rVals": {"ocspVals": [{"val": "AAAA"}]}},
                ),
                entry("arcTst", {"canonAlg": "x", **TOKEN}),
                entry("cSig", "a..b"),
                entry("sigPSt", {"sigPolDoc": "AAAA"}),
            ]
        },
        [],
    ),
    "header a string": ("x", ["wrong-type"]),
    "header empty": ({}, ["member-missing"]),
    "header with more": ({"etsiU": [entry("sigTst", TOKEN)], "kid": "x"}, ["member-unexpected"]),
    "alg in the unprotected header": ({"alg": "none"}, ["member-unexpected", "member-missing"]),
    "etsiU empty": ({"etsiU": []}, ["wrong-type"]),
    "etsiU an object": ({"etsiU": {"sigTst": TOKEN}}, ["wrong-type"]),
    "mixed": ({"etsiU": [entry("sigTst", TOKEN), {"sigTst": TOKEN}]}, ["unsigned-mixed"]),
    "unknown kind": ({"etsiU": [entry("foo", {})]}, ["unsigned-shape"]),
    "two members": ({"etsiU": [b64u({"sigTst": TOKEN, "arcTst": TOKEN})]}, ["unsigned-shape"]),
    "a number": ({"etsiU": [5]}, ["unsigned-shape"]),
    "no object": ({"etsiU": [b64u([1])]}, ["unsigned-shape"]),
    "padded": ({"etsiU": [entry("sigTst", TOKEN) + "="]}, ["not-base64url"]),
    "line break": ({"etsiU": [entry("sigTst", TOKEN) + "\n"]}, ["not-base64url"]),
    "not JSON": ({"etsiU": [b64u(b"x")]}, ["json-syntax"]),
    "member twice": ({"etsiU": [b64u(b'{"sigTst":1,"sigTst":1}')]}, ["json-duplicate-member"]),
    "too deep": ({"etsiU": [b64u(b'{"sigTst":' * 100)]}, ["json-too-deep"]),
    "sigTst a list": ({"etsiU": [entry("sigTst", [])]}, ["wrong-type"]),
    "sigTst with canonAlg": ({"etsiU": [entry("sigTst", {"canonAlg": "x", **TOKEN})]}, ["member-unexpected"]),
    "token in base64url": ({"etsiU": [entry("sigTst", {"tstTokens": [{"val": "-_-_"}]})]}, ["not-base64"]),
    "token a number": ({"etsiU": [entry("sigTst", {"tstTokens": [{"val": 1}]})]}, ["wrong-type"]),
    "xVals an object": ({"etsiU": [entry("xVals", {})]}, ["wrong-type"]),
    "xVals with two in one": (
        {"etsiU": [entry("xVals", [{"x509Cert": {"val": "AAAA"}, "x509Certs": {}}])]},
        ["member-unexpected"],
    ),
    "rVals with an unknown member": ({"etsiU": [entry("rVals", {"foo": []})]}, ["member-unexpected"]),
    "rVals empty": ({"etsiU": [entry("rVals", {})]}, ["wrong-type"]),
    "cSig a number": ({"etsiU": [entry("cSig", 1)]}, ["wrong-type"]),
    "sigPSt a string": ({"etsiU": [entry("sigPSt", "x")]}, ["wrong-type"]),
}


@pytest.mark.parametrize(("header", "codes"), UNSIGNED.values(), ids=UNSIGNED)
def test_unprotected_header(pki: Any, now: datetime, forge: Any, header: Any, codes: list[str]) -> None:
    """What was added outside the signature is read strictly, reported with kind and size, and leaves the JWS alone."""
    file = parse(_with(forge(), header))
    assert sorted(p.code for p in file.problems if p.severity == "error") == sorted(codes)
    present = [p.where for p in file.problems if p.code == "unsigned-present"]
    assert present == [one.where for one in file.unsigned if one.kind]
    assert file.canonical
    assert not validate(file, context=trusting(pki.anchors, at=now)).signature


def _with(data: bytes, header: Any) -> bytes:
    document = json.loads(data)
    (signature,) = document["signatures"]
    document["signatures"] = [
        {"protected": signature["protected"], "header": header, "signature": signature["signature"]}
    ]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def test_entries_say_what_they_carry(forge: Any) -> None:
    """An entry of `etsiU` gives its kind, its size in the file, its own text and the DER it carries."""
    text = entry("xVals", [{"x509Cert": {"val": "AAAA"}}])
    (found,) = parse(_with(forge(), {"etsiU": [text]})).unsigned
    assert (found.kind, found.size, found.text, found.certificates) == (
        "xVals",
        len(text),
        text,
        (b"\0\0\0",),
    )


@given(
    data=st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda payload, signatures: json.dumps({"payload": payload, "signatures": signatures}).encode(),
            st.text(max_size=5),
            st.recursive(
                st.none()
                | st.booleans()
                | st.integers()
                | st.text(max_size=5)
                | st.sampled_from(["e30", "e30K"]),
                lambda inner: (
                    st.lists(inner, max_size=2)
                    | st.dictionaries(
                        st.sampled_from(["protected", "header", "signature", "etsiU", "sigTst", "x"]),
                        inner,
                        max_size=3,
                    )
                ),
                max_leaves=12,
            ),
        ),
    )
)
def test_no_other_exception(pki: Any, now: datetime, data: bytes) -> None:
    """Whatever comes in, the answer is a file or an error of this package."""
    for read in (parse, parse_any):
        try:
            file = read(data)
        except AdesError:
            continue
        validate(file, context=trusting(pki.anchors, at=now))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["digAlg", "digVal", "tstTokens", "val", "mId", "pars", "hashM", "hashV"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)
NAMES = [
    "alg",
    "cty",
    "kid",
    "x5t#S256",
    "x5t#o",
    "sigX5ts",
    "x5c",
    "typ",
    "b64",
    "iat",
    "sigT",
    "crit",
    "adoTst",
    "sigPId",
    "srCms",
    "sigPl",
    "srAts",
    "sigD",
    "nbf",
    "exp",
    "x5t",
]


@given(header=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4))
def test_any_type_anywhere_in_the_header(pki: Any, now: datetime, forge: Any, header: dict[str, Any]) -> None:
    """A value of any type anywhere in a signed header is a finding, never an exception."""
    try:
        file = parse(forge(header=header))
    except UnreadableError:
        return
    validate(file, context=trusting(pki.anchors, at=now))
