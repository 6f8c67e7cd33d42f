"""Registers the institution `mu` and the intake `is-mu`."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import attrs
from mikrocert.api import NoConfig, Offer, hookimpl, offer

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.api import Institution, Intake

__all__ = ["MuConfig", "mikrocert_register_institutions", "mikrocert_register_intakes"]


@attrs.frozen
class MuConfig:
    """Settings of Masaryk University; the defaults serve the demonstration.

    Args:
        mandate_number: reference of the agreement with the operator.
        mandate_agreed_on: day from which it holds.
        mandate_valid_until: last day on which it holds; none means without limit.
        further_intakes: names of intakes besides that of IS MU, which somebody names who sends an export of another kind.
    """

    mandate_number: str = attrs.field(default="MC-2024-001", validator=attrs.validators.min_len(1))
    mandate_agreed_on: date = date(2024, 6, 1)
    mandate_valid_until: date | None = None
    further_intakes: tuple[str, ...] = ()


@contextmanager
def _institution(config: MuConfig) -> Generator[Institution]:
    from mikrocert.api import Mandate  # noqa: PLC0415 - only when chosen

    from mikrocert_institution_mu.institution import MasarykUniversity  # noqa: PLC0415

    yield MasarykUniversity(
        Mandate(config.mandate_number, config.mandate_agreed_on, config.mandate_valid_until),
        further_intakes=config.further_intakes,
    )


@contextmanager
def _intake(_: NoConfig) -> Generator[Intake]:
    from mikrocert.api import LayoutIntake  # noqa: PLC0415 - only when chosen

    from mikrocert_institution_mu.layout import layout  # noqa: PLC0415

    yield LayoutIntake(layout())


@hookimpl
def mikrocert_register_institutions() -> tuple[Offer[Institution], ...]:
    """Offer `mu`."""
    return (offer("mu", "Masaryk University, Brno", MuConfig, _institution),)


@hookimpl
def mikrocert_register_intakes() -> tuple[Offer[Intake], ...]:
    """Offer `is-mu`."""
    return (offer("is-mu", "Exports in the layout of IS MU, JSON or CSV", NoConfig, _intake),)
