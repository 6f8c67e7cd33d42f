"""Forms, read from the wire into bounded memory; never a temporary file.

The framework's own form parser spools uploads to disk from one megabyte on and can't be told not to.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qs, parse_qsl

import anyio
import attrs
from anyio import to_thread
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
)

from mikrocert_portal.errors import HttpProblem, Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
    from typing import Any, BinaryIO

    from litestar import Request
    from mikrocert.api import Measures

    from mikrocert_portal.config import Limits

__all__ = [
    "OVERHEAD",
    "FilesForm",
    "Form",
    "Memory",
    "MemoryLease",
    "SentFile",
    "Upload",
    "read_fields",
    "read_fields_and_files",
    "read_files",
    "read_form",
    "read_octets",
    "read_to_file",
    "read_upload",
]

T = TypeVar("T")

OVERHEAD = 64 * 1024
"""Octets of a form that are not its file."""

_TEXT = 4096
_FIELDS = 16 * 1024
"""Octets of all fields of a form that is sent by somebody who is signed in."""

_MOST_FIELDS = 12
_MOST_PARTS = 1000
_DRAINED = 8
_DRAIN_SECONDS = 20
_BUSY_SECONDS = 10


@attrs.define
class _Client:
    """What the uploads of one client have, as long as there are any."""

    place: anyio.CapacityLimiter
    uploads: int = 0
    taken: int = 0


class MemoryLease:
    """What one upload took of the memory for uploads.

    Args:
        memory: the memory for all uploads.
        client: whose upload it is.
    """

    def __init__(self, memory: Memory, client: _Client) -> None:
        self._memory = memory
        self._client = client
        self._taken = 0

    @property
    def place(self) -> anyio.CapacityLimiter:
        """Where the files of one client wait for each other, so that those of the others don't wait for all of them."""
        return self._client.place

    def take(self, octets: int) -> None:
        """Take so much more.

        Raises:
            Refused: if there is not that much left, for this client or at all.
        """
        if self._client.taken + octets > self._memory.each:
            raise Refused(HttpProblem.TOO_MANY_UPLOADS, retry_after=_BUSY_SECONDS)
        if self._memory.left < octets:
            raise Refused(HttpProblem.BUSY, retry_after=_BUSY_SECONDS)
        self._memory.left -= octets
        self._client.taken += octets
        self._taken += octets
        self._memory.measures.uploading(octets)

    @contextmanager
    def taking(self, octets: int) -> Generator[None]:
        """Take so much more for a while.

        Raises:
            Refused: if there is not that much left, for this client or at all.
        """
        self.take(octets)
        try:
            yield
        finally:
            self._return(octets)

    def give_back(self) -> None:
        """Return all that was taken."""
        self._return(self._taken)

    def _return(self, octets: int) -> None:
        self._memory.left += octets
        self._client.taken -= octets
        self._memory.measures.uploading(-octets)
        self._taken -= octets


class Memory:
    """The memory for all uploads together, and the share that one client may have of it.

    Args:
        octets: how much there is.
        each: how much one client may have at one time.
        measures: where it is counted.
    """

    def __init__(self, octets: int, *, each: int, measures: Measures) -> None:
        self.left = octets
        self.each = each
        self.measures = measures
        self._clients: dict[str, _Client] = {}

    @contextmanager
    def share(self, client: str) -> Generator[MemoryLease]:
        """Give one upload a share, and take back what it took when it is answered.

        Args:
            client: whose upload it is, as `client_key` returns it.
        """
        its = self._clients.setdefault(client, _Client(anyio.CapacityLimiter(1)))
        its.uploads += 1
        lease = MemoryLease(self, its)
        try:
            yield lease
        finally:
            lease.give_back()
            its.uploads -= 1
            if not its.uploads:
                del self._clients[client]


@attrs.frozen
class FilesForm:
    """A form with several files.

    Args:
        fields: field → what stands in it.
        files: name and octets of each file that isn't empty.
    """

    fields: Mapping[str, str] = attrs.field(hash=False)
    files: tuple[tuple[str, bytes], ...] = attrs.field(repr=False)


