"""A worker: takes jobs and does them, one at a time, until it is told to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.errors import ArchiveError, interruptions, place_of
from mikrocert.tracing import NO_TRACING, Tracing

if TYPE_CHECKING:
    from mikrocert.jobs.changes import Changes
    from mikrocert.jobs.queue import Queue, Taken

__all__ = ["Task", "Worker"]

_LOG = logging.getLogger("mikrocert.jobs")
_LOOK_UP_SECONDS: Final = 0.5
"""How long a worker waits before it looks whether it has been stopped."""

_LONGEST_WAIT: Final = 30.0


@attrs.frozen
class Task:
    """What jobs of one name do.

    Args:
        run: does it, called with the job's arguments and, as `attempt`, with how often it was taken.
        most_attempts: how often it is tried before it is given up.
        on_given_up: called with the arguments once it is given up.
    """

    run: Callable[..., object]
    most_attempts: int = 100
    on_given_up: Callable[..., object] | None = None


class Worker:
    """Does jobs, one at a time.

    Args:
        queue: where jobs are.
        tasks: what jobs do, by the names of their tasks.
        changes: what tells that there is more to do.
        name: tells this worker from all others, and no other one had it before.
        tracing: where it is told how long each job took.
    """

    def __init__(
        self,
        queue: Queue,
        tasks: Mapping[str, Task],
        *,
        changes: Changes,
        name: str,
        tracing: Tracing = NO_TRACING,
    ) -> None:
        self._queue = queue
        self._tasks = tasks
        self._changes = changes
        self._name = name
        self._tracing = tracing
        self._stopping = False

    def stop(self) -> None:
        """Make `run` return once the job at hand is done; safe in a signal handler and from another thread."""
        self._stopping = True

    def run(self, *, until_idle: bool = False) -> None:
        """Do jobs until stopped; a database that fails is waited for.

        Args:
            until_idle: whether to return once nothing is due and nobody else is at work.

        Raises:
            ArchiveError: with `until_idle`, if the database fails.
        """
        pause = 1.0
        with self._changes.watching() as watch:
            while not self._stopping:
                try:
                    if self.step():
                        pause = 1.0
                        continue
                    if until_idle and self._queue.idle():
                        return
                    wait = self._queue.pause()
                except ArchiveError as error:
                    if until_idle:
                        raise
                    _LOG.warning("the queue can't be asked: %s", type(error).__name__)
                    pause = min(2 * pause, _LONGEST_WAIT)
                    self._idle(lambda seconds: Event().wait(seconds), pause)
                    continue
                self._idle(watch.wait, _LONGEST_WAIT if wait is None else min(wait, _LONGEST_WAIT))

    def _idle(self, wait: Callable[[float], object], seconds: float) -> None:
        """Wait a moment, no longer than it may take to notice that one is stopped."""
        if not self._stopping:
            wait(max(0.01, min(seconds, _LOOK_UP_SECONDS)))

    def step(self) -> bool:
        """Do one job, if any is due; return whether there was one.

        Raises:
            ArchiveError: if the queue can't be asked.
        """
        taken = self._queue.take(self._name)
        if taken is None:
            return False
        task = self._tasks.get(taken.job.task)
        if task is None:  # of another version of the program, which will do it
            self._queue.fail(taken, fault=f"no task {taken.job.task}")
            return True
        if taken.attempts > task.most_attempts:
            if task.on_given_up is not None:
                task.on_given_up(**taken.job.arguments)
            self._queue.fail(taken, fault="too many attempts", give_up=True)
            return True
        with _Heartbeat(self._queue, taken):
            fault = _done(task, taken, tracing=self._tracing)
        if fault is None:
            self._queue.finish(taken)
        else:
            self._queue.fail(taken, fault=fault)
        return True


def _done(task: Task, taken: Taken, *, tracing: Tracing) -> str | None:
    """Do a job; return class and place of what went wrong, or none."""
    noted = {"mikrocert.attempt": taken.attempts}
    try:
        with tracing.span(f"job: {taken.job.task}", noted, kind="consumer"):
            task.run(**taken.job.arguments, attempt=taken.attempts)
    except interruptions():
        raise
    except BaseException as error:  # noqa: BLE001 - nothing that a job does ends the worker
        fault = f"{type(error).__name__} at {place_of(error)}"
        _LOG.warning("job %s of task %s failed: %s", taken.number, taken.job.task, fault)
        _LOG.debug("its traceback", exc_info=error)
        return fault
    return None


class _Heartbeat:
    """Keeps a job while it is being done."""

    def __init__(self, queue: Queue, taken: Taken) -> None:
        self._queue, self._taken = queue, taken
        self._over = Event()
        self._thread = Thread(target=self._beat, name="mikrocert-heartbeat", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(self._queue.lease.total_seconds() / 4):
            try:
                kept = self._queue.keep(self._taken)
            except ArchiveError as error:
                _LOG.warning("a lease can't be renewed: %s", type(error).__name__)
                continue
            if not kept:  # another one has it; what both do, they do alike
                return
