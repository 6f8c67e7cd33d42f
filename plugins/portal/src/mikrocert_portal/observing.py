"""Observing requests: each gets an id, and an event in the logs that says where it went, not whom or what it was about."""

from __future__ import annotations

import logging
import re
import time
import traceback
import uuid
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final

from mikrocert.api import NO_TRACING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping

    from mikrocert.api import Logs, Measures, Span, Tracing

    Scope = MutableMapping[str, Any]
    Headers = Iterable[tuple[bytes, bytes]]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]

__all__ = ["REQUEST_ID", "Observed", "is_trusted", "note_fault"]

REQUEST_ID: Final = "mikrocert.request"
"""Where a request's id is in its scope."""

_HEADER: Final = b"x-request-id"
_PARENT: Final = b"traceparent"
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
        proxies: whose ids of requests and traces are taken over.
        tracing: where it is told how long it took.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        application: Application,
        *,
        logs: Logs,
        measures: Measures,
        proxies: tuple[str, ...] = (),
        tracing: Tracing = NO_TRACING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._application = application
        self._logs = logs
        self._measures = measures
        self._proxies = proxies
        self._tracing = tracing
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and tell of it."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        believed = self._believed(scope)
        request = _id_in(believed) or uuid.uuid4().hex
        scope[REQUEST_ID] = request
        with self._tracing.span(
            "request", {"mikrocert.request": request}, kind="server", parent=_parent_in(believed)
        ) as span:
            await self._answer(scope, receive, send, request=request, span=span)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, *, request: str, span: Span) -> None:
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
            seconds = self._clock() - began
            self._tell(scope, request, span=span, status=status, octets=octets, seconds=seconds)

    def _tell(
        self, scope: Scope, request: str, *, span: Span, status: int, octets: int, seconds: float
    ) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route: str = scope.get("path_template") or "none"
        self._measures.answered(method=method, route=route, status=status, seconds=seconds)
        span.rename(f"{method} {route}")
        span.note({"http.request.method": method, "http.route": route, "http.response.status_code": status})
        if status >= _CRASHED:
            span.fail()
        traced = {} if span.trace is None else {"trace": span.trace}
        self._logs.event(
            "request",
            level=logging.WARNING if status >= _CRASHED else logging.INFO,
            request=request,
            method=method,
            route=route,
            status=status,
            octets=octets,
            milliseconds=round(1000 * seconds, 1),
            **traced,
        )

    def _believed(self, scope: Scope) -> Headers:
        """Return the header fields of a request where they are a proxy's that is believed; none otherwise."""
        client = scope.get("client")
        return scope["headers"] if is_trusted(client[0] if client else None, self._proxies) else ()


def _id_in(headers: Headers) -> str | None:
    """Return the id that a proxy gave a request, or none."""
    for name, value in headers:
        if name == _HEADER and _ACCEPTED.fullmatch(value):
            return str(value, "ascii")
    return None


def _parent_in(headers: Headers) -> str | None:
    """Return in which trace a proxy says that a request is, or none; one that says it twice says nothing."""
    found = [value for name, value in headers if name == _PARENT]
    return str(found[0], "latin-1") if len(found) == 1 else None
