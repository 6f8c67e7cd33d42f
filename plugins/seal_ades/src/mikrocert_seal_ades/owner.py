"""Who owns a seal: from a seal certificate to `SealOwner`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mikrocert.api import SealOwner, SealQuality
from mikrocert.errors import SealError

from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.x509 import asn1crypto, parse, subject_identity
from mikrocert_seal_ades.test_policy import is_test

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["owner_noted", "owner_of"]

_QC_STATEMENTS: Final = "1.3.6.1.5.5.7.1.3"
_QC_COMPLIANCE: Final = "0.4.0.1862.1.1"
_QC_SSCD: Final = "0.4.0.1862.1.4"
_QC_TYPE: Final = "0.4.0.1862.1.6"
_QC_TYPE_ESEAL: Final = "0.4.0.1862.1.6.2"


def owner_of(chain: Sequence[bytes]) -> SealOwner:
    """Return the owner that the first certificate of a chain names.

    Args:
        chain: DER certificates, the seal certificate first.

    Raises:
        SealError: if the seal certificate can't be read, or lacks O, C or organizationIdentifier
            (EN 319 412-1, 5.1.4; EN 319 412-3, 4.2.1): such a certificate can't issue.
    """
    try:
        identity = subject_identity(chain[0])
        quality = _quality(chain)
    except CertificateError as error:
        message = f"the seal certificate can't be used: {error}"
        raise SealError(message) from error
    name, identifier, country = identity.organization, identity.organization_identifier, identity.country
    if not (name and identifier and country):
        there = {"O": name, "organizationIdentifier (2.5.4.97)": identifier, "C": country}
        missing = ", ".join(attribute for attribute, value in there.items() if not value)
        message = f"the subject of the seal certificate lacks {missing}; only a certificate for electronic seals can issue"
        raise SealError(message)
    return SealOwner(
        legal_name=name,
        common_name=identity.common_name or name,
        organization_identifier=identifier,
        country=country,
        quality=quality,
        x509=chain[0],
    )


def owner_noted(chain: Sequence[bytes]) -> SealOwner | None:
    """Return the owner that the first certificate of a chain names, or none where it names none."""
    try:
        return owner_of(chain) if chain else None
    except SealError:
        return None


def _quality(chain: Sequence[bytes]) -> SealQuality:
    """What the certificate claims: test mark first, then QcCompliance with QcType eSeal, then QcSSCD."""
    if is_test(chain):
        return SealQuality.TEST
    statements = _qc_statements(chain[0])
    if _QC_COMPLIANCE not in statements or _QC_TYPE_ESEAL not in statements.get(_QC_TYPE, ()):
        return SealQuality.ADVANCED
    return SealQuality.QUALIFIED if _QC_SSCD in statements else SealQuality.ADVANCED_QC


def _qc_statements(certificate: bytes) -> dict[str, tuple[str, ...]]:
    """Identifier of each QCStatement → the identifiers in it (EN 319 412-5, 4); empty where they can't be read."""
    core: Any = asn1crypto("core")
    extensions = parse(certificate)["tbs_certificate"]["extensions"]
    values = [
        extension["extn_value"] for extension in extensions if extension["extn_id"].dotted == _QC_STATEMENTS
    ]
    try:
        statements: list[dict[str, Any]] = [
            statement
            for value in values
            for statement in core.load(value.contents, strict=True).native.values()
        ]
        return {
            statement["0"]: tuple(statement["1"].values()) if isinstance(statement.get("1"), dict) else ()
            for statement in statements
        }
    except Exception:  # noqa: BLE001  a certificate that garbles its own claim makes no claim
        return {}
