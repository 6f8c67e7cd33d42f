"""Batches of institutions: sent, watched, cancelled, and what came of them."""

from __future__ import annotations

import tempfile
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
from anyio import to_thread
from mikrocert.api import (
    LINES,
    Finding,
    FindingsError,
    MikrocertError,
    ProposedError,
    Severity,
    message,
)

from mikrocert_portal.api.frame import Reply
from mikrocert_portal.api.problems import ApiProblem, ProblemError, finding_in
from mikrocert_portal.observing import note_fault
from mikrocert_portal.uploads import read_to_file

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from typing import BinaryIO

    from mikrocert.api import Batch, BatchResult, Texts

    from mikrocert_portal.api.frame import Call, Frame, Handler

__all__ = ["Batches", "batch_to_json"]

_CANONICAL = "json"
_JSON = "application/json"
_AGAIN_SECONDS = 60
_BUSY_SECONDS = 10
_LIMIT = 100
_READ_AT_ONCE = 1024 * 1024


def batch_to_json(batch: Batch, *, base: str, texts: Texts, language: str) -> dict[str, Any]:
    """Return how far a batch is, and where to ask what came of it.

    Args:
        batch: the batch.
        base: address of the API.
        texts: catalogues.
        language: language of what people read.
    """
    address = f"{base}/batches/{batch.id}"
    return {
        "batch": batch.id,
        "state": batch.state.value,
        "dry_run": batch.options.dry_run,
        "accepted_at": batch.accepted_at.isoformat(timespec="seconds"),
        "ended_at": None if batch.ended_at is None else batch.ended_at.isoformat(timespec="seconds"),
        "forgotten_at": None
        if batch.forgotten_at is None
        else batch.forgotten_at.isoformat(timespec="seconds"),
        "total": batch.total,
        "done": batch.done,
        "issued": batch.issued,
        "repeated": batch.repeated,
        "passed": batch.passed,
        "refused": batch.refused,
        "findings": [finding_in(finding, texts=texts, language=language) for finding in batch.findings],
        "address": address,
        "results": f"{address}/results",
        "files": f"{address}/files",
    }


