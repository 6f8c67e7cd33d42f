"""Checking a whole archive: everything is read once, in constant memory, and held against hashes and keys.

1. The fence is up.
2. All events, in the order of their numbers: none is missing, each follows the one before, each has the hash that it
   should have, together with the rows that it added.
3. The log: the hashes that are kept of it are those of its entries, and so is each of its heads, in their order.
4. All awards: their events lead to a status and are as many as the key store knows of; what is encrypted can be
   decrypted, each file has its fingerprint; each event has the entry of the log that follows from it (of what was erased:
   its kind, moment and number of files); what was erased has no key any more.
   It is listed and counted, and its holder found by name, as follows from there.
5. Artefacts and entries of the journal belong to something that is there.
6. All keys: those of credentials that were recorded still have one.
7. All acts: none before another is missing, each has the hash that it should have.
8. All types of micro-credentials: each version has the content, and each end the moment, that its act says; none is there
   that no act added, and what an award took is there.
9. What holders decided about who sees their credentials: it can be decrypted and counted. That it is what they decided, nothing proves.
10. Objects in an object store, where there are any: each that holds a file was read above; what was erased has none any more. Those that no
    row names are counted, and do no harm.

Nothing is locked for long, so that work goes on meanwhile; what is recorded during the walk may or may not be counted.
What the chain can't tell: whoever may write to both databases, and to no backup, can write everything anew. Whoever kept
a head of the log can tell (`mikrocert log audit`), which also asks who signed the heads.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import func, or_, select

from mikrocert.archive import fence, journal
from mikrocert.archive.acts import act_hash, rows_of_acts
from mikrocert.archive.archive import stores
from mikrocert.archive.entries import entry_of, log_salt, read_entry
from mikrocert.archive.events import GENESIS, EventKind
from mikrocert.archive.kept_types import damaged_types, unproven_types
from mikrocert.archive.listing import ListedState, listed, miscounted, secret_of
from mikrocert.archive.logged import LogReader
from mikrocert.archive.names import tokens
from mikrocert.archive.objects import find_orphans, has_objects
from mikrocert.archive.reading import INFO, Files, artefact_info, check_event, dossiers, salt_of
from mikrocert.archive.sharing import damaged_sharing, has_sharing
from mikrocert.archive.tables import artefacts, awards, events, log_hashes, objects, reservations
from mikrocert.archive.tables import journal as journal_table
from mikrocert.award.identifiers import is_identifier
from mikrocert.errors import DamagedError, LogError
from mikrocert.log.checkpoints import checkpoint_of
from mikrocert.log.notes import read_note
from mikrocert.log.tree import TILE_HEIGHT, TILE_WIDTH, GrowingTree, leaf_hash
from mikrocert.report import Finding, Severity
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from sqlalchemy.engine import Connection, Row

    from mikrocert.archive.credentials import Archived
    from mikrocert.archive.database import Database
    from mikrocert.archive.keys import KeyStore, StoredKey
    from mikrocert.archive.logged import Head
    from mikrocert.archive.object_store import ObjectStore
    from mikrocert.archive.reading import Dossier

__all__ = ["ArchiveCheck", "Counts", "check_archive"]

_AT_ONCE = 50
_LEVELS = 8
"""Hashes are kept of fewer levels: there can't be 256**8 entries."""


@attrs.frozen
class Counts:
    """What an archive holds.

    Args:
        awards: versions of awards, each with an identifier.
        artefacts: files of all editions.
        editions: files among them whose seal was renewed.
        events: events of all credentials.
        erased: credentials whose content was erased.
        pending: awards that were begun and not recorded.
        orphan_keys: keys that open nothing: of awards that were begun and never recorded.
        acts: administrative acts.
        objects: files among the artefacts that are in an object store.
        orphan_objects: objects that no row names: of what was never recorded, or was moved back into the database.
    """

    awards: int = 0
    artefacts: int = 0
    editions: int = 0
    events: int = 0
    erased: int = 0
    pending: int = 0
    orphan_keys: int = 0
    acts: int = 0
    objects: int = 0
    orphan_objects: int = 0


