"""The renderer: Jinja2 makes the page, WeasyPrint sets it, pypdfium2 takes its picture."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from datetime import UTC, datetime, time
from functools import cached_property
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

import attrs
from mikrocert.api import (
    DocumentType,
    Finding,
    Renderer,
    RenderError,
    TemplateError,
    UnrenderableError,
    media_type_of,
    message,
    qr_svg,
    rosette,
)

from mikrocert_render_pdf.finish import finish
from mikrocert_render_pdf.mark import Marker, demand_mark, texts_of_pages
from mikrocert_render_pdf.page import Sizes, name_pieces, page_of, title_pieces
from mikrocert_render_pdf.pictures import INK, pictures
from mikrocert_render_pdf.resources import FACES_OF_OTHER_SCRIPTS, fonts, fonts_of_other_scripts, url_fetcher
from mikrocert_render_pdf.ruler import Block, Ruler
from mikrocert_render_pdf.templates import Templates, read
from mikrocert_render_pdf.voices import tag_languages

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Sequence
    from importlib.resources.abc import Traversable

    from mikrocert.api import Attachment, Branding, Certificate, Paper

__all__ = ["WeasyPrintRenderer"]

_TEST_COLOUR = "#7A4F00"
_MILLIMETRE = 72 / 25.4
_COLUMN, _COLUMN_LYING = 162 * _MILLIMETRE, 178 * _MILLIMETRE
"""Width of name and title in points, on a front that stands and on one that lies."""
_SLACK = 3.0
"""Points by which a balanced text may be wider than it was measured."""
_NAME_SIZES = ((46.0, 1), (38.0, 3), (29.0, 99))
"""Sizes of the name in points, and how many lines it may take in each before the next smaller one is taken."""
_TITLE_SIZES = ((25.0, 16.0, 3), (19.0, 13.0, 99))
"""The same for the title and the title in the second language."""
_END_OF_FRONT = re.compile(r"""\sid\s*=\s*["']?front-end\b""")
_SURE_LINES = 2
_SURE_BODY = 80
"""With so few lines of name and title and so few letters of who awards, in types not too small, there is room on every front."""
_CRAMPED = ((29.0, 19.0, 13.0), (23.0, 16.0, 11.0), (18.0, 12.0, 9.0))
"""Sizes of all three, tried in turn where the front is full in spite of all."""


@attrs.frozen
class _Style:
    """What one folder of templates gives, parsed once."""

    templates: Templates
    stylesheets: tuple[Any, ...]


