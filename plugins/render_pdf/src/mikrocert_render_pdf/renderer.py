"""The renderer: Jinja2 makes the page, WeasyPrint sets it, pypdfium2 takes its picture."""

from __future__ import annotations

import warnings
from contextlib import closing, contextmanager
from datetime import UTC, datetime, time
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

import attrs
import jinja2
from mikrocert.api import DocumentType, Finding, Renderer, RenderError, UnrenderableError, message

from mikrocert_render_pdf.finish import finish
from mikrocert_render_pdf.mark import Marker, demand_mark, texts_of_pages
from mikrocert_render_pdf.page import (
    Sizes,
    check_limits,
    front_page,
    name_pieces,
    supplement_pages,
    title_pieces,
)
from mikrocert_render_pdf.qr import qr_svg
from mikrocert_render_pdf.resources import (
    fonts,
    media_type_of,
    read,
    template_environment,
    url_fetcher,
)
from mikrocert_render_pdf.rosette import rosette
from mikrocert_render_pdf.ruler import Ruler
from mikrocert_render_pdf.speech import Speech, order_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from importlib.resources.abc import Traversable

    from mikrocert.api import Attachment, Branding, Texts, View
    from PIL import Image

__all__ = ["WeasyPrintRenderer"]

LARGEST_PICTURE = 200_000
"""Octets; a picture in a credential may not be larger."""

_TEST_COLOUR = "#7A4F00"
_COLUMN = 162 * 72 / 25.4
"""Width of the front in points."""
_SLACK = 3.0
"""Points by which a balanced text may be wider than it was measured."""
_NAME_SIZES = ((46.0, 1), (38.0, 3), (29.0, 99))
"""Sizes of the name in points, and how many lines it may take in each before the next smaller one is taken."""
_TITLE_SIZES = ((25.0, 16.0, 3), (19.0, 13.0, 99))
"""The same for the title and the title in the second language."""
_CRAMPED = ((29.0, 19.0, 13.0), (23.0, 16.0, 11.0), (18.0, 12.0, 9.0))
"""Sizes of all three, tried in turn where the front is full in spite of all."""


@attrs.frozen
class _Style:
    """What one folder of templates gives, parsed once."""

    templates: jinja2.Environment
    stylesheet: Any


