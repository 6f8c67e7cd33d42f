"""Every error that mikrocert raises.

```
MikrocertError              never raised itself
├── FindingsError           never raised itself: errors that carry findings
│   ├── IntakeError         a file of awards can't be read at all
│   ├── ShareRefused        a share of a credential can't be made like this
│   ├── WalletRefused       a holder's link can't be added to a wallet
│   ├── TypeRefused         types of micro-credentials are not what they have to be; none was kept
│   ├── UnsecurableError    an envelope can't secure these octets
│   ├── EnvelopeError       octets can't be opened as the sealed file they claim to be
│   ├── FormatError         a payload can't be opened, or a credential can't be completed
│   └── SelfVerificationError   what was just sealed did not verify; nothing was recorded
├── PluginError             a plugin or an offer can't be used
│   └── UnknownOffer        no offer has this name
├── SettingsError           mikrocert.toml is wrong
├── CodeListError           a code list or code is unknown
├── AnswerError             the command line can't deliver its answer
├── SealError               a signer or an envelope can't seal
├── RenderError             the renderer can't render
│   └── UnrenderableError   it can't render this one content; carries findings too
├── PackedFileError         an archive of files (ZIP) can't be opened, or holds too much
├── WorkerError             no process of its own can be started for work
├── AuthenticationError     who asks is nobody who may; it doesn't tell which part was wrong
├── WebhookError            nothing can be sent to an address that an institution named
├── ReusedKeyError          a request has the key of another one
├── InProgressError         a request with this key is being answered
├── UnknownBatch            this institution has no batch of this identifier
├── UnknownStatement        no statement of this id was given here
├── UnknownType             this institution has no type of micro-credential of this id or version
├── TypeConflict            a type is not, or no longer, what it has to be for this
├── UnknownProposal         this institution has no proposal of this identifier
├── ProposedError           it was not done: it waits for a second pair of eyes
├── LogError                what should be part of a log is none, or its signature is wrong
└── ArchiveError            the archive can't be used
    ├── NoArchiveError      there is none, or one of another version
    ├── ProposalError       a proposal can't be decided so
    ├── AccountError        an account or a key is unknown, or may not become what it was to
    ├── ObjectStoreError    the object store with the files doesn't answer, or refuses
    ├── DamagedError        what is stored is not what was recorded
    ├── UnknownIdentifier   no credential has this identifier
    ├── ErasedError         the credential's content was erased
    ├── UnknownShare        no share and no holder's link is like this one
    ├── ShareEnded          a share or a holder's link opens nothing any more
    ├── AccessClosed        the holder closed the permanent link
    ├── HeldError           a legal hold forbids to erase it
    ├── SupersededError     somebody began the same award with other content
    └── AlreadyIssued       the same award was issued before with other content
```
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from datetime import datetime

    from mikrocert.report import CredentialStatus, Finding, ShareEnd

    class Proposal(Protocol):
        """What waits (see `mikrocert.accounts.proposals`)."""

        @property
        def id(self) -> str:
            """Twelve characters, the second a hyphen."""
            ...

        @property
        def expires_at(self) -> datetime:
            """Until when it waits (aware)."""
            ...


__all__ = [
    "AccessClosed",
    "AccountError",
    "AlreadyIssued",
    "AnswerError",
    "ArchiveError",
    "AuthenticationError",
    "CodeListError",
    "DamagedError",
    "EnvelopeError",
    "ErasedError",
    "FindingsError",
    "FormatError",
    "HeldError",
    "InProgressError",
    "IntakeError",
    "LogError",
    "MikrocertError",
    "NoArchiveError",
    "ObjectStoreError",
    "PackedFileError",
    "PluginError",
    "ProposalError",
    "ProposedError",
    "RenderError",
    "ReusedKeyError",
    "SealError",
    "SelfVerificationError",
    "SettingsError",
    "ShareEnded",
    "ShareRefused",
    "SupersededError",
    "TemplateError",
    "TypeConflict",
    "TypeRefused",
    "UnknownBatch",
    "UnknownIdentifier",
    "UnknownOffer",
    "UnknownProposal",
    "UnknownShare",
    "UnknownStatement",
    "UnknownType",
    "UnrenderableError",
    "UnsecurableError",
    "WalletRefused",
    "WebhookError",
    "WorkerError",
    "interruptions",
    "place_of",
    "plugin_boundary",
]


class MikrocertError(Exception):
    """Base of all errors of mikrocert and its plugins; never raised itself.

    Its text is the English sentence; `Texts.say` tells `message` in the reader's language.

    Args:
        message: what is wrong, where, and what would be right, as a sentence with parameters. A text stands for a sentence
            without; what a plugin raises with a text is not shown, since the text may be put together of anything.
    """

    message: Message
    relayed: bool
    """Whether it is shown where a plugin raises it."""

    def __init__(self, message: Message | str) -> None:
        self.relayed = isinstance(message, Message)
        self.message = message if isinstance(message, Message) else Message(message)
        super().__init__(self.message)


class FindingsError(MikrocertError):
    """An error that names every fault it found.

    Args:
        findings: at least one finding of severity error.
    """

    findings: tuple[Finding, ...]

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        faults = [
            message("{path}: {fault}", path=found.path, fault=found.message) if found.path else found.message
            for found in self.findings
        ]
        super().__init__(message("{faults:semicolon}", faults=faults))


class IntakeError(FindingsError):
    """A file of awards can't be read at all: wrong encoding, not JSON, no known columns."""