@attrs.frozen
class Form:
    """What a visitor sent.

    Args:
        identifier: the text typed into the box, or none if it was the other form.
        file: octets of the file, or none if it was the other form or no file was chosen.
    """

    identifier: str | None = None
    file: bytes | None = attrs.field(default=None, repr=False)


@attrs.frozen
class SentFile:
    """One of several files of a form.

    Args:
        name: its name, as the visitor's computer calls it.
        octets: what is in it; none where it is larger than a file may be.
    """

    name: str
    octets: bytes | None = attrs.field(repr=False)


@attrs.frozen
class Upload:
    """A form with a file, which is elsewhere.

    Args:
        fields: name of a field → what was typed or chosen.
        name: name of the file, or none where none was chosen.
    """

    fields: dict[str, str] = attrs.field(repr=False, hash=False)
    name: str | None


class _Body:
    """The body of a request, chunk by chunk, which keeps to a pace and knows whether it was read to its end."""

    def __init__(self, request: Request[Any, Any, Any], *, octets: int, limits: Limits) -> None:
        self._receive = request.receive
        self._left = octets
        self._pace = limits.pace_octets
        self._pace_seconds = limits.pace_seconds
        self._missing = self._pace
        self._until = anyio.current_time() + self._pace_seconds
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
        with anyio.fail_after(self._until - anyio.current_time()):
            event = await self._receive()
        if event["type"] != "http.request":
            self._ended = True
            raise Refused(HttpProblem.BAD_REQUEST)
        self._ended = not event.get("more_body", False)
        chunk: bytes = event.get("body", b"")
        self._missing -= len(chunk)
        if self._missing <= 0:
            self._missing, self._until = self._pace, anyio.current_time() + self._pace_seconds
        return chunk

    async def drain(self, *, octets: int) -> None:
        """Swallow the rest: a browser shows our answer only when it could send all of its question."""
        with anyio.move_on_after(_DRAIN_SECONDS), suppress(Refused, TimeoutError):
            while not self._ended and octets > 0:
                octets -= len(await self._next())


async def read_form(request: Request[Any, Any, Any], *, limits: Limits, share: MemoryLease) -> Form:
    """Read the form of the front page.

    Args:
        request: the request, its body untouched.
        limits: size and time an upload may take, and the pace it has to keep.
        share: memory to put it into.

    Raises:
        Refused: if the form is broken, empty, too large, too slow, or there is no memory left for it.
    """
    body = _Body(request, octets=limits.upload_octets + OVERHEAD, limits=limits)
    try:
        with anyio.fail_after(limits.upload_seconds):
            return await _read(request.content_type, body, limits=limits, share=share)
    except TimeoutError as error:
        raise Refused(HttpProblem.TOO_SLOW) from error
    except Refused:
        share.give_back()  # what is swallowed takes no memory
        await body.drain(octets=_DRAINED * limits.upload_octets)
        raise


async def read_files(
    request: Request[Any, Any, Any], *, limits: Limits, share: MemoryLease
) -> tuple[SentFile, ...]:
    """Read a form with several files, in their order.

    Args:
        request: the request, its body untouched.
        limits: size, number and time that they may have, and the pace that they have to keep.
        share: memory to put them into.

    Raises:
        Refused: if the form is broken, holds no file, too many or too much, is too slow, or there is no memory left for it.
    """
    read = partial(_files, limits=limits, share=share)
    return await _read_parts(request, read, octets=limits.many_octets, limits=limits, share=share)


async def _files(body: _Body, boundary: str, *, limits: Limits, share: MemoryLease) -> tuple[SentFile, ...]:
    files: list[tuple[str, bytearray | None]] = []
    is_file = False
    with PushMultipartParser(boundary, max_segment_count=_MOST_PARTS, strict=True) as parser:
        async for chunk in body:
            for event in parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    # A browser sends an empty name when no file was chosen.
                    is_file = event.name == "file" and bool(event.filename)
                    if is_file:
                        files.append((event.filename or "", bytearray()))
                    if len(files) > limits.many_files:
                        raise Refused(HttpProblem.TOO_MANY_FILES)
                elif event is not None and is_file:
                    name, content = files[-1]
                    if content is None:
                        continue
                    if len(content) + len(event) > limits.upload_octets:
                        files[-1] = (name, None)
                        continue
                    share.take(len(event))
                    content += event
    if not files:
        raise Refused(HttpProblem.NO_FILE)
    return tuple(SentFile(name, None if octets is None else bytes(octets)) for name, octets in files)


