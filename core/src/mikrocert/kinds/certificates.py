"""Read seal certificates: whom one names, and whether it carries the test mark.

Signers need it for who they are, envelopes for whom a sealed file names; nobody should read it in a way of their own.
Nothing in here is judged: whether a certificate is to be believed is the affair of `trust`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mikrocert.errors import SealError
from mikrocert.kinds.signer import Identity
from mikrocert.report import SealOwner
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cryptography import x509

__all__ = ["TEST_POLICY", "identity_of", "is_test", "owner_of"]

TEST_POLICY: Final = "2.25.279807981564657034601624235145540985911"
"""The certificate policy "made by a sandbox", a UUID as an object identifier (ITU-T X.667, 7): the test mark.

Names can be chosen by anyone and prove nothing, so only this policy counts.
"""

_COUNTRY_LETTERS: Final = 2
_LARGEST: Final = 16 * 1024
_LONGEST_SHOWN: Final = 64
_ORGANIZATION_IDENTIFIER: Final = re.compile(
    r"(?!PAS|IDC|PNO|TAX|TIN)(?:[A-Z]{3}|[A-Z]{2}:)[A-Z]{2}-[!-~](?:[ -~]{0,62}[!-~])?"
)
"""Register, country, hyphen and number (EN 319 412-1, 5.1.4) in printable ASCII; the registers left out are persons'."""


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
            organizationIdentifier, has one of them twice or has the last one in another form (EN 319 412-1, 5.1.4; EN
            319 412-3, 4.2.1): such a certificate can't issue.
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
    if not _ORGANIZATION_IDENTIFIER.fullmatch(identifier):
        raise SealError(
            message(
                "the owner in the seal certificate has the identifier {identifier}; register, country, hyphen and number in plain letters and digits, such as NTRCZ-12345679, would be right",
                identifier=ascii(identifier[:_LONGEST_SHOWN]),
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
        x509=certificates[0],
        test=is_test(certificates),
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

    if len(certificate) > _LARGEST:
        too_large = f"it has {len(certificate)} octets, at most {_LARGEST} are read"
        raise ValueError(too_large)
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


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