class WeasyPrintRenderer(Renderer):
    """Draws certificates as PDF/A-3a with the file attached, and pictures of their fronts.

    Fonts and stylesheet are read once and kept; a renderer is not to be used by two threads at once.

    Args:
        resolution: of the pictures in dots per inch.
    """

    def __init__(self, *, resolution: int = 110) -> None:
        self._weasyprint: Any = import_module("weasyprint")
        self._resolution = resolution
        self._font_config: Any = import_module("weasyprint.text.fonts").FontConfiguration()
        self._fonts = {address: ("font/ttf", data) for address, data in fonts().items()}
        self._name_ruler = Ruler(self._fonts["mikrocert-font:serif"][1], axes=(400, 60))
        self._title_ruler = Ruler(self._fonts["mikrocert-font:serif"][1], axes=(600, 28))
        self._marker = Marker(fetcher=url_fetcher(self._fonts), font_config=self._font_config)
        self._styles: dict[Traversable | None, _Style] = {}

    @property
    def document_type(self) -> DocumentType:
        """PDF, secured by PAdES."""
        return DocumentType("application/pdf", ".pdf", "pades")

    def document(self, view: View, *, attachment: Attachment, branding: Branding, texts: Texts) -> bytes:
        """Return the certificate with its supplement as PDF, the attachment inside, not yet sealed.

        The front stands on page 1, the supplement begins on page 2; Czech comes first where the view has it. The
        file is PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1), and the same view gives the same octets.

        Raises:
            RenderError: if the view can't be drawn.
        """
        speech = Speech(*order_of(view), texts)
        own = {"mikrocert-own:attachment": (attachment.media_type, attachment.data)}
        document, fetcher = self._document(view, speech, branding, own=own, file=attachment.name)
        moment = _moment(view)
        enclosed = self._weasyprint.Attachment(
            url="mikrocert-own:attachment",
            url_fetcher=fetcher,
            name=attachment.name,
            description=f"{attachment.name}: {texts.plain(view.title, speech.first)}"[:400],
            created=moment,
            modified=moment,
            relationship="Source",
        )
        with _engine(), warnings.catch_warnings():
            # WeasyPrint 70 leaves its colour profile to the garbage collector.
            warnings.simplefilter("ignore", ResourceWarning)
            pdf: bytes = document.write_pdf(attachments=[enclosed], pdf_variant="pdf/a-3a", finisher=finish)
        _refuse_missing_glyphs(document)
        return pdf

    def text(self, document: bytes) -> tuple[str, ...]:
        """Return the text of each page.

        Raises:
            RenderError: if it is no PDF.
        """
        with _engine():
            return texts_of_pages(document)

    def pages(self, view: View, *, language: str, branding: Branding, texts: Texts) -> tuple[bytes, ...]:
        """Return the certificate's front as PNG pages for this language, at most 200 kB each.

        Raises:
            RenderError: if the view can't be drawn.
        """
        speech = Speech(*order_of(view, lead=language), texts)
        document, _ = self._document(view, speech, branding, own={}, file=None)
        with _engine():
            pdf: bytes = document.write_pdf()
        _refuse_missing_glyphs(document)
        if view.test:
            demand_mark(pdf)
        return tuple(_pictures(pdf, resolution=self._resolution))

    def _document(
        self,
        view: View,
        speech: Speech,
        branding: Branding,
        *,
        own: Mapping[str, tuple[str, bytes]],
        file: str | None,
    ) -> tuple[Any, Any]:
        """Set a view, in the largest type that fits; return WeasyPrint's document and the fetcher it may use."""
        check_limits(view, speech=speech)
        style = self._style(branding.templates)
        fetcher = url_fetcher({**self._fonts, **_pictures_of(view, branding, speech), **own})
        supplement = {} if file is None else supplement_pages(view, speech=speech, file=file)

        def set_in(sizes: Sizes, *, further: Mapping[str, Any]) -> Any:  # noqa: ANN401 - WeasyPrint is untyped
            given = front_page(view, speech=speech, sizes=sizes, branding=branding, ruler=self._name_ruler)
            try:
                html = style.templates.get_template("certificate.html").render({**given, **further})
            except (jinja2.TemplateError, LookupError, TypeError, ValueError, AttributeError) as error:
                raise RenderError(
                    message("a template of the certificate is wrong: {error}", error=repr(error))
                ) from error
            with _engine():
                return self._weasyprint.HTML(
                    string=html, url_fetcher=fetcher, base_url="mikrocert-own:"
                ).render(
                    stylesheets=[style.stylesheet],
                    font_config=self._font_config,
                    pdf_variant=None if file is None else "pdf/a-3a",
                )

        usual, *cramped = self._sizes(view.holder or "", speech.pair(view.title).lead.text)
        document = set_in(usual, further=supplement)
        if _fits(document):
            return self._marked(document, view), fetcher
        fitting = next((sizes for sizes in cramped if _fits(set_in(sizes, further={}))), None)
        if fitting is None:
            finding = Finding.error(
                "does-not-fit",
                "the front of the certificate does not fit one page even in the smallest type; shorten title or name",
            )
            raise UnrenderableError([finding])
        return self._marked(set_in(fitting, further=supplement), view), fetcher

    def _marked(self, document: Any, view: View) -> Any:  # noqa: ANN401 - WeasyPrint is untyped
        if view.test:
            with _engine():
                self._marker.mark(document)
        return document

    def _sizes(self, holder: str, title: str) -> Iterator[Sizes]:
        """Give the sizes to try: what the texts ask for, then ever smaller ones."""
        name_size, name = next(
            (size, block)
            for size, lines in _NAME_SIZES
            if (block := self._name_ruler.block(name_pieces(holder), size=size, width=_COLUMN)).lines <= lines
        )
        title_size, also_size, block = next(
            (size, also, block)
            for size, also, lines in _TITLE_SIZES
            if (block := self._title_ruler.block(title_pieces(title), size=size, width=_COLUMN)).lines
            <= lines
        )
        yield Sizes(name_size, title_size, also_size, name.width + _SLACK, block.width + _SLACK)
        for name_size, title_size, also_size in _CRAMPED:
            yield Sizes(name_size, title_size, also_size)

    def _style(self, preferred: Traversable | None) -> _Style:
        if preferred not in self._styles:
            css = read("certificate.css", preferred=preferred) or ""
            stylesheet = self._weasyprint.CSS(
                string=css,
                font_config=self._font_config,
                url_fetcher=url_fetcher(self._fonts),
                base_url="mikrocert-own:",
            )
            self._styles[preferred] = _Style(template_environment(preferred), stylesheet)
        return self._styles[preferred]


