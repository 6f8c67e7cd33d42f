"""What the core itself judges: `issuer`, `validity`, `status`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mikrocert.report import CheckResult, Finding, Outcome, Severity, StatusValue
from mikrocert.service.verifying.ours import same_name
from mikrocert.texts.dates import local_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mikrocert.kinds.format import Credential, IssuerClaim
    from mikrocert.report import CredentialStatus, SealInfo, SealOwner
    from mikrocert.service.verifying.ours import Ours

__all__ = [
    "examine_certificates",
    "examine_issuer",
    "examine_sealing_time",
    "examine_validity",
    "proven_at",
    "status_finding",
    "unproven",
    "unread",
    "without_seal",
]


def examine_issuer(
    credential: Credential,
    seals: tuple[SealInfo, ...],
    *,
    ours: Ours,
    names: Iterable[str] = (),
    texts: Iterable[str] = (),
    trust: Outcome,
    vouched: bool,
) -> CheckResult:
    """Hold who claims to have issued a credential against the owner of every seal on it.

    Args:
        credential: the credential.
        seals: one note per seal, outermost first.
        ours: what belongs to our operator.
        names: further names that the issuer is known by.
        texts: every text and address in the credential.
        trust: the outcome of `trust`.
        vouched: whether the seals were trusted at the times that they claim, though that proves no time.
    """
    claim = credential.issuer
    if claim is None or not claim.eidas_identifier:
        fault = Finding.error(
            "no-identifier",
            "The credential does not name the issuer's eIDAS identifier.",
            path="issuer",
        )
        return CheckResult.of("issuer", (fault,))
    if not seals:
        return without_seal("issuer")
    findings: list[Finding] = [*_other_seals(seals)]
    usable = ours.names(claim.eidas_identifier).union(names)
    for info in seals:
        if info.owner is None:
            fault = Finding.error(
                "nameless-seal",
                "The seal certificate lacks the organisation, its country or its identifier.",
                path=info.kind,
            )
            findings.append(fault)
        else:
            findings += _mismatches(claim, info.owner, info.kind, names=usable)
    if not ours.issued(credential, proven_at=proven_at(seals)):
        findings += ours.claims(credential, texts)
    elif trust is not Outcome.PASSED and not vouched:
        findings.append(_BORROWED)
    findings += _other_identifiers(claim, seals[-1].owner)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return CheckResult("issuer", Outcome.FAILED, tuple(findings))
    if trust is not Outcome.PASSED:
        return CheckResult("issuer", Outcome.UNDETERMINED, (_ANYBODY, *findings))
    if any(finding.code == "unproven-name" for finding in findings):
        return CheckResult("issuer", Outcome.UNDETERMINED, tuple(findings))
    same = Finding.info("same", "The issuer named is the one who sealed it.")
    return CheckResult("issuer", Outcome.PASSED, (same, *findings))


def proven_at(seals: tuple[SealInfo, ...]) -> datetime | None:
    """Return the earliest moment at which a file is proven to have been there, or none where nothing proves any.

    What proves it for a document proves it for the file inside, too.
    """
    return min((seal.proven_at for seal in seals if seal.proven_at is not None), default=None)


def _other_seals(seals: tuple[SealInfo, ...]) -> list[Finding]:
    """Demand that every seal on a file was made with the same certificate."""
    certificates = {info.owner.x509 for info in seals if info.owner is not None}
    if len(certificates) < 2:  # noqa: PLR2004 - one is the same as itself
        return []
    return [
        Finding.error(
            "other-seal",
            "The certificate and the data file in it were sealed with different seal certificates.",
            path=seals[0].kind,
        )
    ]


def examine_certificates(seals: tuple[SealInfo, ...], own: frozenset[bytes]) -> CheckResult:
    """Hold the certificate of every seal against those that our operator seals with."""
    return CheckResult.of(
        "issuer",
        [
            Finding.error(
                "other-certificate",
                "The credential names our operator, but its seal certificate is none of the operator's.",
                path=info.kind,
            )
            for info in seals
            if info.owner is None or info.owner.x509 not in own
        ],
    )


def _mismatches(claim: IssuerClaim, owner: SealOwner, kind: str, *, names: frozenset[str]) -> list[Finding]:
    claimed = claim.eidas_identifier or ""
    findings: list[Finding] = []
    if claimed != owner.organization_identifier:
        findings.append(
            Finding.error(
                "other-identifier",
                "The issuer claims identifier {claimed}, the seal belongs to {identifier}.",
                path=kind,
                claimed=claimed,
                identifier=owner.organization_identifier,
            )
        )
    findings += _wrong_names(claim, owner, kind, names=names)
    if claim.country is not None and claim.country.upper() != owner.country.upper():
        findings.append(
            Finding.error(
                "other-country",
                "The issuer claims country {claimed}, the seal certificate says {country}.",
                path=kind,
                claimed=claim.country,
                country=owner.country,
            )
        )
    return findings


def _wrong_names(claim: IssuerClaim, owner: SealOwner, kind: str, *, names: frozenset[str]) -> list[Finding]:
    """Hold every name of the issuer, in every language, against the certificate's and those that settings list."""
    proven = {owner.legal_name, *names}
    claimed = (*claim.legal_name.items(), *(("", name) for name in claim.more_names))
    wrong = [(language, name) for language, name in claimed if not any(same_name(name, p) for p in proven)]
    if len(wrong) == len(claimed):
        return [
            Finding.error(
                "other-name",
                "The issuer's name differs from the one in the seal certificate ('{name}').",
                path=kind,
                name=owner.legal_name,
            )
        ]
    return [
        Finding.warning(
            "unproven-name",
            "Another name of the issuer ('{name}') does not stand in the seal certificate; nothing proves it.",
            path=f"issuer.legal_name.{language}".rstrip("."),
            name=name,
        )
        for language, name in wrong
    ]


