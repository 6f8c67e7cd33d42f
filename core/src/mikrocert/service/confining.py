"""Confining: what strangers send is verified in processes of their own, under limits of time and memory.

A file that can't be examined within the limits costs its process, and gets an answer all the same.
"""

from __future__ import annotations

import math
import multiprocessing
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import LifoQueue
from typing import TYPE_CHECKING, Final, cast

import attrs

from mikrocert.report import Finding, Report

if TYPE_CHECKING:
    from datetime import datetime
    from multiprocessing.context import SpawnProcess

__all__ = ["Confinement", "CostLimits", "Opening", "Verify"]

Verify = Callable[[bytes, "datetime"], Report]
"""Verifies octets at a moment (aware)."""

Opening = Callable[[], AbstractContextManager[Verify]]
"""Opens what verifies, in a process of its own; it is pickled, so it is a function of a module, or a `partial` of one."""

_READY: Final = "ready"


@attrs.frozen
class CostLimits:
    """What one file may cost.

    Args:
        cpu_seconds: processor time.
        memory_megabytes: memory beyond what the process has without a file.
        seconds: time altogether, for what waits without end.
    """

    cpu_seconds: int = 2
    memory_megabytes: int = 512
    seconds: float = 30


class Confinement:
    """Verifies files in a pool of processes; safe to use from several threads, which wait for a free process.

    Args:
        opening: opens what verifies; called once in each process.
        workers: how many processes there are; they are started at once, and it is not waited for them.
        limits: what one file may cost.
    """

    def __init__(self, opening: Opening, *, workers: int, limits: CostLimits | None = None) -> None:
        self._opening = opening
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
        worker, kept = self._free.get(), None
        try:
            worker = worker or _Worker(self._opening, self._limits)
            answer = worker.ask(data, at)
            if isinstance(answer, Report):
                kept = worker
                return answer
        finally:
            if worker is not None and kept is None:
                worker.stop()
                with suppress(OSError):
                    kept = _Worker(self._opening, self._limits)
            self._free.put(kept)
        return Report(at=at, unusable=(answer,))

    def close(self) -> None:
        """End all processes, once none of them is at work."""
        for _ in range(self._number):
            worker = self._free.get()
            if worker is not None:
                worker.stop()


class _Worker:
    """A process, seen from outside."""

    def __init__(self, opening: Opening, limits: CostLimits) -> None:
        self._limits = limits
        context = multiprocessing.get_context("spawn")
        self._connection, its = context.Pipe()
        self._process: SpawnProcess = context.Process(target=_work, args=(its, opening, limits), daemon=True)
        self._process.start()
        its.close()
        self._ready = False

    def ask(self, data: bytes, at: datetime) -> Report | Finding:
        """Return the report, or why there is none."""
        try:
            if not self._ready:
                self._ready = self._connection.recv() == _READY
            self._connection.send((data, at))
            if not self._connection.poll(self._limits.seconds):
                return _TOO_COSTLY
            return cast("Report | Finding", self._connection.recv())
        except (EOFError, OSError):
            self._process.join()
            return _TOO_COSTLY if self._process.exitcode in _OVER_LIMIT else _ENDED

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self._connection.close()
        self._process.close()


def _work(connection: Connection, opening: Opening, limits: CostLimits) -> None:
    """Verify what comes until nothing comes any more: all that happens in the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interruption is meant for the program that asks
    with opening() as verify:
        _limit_memory(limits)
        with suppress(EOFError, ConnectionError):  # whoever asked has ended
            connection.send(_READY)
            while True:
                data, at = connection.recv()
                _limit_time(limits.cpu_seconds)
                answer = _answer(verify, data, at)
                _limit_time(None)
                connection.send(answer)


def _answer(verify: Verify, data: bytes, at: datetime) -> Report | Finding:
    try:
        report = verify(data, at)
    except MemoryError:
        return _TOO_COSTLY
    return _TOO_COSTLY if _short_of_memory(report) else report


def _short_of_memory(report: Report) -> bool:
    """Return whether a part of the examination ended for want of memory, which its border calls a crash."""
    findings = [finding for result in report.results for finding in result.findings] + [*report.unusable]
    return any(finding.message.parameters.get("kind") == MemoryError.__name__ for finding in findings)


def _limit_time(seconds: int | None) -> None:
    """Let the process have so much processor time from now on, or as much as it wants."""
    with suppress(ImportError):
        import resource  # noqa: PLC0415 - not on every system

        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        limit = most if seconds is None else math.ceil(time.process_time()) + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (limit, most))


def _limit_memory(limits: CostLimits) -> None:
    with suppress(ImportError, FileNotFoundError):
        import resource  # noqa: PLC0415 - not on every system

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        octets = pages * resource.getpagesize() + limits.memory_megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (octets, most))


# What the kernel ends a process by that is over its limits, or for which there is no memory left.
_OVER_LIMIT = frozenset({-signal.SIGKILL, -getattr(signal, "SIGXCPU", signal.SIGKILL)})
_TOO_COSTLY = Finding.error(
    "too-costly",
    "Examining this file would cost more time or memory than a file may cost; nothing was found out about it.",
)
_ENDED = Finding.error(
    "not-examined", "Examining this file ended before there was a result; nothing was found out about it."
)
