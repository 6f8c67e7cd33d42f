"""The queue: what is enqueued is done, by one worker at a time, whatever becomes of workers."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from mikrocert.jobs import Job, Task, Worker
from mikrocert.jobs.queue import LEASE


def names(queue):
    return [one.job.task for one in queue.jobs()]


def test_a_job_is_there_with_what_it_follows_from_or_not_at_all(system, queue):
    """It is written down within the unit of work."""
    with system.archive.unit() as unit:
        queue.enqueue(unit.connection, Job("good"))

    def fail():
        with system.archive.unit() as unit:
            queue.enqueue(unit.connection, Job("bad"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert names(queue) == ["good"]


def test_what_is_due_comes_by_precedence_and_then_by_age(queue, clock):
    """What is for later comes once its time has come."""
    later = queue.now() + timedelta(hours=1)
    queue.add(Job("first"), Job("second"), Job("urgent", precedence=5), Job("later", at=later, precedence=9))

    def taken():
        found = []
        while (job := queue.take("w")) is not None:
            found.append(job.job.task)
            queue.finish(job)
        return found

    assert taken() == ["urgent", "first", "second"]
    assert 3500 < queue.pause() <= 3600
    clock.move(hours=2)
    assert taken() == ["later"]
    assert queue.pause() is None


def test_of_one_key_one_waits_and_one_is_done(queue):
    """What comes meanwhile waits until that one is done, and is done then."""
    queue.add(Job("publish", key="publish"), Job("publish", key="publish"), Job("other", key="other"))
    assert names(queue) == ["publish", "other"]
    first = queue.take("w1")
    queue.add(Job("publish", key="publish"))
    queue.add(Job("publish", key="publish"))
    assert sorted(names(queue)) == ["other", "publish", "publish"]
    assert queue.take("w2").job.task == "other"
    assert queue.take("w2") is None
    queue.finish(first)
    assert queue.take("w2").job.task == "publish"


def test_whose_worker_is_gone_is_done_by_another(queue, clock):
    """Once the lease has run out, or at once where somebody knows that the worker is gone."""
    queue.add(Job("long", {"n": 1}), Job("long", {"n": 2}))
    lost, kept = queue.take("gone"), queue.take("alive")
    assert queue.take("other") is None
    clock.move(seconds=LEASE.total_seconds() - 5)
    assert queue.keep(kept)
    clock.move(seconds=10)
    again = queue.take("other")
    assert (again.job, again.attempts) == (lost.job, 2)
    assert queue.take("third") is None
    assert not queue.keep(lost)
    queue.finish(lost)
    queue.fail(lost, fault="late")
    assert queue.keep(again), "who lost it changes nothing any more"
    queue.release("other")
    assert queue.take("third").attempts == 3


def test_a_clock_that_was_set_back_keeps_nothing_for_long(queue, clock):
    """A lease longer than any lease is of another time."""
    clock.move(days=1)
    queue.add(Job("one"), Job("two"))
    queue.take("gone")
    clock.move(days=-1)
    assert queue.take("other").job.task == "one"
    assert queue.take("other").job.task == "two"


def test_what_fails_is_tried_again_after_a_pause_that_grows(queue, clock):
    """Nothing of what the error says is kept: only its class and place."""
    tries = []

    def fails(attempt):
        tries.append(attempt)
        message = "Jiří Ďurůš, 850400/0001"
        raise ValueError(message)

    worker = Worker(queue, {"bad": Task(fails, most_attempts=4)}, changes=None, name="w")
    queue.add(Job("bad"))
    pauses = []
    while worker.step():
        pauses.append(queue.pause())
        clock.move(seconds=pauses[-1] + 0.1 if pauses[-1] is not None else 0)
    assert tries == [1, 2, 3, 4]
    assert [round(pause) for pause in pauses[:4]] == [2, 4, 8, 16]
    [left] = queue.jobs()
    assert left.given_up_at is not None
    assert queue.given_up() == (left,)
    assert "Ďurůš" not in str(left)
    assert queue.idle()
    assert queue.retry() == 1
    assert queue.given_up() == ()
    assert worker.step()
    assert tries[-1] == 1


def test_what_fails_while_its_like_waits_leaves_it_to_that(queue):
    """Two with one key never wait."""
    queue.add(Job("publish", key="k"))
    taken = queue.take("w")
    queue.add(Job("publish", key="k"))
    queue.fail(taken, fault="x")
    [left] = queue.jobs()
    assert left.attempts == 0


def test_what_was_given_up_and_waits_anew_is_tried_once(queue):
    """Also where it was given up twice."""
    for _ in range(2):
        queue.add(Job("publish", key="k"))
        queue.fail(queue.take("w"), fault="x", give_up=True)
    queue.add(Job("publish", key="k"))
    queue.retry()
    assert len(queue.jobs()) == 1


def test_a_job_of_another_version_waits_for_it(queue):
    """A worker that doesn't know a task leaves it alone."""
    queue.add(Job("of tomorrow"))
    assert Worker(queue, {}, changes=None, name="w").step()
    [left] = queue.jobs()
    assert (left.worker, left.given_up_at) == (None, None)


def test_several_workers_do_each_job_once(queue, system):
    """However they meet."""
    done, lock = [], threading.Lock()

    def note(number, attempt):
        with lock:
            done.append((number, attempt))

    queue.add(*(Job("note", {"number": number}) for number in range(40)))
    tasks = {"note": Task(note)}
    workers = [Worker(queue, tasks, changes=system.batches.changes, name=f"w{n}") for n in range(3)]
    threads = [threading.Thread(target=worker.run, kwargs={"until_idle": True}) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [(number, 1) for number in range(40)]
    assert queue.jobs() == ()


def test_a_worker_that_is_stopped_ends_what_it_does_and_takes_nothing_new(queue, system):
    """One is done whole, the other waits for the next worker."""
    done = []

    def stopping(number, attempt):
        worker.stop()
        done.append(number)

    queue.add(*(Job("stop", {"number": number}) for number in (1, 2)))
    worker = Worker(queue, {"stop": Task(stopping)}, changes=system.batches.changes, name="w")
    worker.run()
    assert done == [1]
    assert names(queue) == ["stop"]


def test_a_worker_that_waits_is_woken_by_a_job(queue, system):
    """It needn't wait for the end of its pause."""
    done = threading.Event()
    worker = Worker(queue, {"go": Task(lambda **_: done.set())}, changes=system.batches.changes, name="w")
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        queue.add(Job("go"))
        assert done.wait(60)
    finally:
        worker.stop()
        thread.join()


def test_nothing_that_a_job_does_ends_the_worker(queue):
    """Not even SystemExit."""

    def ends(attempt):
        raise SystemExit(3)

    queue.add(Job("ends"))
    assert Worker(queue, {"ends": Task(ends)}, changes=None, name="w").step()
    assert queue.jobs()[0].fault.startswith("SystemExit at ")
