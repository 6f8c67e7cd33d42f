"""What a holder decides about a credential: who sees it, how much of it and until when.

The secret of a holder's link and the token of a share are random, or made of what is, so a plain hash of them is all that is kept; whoever
reads the archive can open nothing by it. Holders' links are only added. Shares, their openings and the access of the permanent link
change; nothing of them is part of the chain of events, because a log for everybody is no place for what a holder does.

Erasing a credential deletes notes and openings; what else there is, opens nothing then.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update

from mikrocert.archive.encryption import Place, decrypt, encrypt
from mikrocert.archive.tables import awards, holder_links, link_access, openings, shares
from mikrocert.errors import DamagedError, ErasedError, ShareRefused, UnknownIdentifier
from mikrocert.report import Access, EndReason, Finding, ShareEnd, ShareScope
from mikrocert.texts import message
from mikrocert.texts.dates import local_time

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy.engine import Connection, Row

    from mikrocert.archive.database import Database
    from mikrocert.archive.keys import KeyStore, StoredKey

__all__ = [
    "MOST_SHARES",
    "HolderLink",
    "NewShare",
    "Share",
    "ShareStore",
    "access_kept",
    "add_holder_link",
    "copy_access",
    "damaged_sharing",
    "forget_openings",
    "has_sharing",
    "put_sharing",
    "sharing_in",
]

MOST_SHARES: Final = 10_000
"""Shares of one credential, ended ones included."""

_SINCE: Final = "0009"
_AT_ONCE: Final = 200
_LOCK: Final = 0x6D696B73
_ACCESS: Final = select(link_access.c.access).where(link_access.c.identifier == bindparam("identifier"))


@attrs.frozen
class HolderLink:
    """A holder's link, of which the archive knows no more than this.

    Args:
        identifier: of the credential.
        number: the first one of a credential is 1.
        made_at: when it was made (aware).
        end: that it was replaced, or none.
    """

    identifier: str
    number: int
    made_at: datetime
    end: ShareEnd | None


@attrs.frozen
class NewShare:
    """A share that is to be made.

    Args:
        scope: what it shows.
        until: the moment (aware) from which on it opens nothing; none means until it is withdrawn.
        most: how often it can be opened; none means without end.
        note: for whom, in the holder's own words, or none.
    """

    scope: ShareScope
    until: datetime | None = None
    most: int | None = None
    note: str | None = attrs.field(default=None, repr=False)


@attrs.frozen
class Share:
    """A share as the archive has it.

    Args:
        identifier: of the credential.
        number: the first one of a credential is 1.
        scope: what it shows.
        until: the moment (aware) from which on it opens nothing; none means until it is withdrawn.
        most: how often it can be opened; none means without end.
        note: for whom, or none.
        made_at: when it was made (aware).
        link: number of the holder's link of which its token is made; none where its token was drawn at random.
        withdrawn_at: when it was withdrawn (aware), or none.
        opened: how often it was opened.
        openings: day → how often it was opened then.
    """

    identifier: str
    number: int
    scope: ShareScope
    until: datetime | None
    most: int | None
    note: str | None = attrs.field(repr=False)
    made_at: datetime
    link: int | None
    withdrawn_at: datetime | None
    opened: int
    openings: Mapping[str, int] = attrs.field(factory=dict[str, int], hash=False)

    def end(self, at: datetime) -> ShareEnd | None:
        """Return how and when it ended by a moment (aware); none while it opens. At the very moment of its end it has ended."""
        if self.withdrawn_at is not None:
            return ShareEnd(EndReason.WITHDRAWN, local_time(self.withdrawn_at).date())
        if self.until is not None and at >= self.until:
            return ShareEnd(EndReason.EXPIRED, local_time(self.until).date())
        if self.most is not None and self.opened >= self.most:
            last = max(self.openings, default=None)
            return ShareEnd(EndReason.USED_UP, datetime.fromisoformat(last).date() if last else None)
        return None


class ShareStore:
    """Holders' links and shares; every call is a transaction of its own.

    Making and changing shares waits for nobody who records, and a right to write `shares`, `openings` and `link_access` is enough.

    Args:
        database: the archive's.
        keys: where the keys of credentials are.
    """

    def __init__(self, database: Database, *, keys: KeyStore) -> None:
        self._database = database
        self._keys = keys
        self._was_there = False

    def link_of(self, secret: bytes) -> HolderLink | None:
        """Return the holder's link with a secret, by its hash; none where there never was one."""
        with self._database.reading() as connection:
            if not self._is_there(connection):
                return None
            row = connection.execute(select(holder_links).where(holder_links.c.hash == secret)).one_or_none()
            if row is None:
                return None
            newer = select(func.min(holder_links.c.made_at).label("at")).where(
                holder_links.c.identifier == row.identifier, holder_links.c.number > row.number
            )
            replaced_at = connection.execute(newer).scalar_one()
        end = None
        if replaced_at is not None:
            end = ShareEnd(EndReason.REPLACED, local_time(replaced_at).date())
        return HolderLink(row.identifier, row.number, row.made_at, end)

    def access(self, identifier: str) -> Access | None:
        """Return what the permanent link of a credential shows; none where nobody decided.

        Raises:
            DamagedError: if it is no access that there is.
        """
        if not self._was_there:
            with self._database.reading() as connection:
                if not self._is_there(connection):
                    return None
        with self._database.looking() as connection:  # asked with each page
            return _access_in(connection, identifier)

    def set_access(self, identifier: str, access: Access, *, at: datetime) -> None:
        """Decide what the permanent link of a credential shows from now on."""
        with self._changing(identifier) as connection:
            _set_access(connection, identifier, access, at=at)

    def make(
        self, identifier: str, new: NewShare, *, token: Callable[[int], bytes], link: int | None, at: datetime
    ) -> Share:
        """Make a share.

        Args:
            identifier: of the credential.
            new: what is to be made.
            token: returns the hash of the token of the share with a number.
            link: number of the holder's link that the token is made of, or none.
            at: when (aware).

        Raises:
            UnknownIdentifier: if there is no such credential.
            ShareRefused: if there are as many as there can be.
            ErasedError: if the content of the credential was erased.
            ArchiveError: if a database fails.
        """
        key = self._key(identifier)
        with self._changing(identifier) as connection:
            number = _newest(connection, identifier) + 1
            if number > MOST_SHARES:
                raise ShareRefused(
                    [
                        Finding.error(
                            "too-many",
                            "a credential can have {most} shares, ended ones included",
                            most=MOST_SHARES,
                        )
                    ]
                )
            note = None if new.note is None else _encrypted(new.note, identifier, number, key=key)
            row: dict[str, Any] = {
                "identifier": identifier,
                "number": number,
                "hash": token(number),
                "link": link,
                "scope": new.scope.value,
                "until": new.until,
                "most": new.most,
                "note": note,
                "made_at": at,
                "withdrawn_at": None,
                "opened": 0,
            }
            connection.execute(insert(shares).values(row))
        return self._found(identifier, number)

    def withdraw(self, identifier: str, number: int, *, at: datetime) -> Share:
        """Withdraw a share; withdrawing it again changes nothing.

        Raises:
            UnknownIdentifier: if there is none.
        """
        its = and_(*_of(identifier, number), shares.c.withdrawn_at.is_(None))
        with self._changing(identifier) as connection:
            connection.execute(update(shares).where(its).values(withdrawn_at=at))
        return self._found(identifier, number)

    def open(self, identifier: str, number: int, *, at: datetime) -> bool:
        """Count that a share is opened; return false, and count nothing, where it has ended.

        Whoever opens it at the same time doesn't open it more often than it can be.
        """
        opens = and_(
            *_of(identifier, number),
            shares.c.withdrawn_at.is_(None),
            or_(shares.c.until.is_(None), shares.c.until > at),
            or_(shares.c.most.is_(None), shares.c.opened < shares.c.most),
        )
        day = local_time(at).date().isoformat()
        on_it = and_(openings.c.identifier == identifier, openings.c.share == number, openings.c.day == day)
        with self._changing(identifier) as connection:
            if not connection.execute(
                update(shares).where(opens).values(opened=shares.c.opened + 1)
            ).rowcount:
                return False
            more = update(openings).where(on_it).values(count=openings.c.count + 1)
            if not connection.execute(more).rowcount:
                connection.execute(
                    insert(openings).values(identifier=identifier, share=number, day=day, count=1)
                )
        return True

    def share_of(self, token: bytes) -> Share | None:
        """Return the share with a token, by its hash; none where there never was one."""
        with self._database.reading() as connection:
            if not self._is_there(connection):
                return None
            row = connection.execute(select(shares).where(shares.c.hash == token)).one_or_none()
        return None if row is None else self._found(row.identifier, row.number)

    def find(self, identifier: str, number: int) -> Share | None:
        """Return a share by its number, or none."""
        return next(iter(self.page(identifier, before=number + 1, limit=1, only=number)), None)

    def page(
        self, identifier: str, *, before: int | None = None, limit: int, only: int | None = None
    ) -> tuple[Share, ...]:
        """Return shares of a credential, the newest first.

        Args:
            identifier: of the credential.
            before: number of the last one of the page before; none for the first page.
            limit: how many at most.
            only: number of the only one that is wanted, or none.

        Raises:
            DamagedError: if one of them was changed by hand.
        """
        with self._database.reading() as connection:
            if not self._is_there(connection):
                return ()
            wanted = select(shares).where(shares.c.identifier == identifier)
            if before is not None:
                wanted = wanted.where(shares.c.number < before)
            if only is not None:
                wanted = wanted.where(shares.c.number == only)
            rows = connection.execute(wanted.order_by(shares.c.number.desc()).limit(limit)).all()
            counted = _openings_of(connection, rows)
        stored = self._keys.find([identifier]).get(identifier)
        key = None if stored is None else stored.key
        return tuple(_share(row, counted[row.number], key=key) for row in rows)

    def count(self, identifier: str) -> int:
        """Return how many shares of a credential there are, ended ones included."""
        with self._database.reading() as connection:
            return _newest(connection, identifier) if self._is_there(connection) else 0

    def everything(self, identifier: str) -> dict[str, Any]:
        """Return all that is kept of what a holder decided, as a bag has it."""
        stored = self._keys.find([identifier]).get(identifier)
        with self._database.reading() as connection:
            if not self._is_there(connection):
                return {"links": [], "access": None, "shares": []}
            return sharing_in(connection, identifier, key=None if stored is None else stored.key)

    def _found(self, identifier: str, number: int) -> Share:
        share = self.find(identifier, number)
        if share is None:
            raise UnknownIdentifier(message("there is no such share"))
        return share

    def _key(self, identifier: str) -> bytes:
        stored = self._keys.find([identifier]).get(identifier)
        if stored is None:
            raise _unknown()
        if stored.key is None:
            raise ErasedError(identifier)
        return stored.key

    def _is_there(self, connection: Connection) -> bool:
        """Return whether the archive has these tables: readers get on with one that hasn't, in which nobody decided anything."""
        self._was_there = self._was_there or has_sharing(self._database, connection)
        return self._was_there

    @contextmanager
    def _changing(self, identifier: str) -> Generator[Connection]:
        """Open a transaction that changes what a holder decides of one credential; two of them wait for each other."""
        with self._database.changing() as connection:
            if not self._is_there(connection):
                raise self._database.of_other_version(self._database.version(connection) or "")
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK, func.hashtext(identifier))))
            there = select(func.count()).select_from(awards).where(awards.c.identifier == identifier)
            if not connection.execute(there).scalar_one():
                raise _unknown()
            yield connection