class ArchiveCheck:
    """One walk through an archive: iterating yields what is damaged, afterwards `counts` is complete.

    Args:
        database: where credentials are kept.
        keys: where their keys are kept.
        objects: where larger files are kept; none means in the database.
    """

    def __init__(self, database: Database, *, keys: KeyStore, objects: ObjectStore | None = None) -> None:
        self._database = database
        self._keys = keys
        self._objects = objects
        self._counted: Counter[str] = Counter()

    @property
    def counts(self) -> Counts:
        """What was counted so far."""
        return Counts(**self._counted)

    def __iter__(self) -> Iterator[Finding]:
        """Walk through everything.

        Raises:
            NoArchiveError: if there is no archive, or one of another version.
            ArchiveError: if a database or the object store fails.
        """
        self._counted.clear()
        try:
            yield from self._fence()
            yield from self._events()
            yield from self._log()
            yield from self._awards()
            yield from self._statistics()
            yield from self._strays()
            yield from self._pending()
            yield from self._stored_keys()
            yield from self._acts()
            yield from self._stored_objects()
        finally:
            self._database.close()
            self._keys.database.close()

    def _fence(self) -> Iterator[Finding]:
        with self._database.reading() as connection:
            gaps = fence.gaps(connection)
        for name in gaps:
            yield Finding.error(
                "fence-down",
                "this trigger is missing, off or changed; `mikrocert archive upgrade` puts it up again",
                path=name,
            )

    def _events(self) -> Iterator[Finding]:
        number, previous = 0, GENESIS
        while True:
            wanted = select(events).where(events.c.number > number).order_by(events.c.number).limit(_AT_ONCE)
            found = _Collector()
            with self._database.reading() as connection:
                rows = connection.execute(wanted).all()
                added = _Added(connection, rows)
                for row in rows:
                    with found.next():
                        _check_follows(row, number=number, previous=previous)
                    with found.next():
                        added.check(row)
                    number, previous = row.number, row.hash
            yield from found.findings
            if not rows:
                return
            self._counted["events"] += len(rows)

    def _acts(self) -> Iterator[Finding]:
        number, previous = 0, GENESIS
        while True:
            with self._database.reading() as connection:
                rows = rows_of_acts(connection, after=number, limit=_AT_ONCE)
                types = list(damaged_types(connection, rows))
            for row in rows:
                if row.number != number + 1 or row.previous != previous:
                    yield Finding.error(
                        "act-missing", "it doesn't follow the act before", path=f"acts[{row.number}]"
                    )
                if act_hash(row) != row.hash:
                    yield Finding.error(
                        "act-changed", "this act is not what it was", path=f"acts[{row.number}]"
                    )
                number, previous = row.number, row.hash
            yield from types
            if not rows:
                break
            self._counted["acts"] += len(rows)
        with self._database.reading() as connection:
            types = list(unproven_types(connection))
        yield from types

    def _log(self) -> Iterator[Finding]:
        tree, heads = GrowingTree(), _Heads(self._database)
        with self._database.reading() as connection:
            size = LogReader(connection).size
        if heads.missing:
            yield Finding.error("log-head-missing", "a signed head is not there any more", path="log_heads")
        yield from heads.judge(tree)
        while tree.size < size:
            found = _Collector()
            with self._database.reading() as connection, found.next():
                log = LogReader(connection)
                for entry in log.entries(tree.size, min(tree.size + TILE_WIDTH, size)):
                    for level, own in enumerate(tree.add(leaf_hash(entry)), start=1):
                        with found.next():
                            _check_tile(log, level, (tree.size >> level * TILE_HEIGHT) - 1, own)
                    found.findings += heads.judge(tree)
            yield from found.findings
            if any(
                finding.code == "log-incomplete" and "events" in finding.path for finding in found.findings
            ):
                return
        yield from heads.left(size)
        beyond = select(log_hashes.c.level, log_hashes.c.number).where(
            or_(
                *(
                    (log_hashes.c.level == level) & (log_hashes.c.number >= size >> level * TILE_HEIGHT)
                    for level in range(1, _LEVELS)
                ),
                ~log_hashes.c.level.between(1, _LEVELS - 1),
            )
        )
        with self._database.reading() as connection:
            if LogReader(connection).size > size:
                return
            rows = connection.execute(beyond.limit(_AT_ONCE)).all()
        for row in rows:
            yield Finding.error(
                "log-hash-added",
                "there are not so many entries",
                path=f"log_hashes[{row.level}, {row.number}]",
            )

    def _awards(self) -> Iterator[Finding]:
        after = ""
        while True:
            some = select(awards.c.identifier).where(awards.c.identifier > after)
            with self._database.reading() as connection:
                identifiers = (
                    connection.execute(some.order_by(awards.c.identifier).limit(_AT_ONCE)).scalars().all()
                )
            if not identifiers:
                return
            after = identifiers[-1]
            yield from self._some_awards(identifiers)

    def _some_awards(self, identifiers: Sequence[str]) -> list[Finding]:
        stored = self._keys.find(identifiers)  # before the rows, so that it can't know of later events
        named = self._keys.tokens_of(identifiers)
        found = _Collector()
        with self._database.reading() as connection:
            of_them = select(awards).where(awards.c.identifier.in_(identifiers))
            for row in connection.execute(of_them.order_by(awards.c.identifier)).all():
                with found.next():
                    key = stored.get(row.identifier)
                    self._award(connection, row, key, named[row.identifier], found)
            if has_sharing(self._database, connection):
                found.findings.extend(damaged_sharing(connection, identifiers, stored=stored))
        return found.findings

    def _award(
        self,
        connection: Connection,
        row: Row[Any],
        stored: StoredKey | None,
        named: frozenset[bytes],
        found: _Collector,
    ) -> None:
        self._counted["awards"] += 1
        dossier = dossiers(connection, [row])[0]
        self._counted["artefacts"] += len(dossier.artefacts)
        self._counted["editions"] += sum(info.edition > 1 for info in dossier.artefacts)
        self._counted["erased"] += dossier.erased
        with found.next():
            dossier.check_rows()
        with found.next():
            _check_lists(connection, dossier.archived(stored), stored, named)
        with found.next():
            self._check_key(dossier, stored)
        if not dossier.erased and stored is not None and stored.key is not None:
            salt = salt_of(dossier, stored.key)
            kept = Files(connection, row.identifier, key=stored.key, objects=self._objects)
            files: defaultdict[int, list[bytes]] = defaultdict(list)
            for info in dossier.artefacts:
                with found.next():
                    files[info.event].append(kept.read(info, salt=salt).octets)
            for event in dossier.events:
                with found.next():
                    _check_entry(dossier, event, files=files[event.number], salt=log_salt(salt))
        for event in dossier.events if dossier.erased else ():
            with found.next():
                _check_entry(dossier, event)

    def _check_key(self, dossier: Dossier, stored: StoredKey | None) -> None:
        """Refuse more events than there can be, and a key that should be destroyed; both may be a moment behind."""
        identifier, count = dossier.award.identifier, len(dossier.events)
        if stored is not None and (count > stored.max_events or (dossier.erased and stored.key is not None)):
            stored = self._keys.find([identifier]).get(identifier)
        if stored is None:
            return  # told as a missing key
        if count > stored.max_events:
            fault = message(
                "it has {count} event, the key store knows of {known}: some were added by hand",
                plural="it has {count} events, the key store knows of {known}: some were added by hand",
                count=count,
                known=stored.max_events,
            )
            raise DamagedError(Finding("event-added", Severity.ERROR, fault, f"awards[{identifier}]"))
        if dossier.erased and stored.key is not None:
            raise DamagedError(
                Finding.error(
                    "key-not-destroyed",
                    "its content was erased, but its key is still there; `mikrocert archive erase` destroys it",
                    path=f"keys[{identifier}]",
                )
            )

    def _statistics(self) -> Iterator[Finding]:
        with self._database.reading() as connection:
            for institution, month, kind in miscounted(connection):
                yield Finding.error(
                    "statistics-other",
                    "there were more or fewer such events",
                    path=f"statistics[{institution}, {month}, {kind}]",
                )

    def _strays(self) -> Iterator[Finding]:
        homeless = select(*INFO).where(artefacts.c.identifier.not_in(select(awards.c.identifier)))
        with self._database.reading() as connection:
            rows = connection.execute(homeless.limit(_AT_ONCE)).all()
        for row in rows:
            path = f"artefacts[{row.identifier}, {row.format}, {row.kind}, {row.edition}]"
            yield Finding.error("award-missing", "the award that it belongs to is not there", path=path)

    def _pending(self) -> Iterator[Finding]:
        after = ""
        while True:
            some = select(reservations).where(reservations.c.identifier > after)
            with self._database.reading() as connection:
                rows = connection.execute(some.order_by(reservations.c.identifier).limit(_AT_ONCE)).all()
            if not rows:
                break
            after = rows[-1].identifier
            self._counted["pending"] += len(rows)
            for row in rows:
                yield from self._reservation(row)
        homeless = select(journal_table.c.identifier).where(
            journal_table.c.identifier.not_in(select(reservations.c.identifier))
        )
        with self._database.reading() as connection:
            identifiers = connection.execute(homeless.distinct().limit(_AT_ONCE)).scalars().all()
        for identifier in identifiers:
            yield Finding.error(
                "reservation-missing",
                "the reservation that it belongs to is not there",
                path=f"journal[{identifier}]",
            )

    def _reservation(self, row: Row[Any]) -> Iterator[Finding]:
        stored = self._keys.find([row.identifier]).get(row.identifier)
        found = _Collector()
        with self._database.reading() as connection, found.next():
            if stored is None or stored.key is None:
                raise journal.key_missing(row.identifier)
            journal.reservation_salt(row, stored.key)
            for _ in journal.entries(connection, row.identifier, key=stored.key):
                pass
        yield from found.findings

    def _stored_keys(self) -> Iterator[Finding]:
        for some in self._keys.walk():
            identifiers = [stored.identifier for stored in some]
            with self._database.reading() as connection:
                in_archive = {
                    identifier
                    for table in (awards, reservations)
                    for identifier in connection.execute(
                        select(table.c.identifier).where(table.c.identifier.in_(identifiers))
                    ).scalars()
                }
            for stored in some:
                if stored.identifier in in_archive or not is_identifier(stored.identifier):
                    continue  # keys of what rooms above keep are called otherwise than credentials
                if stored.min_events:
                    yield Finding.error(
                        "award-missing",
                        "the key store knows of this credential, the archive has lost it",
                        path=f"awards[{stored.identifier}]",
                    )
                else:
                    self._counted["orphan_keys"] += 1

    def _stored_objects(self) -> Iterator[Finding]:
        erased = select(events.c.number).where(
            events.c.identifier == objects.c.identifier, events.c.kind == EventKind.ERASED.value
        )
        with self._database.reading() as connection:
            if not has_objects(self._database, connection):
                return
            self._counted["objects"] = connection.execute(
                select(func.count()).select_from(objects)
            ).scalar_one()
            left = connection.execute(
                select(objects.c.identifier).where(erased.exists()).distinct().limit(_AT_ONCE)
            )
            identifiers = left.scalars().all()
        for identifier in identifiers:
            yield Finding.error(
                "object-not-deleted",
                "its content was erased and can't be read, but its objects are still in the object store; `mikrocert archive erase` deletes "
                "them",
                path=f"objects[{identifier}]",
            )
        if self._objects is not None:
            for _ in find_orphans(self._database, self._objects, at=datetime.now(UTC)):
                self._counted["orphan_objects"] += 1


