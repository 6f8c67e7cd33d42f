"""The command group `mikrocert sandbox`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer
from mikrocert.api import printable

from mikrocert_seal_test.state import open_sandbox

if TYPE_CHECKING:
    from mikrocert.api import CommandContext

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
    host: CommandContext = context.obj
    config = host.plugins.signers.config("test", host.settings)
    typer.echo(f"mikrocert: {printable(str(host.settings.origin))}", err=True)
    typer.echo(open_sandbox(config, at=datetime.now(UTC)).root_pem, nl=False)
