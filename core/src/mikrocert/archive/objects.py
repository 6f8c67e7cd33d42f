"""Objects: where the ciphertexts of files are that are not in the database.

A file that is large enough for it is put into the object store before the row of the artefact is written; the row's own column then is
empty, and a row of `objects` says what the object is called, its SHA-256, and how large it is. So there is never a row without its
object; whatever is stopped in between leaves an object that no row names, an orphan, which nobody can open without its key.

Nothing that a store answers is believed: it has to be of that size and hash, then what it decrypts to has to have the fingerprint that the
event committed to. Which object an artefact is in is no evidence and stands in no hash.

Names are `FOLDER/AB/ABCDEF…`: the hash below a folder that each archive has of its own, so that several may share a bucket.
"""

from __future__ import annotations

import hashlib
import hmac
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import attrs
from sqlalchemy import ColumnElement, and_, delete, func, insert, select

from mikrocert.archive.database import ARCHIVE, Database
from mikrocert.archive.encryption import Place
from mikrocert.archive.listing import secret_of
from mikrocert.archive.tables import events, objects
from mikrocert.errors import DamagedError, ObjectStoreError
from mikrocert.report import Finding
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy.engine import Connection, Row

    from mikrocert.archive.object_store import ObjectStore, StoredObject

__all__ = [
    "GRACE",
    "SMALLEST",
    "ArtefactKey",
    "can_fetch_objects",
    "count_objects",
    "count_stored",
    "delete_objects",
    "fetch_object",
    "find_orphans",
    "folder_of",
    "has_objects",
    "keep_object",
    "name_of",
    "proven_octets",
    "remove_orphans",
    "store_object",
]

SMALLEST: Final = 4096
"""What is smaller stays in the database: an object of its own would cost more than it saves."""
GRACE: Final = timedelta(days=1)
"""How old an orphan has to be to be removed: what is just being recorded is one for a moment."""
_SINCE: Final = "0012"
_AT_ONCE: Final = 200
_FOLDER: Final = b"objects of the archive"
_FOLDER_LENGTH: Final = 16


@attrs.frozen
class ArtefactKey:
    """What tells an artefact from all others.

    Args:
        identifier: of the credential.
        format: name of the format.
        kind: credential, certificate or picture, as its column says it.
        edition: number of the edition.
    """

    identifier: str
    format: str
    kind: str
    edition: int

    @property
    def place(self) -> Place:
        """Where its octets stand."""
        return Place("artefacts", (self.identifier, self.format, self.kind, self.edition), "octets")

    @property
    def is_it(self) -> ColumnElement[bool]:
        """The condition that a row of `objects` is its own."""
        return and_(*(objects.c[name] == value for name, value in attrs.asdict(self).items()))


def has_objects(database: Database, connection: Connection) -> bool:
    """Return whether an archive has the table; in one that hasn't, which readers get on with, everything is in the database."""
    return (database.version(connection) or "") >= _SINCE


def folder_of(connection: Connection) -> str:
    """Return the folder that new objects of this archive are in.

    Raises:
        DamagedError: if the secret is gone that it is derived from.
    """
    return hmac.new(secret_of(connection), _FOLDER, hashlib.sha256).hexdigest()[:_FOLDER_LENGTH]


def count_objects(database: Database) -> tuple[int, str]:
    """Return how many files are in the object store, and in which folder new ones are.

    Raises:
        NoArchiveError: if there is no archive, or one of another version.
        ArchiveError: if the database fails.
    """
    with database.reading() as connection:
        folder = folder_of(connection)
        if not has_objects(database, connection):
            return 0, folder
        return connection.execute(select(func.count()).select_from(objects)).scalar_one(), folder


def count_stored(url: str) -> int:
    """Return how many files of an archive are in the object store.

    Args:
        url: SQLAlchemy URL of the archive.

    Raises:
        NoArchiveError: if there is no archive, or one of another version.
        ArchiveError: if the database fails.
    """
    with closing(Database(url, schema=ARCHIVE)) as database:
        return count_objects(database)[0]


def can_fetch_objects(database: Database, store: ObjectStore) -> bool:
    """Return whether a store hands out what the archive has in it, tried at one file; true where nothing is in it.

    Raises:
        NoArchiveError: if there is no archive, or one of another version.
        ArchiveError: if the database fails.
        ObjectStoreError: if the store doesn't answer or refuses.
    """
    with database.reading() as connection:
        if not has_objects(database, connection):
            return True
        one = connection.execute(select(objects.c.folder, objects.c.sha256).limit(1)).one_or_none()
    return one is None or store.get(name_of(one.folder, one.sha256), most=0) is not None


def name_of(folder: str, sha256: str) -> str:
    """Return the name of an object."""
    return f"{folder}/{sha256[:2]}/{sha256}"


def store_object(store: ObjectStore, ciphertext: bytes, *, folder: str) -> str:
    """Put a ciphertext into the store, and return its hash.

    Raises:
        ObjectStoreError: if the store doesn't answer or refuses.
    """
    sha256 = hashlib.sha256(ciphertext).hexdigest()
    store.put(name_of(folder, sha256), ciphertext)
    return sha256


def keep_object(connection: Connection, key: ArtefactKey, *, folder: str, sha256: str, size: int) -> None:
    """Write down where an artefact is whose object was stored and whose row is there."""
    row = {**attrs.asdict(key), "folder": folder, "sha256": sha256, "size": size}
    connection.execute(insert(objects).values(row))


