"""HTTP: connections are bounded in number and time, and what can't be read as a request gets an answer of ours, too."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

import attrs
from uvicorn.protocols.http.h11_impl import H11Protocol

from mikrocert_portal.errors import HttpProblem

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

__all__ = ["HEADERS_OCTETS", "UNSEEN", "Bounded", "Bounds", "Refusal", "Refusals", "bounded"]

HEADERS_OCTETS: Final = 64 * 1024
"""Octets of a request's head that are kept until it is complete."""

UNSEEN: Final = (HttpProblem.BAD_REQUEST, HttpProblem.HEADERS, HttpProblem.BUSY)
"""What the application never sees."""

_SPARE = 64
"""Connections beyond the limit that are still told so; further ones are closed without a word."""
_LINGER_SECONDS = 2.0

_LINE_OCTETS = 256
"""Octets of a request's beginning by which it is told what its address is below."""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'",
    "Cache-Control": "no-store",
    "Connection": "close",
}


@attrs.frozen
class Refusal:
    """An answer to what the application never sees.

    Args:
        media_type: of the octets.
        octets: the body.
    """

    media_type: str
    octets: bytes


@attrs.frozen
class Refusals:
    """Answers to what the application never sees, `BAD_REQUEST`, `HEADERS` and `BUSY`: to people and to programs.

    Args:
        pages: those for people.
        problems: those for programs.
        programs: what the addresses for programs are below.
    """

    pages: Mapping[HttpProblem, Refusal] = attrs.field(hash=False)
    problems: Mapping[HttpProblem, Refusal] = attrs.field(hash=False)
    programs: str

    def of(self, problem: HttpProblem, target: bytes) -> Refusal:
        """Return the answer to whoever asked for an address.

        Args:
            problem: what is wrong.
            target: the address, as far as it is known.
        """
        below = self.programs.encode()
        is_program = target.partition(b"?")[0] == below or target.startswith(below + b"/")
        return (self.problems if is_program else self.pages)[problem]


@attrs.frozen
class Bounds:
    """What connections may take.

    Args:
        connections: how many there are at one time.
        head_seconds: time from the first octet of a request, or from the beginning of a connection, to the end of its head.
        send_seconds: time in which a client has to take something of its answer.
    """

    connections: int
    head_seconds: float
    send_seconds: float


def bounded(refusals: Refusals, *, bounds: Bounds) -> type[H11Protocol]:
    """Return the protocol of the server.

    Args:
        refusals: answers to what the application never sees.
        bounds: what connections may take.
    """
    return type("Served", (Bounded,), {"refusals": refusals, "bounds": bounds})


class Bounded(H11Protocol):
    """A connection; what is the same for all of them is of its class (see `bounded`)."""

    refusals: ClassVar[Refusals]
    bounds: ClassVar[Bounds]

    _head: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None
    _refused = False
    _beginning = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let it in, tell it that there are too many, or close it."""
        super().connection_made(transport)
        beyond = len(self.connections) - self.bounds.connections
        if beyond > _SPARE:
            transport.abort()
            return
        if beyond > 0:
            self.app = self._busy
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all timers."""
        self._stop_waiting()
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless it was refused; where no request is being answered, the next head has its time."""
        if self._refused:
            return
        if not self._answering:
            self._beginning = (self._beginning + data[:_LINE_OCTETS])[:_LINE_OCTETS]
        super().data_received(data)
        if self._answering:
            self._beginning = b""
            self._stop_waiting()
        else:
            self._wait_for_head()

    def pause_writing(self) -> None:
        """Give the client time to take something of its answer."""
        super().pause_writing()
        self._taking = self.loop.call_later(self.bounds.send_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on; it has taken something."""
        super().resume_writing()
        self._stop_watching()

    def timeout_keep_alive_handler(self) -> None:
        """End a connection on which nothing was asked for."""
        super().timeout_keep_alive_handler()
        self._let_go()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the page says it in the reader's words
        """Answer what is no request; what is still sent is not read, but the answer has time to arrive."""
        if self._answering:
            self.transport.abort()
            return
        endless = len(self.conn.trailing_data[0]) > HEADERS_OCTETS
        problem = HttpProblem.HEADERS if endless else HttpProblem.BAD_REQUEST
        self._refused = True
        _, _, rest = self._beginning.partition(b" ")
        self.transport.write(_answer(problem, self.refusals.of(problem, rest.split(b" ", 1)[0])))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.transport.abort)

    @property
    def _answering(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    async def _busy(self, scope: Any, _receive: object, send: Any) -> None:  # noqa: ANN401 - as ASGI has it
        refusal = self.refusals.of(HttpProblem.BUSY, scope["path"].encode())
        headers = {**_fields(refusal), "Retry-After": "10"}
        head = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": HttpProblem.BUSY.status, "headers": head})
        await send({"type": "http.response.body", "body": refusal.octets})

    def _wait_for_head(self) -> None:
        if self._head is None and not self.transport.is_closing():
            self._head = self.loop.call_later(self.bounds.head_seconds, self._let_go)

    def _let_go(self) -> None:
        """Close it when the rest of the answer is taken, or after a while: a client that takes nothing keeps no place."""
        self.transport.close()
        self.loop.call_later(self.bounds.send_seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _stop_watching(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None


def _fields(refusal: Refusal) -> dict[str, str]:
    return {
        "Content-Type": refusal.media_type,
        "Content-Length": str(len(refusal.octets)),
        **_HEADERS,
    }


def _answer(problem: HttpProblem, refusal: Refusal) -> bytes:
    reason = HTTPStatus(problem.status).phrase
    fields = (f"{name}: {value}" for name, value in _fields(refusal).items())
    return "\r\n".join([f"HTTP/1.1 {problem.status} {reason}", *fields, "", ""]).encode() + refusal.octets
