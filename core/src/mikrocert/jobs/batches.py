"""Batches as they stand in the database: what was sent, cut into pieces, and what became of each record.

What is personal is encrypted under a key of the batch in the key store. Once the batch is forgotten, the key is destroyed, and pieces
and results are gone; that there was a batch, and how many records were issued and refused, stays.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
from sqlalchemy import delete, func, insert, select, update

from mikrocert.archive.encryption import Place, decrypt, encrypt, new_key
from mikrocert.award.identifiers import ALPHABET
from mikrocert.errors import ArchiveError, UnknownBatch
from mikrocert.jobs.changes import announce
from mikrocert.jobs.tables import batch_pieces, batch_results, batches
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy.engine import Connection

    from mikrocert.archive import Archive

__all__ = [
    "Batch",
    "BatchOptions",
    "BatchResult",
    "BatchState",
    "BatchStore",
    "OpenBatch",
    "Piece",
    "new_batch_id",
]

_DIGESTS: Final = "batch-digest"
"""Identifier of the key under which exports are digested, so that a digest tells nothing to who hasn't it."""


class BatchState(Enum):
    """What a batch is going through."""

    ARRIVING = "arriving"
    PROPOSED = "proposed"
    READING = "reading"
    WORKING = "working"
    DONE = "done"
    CANCELLED = "cancelled"
    UNUSABLE = "unusable"


@attrs.frozen
class BatchOptions:
    """How a batch is to be worked through.

    Args:
        media_type: of what was sent, without parameters.
        intake: name of the intake; none means the institution's own.
        encoding: of what was sent, or none.
        formats: names of the formats; none means that of the settings.
        dry_run: whether nothing is sealed and recorded.
        replaces: identifier of the credential that the one record corrects, or none.
        by_line: whether each line is a record of its own.
    """

    media_type: str
    intake: str | None = None
    encoding: str | None = None
    formats: tuple[str, ...] = ()
    dry_run: bool = False
    replaces: str | None = None
    by_line: bool = False


@attrs.frozen
class Batch:
    """What an institution sent to be issued, and how far it is.

    Args:
        id: twelve characters, the second a hyphen.
        institution: name of the institution that sent it.
        state: what it is going through.
        actor: who sent it, as it is recorded.
        options: how it is worked through.
        accepted_at: when it came (aware).
        ended_at: when it was done, cancelled or found unusable (aware); none before.
        forgotten_at: when its content was destroyed (aware); none before.
        total: how many records it has; none until it is read.
        issued: for how many a credential was issued.
        repeated: how many had been issued before, so that the sender gets their receipts again.
        passed: how many would be issued, in a dry run.
        refused: how many were refused.
        findings: why it is unusable: code, severity, path, message by language.
    """

    id: str
    institution: str
    state: BatchState
    actor: str
    options: BatchOptions
    accepted_at: datetime
    ended_at: datetime | None
    forgotten_at: datetime | None
    total: int | None
    issued: int
    repeated: int
    passed: int
    refused: int
    findings: tuple[Mapping[str, Any], ...] = attrs.field(default=(), hash=False)

    @property
    def done(self) -> int:
        """How many records were worked through."""
        return self.issued + self.repeated + self.passed + self.refused

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.ended_at is not None


@attrs.frozen
class BatchResult:
    """What became of one record of a batch.

    Args:
        number: position in the batch, from 1.
        refused: whether nothing is, or in a dry run would be, issued for it.
        row: row of a table as a spreadsheet shows it, or none.
        line: line in the file, or none.
        evidence_number: as far as it could be read.
        identifier: of the credential; none if it was refused, or in a dry run.
        created: whether it was issued by this batch; false for one that had been issued before.
        drawn: whether certificate and pictures were drawn, as far as it came.
        findings: errors if it was refused, warnings and infos: code, severity, path, message by language.
    """

    number: int
    refused: bool
    row: int | None = None
    line: int | None = None
    evidence_number: str | None = None
    identifier: str | None = None
    created: bool = False
    drawn: bool = True
    findings: tuple[Mapping[str, Any], ...] = attrs.field(default=(), hash=False)


