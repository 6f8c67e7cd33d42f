"""Sealed heads: the newest head of the log, sealed by the operator's signer as a credential is, and judged by whoever has it.

The log's own key says that a head is the log's. A seal says whose log that is, and its time stamp, where it has one, that the
head was there by then. It is over the signed checkpoint as it was published, octet for octet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.errors import EnvelopeError, LogError, SealError
from mikrocert.kinds.envelope import Trust
from mikrocert.log.notes import read_note
from mikrocert.report import Finding, Outcome, Severity
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mikrocert.kinds.envelope import Envelope
    from mikrocert.log.notes import Note
    from mikrocert.report import CheckResult, SealInfo
    from mikrocert.service.issuing.securing import Securing

__all__ = ["HeadSeal", "KeptHead", "read_head", "seal_head"]

_WEIGHT: Final = {Outcome.FAILED: Severity.ERROR, Outcome.UNDETERMINED: Severity.WARNING}


@attrs.frozen
class HeadSeal:
    """What was judged of the seal of a head.

    Args:
        info: whose it is, what it claims, and when it is proven to have been there.
        outcome: passed where it is intact and somebody trusted stands behind it.
        findings: why it is not passed; what there is to say of it where it is.
    """

    info: SealInfo
    outcome: Outcome
    findings: tuple[Finding, ...]

    @property
    def proven_at(self) -> datetime | None:
        """When a trusted time stamp says that the head was there; none where nobody trusted says so."""
        return self.info.proven_at if self.outcome is Outcome.PASSED else None


@attrs.frozen
class KeptHead:
    """A head that somebody has, sealed or not.

    Args:
        note: the signed checkpoint.
        seal: what was judged of its seal; none where it has none.
    """

    note: Note
    seal: HeadSeal | None = None


def seal_head(note: Note, *, securing: Securing, envelope: str, at: datetime) -> bytes:
    """Return a head in a sealed file, which was opened again and found whole.

    Args:
        note: the signed checkpoint.
        securing: who seals.
        envelope: name of the envelope.
        at: the signing time to claim (aware).

    Raises:
        MikrocertError: if it can't be sealed; its class says why.
    """
    octets = str(note).encode()
    [sealed] = securing.sign([securing.prepare(octets, envelope=envelope, at=at)])
    chosen = securing.envelopes[envelope]
    opened = chosen.open(sealed)
    results = chosen.examine(opened, trust=Trust(), at=at)
    intact = any(one.check == "integrity" and one.outcome is Outcome.PASSED for one in results)
    if opened.payload != octets or not intact:
        raise SealError(message("what was sealed is not the head of the log, or its seal is not intact"))
    return sealed


def read_head(
    octets: bytes,
    *,
    envelopes: Mapping[str, Envelope],
    trust: Trust | None,
    at: datetime,
    owners: frozenset[str] = frozenset(),
) -> KeptHead:
    """Return the head that octets are of: a signed checkpoint, or a sealed file with one. Only the seal is judged.

    Args:
        octets: what somebody has.
        envelopes: name → envelope.
        trust: whose seals are trusted; none where nobody said so, and then no seal is.
        at: the time of judging (aware).
        owners: organizationIdentifiers of those whose seals may be on it; none means anybody's.

    Raises:
        LogError: if it is neither.
        PluginError: if an envelope crashes.
    """
    for envelope in envelopes.values():
        if envelope.recognises(octets):
            try:
                opened = envelope.open(octets)
            except EnvelopeError as error:
                fault = message("the sealed head can't be opened: {fault}", fault=error.message)
                raise LogError(fault) from error
            results = envelope.examine(opened, trust=trust or Trust(), at=at)
            seal = _judged(opened.seals[0], results, named=trust is not None, owners=owners)
            return KeptHead(read_note(opened.payload), seal)
    return KeptHead(read_note(octets))


def _judged(
    info: SealInfo, results: tuple[CheckResult, ...], *, named: bool, owners: frozenset[str]
) -> HeadSeal:
    by_check = {result.check: result for result in results}
    intact, trusted = by_check.get("integrity"), by_check.get("trust")
    if intact is None or intact.outcome is not Outcome.PASSED:
        return HeadSeal(info, Outcome.FAILED, _against(intact) or (_NOT_INTACT,))
    if trusted is None or not named:
        return HeadSeal(info, Outcome.UNDETERMINED, (_NOBODY_NAMED,))
    judged = trusted.seals[0] if trusted.seals else info
    owner = judged.owner
    if trusted.outcome is not Outcome.PASSED:
        outcome = Outcome.FAILED if trusted.outcome is Outcome.FAILED else Outcome.UNDETERMINED
        return HeadSeal(judged, outcome, _against(trusted) or (_NOBODY_NAMED,))
    if owners and (owner is None or owner.organization_identifier not in owners):
        other = Finding.error(
            "seal-of-another",
            "the seal on this head is not the operator's, but that of {owner}",
            owner="–" if owner is None else owner.legal_name,
        )
        return HeadSeal(judged, Outcome.FAILED, (other,))
    return HeadSeal(judged, Outcome.PASSED, trusted.findings)


def _against(result: CheckResult | None) -> tuple[Finding, ...]:
    """Return what weighs most of what was held against a seal."""
    if result is None:
        return ()
    return tuple(one for one in result.findings if one.severity is _WEIGHT.get(result.outcome))


_NOT_INTACT: Final = Finding.error("seal-not-intact", "the seal on this head is not intact")
_NOBODY_NAMED: Final = Finding.warning(
    "seal-of-anybody",
    "the seal on this head is intact, but nobody said whose seals count, so anyone could have made it; --anchor names a PEM file",
)
