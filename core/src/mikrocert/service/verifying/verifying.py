"""Verifying: from a file to a report.

The steps, in this order and referred to by number:

1. Open envelopes, as often as needed: document → sealed credential → payload.
2. `integrity`, `trust`: each envelope judges its own seals.
3. `format`: the one format that recognises the payload opens it, reads the award and the view in it, and judges it.
4. Look it up: what the archive has under its identifier is judged by the archive, whatever the settings say.
5. `award`: the rule set judges what one of ours says.
6. `issuer`: who claims to issue is who sealed, under a seal that is trusted.
7. `validity`: the credential's own dates, beside the times that its seals claim; in one of others, those of its award are held
   against each other.
8. `status`: what the archive knows; of a document that isn't ours, whether its pages have the words of the data.
9. `logged`: whether these very octets are in a log whose head somebody known signed, by the proof that came along and by the
   archive.
10. The checks that plugins add.

All checks are asked and all results kept. What can't be judged is undetermined, never passed; what crashes is
undetermined and says so. Nothing is judged under a seal that is not intact, and nothing passes under one that is not
trusted: whatever stands there could be anybody's.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import attrs

from mikrocert.kinds.check import CORE_CHECKS, Check, CheckContext
from mikrocert.kinds.envelope import Envelope, OpenedEnvelope, Trust
from mikrocert.kinds.format import Credential, Format
from mikrocert.report import (
    CheckResult,
    CredentialStatus,
    Finding,
    Outcome,
    Report,
    SealInfo,
    Severity,
    merged,
)
from mikrocert.rules import DATES, RuleSet, shared_rules
from mikrocert.service.verifying import core_checks
from mikrocert.service.verifying.archived import Lookup, look_up
from mikrocert.service.verifying.core_checks import unproven, unread, without_seal
from mikrocert.service.verifying.logged import (
    NO_EVIDENCE,
    LogEvidence,
    examine_logged,
    not_asked,
    proof_result,
)
from mikrocert.service.verifying.opening import (
    Chain,
    Reading,
    ask,
    not_a_credential,
    open_chain,
    read,
    read_pages,
    recognising,
)
from mikrocert.service.verifying.other_files import is_sealed_otherwise, other_file
from mikrocert.service.verifying.ours import NOBODY, Ours
from mikrocert.service.verifying.public_keys import keys_of
from mikrocert.texts import message
from mikrocert.texts.dates import local_time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from mikrocert.service.verifying.archived import Records
    from mikrocert.service.verifying.offline import OfflineStatus

__all__ = ["CHECKS", "Verification", "Verifier"]

CHECKS = CORE_CHECKS
"""The core's checks, in the order of the report."""

_OF_CONTENT = ("format", "award", "issuer", "validity", "status")


@attrs.frozen
class Verification:
    """A verification with all that was found on the way.

    Args:
        report: what the verifier gets.
        chain: the envelopes, opened.
        reading: what is inside.
        seal_results: what the envelopes judged of their seals.
        data_results: what was judged of the data alone, and whether as ours; none where they were not judged.
    """

    report: Report
    chain: Chain
    reading: Reading = attrs.field(factory=Reading)
    seal_results: tuple[CheckResult, ...] = ()
    data_results: tuple[bool, tuple[CheckResult, ...]] | None = None

    @property
    def credential(self) -> Credential | None:
        """The credential; none where it can't be read."""
        return self.reading.credential


