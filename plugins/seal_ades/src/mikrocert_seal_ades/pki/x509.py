"""What a seal certificate says: parsed from ASN.1 by object identifier, never by splitting a name as text."""

import importlib
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import attrs
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificates

from mikrocert_seal_ades.pki import der
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.problems import problem, reason_of

_COMMON_NAME: Final = "2.5.4.3"
_COUNTRY: Final = "2.5.4.6"
_ORGANIZATION: Final = "2.5.4.10"
_ORGANIZATION_IDENTIFIER: Final = "2.5.4.97"

LARGEST: Final = 16 * 1024
"""The most octets of a certificate that is read; real ones have two thousand."""

LONGEST_IDENTIFIER: Final = 100
"""The most octets of an object identifier; the longest in use, UUIDs under 2.25, have twenty."""

MOST_ATTRIBUTES: Final = 50
"""The most attributes of a name."""


@attrs.frozen
class SubjectIdentity:
    """Who a certificate was issued to, as the certificate itself says.

    `organization` is O, `common_name` CN, `organization_identifier` 2.5.4.97 (such as `NTRCZ-12345679`), `country`
    C (ISO 3166-1 alpha-2); each None when absent. `issuer_common_name` is CN of the issuer. `policies` are object
    identifiers in dotted form. Times are aware. `serial` is a number, `self_issued` says that both names are equal.
    """

    organization: str | None
    common_name: str | None
    organization_identifier: str | None
    country: str | None
    issuer_organization: str | None
    issuer_common_name: str | None
    serial: int
    not_before: datetime
    not_after: datetime
    policies: tuple[str, ...]
    self_issued: bool


@lru_cache(maxsize=128)
def subject_identity(certificate: bytes) -> SubjectIdentity:
    """Return the identity in a DER `certificate` (RFC 5280, 4.1.2; ETSI EN 319 412-3, 4.2.1).

    Raises `CertificateError` when it cannot be read or gives O, CN, C or organizationIdentifier more than once.
    """
    x509 = parse(certificate)
    try:
        tbs = x509["tbs_certificate"]
        policies = x509.certificate_policies_value or ()
        return SubjectIdentity(
            organization=_attribute(x509.subject, _ORGANIZATION, name="O"),
            common_name=_attribute(x509.subject, _COMMON_NAME, name="CN"),
            organization_identifier=_attribute(
                x509.subject, _ORGANIZATION_IDENTIFIER, name="organizationIdentifier"
            ),
            country=_attribute(x509.subject, _COUNTRY, name="C"),
            issuer_organization=_attribute(x509.issuer, _ORGANIZATION, name="O"),
            issuer_common_name=_attribute(x509.issuer, _COMMON_NAME, name="CN"),
            serial=int(x509.serial_number),
            not_before=tbs["validity"]["not_before"].native,
            not_after=tbs["validity"]["not_after"].native,
            policies=tuple(policy["policy_identifier"].dotted for policy in policies),
            self_issued=x509.subject.dump() == x509.issuer.dump(),
        )
    except CertificateError:
        raise
    except Exception as fault:
        raise CertificateError(problem("certificate-unreadable", reason=reason_of(fault))) from fault


def parse(certificate: bytes) -> Any:  # noqa: ANN401  asn1crypto is untyped; its values end in this module and in trust.py
    """Return the `asn1crypto.x509.Certificate` in DER `certificate`, the whole of it and nothing behind it.

    Raises `CertificateError`; also for a serial number that is not positive (RFC 5280, 4.1.2.2).
    """
    x509 = parse_old(certificate)
    if x509.serial_number <= 0:
        raise CertificateError(
            problem("certificate-unreadable", reason=f"serial number {x509.serial_number}")
        )
    return x509


