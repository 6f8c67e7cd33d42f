"""The archive as everybody uses it: reading, and writing in units of work."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Final

import attrs
from sqlalchemy import bindparam, func, literal, select, tuple_
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from mikrocert.archive import journal
from mikrocert.archive.database import ARCHIVE, Database, no_url, sqlite_file
from mikrocert.archive.holds import holds_in
from mikrocert.archive.keys import KeyRing, KeyStore
from mikrocert.archive.listing import (
    institutions,
    listed_page,
    made_since,
    registration_of,
    secret_of,
    tallies,
    without_topic,
)
from mikrocert.archive.logged import LogReader
from mikrocert.archive.names import name_parts, token_of
from mikrocert.archive.objects import delete_objects
from mikrocert.archive.reading import Reader, newest_identifier, proven
from mikrocert.archive.recording import Along, Unit
from mikrocert.archive.sharing import ShareStore, access_kept
from mikrocert.archive.tables import Moment, awards, events, link_access, owner
from mikrocert.archive.wallets import WalletStore
from mikrocert.award.identifiers import is_identifier
from mikrocert.errors import ArchiveError
from mikrocert.texts import message
from mikrocert.tracing import span

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Select

    from mikrocert.archive.credentials import (
        Archived,
        Holdings,
        JournalEntry,
        NewArtefact,
        NewCredential,
        Pending,
        Recorded,
    )
    from mikrocert.archive.events import ErasureReason, Event
    from mikrocert.archive.holds import Hold
    from mikrocert.archive.listing import ListedState, Made, Tally
    from mikrocert.archive.object_store import ObjectStore
    from mikrocert.report import Access, File, FileKind, Registration
    from mikrocert.settings import ConnectionSettings

__all__ = ["Archive", "Glance", "default_keys_url", "open_archive"]

_LARGEST_PAGE = 1000


_NEWEST_HASH: Final = (
    select(events.c.hash)
    .where(events.c.identifier == bindparam("identifier"))
    .order_by(events.c.number.desc())
    .limit(1)
)
_GLANCE: Final = (
    select(events.c.hash, awards.c.institution, link_access.c.access)
    .join_from(events, awards, awards.c.identifier == events.c.identifier)
    .outerjoin(link_access, link_access.c.identifier == events.c.identifier)
    .where(events.c.identifier == bindparam("identifier"))
    .order_by(events.c.number.desc())
    .limit(1)
)


@attrs.frozen
class Glance:
    """What is seen of a credential at a glance; none of it is proven.

    Args:
        newest: hash of its last event.
        institution: on whose behalf it was issued.
        access: what its permanent link shows, or none where nobody decided.
    """

    newest: str
    institution: str
    access: Access | None


class Archive:
    """An open archive; safe to use from several threads and, over one database, from several processes.

    It never makes tables nor changes them. Reading writes nothing at all: a right to read both databases is enough.

    Args:
        database: where credentials are kept.
        keys: where their keys are kept.
        along: called within each unit with its connection and each thing that happens to a credential, to write along.
        objects: where larger files are kept; none means in the database.
    """

    def __init__(
        self,
        database: Database,
        *,
        keys: KeyStore,
        along: Along = lambda _connection, _happened: None,
        objects: ObjectStore | None = None,
    ) -> None:
        self._database = database
        self._keys = keys
        self._along = along
        self._objects = objects
        self._sharing = ShareStore(database, keys=keys)
        self._wallets = WalletStore(database)

    def leave_connections(self) -> None:
        """Leave the open connections to the process that this one is a copy of, and open others when they are needed."""
        self._database.leave_connections()
        self._keys.database.leave_connections()
        if self._objects is not None:
            self._objects.leave_connections()

    @property
    def objects(self) -> ObjectStore | None:
        """Where larger files are kept; none means in the database."""
        return self._objects

    @property
    def database(self) -> Database:
        """Where it is kept, for the rooms above that keep tables of their own in it."""
        return self._database

    @property
    def keys(self) -> KeyStore:
        """Where keys are kept, for the rooms above that encrypt."""
        return self._keys

    @property
    def sharing(self) -> ShareStore:
        """What holders decided about who sees their credentials."""
        return self._sharing

    @property
    def wallets(self) -> WalletStore:
        """Which holders' links people who sign in have gathered."""
        return self._wallets

    def require(self) -> None:
        """Refuse to go on without an archive and a key store of this program's version.

        Raises:
            NoArchiveError: if there is none, or one of another version; the message names the command that helps.
            ArchiveError: if a database fails.
        """
        with self._database.reading(), self._keys.database.reading():
            pass

    @property
    def owner(self) -> str | None:
        """Whose archive it is: organizationIdentifier of the operator who made it or issued first; none before that.

        Raises:
            NoArchiveError: if there is none, or one of another version.
            ArchiveError: if a database fails.
        """
        with self._database.reading() as connection:
            return connection.execute(select(owner.c.organization_identifier)).scalar_one_or_none()

    @contextmanager
    def unit(self) -> Generator[Unit]:
        """Open a unit of work: one transaction, committed at the end, rolled back by any exception.

        Units are served one after the other. `unit.connection` is the SQLAlchemy connection, so that a job queue in the
        same database can join. Where the key store fails after the commit, what was done is done, though an error says
        so; doing it again gives the same. So it is where an object of what was erased can't be deleted.

        Raises:
            NoArchiveError: if there is no archive, or one of another version.
            ArchiveError: if a database or the object store fails.
        """
        keys = KeyRing(self._keys)
        with span("archive unit"):
            with self._database.writing() as connection:
                unit = Unit(connection, keys=keys, along=self._along, objects=self._objects)
                yield unit
                keys.before_commit()
            keys.after_commit()
            for identifier in sorted(unit.erased):
                delete_objects(self._database, identifier, store=self._objects)

    @contextmanager
    def log(self) -> Generator[LogReader]:
        """Open the log in a transaction that sees one state of it.

        Raises:
            NoArchiveError: if there is no archive, or one of another version.
            ArchiveError: if the database fails.
        """
        with self._database.reading() as connection:
            yield LogReader(connection)

    def belong(self, organization_identifier: str) -> str:
        """Remember whose archive it is in a unit of its own (see `Unit.belong`)."""
        with self.unit() as unit:
            return unit.belong(organization_identifier)

    def reserve(self, registration: Registration, *, award: bytes) -> Pending:
        """Reserve an identifier for an award in a unit of its own (see `Unit.reserve`)."""
        with self.unit() as unit:
            return unit.reserve(registration, award=award)

    def journal(self, entries: Iterable[JournalEntry]) -> tuple[JournalEntry, ...]:
        """Write down what is about to be signed in a unit of its own (see `Unit.journal`)."""
        with self.unit() as unit:
            return unit.journal(entries)

    def record(
        self, new: NewCredential, *, replaces: str | None = None, reason: str | None = None
    ) -> Recorded:
        """Record a credential in a unit of its own (see `Unit.record`)."""
        with self.unit() as unit:
            return unit.record(new, replaces=replaces, reason=reason)

    def revoke(self, identifier: str, *, reason: str, at: datetime) -> Archived:
        """Revoke a credential in a unit of its own (see `Unit.revoke`)."""
        with self.unit() as unit:
            return unit.revoke(identifier, reason=reason, at=at)

    def hold(self, identifier: str, *, actor: str, at: datetime, why: str) -> Hold:
        """Put a credential on hold in a unit of its own (see `Unit.hold`)."""
        with self.unit() as unit:
            return unit.hold(identifier, actor=actor, at=at, why=why)

    def end_hold(self, number: int, *, actor: str, at: datetime, why: str) -> Hold:
        """End a hold in a unit of its own (see `Unit.end_hold`)."""
        with self.unit() as unit:
            return unit.end_hold(number, actor=actor, at=at, why=why)

    def holds(self, *, identifier: str | None = None) -> tuple[Hold, ...]:
        """Return holds, ended ones too, in the order in which they began.

        Args:
            identifier: of the only credential wanted; none means all.

        Raises:
            ArchiveError: if one of them is damaged, there is no archive, or the database fails.
        """
        with self._database.reading() as connection:
            return holds_in(connection, identifier=identifier)

    def erase(self, identifier: str, *, reason: ErasureReason, at: datetime) -> Archived:
        """Erase the content of a credential in a unit of its own (see `Unit.erase`)."""
        with self.unit() as unit:
            return unit.erase(identifier, reason=reason, at=at)

    def add_edition(self, identifier: str, added: Iterable[NewArtefact], *, at: datetime) -> Archived:
        """Add files whose seals were renewed in a unit of its own (see `Unit.add_edition`)."""
        with self.unit() as unit:
            return unit.add_edition(identifier, added, at=at)

    def find(self, identifier: str) -> Archived:
        """Return the credential with this identifier (see `Reader.find`)."""
        with self._reading(identifier) as reader:
            return reader.find(identifier)

    def find_award(self, institution: str, evidence_number: str) -> Archived | None:
        """Return the newest credential of this award, or none.

        Args:
            institution: name of the institution's offer.
            evidence_number: number in the institution's register.

        Raises:
            ArchiveError: if it is damaged, there is no archive, or a database fails.
        """
        with self._database.reading() as connection:
            identifier = newest_identifier(connection, institution, evidence_number)
        return None if identifier is None else self.find(identifier)

    def history(self, identifier: str) -> tuple[Event, ...]:
        """Return all that happened to a credential, oldest first (see `Reader.history`)."""
        with self._reading(identifier) as reader:
            return reader.history(identifier)

    def newest_hash(self, identifier: str) -> str | None:
        """Return the hash of the last event of a credential, or none where there is none; it is not proven.

        Whatever is recorded of a credential is an event, so as long as it is the same hash, nothing was.

        Raises:
            ArchiveError: if there is no archive, or the database fails.
        """
        if not is_identifier(identifier):
            return None
        with self._database.looking() as connection:
            return connection.execute(_NEWEST_HASH, {"identifier": identifier}).scalar_one_or_none()

    def glance(self, identifier: str) -> Glance | None:
        """Return what is seen of a credential by one look that nobody has to wait for; none where that sees nothing, for whatever reason.

        For those who may not wait, and can ask the other methods if they have to: the archive is in a file, nobody is just writing to it,
        and it has the newest tables.
        """
        if not is_identifier(identifier):
            return None
        try:
            with self._database.glancing() as connection:
                if connection is None:
                    return None
                row = connection.execute(_GLANCE, {"identifier": identifier}).one_or_none()
                if row is None:
                    return None
                return Glance(row.hash, row.institution, access_kept(row.access, identifier))
        except ArchiveError:
            return None

    def last_event(self, *, by: datetime | None = None) -> datetime | None:
        """Return the moment of the last event, or none where nothing has happened yet; it is not proven.

        Args:
            by: the moment (aware) by which it has happened; none means by now.

        Raises:
            NoArchiveError: if there is no archive, or one of another version.
            ArchiveError: if the database fails.
        """
        last = select(events.c.at).order_by(events.c.number.desc()).limit(1)
        if by is not None:
            last = last.where(events.c.at <= by)
        with self._database.reading() as connection:
            return connection.execute(last).scalar_one_or_none()

    def count(self) -> int:
        """Return how many credentials there are, erased ones included.

        Raises:
            NoArchiveError: if there is no archive, or one of another version.
            ArchiveError: if the database fails.
        """
        with self._database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(awards)).scalar_one())

    def made_since(self, moment: datetime) -> tuple[Made, ...]:
        """Return how many files were recorded since a moment, by format and kind, further editions apart; nothing of it is proven.

        Args:
            moment: the moment (aware).

        Raises:
            NoArchiveError: if there is no archive, or one of another version.
            ArchiveError: if the database fails.
        """
        with self._database.reading() as connection:
            return made_since(connection, moment)

    def schema_versions(self) -> tuple[tuple[str, str], ...]:
        """Return the versions of the archive and its key store, each with the one that this program makes.

        Raises:
            NoArchiveError: if there is none, or one of another version that can't be read.
            ArchiveError: if a database fails.
        """
        return tuple(database.readable_version() for database in (self._database, self._keys.database))

    def octets(self) -> int:
        """Return how large the database is, without its keys.

        Raises:
            ArchiveError: if the database fails.
        """
        return self._database.octets()

    def holdings(self, identifier: str) -> Holdings:
        """Return all that there is of a credential (see `Reader.holdings`)."""
        with self._reading(identifier) as reader:
            return reader.holdings(identifier)

    def file(
        self,
        identifier: str,
        kind: FileKind,
        *,
        format: str | None = None,  # noqa: A002 - the field's word
        edition: int | None = None,
    ) -> File:
        """Return one file of a credential (see `Reader.file`)."""
        with self._reading(identifier) as reader:
            return reader.file(identifier, kind, format=format, edition=edition)

    def files(self, identifier: str, *, format: str | None = None) -> tuple[File, ...]:  # noqa: A002 - the field's word
        """Return the newest edition of every file of a credential (see `Reader.files`)."""
        with self._reading(identifier) as reader:
            return reader.files(identifier, format=format)

    def journalled(self, institution: str, evidence_number: str, *, award: bytes) -> Pending | None:
        """Return what is pending for this award, or none; nothing is reserved.

        Args:
            institution: name of the institution's offer.
            evidence_number: number in the institution's register.
            award: the octets as in `NewCredential.award`.

        Raises:
            ArchiveError: if what is pending is damaged, there is no archive, or a database fails.
        """
        with self._database.reading() as connection:
            return journal.look(connection, KeyRing(self._keys), institution, evidence_number, award)

    def registrations(
        self,
        *,
        after: Registration | None = None,
        limit: int = 100,
        institution: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[Registration, ...]:
        """Return a page of registrations in the order of issuing.

        Args:
            after: the last one of the page before; none for the first page.
            limit: how many at most, from 1 to 1000.
            institution: name of the only institution wanted; none means all.
            since: the earliest moment of issuing (aware).
            until: the moment of issuing (aware) before which they are wanted.

        Raises:
            ArchiveError: if one of them is damaged, the limit is out of range, there is no archive, or a database fails.
        """
        _check_limit(limit)
        wanted = page(after=after, limit=limit, institution=institution, since=since, until=until)
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
            return tuple(dossier.registration for dossier in proven(connection, rows))

    def identifiers(self, *, after: str = "", limit: int = 100) -> tuple[str, ...]:
        """Return identifiers of credentials in their order; nothing is proven.

        Args:
            after: the last one of those before.
            limit: how many at most.

        Raises:
            NoArchiveError: if there is no archive, or one of another version.
            ArchiveError: if the database fails.
        """
        some = select(awards.c.identifier).where(awards.c.identifier > after)
        with self._database.reading() as connection:
            return tuple(connection.execute(some.order_by(awards.c.identifier).limit(limit)).scalars())

    def institutions(self) -> tuple[str, ...]:
        """Return the names of all institutions that have a credential here, in their order.

        Raises:
            NoArchiveError: if there is no archive, or one of another version.
            ArchiveError: if the database fails.
        """
        with self._database.reading() as connection:
            return institutions(connection)

    def credentials(
        self,
        *,
        institution: str | None = None,
        state: ListedState | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> tuple[Archived, ...]:
        """Return a page of credentials in the order of issuing.

        Args:
            institution: name of the only institution wanted; none means all.
            state: the only state wanted; none means any.
            since: the earliest moment of issuing (aware).
            until: the moment of issuing (aware) before which they are wanted.
            after: identifier of the last one of the page before, of the same institution; none for the first page.
            limit: how many at most, from 1 to 1000.

        Raises:
            UnknownIdentifier: if `after` is no credential, or another institution's.
            ArchiveError: if one of them is damaged, the limit is out of range, there is no archive, or a database fails.
        """
        _check_limit(limit)
        with self._database.reading() as connection:
            last = None if after is None else registration_of(connection, after, institution=institution)
            wanted = listed_page(
                after=last, limit=limit, institution=institution, state=state, since=since, until=until
            )
            identifiers = connection.execute(wanted).scalars().all()
        return self._archived(identifiers)

    def credentials_of(
        self, name: str, *, institution: str | None = None, after: str | None = None, limit: int = 100
    ) -> tuple[Archived, ...]:
        """Return credentials by the holder's name, in the order of their identifiers; what was erased is not found.

        Args:
            name: words of the name, in any order, with or without marks; each has to be in the name as a whole word.
            institution: name of the only institution wanted; none means all.
            after: identifier of the last one of the page before; none for the first page.
            limit: how many at most, from 1 to 1000.

        Raises:
            ArchiveError: if one of them is damaged, the limit is out of range, there is no archive, or a database fails.
        """
        _check_limit(limit)
        parts = name_parts(name)
        if not parts:
            return ()
        with self._database.reading() as connection:
            secret = secret_of(connection)
            there = institutions(connection) if institution is None else (institution,)
        found = sorted(
            chain.from_iterable(
                self._keys.having(
                    [token_of(part, institution=one, secret=secret) for part in sorted(parts, key=len)[::-1]],
                    after=after or "",
                    limit=limit,
                )
                for one in there
            )
        )
        return tuple(
            archived
            for archived in self._archived(found[:limit])
            if archived.holder is not None and parts <= name_parts(archived.holder)
        )

    def versions(self, evidence_number: str, *, institution: str | None = None) -> tuple[Archived, ...]:
        """Return all credentials under a record number, of each institution the first version first.

        Args:
            evidence_number: number in an institution's register.
            institution: name of the only institution wanted; none means all.

        Raises:
            ArchiveError: if one of them is damaged, there is no archive, or a database fails.
        """
        with self._database.reading() as connection:
            there = institutions(connection) if institution is None else (institution,)
            identifiers = [
                identifier
                for one in there
                for identifier in connection.execute(
                    select(awards.c.identifier)
                    .where(awards.c.institution == one, awards.c.evidence_number == evidence_number)
                    .order_by(awards.c.version)
                ).scalars()
            ]
        return self._archived(identifiers)

    def statistics(
        self, *, institution: str | None = None, since: str | None = None, until: str | None = None
    ) -> tuple[Tally, ...]:
        """Return how often what happened, by institution, month, kind, type and fields; nothing personal.

        Args:
            institution: name of the only institution wanted; none means all.
            since: the first month, `2026-09`.
            until: the last month.

        Raises:
            NoArchiveError: if there is no archive, or one of another version.
            ArchiveError: if the database fails.
        """
        with self._database.reading() as connection:
            return tallies(connection, institution=institution, since=since, until=until)

    def without_topic(self, *, after: str = "", limit: int = 100) -> tuple[str, ...]:
        """Return identifiers of credentials of which nothing says what they are of, in their order (see `Unit.note_topic`).

        Args:
            after: the last one of those before.
            limit: how many at most.

        Raises:
            NoArchiveError: if there is no archive, or one of another version.
            ArchiveError: if the database fails.
        """
        with self._database.reading() as connection:
            return without_topic(connection, after=after, limit=limit)

    def _archived(self, identifiers: Sequence[str]) -> tuple[Archived, ...]:
        """Return credentials in this order; those that aren't there are left out."""
        stored = self._keys.find(identifiers)  # before the rows, so that it can't know of later events
        with self._database.reading() as connection:
            of_them = select(awards).where(awards.c.identifier.in_(identifiers))
            rows = connection.execute(of_them).all()
            found = {
                dossier.award.identifier: dossier.archived(stored.get(dossier.award.identifier))
                for dossier in proven(connection, rows)
            }
        return tuple(found[identifier] for identifier in identifiers if identifier in found)

    @contextmanager
    def _reading(self, identifier: str) -> Generator[Reader]:
        """Read about one credential; its key is read first, so that it can't know of later events than the archive."""
        keys = KeyRing(self._keys)
        keys.find({identifier} if is_identifier(identifier) else ())
        with self._database.reading() as connection:
            yield Reader(connection, keys=keys, objects=self._objects)


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= _LARGEST_PAGE:
        raise ArchiveError(
            message("a page has from 1 to {most} credentials, not {limit}", most=_LARGEST_PAGE, limit=limit)
        )


def page(
    *,
    after: Registration | None,
    limit: int,
    institution: str | None,
    since: datetime | None,
    until: datetime | None,
) -> Select[tuple[object, ...]]:
    """Return the statement for one page of awards; its order is that of an index (see `Archive.registrations`)."""
    wanted = select(awards).order_by(awards.c.issued_at, awards.c.identifier).limit(limit)
    if institution is not None:
        wanted = wanted.where(awards.c.institution == institution)
    if since is not None:
        wanted = wanted.where(awards.c.issued_at >= since)
    if until is not None:
        wanted = wanted.where(awards.c.issued_at < until)
    if after is not None:
        last = tuple_(literal(after.issued_at, Moment), literal(after.identifier))
        wanted = wanted.where(tuple_(awards.c.issued_at, awards.c.identifier) > last)
    return wanted


def default_keys_url(url: str) -> str:
    """Return where the keys of an archive are kept if nothing is said: beside its SQLite file.

    Args:
        url: SQLAlchemy URL of the archive.

    Raises:
        ArchiveError: if the archive is no SQLite file, so that it has to be said.
    """
    try:
        parsed = make_url(url)
        file = sqlite_file(parsed)
    except (ArgumentError, ValueError) as error:
        raise no_url(ARCHIVE) from error
    if file is None:
        raise ArchiveError(
            message(
                "it has to be said where the keys of the archive are kept: [archive] keys names a database of its own, "
                "best on another host, with short-lived backups"
            )
        )
    beside = file.with_name(f"{file.stem}-keys{file.suffix}")
    return parsed.set(database=str(beside)).render_as_string(hide_password=False)


@contextmanager
def open_archive(
    url: str,
    *,
    keys_url: str | None = None,
    connections: ConnectionSettings | None = None,
    along: Along = lambda _connection, _happened: None,
    objects: ObjectStore | None = None,
) -> Generator[Archive]:
    """Open an archive; nothing is touched until it is used, and nothing is ever made.

    Args:
        url: SQLAlchemy URL, such as `sqlite:////var/lib/mikrocert/archive.sqlite`.
        keys_url: SQLAlchemy URL of the key store; none means `archive-keys.sqlite` beside `archive.sqlite`.
        connections: how connections to PostgreSQL are made; none means as usual.
        along: called within each unit of work with each thing that happens to a credential (see `Archive`).
        objects: where larger files are kept; none means in the database.

    Raises:
        ArchiveError: if a URL is of no database that an archive can live in.
    """
    database, keys = stores(url, keys_url, connections=connections)
    try:
        yield Archive(database, keys=keys, along=along, objects=objects)
    finally:
        database.close()
        keys.database.close()


def stores(
    url: str, keys_url: str | None, *, connections: ConnectionSettings | None = None
) -> tuple[Database, KeyStore]:
    """Return the two databases of an archive.

    Raises:
        ArchiveError: if a URL is of no such database, or both are of the same SQLite file.
    """
    database = Database(url, schema=ARCHIVE, connections=connections)
    keys = KeyStore(keys_url or default_keys_url(url), connections=connections)
    if database.file is not None and database.file == keys.database.file:
        raise ArchiveError(
            message(
                "the archive and its keys can't be one file, {file}: keys have backups of their own",
                file=database.file,
            )
        )
    return database, keys
