"""What a certificate is for: an allow-list, because what is not for seals can be for anything.

A seal certificate is an organisation's: it says so by QcType eSeal (ETSI EN 319 412-5, 4.2.3), or it comes from an
anchor whose organisations may seal without saying so. Whatever else a certificate has, attributes of a person, the
key usage of an authority, the purposes of a server, makes it one that does not seal, whoever issued it.
"""

import re
from typing import Final

import attrs

from mikrocert_seal_ades.pki import der, x509
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.problems import Phrase, Problem, phrase, problem

_QC_STATEMENTS: Final = bytes.fromhex("2b06010505070103")  # 1.3.6.1.5.5.7.1.3
_QC_COMPLIANCE: Final = bytes.fromhex("04008e460101")  # 0.4.0.1862.1.1
_QC_DEVICE: Final = bytes.fromhex("04008e460104")  # 0.4.0.1862.1.4
_QC_TYPE: Final = bytes.fromhex("04008e460106")  # 0.4.0.1862.1.6
_QC_LEGISLATION: Final = bytes.fromhex("04008e460107")  # 0.4.0.1862.1.7
_QC_TYPES: Final = {
    bytes.fromhex("04008e46010601"): "esign",
    bytes.fromhex("04008e46010602"): "eseal",
    bytes.fromhex("04008e46010603"): "web",
}
_SEQUENCE, _OBJECT_IDENTIFIER = 0x30, 0x06

_SERIAL_NUMBER: Final = "2.5.4.5"
_ATTRIBUTES: Final = frozenset(
    {
        "2.5.4.3",  # CN
        _SERIAL_NUMBER,
        "2.5.4.6",  # C
        "2.5.4.7",  # L
        "2.5.4.8",  # ST
        "2.5.4.9",  # street
        "2.5.4.10",  # O
        "2.5.4.11",  # OU
        "2.5.4.13",  # description
        "2.5.4.15",  # businessCategory
        "2.5.4.17",  # postalCode
        "2.5.4.18",  # postOfficeBox
        "2.5.4.20",  # telephoneNumber
        "2.5.4.51",  # houseIdentifier
        "2.5.4.97",  # organizationIdentifier
        "0.9.2342.19200300.100.1.25",  # DC
        "1.2.840.113549.1.9.1",  # emailAddress
        "1.3.6.1.4.1.311.60.2.1.1",  # where the organisation is registered
        "1.3.6.1.4.1.311.60.2.1.2",
        "1.3.6.1.4.1.311.60.2.1.3",
    }
)
"""What the name of an organisation is made of; givenName, surname, pseudonym and title are not."""

_CALLED: Final = {
    "2.5.4.4": "surname",
    "2.5.4.12": "title",
    "2.5.4.42": "givenName",
    "2.5.4.43": "initials",
    "2.5.4.65": "pseudonym",
}
"""What attributes of a person are called; others are told by object identifier."""

_PERSON: Final = re.compile(r"(?:PAS|IDC|PNO|TAX|TIN|[A-Z]{2}:)[A-Z]{2}-", re.ASCII | re.IGNORECASE)
"""What a serial number begins with that is a person's (ETSI EN 319 412-1, 5.1.3)."""

_SIGNING: Final = frozenset(
    {
        "1.3.6.1.5.5.7.3.36",  # documentSigning (RFC 9336)
        "1.3.6.1.4.1.311.10.3.12",  # documents, as Microsoft has it
        "1.2.840.113583.1.1.5",  # PDF, as Adobe has it
    }
)
_BESIDE: Final = frozenset({"1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"})
"""Client authentication and e-mail: authorities write them into seal certificates, but alone they make no seal."""

_AUTHORITY_USAGE: Final = frozenset({"key_cert_sign", "crl_sign"})
_SIGNING_USAGE: Final = frozenset({"digital_signature", "non_repudiation"})
_ENCRYPTING_USAGE: Final = frozenset({"key_encipherment", "data_encipherment", "key_agreement"})
_SERVER_NAMES: Final = frozenset({"dns_name", "ip_address", "uniform_resource_identifier"})
_HOST: Final = re.compile(r"[\w*-]+(\.[\w-]+)+")


@attrs.frozen
class QcClaims:
    """What a certificate claims in its QCStatements (ETSI EN 319 412-5, 4); nobody has to believe it.

    Args:
        qualified: QcCompliance, a qualified certificate.
        device: QcSSCD, whose key is in a qualified device.
        types: QcType, some of `esign`, `eseal` and `web`, or an object identifier in hexadecimal.
        elsewhere: QcCClegislation, qualified under the law of a country outside of the European Union.
    """

    qualified: bool = False
    device: bool = False
    types: frozenset[str] = frozenset()
    elsewhere: bool = False

    @property
    def for_seals(self) -> bool:
        """Whether it says that it is for electronic seals, and for nothing else."""
        return self.types == frozenset({"eseal"})


