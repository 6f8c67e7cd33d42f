"""The command group `mikrocert sandbox`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer
from mikrocert.api import printable

from mikrocert_seal_test.state import open_sandbox

if TYPE_CHECKING:
    from mikrocert.api import CommandContext

    from mikrocert_seal_test.state import Sandbox

__all__ = ["group"]


def group() -> typer.Typer:
    """Return the commands: `root` and `serve`."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        help="The sandbox whose seals are tests.",
    )
    app.callback()(_described)
    app.command("root")(_root)
    app.command("serve")(_serve)
    return app


def _described() -> None:
    """The sandbox whose seals are tests."""


def _root(context: typer.Context) -> None:
    """Print the root certificate of the sandbox, PEM. A sandbox is made if there is none."""
    sandbox, _ = _opened(context)
    typer.echo(sandbox.root_pem, nl=False)


def _serve(context: typer.Context) -> None:
    """Answer over HTTP at the address of the sandbox until stopped: time-stamps, OCSP, revocation lists, certificates."""
    from mikrocert_seal_test.serving import server  # noqa: PLC0415 - only when called

    sandbox, url = _opened(context)
    with server(sandbox, url) as running:
        typer.echo(f"{url}/tsa")
        running.serve_forever()


def _opened(context: typer.Context) -> tuple[Sandbox, str]:
    """Return the sandbox that the settings name, and its address."""
    host: CommandContext = context.obj
    config = host.plugins.signers.config("test", host.settings)
    typer.echo(f"mikrocert: {printable(str(host.settings.origin))}", err=True)
    return open_sandbox(config, at=datetime.now(UTC)), config.url
