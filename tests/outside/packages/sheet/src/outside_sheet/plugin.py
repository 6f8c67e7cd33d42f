"""Registers the renderer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.api import NoConfig, Offer, hookimpl, offer

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.api import Renderer


@contextmanager
def _sheet(_: NoConfig) -> Generator[Renderer]:
    from outside_sheet.sheet import Sheet

    yield Sheet()


@hookimpl
def mikrocert_register_renderers() -> list[Offer[Renderer]]:
    """Offer the renderer."""
    return [offer("sheet", "An empty sheet", NoConfig, _sheet)]
