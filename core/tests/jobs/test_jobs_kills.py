"""Workers that are killed at random points of a batch: nothing is lost, nothing doubled, nothing half done."""

from __future__ import annotations

import os
import random
import signal
import traceback
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from mikrocert.archive import check_archive
from mikrocert.errors import ArchiveError
from mikrocert.jobs import BatchState, Worker
from mikrocert.service.system import open_system
from mikrocert.settings import JobSettings
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

PIECE = 3
NUMBERS = tuple(f"ŘÚ/{number}" for number in range(3 * PIECE + 1))


@attrs.define
class Steps:
    """Counts what is written, and kills its own process at one of the steps."""

    last: int | None
    count: int = 0

    def __call__(self):
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def instrument(steps):
    """Put a step before each statement that writes, and before and after each commit."""

    @event.listens_for(Engine, "before_cursor_execute")
    def execute(_, __, statement, *___):
        if statement.split()[0] in {"INSERT", "UPDATE", "DELETE"}:
            steps()

    commit = DefaultDialect.do_commit

    def do_commit(self, connection):
        steps()
        commit(self, connection)
        steps()

    DefaultDialect.do_commit = do_commit


@attrs.frozen
class Crowd:
    """Workers in processes of their own."""

    toy: object
    settings: object

    def begin(self, name, *, last=None, ahead=0):
        """Start a worker that works until nothing is due, or dies at its last step; return its process."""
        child = os.fork()
        if child:
            return child
        try:
            instrument(Steps(last))

            def now():
                return datetime.now(UTC) + timedelta(seconds=ahead)

            with open_system(self.settings, plugins=self.toy.plugins(), now=now) as system:
                changes = system.batches.changes
                Worker(system.queue, system.tasks, changes=changes, name=name).run(until_idle=True)
            os._exit(0)
        except BaseException:  # noqa: BLE001 - whatever it is, the process must not go on with the tests
            traceback.print_exc()
            os._exit(99)

    def end(self, child):
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def rounds(toy, settings, places, sent, *, seed, count):
    """Send, kill, go on, and look at what came of it, so many times over."""
    points = random.Random(seed)
    crowd = Crowd(toy, attrs.evolve(settings, jobs=JobSettings(lease_seconds=1)))
    kills = 0
    for number in range(count):
        numbers = [f"{number}/{one}" for one in NUMBERS]
        with open_system(crowd.settings, plugins=toy.plugins()) as system:
            media_type, make = points.choice(
                [("application/jsonl", sent.by_line), ("application/json", sent.in_one_file)]
            )
            batch = system.batches.accept("toy", make(*numbers), media_type=media_type, actor="x")
        lasts = [points.randint(1, 150), points.choice([None, points.randint(1, 150)])]
        children = [crowd.begin(f"{number}-{which}", last=last, ahead=0) for which, last in enumerate(lasts)]
        ended = [crowd.end(child) for child in children]
        assert set(ended) <= {0, -signal.SIGKILL}
        kills += ended.count(-signal.SIGKILL)
        # What failed meanwhile waits for a while; the clock goes on.
        assert crowd.end(crowd.begin(f"{number}-last", ahead=5000)) == 0
        with open_system(crowd.settings, plugins=toy.plugins()) as system:
            done = system.batches.find("toy", batch.id)
            where = f"seed {seed}, round {number}, killed at {lasts}"
            assert (done.state, done.total) == (BatchState.DONE, len(numbers)), where
            assert (done.issued, done.refused) == (len(numbers), 0), where
            results = system.batches.results("toy", batch.id, limit=1000)
            recorded = {
                one.evidence_number: one.identifier
                for one in system.archive.registrations(limit=1000)
                if one.evidence_number.startswith(f"{number}/")
            }
            assert [one.number for one in results] == list(range(1, len(numbers) + 1)), where
            assert {one.evidence_number: one.identifier for one in results} == recorded, where
            assert set(recorded) == set(numbers), where
            assert {job.job.task for job in system.queue.jobs()} == {"forget-batches"}, where
        walk = check_archive(places[0], keys_url=places[1])
        assert list(walk) == [], where
        assert (walk.counts.awards, walk.counts.pending) == ((number + 1) * len(numbers), 0), where
    return kills


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr("mikrocert.service.institutions.batches.PIECE", PIECE)


@pytest.mark.system
def test_a_batch_whose_workers_are_killed_is_ended_by_others(toy, settings, places, sent):
    """Some points; the long tests try hundreds."""
    assert rounds(toy, settings, places, sent, seed=20261130, count=3) >= 2


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_a_batch_whose_workers_are_killed_anywhere_is_ended_by_others(toy, settings, places, sent, part):
    """Another seed each time, which a failure tells."""
    seed = int.from_bytes(os.urandom(4), "big")
    assert rounds(toy, settings, places, sent, seed=seed, count=15)


def test_a_database_that_goes_and_comes_back_is_waited_for(system, places, work, monkeypatch):
    """A worker asks again after a pause, and does what there is then."""
    done = []

    def asked(self):
        done.append("asked")
        if len(done) < 3:
            message = "gone"
            raise ArchiveError(message)
        worker.stop()
        return False

    worker = Worker(system.queue, {}, changes=system.batches.changes, name="w")
    monkeypatch.setattr("mikrocert.jobs.worker._LOOK_UP_SECONDS", 0.01)
    monkeypatch.setattr(Worker, "step", asked)
    worker.run()
    assert done == ["asked"] * 3
