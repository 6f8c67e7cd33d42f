"""The command `mikrocert serve`."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Annotated

import typer
from mikrocert.api import NoArchiveError, SettingsError, message, printable

if TYPE_CHECKING:
    import uvicorn
    from litestar import Litestar
    from mikrocert.api import CommandContext

    from mikrocert_portal.config import PortalConfig

__all__ = ["command", "listen", "server"]

_HEADERS_OCTETS = 64 * 1024


def command(config: PortalConfig) -> typer.Typer:
    """Return the command group; called without a subcommand, it serves.

    Args:
        config: what `[commands.serve]` says; options of the command line go before it.
    """
    group = typer.Typer(help="Run the portal.", add_completion=False, rich_markup_mode=None)

    @group.callback(invoke_without_command=True)
    def serve(
        context: typer.Context,
        host: Annotated[str, typer.Option(help="Address to listen on.")] = config.host,
        port: Annotated[
            int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)
        ] = config.port,
    ) -> None:
        """Run the portal until it is interrupted."""
        from mikrocert_portal.app import create_app  # noqa: PLC0415 - heavy, and only when serving

        called: CommandContext = context.obj
        with listen(host, port) as listening:
            system = called.system
            system.prepare()
            system.prepare_confined()
            try:
                if system.archive is not None:
                    system.archive.require()
            except NoArchiveError as error:
                typer.echo(printable(f"mikrocert: {error}"), err=True)
            typer.echo(f"mikrocert: {printable(str(system.settings.origin))}", err=True)
            running = server(create_app(system, config=config), config=config)
            address, actual = listening.getsockname()[:2]
            typer.echo(f"http://{f'[{address}]' if ':' in address else address}:{actual}")
            running.run(sockets=[listening])

    return group


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Args:
        host: IPv4 or IPv6 address, or a name of this machine.
        port: 0 takes a free one.

    Raises:
        SettingsError: if it can't be had.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise SettingsError(
            message(
                "can't listen on {host} port {port}: {reason}; `serve --port` takes another one",
                host=host,
                port=port,
                reason=error.strerror,
            )
        ) from error


def server(application: Litestar, *, config: PortalConfig) -> uvicorn.Server:
    """Return the HTTP server, not yet running: quiet, and believing only the proxies it is told to.

    Args:
        application: what `create_app` returned.
        config: settings of the portal.
    """
    import uvicorn  # noqa: PLC0415 - heavy, and only when serving

    from mikrocert_portal.protocol import refusing_with  # noqa: PLC0415

    return uvicorn.Server(
        uvicorn.Config(
            application,
            http=refusing_with(application.state["refusal"]),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,  # an identifier is a capability: it is in no log
            server_header=False,
            proxy_headers=bool(config.trusted_proxies),
            forwarded_allow_ips=list(config.trusted_proxies),
            h11_max_incomplete_event_size=_HEADERS_OCTETS,
            timeout_graceful_shutdown=5,
        )
    )
