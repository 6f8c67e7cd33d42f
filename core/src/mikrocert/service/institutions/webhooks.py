"""Webhooks: institutions are told what happened, by jobs, as Standard Webhooks says.

What happens is written down in its own transaction. One job for each webhook tells it one thing after the other; one that hangs or fails
costs a worker some seconds now and then, and nobody else anything.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from mikrocert.archive import EventKind
from mikrocert.errors import WebhookError
from mikrocert.jobs.outbox import Happening, Outbox, next_pause
from mikrocert.jobs.queue import Job
from mikrocert.jobs.sending import Sender, check_address, signature
from mikrocert.jobs.worker import Task

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from mikrocert.archive import Archive, Happened
    from mikrocert.jobs.batches import Batch, BatchResult
    from mikrocert.jobs.outbox import Letter, Webhook
    from mikrocert.jobs.queue import Queue

__all__ = ["Webhooks"]

_TELL: Final = "tell"
_AT_ONCE: Final = 20
_SECONDS: Final = 30.0
_GONE: Final = 410
_GOOD: Final = range(200, 300)
_KINDS: Final = {
    EventKind.ISSUED: "credential.issued",
    EventKind.REPLACED: "credential.replaced",
    EventKind.REVOKED: "credential.revoked",
}


class Webhooks:
    """What institutions are told; safe to use from several threads.

    Args:
        archive: where it is kept.
        queue: where jobs are.
        sender: sends.
    """

    def __init__(self, archive: Archive, *, queue: Queue, sender: Sender) -> None:
        self._outbox = Outbox(archive)
        self._queue = queue
        self._sender = sender

    @property
    def tasks(self) -> Mapping[str, Task]:
        """What jobs of webhooks do, by the names of their tasks."""
        return {_TELL: Task(self._tell)}

    def add(self, institution: str, url: str, *, kinds: Iterable[str] = ()) -> tuple[Webhook, str]:
        """Add a webhook; return it, and its secret, which nobody is shown again.

        Args:
            institution: whose it is.
            url: the address: `https`, and in a sandbox `http`, too.
            kinds: what it is told; nothing means all.

        Raises:
            WebhookError: if the address is none, a kind is unknown or the institution has too many.
            ArchiveError: if a database fails.
        """
        check_address(url, plain=self._sender.plain)
        return self._outbox.add(institution, url, kinds=kinds, at=self._queue.now())

    def remove(self, institution: str, webhook_id: str) -> None:
        """Remove a webhook and its secret.

        Raises:
            WebhookError: if the institution has none of this identifier.
        """
        self._outbox.remove(institution, webhook_id)

    def all_of(self, institution: str | None) -> tuple[Webhook, ...]:
        """Return the webhooks of an institution; none means those of all, for the operator."""
        return self._outbox.webhooks(institution)

    def due(self) -> dict[str, int]:
        """Return how much webhooks are yet to be told, by kind (see `Outbox.due`)."""
        return self._outbox.due()

    def replay(self, institution: str, webhook_id: str, *, since: datetime | None = None) -> int:
        """Tell a webhook again what has happened since a moment, or go on where it was stopped; return how much it is.

        Args:
            institution: whose it is.
            webhook_id: the webhook's identifier.
            since: the moment (aware); none means what it wasn't told yet.

        Raises:
            WebhookError: if the institution has none of this identifier.
        """
        count = self._outbox.replay(institution, webhook_id, since=since)
        with self._outbox.database.changing() as connection:
            self._queue.withdraw(connection, prefix=f"{_TELL}/{webhook_id}")  # one that waits for its pause
            self._enqueue(connection, [webhook_id])
        return count

    def happened(self, connection: Connection, event: Happened) -> None:
        """Write down within a unit what happened to a credential."""
        kind = _KINDS.get(event.kind)
        if kind is not None:
            data = {"identifier": event.identifier, "successor": event.successor}
            self._note(connection, Happening(event.institution, kind, event.at, data))

    def worked_through(self, connection: Connection, batch: Batch, found: Iterable[BatchResult]) -> None:
        """Write down within a transaction that has its turn what was refused, and that a batch has ended."""
        at = self._queue.now()
        happened = [
            Happening(
                batch.institution,
                "record.refused",
                at,
                {"batch": batch.id, "number": one.number, "codes": [fault["code"] for fault in one.findings]},
            )
            for one in found
            if one.refused and not batch.options.dry_run
        ]
        if batch.ended:
            data = {
                "batch": batch.id,
                "state": batch.state.value,
                "issued": batch.issued,
                "refused": batch.refused,
            }
            happened.append(Happening(batch.institution, "batch.ended", at, data))
        self._note(connection, *happened)

    def about(self, institution: str, identifiers: Collection[str]) -> tuple[Letter, ...]:
        """Return what there is to tell about credentials (see `Outbox.about`)."""
        return self._outbox.about(institution, identifiers)

    def forget(self, before: datetime) -> None:
        """Delete what happened before a moment (aware)."""
        self._outbox.forget(before)

    def _note(self, connection: Connection, *happened: Happening) -> None:
        self._enqueue(connection, self._outbox.note(connection, *happened))

    def _enqueue(
        self, connection: Connection, webhook_ids: Iterable[str], *, at: datetime | None = None
    ) -> None:
        self._queue.enqueue(
            connection,
            *(
                Job(_TELL, {"webhook": one}, key=f"{_TELL}/{one}", at=at, precedence=-1)
                for one in webhook_ids
            ),
        )

    def _tell(self, webhook: str, attempt: int) -> None:  # noqa: ARG002 - as jobs are called
        """Tell a webhook some of what it hasn't been told, one after the other, and have a job go on with the rest."""
        end = time.monotonic() + _SECONDS
        for _ in range(_AT_ONCE):
            found = self._outbox.next_letter(webhook)
            if found is None:
                return
            target, secret, letter = found
            timestamp = int(self._queue.now().timestamp())
            headers = {
                "Content-Type": "application/json",
                "User-Agent": "mikrocert",
                "webhook-id": letter.id,
                "webhook-timestamp": str(timestamp),
                "webhook-signature": signature(secret, id=letter.id, timestamp=timestamp, body=letter.body),
            }
            try:
                status = self._sender.send(target.url, letter.body, headers=headers)
                fault = None if status in _GOOD else f"HTTP {status}"
            except WebhookError as error:
                status, fault = 0, str(error)
            if fault is not None:
                self._pause(target, fault, gone=status == _GONE)
                return
            self._outbox.delivered(webhook, letter)
            if time.monotonic() > end:
                break
        with self._outbox.database.changing() as connection:
            self._enqueue(connection, [webhook])

    def _pause(self, target: Webhook, fault: str, *, gone: bool) -> None:
        pause = None if gone else next_pause(target.failures + 1)
        now = self._queue.now()
        self._outbox.failed(target.id, fault=fault, stopped_at=now if pause is None else None)
        if pause is not None:
            with self._outbox.database.changing() as connection:
                self._enqueue(connection, [target.id], at=now + pause)
