"""What an institution gets back: a registration, its files and its status."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import attrs

from mikrocert.report.status import CredentialStatus

__all__ = ["File", "FileKind", "Receipt", "Registration"]


class FileKind(Enum):
    """What a file of an award is."""

    CREDENTIAL = "credential"
    CERTIFICATE = "certificate"
    PICTURE = "picture"


@attrs.frozen
class Registration:
    """Under what an award is known.

    Args:
        identifier: the 12 characters.
        institution: name of the institution's offer.
        evidence_number: number in the institution's register.
        issued_at: the moment of sealing (aware).
    """

    identifier: str
    institution: str
    evidence_number: str
    issued_at: datetime


@attrs.frozen
class File:
    """One file of an award.

    Args:
        format: name of the format that the award was issued in.
        kind: credential, certificate or picture.
        media_type: media type of the octets (RFC 6838).
        suffix: end of the file's name, with its dot.
        octets: the file.
    """

    format: str
    kind: FileKind
    media_type: str
    suffix: str
    octets: bytes = attrs.field(repr=False)


@attrs.frozen
class Receipt:
    """What an institution gets back for an award.

    Args:
        registration: under what the award is known.
        link: the verification link.
        files: the sealed files and documents of every format asked for.
        status: live, or what became of it since, for an award that was issued before.
        created: whether it was issued just now; false for an award that was issued before.
        holder_link: the link by which its holder decides who sees it, told once: none for an award that was issued before, and where
            whoever issues has it made later. Whoever has it is the holder; it belongs in no log and on no certificate.
    """

    registration: Registration
    link: str
    files: tuple[File, ...]
    status: CredentialStatus
    created: bool
    holder_link: str | None = attrs.field(default=None, repr=False)

    def name(self, file: File) -> str:
        """Return the name of one of the files: the identifier, the format where suffixes alone don't tell, the suffix."""
        alike = [other for other in self.files if other.suffix == file.suffix]
        middle = f".{file.format}" if len(alike) > 1 else ""
        return f"{self.registration.identifier}{middle}{file.suffix}"
