"""The outbox: what happened, written down in the transaction in which it happens, and to whom it is told."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
from sqlalchemy import and_, delete, func, insert, literal, select, update

from mikrocert.archive.encryption import Place, decrypt, encrypt, new_key
from mikrocert.award.identifiers import ALPHABET
from mikrocert.errors import WebhookError
from mikrocert.jobs.tables import outbox, webhooks
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy.engine import Connection

    from mikrocert.archive import Archive

__all__ = ["KINDS", "Happening", "Letter", "Outbox", "Webhook"]

KINDS: Final = (
    "batch.ended",
    "credential.issued",
    "credential.replaced",
    "credential.revoked",
    "record.refused",
)
"""Kinds of what an institution is told."""

_MOST: Final = 20


@attrs.frozen
class Happening:
    """What happened, with nothing personal in it.

    Args:
        institution: whose affair it is.
        kind: one of `KINDS`.
        at: when (aware).
        data: identifiers and numbers by which the institution asks for more.
    """

    institution: str
    kind: str
    at: datetime
    data: Mapping[str, object] = attrs.field(hash=False)


@attrs.frozen
class Webhook:
    """An address that is told what happens.

    Args:
        id: twelve characters, the second a hyphen.
        institution: whose it is.
        url: the address.
        kinds: what it is told.
        made_at: since when (aware).
        stopped_at: since when it is told nothing, because it failed for days or is gone (aware); none where it is.
        failures: how often it has failed since it last answered well.
        fault: what was wrong the last time, or none.
    """

    id: str
    institution: str
    url: str
    kinds: tuple[str, ...]
    made_at: datetime
    stopped_at: datetime | None = None
    failures: int = 0
    fault: str | None = None


@attrs.frozen
class Letter:
    """What is to be sent to a webhook.

    Args:
        number: of what happened.
        id: value of `webhook-id`, the same at each attempt.
        kind: one of `KINDS`.
        body: JSON.
    """

    number: int
    id: str
    kind: str
    body: bytes


class Outbox:
    """Webhooks and what they are to be told.

    Args:
        archive: where it is kept.
    """

    def __init__(self, archive: Archive) -> None:
        self.database = archive.database
        self._keys = archive.keys

    def add(self, institution: str, url: str, *, kinds: Iterable[str], at: datetime) -> tuple[Webhook, str]:
        """Add a webhook; return it, and its secret, which nobody is shown again.

        Raises:
            WebhookError: if a kind is unknown or the institution has too many.
        """
        wanted = tuple(sorted(set(kinds) or KINDS))
        unknown = [kind for kind in wanted if kind not in KINDS]
        if unknown:
            raise WebhookError(
                message("there is no {kinds:comma}; there are: {known:comma}", kinds=unknown, known=KINDS)
            )
        if len(self.webhooks(institution)) >= _MOST:
            raise WebhookError(message("an institution has at most {count} webhooks", count=_MOST))
        webhook_id = "w-" + "".join(secrets.choice(ALPHABET) for _ in range(10))
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        key = new_key()
        self._keys.expect({webhook_id: key}, {}, named={})
        with self.database.writing() as connection:
            last = connection.execute(select(outbox.c.number).order_by(outbox.c.number.desc()).limit(1))
            connection.execute(
                insert(webhooks).values(
                    id=webhook_id,
                    institution=institution,
                    url=url,
                    kinds=json.dumps(wanted),
                    secret=encrypt(secret.encode(), key=key, place=_of_secret(webhook_id)),
                    made_at=at,
                    last=last.scalar_one_or_none() or 0,
                    failures=0,
                )
            )
        return Webhook(webhook_id, institution, url, wanted, at), secret

    def remove(self, institution: str, webhook_id: str) -> None:
        """Remove a webhook and its secret.

        Raises:
            WebhookError: if the institution has none of this identifier.
        """
        its = (webhooks.c.id == webhook_id) & (webhooks.c.institution == institution)
        with self.database.changing() as connection:
            if connection.execute(delete(webhooks).where(its)).rowcount != 1:
                raise _unknown(webhook_id)
        self._keys.drop([webhook_id])

    def webhooks(self, institution: str | None) -> tuple[Webhook, ...]:
        """Return the webhooks of an institution, or all."""
        wanted = select(webhooks).order_by(webhooks.c.institution, webhooks.c.made_at)
        if institution is not None:
            wanted = wanted.where(webhooks.c.institution == institution)
        with self.database.reading() as connection:
            return tuple(_webhook(row) for row in connection.execute(wanted))

    def note(self, connection: Connection, *happened: Happening) -> tuple[str, ...]:
        """Write down what happened within a transaction that has its turn, if anybody is told; return the webhooks.

        Args:
            connection: of the transaction, in which units write one after the other: so numbers are in the order of commits.
            happened: what happened, all of it in one institution.
        """
        if not happened:
            return ()
        rows = connection.execute(
            select(webhooks).where(webhooks.c.institution == happened[0].institution)
        ).all()
        if not rows:
            return ()
        connection.execute(
            insert(outbox),
            [
                {
                    "id": f"msg_{secrets.token_hex(12)}",
                    "institution": one.institution,
                    "kind": one.kind,
                    "at": one.at,
                    "body": json.dumps(
                        {
                            "type": one.kind,
                            "timestamp": one.at.isoformat(timespec="seconds"),
                            "data": dict(one.data),
                        }
                    ),
                }
                for one in happened
            ],
        )
        return tuple(row.id for row in rows if row.stopped_at is None)

    def next_letter(self, webhook_id: str) -> tuple[Webhook, str, Letter] | None:
        """Return what a webhook is to be told next, with its secret; none where there is nothing, or it was stopped or removed."""
        with self.database.reading() as connection:
            row = connection.execute(select(webhooks).where(webhooks.c.id == webhook_id)).one_or_none()
            if row is None or row.stopped_at is not None:
                return None
            webhook = _webhook(row)
            wanted = select(outbox).where(
                outbox.c.institution == webhook.institution,
                outbox.c.number > row.last,
                outbox.c.kind.in_(webhook.kinds),
            )
            letter = connection.execute(wanted.order_by(outbox.c.number).limit(1)).one_or_none()
        stored = self._keys.find([webhook_id]).get(webhook_id)
        if letter is None or stored is None or stored.key is None:
            return None
        secret = decrypt(row.secret, key=stored.key, place=_of_secret(webhook_id)).decode()
        return webhook, secret, Letter(letter.number, letter.id, letter.kind, letter.body.encode())

    def due(self) -> dict[str, int]:
        """Return how much webhooks are yet to be told, by kind; those that were stopped are told nothing."""
        wanted = webhooks.c.kinds.like(literal('%"') + outbox.c.kind + literal('"%'))  # in JSON
        later = and_(
            outbox.c.institution == webhooks.c.institution, outbox.c.number > webhooks.c.last, wanted
        )
        counted = (
            select(outbox.c.kind, func.count())
            .select_from(webhooks.join(outbox, later))
            .where(webhooks.c.stopped_at.is_(None))
            .group_by(outbox.c.kind)
        )
        with self.database.reading() as connection:
            return {row.kind: row[1] for row in connection.execute(counted)}

    def delivered(self, webhook_id: str, letter: Letter) -> None:
        """Note that a webhook was told."""
        its = update(webhooks).where(webhooks.c.id == webhook_id, webhooks.c.last < letter.number)
        with self.database.changing() as connection:
            connection.execute(its.values(last=letter.number, failures=0, fault=None))

    def failed(self, webhook_id: str, *, fault: str, stopped_at: datetime | None) -> None:
        """Note that a webhook could not be told, and whether it is told nothing more."""
        its = update(webhooks).where(webhooks.c.id == webhook_id)
        with self.database.changing() as connection:
            connection.execute(
                its.values(failures=webhooks.c.failures + 1, fault=fault[:200], stopped_at=stopped_at)
            )

    def replay(self, institution: str, webhook_id: str, *, since: datetime | None) -> int:
        """Send a webhook again what it was told; return how much.

        Args:
            institution: whose it is.
            webhook_id: the webhook's identifier.
            since: all that has happened since (aware); none means what it wasn't told yet, for one that was stopped.

        Raises:
            WebhookError: if the institution has none of this identifier.
        """
        its = (webhooks.c.id == webhook_id) & (webhooks.c.institution == institution)
        with self.database.writing() as connection:
            row = connection.execute(select(webhooks).where(its)).one_or_none()
            if row is None:
                raise _unknown(webhook_id)
            last = row.last
            wanted = select(outbox.c.number).where(
                outbox.c.institution == institution, outbox.c.kind.in_(json.loads(row.kinds))
            )
            if since is not None:
                first = connection.execute(
                    wanted.where(outbox.c.at >= since).order_by(outbox.c.number).limit(1)
                ).scalar_one_or_none()
                last = last if first is None else min(last, first - 1)
            connection.execute(
                update(webhooks).where(its).values(last=last, failures=0, fault=None, stopped_at=None)
            )
            return len(connection.execute(wanted.where(outbox.c.number > last)).all())

    def about(self, institution: str, identifiers: Collection[str]) -> tuple[Letter, ...]:
        """Return what there is to tell an institution's webhooks about credentials, the oldest first.

        Args:
            institution: whose webhooks.
            identifiers: of the credentials.
        """
        wanted = select(outbox).where(outbox.c.institution == institution).order_by(outbox.c.number)
        with self.database.reading() as connection:
            letters = [
                Letter(row.number, row.id, row.kind, row.body.encode()) for row in connection.execute(wanted)
            ]
        return tuple(
            letter for letter in letters if json.loads(letter.body)["data"].get("identifier") in identifiers
        )

    def forget(self, before: datetime) -> None:
        """Delete what happened before a moment (aware)."""
        with self.database.changing() as connection:
            connection.execute(delete(outbox).where(outbox.c.at < before))


def next_pause(failures: int) -> timedelta | None:
    """Return how long to wait after so many failures, as Standard Webhooks advises; none where it is enough."""
    return timedelta(seconds=_PAUSES[failures - 1]) if failures <= len(_PAUSES) else None


_PAUSES: Final = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""Seconds after each failure: three days altogether."""


def _unknown(webhook_id: str) -> WebhookError:
    return WebhookError(message("there is no webhook {id}", id=webhook_id))


def _of_secret(webhook_id: str) -> Place:
    return Place("webhooks", (webhook_id,), "secret")


def _webhook(row: Any) -> Webhook:  # noqa: ANN401 - a row of `webhooks`
    kinds = cast("list[str]", json.loads(row.kinds))
    return Webhook(
        row.id, row.institution, row.url, tuple(kinds), row.made_at, row.stopped_at, row.failures, row.fault
    )
