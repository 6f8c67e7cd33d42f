"""The portal: what is answered to which request, free of routing."""

from __future__ import annotations

import asyncio
import math
import re
from functools import cached_property, partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from anyio import to_thread
from litestar.response import Redirect, Response
from mikrocert.api import (
    Access,
    AccessClosed,
    ArchiveError,
    DamagedError,
    ErasedError,
    ShareEnded,
    UnknownIdentifier,
    UnknownShare,
    report_to_json,
    strict_json,
)

from mikrocert_portal.answers import FileAnswer
from mikrocert_portal.errors import HttpProblem, Refused
from mikrocert_portal.guarding import client_key
from mikrocert_portal.observing import note_fault
from mikrocert_portal.page_cache import PageCache
from mikrocert_portal.pages import Pages, Visitor, has_birth, proofs_offered
from mikrocert_portal.participants import Participants
from mikrocert_portal.uploads import Memory, read_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from litestar import Request
    from mikrocert.api import Display, Report, System

    from mikrocert_portal.api.limiting import Quota
    from mikrocert_portal.assets import Assets
    from mikrocert_portal.config import PortalConfig
    from mikrocert_portal.copies import OfferedCopy
    from mikrocert_portal.desk.sessions import Session
    from mikrocert_portal.guarding import Guard
    from mikrocert_portal.sharing import Shared
    from mikrocert_portal.sign_in.sessions import Sessions

    AnyRequest = Request[Any, Any, Any]

__all__ = ["Portal", "attachment", "client_of", "takes_gzip", "wants_json"]

T = TypeVar("T")

_HTML = "text/html"
_JSON = "application/json"
_TEXT = "text/plain"
_PAGE = {"Cache-Control": "no-cache", "Vary": "Accept-Language"}
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_UNUSABLE = 422
_TYPED = 200
_AWAY_SECONDS = 30
_PICTURES_AT_ONCE = 32
_WRITTEN_PAGES = 500
_OPEN = {"verdict": "undetermined"}


def wants_json(request: AnyRequest) -> bool:
    """Return whether a program asks, which takes JSON."""
    wanted = request.headers.get("accept", "")
    return "application/json" in wanted and "text/html" not in wanted


def takes_gzip(accept_encoding: str) -> bool:
    """Return whether a client takes gzip by its header Accept-Encoding (RFC 9110, 12.5.3)."""
    for coding in accept_encoding.lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() in {"gzip", "x-gzip"}:
            return not re.fullmatch(r"\s*q\s*=\s*0(?:\.0*)?\s*", weight)
    return False


def client_of(request: AnyRequest) -> str:
    """Return what counts as the client that asks (see `client_key`)."""
    return client_key(request.client.host if request.client else "")


