"""Verifying, for everybody: a file, or an identifier."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio
from mikrocert.api import Finding, awards_schema, report_schema, report_to_json

from mikrocert_portal.api.frame import Reply
from mikrocert_portal.api.problems import ApiProblem, ProblemError

if TYPE_CHECKING:
    from mikrocert.api import Report

    from mikrocert_portal.api.frame import Call, Frame, Handler

__all__ = ["Verifying"]

_PUBLIC = {"Cache-Control": "public, max-age=3600"}
_SCHEMA = "application/schema+json"


class Verifying:
    """Answers verifiers.

    Args:
        frame: the frame of the API.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._system = frame.system
        # Of its own, so that what is asked by identifier never waits for what strangers send.
        self._uploads = anyio.CapacityLimiter(frame.limits.verifications)

    @property
    def handlers(self) -> dict[str, Handler]:
        """Name of an operation → what answers it."""
        return {
            "verifyFile": self.file,
            "verifyIdentifier": self.identifier,
            "reportSchema": self.report_schema,
            "awardSchema": self.award_schema,
        }

    async def file(self, call: Call) -> Reply:
        """Verify the octets of a file."""

        async def verified(content: bytes) -> Reply:
            if not content:
                raise ProblemError(ApiProblem.REFUSED, findings=[_EMPTY])
            report = await self._frame.run(
                partial(self._system.verify_confined, content), limiter=self._uploads
            )
            # Writing the answer takes the longer the more a stranger's file says; nobody else waits for it.
            return await self._frame.run(partial(self._reply, report), limiter=self._uploads)

        return await self._frame.body(call, octets=self._frame.limits.upload_octets, work=verified)

    async def identifier(self, call: Call) -> Reply:
        """Verify what the archive holds under an identifier."""
        work = partial(self._system.sharing.by_identifier, call.values["identifier"])
        display = await self._frame.look_up(call, work)
        return await self._frame.run(partial(self._reply, display.disclosed.report))

    def _reply(self, report: Report) -> Reply:
        return Reply(report_to_json(report, texts=self._system.texts))

    async def report_schema(self, _: Call) -> Reply:
        """Answer the JSON Schema of the report."""
        return Reply(report_schema(), media_type=_SCHEMA, headers=_PUBLIC, tagged=True)

    async def award_schema(self, _: Call) -> Reply:
        """Answer the JSON Schema of awards."""
        return Reply(awards_schema(), media_type=_SCHEMA, headers=_PUBLIC, tagged=True)


_EMPTY = Finding.error("empty-file", "the file is empty; send its octets as the body of the request")
