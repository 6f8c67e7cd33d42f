"""From what was found out about a seal to the answers `integrity` and `trust`, alike for both envelopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from mikrocert.api import CheckResult, Finding, Message, Outcome, SealQuality, Severity

from mikrocert_seal_ades.owner import owner_noted
from mikrocert_seal_ades.pki.x509 import subject_identity
from mikrocert_seal_ades.test_policy import is_test

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from mikrocert.api import Trust

    from mikrocert_seal_ades.pki.problems import Problem

__all__ = ["finding_of", "results"]

_SEVERITIES: Final = {
    "error": Severity.ERROR,
    "undetermined": Severity.WARNING,
    "warning": Severity.WARNING,
    "info": Severity.INFO,
}
_ONLY_TOLD: Final = frozenset({"revocation-not-checked"})
_KINDS: Final = {
    SealQuality.TEST: Message("Zkušební pečeť (TEST)", "TEST seal"),
    SealQuality.ADVANCED: Message("Zaručená elektronická pečeť", "Advanced electronic seal"),
    SealQuality.ADVANCED_QC: Message(
        "Zaručená elektronická pečeť založená na kvalifikovaném certifikátu",
        "Advanced electronic seal with a qualified certificate",
    ),
    SealQuality.QUALIFIED: Message("Kvalifikovaná elektronická pečeť", "Qualified electronic seal"),
}
_WHERE_PEOPLE_READ: Final = "Europe/Prague"
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def results(
    integrity: Iterable[Finding],
    trusting: Iterable[Problem],
    *,
    chain: Sequence[bytes],
    path: Sequence[bytes],
    trust: Trust,
    claimed_at: datetime | None,
    place: str,
) -> tuple[CheckResult, CheckResult]:
    """Answer `integrity` and `trust` for one seal.

    Args:
        integrity: everything that speaks against the seal being intact; an error means that it isn't.
        trusting: everything found on the way from the seal certificate to an anchor.
        chain: DER certificates that the seal carries, the seal certificate first.
        path: DER certificates from an anchor to the seal certificate; empty where there is no such path.
        trust: whom the verifier trusts.
        claimed_at: the signing time that the seal claims (aware), or none.
        place: first member of the paths of findings, `pdf` or `jades`.
    """
    intact = CheckResult.of("integrity", integrity)
    if intact.outcome is Outcome.FAILED:
        unjudged = Finding.warning(
            "not-intact",
            "Bez neporušené pečeti to nelze posoudit.",
            "This can't be judged without an intact seal.",
            path=place,
        )
        return intact, CheckResult("trust", Outcome.UNDETERMINED, (unjudged,))
    unchanged = Finding.info(
        "unchanged",
        "Od zapečetění se nezměnil ani jediný znak.",
        "Not a single character has changed since it was sealed.",
        path=place,
    )
    intact = CheckResult("integrity", Outcome.PASSED, (unchanged, *intact.findings))
    return intact, _trust(
        tuple(trusting), chain=chain, path=path, trust=trust, claimed_at=claimed_at, place=place
    )


def finding_of(problem: Problem, *, place: str) -> Finding:
    """Return a problem of the `jades` library as a finding.

    Args:
        problem: what the library found.
        place: what the finding's path begins with.
    """
    severity = _SEVERITIES[problem.severity]
    if problem.code in _ONLY_TOLD:
        # Nobody did anything wrong: without a network this is so for every seal.
        severity = Severity.INFO
    path = f"{place}.{problem.where}" if problem.where else place
    return Finding(problem.code, severity, Message(problem.cs, problem.en), path)


def _trust(
    problems: tuple[Problem, ...],
    *,
    chain: Sequence[bytes],
    path: Sequence[bytes],
    trust: Trust,
    claimed_at: datetime | None,
    place: str,
) -> CheckResult:
    findings = [finding_of(problem, place=place) for problem in problems]
    test = is_test((*chain, *path))
    if test and not (trust.sandbox and _from_root(path)):
        findings.insert(0, _worthless(place))
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
        findings.insert(0, _trusted(chain, claimed_at=claimed_at, place=place))
    if test and outcome is Outcome.UNDETERMINED:
        findings.append(_sandboxed(place))
    return CheckResult("trust", outcome, tuple(findings))


def _from_root(path: Sequence[bytes]) -> bool:
    """Whether a path begins at a root. In a sandbox trusting a seal certificate or an authority by itself is not enough."""
    return bool(path) and subject_identity(path[0]).self_issued


def _worthless(place: str) -> Finding:
    return Finding.error(
        "test-seal",
        "Zkušební pečeť (TEST). Mimo zkušební provoz, ve kterém vznikla, nic nedokládá.",
        "TEST seal. Outside the sandbox that made it, it proves nothing.",
        path=place,
    )


def _sandboxed(place: str) -> Finding:
    return Finding.info(
        "test-seal",
        "Zkušební pečeť (TEST), důvěryhodná jen ve\u00a0zkušebním provozu.",
        "TEST seal, trusted in its sandbox only.",
        path=place,
    )


def _trusted(chain: Sequence[bytes], *, claimed_at: datetime | None, place: str) -> Finding:
    owner = owner_noted(chain)
    kind = _KINDS[owner.quality if owner else SealQuality.ADVANCED]
    czech, english = _spelled(claimed_at) if claimed_at else ("", "")
    return Finding.info(
        "trusted",
        f"{kind.cs}{czech}, certifikát tehdy platil.",
        f"{kind.en}{english}; its certificate was valid then.",
        path=place,
    )


def _spelled(time: datetime) -> tuple[str, str]:
    local = time.astimezone(ZoneInfo(_WHERE_PEOPLE_READ))
    czech = f" z\u00a0{local.day}.\u00a0{local.month}.\u00a0{local.year} {local:%H:%M}"
    return czech, f" of {local.day}\u00a0{_MONTHS[local.month - 1]} {local.year}, {local:%H:%M} Prague time"
