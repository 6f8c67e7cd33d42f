"""Observing requests: each gets an id, and an event in the logs that says where it went, not whom or what it was about."""

from __future__ import annotations

import logging
import re
import time
import traceback
import uuid
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping

    from mikrocert.api import Logs, Measures

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]

__all__ = ["REQUEST_ID", "Observed", "is_trusted", "note_fault"]

REQUEST_ID: Final = "mikrocert.request"
"""Where a request's id is in its scope."""

_HEADER: Final = b"x-request-id"
_ACCEPTED: Final = re.compile(rb"[0-9a-f-]{16,64}")
"""Ids of proxies: hexadecimal, so that nothing that means anything goes through."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CRASHED: Final = 500
_LOG = logging.getLogger("mikrocert_portal")


def is_trusted(host: str | None, proxies: tuple[str, ...]) -> bool:
    """Return whether a connection comes from a proxy that is believed.

    Args:
        host: its address.
        proxies: addresses or networks; `*` is any.
    """
    if host is None:
        return False
    if "*" in proxies or host in proxies:
        return True
    try:
        address = ip_address(host)
        return any(address in ip_network(one, strict=False) for one in proxies)
    except ValueError:
        return False


def note_fault(scope: Mapping[str, object], error: BaseException) -> None:
    """Log a fault of ours: its class and place, and those of what caused it; nothing of what they say, which may name anybody.

    Args:
        scope: of the request.
        error: what went wrong.
    """
    steps = "".join(
        f"{type(one).__name__}\n{''.join(traceback.format_tb(one.__traceback__))}" for one in _causes(error)
    )
    _LOG.error("a request failed:\n%s", steps, extra={"fault": error, "request": scope.get(REQUEST_ID)})


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


class Observed:
    """An ASGI application whose requests are told and counted.

    Args:
        application: what answers.
        logs: where it is told.
        measures: where it is counted.
        proxies: whose ids of requests are taken over.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        application: Application,
        *,
        logs: Logs,
        measures: Measures,
        proxies: tuple[str, ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._application = application
        self._logs = logs
        self._measures = measures
        self._proxies = proxies
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and tell of it."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        request = self._id_of(scope)
        scope[REQUEST_ID] = request
        began, status, octets = self._clock(), 0, 0

        async def observed(message: Message) -> None:
            nonlocal status, octets
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (_HEADER, request.encode())]
            elif message["type"] == "http.response.body":
                octets += len(message.get("body", b""))
            await send(message)

        try:
            await self._application(scope, receive, observed)
        except Exception:
            status = status or _CRASHED
            raise
        finally:
            self._tell(scope, request, status=status, octets=octets, seconds=self._clock() - began)

    def _tell(self, scope: Scope, request: str, *, status: int, octets: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route: str = scope.get("path_template") or "none"
        self._measures.answered(method=method, route=route, status=status, seconds=seconds)
        self._logs.event(
            "request",
            level=logging.WARNING if status >= _CRASHED else logging.INFO,
            request=request,
            method=method,
            route=route,
            status=status,
            octets=octets,
            milliseconds=round(1000 * seconds, 1),
        )

    def _id_of(self, scope: Scope) -> str:
        """Return the id that a proxy gave it, where that is believed, or a new one."""
        client = scope.get("client")
        if is_trusted(client[0] if client else None, self._proxies):
            for name, value in scope["headers"]:
                if name == _HEADER and _ACCEPTED.fullmatch(value):
                    return str(value, "ascii")
        return uuid.uuid4().hex
