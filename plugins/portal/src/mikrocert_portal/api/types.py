"""Types of micro-credentials of institutions: kept, changed and looked up."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from mikrocert.api import (
    LINES,
    TYPE_ID,
    Finding,
    IntakeError,
    TypeConflict,
    message,
    read_types,
    strict_json,
)

from mikrocert_portal.api.describing import Body, Content, Operation, Parameter, Success
from mikrocert_portal.api.examples import KEPT_TYPE, TYPE
from mikrocert_portal.api.frame import Reply
from mikrocert_portal.api.problems import ApiProblem, ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mikrocert.api import Catalogue, KeptType, Message

    from mikrocert_portal.api.frame import Call, Frame, Handler

__all__ = ["Types", "type_operations"]

T = TypeVar("T")

_JSON = "application/json"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LIMIT = 100
_TYPES = message("Types of micro-credentials, for institutions")


class Types:
    """Answers institutions about their types; of those of others, they learn nothing.

    Args:
        frame: the frame of the API.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._system = frame.system

    @property
    def handlers(self) -> dict[str, Handler]:
        """Name of an operation → what answers it."""
        return {
            "listTypes": self.page,
            "addTypes": self.add,
            "getType": self.one,
            "changeType": self.change,
            "endType": self.end,
            "listVersions": self.versions,
        }

    @property
    def _catalogue(self) -> Catalogue:
        catalogue = self._system.catalogue
        if catalogue is None:
            raise ProblemError(ApiProblem.NO_ARCHIVE)
        return catalogue

    async def page(self, call: Call) -> Reply:
        """Answer a page of types."""
        limit = call.values.get("limit", _LIMIT)

        def work() -> dict[str, Any]:
            types = self._catalogue.types(
                call.institution,
                after=call.values.get("after", ""),
                limit=limit,
                ended=call.values.get("ended"),
            )
            following = types[-1].id if len(types) == limit else None
            return {"types": [self._shown(one) for one in types], "next": following}

        return Reply(await self._frame.run(work))

    async def one(self, call: Call) -> Reply:
        """Answer a type: its newest version, or the one asked for."""

        def work() -> KeptType:
            return self._catalogue.type(
                call.institution, call.values["type"], version=call.values.get("version")
            )

        kept = await self._frame.look_up(call, work)
        return Reply(self._shown(kept), tagged=True, tag=kept.tag)

    async def versions(self, call: Call) -> Reply:
        """Answer the versions of a type."""
        limit = call.values.get("limit", _LIMIT)

        def work() -> dict[str, Any]:
            versions = self._catalogue.versions(
                call.institution, call.values["type"], after=call.values.get("after", 0), limit=limit
            )
            following = versions[-1].version if len(versions) == limit else None
            return {"types": [self._shown(one) for one in versions], "next": following}

        return Reply(await self._frame.look_up(call, work))

    async def add(self, call: Call) -> Reply:
        """Keep one type that is new, or all of a file."""

        async def added(content: bytes) -> Reply:
            return await self._frame.run(partial(self._added, call, content))

        return await self._frame.body(call, octets=self._frame.limits.upload_octets, work=added)

    def _added(self, call: Call, content: bytes) -> Reply:
        kind, options = call.request.content_type
        alone = kind == _JSON and _is_one(content)
        types = read_types(content, encoding=options.get("charset") if kind == "text/csv" else None)
        how: dict[str, Any] = self._how(call)
        if alone:
            kept, created = _refusing(partial(self._catalogue.create, call.institution, types[0], **how))
            created = created and not how["dry_run"]
            headers = {"Location": self._address(kept)} if created else {}
            return Reply(self._shown(kept), status=201 if created else 200, headers=headers, tag=kept.tag)
        done = self._catalogue.keep(call.institution, types, **how)
        return Reply({"types": [self._shown(one) for one, _ in done], "next": None})

    async def change(self, call: Call) -> Reply:
        """Keep a new version of a type."""

        async def changed(content: bytes) -> Reply:
            # What there isn't can't be changed, whatever is sent.
            find = partial(self._catalogue.type, call.institution, call.values["type"])
            there = await self._frame.look_up(call, find)
            return await self._frame.run(partial(self._changed, call, content, there))

        return await self._frame.body(call, octets=self._frame.limits.award_octets, work=changed)

    def _changed(self, call: Call, content: bytes, there: KeptType) -> Reply:
        wanted = call.request.headers.get("if-match", "*").strip()
        tags = {one.strip() for one in wanted.split(",")}
        if "*" not in tags and f'"{there.tag}"' not in tags:
            raise ProblemError(ApiProblem.OTHER_VERSION)
        if not _is_one(content):
            raise IntakeError([_NOT_ONE])
        types = read_types(content)
        if types[0].content is not None and types[0].id != there.id:
            raise IntakeError([_OTHER_ID])
        tag = None if "*" in tags else there.tag
        work = partial(self._catalogue.change, call.institution, types[0], tag=tag, **self._how(call))
        kept, _ = _refusing(work)
        return Reply(self._shown(kept), tag=kept.tag)

    async def end(self, call: Call) -> Reply:
        """End a type."""

        def work() -> KeptType:
            return _refusing(
                partial(
                    self._catalogue.end,
                    call.institution,
                    call.values["type"],
                    actor=call.name,
                    at=datetime.now(UTC),
                )
            )

        kept = await self._frame.look_up(call, work)
        return Reply(self._shown(kept), tag=kept.tag)

    @staticmethod
    def _how(call: Call) -> dict[str, Any]:
        dry_run = bool(call.values.get("dry_run"))
        return {"actor": call.name, "at": datetime.now(UTC), "dry_run": dry_run}

    def _address(self, kept: KeptType) -> str:
        return f"{self._frame.base}/types/{kept.id}"

    def _shown(self, kept: KeptType) -> dict[str, Any]:
        address = self._address(kept)
        return {**kept.to_json(), "address": address, "versions": f"{address}/versions"}


