"""What holders decide, done for them by their universities: holder's links, shares, the access of the permanent link.

A university signs its students in and does here what they would do on their own page. Notes that a holder wrote stay the holder's: only
those of shares that the university itself made come back.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs
from mikrocert.api import (
    LONGEST_NOTE,
    MOST_OPENINGS,
    MOST_SHARES,
    Access,
    ErasedError,
    Finding,
    IntakeError,
    NewShare,
    ShareRefused,
    ShareScope,
    UnknownShare,
    message,
    strict_json,
    structured,
)

from mikrocert_portal.api.describing import Body, Content, Operation, Parameter, Success
from mikrocert_portal.api.examples import ACCESS, HOLDER_LINK, HOLDER_LINKS, IDENTIFIER, MADE_SHARE, SHARE
from mikrocert_portal.api.frame import Reply
from mikrocert_portal.api.problems import ApiProblem

if TYPE_CHECKING:
    from mikrocert.api import Share

    from mikrocert_portal.api.credentials import Credentials
    from mikrocert_portal.api.frame import Call, Frame, Handler

__all__ = ["SharingOfHolders", "sharing_operations", "sharing_schemas"]

_LIMIT: Final = 100
_DIGITS: Final = 6
_JSON: Final = "application/json"
_GROUP = message("Sharing, for holders and by their institutions")


@attrs.frozen
class _Wish:
    """What is sent to make a share.

    Args:
        scope: what it shows.
        until: the moment (RFC 3339) from which on it opens nothing, or none.
        most: how often it can be opened, or none.
        note: for whom, or none.
    """

    scope: str
    until: str | None = None
    most: int | None = None
    note: str | None = None


@attrs.frozen
class _Decision:
    """What is sent to decide what the permanent link shows."""

    access: str


def share_to_json(share: Share, *, at: datetime) -> dict[str, Any]:
    """Return a share as its institution may see it: a note that the holder wrote stays out.

    Args:
        share: the share.
        at: now (aware).
    """
    end = share.end(at)
    return {
        "number": share.number,
        "scope": share.scope.value,
        "until": None if share.until is None else share.until.isoformat(timespec="seconds"),
        "most": share.most,
        "note": share.note if share.link is None else None,
        "made_by": "holder" if share.link is not None else "institution",
        "made_at": share.made_at.isoformat(timespec="seconds"),
        "opened": share.opened,
        "openings": dict(share.openings),
        "ended": None if end is None else end.reason.value,
        "ended_on": None if end is None or end.on is None else end.on.isoformat(),
    }


class SharingOfHolders:
    """Answers institutions about what holders of their credentials share.

    Args:
        frame: the frame of the API.
        credentials: knows whose a credential is.
    """

    def __init__(self, frame: Frame, credentials: Credentials) -> None:
        self._frame = frame
        self._system = frame.system
        self._credentials = credentials

    @property
    def handlers(self) -> dict[str, Handler]:
        """Name of an operation → what answers it."""
        return {
            "makeHolderLink": self.holder_link,
            "makeHolderLinks": self.holder_links,
            "listShares": self.page,
            "makeShare": self.make,
            "withdrawShare": self.withdraw,
            "getAccess": self.access,
            "setAccess": self.set_access,
        }

    def _own(self, call: Call) -> str:
        return self._credentials.own(call).registration.identifier

    async def holder_link(self, call: Call) -> Reply:
        """Make a new holder's link, told once."""

        def work() -> dict[str, str]:
            identifier = self._own(call)
            link = self._system.new_holder_link(identifier, actor=call.name)
            return {"identifier": identifier, "holder_link": link}

        return Reply(await self._frame.look_up(call, work))

    async def holder_links(self, call: Call) -> Reply:
        """Make the holder's links of what a batch issued, of those that have none yet."""
        limit = call.values.get("limit", _LIMIT)

        def work() -> dict[str, Any]:
            batches, sharing = self._system.batches, self._system.sharing
            after = call.values.get("after", 0)
            results = batches.results(
                call.institution, call.values["batch"], after=after, limit=limit, refused=False
            )
            made: list[dict[str, Any]] = []
            for result in results:
                if result.identifier is not None and result.created:
                    try:
                        link = sharing.first_holder_link(result.identifier)
                    except ErasedError:  # those before it are made, and told this once
                        link = None
                    made.append(
                        {
                            "identifier": result.identifier,
                            "evidence_number": result.evidence_number,
                            "holder_link": link,
                        }
                    )
            following = results[-1].number if len(results) == limit else None
            return {"holder_links": made, "next": following}

        return Reply(await self._frame.look_up(call, work))

    async def page(self, call: Call) -> Reply:
        """Answer shares, the newest first."""
        limit = call.values.get("limit", _LIMIT)

        def work() -> dict[str, Any]:
            shares = self._system.sharing.shares(
                self._own(call), before=call.values.get("before"), limit=limit
            )
            following = shares[-1].number if len(shares) == limit and shares[-1].number > 1 else None
            return {
                "shares": [share_to_json(one, at=self._frame.now()) for one in shares],
                "next": following,
            }

        return Reply(await self._frame.look_up(call, work))

    async def make(self, call: Call) -> Reply:
        """Make a share for a holder; its link is told once."""

        async def sent(content: bytes) -> Reply:
            identifier = await self._frame.look_up(call, partial(self._own, call))
            document = strict_json.loads(content, refuse=IntakeError)
            new = _new_share(structured(document, _Wish, refuse=IntakeError))
            made = await self._frame.run(partial(self._system.sharing.make, identifier, new))
            address = f"{self._frame.base}/credentials/{identifier}/shares/{made.share.number}"
            shown = {**share_to_json(made.share, at=self._frame.now()), "link": made.link}
            return Reply(shown, status=201, headers={"Location": address})

        return await self._frame.body(call, octets=self._frame.limits.award_octets, work=sent)

    async def withdraw(self, call: Call) -> Reply:
        """Withdraw a share, whoever made it."""

        def work() -> dict[str, Any]:
            number = call.values["number"]
            if not (number.isascii() and number.isdecimal() and len(number) <= _DIGITS):
                raise UnknownShare
            share = self._system.sharing.withdraw(self._own(call), int(number))
            return share_to_json(share, at=self._frame.now())

        return Reply(await self._frame.look_up(call, work))

    async def access(self, call: Call) -> Reply:
        """Answer what the permanent link shows."""

        def work() -> dict[str, str]:
            return {"access": self._system.sharing.access(self._own(call)).value}

        return Reply(await self._frame.look_up(call, work))

    async def set_access(self, call: Call) -> Reply:
        """Decide for a holder what the permanent link shows."""

        async def sent(content: bytes) -> Reply:
            identifier = await self._frame.look_up(call, partial(self._own, call))
            document = strict_json.loads(content, refuse=IntakeError)
            wished = structured(document, _Decision, refuse=IntakeError).access
            access = next((one for one in Access if one.value == wished), None)
            if access is None:
                raise ShareRefused([_one_of("access", [one.value for one in Access])])
            work = partial(self._system.sharing.set_access, identifier, access, actor=call.name)
            await self._frame.run(work)
            return Reply({"access": access.value})

        return await self._frame.body(call, octets=self._frame.limits.award_octets, work=sent)


