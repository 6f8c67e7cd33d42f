"""Registers the command `serve`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.api import Offer, hookimpl, offer

from mikrocert_portal.config import PortalConfig

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import typer
    from mikrocert.api import Examination, Finding

__all__ = ["mikrocert_register_commands"]


@contextmanager
def _serve(config: PortalConfig) -> Generator[typer.Typer]:
    from mikrocert_portal.serving import command  # noqa: PLC0415 - only when called

    yield command(config)


def _examine(config: PortalConfig, examination: Examination) -> Iterator[Finding]:
    from mikrocert_portal.examining import examine_imprint  # noqa: PLC0415 - only when called

    return examine_imprint(config, examination)


@hookimpl
def mikrocert_register_commands() -> tuple[Offer[typer.Typer], ...]:
    """Offer `serve`."""
    return (offer("serve", "Run the portal", PortalConfig, _serve, examine=_examine),)
