"""Registers the seal `test` and the command group `sandbox`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.host.hookspecs import hookimpl
from mikrocert.kinds.offer import NoConfig, Offer, offer

from mikrocert_seal_test.config import TestSealConfig

if TYPE_CHECKING:
    from collections.abc import Generator

    import typer
    from mikrocert.kinds.signer import Seal


@contextmanager
def _test(config: TestSealConfig) -> Generator[Seal]:
    from datetime import UTC, datetime  # noqa: PLC0415

    from mikrocert_seal_ades.seal import AdesSeal  # noqa: PLC0415

    from mikrocert_seal_test.state import open_sandbox  # noqa: PLC0415

    yield AdesSeal(open_sandbox(config, at=datetime.now(UTC)).signer, profile=config.profile)


@contextmanager
def _sandbox(_: NoConfig) -> Generator[typer.Typer]:
    from mikrocert_seal_test.commands import group  # noqa: PLC0415

    yield group()


@hookimpl
def mikrocert_register_seals() -> list[Offer[Seal]]:
    """Offer the seal of a sandbox."""
    return [offer("test", "TEST seal of a sandbox; worthless everywhere else", TestSealConfig, _test)]


@hookimpl
def mikrocert_register_commands() -> list[Offer[typer.Typer]]:
    """Offer the commands of the sandbox."""
    return [offer("sandbox", "The sandbox whose seals are tests", NoConfig, _sandbox)]
