"""The command `mikrocert serve`."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Annotated

import typer

from mikrocert.errors import SettingsError

if TYPE_CHECKING:
    from mikrocert_portal.config import PortalConfig

__all__ = ["command"]

_HEADERS_OCTETS = 64 * 1024


def command(config: PortalConfig) -> typer.Typer:
    """Return the command group; called without a subcommand, it serves.

    Args:
        config: what `[commands.serve]` says; options of the command line go before it.
    """
    app = typer.Typer(help="Run the portal.", invoke_without_command=True)

    @app.callback()
    def serve(
        context: typer.Context,
        host: Annotated[str, typer.Option(help="Address to listen on.")] = config.host,
        port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = config.port,
    ) -> None:
        """Run the portal until it is interrupted."""
        _run(context, config=config, host=host, port=port)

    return app


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        message = f"can't listen on {host} port {port}: {error.strerror}; `serve --port` takes another one"
        raise SettingsError(message) from error


def _run(context: typer.Context, *, config: PortalConfig, host: str, port: int) -> None:
    import uvicorn  # noqa: PLC0415 - heavy, and only when serving

    from mikrocert.settings import load_settings  # noqa: PLC0415
    from mikrocert.system import open_system  # noqa: PLC0415
    from mikrocert_portal.app import create_app  # noqa: PLC0415

    settings = load_settings(context.obj.settings_path)
    with _listen(host, port) as listening, open_system(settings) as system:
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(system, config=config),
                http="h11",
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
        address, actual = listening.getsockname()[:2]
        typer.echo(f"http://{f'[{address}]' if ':' in address else address}:{actual}")
        server.run(sockets=[listening])
