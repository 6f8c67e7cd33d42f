"""The exit code of a command that ran to its end, and of no other.

The command runs in a child process. Once its answer is written, the child reports the exit code through a pipe; the parent,
in which nothing else runs, ends with that code. A child that ends without a report, whichever way, has answered nothing:
`os._exit(0)` or a crash of a library can't look like success. Processes and threads that the command leaves behind neither
report nor answer nor keep anybody waiting.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["INCOMPLETE", "completed"]

INCOMPLETE: Final = -1
"""What `completed` returns where there was no report."""

_LARGEST_CODE = 255
_CLEANING_SECONDS = 3
"""Time that the child has for what is done when Python closes, once it has reported."""
_FORWARDED = {signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2}
_OF_TERMINALS = {signal.SIGINT, signal.SIGQUIT}
"""What a terminal sends to all processes of a command at once, so that the child has it already."""


def completed(command: Callable[[], int], *, bug: int) -> int:
    """Run a command in a child process; return its exit code in the parent, and never return in the child.

    Signals that are meant for the command reach the child, and it ends when the parent does.

    Args:
        command: writes its answer and returns its exit code.
        bug: the exit code where it returns none.
    """
    receiving, reporting = os.pipe()
    watched, alive = os.pipe()
    awaited = {*_FORWARDED, signal.SIGCHLD}
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # where it was ignored, the child's end would go unnoticed
    before = signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    child = os.fork()
    if child == 0:
        os.close(receiving)
        os.close(alive)
        _end_with_parent(watched)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.register_at_fork(after_in_child=partial(_fall_silent, reporting))
        sys.exit(_report(command, reporting, bug=bug))
    os.close(reporting)
    os.close(watched)
    forwarded, status = _wait_for(child, awaited)
    os.set_blocking(receiving, False)  # what was reported is there by now, whoever else has the other end
    with suppress(BlockingIOError):
        code = os.read(receiving, 1)
        if code:
            return code[0]
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if ended_by in forwarded | _OF_TERMINALS:  # the user's wish: end the same way
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(ended_by, signal.SIG_DFL)
        os.kill(os.getpid(), ended_by)
    return INCOMPLETE


def _report(command: Callable[[], int], reporting: int, *, bug: int) -> int:
    """Run the command, and report its exit code once the answer has left the process."""
    process = os.getpid()
    code = command()
    if os.getpid() != process:  # a copy that somebody made while it ran
        os._exit(bug)
    code = code if 0 <= code <= _LARGEST_CODE else bug
    try:
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(reporting, bytes([code]))
    except OSError:  # the answer did not arrive, or somebody closed the pipe
        os._exit(bug)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing is added to an answer that is complete
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(
        _CLEANING_SECONDS
    )  # a thread that goes on, or whatever else Python waits for when it closes, ends
    return code


def _fall_silent(reporting: int) -> None:
    """Take report and answer from a copy of the process: it is no second command."""
    with suppress(OSError):
        os.close(reporting)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _end_with_parent(watched: int) -> None:
    """Ask the kernel to send SIGTERM when the parent's end of this pipe is closed, which is when the parent is gone."""
    if hasattr(fcntl, "F_SETSIG"):  # Linux
        fcntl.fcntl(watched, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(watched, fcntl.F_SETSIG, signal.SIGTERM)
        fcntl.fcntl(watched, fcntl.F_SETFL, os.O_ASYNC)


def _wait_for(child: int, awaited: set[signal.Signals]) -> tuple[set[int], int]:
    """Pass signals on until the child has ended; return which, and the child's status."""
    forwarded: set[int] = set()
    while True:
        number, sent_by_process = _next_signal(awaited)
        if number == signal.SIGCHLD:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return forwarded, status
        elif sent_by_process:
            forwarded.add(number)
            with suppress(ProcessLookupError):
                os.kill(child, number)


def _next_signal(awaited: set[signal.Signals]) -> tuple[int, bool]:
    """Return the next signal, and whether a process sent it rather than the kernel for a terminal."""
    if hasattr(signal, "sigwaitinfo"):
        found = signal.sigwaitinfo(awaited)
        return found.si_signo, found.si_code <= 0
    number = signal.sigwait(awaited)  # macOS can't tell who sent it
    return number, number not in _OF_TERMINALS
