"""Registers the signer `test` and the command group `sandbox`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.api import NoConfig, Offer, hookimpl, offer

from mikrocert_seal_test.config import SandboxConfig

if TYPE_CHECKING:
    from collections.abc import Generator

    import typer
    from mikrocert.api import Signer


@contextmanager
def _test(config: SandboxConfig) -> Generator[Signer]:
    from datetime import UTC, datetime  # noqa: PLC0415

    from mikrocert_seal_test.state import open_sandbox  # noqa: PLC0415

    yield open_sandbox(config, at=datetime.now(UTC)).signer


@contextmanager
def _sandbox(_: NoConfig) -> Generator[typer.Typer]:
    from mikrocert_seal_test.commands import group  # noqa: PLC0415

    yield group()


@hookimpl
def mikrocert_register_signers() -> list[Offer[Signer]]:
    """Offer the signer of a sandbox."""
    return [offer("test", "TEST seals of a sandbox; worthless everywhere else", SandboxConfig, _test)]


@hookimpl
def mikrocert_register_commands() -> list[Offer[typer.Typer]]:
    """Offer the commands of the sandbox."""
    return [offer("sandbox", "The sandbox whose seals are tests", NoConfig, _sandbox, administers=True)]