@contextmanager
def _engine() -> Generator[None, None, None]:
    """Turn whatever WeasyPrint and the libraries below it raise into a RenderError."""
    try:
        yield
    except Exception as error:
        raise RenderError(
            message("WeasyPrint can't set the certificate: {error}", error=repr(error))
        ) from error


def _moment(view: View) -> datetime:
    """Return the date of the attachment: the seal's, else the award's, never the clock's."""
    if view.seal is not None and view.seal.claimed_at is not None:
        return view.seal.claimed_at.astimezone(UTC)
    day = view.awarded_on
    return datetime.fromtimestamp(0, UTC) if day is None else datetime.combine(day, time(12), UTC)


def _pictures_of(view: View, branding: Branding, speech: Speech) -> dict[str, tuple[str, bytes]]:
    """Return the pictures that a page may name."""
    drawn = rosette(
        view.identifier or speech.pair(view.title).lead.text,
        colour=_TEST_COLOUR if view.test else branding.accent,
        outlined=view.test,
    )
    pictures = {"mikrocert-own:rosette": ("image/svg+xml", drawn.encode())}
    if view.link is not None:
        pictures["mikrocert-own:qr"] = ("image/svg+xml", qr_svg(view.link).encode())
    if branding.logo is not None:
        pictures["mikrocert-own:logo"] = (media_type_of(branding.logo), branding.logo)
    return pictures


def _fits(document: Any) -> bool:  # noqa: ANN401
    """Return whether the front ends on page 1, inside its box."""
    anchors = document.pages[0].anchors
    if "front-end" not in anchors:
        return False
    bottom = anchors["front"][3] if "front" in anchors else document.pages[0].height
    return bool(anchors["front-end"][3] <= bottom + 1)


def _refuse_missing_glyphs(document: Any) -> None:  # noqa: ANN401
    """Refuse a document, once written, in which a character is an empty box.

    Raises:
        UnrenderableError: if no font at hand has a character; names the first twenty of them.
    """
    missing = sorted({codepoint for font in document.fonts.values() for codepoint in font.missing})
    if missing:
        named = ", ".join(f"{chr(c)} (U+{c:04X})" for c in missing[:20])
        finding = Finding.error(
            "no-glyph",
            "no font at hand has {named}; a font of the system that does (on Debian from fonts-noto-core or fonts-noto-cjk) would help",
            named=named,
        )
        raise UnrenderableError([finding])


def _pictures(pdf: bytes, *, resolution: int) -> Iterator[bytes]:
    """Take a picture of each page; in fewer colours where it would be too large.

    Raises:
        RenderError: if a picture is too large nevertheless.
    """
    pdfium: Any = import_module("pypdfium2")
    with closing(pdfium.PdfDocument(pdf)) as document:
        for page in document:
            image: Image.Image = page.render(scale=resolution / 72).to_pil()
            picture = _png(image, colours=256)
            if len(picture) > LARGEST_PICTURE:
                picture = _png(image, colours=32)
            if len(picture) > LARGEST_PICTURE:
                raise RenderError(
                    message(
                        "the picture of the certificate has {count} octets, {most} are allowed: a lower resolution or a simpler logo would help",
                        count=len(picture),
                        most=LARGEST_PICTURE,
                    )
                )
            yield picture


def _png(image: Image.Image, *, colours: int) -> bytes:
    buffer = BytesIO()
    image.quantize(colours).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
