"""Copies of a sealed file for people: large print, easy language, or whatever a renderer makes that nobody seals."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from mikrocert.certificate import certificates_of
from mikrocert.errors import RenderError, SettingsError
from mikrocert.kinds.institution import Branding
from mikrocert.kinds.renderer import TEST_MARK
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.host.loading import Plugins
    from mikrocert.kinds.renderer import Attachment, Renderer
    from mikrocert.report import Report
    from mikrocert.settings import Settings
    from mikrocert.texts import Message, Texts

__all__ = ["CopyOffer", "copier", "copy_of"]


@attrs.frozen
class CopyOffer:
    """A kind of copy that can be made of a credential.

    Args:
        name: of its renderer.
        summary: what it is, in a few words.
        media_type: what the copies are, such as `text/html`.
        suffix: file name suffix with its dot.
    """

    name: str
    summary: Message
    media_type: str
    suffix: str


@contextmanager
def copier(name: str, *, plugins: Plugins, settings: Settings) -> Generator[Renderer]:
    """Open a renderer of copies.

    Args:
        name: its name.
        plugins: who offers it.
        settings: with its section.

    Raises:
        UnknownOffer: if there is no such renderer.
        SettingsError: if its documents are to be sealed: one without its seal would be half of one.
    """
    with plugins.renderers.choose(name, settings) as renderer:
        kind = renderer.document_type
        if kind.envelope is not None:
            raise SettingsError(
                message(
                    "--renderer: documents of '{name}' ({media_type}) are to be sealed, which issuing does; a renderer of copies would be right, and `mikrocert plugins` lists all",
                    name=name,
                    media_type=kind.media_type,
                )
            )
        yield renderer


def copy_of(report: Report, *, renderer: Renderer, attachment: Attachment, texts: Texts) -> bytes | None:
    """Return a copy of a sealed file, which says what was found of that file; none where its content is not proven.

    Args:
        report: what was found.
        renderer: of copies.
        attachment: the sealed file.
        texts: the languages that are installed.

    Raises:
        RenderError: if it can't be drawn, or a copy of a test lacks its mark.
    """
    if report.view is None or not report.proven:
        return None
    certificates = certificates_of(
        report.view, texts=texts, file=attachment.name, separate=True, report=report
    )
    document = renderer.document(certificates, attachment=attachment, branding=Branding())
    pages = renderer.text(document)
    if report.view.test and not (pages and all(TEST_MARK in page for page in pages)):
        raise RenderError(message("the copy of a test lacks the mark '{mark}'", mark=TEST_MARK))
    return document
