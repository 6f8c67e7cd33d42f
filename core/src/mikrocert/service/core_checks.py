"""What the core itself judges: `issuer`, `validity`, `status`."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING

from mikrocert.report import CheckResult, Finding, Outcome, Severity, StatusValue
from mikrocert.texts.dates import in_prague

if TYPE_CHECKING:
    from mikrocert.archive import Archived
    from mikrocert.kinds.format import Credential, IssuerClaim
    from mikrocert.report import SealInfo, SealOwner

__all__ = ["examine_issuer", "examine_validity", "plain", "status_finding", "unread", "without_seal"]


def plain(text: str) -> str:
    """Return a name or identifier as it is compared: one normal form, single spaces, no case."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip().casefold()


def examine_issuer(claim: IssuerClaim | None, seals: tuple[SealInfo, ...]) -> CheckResult:
    """Hold who claims to have issued it against the owner of every seal on it."""
    if claim is None or not claim.eidas_identifier:
        fault = Finding.error(
            "no-identifier",
            "The credential does not name the issuer's eIDAS identifier.",
            path="issuer",
        )
        return CheckResult.of("issuer", (fault,))
    if not seals:
        return without_seal("issuer")
    findings: list[Finding] = []
    for note in seals:
        if note.owner is None:
            fault = Finding.error(
                "nameless-seal",
                "The seal certificate lacks organisation, country or organizationIdentifier.",
                path=note.kind,
            )
            findings.append(fault)
        else:
            findings += _mismatches(claim, note.owner, note.kind)
    findings += _other_identifiers(claim, seals[-1].owner)
    if not any(finding.severity is Severity.ERROR for finding in findings):
        same = Finding.info(
            "same",
            "The issuer named is the one who sealed it.",
        )
        findings.insert(0, same)
    return CheckResult.of("issuer", findings)


def _mismatches(claim: IssuerClaim, owner: SealOwner, kind: str) -> list[Finding]:
    claimed = claim.eidas_identifier or ""
    faults: list[Finding] = []
    if plain(claimed) != plain(owner.organization_identifier):
        faults.append(
            Finding.error(
                "other-identifier",
                "The issuer claims identifier {claimed}, the seal belongs to {identifier}.",
                path=kind,
                claimed=claimed,
                identifier=owner.organization_identifier,
            )
        )
    if plain(owner.legal_name) not in {plain(name) for name in claim.legal_name.values()}:
        faults.append(
            Finding.error(
                "other-name",
                "The issuer's name differs from the one in the seal certificate ('{name}').",
                path=kind,
                name=owner.legal_name,
            )
        )
    if claim.country is not None and plain(claim.country) != plain(owner.country):
        faults.append(
            Finding.error(
                "other-country",
                "The issuer claims country {claimed}, the seal certificate says {country}.",
                path=kind,
                claimed=claim.country,
                country=owner.country,
            )
        )
    return faults


def _other_identifiers(claim: IssuerClaim, owner: SealOwner | None) -> list[Finding]:
    if owner is None:
        return []
    number = plain(owner.organization_identifier.partition("-")[2])
    return [
        Finding.warning(
            "unproven-identifier",
            "Another identifier of the issuer ({scheme} {value}) is not proven by the seal.",
            path=f"issuer.{scheme}",
            scheme=scheme,
            value=value,
        )
        for scheme, value in claim.other_identifiers.items()
        if not number or number not in plain(value)
    ]


def examine_validity(credential: Credential, at: datetime) -> CheckResult:
    """Hold the credential's own dates against the time of verification."""
    start, end = credential.valid_from, credential.valid_until
    if start is None:
        fault = Finding.error("no-start", "The start of validity is missing.", path="validFrom")
        return CheckResult.of("validity", (fault,))
    findings: list[Finding] = []
    begins = in_prague(start).date()
    if start > at:
        findings.append(
            Finding.error(
                "not-yet",
                "It is valid only from {begins}.",
                path="validFrom",
                begins=begins,
            )
        )
    if credential.issued is not None and credential.issued > at:
        findings.append(
            Finding.error(
                "issued-later",
                "The date of issue is in the future.",
                path="issued",
            )
        )
    if end is None:
        period = Finding.info("no-end", "From {begins} without limit.", begins=begins)
    else:
        ends = in_prague(end).date()
        period = Finding.info("period", "From {begins} to {ends}.", begins=begins, ends=ends)
        if end < at:
            findings.append(
                Finding.error(
                    "expired",
                    "Validity ended on {ends}.",
                    path="validUntil",
                    ends=ends,
                )
            )
    return CheckResult.of("validity", (*findings, period))


def status_finding(archived: Archived) -> Finding:
    """Return what the archive knows of a credential, as a sentence."""
    status = archived.status
    day = in_prague(status.since).date()
    if status.value is StatusValue.REVOKED:
        return Finding.error(
            "revoked",
            "Revoked on {day}. Reason: {reason}",
            day=day,
            reason=status.reason,
        )
    if status.value is StatusValue.REPLACED:
        return Finding.error(
            "replaced",
            "Replaced by a new micro-credential on {day}. Reason: {reason}",
            day=day,
            reason=status.reason,
        )
    return Finding.info("live", "It was neither revoked nor replaced.")


def without_seal(check: str) -> CheckResult:
    """Return the result of a check that only an intact seal would allow."""
    info = Finding.info(
        "no-intact-seal",
        "This can't be judged without an intact seal.",
    )
    return CheckResult(check, Outcome.UNDETERMINED, (info,))


def unread(check: str) -> CheckResult:
    """Return the result of a check of content that can't be read."""
    info = Finding.info(
        "unread",
        "The content can't be read, so it can't be judged.",
    )
    return CheckResult(check, Outcome.UNDETERMINED, (info,))
