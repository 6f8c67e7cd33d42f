"""What the portal asks of the assembled system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from enum import Enum
    from typing import BinaryIO

    from mikrocert.api import (
        Archived,
        Batch,
        BatchResult,
        Event,
        File,
        FileKind,
        IntakeRecord,
        KeptType,
        LanguageMap,
        ListedState,
        Measures,
        Metrics,
        Packaging,
        Proposal,
        ReadType,
        Registration,
        Report,
        Scope,
        Settings,
        Texts,
    )

__all__ = [
    "Accounts",
    "Batches",
    "Caller",
    "Catalogue",
    "Clients",
    "Grant",
    "Proposals",
    "Requests",
    "System",
]


class Caller(Protocol):
    """Who calls: an institution, known by one of its keys."""

    @property
    def institution(self) -> str:
        """Name of the institution's offer."""
        ...

    @property
    def scopes(self) -> Collection[Enum]:
        """What the key is for; the values are `issue`, `read` and `revoke`."""
        ...

    @property
    def name(self) -> str:
        """Under what its acts are recorded."""
        ...


class Grant(Protocol):
    """A token that a client was given."""

    @property
    def secret(self) -> str:
        """Its text."""
        ...

    @property
    def scopes(self) -> Collection[Enum]:
        """What it is for."""
        ...

    @property
    def seconds(self) -> int:
        """How long it is valid."""
        ...


class Clients(Protocol):
    """The clients of OAuth 2.0."""

    def token(
        self,
        *,
        audiences: Collection[str],
        address: str | None,
        at: datetime,
        assertion: str | None = None,
        client: str | None = None,
        certificate: bytes | None = None,
        scopes: Iterable[str] = (),
    ) -> Grant:
        """Give a token to a client that proves who it is.

        Raises:
            AuthenticationError: if it doesn't prove it.
            AccountError: if it may not do what it asks for now.
        """
        ...


class Accounts(Protocol):
    """The accounts of institutions."""

    @property
    def clients(self) -> Clients:
        """The clients of OAuth 2.0."""
        ...

    def authenticate(
        self, secret: str, *, address: str | None, at: datetime, certificate: bytes | None = None
    ) -> Caller:
        """Return who has this key, or was given this token.

        Args:
            secret: the key or the token.
            address: IP address from which it came, or none where that isn't known.
            at: the time (aware).
            certificate: the certificate (DER) of its TLS connection, or none.

        Raises:
            MikrocertError: if nobody has it now, or not from there; it doesn't tell which.
        """
        ...

    def person(self, institution: str, *, scopes: Iterable[Scope], name: str, at: datetime) -> Caller:
        """Return somebody at an institution who signed in somewhere else, with what may be done now.

        Args:
            institution: name of the institution's offer.
            scopes: what they may do there.
            name: under what their acts are recorded.
            at: the time (aware).

        Raises:
            MikrocertError: if nothing may be done now.
        """
        ...


class Batches(Protocol):
    """What institutions sent to be issued; jobs work it through."""

    def accept(
        self,
        institution: str,
        data: bytes | BinaryIO,
        *,
        media_type: str,
        actor: str,
        intake: str | None = None,
        dry_run: bool = False,
        replaces: str | None = None,
        reason: str | None = None,
    ) -> Batch:
        """Take in what an institution sent; it and its jobs are there once this returns, or neither.

        Raises:
            IntakeError: if it is too large or empty.
        """
        ...

    def find(self, institution: str, batch_id: str) -> Batch:
        """Return a batch of an institution.

        Raises:
            UnknownBatch: if it has none of this identifier, whoever else has.
        """
        ...

    def recent(
        self, institution: str | None, *, before: str | None = None, limit: int = 100
    ) -> tuple[Batch, ...]:
        """Return batches, the newest first."""
        ...

    def results(
        self,
        institution: str,
        batch_id: str,
        *,
        after: int = 0,
        limit: int = 100,
        refused: bool | None = None,
    ) -> tuple[BatchResult, ...]:
        """Return what became of records so far, in the order in which they were sent.

        Raises:
            UnknownBatch: if the institution has no such batch.
        """
        ...

    def send(self, institution: str, batch_id: str, *, actor: str) -> Batch:
        """Take in once more, to be issued, what a dry run has tried.

        Raises:
            UnknownBatch: if the institution has no such batch.
            IntakeError: if it was not tried to its end, or is kept no more.
        """
        ...

    def cancel(self, institution: str, batch_id: str) -> Batch:
        """Have nothing more done of a batch.

        Raises:
            UnknownBatch: if the institution has no such batch.
        """
        ...

    def wait(self, institution: str, batch_id: str, *, seconds: float) -> Batch:
        """Return a batch once it has ended, or as it is after so many seconds.

        Raises:
            UnknownBatch: if the institution has no such batch.
        """
        ...

    def archive_of(self, institution: str, batch_id: str) -> Iterator[bytes]:
        """Yield a ZIP of the files of everything that came of a batch so far, piece by piece.

        Raises:
            UnknownBatch: if the institution has no such batch.
        """
        ...


