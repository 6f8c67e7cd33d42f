"""What the portal asks of the assembled system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from mikrocert.report import Report
    from mikrocert.settings import Settings

__all__ = ["Archived", "System"]


class Archived(Protocol):
    """The part of an archived credential that the portal hands out."""

    @property
    def sealed(self) -> bytes:
        """The sealed file."""
        ...

    @property
    def certificate(self) -> bytes:
        """The certificate, PDF."""
        ...


class System(Protocol):
    """The face of `mikrocert.service.system.System` that the portal uses; its methods are called from several threads."""

    @property
    def settings(self) -> Settings:
        """The settings it was opened with."""
        ...

    def verify(self, data: bytes, *, at: datetime | None = None) -> Report:
        """Verify a file; any octets get a report."""
        ...

    def verify_identifier(self, identifier: str, *, at: datetime | None = None) -> Report:
        """Verify an archived credential.

        Raises:
            UnknownIdentifier: if there is none with this identifier, or this is no identifier.
        """
        ...

    def archived(self, identifier: str) -> Archived:
        """Return an archived credential.

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
