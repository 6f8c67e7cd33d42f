"""The queue: jobs that wait or are being done, in a table of the archive's database.

A job is taken on a lease. Who does it renews the lease while at work; a lease that ran out is anybody's. Of the jobs with one key at
most one waits and at most one is being done, which two indexes hold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
from sqlalchemy import and_, case, delete, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from mikrocert.jobs.changes import announce
from mikrocert.jobs.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Connection

    from mikrocert.archive.database import Database

__all__ = ["LEASE", "Job", "Queue", "QueuedJob", "Taken"]

LEASE: Final = timedelta(seconds=60)
"""How long a job is its worker's without a word from it."""

_LONGEST_PAUSE: Final = 900
_MOST_DOUBLINGS: Final = 10
_AT_ONCE: Final = 500


@attrs.frozen
class Job:
    """What is to be done.

    Args:
        task: name of the task.
        arguments: what it is called with: JSON, and nothing personal.
        key: of the jobs with one key at most one waits and at most one is being done; none means that any number may.
        at: not before this moment (aware); none means at once.
        precedence: of what is due, the job with the highest is taken first, and among equals the oldest.
    """

    task: str
    arguments: Mapping[str, object] = attrs.field(factory=dict[str, object], hash=False)
    key: str | None = None
    at: datetime | None = None
    precedence: int = 0


@attrs.frozen
class Taken:
    """A job in the hands of a worker.

    Args:
        number: of the job.
        job: what is to be done.
        attempts: how often it was taken, this time included.
        worker: who has it.
    """

    number: int
    job: Job
    attempts: int
    worker: str


@attrs.frozen
class QueuedJob:
    """A job as it stands in the queue.

    Args:
        number: of the job.
        job: what is to be done.
        attempts: how often it was taken.
        worker: who has it, or none.
        fault: class and place of the last error, or none.
        given_up_at: since when nobody takes it any more (aware); none where somebody will.
    """

    number: int
    job: Job
    attempts: int
    worker: str | None
    fault: str | None
    given_up_at: datetime | None


