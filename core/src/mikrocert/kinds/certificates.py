"""Read seal certificates: whom one names, what it claims of itself, and whether it carries the test mark.

Signers need it for who they are, envelopes for whom a sealed file names; nobody should read it in a way of their own.
Nothing in here is judged: whether a certificate is to be believed is the affair of `trust`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mikrocert.errors import SealError
from mikrocert.kinds.signer import Identity
from mikrocert.report import SealOwner, SealQuality
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cryptography import x509

__all__ = ["TEST_POLICY", "identity_of", "is_test", "owner_of"]

TEST_POLICY: Final = "2.25.279807981564657034601624235145540985911"
"""The certificate policy "made by a sandbox", a UUID as an object identifier (ITU-T X.667, 7): the test mark.

Names can be chosen by anyone and prove nothing, so only this policy counts.
"""

_QC_STATEMENTS: Final = "1.3.6.1.5.5.7.1.3"
_QC_COMPLIANCE: Final = bytes.fromhex("04008e460101")  # 0.4.0.1862.1.1
_QC_SSCD: Final = bytes.fromhex("04008e460104")  # 0.4.0.1862.1.4
_QC_TYPE: Final = bytes.fromhex("04008e460106")  # 0.4.0.1862.1.6
_QC_TYPE_ESEAL: Final = bytes.fromhex("04008e46010602")  # 0.4.0.1862.1.6.2
_SEQUENCE, _OBJECT_IDENTIFIER = 0x30, 0x06
_LONG_LENGTH: Final = 0x80
_COUNTRY_LETTERS: Final = 2


def identity_of(certificates: Sequence[bytes], *, algorithm: str) -> Identity:
    """Return the identity of who signs with the key in a seal certificate.

    Args:
        certificates: X.509 certificates, DER, the seal certificate first, each issued by the next.
        algorithm: name of the signature algorithm (RFC 7518, 3.1), such as `ES256`.

    Raises:
        SealError: if the seal certificate can't be read, or can't issue; see `owner_of`.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    owner = owner_of(certificates)
    try:
        key = _load(owner.x509).public_key()
        public_key = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except Exception as error:
        raise SealError(
            message("the key in the seal certificate can't be used: {reason}", reason=_reason(error))
        ) from error
    return Identity(algorithm=algorithm, public_key=public_key, certificates=tuple(certificates), owner=owner)


def owner_of(certificates: Sequence[bytes]) -> SealOwner:
    """Return the owner that a seal certificate names.

    Args:
        certificates: X.509 certificates, DER, the seal certificate first.

    Raises:
        SealError: if there is no certificate, the first one can't be read, or its subject lacks O, C or
            organizationIdentifier or has one of them twice (EN 319 412-1, 5.1.4; EN 319 412-3, 4.2.1): such a
            certificate can't issue.
    """
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    if not certificates:
        raise SealError(message("there is no seal certificate; a key alone names no owner"))
    try:
        certificate = _load(certificates[0])
        name = _attribute(certificate, NameOID.ORGANIZATION_NAME, called="O")
        common_name = _attribute(certificate, NameOID.COMMON_NAME, called="CN")
        identifier = _attribute(certificate, NameOID.ORGANIZATION_IDENTIFIER, called="organizationIdentifier")
        country = _attribute(certificate, NameOID.COUNTRY_NAME, called="C")
        quality = _quality(certificate)
    except SealError:
        raise
    except Exception as error:
        raise SealError(
            message("the seal certificate can't be read: {reason}", reason=_reason(error))
        ) from error
    if not (name and identifier and country):
        values = {"O": name, "organizationIdentifier (2.5.4.97)": identifier, "C": country}
        missing = [attribute for attribute, value in values.items() if not value]
        raise SealError(
            message(
                "the subject of the seal certificate lacks {missing:comma}; only a certificate for electronic seals can issue",
                missing=missing,
            )
        )
    if not (len(country) == _COUNTRY_LETTERS and country.isascii() and country.isalpha()):
        raise SealError(
            message(
                "the subject of the seal certificate has C “{country}”; two letters, such as CZ, would be right",
                country=country,
            )
        )
    return SealOwner(
        legal_name=name,
        common_name=common_name or name,
        organization_identifier=identifier,
        country=country,
        quality=SealQuality.TEST if is_test(certificates) else quality,
        x509=certificates[0],
    )


