"""The workforce: processes that do jobs, each with a system of its own, and one that looks after them.

Drawing and sealing keep a processor busy, and a renderer is not safe for two threads: so there is a process for each job at a time.
Beside it stand two of its own, of which one reads what institutions sent and the other one draws, under limits: it waits for them,
and nothing that was made to cost ends or stops it. One that is gone is replaced, and what it had is free at once.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import secrets
import signal
import socket
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.errors import ArchiveError, MikrocertError
from mikrocert.jobs import Worker
from mikrocert.service.periodic import enqueue_periodic

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from mikrocert.jobs import Queue
    from mikrocert.settings import Settings

__all__ = ["Workforce", "worker_name"]

_LOG = logging.getLogger("mikrocert.jobs")
_LOOK_UP_SECONDS: Final = 0.5
_SHORTEST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0


class Workforce:
    """Processes that do jobs.

    Args:
        settings: all settings.
        queue: where jobs are.
        concurrency: how many processes.
        until_idle: whether they end once nothing is due.
    """

    def __init__(
        self, settings: Settings, *, queue: Queue, concurrency: int, until_idle: bool = False
    ) -> None:
        self._settings = settings
        self._queue = queue
        self._concurrency = concurrency
        self._until_idle = until_idle
        self._stopping = False

    def stop(self) -> None:
        """Make `run` return once each process has done the job at hand; safe in a signal handler and from another thread."""
        self._stopping = True

    def run(self) -> int:
        """Do jobs until stopped or, where that is wanted, until nothing is due; return how many processes failed."""
        hands = [self._hired() for _ in range(self._concurrency)]
        failed = 0
        pause = _SHORTEST_PAUSE
        while hands and not self._stopping:
            wait([hand.process.sentinel for hand in hands], timeout=_LOOK_UP_SECONDS)
            for hand in [one for one in hands if not one.process.is_alive()]:
                hands.remove(hand)
                if hand.process.exitcode == 0:
                    continue
                failed += 1
                self._release(hand.name)
                _LOG.warning("a worker ended with %s; another one goes on", hand.process.exitcode)
                if self._until_idle and failed > self._concurrency:
                    continue  # something is wrong with all of them
                self._wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                hands.append(self._hired())
        for hand in hands:
            hand.line.close()
        for hand in hands:
            hand.process.join()
            if hand.process.exitcode != 0:
                failed += 1
                self._release(hand.name)
        return failed

    def _wait(self, seconds: float) -> None:
        """Wait before another process is started that may end the same way; not longer once stopped."""
        waited = 0.0
        while waited < seconds and not self._stopping:
            wait([], timeout=_LOOK_UP_SECONDS)
            waited += _LOOK_UP_SECONDS

    def _hired(self) -> _Hand:
        context = multiprocessing.get_context("spawn")
        ours, its = context.Pipe()
        name = worker_name()
        process = context.Process(
            target=_work, args=(self._settings, name, its, self._until_idle), name="mikrocert-worker"
        )
        process.start()
        its.close()
        return _Hand(process, ours, name)

    def _release(self, name: str) -> None:
        try:
            self._queue.release(name)
        except ArchiveError:
            _LOG.warning("what it had waits for the end of its lease")


@attrs.frozen
class _Hand:
    """A process, seen from outside; its line is closed to have it stop."""

    process: BaseProcess
    line: Connection
    name: str


def worker_name() -> str:
    """Return a name that no other worker has."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(6)}"


def _work(settings: Settings, name: str, line: Connection, until_idle: bool) -> None:  # noqa: FBT001 - a process is started so
    """Do jobs in a process of its own until the line is closed: signals are the affair of who started it."""
    from mikrocert.service.system import open_system  # noqa: PLC0415 - which itself has what this module needs

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    try:
        with open_system(settings, confined=True) as system:
            enqueue_periodic(system)
            worker = Worker(
                system.queue,
                system.tasks,
                changes=system.batches.changes,
                name=name,
                tracing=system.tracing,
            )
            Thread(target=_stop_when_closed, args=(line, worker), daemon=True).start()
            worker.run(until_idle=until_idle)
    except MikrocertError as error:
        _LOG.warning("a worker can't go on: %s", error)
        raise SystemExit(1) from error


def _stop_when_closed(line: Connection, worker: Worker) -> None:
    try:
        line.recv()
    except (EOFError, OSError):
        worker.stop()
