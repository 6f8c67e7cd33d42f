"""From what was found out about a seal to the results `integrity` and `trust`, alike for both envelopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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
from mikrocert_seal_ades.pki.problems import FORMS
from mikrocert_seal_ades.pki.purposes import qc_claims
from mikrocert_seal_ades.pki.x509 import subject_identity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mikrocert.api import SealInfo, Trust

    from mikrocert_seal_ades.pki.problems import Problem
    from mikrocert_seal_ades.pki.validation import Validation

__all__ = ["finding_of", "results"]

_SEVERITIES: Final = {
    "error": Severity.ERROR,
    "undetermined": Severity.WARNING,
    "warning": Severity.WARNING,
    "info": Severity.INFO,
}
_LEVEL: Final = "B-B"
"""What an intact seal was judged to have. Whatever is added for a higher level is reported, and not judged."""

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
    validation: Validation, *, info: SealInfo, trust: Trust, place: str
) -> tuple[CheckResult, CheckResult]:
    """Return the results of the checks `integrity` and `trust` for one seal.

    Args:
        validation: what was found out.
        info: what the seal says of itself.
        trust: whom the verifier trusts.
        place: first member of the paths of findings, `pdf` or `jades`.
    """
    intact = CheckResult.of(
        "integrity", [finding_of(problem, place=place) for problem in validation.integrity]
    )
    if intact.outcome is Outcome.FAILED:
        unjudged = Finding.warning(
            "not-intact",
            "This can't be judged without an intact seal.",
            path=place,
        )
        return intact, CheckResult("trust", Outcome.UNDETERMINED, (unjudged,), (info,))
    if any(problem.code in FORMS for problem in validation.integrity):
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
    return intact, _trust(validation, info=info, trust=trust, place=place)


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
    return Finding(problem.code, severity, message_of(problem), path)


def _trust(validation: Validation, *, info: SealInfo, trust: Trust, place: str) -> CheckResult:
    problems = validation.trust
    findings = [finding_of(problem, place=place) for problem in problems]
    test = is_test((*validation.chain, *validation.path))
    judged = attrs.evolve(info, level=_LEVEL, quality=SealQuality.TEST if test else None)
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
        judged = attrs.evolve(judged, quality=_quality(validation, trust=trust))
        findings.insert(0, _trusted(judged, place=place))
    if test and outcome is Outcome.UNDETERMINED:
        findings.append(_sandboxed(place))
    return CheckResult("trust", outcome, tuple(findings), (judged,))


def _quality(validation: Validation, *, trust: Trust) -> SealQuality:
    """What a trusted seal is: qualified only where the anchor's certificates are believed when they say so."""
    certificate, anchor = validation.path[-1], validation.path[0]
    claims = qc_claims(certificate)
    if anchor not in trust.qualified or not claims.qualified or not claims.for_seals:
        return SealQuality.ADVANCED
    return SealQuality.QUALIFIED if claims.device else SealQuality.ADVANCED_QC


def _from_root(path: Sequence[bytes]) -> bool:
    """Whether a path begins at a root. In a sandbox trusting a seal certificate or an authority by itself is not enough."""
    return bool(path) and subject_identity(path[0]).self_issued


def _nameless(chain: Sequence[bytes], *, place: str) -> Finding:
    """Why nobody can be named as the owner; `issuer` fails for it."""
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


def _trusted(info: SealInfo, *, place: str) -> Finding:
    kind = _KINDS[info.quality or SealQuality.ADVANCED]
    if info.claimed_at is None:
        return Finding.info("trusted", "{kind}; its certificate was valid then.", path=place, kind=kind)
    return Finding.info(
        "trusted",
        "{kind} of {moment}; its certificate was valid then.",
        path=place,
        kind=kind,
        moment=info.claimed_at,
    )
