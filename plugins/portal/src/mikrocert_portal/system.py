"""What the portal asks of the assembled system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from mikrocert.api import File, Packaging, Report, Settings, Texts

__all__ = ["System"]


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

    def verify(self, data: bytes, *, at: datetime | None = None) -> Report:
        """Verify a file; any octets get a report."""
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

    def picture(self, identifier: str, *, language: str) -> bytes:
        """Return the front of the certificate as PNG, without birth data.

        Raises:
            UnknownIdentifier: if there is none with this identifier, or this is no identifier.
        """
        ...

    def identifier_of(self, text: str) -> str | None:
        """Return the identifier that a person typed, alone or as a link of this base, or none."""
        ...
