"""Registers what the core itself offers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.builtin.sections import DataConfig, LayoutConfig
from mikrocert.host.hookspecs import hookimpl
from mikrocert.kinds.offer import CANONICAL, NoConfig, Offer, offer

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.kinds.institution import Institution
    from mikrocert.kinds.intake import Intake

__all__ = ["mikrocert_register_institutions", "mikrocert_register_intakes"]


@contextmanager
def _canonical(_: NoConfig) -> Generator[Intake]:
    from mikrocert.builtin.intake import CanonicalIntake  # noqa: PLC0415 - only when chosen

    yield CanonicalIntake()


@contextmanager
def _layout(config: LayoutConfig) -> Generator[Intake]:
    from mikrocert.intake.description import read_layout  # noqa: PLC0415 - only when chosen
    from mikrocert.intake.layout_intake import LayoutIntake  # noqa: PLC0415
    from mikrocert.settings.files import read_named_file  # noqa: PLC0415

    data = read_named_file(config.file, member="file")
    yield LayoutIntake(read_layout(data, name=str(config.file)))


@contextmanager
def _data(config: DataConfig) -> Generator[Institution]:
    from mikrocert.builtin.institution import DataInstitution  # noqa: PLC0415 - only when chosen

    yield DataInstitution(config)


@hookimpl
def mikrocert_register_institutions() -> list[Offer[Institution]]:
    """Offer a university that is described by data."""
    return [offer("data", "A university that its section describes; any name", DataConfig, _data)]


@hookimpl
def mikrocert_register_intakes() -> list[Offer[Intake]]:
    """Offer the canonical intake, and one that reads by a layout."""
    return [
        offer(CANONICAL, "Awards in canonical JSON; its schema: mikrocert schema", NoConfig, _canonical),
        offer("layout", "Exports of a layout that a TOML file describes", LayoutConfig, _layout),
    ]