def has_sharing(database: Database, connection: Connection) -> bool:
    """Return whether an archive has these tables; in one that hasn't, which readers get on with, nobody decided anything."""
    return (database.version(connection) or "") >= _SINCE


def add_holder_link(
    connection: Connection, identifier: str, *, secret: bytes, at: datetime, first: bool = False
) -> bool:
    """Add a holder's link, so that those before it open nothing any more.

    Args:
        connection: a transaction that writes, in its turn.
        identifier: of the credential.
        secret: hash of its secret.
        at: when (aware).
        first: whether it is added only where there is none yet.

    Returns:
        Whether it was added.
    """
    newest = select(func.max(holder_links.c.number)).where(holder_links.c.identifier == identifier)
    number = connection.execute(newest).scalar_one() or 0
    if number and first:
        return False
    connection.execute(
        insert(holder_links).values(identifier=identifier, number=number + 1, hash=secret, made_at=at)
    )
    return True


def copy_access(connection: Connection, identifier: str, *, successor: str, at: datetime) -> None:
    """Let the permanent link of what replaces a credential show no more than that of the one before, where its holder decided."""
    access = _access_in(connection, identifier)
    if access is not None:
        _set_access(connection, successor, access, at=at)


def forget_openings(connection: Connection, identifier: str) -> None:
    """Delete what is personal of the shares of a credential that is erased: notes, and when they were opened."""
    connection.execute(delete(openings).where(openings.c.identifier == identifier))
    connection.execute(update(shares).where(shares.c.identifier == identifier).values(note=None))


