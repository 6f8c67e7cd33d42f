"""Registers the signer `test` and the command group `sandbox`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.api import NoConfig, Offer, hookimpl, offer

from mikrocert_seal_test.config import SandboxConfig

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import typer
    from mikrocert.api import Examination, Finding, Signer


@contextmanager
def _test(config: SandboxConfig) -> Generator[Signer]:
    from datetime import UTC, datetime  # noqa: PLC0415

    from mikrocert_seal_test.signing import SandboxSigner  # noqa: PLC0415
    from mikrocert_seal_test.state import open_sandbox  # noqa: PLC0415

    yield SandboxSigner(open_sandbox(config, at=datetime.now(UTC)), url=config.url)


def _examine(_: SandboxConfig, examination: Examination) -> Iterator[Finding]:
    from mikrocert.api import Finding  # noqa: PLC0415 - only when it is asked for

    if not examination.sandbox:
        yield Finding.warning(
            "test-signer",
            "the signer test makes TEST seals, which prove nothing outside a sandbox; where real credentials are issued, its section is to be "
            "taken out and another signer to be named",
        )


@contextmanager
def _sandbox(_: NoConfig) -> Generator[typer.Typer]:
    from mikrocert_seal_test.commands import group  # noqa: PLC0415

    yield group()


@hookimpl
def mikrocert_register_signers() -> list[Offer[Signer]]:
    """Offer the signer of a sandbox."""
    return [
        offer(
            "test",
            "TEST seals of a sandbox; worthless everywhere else",
            SandboxConfig,
            _test,
            examine=_examine,
        )
    ]


@hookimpl
def mikrocert_register_commands() -> list[Offer[typer.Typer]]:
    """Offer the commands of the sandbox."""
    return [offer("sandbox", "The sandbox whose seals are tests", NoConfig, _sandbox, administers=True)]