class _Added:
    """What some events added, at hand to hold their hashes against it."""

    def __init__(self, connection: Connection, rows: Sequence[Row[Any]]) -> None:
        identifiers = {row.identifier for row in rows}
        first = (
            select(events.c.identifier, func.min(events.c.number).label("number"))
            .where(events.c.identifier.in_(identifiers))
            .group_by(events.c.identifier)
        )
        self._first = {row.identifier: row.number for row in connection.execute(first)}
        of_them = select(awards).where(awards.c.identifier.in_(identifiers))
        self._awards = {row.identifier: row for row in connection.execute(of_them)}
        added = select(*INFO).where(artefacts.c.event.in_([row.number for row in rows]))
        self._artefacts: defaultdict[tuple[int, str], list[Row[Any]]] = defaultdict(list)
        for row in connection.execute(added):
            self._artefacts[row.event, row.identifier].append(row)

    def check(self, event: Row[Any]) -> None:
        """Refuse an event that, together with what it added, is not what was recorded.

        Raises:
            DamagedError: if it is not.
        """
        award = self._awards.get(event.identifier)
        if award is None:
            raise DamagedError(
                Finding.error("award-missing", "its award is not there", path=f"events[{event.number}]")
            )
        mine = self._artefacts[event.number, event.identifier]
        is_first = self._first[event.identifier] == event.number
        check_event(event, award=award if is_first else None, added=map(artefact_info, mine))


