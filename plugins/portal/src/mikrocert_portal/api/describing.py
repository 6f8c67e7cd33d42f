"""What is said of an operation of the API: enough to route it, to read its parameters and to describe it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs

from mikrocert_portal.api.problems import ApiProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.api import Message

__all__ = ["Body", "Content", "Operation", "Parameter", "Success"]


@attrs.frozen
class Parameter:
    """A parameter of the path or the query.

    Args:
        name: its name.
        about: what it says.
        schema: JSON Schema of its value: a text, a whole number or a boolean.
        example: a value, as it stands in an address.
        where: in which part of the address it stands.
    """

    name: str
    about: Message
    schema: Mapping[str, Any] = attrs.field(hash=False)
    example: str
    where: Literal["path", "query"] = "query"


@attrs.frozen
class Content:
    """Octets of a media type.

    Args:
        schema: JSON Schema; empty where they are no JSON.
        example: an example, or none.
    """

    schema: Mapping[str, Any] = attrs.field(factory=dict[str, Any], hash=False)
    example: Any = None


@attrs.frozen
class Body:
    """What is sent with a request.

    Args:
        about: what it is.
        contents: media type → what it is like; `*/*` takes what no other one takes.
        largest: name of the member of `Limits` that says how many octets there may be.
    """

    about: Message
    contents: Mapping[str, Content] = attrs.field(hash=False)
    largest: Literal["upload_octets", "many_octets", "award_octets", "batch_octets", "token_octets"] = (
        "award_octets"
    )


@attrs.frozen
class Success:
    """A way in which an operation succeeds.

    Args:
        status: the HTTP status.
        about: when it is so.
        contents: media type → what it is like; nothing for an answer without body.
        headers: names of header fields of this answer.
    """

    status: int
    about: Message
    contents: Mapping[str, Content] = attrs.field(factory=dict[str, Content], hash=False)
    headers: tuple[str, ...] = ()


@attrs.frozen
class Operation:
    """One method of one address.

    Args:
        name: its name for programs.
        method: GET, POST, PUT or DELETE; HEAD goes with GET.
        path: its address below that of the API, with `{name}` for a parameter.
        group: with which others it is shown.
        summary: what it does, in a few words.
        about: what it does.
        scopes: what a key has to be for: all of them; nothing for an operation without a key.
        parameters: of path and query.
        body: what is sent, or none.
        answers: how it succeeds.
        problems: how it fails, apart from the ways in which all of them fail.
        idempotent: whether it takes an Idempotency-Key.
        oauth: whether it refuses as OAuth 2.0 has it (RFC 6749, 5.2), and not by problems.
        conditional: whether it takes an If-Match.
    """

    name: str
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    group: Message
    summary: Message
    about: Message
    scopes: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: tuple[Success, ...] = ()
    problems: tuple[ApiProblem, ...] = ()
    idempotent: bool = False
    oauth: bool = False
    conditional: bool = False

    @property
    def all_problems(self) -> tuple[ApiProblem, ...]:
        """All ways in which it fails, in the order of their status."""
        common = [
            ApiProblem.BAD_REQUEST,
            ApiProblem.WRONG_PARAMETER,
            ApiProblem.NOT_ACCEPTABLE,
            ApiProblem.TOO_MANY_CALLS,
            ApiProblem.HEADERS,
            ApiProblem.CRASH,
            ApiProblem.BUSY,
        ]
        if self.scopes:
            common += [
                ApiProblem.NOT_AUTHENTICATED,
                ApiProblem.SCOPE,
                ApiProblem.TOO_MANY,
                ApiProblem.NO_ARCHIVE,
            ]
        if self.body:
            common += [
                ApiProblem.TOO_SLOW,
                ApiProblem.TOO_LARGE,
                ApiProblem.MEDIA_TYPE,
                ApiProblem.TOO_MANY_UPLOADS,
            ]
        if self.idempotent:
            common += [ApiProblem.KEY_REUSED, ApiProblem.IN_PROGRESS]
        if any(parameter.where == "path" for parameter in self.parameters):
            common += [ApiProblem.UNKNOWN, ApiProblem.TOO_MANY, ApiProblem.NO_ARCHIVE]
        every = dict.fromkeys([*common, *self.problems])
        return tuple(sorted(every, key=lambda problem: problem.status))
