"""Trust: from the seal certificate to an anchor, at the time claimed and now."""

import asyncio
import socket
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from mikrocert_seal_ades.jades import Anchors, CertificateError, parse, seal, validate
from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.trust import examine_path

from .conftest import certify, trusting

DAY = timedelta(days=1)


def trusted(data: bytes, *, trust: Anchors, at: datetime) -> list[tuple[str, str]]:
    """The problems of trust but the standing one on revocation."""
    found = validate(parse(data), context=trusting(trust, at=at))
    assert not found.signature
    return [(p.code, p.severity) for p in found.trust if p.code != "revocation-not-checked"]


def sealed_by(pki: Any, *, at: datetime, chain: tuple[bytes, ...] | None = None, **leaf: Any) -> bytes:
    party = pki.leaf(**leaf)
    return seal(b"{}", **pki.signer(chain=chain or (party.der, pki.ca.der), key=party.key), at=at)


def test_anchors_at_each_step(pki: Any, now: datetime) -> None:
    """The root, the issuing authority or the seal certificate itself may be the anchor."""
    sealed = seal(b"{}", **pki.signer(), at=now)
    for anchor, length in ((pki.root, 3), (pki.ca, 2), (pki.ec, 1)):
        found = validate(parse(sealed), context=trusting(Anchors((anchor.der,)), at=now))
        assert [p.code for p in found.trust] == ["revocation-not-checked"] * (length > 1)
        assert len(found.path) == length
        assert found.path[0] == anchor.der


def test_revocation_that_nobody_tells(pki: Any, now: datetime) -> None:
    """Without data about revocations nobody can tell; who does without them is always told so, as a warning."""
    file = parse(seal(b"{}", **pki.signer(), at=now))
    strict = validate(file, context=trusting(pki.anchors, at=now, demand="required"))
    # The seal's own certificate and that of its authority.
    assert [(p.code, p.severity) for p in strict.trust] == [("revocation-unknown", "undetermined")] * 2
    assert {p.sub_indication for p in strict.trust} == {"TRY_LATER"}
    lax = validate(file, context=trusting(pki.anchors, at=now))
    assert [(p.code, p.severity) for p in lax.trust] == [("revocation-not-checked", "warning")]


def test_root_inside_x5c(pki: Any, now: datetime) -> None:
    """x5c may reach up to the root and beyond the anchor, as long as each certificate issued the one before."""
    chain = (pki.ec.der, pki.ca.der, pki.root.der)
    sealed = seal(b"{}", **pki.signer(chain=chain, key=pki.ec.key), at=now)
    assert trusted(sealed, trust=Anchors((pki.ca.der,)), at=now) == []
    assert trusted(sealed, trust=pki.anchors, at=now) == []


def test_nobody_trusted(pki: Any, now: datetime) -> None:
    """Without anchors, or with others, nobody can tell: undetermined, and the path is empty."""
    sealed = seal(b"{}", **pki.signer(), at=now)
    for trust in (Anchors(), Anchors((pki.other.der,))):
        assert trusted(sealed, trust=trust, at=now) == [("issuer-not-trusted", "undetermined")]
        assert validate(parse(sealed), context=trusting(trust, at=now)).path == ()


def test_end_entity_anchor_issues_nothing(pki: Any, now: datetime) -> None:
    """Who is trusted as an end entity cannot vouch for others: a certificate issued with that key leads nowhere."""
    forged = pki.leaf(ec.generate_private_key(ec.SECP256R1()), issuer=pki.ec)
    sealed = seal(b"{}", **pki.signer(chain=(forged.der, pki.ec.der), key=forged.key), at=now)
    assert trusted(sealed, trust=Anchors((pki.ec.der,)), at=now) == [("issuer-not-trusted", "undetermined")]


