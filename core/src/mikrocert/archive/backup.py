"""Backups: one state of the archive and of its keys, each a SQLite file in a folder of its own, taken while others work.

Beside each file stands `backup.json`: its size and SHA-256, when it was made, how many events the archive had and the root of its log.
A backup of a PostgreSQL archive is a SQLite file, too: it can be looked into with plain tools, checked where it lies, and restored
into either database.

Copying a live SQLite file with `cp` is no backup: what a writer has half written is in the copy, and what undoes it, the rollback
journal, is not.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import DateTime, MetaData, Table, delete, func, insert, select, text

from mikrocert.archive.administration import migrate
from mikrocert.archive.archive import stores
from mikrocert.archive.database import ARCHIVE, KEYS, Database
from mikrocert.archive.logged import LogReader
from mikrocert.archive.regular import hash_of, regular
from mikrocert.archive.tables import Moment, events
from mikrocert.errors import ArchiveError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy.engine import Connection

    from mikrocert.archive.database import Schema

__all__ = ["Backup", "KeyBackup", "back_up", "key_backups", "read_backup", "restore"]

MANIFEST: Final = "backup.json"
_FORMAT: Final = "mikrocert backup 1"
_PIECE: Final = 1024 * 1024
_AT_ONCE: Final = 200
_LARGEST_MANIFEST: Final = 64 * 1024
_NAMES: Final = {"archive": "archive.sqlite", "keys": "keys.sqlite"}
"""Name of the file of each database, by the folder of its migrations."""


@attrs.frozen
class Backup:
    """What a backup says of itself.

    Args:
        of: `archive` or `keys`.
        version: version of its tables.
        at: when it was made (aware).
        size: octets of the file.
        sha256: hash of the file (hex).
        events: how many events the archive had.
        root: root of the archive's log at that size (hex).
    """

    of: str
    version: str
    at: datetime
    size: int
    sha256: str
    events: int
    root: str

    def to_json(self) -> dict[str, Any]:
        """Return it as `backup.json` has it."""
        members = {**attrs.asdict(self), "at": self.at.isoformat(timespec="seconds")}
        return {"format": _FORMAT, "file": _NAMES[self.of], **members}


@attrs.frozen
class KeyBackup:
    """A backup of the keys that lies in a folder of such backups.

    Args:
        folder: its own folder.
        at: when it was made (aware).
    """

    folder: Path
    at: datetime


def key_backups(folder: Path) -> tuple[KeyBackup, ...]:
    """Return the backups of keys that lie in a folder, each in one of its own, the oldest first; nothing of them is read but what they say.

    Args:
        folder: the folder.

    Raises:
        ArchiveError: if it can't be listed.
    """
    try:
        inside = sorted(one for one in folder.iterdir() if (one / MANIFEST).is_file())
    except OSError as error:
        raise ArchiveError(
            message("{folder} can't be listed: {reason}", folder=folder, reason=error)
        ) from error
    found = ((one, _read_manifest(one)) for one in inside)
    backups = [KeyBackup(one, described.at) for one, described in found if described.of == KEYS.migrations]
    return tuple(sorted(backups, key=lambda backup: backup.at))


def back_up(url: str, *, keys_url: str | None, folder: Path, keys_folder: Path) -> tuple[Backup, Backup]:
    """Make a backup of the archive and one of its keys, both of the same moment.

    Whoever reads goes on. Whoever writes waits: for SQLite until both files are copied, for PostgreSQL only until both
    databases have settled on the moment.

    Args:
        url: SQLAlchemy URL of the archive.
        keys_url: SQLAlchemy URL of the key store; none means beside the archive's SQLite file.
        folder: where the archive goes; it has to be empty, or is made.
        keys_folder: where the keys go, likewise; another folder.

    Returns:
        What was made of the archive, and of the keys.

    Raises:
        NoArchiveError: if there is no archive, or one of another version.
        ArchiveError: if a folder isn't empty, a file can't be written, or a database fails. Then nothing is left of the backup.
    """
    database, keys = stores(url, keys_url)
    at = datetime.now(UTC).replace(microsecond=0)
    if folder.resolve() == keys_folder.resolve():
        raise ArchiveError(
            message("archive and keys can't be backed up into one folder, {folder}", folder=folder)
        )
    with (
        closing(database),
        closing(keys.database),
        _made_whole(folder, mode=0o755),
        _made_whole(keys_folder, mode=0o700),
        ExitStack() as reading,
    ):
        with database.writing() as connection:  # nobody records in between
            size = connection.execute(select(func.max(events.c.number))).scalar_one() or 0
            root = LogReader(connection).root(size).hex()
            sources = [
                (_Source(database, reading), folder),
                (_Source(keys.database, reading), keys_folder),
            ]
            for source, place in sources:
                source.copy_file(place)
        for source, place in sources:
            source.copy_rows(place)
        return (
            _describe(folder, ARCHIVE, at=at, events=size, root=root),
            _describe(keys_folder, KEYS, at=at, events=size, root=root),
        )


def read_backup(folder: Path, *, of: Schema) -> Backup:
    """Return what a backup says of itself; its file is held against that.

    Args:
        folder: where it is.
        of: which database it is to be of.

    Raises:
        ArchiveError: if it is none, is of something else, or its file is not the one that was made.
    """
    described = _read_manifest(folder)
    wanted = of.migrations
    if described.of != wanted:
        raise ArchiveError(
            message(
                "the backup in {folder} is of: {of}; wanted: {wanted}",
                folder=folder,
                of=described.of,
                wanted=wanted,
            )
        )
    if described.version > of.newest:
        raise ArchiveError(
            message(
                "the backup in {folder} is of version {version}, this program knows {newest}; use a newer mikrocert",
                folder=folder,
                version=described.version,
                newest=of.newest,
            )
        )
    size, sha256 = hash_of(folder / _NAMES[wanted])
    if (size, sha256) != (described.size, described.sha256):
        raise ArchiveError(
            message(
                "{file} is not the file that was backed up: it was changed or is not whole",
                file=folder / _NAMES[wanted],
            )
        )
    return described


def restore(url: str, *, keys_url: str | None, folder: Path, keys_folder: Path) -> tuple[Backup, Backup]:
    """Put a backup where archive and keys are to be, where neither is; the tables of older ones are brought up to date.

    What was restored is not checked, nor names found again in what is older than that: `check_archive` and `upgrade_archive` do.

    Args:
        url: SQLAlchemy URL of the archive.
        keys_url: SQLAlchemy URL of the key store; none means beside the archive's SQLite file.
        folder: where the backup of the archive is.
        keys_folder: where that of the keys is: of the same moment, or newer.

    Returns:
        What the backup of the archive says of itself, and that of the keys.

    Raises:
        ArchiveError: if something is there already, a backup is not whole or of a newer version, a file can't be written, the log
            is not the one that was backed up, or a database fails.
    """
    database, keys = stores(url, keys_url)
    with closing(database), closing(keys.database):
        backups = read_backup(folder, of=ARCHIVE), read_backup(keys_folder, of=KEYS)
        for store in (database, keys.database):
            if store.exists() or (store.file is not None and store.file.exists()):
                raise ArchiveError(
                    message(
                        "there is something at {place} already; a backup is restored where nothing is",
                        place=store.place,
                    )
                )
        for store, place, backup in (
            (keys.database, keys_folder, backups[1]),
            (database, folder, backups[0]),
        ):
            _put_back(store, place / _NAMES[backup.of], backup)
        with database.reading() as connection:
            log = LogReader(connection)
            if (log.size, log.root(log.size).hex()) != (backups[0].events, backups[0].root):
                raise ArchiveError(
                    message("the log that was restored is not the one that was backed up"),
                )
    return backups


class _Source:
    """A database that is copied as it is at one moment.

    Args:
        database: the database.
        reading: closes what is read from.
    """

    def __init__(self, database: Database, reading: ExitStack) -> None:
        self._database = database
        self._connection: Connection | None = None
        if database.file is None:
            self._connection = reading.enter_context(database.reading())  # the moment is settled

    def copy_file(self, folder: Path) -> None:
        """Copy a SQLite database with SQLite's own means for it."""
        if self._database.file is None:
            return
        address = f"{self._database.file.absolute().as_uri()}?mode=ro"
        target = folder / _NAMES[self._database.schema.migrations]
        with closing(sqlite3.connect(address, uri=True)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)

    def copy_rows(self, folder: Path) -> None:
        """Copy a PostgreSQL database row by row."""
        if self._connection is None:
            return
        target = Database(
            f"sqlite:///{folder / _NAMES[self._database.schema.migrations]}", schema=self._database.schema
        )
        with closing(target):
            migrate(target)
            with target.writing() as connection:
                _copy_rows(self._connection, connection)


