"""Reading: what is stored is proven before it is told.

1. The events of the credential have the hashes that they should have, together with the rows that they added, and
   stand in the chain between their neighbours.
2. They lead to a status.
3. There are as many as the key store knows of.
4. What is encrypted can be decrypted at its place, and a file has the fingerprint that its event committed to, however it
   was packed and wherever it is kept (see `objects`).
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import attrs
from sqlalchemy import func, select

from mikrocert.archive.credentials import Archived, ArtefactInfo, Holdings
from mikrocert.archive.encryption import Place, decrypt, fingerprint
from mikrocert.archive.events import GENESIS, Event, EventKind, event_hash, status_after
from mikrocert.archive.objects import ArtefactKey, fetch_object
from mikrocert.archive.packing import Packed, unpack
from mikrocert.archive.tables import artefacts, awards, events
from mikrocert.award.identifiers import is_identifier
from mikrocert.errors import ArchiveError, DamagedError, UnknownIdentifier
from mikrocert.report import File, FileKind, Finding, Registration, Severity
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.engine import Connection, Row

    from mikrocert.archive.keys import StoredKey
    from mikrocert.archive.object_store import ObjectStore

__all__ = ["INFO", "Dossier", "Files", "Keys", "Reader", "dossiers", "proven"]

INFO = [column for column in artefacts.c if column.name not in {"octets", "packing"}]


class Keys(Protocol):
    """Where keys are found."""

    def find(self, identifiers: Iterable[str], /) -> dict[str, StoredKey]:
        """Return the keys of these credentials by identifier; those that aren't there are left out."""
        ...


@attrs.frozen
class Dossier:
    """The rows of one credential; nothing is decrypted yet.

    Args:
        award: the row of the award.
        events: the rows of its events, oldest first.
        artefacts: its artefacts, in the order in which they were added.
    """

    award: Row[Any]
    events: tuple[Row[Any], ...]
    artefacts: tuple[ArtefactInfo, ...]

    @property
    def registration(self) -> Registration:
        """Under what the credential is known."""
        award = self.award
        return Registration(
            award.identifier, award.institution, award.evidence_number, issued_at=award.issued_at
        )

    @property
    def erased(self) -> bool:
        """Whether its content was erased."""
        return any(event.kind == EventKind.ERASED.value for event in self.events)

    def check_rows(self) -> None:
        """Refuse a credential without events, or with artefacts that none of its events added.

        Raises:
            DamagedError: if it is so.
        """
        identifier = self.award.identifier
        if not self.events:
            raise DamagedError(
                Finding.error("no-event", "nothing says that it was issued", path=f"awards[{identifier}]")
            )
        numbers = {event.number for event in self.events}
        for info in self.artefacts:
            if info.event not in numbers:
                raise DamagedError(
                    Finding.error(
                        "artefact-added",
                        "no event of this credential added it",
                        path=artefact_place(identifier, info).row,
                    )
                )

    def archived(self, stored: StoredKey | None) -> Archived:
        """Return the credential, decrypted.

        Args:
            stored: what the key store has for it.

        Raises:
            DamagedError: if something can't be decrypted, or events are missing.
        """
        identifier = self.award.identifier
        self._check_count(stored)
        key = self.key(stored)
        status, erased_at, erased_for = status_after(self.history(key), path=f"awards[{identifier}]")

        def plain(field: str) -> bytes | None:
            ciphertext: bytes = getattr(self.award, field)
            place = Place("awards", (identifier,), field)
            return None if key is None else decrypt(ciphertext, key=key, place=place)

        holder = plain("holder")
        return Archived(
            registration=self.registration,
            version=self.award.version,
            replaces=self.award.replaces,
            holder=None if holder is None else holder.decode(),
            status=status,
            erased_at=erased_at,
            erased_for=erased_for,
            artefacts=self.artefacts,
            award_hash=self.award.award_hash,
            salt=plain("salt"),
        )

    def key(self, stored: StoredKey | None) -> bytes | None:
        """Return the key, or none where the content was erased.

        Raises:
            DamagedError: if there is no key, though the content wasn't erased.
        """
        if self.erased:
            return None
        if stored is None or stored.key is None:
            raise DamagedError(
                Finding.error(
                    "key-missing",
                    "the key store has no key for it, though its content was never erased",
                    path=f"awards[{self.award.identifier}]",
                )
            )
        return stored.key

    def history(self, key: bytes | None) -> tuple[Event, ...]:
        """Return its events, reasons decrypted with this key."""
        for event in self.events:
            check_kind(event)
        return tuple(
            Event(
                number=event.number,
                kind=EventKind(event.kind),
                at=event.at,
                reason=_reason(event, key),
                successor=event.successor,
                hash=event.hash,
            )
            for event in self.events
        )

    def _check_count(self, stored: StoredKey | None) -> None:
        least = 0 if stored is None else stored.min_events
        if len(self.events) < least:
            fault = message(
                "it has {count} event, the key store knows of {known}: some were removed",
                plural="it has {count} events, the key store knows of {known}: some were removed",
                count=len(self.events),
                known=least,
            )
            path = f"awards[{self.award.identifier}]"
            raise DamagedError(Finding("event-missing", Severity.ERROR, fault, path))