@lru_cache(maxsize=128)
def parse_old(certificate: bytes) -> Any:  # noqa: ANN401  see `parse`
    """Return what `parse` does, also where the serial number is not positive, as some old roots have it.

    The same few certificates come again and again, so the last ones are kept. Raises `CertificateError`.
    """
    if len(certificate) > LARGEST:
        raise CertificateError(problem("certificate-too-large", size=len(certificate), limit=LARGEST))
    if (longest := der.longest_identifier(certificate)) > LONGEST_IDENTIFIER:
        raise CertificateError(problem("identifier-too-long", size=longest, limit=LONGEST_IDENTIFIER))
    try:
        x509 = asn1crypto("x509").Certificate.load(certificate, strict=True)
        # asn1crypto parses lazily; touching every field keeps its exceptions in here.
        _ = x509.native, int(x509.serial_number)
    except Exception as fault:
        raise CertificateError(problem("certificate-unreadable", reason=reason_of(fault))) from fault
    count = max(sum(map(len, name.chosen)) for name in (x509.subject, x509.issuer))
    if count > MOST_ATTRIBUTES:
        raise CertificateError(problem("name-too-long", count=count, limit=MOST_ATTRIBUTES))
    return x509


@lru_cache(maxsize=128)
def public_key(certificate: bytes) -> bytes:
    """Return the DER SubjectPublicKeyInfo of a DER `certificate`. Raises `CertificateError`."""
    octets: bytes = parse(certificate).public_key.dump()
    return octets


def key_usage(certificate: bytes) -> frozenset[str]:
    """Return the bits of keyUsage by their names, such as `non_repudiation`; none where there is no such extension."""
    usage = parse(certificate).key_usage_value
    return frozenset() if usage is None else frozenset(usage.native)


def purposes(certificate: bytes) -> frozenset[str] | None:
    """Return the extended key usages in dotted form (RFC 5280, 4.2.1.12), or None where any is allowed."""
    found = parse(certificate).extended_key_usage_value
    return None if found is None else frozenset(purpose.dotted for purpose in found)


def subject_attributes(certificate: bytes) -> tuple[tuple[str, str], ...]:
    """Return object identifier, dotted, and value of each attribute of the subject. Raises `CertificateError`."""
    return tuple(
        (attribute["type"].dotted, str(attribute["value"].native))
        for group in parse(certificate).subject.chosen
        for attribute in group
    )


def alternative_names(certificate: bytes) -> tuple[tuple[str, str], ...]:
    """Return kind, such as `dns_name`, and value of each alternative name of the subject. Raises `CertificateError`."""
    names = parse(certificate).subject_alt_name_value or ()
    return tuple((name.name, str(name.native)) for name in names)


def extension(certificate: bytes, identifier: bytes) -> bytes | None:
    """Return the value of the extension with this object identifier, both as DER, or None where there is none.

    Identifiers are compared as octets: what asn1crypto calls one depends on what was imported before. Raises
    `CertificateError`.
    """
    for one in parse(certificate)["tbs_certificate"]["extensions"]:
        if one["extn_id"].contents == identifier:
            return bytes(one["extn_value"])
    return None


def responder_addresses(certificate: bytes) -> tuple[str, ...]:
    """Return the addresses of OCSP responders that a certificate names (RFC 5280, 4.2.2.1). Raises `CertificateError`."""
    return tuple(str(url) for url in parse(certificate).ocsp_urls)


def list_addresses(certificate: bytes) -> tuple[str, ...]:
    """Return the addresses of revocation lists that a certificate names (RFC 5280, 4.2.1.13). Raises `CertificateError`."""
    points = parse(certificate).crl_distribution_points
    return tuple(str(point.url) for point in points if point.url)


def issuer_addresses(certificate: bytes) -> tuple[str, ...]:
    """Return the web addresses at which a certificate says that its issuer's is (RFC 5280, 4.2.2.1). Raises `CertificateError`."""
    access = parse(certificate).authority_information_access_value
    found = (
        str(one["access_location"].native)
        for one in access or ()
        if one["access_method"].native == "ca_issuers"
        and one["access_location"].name == "uniform_resource_identifier"
    )
    return tuple(url for url in found if url.lower().startswith(("http://", "https://")))


