"""The values that go into the archive and come out of it."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from mikrocert.archive.encryption import fingerprint
from mikrocert.archive.entries import log_salt
from mikrocert.archive.events import ErasureReason
from mikrocert.errors import ErasedError
from mikrocert.report import CredentialStatus, File, FileKind, Registration

if TYPE_CHECKING:
    from mikrocert.archive.events import Event

__all__ = [
    "Archived",
    "ArtefactInfo",
    "Holdings",
    "JournalEntry",
    "NewArtefact",
    "NewCredential",
    "Pending",
    "Recorded",
    "Topic",
]


@attrs.frozen
class NewArtefact:
    """A file to be recorded.

    Args:
        file: the file.
        payload: the octets under the seal, of a credential; none for other kinds. Only their fingerprint is kept.
        credential_id: the credential's own id; none for other kinds.
    """

    file: File
    payload: bytes | None = attrs.field(default=None, repr=False)
    credential_id: str | None = None


@attrs.frozen
class Topic:
    """What a credential is of, for statistics; nothing personal.

    Args:
        title: title of what is awarded.
        fields: codes of the list `isced-f`.
    """

    title: str
    fields: tuple[str, ...] = ()


@attrs.frozen
class NewCredential:
    """An issued award to be recorded, in one or more formats.

    Args:
        registration: under what it is to be known.
        award: the award in its canonical form, or whatever octets tell whether two awards are the same; only a salted
            hash of them is kept.
        holder: the learner's name.
        artefacts: the files, at most one of each format and kind, with a credential of each format.
        topic: what it is of, for statistics, or none where that isn't known.
        type: id and version of the type of micro-credential that it took, or none.
        holder_secret: SHA-256 of the secret of its holder's link, or none where that is made later.
    """

    registration: Registration
    award: bytes = attrs.field(repr=False)
    holder: str = attrs.field(repr=False)
    artefacts: tuple[NewArtefact, ...]
    topic: Topic | None = None
    type: tuple[str, int] | None = None
    holder_secret: bytes | None = attrs.field(default=None, repr=False)


@attrs.frozen
class ArtefactInfo:
    """What the archive says of a file without its octets.

    Args:
        format: name of the format that the award was issued in.
        kind: credential, certificate or picture.
        edition: 1 for the file as it was issued; a renewed seal makes the next one.
        media_type: media type of the octets.
        suffix: end of the file's name, with its dot.
        credential_id: the credential's own id; none for other kinds.
        event: number of the event that added it.
        fingerprint: salted hash of the octets (hex).
        payload_fingerprint: salted hash of the octets under the seal (hex); none for other kinds.
    """

    format: str
    kind: FileKind
    edition: int
    media_type: str
    suffix: str
    credential_id: str | None
    event: int
    fingerprint: str
    payload_fingerprint: str | None


@attrs.frozen
class Archived:
    """A recorded credential; its files are fetched one by one (`Archive.file`).

    Args:
        registration: under what it is known.
        version: 1 for the first credential of the award; a correction is the next one.
        replaces: identifier of the credential that this one corrects, or none.
        holder: the learner's name; none once erased.
        status: live, revoked or replaced; its reason is none once erased.
        erased_at: when its content was erased (aware), or none.
        erased_for: why it was erased, or none.
        artefacts: its files, in the order in which they were added.
    """

    registration: Registration
    version: int
    replaces: str | None
    holder: str | None = attrs.field(repr=False)
    status: CredentialStatus
    erased_at: datetime | None
    erased_for: ErasureReason | None
    artefacts: tuple[ArtefactInfo, ...]
    _award_hash: str = attrs.field(repr=False, alias="award_hash")
    _salt: bytes | None = attrs.field(repr=False, alias="salt")

    @property
    def erased(self) -> ErasedError:
        """The error that its content was erased."""
        return ErasedError(self.registration.identifier, by_holder=self.erased_for is ErasureReason.HOLDER)

    @property
    def formats(self) -> tuple[str, ...]:
        """Names of the formats that it was issued in, the first one first."""
        return tuple(dict.fromkeys(artefact.format for artefact in self.artefacts))

    def artefact(
        self,
        kind: FileKind,
        *,
        format: str | None = None,  # noqa: A002 - the field's word
        edition: int | None = None,
    ) -> ArtefactInfo | None:
        """Return what is said of one file, or none if there is no such file.

        Args:
            kind: credential, certificate or picture.
            format: name of the format; none means the first one that has such a file.
            edition: number of the edition; none means the newest one.
        """
        of_kind = [artefact for artefact in self.artefacts if artefact.kind is kind]
        chosen = format or (of_kind[0].format if of_kind else None)
        editions = [
            artefact
            for artefact in of_kind
            if artefact.format == chosen and edition in {None, artefact.edition}
        ]
        return max(editions, key=lambda artefact: artefact.edition, default=None)

    def is_award(self, award: bytes) -> bool:
        """Return whether it was issued for this very award.

        Args:
            award: the octets as in `NewCredential.award`.

        Raises:
            ErasedError: if its content was erased, so that nobody can tell.
        """
        return hmac.compare_digest(fingerprint(award, salt=self._known_salt()), self._award_hash)

    def holds(self, payload: bytes) -> bool:
        """Return whether these octets were sealed, in any of its formats.

        Args:
            payload: the octets under a seal.

        Raises:
            ErasedError: if its content was erased, so that nobody can tell.
        """
        sealed = fingerprint(payload, salt=self._known_salt())
        return any(artefact.payload_fingerprint == sealed for artefact in self.artefacts)

    def artefact_of(self, octets: bytes) -> ArtefactInfo | None:
        """Return what is said of the file with exactly these octets, in whatever edition, or none if there is none.

        Raises:
            ErasedError: if its content was erased, so that nobody can tell.
        """
        hashed = fingerprint(octets, salt=self._known_salt())
        return next((artefact for artefact in self.artefacts if artefact.fingerprint == hashed), None)

    @property
    def log_salt(self) -> bytes:
        """Its salt in the log, which whoever has it can find its entries with.

        Raises:
            ErasedError: if its content was erased, so that nobody can.
        """
        return log_salt(self._known_salt())

    def secret_for(self, purpose: bytes) -> bytes:
        """Return 32 octets that are this credential's own, other ones for each purpose, and gone once it is erased.

        Raises:
            ErasedError: if its content was erased.
        """
        return hmac.digest(self._known_salt(), b"mikrocert secret\n" + purpose, "sha256")

    def _known_salt(self) -> bytes:
        if self._salt is None:
            raise self.erased
        return self._salt


@attrs.frozen
class Recorded:
    """The outcome of recording.

    Args:
        archived: the credential as the archive has it.
        created: whether anything was added just now; false where the same award was there in the same formats.
        linked: whether the holder's link was made along.
    """

    archived: Archived
    created: bool
    linked: bool = False


@attrs.frozen
class Holdings:
    """All that an archive has of a credential, as it was at one moment.

    Args:
        archived: the credential.
        events: what happened to it, oldest first.
        files: the newest edition of each of its files, in the order in which they were added.
    """

    archived: Archived
    events: tuple[Event, ...]
    files: tuple[File, ...]


@attrs.frozen
class JournalEntry:
    """Octets that are about to be signed, or were signed but not recorded.

    Args:
        identifier: the identifier reserved for the award.
        format: name of the format.
        kind: what the octets become: a credential or a certificate.
        octets: the octets to be sealed.
        sealed: the sealed file, once there is one.
    """

    identifier: str
    format: str
    kind: FileKind
    octets: bytes = attrs.field(repr=False)
    sealed: bytes | None = attrs.field(default=None, repr=False)


@attrs.frozen
class Pending:
    """An award on its way into the archive.

    Args:
        registration: the identifier reserved for it and the moment of sealing.
        entries: what is journalled for it: after a crash these octets are sealed again, and no others.
    """

    registration: Registration
    entries: tuple[JournalEntry, ...] = ()

    def entry(self, *, format: str, kind: FileKind) -> JournalEntry | None:  # noqa: A002 - the field's word
        """Return the entry of this format and kind, or none if nothing is journalled for it."""
        wanted = (format, kind)
        return next((entry for entry in self.entries if (entry.format, entry.kind) == wanted), None)
