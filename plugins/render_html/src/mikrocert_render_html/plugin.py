"""Registers the renderers `large-print` and `easy-read`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.api import NoConfig, Offer, hookimpl, offer

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.api import Renderer

__all__ = ["mikrocert_register_renderers"]


@contextmanager
def _large_print(_: NoConfig) -> Generator[Renderer, None, None]:
    from mikrocert_render_html.renderer import HtmlRenderer  # noqa: PLC0415 - loads Jinja2

    yield HtmlRenderer("large-print.html")


@contextmanager
def _easy_read(_: NoConfig) -> Generator[Renderer, None, None]:
    from mikrocert_render_html.renderer import HtmlRenderer  # noqa: PLC0415 - loads Jinja2

    yield HtmlRenderer("easy-read.html")


@hookimpl
def mikrocert_register_renderers() -> tuple[Offer[Renderer], ...]:
    """Offer `large-print` and `easy-read`."""
    return (
        offer("large-print", "Copies in large print as HTML", NoConfig, _large_print, usual=False),
        offer("easy-read", "Copies in easy language as HTML", NoConfig, _easy_read, usual=False),
    )