def test_end_entity_inside_the_path_issues_nothing(pki: Any, now: datetime) -> None:
    """A seal certificate used as an authority breaks the path to the root: failed."""
    forged = pki.leaf(ec.generate_private_key(ec.SECP256R1()), issuer=pki.ec)
    chain = (forged.der, pki.ec.der, pki.ca.der)
    sealed = seal(b"{}", **pki.signer(chain=chain, key=forged.key), at=now)
    assert trusted(sealed, trust=pki.anchors, at=now) == [("path-invalid", "error")]


def test_impostor_of_the_authority(pki: Any, now: datetime, forge: Any) -> None:
    """A certificate signed by a key that only bears a trusted authority's name fails, with its chain or without."""
    impostor = type(pki.ca)(pki.ca.certificate, ec.generate_private_key(ec.SECP256R1()))
    party = pki.leaf(issuer=impostor)
    trust = Anchors((pki.ca.der,))
    alone = seal(b"{}", **pki.signer(chain=(party.der,), key=party.key), at=now)
    assert trusted(alone, trust=trust, at=now) == [("issuer-pretended", "error")]
    chained = forge(signer=party, x5c=(party.der, pki.ca.der))
    assert trusted(chained, trust=trust, at=now) == [("x5c-broken", "error"), ("issuer-pretended", "error")]
    assert ("x5c-broken", "error") in trusted(chained, trust=pki.anchors, at=now)


def test_stranger_in_x5c(pki: Any, now: datetime, forge: Any) -> None:
    """Every certificate of x5c has to belong to the path: a stranger, a doublet or a wrong order is an error."""
    for chain in (
        (pki.ec.der, pki.ca.der, pki.other.der),
        (pki.ec.der, pki.root.der),
        (pki.ec.der, pki.ec.der, pki.ca.der),
        (pki.ec.der, pki.root.der, pki.ca.der),
    ):
        assert ("x5c-broken", "error") in trusted(forge(x5c=chain), trust=pki.anchors, at=now)


def test_times(pki: Any, now: datetime) -> None:
    """Claimed outside validity or in the future: failed. Expired since: undetermined. A slow clock is forgiven."""
    leaf = {"start": now - 10 * DAY, "end": now + 10 * DAY}
    table = [
        (now, now, []),
        (now - 10 * DAY, now, []),
        (now, now + 10 * DAY, []),
        (now + timedelta(minutes=4), now, []),
        (now + timedelta(minutes=6), now, [("sealed-in-future", "error")]),
        (now - 11 * DAY, now, [("sealed-outside-validity", "error")]),
        (now, now + 11 * DAY, [("certificate-expired", "undetermined")]),
        (
            now + 11 * DAY,
            now + 12 * DAY,
            [("sealed-outside-validity", "error"), ("certificate-expired", "undetermined")],
        ),
    ]
    for signed, at, expected in table:
        sealed = sealed_by(pki, at=signed, **leaf)
        assert trusted(sealed, trust=pki.anchors, at=at) == expected, (signed, at)


def test_expired_anchor_that_is_the_seal_certificate(pki: Any, now: datetime) -> None:
    """Trusting a seal certificate itself does not prolong it."""
    party = pki.leaf(end=now + DAY)
    sealed = seal(b"{}", **pki.signer(chain=(party.der, pki.ca.der), key=party.key), at=now)
    trust = Anchors((party.der,))
    assert trusted(sealed, trust=trust, at=now) == []
    assert trusted(sealed, trust=trust, at=now + 2 * DAY) == [("certificate-expired", "undetermined")]


def test_expired_authority(pki: Any, now: datetime) -> None:
    """An authority that was not valid at the signing time, or has expired since, leaves the answer open."""
    ca = pki.leaf(ec.generate_private_key(ec.SECP256R1()), issuer=pki.root, ca=True, end=now + DAY)
    party = pki.leaf(issuer=ca)
    signer = pki.signer(chain=(party.der, ca.der), key=party.key)
    before, after = seal(b"{}", **signer, at=now), seal(b"{}", **signer, at=now + 2 * DAY)
    assert trusted(before, trust=pki.anchors, at=now) == []
    assert trusted(before, trust=pki.anchors, at=now + 2 * DAY) == [("certificate-expired", "undetermined")]
    assert trusted(after, trust=pki.anchors, at=now + 2 * DAY) == [("path-outside-validity", "undetermined")]