@attrs.frozen
class Piece:
    """A part of a batch that one job works through.

    Args:
        number: from 1; 0 is an export as it came.
        first: how many records are before.
        records: how many it has.
        line: how many lines are before.
        octets: the records themselves; none where they are taken from piece 0.
        done: whether it was worked through.
    """

    number: int
    first: int
    records: int
    line: int = 0
    octets: bytes | None = attrs.field(default=None, repr=False)
    done: bool = False


@attrs.frozen
class OpenBatch:
    """A batch as a job finds it.

    Args:
        batch: the batch.
        reason: why a credential is corrected, or none.
        key: of the batch; none once it is forgotten.
    """

    batch: Batch
    reason: str | None = attrs.field(repr=False)
    key: bytes | None = attrs.field(repr=False)


def new_batch_id() -> str:
    """Draw the identifier of a batch; none of a credential is like it."""
    return "b-" + "".join(secrets.choice(ALPHABET) for _ in range(10))


class BatchStore:
    """Batches in the archive's database.

    Args:
        archive: the archive.
    """

    def __init__(self, archive: Archive) -> None:
        self.database = archive.database
        self._keys = archive.keys

    # Taking in

    def digesting(self) -> hmac.HMAC:
        """Return what digests an export under a key that nobody else has."""
        stored = self._keys.find([_DIGESTS]).get(_DIGESTS)
        if stored is None or stored.key is None:
            try:
                self._keys.expect({_DIGESTS: new_key()}, {}, named={})
            except ArchiveError:  # somebody else made one at the same moment
                if _DIGESTS not in self._keys.find([_DIGESTS]):
                    raise
            stored = self._keys.find([_DIGESTS])[_DIGESTS]
        return hmac.new(stored.key or b"", digestmod=hashlib.sha256)

    def store_key(self, batch_id: str) -> bytes:
        """Return a new key of a batch, which is in the key store before anything is encrypted under it."""
        key = new_key()
        self._keys.expect({batch_id: key}, {}, named={})
        return key

    @staticmethod
    def same(connection: Connection, digest: str) -> str | None:
        """Return within a transaction the batch of the same content that hasn't ended, or none."""
        return connection.execute(select(batches.c.id).where(batches.c.digest == digest)).scalar_one_or_none()

    @staticmethod
    def arrive(connection: Connection, batch: Batch, *, reason: str | None, key: bytes) -> None:
        """Write down within a transaction that a batch arrives.

        Args:
            connection: of the transaction.
            batch: the new batch.
            reason: why a credential is corrected, or none.
            key: of the batch.
        """
        place = Place("batches", (batch.id,), "reason")
        connection.execute(
            insert(batches).values(
                id=batch.id,
                institution=batch.institution,
                state=batch.state.value,
                actor=batch.actor,
                options=json.dumps(attrs.asdict(batch.options)),
                reason=None if reason is None else encrypt(reason.encode(), key=key, place=place),
                accepted_at=batch.accepted_at,
                issued=0,
                repeated=0,
                passed=0,
                refused=0,
            )
        )

    @staticmethod
    def add_pieces(connection: Connection, batch_id: str, pieces: Iterable[Piece], *, key: bytes) -> None:
        """Write pieces down within a transaction."""
        rows = [
            {
                "batch": batch_id,
                "number": piece.number,
                "first": piece.first,
                "line": piece.line,
                "records": piece.records,
                "octets": None
                if piece.octets is None
                else encrypt(piece.octets, key=key, place=_of_piece(batch_id, piece.number)),
                "done": piece.done,
            }
            for piece in pieces
        ]
        if rows:
            connection.execute(insert(batch_pieces), rows)

    @staticmethod
    def set_off(
        connection: Connection,
        batch_id: str,
        *,
        state: BatchState,
        total: int | None,
        digest: str | None = None,
    ) -> bool:
        """Note within a transaction that a batch goes on; return whether it does, and hasn't ended meanwhile.

        Args:
            connection: of the transaction.
            batch_id: the batch's identifier.
            state: what it is going through now.
            total: how many records it has; none where it isn't read yet.
            digest: of what was sent, if it has just arrived.
        """
        going = update(batches).where(batches.c.id == batch_id, batches.c.ended_at.is_(None))
        values = {"state": state.value, "total": total} | ({} if digest is None else {"digest": digest})
        announce(connection)
        return connection.execute(going.values(**values)).rowcount == 1

    def leave(self, batch_id: str) -> None:
        """Take back a batch that arrived and is not to be worked through."""
        with self.database.changing() as connection:
            connection.execute(delete(batch_pieces).where(batch_pieces.c.batch == batch_id))
            connection.execute(delete(batches).where(batches.c.id == batch_id))
        self._keys.drop([batch_id])

    # Asking

    def find(self, institution: str, batch_id: str) -> Batch:
        """Return a batch of this institution.

        Raises:
            UnknownBatch: if it has none of this identifier, whoever else has.
        """
        wanted = select(batches).where(batches.c.id == batch_id, batches.c.institution == institution)
        with self.database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None or row.state == BatchState.ARRIVING.value:
            raise unknown_batch(batch_id)
        return _batch(row, self._key(batch_id) if row.findings is not None else None)

    def standing(self, batch_id: str) -> OpenBatch:
        """Return a batch as a job finds it.

        Raises:
            UnknownBatch: if there is none.
        """
        with self.database.reading() as connection:
            row = connection.execute(select(batches).where(batches.c.id == batch_id)).one_or_none()
        if row is None:
            raise unknown_batch(batch_id)
        key = self._key(batch_id)
        reason = None
        if row.reason is not None and key is not None:
            reason = decrypt(row.reason, key=key, place=Place("batches", (batch_id,), "reason")).decode()
        return OpenBatch(_batch(row, key), reason, key)

    def recent(
        self, institution: str | None, *, before: str | None = None, limit: int = 100
    ) -> tuple[Batch, ...]:
        """Return batches, the newest first.

        Args:
            institution: whose; none means all.
            before: identifier of the last one that is known already.
            limit: how many at most.
        """
        wanted = select(batches).where(batches.c.state != BatchState.ARRIVING.value)
        if institution is not None:
            wanted = wanted.where(batches.c.institution == institution)
        if before is not None:
            last = select(batches.c.accepted_at).where(batches.c.id == before).scalar_subquery()
            wanted = wanted.where(
                (batches.c.accepted_at < last) | ((batches.c.accepted_at == last) & (batches.c.id < before))
            )
        ordered = wanted.order_by(batches.c.accepted_at.desc(), batches.c.id.desc()).limit(limit)
        with self.database.reading() as connection:
            return tuple(_batch(row, None) for row in connection.execute(ordered))

    def on_their_way(self, *, limit: int) -> tuple[Batch, ...]:
        """Return batches of all institutions that haven't ended, the oldest first."""
        wanted = select(batches).where(
            batches.c.ended_at.is_(None),
            batches.c.state.not_in([BatchState.ARRIVING.value, BatchState.PROPOSED.value]),
        )
        ordered = wanted.order_by(batches.c.accepted_at, batches.c.id).limit(limit)
        with self.database.reading() as connection:
            return tuple(_batch(row, None) for row in connection.execute(ordered))

    def piece(self, batch_id: str, number: int, *, key: bytes) -> Piece | None:
        """Return a piece with its octets, or none where it is gone."""
        wanted = select(batch_pieces).where(batch_pieces.c.batch == batch_id, batch_pieces.c.number == number)
        with self.database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            return None
        octets = (
            None if row.octets is None else decrypt(row.octets, key=key, place=_of_piece(batch_id, number))
        )
        return Piece(number, row.first, row.records, row.line, octets, row.done)

    def octets(self, batch_id: str, *, key: bytes) -> Iterator[bytes]:
        """Give what was sent, piece by piece, as long as it is there."""
        wanted = select(batch_pieces.c.number).where(
            batch_pieces.c.batch == batch_id, batch_pieces.c.octets.is_not(None)
        )
        with self.database.reading() as connection:
            numbers = connection.execute(wanted.order_by(batch_pieces.c.number)).scalars().all()
        for number in numbers:
            piece = self.piece(batch_id, number, key=key)
            if piece is not None and piece.octets is not None:
                yield piece.octets

    def held(self, institution: str) -> tuple[str, ...]:
        """Return the batches of an institution whose content is still held, the oldest first."""
        wanted = select(batches.c.id).where(
            batches.c.institution == institution, batches.c.forgotten_at.is_(None)
        )
        with self.database.reading() as connection:
            return tuple(connection.execute(wanted.order_by(batches.c.accepted_at, batches.c.id)).scalars())

    def outline(self, batch_id: str) -> tuple[Piece, ...]:
        """Return the pieces of a batch without what is in them, in their order."""
        table = batch_pieces.c
        wanted = select(table.number, table.first, table.records, table.line, table.done)
        with self.database.reading() as connection:
            rows = connection.execute(wanted.where(table.batch == batch_id).order_by(table.number)).all()
        return tuple(Piece(row.number, row.first, row.records, row.line, done=row.done) for row in rows)

    def results(
        self, batch_id: str, *, after: int, limit: int, refused: bool | None = None
    ) -> tuple[BatchResult, ...]:
        """Return what became of records, in their order.

        Args:
            batch_id: the batch's identifier.
            after: number of the record after which they begin.
            limit: how many at most.
            refused: whether only refused ones, or only others; none means all.
        """
        key = self._key(batch_id)
        if key is None:
            return ()
        wanted = select(batch_results).where(
            batch_results.c.batch == batch_id, batch_results.c.number > after
        )
        if refused is not None:
            wanted = wanted.where(batch_results.c.refused == refused)
        with self.database.reading() as connection:
            rows = connection.execute(wanted.order_by(batch_results.c.number).limit(limit)).all()
        return tuple(_result(row, key=key) for row in rows)

    # Working

    def add_results(
        self,
        standing: OpenBatch,
        piece: Piece,
        found: Sequence[BatchResult],
        *,
        at: datetime,
        along: Callable[[Connection, Batch], object],
    ) -> None:
        """Write down what became of a piece, all of it at once; where that is known already, do nothing.

        Args:
            standing: the batch.
            piece: the piece.
            found: what became of its records.
            at: now (aware).
            along: called with the transaction's connection and the batch as it then is.
        """
        batch_id, key = standing.batch.id, standing.key
        if key is None:
            return
        refused = sum(one.refused for one in found)
        issued = sum(one.identifier is not None and one.created for one in found)
        repeated = sum(one.identifier is not None and not one.created for one in found)
        passed = len(found) - refused - issued - repeated
        with self.database.writing() as connection:
            once = update(batch_pieces).where(
                batch_pieces.c.batch == batch_id,
                batch_pieces.c.number == piece.number,
                batch_pieces.c.done.is_(False),
            )
            if connection.execute(once.values(done=True)).rowcount != 1:
                return
            # Two pieces that are done at once wait for each other here, so that the second one sees the sum of both.
            counted = update(batches).where(batches.c.id == batch_id)
            connection.execute(
                counted.values(
                    refused=batches.c.refused + refused,
                    issued=batches.c.issued + issued,
                    repeated=batches.c.repeated + repeated,
                    passed=batches.c.passed + passed,
                )
            )
            rows = [
                {
                    "batch": batch_id,
                    "number": one.number,
                    "refused": one.refused,
                    "octets": encrypt(
                        json.dumps(attrs.asdict(one), ensure_ascii=False).encode(),
                        key=key,
                        place=_of_result(batch_id, one.number),
                    ),
                }
                for one in found
            ]
            if rows:
                connection.execute(insert(batch_results), rows)
            row = connection.execute(select(batches).where(batches.c.id == batch_id)).one()
            batch = _batch(row, None)
            if batch.done == batch.total and not batch.ended:
                self.end(connection, batch_id, state=BatchState.DONE, at=at)
                batch = attrs.evolve(batch, state=BatchState.DONE, ended_at=at)
            along(connection, batch)
            announce(connection)

    def end(
        self,
        connection: Connection,
        batch_id: str,
        *,
        state: BatchState,
        at: datetime,
        findings: Sequence[Mapping[str, Any]] = (),
        key: bytes | None = None,
    ) -> bool:
        """Note within a transaction that nothing more comes of a batch; return whether anything would have.

        Args:
            connection: of the transaction.
            batch_id: the batch's identifier.
            state: how it ended.
            at: now (aware).
            findings: why it is unusable.
            key: of the batch, where there are findings.
        """
        values: dict[str, Any] = {"state": state.value, "ended_at": at, "digest": None}
        if key is not None and findings:
            octets = json.dumps(list(findings), ensure_ascii=False).encode()
            values["findings"] = encrypt(octets, key=key, place=Place("batches", (batch_id,), "findings"))
        ending = update(batches).where(batches.c.id == batch_id, batches.c.ended_at.is_(None))
        announce(connection)
        return connection.execute(ending.values(**values)).rowcount == 1

    @staticmethod
    def count_pieces(connection: Connection, batch_id: str) -> int:
        """Return within a transaction how many pieces a batch has, the export as it came left out."""
        wanted = select(func.count()).select_from(batch_pieces)
        its = (batch_pieces.c.batch == batch_id) & (batch_pieces.c.number > 0)
        return int(connection.execute(wanted.where(its)).scalar_one())

    @staticmethod
    def within(connection: Connection, batch_id: str) -> Batch:
        """Return a batch as it is within a transaction."""
        return _batch(connection.execute(select(batches).where(batches.c.id == batch_id)).one(), None)

    def ended_before(self, moment: datetime, *, limit: int) -> tuple[str, ...]:
        """Return batches that ended before a moment (aware), or never arrived as a whole, and aren't forgotten yet."""
        over = func.coalesce(batches.c.ended_at, batches.c.accepted_at)
        stuck = batches.c.ended_at.is_not(None) | (batches.c.state == BatchState.ARRIVING.value)
        wanted = select(batches.c.id).where(batches.c.forgotten_at.is_(None), stuck, over < moment)
        with self.database.reading() as connection:
            return tuple(connection.execute(wanted.order_by(over).limit(limit)).scalars())

    def next_end(self) -> datetime | None:
        """Return when the oldest batch ended that isn't forgotten (aware), or none."""
        wanted = select(func.min(batches.c.ended_at)).where(batches.c.forgotten_at.is_(None))
        with self.database.reading() as connection:
            return connection.execute(wanted).scalar_one_or_none()

    def forget(self, batch_id: str, *, at: datetime) -> None:
        """Destroy what a batch held, and its key; doing it again does nothing."""
        self._keys.drop([batch_id])
        with self.database.changing() as connection:
            connection.execute(delete(batch_pieces).where(batch_pieces.c.batch == batch_id))
            connection.execute(delete(batch_results).where(batch_results.c.batch == batch_id))
            forgotten = update(batches).where(batches.c.id == batch_id)
            connection.execute(forgotten.values(forgotten_at=at, reason=None, findings=None, digest=None))

    def _key(self, batch_id: str) -> bytes | None:
        stored = self._keys.find([batch_id]).get(batch_id)
        return None if stored is None else stored.key