async def read_fields_and_files(
    request: Request[Any, Any, Any], *, limits: Limits, share: MemoryLease, most: int
) -> FilesForm:
    """Read a form with several files, all of them in memory.

    Args:
        request: the request, its body untouched.
        limits: size that all files together may have, time that they may take, and the pace they have to keep.
        share: memory to put them into.
        most: how many files there may be.

    Raises:
        Refused: if the form is broken, too large, too slow, has too many files, or there is no memory left for it.
    """
    read = partial(_fields_and_files, share=share, most=most)
    return await _read_parts(request, read, octets=limits.upload_octets, limits=limits, share=share)


async def _read_parts(
    request: Request[Any, Any, Any],
    read: Callable[[_Body, str], Awaitable[T]],
    *,
    octets: int,
    limits: Limits,
    share: MemoryLease,
) -> T:
    """Read the parts of a form in time; what is refused is swallowed in bounds and takes no memory."""
    kind, options = request.content_type
    if kind != "multipart/form-data":
        raise Refused(HttpProblem.BROKEN_FORM)
    body = _Body(request, octets=octets + OVERHEAD, limits=limits)
    try:
        with anyio.fail_after(limits.upload_seconds):
            return await read(body, options.get("boundary", ""))
    except (MultipartError, UnicodeError) as error:
        raise Refused(HttpProblem.BROKEN_FORM) from error
    except TimeoutError as error:
        raise Refused(HttpProblem.TOO_SLOW) from error
    except Refused:
        share.give_back()
        await body.drain(octets=_DRAINED * octets)
        raise


async def _fields_and_files(body: _Body, boundary: str, *, share: MemoryLease, most: int) -> FilesForm:
    texts: dict[str, bytearray] = {}
    files: list[tuple[str, bytearray]] = []
    content = bytearray()
    bound: int | None = _FIELDS
    with PushMultipartParser(boundary, max_segment_count=_MOST_FIELDS + most, strict=True) as parser:
        async for chunk in body:
            for event in parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    content, bound = bytearray(), _FIELDS
                    if event.name != "file":
                        if event.name in texts:
                            raise Refused(HttpProblem.BROKEN_FORM)
                        texts[event.name or ""] = content
                    elif event.filename:  # a browser sends an empty name when no file was chosen
                        files.append((event.filename, content))
                        bound = None
                elif event is not None:
                    if bound is not None and len(content) + len(event) > bound:
                        raise Refused(HttpProblem.BROKEN_FORM)
                    share.take(len(event))
                    content += event
    if len(files) > most:
        raise Refused(HttpProblem.BROKEN_FORM)
    return FilesForm(
        {name: text.decode() for name, text in texts.items()},
        tuple((name, bytes(octets)) for name, octets in files if octets),
    )


async def read_octets(
    request: Request[Any, Any, Any], *, octets: int, limits: Limits, share: MemoryLease
) -> bytes:
    """Read a body as it is.

    Args:
        request: the request, its body untouched.
        octets: how many there may be.
        limits: time an upload may take, and the pace it has to keep.
        share: memory to put it into.

    Raises:
        Refused: if it is broken, too large, too slow, or there is no memory left for it.
    """
    body, content = _Body(request, octets=octets, limits=limits), bytearray()
    try:
        with anyio.fail_after(limits.upload_seconds):
            async for chunk in body:
                share.take(len(chunk))
                content += chunk
    except TimeoutError as error:
        raise Refused(HttpProblem.TOO_SLOW) from error
    except Refused:
        share.give_back()
        content.clear()
        await body.drain(octets=_DRAINED * octets)
        raise
    return bytes(content)


async def read_to_file(
    request: Request[Any, Any, Any], target: BinaryIO, *, octets: int, limits: Limits
) -> None:
    """Read a body into a file; it takes no memory, and as long as it keeps to its pace.

    Args:
        request: the request, its body untouched.
        target: the file.
        octets: how many there may be.
        limits: the pace that it has to keep.

    Raises:
        Refused: if it is broken, too large or too slow.
    """
    body = _Body(request, octets=octets, limits=limits)
    try:
        async for chunk in body:
            await to_thread.run_sync(target.write, chunk)
    except TimeoutError as error:
        raise Refused(HttpProblem.TOO_SLOW) from error
    except Refused:
        await body.drain(octets=_DRAINED * limits.upload_octets)
        raise


