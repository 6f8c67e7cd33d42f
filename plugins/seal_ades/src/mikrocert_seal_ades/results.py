"""From what was found out about a seal to the results `integrity` and `trust`, alike for both envelopes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs
from mikrocert.api import (
    CheckResult,
    Finding,
    Outcome,
    SealError,
    SealQuality,
    Severity,
    is_test,
    message,
    owner_of,
)

from mikrocert_seal_ades.messages import message_of
from mikrocert_seal_ades.pki.lists.remembered import list_problems
from mikrocert_seal_ades.pki.problems import FORMS
from mikrocert_seal_ades.pki.purposes import qc_claims
from mikrocert_seal_ades.pki.qualification import certificate_qualification, timestamp_qualification
from mikrocert_seal_ades.pki.services import NOTHING_LISTED
from mikrocert_seal_ades.pki.x509 import subject_identity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mikrocert.api import SealInfo, Trust

    from mikrocert_seal_ades.pki.problems import Problem
    from mikrocert_seal_ades.pki.services import ServiceDirectory, TrustService
    from mikrocert_seal_ades.pki.validation import Validation

    Qualify: TypeAlias = Callable[[Validation], tuple[SealQuality, tuple[Finding, ...]]]

__all__ = ["finding_of", "results"]

_SEVERITIES: Final = {
    "error": Severity.ERROR,
    "undetermined": Severity.WARNING,
    "warning": Severity.WARNING,
    "info": Severity.INFO,
}
_NOBODYS_FAULT: Final = frozenset({"revocation-not-checked"})
_KINDS: Final = {
    SealQuality.TEST: message("TEST seal"),
    SealQuality.ADVANCED: message("Advanced electronic seal"),
    SealQuality.ADVANCED_QC: message(
        "Advanced electronic seal with a qualified certificate",
    ),
    SealQuality.QUALIFIED: message("Qualified electronic seal"),
}


def results(
    validation: Validation,
    *,
    info: SealInfo,
    trust: Trust,
    place: str,
    at: datetime,
    services: ServiceDirectory = NOTHING_LISTED,
) -> tuple[CheckResult, CheckResult]:
    """Return the results of the checks `integrity` and `trust` for one seal.

    Args:
        validation: what was found out.
        info: what the seal says of itself.
        trust: whom the verifier trusts.
        place: first member of the paths of findings, `pdf` or `jades`.
        at: the time of verification (aware).
        services: what trusted lists have about the seal, where the verifier uses them.
    """
    problems = (*map(_of_form, validation.structure), *validation.signature, *validation.evidence)
    intact = CheckResult.of("integrity", [finding_of(problem, place=place) for problem in problems])
    if intact.outcome is Outcome.FAILED:
        unjudged = Finding.warning(
            "not-intact",
            "This can't be judged without an intact seal.",
            path=place,
        )
        return intact, CheckResult("trust", Outcome.UNDETERMINED, (unjudged,), (info,))
    forms = {problem.code for problem in validation.integrity} & FORMS
    if forms == {"unsigned-judged"} or (validation.added and not forms):
        unchanged = Finding.info(
            "covered-unchanged",
            "Everything that the seal covers is as it was sealed. What was added to it since is whole.",
            path=place,
        )
    elif forms:
        unchanged = Finding.info(
            "covered-unchanged",
            "Everything that the seal covers is as it was sealed. What stands around it may have been written anew since.",
            path=place,
        )
    else:
        unchanged = Finding.info(
            "unchanged",
            "Not a single character has changed since it was sealed.",
            path=place,
        )
    intact = CheckResult("integrity", Outcome.PASSED, (unchanged, *intact.findings))
    trusting = attrs.evolve(
        validation,
        trust=(*validation.trust, *list_problems(validation, services=services)),
    )
    qualify = None if trust.lists is None else partial(_by_lists, at=at, place=place, services=services)
    return intact, _trust(trusting, info=info, trust=trust, place=place, qualify=qualify)


def _of_form(problem: Problem) -> Problem:
    """Return a fault of form under the name that ETSI EN 319 102-1 has for it where that has no other."""
    if problem.severity != "error" or problem.sub_indication:
        return problem
    return attrs.evolve(problem, sub_indication="FORMAT_FAILURE")


def finding_of(problem: Problem, *, place: str) -> Finding:
    """Return a problem of a seal as a finding.

    Args:
        problem: what was found.
        place: what the finding's path begins with.
    """
    severity = _SEVERITIES[problem.severity]
    if problem.code in _NOBODYS_FAULT:
        # Nobody did anything wrong: without a network this is so for every seal.
        severity = Severity.INFO
    path = f"{place}.{problem.where}" if problem.where else place
    return Finding(problem.code, severity, message_of(problem), path, problem.sub_indication)


def _trust(
    validation: Validation, *, info: SealInfo, trust: Trust, place: str, qualify: Qualify | None
) -> CheckResult:
    problems = validation.trust
    findings = [finding_of(problem, place=place) for problem in problems]
    test = is_test((*validation.chain, *validation.path))
    judged = attrs.evolve(
        info,
        level=validation.level,
        quality=SealQuality.TEST if test else None,
        proven_at=validation.proven_at,
    )
    if test and not (trust.sandbox and _from_root(validation.path)):
        findings.insert(0, _worthless(place))
    if info.owner is None:
        findings.append(_nameless(validation.chain, place=place))
    outcome = Outcome.PASSED
    if any(finding.severity is Severity.ERROR for finding in findings):
        outcome = Outcome.FAILED
    elif any(problem.severity == "undetermined" for problem in problems):
        outcome = Outcome.UNDETERMINED
        undetermined = {problem.code for problem in problems if problem.severity == "undetermined"}
        findings.sort(key=lambda finding: finding.code not in undetermined)
    elif test:
        findings.insert(0, _sandboxed(place))
    else:
        quality, reasons = qualify(validation) if qualify else (_by_word(validation, trust=trust), ())
        judged = attrs.evolve(judged, quality=quality)
        findings += reasons
        checked = all(problem.code not in _NOBODYS_FAULT for problem in problems)
        findings.insert(0, _trusted(judged, place=place, checked=checked))
    if test and outcome is Outcome.UNDETERMINED:
        findings.append(_sandboxed(place))
    return CheckResult("trust", outcome, tuple(findings), (judged,))


def _by_lists(
    validation: Validation, *, at: datetime, place: str, services: ServiceDirectory
) -> tuple[SealQuality, tuple[Finding, ...]]:
    """Return what a trusted seal is by trusted lists, and why."""
    moment = validation.proven_at or at
    found = certificate_qualification(validation.path, at=moment, services=services)
    findings = [
        attrs.evolve(finding_of(reason, place=place), severity=Severity.INFO) for reason in found.reasons
    ]
    quality = SealQuality.ADVANCED
    if found.outcome == "qualified" and found.kind == "eseal":
        quality = SealQuality.QUALIFIED if found.device else SealQuality.ADVANCED_QC
    if found.outcome == "qualified" and found.service is not None:
        findings.insert(0, _listed(found.service, services.fetched.get(found.service.territory), place=place))
    stamps = (
        (time, timestamp_qualification(path, at=time, services=services))
        for time, path in validation.stamp_paths
    )
    findings += [_stamped(stamp.outcome, time, place=place) for time, stamp in stamps]
    return quality, tuple(findings)


def _listed(service: TrustService, fetched: datetime | None, *, place: str) -> Finding:
    """Return which list decided, and how old what was read of it is."""
    names = {"territory": service.territory, "service": service.name, "provider": service.provider}
    if fetched is None:
        return Finding.info(
            "listed",
            "By the trusted list of “{territory}” the certificate is a qualified one, of the service “{service}” of {provider}.",
            path=place,
            **names,
        )
    return Finding.info(
        "listed",
        "By the trusted list of “{territory}”, fetched {fetched}, the certificate is a qualified one, of the service “{service}” of {provider}.",
        path=place,
        fetched=fetched,
        **names,
    )


def _stamped(outcome: str, time: datetime, *, place: str) -> Finding:
    if outcome == "qualified":
        return Finding.info(
            "stamp-qualified", "The time stamp of {time} is a qualified one.", path=place, time=time
        )
    if outcome == "not-qualified":
        return Finding.info(
            "stamp-not-qualified", "The time stamp of {time} is no qualified one.", path=place, time=time
        )
    return Finding.info(
        "stamp-open",
        "The trusted lists at hand can't say whether the time stamp of {time} is a qualified one.",
        path=place,
        time=time,
    )


def _by_word(validation: Validation, *, trust: Trust) -> SealQuality:
    """Return what a trusted seal is without lists: qualified only where the anchor's certificates are believed when they say so."""
    certificate, anchor = validation.path[-1], validation.path[0]
    claims = qc_claims(certificate)
    if anchor not in trust.qualified or not claims.qualified or not claims.for_seals:
        return SealQuality.ADVANCED
    return SealQuality.QUALIFIED if claims.device else SealQuality.ADVANCED_QC