def _reason(event: Row[Any], key: bytes | None) -> str | None:
    if event.kind == EventKind.ERASED.value:
        return None if event.reason is None else event.reason.decode()
    wanted = event.kind in {EventKind.REVOKED.value, EventKind.REPLACED.value}
    if wanted is (event.reason is None):
        fault = message("a reason is missing") if wanted else message("this kind of event has no reason")
        raise DamagedError(Finding("event-reason", Severity.ERROR, fault, f"events[{event.number}]"))
    if event.reason is None or key is None:
        return None
    return decrypt(
        event.reason, key=key, place=Place("events", (event.identifier, event.number), "reason")
    ).decode()


def dossiers(connection: Connection, rows: Sequence[Row[Any]]) -> list[Dossier]:
    """Return what belongs to awards, in their order; nothing is proven yet.

    Args:
        connection: a transaction that sees one state.
        rows: the rows of the awards.

    Raises:
        DamagedError: if an artefact is of no kind.
    """
    identifiers = [row.identifier for row in rows]
    of_them = select(events).where(events.c.identifier.in_(identifiers)).order_by(events.c.number)
    events_of = _grouped(connection.execute(of_them).all())
    added = select(*INFO).where(artefacts.c.identifier.in_(identifiers))
    artefacts_of = _grouped(connection.execute(added).all())
    return [Dossier(row, events_of[row.identifier], _in_order(artefacts_of[row.identifier])) for row in rows]


def _in_order(rows: Iterable[Row[Any]]) -> tuple[ArtefactInfo, ...]:
    """Return artefacts in the order in which they were added, a credential before the documents that contain it."""
    kinds = list(FileKind)
    return tuple(
        sorted(
            map(artefact_info, rows),
            key=lambda info: (info.event, info.format, kinds.index(info.kind), info.edition),
        )
    )


def _grouped(rows: Iterable[Row[Any]]) -> defaultdict[str, tuple[Row[Any], ...]]:
    groups: defaultdict[str, tuple[Row[Any], ...]] = defaultdict(tuple)
    for row in rows:
        groups[row.identifier] += (row,)
    return groups


def proven(connection: Connection, rows: Sequence[Row[Any]]) -> list[Dossier]:
    """Return what belongs to awards, in their order, if it is what was recorded.

    Args:
        connection: a transaction that sees one state.
        rows: the rows of the awards.

    Raises:
        DamagedError: if a row was changed, added or removed.
    """
    found = dossiers(connection, rows)
    _check_neighbours(connection, [event for dossier in found for event in dossier.events])
    for dossier in found:
        dossier.check_rows()
        for position, event in enumerate(dossier.events):
            check_event(
                event,
                award=dossier.award if position == 0 else None,
                added=[info for info in dossier.artefacts if info.event == event.number],
            )
    return found


def artefact_info(row: Row[Any]) -> ArtefactInfo:
    """Return what a row of `artefacts` says.

    Raises:
        DamagedError: if its kind is none.
    """
    members: dict[str, Any] = {field.name: getattr(row, field.name) for field in attrs.fields(ArtefactInfo)}
    try:
        members["kind"] = FileKind(row.kind)
    except ValueError as error:
        path = f"artefacts[{row.identifier}, {row.format}, {row.kind}, {row.edition}]"
        raise DamagedError(Finding.error("artefact-changed", "there is no such kind", path=path)) from error
    return ArtefactInfo(**members)


def check_event(event: Row[Any], *, award: Row[Any] | None, added: Iterable[ArtefactInfo]) -> None:
    """Refuse an event whose hash is not that of what stands there.

    Args:
        event: its row.
        award: the row of the award that it added, or none.
        added: the artefacts that it added.

    Raises:
        DamagedError: if event, award or artefacts were changed, or artefacts added or removed.
    """
    check_kind(event)
    if event_hash(event, award=award, artefacts=added) != event.hash:
        raise DamagedError(
            Finding.error(
                "event-changed",
                "this event of {identifier}, or what it added, is not what it was when it was recorded",
                path=f"events[{event.number}]",
                identifier=event.identifier,
            )
        )


def check_kind(event: Row[Any]) -> None:
    """Refuse an event of no known kind.

    Raises:
        DamagedError: if it is so.
    """
    if event.kind not in {kind.value for kind in EventKind}:
        raise DamagedError(
            Finding.error("event-changed", "there is no such kind", path=f"events[{event.number}]")
        )