def sharing_in(connection: Connection, identifier: str, *, key: bytes | None) -> dict[str, Any]:
    """Return all that a holder decided of a credential, as a bag has it; the note in words."""
    of_it = {"identifier": identifier}
    links = select(holder_links).filter_by(**of_it).order_by(holder_links.c.number)
    access = connection.execute(select(link_access).filter_by(**of_it)).one_or_none()
    rows = connection.execute(select(shares).filter_by(**of_it).order_by(shares.c.number)).all()
    counted = _openings_of(connection, rows)
    return {
        "links": [
            {"number": row.number, "sha256": row.hash.hex(), "made_at": row.made_at.isoformat()}
            for row in connection.execute(links)
        ],
        "access": None
        if access is None
        else {"access": access.access, "changed_at": access.changed_at.isoformat()},
        "shares": [
            {
                "number": row.number,
                "sha256": row.hash.hex(),
                "link": row.link,
                "scope": row.scope,
                "until": _iso(row.until),
                "most": row.most,
                "note": _note(row, key),
                "made_at": row.made_at.isoformat(),
                "withdrawn_at": _iso(row.withdrawn_at),
                "opened": row.opened,
                "openings": counted[row.number],
            }
            for row in rows
        ],
    }


def put_sharing(
    connection: Connection, identifier: str, members: Mapping[str, Any], *, key: bytes | None
) -> None:
    """Put back what `sharing_in` returned.

    Raises:
        KeyError, TypeError, ValueError: if it is something else.
    """
    of_it = {"identifier": identifier}
    for link in members["links"]:
        row = {"number": int(link["number"]), "hash": bytes.fromhex(link["sha256"])}
        connection.execute(insert(holder_links).values(**of_it, **row, made_at=_moment(link["made_at"])))
    if members["access"] is not None:
        access, at = Access(members["access"]["access"]), _moment(members["access"]["changed_at"])
        connection.execute(insert(link_access).values(**of_it, access=access.value, changed_at=at))
    for share in members["shares"]:
        number, note = int(share["number"]), share["note"]
        values = {
            "number": number,
            "hash": bytes.fromhex(share["sha256"]),
            "link": share["link"],
            "scope": ShareScope(share["scope"]).value,
            "until": _moment(share["until"]),
            "most": share["most"],
            "note": None if note is None or key is None else _encrypted(note, identifier, number, key=key),
            "made_at": _moment(share["made_at"]),
            "withdrawn_at": _moment(share["withdrawn_at"]),
            "opened": int(share["opened"]),
        }
        connection.execute(insert(shares).values(**of_it, **values))
        for day, count in share["openings"].items():
            connection.execute(insert(openings).values(**of_it, share=number, day=str(day), count=int(count)))


