"""Lists and statistics: what is derived from awards and events, kept beside them so that nobody has to read everything.

- `listing` has of each credential its state, and its topic, encrypted: what the award is of and its fields of education.
- `statistics` counts events by institution, month of the event (UTC), kind, type and fields; `issued` once for each credential,
  in however many formats. Nothing personal is in it, so it
  stays when a credential is erased.
- `name_secret` is what names are found with (`mikrocert.archive.names`).

None of it proves anything. What a list leads to is proven before it is told, and the check of the archive holds all of it
against the events.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
from sqlalchemy import bindparam, func, insert, literal, select, text, tuple_, update

from mikrocert.archive.credentials import Topic
from mikrocert.archive.encryption import KEY_SIZE, Place, decrypt, encrypt
from mikrocert.archive.tables import (
    WITHOUT_TOPIC,
    Moment,
    artefacts,
    awards,
    events,
    listing,
    name_secret,
    statistics,
)
from mikrocert.errors import DamagedError, UnknownIdentifier
from mikrocert.report import Finding, Registration
from mikrocert.texts import message

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection

    from mikrocert.archive.credentials import Archived
    from mikrocert.archive.events import EventKind

__all__ = [
    "ListedState",
    "Made",
    "Tally",
    "add_to_listing",
    "count",
    "listed",
    "made_since",
    "secret_of",
    "set_state",
    "topic_of",
]


_LONGEST_TYPE: Final = 200
_MOST_FIELDS: Final = 20
_AT_ONCE: Final = 1000


class ListedState(Enum):
    """What credentials are listed by: their status, and whether their content was erased, which comes first."""

    LIVE = "live"
    REVOKED = "revoked"
    REPLACED = "replaced"
    ERASED = "erased"

    @classmethod
    def of(cls, archived: Archived) -> ListedState:
        """Return the state of a credential."""
        return cls.ERASED if archived.erased_at is not None else cls(archived.status.value.value)


@attrs.frozen
class Tally:
    """How often something happened.

    Args:
        institution: name of the institution's offer.
        month: `2026-11`, in UTC.
        kind: what happened (`EventKind`).
        type: title of what was awarded; empty where it isn't known.
        fields: codes of the list `isced-f`; empty where they aren't known.
        count: how often.
    """

    institution: str
    month: str
    kind: str
    type: str
    fields: tuple[str, ...]
    count: int


@attrs.frozen
class Made:
    """How many files were made.

    Args:
        format: name of the format.
        kind: what the files are (`FileKind`).
        renewed: whether they are further editions.
        count: how many.
    """

    format: str
    kind: str
    renewed: bool
    count: int


def made_since(connection: Connection, moment: datetime) -> tuple[Made, ...]:
    """Return how many files were recorded since a moment (aware); events stand nearly in the order in which they happened."""
    first = _first_since(connection, moment)
    renewed = (artefacts.c.edition > 1).label("renewed")
    wanted = (
        select(artefacts.c.format, artefacts.c.kind, renewed, func.count().label("number"))
        .where(artefacts.c.event >= first)
        .group_by(artefacts.c.format, artefacts.c.kind, renewed)
        .order_by(artefacts.c.format, artefacts.c.kind, renewed)
    )
    return tuple(
        Made(row.format, row.kind, bool(row.renewed), row.number) for row in connection.execute(wanted)
    )


def _first_since(connection: Connection, moment: datetime) -> int:
    """Return the number of the first event since a moment, found by halves."""
    at = select(events.c.at).where(events.c.number == bindparam("number"))
    low, high = 1, 1 + (connection.execute(select(func.max(events.c.number))).scalar_one() or 0)
    while low < high:
        middle = (low + high) // 2
        if connection.execute(at, {"number": middle}).scalar_one() < moment:
            low = middle + 1
        else:
            high = middle
    return low


def secret_of(connection: Connection) -> bytes:
    """Return the secret that names are found with.

    Raises:
        DamagedError: if it is gone.
    """
    secret = connection.execute(select(name_secret.c.secret)).scalar_one_or_none()
    if secret is None or len(secret) != KEY_SIZE:
        raise DamagedError(
            Finding.error(
                "name-secret-missing",
                "the secret that names are found with is not there; `mikrocert archive upgrade` makes a new one",
                path="name_secret",
            )
        )
    return cast("bytes", secret)


def make_secret(connection: Connection) -> bool:
    """Make the secret that names are found with, where there is none; return whether there was none."""
    there = connection.execute(select(func.count()).select_from(name_secret)).scalar_one()
    if not there:
        connection.execute(insert(name_secret).values(number=1, secret=os.urandom(KEY_SIZE)))
    return not there


def add_to_listing(
    connection: Connection,
    identifier: str,
    *,
    institution: str,
    issued_at: datetime,
    topic: Topic | None,
    key: bytes,
) -> None:
    """List a new credential, live."""
    connection.execute(
        insert(listing).values(
            identifier=identifier,
            institution=institution,
            issued_at=issued_at,
            state=ListedState.LIVE.value,
            topic=None if topic is None else _encrypted(identifier, topic, key),
        )
    )


def set_state(connection: Connection, archived: Archived) -> None:
    """List a credential under the state that it has now."""
    of_it = listing.c.identifier == archived.registration.identifier
    connection.execute(update(listing).where(of_it).values(state=ListedState.of(archived).value))


def set_topic(connection: Connection, identifier: str, topic: Topic, *, key: bytes) -> None:
    """Note what a listed credential is of."""
    of_it = listing.c.identifier == identifier
    connection.execute(update(listing).where(of_it).values(topic=_encrypted(identifier, topic, key)))


def topic_of(connection: Connection, identifier: str, *, key: bytes) -> Topic | None:
    """Return what a credential is of, or none where that isn't known.

    Raises:
        DamagedError: if it can't be decrypted.
    """
    ciphertext = connection.execute(
        select(listing.c.topic).where(listing.c.identifier == identifier)
    ).scalar_one_or_none()
    if ciphertext is None:
        return None
    title, fields = json.loads(decrypt(ciphertext, key=key, place=_place(identifier)))
    return Topic(title, tuple(fields))


def count(
    connection: Connection,
    kind: EventKind,
    *,
    institution: str,
    at: datetime,
    topic: Topic | None,
    more: int = 1,
) -> None:
    """Count an event.

    Args:
        connection: the transaction in which it happened.
        kind: what happened.
        institution: whose credential it is.
        at: when (aware).
        topic: what the credential is of, or none where that isn't known.
        more: how many more there are.
    """
    members: dict[str, Any] = {
        "institution": institution,
        "month": _month(at),
        "kind": kind.value,
        "type": "" if topic is None else topic.title[:_LONGEST_TYPE],
        "fields": "" if topic is None else " ".join(topic.fields[:_MOST_FIELDS]),
    }
    of_it = [statistics.c[name] == value for name, value in members.items()]
    added = update(statistics).where(*of_it).values(count=statistics.c.count + more)
    if not connection.execute(added).rowcount:
        connection.execute(insert(statistics).values(**members, count=more))


def listed(connection: Connection, identifier: str) -> ListedState | None:
    """Return the state that a credential is listed under, or none."""
    wanted = select(listing.c.state).where(listing.c.identifier == identifier)
    state = connection.execute(wanted).scalar_one_or_none()
    return ListedState(state) if state in {one.value for one in ListedState} else None


def institutions(connection: Connection) -> tuple[str, ...]:
    """Return the names of all institutions that have a credential, in their order; one step in the index for each."""
    found: list[str] = []
    while True:
        wanted = select(awards.c.institution).order_by(awards.c.institution).limit(1)
        if found:
            wanted = wanted.where(awards.c.institution > found[-1])
        following = connection.execute(wanted).scalar_one_or_none()
        if following is None:
            return tuple(found)
        found.append(following)


def registration_of(connection: Connection, identifier: str, *, institution: str | None) -> Registration:
    """Return under what a credential is known; nothing is proven.

    Raises:
        UnknownIdentifier: if there is none, or it is of another institution.
    """
    of_it = select(awards).where(awards.c.identifier == identifier)
    row = connection.execute(of_it).one_or_none()
    if row is None or institution not in {None, row.institution}:
        raise UnknownIdentifier(message("no credential in the archive has this identifier"))
    return Registration(row.identifier, row.institution, row.evidence_number, row.issued_at)


def listed_page(
    *,
    after: Registration | None,
    limit: int,
    institution: str | None,
    state: ListedState | None,
    since: datetime | None,
    until: datetime | None,
) -> Select[str]:
    """Return the statement for the identifiers of one page; its order is that of an index (see `Archive.credentials`)."""
    table = awards if state is None else listing
    wanted = select(table.c.identifier).order_by(table.c.issued_at, table.c.identifier).limit(limit)
    if state is not None:
        wanted = wanted.where(table.c.state == state.value)
    if institution is not None:
        wanted = wanted.where(table.c.institution == institution)
    if since is not None:
        wanted = wanted.where(table.c.issued_at >= since)
    if until is not None:
        wanted = wanted.where(table.c.issued_at < until)
    if after is not None:
        last = tuple_(literal(after.issued_at, Moment), literal(after.identifier))
        wanted = wanted.where(tuple_(table.c.issued_at, table.c.identifier) > last)
    return wanted


def tallies(
    connection: Connection, *, institution: str | None, since: str | None, until: str | None
) -> tuple[Tally, ...]:
    """Return how often what happened (see `Archive.statistics`)."""
    wanted = select(statistics).where(statistics.c.count > 0).order_by(*statistics.primary_key.columns)
    if institution is not None:
        wanted = wanted.where(statistics.c.institution == institution)
    if since is not None:
        wanted = wanted.where(statistics.c.month >= since)
    if until is not None:
        wanted = wanted.where(statistics.c.month <= until)
    return tuple(
        Tally(row.institution, row.month, row.kind, row.type, tuple(row.fields.split()), row[-1])
        for row in connection.execute(wanted)
    )


def miscounted(connection: Connection) -> list[tuple[str, str, str]]:
    """Return institution, month and kind of which there were more or fewer events than are counted; this reads everything."""
    kept: Counter[tuple[str, str, str]] = Counter()
    for row in connection.execute(select(statistics)):
        kept[row.institution, row.month, row.kind] += row[-1]
    happened: Counter[tuple[str, str, str]] = Counter()
    issued = select(awards.c.institution, awards.c.issued_at, literal("issued"))
    later = select(awards.c.institution, events.c.at, events.c.kind).where(
        awards.c.identifier == events.c.identifier, events.c.kind != "issued"
    )
    for wanted in (issued, later):
        for institution, at, kind in connection.execute(wanted.execution_options(yield_per=_AT_ONCE)):
            happened[institution, _month(at), kind] += 1
    return sorted(one for one in kept | happened if kept[one] != happened[one])


def without_topic(connection: Connection, *, after: str, limit: int) -> tuple[str, ...]:
    """Return identifiers of credentials of which nothing says what they are of (see `Archive.without_topic`)."""
    wanted = select(listing.c.identifier).where(text(WITHOUT_TOPIC), listing.c.identifier > after)
    return tuple(connection.execute(wanted.order_by(listing.c.identifier).limit(limit)).scalars())


def _month(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m")


def _encrypted(identifier: str, topic: Topic, key: bytes) -> bytes:
    octets = json.dumps([topic.title, topic.fields], ensure_ascii=False).encode()
    return encrypt(octets, key=key, place=_place(identifier))


def _place(identifier: str) -> Place:
    return Place("listing", (identifier,), "topic")
