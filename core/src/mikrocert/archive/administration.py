"""Making an archive and bringing one up to date: nothing else makes or changes tables."""

from __future__ import annotations

import os
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from mikrocert.archive import fence
from mikrocert.archive.archive import stores
from mikrocert.archive.database import ARCHIVE
from mikrocert.archive.tables import keys as key_table
from mikrocert.errors import ArchiveError
from mikrocert.texts import message

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from mikrocert.archive.database import Database

__all__ = ["init_archive", "upgrade_archive"]


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
        _migrate(keys.database)
        _migrate(database)
        return True
    finally:
        database.close()
        keys.database.close()


def upgrade_archive(url: str, *, keys_url: str | None = None) -> bool:
    """Bring an archive and its key store up to date, and put its fence up again where it is down.

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
        return any([_migrate(keys.database), _migrate(database)])
    finally:
        database.close()
        keys.database.close()


def _make_private(keys: Database) -> None:
    """Make the file of a key store before SQLite does, so that only its owner can read it from the first moment on."""
    if keys.file is None:
        return
    try:
        os.close(os.open(keys.file, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise ArchiveError(
            message("the key store {file} can't be made: {reason}", file=keys.file, reason=error.strerror)
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


def _migrate(database: Database) -> bool:
    """Run the migrations that are missing; return whether there were any."""
    newest = database.schema.newest
    with database.making() as connection:
        version = database.version(connection)
        if version is not None and version > newest:
            raise database.of_other_version(version)
        if version != newest:
            _run_migrations(database, connection, version)
        if database.schema is ARCHIVE:
            fence.put_up(connection)
        return version != newest


def _run_migrations(database: Database, connection: Connection, version: str | None) -> None:
    from alembic import command  # noqa: PLC0415 - heavy, and needed once in an archive's life
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    schema = database.schema
    config = Config()
    with as_file(files("mikrocert.archive") / "migrations") as folder:
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", str(folder / schema.migrations).replace("%", "%%"))
        config.attributes["connection"] = connection
        config.attributes["version_table"] = schema.version_table
        try:
            command.upgrade(config, schema.newest)
        except CommandError as error:
            raise ArchiveError(
                message(
                    "{store} of version {version} can't be upgraded to {newest}: {reason}",
                    store=schema.name,
                    version=version or "–",
                    newest=schema.newest,
                    reason=error,
                )
            ) from error
