"""Verifying: from a file to a report.

The steps, in this order and referred to by number:

1. Open envelopes, as often as needed: document → sealed credential → payload.
2. Read the credential in the one format that recognises the payload, the award in it, and the view for people.
3. `integrity`, `trust`: each envelope judges its own seals.
4. `format`: the format judges the credential.
5. `award`: the rule set judges what one of ours says.
6. `issuer`: who claims to issue is who sealed.
7. `validity`: the credential's own dates.
8. `status`: what the archive knows.
9. The checks that plugins add.

All checks are asked and all results kept. What can't be judged is undetermined, never passed; what crashes is
undetermined and says so.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import attrs

from mikrocert.errors import ArchiveError, UnknownIdentifier
from mikrocert.kinds.check import Check, CheckContext
from mikrocert.kinds.envelope import Envelope, Trust
from mikrocert.kinds.format import Credential, Format
from mikrocert.report import (
    CheckResult,
    CredentialStatus,
    Finding,
    Outcome,
    Report,
    Severity,
    StatusValue,
    merged,
)
from mikrocert.rules import RuleSet
from mikrocert.service import core_checks
from mikrocert.service.core_checks import plain, unread, without_seal
from mikrocert.service.opening import Chain, Reading, ask, not_a_credential, open_chain, read, recognising
from mikrocert.texts.dates import in_prague

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.archive import Archive

__all__ = ["CHECKS", "Verification", "Verifier"]

CHECKS = ("format", "award", "integrity", "trust", "issuer", "validity", "status")
"""The core's checks, in the order of the report."""


