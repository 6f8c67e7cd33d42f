"""Registers the renderer `weasyprint`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs
from mikrocert.api import Offer, hookimpl, offer

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.api import Renderer

__all__ = ["WeasyPrintConfig", "mikrocert_register_renderers"]


@attrs.frozen
class WeasyPrintConfig:
    """Settings of the renderer.

    Args:
        resolution: of the pictures in dots per inch, 72–200; at 90 dpi they are 745 pixels wide.
    """

    resolution: int = attrs.field(default=90, validator=[attrs.validators.ge(72), attrs.validators.le(200)])


@contextmanager
def _renderer(config: WeasyPrintConfig) -> Generator[Renderer, None, None]:
    from mikrocert_render_pdf.renderer import WeasyPrintRenderer  # noqa: PLC0415 - imports WeasyPrint, a second

    yield WeasyPrintRenderer(resolution=config.resolution)


@hookimpl
def mikrocert_register_renderers() -> tuple[Offer[Renderer], ...]:
    """Offer `weasyprint`."""
    return (offer("weasyprint", "Certificates as PDF/A-3 by WeasyPrint", WeasyPrintConfig, _renderer),)
