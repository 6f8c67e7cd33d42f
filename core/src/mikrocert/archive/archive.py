"""The archive as everybody uses it: reading, and writing in units of work."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import literal, select, tuple_
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from mikrocert.archive import journal
from mikrocert.archive.database import ARCHIVE, Database, no_url, sqlite_file
from mikrocert.archive.keys import KeyRing, KeyStore
from mikrocert.archive.reading import Reader, newest_identifier, proven
from mikrocert.archive.recording import Unit
from mikrocert.archive.tables import Moment, awards, events, owner
from mikrocert.award.identifiers import is_identifier
from mikrocert.errors import ArchiveError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from datetime import datetime

    from sqlalchemy import Select

    from mikrocert.archive.credentials import (
        Archived,
        JournalEntry,
        NewArtefact,
        NewCredential,
        Pending,
        Recorded,
    )
    from mikrocert.archive.events import Event
    from mikrocert.report import File, FileKind, Registration

__all__ = ["Archive", "default_keys_url", "open_archive"]

_LARGEST_PAGE = 1000


class Archive:
    """An open archive; safe to use from several threads and, over one database, from several processes.

    It never makes tables nor changes them. Reading writes nothing at all: a right to read both databases is enough.

    Args:
        database: where credentials are kept.
        keys: where their keys are kept.
    """

    def __init__(self, database: Database, *, keys: KeyStore) -> None:
        self._database = database
        self._keys = keys

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
        so; doing it again gives the same.

        Raises:
            NoArchiveError: if there is no archive, or one of another version.
            ArchiveError: if a database fails.
        """
        keys = KeyRing(self._keys)
        with self._database.writing() as connection:
            yield Unit(connection, keys=keys)
            keys.before_commit()
        keys.after_commit()

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

    def erase(self, identifier: str, *, reason: str, at: datetime) -> Archived:
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

    def last_event(self) -> datetime | None:
        """Return the moment of the last event, or none where nothing has happened yet; it is not proven.

        Raises:
            NoArchiveError: if there is no archive, or one of another version.
            ArchiveError: if the database fails.
        """
        last = select(events.c.at).order_by(events.c.number.desc()).limit(1)
        with self._database.reading() as connection:
            return connection.execute(last).scalar_one_or_none()

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
        if not 1 <= limit <= _LARGEST_PAGE:
            raise ArchiveError(
                message(
                    "a page has from 1 to {most} registrations, not {limit}", most=_LARGEST_PAGE, limit=limit
                )
            )
        wanted = page(after=after, limit=limit, institution=institution, since=since, until=until)
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
            return tuple(dossier.registration for dossier in proven(connection, rows))

    @contextmanager
    def _reading(self, identifier: str) -> Generator[Reader]:
        """Read about one credential; its key is read first, so that it can't know of later events than the archive."""
        keys = KeyRing(self._keys)
        keys.find({identifier} if is_identifier(identifier) else ())
        with self._database.reading() as connection:
            yield Reader(connection, keys=keys)


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
def open_archive(url: str, *, keys_url: str | None = None) -> Generator[Archive]:
    """Open an archive; nothing is touched until it is used, and nothing is ever made.

    Args:
        url: SQLAlchemy URL, such as `sqlite:////var/lib/mikrocert/archive.sqlite`.
        keys_url: SQLAlchemy URL of the key store; none means `archive-keys.sqlite` beside `archive.sqlite`.

    Raises:
        ArchiveError: if a URL is of no database that an archive can live in.
    """
    database, keys = stores(url, keys_url)
    try:
        yield Archive(database, keys=keys)
    finally:
        database.close()
        keys.database.close()


def stores(url: str, keys_url: str | None) -> tuple[Database, KeyStore]:
    """Return the two databases of an archive.

    Raises:
        ArchiveError: if a URL is of no such database, or both are of the same SQLite file.
    """
    database = Database(url, schema=ARCHIVE)
    keys = KeyStore(keys_url or default_keys_url(url))
    if database.file is not None and database.file == keys.database.file:
        raise ArchiveError(
            message(
                "the archive and its keys can't be one file, {file}: keys have backups of their own",
                file=database.file,
            )
        )
    return database, keys
