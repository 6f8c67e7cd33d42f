"""The key store: one key per award version, in a database of its own.

It can be on another host, and has backups of its own that are kept for a short time only: a key that was destroyed, and
is in no backup any more, has erased what it encrypted, in every copy of the archive.

Beside each key stands how many events its credential has: at least `min_events`, written after a unit of work has
committed, and at most `max_events`, written before. So the last events of a credential can't go, nor others come,
unseen; the chain of hashes alone wouldn't tell.

Holders are found by tokens of their names (`mikrocert.archive.names`), which live and die with the keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import delete, exists, insert, select, text, update

from mikrocert.archive.database import KEYS, Database
from mikrocert.archive.encryption import new_key
from mikrocert.archive.tables import NOT_NAMED, keys, names
from mikrocert.errors import ArchiveError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy.engine import Connection, Row

    from mikrocert.settings import ConnectionSettings

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


def _stored(row: Row[Any]) -> StoredKey:
    return StoredKey(row.identifier, row.key, row.min_events, row.max_events)


class KeyStore:
    """The keys; every call is a transaction of its own.

    Args:
        url: SQLAlchemy URL of the key store.
        connections: how connections to PostgreSQL are made; none means as usual.
    """

    def __init__(self, url: str, *, connections: ConnectionSettings | None = None) -> None:
        self.database = Database(url, schema=KEYS, connections=connections)

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
                    found[row.identifier] = _stored(row)
        return found

    def walk(self) -> Iterator[Sequence[StoredKey]]:
        """Yield all keys in the order of their identifiers, some at a time."""
        after = ""
        while True:
            wanted = select(keys).where(keys.c.identifier > after).order_by(keys.c.identifier).limit(_AT_ONCE)
            with self.database.reading() as connection:
                some = [_stored(row) for row in connection.execute(wanted)]
            if not some:
                return
            yield some
            after = some[-1].identifier

    def expect(
        self,
        new: Mapping[str, bytes | None],
        counts: Mapping[str, int],
        *,
        named: Mapping[str, Collection[bytes]],
    ) -> None:
        """Store new keys, how many events there can be from now on, and what holders are found by.

        Args:
            new: the keys by identifier; none for an imported credential whose content was erased.
            counts: how many events a credential will have, by identifier.
            named: the tokens of the holder's name, by identifier.
        """
        if not new and not counts and not named:
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
            _name(connection, named)

    def name(self, named: Mapping[str, Collection[bytes]]) -> None:
        """Store what holders are found by, in place of what was stored; those whose key is destroyed are left out.

        Args:
            named: the tokens of the holder's name, by identifier.
        """
        with self.database.writing() as connection:
            with_key = select(keys.c.identifier).where(keys.c.identifier.in_(named), keys.c.key.is_not(None))
            there = set(connection.execute(with_key).scalars())
            _name(connection, {identifier: named[identifier] for identifier in there})

    def unnamed(self, *, after: str = "") -> tuple[str, ...]:
        """Return identifiers of keys whose holders can't be found by name yet, in their order, some at a time.

        Args:
            after: the last one of those before.
        """
        wanted = select(keys.c.identifier).where(text(NOT_NAMED), keys.c.identifier > after)
        with self.database.reading() as connection:
            found = connection.execute(wanted.order_by(keys.c.identifier).limit(_AT_ONCE)).scalars()
            return tuple(found)

    def forget_names(self) -> None:
        """Forget what holders are found by; a new secret of the archive makes other tokens."""
        with self.database.writing() as connection:
            connection.execute(delete(names))
            connection.execute(update(keys).values(named=0))

    def having(self, tokens: Sequence[bytes], *, after: str, limit: int) -> tuple[str, ...]:
        """Return the identifiers of the credentials whose holder's name has all of these tokens, in their order.

        Args:
            tokens: at least one.
            after: the last one of those before.
            limit: how many at most.
        """
        first, *others = tokens
        wanted = select(names.c.identifier).where(names.c.token == first, names.c.identifier > after)
        for token in others:
            also = names.alias()
            wanted = wanted.where(
                exists().where(also.c.token == token, also.c.identifier == names.c.identifier)
            )
        with self.database.reading() as connection:
            found = connection.execute(wanted.order_by(names.c.identifier).limit(limit)).scalars()
            return tuple(found)

    def tokens_of(self, identifiers: Iterable[str]) -> dict[str, frozenset[bytes]]:
        """Return what the holders of these credentials are found by, by identifier."""
        found: dict[str, set[bytes]] = {identifier: set() for identifier in identifiers}
        of_them = select(names).where(names.c.identifier.in_(found))
        with self.database.reading() as connection:
            for row in connection.execute(of_them):
                found[row.identifier].add(row.token)
        return {identifier: frozenset(tokens) for identifier, tokens in found.items()}

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
                connection.execute(delete(names).where(names.c.identifier == identifier))

    def drop(self, identifiers: Iterable[str]) -> None:
        """Destroy keys of which nothing is to be known any more, so that no row of them stays; never those of credentials."""
        with self.database.writing() as connection:
            for identifier in identifiers:
                connection.execute(delete(keys).where(keys.c.identifier == identifier))


def _name(connection: Connection, named: Mapping[str, Collection[bytes]]) -> None:
    for identifier, tokens in named.items():
        connection.execute(delete(names).where(names.c.identifier == identifier))
        rows = [{"token": token, "identifier": identifier} for token in sorted(tokens)]
        if rows:
            connection.execute(insert(names), rows)
        connection.execute(update(keys).where(keys.c.identifier == identifier).values(named=1))


class KeyRing:
    """The keys that one unit of work uses: those of the store, and new ones that are stored before it commits.

    Args:
        store: the key store.
    """

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._stored: dict[str, StoredKey] = {}
        self._new: dict[str, bytes | None] = {}
        self._counts: dict[str, int] = {}
        self._named: dict[str, frozenset[bytes]] = {}
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

    def take(self, identifier: str, key: bytes | None) -> None:
        """Note the key of an imported credential; none where its content was erased."""
        if identifier not in self.find([identifier]):
            self._new[identifier] = key
            self._stored[identifier] = StoredKey(identifier, key)

    def name(self, identifier: str, tokens: frozenset[bytes]) -> None:
        """Note what the holder of a credential is found by."""
        self._named[identifier] = tokens

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
        self._store.expect(self._new, risen, named=self._named)

    def after_commit(self) -> None:
        """Store what is true once the unit has committed."""
        risen = {
            identifier: count
            for identifier, count in self._counts.items()
            if self._stored[identifier].min_events < count
        }
        gone = {identifier for identifier in self._destroyed if self._stored[identifier].key is not None}
        self._store.confirm(risen, destroyed=gone)
