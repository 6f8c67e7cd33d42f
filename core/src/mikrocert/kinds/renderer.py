"""Renderers: from a view to a document for people and to pictures of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from mikrocert.kinds.institution import Branding
    from mikrocert.report import View
    from mikrocert.texts import Texts

__all__ = ["TEST_MARK", "Attachment", "DocumentType", "Renderer"]

TEST_MARK = "TEST · neplatné · not valid"
"""What each page of a document for a test seal says, in this very spelling whatever its language."""


@attrs.frozen
class DocumentType:
    """What the document of a renderer is, as a file.

    Args:
        media_type: such as `application/pdf`.
        suffix: file name suffix with its dot, such as `.pdf`.
        envelope: name of the envelope that secures it.
    """

    media_type: str
    suffix: str
    envelope: str


@attrs.frozen
class Attachment:
    """A file to be put inside a document.

    Args:
        name: file name, such as `K7mQx4Rt9bHz.badge.json`.
        data: its octets, kept as they are.
        media_type: such as `application/json`.
    """

    name: str
    data: bytes = attrs.field(repr=False)
    media_type: str


class Renderer(ABC):
    """Draws what a view says; adds nothing to it."""

    @property
    @abstractmethod
    def document_type(self) -> DocumentType:
        """What the documents are, as files."""

    @abstractmethod
    def document(self, view: View, *, attachment: Attachment, branding: Branding, texts: Texts) -> bytes:
        """Return the certificate with its supplement, the attachment inside, not yet sealed.

        The same arguments give the same octets. Where the view says that it is a test, each page bears `TEST_MARK` as text,
        drawn where no template of an institution can drop it.

        Raises:
            UnrenderableError: if this view can't be drawn.
            RenderError: if none can.
        """

    @abstractmethod
    def text(self, document: bytes) -> tuple[str, ...]:
        """Return what a program reads on each page of a document, with single spaces.

        The core looks there for what may not be missing, once a document is drawn.

        Args:
            document: what `document` returned.
        """

    @abstractmethod
    def pages(self, view: View, *, language: str, branding: Branding, texts: Texts) -> tuple[bytes, ...]:
        """Return the certificate's front as PNG pages, led by this language, at most 200 kB each.

        Raises:
            UnrenderableError: if this view can't be drawn.
            RenderError: if none can.
        """