def is_authority(certificate: bytes) -> bool:
    """Return whether basicConstraints make this the certificate of an authority (RFC 5280, 4.2.1.9)."""
    return bool(parse(certificate).ca)


def called(certificate: bytes) -> str:
    """Return what to call a certificate by: CN of its subject, else O, else nothing. Raises `CertificateError`."""
    attributes = [
        (attribute["type"].dotted, str(attribute["value"].native))
        for group in parse_old(certificate).subject.chosen
        for attribute in group
    ]
    named = [
        value for wanted in (_COMMON_NAME, _ORGANIZATION) for name, value in attributes if name == wanted
    ]
    return named[0] if named else ""


def organisation(certificate: bytes) -> str:
    """Return O of the subject, or nothing where it has none or several, or can't be read.

    Certificates of officials have a person's name for CN; what is shown of them is the organisation.
    """
    try:
        return _attribute(parse_old(certificate).subject, _ORGANIZATION, name="O") or ""
    except CertificateError:
        return ""


@lru_cache(maxsize=128)
def subject_name(certificate: bytes) -> bytes:
    """Return the DER Name of the subject. Raises `CertificateError`."""
    octets: bytes = parse(certificate).subject.dump()
    return octets


@lru_cache(maxsize=128)
def issuer_name(certificate: bytes) -> bytes:
    """Return the DER Name of the issuer. Raises `CertificateError`."""
    octets: bytes = parse(certificate).issuer.dump()
    return octets


def issuer_country(certificate: bytes) -> str | None:
    """Return C of the issuer, or None where it has none. Raises `CertificateError`; also where it has several."""
    return _attribute(parse(certificate).issuer, _COUNTRY, name="C")


@lru_cache(maxsize=512)
def issued(certificate: bytes, *, by: bytes) -> bool:
    """Return whether the DER certificate `by` carries the name and the key that `certificate` was issued with.

    The same few pairs come again and again, so the last ones are kept. Both have to be readable by `parse`, which refuses what `cryptography` would only warn of.
    """
    try:
        load_der_x509_certificate(certificate).verify_directly_issued_by(load_der_x509_certificate(by))
    except Exception:  # noqa: BLE001  whatever stops the library, the link is not proven
        return False
    return True


def issuer_serial(certificate: bytes) -> bytes:
    """Return the DER IssuerSerial of a DER `certificate`, as `kid` carries it (ETSI TS 119 182-1, 5.1.4)."""
    x509 = parse(certificate)
    names = [asn1crypto("x509").GeneralName(name="directory_name", value=x509.issuer)]
    octets: bytes = (
        asn1crypto("tsp").IssuerSerial({"issuer": names, "serial_number": x509.serial_number}).dump()
    )
    return octets


def from_pem(text: bytes) -> tuple[bytes, ...]:
    """Return the DER certificates in PEM `text`, in order. Raises `CertificateError` when one or all are unreadable."""
    try:
        certificates = load_pem_x509_certificates(text)
    except Exception as fault:
        raise CertificateError(problem("anchors-unreadable", reason=reason_of(fault))) from fault
    found = tuple(certificate.public_bytes(Encoding.DER) for certificate in certificates)
    for certificate in found:
        parse(certificate)
    return found


def asn1crypto(module: str) -> Any:  # noqa: ANN401  see `parse`
    """Return a module of asn1crypto, imported when first needed and ready for several threads; see `asn1`."""
    importlib.import_module("mikrocert_seal_ades.pki.asn1")
    return importlib.import_module(f"asn1crypto.{module}")


def _attribute(name_of_party: Any, oid: str, *, name: str) -> str | None:  # noqa: ANN401  see `parse`
    values = [
        str(attribute["value"].native)
        for group in name_of_party.chosen
        for attribute in group
        if attribute["type"].dotted == oid
    ]
    if len(values) > 1:
        raise CertificateError(problem("certificate-ambiguous", name=name))
    return values[0] if values else None