def _put_back(store: Database, file: Path, backup: Backup) -> None:
    if store.file is not None:
        partial = store.file.with_name(f"{store.file.name}.restoring")
        with _writing(store.file.parent):
            _copy(file, partial, mode=0o600 if store.schema is KEYS else 0o644)
            partial.replace(store.file)
        migrate(store)
        return
    if backup.version != store.schema.newest:
        raise ArchiveError(
            message(
                "the backup in {folder} is of version {version}; restore it into SQLite files first, which upgrades it, back that up, "
                "and restore that",
                folder=file.parent,
                version=backup.version,
            )
        )
    source = Database(f"sqlite:///{file}", schema=store.schema)
    with closing(source):
        migrate(store)
        with source.reading() as rows, store.writing() as connection:
            _copy_rows(rows, connection)


def _copy_rows(source: Connection, target: Connection) -> None:
    """Copy the rows of all tables that both have."""
    there, here = MetaData(), MetaData()
    there.reflect(source)
    here.reflect(target)
    if target.dialect.name == "sqlite":
        target.execute(text("PRAGMA defer_foreign_keys=ON"))
    for table in here.sorted_tables:
        if table.name in there.tables and not table.name.endswith("_version"):
            own = there.tables[table.name]
            for one in (own, table):
                _with_moments(one)
            if table.name == "name_secret":
                target.execute(delete(table))  # the one that was just made
            wanted = _in_order(own, there).execution_options(yield_per=_AT_ONCE)
            for rows in source.execute(wanted).mappings().partitions():
                target.execute(insert(table), [dict(row) for row in rows])


