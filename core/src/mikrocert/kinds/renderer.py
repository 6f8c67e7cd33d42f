"""Renderers: from a view to a document for people and to pictures of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from mikrocert.kinds.institution import Branding
    from mikrocert.report import View
    from mikrocert.texts import Texts

__all__ = ["Attachment", "DocumentType", "Renderer"]


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

        The same arguments give the same octets.

        Raises:
            UnrenderableError: if this view can't be drawn.
            RenderError: if none can.
        """

    @abstractmethod
    def pages(self, view: View, *, language: str, branding: Branding, texts: Texts) -> tuple[bytes, ...]:
        """Return the certificate's front as PNG pages, led by this language, at most 200 kB each.

        Raises:
            UnrenderableError: if this view can't be drawn.
            RenderError: if none can.
        """
