"""Batches at the desk: sent as a file, tried first, watched, and what became of each record."""

from __future__ import annotations

import tempfile
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import anyio
from anyio import to_thread
from litestar.response import Stream
from mikrocert.api import (
    AWARD,
    FindingsError,
    MikrocertError,
    ProposedError,
    UnknownBatch,
    UnknownIdentifier,
)

from mikrocert_portal.desk.faults import Faults
from mikrocert_portal.desk.frame import PATH
from mikrocert_portal.desk.problems import UPLOADS, DeskProblem, DeskRefused
from mikrocert_portal.errors import HttpProblem, Refused
from mikrocert_portal.observing import note_fault
from mikrocert_portal.uploads import read_fields, read_upload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from typing import BinaryIO

    from mikrocert.api import Batch, BatchResult, Message

    from mikrocert_portal.desk.frame import AnyResponse, Frame, Visit
    from mikrocert_portal.uploads import Upload

__all__ = ["Batches"]

_LINES: Final = "application/jsonl"
_CANONICAL: Final = "json"
_OF_OWN: Final = {
    "cp1250": "application/octet-stream; charset=cp1250",
    "utf-16": "application/octet-stream; charset=utf-16",
}
"""What a form says of the encoding of an own export → the media type; else it is UTF-8."""
_RECENT: Final = 5
_ON_A_PAGE: Final = 50
_SOON_SECONDS: Final = 3.0
_WAIT_SECONDS: Final = 20.0
_LINE_SUFFIXES: Final = (".jsonl", ".ndjson")


