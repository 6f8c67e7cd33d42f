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
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from enum import Enum
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from queue import LifoQueue
from threading import Condition, Thread
from typing import TYPE_CHECKING, Final, Literal, cast

import attrs

from mikrocert.errors import MikrocertError, WorkerError
from mikrocert.report import Finding, Report
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence
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
_CLOSED: Final = "a crew that is closed does nothing more"
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
    """Does many pieces of work at once, in processes of their own; safe to use from several threads. Close it when it is needed no more.

    What costs its process is done once more, alone and in a new one, once all others are through: it may have been their memory or
    their time that it lacked.

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
        self._waiting: deque[_Task] = deque()
        self._later: deque[_Task] = deque()
        self._again: deque[_Task] = deque()
        self._busy: dict[_Task, _Worker | None] = {}
        self._free: list[_Worker] = []
        self._threads: list[Thread] = []
        self._idle = 0
        self._closed = False
        self._changed = Condition()

    @property
    def started(self) -> bool:
        """Whether it has processes, so that work costs no start."""
        return bool(self._free or self._busy)

    def ask(self, *request: object, later: bool = False) -> Future[object]:
        """Begin a piece of work and return at once what will have its answer, or its `Loss`.

        The answer is a `WorkerError` if no process can be started.

        Args:
            request: what the work is called with.
            later: whether it waits as long as there is work that doesn't.
        """
        task = _Task(request)
        with self._changed:
            if self._closed:
                raise RuntimeError(_CLOSED)
            (self._later if later else self._waiting).append(task)
            if len(self._waiting) + len(self._later) > self._idle and len(self._threads) < self._number:
                thread = Thread(target=self._serve, name="mikrocert crew", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify_all()
        return task.answer

    def work(self, requests: Sequence[tuple[object, ...]]) -> Iterator[object]:
        """Yield what the work gives for each request, in their order, or its `Loss`. Whoever stops asking ends what is being done.

        Args:
            requests: what the work is called with.

        Raises:
            WorkerError: if a process ends before it is ready for any work.
        """
        answers = [self.ask(*request) for request in requests]
        try:
            for answer in answers:
                yield answer.result()
        finally:
            self.drop(answers)

    def drop(self, answers: Iterable[Future[object]]) -> None:
        """End what is asked for no more, whatever it is doing.

        Args:
            answers: as `ask` returned them.
        """
        dropped = {answer for answer in answers if not answer.done() and not answer.cancel()}
        with self._changed:
            for task, worker in self._busy.items():
                if task.answer in dropped:
                    task.lost = True
                    if worker is not None:
                        worker.kill()
            for task in [task for task in self._again if task.answer in dropped]:
                self._again.remove(task)
                task.answer.set_result(Loss.ENDED)
        wait(dropped)

    def close(self) -> None:
        """End all processes, whatever they are doing."""
        with self._changed:
            self._closed = True
            asked = [task.answer for task in (*self._waiting, *self._later, *self._again, *self._busy)]
            self._changed.notify_all()
        self.drop(asked)
        for thread in self._threads:
            thread.join()
        for worker in self._free:
            worker.stop()
        self._free.clear()

    def _serve(self) -> None:
        """Do one piece of work after the other: all that happens in a thread, which mostly waits for its process."""
        while (task := self._next()) is not None:
            worker = None
            try:
                worker = self._worker_for(task)
                answer = worker.ask(*task.request)
            except Exception as error:  # noqa: BLE001 - whoever asked gets it
                self._through(task, worker, error=error)
            else:
                self._through(task, worker, answer=answer)

    def _next(self) -> _Task | None:
        """Wait for a piece of work and return it, or nothing once the crew is closed."""
        with self._changed:
            self._idle += 1
            try:
                while not self._closed:
                    task = self._startable()
                    if task is not None:
                        self._busy[task] = None
                        return task
                    self._changed.wait()
                return None
            finally:
                self._idle -= 1

    def _startable(self) -> _Task | None:
        if any(task.alone for task in self._busy):
            return None
        while waiting := self._waiting or self._later:
            task = waiting.popleft()
            if task.answer.set_running_or_notify_cancel():
                return task
        return self._again.popleft() if self._again and not self._busy else None

    def _worker_for(self, task: _Task) -> _Worker:
        """Return a process for a piece of work: a new one, and no other beside it, where it is tried once more."""
        with self._changed:
            free = self._free.pop() if self._free and not task.alone else None
            spare, self._free = (self._free, []) if task.alone else ([], self._free)
        for worker in spare:
            worker.stop()
        worker = free or _Worker(self._opening, self._limits)
        with self._changed:
            self._busy[task] = worker
            if task.lost:
                worker.kill()
        return worker

    def _through(
        self,
        task: _Task,
        worker: _Worker | None,
        *,
        answer: object = None,
        error: BaseException | None = None,
    ) -> None:
        """Take notice that a piece of work is through, or that its process ended."""
        ended = error is not None or _costs_a_process(answer)
        kept = None if worker is None or ended or worker.asked == self._lifetime else worker
        if worker is not None and kept is None:
            with self._changed:
                self._busy[task] = None
            worker.stop()
        with self._changed:
            del self._busy[task]
            if kept is not None:
                self._free.append(kept)
            if ended and error is None and not (task.alone or task.lost):
                task.alone = True
                self._again.append(task)
            elif error is not None:
                task.answer.set_exception(error)
            else:
                task.answer.set_result(answer)
            self._changed.notify_all()


@attrs.define(eq=False)
class _Task:
    """A piece of work.

    Args:
        request: what the work is called with.
        answer: what will have its answer.
        alone: whether it is tried once more, with nothing beside it.
        lost: whether nobody asks for it any more.
    """

    request: tuple[object, ...]
    answer: Future[object] = attrs.Factory(Future[object])
    alone: bool = False
    lost: bool = False


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
        self._ready = False
        self.asked = 0

    def ask(self, *request: object) -> object:
        """Return what the work gives, or how it was lost.

        Raises:
            WorkerError: if the process ends before it is ready.
        """
        self.asked += 1
        if not self._ready:
            greeting = self._received(_START_SECONDS)
            if isinstance(greeting, Message):
                raise WorkerError(greeting)
            if isinstance(greeting, Loss):
                return greeting
            self._ready = True
        try:
            self.connection.send(request)
        except OSError:
            pass  # it has ended; that is found out next
        except Exception:  # noqa: BLE001 - whatever in it can't be pickled
            return Loss.UNSENT
        return self._received(self._limits.seconds)

    def _received(self, seconds: float) -> object:
        """Return what the process sends within a time, or how it was lost."""
        try:
            if not self.connection.poll(None if math.isinf(seconds) else seconds):
                return Loss.TOO_COSTLY
            return self.connection.recv()
        except (EOFError, OSError):
            return self._ended()
        except Exception:  # noqa: BLE001 - what it gave can't be read
            return Loss.ENDED

    def _ended(self) -> Loss:
        self._process.join()
        if not self._ready:
            raise WorkerError(message("its process ended with exit code {code}", code=self._process.exitcode))
        return Loss.TOO_COSTLY if self._process.exitcode in _OVER_LIMIT else Loss.ENDED

    def kill(self) -> None:
        """Let the process end, whatever it is doing; for another thread than the one that asks."""
        self._process.kill()

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self.connection.close()
        self._process.close()


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