class WeasyPrintRenderer(Renderer):
    """Draws certificates as PDF/A-3a with the file attached, and pictures of their fronts.

    Fonts and stylesheet are read once and kept; a renderer is not to be used by two threads at once.

    Args:
        resolution: of the pictures in dots per inch.
    """

    def __init__(self, *, resolution: int = 90) -> None:
        self._weasyprint: Any = import_module("weasyprint")
        tag_languages()
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

    @property
    def template_suffixes(self) -> tuple[str, ...]:
        """Templates of Jinja2, and their style sheet."""
        return (".html", ".css")

    def document(
        self, certificates: Sequence[Certificate], *, attachment: Attachment, branding: Branding
    ) -> bytes:
        """Return the certificates with their supplements as PDF, the attachment inside, not yet sealed.

        A front stands on a page of its own, its supplement begins on the next one. The file is PDF/A-3a (ISO 19005-3) and
        PDF/UA-1 (ISO 14289-1), and the same certificates give the same octets.

        Raises:
            RenderError: if they can't be drawn.
        """
        own = {"mikrocert-own:attachment": (attachment.media_type, attachment.data)}
        documents = [self._document(certificate, branding, display=False) for certificate in certificates]
        document = documents[0].copy([page for each in documents for page in each.pages])
        leading = certificates[0]
        moment = _moment(leading)
        enclosed = self._weasyprint.Attachment(
            url="mikrocert-own:attachment",
            url_fetcher=url_fetcher(own),
            name=attachment.name,
            description=f"{attachment.name}: {leading.front.title.lead.text}"[:400],
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

    @property
    def draws_papers(self) -> bool:
        """It does."""
        return True

    def paper(self, paper: Paper, *, attachment: Attachment) -> bytes:
        """Return a paper as PDF/A-3a and PDF/UA-1, the attachment inside, not yet sealed.

        Raises:
            RenderError: if it can't be drawn.
        """
        stylesheets = [self._paper_style]
        if not all(self._characters.issuperset(text) for text in paper.texts()):
            stylesheets.append(self._other_scripts)
        code = {"mikrocert-own:qr": ("image/svg+xml", qr_svg(paper.link, quiet=0).encode())}
        html = self._style(None).templates.fill("paper.html", {"paper": paper})
        with _engine(), warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            document = self._weasyprint.HTML(
                string=html, url_fetcher=url_fetcher({**self._fonts, **code}), base_url="mikrocert-own:"
            ).render(stylesheets=stylesheets, font_config=self._font_config, pdf_variant="pdf/a-3a")
            if paper.test:
                self._marker.mark(document)
            enclosed = self._weasyprint.Attachment(
                url="mikrocert-own:attachment",
                url_fetcher=url_fetcher(
                    {"mikrocert-own:attachment": (attachment.media_type, attachment.data)}
                ),
                name=attachment.name,
                description=f"{attachment.name}: {paper.title}",
                created=paper.dated,
                modified=paper.dated,
                relationship="Data",
            )
            pdf: bytes = document.write_pdf(attachments=[enclosed], pdf_variant="pdf/a-3a", finisher=finish)
        _refuse_missing_glyphs(document)
        if paper.test:
            demand_mark(pdf)
        return pdf

    @cached_property
    def _paper_style(self) -> Any:  # noqa: ANN401 - WeasyPrint is untyped
        return self._weasyprint.CSS(
            string=read("paper.css", preferred=None) or "",
            font_config=self._font_config,
            url_fetcher=url_fetcher(self._fonts),
            base_url="mikrocert-own:",
        )

    def surely_draws(self, certificate: Certificate) -> bool:
        """Return whether own fonts have every character, and name, title and who awards are short enough for any front."""
        front = certificate.front
        return (
            all(len(line.text) <= _SURE_BODY for line in front.institution)
            and all(self._characters.issuperset(text) for text in certificate.texts())
            and self._lines(self._name_ruler, name_pieces(front.holder or ""), _NAME_SIZES[1][0])
            <= _SURE_LINES
            and all(
                self._lines(self._title_ruler, title_pieces(line.text), _TITLE_SIZES[0][0]) <= _SURE_LINES
                for line in front.title
            )
        )

    @cached_property
    def _other_scripts(self) -> Any:  # noqa: ANN401 - WeasyPrint is untyped
        """The stylesheet that makes the fonts of other scripts known; read only where a text needs one of them."""
        fetcher = url_fetcher(
            {address: ("font/ttf", data) for address, data in fonts_of_other_scripts().items()}
        )
        return self._weasyprint.CSS(
            string=FACES_OF_OTHER_SCRIPTS,
            font_config=self._font_config,
            url_fetcher=fetcher,
            base_url="mikrocert-own:",
        )

    def _lines(self, ruler: Ruler, pieces: Sequence[str], size: float) -> int:
        return ruler.block(pieces, size=size, width=_COLUMN).lines

    @cached_property
    def _characters(self) -> frozenset[str]:
        """The characters that all own fonts have."""
        ttlib: Any = import_module("fontTools.ttLib")
        tables = [ttlib.TTFont(BytesIO(data), lazy=True).getBestCmap() for _, data in self._fonts.values()]
        return frozenset(map(chr, set[int].intersection(*map(set, tables)))) | {"\n"}

    def text(self, document: bytes) -> tuple[str, ...]:
        """Return the text of each page.

        Raises:
            RenderError: if it is no PDF.
        """
        with _engine():
            return texts_of_pages(document)

    def pages(self, certificate: Certificate, *, branding: Branding) -> tuple[bytes, ...]:
        """Return the certificate's front as PNG pages, at most 200 kB each.

        Raises:
            RenderError: if it can't be drawn.
        """
        document = self._document(attrs.evolve(certificate, supplement=None), branding, display=True)
        with _engine():
            pdf: bytes = document.write_pdf()
        _refuse_missing_glyphs(document)
        if certificate.test:
            demand_mark(pdf)
        colours = [INK, _TEST_COLOUR if certificate.test else branding.accent]
        marks = branding.logo is not None or branding.emblem is not None
        return tuple(pictures(pdf, resolution=self._resolution, colours=colours, marks=marks))

    def _document(self, certificate: Certificate, branding: Branding, *, display: bool) -> Any:  # noqa: ANN401
        """Set a certificate, in the largest type that fits; return WeasyPrint's document.

        One that is too long for a sheet that lies is set on one that stands.
        """
        style = self._style(branding.templates)
        stylesheets = [*style.stylesheets]
        if not all(self._characters.issuperset(text) for text in certificate.texts()):
            stylesheets.append(self._other_scripts)
        fetcher = url_fetcher({**self._fonts, **_pictures_of(certificate, branding)})

        def set_in(sizes: Sizes, *, whole: bool = True, continued: Collection[str] = ()) -> Any:  # noqa: ANN401
            drawn = certificate if whole else attrs.evolve(certificate, supplement=None)
            given = page_of(
                drawn,
                sizes=sizes,
                branding=branding,
                ruler=self._name_ruler,
                continued=continued,
                display=display,
            )
            html = style.templates.fill("certificate.html", given)
            _demand_end(html)
            with _engine():
                return self._weasyprint.HTML(
                    string=html, url_fetcher=fetcher, base_url="mikrocert-own:"
                ).render(
                    stylesheets=stylesheets,
                    font_config=self._font_config,
                    pdf_variant=None if display else "pdf/a-3a",
                )

        front = certificate.front
        width = _COLUMN_LYING if branding.landscape and not display else _COLUMN
        sizes, *cramped = self._sizes(front.holder or "", front.title.lead.text, width=width)
        document = set_in(sizes)
        if not _fits(document):
            fitting = next((sizes for sizes in cramped if _fits(set_in(sizes, whole=False))), None)
            if fitting is None and branding.landscape and not display:
                return self._document(certificate, attrs.evolve(branding, landscape=False), display=False)
            if fitting is None:
                finding = Finding.error(
                    "does-not-fit",
                    "the front of the certificate does not fit one page even in the smallest type; shorten title or name",
                )
                raise UnrenderableError([finding])
            sizes, document = fitting, set_in(fitting)
        if continued := _continued(document):
            document = set_in(sizes, continued=continued)
        return self._marked(document, certificate)

    def _marked(self, document: Any, certificate: Certificate) -> Any:  # noqa: ANN401 - WeasyPrint is untyped
        if certificate.test:
            with _engine():
                self._marker.mark(document)
        return document

    def _sizes(self, holder: str, title: str, *, width: float = _COLUMN) -> Iterator[Sizes]:
        """Give the sizes to try, with the widths in which lines are even: what the texts ask for, then ever smaller ones."""

        def name_in(size: float) -> Block:
            return self._name_ruler.block(name_pieces(holder), size=size, width=width)

        def title_in(size: float) -> Block:
            return self._title_ruler.block(title_pieces(title), size=size, width=width)

        name_size = next(size for size, lines in _NAME_SIZES if name_in(size).lines <= lines)
        title_sizes = next(
            (size, also) for size, also, lines in _TITLE_SIZES if title_in(size).lines <= lines
        )
        for name, large, also in ((name_size, *title_sizes), *_CRAMPED):
            yield Sizes(name, large, also, name_in(name).width + _SLACK, title_in(large).width + _SLACK)

    def _style(self, preferred: Traversable | None) -> _Style:
        if preferred not in self._styles:
            stylesheets = tuple(
                self._weasyprint.CSS(
                    string=css,
                    font_config=self._font_config,
                    url_fetcher=url_fetcher(self._fonts),
                    base_url="mikrocert-own:",
                )
                for name in ("certificate.css", "further.css")
                if (css := read(name, preferred=preferred))
            )
            self._styles[preferred] = _Style(Templates(preferred), stylesheets)
        return self._styles[preferred]


@contextmanager
def _engine() -> Generator[None, None, None]:
    """Turn whatever WeasyPrint and the libraries below it raise into a RenderError."""
    try:
        yield
    except Exception as error:
        raise RenderError(
            message("the certificate can't be set: {error}; --debug shows where", error=error)
        ) from error


def _moment(certificate: Certificate) -> datetime:
    """Return the date of the attachment: never the clock's."""
    dated = certificate.dated
    if isinstance(dated, datetime):
        return dated
    return datetime.fromtimestamp(0, UTC) if dated is None else datetime.combine(dated, time(12), UTC)


def _pictures_of(certificate: Certificate, branding: Branding) -> dict[str, tuple[str, bytes]]:
    """Return the pictures that a page may name."""
    test, link = certificate.test is not None, certificate.front.address.link
    drawn = rosette(certificate.subject, colour=_TEST_COLOUR if test else branding.accent, outlined=test)
    pictures = {"mikrocert-own:rosette": ("image/svg+xml", drawn.encode())}
    if link is not None:
        pictures["mikrocert-own:qr"] = ("image/svg+xml", qr_svg(link, quiet=0).encode())
    for name, mark in (("logo", branding.logo), ("emblem", branding.emblem)):
        if mark is not None:
            pictures[f"mikrocert-own:{name}"] = (media_type_of(mark), mark)
    return pictures


def _demand_end(html: str) -> None:
    """Refuse a front that doesn't say where it ends.

    Raises:
        TemplateError: if no element has the id.
    """
    if not _END_OF_FRONT.search(html):
        raise TemplateError(
            message(
                "template 'front.html' of the certificate: no element has the id 'front-end', by which is seen whether the front "
                "fits; it has to be on the last element of the front"
            )
        )


def _fits(document: Any) -> bool:  # noqa: ANN401
    """Return whether the front ends on page 1, inside its box; what is too long for it may be cut off and end nowhere."""
    anchors = document.pages[0].anchors
    if "front-end" not in anchors:
        return False
    bottom = anchors["front"][3] if "front" in anchors else document.pages[0].height
    return bool(anchors["front-end"][3] <= bottom + 1)


def _continued(document: Any) -> frozenset[str]:  # noqa: ANN401
    """Return which rows of a table that goes on begin a page, so that their label is said again there."""
    found: set[str] = set()
    for page in document.pages:
        begun: set[str] = set()
        for anchor in page.anchors:
            if anchor.startswith("row-"):
                item, _, row = anchor.removeprefix("row-").rpartition("-")
                if item not in begun and row != "0":
                    found.add(f"{item}-{row}")
                begun.add(item)
    return frozenset(found)


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