@attrs.frozen
class Verification:
    """A verification with all that was found on the way.

    Args:
        report: what the verifier gets.
        chain: the envelopes, opened.
        reading: what is inside.
        seal_results: what the envelopes judged of their seals.
    """

    report: Report
    chain: Chain
    reading: Reading = attrs.field(factory=Reading)
    seal_results: tuple[CheckResult, ...] = ()

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
        operator: organizationIdentifier of our operator, or none if there is none.
        archive: the archive at hand, or none.
    """

    envelopes: Mapping[str, Envelope]
    formats: Mapping[str, Format]
    checks: Mapping[str, Check]
    trust: Trust
    rules: RuleSet
    operator: str | None = None
    archive: Archive | None = None

    def verify(self, data: bytes, *, at: datetime) -> Report:
        """Verify a file; whatever it is, the answer is a report.

        Args:
            data: a sealed file, a certificate or anything else.
            at: the time of verification (aware).
        """
        return self.examine(data, at=at).report

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
            unusable = chain.faults or (not_a_credential(self.formats),)
            return Verification(Report(at=at, unusable=unusable), chain)
        reused = inner if inner is not None and inner.chain.opened == chain.opened[1:] else None
        # 2.
        reading = reused.reading if reused else read(chain, formats=self.formats)
        # 3.
        seal_results = self._judge_seals(chain, at=at, inner=reused)
        results = [*seal_results, *reading.results]
        if chain.faults:
            results.append(CheckResult("integrity", Outcome.FAILED, chain.faults))
        integrity = next(result for result in merged(results) if result.check == "integrity")
        intact = integrity.outcome is Outcome.PASSED
        report = Report(
            at=at,
            format=reading.format,
            envelopes=tuple(opened.envelope for _, opened in chain.opened),
            seals=chain.seals,
            test_seal=any(seal.owner is not None and seal.owner.test for seal in chain.seals),
        )
        credential = reading.credential
        if credential is None:
            # 4. says why
            results += [unread(check) for check in ("award", "issuer", "validity", "status")]
            return Verification(
                attrs.evolve(report, results=_in_order(results)), chain, reading, seal_results
            )
        # 5.
        results += ask(("award",), lambda: (self._award(reading, credential, at),))
        # 6.
        if intact:
            results += ask(("issuer",), lambda: (core_checks.examine_issuer(credential.issuer, chain.seals),))
        else:
            results.append(without_seal("issuer"))
        # 7.
        results += ask(("validity",), lambda: (core_checks.examine_validity(credential, at),))
        # 8.
        checked, status = self._status(credential, chain) if intact else (without_seal("status"), None)
        results.append(checked)
        # 9.
        context = CheckContext(credential, reading.award, chain.seals)
        for name, check in self.checks.items():
            results += ask((name,), partial(_examined, check, context, at))
        view, seal = reading.view, chain.seals[-1] if chain.seals else None
        report = attrs.evolve(
            report,
            results=_in_order(results),
            identifier=credential.identifier,
            status=status,
            view=None if view is None else attrs.evolve(view, seal=seal, test=report.test_seal),
        )
        return Verification(report, chain, reading, seal_results)

    def _judge_seals(
        self, chain: Chain, *, at: datetime, inner: Verification | None
    ) -> tuple[CheckResult, ...]:
        judged = chain.opened if inner is None else chain.opened[:1]
        results: list[CheckResult] = []
        for envelope, opened in judged:
            results += ask(("integrity", "trust"), partial(envelope.examine, opened, trust=self.trust, at=at))
        if inner is not None:
            return (*results, *inner.seal_results)
        # A file inside a document has to bring a seal of its own: a certificate verifies only as a pair.
        if not chain.opened or chain.opened[-1][1].payload_name is not None:
            results += [CheckResult("integrity", Outcome.FAILED, (_UNSEALED,)), without_seal("trust")]
        return tuple(results)

    def _award(self, reading: Reading, credential: Credential, at: datetime) -> CheckResult:
        if not self._ours(credential):
            info = Finding.info(
                "other-operator",
                "Another system issued this credential; the rules of our framework do not apply to it.",
            )
            return CheckResult("award", Outcome.NOT_APPLICABLE, (info,))
        if reading.award is None:
            return reading.unreadable or unread("award")
        on = in_prague(credential.issued or at).date()
        findings = self.rules.judge(reading.award, on=on, withheld=credential.withheld)
        return _award_result(findings, permitted=reading.form.may_withhold if reading.form else frozenset())

    def _ours(self, credential: Credential) -> bool:
        claim = credential.issuer
        return (
            self.operator is not None
            and claim is not None
            and claim.eidas_identifier is not None
            and plain(claim.eidas_identifier) == plain(self.operator)
        )

    def _status(self, credential: Credential, chain: Chain) -> tuple[CheckResult, CredentialStatus | None]:
        if not self._ours(credential):
            info = Finding.info(
                "foreign", "This file was not made in this system; we can't tell whether it was revoked."
            )
            return CheckResult("status", Outcome.NOT_APPLICABLE, (info,)), None
        if self.archive is None:
            return CheckResult("status", Outcome.UNDETERMINED, (_NO_ARCHIVE,)), None
        return self._archived_status(self.archive, credential, chain)

    @staticmethod
    def _archived_status(
        archive: Archive, credential: Credential, chain: Chain
    ) -> tuple[CheckResult, CredentialStatus | None]:
        try:
            archived = archive.find(credential.identifier or "")
        except UnknownIdentifier:
            return CheckResult.of("status", (_UNKNOWN,)), None
        except ArchiveError as error:
            info = Finding.info("archive-unreachable", "The archive does not answer: {error}", error=error)
            return CheckResult("status", Outcome.UNDETERMINED, (info,)), None
        finding, status = core_checks.status_finding(archived), archived.status
        if archived.erased_at is not None:
            live = status.value is StatusValue.LIVE
            outcome = Outcome.UNDETERMINED if live else Outcome.FAILED
            return CheckResult("status", outcome, (_ERASED,) if live else (finding, _ERASED)), status
        if not archived.holds(chain.payload):
            return CheckResult.of("status", (_OTHER_CONTENT,)), None
        return CheckResult.of("status", (finding,)), status


def _in_order(results: list[CheckResult]) -> tuple[CheckResult, ...]:
    return tuple(
        sorted(
            merged(results),
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


def _examined(check: Check, context: CheckContext, at: datetime) -> tuple[CheckResult, ...]:
    return (check.examine(context, at=at),)


_UNSEALED = Finding.error(
    "unsealed", "The file has no seal; anyone could have written it. Ask for the sealed file."
)
_NO_ARCHIVE = Finding.info(
    "no-archive", "There is no archive at hand; verify at the address that the micro-credential names."
)
_UNKNOWN = Finding.error(
    "unknown", "The file claims to come from this system, but the archive does not know it."
)
_OTHER_CONTENT = Finding.error("other-content", "The archive knows other content under this identifier.")
_ERASED = Finding.info(
    "erased", "Its content was erased from the archive; whether this file is what was sealed can't be told."
)