def test_naive_time(pki: Any, now: datetime) -> None:
    """A naive time of validation is an error, not an exception."""
    found = validate(
        parse(seal(b"{}", **pki.signer(), at=now)), context=trusting(pki.anchors, at=now.replace(tzinfo=None))
    )
    assert [(p.code, p.severity) for p in found.trust] == [("time-naive", "error")]


def test_inside_a_running_loop(pki: Any, now: datetime) -> None:
    """Validation works where an event loop is already running."""
    sealed = seal(b"{}", **pki.signer(), at=now)

    async def run() -> list[tuple[str, str]]:
        return trusted(sealed, trust=pki.anchors, at=now)

    assert asyncio.run(run()) == []


def test_no_network(pki: Any, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Validation opens no connection, found path or not."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError

    sealed = seal(b"{}", **pki.signer(), at=now)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert trusted(sealed, trust=pki.anchors, at=now) == []
    assert trusted(sealed, trust=Anchors(), at=now) == [("issuer-not-trusted", "undetermined")]


def test_anchors_from_pem(pki: Any) -> None:
    """Anchors are read from PEM files with one certificate or several, with text around them."""
    assert Anchors.from_pem(b"# root\r\n" + pki.root.pem + pki.ca.pem, pki.ec.pem) == Anchors(
        (pki.root.der, pki.ca.der, pki.ec.der)
    )
    for bad in (b"", b"nonsense", pki.root.der, pki.root.pem[:200], pki.root.pem.replace(b"MII", b"MIJ", 1)):
        with pytest.raises(CertificateError):
            Anchors.from_pem(pki.ca.pem, bad)


@given(at=st.floats(0, 1, exclude_max=True), octet=st.integers(0, 255))
def test_damaged_certificates_are_findings(
    pki: Any, now: datetime, forge: Any, at: float, octet: int
) -> None:
    """A seal certificate with any octet exchanged, signed over and named by its digest, is never trusted."""
    der = bytearray(pki.ec.der)
    index = int(at * len(der))
    changed = der[index] != octet
    der[index] = octet
    found = validate(parse(forge(x5c=(bytes(der), pki.ca.der))), context=trusting(pki.anchors, at=now))
    bad = [p for p in (*found.integrity, *found.trust) if p.severity in {"error", "undetermined"}]
    assert bool(bad) == changed


@pytest.mark.parametrize(
    "junk", [b"", b"\0", b"0\0", b"0\x82\xff\xff", b"x" * 50_000], ids=["", "0", "short", "cut", "long"]
)
def test_unreadable_anchor(pki: Any, junk: bytes) -> None:
    """Something that is no certificate cannot be an anchor."""
    with pytest.raises(CertificateError):
        Anchors((pki.root.der, junk))


def test_same_name_other_key(pki: Any, now: datetime) -> None:
    """Of two trusted authorities with one name the one whose key issued the certificate is the anchor."""
    twin = type(pki.ca)(_twin(pki), None)
    found = validate(parse(sealed_by(pki, at=now)), context=trusting(Anchors((twin.der, pki.ca.der)), at=now))
    assert [p.code for p in found.trust] == ["revocation-not-checked"]
    assert found.path[0] == pki.ca.der


def _twin(pki: Any) -> Any:
    return pki.leaf(
        ec.generate_private_key(ec.SECP256R1()), subject=pki.ca.certificate.subject, issuer=pki.root, ca=True
    ).certificate


def test_certificates_that_all_fit_each_other(
    pki: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many certificates with one name and one key each pair is tried a few times at most, not every path."""
    key = ec.generate_private_key(ec.SECP256R1())
    knot = [pki.leaf(key, issuer=None, ca=True) for _ in range(8)]
    party = pki.leaf(issuer=knot[0])
    chain = (party.der, *(k.der for k in knot))
    sealed = seal(b"{}", **pki.signer(chain=chain, key=party.key), at=now)
    tried: list[bytes] = []

    def counted(certificate: bytes, *, by: bytes) -> bool:
        tried.append(certificate)
        return issued(certificate, by=by)

    issued = x509.issued
    monkeypatch.setattr(x509, "issued", counted)
    assert trusted(sealed, trust=pki.anchors, at=now) == [("issuer-not-trusted", "undetermined")]
    assert 0 < len(tried) <= 2 * len(chain) ** 2


ORGANISATION = "Řízení, O=Podvrh"
KEYS = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p224": lambda: ec.generate_private_key(ec.SECP224R1()),
    "rsa1024": lambda: rsa.generate_private_key(65537, 1024),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


def below(
    pki: Any, now: datetime, *, keys: dict[str, str] | None = None, **root: Any
) -> list[tuple[str, str]]:
    """The problems of a seal below an authority below a root that alone is trusted and has `root` of `certify`."""
    key = {name: KEYS[(keys or {}).get(name, "p256")]() for name in ("root", "ca")}
    names = {
        name: pyca.Name(
            [
                pyca.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
                pyca.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        for name in key
    }
    top = pki.leaf(key["root"], subject=names["root"], issuer=None, ca=True, **root)
    middle = pki.leaf(key["ca"], subject=names["ca"], issuer=top, ca=True)
    party = pki.leaf(issuer=middle)
    sealed = seal(b"{}", **pki.signer(chain=(party.der, middle.der), key=party.key), at=now)
    return trusted(sealed, trust=Anchors((top.der,)), at=now)


def names_of(*, permitted: str | None = None, excluded: str | None = None) -> dict[str, Any]:
    """The extension that limits the organisations of what is issued."""
    subtrees = [
        [pyca.DirectoryName(pyca.Name([pyca.NameAttribute(NameOID.ORGANIZATION_NAME, name)]))]
        if name
        else None
        for name in (permitted, excluded)
    ]
    return {"extensions": (pyca.NameConstraints(*subtrees),)}


@pytest.mark.parametrize(
    ("root", "codes"),
    [
        ({}, []),
        ({"path_length": 1}, []),
        ({"path_length": 0}, [("path-invalid", "error")]),
        (names_of(permitted=ORGANISATION), []),
        (names_of(permitted="Jiná ř"), [("path-invalid", "error")]),
        (names_of(excluded=ORGANISATION), [("path-invalid", "error")]),
        (names_of(excluded="Jiná ř"), []),
    ],
    ids=["none", "length 1", "length 0", "permitted", "other permitted", "excluded", "other excluded"],
)
def test_limits_of_an_anchor_count(
    pki: Any, now: datetime, root: dict[str, Any], codes: list[tuple[str, str]]
) -> None:
    """What an anchor limits itself to, length of path and names, binds whatever is below it."""
    assert below(pki, now, **root) == codes


@pytest.mark.parametrize("name", ["root", "ca"])
@pytest.mark.parametrize("kind", KEYS)
def test_every_key_on_the_path_is_strong(pki: Any, now: datetime, name: str, kind: str) -> None:
    """A path is as strong as its weakest key: a weak one at the anchor or on the way fails, whatever the seal's own is."""
    found = below(pki, now, keys={name: kind})
    assert found == ([("key-weak", "error")] if kind in {"p224", "rsa1024"} else [])


WAYS = {  # name → how the other certificate of the same authority differs from the one that leads to the anchor
    "another root": {"issuer": "other"},
    "a root of its own": {"issuer": None},
    "expired": {"end": -20 * DAY},
}


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", WAYS)
def test_of_several_ways_up_one_that_holds_is_enough(
    pki: Any, now: datetime, name: str, *, first: bool
) -> None:
    """An authority certified twice with one key is followed both ways, whichever certificate comes first."""
    more = dict(WAYS[name])
    issuer = {"other": pki.other, None: None}[more["issuer"]] if "issuer" in more else pki.root
    if "end" in more:
        more["end"], more["start"] = now + more["end"], now - 40 * DAY
    more["issuer"] = issuer
    ca = certify(pki.ca.key, subject=pki.ca.certificate.subject, ca=True, **more)
    ways = (ca.der, pki.ca.der) if first else (pki.ca.der, ca.der)
    party = pki.leaf()
    found = examine_path((party.der,), context=trusting(pki.anchors, at=now), signed_at=now, others=ways)
    assert [p.code for p in found.problems] == ["revocation-not-checked"]
    assert found.certificates == (pki.root.der, pki.ca.der, party.der)


def test_of_several_ways_up_none_that_holds_is_told(pki: Any, now: datetime) -> None:
    """Where no way holds, the fault of the first is told."""
    start = now - 40 * DAY
    name = pki.ca.certificate.subject
    wrong = [
        certify(pki.ca.key, subject=name, issuer=pki.root, ca=True, start=start, end=now - n * DAY)
        for n in (1, 2)
    ]
    others = tuple(party.der for party in wrong)
    found = examine_path(
        (pki.leaf().der,), context=trusting(pki.anchors, at=now), signed_at=now, others=others
    )
    assert [p.code for p in found.problems] == ["path-outside-validity"]


@pytest.mark.parametrize("carried", [True, False])
def test_decoys_beside_a_seal_push_nothing_out(pki: Any, now: datetime, *, carried: bool) -> None:
    """Certificates with the authority's name and key, which anybody can make, neither hide its own nor accuse it."""
    decoys = [
        certify(pki.ca.key, subject=pki.ca.certificate.subject, issuer=None, ca=True).der for _ in range(45)
    ]
    party = pki.leaf()
    chain = (party.der, pki.ca.der) if carried else (party.der,)
    others = tuple(decoys) if carried else (*decoys, pki.ca.der)
    found = examine_path(chain, context=trusting(pki.anchors, at=now), signed_at=now, others=others)
    right = "revocation-not-checked" if carried else "issuer-not-trusted"
    assert found.problems[0].code == right
    assert bool(found.certificates) is carried


@pytest.mark.parametrize("first", [True, False])
def test_of_ways_that_hold_the_one_not_expired_is_taken(pki: Any, now: datetime, *, first: bool) -> None:
    """An authority renewed with its key leaves no doubt, although its old certificate, valid then, has ended."""
    name, then = pki.ca.certificate.subject, now - 20 * DAY
    old = certify(pki.ca.key, subject=name, issuer=pki.root, ca=True, end=now - DAY).der
    ways = (old, pki.ca.der) if first else (pki.ca.der, old)
    found = examine_path(
        (pki.leaf().der,), context=trusting(pki.anchors, at=now), signed_at=then, others=ways
    )
    assert [p.code for p in found.problems] == ["revocation-not-checked"]


@pytest.mark.parametrize("first", [True, False])
def test_of_two_anchors_of_one_key_the_one_with_a_policy_counts(
    pki: Any, now: datetime, *, first: bool
) -> None:
    """Whichever stands first in the settings."""
    other = certify(pki.root.key, subject=pki.root.certificate.subject, issuer=None, ca=True).der
    pair = (other, pki.root.der) if first else (pki.root.der, other)
    party = pki.leaf(qc=None)
    for listed in pair:
        trust = Anchors(pair, organisations=frozenset({listed}))
        found = examine_path((party.der, pki.ca.der), context=trusting(trust, at=now), signed_at=now)
        assert found.certificates[0] == listed
        assert "not-for-seals" not in [p.code for p in found.problems]
