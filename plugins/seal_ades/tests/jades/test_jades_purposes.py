"""Only seals seal: what a certificate has to say, and must not, before its key counts as a seal's."""

from datetime import datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from mikrocert_seal_ades.jades import Anchors, CertificateError, parse, seal, validate
from mikrocert_seal_ades.pki.purposes import QcClaims, purpose_problems, qc_claims

from .conftest import trusting

C, O, ID, CN = (  # noqa: E741  the attributes' own names
    NameOID.COUNTRY_NAME,
    NameOID.ORGANIZATION_NAME,
    NameOID.ORGANIZATION_IDENTIFIER,
    NameOID.COMMON_NAME,
)
OWNER = {C: "CZ", O: "Univerzita Řípská", ID: "NTRCZ-12345679", CN: "Pečeť řůď"}
DOCUMENTS, MICROSOFT, ADOBE = "1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.311.10.3.12", "1.2.840.113583.1.1.5"
CLIENT, EMAIL = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"
COMPLIANCE, SSCD, TYPE = "04008e460101", "04008e460104", "04008e460106"
ESIGN, ESEAL, WEB = "04008e46010601", "04008e46010602", "04008e46010603"


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    assert len(body) < 0x80
    return bytes((tag, len(body))) + body


def statements(*claims: tuple[str, ...]) -> bytes:
    """QCStatements: an identifier each, and the identifiers in it."""

    def oid(name: str) -> bytes:
        return der(0x06, bytes.fromhex(name))

    return der(
        0x30,
        *(der(0x30, oid(name), *([der(0x30, *map(oid, kinds))] if kinds else [])) for name, *kinds in claims),
    )


def subject(names: dict[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in names.items()])


def alternative(*names: x509.GeneralName) -> tuple[x509.ExtensionType, ...]:
    return (x509.SubjectAlternativeName(names),)


def judged(pki: Any, now: datetime, *, organisations: bool, **leaf: Any) -> list[tuple[str, str]]:
    """The problems of trust in a seal by a certificate with `leaf` of `certify`, but the standing one."""
    leaf = {"subject": subject(OWNER), "usage": "content_commitment", **leaf}
    leaf["purposes"] = tuple(map(x509.ObjectIdentifier, leaf.get("purposes", ())))
    party = pki.leaf(**leaf)
    sealed = seal(b"{}", **pki.signer(chain=(party.der, pki.ca.der), key=party.key), at=now)
    root = pki.root.der
    trust = Anchors((root,), organisations=frozenset({root} if organisations else ()))
    found = validate(parse(sealed), context=trusting(trust, at=now)).trust
    return [(p.code, p.severity) for p in found if p.code != "revocation-not-checked"]