def _check_neighbours(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    """Refuse events that don't stand between those before and after them."""
    wanted = {number for row in rows for number in (row.number - 1, row.number + 1)}
    around = {
        row.number: row
        for row in connection.execute(
            select(events.c.number, events.c.previous, events.c.hash).where(events.c.number.in_(wanted))
        )
    }
    last = connection.execute(select(func.max(events.c.number))).scalar_one()
    for row in rows:
        before, after = around.get(row.number - 1), around.get(row.number + 1)
        follows = row.previous == (GENESIS if row.number == 1 else None if before is None else before.hash)
        followed = row.number == last if after is None else after.previous == row.hash
        if not follows or not followed:
            raise DamagedError(
                Finding.error(
                    "chain-broken",
                    "it doesn't stand between the events before and after it",
                    path=f"events[{row.number}]",
                )
            )


class Reader:
    """Reads within one transaction.

    Args:
        connection: a transaction that sees one state.
        keys: where keys are found.
        objects: where files are that are not in the database, or none.
    """

    def __init__(self, connection: Connection, *, keys: Keys, objects: ObjectStore | None = None) -> None:
        self.connection = connection
        self._keys = keys
        self._objects = objects

    def find(self, identifier: str) -> Archived:
        """Return the credential with this identifier.

        Raises:
            UnknownIdentifier: if there is none.
            ArchiveError: if it is damaged, or the database fails.
        """
        return self._archived(self._dossier(identifier))

    def find_award(self, institution: str, evidence_number: str) -> Archived | None:
        """Return the newest credential of this award, or none.

        Raises:
            ArchiveError: if it is damaged, or the database fails.
        """
        identifier = newest_identifier(self.connection, institution, evidence_number)
        return None if identifier is None else self.find(identifier)

    def history(self, identifier: str) -> tuple[Event, ...]:
        """Return all that happened to a credential, oldest first; empty for an unknown one.

        Raises:
            ArchiveError: if it is damaged, or the database fails.
        """
        try:
            dossier = self._dossier(identifier)
        except UnknownIdentifier:
            return ()
        self._archived(dossier)
        return dossier.history(dossier.key(self._keys.find([identifier]).get(identifier)))

    def holdings(self, identifier: str) -> Holdings:
        """Return all that there is of a credential, each row read once.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            ArchiveError: if it is damaged, or the database fails.
        """
        dossier = self._dossier(identifier)
        archived = self._archived(dossier)
        events_of = dossier.history(dossier.key(self._keys.find([identifier]).get(identifier)))
        return Holdings(archived, events_of, self._newest(dossier))

    def file(
        self,
        identifier: str,
        kind: FileKind,
        *,
        format: str | None = None,  # noqa: A002 - the field's word
        edition: int | None = None,
    ) -> File:
        """Return one file of a credential.

        Args:
            identifier: the 12 characters.
            kind: credential, certificate or picture.
            format: name of the format; none means the first one that has such a file.
            edition: number of the edition; none means the newest one.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            ArchiveError: if it has no such file, is damaged, or the database fails.
        """
        dossier = self._dossier(identifier)
        archived = self._archived(dossier)
        info = archived.artefact(kind, format=format, edition=edition)
        if info is None:
            raise ArchiveError(
                message(
                    "{identifier} has no such {kind}; there are: {files:comma}",
                    identifier=identifier,
                    kind=kind.value,
                    files=[f"{a.format} {a.kind.value} {a.edition}" for a in archived.artefacts],
                )
            )
        (file,) = self._read(dossier, [info])
        return file

    def files(self, identifier: str, *, format: str | None = None) -> tuple[File, ...]:  # noqa: A002 - the field's word
        """Return the newest edition of every file of a credential.

        Args:
            identifier: the 12 characters.
            format: name of the format; none means all of them.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            ArchiveError: if it is damaged, or the database fails.
        """
        dossier = self._dossier(identifier)
        self._archived(dossier)
        return self._newest(dossier, format=format)

    def _newest(self, dossier: Dossier, *, format: str | None = None) -> tuple[File, ...]:  # noqa: A002 - the field's word
        newest = {(info.format, info.kind): info for info in dossier.artefacts}
        wanted = [info for info in newest.values() if format in {None, info.format}]
        return self._read(dossier, wanted)

    def _dossier(self, identifier: str) -> Dossier:
        row = None
        if is_identifier(identifier):
            wanted = select(awards).where(awards.c.identifier == identifier)
            row = self.connection.execute(wanted).one_or_none()
        if row is None:
            raise UnknownIdentifier(message("no credential in the archive has this identifier"))
        return proven(self.connection, [row])[0]

    def _archived(self, dossier: Dossier) -> Archived:
        identifier: str = dossier.award.identifier
        return dossier.archived(self._keys.find([identifier]).get(identifier))

    def _read(self, dossier: Dossier, wanted: Iterable[ArtefactInfo]) -> tuple[File, ...]:
        identifier: str = dossier.award.identifier
        key = dossier.key(self._keys.find([identifier]).get(identifier))
        if key is None:
            raise self._archived(dossier).erased
        kept = Files(self.connection, identifier, key=key, objects=self._objects)
        salt = salt_of(dossier, key)
        return tuple(kept.read(info, salt=salt) for info in wanted)


def salt_of(dossier: Dossier, key: bytes) -> bytes:
    """Return the salt of a credential."""
    return decrypt(dossier.award.salt, key=key, place=Place("awards", (dossier.award.identifier,), "salt"))


def artefact_place(identifier: str, info: ArtefactInfo) -> Place:
    """Return where the octets of an artefact stand."""
    return Place("artefacts", (identifier, info.format, info.kind.value, info.edition), "octets")


class Files:
    """The files of one credential, each read once.

    Args:
        connection: a transaction that sees one state.
        identifier: the 12 characters.
        key: the credential's key.
        objects: where files are that are not in the database, or none.
    """

    def __init__(
        self, connection: Connection, identifier: str, *, key: bytes, objects: ObjectStore | None
    ) -> None:
        self._connection = connection
        self._identifier = identifier
        self._key = key
        self._objects = objects
        self._unpacked: dict[tuple[str, FileKind, int], bytes | None] = {}

    def read(self, info: ArtefactInfo, *, salt: bytes) -> File:
        """Return a file, decrypted, unpacked and held against its fingerprint.

        Args:
            info: which one.
            salt: the credential's salt.

        Raises:
            DamagedError: if it is not what was recorded.
            ObjectStoreError: if the object store that it is in can't be used.
        """
        octets = self.octets(info.format, info.kind, info.edition)
        if fingerprint(octets, salt=salt) != info.fingerprint:
            raise self._changed(info.format, info.kind, info.edition)
        return File(info.format, info.kind, info.media_type, info.suffix, octets)

    def octets(self, format: str, kind: FileKind, edition: int) -> bytes:  # noqa: A002 - the field's word
        """Return the octets of a file; nothing proves yet that they are those that were recorded.

        Args:
            format: name of the format.
            kind: credential, certificate or picture.
            edition: number of the edition.

        Raises:
            DamagedError: if it can't be decrypted or unpacked, or is not there.
            ObjectStoreError: if the object store that it is in can't be used.
        """
        which = (format, kind, edition)
        if which not in self._unpacked:
            self._unpacked[which] = None  # so that files which are said to be kept within each other end here
            self._unpacked[which] = self._unpack(format, kind, edition)
        octets = self._unpacked[which]
        if octets is None:
            raise self._changed(*which)
        return octets

    def _unpack(self, format: str, kind: FileKind, edition: int) -> bytes:  # noqa: A002 - the field's word
        row = self._connection.execute(
            select(artefacts.c.octets, artefacts.c.packing).where(
                artefacts.c.identifier == self._identifier,
                artefacts.c.format == format,
                artefacts.c.kind == kind.value,
                artefacts.c.edition == edition,
            )
        ).one_or_none()
        if row is None:
            raise self._changed(format, kind, edition)
        ciphertext: bytes = row.octets
        if not ciphertext:
            which = ArtefactKey(self._identifier, format, kind.value, edition)
            ciphertext = fetch_object(self._connection, which, store=self._objects)
        octets = decrypt(ciphertext, key=self._key, place=self._place(format, kind, edition))
        try:
            return unpack(Packed(row.packing, octets), other=partial(self.octets, format))
        except ValueError as error:
            raise self._changed(format, kind, edition) from error

    def _place(self, format: str, kind: FileKind, edition: int) -> Place:  # noqa: A002 - the field's word
        return Place("artefacts", (self._identifier, format, kind.value, edition), "octets")

    def _changed(self, format: str, kind: FileKind, edition: int) -> DamagedError:  # noqa: A002 - the field's word
        path = str(self._place(format, kind, edition))
        return DamagedError(
            Finding.error("octets-changed", "this is not the file that was recorded", path=path)
        )


def newest_identifier(connection: Connection, institution: str, evidence_number: str) -> str | None:
    """Return the identifier of the newest credential of an award, or none."""
    return connection.execute(
        select(awards.c.identifier)
        .where(awards.c.institution == institution, awards.c.evidence_number == evidence_number)
        .order_by(awards.c.version.desc())
        .limit(1)
    ).scalar_one_or_none()