def _is_one(content: bytes) -> bool:
    """Return whether a document is one type, and not an object with several.

    Raises:
        IntakeError: if it is none of both.
    """
    document = strict_json.loads(content, refuse=IntakeError)
    if not isinstance(document, dict):
        raise IntakeError([_NOT_ONE])
    return "types" not in document


def _refusing(work: Callable[[], T]) -> T:
    """Do something, and tell what doesn't go together with what there is as a problem.

    Raises:
        ProblemError: if it doesn't.
    """
    try:
        return work()
    except TypeConflict as error:
        raise ProblemError(ApiProblem.TYPE_CONFLICT, detail=error.message) from error


_NOT_ONE = Finding.error("wrong-type", 'this is no type such as {"id": "DATA1", …}')
_OTHER_ID = Finding.error("other-id", "the address names another type; its id never changes", path="id")


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _id(name: str, about: Message, *, where: Literal["path", "query"]) -> Parameter:
    schema = {"type": "string", "minLength": 1, "maxLength": 100, "pattern": TYPE_ID}
    return Parameter(name, about, schema, "DATA1", where=where)


def _number(name: str, about: Message, example: str, **bounds: int) -> Parameter:
    return Parameter(name, about, {"type": "integer", **bounds}, example)


def type_operations() -> tuple[Operation, ...]:
    """Return the operations of types."""
    named = _id("type", message("What the institution calls the type."), where="path")
    limit = _number("limit", message("How many at most."), "50", minimum=1, maximum=100, default=100)
    dry_run = Parameter(
        "dry_run",
        message("Whether to judge everything and to keep nothing."),
        {"type": "boolean", "default": False},
        "true",
    )
    kept = {_JSON: Content(_ref("KeptType"), KEPT_TYPE)}
    page = {_JSON: Content(_ref("KeptTypes"), {"types": [KEPT_TYPE], "next": None})}
    octets = Content({"type": "string", "format": "binary"})
    return (
        Operation(
            "listTypes",
            "GET",
            "/types",
            _TYPES,
            message("List types"),
            message("Answers the newest version of each type of the institution, by id."),
            scopes=("read",),
            parameters=(
                _id("after", message("Where to go on: “next” of the page before."), where="query"),
                limit,
                Parameter(
                    "ended",
                    message("Whether only ended types are wanted, or only others."),
                    {"type": "boolean"},
                    "false",
                ),
            ),
            answers=(Success(200, message("A page."), page),),
        ),
        Operation(
            "addTypes",
            "POST",
            "/types",
            _TYPES,
            message("Keep types"),
            message(
                "Keeps one type that is new, or all types of a file or none: those that are new, and new versions of those that say "
                "something else now. All faults are told at once, each with its row. Whoever sends the same again changes nothing."
            ),
            scopes=("issue",),
            parameters=(dry_run,),
            body=Body(
                message("One type; or several as JSON, one a line, as a table or as a workbook."),
                {
                    _JSON: Content({"anyOf": [_ref("Type"), _ref("TypesToKeep")]}, TYPE),
                    **dict.fromkeys(sorted(LINES), Content({"type": "string"})),
                    **dict.fromkeys(("text/csv", _SHEET), octets),
                },
                largest="upload_octets",
            ),
            answers=(
                Success(201, message("The type is kept now."), kept, ("Location", "ETag")),
                Success(
                    200,
                    message(
                        "It was kept before: the same type. Or what is kept now of a file, or would be in a dry run."
                    ),
                    {_JSON: Content({"anyOf": [_ref("KeptType"), _ref("KeptTypes")]}, KEPT_TYPE)},
                    ("ETag",),
                ),
            ),
            problems=(ApiProblem.TYPE_CONFLICT, ApiProblem.REFUSED),
        ),
        Operation(
            "getType",
            "GET",
            "/types/{type}",
            _TYPES,
            message("Show a type"),
            message("Answers what a type says: its newest version, or the one asked for."),
            scopes=("read",),
            parameters=(
                named,
                _number(
                    "version",
                    message("The version that is wanted; without it, the newest."),
                    "1",
                    minimum=1,
                    maximum=999_999_999,
                ),
            ),
            answers=(Success(200, message("The type."), kept, ("ETag",)),),
        ),
        Operation(
            "changeType",
            "PUT",
            "/types/{type}",
            _TYPES,
            message("Change a type"),
            message(
                "Keeps a new version of a type; the old ones stay, and what was issued stays as it is. “If-Match” with the ETag of what was "
                "changed sees to it that nobody else's change is lost."
            ),
            scopes=("issue",),
            conditional=True,
            parameters=(named, dry_run),
            body=Body(
                message("The whole type, as “type” of what was shown."), {_JSON: Content(_ref("Type"), TYPE)}
            ),
            answers=(Success(200, message("The type as it is kept now."), kept, ("ETag",)),),
            problems=(ApiProblem.TYPE_CONFLICT, ApiProblem.OTHER_VERSION, ApiProblem.REFUSED),
        ),
        Operation(
            "endType",
            "POST",
            "/types/{type}/end",
            _TYPES,
            message("End a type"),
            message("Ends a type for good: no award takes it from then on. What was issued stays as it is."),
            scopes=("issue",),
            parameters=(named,),
            answers=(Success(200, message("The type as it ended."), kept, ("ETag",)),),
            problems=(ApiProblem.TYPE_CONFLICT,),
        ),
        Operation(
            "listVersions",
            "GET",
            "/types/{type}/versions",
            _TYPES,
            message("List versions"),
            message("Answers the versions of a type, the oldest first."),
            scopes=("read",),
            parameters=(
                named,
                _number(
                    "after",
                    message("Where to go on: “next” of the page before."),
                    "1",
                    minimum=0,
                    maximum=999_999_999,
                    default=0,
                ),
                limit,
            ),
            answers=(
                Success(
                    200,
                    message("A page."),
                    {_JSON: Content(_ref("TypeVersions"), {"types": [KEPT_TYPE], "next": None})},
                ),
            ),
        ),
    )
