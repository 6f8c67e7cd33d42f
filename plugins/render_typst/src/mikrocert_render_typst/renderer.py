"""The renderer: Typst sets what stands on certificates, by the templates of `mikrocert-templates` or an institution's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import attrs
from mikrocert.api import DocumentType, Renderer, RenderError, media_type_of, message

from mikrocert_render_typst.drawing import TEST_COLOUR, drawing_of, drawing_of_paper
from mikrocert_render_typst.finish import finish
from mikrocert_render_typst.fonts import FontCase
from mikrocert_render_typst.pictures import picture_of
from mikrocert_render_typst.reading import texts_of_pages
from mikrocert_render_typst.root import Root

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.resources.abc import Traversable
    from types import TracebackType

    from mikrocert.api import Attachment, Branding, Certificate, Paper

    from mikrocert_render_typst.fonts import Chosen

__all__ = ["LARGEST_PICTURE", "SMALL_PICTURE", "TypstRenderer"]

LARGEST_PICTURE = 200_000
"""Octets; a picture in a credential may not be larger."""
SMALL_PICTURE = 13_000
"""Octets that a picture has where that leaves it sharp enough: a credential carries two, and its certificate those once more."""
_SUFFIXES = {"image/png": "png", "image/svg+xml": "svg"}
_GROWTH = 1 / 1.3
"""The size of a picture grows between the length of its outlines and their area."""
_LOWEST = 72
"""Resolution in dots per inch below which small type is no longer read."""
_SURE_NAME, _SURE_TITLE, _SURE_BODY = 45, 110, 80
"""Characters of name, title and who awards with which there is room on every front."""


class TypstRenderer(Renderer):
    """Draws certificates and papers as PDF/A-3a and PDF/UA-1 with a file attached, and pictures of fronts.

    Fonts and templates are read once and kept; a renderer is not to be used by two threads at once, and leaves nothing behind once it
    is closed.

    Args:
        resolution: of the pictures in dots per inch.
    """

    def __init__(self, *, resolution: int = 92) -> None:
        self._resolution = resolution
        self._fonts = FontCase()
        self._roots: dict[tuple[Traversable | None, tuple[str, ...]], Root] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the folders that were made."""
        self.close()

    def close(self) -> None:
        """Remove the folders that were made."""
        while self._roots:
            self._roots.popitem()[1].close()

    @property
    def document_type(self) -> DocumentType:
        """PDF, secured by PAdES."""
        return DocumentType("application/pdf", ".pdf", "pades")

    @property
    def template_suffixes(self) -> tuple[str, ...]:
        """Templates of Typst."""
        return (".typ",)

    def document(
        self, certificates: Sequence[Certificate], *, attachment: Attachment, branding: Branding
    ) -> bytes:
        """Return the certificates with their supplements as PDF, the attachment inside, not yet sealed.

        A front stands on a page of its own, its supplement begins on the next one. The file is PDF/A-3a (ISO 19005-3) and
        PDF/UA-1 (ISO 14289-1), and the same certificates give the same octets.

        Raises:
            UnrenderableError: if these can't be drawn.
            RenderError: if none can.
        """
        fonts = self._chosen(certificates)
        root = self._root(branding.templates, fonts)
        enclosed = root.put("attachment", attachment.data)
        drawing = drawing_of(
            certificates,
            branding=branding,
            fonts=fonts,
            pictures=dict(_pictures(branding, root)),
            attachment=(attachment, enclosed),
        )
        return finish(root.pdf(drawing))

    def surely_draws(self, certificate: Certificate) -> bool:
        """Return whether own fonts have every character, and name, title and who awards are short enough for any front."""
        front = certificate.front
        return (
            len(front.holder or "") <= _SURE_NAME
            and all(len(line.text) <= _SURE_TITLE for line in front.title)
            and all(len(line.text) <= _SURE_BODY for line in front.institution)
            and self._fonts.own.issuperset("".join(certificate.texts()).replace("\n", ""))
        )

    def text(self, document: bytes) -> tuple[str, ...]:
        """Return the text of each page.

        Raises:
            RenderError: if it is no PDF.
        """
        return texts_of_pages(document)

    def pages(self, certificate: Certificate, *, branding: Branding) -> tuple[bytes, ...]:
        """Return the certificate's front as a PNG page of some 11 kB.

        Raises:
            UnrenderableError: if this can't be drawn.
            RenderError: if none can.
        """
        front = attrs.evolve(certificate, supplement=None)
        fonts = self._chosen([front])
        root = self._root(branding.templates, fonts)
        drawing = drawing_of(
            [front], branding=branding, fonts=fonts, pictures=dict(_pictures(branding, root)), attachment=None
        )
        accent = TEST_COLOUR if certificate.test else branding.accent
        return (self._small(root.plain_pdf(drawing), accent=accent),)

    def _small(self, pdf: bytes, *, accent: str) -> bytes:
        """Return a picture as sharp as its size allows.

        Raises:
            RenderError: if it is too large even at the lowest resolution.
        """
        resolution = self._resolution
        picture = picture_of(pdf, resolution=resolution, accent=accent)
        while len(picture) > SMALL_PICTURE and resolution > _LOWEST:
            fitting = resolution * (SMALL_PICTURE / len(picture)) ** _GROWTH
            resolution = max(_LOWEST, min(resolution - 1, int(fitting)))
            picture = picture_of(pdf, resolution=resolution, accent=accent)
        if len(picture) > LARGEST_PICTURE:
            raise RenderError(
                message(
                    "the picture of the certificate has {count} octets, {most} are allowed: a simpler logo would help",
                    count=len(picture),
                    most=LARGEST_PICTURE,
                )
            )
        return picture

    @property
    def draws_papers(self) -> bool:
        """It does."""
        return True

    def paper(self, paper: Paper, *, attachment: Attachment) -> bytes:
        """Return a paper as PDF/A-3a and PDF/UA-1, the attachment inside, not yet sealed; templates of institutions don't change it.

        Raises:
            UnrenderableError: if this can't be drawn.
            RenderError: if none can.
        """
        fonts = self._fonts.choose(paper.texts(), languages=(paper.language,))
        root = self._root(None, fonts)
        path = root.put("attachment", attachment.data)
        return finish(root.pdf(drawing_of_paper(paper, fonts=fonts, attachment=attachment, path=path)))

    def _chosen(self, certificates: Sequence[Certificate]) -> Chosen:
        texts = (text for certificate in certificates for text in certificate.texts())
        languages = (language for certificate in certificates for language in certificate.languages)
        return self._fonts.choose(texts, languages=languages)

    def _root(self, templates: Traversable | None, fonts: Chosen) -> Root:
        wanted = (templates, fonts.files)
        if wanted not in self._roots:
            self._roots[wanted] = Root(templates, folders=self._fonts.folders, fonts=fonts.files)
        return self._roots[wanted]


def _pictures(branding: Branding, root: Root) -> Iterator[tuple[str, str]]:
    """Give the pictures of an institution: what each is for, and where in the root it lies."""
    for name, data in (("logo", branding.logo), ("emblem", branding.emblem)):
        if data is not None:
            yield name, root.put(f"{name}.{_SUFFIXES[media_type_of(data)]}", data)
