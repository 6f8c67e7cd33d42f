"""Batches: an institution sends an export, jobs work through it, and it asks what became of each record.

An export is cut into pieces of a few records. Each piece is a job of its own, so that several workers share a large batch and one award
waits for no more than the piece at hand. A piece is worked through by issuing, which gives the same receipts for the same awards, and
what became of it is written down as a whole and once: whoever stops a worker, at whatever point, makes no difference.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import Message as Header
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

import attrs

from mikrocert.accounts import Deed
from mikrocert.accounts.proposals import Request
from mikrocert.errors import (
    AccountError,
    ArchiveError,
    ErasedError,
    FindingsError,
    IntakeError,
    ProposedError,
    SettingsError,
    UnknownIdentifier,
)
from mikrocert.jobs.batches import (
    Batch,
    BatchOptions,
    BatchResult,
    BatchState,
    BatchStore,
    OpenBatch,
    Piece,
    new_batch_id,
)
from mikrocert.jobs.changes import Changes
from mikrocert.jobs.queue import Job, Queue
from mikrocert.jobs.worker import Task
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.kinds.offer import CANONICAL
from mikrocert.report import Finding, Receipt, Severity
from mikrocert.report.json import finding_to_json
from mikrocert.service.institutions.exports import Form
from mikrocert.service.institutions.readers import Sent
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import Connection

    from mikrocert.archive import Archive
    from mikrocert.service.issuing.issuing import IssueResult
    from mikrocert.service.system import System

__all__ = ["AWARD", "LINES", "PIECE", "PUBLISH", "Batches", "HeldRecord"]

AWARD: Final = "application/vnd.mikrocert.award+json"
"""Media type of one award in the canonical form, as `mikrocert schema` says."""

LINES: Final = frozenset({"application/jsonl", "application/x-jsonlines", "application/x-ndjson"})
"""Media types of JSON Lines: an award in the canonical form on each line, any number of lines."""

PIECE: Final = 20
"""How many records a job works through: so few that one award needn't wait long, so many that opening a key for them is worth it."""

_LARGEST: Final = 16 * 1024 * 1024
_LARGEST_OF_LINES: Final = 1024 * 1024 * 1024
_LONGEST_LINE: Final = 1024 * 1024
_A_SMALL_BATCH: Final = 1000
_AT_ONCE: Final = 100
_READ_AT_ONCE: Final = 1024 * 1024
_ONE_AWARD, _READING, _SMALL, _LARGE = 30, 20, 10, 0
"""In which order what institutions sent is done: one award, what isn't read yet, some awards, many."""

_DO, _FORGET = "batch", "forget-batches"
PUBLISH: Final = "publish-log"
"""Name of the task, and its key, that publishes the log."""


@attrs.frozen
class HeldRecord:
    """A record that an institution sent and that is still held.

    Args:
        batch: in which it was sent.
        record: the record as its intake reads it.
        result: what became of it; none where that isn't known yet, or the batch was cancelled before.
    """

    batch: Batch
    record: IntakeRecord = attrs.field(repr=False)
    result: BatchResult | None


def _number_of(record: IntakeRecord) -> str | None:
    """Return the record number of a record as far as it can be read."""
    return record.evidence_number if record.award is None else record.award.evidence_number


