"""What the archive says about a file: whether it is one of its own, since when, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import attrs

from mikrocert.archive import ErasureReason
from mikrocert.award.identifiers import is_identifier
from mikrocert.errors import ArchiveError, DamagedError, UnknownIdentifier
from mikrocert.report import CheckResult, CredentialStatus, Finding, Outcome, StatusValue
from mikrocert.service.verifying.core_checks import status_finding

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mikrocert.archive import Archive, Archived, Event, Holdings, LogReader
    from mikrocert.kinds.format import Credential
    from mikrocert.service.verifying.opening import Chain
    from mikrocert.service.verifying.printed import Printed

__all__ = ["AtHand", "Lookup", "Records", "look_up"]


class Records(Protocol):
    """What verifying asks of an archive."""

    def find(self, identifier: str) -> Archived:
        """Return the credential with this identifier (see `Archive.find`)."""
        ...

    def history(self, identifier: str) -> tuple[Event, ...]:
        """Return all that happened to it (see `Archive.history`)."""
        ...

    def log(self) -> AbstractContextManager[LogReader]:
        """Open its log (see `Archive.log`)."""
        ...


@attrs.frozen
class AtHand:
    """An archive of which one credential was read already; it is asked for the others only.

    Args:
        holdings: what was read.
        archive: the archive.
    """

    holdings: Holdings
    archive: Archive

    def find(self, identifier: str) -> Archived:
        """Return the credential with this identifier (see `Archive.find`)."""
        return self.holdings.archived if self._has(identifier) else self.archive.find(identifier)

    def history(self, identifier: str) -> tuple[Event, ...]:
        """Return all that happened to it (see `Archive.history`)."""
        return self.holdings.events if self._has(identifier) else self.archive.history(identifier)

    def log(self) -> AbstractContextManager[LogReader]:
        """Open its log (see `Archive.log`)."""
        return self.archive.log()

    def _has(self, identifier: str) -> bool:
        return identifier == self.holdings.archived.registration.identifier


@attrs.frozen
class Lookup:
    """What the archive has under the identifier of a credential.

    Args:
        archived: the credential that it has there, or none.
        fault: why it can't be asked; none where it answered.
        same_content: whether that is what the file has under its seal.
        recorded_at: when it recorded exactly these octets (aware); none where it has other ones.
        document: whether the file is a document around a sealed file.
    """

    archived: Archived | None = None
    fault: ArchiveError | None = None
    same_content: bool = False
    recorded_at: datetime | None = None
    document: bool = False

    def status(
        self, *, ours: bool, has_archive: bool, printed: Printed | None = None
    ) -> tuple[CheckResult, CredentialStatus | None]:
        """Return the result of `status`, and what the archive knows.

        Args:
            ours: whether the credential is one of our operator.
            has_archive: whether there is an archive at hand.
            printed: what came of holding the pages of a document of somebody else against its data; none where it is no
                document.
        """
        if self.fault is not None:
            # Whoever reads it may be a stranger: where the archive is, and what its database says, is the operator's affair.
            unanswered = _DAMAGED if isinstance(self.fault, DamagedError) else _UNREACHABLE
            return CheckResult("status", Outcome.UNDETERMINED, (unanswered,)), None
        if self.archived is not None:
            return self._archived_status(self.archived)
        if not ours:
            another = printed is not None and printed.another
            found = () if printed is None else printed.findings
            outcome = Outcome.UNDETERMINED if another else Outcome.NOT_APPLICABLE
            return CheckResult("status", outcome, (_FOREIGN, *found)), None
        if not has_archive:
            return CheckResult("status", Outcome.UNDETERMINED, (_NO_ARCHIVE,)), None
        return CheckResult.of("status", (_UNKNOWN,)), None

    def _archived_status(self, archived: Archived) -> tuple[CheckResult, CredentialStatus | None]:
        status = archived.status
        if archived.erased_at is not None:  # nothing proves that the file is ours: no more than to everybody
            status = attrs.evolve(status, reason=None, successor=None)
            finding, live = status_finding(status), status.value is StatusValue.LIVE
            outcome = Outcome.UNDETERMINED if live else Outcome.FAILED
            erased = _CLOSED if archived.erased_for is ErasureReason.HOLDER else _ERASED
            return CheckResult("status", outcome, (erased,) if live else (finding, erased)), status
        if not self.same_content:
            return CheckResult.of("status", (_OTHER_CONTENT,)), None
        finding = status_finding(status)
        if self.recorded_at is None:
            changed = _OTHER_DOCUMENT if self.document else _REWRITTEN
            return CheckResult("status", Outcome.FAILED, (changed, finding)), status
        return CheckResult.of("status", (finding,)), status


def look_up(archive: Records | None, credential: Credential, chain: Chain) -> Lookup:
    """Return what the archive has under the identifier of a credential.

    Args:
        archive: the archive at hand, or none.
        credential: the credential that was read.
        chain: the file that it was read from.
    """
    document, identifier = len(chain.opened) > 1, credential.identifier
    if archive is None or identifier is None or not is_identifier(identifier):
        return Lookup(document=document)
    try:
        archived = archive.find(identifier)
        if archived.erased_at is not None:
            return Lookup(archived, document=document)
        artefact = archived.artefact_of(chain.data)
        recorded_at = None
        if artefact is not None:
            events = archive.history(identifier)
            recorded_at = next(event.at for event in events if event.number == artefact.event)
    except UnknownIdentifier:
        return Lookup(document=document)
    except ArchiveError as error:
        return Lookup(fault=error, document=document)
    return Lookup(
        archived, same_content=archived.holds(chain.payload), recorded_at=recorded_at, document=document
    )


_FOREIGN = Finding.info(
    "foreign", "This file was not made in this system; we can't tell whether it was revoked."
)
_NO_ARCHIVE = Finding.info(
    "no-archive",
    "There is no archive at hand, so this file was not compared with the one that was issued; "
    "verify at the address that the micro-credential names.",
)
_UNREACHABLE = Finding.info("archive-unreachable", "The archive does not answer.")
_DAMAGED = Finding.warning(
    "archive-damaged", "What the archive has under its identifier is damaged, so its status can't be told."
)
_UNKNOWN = Finding.error(
    "unknown", "The file claims to come from this system, but the archive does not know it."
)
_OTHER_CONTENT = Finding.error("other-content", "The archive knows other content under this identifier.")
_OTHER_DOCUMENT = Finding.error(
    "other-document",
    "The sealed data are genuine, but this is not the certificate that was issued with them; "
    "anything may be printed on it.",
)
_REWRITTEN = Finding.error(
    "rewritten",
    "Its content is unchanged, but the file was rewritten around the seal; ask for the file as it was issued.",
)
_CLOSED = Finding.info(
    "closed",
    "It was closed at the request of the holder; whether this file is what was sealed can't be told any more.",
)
_ERASED = Finding.info(
    "erased", "Its content was erased from the archive; whether this file is what was sealed can't be told."
)
