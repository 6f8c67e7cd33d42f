"""Types of micro-credentials at the desk: what an institution keeps, and what came of a file with some."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from litestar.response import Response
from mikrocert.api import (
    ArchiveError,
    FindingsError,
    UnknownType,
    codelist,
    message,
    read_types,
    strict_json,
)

from mikrocert_portal.desk.frame import PATH
from mikrocert_portal.desk.problems import UPLOADS
from mikrocert_portal.errors import HttpProblem, Refused
from mikrocert_portal.uploads import read_fields

if TYPE_CHECKING:
    from typing import BinaryIO

    from mikrocert.api import Catalogue, Finding, KeptType, Message

    from mikrocert_portal.desk.batches import Batches
    from mikrocert_portal.desk.frame import AnyResponse, Frame, Visit

__all__ = ["Types"]

_ON_A_PAGE: Final = 50
_MOST_VERSIONS: Final = 100
_DIGITS: Final = 9


class Types:
    """Answers about the types of an institution.

    Args:
        frame: the frame of the desk.
        batches: reads files that are sent.
    """

    def __init__(self, frame: Frame, *, batches: Batches) -> None:
        self._frame = frame
        self._system = frame.system
        self._batches = batches

    @property
    def _catalogue(self) -> Catalogue:
        catalogue = self._system.catalogue
        if catalogue is None:
            raise ArchiveError(message("there is no archive, so that no types are kept"))
        return catalogue

    async def page(self, visit: Visit) -> AnyResponse:
        """Answer a page of types: the newest version of each."""
        return await self._page(visit)

    async def _page(
        self,
        visit: Visit,
        *,
        status: int = 200,
        faults: tuple[Message, ...] = (),
        done: tuple[tuple[KeptType, bool], ...] = (),
        tried: bool = False,
    ) -> AnyResponse:
        after = visit.request.query_params.get("after", "")
        types: tuple[KeptType, ...] = ()
        if "read" in visit.scopes:
            find = partial(self._catalogue.types, visit.institution, after=after, limit=_ON_A_PAGE)
            types = await self._frame.run(find)
        return self._frame.page(
            "desk_types.html",
            visit,
            status=status,
            switch=f"{PATH}/types",
            types=types,
            following=types[-1].id if len(types) == _ON_A_PAGE else None,
            faults=faults,
            done=done,
            tried=tried,
        )

    async def send(self, visit: Visit) -> AnyResponse:
        """Take in a file with types, to be tried or to be kept: all of it or nothing."""
        with tempfile.TemporaryFile() as target:  # nobody else can open it, and it is gone with this request
            try:
                upload = await self._batches.read(visit, cast("BinaryIO", target))
                tried = upload.fields.get("how") != "keep"
                content = target.read(strict_json.LARGEST + 1)
                keep = partial(self._kept, visit, content, dry_run=tried)
                done = await self._frame.run(keep)
            except FindingsError as error:
                return await self._page(visit, status=422, faults=tuple(map(_fault, error.findings)))
            except Refused as error:
                if error.problem not in UPLOADS:
                    raise
                return await self._page(visit, status=error.problem.status, faults=(UPLOADS[error.problem],))
        return await self._page(visit, done=done, tried=tried)

    def _kept(self, visit: Visit, content: bytes, *, dry_run: bool) -> tuple[tuple[KeptType, bool], ...]:
        if len(content) > strict_json.LARGEST:
            raise Refused(HttpProblem.TOO_LARGE)
        how: dict[str, Any] = {"actor": visit.caller.name, "at": datetime.now(UTC), "dry_run": dry_run}
        return self._catalogue.keep(visit.institution, read_types(content), **how)

    def _found(self, visit: Visit) -> KeptType:
        """Return the version of a type that is asked for: the newest one where none is.

        Raises:
            UnknownType: if the institution has none, whoever else has.
        """
        text = visit.request.query_params.get("version", "")
        named = text.isascii() and text.isdecimal() and len(text) <= _DIGITS and int(text) > 0
        type_id = visit.request.path_params["type"]
        if text and not named:
            raise UnknownType(message("there is no such version"))
        return self._catalogue.type(visit.institution, type_id, version=int(text) if named else None)

    async def one(self, visit: Visit) -> AnyResponse:
        """Answer what a type says, and its versions."""

        def work() -> tuple[KeptType, tuple[KeptType, ...]]:
            kept = self._found(visit)
            return kept, self._catalogue.versions(visit.institution, kept.id, limit=_MOST_VERSIONS)

        kept, versions = await self._frame.look_up(visit, work)
        content = kept.content
        return self._frame.page(
            "desk_type.html",
            visit,
            kept=kept,
            versions=versions[::-1],
            level=None if content.level is None else f"{content.level.eqf}",
            fields=[(code, _named("isced-f", code)) for code in content.thematic_areas],
            taught_in=[_named("language", code) for code in content.languages],
            mode=None if content.participation is None else _named("mode", content.participation.mode),
            assessed_by=[one.title or _named("assessment", one.type) for one in content.assessments],
        )

    async def file(self, visit: Visit) -> AnyResponse:
        """Answer a version of a type as a file, which can be changed and sent again."""
        kept = await self._frame.look_up(visit, partial(self._found, visit))
        body = strict_json.dumps(kept.to_json()["type"], indent=2).encode()
        name = "".join(sign if sign.isalnum() else "-" for sign in kept.id)
        return Response(
            body,
            media_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{name}-{kept.version}.json"'},
        )

    async def end(self, visit: Visit) -> AnyResponse:
        """End a type for good."""
        fields = await read_fields(visit.request, limits=self._frame.limits)
        visit.demand_token(fields)
        how: dict[str, Any] = {"actor": visit.caller.name, "at": datetime.now(UTC)}
        type_id = visit.request.path_params["type"]
        end = partial(self._catalogue.end, visit.institution, type_id, **how)
        kept = await self._frame.look_up(visit, end)
        return self._frame.to(visit, f"/types/{kept.id}")


def _fault(finding: Finding) -> Message:
    if not finding.path:
        return finding.message
    return message("{path}: {fault}", path=finding.path, fault=finding.message)


def _named(name: str, code: str) -> Message | str:
    """Return what a code of a list is called; a code that the list has no more stands for itself."""
    codes = codelist(name)
    return codes.get(code).name if code in codes else code