class Batches:
    """Answers institutions about batches.

    Args:
        frame: the frame of the API.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._system = frame.system
        self._arriving = 0
        self._waiting = anyio.CapacityLimiter(frame.limits.waiting)

    @property
    def handlers(self) -> dict[str, Handler]:
        """Name of an operation → what answers it."""
        return {
            "sendBatch": self.send,
            "listBatches": self.page,
            "getBatch": self.one,
            "listResults": self.results,
            "getFiles": self.files,
            "cancelBatch": self.cancel,
        }

    async def send(self, call: Call) -> Reply:
        """Take in a batch."""
        if self._arriving >= self._frame.limits.batches:
            raise ProblemError(ApiProblem.BUSY, retry_after=_BUSY_SECONDS)
        self._arriving += 1
        try:
            # Nobody else can open it, and it is gone with this request.
            with tempfile.TemporaryFile() as target:
                limits = self._frame.limits
                await read_to_file(call.request, target, octets=limits.batch_octets, limits=limits)
                await self._frame.demand_still(call)
                target.seek(0)
                batch = await self._frame.run(partial(self._accepted, call, target))
        finally:
            self._arriving -= 1
        return Reply(
            self._shown(call, batch),
            status=202,
            headers={"Location": f"{self._frame.base}/batches/{batch.id}", "Retry-After": "5"},
        )

    def _accepted(self, call: Call, target: BinaryIO) -> Batch:
        kind, options = call.request.content_type
        media_type = f"{kind}; charset={options['charset']}" if "charset" in options else kind
        own = kind != _JSON and kind not in LINES
        intake = self._intake(call, kind) or (None if own else _CANONICAL)
        accept = partial(
            self._system.batches.accept,
            call.institution,
            target,
            media_type=media_type,
            actor=call.name,
            intake=intake,
            dry_run=bool(call.values.get("dry_run")),
        )
        try:
            return self._frame.once(call, _parts(target, media_type), accept)
        except (FindingsError, ProblemError, ProposedError):
            raise
        except MikrocertError as error:
            note_fault(call.request.scope, error)
            raise ProblemError(ApiProblem.NOT_ISSUING, retry_after=_AGAIN_SECONDS) from error

    def _intake(self, call: Call, kind: str) -> str | None:
        """Return the intake that a request names, or none.

        Raises:
            ProblemError: if it is none of the institution's, or lines can't be read by it.
        """
        named: str | None = call.values.get("intake")
        if named is None:
            return None
        intakes = (_CANONICAL,) if kind in LINES else self._system.intakes_of(call.institution)
        if named not in intakes:
            fault = message("it has to be one of: {values:comma}", values=intakes)
            raise ProblemError(
                ApiProblem.WRONG_PARAMETER,
                findings=[Finding("wrong-value", Severity.ERROR, fault, "intake")],
            )
        return named

    def _shown(self, call: Call, batch: Batch) -> dict[str, Any]:
        return batch_to_json(batch, base=self._frame.base, texts=self._system.texts, language=call.language)

    async def page(self, call: Call) -> Reply:
        """Answer batches, the newest first."""
        limit = call.values.get("limit", _LIMIT)

        def work() -> list[Batch]:
            batches = self._system.batches
            found = batches.recent(call.institution, before=call.values.get("before"), limit=limit)
            return [
                batches.find(call.institution, batch.id) for batch in found
            ]  # which says why it is unusable

        found = await self._frame.look_up(call, work)
        following = found[-1].id if len(found) == limit else None
        return Reply({"batches": [self._shown(call, batch) for batch in found], "next": following})

    async def one(self, call: Call) -> Reply:
        """Answer how far a batch is, at once or when it has ended."""
        seconds = call.values.get("wait", 0)
        find = partial(self._system.batches.find, call.institution, call.values["batch"])
        batch = await self._frame.look_up(call, find)
        if seconds and not batch.ended:
            wait = partial(self._system.batches.wait, call.institution, batch.id, seconds=seconds)
            batch = await self._frame.run(wait, limiter=self._waiting)
        return Reply(self._shown(call, batch))

    async def results(self, call: Call) -> Reply:
        """Answer what became of records so far."""
        values, limit = call.values, call.values.get("limit", _LIMIT)

        def work() -> dict[str, Any]:
            batch = self._system.batches.find(call.institution, values["batch"])
            found = self._system.batches.results(
                call.institution,
                batch.id,
                after=values.get("after", 0),
                limit=limit,
                refused=values.get("refused"),
            )
            ended = batch.ended and len(found) < limit
            following = found[-1].number if found else values.get("after", 0)
            return {
                "results": [self._result(call, result) for result in found],
                "next": None if ended else following,
            }

        return Reply(await self._frame.look_up(call, work))

    def _result(self, call: Call, result: BatchResult) -> dict[str, Any]:
        identifier = result.identifier
        return {
            "number": result.number,
            "row": result.row,
            "line": result.line,
            "evidence_number": result.evidence_number,
            "refused": result.refused,
            "created": result.created,
            "identifier": identifier,
            "link": None if identifier is None else self._system.link(identifier),
            "credential": None if identifier is None else f"{self._frame.base}/credentials/{identifier}",
            "findings": [
                finding_in(finding, texts=self._system.texts, language=call.language)
                for finding in result.findings
            ],
        }

    async def files(self, call: Call) -> Reply:
        """Answer the files of everything that came of a batch so far, as a ZIP."""
        work = partial(self._system.batches.archive_of, call.institution, call.values["batch"])
        pieces = await self._frame.look_up(call, work)
        name = f"{call.values['batch']}.zip"
        return Reply(
            _streamed(pieces),
            media_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    async def cancel(self, call: Call) -> Reply:
        """Cancel a batch."""
        work = partial(self._system.batches.cancel, call.institution, call.values["batch"])
        return Reply(self._shown(call, await self._frame.look_up(call, work)))


async def _streamed(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what is made in a thread."""
    while (piece := await to_thread.run_sync(next, pieces, None)) is not None:
        yield piece


def _parts(target: BinaryIO, media_type: str) -> Iterator[bytes]:
    """Yield what was sent, and leave the file as it was."""
    yield media_type.encode()
    while part := target.read(_READ_AT_ONCE):
        yield part
    target.seek(0)