SEALS: dict[str, dict[str, Any]] = {
    "QcType eSeal": {},
    "digitalSignature": {"usage": "digital_signature"},
    "for documents": {"purposes": (DOCUMENTS,)},
    "for documents, as others have it": {"purposes": (MICROSOFT, ADOBE)},
    "e-mail and log-on too": {"purposes": (EMAIL, CLIENT)},
    "an e-mail address": {"extensions": alternative(x509.RFC822Name("pecet@ripska.example"))},
    "qualified": {"qc": statements((COMPLIANCE,), (TYPE, ESEAL), (SSCD,))},
    "an organisation's serial number": {"subject": subject({**OWNER, NameOID.SERIAL_NUMBER: "12345679"})},
    "an address": {
        "subject": subject({**OWNER, NameOID.LOCALITY_NAME: "Říp", NameOID.POSTAL_CODE: "413 02"})
    },
}
ORGANISATIONS: dict[str, dict[str, Any]] = {
    "nonRepudiation": {},
    "digitalSignature alone": {"usage": "digital_signature"},
    "for documents": {"usage": "digital_signature", "purposes": (DOCUMENTS, EMAIL)},
}
OTHERS: dict[str, tuple[dict[str, Any], str]] = {
    "qualified signature": ({"qc": statements((COMPLIANCE,), (TYPE, ESIGN), (SSCD,))}, "qc-type"),
    "signature and seal": ({"qc": statements((TYPE, ESIGN, ESEAL))}, "qc-type"),
    "qualified web certificate": ({"qc": statements((COMPLIANCE,), (TYPE, WEB))}, "qc-type"),
    "a type of nobody": ({"qc": statements((TYPE, "2a03"))}, "qc-type"),
    **{
        name: ({"subject": subject({**OWNER, oid: value})}, "personal-certificate")
        for name, oid, value in (
            ("given name", NameOID.GIVEN_NAME, "Kateřina"),
            ("surname", NameOID.SURNAME, "Ďurišová"),
            ("pseudonym", NameOID.PSEUDONYM, "řůď"),
            ("title", NameOID.TITLE, "děkan"),
            ("birth number", NameOID.SERIAL_NUMBER, "PNOCZ-9001011234"),
            ("identity card", NameOID.SERIAL_NUMBER, "IDCCZ-123456789"),
            ("passport", NameOID.SERIAL_NUMBER, "PASCZ-12345678"),
            ("tax number", NameOID.SERIAL_NUMBER, "TINCZ-12345678"),
            ("national number", NameOID.SERIAL_NUMBER, "EI:SE-200007292386"),
            ("user of a directory", NameOID.USER_ID, "durisova"),
        )
    },
    **{
        name: ({"purposes": (oid, *more)}, "key-purpose")
        for name, oid, *more in (
            ("web server", "1.3.6.1.5.5.7.3.1"),
            ("web server and documents", "1.3.6.1.5.5.7.3.1", DOCUMENTS),
            ("code", "1.3.6.1.5.5.7.3.3"),
            ("IPsec end system", "1.3.6.1.5.5.7.3.5"),
            ("IPsec tunnel", "1.3.6.1.5.5.7.3.6"),
            ("IPsec user", "1.3.6.1.5.5.7.3.7"),
            ("time-stamps", "1.3.6.1.5.5.7.3.8"),
            ("OCSP", "1.3.6.1.5.5.7.3.9"),
            ("IKE", "1.3.6.1.5.5.7.3.17"),
            ("smart-card log-on", "1.3.6.1.4.1.311.20.2.2"),
            ("anything", "2.5.29.37.0"),
            ("a purpose of nobody", "1.2.3.4"),
        )
    },
    "no usage": ({"usage": None}, "key-usage"),
    "encryption": ({"usage": "key_encipherment"}, "key-usage"),
    "key agreement": ({"usage": "key_agreement"}, "key-usage"),
    "signs lists of revoked": ({"usage": "crl_sign"}, "authority-seals"),
    "signs certificates": ({"usage": "key_cert_sign"}, "authority-seals"),
    "authority": ({"ca": True}, "authority-seals"),
    "host": ({"extensions": alternative(x509.DNSName("ripska.example"))}, "server-certificate"),
    "address of a page": (
        {"extensions": alternative(x509.UniformResourceIdentifier("https://ripska.example"))},
        "server-certificate",
    ),
}
NO_ORGANISATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "e-mail alone": ({"purposes": (EMAIL,)}, "key-purpose"),
    "log-on alone": ({"purposes": (CLIENT,)}, "key-purpose"),
    "named as a host": ({"subject": subject({**OWNER, CN: "www.ripska.example"})}, "no-organisation"),
    **{
        f"without {name}": (
            {"subject": subject({oid: value for oid, value in OWNER.items() if oid != lacking})},
            "no-organisation",
        )
        for name, lacking in (("O", O), ("C", C))
    },
    "encrypting too": ({"usage": "digital_signature key_encipherment"}, "no-organisation"),
}


@pytest.mark.parametrize("organisations", [False, True])
@pytest.mark.parametrize("leaf", SEALS.values(), ids=SEALS)
def test_seal_certificates_seal(pki: Any, now: datetime, leaf: dict[str, Any], organisations: bool) -> None:
    """A certificate that says it is for seals, and nothing against it, seals below any anchor."""
    assert judged(pki, now, organisations=organisations, **leaf) == []


@pytest.mark.parametrize("leaf", ORGANISATIONS.values(), ids=ORGANISATIONS)
def test_organisations_seal_where_the_anchor_may(pki: Any, now: datetime, leaf: dict[str, Any]) -> None:
    """A certificate that doesn't say it is for seals counts only below anchors of which the settings say so."""
    assert judged(pki, now, organisations=True, qc=None, **leaf) == []
    assert ("not-for-seals", "undetermined") in judged(pki, now, organisations=False, qc=None, **leaf)