def _other_identifiers(claim: IssuerClaim, owner: SealOwner | None) -> list[Finding]:
    if owner is None:
        return []
    number = owner.organization_identifier.partition("-")[2]
    return [
        Finding.warning(
            "unproven-identifier",
            "Another identifier of the issuer ({value}) is not proven by the seal.",
            path=f"issuer.{scheme}",
            value=value,
        )
        for scheme, value in claim.other_identifiers.items()
        if not number or number not in value
    ]


def examine_validity(credential: Credential, at: datetime) -> CheckResult:
    """Hold the credential's own dates against the time of verification."""
    start, end = credential.valid_from, credential.valid_until
    if start is None:
        fault = Finding.error("no-start", "The start of validity is missing.", path="validFrom")
        return CheckResult.of("validity", (fault,))
    findings: list[Finding] = []
    begins = local_time(start).date()
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
        period = Finding.info("no-end", "From {begins}, without time limit.", begins=begins)
    else:
        ends = local_time(end).date()
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


def examine_sealing_time(credential: Credential, seals: tuple[SealInfo, ...]) -> CheckResult:
    """Hold the moment at which a credential says it was issued against those that its seals claim, or that are proven.

    Without a proof both are words of whoever sealed it; they prove no time, but they shouldn't contradict each other.
    """
    issued, proven = credential.issued, proven_at(seals)
    if issued is not None and proven is not None and issued > proven + _SKEW:
        early = Finding.warning(
            "sealed-before-issued",
            "It says that it was issued on {issued}, but a time stamp proves that its seal was there on {proven}.",
            path="issued",
            issued=issued,
            proven=proven,
        )
        return CheckResult.of("validity", (early,))
    claims = dict.fromkeys(seal.claimed_at for seal in seals)
    return CheckResult.of(
        "validity",
        [
            Finding.warning(
                "sealed-at-another-time",
                "It says that it was issued on {issued}, its seal claims to have been made on {sealed}; neither is proven.",
                path="issued",
                issued=issued,
                sealed=claim,
            )
            for claim in claims
            if issued is not None and claim is not None and abs(claim - issued) > _USUAL_DELAY
        ],
    )


def status_finding(status: CredentialStatus) -> Finding:
    """Return what the archive knows of a credential, as a sentence."""
    day = local_time(status.since).date()
    if status.value is StatusValue.REVOKED:
        return Finding.error(
            "revoked",
            "Revoked on {day}. Reason: {reason}",
            day=day,
            reason=status.reason or "–",  # what was erased has none any more
        )
    if status.value is StatusValue.REPLACED:
        return Finding.error(
            "replaced",
            "Replaced by a new micro-credential on {day}. Reason: {reason}",
            day=day,
            reason=status.reason or "–",  # what was erased has none any more
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


def unproven(result: CheckResult) -> CheckResult:
    """Return the result of a check of content behind which nobody known stands: what passed there proves nothing."""
    if result.outcome is not Outcome.PASSED:
        return result
    return CheckResult(result.check, Outcome.NOT_APPLICABLE, (_UNPROVEN, *result.findings))


_USUAL_DELAY = timedelta(days=1)
"""How long after its credential was completed a seal is made at most."""

_SKEW = timedelta(minutes=5)
"""By how much the clocks of who seals and of who time-stamps may differ."""

_ANYBODY = Finding.warning(
    "seal-not-trusted",
    "Anyone could have made this seal, so it does not prove who issued the credential.",
)
_BORROWED = Finding.error(
    "borrowed-name",
    "It names our operator as its issuer, but under a seal that is not trusted.",
)
_UNPROVEN = Finding.info(
    "unproven",
    "Nobody known vouches for these data, so they are not assessed.",
)