class TypeRefused(FindingsError):
    """Types of micro-credentials are not what they have to be; none of them was kept."""


class UnsecurableError(FindingsError):
    """An envelope can't secure these octets, such as a document that is too large; others it can."""


class EnvelopeError(FindingsError):
    """The octets can't be opened as the sealed file they claim to be."""


class FormatError(FindingsError):
    """A payload can't be opened as a credential, or a credential can't be completed."""


class SelfVerificationError(FindingsError):
    """What was just sealed did not verify, so that it was neither recorded nor handed out."""


class PluginError(MikrocertError):
    """A plugin or an offer can't be used; the message names it and says why."""


class UnknownOffer(PluginError):
    """No offer of this kind has this name; the message lists the names there are."""


class SettingsError(MikrocertError):
    """mikrocert.toml or an override is wrong; the message names every member and what would be right."""


class CodeListError(MikrocertError):
    """A code list or a code in it is unknown; the message names near matches."""


class SealError(MikrocertError):
    """A signer or an envelope can't seal: key, certificate or service."""


class RenderError(MikrocertError):
    """The renderer can't render."""


class TemplateError(SettingsError, RenderError):
    """A template of an institution can't be filled; the message names file, line and what is wrong."""


class UnrenderableError(FindingsError, RenderError):
    """The renderer can't draw this content, such as a character that no font has; others it can."""


class PackedFileError(MikrocertError):
    """An archive of files (ZIP) can't be opened, or holds too much."""


class WorkerError(MikrocertError):
    """A process that was to do a part of the work can't be started, or has ended; the message says why."""


class AuthenticationError(MikrocertError):
    """Who asks is nobody who may; always the same sentence, so that nobody learns which part was wrong.

    What the operator may know is in the log of the program, under the logger `mikrocert.accounts`.
    """

    def __init__(self) -> None:
        super().__init__(message("the key is not valid here"))


class WebhookError(MikrocertError):
    """A webhook can't be made or told; the message says why."""


class ReusedKeyError(MikrocertError):
    """A request has the key of another one that was sent before."""

    def __init__(self) -> None:
        super().__init__(message("another request was sent with this key before; each has a key of its own"))


class InProgressError(MikrocertError):
    """A request with this key is being answered."""

    def __init__(self) -> None:
        super().__init__(message("a request with this key is being answered"))


class UnknownBatch(MikrocertError):
    """An institution has no batch of this identifier; whether another one has is not told."""


class UnknownStatement(MikrocertError):
    """No statement of this id was given here.

    Args:
        statement_id: what was asked for.
    """

    def __init__(self, statement_id: str) -> None:
        self.statement_id = statement_id
        super().__init__(message("no statement of this number was given here: {id}", id=statement_id))


class UnknownType(MikrocertError):
    """An institution has no type of micro-credential of this id or version; whether another one has is not told."""


class TypeConflict(MikrocertError):
    """A type of micro-credential is there already, was changed meanwhile, or was ended."""


class LogError(MikrocertError):
    """What should be part of a log is none, or its signature is wrong."""


class AnswerError(MikrocertError):
    """The answer of a command can't be written to standard output; what was done before stays done."""


class ArchiveError(MikrocertError):
    """The archive can't be opened, is of another version, or refuses."""


class NoArchiveError(ArchiveError):
    """There is no archive, or one of another version; the message names the command that makes or upgrades it."""


class ObjectStoreError(ArchiveError):
    """The object store that holds files of the archive doesn't answer, or refuses; nothing is known of the files then."""


class AccountError(ArchiveError):
    """An institution has no account, or one in a state from which this can't be done; or a key is unknown or ended."""


class ProposalError(ArchiveError):
    """A proposal was decided before, has expired, can't be done any more, or is not for this one to confirm."""


class UnknownProposal(MikrocertError):
    """This institution has no proposal of this identifier, whoever else has."""


class ProposedError(MikrocertError):
    """Nothing was done, since it needs a second pair of eyes; it waits for somebody else to confirm it.

    Args:
        proposal: what waits.
    """

    def __init__(self, proposal: Proposal) -> None:
        self.proposal = proposal
        super().__init__(
            message(
                "this needs a second pair of eyes and was not done yet: somebody else confirms or refuses {proposal} until {until} "
                "(`mikrocert proposals`)",
                proposal=proposal.id,
                until=proposal.expires_at,
            )
        )