@pytest.mark.parametrize("organisations", [False, True])
@pytest.mark.parametrize(("leaf", "code"), OTHERS.values(), ids=OTHERS)
def test_what_is_for_something_else_never_seals(
    pki: Any,
    now: datetime,
    leaf: dict[str, Any],
    code: str,
    organisations: bool,
) -> None:
    """A person's, an authority's, a server's or a machine's certificate fails, below any anchor."""
    assert (code, "error") in judged(pki, now, organisations=organisations, **leaf)
    if "qc" not in leaf:
        found = judged(pki, now, organisations=organisations, qc=None, **leaf)
        assert (code, "error") in found


@pytest.mark.parametrize("number", ["PNOCZ-9001011234", "IDCCZ-123456789"])
def test_a_persons_number_is_not_repeated(pki: Any, number: str) -> None:
    """Why a person's certificate doesn't seal is told without the number, which may be a birth number."""
    leaf = pki.leaf(subject=subject({**OWNER, NameOID.SERIAL_NUMBER: number}))
    (found,) = purpose_problems(leaf.der, organisations=None)
    assert number.partition("-")[0] in str(found)
    assert number.partition("-")[2] not in str(found)


@pytest.mark.parametrize(("leaf", "code"), NO_ORGANISATIONS.values(), ids=NO_ORGANISATIONS)
def test_only_organisations_seal_without_saying_so(
    pki: Any, now: datetime, leaf: dict[str, Any], code: str
) -> None:
    """Below an anchor of organisations, what is no organisation's or for e-mail alone still fails."""
    assert (code, "error") in judged(pki, now, organisations=True, qc=None, **leaf)


@pytest.mark.parametrize("which", ["root", "ca", "leaf"])
def test_the_anchor_at_which_the_path_ends_decides(pki: Any, now: datetime, which: str) -> None:
    """That organisations seal below one anchor says nothing of those below another."""
    party = pki.leaf(qc=None)
    sealed = seal(b"{}", **pki.signer(chain=(party.der, pki.ca.der), key=party.key), at=now)
    anchor = {"root": pki.root.der, "ca": pki.ca.der, "leaf": party.der}[which]
    for allowed in (anchor, pki.other.der):
        trust = Anchors((anchor, pki.other.der), organisations=frozenset({allowed}))
        codes = [p.code for p in validate(parse(sealed), context=trusting(trust, at=now)).trust]
        assert ("not-for-seals" in codes) is (allowed != anchor)


def test_a_purpose_is_judged_whoever_issued(pki: Any, now: datetime) -> None:
    """A certificate for something else fails also where no anchor is known; an organisation's is left open then."""
    for qc, expected in (
        (statements((TYPE, ESIGN)), ["issuer-not-trusted", "qc-type"]),
        (None, ["issuer-not-trusted"]),
    ):
        party = pki.leaf(qc=qc)
        sealed = seal(b"{}", **pki.signer(chain=(party.der, pki.ca.der), key=party.key), at=now)
        found = validate(parse(sealed), context=trusting(Anchors(), at=now)).trust
        assert [p.code for p in found if p.code != "revocation-not-checked"] == expected


@pytest.mark.parametrize(
    ("octets", "claims"),
    [
        (statements((COMPLIANCE,), (TYPE, ESEAL), (SSCD,)), QcClaims(True, True, frozenset({"eseal"}))),
        (statements((TYPE, ESIGN, ESEAL)), QcClaims(types=frozenset({"esign", "eseal"}))),
        (statements((COMPLIANCE,)), QcClaims(qualified=True)),
    ],
)
def test_statements_are_read_by_identifier(pki: Any, octets: bytes, claims: QcClaims) -> None:
    """What a certificate claims is found by object identifier."""
    assert qc_claims(pki.leaf(qc=octets).der) == claims


@pytest.mark.parametrize(
    "octets",
    [
        b"\x30\x05abc",
        b"\x30\x84\xff\xff\xff\xff",
        statements((COMPLIANCE,))[:-1],
        statements((COMPLIANCE,)) + b"\x05\x00",
        der(0x30, b"\x05"),
        der(0x30, der(0x30)),
        der(0x30, der(0x06, bytes.fromhex(COMPLIANCE))),
    ],
)
def test_garbled_statements_make_a_certificate_unreadable(pki: Any, octets: bytes) -> None:
    """A claim that can't be read is no claim for seals, whichever library has a look first."""
    with pytest.raises(CertificateError):
        qc_claims(pki.leaf(qc=octets).der)