class Proposals(Protocol):
    """What waits for a second pair of eyes."""

    def find(self, institution: str | None, proposal_id: str) -> Proposal:
        """Return a proposal of an institution.

        Raises:
            UnknownProposal: if it has none of this identifier, whoever else has.
        """
        ...

    def recent(
        self, institution: str | None, *, before: str | None = None, limit: int = 100
    ) -> tuple[Proposal, ...]:
        """Return proposals, the newest first."""
        ...

    def confirm(
        self, proposal_id: str, *, institution: str | None = None, actor: str | None = None
    ) -> Proposal:
        """Do what somebody else proposed.

        Raises:
            ProposalError: if it can't be confirmed so.
        """
        ...

    def refuse(
        self,
        proposal_id: str,
        *,
        institution: str | None = None,
        actor: str | None = None,
        why: str | None = None,
    ) -> Proposal:
        """Have nothing come of a proposal.

        Raises:
            ProposalError: if it was decided before, or has expired.
        """
        ...


class Catalogue(Protocol):
    """Types of micro-credentials that institutions keep."""

    def types(
        self, institution: str, *, after: str = "", limit: int = 100, ended: bool | None = None
    ) -> tuple[KeptType, ...]:
        """Return the newest version of each type of an institution, by id."""
        ...

    def type(self, institution: str, type_id: str, *, version: int | None = None) -> KeptType:
        """Return a type: its newest version, or the one asked for.

        Raises:
            UnknownType: if the institution has none of this id or version, whoever else has.
        """
        ...

    def versions(
        self, institution: str, type_id: str, *, after: int = 0, limit: int = 100
    ) -> tuple[KeptType, ...]:
        """Return the versions of a type, the oldest first.

        Raises:
            UnknownType: if the institution has none of this id.
        """
        ...

    def keep(
        self, institution: str, types: Sequence[ReadType], *, actor: str, at: datetime, dry_run: bool = False
    ) -> tuple[tuple[KeptType, bool], ...]:
        """Keep types, all of them or none.

        Raises:
            TypeRefused: if one of them is not what it has to be.
        """
        ...

    def create(
        self, institution: str, read: ReadType, *, actor: str, at: datetime, dry_run: bool = False
    ) -> tuple[KeptType, bool]:
        """Keep a type that is new.

        Raises:
            TypeRefused: if it is not what it has to be.
            TypeConflict: if there is one of this id that says something else.
        """
        ...

    def change(
        self,
        institution: str,
        read: ReadType,
        *,
        tag: str | None,
        actor: str,
        at: datetime,
        dry_run: bool = False,
    ) -> tuple[KeptType, bool]:
        """Keep a new version of a type.

        Raises:
            TypeRefused: if it is not what it has to be.
            TypeConflict: if it has another tag, or was ended.
        """
        ...

    def end(
        self, institution: str, type_id: str, *, actor: str, at: datetime, why: str | None = None
    ) -> KeptType:
        """End a type for good.

        Raises:
            UnknownType: if the institution has none of this id.
            TypeConflict: if it was ended before.
        """
        ...


class Requests(Protocol):
    """Requests to which institutions gave a key."""

    def begin(self, institution: str, key: str, *, content: Iterable[bytes]) -> str | None:
        """Return the batch that came of this request before, or none where it is to be answered now.

        Raises:
            ReusedKeyError: if another request had this key.
            InProgressError: if it is being answered.
        """
        ...

    def end(self, institution: str, key: str, *, batch: str | None) -> None:
        """Write down what came of a request; where nothing did, it may be sent again."""
        ...


