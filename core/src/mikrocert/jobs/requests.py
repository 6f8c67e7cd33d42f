"""Requests to which their sender gave a key, so that one that is sent again has the batch that came of it before.

Neither the key nor what was sent is kept: the key's hash, and what was sent under an HMAC with the key.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, update

from mikrocert.errors import InProgressError, ReusedKeyError
from mikrocert.jobs.tables import sent_requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mikrocert.archive.database import Database

__all__ = ["Requests"]

_ANSWERED_IN: Final = timedelta(seconds=120)
"""After this time, whoever was answering a request has ended without a word."""


class Requests:
    """The requests that institutions gave a key.

    Args:
        database: of the archive.
        now: tells the time (aware).
        kept: how long is known that a request was sent.
    """

    def __init__(
        self, database: Database, *, now: Callable[[], datetime], kept: timedelta = timedelta(days=7)
    ) -> None:
        self._database = database
        self._now = now
        self._kept = kept

    def begin(self, institution: str, key: str, *, content: Iterable[bytes]) -> str | None:
        """Return the batch that came of this request before, or none where it is to be answered now.

        Args:
            institution: who sends it.
            key: what its sender calls it.
            content: all that was sent.

        Raises:
            ReusedKeyError: if another request had this key.
            InProgressError: if it is being answered.
            ArchiveError: if the database fails.
        """
        digesting = hmac.new(key.encode(), digestmod=hashlib.sha256)
        for part in content:
            digesting.update(part)
        digest, named, at = digesting.hexdigest(), _hash_of(key), self._now()
        table = sent_requests
        its = (table.c.institution == institution) & (table.c.key == named)
        with self._database.writing() as connection:
            connection.execute(delete(table).where(table.c.begun_at < at - self._kept))
            row = connection.execute(select(table).where(its)).one_or_none()
            if row is None:
                connection.execute(
                    insert(table).values(institution=institution, key=named, digest=digest, begun_at=at)
                )
                return None
            if not hmac.compare_digest(row.digest, digest):
                raise ReusedKeyError
            if row.batch is not None:
                return str(row.batch)
            if row.begun_at > at - _ANSWERED_IN:
                raise InProgressError
            connection.execute(update(table).where(its).values(begun_at=at))
            return None

    def forget(self) -> None:
        """Delete what is older than it is kept.

        Raises:
            ArchiveError: if the database fails.
        """
        over = sent_requests.c.begun_at < self._now() - self._kept
        with self._database.changing() as connection:
            connection.execute(delete(sent_requests).where(over))

    def end(self, institution: str, key: str, *, batch: str | None) -> None:
        """Write down what came of a request; where nothing did, it may be sent again.

        Args:
            institution: who sent it.
            key: what its sender calls it.
            batch: the batch, or none.

        Raises:
            ArchiveError: if the database fails.
        """
        table = sent_requests
        its = (table.c.institution == institution) & (table.c.key == _hash_of(key)) & table.c.batch.is_(None)
        with self._database.changing() as connection:
            connection.execute(
                delete(table).where(its) if batch is None else update(table).where(its).values(batch=batch)
            )


def _hash_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
