"""Every error that mikrocert raises.

```
MikrocertError              never raised itself
├── FindingsError           never raised itself: errors that carry findings
│   ├── IntakeError         a file of awards can't be read at all
│   ├── UnsecurableError    an envelope can't secure these octets
│   ├── EnvelopeError       octets can't be opened as the sealed file they claim to be
│   ├── FormatError         a payload can't be opened, or a credential can't be completed
│   └── SelfVerificationError   what was just sealed did not verify; nothing was recorded
├── PluginError             a plugin or an offer can't be used
│   └── UnknownOffer        no offer has this name
├── SettingsError           mikrocert.toml is wrong
├── CodeListError           a code list or code is unknown
├── SealError               a signer or an envelope can't seal
├── RenderError             the renderer can't render
│   └── UnrenderableError   it can't render this one content; carries findings too
└── ArchiveError            the archive can't be used
    ├── NoArchiveError      there is none, or one of another version
    ├── DamagedError        what is stored is not what was recorded
    ├── UnknownIdentifier   no credential has this identifier
    ├── ErasedError         the credential's content was erased
    ├── SupersededError     somebody began the same award with other content
    └── AlreadyIssued       the same award was issued before with other content
```
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from mikrocert.report import Finding

__all__ = [
    "AlreadyIssued",
    "ArchiveError",
    "CodeListError",
    "DamagedError",
    "EnvelopeError",
    "ErasedError",
    "FindingsError",
    "FormatError",
    "IntakeError",
    "MikrocertError",
    "NoArchiveError",
    "PluginError",
    "RenderError",
    "SealError",
    "SelfVerificationError",
    "SettingsError",
    "SupersededError",
    "UnknownIdentifier",
    "UnknownOffer",
    "UnrenderableError",
    "UnsecurableError",
    "interruptions",
    "place_of",
    "plugin_boundary",
]


class MikrocertError(Exception):
    """Base of all errors of mikrocert and its plugins; never raised itself.

    Its text is the English sentence; `Texts.say` tells `message` in the reader's language.

    Args:
        message: what is wrong, where, and what would be right; a text stands for a sentence without parameters.
    """

    message: Message

    def __init__(self, message: Message | str) -> None:
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


class UnrenderableError(FindingsError, RenderError):
    """The renderer can't draw this content, such as a character that no font has; others it can."""


class ArchiveError(MikrocertError):
    """The archive can't be opened, is of another version, or refuses."""


class NoArchiveError(ArchiveError):
    """There is no archive, or one of another version; the message names the command that makes or upgrades it."""


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
    """

    def __init__(self, identifier: str) -> None:
        self.identifier = identifier
        super().__init__(
            message("the content of {identifier} was erased; only its status is known", identifier=identifier)
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
    nobody knows what is in it; its class and place are. The logger `mikrocert` gets the traceback at level DEBUG.

    Args:
        what: kind and name of the plugin's offer whose code runs inside.

    Raises:
        PluginError: for any other exception.
    """
    try:
        yield
    except MikrocertError:
        raise
    except interruptions():
        raise
    except BaseException as error:
        import logging  # noqa: PLC0415 - only when something is wrong

        logging.getLogger("mikrocert").debug("%s crashed", what, exc_info=error)
        raise PluginError(
            message(
                "{what} crashed: {kind} at {place}",
                what=what,
                kind=type(error).__name__,
                place=place_of(error),
            )
        ) from error