class Batches:
    """Answers about batches.

    Args:
        frame: the frame of the desk.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._system = frame.system
        self._faults = Faults(frame)
        self._arriving = 0
        self._waiting = anyio.CapacityLimiter(frame.limits.waiting)

    async def front(self, visit: Visit) -> AnyResponse:
        """Answer the front page: where an export is sent, and what was sent lately."""
        return await self._front(visit)

    async def _front(
        self, visit: Visit, *, status: int = 200, faults: tuple[Message, ...] = (), own: bool = True
    ) -> AnyResponse:
        recent: tuple[Batch, ...] = ()
        if "read" in visit.scopes:
            recent = await self._frame.run(
                partial(self._system.batches.recent, visit.institution, limit=_RECENT)
            )
        return self._frame.page(
            "desk.html", visit, status=status, switch=PATH, recent=recent, faults=faults, own=own
        )

    async def send(self, visit: Visit) -> AnyResponse:
        """Take in an export, to be tried or to be issued."""
        with tempfile.TemporaryFile() as target:  # nobody else can open it, and it is gone with this request
            own = True
            try:
                upload = await self.read(visit, cast("BinaryIO", target))
                own = upload.fields.get("layout") != _CANONICAL
                batch = await self.accepted(visit, upload, cast("BinaryIO", target))
            except FindingsError as error:
                faults = tuple(finding.message for finding in error.findings)
                return await self._front(visit, status=422, faults=faults, own=own)
            except Refused as error:
                if error.problem not in UPLOADS:
                    raise
                return await self._front(
                    visit, status=error.problem.status, faults=(UPLOADS[error.problem],), own=own
                )
        return self._frame.to(visit, f"/batches/{batch.id}", query={"wait": "soon"})

    async def read(self, visit: Visit, target: BinaryIO) -> Upload:
        """Read a form with a file.

        Raises:
            DeskRefused: if it doesn't come from a page of this session, or who sends it may not any more.
            Refused: if it can't be read, or has no file.
        """
        if self._arriving >= self._frame.limits.batches:
            raise Refused(HttpProblem.BUSY)
        self._arriving += 1
        try:
            limits = self._frame.limits
            upload = await read_upload(visit.request, target, octets=limits.batch_octets, limits=limits)
        finally:
            self._arriving -= 1
        visit.demand_token(upload.fields)
        await self._frame.demand_still(visit)
        if upload.name is None:
            raise Refused(HttpProblem.NO_FILE)
        target.seek(0)
        return upload

    async def accepted(
        self,
        visit: Visit,
        upload: Upload,
        target: BinaryIO,
        *,
        replaces: str | None = None,
        reason: str | None = None,
    ) -> Batch:
        """Return the batch that came of an upload; it is issued only where the form says so, and else tried.

        Raises:
            FindingsError: if it can't be taken in.
            DeskRefused: if nothing can be issued.
        """
        own = upload.fields.get("layout") != _CANONICAL
        media_type = _OF_OWN.get(upload.fields.get("encoding", ""), "application/octet-stream")
        if not own and (upload.name or "").lower().endswith(_LINE_SUFFIXES):
            media_type = _LINES
        elif not own and replaces is not None:
            media_type = AWARD
        elif not own:
            media_type = "application/json"
        accept = partial(
            self._system.batches.accept,
            visit.institution,
            target,
            media_type=media_type,
            actor=visit.caller.name,
            intake=None if own else _CANONICAL,
            dry_run=upload.fields.get("how") != "send",
            replaces=replaces,
            reason=reason,
        )
        return await self._issuing(visit, accept)

    async def _issuing(self, visit: Visit, accept: partial[Batch]) -> Batch:
        try:
            return await self._frame.run(accept)
        except (FindingsError, ProposedError, UnknownBatch, UnknownIdentifier):
            raise
        except MikrocertError as error:
            note_fault(visit.request.scope, error)
            raise DeskRefused(DeskProblem.NOT_ISSUING) from error

    async def page(self, visit: Visit) -> AnyResponse:
        """Answer a page of batches, the newest first."""
        before = visit.request.query_params.get("before")
        recent = partial(self._system.batches.recent, visit.institution, before=before, limit=_ON_A_PAGE)
        found = await self._frame.look_up(visit, recent)
        following = found[-1].id if len(found) == _ON_A_PAGE else None
        return self._frame.page("desk_batches.html", visit, batches=found, following=following)

    async def one(self, visit: Visit) -> AnyResponse:
        """Answer how far a batch is and what became of its records; who wants to waits until it has ended, for a while."""
        asked = visit.request.query_params
        batch = await self._frame.look_up(visit, partial(self._found, visit))
        seconds = {"soon": _SOON_SECONDS, "end": _WAIT_SECONDS}.get(asked.get("wait", ""), 0.0)
        if seconds and not batch.ended:
            wait = partial(self._system.batches.wait, visit.institution, batch.id, seconds=seconds)
            batch = await self._frame.run(wait, limiter=self._waiting)
        after = int(asked["after"]) if _is_number(asked.get("after", "")) else 0
        only = {"refused": True, "others": False}.get(asked.get("only", ""))
        results: tuple[BatchResult, ...] = await self._frame.look_up(
            visit,
            partial(
                self._system.batches.results,
                visit.institution,
                batch.id,
                after=after,
                limit=_ON_A_PAGE,
                refused=only,
            ),
        )
        kinds = await self._frame.run(partial(self._faults.gathered, batch)) if not only and not after else ()
        return self._frame.page(
            "desk_batch.html",
            visit,
            switch=f"{PATH}/batches/{batch.id}",
            batch=batch,
            results=results,
            kinds=kinds,
            after=after,
            only=asked.get("only", ""),
            following=results[-1].number if len(results) == _ON_A_PAGE else None,
        )

    def _found(self, visit: Visit) -> Batch:
        return self._system.batches.find(visit.institution, visit.request.path_params["batch"])

    async def tried(self, visit: Visit) -> AnyResponse:
        """Send what a dry run has tried."""
        visit.demand_token(await read_fields(visit.request, limits=self._frame.limits))
        tried = await self._frame.look_up(visit, partial(self._found, visit))
        send = partial(self._system.batches.send, visit.institution, tried.id, actor=visit.caller.name)
        batch = await self._issuing(visit, send)
        return self._frame.to(visit, f"/batches/{batch.id}", query={"wait": "soon"})

    async def cancel(self, visit: Visit) -> AnyResponse:
        """Cancel a batch."""
        visit.demand_token(await read_fields(visit.request, limits=self._frame.limits))
        batch = await self._frame.look_up(visit, partial(self._found, visit))
        await self._frame.run(partial(self._system.batches.cancel, visit.institution, batch.id))
        return self._frame.to(visit, f"/batches/{batch.id}")

    async def faults(self, visit: Visit) -> AnyResponse:
        """Answer what is wrong with its records as a table."""
        return await self._faults.table(visit)

    async def files(self, visit: Visit) -> AnyResponse:
        """Answer the files of everything that came of a batch so far, as a ZIP."""

        def work() -> tuple[Batch, Iterator[bytes]]:
            batch = self._found(visit)
            return batch, self._system.batches.archive_of(visit.institution, batch.id)

        batch, pieces = await self._frame.look_up(visit, work)
        return Stream(
            _streamed(pieces),
            media_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{batch.id}.zip"'},
        )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10  # noqa: PLR2004 - more than any batch has


async def _streamed(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what is made in a thread."""
    while (piece := await to_thread.run_sync(next, pieces, None)) is not None:
        yield piece
