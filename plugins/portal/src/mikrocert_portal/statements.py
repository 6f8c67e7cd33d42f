"""Statements about verifications: given on request, looked up by their number.

Strangers ask for them, so what one client may have is counted; a statement costs a seal. A statement itself is kept in memory for some minutes,
under a name that nobody can guess; for good there is only what the archive keeps of it, which is shown to anybody who has its number.

The forms hold no secret and change nothing that is somebody's. But what is counted is counted by address: pages of another site could have the
browsers of its visitors ask, each from an address of its own, for more statements than anybody may have, and use up what the visitors
may have. So what a browser says it sends for another site is refused.
"""

from __future__ import annotations

import io
import math
import zipfile
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio
from anyio import to_thread
from litestar import Request, Response, route
from litestar.params import FromPath
from litestar.response import Redirect
from mikrocert.api import ArchiveError, RenderError, UnknownStatement

from mikrocert_portal.errors import HttpProblem, Refused
from mikrocert_portal.observing import note_fault
from mikrocert_portal.origins import demand_own_origin
from mikrocert_portal.portal import attachment, client_of, wants_json
from mikrocert_portal.uploads import read_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from litestar.handlers import HTTPRouteHandler
    from mikrocert.api import Report, Statement, System

    from mikrocert_portal.config import Limits
    from mikrocert_portal.many.table import Row
    from mikrocert_portal.portal import Portal

__all__ = ["Statements"]

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

_HTML: Final = "text/html"
_AWAY_SECONDS: Final = 30
_LEFT_OUT: Final = "without-statement.txt"