class Batches:
    """What institutions sent; safe to use from several threads.

    Args:
        system: issues.
        archive: where batches are kept.
        queue: where their jobs are.
    """

    def __init__(self, system: System, *, archive: Archive, queue: Queue) -> None:
        self._system = system
        self._archive = archive
        self._queue = queue
        self._store = BatchStore(archive)
        self.changes = Changes(archive.database)
        """What tells that a batch has got on, or that there are jobs."""
        self._reading = Lock()
        self._read: tuple[str, list[IntakeRecord]] | None = None

    @property
    def tasks(self) -> Mapping[str, Task]:
        """What jobs of batches do, by the names of their tasks."""
        return {
            _DO: Task(self._work, on_given_up=self._give_up),
            _FORGET: Task(self._forget),
        }

    def require(self) -> None:
        """Refuse to go on without an archive of this program's version (see `Archive.require`)."""
        self._archive.require()

    # What institutions do

    def accept(
        self,
        institution: str,
        data: bytes | BinaryIO,
        *,
        media_type: str,
        actor: str,
        intake: str | None = None,
        formats: tuple[str, ...] = (),
        dry_run: bool = False,
        replaces: str | None = None,
        reason: str | None = None,
    ) -> Batch:
        """Take in what an institution sent, to be worked through by jobs; both are there once this returns, or neither.

        What is sent again while it is being worked through is the same batch.

        Args:
            institution: name of the institution.
            data: one award (`AWARD`), an award a line (`LINES`), or an export in the layout of the intake; a file is one that can be
                read twice.
            media_type: of the data; its parameter `charset` is the encoding.
            actor: who sends it, as it is recorded.
            intake: name of the intake; none means the institution's own. Of lines and of one award it is the canonical one.
            formats: names of the formats; none means that of the settings.
            dry_run: whether to seal and record nothing.
            replaces: identifier of the credential that the one record corrects.
            reason: why it is corrected; verifiers of the old one read it. Needed with `replaces`.

        Raises:
            UnknownOffer: if a name is unknown.
            IntakeError: if it is too large or empty.
            SettingsError: if nothing can be issued here.
            ProposedError: if somebody else has to confirm it; it is taken in and waits.
            ArchiveError: if a database fails.
        """
        if self._system.settings.operator is None:
            raise SettingsError(
                message(
                    "issuing needs [operator] in {file}; its archive is archive.sqlite unless [archive] says otherwise",
                    file=self._system.settings.name,
                )
            )
        options = _options(media_type, intake=intake, formats=formats, dry_run=dry_run, replaces=replaces)
        with self._system.reading(institution, intake=options.intake):
            pass  # whoever sends to nobody learns it now
        for name in formats:
            self._system.plugins.formats.get(name)
        stream = io.BytesIO(data) if isinstance(data, bytes) else data
        digest = self._digest(stream, institution, options, reason)
        stream.seek(0)
        batch = Batch(
            id=new_batch_id(),
            institution=institution,
            state=BatchState.ARRIVING,
            actor=actor,
            options=options,
            accepted_at=self._queue.now(),
            ended_at=None,
            forgotten_at=None,
            total=None,
            issued=0,
            repeated=0,
            passed=0,
            refused=0,
        )
        return self._take_in(batch, stream, reason=reason, digest=digest)

    def _digest(self, stream: BinaryIO, institution: str, options: BatchOptions, reason: str | None) -> str:
        digesting = self._store.digesting()
        digesting.update(json.dumps([institution, attrs.asdict(options), reason]).encode())
        while part := stream.read(_READ_AT_ONCE):
            digesting.update(part)
        return digesting.hexdigest()

    def _take_in(self, batch: Batch, stream: BinaryIO, *, reason: str | None, digest: str) -> Batch:
        """Write a batch down: a large one in several transactions, of which the last one sets it off."""
        store, key = self._store, self._store.store_key(batch.id)
        try:
            there = self._write_down(batch, stream, reason=reason, digest=digest, key=key)
        except IntakeError:
            store.leave(batch.id)
            raise
        if there is not None:
            store.leave(batch.id)
        taken = store.standing(there or batch.id).batch
        if taken.state is BatchState.PROPOSED:
            proposal = self._system.proposals.of_subject(taken.id)
            if proposal is not None:
                raise ProposedError(proposal)
        return taken

    def _write_down(
        self, batch: Batch, stream: BinaryIO, *, reason: str | None, digest: str, key: bytes
    ) -> str | None:
        """Write a batch down; return the one that is the same, if there is one, and set nothing off then."""
        store, arrived, total, count = self._store, False, 0, 0
        groups = _groups(_pieces(stream, batch.options))
        pieces = next(groups)
        while True:
            following = next(groups, None)
            total, count = total + sum(piece.records for piece in pieces), count + len(pieces)
            # The last one waits for its turn, so that two that are the same find each other.
            last = following is None
            with store.database.writing() if last else store.database.changing() as connection:
                there = store.same(connection, digest) if last else None
                if there is not None:
                    return there
                if not arrived:
                    store.arrive(connection, batch, reason=reason, key=key)
                store.add_pieces(connection, batch.id, pieces, key=key)
                if last:
                    self._set_off(connection, batch, digest, total=total, pieces=count)
            if following is None:
                return None
            arrived, pieces = True, following

    def _set_off(self, connection: Connection, batch: Batch, digest: str, *, total: int, pieces: int) -> None:
        deed = Deed.ISSUE if batch.options.replaces is None else Deed.REPLACE
        request = Request(deed, batch.institution, batch.id, batch.actor, batch.accepted_at)
        if not batch.options.dry_run and self._system.proposals.propose(connection, request):
            state, count = BatchState.PROPOSED, total or None
            self._store.set_off(connection, batch.id, state=state, total=count, digest=digest)
            return
        self._begin(connection, batch.id, total=total, pieces=pieces, digest=digest)

    def set_off_proposed(self, connection: Connection, batch_id: str) -> bool:
        """Start a batch that somebody else confirmed, within a transaction; return whether it still waited.

        Args:
            connection: of the transaction.
            batch_id: the batch's identifier.
        """
        batch = self._store.within(connection, batch_id)
        if batch.ended or batch.state is not BatchState.PROPOSED:
            return False
        pieces = self._store.count_pieces(connection, batch_id)
        self._begin(connection, batch_id, total=batch.total or 0, pieces=pieces, digest=None)
        return True

    def end_proposed(self, connection: Connection, batch_id: str) -> None:
        """Note within a transaction that nothing comes of a batch that nobody confirmed."""
        if self._store.end(connection, batch_id, state=BatchState.CANCELLED, at=self._queue.now()):
            self._along(connection, self._store.within(connection, batch_id))

    def _begin(
        self, connection: Connection, batch_id: str, *, total: int, pieces: int, digest: str | None
    ) -> None:
        if total == 0:  # an export that is cut by a job
            self._store.set_off(connection, batch_id, state=BatchState.READING, total=None, digest=digest)
            self._queue.enqueue(connection, _job(batch_id, 0, precedence=_READING))
            return
        self._store.set_off(connection, batch_id, state=BatchState.WORKING, total=total, digest=digest)
        self._queue.enqueue(connection, *_jobs(batch_id, pieces, total=total))

    def send(self, institution: str, batch_id: str, *, actor: str) -> Batch:
        """Take in once more, to be issued, the very octets that a dry run has tried; return the new batch.

        Args:
            institution: whose batch it is.
            batch_id: the dry run's identifier.
            actor: who sends it, as it is recorded.

        Raises:
            UnknownBatch: if the institution has no such batch.
            IntakeError: if it was no dry run, was not tried to its end, or is forgotten.
            SettingsError: if nothing can be issued here.
            ArchiveError: if a database fails.
        """
        batch = self.find(institution, batch_id)
        if not batch.options.dry_run or batch.state is not BatchState.DONE:
            raise IntakeError([_NOT_TRIED])
        standing, options = self._store.standing(batch_id), batch.options
        if standing.key is None:
            raise IntakeError([_FORGOTTEN])
        media_type = options.media_type
        if options.encoding is not None:
            media_type = f'{media_type}; charset="{options.encoding}"'
        with tempfile.SpooledTemporaryFile(
            _LARGEST
        ) as target:  # large ones to a file that nobody else can open
            for octets in self._store.octets(batch_id, key=standing.key):
                target.write(octets)
            if not target.tell():
                raise IntakeError([_FORGOTTEN])
            target.seek(0)
            return self.accept(
                institution,
                cast("BinaryIO", target),
                media_type=media_type,
                actor=actor,
                intake=options.intake,
                formats=options.formats,
                replaces=options.replaces,
                reason=standing.reason,
            )

    def find(self, institution: str, batch_id: str) -> Batch:
        """Return a batch of an institution.

        Raises:
            UnknownBatch: if it has none of this identifier, whoever else has.
            ArchiveError: if a database fails.
        """
        return self._store.find(institution, batch_id)

    def recent(
        self, institution: str | None, *, before: str | None = None, limit: int = 100
    ) -> tuple[Batch, ...]:
        """Return batches, the newest first.

        Args:
            institution: whose; none means all, for the operator.
            before: identifier of the last one that is known already, or none.
            limit: how many at most.
        """
        return self._store.recent(institution, before=before, limit=limit)

    def on_their_way(self, *, limit: int = 100) -> tuple[Batch, ...]:
        """Return, for the operator, batches of all institutions that haven't ended and don't wait for people, the oldest first."""
        return self._store.on_their_way(limit=limit)

    def results(
        self,
        institution: str,
        batch_id: str,
        *,
        after: int = 0,
        limit: int = 100,
        refused: bool | None = None,
    ) -> tuple[BatchResult, ...]:
        """Return what became of records so far, in the order in which they were sent; some before them may be missing yet.

        Args:
            institution: whose batch it is.
            batch_id: the batch's identifier.
            after: number of the record after which they begin.
            limit: how many at most.
            refused: whether only refused ones, or only others; none means all.

        Raises:
            UnknownBatch: if the institution has no such batch.
            ArchiveError: if a database fails.
        """
        self.find(institution, batch_id)
        return self._store.results(batch_id, after=after, limit=limit, refused=refused)

    def cancel(self, institution: str, batch_id: str) -> Batch:
        """Cancel a batch; what was issued stays issued, and what is at hand is ended.

        Raises:
            UnknownBatch: if the institution has no such batch.
            ArchiveError: if a database fails.
        """
        self.find(institution, batch_id)
        now = self._queue.now()
        with self._store.database.writing() as connection:
            if self._store.end(connection, batch_id, state=BatchState.CANCELLED, at=now):
                self._queue.withdraw(connection, prefix=f"{batch_id}/")
                self._along(connection, self._store.within(connection, batch_id))
        return self.find(institution, batch_id)

    def wait(self, institution: str, batch_id: str, *, seconds: float) -> Batch:
        """Return a batch once it has ended, or as it is after so many seconds.

        Raises:
            UnknownBatch: if the institution has no such batch.
            ArchiveError: if a database fails.
        """
        end = time.monotonic() + seconds
        with self.changes.watching() as watch:
            while True:
                batch, left = self.find(institution, batch_id), end - time.monotonic()
                if batch.ended or left <= 0:
                    return batch
                watch.wait(left)

    def archive_of(self, institution: str, batch_id: str) -> Iterator[bytes]:
        """Yield a ZIP of the files of everything that came of a batch so far, piece by piece; what was erased is left out.

        Raises:
            UnknownBatch: if the institution has no such batch.
            ArchiveError: if a database fails.
        """
        self.find(institution, batch_id)
        return self._zipped(batch_id)

    def _zipped(self, batch_id: str) -> Iterator[bytes]:
        out, after, put = _Outgoing(), 0, set[str]()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            while results := self._store.results(batch_id, after=after, limit=_AT_ONCE):
                after = results[-1].number
                for identifier in (one.identifier for one in results):
                    if identifier is None or identifier in put:
                        continue
                    put.add(identifier)
                    for name, octets in self._files(identifier):
                        packed.writestr(name, octets)
                    yield out.taken()
        yield out.taken()

    def _files(self, identifier: str) -> Iterator[tuple[str, bytes]]:
        try:
            archived, files = self._archive.find(identifier), self._archive.files(identifier)
        except ErasedError:
            return
        receipt = Receipt(archived.registration, "", files, archived.status, created=False)
        for file in files:
            yield receipt.name(file), file.octets

    def held(self, institution: str, evidence_number: str) -> Iterator[HeldRecord]:
        """Yield the records of one record number that an institution sent and that are still held, the oldest batch first.

        Args:
            institution: name of the institution.
            evidence_number: number in the institution's register.

        Raises:
            ArchiveError: if a database fails.
        """
        for batch_id in self._store.held(institution):
            standing = self._store.standing(batch_id)
            if standing.key is not None:
                yield from self._held_in(standing, evidence_number)

    def _held_in(self, standing: OpenBatch, evidence_number: str) -> Iterator[HeldRecord]:
        batch_id, after = standing.batch.id, 0
        results: dict[int, BatchResult] = {}
        while some := self._store.results(batch_id, after=after, limit=_AT_ONCE):
            after = some[-1].number
            results |= {one.number: one for one in some if one.evidence_number in {None, evidence_number}}
        pieces = self._store.outline(batch_id)
        if [piece.number for piece in pieces] == [
            0
        ]:  # an export that nobody has cut yet, or that can't be read
            pieces = (Piece(1, 0, sys.maxsize),)
        for piece in pieces:
            concerned = any(piece.first < number <= piece.first + piece.records for number in results)
            if piece.number == 0 or (piece.done and not concerned):
                continue
            there = self._store.piece(batch_id, piece.number, key=standing.key or b"") or piece
            try:
                records = self._records_of(standing, there)
            except IntakeError:
                continue  # nobody can tell whose records are in it
            for record in records:
                if _number_of(record) == evidence_number:
                    yield HeldRecord(standing.batch, record, results.get(record.number))

    # What jobs do

    def _work(self, batch: str, piece: int, attempt: int) -> None:
        """Work through a piece; piece 0 is an export that is to be cut into pieces first."""
        standing = self._store.standing(batch)
        if standing.batch.ended or standing.key is None:
            return
        try:
            if piece == 0:
                self._cut(standing)
            else:
                self._do(standing, piece, again=attempt > 1)
        except (IntakeError, UnknownIdentifier, ErasedError) as error:
            self._end_unusable(standing, error)

    def _cut(self, standing: OpenBatch) -> None:
        batch = standing.batch
        if batch.state is not BatchState.READING:  # it was cut, and the worker stopped before it could say so
            return
        records = self._records(standing)
        with self._store.database.changing() as connection:
            if not self._store.set_off(connection, batch.id, state=BatchState.WORKING, total=len(records)):
                return
            pieces = [
                Piece(number, first, min(PIECE, len(records) - first))
                for number, first in enumerate(range(0, len(records), PIECE), start=1)
            ]
            self._store.add_pieces(connection, batch.id, pieces, key=standing.key or b"")
            self._queue.enqueue(connection, *_jobs(batch.id, len(pieces), total=len(records)))

    def _do(self, standing: OpenBatch, number: int, *, again: bool) -> None:
        batch, options = standing.batch, standing.batch.options
        piece = self._store.piece(batch.id, number, key=standing.key or b"")
        if piece is None or piece.done:
            return
        records = self._records_of(standing, piece)
        if options.replaces is not None and (batch.total or 0) != 1:
            raise IntakeError([_not_one(batch.total or 0)])
        if not options.dry_run and self._is_suspended(batch.institution):
            self._add_results(standing, piece, [self._refused(record, _SUSPENDED) for record in records])
            return
        issued = self._system.issue(
            records,
            institution=batch.institution,
            formats=options.formats,
            replaces=options.replaces,
            reason=standing.reason,
            dry_run=options.dry_run,
            publish=False,
            confirmed=True,
            holder_links=False,
            before=self._records_before(standing, piece, records),
        )
        found = [self._result(result, batch, again=again) for result in issued]
        self._add_results(standing, piece, found)

    def _is_suspended(self, institution: str) -> bool:
        """Return whether the account of an institution is suspended by now, whatever it was when a batch was sent."""
        try:
            return self._system.the_accounts().account(institution).suspended_at is not None
        except AccountError:  # without an account it sends nothing itself; the operator sent this
            return False

    def _refused(self, record: IntakeRecord, finding: Finding) -> BatchResult:
        """Return what became of a record for which nothing is issued, whatever it says."""
        return BatchResult(
            record.number,
            refused=True,
            row=record.row,
            line=record.line,
            evidence_number=_number_of(record),
            findings=(finding_to_json(finding, texts=self._system.texts),),
        )

    def _add_results(self, standing: OpenBatch, piece: Piece, found: Sequence[BatchResult]) -> None:
        def along(connection: Connection, batch: Batch) -> None:
            self._along(connection, batch, found)

        self._store.add_results(standing, piece, found, at=self._queue.now(), along=along)

    def _along(self, connection: Connection, batch: Batch, found: Sequence[BatchResult] = ()) -> None:
        """Write down within the transaction of a piece, or of the end, what follows from it."""
        self._system.webhooks.worked_through(connection, batch, found)
        if self._system.log.is_published and not batch.options.dry_run:
            self._queue.enqueue(connection, Job(PUBLISH, key=PUBLISH, precedence=_ONE_AWARD))
        if batch.ended:
            self._enqueue_forgetting(connection)

    def _records(self, standing: OpenBatch) -> list[IntakeRecord]:
        """Return the records of an export that is read as a whole; of the last one they are kept for its other pieces."""
        batch = standing.batch
        with self._reading:
            if self._read is None or self._read[0] != batch.id:
                self._read = None
                whole = self._store.piece(batch.id, 0, key=standing.key or b"")
                if whole is None or whole.octets is None:
                    raise ArchiveError(message("what was sent as batch {id} is gone", id=batch.id))
                self._read = (batch.id, self._system.read_confined(_sent(batch, whole.octets, Form.EXPORT)))
            return self._read[1]

    def _records_of(self, standing: OpenBatch, piece: Piece) -> Sequence[IntakeRecord]:
        if piece.octets is None:
            return self._records(standing)[piece.first : piece.first + piece.records]
        batch = standing.batch
        form = Form.LINES if batch.options.by_line else Form.AWARD
        records = self._system.read_confined(_sent(batch, piece.octets, form, before=piece.line))
        return [attrs.evolve(record, number=piece.first + n) for n, record in enumerate(records, start=1)]

    def _records_before(
        self, standing: OpenBatch, piece: Piece, records: Sequence[IntakeRecord]
    ) -> list[IntakeRecord]:
        """Return the records of an export before a piece that have the number of one in it; of JSON Lines nobody looks for them."""
        if piece.octets is not None:
            return []
        numbers = {record.award.evidence_number for record in records if record.award is not None}
        earlier = islice(self._records(standing), piece.first)
        return [one for one in earlier if one.award is not None and one.award.evidence_number in numbers]

    def _result(self, result: IssueResult, batch: Batch, *, again: bool) -> BatchResult:
        record, receipt = result.record, result.receipt
        findings = tuple(finding_to_json(finding, texts=self._system.texts) for finding in result.findings)
        # A piece that was begun before and stopped finds its own credentials there.
        ours = again and receipt is not None and _issued_since(receipt, batch.accepted_at)
        return BatchResult(
            number=record.number,
            refused=result.refused,
            row=record.row,
            line=record.line,
            evidence_number=record.evidence_number,
            identifier=None if receipt is None else receipt.registration.identifier,
            created=receipt is not None and (receipt.created or ours),
            drawn=result.drawn,
            findings=findings,
        )

    def _end_unusable(
        self, standing: OpenBatch, error: IntakeError | UnknownIdentifier | ErasedError
    ) -> None:
        findings = (
            error.findings
            if isinstance(error, FindingsError)
            else (Finding("unusable", Severity.ERROR, error.message),)
        )
        texts = [finding_to_json(finding, texts=self._system.texts) for finding in findings]
        with self._store.database.writing() as connection:
            ended = self._store.end(
                connection,
                standing.batch.id,
                state=BatchState.UNUSABLE,
                at=self._queue.now(),
                findings=texts,
                key=standing.key,
            )
            if ended:
                self._along(connection, self._store.within(connection, standing.batch.id))

    def _give_up(self, batch: str, piece: int) -> None:
        standing = self._store.standing(batch)
        if piece == 0:
            self._end_unusable(standing, IntakeError([_GIVEN_UP]))
            return
        there = self._store.piece(batch, piece, key=standing.key or b"")
        if there is not None:
            texts = (finding_to_json(_GIVEN_UP, texts=self._system.texts),)
            found = [
                BatchResult(there.first + number, refused=True, findings=texts)
                for number in range(1, there.records + 1)
            ]
            self._add_results(standing, there, found)

    def _enqueue_forgetting(self, connection: Connection) -> None:
        """Enqueue a job that forgets batches once the time is over for which they are kept; one does it for all."""
        kept = timedelta(days=self._system.settings.privacy.batch_days)
        self._queue.enqueue(connection, Job(_FORGET, key=_FORGET, at=self._queue.now() + kept, precedence=-1))

    def _forget(self, attempt: int) -> None:  # noqa: ARG002 - as jobs are called
        self.forget()
        oldest = self._store.next_end()
        if oldest is not None:
            kept = timedelta(days=self._system.settings.privacy.batch_days)
            self._queue.add(Job(_FORGET, key=_FORGET, at=oldest + kept, precedence=-1))

    def overdue(self, before: datetime) -> bool:
        """Return whether something is there of a batch that ended before a moment (aware)."""
        return bool(self._store.ended_before(before, limit=1))

    def forget(self) -> None:
        """Destroy what batches held that ended longer ago than it is kept, and what webhooks were told so long ago.

        Raises:
            ArchiveError: if a database fails.
        """
        now, kept = self._queue.now(), timedelta(days=self._system.settings.privacy.batch_days)
        while some := self._store.ended_before(now - kept, limit=_AT_ONCE):
            for batch_id in some:
                self._store.forget(batch_id, at=now)
        self._system.webhooks.forget(now - timedelta(days=self._system.settings.privacy.webhook_days))


