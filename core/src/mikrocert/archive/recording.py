"""Writing: what is added within one unit of work.

Nothing is changed and nothing deleted, save what is pending in the journal. The keys that a unit makes are stored
before it commits, those that it destroys are destroyed afterwards: whatever stops it in between leaves keys that open
nothing, or a key whose credential is erased already and is never read again; erasing once more destroys it. Objects are stored
before the rows that name them, and deleted after the key.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
from sqlalchemy import func, insert, select

from mikrocert.archive import journal, listing
from mikrocert.archive.acts import add_act
from mikrocert.archive.credentials import (
    Archived,
    ArtefactInfo,
    NewArtefact,
    NewCredential,
    Recorded,
    Topic,
)
from mikrocert.archive.encryption import Place, decrypt, encrypt, fingerprint, new_salt
from mikrocert.archive.entries import entry_of, log_salt
from mikrocert.archive.events import GENESIS, ErasureReason, EventKind, event_hash
from mikrocert.archive.holds import HOLD, Hold, end_hold, holds_in
from mikrocert.archive.kept_types import take_type
from mikrocert.archive.logged import LogReader, add_head, complete_tiles
from mikrocert.archive.names import tokens
from mikrocert.archive.objects import SMALLEST, ArtefactKey, folder_of, keep_object, store_object
from mikrocert.archive.packing import pack
from mikrocert.archive.reading import Files, Reader, artefact_place, salt_of
from mikrocert.archive.sharing import add_holder_link, copy_access, forget_openings
from mikrocert.archive.tables import artefacts, awards, events, owner
from mikrocert.award.identifiers import is_identifier
from mikrocert.errors import AlreadyIssued, ArchiveError, HeldError
from mikrocert.report import FileKind, Registration, StatusValue
from mikrocert.rules.questions import is_birth_number
from mikrocert.texts import Message, message, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy.engine import Connection

    from mikrocert.archive.credentials import JournalEntry, Pending
    from mikrocert.archive.keys import KeyRing
    from mikrocert.archive.object_store import ObjectStore

__all__ = ["Along", "Happened", "Unit"]


@attrs.frozen
class _NewAward:
    """A row of `awards` before it is one."""

    identifier: str
    institution: str
    evidence_number: str
    version: int
    award_hash: str
    salt: bytes
    holder: bytes
    issued_at: datetime
    replaces: str | None


@attrs.frozen
class _NewEvent:
    """A row of `events` before it is one."""

    number: int
    identifier: str
    kind: str
    at: datetime
    reason: bytes | None
    successor: str | None
    entry: bytes
    previous: str


@attrs.frozen
class Happened:
    """What happens to a credential in a unit of work.

    Args:
        institution: name of the institution that awarded.
        identifier: of the credential.
        kind: what happens.
        at: when (aware).
        successor: identifier of what replaces it, or none.
    """

    institution: str
    identifier: str
    kind: EventKind
    at: datetime
    successor: str | None


Along: TypeAlias = "Callable[[Connection, Happened], object]"


class Unit(Reader):
    """One transaction: what is done within it is done as a whole or not at all.

    `connection` is the transaction's own, so that others, such as a job queue, can write within it.

    Args:
        connection: a transaction that writes.
        keys: the keys of this unit.
        along: called with the connection and each thing that happens to a credential, to write within the same transaction.
        objects: where larger files are kept; none means in the database.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        keys: KeyRing,
        along: Along = lambda _connection, _happened: None,
        objects: ObjectStore | None = None,
    ) -> None:
        super().__init__(connection, keys=keys, objects=objects)
        self._ring = keys
        self._along = along
        self.erased: set[str] = set()
        """Identifiers of the credentials whose objects are to be deleted once the unit has committed."""

    def belong(self, organization_identifier: str) -> str:
        """Remember whose archive it is, if nobody's yet.

        Args:
            organization_identifier: that of the operator (EN 319 412-1, 5.1.4).

        Returns:
            Whose it is now.

        Raises:
            ArchiveError: if the database fails.
        """
        there = self.connection.execute(select(owner.c.organization_identifier)).scalar_one_or_none()
        if there is not None:
            return str(there)
        self.connection.execute(
            insert(owner).values(number=1, organization_identifier=organization_identifier)
        )
        return organization_identifier

    def act(
        self,
        *,
        at: datetime,
        actor: str,
        deed: str,
        subject: str,
        why: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Write down who does what within this unit (see `Act`).

        Raises:
            ArchiveError: if the actor's name is empty, too long or not printable, or the database fails.
        """
        add_act(self.connection, at=at, actor=actor, deed=deed, subject=subject, why=why, details=details)

    def reserve(self, registration: Registration, *, award: bytes) -> Pending:
        """Reserve an identifier for an award before anything is built.

        Args:
            registration: institution, record number, and a new identifier and moment in case none are reserved yet.
            award: the octets as in `NewCredential.award`.

        Returns:
            The registration to issue under, and what is journalled for it. Identifier and moment are those reserved
            before for the same award; else, for a further format of a recorded award, its identifier; else those given,
            and what was reserved for other content under this record number is dropped.

        Raises:
            ArchiveError: if the moment has no zone, the identifier is none or taken, or the database fails.
        """
        _check_registration(registration)
        return journal.reserve(self, self._ring, registration, award)

    def journal(self, entries: Iterable[JournalEntry]) -> tuple[JournalEntry, ...]:
        """Write down what is about to be signed, or has been.

        Args:
            entries: octets to be sealed, with the sealed file where it is there already, under reserved identifiers.

        Returns:
            What is in the journal now, in the same order: what was there first stays, what was missing is added.
            Where the award was recorded in the meantime, the entry comes back as it is, and nothing is written.

        Raises:
            SupersededError: if the record number was reserved for other content in the meantime.
            ArchiveError: if the database fails.
        """
        return tuple(journal.write(self, self._ring, entry) for entry in entries)

    def record(
        self, new: NewCredential, *, replaces: str | None = None, reason: str | None = None
    ) -> Recorded:
        """Record a credential, add a format to one, or return what is there for the same award.

        Args:
            new: what was sealed.
            replaces: identifier of the credential that it corrects.
            reason: why it is corrected; needed with `replaces`. Verifiers of the old one read it.

        Returns:
            The recorded credential. Its identifier differs from that of `new` where the same award was recorded
            before under another one.

        Raises:
            AlreadyIssued: if the award was recorded before with other content and nothing is replaced.
            ErasedError: if the content of the award was erased.
            ArchiveError: if it can't be replaced, the reason is not fit to be read, the artefacts are no whole, or the
                database fails.
        """
        _check_new(new)
        if replaces is not None:
            reason = _readable(
                reason or "",
                blank=message("a correction needs a reason; verifiers of the old credential read it"),
            )
        registration = new.registration
        before = self.find_award(registration.institution, registration.evidence_number)
        if before is None and replaces is not None:
            raise ArchiveError(
                message(
                    "{identifier} can't be replaced: this institution never issued record number '{number}'; "
                    "a correction keeps the record number",
                    identifier=replaces,
                    number=registration.evidence_number,
                )
            )
        linked = False
        if before is not None and before.is_award(new.award):
            created = self._add_formats(before, new)
            identifier = before.registration.identifier
        else:
            self._add_version(before, new, replaces=replaces, reason=reason)
            created, identifier = True, registration.identifier
            if new.holder_secret is not None:
                at = registration.issued_at
                linked = add_holder_link(self.connection, identifier, secret=new.holder_secret, at=at)
        journal.clear(self.connection, registration, identifier, {a.file.format for a in new.artefacts})
        return Recorded(self.touched(identifier), created, linked)

    def revoke(self, identifier: str, *, reason: str, at: datetime) -> Archived:
        """Revoke a credential; revoking it again changes nothing.

        Args:
            identifier: the 12 characters.
            reason: why; verifiers read it.
            at: when (aware).

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            ArchiveError: if it was replaced, the reason is not fit to be read, or the database fails.
        """
        reason = _readable(reason, blank=message("a reason is needed; verifiers read it"))
        archived = self._with_content(identifier)
        if archived.status.value is StatusValue.REPLACED:
            raise ArchiveError(
                message(
                    "it was replaced by {successor}; revoke that one",
                    successor=archived.status.successor or "–",
                )
            )
        if archived.status.value is StatusValue.LIVE:
            self._add_event(identifier, EventKind.REVOKED, at=at, reason=reason)
        return self.touched(identifier)

    def check_revocable(self, identifier: str, *, reason: str) -> None:
        """Refuse what `revoke` would refuse; nothing is done.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            ArchiveError: if the reason is not fit to be read.
        """
        _readable(reason, blank=message("a reason is needed; verifiers read it"))
        self._with_content(identifier)

    def check_erasable(self, identifier: str) -> None:
        """Refuse what `erase` would refuse; nothing is done.

        Raises:
            HeldError: if it is on hold.
        """
        standing = [hold.number for hold in holds_in(self.connection, identifier=identifier) if hold.stands]
        if standing:
            raise HeldError(identifier, holds=standing)

    def hold(self, identifier: str, *, actor: str, at: datetime, why: str) -> Hold:
        """Put a credential on hold, so that nothing of it is erased until the hold is ended.

        Args:
            identifier: the 12 characters.
            actor: who does it.
            at: when (aware).
            why: by whose order and for what; it stays, so it names no learner.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased already.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        self._with_content(identifier)
        why = _readable(why, blank=message("a hold needs a reason; it stays and names no learner"))
        self.act(at=at, actor=actor, deed=HOLD, subject=identifier, why=why)
        return holds_in(self.connection, identifier=identifier)[-1]

    def end_hold(self, number: int, *, actor: str, at: datetime, why: str) -> Hold:
        """End a hold; what else holds the credential goes on.

        Args:
            number: of the hold.
            actor: who does it.
            at: when (aware).
            why: why it is over; it stays, so it names no learner.

        Raises:
            ArchiveError: if there is no such hold, it was ended before, a text is not fit to be kept, or the database fails.
        """
        why = _readable(why, blank=message("the end of a hold needs a reason; it stays and names no learner"))
        return end_hold(self.connection, number, actor=actor, at=at, why=why)

    def erase(self, identifier: str, *, reason: ErasureReason, at: datetime) -> Archived:
        """Erase the content of a credential for good: its key is destroyed once the unit has committed.

        That it was issued, its identifier, institution, record number and status stay known. Each version of an award
        has its own key; a corrected award is erased by erasing each. Erasing again makes sure that the key is gone.

        Args:
            identifier: the 12 characters.
            reason: why; it stays.
            at: when (aware).

        Raises:
            UnknownIdentifier: if there is no such credential.
            HeldError: if it is on hold.
            ArchiveError: if the database fails.
        """
        erased = self.find(identifier).erased_at is not None
        self.check_erasable(identifier)
        if not erased:
            self._add_event(identifier, EventKind.ERASED, at=at, reason=reason.value)
            forget_openings(self.connection, identifier)
        self._ring.destroy(identifier)
        self.erased.add(identifier)
        return self.touched(identifier)

    def add_edition(self, identifier: str, added: Iterable[NewArtefact], *, at: datetime) -> Archived:
        """Add files whose seals were renewed; the old editions stay.

        Args:
            identifier: the 12 characters.
            added: the renewed files, of formats and kinds that are there. A credential has the same payload and id.
            at: when (aware).

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            ArchiveError: if a file has no older edition or another payload, or the database fails.
        """
        archived = self._with_content(identifier)
        renewed = tuple(added)
        _check_artefacts(renewed)
        for new in renewed:
            old = archived.artefact(new.file.kind, format=new.file.format)
            what = {"format": new.file.format, "kind": new.file.kind.value, "identifier": identifier}
            if old is None:
                raise ArchiveError(
                    message("{format} {kind} of {identifier} can't be renewed: there is none", **what)
                )
            if new.payload is not None and not (
                archived.holds(new.payload) and new.credential_id == old.credential_id
            ):
                raise ArchiveError(
                    message(
                        "{format} {kind} of {identifier} can't be renewed: its content is not what was sealed before",
                        **what,
                    )
                )
        self._add_event(identifier, EventKind.RENEWED, at=at, added=renewed)
        return self.touched(identifier)

    def add_holder_link(self, identifier: str, *, secret: bytes, at: datetime, first: bool = False) -> bool:
        """Give the holder of a credential a new link, so that those before open nothing any more.

        Args:
            identifier: the 12 characters.
            secret: SHA-256 of its secret.
            at: when (aware).
            first: whether it is given only where there was none before.

        Returns:
            Whether it was given.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            ArchiveError: if the database fails.
        """
        self._with_content(identifier)
        return add_holder_link(self.connection, identifier, secret=secret, at=at, first=first)

    @property
    def log(self) -> LogReader:
        """The log as it is within this unit."""
        return LogReader(self.connection)

    def add_head(self, note: bytes, *, size: int, at: datetime) -> None:
        """Keep a signed head of the log.

        Args:
            note: the signed checkpoint.
            size: how many entries the log has in it.
            at: when (aware).

        Raises:
            ArchiveError: if the moment has no zone, or the database fails.
        """
        _check_moment(at)
        add_head(self.connection, note, size=size, at=at)

    def _with_content(self, identifier: str) -> Archived:
        archived = self.find(identifier)
        if archived.erased_at is not None:
            raise archived.erased
        return archived

    def _add_formats(self, before: Archived, new: NewCredential) -> bool:
        """Add the formats that a recorded award doesn't have yet; return whether there were any."""
        identifier = before.registration.identifier
        missing = tuple(artefact for artefact in new.artefacts if artefact.file.format not in before.formats)
        if not missing:
            return False
        if before.status.value is not StatusValue.LIVE:
            revoked = before.status.value is StatusValue.REVOKED
            raise ArchiveError(
                message(
                    "{identifier} is {status}; no further format is issued of it",
                    identifier=identifier,
                    status=message("revoked") if revoked else message("replaced"),
                )
            )
        if new.registration.identifier != identifier:
            raise ArchiveError(
                message(
                    "this award was recorded as {identifier} in the meantime; a further format has that identifier",
                    identifier=identifier,
                )
            )
        self._add_event(identifier, EventKind.ISSUED, at=new.registration.issued_at, added=missing)
        return True

    def _add_version(
        self, before: Archived | None, new: NewCredential, *, replaces: str | None, reason: str | None
    ) -> None:
        registration = new.registration
        identifier = registration.identifier
        if before is not None and replaces is None:
            raise AlreadyIssued(before.registration.identifier)
        if before is not None and replaces != before.registration.identifier:
            raise ArchiveError(
                message(
                    "{identifier} is not the newest credential of this award; {newest} is",
                    identifier=replaces,
                    newest=before.registration.identifier,
                )
            )
        taken = select(func.count()).select_from(awards).where(awards.c.identifier == identifier)
        if self.connection.execute(taken).scalar_one():
            raise ArchiveError(
                message("the identifier {identifier} is another credential's", identifier=identifier)
            )
        key, salt = self._ring.obtain(identifier), new_salt()
        award = _NewAward(
            identifier=identifier,
            institution=registration.institution,
            evidence_number=registration.evidence_number,
            version=1 if before is None else before.version + 1,
            award_hash=fingerprint(new.award, salt=salt),
            salt=encrypt(salt, key=key, place=Place("awards", (identifier,), "salt")),
            holder=encrypt(new.holder.encode(), key=key, place=Place("awards", (identifier,), "holder")),
            issued_at=registration.issued_at,
            replaces=replaces,
        )
        self.connection.execute(insert(awards).values(attrs.asdict(award)))
        if new.type is not None:
            type_id, version = new.type
            take_type(self.connection, identifier, type_id=type_id, version=version)
        listing.add_to_listing(
            self.connection,
            identifier,
            institution=registration.institution,
            issued_at=registration.issued_at,
            topic=new.topic,
            key=key,
        )
        secret = listing.secret_of(self.connection)
        self._ring.name(identifier, tokens(new.holder, institution=registration.institution, secret=secret))
        at = registration.issued_at
        self._add_event(identifier, EventKind.ISSUED, at=at, award=award, salt=salt, added=new.artefacts)
        if replaces is not None:
            self._add_event(replaces, EventKind.REPLACED, at=at, reason=reason, successor=identifier)
            copy_access(self.connection, replaces, successor=identifier, at=at)
            self.touched(replaces)

    def _add_event(
        self,
        identifier: str,
        kind: EventKind,
        *,
        at: datetime,
        reason: str | None = None,
        successor: str | None = None,
        award: _NewAward | None = None,
        salt: bytes | None = None,
        added: tuple[NewArtefact, ...] = (),
    ) -> None:
        """Append an event to the chain, with the artefacts that it adds, and its entry to the log."""
        _check_moment(at)
        last = self.connection.execute(
            select(events.c.number, events.c.hash).order_by(events.c.number.desc()).limit(1)
        ).one_or_none()
        number = 1 if last is None else last.number + 1
        key = self._ring.obtain(identifier)
        if salt is None:
            salt = salt_of(self._dossier(identifier), key)
        infos = [self._info(identifier, new, event=number, salt=salt) for new in added]
        files = [new.file.octets for new in added]
        entry = entry_of(kind, at=at, identifier=identifier, added=files, salt=log_salt(salt))
        ciphertext = None if reason is None else reason.encode()
        if ciphertext is not None and kind is not EventKind.ERASED:
            ciphertext = encrypt(ciphertext, key=key, place=Place("events", (identifier, number), "reason"))
        event = _NewEvent(
            number=number,
            identifier=identifier,
            kind=kind.value,
            at=at,
            reason=ciphertext,
            successor=successor,
            entry=entry.octets,
            previous=GENESIS if last is None else last.hash,
        )
        own_hash = event_hash(event, award=award, artefacts=infos)
        self.connection.execute(insert(events).values(**attrs.asdict(event), hash=own_hash))
        complete_tiles(self.connection, number)
        if kind is not EventKind.ISSUED or award is not None:
            self._count(identifier, kind, at=at, key=key)
        self.add_files(identifier, zip(infos, files, strict=True), key=key)
        self._along(self.connection, Happened(self._institution(identifier), identifier, kind, at, successor))

    def _count(self, identifier: str, kind: EventKind, *, at: datetime, key: bytes) -> None:
        topic = listing.topic_of(self.connection, identifier, key=key)
        institution = self._institution(identifier)
        listing.count(self.connection, kind, institution=institution, at=at, topic=topic)

    def _institution(self, identifier: str) -> str:
        of_it = select(awards.c.institution).where(awards.c.identifier == identifier)
        return str(self.connection.execute(of_it).scalar_one())

    def note_topic(self, identifier: str, topic: Topic) -> None:
        """Note what a credential is of, where that wasn't known when it was recorded, and count its events so.

        Args:
            identifier: the 12 characters.
            topic: what it is of.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            ArchiveError: if it is damaged, or the database fails.
        """
        institution = self._with_content(identifier).registration.institution
        key = self._ring.obtain(identifier)
        if listing.topic_of(self.connection, identifier, key=key) is not None:
            return
        listing.set_topic(self.connection, identifier, topic, key=key)
        first, *later = self.history(identifier)
        for event in (first, *(event for event in later if event.kind is not EventKind.ISSUED)):
            for of, more in ((None, -1), (topic, 1)):
                listing.count(
                    self.connection, event.kind, institution=institution, at=event.at, topic=of, more=more
                )

    def salt(self, identifier: str) -> bytes:
        """Return the salt of a credential whose rows are just being added; nothing is proven.

        Raises:
            ArchiveError: if it has no key, or its row was changed.
        """
        row = self.connection.execute(select(awards.c.salt).where(awards.c.identifier == identifier)).one()
        key = self._ring.obtain(identifier)
        return decrypt(row.salt, key=key, place=Place("awards", (identifier,), "salt"))

    def add_files(self, identifier: str, added: Iterable[tuple[ArtefactInfo, bytes]], *, key: bytes) -> None:
        """Keep files as what takes least room (see `packing`), a credential after the documents that may contain it.

        What is large enough for it goes into the object store first, where there is one, then its row is written.
        """
        kept = Files(self.connection, identifier, key=key, objects=self._objects)
        others: defaultdict[str, dict[tuple[FileKind, int], bytes]] = defaultdict(dict)
        for info, octets in sorted(added, key=lambda one: one[0].kind is FileKind.CREDENTIAL):
            beside, older = others[info.format], info.edition - 1
            if older:
                beside[info.kind, older] = kept.octets(info.format, info.kind, older)
            packed = pack(octets, others=beside)
            beside[info.kind, info.edition] = octets
            ciphertext = encrypt(packed.octets, key=key, place=artefact_place(identifier, info))
            members = {**attrs.asdict(info), "kind": info.kind.value, "packing": packed.packing}
            row = insert(artefacts).values(identifier=identifier, **members)
            if self._objects is None or len(ciphertext) < SMALLEST:
                self.connection.execute(row.values(octets=ciphertext))
                continue
            folder = folder_of(self.connection)
            sha256 = store_object(self._objects, ciphertext, folder=folder)
            self.connection.execute(row.values(octets=b""))
            which = ArtefactKey(identifier, info.format, info.kind.value, info.edition)
            keep_object(self.connection, which, folder=folder, sha256=sha256, size=len(ciphertext))

    def _info(self, identifier: str, new: NewArtefact, *, event: int, salt: bytes) -> ArtefactInfo:
        file = new.file
        editions = select(func.max(artefacts.c.edition)).where(
            artefacts.c.identifier == identifier,
            artefacts.c.format == file.format,
            artefacts.c.kind == file.kind.value,
        )
        newest = self.connection.execute(editions).scalar_one()
        return ArtefactInfo(
            format=file.format,
            kind=file.kind,
            edition=1 if newest is None else newest + 1,
            media_type=file.media_type,
            suffix=file.suffix,
            credential_id=new.credential_id,
            event=event,
            fingerprint=fingerprint(file.octets, salt=salt),
            payload_fingerprint=None if new.payload is None else fingerprint(new.payload, salt=salt),
        )

    def touched(self, identifier: str) -> Archived:
        """Return a credential of this unit, and have the key store know how many events it has."""
        dossier = self._dossier(identifier)
        archived = self._archived(dossier)
        listing.set_state(self.connection, archived)
        self._ring.count(identifier, len(dossier.events))
        return archived


def _check_moment(at: datetime) -> None:
    if at.tzinfo is None:
        raise ArchiveError(
            message("a moment without time zone can't be kept; it isn't known which moment is meant")
        )


def _check_registration(registration: Registration) -> None:
    _check_moment(registration.issued_at)
    if not is_identifier(registration.identifier):
        raise ArchiveError(
            message("'{text}' is no identifier of 12 characters", text=registration.identifier)
        )


def _check_new(new: NewCredential) -> None:
    _check_registration(new.registration)
    _check_artefacts(new.artefacts)
    for name in {artefact.file.format for artefact in new.artefacts}:
        kinds = [artefact.file.kind for artefact in new.artefacts if artefact.file.format == name]
        if FileKind.CREDENTIAL not in kinds:
            raise ArchiveError(message("{format} is to be recorded without a credential", format=name))


def _check_artefacts(added: tuple[NewArtefact, ...]) -> None:
    kinds = [(artefact.file.format, artefact.file.kind) for artefact in added]
    if not kinds or len(set(kinds)) != len(kinds):
        raise ArchiveError(
            message("at least one artefact is needed, and at most one of each format and kind")
        )
    for artefact in added:
        wanted = artefact.file.kind is FileKind.CREDENTIAL
        if wanted is (artefact.payload is None) or wanted is (artefact.credential_id is None):
            raise ArchiveError(
                message("a credential has a payload and an id, a file of another kind may have neither")
            )


def _readable(reason: str, *, blank: Message) -> str:
    """Return a reason without spaces around it, if it is fit for verifiers to read; nothing can be deleted later."""
    trimmed = reason.strip()
    if not trimmed:
        raise ArchiveError(blank)
    if printable(trimmed) != trimmed:
        raise ArchiveError(
            message(
                "the reason has a control or invisible character; verifiers read it, so remove the character"
            )
        )
    if is_birth_number(trimmed):
        raise ArchiveError(
            message(
                "the reason holds a birth number (rodné číslo); verifiers read it, so leave the number out"
            )
        )
    return trimmed
