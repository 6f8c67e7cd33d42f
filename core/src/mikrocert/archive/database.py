"""A database that the archive or its key store lives in: connections that read, that write, that make tables.

**SQLite keeps a rollback journal, not a write-ahead log.** A reader may have no right to write, neither to the file nor
to its folder (the portal). With a write-ahead log it would have to make the log's index, a file beside, whenever no
writer has it open, and fail. With a rollback journal a reader only locks octets of the file, for which a right to read
is enough, be a writer there or not; it waits only while a commit is being written. Two consequences:

- a writer keeps its pages in memory until it commits (`cache_spill`), so that a large unit of work doesn't lock
  readers out before;
- a writer that was killed in the middle of a commit leaves a journal that has to be played back, which takes a writer:
  a reader that may not write says so and waits for the next one that may.

Readers open the file with `mode=ro`, writers with `mode=rw`: neither makes a file. Only making an archive does.

**Versions.** A version is the number of a migration, `0004`, or that and the number of the oldest one with which readers get on, `0004_0002`:
programs that know 0002 or 0003 can read such an archive, and a program that makes it can read archives of 0002 and 0003. So readers go on
while machines and archive are brought up to date one after the other. Writers need the very version that they make.
"""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import create_engine, event, func, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError

from mikrocert.errors import ArchiveError, NoArchiveError
from mikrocert.settings import ConnectionSettings
from mikrocert.texts import Message, message
from mikrocert.tracing import span

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from sqlalchemy.engine import Connection, Engine

__all__ = ["ARCHIVE", "KEYS", "Database", "Schema", "get_on", "is_newer", "no_url", "sqlite_file"]

_BUSY_SECONDS = 30
_NO_TABLE = "42P01"  # SQLSTATE undefined_table


@attrs.frozen
class Schema:
    """Which tables a database has.

    Args:
        name: what it is, for messages.
        version_table: the table that tells the version.
        newest: version that the newest migration makes.
        migrations: folder of the migrations.
        lock: number of the advisory lock that PostgreSQL's writers take.
    """

    name: Message
    version_table: str
    newest: str
    migrations: str
    lock: int


def _number(version: str) -> str:
    return version.partition("_")[0]


def get_on(one: str, other: str) -> bool:
    """Return whether who makes one of two versions can read the other: the newer one says so."""
    older, newer = sorted((one, other), key=_number)
    number, _, oldest = newer.partition("_")
    return (oldest or number) <= _number(older)


def is_newer(one: str, *, than: str) -> bool:
    """Return whether a version is newer than another one."""
    return _number(one) > _number(than)


ARCHIVE = Schema(message("the archive"), "archive_version", "0012_0002", "archive", 0x6D696B726F01)
KEYS = Schema(message("the key store"), "keys_version", "0002", "keys", 0x6D696B726F02)


