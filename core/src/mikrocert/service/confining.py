"""Confining: what may go wrong or takes long is done in processes of their own, under limits of time and memory.

A `Confinement` serves threads that ask for strangers: a file that can't be examined within the limits costs its process, and gets an
answer all the same. A `Crew` does many pieces of work at once for one who waits for all of them.
"""

from __future__ import annotations

import logging
import math
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from enum import Enum
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from queue import LifoQueue
from typing import TYPE_CHECKING, Final, Literal, cast

import attrs

from mikrocert.errors import MikrocertError, WorkerError
from mikrocert.report import Finding, Report
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from datetime import datetime
    from multiprocessing.process import BaseProcess

__all__ = [
    "OF_A_COMMAND",
    "Confinement",
    "CostLimits",
    "Crew",
    "Loss",
    "Opening",
    "apart",
    "cores",
    "verify_apart",
]

Opening = Callable[[], AbstractContextManager[Callable[..., object]]]
"""Opens what does the work, in a process of its own: what verifies octets at a moment (aware), for example.

For a pool it is pickled, so it is a function of a module, or a `partial` of one.
"""

_READY: Final = "ready"
_START_SECONDS: Final = 120.0
"""Time that a process has to load all plugins."""


class Loss(Enum):
    """How a piece of work was lost."""

    TOO_COSTLY = "too-costly"
    ENDED = "ended"
    UNSENT = "unsent"


@attrs.frozen
class CostLimits:
    """What one file may cost.

    Args:
        cpu_seconds: processor time.
        memory_megabytes: memory beyond what the process has without a file.
        seconds: time altogether, for what waits without end; infinite where that may be.
    """

    cpu_seconds: int = 2
    memory_megabytes: int = 512
    seconds: float = 30


OF_A_COMMAND: Final = CostLimits(cpu_seconds=10, seconds=120)
"""More time than a server has: libraries are loaded meanwhile, nobody else waits, and a person can interrupt it."""


def cores() -> int:
    """Return how many processors the process may use."""
    affinity: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


class Confinement:
    """Does work in a pool of processes; safe to use from several threads, which wait for a free process.

    Args:
        opening: opens what does the work; called once in each process.
        workers: how many processes there are; they are started at once, and it is not waited for them.
        limits: what one piece of work may cost.
        lifetime: pieces of work after which a process makes room for a new one, so that memory that a library doesn't give back
            is; none means never.
    """

    def __init__(
        self,
        opening: Opening,
        *,
        workers: int,
        limits: CostLimits | None = None,
        lifetime: int | None = None,
    ) -> None:
        self._opening = opening
        self._lifetime = lifetime
        self._limits = limits or CostLimits()
        self._number = workers
        self._free: LifoQueue[_Worker | None] = LifoQueue()
        for _ in range(workers):
            self._free.put(_Worker(opening, self._limits))

    def verify(self, data: bytes, *, at: datetime) -> Report:
        """Return the report of a file, or one that says that it was too costly or that its examination ended.

        Args:
            data: whatever somebody sent.
            at: the time of verification (aware).
        """
        answer = self.ask(data, at)
        return answer if isinstance(answer, Report) else Report(at=at, unusable=(cast("Finding", answer),))

    def ask(self, *request: object) -> object:
        """Return what the work gives, or the finding that it was too costly or ended.

        Args:
            request: what the work is called with.
        """
        worker, kept = self._free.get(), None
        try:
            worker = worker or _Worker(self._opening, self._limits)
            answer = _asked(worker, request)
            if not isinstance(answer, Finding) and worker.asked != self._lifetime:
                kept = worker
            return answer
        finally:
            if worker is not None and kept is None:
                worker.stop()
                with suppress(OSError):
                    kept = _Worker(self._opening, self._limits)
            self._free.put(kept)

    def close(self) -> None:
        """End all processes, once none of them is at work."""
        for _ in range(self._number):
            worker = self._free.get()
            if worker is not None:
                worker.stop()


def verify_apart(opening: Opening, data: bytes, *, at: datetime, limits: CostLimits) -> Report:
    """Return the report of one file, verified in a copy of this process, which has one thread; a copy has all that is loaded.

    Args:
        opening: opens what verifies; called in the copy.
        data: whatever somebody sent.
        at: the time of verification (aware).
        limits: what the file may cost.
    """
    answer = _asked_once(opening, data, at, limits=limits)
    return answer if isinstance(answer, Report) else Report(at=at, unusable=(cast("Finding", answer),))


def apart(work: Callable[..., object], *request: object) -> object:
    """Return what a function returns, called in a copy of this process, or the finding that it was too costly or ended.

    For a command, which has one thread and looks at one file of a stranger.

    Args:
        work: the function; everything is loaded that it needs. What it returns can be pickled.
        request: what it is called with.
    """
    return _asked_once(lambda: nullcontext(work), *request, limits=OF_A_COMMAND)


