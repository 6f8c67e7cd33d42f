"""Recording, finding, revoking."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import create_engine, event, func, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from mikrocert.archive.tables import credentials, events
from mikrocert.award.identifiers import is_identifier
from mikrocert.errors import AlreadyIssued, ArchiveError, UnknownIdentifier
from mikrocert.report import CredentialStatus, StatusValue
from mikrocert.rules.questions import is_birth_number
from mikrocert.texts import printable

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy.engine import Connection, Engine, Row

__all__ = ["NEWEST", "Archive", "Archived", "Event", "NewCredential", "open_archive"]

NEWEST = "0001"
"""The newest migration."""


@attrs.frozen
class NewCredential:
    """A credential to be recorded.

    Args:
        identifier: the 12 characters.
        institution: name of the institution's offer.
        evidence_number: number in the institution's register.
        award_hash: what tells whether two awards are the same.
        format: name of the format.
        credential_id: the credential's own id.
        issued_at: the moment of sealing (aware).
        payload: the octets under the seal; only their hash is kept beside the sealed file.
        suffix: file name suffix of the sealed file.
        sealed: the sealed file.
        certificate: the sealed PDF.
    """

    identifier: str
    institution: str
    evidence_number: str
    award_hash: str
    format: str
    credential_id: str
    issued_at: datetime
    payload: bytes = attrs.field(repr=False)
    suffix: str
    sealed: bytes = attrs.field(repr=False)
    certificate: bytes = attrs.field(repr=False)


@attrs.frozen
class Archived:
    """A recorded credential.

    Args:
        identifier: the 12 characters.
        institution: name of the institution's offer.
        evidence_number: number in the institution's register.
        award_hash: what tells whether two awards are the same.
        format: name of the format.
        credential_id: the credential's own id.
        issued_at: the moment of sealing (aware).
        payload_hash: SHA-256 (hex) of the octets under the seal.
        suffix: file name suffix of the sealed file.
        sealed: the sealed file.
        certificate: the sealed PDF.
        replaces: identifier of the credential that this one corrects, or none.
        status: live, revoked or replaced.
    """

    identifier: str
    institution: str
    evidence_number: str
    award_hash: str
    format: str
    credential_id: str
    issued_at: datetime
    payload_hash: str
    suffix: str
    sealed: bytes = attrs.field(repr=False)
    certificate: bytes = attrs.field(repr=False)
    replaces: str | None
    status: CredentialStatus

    def holds(self, payload: bytes) -> bool:
        """Say whether these are the octets that were sealed."""
        return hashlib.sha256(payload).hexdigest() == self.payload_hash


@attrs.frozen
class Event:
    """Something that happened to a credential.

    Args:
        kind: `issued`, `revoked` or `replaced`.
        at: when (aware).
        reason: why; none for `issued`.
        successor: the credential that replaces it, for `replaced`.
    """

    kind: str
    at: datetime
    reason: str | None
    successor: str | None


_STATES = {"issued": StatusValue.LIVE, "revoked": StatusValue.REVOKED, "replaced": StatusValue.REPLACED}


class Archive:
    """An open archive; safe to use from several threads and, over one database, from several processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._made = False

    @property
    def exists(self) -> bool:
        """Whether there is a database to read; a SQLite file that is missing says nothing about any credential."""
        database = self._engine.url.database
        on_disk = self._engine.dialect.name == "sqlite" and database not in (None, "", ":memory:")
        return self._made or not on_disk or Path(str(database)).exists()

    def make(self) -> None:
        """Make the tables, or bring them up to date; once that is done, do nothing.

        Raises:
            ArchiveError: if the database fails, or is newer than this program.
        """
        with self._lock:
            if self._made:
                return
            try:
                _migrate(self._engine)
            except SQLAlchemyError as error:
                message = f"the archive can't be opened: {_cause(error)}"
                raise ArchiveError(message) from error
            self._made = True

    def find(self, identifier: str) -> Archived:
        """Return the credential with this identifier.

        Raises:
            UnknownIdentifier: if there is none.
            ArchiveError: if the database fails.
        """
        with self._reading() as connection:
            return _archived(connection, _row(connection, identifier))

    def find_award(self, institution: str, evidence_number: str) -> Archived | None:
        """Return the newest credential of this award, or none.

        Raises:
            ArchiveError: if the database fails.
        """
        with self._reading() as connection:
            return _newest(connection, institution, evidence_number)

    def history(self, identifier: str) -> tuple[Event, ...]:
        """Return all that happened to a credential, oldest first; empty for an unknown one.

        Raises:
            ArchiveError: if the database fails.
        """
        if not is_identifier(identifier):
            return ()
        with self._reading() as connection:
            return _history(connection, identifier)

    def record(
        self, new: NewCredential, *, replaces: str | None = None, reason: str | None = None
    ) -> Archived:
        """Record a credential in one transaction, or return the one that is there for the same award.

        Args:
            new: what was sealed.
            replaces: identifier of the credential that it corrects.
            reason: why it is corrected; needed with `replaces`.

        Returns:
            The recorded credential. Its identifier differs from that of `new` where the same award was recorded
            before, be it a moment ago by somebody else.

        Raises:
            AlreadyIssued: if the award was recorded before with other content and nothing is replaced.
            UnknownIdentifier: if the credential to be replaced isn't there.
            ArchiveError: if it can't be replaced, the reason is not fit to be read, or the database fails.
        """
        if replaces is not None:
            reason = _readable(
                reason or "", blank="a correction needs a reason; verifiers of the old credential read it"
            )
        try:
            with self._writing() as connection:
                before = _newest(connection, new.institution, new.evidence_number, for_update=True)
                if before is not None and before.award_hash == new.award_hash:
                    return before
                version = _next_version(connection, before, new, replaces)
                _add(connection, new, version=version, replaces=replaces, reason=reason)
                return _archived(connection, _row(connection, new.identifier))
        except IntegrityError as error:
            before = self.find_award(new.institution, new.evidence_number)
            if before is None:
                message = f"the credential could not be recorded: {error.orig}"
                raise ArchiveError(message) from error
            if before.award_hash == new.award_hash:
                return before
            raise AlreadyIssued(before.identifier) from error

    def revoke(self, identifier: str, *, reason: str, at: datetime) -> Archived:
        """Revoke a credential; revoking it again changes nothing.

        Args:
            identifier: the 12 characters.
            reason: why; verifiers read it.
            at: when (aware).

        Raises:
            UnknownIdentifier: if there is no such credential.
            ArchiveError: if it was replaced, the reason is not fit to be read, or the database fails.
        """
        reason = _readable(reason, blank="a reason is needed; verifiers read it")
        with self._writing() as connection:
            row = _row(connection, identifier, for_update=True)
            before = _archived(connection, row)
            if before.status.value is StatusValue.REPLACED:
                message = f"it was replaced by {before.status.successor}; revoke that one"
                raise ArchiveError(message)
            if before.status.value is StatusValue.LIVE:
                connection.execute(
                    insert(events).values(identifier=identifier, kind="revoked", at=at, reason=reason)
                )
            return _archived(connection, row)

    def identifiers(self) -> tuple[str, ...]:
        """Return all identifiers, in the order of issuing."""
        with self._reading() as connection:
            ordered = select(credentials.c.identifier).order_by(
                credentials.c.issued_at, credentials.c.identifier
            )
            return tuple(connection.execute(ordered).scalars())

    @contextmanager
    def _reading(self) -> Generator[Connection]:
        if not self.exists:
            message = f"there is no archive {self._engine.url.database}; the first credential issued makes it"
            raise ArchiveError(message)
        self.make()
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                yield connection
        except SQLAlchemyError as error:
            message = f"the archive can't be read: {_cause(error)}"
            raise ArchiveError(message) from error

    @contextmanager
    def _writing(self) -> Generator[Connection]:
        self.make()
        try:
            with self._engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            message = f"the archive can't be written: {_cause(error)}"
            raise ArchiveError(message) from error