class System(Protocol):
    """The face of `mikrocert.service.system.System` that the portal uses; its methods are called from several threads."""

    @property
    def settings(self) -> Settings:
        """The settings it was opened with."""
        ...

    @property
    def texts(self) -> Texts:
        """The languages that are installed."""
        ...

    @property
    def measures(self) -> Measures:
        """What is counted."""
        ...

    def exposing(self) -> AbstractContextManager[Metrics | None]:
        """Listen on the port for metrics, where settings want it."""
        ...

    def leave_connections(self) -> None:
        """Leave the open connections to the process that this one is a copy of."""
        ...

    def prepare_confined(self, *, among: int = 1) -> None:
        """Start the processes in which files of strangers are verified."""
        ...

    @property
    def unready(self) -> tuple[str, ...]:
        """What keeps it from serving at this moment; nothing where it can serve."""
        ...

    def verify_archived(self, identifier: str) -> tuple[tuple[File, ...], Report]:
        """Return every file of an archived credential, credentials first, and the report of the first one.

        Raises:
            UnknownIdentifier: if there is none with this identifier, or this is no identifier.
        """
        ...

    def verify_confined(self, data: bytes, *, at: datetime | None = None) -> Report:
        """Verify a file of a stranger within limits of time and memory; any octets get a report."""
        ...

    @property
    def packagings(self) -> tuple[Packaging, ...]:
        """What the files of the installed formats are."""
        ...

    def files(self, identifier: str) -> tuple[File, ...]:
        """Return every file of an archived credential, credentials first.

        Raises:
            UnknownIdentifier: if there is none with this identifier, or this is no identifier.
        """
        ...

    def proofs(self, identifier: str) -> Mapping[str, bytes]:
        """Return the proofs that the files of an archived credential are in the log, by their file names; none where there are none.

        Raises:
            UnknownIdentifier: if there is none with this identifier, or this is no identifier.
        """
        ...

    def picture_confined(self, identifier: str, *, language: str) -> bytes:
        """Return the front of the certificate as PNG, without birth data, drawn in a process of its own and kept.

        Raises:
            UnknownIdentifier: if there is none with this identifier, or this is no identifier.
        """
        ...

    def identifier_of(self, text: str) -> str | None:
        """Return the identifier that a person typed, alone or as a link of this base, or none."""
        ...

    def archived(self, identifier: str) -> Archived:
        """Return what the archive has under this identifier.

        Raises:
            UnknownIdentifier: if there is none with this identifier, or this is no identifier.
        """
        ...

    def history(self, identifier: str) -> tuple[Event, ...]:
        """Return all that happened to a credential, oldest first.

        Raises:
            UnknownIdentifier: if there is none with this identifier, or this is no identifier.
        """
        ...

    def registrations(
        self,
        institution: str,
        *,
        after: Registration | None = None,
        limit: int = 100,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[Registration, ...]:
        """Return a page of what an institution had issued, in the order of issuing."""
        ...

    def credentials(
        self,
        *,
        institution: str | None = None,
        state: ListedState | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> tuple[Archived, ...]:
        """Return a page of credentials in the order of issuing.

        Raises:
            UnknownIdentifier: if `after` is none of the institution's.
        """
        ...

    def find(
        self, text: str, *, institution: str | None = None, after: str | None = None, limit: int = 100
    ) -> tuple[Archived, ...]:
        """Return the credentials that a text leads to: an identifier or link, else a record number, else words of a name."""
        ...

    def institution_name(self, institution: str) -> LanguageMap:
        """Return what an institution calls itself."""
        ...

    def find_award(self, institution: str, evidence_number: str) -> Archived | None:
        """Return the newest credential of an award, or none."""
        ...

    def credentials_of(
        self, name: str, *, institution: str, after: str | None = None, limit: int = 100
    ) -> tuple[Archived, ...]:
        """Return a page of an institution's credentials by the holder's name, in the order of their identifiers."""
        ...

    def file(self, identifier: str, kind: FileKind, *, format_name: str | None = None) -> File:
        """Return the newest edition of a file of a credential.

        Raises:
            UnknownIdentifier: if there is no such credential, or it has no such file.
        """
        ...

    def link(self, identifier: str) -> str:
        """Return the verification link of an identifier."""
        ...

    def revoke(self, identifier: str, *, reason: str, actor: str | None = None) -> Archived:
        """Revoke a credential; revoking it again changes nothing."""
        ...

    def read(self, data: bytes, *, institution: str, intake: str | None = None) -> list[IntakeRecord]:
        """Read an export.

        Raises:
            IntakeError: if it can't be read at all.
        """
        ...

    @property
    def accounts(self) -> Accounts | None:
        """The accounts of institutions; none where the settings name no archive."""
        ...

    @property
    def catalogue(self) -> Catalogue | None:
        """The types of micro-credentials; none where the settings name no archive."""
        ...

    @property
    def requests(self) -> Requests:
        """Requests to which institutions gave a key.

        Raises:
            NoArchiveError: if the settings name no archive.
        """
        ...

    @property
    def proposals(self) -> Proposals:
        """What waits for a second pair of eyes.

        Raises:
            NoArchiveError: if there is no archive.
        """
        ...

    @property
    def batches(self) -> Batches:
        """What institutions sent to be worked through by jobs.

        Raises:
            NoArchiveError: if the settings name no archive.
        """
        ...