def _asked_once(opening: Opening, *request: object, limits: CostLimits) -> object:
    worker = _Worker(opening, limits, start="fork")
    try:
        return _asked(worker, request)
    finally:
        worker.stop()


def _asked(worker: _Worker, request: tuple[object, ...]) -> object:
    try:
        answer = worker.ask(*request)
    except WorkerError:
        return _ENDED
    if isinstance(answer, Loss):
        return _TOO_COSTLY if answer is Loss.TOO_COSTLY else _ENDED
    return answer


class Crew:
    """Does many pieces of work at once, in processes of their own; for one thread. Close it when it is needed no more.

    Args:
        opening: opens what does the work; called once in each process.
        workers: how many processes there are at most; one is started when there is work for it.
        limits: what one piece of work may cost.
        lifetime: pieces of work after which a process makes room for a new one; none means never.
    """

    def __init__(
        self, opening: Opening, *, workers: int, limits: CostLimits, lifetime: int | None = None
    ) -> None:
        self._opening = opening
        self._number = workers
        self._limits = limits
        self._lifetime = lifetime
        self._free: list[_Worker] = []
        self._busy: dict[_Worker, int] = {}

    @property
    def started(self) -> bool:
        """Whether it has processes, so that work costs no start."""
        return bool(self._free or self._busy)

    def work(self, requests: Sequence[tuple[object, ...]]) -> Iterator[object]:
        """Yield what the work gives for each request, in their order, or its `Loss`.

        What costs its process is done once more, alone and in a new one, once the others are through: it may have been their
        memory or their time that it lacked. Whoever stops asking ends what is being done.

        Args:
            requests: what the work is called with.

        Raises:
            WorkerError: if a process ends before it is ready for any work.
        """
        waiting, again = deque(range(len(requests))), deque[int]()
        answers: dict[int, object] = {}
        try:
            for number in range(len(requests)):
                while number not in answers:
                    while waiting and len(self._busy) < self._number:
                        self._begin(waiting.popleft(), requests)
                    if not self._busy:
                        answers |= self._once_more(again.popleft(), requests)
                        continue
                    for done, answer in self._answers():
                        if _costs_a_process(answer):
                            again.append(done)
                        else:
                            answers[done] = answer
                yield answers.pop(number)
        finally:
            while self._busy:
                self._busy.popitem()[0].stop()

    def close(self) -> None:
        """End all processes, whatever they are doing."""
        for worker in (*self._free, *self._busy):
            worker.stop()
        self._free.clear()
        self._busy.clear()

    def _begin(self, number: int, requests: Sequence[tuple[object, ...]]) -> None:
        worker = self._free.pop() if self._free else _Worker(self._opening, self._limits)
        self._busy[worker] = number
        worker.begin(*requests[number])

    def _once_more(self, number: int, requests: Sequence[tuple[object, ...]]) -> dict[int, object]:
        """Return the answer to a request that nothing else is done beside, by a process that has done nothing else."""
        while self._free:
            self._free.pop().stop()
        self._begin(number, requests)
        answers: dict[int, object] = {}
        while not answers:
            answers = dict(self._answers())
        return answers

    def _answers(self) -> list[tuple[int, object]]:
        """Wait until at least one process goes on or is late, and return the numbers and answers of those that are through."""
        soonest = min(worker.until for worker in self._busy)
        wait([worker.connection for worker in self._busy], timeout=_seconds_until(soonest))
        through: list[tuple[int, object]] = []
        for worker in tuple(self._busy):
            answer = worker.answer()
            if answer is None:
                continue
            through.append((self._busy.pop(worker), answer))
            if _costs_a_process(answer) or worker.asked == self._lifetime:
                worker.stop()
            else:
                self._free.append(worker)
        return through


