"""Changes: waiting for what another process commits, without asking again and again.

PostgreSQL tells who listens. SQLite has nobody who tells, but a number in the file that every commit of another process raises: one
thread looks at it for all who wait, and only while somebody does.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import func, select, text

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy.engine import Connection

    from mikrocert.archive.database import Database

__all__ = ["Changes", "announce"]

_CHANNEL: Final = "mikrocert_jobs"
_LOOK_SECONDS: Final = 0.02
_LISTEN_SECONDS: Final = 0.5
_AFTER_A_FAULT_SECONDS: Final = 1.0


def announce(connection: Connection) -> None:
    """Tell those who wait, once this transaction commits."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(_CHANNEL, "")))


class Changes:
    """What tells that something was committed; safe to use from several threads.

    Args:
        database: where.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._condition = Condition()
        self._count = 0
        self._waiting = 0
        self._ready = Event()
        self._thread: Thread | None = None

    @contextmanager
    def watching(self) -> Generator[Watch]:
        """Begin to watch; nothing that is committed from now on is missed."""
        with self._condition:
            self._waiting += 1
            if self._thread is None:
                self._ready.clear()
                self._thread = Thread(target=self._look, name="mikrocert-changes", daemon=True)
                self._thread.start()
        self._ready.wait()
        try:
            yield Watch(self)
        finally:
            with self._condition:
                self._waiting -= 1

    def close(self) -> None:
        """Return once nothing is looked at any more; nobody may wait by then."""
        with self._condition:
            thread = self._thread
        if thread is not None:
            thread.join()

    def after(self, count: int, *, seconds: float) -> int:
        """Return how many changes were noticed, once these are more than `count` or the time is over."""
        with self._condition:
            self._condition.wait_for(lambda: self._count > count, timeout=seconds)
            return self._count

    def _look(self) -> None:
        """Look for changes as long as somebody waits."""
        while True:
            try:
                if self._database.file is not None:
                    self._look_at_file()
                else:
                    self._listen()
            except Exception:  # noqa: BLE001 - a database that is gone may be back in a moment; those who wait ask it themselves
                self._tell()
                self._ready.set()
                time.sleep(_AFTER_A_FAULT_SECONDS)
            if self._ended():
                return

    def _look_at_file(self) -> None:
        with self._database.looking() as connection:
            # Asked fifty times a second, so without what SQLAlchemy does around each statement, which takes ten times as long.
            driver: Any = cast("Any", connection.connection.driver_connection)
            [before] = driver.execute("PRAGMA data_version")
            self._ready.set()
            while not self._ended_soon():
                time.sleep(_LOOK_SECONDS)
                [now] = driver.execute("PRAGMA data_version")
                if now != before:
                    before = now
                    self._tell()

    def _listen(self) -> None:
        with self._database.looking() as connection:
            connection.execute(text(f"LISTEN {_CHANNEL}"))
            self._ready.set()
            driver: Any = cast("Any", connection.connection.driver_connection)
            while not self._ended_soon():
                for _ in driver.notifies(timeout=_LISTEN_SECONDS, stop_after=1):
                    self._tell()

    def _tell(self) -> None:
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    def _ended_soon(self) -> bool:
        with self._condition:
            return self._waiting == 0

    def _ended(self) -> bool:
        """Return whether nobody waits, and let the next one start another thread then."""
        with self._condition:
            if self._waiting:
                return False
            self._thread = None
            return True


class Watch:
    """Waits for changes.

    Args:
        changes: what tells of them.
    """

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._count = changes.after(-1, seconds=0)

    def wait(self, seconds: float) -> None:
        """Return once something was committed since the last call, or after so many seconds."""
        self._count = self._changes.after(self._count, seconds=seconds)