def _in_order(table: Table, metadata: MetaData) -> Any:  # noqa: ANN401 - a statement
    """Return what selects all rows, those that others refer to first."""
    if table.name != "awards":
        return select(table).order_by(*table.primary_key.columns)
    of_events = metadata.tables["events"]
    first = (
        select(func.min(of_events.c.number))
        .where(of_events.c.identifier == table.c.identifier)
        .scalar_subquery()
    )
    return select(table).order_by(first)


def _with_moments(table: Table) -> None:
    for column in table.columns:
        if isinstance(column.type, DateTime):
            column.type = Moment()


def _describe(folder: Path, schema: Schema, *, at: datetime, events: int, root: str) -> Backup:
    file = folder / _NAMES[schema.migrations]
    file.chmod(0o600 if schema is KEYS else 0o644)
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
    size, sha256 = hash_of(file)
    backup = Backup(schema.migrations, schema.newest, at, size, sha256, events, root)
    (folder / MANIFEST).write_text(json.dumps(backup.to_json(), indent=2) + "\n", encoding="utf-8")
    return backup


def _read_manifest(folder: Path) -> Backup:
    path = folder / MANIFEST
    try:
        with regular(path) as file:
            members: Any = json.loads(file.read(_LARGEST_MANIFEST))
        if members["format"] != _FORMAT:
            raise ArchiveError(
                message(
                    "{file} is of another format, {format}; this program reads {wanted}",
                    file=path,
                    format=str(members["format"])[:40],
                    wanted=_FORMAT,
                )
            )
        texts = {name: _text(members[name]) for name in ("of", "version", "at", "sha256", "root")}
        at = datetime.fromisoformat(texts.pop("at"))
        return Backup(**texts, at=at, size=int(members["size"]), events=int(members["events"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ArchiveError(
            message("there is no backup in {folder}: {reason}", folder=folder, reason=error)
        ) from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


def _copy(source: Path, target: Path, *, mode: int) -> None:
    target.unlink(missing_ok=True)
    with regular(source) as file, target.open("xb") as copy:
        target.chmod(mode)
        shutil.copyfileobj(file, copy, _PIECE)
        copy.flush()
        os.fsync(copy.fileno())


@contextmanager
def _made_whole(folder: Path, *, mode: int) -> Generator[None]:
    """Make a folder, or take an empty one, and empty it again if what is to be in it isn't made."""
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        full = any(folder.iterdir())
    except OSError as error:
        raise ArchiveError(
            message("{folder} can't be made: {reason}", folder=folder, reason=error)
        ) from error
    if full:
        raise ArchiveError(
            message("{folder} is not empty; each backup has a folder of its own", folder=folder)
        )
    try:
        with _writing(folder):
            yield
    except BaseException:
        for file in list(folder.iterdir()):
            file.unlink()
        raise


@contextmanager
def _writing(folder: Path) -> Generator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise ArchiveError(
            message("{folder} can't be written: {reason}", folder=folder, reason=error)
        ) from error