def fetch_object(connection: Connection, key: ArtefactKey, *, store: ObjectStore | None) -> bytes:
    """Return the ciphertext of an artefact that is in the object store.

    Raises:
        ObjectStoreError: if settings name no store, or it doesn't answer or refuses.
        DamagedError: if nothing says where it is, the object isn't there, or is another one.
    """
    path = str(key.place)
    row = connection.execute(select(objects).where(key.is_it)).one_or_none()
    if row is None:
        raise DamagedError(
            Finding.error(
                "object-unknown", "it is not in the database, and nothing says where it is", path=path
            )
        )
    return proven_octets(_named(store), row, path=path)


def proven_octets(store: ObjectStore, row: Row[tuple[object, ...]], *, path: str) -> bytes:
    """Return the octets of an object, if they are those that were stored.

    Args:
        store: where it is.
        row: its row of `objects`.
        path: what a fault is of.

    Raises:
        ObjectStoreError: if the store doesn't answer or refuses.
        DamagedError: if the object isn't there, or is another one.
    """
    name = name_of(row.folder, row.sha256)
    octets = store.get(name, most=max(row.size, 0))
    if octets is None:
        raise DamagedError(
            Finding.error(
                "object-missing",
                "its object {name} is not in the object store {place}",
                path=path,
                name=name,
                place=store.place,
            )
        )
    if len(octets) != row.size or hashlib.sha256(octets).hexdigest() != row.sha256:
        raise DamagedError(
            Finding.error(
                "object-changed",
                "its object {name} in the object store {place} is not the one that was stored: it was changed or is not whole",
                path=path,
                name=name,
                place=store.place,
            )
        )
    return octets


def delete_objects(database: Database, identifier: str, *, store: ObjectStore | None) -> None:
    """Delete the objects of a credential whose content was erased, then what says where they were; done again, it goes on.

    Raises:
        ObjectStoreError: if there are any and they can't be deleted; its key is destroyed all the same.
        ArchiveError: if the database fails.
    """
    of_it = select(objects).where(objects.c.identifier == identifier)
    with database.reading() as connection:
        rows = connection.execute(of_it).all() if has_objects(database, connection) else ()
    if not rows:
        return
    try:
        for row in rows:
            _named(store).delete(name_of(row.folder, row.sha256))
    except ObjectStoreError as error:
        raise ObjectStoreError(
            message(
                "the content of {identifier} is erased, since its key is destroyed, but its objects are still there; erase it again later: "
                "{reason}",
                identifier=identifier,
                reason=error.message,
            )
        ) from error
    with database.changing() as connection:
        connection.execute(delete(objects).where(objects.c.sha256.in_([row.sha256 for row in rows])))


def find_orphans(
    database: Database, store: ObjectStore, *, at: datetime
) -> Iterator[tuple[StoredObject, bool]]:
    """Yield each object in the archive's folder that no row names, and whether it may be removed.

    It may once it is older than `GRACE`, and than the archive's last event: what is younger than that may be another copy's of this
    archive, which went on when this one was restored from a backup.

    Args:
        database: the archive's.
        store: where they are.
        at: what the clock shows (aware).

    Raises:
        ObjectStoreError: if the store doesn't answer or refuses.
        ArchiveError: if the database fails.
    """
    with database.reading() as connection:
        folder = folder_of(connection)
        last = connection.execute(select(events.c.at).order_by(events.c.number.desc()).limit(1)).scalar()
    limit = at - GRACE if last is None else min(at - GRACE, last)
    some: list[StoredObject] = []
    for one in store.walk(folder):
        some.append(one)
        if len(some) == _AT_ONCE:
            yield from _without_row(database, some, before=limit)
            some = []
    yield from _without_row(database, some, before=limit)


def remove_orphans(url: str, *, store: ObjectStore, at: datetime) -> int:
    """Delete the orphans that may be removed (see `find_orphans`); return how many there were.

    An orphan can be one no more: what was moved back into the database may be moved out again, under its old name. So each is looked for
    once more, and deleted, while nobody else writes.

    Args:
        url: SQLAlchemy URL of the archive.
        store: where they are.
        at: what the clock shows (aware).

    Raises:
        NoArchiveError: if there is no archive, or one of another version.
        ObjectStoreError: if the store doesn't answer or refuses.
        ArchiveError: if the database fails.
    """
    removed = 0
    with closing(Database(url, schema=ARCHIVE)) as database:
        for orphan, removable in find_orphans(database, store, at=at):
            if not removable:
                continue
            with database.writing() as connection:
                if not _named_in(connection, [orphan]):
                    store.delete(orphan.name)
                    removed += 1
    return removed


def _without_row(
    database: Database, some: Sequence[StoredObject], *, before: datetime
) -> Iterator[tuple[StoredObject, bool]]:
    with database.reading() as connection:
        there = _named_in(connection, some)
    yield from ((one, one.at < before) for one in some if _sha256_of(one) not in there)


def _named_in(connection: Connection, some: Iterable[StoredObject]) -> set[str]:
    """Return the hashes of those objects that a row names."""
    of_them = select(objects.c.sha256).where(objects.c.sha256.in_(map(_sha256_of, some)))
    return set(connection.execute(of_them).scalars())


def _sha256_of(one: StoredObject) -> str:
    """Return the hash by which an object is called."""
    return one.name.rpartition("/")[2]


def _named(store: ObjectStore | None) -> ObjectStore:
    """Return the store that settings name.

    Raises:
        ObjectStoreError: if they name none.
    """
    if store is None:
        raise ObjectStoreError(
            message(
                "the file is in an object store, and the settings name none; the section [archive.objects] it was recorded with would be right"
            )
        )
    return store
