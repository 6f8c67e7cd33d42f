"""Moving files between the database and an object store, while others work.

Files are moved some at a time, each lot in a transaction of its own; whatever interrupts it leaves nothing half moved, and doing it again goes
on. What is moved are ciphertexts: no key is needed. The fence of the archive forbids to change the rows of artefacts, so it is lowered for
that table within each of these transactions, which only the owner of the tables may do.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

import attrs
from sqlalchemy import and_, delete, func, select, tuple_, update

from mikrocert.archive import fence
from mikrocert.archive.database import ARCHIVE, Database
from mikrocert.archive.objects import (
    SMALLEST,
    ArtefactKey,
    folder_of,
    keep_object,
    name_of,
    proven_octets,
    store_object,
)
from mikrocert.archive.tables import artefacts, events, objects
from mikrocert.errors import ObjectStoreError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import ColumnElement

    from mikrocert.archive.object_store import ObjectStore

__all__ = ["Moved", "move_to_database", "move_to_objects"]

_AT_ONCE: Final = 20
_KEY: Final = (artefacts.c.identifier, artefacts.c.format, artefacts.c.kind, artefacts.c.edition)
_OBJECT_KEY: Final = (objects.c.identifier, objects.c.format, objects.c.kind, objects.c.edition)


@attrs.frozen
class Moved:
    """What was moved.

    Args:
        files: how many files.
        octets: how many octets they have, encrypted.
    """

    files: int = 0
    octets: int = 0

    def __add__(self, other: Moved) -> Moved:
        """Return both together."""
        return Moved(self.files + other.files, self.octets + other.octets)


def move_to_objects(
    url: str, *, store: ObjectStore, on_progress: Callable[[Moved], object] = lambda _moved: None
) -> Moved:
    """Move files from the database to an object store; return what was moved.

    A file leaves the database only after the store has given back what it was given, within the transaction in which it leaves: an object of
    this name may have been there as an orphan before, and somebody be about to remove it. The room that it took is used again by the database
    for what comes later; `VACUUM` gives it back to the disk.

    Args:
        url: SQLAlchemy URL of the archive.
        store: where they go.
        on_progress: called with what was moved so far.

    Raises:
        NoArchiveError: if there is no archive, or one of another version.
        ObjectStoreError: if the store doesn't answer, refuses, or gives back something else.
        ArchiveError: if the database fails, or the fence may not be lowered.
    """
    moved = Moved()
    with closing(Database(url, schema=ARCHIVE)) as database:
        with database.reading() as connection:
            folder = folder_of(connection)
        for lot in _large(database):
            moved += _store(database, store, lot, folder=folder)
            on_progress(moved)
    return moved


def move_to_database(
    url: str, *, store: ObjectStore, on_progress: Callable[[Moved], object] = lambda _moved: None
) -> Moved:
    """Move files from an object store back to the database; return what was moved.

    Their objects stay, as orphans: backups that were made before, and whoever is just reading, still need them.

    Args:
        url: SQLAlchemy URL of the archive.
        store: where they are.
        on_progress: called with what was moved so far.

    Raises:
        NoArchiveError: if there is no archive, or one of another version.
        ObjectStoreError: if the store doesn't answer or refuses.
        DamagedError: if an object isn't there, or is another one.
        ArchiveError: if the database fails, or the fence may not be lowered.
    """
    moved = Moved()
    with closing(Database(url, schema=ARCHIVE)) as database:
        for lot in _stored(database):
            moved += _take_back(database, store, lot)
            on_progress(moved)
    return moved


def _large(database: Database) -> Iterator[list[ArtefactKey]]:
    """Yield the artefacts that are in the database and large enough for an object, some at a time."""
    size = func.length(artefacts.c.octets) >= SMALLEST
    after: ArtefactKey | None = None
    while True:
        wanted = select(*_KEY).where(size).order_by(*_KEY).limit(_AT_ONCE)
        if after is not None:
            wanted = wanted.where(tuple_(*_KEY) > attrs.astuple(after))
        with database.reading() as connection:
            lot = [ArtefactKey(*row) for row in connection.execute(wanted)]
        if not lot:
            return
        yield lot
        after = lot[-1]


def _stored(database: Database) -> Iterator[list[ArtefactKey]]:
    """Yield the artefacts that are in the object store and not erased, some at a time."""
    erased = select(events.c.number).where(
        events.c.identifier == objects.c.identifier, events.c.kind == "erased"
    )
    after: ArtefactKey | None = None
    while True:
        wanted = select(*_OBJECT_KEY).where(~erased.exists()).order_by(*_OBJECT_KEY).limit(_AT_ONCE)
        if after is not None:
            wanted = wanted.where(tuple_(*_OBJECT_KEY) > attrs.astuple(after))
        with database.reading() as connection:
            lot = [ArtefactKey(*row) for row in connection.execute(wanted)]
        if not lot:
            return
        yield lot
        after = lot[-1]


def _store(database: Database, store: ObjectStore, lot: list[ArtefactKey], *, folder: str) -> Moved:
    """Store what is in the database of some artefacts, have it given back, and let it go from the database."""
    stored: dict[ArtefactKey, tuple[str, bytes]] = {}
    for key in lot:
        with database.reading() as connection:
            ciphertext = connection.execute(select(artefacts.c.octets).where(_is(key))).scalar_one()
        if len(ciphertext) < SMALLEST:
            continue  # somebody else moved it meanwhile
        stored[key] = store_object(store, ciphertext, folder=folder), ciphertext
    moved = Moved()
    with database.writing() as connection, fence.lowered(connection, artefacts):
        for key, (sha256, ciphertext) in stored.items():
            size = len(ciphertext)
            if store.get(name_of(folder, sha256), most=size) != ciphertext:
                raise ObjectStoreError(
                    message(
                        "the object store {place} didn't give back what it was given; nothing of this lot left the database",
                        place=store.place,
                    )
                )
            there = _is(key) & (func.length(artefacts.c.octets) == size)
            if connection.execute(update(artefacts).where(there).values(octets=b"")).rowcount:
                keep_object(connection, key, folder=folder, sha256=sha256, size=size)
                moved += Moved(1, size)
    return moved


def _take_back(database: Database, store: ObjectStore, lot: list[ArtefactKey]) -> Moved:
    taken: dict[ArtefactKey, bytes] = {}
    for key in lot:
        with database.reading() as connection:
            row = connection.execute(select(objects).where(key.is_it)).one_or_none()
        if row is not None:  # else somebody else moved it meanwhile, or erased it
            taken[key] = proven_octets(store, row, path=str(key.place))
    moved = Moved()
    with database.writing() as connection, fence.lowered(connection, artefacts):
        for key, octets in taken.items():
            if connection.execute(delete(objects).where(key.is_it)).rowcount:
                connection.execute(update(artefacts).where(_is(key)).values(octets=octets))
                moved += Moved(1, len(octets))
    return moved


def _is(key: ArtefactKey) -> ColumnElement[bool]:
    """Return the condition that a row of `artefacts` is this one."""
    return and_(*(artefacts.c[name] == value for name, value in attrs.asdict(key).items()))
