"""Registers the intake `elmo`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.api import NoConfig, Offer, hookimpl, offer

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.api import Intake

__all__ = ["mikrocert_register_intakes"]


@contextmanager
def _intake(_: NoConfig) -> Generator[Intake]:
    from mikrocert_intake_elmo.intake import ElmoIntake  # noqa: PLC0415 - only when chosen

    yield ElmoIntake()


@hookimpl
def mikrocert_register_intakes() -> tuple[Offer[Intake], ...]:
    """Offer `elmo`."""
    return (offer("elmo", "Records of studies in EMREX ELMO 1 (XML)", NoConfig, _intake),)
