"""Resolving names that institutions named, without waiting for a resolver that never answers.

No system function that resolves a name takes a deadline. So a thread asks, and whoever wants the answer waits for it only so long. The
thread ends when the system gives up; until then nobody else asks for the same name, and for no more than a few names at a time.
"""

from __future__ import annotations

import socket
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Resolver", "look_up"]

_MOST: Final = 32


def look_up(host: str, port: int) -> list[str]:
    """Return the IP addresses of a name, however long the system takes.

    Raises:
        OSError: if it has none.
        UnicodeError: if it is no name.
    """
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Resolver:
    """Resolves names by a deadline; safe to use from several threads.

    Args:
        look_up: returns the IP addresses of a name, or raises an `OSError` or `UnicodeError`; it may never return.
        seconds: how long to wait for it.
        most: for how many names at a time it may be asked; one that doesn't return counts.
    """

    def __init__(
        self, look_up: Callable[[str, int], list[str]], *, seconds: float, most: int = _MOST
    ) -> None:
        self._look_up = look_up
        self._seconds = seconds
        self._most = most
        self._lock = Lock()
        self._asked: dict[tuple[str, int], _Question] = {}

    def addresses(self, host: str, port: int) -> list[str]:
        """Return the IP addresses of a name.

        Raises:
            OSError: if it has none; `TimeoutError` if nobody says so in time, or too many others are waited for.
            UnicodeError: if it is no name.
        """
        question = self._question(host, port)
        if not question.answered.wait(self._seconds):
            raise TimeoutError
        if question.fault is not None:
            raise question.fault
        return list(question.found)

    def _question(self, host: str, port: int) -> _Question:
        """Return the question that is being asked already, or ask it."""
        with self._lock:
            there = self._asked.get((host, port))
            if there is not None:
                return there
            if len(self._asked) >= self._most:
                raise TimeoutError
            question = self._asked[host, port] = _Question()
            # A daemon: a resolver that hangs doesn't keep the program from ending, either.
            Thread(
                target=self._ask, args=(host, port, question), name="mikrocert-resolver", daemon=True
            ).start()
            return question

    def _ask(self, host: str, port: int, question: _Question) -> None:
        try:
            question.found = self._look_up(host, port)
        except (OSError, UnicodeError) as error:
            question.fault = error
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it was
            question.fault = OSError(type(error).__name__)
        finally:
            with self._lock:
                del self._asked[host, port]
            question.answered.set()


class _Question:
    """A name that is being asked for, and what came of it."""

    def __init__(self) -> None:
        self.answered = Event()
        self.found: list[str] = []
        self.fault: OSError | UnicodeError | None = None
