"""Many files at once: what is answered to which request, by pages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs
from anyio import to_thread
from litestar import Request, Response, route
from litestar.params import FromPath

from mikrocert_portal.answers import FileAnswer
from mikrocert_portal.errors import HttpProblem, Refused
from mikrocert_portal.many.sheets import CSV, XLSX, cells_of, csv_of, has_workbooks, xlsx_of
from mikrocert_portal.portal import attachment, client_of, wants_json
from mikrocert_portal.uploads import read_files

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler
    from mikrocert.api import System

    from mikrocert_portal.config import Limits
    from mikrocert_portal.many.table import Row, Table
    from mikrocert_portal.many.verifying import FilesVerifier
    from mikrocert_portal.portal import Portal

__all__ = ["Many"]

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

_HTML: Final = "text/html"
_PAGE: Final = {"Cache-Control": "no-cache", "Vary": "Accept-Language"}


class Many:
    """Answers who sends many files at once.

    Args:
        system: the assembled system.
        portal: the portal.
        limits: how much one visitor may ask for.
        verifier: verifies the files.
    """

    def __init__(self, system: System, *, portal: Portal, limits: Limits, verifier: FilesVerifier) -> None:
        self._system = system
        self._portal = portal
        self._limits = limits
        self._verifier = verifier
        self._places = verifier.places

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
                table = await self._verifier.verify(sent, share=share)
        except Refused as refused:
            if refused.problem.field != "file" or wants_json(request):
                raise
            page = self._portal.pages.many(reader=self._portal.reader(request), refused=refused)
            return Response(page, media_type=_HTML, status_code=refused.problem.status)
        return await to_thread.run_sync(partial(self._answered, request, table), limiter=self._places)

    def _answered(self, request: AnyRequest, table: Table) -> AnyResponse:
        table = attrs.evolve(table, rows=tuple(map(self._kept_row, table.rows)))
        name = self._portal.shared.tables.keep(table)
        page = self._portal.pages.many(reader=self._portal.reader(request), table=table, name=name)
        return Response(page, media_type=_HTML)

    def _kept_row(self, row: Row) -> Row:
        """Return a row with the name of the answer about its file, which is kept for a while."""
        if row.report is None or row.digest is None:
            return row
        kept = FileAnswer(row.report, row.digest)
        return attrs.evolve(row, answer=self._portal.shared.answers.keep(kept))

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


_CSV_FILE: Final = "mikrocert.csv"
_XLSX_FILE: Final = "mikrocert.xlsx"