class _Collector:
    """Collects damage as findings, so that the walk goes on."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    @contextmanager
    def next(self) -> Generator[None]:
        """Go on after damage inside."""
        try:
            yield
        except DamagedError as error:
            self.findings.append(error.finding)


class _Heads:
    """The signed heads, held against a tree that grows; one at a time is in memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.reading() as connection:
            self._numbers = LogReader(connection).head_numbers()
        self.missing = max(self._numbers, default=0) != len(self._numbers)
        self._numbers.reverse()
        self._waiting: Head | None = None
        self._next()

    def judge(self, tree: GrowingTree) -> list[Finding]:
        """Return what is wrong with the heads of this size."""
        found = _Collector()
        while self._waiting is not None and self._waiting.size <= tree.size:
            with found.next():
                _check_head(self._waiting, tree)
            self._next()
        return found.findings

    def left(self, size: int) -> Iterator[Finding]:
        """Yield the heads that are of more entries than there were, if there are no more by now."""
        while self._waiting is not None:
            with self._database.reading() as connection:
                grown = LogReader(connection).size > size
            if not grown:
                yield _other_head(self._waiting)
            self._next()

    def _next(self) -> None:
        self._waiting = None
        if self._numbers:
            with self._database.reading() as connection:
                self._waiting = LogReader(connection).head(self._numbers.pop())