def _from_root(path: Sequence[bytes]) -> bool:
    """Return whether a path begins at a root. In a sandbox trusting a seal certificate or an authority by itself is not enough."""
    return bool(path) and subject_identity(path[0]).self_issued


def _nameless(chain: Sequence[bytes], *, place: str) -> Finding:
    """Return why nobody can be named as the owner; `issuer` fails for it."""
    try:
        owner_of(chain)
    except SealError as error:
        reason = error.message
        return Finding.warning("nameless", "The seal names no owner: {reason}.", path=place, reason=reason)
    return Finding.warning("nameless", "The seal names no owner.", path=place)


def _worthless(place: str) -> Finding:
    return Finding.error(
        "test-seal",
        "TEST seal. Outside the sandbox that made it, it proves nothing.",
        path=place,
    )


def _sandboxed(place: str) -> Finding:
    return Finding.info(
        "test-seal",
        "TEST seal, trusted in its sandbox only.",
        path=place,
    )


def _trusted(info: SealInfo, *, place: str, checked: bool) -> Finding:
    """Return what a trusted seal is, since when it is proven to be there, and that nobody asked about revocations where nobody did."""
    kind = _KINDS[info.quality or SealQuality.ADVANCED]
    sealed = (
        kind if info.claimed_at is None else message("{kind} of {moment}", kind=kind, moment=info.claimed_at)
    )
    if info.proven_at is not None:
        sealed = message("{seal}, time-stamped on {moment}", seal=sealed, moment=info.proven_at)
    if checked:
        return Finding.info("trusted", "{seal}; its certificate was valid then.", path=place, seal=sealed)
    return Finding.info(
        "trusted",
        "{seal}; its certificate had not expired then. Whether it was revoked has not been checked.",
        path=place,
        seal=sealed,
    )
