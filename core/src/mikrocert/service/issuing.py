"""Issuing: from the records of an export to receipts.

A batch goes through each phase as a whole, so that the signer is asked once for all credentials and once for all
documents. The phases, in this order and referred to by number:

1. Judge: what was issued before gets its receipt; the rules, the institution and its mandate; the rest gets an identifier.
2. Build: the credential in each format, with pictures of its front where the format wants them.
3. Secure the credentials: journal what is to be signed, sign, verify each file as a stranger would.
4. Render the documents from the view of what was sealed.
5. Secure the documents: journal, sign, verify each as a stranger would.
6. Record: one transaction an award. Then the observers are told.

An award that fails in a phase leaves the batch with every fault; the others go on. What fails before phase 6 leaves
nothing behind but its journal entry, from which exactly the same octets are signed again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

import attrs

from mikrocert.archive import Archive, Archived, JournalEntry, NewArtefact, NewCredential, Pending
from mikrocert.award import Award
from mikrocert.award.canonical import canonical_octets
from mikrocert.award.identifiers import new_identifier
from mikrocert.errors import (
    AlreadyIssued,
    ErasedError,
    FindingsError,
    IntakeError,
    MikrocertError,
    PluginError,
    SelfVerificationError,
    SupersededError,
    UnrenderableError,
    plugin_boundary,
)
from mikrocert.kinds.format import Draft, Format
from mikrocert.kinds.institution import Profile
from mikrocert.kinds.renderer import TEST_MARK, Attachment, Renderer
from mikrocert.report import (
    CheckResult,
    File,
    FileKind,
    Finding,
    Outcome,
    Receipt,
    Registration,
    Report,
    Severity,
    View,
)
from mikrocert.rules import RuleSet
from mikrocert.service.securing import Job, Securing
from mikrocert.service.verifying import CHECKS, Verification, Verifier
from mikrocert.service.viewing import view_of
from mikrocert.texts import Texts, message
from mikrocert.texts.dates import in_prague

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mikrocert.kinds.intake import IntakeRecord

Progress: TypeAlias = "Callable[[Phase, int, int], object]"
"""Called with a phase and how many of how many awards of a batch are through it."""

__all__ = ["LARGEST_BATCH", "IssueResult", "Issuer", "Phase", "Progress", "untold"]

LARGEST_BATCH = 50
"""How many awards go through the phases together: as many as memory easily holds with their pictures and documents."""


_LOST = message("an award lost its identifier or its view between two phases; this is a bug")


def untold(phase: Phase, done: int, total: int) -> None:
    """Tell nobody about the progress."""


class Phase(Enum):
    """What an award of a batch is going through."""

    JUDGE = "judge"
    BUILD = "build"
    SECURE = "secure"
    RENDER = "render"
    RECORD = "record"


@attrs.frozen
class IssueResult:
    """What became of one record of an export.

    Args:
        record: the record as the intake read it.
        receipt: what was issued; none if the record was refused, or in a dry run.
        findings: errors if the record was refused, warnings and infos.
        refused: whether nothing is, or in a dry run would be, issued for this record.
    """

    record: IntakeRecord
    receipt: Receipt | None
    findings: tuple[Finding, ...] = ()
    refused: bool = attrs.field(kw_only=True)


@attrs.frozen
class _Built:
    """A credential of one award in one format, as far as it has come."""

    format: str
    payload: bytes
    sealed: bytes | None = None
    verification: Verification | None = None
    document: bytes | None = None
    certificate: bytes | None = None


@attrs.define
class _Case:
    """One record on its way through the phases."""

    record: IntakeRecord
    award: Award
    octets: bytes
    findings: list[Finding]
    formats: tuple[str, ...] = ()
    registration: Registration | None = None
    pending: Pending | None = None
    built: dict[str, _Built] = attrs.Factory(dict[str, _Built])
    receipt: Receipt | None = None
    refused: bool = False

    def refuse(self, findings: Iterable[Finding]) -> None:
        self.findings += self.record.named(findings)
        self.refused = True

    @property
    def open(self) -> bool:
        return not self.refused and self.receipt is None

    @property
    def key(self) -> Registration:
        if self.registration is None:  # pragma: no cover - phase 1 gives one to every case that goes on
            raise MikrocertError(_LOST)
        return self.registration

    def result(self) -> IssueResult:
        return IssueResult(
            self.record, self.receipt, (*self.record.findings, *self.findings), refused=self.refused
        )


@attrs.frozen
class Issuer:
    """Everything that issuing needs, chosen and open.

    Args:
        institution: name of the institution's offer.
        profile: what the institution says of itself.
        formats: name → format, in the order in which awards are issued in them.
        securing: signer and envelopes; those that formats and renderer name are among them.
        renderer: draws documents and pictures.
        languages: languages in which pictures are drawn.
        texts: the sentences of documents and pictures.
        rules: what an award has to meet.
        archive: where credentials are kept.
        verifier: verifies what was just sealed, without the archive.
        link: makes the verification link of an identifier.
        now: tells the time (aware).
        on_issued: called with each receipt of a credential that was issued just now.
        on_replaced: called with each credential that was replaced just now.
        on_progress: called with a phase and how many of how many awards of a batch are through it.
    """

    institution: str
    profile: Profile
    formats: Mapping[str, Format] = attrs.field(hash=False)
    securing: Securing
    renderer: Renderer
    languages: tuple[str, ...]
    texts: Texts
    rules: RuleSet
    archive: Archive
    verifier: Verifier
    link: Callable[[str], str]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    on_issued: Callable[[Receipt], object] = lambda _: None
    on_replaced: Callable[[Archived], object] = lambda _: None
    on_progress: Progress = untold

    def issue(
        self,
        records: Iterable[IntakeRecord],
        *,
        replaces: str | None = None,
        reason: str | None = None,
        dry_run: bool = False,
    ) -> Iterator[IssueResult]:
        """Issue records batch by batch: good ones go on, bad ones come back with their findings, all in order.

        Args:
            records: as an intake read them.
            replaces: identifier of the credential that the one record corrects.
            reason: why it is corrected; verifiers of the old one read it. Needed with `replaces`.
            dry_run: whether to do everything but sealing and recording.

        Raises:
            IntakeError: if a correction has more or less than one record.
            UnknownIdentifier: if the credential to be corrected isn't there.
            SealError: if the signer fails; what was recorded stays recorded, and sending the file again gives receipts.
            ArchiveError: if the archive fails; the same holds.
            PluginError: if renderer or signer crash on every award alike.
        """
        if replaces is not None:
            records = _only_one(records)
            self.archive.find(replaces)
        for batch in _batches(records):
            yield from self._issue(batch, replaces=replaces, reason=reason, dry_run=dry_run)

    def _issue(
        self, records: Sequence[IntakeRecord], *, replaces: str | None, reason: str | None, dry_run: bool
    ) -> Iterator[IssueResult]:
        at = self.now().replace(microsecond=0)
        cases = {
            index: _Case(record, record.award, canonical_octets(record.award), [])
            for index, record in enumerate(records)
            if record.award is not None
        }
        stopped: MikrocertError | None = None
        try:
            self._phases(list(cases.values()), at=at, replaces=replaces, reason=reason, dry_run=dry_run)
        except MikrocertError as error:
            stopped = error  # what was recorded or refused before is told all the same
        for index, record in enumerate(records):
            if index not in cases:
                yield IssueResult(record, None, record.findings, refused=True)
            elif stopped is None or not cases[index].open:
                yield cases[index].result()
        if stopped is not None:
            raise stopped

    def _phases(
        self, cases: Sequence[_Case], *, at: datetime, replaces: str | None, reason: str | None, dry_run: bool
    ) -> None:
        # 1.
        self._each(Phase.JUDGE, cases, lambda case: self._judge(case, at, replaces=replaces))
        self._reserve(cases, at=at, dry_run=dry_run)
        # 2.
        self._each(Phase.BUILD, cases, self._build)
        if dry_run:
            # 4., of what would be sealed
            self._each(Phase.RENDER, cases, self._render_unsealed)
            return
        # 3.
        self._secure(cases, FileKind.CREDENTIAL)
        self._each(Phase.SECURE, cases, self._verify_credentials)
        # 4.
        self._each(Phase.RENDER, cases, self._render)
        # 5.
        self._secure(cases, FileKind.CERTIFICATE)
        self._each(Phase.SECURE, cases, self._verify_documents)
        # 6.
        self._each(Phase.RECORD, cases, lambda case: self._record(case, replaces=replaces, reason=reason))

    def _each(self, phase: Phase, cases: Sequence[_Case], do: Callable[[_Case], None]) -> None:
        """Send every case that is still open through a phase; what fails for one case refuses it and no other."""
        going = [case for case in cases if case.open]
        for done, case in enumerate(going, start=1):
            try:
                with plugin_boundary(message("a plugin")):
                    do(case)
            except FindingsError as error:
                case.refuse(error.findings)
            except (AlreadyIssued, SupersededError, ErasedError) as error:
                case.refuse([_taken(error)])
            except PluginError as error:
                case.refuse([Finding("plugin-crashed", Severity.ERROR, error.message)])
            self.on_progress(phase, done, len(going))

    def _judge(self, case: _Case, at: datetime, *, replaces: str | None) -> None:
        before = self.archive.find_award(self.institution, case.award.evidence_number)
        sent_before = before is not None and before.erased_at is None and before.is_award(case.octets)
        wanted = tuple(
            name for name in self.formats if not (sent_before and before and name in before.formats)
        )
        if before is not None and not wanted:
            # Whatever rules and mandate say today: it was issued, and its sender gets the receipt again.
            case.receipt = self._receipt(before, created=False)
            return
        day = in_prague(at).date()
        findings = (*self._institution_findings(case.award, at), *self.rules.judge(case.award, on=day))
        if any(finding.severity is Severity.ERROR for finding in findings):
            case.refuse(findings)
            return
        case.findings += case.record.named(findings)
        if before is not None:
            if before.erased_at is not None:
                raise ErasedError(before.registration.identifier)
            if not sent_before and replaces != before.registration.identifier:
                raise AlreadyIssued(before.registration.identifier)
        elif replaces is not None:
            fault = Finding.error(
                "never-issued",
                "{identifier} can't be replaced: this institution never issued this record number; a correction keeps it",
                path="evidence_number",
                identifier=replaces,
            )
            raise IntakeError([fault])
        case.formats = wanted

    def _reserve(self, cases: Sequence[_Case], *, at: datetime, dry_run: bool) -> None:
        """Give each case its identifier and time: those of its journal, where it was on its way before."""
        going = [case for case in cases if case.open]
        fresh = {
            id(case): Registration(new_identifier(), self.institution, case.award.evidence_number, at)
            for case in going
        }
        if dry_run or not going:
            for case in going:
                case.registration = fresh[id(case)]
            return
        with self.archive.unit() as unit:
            for case in going:
                case.pending = unit.reserve(fresh[id(case)], award=case.octets)
                case.registration = case.pending.registration

    def _build(self, case: _Case) -> None:
        registration = case.key
        link = self.link(registration.identifier)
        pictures: dict[str, tuple[bytes, ...]] | None = None
        for name in case.formats:
            entry = case.pending.entry(format=name, kind=FileKind.CREDENTIAL) if case.pending else None
            if entry is not None:
                case.built[name] = _Built(name, entry.octets, entry.sealed)
                continue
            form = self.formats[name]
            if form.packaging.pictures and pictures is None:
                pictures = self._pictures(case, link)
            draft: Draft = form.build(
                case.award,
                identifier=registration.identifier,
                link=link,
                mandate=self.profile.mandate,
            )
            payload = form.complete(
                draft,
                identity=self.securing.identity,
                at=registration.issued_at,
                pictures=pictures or {} if form.packaging.pictures else {},
            )
            case.built[name] = _Built(name, payload)

    def _pictures(self, case: _Case, link: str) -> dict[str, tuple[bytes, ...]]:
        view = view_of(case.award, identifier=case.key.identifier, link=link)
        view = attrs.evolve(view, test=self._test)
        return {
            language: self.renderer.pages(
                view, language=language, branding=self.profile.branding, texts=self.texts
            )
            for language in self.languages
        }

    @property
    def _test(self) -> bool:
        owner = self.securing.identity.owner
        return owner is not None and owner.test

    def _secure(self, cases: Sequence[_Case], kind: FileKind) -> None:
        """Journal, prepare, sign and finish all files of one kind; keep the finished files.

        Raises:
            SealError: if the signer fails, or what it returns does not fit.
        """
        self._journal(cases, kind, finished=False)
        waiting: list[tuple[_Case, _Built, Job]] = []

        def prepare(case: _Case) -> None:
            for built in case.built.values():
                octets, done = _octets(built, kind)
                if octets is not None and done is None:
                    envelope = self._envelope_of(built.format, kind)
                    job = self.securing.prepare(octets, envelope=envelope, at=case.key.issued_at)
                    waiting.append((case, built, job))

        self._each(Phase.SECURE, cases, prepare)
        going = [(case, built, job) for case, built, job in waiting if case.open]
        for (case, built, _), file in zip(
            going, self.securing.sign([job for _, _, job in going]), strict=True
        ):
            case.built[built.format] = (
                attrs.evolve(built, sealed=file)
                if kind is FileKind.CREDENTIAL
                else attrs.evolve(built, certificate=file)
            )
        self._journal(cases, kind, finished=True)

    def _journal(self, cases: Sequence[_Case], kind: FileKind, *, finished: bool) -> None:
        """Write down what is to be signed, or was, and take what stands there already instead."""
        waiting = [
            (case, built, JournalEntry(case.key.identifier, built.format, kind, octets, done))
            for case in cases
            if case.open
            for built in case.built.values()
            for octets, done in (_octets(built, kind),)
            if octets is not None and not (finished and done is None)
        ]
        try:
            kept = self.archive.journal(entry for _, _, entry in waiting)
        except SupersededError:
            # One award was sent with other content meanwhile: which one is found out one by one.
            self._each(Phase.SECURE, cases, lambda case: self._journal_one(case, waiting))
            return
        for (case, built, _), entry in zip(waiting, kept, strict=True):
            case.built[built.format] = _journalled(built, entry)

    def _journal_one(self, case: _Case, waiting: Iterable[tuple[_Case, _Built, JournalEntry]]) -> None:
        for other, built, entry in waiting:
            if other is case:
                (kept,) = self.archive.journal([entry])
                case.built[built.format] = _journalled(built, kept)

    def _envelope_of(self, format_name: str, kind: FileKind) -> str:
        if kind is FileKind.CREDENTIAL:
            return self.formats[format_name].packaging.envelope
        return self.renderer.document_type.envelope

    def _verify_credentials(self, case: _Case) -> None:
        for name, built in list(case.built.items()):
            if built.sealed is not None:
                verification = self._verify(built.sealed, case)
                if self.formats[name].packaging.pictures:
                    self._compare_front(verification.report.view, case)
                case.built[name] = attrs.evolve(built, verification=verification)

    def _compare_front(self, sealed: View | None, case: _Case) -> None:
        """Demand that the pictures, drawn before sealing, show what the sealed octets read back to.

        Raises:
            SelfVerificationError: if something on the front differs.
        """
        drawn = view_of(case.award, identifier=case.key.identifier, link=self.link(case.key.identifier))
        fronts = [
            (view.title, view.holder, view.birth, view.awarding_body, view.figures)
            for view in (drawn, sealed)
            if view
        ]
        if len(fronts) != 2 or fronts[0] != fronts[1]:  # noqa: PLR2004 - the one drawn and the one sealed
            fault = Finding.error(
                "other-front",
                "what was sealed doesn't read back to what its pictures show; nothing was recorded",
            )
            raise SelfVerificationError([fault])

    def _render(self, case: _Case) -> None:
        for name, built in list(case.built.items()):
            if (
                not self.formats[name].packaging.document
                or built.sealed is None
                or built.verification is None
            ):
                continue
            entry = case.pending.entry(format=name, kind=FileKind.CERTIFICATE) if case.pending else None
            if entry is not None:
                document, certificate = entry.octets, entry.sealed
            else:
                document, certificate = self._document(case, built, built.sealed), None
            case.built[name] = attrs.evolve(built, document=document, certificate=certificate)

    def _render_unsealed(self, case: _Case) -> None:
        """Do all that sealing would do with an award but sealing it, so that a dry run finds the same faults."""
        for built in case.built.values():
            verification = self.verifier.rehearse(built.payload, at=case.key.issued_at)
            _demand(verification, case, checks={"format", "award", "validity"})
            if self.formats[built.format].packaging.document:
                self._document(case, attrs.evolve(built, verification=verification), built.payload)

    def _document(self, case: _Case, built: _Built, enclosed: bytes) -> bytes:
        view = built.verification.report.view if built.verification else None
        if view is None:  # pragma: no cover - what verified has a view
            raise MikrocertError(_LOST)
        packaging = self.formats[built.format].packaging
        attachment = Attachment(f"{case.key.identifier}{packaging.suffix}", enclosed, packaging.media_type)
        document = self.renderer.document(
            attrs.evolve(view, test=self._test),
            attachment=attachment,
            branding=self.profile.branding,
            texts=self.texts,
        )
        if self._test:
            self._demand_mark(document)
        return document

    def _demand_mark(self, document: bytes) -> None:
        """Refuse a document for a test seal that doesn't say so on every page.

        Raises:
            UnrenderableError: if it has no page, or one that lacks the mark.
        """
        pages = self.renderer.text(document)
        unmarked = [number for number, text in enumerate(pages, start=1) if TEST_MARK not in text]
        if unmarked or not pages:
            fault = Finding.error(
                "no-test-mark",
                "the certificate lacks the test mark on pages: {pages:comma}; nothing was sealed",
                pages=unmarked or ["–"],
            )
            raise UnrenderableError([fault])

    def _verify_documents(self, case: _Case) -> None:
        for built in case.built.values():
            if built.certificate is not None:
                self._verify(built.certificate, case, inner=built.verification)

    def _verify(self, file: bytes, case: _Case, *, inner: Verification | None = None) -> Verification:
        """Verify a sealed file as a stranger would; only status is not known before recording."""
        verification = self.verifier.examine(file, at=case.key.issued_at, inner=inner)
        _demand(verification, case, checks=set[str](CHECKS) - {"status"})
        failed = [result for result in verification.report.results if result.outcome is Outcome.FAILED]
        if failed:
            raise _not_verified(verification.report, failed)
        return verification

    def _record(self, case: _Case, *, replaces: str | None, reason: str | None) -> None:
        artefacts: list[NewArtefact] = []
        for name, built in case.built.items():
            verification = built.verification
            if built.sealed is None or verification is None or verification.credential is None:
                continue
            packaging, document = self.formats[name].packaging, self.renderer.document_type
            file = File(name, FileKind.CREDENTIAL, packaging.media_type, packaging.suffix, built.sealed)
            artefacts.append(NewArtefact(file, built.payload, verification.credential.id))
            if built.certificate is not None:
                file = File(
                    name, FileKind.CERTIFICATE, document.media_type, document.suffix, built.certificate
                )
                artefacts.append(NewArtefact(file))
        new = NewCredential(case.key, case.octets, case.award.learner.name, tuple(artefacts))
        recorded = self.archive.record(new, replaces=replaces, reason=reason)
        case.receipt = self._receipt(recorded.archived, created=recorded.created)
        if recorded.created:
            self.on_issued(case.receipt)
            if replaces is not None:
                self.on_replaced(self.archive.find(replaces))

    def _institution_findings(self, award: Award, at: datetime) -> list[Finding]:
        findings: list[Finding] = []
        own = {
            (i.scheme, i.value) for i in self.profile.organisation.identifiers if i.scheme in {"ico", "vat"}
        }
        named = {(i.scheme, i.value) for i in award.awarding_body.identifiers if i.scheme in {"ico", "vat"}}
        if not own & named or any(
            scheme in dict(own) and (scheme, value) not in own for scheme, value in named
        ):
            findings.append(
                Finding.error(
                    "other-institution",
                    "the awarding institution is not institution {institution}; an institution sends only its own awards",
                    path="awarding_body.identifiers",
                    institution=self.institution,
                )
            )
        mandate = self.profile.mandate
        if not mandate.holds_on(in_prague(at).date()):
            findings.append(
                Finding.error(
                    "no-mandate",
                    "the agreement with the operator ({number}) does not hold today",
                    number=mandate.number,
                )
            )
        return findings

    def _receipt(self, archived: Archived, *, created: bool) -> Receipt:
        identifier = archived.registration.identifier
        return Receipt(
            registration=archived.registration,
            link=self.link(identifier),
            files=self.archive.files(identifier),
            status=archived.status,
            created=created,
        )


def _batches(records: Iterable[IntakeRecord]) -> Iterator[list[IntakeRecord]]:
    """Cut an export into batches, in each of which a record number occurs once."""
    batch: list[IntakeRecord] = []
    numbers: set[str] = set()
    for record in records:
        number = record.award.evidence_number if record.award else None
        if batch and (len(batch) >= LARGEST_BATCH or number in numbers):
            yield batch
            batch, numbers = [], set()
        batch.append(record)
        if number is not None:
            numbers.add(number)
    if batch:
        yield batch


def _only_one(records: Iterable[IntakeRecord]) -> list[IntakeRecord]:
    listed = list(records)
    if len(listed) != 1:
        fault = Finding.error(
            "one-award",
            "a correction is issued for one award; the file has {count}",
            path="--replaces",
            count=len(listed),
        )
        raise IntakeError([fault])
    return listed


def _octets(built: _Built, kind: FileKind) -> tuple[bytes | None, bytes | None]:
    """Return what is sealed for a file of this kind, and the sealed file, as far as they are there."""
    if kind is FileKind.CREDENTIAL:
        return built.payload, built.sealed
    return built.document, built.certificate


def _journalled(built: _Built, entry: JournalEntry) -> _Built:
    """Return a credential with what the journal has of it."""
    if entry.kind is FileKind.CREDENTIAL:
        return attrs.evolve(built, payload=entry.octets, sealed=entry.sealed)
    return attrs.evolve(built, document=entry.octets, certificate=entry.sealed)


def _demand(verification: Verification, case: _Case, *, checks: set[str]) -> None:
    """Demand that it is this credential and that these checks passed.

    Raises:
        SelfVerificationError: if it isn't so, with what was found.
    """
    report = verification.report
    bad = [
        result for result in report.results if result.check in checks and result.outcome is not Outcome.PASSED
    ]
    asked = {result.check for result in report.results}
    if bad or report.unusable or not checks <= asked or report.identifier != case.key.identifier:
        raise _not_verified(report, bad)


def _not_verified(report: Report, bad: Iterable[CheckResult]) -> SelfVerificationError:
    bad = tuple(bad)
    summary = Finding.error(
        "not-verified",
        "what was just sealed did not verify (checks: {checks}); nothing was recorded",
        checks=", ".join(result.check for result in bad) or "–",
    )
    found = [finding for result in bad for finding in result.findings]
    return SelfVerificationError([summary, *report.unusable, *found])


def _taken(error: AlreadyIssued | SupersededError | ErasedError) -> Finding:
    codes: dict[type, str] = {AlreadyIssued: "already-issued", SupersededError: "superseded"}
    code = codes.get(type(error), "erased")
    return Finding(code, Severity.ERROR, error.message, "evidence_number")
