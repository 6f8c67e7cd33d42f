"""The command `mikrocert serve`."""

from __future__ import annotations

import asyncio
import errno
import logging
import math
import socket
import time
from contextlib import nullcontext, suppress
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any, Final

import attrs
import typer
from mikrocert.api import (
    NO_TRACING,
    Logs,
    Measures,
    NoArchiveError,
    SettingsError,
    measuring_together,
    message,
    printable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import uvicorn
    from litestar import Litestar
    from mikrocert.api import CommandContext, Metrics, System, Tracing

    from mikrocert_portal.config import PortalConfig

__all__ = ["LoopFaults", "command", "listen", "server"]

_LOG = logging.getLogger("mikrocert_portal")
_ACCEPTED_AT_ONCE: Final = 64
"""Connections that one turn of the event loop accepts, so that the limit is met before files run out."""
_QUEUED: Final = 512
"""Connections that wait to be accepted."""
_KILLED_AFTER_SECONDS: Final = 5.0
"""Time that a worker has beyond that for its answers."""
_OTHER_FILES: Final = 192
"""Open files that are no connections: those of the program, and what is accepted before it is counted."""
_EXHAUSTED: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_SILENT_SECONDS: Final = 60


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
        workers: Annotated[
            int, typer.Option(help="Processes that serve; one that ends is replaced.", min=1)
        ] = config.workers,
    ) -> None:
        """Run the portal until it is interrupted."""
        called: CommandContext = context.obj
        if config.jobs and workers > 1:
            raise SettingsError(
                message(
                    "commands.serve.jobs is for one process that serves; beside several, `mikrocert work` would be right"
                )
            )
        believed = set(config.trusted_proxies) - {"*"}
        if config.client_certificates is not None and not believed:
            raise SettingsError(
                message(
                    "commands.serve.client_certificates needs trusted_proxies that name the addresses of proxies; “*” would let anybody show any certificate"
                )
            )
        together = called.settings.metrics if workers > 1 else None
        with measuring_together(together), called.logs.listening(), listen(host, port) as listening:
            system = called.system
            system.prepare()
            try:
                if system.archive is not None:
                    system.archive.require()
            except NoArchiveError as error:
                typer.echo(printable(f"mikrocert: {error}"), err=True)
            typer.echo(f"mikrocert: {printable(str(system.settings.origin))}", err=True)
            with system.working_beside() if config.jobs else nullcontext(), system.exposing() as metrics:
                if metrics is not None:
                    typer.echo(f"mikrocert: {metrics.address}", err=True)
                tell = partial(typer.echo, _address_of(listening))
                if workers > 1:
                    many = attrs.evolve(config, workers=workers)
                    _serve_together(
                        listening, system, config=many, logs=called.logs, metrics=metrics, tell=tell
                    )
                else:
                    _serve_alone(
                        listening, system, config=config, logs=called.logs, metrics=metrics, tell=tell
                    )

    return group


def _address_of(listening: socket.socket) -> str:
    address, port = listening.getsockname()[:2]
    return f"http://{f'[{address}]' if ':' in address else address}:{port}"


def _serve_alone(
    listening: socket.socket,
    system: System,
    *,
    config: PortalConfig,
    logs: Logs,
    metrics: Metrics | None,
    tell: Callable[[], object],
) -> None:
    """Serve by this process."""
    from mikrocert_portal.app import create_app  # noqa: PLC0415 - heavy, and only when serving

    system.prepare_confined()
    running = server(
        create_app(system, config=config),
        config=config,
        logs=logs,
        measures=system.measures,
        tracing=system.tracing,
    )
    if metrics is not None:
        Thread(target=metrics.serve, daemon=True).start()
    tell()
    running.run(sockets=[listening])