class _Worker:
    """A process, seen from outside."""

    def __init__(
        self, opening: Opening, limits: CostLimits, *, start: Literal["spawn", "fork"] = "spawn"
    ) -> None:
        self._limits = limits
        context = (
            multiprocessing.get_context("fork") if start == "fork" else multiprocessing.get_context("spawn")
        )
        self.connection, its = context.Pipe()
        self._process: BaseProcess = context.Process(target=_work, args=(its, opening, limits), daemon=True)
        with nullcontext() if start == "fork" else _uninterrupted():
            self._process.start()
        its.close()
        self._request: tuple[object, ...] = ()
        self._ready = self._unsent = False
        self.asked = 0
        self.until = time.monotonic() + _START_SECONDS

    def begin(self, *request: object) -> None:
        """Hand over a piece of work, or keep it until the process is ready."""
        self.asked += 1
        self._request = request
        if self._ready:
            self._send()

    def _send(self) -> None:
        self.until = time.monotonic() + self._limits.seconds
        try:
            self.connection.send(self._request)
        except OSError:
            pass  # it has ended; that is found out next
        except Exception:  # noqa: BLE001 - whatever in it can't be pickled
            self._unsent, self.until = True, time.monotonic()  # there is nothing to wait for
        self._request = ()

    def answer(self, *, patience: float | None = 0) -> object:
        """Return what the work gave, how it was lost, or nothing as long as it goes on.

        Args:
            patience: seconds to wait for it; without end where there are none.

        Raises:
            WorkerError: if the process ended before it was ready.
        """
        if self._unsent:
            self._unsent = False
            return Loss.UNSENT
        try:
            if not self.connection.poll(patience):
                return Loss.TOO_COSTLY if time.monotonic() >= self.until else None
            received: object = self.connection.recv()
        except Exception as error:  # noqa: BLE001 - it has ended, or what it gave can't be read
            return self._lost(error)
        if self._ready:
            return received
        if isinstance(received, Message):
            raise WorkerError(received)
        self._ready = True
        self._send()
        return None

    def _lost(self, error: Exception) -> Loss:
        if not isinstance(error, (EOFError, OSError)):
            return Loss.ENDED
        self._process.join()
        if not self._ready:
            raise WorkerError(message("its process ended with exit code {code}", code=self._process.exitcode))
        return Loss.TOO_COSTLY if self._process.exitcode in _OVER_LIMIT else Loss.ENDED

    def ask(self, *request: object) -> object:
        """Return what the work gives, or how it was lost.

        Raises:
            WorkerError: if the process ends before it is ready.
        """
        self.begin(*request)
        while True:
            answer = self.answer(patience=_seconds_until(self.until))
            if answer is not None:
                return answer

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self.connection.close()
        self._process.close()


def _seconds_until(then: float) -> float | None:
    """Return how long to wait, or nothing for a wait without end, which the system doesn't take as a number."""
    return None if math.isinf(then) else max(0.0, then - time.monotonic())


@contextmanager
def _uninterrupted() -> Generator[None]:
    """Start processes that no interruption reaches before they say that they want none: it is meant for the program that asks."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it lets interruptions through again where it is started on the way
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(connection: Connection, opening: Opening, limits: CostLimits) -> None:
    """Do what comes until nothing comes any more: all that happens in the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ready = False
    try:
        with opening() as work:
            _limit_memory(limits)
            connection.send(_READY)
            ready = True
            while True:
                request = connection.recv()
                _limit_time(limits.cpu_seconds)
                answer = _answer(work, request)
                _limit_time(0)
                connection.send(answer)
    except (EOFError, ConnectionError):
        return  # whoever asked has ended
    except Exception as error:
        logging.getLogger("mikrocert").debug("a process ends with an error", exc_info=error)
        if isinstance(error, MikrocertError) and not ready:
            with suppress(ConnectionError):
                connection.send(error.message)
        raise SystemExit(1) from None  # nobody is shown a traceback unasked


def _answer(work: Callable[..., object], request: tuple[object, ...]) -> object:
    try:
        answer = work(*request)
    except MemoryError:
        return Loss.TOO_COSTLY
    return Loss.TOO_COSTLY if isinstance(answer, Report) and _short_of_memory(answer) else answer


def _costs_a_process(answer: object) -> bool:
    return answer in (Loss.TOO_COSTLY, Loss.ENDED)


def _short_of_memory(report: Report) -> bool:
    """Return whether a part of the examination ended for want of memory, which its border calls a crash."""
    findings = [finding for result in report.results for finding in result.findings] + [*report.unusable]
    return any(finding.message.parameters.get("kind") == MemoryError.__name__ for finding in findings)


def _limit_time(seconds: int) -> None:
    """Let the process have so much processor time from now on, or as much as it wants where that is 0.

    A timer of the process counts what this piece of work takes. `RLIMIT_CPU` would count all that the process ever took, as the
    kernel samples it at its ticks: in a process that lives long, that is seconds away from any clock that a program can read.
    """
    if hasattr(signal, "setitimer"):  # not on every system
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory(limits: CostLimits) -> None:
    with suppress(ImportError, FileNotFoundError):
        import resource  # noqa: PLC0415 - not on every system

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        octets = pages * resource.getpagesize() + limits.memory_megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (octets, most))


# What the kernel ends a process by that is over its limits, or for which there is no memory left.
_OVER_LIMIT = frozenset({-signal.SIGKILL, -getattr(signal, "SIGPROF", signal.SIGKILL)})
_TOO_COSTLY = Finding.error(
    "too-costly",
    "Examining this file would cost more time or memory than a file may cost; nothing was found out about it.",
)
_ENDED = Finding.error(
    "not-examined", "Examining this file ended before there was a result; nothing was found out about it."
)