class Database:
    """One database; safe to use from several threads and, of course, from several processes.

    Args:
        url: SQLAlchemy URL of a SQLite file or a PostgreSQL database.
        schema: which tables it has.
        connections: how connections to PostgreSQL are made; none means as usual.

    Raises:
        ArchiveError: if the URL is of no such database.
    """

    def __init__(self, url: str, *, schema: Schema, connections: ConnectionSettings | None = None) -> None:
        self.schema = schema
        self._connections = connections or ConnectionSettings()
        with self._translating(message("{store} can't be opened", store=schema.name)):
            try:
                parsed = make_url(url)
            except (SQLAlchemyError, ValueError) as error:
                raise no_url(schema) from error
            self.place = parsed.render_as_string(hide_password=True)
            self.file = sqlite_file(parsed)
            if self.file is not None:
                self._reader = self._sqlite_engine(parsed, "ro", "BEGIN")
                self._watcher = self._sqlite_engine(parsed, "ro", None)
                self._glancer: Engine | None = self._sqlite_engine(parsed, "ro", None, patience=0)
                self._writer = self._sqlite_engine(parsed, "rw", "BEGIN IMMEDIATE")
                self._maker = self._sqlite_engine(parsed, "rwc", "BEGIN IMMEDIATE")
            elif parsed.get_backend_name() == "postgresql":
                engine = self._postgresql_engine(parsed)
                self._reader = engine.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
                self._watcher = engine.execution_options(isolation_level="AUTOCOMMIT")
                self._glancer = None
                self._writer = self._maker = engine
            else:
                raise ArchiveError(
                    message(
                        "{store} can't be opened: {place} is neither SQLite nor PostgreSQL",
                        store=schema.name,
                        place=self.place,
                    )
                )

    def close(self) -> None:
        """Close all connections."""
        for engine in self._engines():
            engine.dispose()

    def leave_connections(self) -> None:
        """Leave all connections, unclosed, to the process that this one is a copy of."""
        for engine in self._engines():
            engine.dispose(close=False)

    def _engines(self) -> Iterator[Engine]:
        yield from (self._reader, self._watcher, self._writer, self._maker)
        if self._glancer is not None:
            yield self._glancer

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Open a transaction that sees one state of everything and writes nothing.

        Raises:
            NoArchiveError: if there are no tables, or those of another version.
            ArchiveError: if the database fails.
        """
        with self._translating(self._unreadable()):
            self._require_file()
            connection = self._begin_reading()
            try:
                yield connection
            finally:
                connection.close()

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """Open a transaction that writes, one at a time, and commits at the end.

        Raises:
            NoArchiveError: if there are no tables, or those of another version.
            ArchiveError: if the database fails.
        """
        with self._translating(message("{store} can't be written", store=self.schema.name)):
            self._require_file()
            with self._writer.begin() as connection:
                self._take_turn(connection)
                version = self.version(connection)
                self._check_version(version)
                if version is not None and version != self.schema.newest:
                    raise self.of_other_version(version)
                yield connection

    @contextmanager
    def changing(self) -> Generator[Connection]:
        """Open a transaction that writes what is no part of the archive proper, and commits at the end.

        In PostgreSQL it waits for no unit of work and none waits for it; in SQLite there is one writer at a time anyway.

        Raises:
            NoArchiveError: if there are no tables, or those of another version.
            ArchiveError: if the database fails.
        """
        failing = message("{store} can't be written", store=self.schema.name)
        with span("archive change"), self._translating(failing):
            self._require_file()
            with self._writer.begin() as connection:
                self._check_version(self.version(connection))
                yield connection

    @contextmanager
    def looking(self) -> Generator[Connection]:
        """Open a connection outside of any transaction, for what only looks whether something changed.

        Raises:
            ArchiveError: if the database fails.
        """
        with self._translating(self._unreadable()), self._watcher.connect() as connection:
            yield connection

    @contextmanager
    def glancing(self) -> Generator[Connection | None]:
        """Open a connection as `looking` does, but to what answers at once or fails; none where it is no file, so that the network answers.

        Raises:
            ArchiveError: if the database fails, also because somebody is just writing.
        """
        if self._glancer is None:
            yield None
            return
        with self._translating(self._unreadable()), self._glancer.connect() as connection:
            yield connection

    @contextmanager
    def making(self) -> Generator[Connection]:
        """Open a transaction in which tables are made or changed; a missing SQLite file is made too.

        Raises:
            ArchiveError: if the database fails.
        """
        with (
            self._translating(message("{store} can't be made", store=self.schema.name)),
            self._maker.begin() as connection,
        ):
            if self.file is None:
                connection.execute(text("SET LOCAL statement_timeout = 0"))  # as long as it takes
            self._take_turn(connection)
            yield connection

    def readable_version(self) -> tuple[str, str]:
        """Return its version and the one that this program makes.

        Raises:
            NoArchiveError: if there are no tables, or those of a version that can't be read.
            ArchiveError: if the database fails.
        """
        with self.reading() as connection:
            return self.version(connection) or "", self.schema.newest

    def present_version(self) -> str | None:
        """Return its version, whatever it is, or none if there are no tables.

        Raises:
            ArchiveError: if the database fails.
        """
        if not self._has_file():
            return None
        with self._translating(self._unreadable()), self._reader.connect() as connection:
            return self.version(connection)

    def version(self, connection: Connection) -> str | None:
        """Return the version of the tables, or none if there are no tables."""
        wanted = text(f"SELECT version_num FROM {self.schema.version_table}")  # noqa: S608 - a name of ours
        try:
            with self._savepoint(connection):
                return connection.execute(wanted).scalar_one_or_none()
        except (OperationalError, ProgrammingError) as error:
            if getattr(error.orig, "sqlstate", None) == _NO_TABLE or "no such table" in str(error.orig):
                return None
            raise

    def _savepoint(self, connection: Connection) -> AbstractContextManager[object]:
        """Return what keeps a failing statement from ending a transaction, where it would."""
        return nullcontext() if self.file is not None else connection.begin_nested()

    def exists(self) -> bool:
        """Return whether there are tables, of whatever version.

        Raises:
            ArchiveError: if the database fails.
        """
        return self.present_version() is not None

    def octets(self) -> int:
        """Return how large it is.

        Raises:
            ArchiveError: if the database fails.
        """
        pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        wanted = pages if self.file is not None else "SELECT pg_database_size(current_database())"
        with self.reading() as connection:
            return int(connection.execute(text(wanted)).scalar_one())

    def _begin_reading(self) -> Connection:
        try:
            return self._try_reading()
        except OperationalError as error:
            if not self._interrupted() or _is_busy(error):
                raise
        self._play_back()
        return self._try_reading()

    def _try_reading(self) -> Connection:
        connection = self._reader.connect()
        try:
            self._check_version(self.version(connection))
        except BaseException:
            connection.close()
            raise
        return connection

    def _interrupted(self) -> bool:
        """Return whether a writer may have left a rollback journal behind."""
        return self.file is not None and self.file.with_name(f"{self.file.name}-journal").exists()

    def _play_back(self) -> None:
        """Let SQLite undo what a killed writer had half written; it does so for whoever wants to write."""
        try:
            with self._writer.begin():
                pass
        except OperationalError as error:
            raise ArchiveError(
                message(
                    "{store} {place} can't be read: a writer was stopped in the middle; "
                    "whatever writes to it next puts it right, such as `mikrocert archive upgrade`",
                    store=self.schema.name,
                    place=self.place,
                )
            ) from error

    def _has_file(self) -> bool:
        """Return whether there is a file, where there has to be one.

        Raises:
            ArchiveError: if its folder may not be looked into.
        """
        try:
            return self.file is None or self.file.is_file()
        except OSError as error:
            raise ArchiveError(
                message(
                    "{store} {place} can't be read: {reason}",
                    store=self.schema.name,
                    place=self.place,
                    reason=error,
                )
            ) from error

    def _require_file(self) -> None:
        if not self._has_file():
            raise self.missing()

    def _check_version(self, version: str | None) -> None:
        if version is None:
            raise self.missing()
        if not get_on(version, self.schema.newest):
            raise self.of_other_version(version)

    def missing(self) -> NoArchiveError:
        """Return the error that there are no tables."""
        if self.schema is KEYS:
            nothing = message(
                "there is no key store at {place}; `mikrocert archive init` makes one", place=self.place
            )
        else:
            nothing = message(
                "there is no archive at {place}; `mikrocert archive init` makes one", place=self.place
            )
        return NoArchiveError(nothing)

    def of_other_version(self, version: str) -> NoArchiveError:
        """Return the error that the tables are of another version."""
        advice = message("`mikrocert archive upgrade` brings it up to date")
        if is_newer(version, than=self.schema.newest):
            advice = message("use a newer mikrocert")
        return NoArchiveError(
            message(
                "{store} at {place} is of version {version}, this program knows {newest}; {advice}",
                store=self.schema.name,
                place=self.place,
                version=version,
                newest=self.schema.newest,
                advice=advice,
            )
        )

    def _unreadable(self) -> Message:
        return message("{store} can't be read", store=self.schema.name)

    def _take_turn(self, connection: Connection) -> None:
        """Let writers write one after the other; SQLite has taken its lock by beginning."""
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(self.schema.lock)))

    @contextmanager
    def _translating(self, fault: Message) -> Generator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise ArchiveError(message("{fault}: {reason}", fault=fault, reason=_cause(error))) from error

    def _postgresql_engine(self, url: URL) -> Engine:
        try:
            return create_engine(
                url,
                hide_parameters=True,
                pool_pre_ping=True,
                pool_size=self._connections.pool,
                pool_timeout=self._connections.connect_seconds,
                connect_args=_patience(url, self._connections),
            )
        except ImportError as error:
            raise ArchiveError(
                message(
                    "{store} can't be opened: {reason}; pip install mikrocert[postgresql]",
                    store=self.schema.name,
                    reason=error,
                )
            ) from error

    @staticmethod
    def _sqlite_engine(url: URL, mode: str, begin: str | None, *, patience: float = _BUSY_SECONDS) -> Engine:
        connect = _connecting(Path(url.database or ""), mode, patience=patience)
        engine = create_engine(url, creator=connect, hide_parameters=True)

        @event.listens_for(engine, "begin")
        def begun(connection: Connection) -> None:
            if begin is not None:
                connection.exec_driver_sql(begin)

        return engine


def _patience(url: URL, connections: ConnectionSettings) -> dict[str, Any]:
    """Return what the driver is told about time; what the URL says stays."""
    limits = {
        "statement_timeout": connections.statement_seconds,
        "idle_in_transaction_session_timeout": connections.idle_seconds,
    }
    options = [url.query.get("options", ""), *(f"-c {name}={seconds}s" for name, seconds in limits.items())]
    return {
        "connect_timeout": int(str(url.query.get("connect_timeout", connections.connect_seconds))),
        "options": " ".join(str(one) for one in options if one),
    }


def sqlite_file(url: URL) -> Path | None:
    """Return the file of a SQLite URL, or none for another database.

    Raises:
        ArchiveError: if it is no file: what is in memory is not kept.
    """
    if url.get_backend_name() != "sqlite":
        return None
    name = url.database or ""
    if name in {"", ":memory:"} or name.startswith("file:"):
        raise ArchiveError(
            message(
                "the archive and its keys need a file of their own, such as sqlite:////folder/archive.sqlite"
            )
        )
    return Path(name)


def no_url(schema: Schema) -> ArchiveError:
    """Return the error that what is to name a database is no URL."""
    return ArchiveError(
        message(
            "{store} can't be opened: its URL is not like sqlite:////folder/archive.sqlite", store=schema.name
        )
    )


def _is_busy(error: OperationalError) -> bool:
    """Return whether somebody else has SQLite's lock; the low octet of an error code tells its class."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _decoded(octets: bytes) -> str:
    """Return a text also where it is damaged, which its hash will tell."""
    return octets.decode(errors="replace")


def _connecting(file: Path, mode: str, *, patience: float) -> Callable[[], sqlite3.Connection]:
    address = f"{file.absolute().as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=True, timeout=patience, isolation_level=None, check_same_thread=False
        )
        connection.text_factory = _decoded
        if mode != "ro":  # settings of this connection; none of them is written to the file
            for pragma in (
                "foreign_keys=ON",
                "recursive_triggers=ON",  # so that REPLACE meets the fence
                "cache_spill=OFF",
                "secure_delete=ON",  # so that a destroyed key leaves no trace in the file
                "synchronous=EXTRA",  # what was committed survives a power cut
            ):
                connection.execute(f"PRAGMA {pragma}")
        return connection

    return connect


def _cause(error: Exception) -> str:
    """Return the database's own words, without statement and parameters: they may hold personal data."""
    cause: Any = getattr(error, "orig", None) or error
    return next(iter(str(cause).splitlines()), type(error).__name__)
