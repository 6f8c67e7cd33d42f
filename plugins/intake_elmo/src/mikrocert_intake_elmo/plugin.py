"""Registers the intake `elmo`."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from mikrocert.api import Offer, hookimpl, offer

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.api import Intake

__all__ = ["ElmoConfig", "mikrocert_register_intakes"]


@attrs.frozen
class ElmoConfig:
    """An intake of ELMO; `[intakes.NAME]` with `offer = "elmo"` makes one of any name.

    Args:
        layout: TOML file that describes the institution's other exports, relative to mikrocert.toml: what is no XML is read by
            it. None means that all is ELMO.
    """

    layout: Path | None = None


@contextmanager
def _intake(config: ElmoConfig) -> Generator[Intake]:
    from mikrocert.api import LayoutIntake, read_layout, read_named_file  # noqa: PLC0415 - only when chosen

    from mikrocert_intake_elmo.intake import ElmoIntake  # noqa: PLC0415

    other = None
    if config.layout is not None:
        data = read_named_file(config.layout, member="layout")
        other = LayoutIntake(read_layout(data, name=str(config.layout)))
    yield ElmoIntake(other)


@hookimpl
def mikrocert_register_intakes() -> tuple[Offer[Intake], ...]:
    """Offer `elmo`."""
    return (offer("elmo", "Records of studies in EMREX ELMO 1 (XML)", ElmoConfig, _intake),)
