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

Drawing takes longer than all the rest. Where a crew of processes does it, it is begun as soon as it can be: a certificate when its
credential is verified, the pictures of a batch before the one before it is sealed. So processes draw while this one seals.
"""

from __future__ import annotations

from base64 import b64decode
from collections import deque
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from mikrocert.archive import Archive, Archived, JournalEntry, NewArtefact, NewCredential, Pending
from mikrocert.award import Award
from mikrocert.award.canonical import canonical_octets
from mikrocert.award.identifiers import new_identifier
from mikrocert.certificate import certificates_of, front_of
from mikrocert.errors import (
    AlreadyIssued,
    ErasedError,
    FindingsError,
    IntakeError,
    MikrocertError,
    PluginError,
    SelfVerificationError,
    SettingsError,
    SupersededError,
    plugin_boundary,
)
from mikrocert.kinds.format import Draft, Format
from mikrocert.kinds.institution import Profile
from mikrocert.kinds.renderer import Attachment, Renderer
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
    bounded,
)
from mikrocert.rules import RuleSet
from mikrocert.service.holders.sharing import hash_of, new_secret
from mikrocert.service.issuing.admission import Admission
from mikrocert.service.issuing.drawing import Drawing, Front, Hands, Painter, Sheet, Sheets, Studio
from mikrocert.service.issuing.securing import Job, Securing
from mikrocert.service.searching import topic_of_award
from mikrocert.service.verifying.verifying import CHECKS, Verification, Verifier
from mikrocert.service.verifying.viewing import view_of
from mikrocert.texts import LANGUAGES, Message, Texts, message
from mikrocert.texts.dates import local_time
from mikrocert.tracing import NO_TRACING, Tracing, span

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date

    from mikrocert.certificate import Certificate
    from mikrocert.kinds.intake import IntakeRecord
    from mikrocert.tracing import Span

Progress: TypeAlias = "Callable[[Phase, int, int], object]"
"""Called with a phase and how many of how many awards of a batch, those that came so far, are through it.

