"""The journal: what is pending between the decision to issue and the record.

An award gets its identifier and moment before anything is built (`reservations`), and octets are written down before
they are signed (`journal`). After a crash exactly those are signed again, and two processes that send the same award at
once end with one identifier and one content. Recording clears the journal in the same transaction.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from mikrocert.archive.credentials import JournalEntry, Pending
from mikrocert.archive.encryption import Place, decrypt, encrypt, fingerprint, new_salt
from mikrocert.archive.events import moment
from mikrocert.archive.tables import awards, journal, reservations
from mikrocert.errors import DamagedError, SupersededError
from mikrocert.report import FileKind, Finding, Registration

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from mikrocert.archive.keys import KeyRing
    from mikrocert.archive.reading import Keys, Reader

__all__ = ["clear", "entries", "look", "reserve", "write"]


def reserve(reader: Reader, keys: KeyRing, registration: Registration, award: bytes) -> Pending:
    """Reserve an identifier for an award (see `Unit.reserve`)."""
    connection = reader.connection
    row = _reservation(connection, registration.institution, registration.evidence_number)
    if row is not None:
        if _is_of(row, award, keys):
            return _pending(connection, row, keys)
        _drop(connection, row)
    before = reader.find_award(registration.institution, registration.evidence_number)
    identifier = registration.identifier
    if before is not None and before.is_award(award):
        identifier = before.registration.identifier
    key, salt = keys.obtain(identifier), new_salt()
    members: dict[str, Any] = {
        "identifier": identifier,
        "institution": registration.institution,
        "evidence_number": registration.evidence_number,
        "at": registration.issued_at,
        "award_hash": fingerprint(award, salt=salt),
    }
    members["salt"] = encrypt(salt, key=key, place=_salt_place(**members))
    connection.execute(insert(reservations).values(members))
    return Pending(
        Registration(identifier, registration.institution, registration.evidence_number, members["at"])
    )


def look(
    connection: Connection, keys: Keys, institution: str, evidence_number: str, award: bytes
) -> Pending | None:
    """Return what is pending for this award, or none."""
    row = _reservation(connection, institution, evidence_number)
    return _pending(connection, row, keys) if row is not None and _is_of(row, award, keys) else None


def write(reader: Reader, keys: KeyRing, entry: JournalEntry) -> JournalEntry:
    """Write an entry down, or complete the one that is there (see `Unit.journal`)."""
    connection, identifier = reader.connection, entry.identifier
    reserved = select(func.count()).select_from(reservations).where(reservations.c.identifier == identifier)
    if not connection.execute(reserved).scalar_one():
        recorded = select(func.count()).select_from(awards).where(awards.c.identifier == identifier)
        if connection.execute(recorded).scalar_one():
            return entry
        raise SupersededError(identifier)
    of_entry = (
        (journal.c.identifier == identifier)
        & (journal.c.format == entry.format)
        & (journal.c.kind == entry.kind.value)
    )
    row = connection.execute(select(journal).where(of_entry)).one_or_none()
    key = keys.obtain(identifier)
    sealed = None if entry.sealed is None else encrypt(entry.sealed, key=key, place=_place(entry, "sealed"))
    if row is None:
        octets = encrypt(entry.octets, key=key, place=_place(entry, "octets"))
        connection.execute(
            insert(journal).values(
                identifier=identifier,
                format=entry.format,
                kind=entry.kind.value,
                octets=octets,
                sealed=sealed,
            )
        )
        return entry
    there = _entry(row, key)
    if there.sealed is None and there.octets == entry.octets and sealed is not None:
        connection.execute(update(journal).where(of_entry).values(sealed=sealed))
        return entry
    return there


def clear(
    connection: Connection, registration: Registration, identifier: str, formats: Collection[str]
) -> None:
    """Take out of the journal what is recorded now.

    Args:
        connection: the transaction in which it is recorded.
        registration: whose evidence number was recorded; whatever else was pending under it is dropped.
        identifier: the identifier that it was recorded under.
        formats: names of the formats that were recorded.
    """
    row = _reservation(connection, registration.institution, registration.evidence_number)
    if row is None:
        return
    if row.identifier == identifier:
        of_them = (journal.c.identifier == identifier) & journal.c.format.in_(formats)
        connection.execute(delete(journal).where(of_them))
        left = select(func.count()).select_from(journal).where(journal.c.identifier == identifier)
        if connection.execute(left).scalar_one():
            return
    _drop(connection, row)


def entries(connection: Connection, identifier: str, *, key: bytes) -> Iterator[JournalEntry]:
    """Yield what is journalled under an identifier, decrypted.

    Raises:
        DamagedError: if it can't be decrypted.
    """
    of_it = select(journal).where(journal.c.identifier == identifier)
    for row in connection.execute(of_it.order_by(journal.c.format, journal.c.kind)).all():
        yield _entry(row, key)


def _reservation(connection: Connection, institution: str, evidence_number: str) -> Row[Any] | None:
    return connection.execute(
        select(reservations).where(
            reservations.c.institution == institution, reservations.c.evidence_number == evidence_number
        )
    ).one_or_none()


def _is_of(row: Row[Any], award: bytes, keys: Keys) -> bool:
    salt = reservation_salt(row, _key(row, keys))
    return hmac.compare_digest(fingerprint(award, salt=salt), row.award_hash)


def reservation_salt(row: Row[Any], key: bytes) -> bytes:
    """Return the salt of a reservation; that it can be decrypted proves the whole row.

    Raises:
        DamagedError: if the row was changed.
    """
    place = _salt_place(
        identifier=row.identifier,
        institution=row.institution,
        evidence_number=row.evidence_number,
        at=row.at,
        award_hash=row.award_hash,
    )
    return decrypt(row.salt, key=key, place=place)


def _key(row: Row[Any], keys: Keys) -> bytes:
    stored = keys.find([row.identifier]).get(row.identifier)
    if stored is None or stored.key is None:
        raise key_missing(row.identifier)
    return stored.key


def key_missing(identifier: str) -> DamagedError:
    """Return the error that a reservation has no key."""
    return DamagedError(
        Finding.error(
            "key-missing",
            "the key store has no key for what is reserved",
            path=f"reservations[{identifier}]",
        )
    )


def _pending(connection: Connection, row: Row[Any], keys: Keys) -> Pending:
    registration = Registration(row.identifier, row.institution, row.evidence_number, issued_at=row.at)
    return Pending(registration, tuple(entries(connection, row.identifier, key=_key(row, keys))))


def _entry(row: Row[Any], key: bytes) -> JournalEntry:
    def plain(field: str) -> bytes:
        place = Place("journal", (row.identifier, row.format, row.kind), field)
        return decrypt(getattr(row, field), key=key, place=place)

    sealed = None if row.sealed is None else plain("sealed")
    return JournalEntry(row.identifier, row.format, FileKind(row.kind), plain("octets"), sealed)


def _drop(connection: Connection, row: Row[Any]) -> None:
    connection.execute(delete(journal).where(journal.c.identifier == row.identifier))
    connection.execute(delete(reservations).where(reservations.c.identifier == row.identifier))


def _place(entry: JournalEntry, field: str) -> Place:
    return Place("journal", (entry.identifier, entry.format, entry.kind.value), field)


def _salt_place(
    *, identifier: str, institution: str, evidence_number: str, at: datetime, award_hash: str
) -> Place:
    return Place("reservations", (identifier, institution, evidence_number, moment(at), award_hash), "salt")