class DamagedError(ArchiveError):
    """What is stored is not what was recorded; it is not served.

    Args:
        finding: what is wrong; its path is the row: its table and, in brackets, its key.
    """

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(
            message("the archive is damaged: {path}: {fault}", path=finding.path, fault=finding.message)
        )


class UnknownIdentifier(ArchiveError):
    """No credential in the archive has this identifier."""


class ErasedError(ArchiveError):
    """The content of this credential was erased: its status is known, its files and its award are not.

    Args:
        identifier: the 12 characters.
        by_holder: whether its holder asked for that.
    """

    def __init__(self, identifier: str, *, by_holder: bool = False) -> None:
        self.identifier = identifier
        self.by_holder = by_holder
        super().__init__(
            message(
                "{identifier} was closed at the request of the holder; only its status is known",
                identifier=identifier,
            )
            if by_holder
            else message(
                "the content of {identifier} was erased; only its status is known", identifier=identifier
            )
        )


class UnknownShare(ArchiveError):
    """There never was a share, or a holder's link, like this one."""

    def __init__(self) -> None:
        super().__init__(message("there is no such link"))


class ShareEnded(ArchiveError):
    """A share, or a holder's link, was right once and opens nothing any more.

    Args:
        end: how and when it ended.
    """

    def __init__(self, end: ShareEnd) -> None:
        self.end = end
        super().__init__(message("this link has ended"))


class ShareRefused(FindingsError):
    """A share can't be made like this."""


class WalletRefused(FindingsError):
    """A holder's link can't be added to a wallet."""


class AccessClosed(ArchiveError):
    """The holder closed the permanent link of this credential.

    Args:
        status: whether it was revoked or replaced all the same, which is always told; without reason and successor.
    """

    def __init__(self, status: CredentialStatus) -> None:
        self.status = status
        super().__init__(message("the holder has closed the access; ask for a share"))


class HeldError(ArchiveError):
    """Nothing may be erased of a credential now, because somebody put it on hold.

    Args:
        identifier: the 12 characters.
        holds: numbers of the holds.
    """

    def __init__(self, identifier: str, *, holds: Iterable[int]) -> None:
        self.identifier = identifier
        super().__init__(
            message(
                "{identifier} is on hold, so that nothing of it may be erased: {holds:comma}; `mikrocert hold list` says why",
                identifier=identifier,
                holds=list(holds),
            )
        )


class SupersededError(ArchiveError):
    """While an award was on its way, its record number was sent with other content.

    Args:
        identifier: what was reserved for the award.
    """

    def __init__(self, identifier: str) -> None:
        self.identifier = identifier
        super().__init__(
            message(
                "{identifier} is not reserved any more: its record number was sent with other content in the meantime; "
                "nothing was recorded under it, send the right award again",
                identifier=identifier,
            )
        )


class AlreadyIssued(ArchiveError):
    """This institution already issued this record number with other content.

    Args:
        identifier: the credential issued first; `issue --replaces` names it.
    """

    def __init__(self, identifier: str) -> None:
        self.identifier = identifier
        super().__init__(
            message(
                "this record number was issued before with other content as {identifier}; "
                "to correct it, issue with --replaces {identifier} --reason TEXT",
                identifier=identifier,
            )
        )


def interruptions() -> tuple[type[BaseException], ...]:
    """Return what no border holds up: the user's own interruption, and the end of a task or of a generator."""
    cancelled = getattr(sys.modules.get("asyncio.exceptions"), "CancelledError", None)
    return (
        (KeyboardInterrupt, GeneratorExit)
        if cancelled is None
        else (KeyboardInterrupt, GeneratorExit, cancelled)
    )


def place_of(error: BaseException) -> str:
    """Return the module and line where an error was raised; nothing of what it says, which may hold a secret."""
    step = error.__traceback__
    if step is None:
        return "–"
    while step.tb_next is not None:
        step = step.tb_next
    return f"{step.tb_frame.f_globals.get('__name__', '–')}:{step.tb_lineno}"


@contextmanager
def plugin_boundary(what: Message | str) -> Generator[None]:
    """Turn whatever is raised inside, and is no error of mikrocert, into a `PluginError` that names the culprit.

    `SystemExit` too: nothing that a plugin raises ends the program. The text of a foreign exception is not repeated, since
    nobody knows what is in it; its class and place are. Nor is that of an error of mikrocert which has a text instead of a
    message. The logger `mikrocert` gets the traceback at level DEBUG.

    Args:
        what: kind and name of the plugin's offer whose code runs inside.

    Raises:
        PluginError: for any other exception.
    """
    try:
        yield
    except interruptions():
        raise
    except BaseException as error:
        import logging  # noqa: PLC0415 - only when something is wrong

        log = logging.getLogger("mikrocert")
        if isinstance(error, MikrocertError) and error.relayed:
            log.debug("%s failed", what, exc_info=error)
            raise
        log.debug("%s crashed", what, exc_info=error)
        raise PluginError(
            message(
                "{what} crashed: {kind} at {place}",
                what=what,
                kind=type(error).__name__,
                place=place_of(error),
            )
        ) from error
