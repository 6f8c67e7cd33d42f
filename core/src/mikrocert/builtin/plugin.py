"""Registers what the core itself offers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.host.hookspecs import hookimpl
from mikrocert.kinds.offer import NoConfig, Offer, offer

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.kinds.intake import Intake


@contextmanager
def _canonical(_: NoConfig) -> Generator[Intake]:
    from mikrocert.builtin.intake import CanonicalIntake  # noqa: PLC0415 - only when chosen

    yield CanonicalIntake()


@hookimpl
def mikrocert_register_intakes() -> list[Offer[Intake]]:
    """Offer the canonical intake."""
    return [offer("json", "Awards in canonical JSON; its schema: mikrocert schema", NoConfig, _canonical)]