class _Outgoing(io.RawIOBase):
    """Takes what a ZIP is made of, to be handed on at once."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, octets: Any, /) -> int:  # noqa: ANN401 - whatever has octets
        part = bytes(octets)
        self._parts.append(part)
        return len(part)

    def taken(self) -> bytes:
        """Return what came since the last call."""
        octets = b"".join(self._parts)
        self._parts.clear()
        return octets


def _options(
    media_type: str, *, intake: str | None, formats: tuple[str, ...], dry_run: bool, replaces: str | None
) -> BatchOptions:
    header = Header()
    header["content-type"] = media_type
    kind, charset = header.get_content_type(), header.get_param("charset")
    canonical = kind == AWARD or kind in LINES
    return BatchOptions(
        media_type=kind,
        intake=CANONICAL if canonical else intake,
        encoding=charset if isinstance(charset, str) and not canonical else None,
        formats=formats,
        dry_run=dry_run,
        replaces=replaces,
        by_line=kind in LINES,
    )


def _sent(batch: Batch, octets: bytes, form: Form, *, before: int = 0) -> Sent:
    options = batch.options
    return Sent(
        octets,
        form,
        batch.institution,
        intake=options.intake,
        encoding=options.encoding,
        before=before,
    )


def _pieces(stream: BinaryIO, options: BatchOptions) -> Iterator[Piece]:
    """Yield what was sent in pieces: lines, one award, or an export as it came, which is cut later.

    Raises:
        IntakeError: if it is too large or has nothing in it.
    """
    if options.by_line:
        yield from _pieces_of_lines(stream)
        return
    octets = stream.read(_LARGEST + 1)
    if len(octets) > _LARGEST:
        raise IntakeError([_too_large(_LARGEST)])
    if not octets.strip():
        raise IntakeError([_EMPTY])
    yield Piece(1, 0, 1, 0, octets) if options.media_type == AWARD else Piece(0, 0, 0, 0, octets)


def _pieces_of_lines(stream: BinaryIO) -> Iterator[Piece]:
    lines: list[bytes] = []
    number = first = before = records = size = 0
    while line := stream.readline(_LONGEST_LINE + 1):
        size += len(line)
        if size > _LARGEST_OF_LINES:
            raise IntakeError([_too_large(_LARGEST_OF_LINES)])
        if len(line) > _LONGEST_LINE:
            raise IntakeError([_too_long(before + len(lines) + 1)])
        lines.append(line)
        records += bool(line.strip())
        if records == PIECE:
            number += 1
            yield Piece(number, first, records, before, b"".join(lines))
            first, before, records = first + records, before + len(lines), 0
            lines.clear()
    if records:
        yield Piece(number + 1, first, records, before, b"".join(lines))
    elif number == 0:
        raise IntakeError([_EMPTY])


def _groups(pieces: Iterator[Piece]) -> Iterator[list[Piece]]:
    """Yield pieces so many together as memory easily holds; at least one group."""
    group: list[Piece] = []
    size = 0
    for piece in pieces:
        octets = len(piece.octets or b"")
        if group and (len(group) == _AT_ONCE or size + octets > _LARGEST):
            yield group
            group, size = [], 0
        group.append(piece)
        size += octets
    yield group


def _jobs(batch_id: str, pieces: int, *, total: int) -> list[Job]:
    precedence = _ONE_AWARD if total == 1 else _SMALL if total <= _A_SMALL_BATCH else _LARGE
    return [_job(batch_id, number, precedence=precedence) for number in range(1, pieces + 1)]


def _job(batch_id: str, piece: int, *, precedence: int) -> Job:
    return Job(_DO, {"batch": batch_id, "piece": piece}, key=f"{batch_id}/{piece}", precedence=precedence)


def _issued_since(receipt: Receipt, moment: datetime) -> bool:
    return receipt.registration.issued_at >= moment.replace(microsecond=0)


def _too_large(most: int) -> Finding:
    return Finding.error(
        "too-large",
        "this has more than {most} octets; send it in several parts, or as JSON Lines",
        most=most,
    )


def _too_long(line: int) -> Finding:
    return Finding.error(
        "line-too-long",
        "line {line} has more than {most} octets; an award stands on each line",
        line=line,
        most=_LONGEST_LINE,
    )


def _not_one(count: int) -> Finding:
    return Finding.error(
        "one-award",
        "a correction is issued for one award; the file has {count}",
        path="--replaces",
        count=count,
    )


_EMPTY: Final = Finding.error("no-record", "the file has no record; there has to be at least one")
_NOT_TRIED: Final = Finding.error(
    "not-tried",
    "this was no dry run, or it has not come to its end; only what was tried as a whole can be sent",
)
_FORGOTTEN: Final = Finding.error(
    "forgotten", "what was tried is kept no more; try the file again, then send it"
)
_SUSPENDED: Final = Finding.error(
    "account-suspended",
    "the account of the institution is suspended, so that nothing was issued; send it again once the account is resumed",
)
_GIVEN_UP: Final = Finding.error(
    "given-up",
    "this was tried many times and could not be worked through; send it again, and what was issued of it comes back with its receipt",
)