@attrs.frozen
class Verifier:
    """Everything that verifying needs.

    Args:
        envelopes: name → envelope.
        formats: name → format.
        checks: name → check that a plugin adds.
        trust: whom to trust.
        rules: what awards of our operator have to meet.
        ours: what belongs to our operator.
        archive: the archive at hand, or none.
        log: which logs are known, and the proof that came along with the file.
        seal_certificates: the certificates (DER) that our operator seals with; empty where the settings don't list them.
        statement_keys: the public keys (DER) that statements are sealed with; what they seal is no credential.
        offline: judges the status that came along in a bundle, instead of an archive; none where none came.
        names: organizationIdentifier of another issuer → names that are as good as the one in its seal certificate.
    """

    envelopes: Mapping[str, Envelope]
    formats: Mapping[str, Format]
    checks: Mapping[str, Check]
    trust: Trust
    rules: RuleSet
    ours: Ours = NOBODY
    archive: Records | None = None
    log: LogEvidence = NO_EVIDENCE
    seal_certificates: frozenset[bytes] = frozenset()
    statement_keys: frozenset[bytes] = frozenset()
    offline: OfflineStatus | None = None
    names: Mapping[str, Collection[str]] = attrs.field(factory=dict[str, "Collection[str]"], hash=False)

    def verify(self, data: bytes, *, at: datetime) -> Report:
        """Verify a file; whatever it is, the answer is a report.

        Args:
            data: a sealed file, a certificate or anything else.
            at: the time of verification (aware).
        """
        return self.examine(data, at=at).report

    def rehearse(self, payload: bytes, *, at: datetime) -> Verification:
        """Judge what is about to be sealed: `format`, `award` and `validity`, as they will be once it is.

        Args:
            payload: the octets of a credential of ours.
            at: the time of sealing (aware).
        """
        chain = Chain(payload, (), payload)
        reading = read(chain, formats=self.formats, judged=True)
        credential, report = reading.credential, Report(at=at, format=reading.format, results=reading.results)
        if credential is not None:
            results = self._judge_data(reading, credential, ours=True, at=at)
            report = attrs.evolve(
                report, results=_in_order(results), identifier=credential.identifier, view=reading.view
            )
        return Verification(report, chain, reading)

    def examine(self, data: bytes, *, at: datetime, inner: Verification | None = None) -> Verification:
        """Verify a file and return what was found on the way, too.

        Args:
            data: a sealed file, a certificate or anything else.
            at: the time of verification (aware).
            inner: a verification, of the same time, of what may be enclosed in this file; where the very octets are met,
                they are neither opened nor judged again.
        """
        # 1.
        chain = open_chain(data, envelopes=self.envelopes, inner=inner.chain if inner else None)
        if not chain.opened and (chain.faults or not recognising(self.formats, chain.payload)):
            unusable = chain.faults or (other_file(data) or not_a_credential(self.formats),)
            return Verification(Report(at=at, unusable=unusable), chain)
        reused = inner if inner is not None and inner.chain.opened == chain.opened[1:] else None
        # 2.
        seal_results = self._judge_seals(chain, at=at, inner=reused)
        results = list(seal_results)
        if chain.faults:
            results.append(CheckResult("integrity", Outcome.FAILED, chain.faults))
        if self._is_for_statements(chain):
            results.append(CheckResult("trust", Outcome.FAILED, (_FOR_STATEMENTS,)))
        intact = _outcome(results, "integrity") is Outcome.PASSED
        # 3.
        reading = reused.reading if reused else read(chain, formats=self.formats, judged=intact)
        seals = _judged(chain.seals, seal_results)
        report = Report(
            at=at,
            format=reading.format,
            envelopes=tuple(opened.envelope for _, opened in chain.opened),
            seals=seals,
            test_seal=any(seal.owner is not None and seal.owner.test for seal in chain.seals),
        )
        credential = reading.credential
        if credential is None:
            # 3. says why; under a seal that is not intact it isn't worth saying
            unjudged = unread if intact else without_seal
            results += reading.results if intact else [without_seal("format")]
            results += map(unjudged, ("award", "issuer", "validity", "status"))
            results.append(self._unlogged(chain, unjudged))
            return Verification(
                attrs.evolve(report, results=_in_order(results)), chain, reading, seal_results
            )
        status, data_results = None, None
        if intact:
            before = reused.data_results if reused else None
            results, status, data_results = self._judge_content(
                reading, credential, chain, results, at=at, before=before
            )
        else:
            results += [without_seal(check) for check in (*_OF_CONTENT, *self.checks)]
            results.append(self._unlogged(chain, without_seal))
        view, seal = reading.view, seals[-1] if seals else None
        report = attrs.evolve(
            report,
            results=_in_order(results),
            identifier=credential.identifier,
            status=status,
            view=None if view is None else attrs.evolve(view, seal=seal, test=report.test_seal),
        )
        return Verification(report, chain, reading, seal_results, data_results)

    def _judge_content(
        self,
        reading: Reading,
        credential: Credential,
        chain: Chain,
        seal_results: list[CheckResult],
        *,
        at: datetime,
        before: tuple[bool, tuple[CheckResult, ...]] | None,
    ) -> tuple[list[CheckResult], CredentialStatus | None, tuple[bool, tuple[CheckResult, ...]]]:
        """Return all results about a file whose seals are intact, what the archive knows of it, and what was judged of its data.

        Args:
            reading: what is inside.
            credential: the credential.
            chain: the envelopes.
            seal_results: what was judged of the seals.
            at: the time of verification.
            before: what was judged of the same data at the same time, or none.
        """
        # 4.
        lookup = look_up(self.archive, credential, chain)
        notes = _judged(chain.seals, tuple(seal_results))
        named = self.ours.issued(credential, proven_at=core_checks.proven_at(notes))
        ours = lookup.archived is not None or named
        seals = self._in_time(chain, seal_results, lookup)
        trust = _outcome(seals, "trust")
        # 5., 7.
        if before is None or before[0] is not ours:
            before = (ours, tuple(self._judge_data(reading, credential, ours=ours, at=at)))
        results = [*before[1]]
        results.append(core_checks.examine_sealing_time(credential, notes))
        # 6.
        results += ask(("issuer",), lambda: (self._issuer(reading, credential, chain, notes, trust),))
        # What the archive recorded is ours, whatever the settings list.
        if self.seal_certificates and lookup.recorded_at is None and named:
            results.append(core_checks.examine_certificates(chain.seals, self.seal_certificates))
        # 8.
        # Pages are only read where somebody known sealed them and the archive has nothing to compare them with.
        printed = None if ours or trust is not Outcome.PASSED else read_pages(chain, reading.view)
        checked, status = lookup.status(ours=ours, has_archive=self.archive is not None, printed=printed)
        if self.offline is not None:
            judged, kept = self.offline.judge(chain.data, identifier=credential.identifier, at=at)
            checked, status = (judged, kept) if kept is not None else (merged((judged, checked))[0], status)
        results.append(checked)
        # 9.
        results += ask(("logged",), lambda: (self._logged(chain, lookup, ours=ours),))
        # 10.
        context = CheckContext(credential, reading.award, chain.seals)
        for name, check in self.checks.items():
            results += ask((name,), partial(_examined, check, context, at))
        if trust is not Outcome.PASSED:
            results = [
                result if result.check in {"issuer", "status"} else unproven(result) for result in results
            ]
        return [*seals, *results], status, before

    def _logged(self, chain: Chain, lookup: Lookup, *, ours: bool) -> CheckResult:
        asked = examine_logged(chain.data, evidence=self.log, lookup=lookup, archive=self.archive, ours=ours)
        proven = proof_result(chain.data, evidence=self.log)
        if proven is None:
            return asked
        judged = asked.outcome in {Outcome.PASSED, Outcome.FAILED}
        return merged((proven, asked))[0] if judged else proven

    def _unlogged(self, chain: Chain, unjudged: Callable[[str], CheckResult]) -> CheckResult:
        """Return what can be said of the log where nothing can be said of the content: at most that the proof is wrong."""
        proven = proof_result(chain.data, evidence=self.log)
        if proven is not None and proven.outcome is Outcome.FAILED:
            return proven
        return not_asked(self.log) if self.log.trust is None else unjudged("logged")

    def _judge_data(
        self, reading: Reading, credential: Credential, *, ours: bool, at: datetime
    ) -> list[CheckResult]:
        results = [*reading.results]
        results += ask(("award",), lambda: (self._award(reading, credential, ours=ours, at=at),))
        validity = ask(("validity",), lambda: (core_checks.examine_validity(credential, at),))
        if not ours:
            validity += ask(("validity",), lambda: (_dates(reading, credential, at=at),))
        results += merged(validity)
        return results

    def _in_time(self, chain: Chain, results: list[CheckResult], lookup: Lookup) -> list[CheckResult]:
        """Return the results of the seals; what only time has made doubtful is proven by the archive's record.

        A certificate that has expired since leaves open when it was used. Where the archive recorded these very octets
        while everything was in order, it was in time.
        """
        recorded_at = lookup.recorded_at
        if recorded_at is None or _outcome(results, "trust") is not Outcome.UNDETERMINED:
            return results
        if not self._trusted(chain, lambda _: recorded_at):
            return results
        proof = Finding.info(
            "recorded-in-time",
            "Sealed in time: the archive recorded this very file on {moment}, when its seal was valid.",
            moment=recorded_at,
        )
        return [
            *(result for result in results if result.check != "trust"),
            CheckResult("trust", Outcome.PASSED, (proof,)),
        ]

    def _issuer(
        self,
        reading: Reading,
        credential: Credential,
        chain: Chain,
        seals: tuple[SealInfo, ...],
        trust: Outcome,
    ) -> CheckResult:
        vouched = trust is Outcome.UNDETERMINED and self._trusted(chain, _claimed)
        claim = credential.issuer
        names = self.names.get(claim.eidas_identifier or "", ()) if claim else ()
        return core_checks.examine_issuer(
            credential,
            seals,
            ours=self.ours,
            names=names,
            texts=reading.form.texts(credential) if reading.form else (),
            trust=trust,
            vouched=vouched,
        )

    def _trusted(self, chain: Chain, moment: Callable[[OpenedEnvelope], datetime | None]) -> bool:
        """Return whether every seal would have been trusted at its moment."""
        results: list[CheckResult] = []
        for envelope, opened in chain.opened:
            at = moment(opened)
            if at is None:
                return False
            results += ask(("integrity", "trust"), partial(envelope.examine, opened, trust=self.trust, at=at))
        return _outcome(results, "trust") is Outcome.PASSED

    def _judge_seals(
        self, chain: Chain, *, at: datetime, inner: Verification | None
    ) -> tuple[CheckResult, ...]:
        several = len(chain.opened) > 1
        results: list[CheckResult] = []
        enclosed_at: datetime | None = None
        before = inner.seal_results if inner is not None else ()
        for number, (envelope, opened) in enumerate(chain.opened):
            # What proves the document proves the file inside, so what was judged of that by itself holds if it was proven earlier.
            if (
                inner is not None
                and number
                and _proven_at(before) == _earlier(_proven_at(before), enclosed_at)
            ):
                return (*results, *_named(before, opened))
            enclosed = attrs.evolve(opened, enclosed_at=enclosed_at)
            found = ask(("integrity", "trust"), partial(envelope.examine, enclosed, trust=self.trust, at=at))
            results += _named(found, opened) if several else found
            if all(_outcome(found, check) is Outcome.PASSED for check in ("integrity", "trust")):
                enclosed_at = _earlier(enclosed_at, _proven_at(found))
        # A file inside a document has to bring a seal of its own: a certificate verifies only as a pair.
        if not chain.opened:
            unsealed = CheckResult("integrity", Outcome.FAILED, (_UNSEALED,))
            if is_sealed_otherwise(chain.payload):
                unsealed = CheckResult("integrity", Outcome.UNDETERMINED, (_SEALED_OTHERWISE,))
            results += [unsealed, without_seal("trust")]
        elif chain.opened[-1][1].payload_name is not None and not self._is_for_statements(chain):
            results += [CheckResult("integrity", Outcome.FAILED, (_UNSEALED_INSIDE,)), without_seal("trust")]
        return tuple(results)

    def _is_for_statements(self, chain: Chain) -> bool:
        """Return whether a seal is of a key that seals statements, so that it seals no credential, whatever is in there."""
        if not self.statement_keys:
            return False
        owners = (seal.owner for seal in chain.seals)
        return bool(self.statement_keys & keys_of(owner.x509 for owner in owners if owner is not None))

    def _award(self, reading: Reading, credential: Credential, *, ours: bool, at: datetime) -> CheckResult:
        if not ours:
            info = Finding.info(
                "other-operator",
                "Another system issued this credential; the rules of our framework do not apply to it.",
            )
            return CheckResult("award", Outcome.NOT_APPLICABLE, (info,))
        if reading.award is None:
            return reading.unreadable or unread("award")
        on = local_time(credential.issued or at).date()
        findings = _discreet(self.rules.judge(reading.award, on=on, withheld=credential.withheld))
        return _award_result(findings, permitted=reading.form.may_withhold if reading.form else frozenset())