def is_test(certificates: Iterable[bytes]) -> bool:
    """Return whether any of these certificates carries the test mark, `TEST_POLICY`.

    Args:
        certificates: DER; a chain, its anchor included where it is at hand. What can't be read carries no mark; it
            isn't trusted anyway.
    """
    return any(_marked(certificate) for certificate in certificates)


def _marked(certificate: bytes) -> bool:
    from cryptography.x509 import CertificatePolicies  # noqa: PLC0415

    try:
        extension = _load(certificate).extensions.get_extension_for_class(CertificatePolicies)
    except Exception:  # noqa: BLE001  whatever stops the library, there is no mark to be read
        return False
    return any(policy.policy_identifier.dotted_string == TEST_POLICY for policy in extension.value)


def _load(certificate: bytes) -> x509.Certificate:
    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415

    return load_der_x509_certificate(certificate)


def _attribute(certificate: x509.Certificate, oid: x509.ObjectIdentifier, *, called: str) -> str | None:
    values = [attribute.value for attribute in certificate.subject.get_attributes_for_oid(oid)]
    if len(values) > 1:
        raise SealError(
            message(
                "the subject of the seal certificate has {attribute} more than once; there is no telling which is meant",
                attribute=called,
            )
        )
    return values[0] if values and isinstance(values[0], str) else None


def _quality(certificate: x509.Certificate) -> SealQuality:
    """What the certificate claims: QcCompliance with QcType eSeal, then QcSSCD (EN 319 412-5, 4)."""
    statements = _qc_statements(certificate)
    if _QC_COMPLIANCE not in statements or _QC_TYPE_ESEAL not in statements.get(_QC_TYPE, ()):
        return SealQuality.ADVANCED
    return SealQuality.QUALIFIED if _QC_SSCD in statements else SealQuality.ADVANCED_QC


def _qc_statements(certificate: x509.Certificate) -> dict[bytes, tuple[bytes, ...]]:
    """Identifier of each QCStatement → the identifiers in it, as DER has them; empty where they can't be read."""
    from cryptography.x509 import ExtensionNotFound, ObjectIdentifier, UnrecognizedExtension  # noqa: PLC0415

    try:
        extension = certificate.extensions.get_extension_for_oid(ObjectIdentifier(_QC_STATEMENTS)).value
    except ExtensionNotFound:
        return {}
    if not isinstance(extension, UnrecognizedExtension):
        return {}
    try:
        ((_, statements),) = _values(extension.value)
        return dict(_statement(contents) for _, contents in _values(statements))
    except (IndexError, ValueError):
        # A certificate that garbles its own claim makes no claim.
        return {}


def _statement(contents: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    (_, identifier), *information = _values(contents)
    if not information or information[0][0] != _SEQUENCE:
        return identifier, ()
    return identifier, tuple(value for tag, value in _values(information[0][1]) if tag == _OBJECT_IDENTIFIER)


def _values(octets: bytes) -> list[tuple[int, bytes]]:
    """Tag and contents of the DER values that stand one behind the other in these octets (ITU-T X.690, 8.1)."""
    values: list[tuple[int, bytes]] = []
    while octets:
        tag, length, start = octets[0], octets[1], 2
        if length & _LONG_LENGTH:
            start += length ^ _LONG_LENGTH
            length = int.from_bytes(octets[2:start])
        if len(octets) < start + length:
            raise ValueError(length)
        values.append((tag, octets[start : start + length]))
        octets = octets[start + length :]
    return values


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