def _serve_together(
    listening: socket.socket,
    system: System,
    *,
    config: PortalConfig,
    logs: Logs,
    metrics: Metrics | None,
    tell: Callable[[], object],
) -> None:
    """Serve by several processes, and by one more each what they share and what is counted."""
    from mikrocert_portal.app import create_app  # noqa: PLC0415 - heavy, and only when serving
    from mikrocert_portal.sharing import sharing  # noqa: PLC0415
    from mikrocert_portal.workers import Supervisor  # noqa: PLC0415

    system.tracing.close()  # each copy has one of its own; a wrong setting is told now
    with sharing(config.limits) as (keep, join):
        application = create_app(system, config=config, shared=join)

        def work(serving: Callable[[], None]) -> None:
            system.leave_connections()
            system.prepare_confined(among=config.workers)
            running = server(
                application,
                config=config,
                logs=logs,
                measures=system.measures,
                tracing=system.tracing,
                on_started=serving,
            )
            running.run(sockets=[listening])
            system.tracing.close()

        def help_workers(helping: Callable[[], None]) -> None:
            listening.close()  # or visitors would wait at a door that nobody opens any more
            system.leave_connections()
            helping()

        supervisor = Supervisor(
            work,
            helpers=[partial(help_workers, one) for one in ([keep, metrics.serve] if metrics else [keep])],
            number=config.workers,
            stop_seconds=config.limits.stop_seconds + _KILLED_AFTER_SECONDS,
        )
        supervisor.run(on_ready=tell, on_stop=listening.close, on_end=system.measures.forget)


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
        bound = socket.create_server((host, port), family=family, backlog=_QUEUED)
    except OSError as error:
        raise SettingsError(
            message(
                "can't listen on {host} port {port}: {reason}; `serve --port` takes another one",
                host=host,
                port=port,
                reason=message("there is no such host") if isinstance(error, socket.gaierror) else error,
            )
        ) from error
    # asyncio lets small answers go at once (TCP_NODELAY) only where the protocol is named, which `create_server` doesn't.
    return socket.socket(bound.family, bound.type, socket.IPPROTO_TCP, fileno=bound.detach())


def server(
    application: Litestar,
    *,
    config: PortalConfig,
    logs: Logs | None = None,
    measures: Measures | None = None,
    tracing: Tracing | None = None,
    on_started: Callable[[], object] = lambda: None,
) -> uvicorn.Server:
    """Return the HTTP server, not yet running: quiet, bounded, and believing only the proxies it is told to.

    Args:
        application: what `create_app` returned.
        config: settings of the portal.
        logs: where requests are told; none means nowhere.
        measures: where they are counted; none means nowhere.
        tracing: where it is told how long they took; none means nowhere.
        on_started: called once it serves.
    """
    import uvicorn  # noqa: PLC0415 - heavy, and only when serving
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware  # noqa: PLC0415

    from mikrocert_portal.client_certificates import CertificateGate  # noqa: PLC0415
    from mikrocert_portal.observing import Observed  # noqa: PLC0415
    from mikrocert_portal.protocol import HEADERS_OCTETS, Bounds, bounded  # noqa: PLC0415

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            asyncio.get_running_loop().set_exception_handler(LoopFaults())
            await super().startup(sockets)
            for listening in sockets or ():
                listening.listen(_QUEUED)  # what the event loop made of it are as many as it accepts at once
            on_started()

    answering: Any = application
    if config.trusted_proxies:
        answering = ProxyHeadersMiddleware(answering, trusted_hosts=list(config.trusted_proxies))
    if config.client_certificates is not None:
        # Outside of that, since it has to see the proxy's own address.
        answering = CertificateGate(
            answering, settings=config.client_certificates, proxies=config.trusted_proxies
        )
    limits = config.limits
    bounds = Bounds(
        _affordable(limits.connections), head_seconds=limits.head_seconds, send_seconds=limits.send_seconds
    )
    return Server(
        uvicorn.Config(
            # Outermost, since a proxy is known by its own address.
            Observed(
                answering,
                logs=logs or Logs(None),
                measures=measures or Measures(wanted=False),
                proxies=config.trusted_proxies,
                tracing=tracing or NO_TRACING,
            ),
            http=bounded(application.state["refusals"], bounds=bounds),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",  # what strangers send is no news
            access_log=False,  # an identifier is a capability: it is in no log
            server_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=HEADERS_OCTETS,
            backlog=_ACCEPTED_AT_ONCE
            if config.workers == 1
            else 1,  # so that a crowd is shared among workers
            timeout_graceful_shutdown=math.ceil(limits.stop_seconds),
        )
    )


def _affordable(connections: int) -> int:
    """Return how many connections there can be, having asked the system for as many open files as that takes."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return connections
    wanted = connections + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return connections
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, min(connections, soft - _OTHER_FILES))


class LoopFaults:
    """Logs what goes wrong in the event loop; that the system has no more files or memory to give, once a minute.

    Args:
        clock: seconds, never going back.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._silent_until = -math.inf

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        fault = context.get("exception")
        if not (isinstance(fault, OSError) and fault.errno in _EXHAUSTED):
            loop.default_exception_handler(context)
        elif self._clock() >= self._silent_until:
            self._silent_until = self._clock() + _SILENT_SECONDS
            _LOG.error("no connection can be accepted: %s", fault.strerror)