class Portal:
    """Answers visitors.

    Args:
        system: the assembled system.
        config: of the portal.
        assets: what pages load.
        shared: what all workers know together.
    """

    def __init__(
        self, system: System, *, config: PortalConfig, assets: Assets, shared: Callable[[], Shared]
    ) -> None:
        limits = config.limits
        self.pages = Pages(
            system.settings, packagings=system.packagings, texts=system.texts, config=config, assets=assets
        )
        self._system = system
        self._assets = assets
        self._limits = limits
        self._join = shared
        self._reports = PageCache(_WRITTEN_PAGES)
        self._participants = Participants(system)
        self.memory = Memory(limits.uploads_octets, each=limits.client_octets, measures=system.measures)
        self._workers = anyio.CapacityLimiter(limits.verifications)
        # Of its own, so that pages by identifier never wait for what strangers send.
        self._uploads = anyio.CapacityLimiter(limits.verifications)
        # Drawing takes seconds, and must not make verifications wait. Who waits for a picture holds a place.
        self._drawing: set[asyncio.Task[bytes]] = set()
        self._pictures = anyio.CapacityLimiter(_PICTURES_AT_ONCE)

    @cached_property
    def shared(self) -> Shared:
        """What all workers know together."""
        return self._join()

    @property
    def guard(self) -> Guard:
        """Who asked for wrong identifiers how often, here and at the interface for programs."""
        return self.shared.guard

    @property
    def sessions(self) -> Sessions[Session]:
        """Who is signed in to the desk."""
        return self.shared.sessions

    @property
    def quota(self) -> Quota:
        """What counts calls of the interface for programs."""
        return self.shared.quota

    def reader(self, request: AnyRequest) -> Visitor:
        """Return who reads the answer to a request."""
        texts, chosen = self._system.texts, request.query_params.get("lang")
        if chosen in texts.languages:
            return Visitor(chosen, chosen=True)
        return Visitor(texts.preferred(request.headers.get("accept-language", "")))

    async def front(self, request: AnyRequest) -> Response[Any]:
        """Answer the front page."""
        universities = await to_thread.run_sync(self._participants.names)
        page = self.pages.front(reader=self.reader(request), universities=universities)
        return Response(page, media_type=_HTML, headers=_PAGE)

    async def file(self, request: AnyRequest) -> Response[Any]:
        """Verify an uploaded file, or send the visitor on to the page of an identifier.

        Raises:
            Refused: if the form can't be answered.
        """
        with self.memory.share(client_of(request)) as share:
            form = await read_form(request, limits=self._limits, share=share)
            if form.identifier is not None:
                return self._to_page(request, form.identifier)
            if form.file is None:
                raise Refused(HttpProblem.NO_FILE)
            async with share.place:
                work = partial(self._system.verify_confined, form.file)
                report = await to_thread.run_sync(work, limiter=self._uploads)
                # Writing the answer takes the longer the more a stranger's file says; nobody else waits for it.
                digest = sha256(form.file).hexdigest()
                answered = partial(self._answered, request, report, digest=digest)
                return await to_thread.run_sync(answered, limiter=self._uploads)

    def _answered(self, request: AnyRequest, report: Report, *, digest: str) -> Response[Any]:
        status = _UNUSABLE if report.unusable else 200
        if wants_json(request):
            return self._to_json(report, status=status)
        answer = self.shared.answers.keep(FileAnswer(report, digest))
        page = self.pages.report(report, reader=self.reader(request), answer=answer)
        return Response(page, media_type=_HTML, status_code=status)

    def _to_json(self, report: Report, *, status: int = 200) -> Response[Any]:
        octets = strict_json.dumps_visibly(report_to_json(report, texts=self._system.texts)).encode()
        return Response(octets, media_type=_JSON, status_code=status)

    def answer(self, request: AnyRequest, name: str) -> Response[Any]:
        """Answer again what was found out about an uploaded file; the file itself is gone.

        Raises:
            Refused: if the answer is gone, too.
        """
        answer = self.shared.answers.get(name)
        if answer is None:
            raise Refused(HttpProblem.ANSWER_GONE)
        report = answer.report
        page = self.pages.report(report, reader=self.reader(request), answer=name)
        return Response(page, media_type=_HTML, status_code=_UNUSABLE if report.unusable else 200)

    def _to_page(self, request: AnyRequest, typed: str) -> Response[Any]:
        typed = typed.strip()
        if not typed:
            raise Refused(HttpProblem.NO_IDENTIFIER)
        identifier = self._system.identifier_of(typed.partition("?")[0].partition("#")[0])
        if identifier is None:
            raise Refused(HttpProblem.NOT_IDENTIFIER, typed=typed[:_TYPED])
        return Redirect(
            self.pages.address(f"/verify/{identifier}", reader=self.reader(request)), status_code=303
        )

    def to_front(self, request: AnyRequest) -> Response[Any]:
        """Send on who asks for the address of the form itself."""
        return Redirect(self.pages.address("/", reader=self.reader(request)), status_code=303)

    async def report(self, request: AnyRequest, identifier: str) -> Response[Any]:
        """Verify what the archive holds under an identifier.

        Raises:
            Refused: if it is unknown, or the client asked for too many unknown ones.
        """
        found = self._at_once(identifier)
        if found is None:
            found = await self.look_up(request, partial(self._with_successor, identifier), typed=identifier)
        display, successor = found
        report = display.disclosed.report
        if wants_json(request):
            return self._to_json(report)
        reader = self.reader(request)

        def write() -> str:
            if display.shown_as is Access.SUMMARY:
                return self.pages.display("shared.html", display, reader=reader, share=None, place="")
            return self.pages.report(
                report,
                reader=reader,
                identifier=identifier,
                has_picture=display.disclosed.picture,
                birth=has_birth(display.report),
                successor=successor,
            )

        page = self._reports.get(
            (identifier, reader, display.shown_as), display.report, successor, write=write
        )
        return Response(page, media_type=_HTML)

    def _at_once(self, identifier: str) -> tuple[Display, Report | None] | None:
        """Return what `_with_successor` does, where it is known at once; most pages are those of credentials that are as they were.

        To hand a thread so little to do costs more than to do it.
        """
        display = self._system.sharing.at_once(identifier)
        status = None if display is None else display.disclosed.report.status
        if display is None or status is None or status.successor is not None:
            return None
        self._system.measures.verified(display.report.verdict)
        return display, None

    def _with_successor(self, identifier: str) -> tuple[Display, Report | None]:
        """Return a credential as the permanent link shows it, and what replaced it, where the link of that shows everything, too."""
        by_identifier = self._system.sharing.by_identifier
        display = by_identifier(identifier)
        status = display.disclosed.report.status
        if display.shown_as is not Access.OPEN or status is None or status.successor is None:
            return display, None
        try:
            successor = by_identifier(status.successor)
        except ArchiveError:  # unknown, erased or closed by its holder, too
            return display, None
        return display, successor.disclosed.report if successor.shown_as is Access.OPEN else None

    async def public_display(self, request: AnyRequest, identifier: str) -> Display:
        """Return what anybody with an identifier may see of a credential; a miss counts as everywhere.

        Raises:
            Refused: if it is unknown, closed or erased, or the client asked for too many unknown ones.
        """
        work = partial(self._system.sharing.by_identifier, identifier)
        return await self.look_up(request, work, typed=identifier)

    async def download(self, request: AnyRequest, identifier: str, name: str) -> Response[Any]:
        """Answer the picture, a proof that the files are in the log, or who has the files; they are given by the holder.

        Raises:
            Refused: if there is no such file, or as `report`.
        """
        display = await self.look_up(
            request, partial(self._system.sharing.by_identifier, identifier), typed=identifier
        )
        for language in self._system.texts.languages:
            if name == f"picture-{language}.png" and display.disclosed.picture:
                return await self.picture(request, identifier, language)
        proofs = await self.look_up(request, partial(self._system.log.proofs, identifier), typed=identifier)
        if name == "files":
            offered = proofs_offered(proofs, identifier)
            page = self.pages.files(identifier, offered, reader=self.reader(request))
            return Response(page, media_type=_HTML)
        if name in proofs:
            return attachment(proofs[name], _TEXT, name)
        raise Refused(HttpProblem.NOT_FOUND)

    async def picture(self, request: AnyRequest, identifier: str, language: str) -> Response[Any]:
        """Answer the picture, or for now that it is being drawn; it is drawn to its end and kept for who comes next."""
        work = partial(self._system.picture_confined, identifier, language=language)
        if self._pictures.available_tokens:
            look_up = asyncio.ensure_future(
                self.look_up(request, work, typed=identifier, limiter=self._pictures)
            )
            self._drawing.add(look_up)
            look_up.add_done_callback(self._drawn)
            done, _ = await asyncio.wait([look_up], timeout=self._limits.picture_seconds)
            if done:
                return Response(look_up.result(), media_type="image/png")
        page = self.pages.being_drawn(reader=Visitor(language))
        return Response(page, media_type="image/svg+xml")

    async def copy(self, request: AnyRequest, identifier: str, copy: OfferedCopy) -> Response[Any]:
        """Answer a copy to be read otherwise, which is saved and opened from there: it has a look of its own, and pages here have none.

        Raises:
            Refused: if the credential was erased meanwhile.
        """
        work = partial(self._system.copy_confined, identifier, renderer=copy.renderer)
        content = await self.look_up(request, work, limiter=self._pictures)
        return attachment(content, copy.media_type, copy.name)

    def _drawn(self, look_up: asyncio.Task[bytes]) -> None:
        self._drawing.discard(look_up)
        if not look_up.cancelled():
            look_up.exception()  # whoever waited for it was told

    async def static(self, request: AnyRequest, version: str, name: str) -> Response[Any]:
        """Answer a file that pages load; its address holds its version, so that it may be kept for ever.

        Only these are packed, which hold no secret: of a page, its length would tell what is in it.

        Raises:
            Refused: if there is none.
        """
        asset = await to_thread.run_sync(self._assets.get, name) if version == self._assets.version else None
        if asset is None:
            raise Refused(HttpProblem.NOT_FOUND)
        if asset.packed is None:
            return Response(asset.content, media_type=asset.media_type, headers=_FOREVER)
        headers = _FOREVER | {"Vary": "Accept-Encoding"}
        if not takes_gzip(request.headers.get("accept-encoding", "")):
            return Response(asset.content, media_type=asset.media_type, headers=headers)
        packed = headers | {"Content-Encoding": "gzip"}
        return Response(asset.packed, media_type=asset.media_type, headers=packed)

    def refuse(self, request: AnyRequest, refused: Refused) -> Response[Any]:
        """Answer what can't be answered: a page of ours that says what to do."""
        problem = refused.problem
        headers = {} if refused.retry_after is None else {"Retry-After": str(refused.retry_after)}
        if problem is HttpProblem.METHOD:
            headers["Allow"] = refused.allow
        if wants_json(request):
            answer = {"error": problem.code} | (_OPEN if problem is HttpProblem.NO_ARCHIVE else {})
            if refused.status is not None:
                since = refused.status.since.isoformat(timespec="seconds")
                answer |= {"state": refused.status.value.value, "since": since}
            if refused.end is not None:
                answer |= {"reason": refused.end.reason.value}
                answer |= {"on": refused.end.on.isoformat()} if refused.end.on else {}
            return Response(answer, status_code=problem.status, headers=headers)
        reader = self.reader(request)
        page = (
            self.pages.front(reader=reader, universities=self._participants.latest, refused=refused)
            if problem.field
            else self.pages.problem(refused, reader=reader)
        )
        return Response(page, media_type=_HTML, status_code=problem.status, headers=headers)

    def crash(self, request: AnyRequest, error: Exception) -> Response[Any]:
        """Answer a fault of ours without a detail; the log has its class and place."""
        note_fault(request.scope, error)
        return self.refuse(request, Refused(HttpProblem.CRASH))

    async def look_up(
        self,
        request: AnyRequest,
        work: Callable[[], T],
        *,
        typed: str = "",
        limiter: anyio.CapacityLimiter | None = None,
    ) -> T:
        """Look an identifier or a secret up; who asks for one that is there never waits, whoever else asks from the same address.

        Args:
            request: the request.
            work: looks it up.
            typed: the identifier, which the answer repeats where there is none; a secret is never repeated.
            limiter: how many at one time; none means as many as verifications are made.

        Raises:
            Refused: if there is none, it has ended, is closed or erased, or the archive doesn't answer.
        """
        answer_at = anyio.current_time() + self._limits.unknown_seconds
        try:
            return await to_thread.run_sync(work, limiter=limiter or self._workers)
        except (UnknownIdentifier, UnknownShare) as error:
            wait = self.shared.guard.miss(client_of(request))
            # However long the search took, and whether it looked like an identifier at all: the answer takes as long.
            await anyio.sleep_until(answer_at)
            if wait:
                raise Refused(HttpProblem.TOO_MANY, retry_after=math.ceil(wait)) from error
            if isinstance(error, UnknownShare):
                raise Refused(HttpProblem.UNKNOWN_LINK) from error
            raise Refused(HttpProblem.UNKNOWN, typed=typed[:_TYPED]) from error
        except ShareEnded as error:
            raise Refused(HttpProblem.LINK_ENDED, end=error.end) from error
        except AccessClosed as error:
            raise Refused(HttpProblem.ACCESS_CLOSED, status=error.status) from error
        except ErasedError as error:
            raise Refused(HttpProblem.CLOSED if error.by_holder else HttpProblem.ERASED) from error
        except DamagedError:
            raise
        except ArchiveError as error:
            raise Refused(HttpProblem.NO_ARCHIVE, retry_after=_AWAY_SECONDS) from error


def attachment(content: bytes, media_type: str, name: str) -> Response[Any]:
    """Return the answer that is saved as a file.

    Args:
        content: the file.
        media_type: what it is.
        name: name that it is saved under; only letters, digits, dots and hyphens.
    """
    return Response(
        content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
