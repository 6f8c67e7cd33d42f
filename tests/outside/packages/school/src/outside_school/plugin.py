"""Registers the university, its intake, and checks, formats and observers that crash on demand."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.api import NoConfig, Offer, hookimpl, offer

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.api import Institution, Intake, Observer


@contextmanager
def _school(_: NoConfig) -> Generator[Institution]:
    from outside_school.school import School

    yield School()


@contextmanager
def _intake(_: NoConfig) -> Generator[Intake]:
    from outside_school.school import CrashingIntake

    yield CrashingIntake()


@contextmanager
def _leaver(_: NoConfig) -> Generator[Observer]:
    from outside_school.school import Leaver

    yield Leaver()


@hookimpl
def mikrocert_register_institutions() -> list[Offer[Institution]]:
    """Offer the university."""
    return [offer("school", "University of Říp", NoConfig, _school)]


@hookimpl
def mikrocert_register_intakes() -> list[Offer[Intake]]:
    """Offer the intake that crashes."""
    return [offer("school", "Canonical JSON, crashing where a title says so", NoConfig, _intake)]


@hookimpl
def mikrocert_register_observers() -> list[Offer[Observer]]:
    """Offer an observer that ends the program whatever it is told."""
    return [offer("leaver", "Ends the program, or tries to", NoConfig, _leaver)]
