"""The renderer: one white pixel for a picture, the file itself for a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mikrocert.api import TEST_MARK, DocumentType, Renderer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mikrocert.api import Attachment, Branding, Certificate

__all__ = ["Sheet"]

_PIXEL: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415478da63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


class Sheet(Renderer):
    """Draws next to nothing."""

    @property
    def document_type(self) -> DocumentType:
        """What the documents are, as files."""
        return DocumentType("application/vnd.toy-sheet+json", ".sheet.json", "detached")

    def document(
        self, certificates: Sequence[Certificate], *, attachment: Attachment, branding: Branding
    ) -> bytes:
        """Return the attachment."""
        return attachment.data

    def text(self, document: bytes) -> tuple[str, ...]:
        """Return the one line that the sheet has."""
        return (TEST_MARK,)

    def pages(self, certificate: Certificate, *, branding: Branding) -> tuple[bytes, ...]:
        """Return the pixel."""
        return (_PIXEL,)