A batch is called for phase by phase, each time with one award more; phases that it doesn't go through are left out.
"""

__all__ = [
    "LARGEST_BATCH",
    "IssueResult",
    "Issuer",
    "Phase",
    "Progress",
    "envelope_of_documents",
    "untold",
]

LARGEST_BATCH = 50
"""How many awards go through the phases together: as many as memory easily holds with their pictures and documents."""


_PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"
)
"""A PNG, in a dry run in place of the pictures that are not drawn."""
_LOST = message("an award lost its identifier or its view between two phases; this is a bug")
_MOST_ALIKE: Final = 100


def untold(phase: Phase, done: int, total: int) -> None:
    """Tell nobody about the progress."""


def envelope_of_documents(renderer: Renderer) -> str:
    """Return the name of the envelope that secures the documents of a renderer.

    Raises:
        SettingsError: if none does, so that nothing can be issued with it.
    """
    kind = renderer.document_type
    if kind.envelope is None:
        raise SettingsError(
            message(
                "renderer: it makes copies ({media_type}), which nobody seals; issuing needs one whose documents an envelope secures, and `mikrocert plugins` lists all",
                media_type=kind.media_type,
            )
        )
    return kind.envelope


class Phase(Enum):
    """What an award of a batch is going through, in this order."""

    JUDGE = "judge"
    BUILD = "build"
    SECURE = "secure"
    RENDER = "render"
    SECURE_DOCUMENTS = "secure documents"
    RECORD = "record"


def _traced(phase: Phase) -> AbstractContextManager[Span]:
    return span(f"issue: {phase.value}")


def _bounded(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return bounded(findings, most=_MOST_ALIKE)


@attrs.frozen
class IssueResult:
    """What became of one record of an export.

    Args:
        record: the record as the intake read it.
        receipt: what was issued; none if the record was refused, or in a dry run.
        findings: errors if the record was refused, warnings and infos; of each kind a hundred at most, whatever a record has.
        refused: whether nothing is, or in a dry run would be, issued for this record.
        drawn: whether certificate and pictures were drawn, as far as it came; a dry run spares what surely can be.
    """

    record: IntakeRecord
    receipt: Receipt | None
    findings: tuple[Finding, ...] = attrs.field(default=(), converter=_bounded)
    refused: bool = attrs.field(kw_only=True)
    drawn: bool = attrs.field(default=True, kw_only=True)


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
    drawings: dict[str, Drawing] = attrs.Factory(dict[str, Drawing])
    built: dict[str, _Built] = attrs.Factory(dict[str, _Built])
    receipt: Receipt | None = None
    refused: bool = False
    expired: bool = False
    drawn: bool = True

    def refuse(self, findings: Iterable[Finding]) -> None:
        self.findings += self.record.named(findings)
        self.refused = True

    @property
    def open(self) -> bool:
        return not self.refused and self.receipt is None

    def drawn_sheets(self) -> dict[str, Sheets]:
        """Wait for what is being drawn for it and return that, by the names by which it was begun."""
        drawings, self.drawings = self.drawings, {}
        return {name: sheets() for name, sheets in drawings.items()}

    @property
    def key(self) -> Registration:
        if self.registration is None:  # pragma: no cover - phase 1 gives one to every case that goes on
            raise MikrocertError(_LOST)
        return self.registration

    def result(self) -> IssueResult:
        return IssueResult(
            self.record,
            self.receipt,
            (*self.record.findings, *self.findings),
            refused=self.refused,
            drawn=self.drawn,
        )


@attrs.define
class _Batch:
    """Records that go through the phases together.

    Args:
        records: as an intake read them.
        at: when they are issued (aware).
        cases: those with an award, by their place among the records.
        studio: where what they need is drawn, once it is known how much that is.
        stopped: why they don't go on.
    """

    records: Sequence[IntakeRecord]
    at: datetime
    cases: Mapping[int, _Case]
    studio: Studio | None = None
    stopped: MikrocertError | None = None

    @classmethod
    def of(cls, records: Sequence[IntakeRecord], *, at: datetime) -> _Batch:
        cases = {
            index: _Case(record, record.award, canonical_octets(record.award), [])
            for index, record in enumerate(records)
            if record.award is not None
        }
        return cls(records, at, cases)

    @property
    def numbers(self) -> frozenset[str]:
        """The record numbers of its awards."""
        return frozenset(case.award.evidence_number for case in self.cases.values())

    def close(self) -> None:
        if self.studio is not None:
            self.studio.close()


@attrs.define
class _Rehearsal:
    """What a dry run has seen so far.

    Args:
        draw_all: whether every award is drawn.
        tried: whether the drawing of one was tried, which tries templates and fonts.
    """

    draw_all: bool
    tried: bool = False


class _Numbers:
    """The record numbers of one export, with the digest of the award that has each and its place: there may be thousands."""

    def __init__(self) -> None:
        self._noted: dict[str, tuple[bytes, Message]] = {}

    def note(self, case: _Case) -> None:
        """Note an award that is, or would be, recorded; refuse another one under a number that was noted before.

        The same award once more gets a warning, since it is issued once.

        Raises:
            IntakeError: if the number stands in the file before, with other content.
        """
        digest, here = sha256(case.octets).digest(), _place_of(case.record)
        noted, place = self._noted.setdefault(case.award.evidence_number, (digest, here))
        if noted != digest:
            fault = Finding.error(
                "already-issued",
                "this record number stands in the file before ({place}), with other content; each award has a number of its own",
                path="evidence_number",
                place=place,
            )
            raise IntakeError([fault])
        if place != here:
            again = Finding.warning(
                "repeated",
                "the same record stands in the file before ({place}); it is issued once",
                path="evidence_number",
                place=place,
            )
            case.findings += case.record.named([again])

    def check(self, case: _Case) -> None:
        """Refuse an award under the number of another one that was noted, as `note` does, and note none."""
        if case.award.evidence_number in self._noted:
            self.note(case)


def _place_of(record: IntakeRecord) -> Message:
    """Return where a record stands, as whoever made the file counts."""
    if record.row is not None:
        return message("row {number}", number=record.row)
    if record.line is not None:
        return message("line {number}", number=record.line)
    return message("record {number}", number=record.number)


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
        crew: draws where there is much to draw; none draws everything in this process.
        on_batch: called after each batch that was to be recorded, before its receipts are handed out.
        on_issued: called with each receipt of a credential that was issued just now; it has no holder's link.
        holder_link: makes the holder's link of a secret; none leaves holders' links to be made later.
        on_replaced: called with each credential that was replaced just now.
        on_progress: called with a phase and how many of how many awards of a batch are through it.
        tracing: where it is told how long each phase took.
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
    crew: Hands | None = None
    on_batch: Callable[[], object] = lambda: None
    on_issued: Callable[[Receipt], object] = lambda _: None
    holder_link: Callable[[str], str] | None = None
    on_replaced: Callable[[Archived], object] = lambda _: None
    on_progress: Progress = untold
    tracing: Tracing = attrs.field(default=NO_TRACING, eq=False)

    def issue(
        self,
        records: Iterable[IntakeRecord],
        *,
        replaces: str | None = None,
        reason: str | None = None,
        dry_run: bool = False,
        draw: bool = False,
        before: Iterable[IntakeRecord] = (),
    ) -> Iterator[IssueResult]:
        """Issue records batch by batch: good ones go on, bad ones come back with their findings, all in order.

        Args:
            records: as an intake read them.
            replaces: identifier of the credential that the one record corrects.
            reason: why it is corrected; verifiers of the old one read it. Needed with `replaces`.
            dry_run: whether to do everything but sealing and recording, and to draw only the first award and those that the
                renderer can't judge otherwise.
            draw: whether a dry run draws every award.
            before: records of the same file that stand before these and have one of their numbers; nothing else becomes of them here.

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
        rehearsal, numbers = _Rehearsal(draw_all=draw) if dry_run else None, _Numbers()
        earlier = _Batch.of(tuple(before), at=self.now())
        self._each(
            None,
            tuple(earlier.cases.values()),
            lambda case: self._judge(case, numbers, earlier.at, replaces=None),
        )
        begun: deque[_Batch] = deque()
        try:
            for some in _batches(records):
                batch = _Batch.of(some, at=self.now().replace(microsecond=0))
                while begun and not begun[0].numbers.isdisjoint(batch.numbers):
                    yield from self._finished(begun, replaces=replaces, reason=reason, rehearsal=rehearsal)
                begun.append(batch)
                self._begin(batch, numbers, replaces=replaces, rehearsal=rehearsal)
                while len(begun) > (0 if self.crew is None else 1):
                    yield from self._finished(begun, replaces=replaces, reason=reason, rehearsal=rehearsal)
            while begun:
                yield from self._finished(begun, replaces=replaces, reason=reason, rehearsal=rehearsal)
        finally:
            for batch in begun:
                batch.close()

    def _begin(
        self, batch: _Batch, numbers: _Numbers, *, replaces: str | None, rehearsal: _Rehearsal | None
    ) -> None:
        """Judge a batch, and have its pictures drawn: phases 1 and a part of 2, which may pass while the batch before is sealed."""
        cases = tuple(batch.cases.values())
        try:
            # 1.
            with self.tracing.span(f"issue: {Phase.JUDGE.value}", {"mikrocert.awards": len(cases)}):
                self._each(None, cases, lambda case: self._judge(case, numbers, batch.at, replaces=replaces))
                self._reserve(cases, at=batch.at, dry_run=rehearsal is not None)
            if rehearsal is not None:
                self._each(None, cases, lambda case: self._choose_drawing(case, rehearsal))
            # 2., what takes long
            drawn = sum(case.open and case.drawn for case in cases)
            batch.studio = studio = Studio(
                Painter(self.renderer, self.profile.branding), self.crew, awards=drawn
            )
            self._each(None, cases, lambda case: self._begin_fronts(case, studio))
        except MikrocertError as error:
            batch.stopped = error

    def _finished(
        self, begun: deque[_Batch], *, replaces: str | None, reason: str | None, rehearsal: _Rehearsal | None
    ) -> Iterator[IssueResult]:
        """Issue the first of the batches that were begun."""
        batch = begun[0]
        try:
            if batch.stopped is None and batch.studio is not None:
                with self.tracing.span("issue", {"mikrocert.awards": len(batch.cases)}):
                    self._phases(
                        tuple(batch.cases.values()),
                        batch.studio,
                        replaces=replaces,
                        reason=reason,
                        rehearsal=rehearsal,
                    )
        except MikrocertError as error:
            batch.stopped = error  # what was recorded or refused before is told all the same
        batch.close()
        begun.popleft()
        if rehearsal is None:
            self.on_batch()
        for index, record in enumerate(batch.records):
            if index not in batch.cases:
                yield IssueResult(
                    record, None, self._faults(record, batch.at, replaces=replaces), refused=True
                )
            elif batch.stopped is None or not batch.cases[index].open:
                yield batch.cases[index].result()
        if batch.stopped is not None:
            raise batch.stopped

    def _phases(
        self,
        cases: Sequence[_Case],
        studio: Studio,
        *,
        replaces: str | None,
        reason: str | None,
        rehearsal: _Rehearsal | None,
    ) -> None:
        """Send a batch that was begun through the rest of the phases."""
        for done in range(1, len(cases) + 1):
            self.on_progress(Phase.JUDGE, done, len(cases))
        # 2.
        with _traced(Phase.BUILD):
            self._each(Phase.BUILD, cases, self._build)

        def verify(case: _Case) -> None:
            if rehearsal is None:
                self._verify_credentials(case)
            else:
                self._verify_unsealed(case)
            self._begin_certificates(case, studio)

        # 3., in a dry run without sealing
        with _traced(Phase.SECURE):
            if rehearsal is None:
                self._secure(cases, FileKind.CREDENTIAL)
            self._each(Phase.SECURE, cases, verify)
        # 4.
        with _traced(Phase.RENDER):
            self._each(Phase.RENDER, cases, self._keep_certificates)
        if rehearsal is not None:
            return
        # 5.
        with _traced(Phase.SECURE_DOCUMENTS):
            self._secure(cases, FileKind.CERTIFICATE)
            self._each(Phase.SECURE_DOCUMENTS, cases, self._verify_documents)
        # 6.
        with _traced(Phase.RECORD):
            self._each(Phase.RECORD, cases, lambda case: self._record(case, replaces=replaces, reason=reason))

    def _each(self, phase: Phase | None, cases: Sequence[_Case], do: Callable[[_Case], None]) -> None:
        """Send every case that is still open through a phase; what fails for one case refuses it and no other.

        Args:
            phase: the phase whose progress this is; none for a part of one that comes before the rest of it.
            cases: all cases.
            do: takes a case.
        """
        going = [case for case in cases if case.open]
        for done, case in enumerate(going, start=1):
            with _refusing(case):
                do(case)
            if phase is not None:
                self.on_progress(phase, done, len(going))

    def _judge(self, case: _Case, numbers: _Numbers, at: datetime, *, replaces: str | None) -> None:
        before = self.archive.find_award(self.institution, case.award.evidence_number)
        sent_before = before is not None and before.erased_at is None and before.is_award(case.octets)
        wanted = tuple(
            name for name in self.formats if not (sent_before and before and name in before.formats)
        )
        if before is not None and not wanted:
            # Whatever rules and mandate say today: it was issued, and its sender gets the receipt again.
            numbers.note(case)
            case.receipt = self._receipt(before, created=False)
            return
        today = local_time(at).date()
        admission = self._admission(today, replaces=replaces)
        case.expired = admission.is_over(case.award)
        findings = (*admission.findings(case.award), *self.rules.judge(case.award, on=today))
        if any(finding.severity is Severity.ERROR for finding in findings):
            case.refuse(findings)
            return
        case.findings += case.record.named(findings)
        if before is not None:
            if before.erased_at is not None:
                raise before.erased
            if not sent_before and replaces != before.registration.identifier:
                numbers.check(case)
                raise AlreadyIssued(before.registration.identifier)
            if replaces is not None and (findings := admission.renaming(case.award, before.holder)):
                if any(finding.severity is Severity.ERROR for finding in findings):
                    case.refuse(findings)
                    return
                case.findings += case.record.named(findings)
        elif replaces is not None:
            fault = Finding.error(
                "never-issued",
                "{identifier} can't be replaced: this institution never issued this record number; a correction keeps it",
                path="evidence_number",
                identifier=replaces,
            )
            raise IntakeError([fault])
        numbers.note(case)
        case.formats = wanted

    def _admission(self, today: date, *, replaces: str | None) -> Admission:
        return Admission(
            self.institution,
            self.profile,
            today,
            self.link,
            self.verifier.ours.leads_here,
            self.archive.find,
            replaces=replaces,
        )

    def _faults(self, record: IntakeRecord, at: datetime, *, replaces: str | None) -> tuple[Finding, ...]:
        """Return everything that is wrong with a record of which an intake made no award: also what the rules find in its part."""
        part = record.part
        if part is None:
            return record.findings
        today = local_time(at).date()
        admitted = self._admission(today, replaces=replaces).findings(part.award)
        # A text that lacks one language is there in the others.
        missing = frozenset(path for path in part.missing if path.rpartition(".")[2] not in LANGUAGES)
        judged = self.rules.judge(part.award, on=today, withheld=missing)
        more = (
            finding
            for finding in (*admitted, *judged)
            if finding.code != "withheld" and not part.lacks(finding.path)
        )
        return (*record.findings, *record.named(more))

    def _reserve(self, cases: Sequence[_Case], *, at: datetime, dry_run: bool) -> None:
        """Give each case its identifier and time: those of its journal, where it was on its way before."""
        going = [case for case in cases if case.open]
        registrations = {
            id(case): Registration(new_identifier(), self.institution, case.award.evidence_number, at)
            for case in going
        }
        if dry_run or not going:
            for case in going:
                case.registration = registrations[id(case)]
            return
        with self.archive.unit() as unit:
            for case in going:
                case.pending = unit.reserve(registrations[id(case)], award=case.octets)
                case.registration = case.pending.registration

    def _choose_drawing(self, case: _Case, rehearsal: _Rehearsal) -> None:
        """Spare the drawing of an award that can surely be drawn, once one of the run was tried."""
        view = view_of(case.award, identifier=case.key.identifier, link=self.link(case.key.identifier))
        certificates = self._certificates_of(view, file=case.key.identifier)
        case.drawn = (
            rehearsal.draw_all
            or not rehearsal.tried
            or not all(self.renderer.surely_draws(certificate) for certificate in certificates)
        )
        rehearsal.tried = True

    def _certificates_of(self, view: View, *, file: str) -> tuple[Certificate, ...]:
        branding = self.profile.branding
        return certificates_of(
            attrs.evolve(view, test=self._test),
            texts=self.texts,
            file=file,
            languages=branding.languages,
            separate=branding.separate,
            signatory=branding.signatory,
        )

    def _begin_fronts(self, case: _Case, studio: Studio) -> None:
        """Begin the pictures of an award, by language."""
        if not case.drawn or not any(
            self.formats[name].packaging.pictures for name in case.formats if not _entry(case, name)
        ):
            return
        view = view_of(case.award, identifier=case.key.identifier, link=self.link(case.key.identifier))
        view = attrs.evolve(view, test=self._test)
        signatory = self.profile.branding.signatory
        case.drawings = {
            language: studio.begin(
                Front(front_of(view, language=language, texts=self.texts, signatory=signatory))
            )
            for language in self.languages
        }

    def _build(self, case: _Case) -> None:
        pictures = case.drawn_sheets()
        registration = case.key
        link = self.link(registration.identifier)
        if not case.drawn:
            pictures = dict.fromkeys(self.languages, (_PIXEL,))
        for name in case.formats:
            entry = _entry(case, name)
            if entry is not None:
                case.built[name] = _Built(name, entry.octets, entry.sealed)
                continue
            form = self.formats[name]
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
                pictures=pictures if form.packaging.pictures else {},
            )
            case.built[name] = _Built(name, payload)

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

        self._each(None, cases, prepare)
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
            self._each(None, cases, lambda case: self._journal_one(case, waiting))
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
        return envelope_of_documents(self.renderer)

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
            (view.title, view.holder, view.birth, view.awarding_body, view.unit, view.figures)
            for view in (drawn, sealed)
            if view
        ]
        if len(fronts) != 2 or fronts[0] != fronts[1]:  # noqa: PLR2004 - the one drawn and the one sealed
            fault = Finding.error(
                "other-front",
                "what was sealed doesn't read back to what its pictures show; nothing was recorded",
            )
            raise SelfVerificationError([fault])

    def _begin_certificates(self, case: _Case, studio: Studio) -> None:
        """Begin the certificates of an award, by format: of what was sealed, or in a dry run would be."""
        for name, built in case.built.items():
            packaging = self.formats[name].packaging
            if not case.drawn or not packaging.document or built.verification is None:
                continue
            if _entry(case, name, FileKind.CERTIFICATE) is not None:
                continue
            view = built.verification.report.view
            if view is None:  # pragma: no cover - what verified has a view
                raise MikrocertError(_LOST)
            enclosed = built.payload if built.sealed is None else built.sealed
            attachment = Attachment(
                f"{case.key.identifier}{packaging.suffix}", enclosed, packaging.media_type
            )
            case.drawings[name] = studio.begin(
                Sheet(self._certificates_of(view, file=attachment.name), attachment)
            )

    def _keep_certificates(self, case: _Case) -> None:
        certificates = case.drawn_sheets()
        for name, built in list(case.built.items()):
            entry = _entry(case, name, FileKind.CERTIFICATE)
            if entry is not None:
                case.built[name] = attrs.evolve(built, document=entry.octets, certificate=entry.sealed)
            elif name in certificates:
                (document,) = certificates[name]
                case.built[name] = attrs.evolve(built, document=document)

    def _verify_unsealed(self, case: _Case) -> None:
        """Verify all of an award that would be sealed, so that a dry run finds the same faults."""
        for name, built in list(case.built.items()):
            verification = self.verifier.rehearse(built.payload, at=case.key.issued_at)
            _demand(verification, case, checks={"format", "award", "validity"})
            case.built[name] = attrs.evolve(built, verification=verification)

    def _verify_documents(self, case: _Case) -> None:
        for built in case.built.values():
            if built.certificate is not None:
                self._verify(built.certificate, case, inner=built.verification)

    def _verify(self, file: bytes, case: _Case, *, inner: Verification | None = None) -> Verification:
        """Verify a sealed file as a stranger would; only status is not known before recording."""
        verification = self.verifier.examine(file, at=case.key.issued_at, inner=inner)
        _demand(verification, case, checks=set[str](CHECKS) - {"status", "logged"})
        failed = [
            result
            for result in verification.report.results
            if result.outcome is Outcome.FAILED and not _only_expired(result, case)
        ]
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
        topic, secret = topic_of_award(case.award), new_secret()
        of_type = case.award.type
        new = NewCredential(
            case.key,
            case.octets,
            case.award.learner.name,
            tuple(artefacts),
            topic,
            type=None if of_type is None or of_type.version is None else (of_type.id, of_type.version),
            holder_secret=None if self.holder_link is None else hash_of(secret),
        )
        recorded = self.archive.record(new, replaces=replaces, reason=reason)
        case.receipt = self._receipt(recorded.archived, created=recorded.created)
        if recorded.created:
            self.on_issued(case.receipt)
            if recorded.linked and self.holder_link is not None:
                case.receipt = attrs.evolve(case.receipt, holder_link=self.holder_link(secret))
            if replaces is not None:
                self.on_replaced(self.archive.find(replaces))

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