def _readable(reason: str, *, blank: str) -> str:
    """Return a reason without spaces around it, if it is fit for verifiers to read; nothing can be deleted later."""
    said = reason.strip()
    message = "" if said else blank
    if printable(said) != said:
        message = (
            "the reason has a control or invisible character; verifiers read it, so remove the character"
        )
    elif is_birth_number(said):
        message = "the reason holds a birth number (rodné číslo); verifiers read it, so leave the number out"
    if message:
        raise ArchiveError(message)
    return said


def _cause(error: Exception) -> object:
    """Return what the database said, without statement and parameters: they may hold personal data."""
    return getattr(error, "orig", None) or error


def _next_version(
    connection: Connection, before: Archived | None, new: NewCredential, replaces: str | None
) -> int:
    if before is None:
        if replaces is not None:
            message = (
                f"{replaces} can't be replaced: this institution never issued evidence number {new.evidence_number!r}; "
                "a correction keeps the evidence number"
            )
            raise ArchiveError(message)
        return 1
    if replaces is None:
        raise AlreadyIssued(before.identifier)
    if replaces != before.identifier:
        message = f"{replaces} is not the newest credential of this award; {before.identifier} is"
        raise ArchiveError(message)
    newest = connection.execute(
        select(func.max(credentials.c.version)).where(
            credentials.c.institution == new.institution, credentials.c.evidence_number == new.evidence_number
        )
    ).scalar_one()
    return int(newest) + 1