def _new_share(wish: _Wish) -> NewShare:
    scope = next((one for one in ShareScope if one.value == wish.scope), None)
    faults: list[Finding] = []
    if scope is None:
        faults.append(_one_of("scope", [one.value for one in ShareScope]))
    until = None
    if wish.until is not None:
        try:
            until = datetime.fromisoformat(wish.until)
            until = until if until.tzinfo is None else until.astimezone(UTC)
        except (ValueError, OverflowError):
            faults.append(
                Finding.error(
                    "no-moment", "this is no moment, such as 2027-03-31T22:00:00Z would be", path="until"
                )
            )
    if faults or scope is None:
        raise ShareRefused(faults)
    return NewShare(scope, until=until, most=wish.most, note=wish.note)


def _one_of(path: str, words: list[str]) -> Finding:
    return Finding.error("wrong-value", "one of these would be right: {words:comma}", path=path, words=words)


def _json(name: str, example: Any) -> dict[str, Content]:  # noqa: ANN401 - any JSON
    return {_JSON: Content({"$ref": f"#/components/schemas/{name}"}, example)}


def sharing_operations(identifier: Parameter, batch: Parameter, limit: Parameter) -> tuple[Operation, ...]:
    """Return the operations.

    Args:
        identifier: the parameter that names a credential.
        batch: the parameter that names a batch.
        limit: the parameter that says how many at most.
    """
    number = Parameter(
        "number",
        message("Number of the share."),
        {"type": "string", "minLength": 1, "maxLength": 6, "pattern": "^[1-9][0-9]*$"},
        "3",
        where="path",
    )
    before = Parameter(
        "before",
        message("Number of the share before which to begin: “next” of the page before."),
        {"type": "integer", "minimum": 1, "maximum": MOST_SHARES + 1},
        "100",
    )
    after = Parameter(
        "after",
        message("Number of the record after which to begin: “next” of the page before."),
        {"type": "integer", "minimum": 0, "maximum": 999_999_999, "default": 0},
        "100",
    )
    of_one = "/credentials/{identifier}"
    return (
        Operation(
            "makeHolderLink",
            "POST",
            f"{of_one}/holder-link",
            _GROUP,
            message("Make a new holder's link"),
            message(
                "Makes a new holder's link and answers it, once: whoever has it is the holder. Those before open nothing any more. It belongs to the learner "
                "alone, in no log and on no certificate."
            ),
            scopes=("issue",),
            parameters=(identifier,),
            answers=(Success(200, message("The link."), _json("HolderLink", HOLDER_LINK)),),
            problems=(ApiProblem.ERASED,),
        ),
        Operation(
            "makeHolderLinks",
            "POST",
            "/batches/{batch}/holder-links",
            _GROUP,
            message("Make the holder's links of a batch"),
            message(
                "Makes the holder's links of what a batch issued and answers them, page by page and each once; null where there was one before."
            ),
            scopes=("issue",),
            parameters=(batch, after, limit),
            answers=(Success(200, message("The links."), _json("HolderLinks", HOLDER_LINKS)),),
            problems=(ApiProblem.ERASED,),
        ),
        Operation(
            "listShares",
            "GET",
            f"{of_one}/shares",
            _GROUP,
            message("List shares"),
            message(
                "Answers the shares of a credential, the newest first, with what they show, how often they were opened and how they ended. "
                "Notes and links of those that the holder made are the holder's."
            ),
            scopes=("read",),
            parameters=(identifier, before, limit),
            answers=(Success(200, message("A page."), _json("Shares", {"shares": [SHARE], "next": None})),),
        ),
        Operation(
            "makeShare",
            "POST",
            f"{of_one}/shares",
            _GROUP,
            message("Make a share"),
            message("Makes a share for the holder, who asked for it, and answers its link, once."),
            scopes=("issue",),
            parameters=(identifier,),
            body=Body(
                message("What it shows and until when."),
                _json("NewShare", {"scope": "without-grade", "until": "2027-03-31T22:00:00Z", "most": 5}),
            ),
            answers=(
                Success(
                    201, message("The share, with its link."), _json("MadeShare", MADE_SHARE), ("Location",)
                ),
            ),
            problems=(ApiProblem.ERASED, ApiProblem.REFUSED),
        ),
        Operation(
            "withdrawShare",
            "DELETE",
            f"{of_one}/shares/{{number}}",
            _GROUP,
            message("Withdraw a share"),
            message("Has a share open nothing any more; withdrawing it again changes nothing."),
            scopes=("issue",),
            parameters=(identifier, number),
            answers=(
                Success(
                    200,
                    message("The share."),
                    _json("Share", {**SHARE, "ended": "withdrawn", "ended_on": "2026-12-01"}),
                ),
            ),
        ),
        Operation(
            "getAccess",
            "GET",
            f"{of_one}/access",
            _GROUP,
            message("Show what the permanent link shows"),
            message(
                "Answers what the permanent link shows: as the holder decided, else as the operator set it."
            ),
            scopes=("read",),
            parameters=(identifier,),
            answers=(Success(200, message("The access."), _json("Access", ACCESS)),),
        ),
        Operation(
            "setAccess",
            "PUT",
            f"{of_one}/access",
            _GROUP,
            message("Decide what the permanent link shows"),
            message(
                "Decides for the holder, who asked for it, what the permanent link shows: `open` everything except birth data and files, `summary` verdict, "
                "title and initials, `closed` that the holder has closed the access. That it was revoked or replaced is always told."
            ),
            scopes=("issue",),
            parameters=(identifier,),
            body=Body(message("What it shows."), _json("Access", ACCESS)),
            answers=(Success(200, message("The access."), _json("Access", ACCESS)),),
            problems=(ApiProblem.ERASED, ApiProblem.REFUSED),
        ),
    )


