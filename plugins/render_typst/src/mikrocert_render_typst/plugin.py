"""Registers the renderer `typst`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs
from mikrocert.api import Offer, hookimpl, offer

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.api import Renderer

__all__ = ["TypstConfig", "mikrocert_register_renderers"]


@attrs.frozen
class TypstConfig:
    """Settings of the renderer.

    Args:
        resolution: of the pictures in dots per inch, 72–200; an A4 page at 92 dpi has 760 × 1075 pixels.
    """

    resolution: int = attrs.field(default=92, validator=[attrs.validators.ge(72), attrs.validators.le(200)])


@contextmanager
def _renderer(config: TypstConfig) -> Generator[Renderer, None, None]:
    from mikrocert_render_typst.renderer import TypstRenderer  # noqa: PLC0415 - loads Typst, 40 MB

    with TypstRenderer(resolution=config.resolution) as renderer:
        yield renderer


@hookimpl
def mikrocert_register_renderers() -> tuple[Offer[Renderer], ...]:
    """Offer `typst`."""
    return (offer("typst", "Certificates as PDF/A-3 by Typst", TypstConfig, _renderer, usual=True),)