async def read_fields(request: Request[Any, Any, Any], *, limits: Limits) -> dict[str, str]:
    """Read a form of fields alone.

    Args:
        request: the request, its body untouched.
        limits: time that it may take, and the pace it has to keep.

    Raises:
        Refused: if it is broken, too large or too slow, or a field stands there twice.
    """
    if request.content_type[0] != "application/x-www-form-urlencoded":
        raise Refused(HttpProblem.BROKEN_FORM)
    body, octets = _Body(request, octets=_FIELDS, limits=limits), bytearray()
    try:
        with anyio.fail_after(limits.upload_seconds):
            async for chunk in body:
                octets += chunk
        pairs = parse_qsl(
            octets.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except TimeoutError as error:
        raise Refused(HttpProblem.TOO_SLOW) from error
    except ValueError as error:  # UnicodeError is one
        raise Refused(HttpProblem.BROKEN_FORM) from error
    if len(dict(pairs)) < len(pairs):
        raise Refused(HttpProblem.BROKEN_FORM)
    return dict(pairs)


async def read_upload(
    request: Request[Any, Any, Any], target: BinaryIO, *, octets: int, limits: Limits
) -> Upload:
    """Read a form with a file, and write the file elsewhere; it takes as long as it keeps to its pace.

    Args:
        request: the request, its body untouched.
        target: where the file is written.
        octets: how many the file may have.
        limits: the pace that it has to keep.

    Raises:
        Refused: if it is broken, too large or too slow, a field stands there twice, or there are several files.
    """
    kind, options = request.content_type
    if kind != "multipart/form-data":
        raise Refused(HttpProblem.BROKEN_FORM)
    body = _Body(request, octets=octets + OVERHEAD, limits=limits)
    try:
        return await _upload(body, options.get("boundary", ""), _Parts(target, octets=octets))
    except (MultipartError, UnicodeError) as error:
        raise Refused(HttpProblem.BROKEN_FORM) from error
    except TimeoutError as error:
        raise Refused(HttpProblem.TOO_SLOW) from error
    except Refused:
        await body.drain(octets=_DRAINED * limits.upload_octets)
        raise


class _Parts:
    """The parts of a form with a file, as they come."""

    def __init__(self, target: BinaryIO, *, octets: int) -> None:
        self._target = target
        self._octets = octets
        self._texts: dict[str, bytearray] = {}
        self._text: bytearray | None = None
        self._name: str | None = None
        self._size = 0

    def begin(self, part: MultipartSegment) -> None:
        """Take note of a part of which the octets follow."""
        self._text = None
        if part.name != "file":
            if part.name in self._texts:
                raise Refused(HttpProblem.BROKEN_FORM)
            self._text = self._texts[part.name or ""] = bytearray()
        elif part.filename:  # a browser sends an empty name when no file was chosen
            if self._name is not None:
                raise Refused(HttpProblem.TWO_FILES)
            self._name = part.filename

    async def take(self, octets: bytes) -> None:
        """Take octets of the part that began last."""
        if self._text is not None:
            self._text += octets
            if len(self._text) > _FIELDS:
                raise Refused(HttpProblem.BROKEN_FORM)
            return
        self._size += len(octets)
        if self._size > self._octets:
            raise Refused(HttpProblem.TOO_LARGE)
        await to_thread.run_sync(self._target.write, octets)

    def all(self) -> Upload:
        """Return the form once it is here."""
        if self._name is not None and not self._size:
            raise Refused(HttpProblem.EMPTY_FILE)
        return Upload({field: text.decode() for field, text in self._texts.items()}, self._name)


async def _upload(body: _Body, boundary: str, parts: _Parts) -> Upload:
    with PushMultipartParser(boundary, max_segment_count=_MOST_FIELDS, strict=True) as parser:
        async for chunk in body:
            for event in parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    parts.begin(event)
                elif event is not None:
                    await parts.take(bytes(event))
    return parts.all()


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