def _add(
    connection: Connection, new: NewCredential, *, version: int, replaces: str | None, reason: str | None
) -> None:
    values = attrs.asdict(new)
    payload: bytes = values.pop("payload")
    values["payload_hash"] = hashlib.sha256(payload).hexdigest()
    connection.execute(insert(credentials).values(**values, version=version, replaces=replaces))
    connection.execute(insert(events).values(identifier=new.identifier, kind="issued", at=new.issued_at))
    if replaces is not None:
        connection.execute(
            insert(events).values(
                identifier=replaces,
                kind="replaced",
                at=new.issued_at,
                reason=reason,
                successor=new.identifier,
            )
        )


def _row(connection: Connection, identifier: str, *, for_update: bool = False) -> Row[Any]:
    wanted = select(credentials).where(credentials.c.identifier == identifier)
    row = None
    if is_identifier(identifier):
        row = connection.execute(wanted.with_for_update() if for_update else wanted).one_or_none()
    if row is None:
        message = "no credential in the archive has this identifier"
        raise UnknownIdentifier(message)
    return row


def _newest(
    connection: Connection, institution: str, evidence_number: str, *, for_update: bool = False
) -> Archived | None:
    newest = (
        select(credentials)
        .where(credentials.c.institution == institution, credentials.c.evidence_number == evidence_number)
        .order_by(credentials.c.version.desc())
        .limit(1)
    )
    row = connection.execute(newest.with_for_update() if for_update else newest).one_or_none()
    return None if row is None else _archived(connection, row)


def _history(connection: Connection, identifier: str) -> tuple[Event, ...]:
    rows = connection.execute(
        select(events).where(events.c.identifier == identifier).order_by(events.c.number)
    )
    return tuple(Event(row.kind, row.at, row.reason, row.successor) for row in rows)


def _archived(connection: Connection, row: Row[Any]) -> Archived:
    history = _history(connection, row.identifier)
    if not history or history[-1].kind not in _STATES:
        message = f"the archive is damaged: the history of {row.identifier} does not say where it stands"
        raise ArchiveError(message)
    last = history[-1]
    status = CredentialStatus(_STATES[last.kind], since=last.at, reason=last.reason, successor=last.successor)
    members = {
        field.name: getattr(row, field.name) for field in attrs.fields(Archived) if field.name != "status"
    }
    return Archived(**members, status=status)


def _prepare_sqlite(engine: Engine) -> None:
    """Let SQLAlchemy begin transactions itself: a writer takes the lock at once, so that two writers wait in turn."""

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: object) -> None:  # noqa: ANN401 - whatever the driver calls a connection
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(engine: Engine) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # SQLite has taken the lock by beginning
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('mikrocert'))"))
        current = None
        if inspect(connection).has_table("alembic_version"):
            current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        if current == NEWEST:
            return
        if current is not None and current > NEWEST:
            message = (
                f"the archive is of version {current}, this program knows {NEWEST}; use a newer mikrocert"
            )
            raise ArchiveError(message)
        from alembic import command  # noqa: PLC0415 - heavy, and needed once in an archive's life
        from alembic.config import Config  # noqa: PLC0415
        from alembic.util import CommandError  # noqa: PLC0415

        config = Config()
        with as_file(files("mikrocert.archive") / "migrations") as folder:
            config.set_main_option("script_location", str(folder).replace("%", "%%"))
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, NEWEST)
            except CommandError as error:
                message = f"the archive of version {current} can't be upgraded to {NEWEST}: {error}"
                raise ArchiveError(message) from error


@contextmanager
def open_archive(url: str, *, make: bool = True) -> Generator[Archive]:
    """Open an archive, bringing its tables up to date.

    Args:
        url: SQLAlchemy URL, such as `sqlite:////var/lib/mikrocert/archive.sqlite`.
        make: whether to make an archive that isn't there; without it, whoever only reads is told that there is none.

    Raises:
        ArchiveError: if it can't be opened or is newer than this program.
    """
    try:
        engine = create_engine(url, hide_parameters=True)
    except (SQLAlchemyError, ImportError, ValueError) as error:
        message = f"the archive can't be opened: {_cause(error)}"
        raise ArchiveError(message) from error
    try:
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        archive = Archive(engine)
        if make or archive.exists:
            archive.make()
        yield archive
    finally:
        engine.dispose()
