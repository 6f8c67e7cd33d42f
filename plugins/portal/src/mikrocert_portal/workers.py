"""Workers: several processes that serve one socket, and the supervisor that starts, replaces and ends them.

Each is a copy of the process that made the socket, which itself serves nobody: it has one thread, opens nothing and waits. A worker
that ends, whyever, is replaced; when the supervisor itself is gone, its workers end too.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from contextlib import closing, contextmanager
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Final, cast

import attrs
from mikrocert.api import WorkerError, message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

__all__ = ["Supervisor"]

_LOG = logging.getLogger("mikrocert_portal")
_PACE_SECONDS: Final = 1.0
"""How soon after its start at the earliest a worker that ended is replaced, so that one that ends at once costs little."""
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@attrs.define(eq=False)
class _Worker:
    """A process, seen from outside.

    Args:
        process: the process.
        ready: tells when it serves.
        started_at: when it was started, in seconds of the supervisor's clock.
    """

    process: ForkProcess
    ready: Connection
    started_at: float
    serves: bool = False


class Supervisor:
    """Runs copies of this process, which has one thread, until it is told to stop.

    Args:
        work: what a worker does, in a process of its own; called with what it calls once it serves. From then on it ends in
            good order at SIGTERM; one that came before comes then.
        helpers: what else is done, each in a process of its own that takes no notice of SIGTERM and ends with the supervisor; all
            workers end with any of them.
        number: how many workers there are.
        stop_seconds: how long a worker has from SIGTERM until it is killed.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        work: Callable[[Callable[[], None]], None],
        *,
        helpers: Sequence[Callable[[], None]] = (),
        number: int,
        stop_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._work = work
        self._helpers = helpers
        self._number = number
        self._stop_seconds = stop_seconds
        self._clock = clock
        self._fork = multiprocessing.get_context("fork")
        self._workers: list[_Worker] = []
        self._helping: list[ForkProcess] = []
        self._due: list[float] = []
        self._watched, self._alive = os.pipe()

    def run(
        self,
        *,
        on_ready: Callable[[], object],
        on_stop: Callable[[], object],
        on_end: Callable[[int], object] = lambda _: None,
    ) -> None:
        """Run until SIGTERM; then let all workers finish what they are doing.

        Args:
            on_ready: called once, when all workers serve.
            on_stop: called before workers are told to stop: closes what takes new connections.
            on_end: called with the number of the process of each worker that ends before that.

        Raises:
            WorkerError: if a worker ends before all of them serve for the first time, or a helper ends.
            KeyboardInterrupt: if it was interrupted.
        """
        with _signals() as signals:
            try:
                for helper in self._helpers:
                    self._helping.append(self._start(_help, helper))
                for _ in range(self._number):
                    self._start_worker()
                self._supervise(signals, on_ready=on_ready, on_end=on_end)
            finally:
                on_stop()
                self._stop()
            interrupted = signal.SIGINT in signals.recv(64)
        if interrupted:
            raise KeyboardInterrupt

    def _supervise(
        self, signals: socket.socket, *, on_ready: Callable[[], object], on_end: Callable[[int], object]
    ) -> None:
        serving = False
        while True:
            happened = wait(
                [
                    signals,
                    *(helper.sentinel for helper in self._helping),
                    *(worker.process.sentinel for worker in self._workers),
                    *(worker.ready for worker in self._workers if not worker.serves),
                ],
                timeout=max(0.0, min(self._due) - self._clock()) if self._due else None,
            )
            if signals in happened:
                return
            if any(helper.sentinel in happened for helper in self._helping):
                raise WorkerError(
                    message("a process that all workers need has ended, so that none can go on")
                )
            for worker in tuple(self._workers):
                if worker.ready in happened and not worker.serves:
                    worker.serves = True  # or it has ended, which is next
                if worker.process.sentinel in happened:
                    self._ended(worker, serving=serving)
                    on_end(cast("int", worker.process.pid))
            for _ in [due for due in self._due if due <= self._clock()]:
                self._due.remove(min(self._due))
                self._start_worker()
            if (
                not serving
                and len(self._workers) == self._number
                and all(one.serves for one in self._workers)
            ):
                serving = True
                on_ready()

    def _ended(self, worker: _Worker, *, serving: bool) -> None:
        worker.process.join()
        code = worker.process.exitcode
        self._workers.remove(worker)
        worker.ready.close()
        if not serving:
            raise WorkerError(
                message(
                    "a worker ended with exit code {code} before it could serve; with one worker its fault is told",
                    code=code,
                )
            )
        _LOG.warning("a worker ended with exit code %s; another one takes its place", code)
        self._due.append(max(self._clock(), worker.started_at + _PACE_SECONDS))

    def _start_worker(self) -> None:
        ready, its = self._fork.Pipe(duplex=False)
        process = self._start(_work, self._work, its)
        its.close()
        self._workers.append(_Worker(process, ready, self._clock()))

    def _start(self, target: Callable[..., None], *arguments: object) -> ForkProcess:
        process = self._fork.Process(target=target, args=(self._watched, self._alive, *arguments))
        process.start()
        return process

    def _stop(self) -> None:
        for worker in self._workers:
            worker.process.terminate()
        until = self._clock() + self._stop_seconds
        for worker in self._workers:
            worker.process.join(max(0.0, until - self._clock()))
            _kill(worker.process)
        for helper in self._helping:
            _kill(helper)
        os.close(self._alive)
        os.close(self._watched)


