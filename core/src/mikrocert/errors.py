"""Every error that mikrocert raises.

```
MikrocertError              never raised itself
├── FindingsError                  never raised itself: errors that carry findings
│   ├── IntakeError         a file of awards can't be read at all
│   ├── AwardRefused        an award breaks rules; it was not issued
│   ├── EnvelopeError       octets can't be opened as the sealed file they claim to be
│   ├── FormatError         a payload can't be opened, or a credential can't be completed
│   └── SelfVerificationError   what was just sealed did not verify; nothing was recorded
├── PluginError             a plugin or an offer can't be used
│   └── UnknownOffer        no offer has this name
├── SettingsError           mikrocert.toml is wrong
├── CodeListError           a code list or code is unknown
├── SealError               the seal backend can't seal
├── RenderError             the renderer can't render
│   └── UnrenderableError          it can't render this one content; carries findings too
└── ArchiveError            the archive can't be used
    ├── UnknownIdentifier   no credential has this identifier
    └── AlreadyIssued       the same award was issued before with other content
```
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from mikrocert.report import Finding

__all__ = [
    "AlreadyIssued",
    "ArchiveError",
    "AwardRefused",
    "CodeListError",
    "EnvelopeError",
    "FindingsError",
    "FormatError",
    "IntakeError",
    "MikrocertError",
    "PluginError",
    "RenderError",
    "SealError",
    "SelfVerificationError",
    "SettingsError",
    "UnknownIdentifier",
    "UnknownOffer",
    "UnrenderableError",
    "plugin_boundary",
]


class MikrocertError(Exception):
    """Base of all errors of mikrocert and its plugins; never raised itself."""


class FindingsError(MikrocertError):
    """An error that names every fault it found.

    Args:
        findings: at least one finding of severity error.
    """

    findings: tuple[Finding, ...]

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(
            "; ".join(f"{f.path}: {f.message.en}" if f.path else f.message.en for f in self.findings)
        )


class IntakeError(FindingsError):
    """A file of awards can't be read at all: wrong encoding, not JSON, no known columns."""


class AwardRefused(FindingsError):
    """An award breaks at least one rule of severity error; nothing was issued."""


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
    """The seal backend can't seal: key, certificate or service."""


class RenderError(MikrocertError):
    """The renderer can't render."""


class UnrenderableError(FindingsError, RenderError):
    """The renderer can't draw this content, such as a character that no font has; others it can."""


class ArchiveError(MikrocertError):
    """The archive can't be opened, is of another version, or refuses."""


class UnknownIdentifier(ArchiveError):
    """No credential in the archive has this identifier."""


class AlreadyIssued(ArchiveError):
    """This institution already issued this evidence number with other content.

    Args:
        identifier: the credential issued first; `issue --replaces` names it.
    """

    def __init__(self, identifier: str) -> None:
        self.identifier = identifier
        super().__init__(
            f"this evidence number was issued before, with other content, as {identifier}; "
            f"to correct it, issue with --replaces {identifier} --reason TEXT"
        )


@contextmanager
def plugin_boundary(what: str) -> Generator[None]:
    """Turn whatever is raised inside, and is no error of mikrocert, into a `PluginError` that names the culprit.

    Args:
        what: kind and name of the plugin's offer whose code runs inside.

    Raises:
        PluginError: for any other exception.
    """
    try:
        yield
    except MikrocertError:
        raise
    except Exception as error:
        message = f"{what} crashed: {type(error).__name__}: {error}"
        raise PluginError(message) from error
