"""The command group `mikrocert sandbox`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer
from mikrocert.host.registry import Registry
from mikrocert.settings import load_settings

from mikrocert_seal_test.plugin import mikrocert_register_seals
from mikrocert_seal_test.state import open_sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from mikrocert.kinds.signer import Seal

    from mikrocert_seal_test.state import Sandbox

__all__ = ["group"]


def group() -> typer.Typer:
    """Return the commands: `root`."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        help="The sandbox whose seals are tests.",
    )
    app.callback()(_described)
    app.command("root")(_root)
    return app


def _described() -> None:
    """The sandbox whose seals are tests."""


def _root(context: typer.Context) -> None:
    """Print the root certificate of the sandbox, PEM. A sandbox is made if there is none."""
    typer.echo(_sandbox(context.obj.settings_path).root_pem, nl=False)


def _sandbox(settings_path: Path | None) -> Sandbox:
    seals: Registry[Seal] = Registry("seals")
    for seal in mikrocert_register_seals():
        seals.add(seal, plugin="seal-test")
    return open_sandbox(seals.config("test", load_settings(settings_path)), at=datetime.now(UTC))
