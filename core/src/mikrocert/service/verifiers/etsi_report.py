"""What was judged of a file's seals, as a validation report of ETSI TS 119 102-2: XML that programs of others read.

It is about seals and nothing else: what the archive, the rules and the log say of a credential has no place there. It says no more than was judged:
`TOTAL-PASSED` only where every seal of the file is intact and somebody trusted stands behind it, `TOTAL-FAILED` only where one of the reasons for
that was found which EN 319 102-1, 5.1.3 gives, and `INDETERMINATE` else, as of test seals. Seals of one file are judged together, so all have one indication.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET  # it only writes here

from mikrocert.report import Outcome
from mikrocert.texts import printable

if TYPE_CHECKING:
    from datetime import datetime

    from mikrocert.report import Report, SealInfo

__all__ = ["etsi_report"]

_VR: Final = "http://uri.etsi.org/19102/v1.2.1#"
_DS: Final = "http://www.w3.org/2000/09/xmldsig#"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_URN: Final = "urn:etsi:019102"
_FAILING: Final = frozenset(
    {"FORMAT_FAILURE", "HASH_FAILURE", "SIG_CRYPTO_FAILURE", "REVOKED", "EXPIRED", "NOT_YET_VALID"}
)


def etsi_report(report: Report, *, file: str) -> bytes | None:
    """Return the validation report, or none where the file has no seal to report on.

    Args:
        report: what was found out.
        file: SHA-256 of the file, hexadecimal.
    """
    if not report.seals:
        return None
    ET.register_namespace("", _VR)
    ET.register_namespace("ds", _DS)
    main, *subs = _indications(report)
    root = ET.Element(f"{{{_VR}}}ValidationReport")
    certificates: dict[bytes, str] = {}
    for seal in report.seals:
        certificate = seal.owner.x509 if seal.owner is not None else b""
        if certificate:
            certificates.setdefault(certificate, f"certificate-{len(certificates) + 1}")
        part = _add(root, "SignatureValidationReport")
        identifier = _add(part, "SignatureIdentifier")
        _digest(identifier, file)
        _add(identifier, "HashOnly", "false")
        _add(identifier, "DocHashOnly", "false")
        _times(part, report.at, seal)
        _digest(_add(part, "SignersDocument"), file)
        if seal.claimed_at is not None:
            attributes = _add(part, "SignatureAttributes")
            _add(_add(attributes, "SigningTime"), "Time", _moment(seal.claimed_at))
        if seal.owner is not None and certificate:
            signer = _add(part, "SignerInformation")
            _add(signer, "SignerCertificate").set("VOReference", certificates[certificate])
            _add(
                signer, "Signer", printable(f"{seal.owner.legal_name} ({seal.owner.organization_identifier})")
            )
        status = _add(part, "SignatureValidationStatus")
        _add(status, "MainIndication", f"{_URN}:mainindication:{main}")
        for sub in subs:
            _add(status, "SubIndication", f"{_URN}:subindication:{sub}")
    if certificates:
        objects = _add(root, "SignatureValidationObjects")
        for certificate, name in certificates.items():
            one = _add(objects, "ValidationObject")
            one.set("id", name)
            _add(one, "ObjectType", f"{_URN}:validationObject:certificate")
            shown = _add(one, "ValidationObjectRepresentation")
            _add(shown, "base64", b64encode(certificate).decode("ascii"))
    ET.indent(root)
    octets: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return octets


def _indications(report: Report) -> tuple[str, ...]:
    """Return the main indication and, where it isn't passed, the reasons for it."""
    results = [report.result(check) for check in ("integrity", "trust")]
    if report.test_seal:  # whoever reads no more than this has to learn that it proves nothing
        return ("indeterminate", "GENERIC")
    if all(result is not None and result.outcome is Outcome.PASSED for result in results):
        return ("total-passed",)
    subs = {
        finding.sub_indication
        for result in results
        if result is not None and result.outcome is not Outcome.PASSED
        for finding in result.findings
        if finding.sub_indication
    }
    failing = sorted(subs & _FAILING)
    if failing and any(result is not None and result.outcome is Outcome.FAILED for result in results):
        return ("total-failed", *failing)
    return ("indeterminate", *(sorted(subs - _FAILING) or ["GENERIC"]))


def _times(part: ET.Element, at: datetime, seal: SealInfo) -> None:
    """Write when it was judged, and since when the seal is proven to have been there: at the latest since then."""
    info = _add(part, "ValidationTimeInfo")
    _add(info, "ValidationTime", _moment(at))
    best = _add(info, "BestSignatureTime")
    _add(best, "POETime", _moment(seal.proven_at or at))
    _add(best, "TypeOfProof", f"{_URN}:poetype:validation")


def _digest(parent: ET.Element, sha256: str) -> None:
    value = _add(parent, "DigestAlgAndValue")
    ET.SubElement(value, f"{{{_DS}}}DigestMethod").set("Algorithm", _SHA256)
    ET.SubElement(value, f"{{{_DS}}}DigestValue").text = b64encode(bytes.fromhex(sha256)).decode("ascii")


def _add(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    added = ET.SubElement(parent, f"{{{_VR}}}{name}")
    added.text = text
    return added


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