def sharing_schemas() -> dict[str, Any]:
    """Return the JSON Schemas of what these operations send and answer."""
    text, moment = {"type": "string"}, {"type": "string", "format": "date-time"}
    day, address = {"type": "string", "format": "date"}, {"type": "string", "format": "uri"}
    null = {"type": "null"}
    scope = {"enum": [one.value for one in ShareScope]}
    note = {"type": "string", "maxLength": LONGEST_NOTE}
    most = {"type": "integer", "minimum": 1, "maximum": MOST_OPENINGS}
    share: dict[str, Any] = {
        "number": {"type": "integer"},
        "scope": scope,
        "until": {"anyOf": [moment, null]},
        "most": {"anyOf": [most, null]},
        "note": {"anyOf": [note, null]},
        "made_by": {"enum": ["holder", "institution"]},
        "made_at": moment,
        "opened": {"type": "integer"},
        "openings": {"type": "object", "additionalProperties": {"type": "integer"}},
        "ended": {"anyOf": [{"enum": ["withdrawn", "expired", "used-up"]}, null]},
        "ended_on": {"anyOf": [day, null]},
    }
    identifier = {"type": "string", "minLength": len(IDENTIFIER), "maxLength": len(IDENTIFIER)}
    link = {"identifier": identifier, "holder_link": address}
    some = {**link, "evidence_number": text, "holder_link": {"anyOf": [address, null]}}
    following = {"anyOf": [{"type": "integer"}, null]}
    return {
        "Share": _object(share),
        "MadeShare": _object({**share, "link": address}),
        "Shares": _object({"shares": {"type": "array", "items": _object(share)}, "next": following}),
        "NewShare": {
            **_object(
                {
                    "scope": scope,
                    "until": {"anyOf": [moment, null]},
                    "most": share["most"],
                    "note": share["note"],
                }
            ),
            "required": ["scope"],
        },
        "HolderLink": _object(link),
        "HolderLinks": _object(
            {"holder_links": {"type": "array", "items": _object(some)}, "next": following}
        ),
        "Access": _object({"access": {"enum": [one.value for one in Access]}}),
    }


def _object(members: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }
