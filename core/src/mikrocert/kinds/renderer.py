"""Renderers: from what a certificate says to a document for people and to pictures of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import attrs

from mikrocert.errors import RenderError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mikrocert.certificate import Certificate, Paper
    from mikrocert.kinds.institution import Branding

__all__ = ["TEST_MARK", "Attachment", "DocumentType", "Renderer"]

TEST_MARK = "TEST · neplatné · not valid"
"""What each page of a document for a test seal says, in this very spelling whatever its language."""


@attrs.frozen
class DocumentType:
    """What the document of a renderer is, as a file.

    Args:
        media_type: such as `application/pdf`.
        suffix: file name suffix with its dot, such as `.pdf`.
        envelope: name of the envelope that secures it; none for copies that are read and not sealed, which `mikrocert copy` makes.
    """

    media_type: str
    suffix: str
    envelope: str | None


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
    """Draws what a certificate says; adds no word to it."""

    @property
    @abstractmethod
    def document_type(self) -> DocumentType:
        """What the documents are, as files."""

    @property
    def template_suffixes(self) -> tuple[str, ...]:
        """The suffixes of the files that it takes from an institution's folder of templates, such as `.html`; none where it takes none.

        An institution whose templates are all for another renderer is not issued for with this one.
        """
        return ()

    @abstractmethod
    def document(
        self, certificates: Sequence[Certificate], *, attachment: Attachment, branding: Branding
    ) -> bytes:
        """Return the certificates with their supplements in one document, the attachment inside, not yet sealed.

        The same arguments give the same octets. Where a certificate is of a test, each of its pages bears `TEST_MARK` as text,
        drawn where no template of an institution can drop it. What a certificate says of a copy stands first in it.

        Args:
            certificates: at least one, each with its supplement; several say the same, each in languages of its own.
            attachment: the file to be put inside.
            branding: how the institution's certificates look.

        Raises:
            UnrenderableError: if these can't be drawn.
            RenderError: if none can.
        """

    def surely_draws(self, certificate: Certificate) -> bool:  # noqa: ARG002 - for those who know more
        """Return whether this can surely be drawn, judged by its texts alone; false where only drawing tells.

        A dry run asks it, so that it needn't draw hundreds of certificates to find the one that can't be.

        Args:
            certificate: what would be drawn.
        """
        return False

    @abstractmethod
    def text(self, document: bytes) -> tuple[str, ...]:
        """Return what a program reads on each page of a document, with single spaces.

        The core looks there for what may not be missing, once a document is drawn.

        Args:
            document: what `document` returned.
        """

    def pages(self, certificate: Certificate, *, branding: Branding) -> tuple[bytes, ...]:  # noqa: ARG002 - for those who draw
        """Return the certificate's front as PNG pages, at most 200 kB each.

        Asked only of a renderer whose documents an envelope secures; one of copies draws no pictures.

        Args:
            certificate: its supplement is left out.
            branding: how the institution's certificates look.

        Raises:
            UnrenderableError: if this can't be drawn.
            RenderError: if none can.
        """
        raise RenderError(message("this renderer draws no pictures"))

    @property
    def draws_papers(self) -> bool:
        """Whether it draws papers, too, so that it can be named for statements."""
        return False

    def paper(self, paper: Paper, *, attachment: Attachment) -> bytes:  # noqa: ARG002 - for those who draw
        """Return a paper as a document, the attachment inside, not yet sealed.

        Asked for statements about verifications, of the renderer that settings name, where they say who seals such statements. Where the
        paper is of a test, each of its pages bears `TEST_MARK` as text.

        Args:
            paper: headings, paragraphs and rows, all words said.
            attachment: the file to be put inside.

        Raises:
            UnrenderableError: if this can't be drawn.
            RenderError: if none can.
        """
        raise RenderError(message("this renderer draws no statements"))