def qc_claims(certificate: bytes) -> QcClaims:
    """Return what a DER `certificate` claims. Raises `CertificateError`; also where the claim is garbled."""
    octets = x509.extension(certificate, _QC_STATEMENTS)
    if octets is None:
        return QcClaims()
    try:
        ((_, statements),) = der.values(octets)
        claims = dict(_statement(contents) for _, contents in der.values(statements))
    except (IndexError, ValueError) as fault:
        raise CertificateError(problem("certificate-unreadable", reason="QCStatements")) from fault
    types = frozenset(_QC_TYPES.get(value, value.hex()) for value in claims.get(_QC_TYPE, ()))
    return QcClaims(_QC_COMPLIANCE in claims, _QC_DEVICE in claims, types, _QC_LEGISLATION in claims)


def purpose_problems(
    certificate: bytes, *, organisations: bool | None, where: str = ""
) -> tuple[Problem, ...]:
    """Return why a DER `certificate` is not one to seal with; none where it is.

    `organisations` says whether certificates of organisations seal that don't say they are for seals; None where no
    anchor says either way. Raises `CertificateError`.
    """
    claims = qc_claims(certificate)
    problems = [*_key_problems(certificate, for_seals=claims.for_seals), *_name_problems(certificate)]
    if claims.types and not claims.for_seals:
        problems.append(problem("qc-type", types=", ".join(sorted(claims.types))))
    elif not claims.types and organisations is not None:
        if not organisations:
            problems.append(problem("not-for-seals"))
        elif reason := _no_organisation(certificate):
            problems.append(problem("no-organisation", reason=reason))
    return tuple(attrs.evolve(found, where=where) for found in problems)


def _key_problems(certificate: bytes, *, for_seals: bool) -> list[Problem]:
    problems: list[Problem] = []
    usage, purposes = x509.key_usage(certificate), x509.purposes(certificate)
    if x509.is_authority(certificate) or usage & _AUTHORITY_USAGE:
        problems.append(problem("authority-seals"))
    if not usage & _SIGNING_USAGE:
        problems.append(problem("key-usage"))
    if purposes is None:
        return problems
    foreign = purposes - _SIGNING - _BESIDE
    if not purposes & _SIGNING and not for_seals:
        foreign = purposes
    if foreign or not purposes:
        problems.append(problem("key-purpose", purposes=", ".join(sorted(foreign))))
    return problems


def _name_problems(certificate: bytes) -> list[Problem]:
    problems: list[Problem] = []
    attributes = x509.subject_attributes(certificate)
    foreign = sorted(_CALLED.get(oid, oid) for oid in {oid for oid, _ in attributes} - _ATTRIBUTES)
    # A number that is a person's is not repeated, only its kind.
    kinds = [_PERSON.match(value) for oid, value in attributes if oid == _SERIAL_NUMBER]
    foreign += [f"serialNumber {kind[0]}…" for kind in kinds if kind]
    if foreign:
        problems.append(problem("personal-certificate", attributes=", ".join(foreign)))
    names = [name for kind, name in x509.alternative_names(certificate) if kind in _SERVER_NAMES]
    if names:
        problems.append(problem("server-certificate", names=", ".join(names)))
    return problems


def _no_organisation(certificate: bytes) -> Phrase | None:
    """Return why this is no certificate of an organisation that signs documents, or None when it is."""
    identity = x509.subject_identity(certificate)
    missing = [name for name, value in (("O", identity.organization), ("C", identity.country)) if not value]
    if missing:
        return phrase("its subject lacks {missing}", missing=", ".join(missing))
    if identity.common_name and _HOST.fullmatch(identity.common_name):
        return phrase("its name “{name}” is that of a server", name=identity.common_name)
    usage = x509.key_usage(certificate)
    if x509.purposes(certificate) is None and "non_repudiation" not in usage and usage & _ENCRYPTING_USAGE:
        return phrase("its key is also for encryption, as that of a server is")
    return None


def _statement(contents: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    (_, identifier), *information = der.values(contents)
    if not information or information[0][0] != _SEQUENCE:
        return identifier, ()
    return identifier, tuple(
        value for tag, value in der.values(information[0][1]) if tag == _OBJECT_IDENTIFIER
    )