def _kill(process: ForkProcess) -> None:
    if process.is_alive():
        process.kill()
    process.join()


@contextmanager
def _signals() -> Generator[socket.socket]:
    """Give a socket on which the numbers of signals arrive that would end this process."""
    heard, telling = socket.socketpair()
    with closing(heard), closing(telling):
        telling.settimeout(0)
        before = {number: signal.signal(number, _unheard) for number in _SIGNALS}
        woken = signal.set_wakeup_fd(telling.fileno())
        try:
            yield heard
        finally:
            signal.set_wakeup_fd(woken)
            for number, handler in before.items():
                signal.signal(number, handler)


def _unheard(_number: int, _frame: object) -> None:
    """Do nothing: the socket tells of it."""


def _work(watched: int, alive: int, work: Callable[[Callable[[], None]], None], ready: Connection) -> None:
    """Do what a worker does: all that happens in the process."""
    signal.set_wakeup_fd(-1)
    has_served = is_to_end = False

    def leave(_number: int, _frame: object) -> None:
        nonlocal is_to_end
        if has_served:
            sys.exit(0)  # it has come to an end in good order
        is_to_end = (
            True  # whatever is being made is made whole first: a program half started can't be taken down
        )

    for number in _SIGNALS:
        signal.signal(number, leave)
    _end_with(watched, alive)

    def serving() -> None:
        nonlocal has_served
        has_served = True
        ready.send_bytes(b"ready")
        if is_to_end:
            os.kill(os.getpid(), signal.SIGTERM)

    try:
        work(serving)
    except Exception as error:  # noqa: BLE001 - whatever it is, another worker takes its place
        _LOG.error("a worker ends with %s", type(error).__name__, extra={"fault": error})
        raise SystemExit(1) from None


def _help(watched: int, alive: int, helper: Callable[[], None]) -> None:
    signal.set_wakeup_fd(-1)
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    _end_with(watched, alive, by=signal.SIGKILL)
    helper()


def _end_with(watched: int, alive: int, *, by: signal.Signals = signal.SIGTERM) -> None:
    """End when the last process is gone that could write into this pipe, which is the supervisor."""
    os.close(alive)

    def watch() -> None:
        os.read(watched, 1)
        os.kill(os.getpid(), by)

    threading.Thread(target=watch, daemon=True).start()