@contextmanager
def _refusing(case: _Case) -> Generator[None]:
    """Let what fails for one case refuse it and no other."""
    try:
        with plugin_boundary(message("a plugin")):
            yield
    except FindingsError as error:
        case.refuse(error.findings)
    except (AlreadyIssued, SupersededError, ErasedError) as error:
        case.refuse([_taken(error)])
    except PluginError as error:
        case.refuse([Finding("plugin-crashed", Severity.ERROR, error.message)])


def _entry(case: _Case, format_name: str, kind: FileKind = FileKind.CREDENTIAL) -> JournalEntry | None:
    """Return what the journal has of a file of an award that was on its way before, or none."""
    return case.pending.entry(format=format_name, kind=kind) if case.pending else None


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
        result
        for result in report.results
        if result.check in checks and result.outcome is not Outcome.PASSED and not _only_expired(result, case)
    ]
    asked = {result.check for result in report.results}
    if bad or report.unusable or not checks <= asked or report.identifier != case.key.identifier:
        raise _not_verified(report, bad)


def _only_expired(result: CheckResult, case: _Case) -> bool:
    """Return whether nothing fails but the end of validity, in a correction of what has expired."""
    errors = {finding.code for finding in result.findings if finding.severity is Severity.ERROR}
    return case.expired and result.check == "validity" and errors == {"expired"}


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