class Queue:
    """Jobs; safe to use from several threads, processes and machines.

    Args:
        database: the archive's.
        now: tells the time (aware).
        lease: how long a job is its worker's without a word from it.
    """

    def __init__(
        self,
        database: Database,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        lease: timedelta = LEASE,
    ) -> None:
        self.database = database
        self.now = now
        self.lease = lease

    def enqueue(self, connection: Connection, *wanted: Job) -> None:
        """Write jobs down within a transaction; one whose key waits already is left out.

        Args:
            connection: of the transaction, such as `Unit.connection`.
            wanted: what is to be done.
        """
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        rows = [
            {
                "task": job.task,
                "arguments": json.dumps(dict(job.arguments)),
                "key": job.key,
                "precedence": job.precedence,
                "at": job.at,
                "attempts": 0,
            }
            for job in wanted
        ]
        for start in range(0, len(rows), _AT_ONCE):
            some = insert(jobs).values(rows[start : start + _AT_ONCE])
            connection.execute(some.on_conflict_do_nothing(index_elements=[jobs.c.key], index_where=_WAITS))
        if rows:
            announce(connection)

    def add(self, *wanted: Job) -> None:
        """Write jobs down in a transaction of its own (see `enqueue`)."""
        with self.database.changing() as connection:
            self.enqueue(connection, *wanted)

    def take(self, worker: str) -> Taken | None:
        """Return the next job that is due, from now on the worker's; none where nothing is.

        Args:
            worker: tells this worker from all others.
        """
        now = self.now()
        other = jobs.alias()
        free = or_(
            jobs.c.key.is_(None),
            ~exists(select(other.c.number).where(other.c.key == jobs.c.key, other.c.worker.is_not(None))),
        )
        due = and_(_WAITS, or_(jobs.c.at.is_(None), jobs.c.at <= now), free)
        next_one = (
            select(jobs.c.number)
            .where(or_(due, self._abandoned(now)))
            .order_by(jobs.c.precedence.desc(), jobs.c.number)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        try:
            with self.database.changing() as connection:
                number = connection.execute(next_one).scalar_one_or_none()
                if number is None:
                    return None
                taking = update(jobs).where(jobs.c.number == number)
                try:
                    connection.execute(
                        taking.values(worker=worker, until=now + self.lease, attempts=jobs.c.attempts + 1)
                    )
                except IntegrityError as error:
                    raise _Conflict from error
                row = connection.execute(select(jobs).where(jobs.c.number == number)).one()
                return Taken(row.number, _job(row), row.attempts, worker)
        except _Conflict:  # somebody took another one with its key at the same moment
            return None

    def _abandoned(self, now: datetime) -> ColumnElement[bool]:
        """Return the condition that a job's worker is gone; a lease longer than any is of a clock that was ahead."""
        return and_(jobs.c.worker.is_not(None), or_(jobs.c.until < now, jobs.c.until > now + 2 * self.lease))

    def keep(self, taken: Taken) -> bool:
        """Renew the lease of a job; return whether it is still this worker's."""
        with self.database.changing() as connection:
            kept = connection.execute(_its(taken, update(jobs)).values(until=self.now() + self.lease))
            return kept.rowcount == 1

    def finish(self, taken: Taken) -> None:
        """Take a job that is done out of the queue."""
        with self.database.changing() as connection:
            connection.execute(_its(taken, delete(jobs)))
            announce(connection)

    def fail(self, taken: Taken, *, fault: str, give_up: bool = False) -> None:
        """Put a job back that could not be done, to be taken again after a pause that doubles each time.

        Args:
            taken: the job.
            fault: class and place of the error, with nothing personal.
            give_up: whether nobody is to take it any more.
        """
        now = self.now()
        pause = min(2 ** min(taken.attempts, _MOST_DOUBLINGS), _LONGEST_PAUSE)
        with self.database.changing() as connection:
            if taken.job.key is not None and not give_up:
                waits = select(jobs.c.number).where(jobs.c.key == taken.job.key, _WAITS)
                if connection.execute(waits).first() is not None:  # another one that does the same
                    connection.execute(_its(taken, delete(jobs)))
                    return
            connection.execute(
                _its(taken, update(jobs)).values(
                    worker=None,
                    until=None,
                    fault=fault[:200],
                    at=now + timedelta(seconds=pause),
                    given_up_at=now if give_up else None,
                )
            )
            announce(connection)

    def release(self, worker: str) -> None:
        """Let others take at once what a worker had that is gone."""
        with self.database.changing() as connection:
            over = update(jobs).where(jobs.c.worker == worker).values(until=datetime.min.replace(tzinfo=UTC))
            if connection.execute(over).rowcount:
                announce(connection)

    def withdraw(self, connection: Connection, *, prefix: str) -> None:
        """Take out of the queue, within a transaction, what waits with a key that begins so."""
        connection.execute(delete(jobs).where(_WAITS, jobs.c.key.startswith(prefix, autoescape=True)))

    def retry(self) -> int:
        """Put all jobs back that were given up; return how many."""
        with self.database.changing() as connection:
            waits = jobs.alias()
            before = or_(waits.c.given_up_at.is_(None), waits.c.number < jobs.c.number)
            twin = and_(waits.c.key == jobs.c.key, waits.c.worker.is_(None), before)
            given_up = jobs.c.given_up_at.is_not(None)
            connection.execute(delete(jobs).where(given_up, exists(select(waits.c.number).where(twin))))
            again = update(jobs).where(given_up).values(given_up_at=None, at=None, attempts=0)
            count = connection.execute(again).rowcount
            announce(connection)
            return count

    def forget(self, before: datetime) -> None:
        """Delete jobs that were given up before a moment (aware)."""
        with self.database.changing() as connection:
            connection.execute(delete(jobs).where(jobs.c.given_up_at < before))

    def pause(self) -> float | None:
        """Return the seconds until the next job is due or may have been abandoned; none where there is none."""
        now = self.now()
        moment = case((jobs.c.worker.is_not(None), jobs.c.until), else_=jobs.c.at)
        with self.database.reading() as connection:
            soonest = connection.execute(
                select(func.min(moment)).where(jobs.c.given_up_at.is_(None), moment.is_not(None))
            ).scalar_one_or_none()
        return None if soonest is None else max(0.0, (soonest - now).total_seconds())

    def idle(self) -> bool:
        """Return whether nothing is being done and nothing is due."""
        now = self.now()
        due = and_(_WAITS, or_(jobs.c.at.is_(None), jobs.c.at <= now))
        with self.database.reading() as connection:
            return (
                connection.execute(select(jobs.c.number).where(or_(due, _DONE_NOW)).limit(1)).first() is None
            )

    def lengths(self) -> dict[str, dict[str, int]]:
        """Return how many jobs are `waiting`, `running` and `failed`, each by task; failed are those that nobody takes any more."""
        state = case((_DONE_NOW, "running"), (_WAITS, "waiting"), else_="failed")
        counted = select(state, jobs.c.task, func.count()).group_by(state, jobs.c.task)
        lengths: dict[str, dict[str, int]] = {"waiting": {}, "running": {}, "failed": {}}
        with self.database.reading() as connection:
            for name, task, number in connection.execute(counted):
                lengths[name][task] = number
        return lengths

    def given_up(self, *, limit: int = 100) -> tuple[QueuedJob, ...]:
        """Return the jobs that nobody takes any more, the oldest first."""
        return self._listed(
            select(jobs).where(jobs.c.given_up_at.is_not(None)).order_by(jobs.c.number).limit(limit)
        )

    def jobs(self, *, limit: int = 100) -> tuple[QueuedJob, ...]:
        """Return the jobs of the queue in the order in which they are taken."""
        return self._listed(select(jobs).order_by(jobs.c.precedence.desc(), jobs.c.number).limit(limit))

    def _listed(self, wanted: Select[Any]) -> tuple[QueuedJob, ...]:
        with self.database.reading() as connection:
            return tuple(
                QueuedJob(row.number, _job(row), row.attempts, row.worker, row.fault, row.given_up_at)
                for row in connection.execute(wanted)
            )


class _Conflict(Exception):
    pass


_WAITS: Final = and_(jobs.c.worker.is_(None), jobs.c.given_up_at.is_(None))
_DONE_NOW: Final = jobs.c.worker.is_not(None)


def _its(taken: Taken, statement: Any) -> Any:  # noqa: ANN401 - an update or a deletion
    """Return a statement about a job as long as it is in these hands."""
    return statement.where(
        jobs.c.number == taken.number, jobs.c.worker == taken.worker, jobs.c.attempts == taken.attempts
    )


def _job(row: Any) -> Job:  # noqa: ANN401 - a row of `jobs`
    arguments = cast("dict[str, object]", json.loads(row.arguments))
    return Job(row.task, arguments, row.key, row.at, row.precedence)
