"""The renderer: Jinja2 fills a page with what certificates say."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape
from mikrocert.api import TEST_MARK, DocumentType, Renderer, RenderError, message, qr_svg

from mikrocert_render_html.reading import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mikrocert.api import Attachment, Branding, Certificate

__all__ = ["HtmlRenderer"]

_TEMPLATES = files("mikrocert_render_html") / "templates"


class HtmlRenderer(Renderer):
    """Writes copies of certificates as one HTML file that asks nobody for anything and runs no script.

    Args:
        template: name of the page in `templates`.
    """

    def __init__(self, template: str) -> None:
        environment = Environment(
            loader=FunctionLoader(_read), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        environment.filters["linked"] = _linked
        self._page = environment.get_template(template)
        self._css = _read("page.css")

    @property
    def document_type(self) -> DocumentType:
        """HTML; it is read and not sealed."""
        return DocumentType("text/html", ".html", None)

    def document(
        self,
        certificates: Sequence[Certificate],
        *,
        attachment: Attachment,
        branding: Branding,  # noqa: ARG002 - contrast and type are the reader's affair
    ) -> bytes:
        """Return the certificates as a page, one article each, the attachment inside to be saved.

        Raises:
            RenderError: if the link is too long for a QR code.
        """
        leading = certificates[0]
        link = leading.front.address.link
        page = self._page.render(
            certificates=certificates,
            title=_title(leading),
            mark=TEST_MARK if any(each.test for each in certificates) else None,
            # Only Markup that is made here, of our own style sheet and of squares, is not escaped.
            css=Markup(self._css),  # noqa: S704
            css_hash=b64encode(sha256(self._css.encode()).digest()).decode(),
            code=None if link is None else Markup(qr_svg(link)),  # noqa: S704 - squares; the link is not in it
            attachment=attachment,
            data=b64encode(attachment.data).decode(),
        )
        return page.encode()

    def text(self, document: bytes) -> tuple[str, ...]:
        """Return the words of the page.

        Raises:
            RenderError: if it is no UTF-8.
        """
        try:
            return (words_of(document.decode()),)
        except UnicodeDecodeError as error:
            raise RenderError(message("the page is no text in UTF-8: {error}", error=error)) from error


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8")


def _title(certificate: Certificate) -> str:
    """Return the title of the page; what speaks against the certificate stands first in it."""
    copy = certificate.copy
    warning = [copy.headline.lead.text] if copy is not None and not copy.sound else []
    test = [TEST_MARK] if certificate.test else []
    return " – ".join([*test, *warning, certificate.title])


def _linked(text: str, link: str | None) -> Markup:
    """Return a text in which the verification link can be followed."""
    escaped = escape(text)
    if not link:
        return escaped
    target = str(escape(link))
    shown = target.replace("/", "/<wbr>")
    return Markup(str(escaped).replace(target, f'<a href="{target}">{shown}</a>'))  # noqa: S704 - both are escaped
