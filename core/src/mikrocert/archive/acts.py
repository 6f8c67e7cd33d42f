"""Acts: what people and keys did to the archive and its accounts, who, when and why; one chain of hashes.

The hash of an act is the SHA-256 (hex) of a JSON array in UTF-8, without spaces, other characters than ASCII as they are:

    ["mikrocert act 1", number, at, actor, deed, subject, why, details, previous]

`at` is the moment in UTC with microseconds, `details` is the text of a JSON object, `previous` is the hash of the act before, 64
zeros for the first one. So whoever changes one has to write all later ones anew.

An act names who did it, and no learner: why a credential was revoked is in its event, encrypted.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, cast

import attrs
from sqlalchemy import insert, select

from mikrocert.archive.events import GENESIS, moment
from mikrocert.archive.tables import acts
from mikrocert.errors import ArchiveError
from mikrocert.texts import message, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from mikrocert.texts import Message

__all__ = ["LONGEST_NAME", "Act", "act_hash", "add_act", "checked_text", "read_acts", "rows_of_acts"]

LONGEST_NAME = 100
"""How many characters the name of who acts, and a note, may have."""

_LONGEST_REASON = 1000
_PURPOSE = "mikrocert act 1"


@attrs.frozen
class Act:
    """Something administrative that somebody did.

    Args:
        number: position among all acts, from 1.
        at: when (aware).
        actor: who: the name of a person, or `key` and the identifier of a key.
        deed: what, in the words of the command that does it: `institution suspend`, `key make`, `revoke`.
        subject: to what: the name of an institution, the identifier of a key or of a credential.
        why: the reason, or none.
        details: what else belongs to it, such as the hash of a document; nothing of a learner.
    """

    number: int
    at: datetime
    actor: str
    deed: str
    subject: str
    why: str | None = None
    details: Mapping[str, Any] = attrs.field(factory=dict[str, Any], hash=False)


def add_act(
    connection: Connection,
    *,
    at: datetime,
    actor: str,
    deed: str,
    subject: str,
    why: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write an act into the transaction in which it is done (see `Act` for the arguments).

    Raises:
        ArchiveError: if the actor's name or the reason is empty, too long or not printable.
    """
    last = select(acts.c.number, acts.c.hash).order_by(acts.c.number.desc()).limit(1)
    row = connection.execute(last).one_or_none()
    number, previous = (0, GENESIS) if row is None else (row.number, row.hash)
    new = {
        "number": number + 1,
        "at": at,
        "actor": checked_text(actor, what=message("the name of who acts")),
        "deed": deed,
        "subject": subject,
        "why": None
        if why is None
        else checked_text(why, what=message("the reason"), longest=_LONGEST_REASON),
        "details": json.dumps(details or {}, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        "previous": previous,
    }
    connection.execute(insert(acts).values(**new, hash=_hash(new)))


def act_hash(row: Any) -> str:  # noqa: ANN401 - a row, or an object with the same attributes
    """Return the hash of an act."""
    names = ("number", "at", "actor", "deed", "subject", "why", "details", "previous")
    return _hash({name: getattr(row, name) for name in names})


def _hash(act: Mapping[str, Any]) -> str:
    members = [
        _PURPOSE,
        act["number"],
        moment(act["at"]),
        act["actor"],
        act["deed"],
        act["subject"],
        act["why"],
        act["details"],
        act["previous"],
    ]
    return hashlib.sha256(json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def rows_of_acts(connection: Connection, *, after: int, limit: int) -> list[Row[Any]]:
    """Return the rows of acts after the one with this number, in the order of their numbers."""
    wanted = select(acts).where(acts.c.number > after).order_by(acts.c.number).limit(limit)
    return list(connection.execute(wanted).all())


def read_acts(
    connection: Connection,
    *,
    after: int = 0,
    limit: int | None = None,
    since: datetime | None = None,
    deed: str | None = None,
    subject: str | None = None,
) -> Iterator[Act]:
    """Give acts in the order in which they were done.

    Args:
        connection: a transaction that reads.
        after: number of the act after which they are wanted.
        limit: how many at most; none means all.
        since: the earliest moment (aware), or none.
        deed: only this deed, or none.
        subject: only of this subject, or none.
    """
    wanted = select(acts).where(acts.c.number > after).order_by(acts.c.number).limit(limit)
    for column, value in {"deed": deed, "subject": subject}.items():
        if value is not None:
            wanted = wanted.where(acts.c[column] == value)
    if since is not None:
        wanted = wanted.where(acts.c.at >= since)
    for row in connection.execute(wanted):
        yield Act(row.number, row.at, row.actor, row.deed, row.subject, row.why, _details(row))


def _details(row: Row[Any]) -> dict[str, Any]:
    try:
        details: object = json.loads(row.details)
    except (ValueError, RecursionError):
        details = None
    if not isinstance(details, dict):
        raise ArchiveError(
            message("acts[{number}] is damaged; `mikrocert archive check` tells more", number=row.number)
        )
    return cast("dict[str, Any]", details)


def checked_text(text: str, *, what: Message, longest: int = LONGEST_NAME) -> str:
    """Return a text that somebody gave for an account or an act, without blanks around it.

    Args:
        text: as it was given.
        what: what it is, for the error.
        longest: how many characters it may have.

    Raises:
        ArchiveError: if it is empty, too long or not printable.
    """
    trimmed = text.strip()
    if not trimmed or len(trimmed) > longest or printable(trimmed) != trimmed or "\n" in trimmed:
        raise ArchiveError(
            message(
                "{what} has to be a line of 1 to {longest} characters that can be seen",
                what=what,
                longest=longest,
            )
        )
    return trimmed
