"""Forms, read from the wire into bounded memory; never a temporary file.

The framework's own form parser spools uploads to disk from one megabyte on and can't be told not to.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import anyio
import attrs
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
)

from mikrocert_portal.errors import HttpProblem, Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator
    from typing import Any

    from litestar import Request

    from mikrocert_portal.config import Limits

__all__ = ["OVERHEAD", "Form", "Memory", "MemoryLease", "read_form"]

OVERHEAD = 64 * 1024
"""Octets of a form that are not its file."""

_TEXT = 4096
_DRAINED = 8
_DRAIN_SECONDS = 20


class MemoryLease:
    """What one request took of the memory for uploads."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._taken = 0

    def take(self, octets: int) -> None:
        """Take so much more.

        Raises:
            Refused: if there is not that much left.
        """
        if self._memory.left < octets:
            raise Refused(HttpProblem.BUSY, retry_after=10)
        self._memory.left -= octets
        self._taken += octets

    def give_back(self) -> None:
        """Return all that was taken."""
        self._memory.left += self._taken
        self._taken = 0


class Memory:
    """The memory for all uploads together.

    Args:
        octets: how much there is.
    """

    def __init__(self, octets: int) -> None:
        self.left = octets

    @contextmanager
    def share(self) -> Generator[MemoryLease]:
        """Give one request a share, and take back what it took when it is answered."""
        share = MemoryLease(self)
        try:
            yield share
        finally:
            share.give_back()


@attrs.frozen
class Form:
    """What a visitor sent.

    Args:
        identifier: the text typed into the box, or none if it was the other form.
        file: octets of the file, or none if it was the other form or no file was chosen.
    """

    identifier: str | None = None
    file: bytes | None = attrs.field(default=None, repr=False)


class _Body:
    """The body of a request, chunk by chunk, which knows whether it was read to its end."""

    def __init__(self, request: Request[Any, Any, Any], *, octets: int) -> None:
        self._receive = request.receive
        self._left = octets
        self._announced = request.headers.get("content-length", "")
        self._ended = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._announced.isdecimal() and int(self._announced) > self._left:
            raise Refused(HttpProblem.TOO_LARGE)
        while not self._ended:
            chunk = await self._next()
            self._left -= len(chunk)
            if self._left < 0:
                raise Refused(HttpProblem.TOO_LARGE)
            if chunk:
                yield chunk

    async def _next(self) -> bytes:
        event = await self._receive()
        if event["type"] != "http.request":
            self._ended = True
            raise Refused(HttpProblem.BAD_REQUEST)
        self._ended = not event.get("more_body", False)
        return event.get("body", b"")

    async def drain(self, *, octets: int) -> None:
        """Swallow the rest: a browser shows our answer only when it could send all of its question."""
        with anyio.move_on_after(_DRAIN_SECONDS), suppress(Refused):
            while not self._ended and octets > 0:
                octets -= len(await self._next())


async def read_form(request: Request[Any, Any, Any], *, limits: Limits, share: MemoryLease) -> Form:
    """Read the form of the front page.

    Args:
        request: the request, its body untouched.
        limits: size and time an upload may take.
        share: memory to put it into.

    Raises:
        Refused: if the form is broken, empty, too large, too slow, or there is no memory left for it.
    """
    body = _Body(request, octets=limits.upload_octets + OVERHEAD)
    try:
        with anyio.fail_after(limits.upload_seconds):
            return await _read(request.content_type, body, limits=limits, share=share)
    except TimeoutError as error:
        raise Refused(HttpProblem.TOO_SLOW) from error
    except Refused:
        await body.drain(octets=_DRAINED * limits.upload_octets)
        raise


async def _read(
    content_type: tuple[str, dict[str, str]], body: _Body, *, limits: Limits, share: MemoryLease
) -> Form:
    name, options = content_type
    try:
        if name == "multipart/form-data":
            return await _multipart(body, options.get("boundary", ""), limits=limits, share=share)
        if name == "application/x-www-form-urlencoded":
            return await _urlencoded(body)
    except MultipartError as error:
        raise Refused(HttpProblem.BROKEN_FORM) from error
    raise Refused(HttpProblem.BROKEN_FORM)


async def _multipart(body: _Body, boundary: str, *, limits: Limits, share: MemoryLease) -> Form:
    texts: dict[str, bytearray] = {}
    files: list[bytearray] = []
    content, limit, problem = bytearray(), 0, HttpProblem.BROKEN_FORM
    with PushMultipartParser(boundary, max_segment_count=8, strict=True) as parser:
        async for chunk in body:
            for event in parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    content = bytearray()
                    if event.name != "file":
                        limit, problem = _TEXT, HttpProblem.NOT_IDENTIFIER
                        texts[event.name or ""] = content
                    else:
                        limit, problem = limits.upload_octets, HttpProblem.TOO_LARGE
                        if event.filename:  # a browser sends an empty name when no file was chosen
                            files.append(content)
                elif event is not None:
                    if len(content) + len(event) > limit:
                        raise Refused(problem)
                    share.take(len(event))
                    content += event
    if len(files) > 1:
        raise Refused(HttpProblem.TWO_FILES)
    if files and not files[0]:
        raise Refused(HttpProblem.EMPTY_FILE)
    typed = texts.get("identifier")
    return Form(
        identifier=None if typed is None else typed.decode("utf-8", errors="replace"),
        file=bytes(files[0]) if files else None,
    )


async def _urlencoded(body: _Body) -> Form:
    octets = bytearray()
    async for chunk in body:
        octets += chunk
        if len(octets) > _TEXT:
            raise Refused(HttpProblem.NOT_IDENTIFIER)
    fields = parse_qs(octets.decode("utf-8", errors="replace"), keep_blank_values=True, errors="replace")
    return Form(identifier=fields["identifier"][0] if "identifier" in fields else None)
