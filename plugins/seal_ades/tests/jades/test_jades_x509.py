"""Identity in a certificate, by object identifier."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mikrocert_seal_ades.jades import CertificateError, subject_identity


def test_identity(pki: Any, now: Any) -> None:
    """All attributes come from ASN.1: commas and equals signs inside a value stay part of it."""
    identity = subject_identity(pki.ec.der)
    assert identity.organization == "Řízení, O=Podvrh"
    assert identity.common_name == "Pečeť řůď, a. s."
    assert identity.country == "CZ"
    assert identity.organization_identifier == "NTRCZ-12345679"
    assert identity.issuer_common_name == "Vydavatel"
    assert identity.issuer_organization is None
    assert identity.serial == pki.ec.certificate.serial_number
    assert (identity.not_before, identity.not_after) == (now - timedelta(days=30), now + timedelta(days=365))
    assert identity.policies == ()
    assert not identity.self_issued
    assert subject_identity(pki.root.der).self_issued


def test_multi_valued_names(pki: Any) -> None:
    """Attributes of a multi-valued relative name are found one by one."""
    group = pyca.RelativeDistinguishedName(
        [
            pyca.NameAttribute(NameOID.ORGANIZATION_NAME, "Polabská univerzita"),
            pyca.NameAttribute(NameOID.COMMON_NAME, "Pečeť"),
        ]
    )
    identity = subject_identity(pki.leaf(subject=pyca.Name([group])).der)
    assert (identity.organization, identity.common_name, identity.country) == (
        "Polabská univerzita",
        "Pečeť",
        None,
    )


@pytest.mark.parametrize(
    ("oid", "name"),
    [
        (NameOID.ORGANIZATION_NAME, "O"),
        (NameOID.COMMON_NAME, "CN"),
        (NameOID.ORGANIZATION_IDENTIFIER, "organizationIdentifier"),
    ],
)
def test_ambiguous_names(pki: Any, oid: pyca.ObjectIdentifier, name: str) -> None:
    """A name with one attribute twice identifies nobody."""
    subject = pyca.Name([pyca.NameAttribute(oid, "ř"), pyca.NameAttribute(oid, "ř")])
    with pytest.raises(CertificateError) as caught:
        subject_identity(pki.leaf(subject=subject).der)
    assert [p.code for p in caught.value.problems] == ["certificate-ambiguous"]
    assert name in str(caught.value.problems[0])


@pytest.mark.parametrize("der", [b"", b"\0", b"0\0", b"nonsense" * 100, b"0" * 1_000])
def test_unreadable(der: bytes) -> None:
    """What is no certificate is said to be unreadable."""
    with pytest.raises(CertificateError):
        subject_identity(der)


def test_trailing_octets(pki: Any) -> None:
    """Octets behind a certificate are not overlooked."""
    with pytest.raises(CertificateError):
        subject_identity(pki.ec.der + b"\0")


def test_policies(pki: Any) -> None:
    """Certificate policies are given as dotted object identifiers."""
    key = ec.generate_private_key(ec.SECP256R1())
    oid = pyca.ObjectIdentifier("0.4.0.194112.1.1")
    base = pki.ca.certificate
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    certificate = (
        pyca.CertificateBuilder()
        .subject_name(base.subject)
        .issuer_name(base.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(base.not_valid_before_utc)
        .not_valid_after(base.not_valid_after_utc)
        .add_extension(pyca.CertificatePolicies([pyca.PolicyInformation(oid, None)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    assert subject_identity(certificate.public_bytes(Encoding.DER)).policies == ("0.4.0.194112.1.1",)
