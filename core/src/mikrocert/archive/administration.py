"""Making an archive and bringing one up to date: nothing else makes or changes tables."""

from __future__ import annotations

import os
from contextlib import contextmanager
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import attrs
from sqlalchemy import func, select

from mikrocert.archive import fence
from mikrocert.archive.archive import stores
from mikrocert.archive.database import ARCHIVE, is_newer
from mikrocert.archive.listing import make_secret
from mikrocert.archive.names import complete_names
from mikrocert.archive.tables import keys as key_table
from mikrocert.errors import ArchiveError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from alembic.config import Config
    from sqlalchemy.engine import Connection

    from mikrocert.archive.database import Database
    from mikrocert.texts import Message

__all__ = ["Step", "init_archive", "planned_upgrade", "upgrade_archive"]


def init_archive(url: str, *, keys_url: str | None = None) -> bool:
    """Make an archive and its key store.

    A key store in SQLite can be read by its owner only; whoever else is to read it (the portal) is given the right.

    Args:
        url: SQLAlchemy URL of the archive.
        keys_url: SQLAlchemy URL of the key store; none means beside the archive's SQLite file.

    Returns:
        Whether it was made; false if it was there already.

    Raises:
        NoArchiveError: if it is there in another version.
        ArchiveError: if one of the two is there without the other, or a database fails.
    """
    database, keys = stores(url, keys_url)
    try:
        there, keys_there = database.exists(), keys.database.exists()
        if there and not keys_there:
            raise ArchiveError(
                message(
                    "the archive at {place} is there, but its keys at {keys} are not; "
                    "restore them from their backup, or name the right place",
                    place=database.place,
                    keys=keys.database.place,
                )
            )
        if there:
            with database.reading(), keys.database.reading():
                return False
        if keys_there:
            _check_unused(keys.database, archive=database)
        else:
            _make_private(keys.database)
        migrate(keys.database)
        migrate(database)
        return True
    finally:
        database.close()
        keys.database.close()


def upgrade_archive(url: str, *, keys_url: str | None = None) -> bool:
    """Bring an archive and its key store up to date, put its fence up again where it is down, and have holders found by name.

    Interrupted, it goes on where it stopped when it is called again.

    Args:
        url: SQLAlchemy URL of the archive.
        keys_url: SQLAlchemy URL of the key store; none means beside the archive's SQLite file.

    Returns:
        Whether it was of an older version.

    Raises:
        NoArchiveError: if there is none, or a newer one.
        ArchiveError: if no migration leads from its version, or a database fails.
    """
    database, keys = stores(url, keys_url)
    try:
        for store in (keys.database, database):
            if not store.exists():
                raise store.missing()
        upgraded = any([migrate(keys.database), migrate(database)])
        with database.writing() as connection:
            if make_secret(connection):
                keys.forget_names()
        complete_names(database, keys)
        return upgraded
    finally:
        database.close()
        keys.database.close()


@attrs.frozen
class Step:
    """A migration that is to be run.

    Args:
        store: what it changes: the archive or its key store.
        version: version that it makes.
        does: what it does, as it says itself.
    """

    store: Message
    version: str
    does: str


def planned_upgrade(url: str, *, keys_url: str | None = None) -> tuple[Step, ...]:
    """Return what `upgrade_archive` would do, in order; nothing is changed, and a right to read is enough.

    Args:
        url: SQLAlchemy URL of the archive.
        keys_url: SQLAlchemy URL of the key store; none means beside the archive's SQLite file.

    Raises:
        NoArchiveError: if there is none, or a newer one.
        ArchiveError: if no migration leads from its version, or a database fails.
    """
    database, keys = stores(url, keys_url)
    try:
        return tuple(step for store in (keys.database, database) for step in _missing(store))
    finally:
        database.close()
        keys.database.close()


def _missing(database: Database) -> Iterator[Step]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - heavy, and needed once in an archive's life

    version, schema = database.present_version(), database.schema
    if version is None:
        raise database.missing()
    if is_newer(version, than=schema.newest):
        raise database.of_other_version(version)
    with _migrations(database) as config, _translating(database, version):
        found = ScriptDirectory.from_config(config).iterate_revisions(schema.newest, version)
        yield from reversed([Step(schema.name, one.revision, one.doc) for one in found])


def _make_private(keys: Database) -> None:
    """Make the file of a key store before SQLite does, so that only its owner can read it from the first moment on."""
    if keys.file is None:
        return
    try:
        os.close(os.open(keys.file, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise ArchiveError(
            message("the key store {file} can't be made: {reason}", file=keys.file, reason=error)
        ) from error


def _check_unused(keys: Database, *, archive: Database) -> None:
    with keys.reading() as connection:
        used = select(func.count()).select_from(key_table).where(key_table.c.min_events > 0)
        if connection.execute(used).scalar_one():
            raise ArchiveError(
                message(
                    "the key store at {keys} has keys of an archive that is not at {place}; "
                    "restore the archive from its backup, or name the right place",
                    keys=keys.place,
                    place=archive.place,
                )
            )


def migrate(database: Database) -> bool:
    """Run the migrations of one database that are missing; return whether there were any.

    Raises:
        NoArchiveError: if it is newer than this program.
        ArchiveError: if no migration leads from its version, or the database fails.
    """
    newest = database.schema.newest
    with database.making() as connection:
        version = database.version(connection)
        if version is not None and is_newer(version, than=newest):
            raise database.of_other_version(version)
        if version != newest:
            _run_migrations(database, connection, version)
        if database.schema is ARCHIVE:
            fence.put_up(connection)
        return version != newest


def _run_migrations(database: Database, connection: Connection, version: str | None) -> None:
    from alembic import command  # noqa: PLC0415 - heavy, and needed once in an archive's life

    with _migrations(database) as config, _translating(database, version):
        config.attributes["connection"] = connection
        command.upgrade(config, database.schema.newest)


@contextmanager
def _migrations(database: Database) -> Generator[Config]:
    """Give what tells Alembic where the migrations of a database are."""
    from alembic.config import Config  # noqa: PLC0415

    schema = database.schema
    config = Config()
    with as_file(files("mikrocert.archive") / "migrations") as folder:
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", str(folder / schema.migrations).replace("%", "%%"))
        config.attributes["version_table"] = schema.version_table
        yield config


@contextmanager
def _translating(database: Database, version: str | None) -> Generator[None]:
    from alembic.util import CommandError  # noqa: PLC0415 - heavy, and needed once in an archive's life

    try:
        yield
    except CommandError as error:
        raise ArchiveError(
            message(
                "{store} of version {version} can't be upgraded to {newest}: {reason}",
                store=database.schema.name,
                version=version or "–",
                newest=database.schema.newest,
                reason=error,
            )
        ) from error