def damaged_sharing(
    connection: Connection, identifiers: Sequence[str], *, stored: Mapping[str, StoredKey]
) -> Iterator[Finding]:
    """Yield what is not as holders left it, as far as can be told: nothing proves what they decided.

    Args:
        connection: a transaction that sees one state.
        identifiers: of the credentials that are looked at.
        stored: their keys.
    """
    of_them = select(link_access).where(link_access.c.identifier.in_(identifiers))
    for row in connection.execute(of_them):
        if row.access not in {one.value for one in Access}:
            yield _changed(f"link_access[{row.identifier}]")
    links = defaultdict[str, set[int]](set)
    wanted = select(holder_links).where(holder_links.c.identifier.in_(identifiers))
    for row in connection.execute(wanted):
        links[row.identifier].add(row.number)
    for identifier, numbers in links.items():
        if numbers != set(range(1, len(numbers) + 1)):
            yield Finding.error(
                "holder-link-missing",
                "one before the last is not there any more",
                path=f"holder_links[{identifier}]",
            )
    made = select(shares).where(shares.c.identifier.in_(identifiers))
    rows = connection.execute(made.order_by(shares.c.identifier, shares.c.number)).all()
    for row in rows:
        key = stored.get(row.identifier)
        try:
            share = _share(row, {}, key=None if key is None else key.key)
        except DamagedError as error:
            yield error.finding
            continue
        counted = select(func.coalesce(func.sum(openings.c.count), 0)).where(
            openings.c.identifier == row.identifier, openings.c.share == row.number
        )
        erased = key is not None and key.key is None
        if (not erased and connection.execute(counted).scalar_one() != share.opened) or (
            row.link is not None and row.link not in links[row.identifier]
        ):
            yield _changed(_place(row).row)


