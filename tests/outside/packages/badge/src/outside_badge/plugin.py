"""Registers the format and the envelope."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.api import NoConfig, Offer, hookimpl, offer

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.api import Envelope, Format


@contextmanager
def _badge(_: NoConfig) -> Generator[Format]:
    from outside_badge.badge import Badge

    yield Badge()


@contextmanager
def _detached(_: NoConfig) -> Generator[Envelope]:
    from outside_badge.detached import Detached

    yield Detached()


@hookimpl
def mikrocert_register_formats() -> list[Offer[Format]]:
    """Offer the badge."""
    return [offer("toy-badge", "Badges in JSON, as small as can be", NoConfig, _badge)]


@hookimpl
def mikrocert_register_envelopes() -> list[Offer[Envelope]]:
    """Offer the envelope of badges."""
    return [offer("detached", "A signature beside what it signs, in JSON", NoConfig, _detached)]
