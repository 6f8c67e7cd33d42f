"""Many files at once: what is answered to which request.

Each file is verified as a single one would be, in a process of its own (`System.verify_confined`); here they are only taken apart, in memory
that is counted. They go one after the other, so that whoever sends many waits for them, and nobody else does.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs
from anyio import to_thread
from litestar import Request, Response, route
from litestar.params import FromPath
from mikrocert.api import (
    PackedFileError,
    UnpackingLimits,
    is_packed,
    message,
    shown_name,
    unpack,
)

from mikrocert_portal.answers import FileAnswer
from mikrocert_portal.errors import HttpProblem, Refused
from mikrocert_portal.many.sheets import CSV, XLSX, cells_of, csv_of, has_workbooks, xlsx_of
from mikrocert_portal.many.table import Row, Table
from mikrocert_portal.portal import attachment, client_of, wants_json
from mikrocert_portal.uploads import read_files

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from litestar.handlers import HTTPRouteHandler
    from mikrocert.api import Message, System

    from mikrocert_portal.config import Limits
    from mikrocert_portal.portal import Portal
    from mikrocert_portal.uploads import MemoryLease, SentFile

__all__ = ["Many"]

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

_HTML: Final = "text/html"
_PAGE: Final = {"Cache-Control": "no-cache", "Vary": "Accept-Language"}
_MORE_UNPACKED: Final = 4


@attrs.frozen
class _Found:
    """A file that was sent, by itself or in an archive.

    Args:
        name: its name as it may be shown.
        octets: what is in it; none where it wasn't opened.
        fault: why it wasn't opened, or none.
        packed: whether it came out of an archive.
    """

    name: str
    octets: bytes | None = attrs.field(default=None, repr=False)
    fault: Message | None = None
    packed: bool = False


class Many:
    """Answers who sends many files at once.

    Args:
        system: the assembled system.
        portal: the portal.
        limits: how much one visitor may ask for.
    """

    def __init__(self, system: System, *, portal: Portal, limits: Limits) -> None:
        self._system = system
        self._portal = portal
        self._limits = limits
        # At most half of what is verified at one time, so that a single file always finds a place.
        self._places = anyio.CapacityLimiter(max(1, limits.verifications // 2))

    @property
    def routes(self) -> list[HTTPRouteHandler]:
        """The routes of it."""

        @route("/many", http_method=["GET", "HEAD"])
        async def form(request: AnyRequest) -> AnyResponse:
            return self.form(request)

        @route("/many", http_method=["POST"], status_code=200)
        async def files(request: AnyRequest) -> AnyResponse:
            return await self.files(request)

        @route("/many/{name:str}", http_method=["GET", "HEAD"])
        async def table(request: AnyRequest, name: FromPath[str]) -> AnyResponse:
            return await to_thread.run_sync(partial(self.table, request, name), limiter=self._places)

        @route("/many/{name:str}/{file:str}", http_method=["GET", "HEAD"])
        async def sheet(request: AnyRequest, name: FromPath[str], file: FromPath[str]) -> AnyResponse:
            return await to_thread.run_sync(partial(self.sheet, request, name, file), limiter=self._places)

        return [form, files, table, sheet]

    def form(self, request: AnyRequest) -> AnyResponse:
        """Answer the page with the form."""
        page = self._portal.pages.many(reader=self._portal.reader(request))
        return Response(page, media_type=_HTML, headers=_PAGE)

    async def files(self, request: AnyRequest) -> AnyResponse:
        """Verify all files of a form.

        Raises:
            Refused: if the form can't be answered.
        """
        try:
            with self._portal.memory.share(client_of(request)) as share:
                sent = await read_files(request, limits=self._limits, share=share)
                table = await self._verified(sent, share)
        except Refused as refused:
            if refused.problem.field != "file" or wants_json(request):
                raise
            page = self._portal.pages.many(reader=self._portal.reader(request), refused=refused)
            return Response(page, media_type=_HTML, status_code=refused.problem.status)
        return await to_thread.run_sync(partial(self._answered, request, table), limiter=self._places)

    async def _verified(self, sent: tuple[SentFile, ...], share: MemoryLease) -> Table:
        until = anyio.current_time() + self._limits.many_seconds
        rows: list[Row] = []
        async for found in self._found(sent):
            if len(rows) >= self._limits.many_files:
                raise Refused(HttpProblem.TOO_MANY_FILES)
            if found.octets is not None and anyio.current_time() >= until:
                rows.append(Row(found.name, len(found.octets), fault=_NOT_REACHED))
                continue
            rows.append(await self._row(found, share))
        return Table(datetime.now(UTC), tuple(rows))

    async def _found(self, sent: tuple[SentFile, ...]) -> AsyncIterator[_Found]:
        """Yield each file, those of archives one after the other."""
        limits = UnpackingLimits(
            entries=self._limits.many_files,
            octets=self._limits.upload_octets,
            total=_MORE_UNPACKED * self._limits.many_octets,
        )
        for file in sent:
            name = shown_name(file.name)
            if file.octets is None:
                too_large = message("It is larger than {count} MB.", count=self._limits.upload_megabytes)
                yield _Found(name, fault=too_large)
            elif not file.octets:
                yield _Found(name, fault=_EMPTY)
            elif is_packed(file.octets):
                entries = _unpacked(name, file.octets, limits=limits)
                while found := await to_thread.run_sync(partial(next, entries, None), limiter=self._places):
                    yield found
            else:
                yield _Found(name, file.octets)

    async def _row(self, found: _Found, share: MemoryLease) -> Row:
        octets = found.octets
        if octets is None:
            return Row(found.name, fault=found.fault)
        try:
            with share.taking(len(octets) if found.packed else 0):
                async with share.place:
                    return await to_thread.run_sync(
                        partial(self._judged, found.name, octets), limiter=self._places
                    )
        except Refused:  # the files of an archive need room beside it
            return Row(found.name, len(octets), fault=_NO_ROOM)

    def _judged(self, name: str, octets: bytes) -> Row:
        report, digest = self._system.verify_confined(octets), sha256(octets).hexdigest()
        answer = self._portal.shared.answers.keep(FileAnswer(report, digest), octets=len(octets))
        return Row(name, len(octets), digest, report, answer=answer)

    def _answered(self, request: AnyRequest, table: Table) -> AnyResponse:
        size = sum(row.size or 0 for row in table.rows)
        name = self._portal.shared.tables.keep(table, octets=size)
        page = self._portal.pages.many(reader=self._portal.reader(request), table=table, name=name)
        return Response(page, media_type=_HTML)

    def table(self, request: AnyRequest, name: str) -> AnyResponse:
        """Answer a table again; the files themselves are gone.

        Raises:
            Refused: if the table is gone, too.
        """
        page = self._portal.pages.many(reader=self._portal.reader(request), table=self._kept(name), name=name)
        return Response(page, media_type=_HTML)

    def sheet(self, request: AnyRequest, name: str, file: str) -> AnyResponse:
        """Answer a table as a file.

        Raises:
            Refused: if the table is gone, or there is no such file.
        """
        if file not in {_CSV_FILE, _XLSX_FILE} or (file == _XLSX_FILE and not has_workbooks()):
            raise Refused(HttpProblem.NOT_FOUND)
        language = self._portal.reader(request).language
        cells = cells_of(self._kept(name), texts=self._system.texts, language=language)
        if file == _CSV_FILE:
            return attachment(csv_of(cells), CSV, file)
        return attachment(xlsx_of(cells), XLSX, file)

    def _kept(self, name: str) -> Table:
        table = self._portal.shared.tables.get(name)
        if table is None:
            raise Refused(HttpProblem.ANSWER_GONE)
        return table


def _unpacked(name: str, data: bytes, *, limits: UnpackingLimits) -> Iterator[_Found]:
    try:
        for entry in unpack(data, limits=limits):
            yield _Found(entry.name, entry.octets, entry.fault.message if entry.fault else None, packed=True)
    except PackedFileError as error:
        yield _Found(name, fault=error.message)


_CSV_FILE: Final = "mikrocert.csv"
_XLSX_FILE: Final = "mikrocert.xlsx"
_EMPTY: Final = message("The file is empty.")
_NOT_REACHED: Final = message(
    "Verifying the files before it took all the time that there is. Send it once more."
)
_NO_ROOM: Final = message("There was no room left to unpack it. Send it by itself.")