def _of(identifier: str, number: int) -> tuple[Any, Any]:
    return shares.c.identifier == identifier, shares.c.number == number


def _newest(connection: Connection, identifier: str) -> int:
    newest = select(func.max(shares.c.number)).where(shares.c.identifier == identifier)
    return connection.execute(newest).scalar_one() or 0


def _access_in(connection: Connection, identifier: str) -> Access | None:
    kept = connection.execute(_ACCESS, {"identifier": identifier}).scalar_one_or_none()
    return access_kept(kept, identifier)


def access_kept(kept: str | None, identifier: str) -> Access | None:
    """Return what the permanent link of a credential shows, as it is kept; none where nobody decided.

    Raises:
        DamagedError: if it is no access that there is.
    """
    if kept is None:
        return None
    try:
        return Access(kept)
    except ValueError as error:
        raise DamagedError(_changed(f"link_access[{identifier}]")) from error


def _set_access(connection: Connection, identifier: str, access: Access, *, at: datetime) -> None:
    values = {"access": access.value, "changed_at": at}
    its = update(link_access).where(link_access.c.identifier == identifier).values(values)
    if not connection.execute(its).rowcount:
        connection.execute(insert(link_access).values(identifier=identifier, **values))


def _openings_of(connection: Connection, rows: Iterable[Row[Any]]) -> defaultdict[int, dict[str, int]]:
    """Return by number of a share how often it was opened on which day, the first day first; all are of one credential."""
    found = defaultdict[int, dict[str, int]](dict)
    numbers = [row.number for row in rows]
    identifiers = {row.identifier for row in rows}
    for start in range(0, len(numbers), _AT_ONCE):
        of_them = select(openings).where(
            openings.c.identifier.in_(identifiers), openings.c.share.in_(numbers[start : start + _AT_ONCE])
        )
        for opening in connection.execute(of_them.order_by(openings.c.day)).mappings():
            found[opening["share"]][opening["day"]] = opening["count"]
    return found


def _share(row: Row[Any], counted: Mapping[str, int], *, key: bytes | None) -> Share:
    try:
        scope = ShareScope(row.scope)
    except ValueError as error:
        raise DamagedError(_changed(_place(row).row)) from error
    return Share(
        identifier=row.identifier,
        number=row.number,
        scope=scope,
        until=row.until,
        most=row.most,
        note=_note(row, key),
        made_at=row.made_at,
        link=row.link,
        withdrawn_at=row.withdrawn_at,
        opened=row.opened,
        openings=counted,
    )


def _note(row: Row[Any], key: bytes | None) -> str | None:
    return None if row.note is None or key is None else decrypt(row.note, key=key, place=_place(row)).decode()


def _encrypted(note: str, identifier: str, number: int, *, key: bytes) -> bytes:
    return encrypt(note.encode(), key=key, place=Place("shares", (identifier, number), "note"))


def _place(row: Row[Any]) -> Place:
    return Place("shares", (row.identifier, row.number), "note")


def _unknown() -> UnknownIdentifier:
    return UnknownIdentifier(message("no credential in the archive has this identifier"))


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _changed(path: str) -> Finding:
    return Finding.error("sharing-changed", "this is not what its holder left", path=path)
