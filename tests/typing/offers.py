"""What a type checker makes of offers and registries. Checked by mypy and pyright, never run."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, assert_type

import attrs
from mikrocert.api import (
    Check,
    CheckContext,
    CheckResult,
    Format,
    Institution,
    Intake,
    NoConfig,
    Offer,
    offer,
)

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime
    from pathlib import Path

    from mikrocert.host.loading import Plugins
    from mikrocert.settings import Settings


@attrs.frozen
class PaperConfig:
    """Settings of a check."""

    folder: Path
    copies: int = 1


class Paper(Check):
    """Asks whether there is a copy on paper."""

    def __init__(self, config: PaperConfig) -> None:
        self.config = config

    def examine(self, context: CheckContext, *, at: datetime) -> CheckResult:
        return CheckResult.of("paper", ())


@contextmanager
def open_paper(config: PaperConfig) -> Generator[Paper]:
    yield Paper(config)


@contextmanager
def open_plain(config: NoConfig) -> Generator[str]:
    yield f"{config}"


# An offer is of what its factory makes, and the factory takes the config class that the offer names.
assert_type(offer("paper", "Asks for paper", PaperConfig, open_paper), Offer[Paper])
assert_type(offer("plain", "Makes a text", NoConfig, open_plain), Offer[str])
mixed: Offer[Paper] = offer("paper", "Asks for paper", NoConfig, open_paper)  # type: ignore[arg-type]
wrong: Offer[Check] = offer("plain", "Makes a text", NoConfig, open_plain)  # type: ignore[arg-type]
offer("paper", "Asks for paper", PaperConfig, Paper)  # type: ignore[arg-type]
offer("paper", PaperConfig, open_paper)  # type: ignore[call-arg, arg-type]


# What is chosen from a registry has the type of its kind, and is opened as a context manager.
def chosen(plugins: Plugins, settings: Settings) -> None:
    assert_type(plugins.institutions.choose("mu", settings), AbstractContextManager[Institution])
    assert_type(plugins.checks.get("paper"), Offer[Check])
    with (
        plugins.formats.choose("edc-v3", settings) as form,
        plugins.intakes.choose("json", settings) as intake,
    ):
        assert_type(form, Format)
        assert_type(intake, Intake)
    plugins.formats.choose("edc-v3")  # type: ignore[call-arg]
    plugins.formats.choose("edc-v3", settings).build  # type: ignore[attr-defined] # noqa: B018


# A kind can't be half implemented.
class Silent(Check):
    """Never answers."""


class Bare(Check):
    """Answers with a bare boolean."""

    def examine(self, context: CheckContext, *, at: datetime) -> bool:  # type: ignore[override]
        return True


Silent()  # type: ignore[abstract]
