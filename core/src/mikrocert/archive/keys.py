"""The key store: one key per award version, in a database of its own.

It can be on another host, and has backups of its own that are kept for a short time only: a key that was destroyed, and
is in no backup any more, has erased what it encrypted, in every copy of the archive.

Beside each key stands how many events its credential has: at least `min_events`, written after a unit of work has
committed, and at most `max_events`, written before. So the last events of a credential can't go, nor others come,
unseen; the chain of hashes alone wouldn't tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from sqlalchemy import insert, select, update

from mikrocert.archive.database import KEYS, Database
from mikrocert.archive.encryption import new_key
from mikrocert.archive.tables import keys
from mikrocert.errors import ArchiveError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["KeyRing", "KeyStore", "StoredKey"]

_AT_ONCE = 500


@attrs.frozen
class StoredKey:
    """A key and what stands beside it.

    Args:
        identifier: the credential's identifier.
        key: 32 octets; none once destroyed.
        min_events: how many events the credential has at least.
        max_events: how many it can have at most.
    """

    identifier: str
    key: bytes | None = attrs.field(repr=False)
    min_events: int = 0
    max_events: int = 0


class KeyStore:
    """The keys; every call is a transaction of its own.

    Args:
        url: SQLAlchemy URL of the key store.
    """

    def __init__(self, url: str) -> None:
        self.database = Database(url, schema=KEYS)

    def find(self, identifiers: Iterable[str]) -> dict[str, StoredKey]:
        """Return the keys of these credentials by identifier; those that aren't there are left out."""
        wanted = sorted(set(identifiers))
        found: dict[str, StoredKey] = {}
        if not wanted:
            return found
        with self.database.reading() as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                for row in connection.execute(select(keys).where(keys.c.identifier.in_(some))):
                    found[row.identifier] = StoredKey(*row)
        return found

    def walk(self) -> Iterator[Sequence[StoredKey]]:
        """Yield all keys in the order of their identifiers, some at a time."""
        after = ""
        while True:
            wanted = select(keys).where(keys.c.identifier > after).order_by(keys.c.identifier).limit(_AT_ONCE)
            with self.database.reading() as connection:
                some = [StoredKey(*row) for row in connection.execute(wanted)]
            if not some:
                return
            yield some
            after = some[-1].identifier

    def expect(self, new: Mapping[str, bytes], counts: Mapping[str, int]) -> None:
        """Store new keys and how many events there can be from now on.

        Args:
            new: the keys by identifier.
            counts: how many events a credential will have, by identifier.
        """
        if not new and not counts:
            return
        with self.database.writing() as connection:
            if new:
                connection.execute(
                    insert(keys),
                    [
                        {"identifier": identifier, "key": key, "min_events": 0, "max_events": 0}
                        for identifier, key in new.items()
                    ],
                )
            for identifier, count in counts.items():
                of_it = keys.c.identifier == identifier
                connection.execute(update(keys).where(of_it).values(max_events=count))

    def confirm(self, counts: Mapping[str, int], *, destroyed: Iterable[str]) -> None:
        """Store how many events there are by now, and destroy keys.

        Args:
            counts: how many events a credential has, by identifier.
            destroyed: identifiers of the credentials whose content is erased.
        """
        destroyed = tuple(destroyed)
        if not counts and not destroyed:
            return
        with self.database.writing() as connection:
            for identifier, count in counts.items():
                behind = (keys.c.identifier == identifier) & (keys.c.min_events < count)
                connection.execute(update(keys).where(behind).values(min_events=count))
            for identifier in destroyed:
                connection.execute(update(keys).where(keys.c.identifier == identifier).values(key=None))


class KeyRing:
    """The keys that one unit of work uses: those of the store, and new ones that are stored before it commits.

    Args:
        store: the key store.
    """

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._stored: dict[str, StoredKey] = {}
        self._new: dict[str, bytes] = {}
        self._counts: dict[str, int] = {}
        self._destroyed: set[str] = set()

    def find(self, identifiers: Iterable[str]) -> dict[str, StoredKey]:
        """Return the keys of these credentials by identifier; those that aren't there are left out."""
        wanted = set(identifiers)
        self._stored |= self._store.find(wanted - self._stored.keys())
        return {identifier: self._stored[identifier] for identifier in wanted & self._stored.keys()}

    def obtain(self, identifier: str) -> bytes:
        """Return the key of this identifier, a new one where there is none.

        Raises:
            ArchiveError: if it was destroyed.
        """
        stored = self.find([identifier]).get(identifier)
        if stored is None:
            self._new[identifier] = key = new_key()
            self._stored[identifier] = StoredKey(identifier, key)
            return key
        if stored.key is None:
            raise ArchiveError(
                message(
                    "the key of {identifier} was destroyed; an identifier is used once", identifier=identifier
                )
            )
        return stored.key

    def count(self, identifier: str, events: int) -> None:
        """Note how many events a credential has at the end of this unit."""
        self._counts[identifier] = events

    def destroy(self, identifier: str) -> None:
        """Note that a key is to be destroyed once the unit has committed."""
        self._destroyed.add(identifier)

    def before_commit(self) -> None:
        """Store what has to be there before the unit commits; if it never does, nothing is lost and nothing opened."""
        risen = {
            identifier: count
            for identifier, count in self._counts.items()
            if self._stored[identifier].max_events != count
        }
        self._store.expect(self._new, risen)

    def after_commit(self) -> None:
        """Store what is true once the unit has committed."""
        risen = {
            identifier: count
            for identifier, count in self._counts.items()
            if self._stored[identifier].min_events < count
        }
        gone = {identifier for identifier in self._destroyed if self._stored[identifier].key is not None}
        self._store.confirm(risen, destroyed=gone)