def _proven_at(results: Iterable[CheckResult]) -> datetime | None:
    """Return when the seals that were judged are proven to have been there, or none."""
    return core_checks.proven_at(tuple(seal for result in results for seal in result.seals))


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)


def _dates(reading: Reading, credential: Credential, *, at: datetime) -> CheckResult:
    """Hold the dates of somebody else's award against each other: what is told is a doubt, and fails nothing."""
    award, missing = reading.partial_award(credential) or (None, frozenset[str]())
    if award is None:
        return CheckResult("validity", Outcome.PASSED)
    found = shared_rules(DATES).judge(award, on=local_time(at).date(), withheld=missing)
    doubts = _discreet(finding for finding in found if finding.severity is not Severity.INFO)
    return CheckResult.of("validity", (attrs.evolve(doubt, severity=Severity.WARNING) for doubt in doubts))


def _discreet(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings without the date and place of birth, which no report shows; who issues is told them."""
    return tuple(
        attrs.evolve(finding, message=_OF_BIRTH)
        if finding.path.startswith("learner.birth") and finding.code != "withheld"
        else finding
        for finding in findings
    )


_OF_BIRTH = message("What it says of the learner's birth is doubtful or doesn't fit its other data.")


def _named(results: Iterable[CheckResult], opened: OpenedEnvelope) -> list[CheckResult]:
    """Return results about the seals of one envelope, each finding with the name of whose seal is meant."""
    title = opened.title
    if title is None:
        return list(results)
    return [
        attrs.evolve(
            result,
            findings=tuple(
                attrs.evolve(
                    finding,
                    message=message("{seal}: {finding}", seal=title, finding=finding.message),
                )
                for finding in result.findings
            ),
        )
        for result in results
    ]


def _judged(seals: tuple[SealInfo, ...], results: tuple[CheckResult, ...]) -> tuple[SealInfo, ...]:
    """Return the seals with what the envelopes judged of each; with nothing where they didn't judge every one."""
    judged = [seal for result in results for seal in result.seals]
    if len(judged) != len(seals):
        return tuple(attrs.evolve(seal, level=None, quality=None) for seal in seals)
    return tuple(
        attrs.evolve(seal, level=found.level, quality=found.quality, proven_at=found.proven_at)
        for seal, found in zip(seals, judged, strict=True)
    )


def _in_order(results: list[CheckResult]) -> tuple[CheckResult, ...]:
    return tuple(
        sorted(
            (result.bounded() for result in merged(results)),
            key=lambda result: CHECKS.index(result.check) if result.check in CHECKS else len(CHECKS),
        )
    )


def _award_result(findings: tuple[Finding, ...], *, permitted: frozenset[str]) -> CheckResult:
    """Return the result of `award`: what is withheld leaves it open unless the format permits that."""
    if any(finding.severity is Severity.ERROR for finding in findings):
        return CheckResult("award", Outcome.FAILED, findings)
    if any(finding.code == "withheld" and finding.path not in permitted for finding in findings):
        return CheckResult("award", Outcome.WITHHELD, findings)
    complete = Finding.info("complete", "It has all the data that the EU Council Recommendation demands.")
    return CheckResult("award", Outcome.PASSED, (complete, *findings))


def _outcome(results: Iterable[CheckResult], check: str) -> Outcome:
    """Return the outcome of a check over all its results; undetermined where there is none."""
    return next((r.outcome for r in merged(list(results)) if r.check == check), Outcome.UNDETERMINED)


def _claimed(opened: OpenedEnvelope) -> datetime | None:
    """Return the time at which all seals of an envelope claim to have been made, or none."""
    times = {seal.claimed_at for seal in opened.seals}
    return times.pop() if len(times) == 1 else None


def _examined(check: Check, context: CheckContext, at: datetime) -> tuple[CheckResult, ...]:
    return (check.examine(context, at=at),)


_SEALED_OTHERWISE = Finding.warning(
    "sealed-otherwise",
    "The file carries a seal of another kind inside, which this system can't judge. Who issued it says where it can be verified.",
)
_FOR_STATEMENTS = Finding.error(
    "seal-for-statements",
    "The seal is one for verification statements alone, and nothing that bears it is a micro-credential.",
)
_UNSEALED = Finding.error(
    "unsealed", "The file has no seal; anyone could have written it. Ask for the sealed file."
)
_UNSEALED_INSIDE = Finding.error(
    "unsealed-inside",
    "The data file inside the document has no seal of its own; anyone could have written it. Ask for the sealed file.",
)
