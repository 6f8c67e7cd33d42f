"""Renderers: from a view to a certificate and to pictures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from mikrocert.kinds.institution import Branding
    from mikrocert.report import View

__all__ = ["Attachment", "Renderer"]


@attrs.frozen
class Attachment:
    """A file to be put inside a PDF.

    Args:
        name: file name, such as `K7mQx4Rt9bHz.jsonld`.
        data: its octets, kept as they are.
        media_type: such as `application/ld+json`.
    """

    name: str
    data: bytes = attrs.field(repr=False)
    media_type: str


class Renderer(ABC):
    """Draws what a view says; adds nothing to it."""

    @abstractmethod
    def certificate(self, view: View, *, attachment: Attachment, branding: Branding) -> bytes:
        """Return the certificate with its supplement as PDF, the attachment inside, not yet sealed.

        Raises:
            UnrenderableError: if this view can't be drawn.
            RenderError: if none can.
        """

    @abstractmethod
    def pages(self, view: View, *, language: str, branding: Branding) -> tuple[bytes, ...]:
        """Return the certificate's front as PNG pages for this language (`cs` or `en`), at most 200 kB each.

        Raises:
            UnrenderableError: if this view can't be drawn.
            RenderError: if none can.
        """
