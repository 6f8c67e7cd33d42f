"""The certificates of a sandbox: a root, an issuing authority, and what the authority issues."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from mikrocert.api import TEST_POLICY, SealError, message

if TYPE_CHECKING:
    from mikrocert_seal_test.config import SandboxConfig

__all__ = ["MEMBERS", "Member", "PrivateKey", "make", "seal_subject", "url_of"]

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

MEMBERS: Final = ("root", "authority", "seal", "tsa", "ocsp")
"""Who has a key in a sandbox: root and issuing authority, the seal, time-stamp unit and OCSP responder."""

_YEARS: Final = {"root": 20, "authority": 15, "seal": 10, "tsa": 10, "ocsp": 10}
_TITLES: Final = {
    "root": "Root",
    "authority": "Authority",
    "tsa": "Time-Stamp Unit",
    "ocsp": "OCSP Responder",
}
_LONGEST: Final = 64
_WORD: Final = "TEST"
"""What O and CN of every certificate begin with, for people who look at one elsewhere; it proves nothing."""

_OPERATOR: Final = f"{_WORD} mikrocert sandbox"
_RESPONDER: Final = "/ocsp"

_STATEMENTS: Final = x509.UnrecognizedExtension(
    x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"),
    bytes.fromhex("30293008060604008e4601013008060604008e4601043013060604008e4601063009060704008e46010602"),
)
"""QCStatements as a qualified seal certificate has them: QcCompliance, QcSSCD and QcType eSeal (EN 319 412-5, 4.2).

A certificate's own word proves nothing; what is qualified, trusted lists say.
"""

_QCP_L_QSCD: Final = "0.4.0.194112.1.3"
"""Policy of certificates for legal persons whose key is in a qualified device (EN 319 411-2, 5.3)."""


@attrs.frozen
class Member:
    """A key and its certificate."""

    key: PrivateKey = attrs.field(repr=False)
    certificate: x509.Certificate


def make(config: SandboxConfig, *, at: datetime) -> dict[str, Member]:
    """Make all keys and certificates of a sandbox.

    Args:
        config: whom the seal belongs to and the kind of its key.
        at: when validity begins (aware), but for a minute of clock skew.

    Raises:
        SealError: if a setting doesn't fit into a certificate.
    """
    seal_subject(config)
    _check_url(config.url)
    members: dict[str, Member] = {}
    # Sandboxes are told apart by their names as well: a path builder looks for issuers by name.
    tag = secrets.token_hex(4)
    for name in MEMBERS:
        key = _key(config.key if name == "seal" else "p256")
        issuer = members.get("root" if name == "authority" else "authority") if name != "root" else None
        members[name] = Member(key, _certificate(name, key, config=config, tag=tag, issuer=issuer, at=at))
    return members


def _key(kind: str) -> PrivateKey:
    if kind == "rsa3072":
        return rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return ec.generate_private_key(ec.SECP256R1())


def seal_subject(config: SandboxConfig) -> x509.Name:
    """Return the subject of the seal certificate; TEST stands first in O and CN.

    Raises:
        SealError: if a setting doesn't fit into a certificate.
    """
    organisation = f"{_WORD} {config.organisation}"
    names = {
        NameOID.COUNTRY_NAME: config.country,
        NameOID.ORGANIZATION_NAME: organisation,
        NameOID.ORGANIZATION_IDENTIFIER: config.organization_identifier,
        NameOID.COMMON_NAME: organisation,
    }
    try:
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in names.items()])
    except ValueError as error:
        raise SealError(
            message(
                "{section} doesn't fit into a certificate; country has two letters, organisation at most {longest} characters",
                section="[signers.test]",
                longest=_LONGEST - len(_WORD) - 1,
            )
        ) from error


def url_of(certificate: x509.Certificate) -> str | None:
    """Return where the sandbox that issued a certificate answers, or None if it doesn't say."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return None
    return next(
        (
            str(entry.access_location.value).removesuffix(_RESPONDER)
            for entry in access
            if entry.access_method == AuthorityInformationAccessOID.OCSP
        ),
        None,
    )


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme != "http" or not parts.hostname or not port or url != f"http://{parts.netloc}":
        raise SealError(
            message(
                "signers.test.url is {url}; http:// with a host and a port, such as http://127.0.0.1:8319, would be right",
                url=url,
            )
        )


def _subject(name: str, *, country: str, tag: str) -> x509.Name:
    names = {NameOID.COUNTRY_NAME: country, NameOID.ORGANIZATION_NAME: _OPERATOR}
    names[NameOID.COMMON_NAME] = f"{_WORD} mikrocert {_TITLES[name]} {tag}"
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in names.items()])


def _certificate(
    name: str, key: PrivateKey, *, config: SandboxConfig, tag: str, issuer: Member | None, at: datetime
) -> x509.Certificate:
    own_name = seal_subject(config) if name == "seal" else _subject(name, country=config.country, tag=tag)
    public_key = key.public_key()
    start = (at - timedelta(minutes=1)).astimezone(UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(own_name)
        .issuer_name(issuer.certificate.subject if issuer else own_name)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * _YEARS[name]))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(_policies(TEST_POLICY, *([_QCP_L_QSCD] if name == "seal" else [])), critical=False)
    )
    if issuer:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(identifier, critical=False)
        for extension in _places(config.url, issuer="root" if name == "authority" else "authority"):
            builder = builder.add_extension(extension, critical=False)
    for extension, critical in _purpose(name):
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign((issuer.key if issuer else key), hashes.SHA256())


def _policies(*identifiers: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier(identifier), None) for identifier in identifiers]
    )


def _places(url: str, *, issuer: str) -> tuple[x509.ExtensionType, ...]:
    """Return where the issuer, its revocation list and, but for the root's, its responder are (RFC 5280, 4.2.1.13, 4.2.2.1)."""
    places = {AuthorityInformationAccessOID.CA_ISSUERS: f"{url}/certificates/{issuer}.cer"}
    if issuer == "authority":
        places[AuthorityInformationAccessOID.OCSP] = url + _RESPONDER
    access = [
        x509.AccessDescription(method, x509.UniformResourceIdentifier(place))
        for method, place in places.items()
    ]
    point = x509.DistributionPoint(
        [x509.UniformResourceIdentifier(f"{url}/crl/{issuer}.crl")], None, None, None
    )
    return x509.AuthorityInformationAccess(access), x509.CRLDistributionPoints([point])


def _purpose(name: str) -> list[tuple[x509.ExtensionType, bool]]:
    if name in {"root", "authority"}:
        length = 1 if name == "root" else 0
        return [
            (x509.BasicConstraints(ca=True, path_length=length), True),
            (_usage("key_cert_sign", "crl_sign"), True),
        ]
    end: list[tuple[x509.ExtensionType, bool]] = [(x509.BasicConstraints(ca=False, path_length=None), True)]
    if name == "tsa":
        # RFC 3161, 2.3: critical, and nothing else.
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        return [*end, (_usage("digital_signature"), True), (purpose, True)]
    if name == "ocsp":
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
        return [*end, (_usage("digital_signature"), True), (purpose, False), (x509.OCSPNoCheck(), False)]
    # nonRepudiation: EN 319 412-2, 4.3.2, type A.
    return [*end, (_usage("content_commitment"), True), (_STATEMENTS, False)]


def _usage(*wanted: str) -> x509.KeyUsage:
    names = (
        *(
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
        ),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: name in wanted for name in names})