class Statements:
    """Answers who wants a statement, or has one.

    Args:
        system: the assembled system.
        portal: the portal.
        limits: how much one visitor may ask for.
    """

    def __init__(self, system: System, *, portal: Portal, limits: Limits) -> None:
        self._system = system
        self._portal = portal
        self._limits = limits
        # One process makes them, so that more at one time would only wait for each other.
        self._places = anyio.CapacityLimiter(1)
        self._readers = anyio.CapacityLimiter(limits.verifications)

    @property
    def routes(self) -> list[HTTPRouteHandler]:
        """The routes of it; those that give statements only where statements are given."""

        @route("/statement", http_method=["POST"], status_code=303)
        async def give(request: AnyRequest) -> AnyResponse:
            return await self.give(request)

        @route("/given/{name:str}", http_method=["GET", "HEAD"])
        async def given(request: AnyRequest, name: FromPath[str]) -> AnyResponse:
            return await to_thread.run_sync(partial(self.given, request, name), limiter=self._readers)

        @route("/given/{name:str}/{file:str}", http_method=["GET", "HEAD"])
        async def file(name: FromPath[str], file: FromPath[str]) -> AnyResponse:
            return await to_thread.run_sync(partial(self.file, name, file), limiter=self._readers)

        @route("/many/{name:str}/statements", http_method=["POST"], status_code=200)
        async def give_many(request: AnyRequest, name: FromPath[str]) -> AnyResponse:
            return await self.give_many(request, name)

        @route("/statement/{statement_id:str}", http_method=["GET", "HEAD"])
        async def kept(request: AnyRequest, statement_id: FromPath[str]) -> AnyResponse:
            return await self.kept(request, statement_id)

        giving = [give, given, file, give_many] if self._system.gives_statements else []
        return [*giving, kept]

    async def give(self, request: AnyRequest) -> AnyResponse:
        """Give a statement about an answer that is still here, or about what the archive has under an identifier.

        Raises:
            Refused: if there is no such thing, the client had too many, it can't be made, or it is asked for by another site.
        """
        demand_own_origin(request, base_url=self._system.settings.base_url)
        fields = await read_fields(request, limits=self._limits)
        report, digest = await self._asked_about(request, fields)
        statement = await self._produce(request, report, digest)
        name = self._portal.shared.given.keep(statement)
        address = self._portal.pages.address(f"/given/{name}", reader=self._portal.reader(request))
        return Redirect(address, status_code=303)

    async def _asked_about(self, request: AnyRequest, fields: Mapping[str, str]) -> tuple[Report, str]:
        if fields.keys() == {"answer"}:
            answer = self._portal.shared.answers.get(fields["answer"])
            if answer is None:
                raise Refused(HttpProblem.ANSWER_GONE)
            return answer.report, answer.digest
        if fields.keys() == {"identifier"}:
            identifier = fields["identifier"]
            work = partial(self._system.sharing.to_be_stated, identifier)
            return await self._portal.look_up(request, work, typed=identifier)
        raise Refused(HttpProblem.BAD_REQUEST)

    def _count(self, request: AnyRequest) -> None:
        """Count a statement of a client.

        Raises:
            Refused: if it had too many.
        """
        allowance = self._portal.shared.statements.take(client_of(request))
        if not allowance.granted:
            raise Refused(HttpProblem.TOO_MANY_STATEMENTS, retry_after=allowance.seconds)

    async def _produce(self, request: AnyRequest, report: Report, digest: str) -> Statement:
        """Return a statement; it counts only where there is one.

        Raises:
            Refused: if the client had too many, or it can't be made or kept.
        """
        self._count(request)
        language = self._portal.reader(request).language
        work = partial(self._system.state, report, file=digest, language=language)
        try:
            return await to_thread.run_sync(work, limiter=self._places)
        except (RenderError, ArchiveError) as error:
            self._portal.shared.statements.give_back(client_of(request))
            if isinstance(error, ArchiveError):
                raise Refused(HttpProblem.NO_ARCHIVE, retry_after=_AWAY_SECONDS) from error
            note_fault(request.scope, error)  # its operator can help, the visitor can't
            raise Refused(HttpProblem.NO_STATEMENT, retry_after=_AWAY_SECONDS) from error

    async def give_many(self, request: AnyRequest, name: str) -> AnyResponse:
        """Give a statement about each file of a table, packed; it says in the archive which ones there was none for.

        Raises:
            Refused: if the table is gone, it is asked for by another site, or there is no statement at all: the client had too many, or none can be made.
        """
        demand_own_origin(request, base_url=self._system.settings.base_url)
        table = self._portal.shared.tables.get(name)
        if table is None:
            raise Refused(HttpProblem.ANSWER_GONE)
        until = anyio.current_time() + self._limits.many_seconds
        out = io.BytesIO()
        left: list[Row] = []
        refused: Refused | None = None
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            for number, row in enumerate(table.rows, start=1):
                report = row.report
                is_late = anyio.current_time() >= until
                is_spent = refused is not None and refused.problem is not HttpProblem.NO_STATEMENT
                if report is None or report.unusable or row.digest is None or is_late or is_spent:
                    left.append(row)
                    continue
                try:
                    statement = await self._produce(request, report, row.digest)
                except Refused as error:
                    refused = error
                    left.append(row)
                    continue
                for file in statement.files:
                    packed.writestr(f"{number:03}-{statement.id}{file.suffix}", file.octets)
            if refused is not None and len(left) == len(table.rows):
                raise refused
            if left:
                packed.writestr(_LEFT_OUT, "".join(f"{row.name}\r\n" for row in left))
        return attachment(out.getvalue(), "application/zip", "statements.zip")

    def given(self, request: AnyRequest, name: str) -> AnyResponse:
        """Answer the page from which a statement is saved.

        Raises:
            Refused: if it is gone.
        """
        page = self._portal.pages.given(self._given(name), name=name, reader=self._portal.reader(request))
        return Response(page, media_type=_HTML)

    def file(self, name: str, file: str) -> AnyResponse:
        """Answer one form of a statement.

        Raises:
            Refused: if it is gone, or there is no such form.
        """
        statement = self._given(name)
        for one in statement.files:
            if file == f"{statement.id}{one.suffix}":
                return attachment(one.octets, one.media_type, file)
        raise Refused(HttpProblem.NOT_FOUND)

    def _given(self, name: str) -> Statement:
        statement = self._portal.shared.given.get(name)
        if statement is None:
            raise Refused(HttpProblem.STATEMENT_GONE)
        return statement

    async def kept(self, request: AnyRequest, statement_id: str) -> AnyResponse:
        """Answer whether a statement was given, and what it said; a wrong number counts as a wrong identifier does.

        Raises:
            Refused: if none of this number was given.
        """
        answer_at = anyio.current_time() + self._limits.unknown_seconds
        try:
            kept = await to_thread.run_sync(
                partial(self._system.statement, statement_id), limiter=self._readers
            )
        except UnknownStatement as error:
            wait = self._portal.guard.miss(client_of(request))
            await anyio.sleep_until(answer_at)
            if wait:
                raise Refused(HttpProblem.TOO_MANY, retry_after=math.ceil(wait)) from error
            raise Refused(HttpProblem.UNKNOWN_STATEMENT) from error
        except ArchiveError as error:
            raise Refused(HttpProblem.NO_ARCHIVE, retry_after=_AWAY_SECONDS) from error
        if wants_json(request):
            return Response(
                {
                    "id": kept.id,
                    "file": {"sha256": kept.file},
                    "verdict": kept.verdict.value,
                    "verified_at": kept.verified_at.isoformat(timespec="seconds"),
                },
                media_type="application/json",
            )
        page = self._portal.pages.statement(kept, reader=self._portal.reader(request))
        return Response(page, media_type=_HTML)