def unknown_batch(batch_id: str) -> UnknownBatch:
    """Return the error that there is no such batch."""
    return UnknownBatch(message("there is no batch {id}", id=batch_id))


def _of_piece(batch_id: str, number: int) -> Place:
    return Place("batch_pieces", (batch_id, number), "octets")


def _of_result(batch_id: str, number: int) -> Place:
    return Place("batch_results", (batch_id, number), "octets")


def _batch(row: Any, key: bytes | None) -> Batch:  # noqa: ANN401 - a row of `batches`
    options = cast("dict[str, Any]", json.loads(row.options))
    options["formats"] = tuple(options["formats"])
    findings: tuple[Mapping[str, Any], ...] = ()
    if row.findings is not None and key is not None:
        findings = tuple(
            json.loads(decrypt(row.findings, key=key, place=Place("batches", (row.id,), "findings")))
        )
    return Batch(
        id=row.id,
        institution=row.institution,
        state=BatchState(row.state),
        actor=row.actor,
        options=BatchOptions(**options),
        accepted_at=row.accepted_at,
        ended_at=row.ended_at,
        forgotten_at=row.forgotten_at,
        total=row.total,
        issued=row.issued,
        repeated=row.repeated,
        passed=row.passed,
        refused=row.refused,
        findings=findings,
    )


def _result(row: Any, *, key: bytes) -> BatchResult:  # noqa: ANN401 - a row of `batch_results`
    octets = decrypt(row.octets, key=key, place=_of_result(row.batch, row.number))
    members = cast("dict[str, Any]", json.loads(octets))
    members["findings"] = tuple(members["findings"])
    return BatchResult(**members)