def _check_head(head: Head, tree: GrowingTree) -> None:
    try:
        checkpoint = checkpoint_of(read_note(head.note))
    except LogError as error:
        raise DamagedError(_other_head(head)) from error
    if (head.size, checkpoint.size, checkpoint.root) != (tree.size, tree.size, tree.root):
        raise DamagedError(_other_head(head))


def _other_head(head: Head) -> Finding:
    return Finding.error(
        "log-head-other",
        "this head is of another log: its first {size} entries are not the ones that are here",
        path=f"log_heads[{head.number}]",
        size=head.size,
    )


def _check_tile(log: LogReader, level: int, number: int, own: bytes) -> None:
    if list(log(level, number, number + 1)) != [own]:
        raise DamagedError(
            Finding.error(
                "log-hash-changed",
                "this is not the hash of the entries",
                path=f"log_hashes[{level}, {number}]",
            )
        )


def _check_entry(
    dossier: Dossier, event: Row[Any], *, files: list[bytes] | None = None, salt: bytes | None = None
) -> None:
    """Refuse an entry of the log that doesn't follow from its event; a file that can't be read is told already.

    Raises:
        DamagedError: if it is another one.
    """
    added = sum(info.event == event.number for info in dossier.artefacts)
    if files is not None and len(files) != added:
        return
    try:
        entry = read_entry(event.entry)
        as_recorded = (
            (entry.kind.value, entry.at, len(entry.commitments))
            == (event.kind, event.at.replace(microsecond=0), max(added, 1))
            if salt is None
            else entry
            == entry_of(
                EventKind(event.kind), at=event.at, identifier=event.identifier, added=files or (), salt=salt
            )
        )
    except (LogError, ValueError):
        as_recorded = False
    if not as_recorded:
        raise DamagedError(
            Finding.error(
                "log-entry-other",
                "the entry of the log is not that of this event",
                path=f"events[{event.number}]",
            )
        )


def _check_lists(
    connection: Connection, archived: Archived, stored: StoredKey | None, named: frozenset[bytes]
) -> None:
    """Refuse a credential that is listed under another state than it has, or found by another name.

    Raises:
        DamagedError: if it is so.
    """
    identifier = archived.registration.identifier
    if listed(connection, identifier) is not ListedState.of(archived):
        raise DamagedError(
            Finding.error(
                "listing-other", "it is listed otherwise than its events say", path=f"listing[{identifier}]"
            )
        )
    if archived.erased_at is not None and stored is not None and stored.key is not None:
        return  # the tokens go with the key, which is told
    wanted = frozenset[bytes]()
    if archived.holder is not None:
        secret = secret_of(connection)
        wanted = tokens(archived.holder, institution=archived.registration.institution, secret=secret)
    if named != wanted:
        raise DamagedError(
            Finding.error(
                "names-other",
                "its holder isn't found by the name, or by another one",
                path=f"names[{identifier}]",
            )
        )


def _check_follows(row: Row[Any], *, number: int, previous: str) -> None:
    path = f"events[{row.number}]"
    if row.number != number + 1:
        first, last = number + 1, row.number - 1
        fault = message("event {number} before it: not there any more", number=first)
        if first != last:
            fault = message("events {first} to {last} before it: not there any more", first=first, last=last)
        raise DamagedError(Finding("event-missing", Severity.ERROR, fault, path))
    if row.previous != previous:
        raise DamagedError(Finding.error("chain-broken", "it doesn't follow the event before it", path=path))


def check_archive(
    url: str, *, keys_url: str | None = None, objects: ObjectStore | None = None
) -> ArchiveCheck:
    """Return the walk through an archive that finds what was changed, removed, reordered or added.

    Args:
        url: SQLAlchemy URL of the archive.
        keys_url: SQLAlchemy URL of the key store; none means beside the archive's SQLite file.
        objects: where larger files are; none means in the database.

    Raises:
        ArchiveError: if a URL is of no database that an archive can live in.
    """
    database, keys = stores(url, keys_url)
    return ArchiveCheck(database, keys=keys, objects=objects)
