"""Issuing: from an award to a receipt.

The steps, in this order and referred to by number:

1. Judge the award by the rules, the institution and its mandate; refuse it with every fault.
2. Look whether the same award was issued before; if so, its receipt is the answer.
3. Draw an identifier.
4. Build the credential in the chosen format.
5. Draw the pictures from its view.
6. Complete it: issuer from the seal certificate, dates, pictures; validate.
7. Seal the payload.
8. Verify the sealed file.
9. Draw the certificate with the sealed file inside, and seal it.
10. Verify the certificate.
11. Record both in one transaction.

What fails in a step leaves nothing behind: before step 11 nothing is recorded, and step 11 is one transaction.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs

from mikrocert.archive import Archive, Archived, NewCredential
from mikrocert.award import Award
from mikrocert.award.canonical import award_hash
from mikrocert.award.identifiers import draw_identifier
from mikrocert.errors import (
    AlreadyIssued,
    AwardRefused,
    FindingsError,
    SelfVerificationError,
    UnknownIdentifier,
    plugin_boundary,
)
from mikrocert.kinds.format import Format
from mikrocert.kinds.institution import Profile
from mikrocert.kinds.renderer import Attachment, Renderer
from mikrocert.kinds.signer import Seal
from mikrocert.report import CredentialStatus, Finding, Outcome, SealInfo, Severity
from mikrocert.rules import RuleSet
from mikrocert.service.verifying import CHECKS, Verifier
from mikrocert.texts.dates import in_prague

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mikrocert.kinds.intake import IntakeRecord

__all__ = ["IssueResult", "Issuer", "Receipt"]

_LANGUAGES = ("cs", "en")


@attrs.frozen
class Receipt:
    """What the institution gets back.

    Args:
        identifier: the 12 characters.
        link: the verification link.
        institution: name of the institution's offer.
        evidence_number: number in the institution's register.
        format: name of the format.
        suffix: file name suffix of the sealed file.
        sealed: the sealed file.
        certificate: the sealed PDF.
        issued_at: the moment of sealing (aware).
        status: live, or what became of it since, for an award that was issued before.
        created: whether it was issued just now; false for the receipt of an award that was issued before.
    """

    identifier: str
    link: str
    institution: str
    evidence_number: str
    format: str
    suffix: str
    sealed: bytes = attrs.field(repr=False)
    certificate: bytes = attrs.field(repr=False)
    issued_at: datetime
    status: CredentialStatus
    created: bool

    @property
    def sealed_name(self) -> str:
        """File name of the sealed file."""
        return f"{self.identifier}{self.suffix}"

    @property
    def certificate_name(self) -> str:
        """File name of the certificate."""
        return f"{self.identifier}.pdf"


@attrs.frozen
class IssueResult:
    """The answer to one record of an export.

    Args:
        record: the record as the intake read it.
        receipt: what was issued; none if the record was refused.
        findings: warnings and infos beside a receipt; at least one error without one.
    """

    record: IntakeRecord
    receipt: Receipt | None
    findings: tuple[Finding, ...] = ()


@attrs.frozen
class Issuer:
    """Everything that issuing needs, chosen and open.

    Args:
        institution: name of the institution's offer.
        profile: what the institution says of itself.
        format_name: name of the format.
        format: the format to issue in.
        seal: the operator's seal.
        renderer: draws certificate and pictures.
        rules: what an award has to meet.
        archive: where credentials are kept.
        verifier: verifies what was just sealed, without the archive.
        link: makes the verification link of an identifier.
        now: tells the time (aware).
        told: told each receipt of a credential that was issued just now.
    """

    institution: str
    profile: Profile
    format_name: str
    format: Format
    seal: Seal
    renderer: Renderer
    rules: RuleSet
    archive: Archive
    verifier: Verifier
    link: Callable[[str], str]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    told: Callable[[Receipt], object] = lambda _: None

    def issue_all(self, records: Iterable[IntakeRecord]) -> Iterator[IssueResult]:
        """Issue record by record: good ones go on, bad ones come back with their findings.

        A key, archive or renderer that fails ends the batch with its error; what was recorded stays recorded, and
        sending the file again gives the receipts back.
        """
        for record in records:
            if record.award is None:
                yield IssueResult(record, None, record.findings)
                continue
            try:
                receipt, findings = self.issue(record.award)
            except FindingsError as error:
                yield IssueResult(record, None, (*record.findings, *record.named(error.findings)))
            except AlreadyIssued as error:
                yield IssueResult(record, None, (*record.findings, *record.named([_already_issued(error)])))
            else:
                yield IssueResult(record, receipt, (*record.findings, *record.named(findings)))

    def issue(
        self, award: Award, *, replaces: str | None = None, reason: str | None = None
    ) -> tuple[Receipt, tuple[Finding, ...]]:
        """Issue one award.

        Args:
            award: what was achieved.
            replaces: identifier of the credential that this one corrects.
            reason: why; verifiers of the old one read it. Needed with `replaces`.

        Returns:
            The receipt, and the warnings of the rules.

        Raises:
            AwardRefused: if a rule of severity error is broken.
            AlreadyIssued: if it was issued before with other content and nothing is replaced.
            UnknownIdentifier: if the credential to be replaced isn't there.
            FormatError: if the format can't say it.
            SelfVerificationError: if what was sealed does not verify.
            SealError: if the seal fails.
            UnrenderableError: if the renderer can't draw this award.
            RenderError: if the renderer fails.
            PluginError: if a plugin crashes.
            ArchiveError: if the archive fails.
        """
        at = self.now().replace(microsecond=0)
        # 1.
        findings = (
            *self._institution_findings(award, at),
            *self.rules.judge(award, on=in_prague(at).date()),
        )
        if any(finding.severity is Severity.ERROR for finding in findings):
            raise AwardRefused(findings)
        # 2.
        sameness = award_hash(award)
        before = self.archive.find_award(self.institution, award.evidence_number)
        if before is not None and before.award_hash == sameness:
            return self._receipt(before, created=False), findings
        if before is not None and replaces is None:
            raise AlreadyIssued(before.identifier)
        if replaces is not None:
            self.archive.find(replaces)
        # 3.
        identifier = self._draw()
        # 4. to 10.
        with plugin_boundary(f"issuing {award.evidence_number!r}: a plugin"):
            new = self._made(award, identifier=identifier, sameness=sameness, at=at)
        # 11.
        archived = self.archive.record(new, replaces=replaces, reason=reason)
        receipt = self._receipt(archived, created=archived.identifier == identifier)
        if receipt.created:
            self.told(receipt)
        return receipt, findings

    def _made(self, award: Award, *, identifier: str, sameness: str, at: datetime) -> NewCredential:
        # 4.
        credential = self.format.build(
            award, identifier=identifier, link=self.link(identifier), mandate=self.profile.mandate
        )
        # 5.
        owner = self.seal.owner
        view = attrs.evolve(self.format.view(credential), test=owner.test)
        branding = self.profile.branding
        pictures = {
            language: self.renderer.pages(view, language=language, branding=branding)
            for language in _LANGUAGES
        }
        # 6.
        payload = self.format.complete(credential, owner=owner, at=at, pictures=pictures)
        # 7.
        sealed = self.seal.seal(payload, at=at)
        # 8.
        note = self._verify(sealed, identifier=identifier, at=at)
        # 9.
        completed = self.format.open(payload)
        view = attrs.evolve(self.format.view(completed), seal=note, test=owner.test)
        attachment = Attachment(f"{identifier}{self.format.suffix}", sealed, "application/ld+json")
        certificate = self.seal.seal_pdf(
            self.renderer.certificate(view, attachment=attachment, branding=branding), at=at
        )
        # 10.
        self._verify(certificate, identifier=identifier, at=at)
        return NewCredential(
            identifier=identifier,
            institution=self.institution,
            evidence_number=award.evidence_number,
            award_hash=sameness,
            format=self.format_name,
            credential_id=completed.id,
            issued_at=at,
            payload=payload,
            suffix=self.format.suffix,
            sealed=sealed,
            certificate=certificate,
        )

    def _institution_findings(self, award: Award, at: datetime) -> list[Finding]:
        findings: list[Finding] = []
        ours = {
            (i.scheme, i.value) for i in self.profile.organisation.identifiers if i.scheme in {"ico", "vat"}
        }
        theirs = {(i.scheme, i.value) for i in award.awarding_body.identifiers if i.scheme in {"ico", "vat"}}
        if not ours & theirs or any(
            scheme in dict(ours) and (scheme, value) not in ours for scheme, value in theirs
        ):
            findings.append(
                Finding.error(
                    "other-institution",
                    f"udělující subjekt není instituce {self.institution}; instituce posílá jen mikrocertifikáty, které sama uděluje",
                    f"the awarding body is not institution {self.institution}; an institution sends only its own awards",
                    path="awarding_body.identifiers",
                )
            )
        mandate = self.profile.mandate
        if not mandate.holds_on(in_prague(at).date()):
            findings.append(
                Finding.error(
                    "no-mandate",
                    f"smlouva s provozovatelem ({mandate.number}) dnes neplatí",
                    f"the agreement with the operator ({mandate.number}) does not hold today",
                )
            )
        return findings

    def _draw(self) -> str:
        while True:
            identifier = draw_identifier()
            try:
                self.archive.find(identifier)
            except UnknownIdentifier:
                return identifier

    def _verify(self, sealed: bytes, *, identifier: str, at: datetime) -> SealInfo:
        """Demand that it is this credential, that nothing failed, and that the core's checks passed.

        Trust may be undetermined here; `status` can't be known before recording.
        """
        report = self.verifier.verify(sealed, at=at)
        passed = {check for check in CHECKS if report.outcome(check) is Outcome.PASSED}
        missing = set(CHECKS) - passed - {"trust", "status"}
        bad = [a for a in report.results if a.outcome is Outcome.FAILED or a.check in missing]
        if not (report.unusable or bad or missing) and report.identifier == identifier and report.seals:
            return report.seals[-1]
        named = ", ".join(result.check for result in bad) or "–"
        summary = Finding.error(
            "not-verified",
            f"co bylo právě zapečetěno, neobstálo při ověření (kontroly: {named}); nic se nezaznamenalo",
            f"what was just sealed did not verify (checks: {named}); nothing was recorded",
        )
        found = [finding for result in bad for finding in result.findings]
        raise SelfVerificationError([summary, *report.unusable, *found])

    def _receipt(self, archived: Archived, *, created: bool) -> Receipt:
        return Receipt(
            identifier=archived.identifier,
            link=self.link(archived.identifier),
            institution=archived.institution,
            evidence_number=archived.evidence_number,
            format=archived.format,
            suffix=archived.suffix,
            sealed=archived.sealed,
            certificate=archived.certificate,
            issued_at=archived.issued_at,
            status=archived.status,
            created=created,
        )


def _already_issued(error: AlreadyIssued) -> Finding:
    identifier = error.identifier
    return Finding.error(
        "already-issued",
        f"pod tímto evidenčním číslem už byl vydán mikrocertifikát {identifier} s jiným obsahem; "
        f"opravu vydáte s --replaces {identifier} --reason TEXT",
        f"this evidence number was issued before with other content as {identifier}; "
        f"to correct it, issue with --replaces {identifier} --reason TEXT",
        path="evidence_number",
    )
