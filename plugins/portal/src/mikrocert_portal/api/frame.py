"""How a request to the API is let in and answered, whatever it asks for.

The steps, in this order: language, key, calls left, parameters, media types; then the operation itself. What a step refuses
is answered as a problem, and no later step is taken.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

import anyio
import attrs
from anyio import to_thread
from litestar import Request, Router, route
from litestar.datastructures.headers import Accept
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.response import Response, Stream
from mikrocert.api import (
    AccessClosed,
    ArchiveError,
    AuthenticationError,
    DamagedError,
    ErasedError,
    Finding,
    FindingsError,
    HeldError,
    InProgressError,
    ProposalError,
    ProposedError,
    ReusedKeyError,
    UnknownBatch,
    UnknownIdentifier,
    UnknownProposal,
    UnknownShare,
    UnknownType,
    strict_json,
)

from mikrocert_portal.api.parameters import LANGUAGE, read_parameters
from mikrocert_portal.api.problems import MEDIA_TYPE, ApiProblem, ProblemError, oauth_to_json, problem_to_json
from mikrocert_portal.client_certificates import CERTIFICATE
from mikrocert_portal.errors import Refused
from mikrocert_portal.guarding import client_key
from mikrocert_portal.observing import note_fault
from mikrocert_portal.protocol import UNSEEN, Refusal
from mikrocert_portal.uploads import read_octets

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from contextlib import AbstractContextManager

    from litestar.handlers import HTTPRouteHandler
    from mikrocert.api import Batch, Caller, Proposal, System

    from mikrocert_portal.api.describing import Operation
    from mikrocert_portal.api.limiting import Quota
    from mikrocert_portal.config import Limits
    from mikrocert_portal.errors import HttpProblem
    from mikrocert_portal.guarding import Guard
    from mikrocert_portal.uploads import Memory, MemoryLease

__all__ = [
    "PATH",
    "AnyRequest",
    "Call",
    "Frame",
    "Handler",
    "Reply",
    "address_of",
    "certificate_of",
    "challenge",
]

T = TypeVar("T")

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

PATH = "/api/v1"
"""Address of the API, below the base."""

_AWAY_SECONDS = 30
_SOON_SECONDS = 2
_LONGEST_KEY = 255
_JSON = "application/json"
_UTF_8 = {"", "utf-8", "utf8"}


@attrs.frozen
class Call:
    """A request that was let in.

    Args:
        request: the request, its body untouched.
        language: language of what people read.
        client: whom it counts for: an address, or the name of a key.
        values: parameters of path and query.
        at: when it began (aware).
        needed: what the caller has to be allowed.
        caller: who calls, known by a key, or none.
    """

    request: AnyRequest
    language: str
    client: str
    values: Mapping[str, Any] = attrs.field(hash=False)
    at: datetime
    needed: frozenset[str] = frozenset()
    caller: Caller | None = None

    @property
    def institution(self) -> str:
        """Name of the institution that calls.

        Raises:
            ProblemError: if none does.
        """
        return self._demand_caller().institution

    @property
    def name(self) -> str:
        """Under what the caller's acts are recorded.

        Raises:
            ProblemError: if nobody is known to call.
        """
        return self._demand_caller().name

    @property
    def scopes(self) -> frozenset[str]:
        """What the caller may do.

        Raises:
            ProblemError: if nobody is known to call.
        """
        return frozenset(scope.value for scope in self._demand_caller().scopes)

    def _demand_caller(self) -> Caller:
        if self.caller is None:
            raise ProblemError(ApiProblem.NOT_AUTHENTICATED)
        return self.caller


@attrs.frozen
class Reply:
    """The answer of an operation.

    Args:
        content: octets, octets as they come, or what becomes JSON.
        status: the HTTP status.
        media_type: media type of the octets.
        headers: further header fields.
        tagged: whether a client may keep it and ask by its ETag whether it is still the same.
        tag: its ETag, where the operation has one of its own; else it is made of the content where that is tagged.
    """

    content: Any = None
    status: int = 200
    media_type: str = _JSON
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False)
    tagged: bool = False
    tag: str | None = None


Handler: TypeAlias = "Callable[[Call], Awaitable[Reply]]"


class Clock(Protocol):
    """Tells the time (aware)."""

    def __call__(self) -> datetime:
        """Return the time."""
        ...


class Frame:
    """Lets requests in and answers them.

    Args:
        system: the assembled system.
        limits: how much one client may ask for.
        guard: returns what counts wrong identifiers and keys of an address.
        quota: returns what counts calls.
        memory: the memory for all that is sent.
        now: tells the time (aware).
    """

    def __init__(
        self,
        system: System,
        *,
        limits: Limits,
        guard: Callable[[], Guard],
        quota: Callable[[], Quota],
        memory: Memory,
        now: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self.base = f"{system.settings.base_url}{PATH}"
        self.system = system
        self.limits = limits
        self._guard = guard
        self._memory = memory
        self.now = now
        self._quota = quota
        self._workers = anyio.CapacityLimiter(limits.verifications)

    def router(self, operations: Iterable[Operation], handlers: Mapping[str, Handler]) -> Router:
        """Return the routes of the API.

        Args:
            operations: all that there is.
            handlers: name of an operation → what answers it.
        """
        return Router(path=PATH, route_handlers=[self._route(one, handlers[one.name]) for one in operations])

    def _route(self, operation: Operation, handler: Handler) -> HTTPRouteHandler:
        path = operation.path
        for parameter in operation.parameters:
            if parameter.where == "path":
                path = path.replace(f"{{{parameter.name}}}", f"{{{parameter.name}:str}}")
        methods = ["GET", "HEAD"] if operation.method == "GET" else [operation.method]

        @route(path, http_method=methods, status_code=200)  # type: ignore[arg-type]
        async def handle(request: AnyRequest) -> AnyResponse:
            return await self._answer(request, operation, handler)

        return handle

    async def _answer(self, request: AnyRequest, operation: Operation, handler: Handler) -> AnyResponse:
        quota: dict[str, str] = {}
        at, needed = self.now(), frozenset(operation.scopes)
        try:
            caller, client = await self._authenticated(request, needed, at=at)
            allowance = self._quota().take(client)
            quota |= allowance.fields
            if not allowance.granted:
                raise ProblemError(ApiProblem.TOO_MANY_CALLS, retry_after=allowance.seconds)  # noqa: TRY301 - one place answers all
            values = read_parameters(
                request.scope["query_string"], operation, language_codes=self.system.texts.languages
            )
            self._acceptable(request, operation)
            self._readable(request, operation)
            values = {**values, **request.path_params}
            call = Call(request, self._language(request), client, values, at, needed, caller)
            try:
                reply = await handler(call)
            except ProposedError as error:
                reply = await self._proposed(call, error.proposal.id)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is answered as a problem
            return self.refuse(request, error, headers=quota, oauth=operation.oauth)
        return self._response(request, reply, quota)

    async def _proposed(self, call: Call, proposal_id: str) -> Reply:
        """Answer that something waits for a second pair of eyes, and where to ask what became of it."""
        work = partial(self.system.proposals.find, call.institution, proposal_id)
        shown = self.proposal(await self.run(work))
        return Reply(shown, status=202, headers={"Location": shown["address"], "Retry-After": "3600"})

    def proposal(self, proposal: Proposal) -> dict[str, Any]:
        """Return a proposal as JSON; what is personal in it stays out."""
        address = f"{self.base}/proposals/{proposal.id}"
        decided = proposal.decided_at
        return {
            "proposal": proposal.id,
            "deed": proposal.deed.value,
            "subject": proposal.subject,
            "state": proposal.state.value,
            "actor": proposal.actor,
            "made_at": proposal.made_at.isoformat(timespec="seconds"),
            "expires_at": proposal.expires_at.isoformat(timespec="seconds"),
            "decided_at": None if decided is None else decided.isoformat(timespec="seconds"),
            "decided_by": proposal.decided_by,
            "address": address,
        }

    def _response(self, request: AnyRequest, reply: Reply, quota: Mapping[str, str]) -> AnyResponse:
        content = reply.content
        streamed = isinstance(content, AsyncIterator)
        if content is not None and not streamed and not isinstance(content, bytes):
            content = strict_json.dumps_visibly(content).encode()
        headers = {
            "Cache-Control": "private, no-cache" if reply.tagged else "no-store",
            "Vary": "Accept, Accept-Language, Authorization",
            **quota,
            **reply.headers,
        }
        if reply.tag is not None:
            headers["ETag"] = f'"{reply.tag}"'
        if reply.tagged and content is not None:
            tag = headers.setdefault("ETag", f'"{sha256(content).hexdigest()[:32]}"')
            if _has_it(request.headers.get("if-none-match", ""), tag):
                return Response(None, status_code=304, headers=headers)
        if streamed:
            return Stream(content, status_code=reply.status, media_type=reply.media_type, headers=headers)
        return Response(content, status_code=reply.status, media_type=reply.media_type, headers=headers)

    def _language(self, request: AnyRequest) -> str:
        texts, chosen = self.system.texts, request.query_params.get(LANGUAGE)
        return (
            chosen
            if chosen in texts.languages
            else texts.preferred(request.headers.get("accept-language", ""))
        )

    async def demand_still(self, call: Call) -> None:
        """Refuse the call of somebody who may not any more: what they send can take hours to come.

        Whether their key had expired is judged as of when the call began, since an upload that is longer than a token is no fault of theirs;
        whether it was ended, or the account suspended, as of now.

        Raises:
            ProblemError: if they may not.
        """
        await self._authenticated(call.request, call.needed, at=call.at)

    async def _authenticated(
        self, request: AnyRequest, needed: frozenset[str], *, at: datetime
    ) -> tuple[Caller | None, str]:
        """Return who calls, and whom the call counts for.

        Args:
            request: the request.
            needed: what they have to be allowed; nothing lets everybody in.
            at: when (aware).

        Raises:
            ProblemError: if the operation needs a key, and there is none, a wrong one, or one that is not for this.
        """
        client = address_of(request)
        if not needed:
            return None, client
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        if kind.casefold() != "bearer" or not secret.strip():
            raise ProblemError(ApiProblem.NOT_AUTHENTICATED, headers=challenge())
        host = request.client.host if request.client else None
        certificate = certificate_of(request)
        work = partial(self._caller_of, secret.strip(), address=host, at=at, certificate=certificate)
        try:
            caller = await to_thread.run_sync(work, limiter=self._workers)
        except AuthenticationError as error:
            self.missed(client)
            raise ProblemError(
                ApiProblem.NOT_AUTHENTICATED, headers=challenge(error="invalid_token")
            ) from error
        granted = {scope.value for scope in caller.scopes}
        if not granted.issuperset(needed):
            scopes = " ".join(sorted(needed))
            raise ProblemError(
                ApiProblem.SCOPE,
                headers=challenge(error="insufficient_scope", scope=scopes),
                members={"scope": scopes},
            )
        return caller, f"{caller.institution} {caller.name}"

    def missed(self, client: str) -> None:
        """Count a wrong secret or identifier of an address.

        Raises:
            ProblemError: if there were too many.
        """
        if wait := self._guard().miss(client):
            raise ProblemError(ApiProblem.TOO_MANY, retry_after=math.ceil(wait))

    def _caller_of(
        self, secret: str, *, address: str | None, at: datetime, certificate: bytes | None
    ) -> Caller:
        accounts = self.system.accounts
        if accounts is None:
            raise AuthenticationError
        return accounts.authenticate(secret, address=address, at=at, certificate=certificate)

    def _acceptable(self, request: AnyRequest, operation: Operation) -> None:
        offered = [kind for answer in operation.answers for kind in answer.contents]
        wanted = request.headers.get("accept", "").strip()
        if not wanted or not offered or "*/*" in offered:
            return
        if Accept(wanted).best_match(offered) is None:
            raise ProblemError(
                ApiProblem.NOT_ACCEPTABLE, members={"accepted": ", ".join(dict.fromkeys(offered))}
            )

    def _readable(self, request: AnyRequest, operation: Operation) -> None:
        """Refuse a body in a form that is not read here.

        Raises:
            ProblemError: if it has a wrong media type, character set or coding.
        """
        body = operation.body
        if body is None:
            return
        kind, options = request.content_type
        kind = kind or "application/octet-stream"  # RFC 9110, 8.3
        accepted = {"Accept-Post": ", ".join(body.contents)} if operation.method == "POST" else {}
        if request.headers.get("content-encoding", "identity").casefold() not in {"identity", ""}:
            raise ProblemError(ApiProblem.MEDIA_TYPE, headers={**accepted, "Accept-Encoding": "identity"})
        is_read = kind in body.contents or f"{kind.partition('/')[0]}/*" in body.contents
        charset = options.get("charset", "").casefold() if kind.endswith("json") else ""
        if not is_read or charset not in _UTF_8:
            members = {"accepted": ", ".join(body.contents)}
            raise ProblemError(ApiProblem.MEDIA_TYPE, headers=accepted, members=members)

    async def body(self, call: Call, *, octets: int, work: Callable[[bytes], Awaitable[T]]) -> T:
        """Read the body of a request and do something with it while it takes its share of the memory.

        Args:
            call: the request.
            octets: how many there may be.
            work: what is done with it.

        Raises:
            Refused: if it can't be read.
            ProblemError: if the caller may not any more.
        """
        with self.share(call) as share:
            content = await read_octets(call.request, octets=octets, limits=self.limits, share=share)
            await self.demand_still(call)
            async with share.place:
                return await work(content)

    def share(self, call: Call) -> AbstractContextManager[MemoryLease]:
        """Give what is sent with a request its share of the memory, and take back what it took when it is answered."""
        return self._memory.share(address_of(call.request))

    async def run(self, work: Callable[[], T], *, limiter: anyio.CapacityLimiter | None = None) -> T:
        """Run something that asks the archive in a thread.

        Args:
            work: what is run.
            limiter: how many at one time; none means as many as verifications are made.
        """
        return await to_thread.run_sync(work, limiter=limiter or self._workers)

    def once(self, call: Call, content: Iterable[bytes], accept: Callable[[], Batch]) -> Batch:
        """Return the batch that comes of a request; sent again with its Idempotency-Key, it is the same one.

        Args:
            call: the request.
            content: all that was sent.
            accept: takes it in.

        Raises:
            ProblemError: if the key is none, or another request had it, or it is being answered.
        """
        key = call.request.headers.get("idempotency-key")
        if key is None:
            return accept()
        if not (1 <= len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()):
            raise ProblemError(ApiProblem.WRONG_PARAMETER, findings=[_NO_KEY])
        requests, address = self.system.requests, str(call.request.url.path)
        query = call.request.scope["query_string"]
        try:
            earlier = requests.begin(
                call.institution, key, content=[address.encode(), b"?", query, b"\n", *content]
            )
        except ReusedKeyError as error:
            raise ProblemError(ApiProblem.KEY_REUSED) from error
        except InProgressError as error:
            raise ProblemError(ApiProblem.IN_PROGRESS, retry_after=_SOON_SECONDS) from error
        if earlier is not None:
            return self.system.batches.find(call.institution, earlier)
        batch: Batch | None = None
        try:
            batch = accept()
        finally:
            requests.end(call.institution, key, batch=None if batch is None else batch.id)
        return batch

    async def look_up(self, call: Call, work: Callable[[], T]) -> T:
        """Look an identifier up; a wrong one counts against the address, and its answer takes as long whatever it is.

        Args:
            call: the request.
            work: looks it up.

        Raises:
            ProblemError: if there is none.
        """
        answer_at = anyio.current_time() + self.limits.unknown_seconds
        try:
            return await self.run(work)
        except (UnknownIdentifier, UnknownBatch, UnknownProposal, UnknownShare, UnknownType) as error:
            try:
                self.missed(address_of(call.request))
            finally:
                await anyio.sleep_until(answer_at)
            raise ProblemError(ApiProblem.UNKNOWN) from error

    def refuse(
        self,
        request: AnyRequest,
        error: Exception,
        *,
        headers: Mapping[str, str] | None = None,
        oauth: bool = False,
    ) -> AnyResponse:
        """Answer what can't be answered, as a problem.

        Args:
            request: the request.
            error: what went wrong.
            headers: header fields that every answer to it has.
            oauth: whether it is answered as OAuth 2.0 has it instead.
        """
        problem = self._problem_of(request, error)
        language = self._language(request)
        content: Mapping[str, Any]
        if oauth:
            content = oauth_to_json(problem, base=self.base)
        else:
            content = problem_to_json(problem, base=self.base, texts=self.system.texts, language=language)
        fields = {
            "Cache-Control": "no-store",
            "Content-Language": language,
            "Vary": "Accept, Accept-Language, Authorization",
            **(headers or {}),
            **problem.headers,
        }
        if problem.retry_after is not None:
            fields["Retry-After"] = str(problem.retry_after)
        return Response(
            strict_json.dumps_visibly(content).encode(),
            status_code=problem.problem.status,
            media_type=_JSON if oauth else MEDIA_TYPE,
            headers=fields,
        )

    def refusals(self) -> dict[HttpProblem, Refusal]:
        """Return the problems for what the application never sees, so that nobody knows its language: in the best one of all."""
        texts = self.system.texts
        language = texts.preferred("")
        return {
            problem: Refusal(
                MEDIA_TYPE,
                strict_json.dumps(
                    problem_to_json(
                        ProblemError(ApiProblem.of(problem)), base=self.base, texts=texts, language=language
                    )
                ).encode(),
            )
            for problem in UNSEEN
        }

    def _problem_of(self, request: AnyRequest, error: Exception) -> ProblemError:  # noqa: PLR0911 - one for each kind of error
        if isinstance(error, ProblemError):
            return error
        if isinstance(error, Refused):
            return ProblemError(ApiProblem.of(error.problem), retry_after=error.retry_after)
        if isinstance(error, NotFoundException):
            return ProblemError(ApiProblem.NOT_FOUND)
        if isinstance(error, MethodNotAllowedException):
            return ProblemError(ApiProblem.METHOD, headers=error.headers)
        if isinstance(error, HTTPException):
            return ProblemError(ApiProblem.BAD_REQUEST)
        if isinstance(error, FindingsError):
            return ProblemError(ApiProblem.REFUSED, findings=error.findings)
        if isinstance(error, UnknownIdentifier | UnknownBatch | UnknownProposal | UnknownShare | UnknownType):
            return ProblemError(ApiProblem.UNKNOWN)
        if isinstance(error, ArchiveError) and not isinstance(error, DamagedError):
            return _of_archive(error)
        note_fault(request.scope, error)
        return ProblemError(ApiProblem.CRASH)


def address_of(request: AnyRequest) -> str:
    """Return the address that a request counts for."""
    return client_key(request.client.host if request.client else "")


def certificate_of(request: AnyRequest) -> bytes | None:
    """Return the certificate (DER) that a trusted proxy says a request's client has, or none."""
    certificate = request.scope.get(CERTIFICATE)
    return certificate if isinstance(certificate, bytes) else None


def challenge(**parameters: str) -> dict[str, str]:
    """Return the header field that says what is missing (RFC 6750, 3)."""
    stated = ", ".join(f'{name}="{value}"' for name, value in {"realm": "mikrocert", **parameters}.items())
    return {"WWW-Authenticate": f"Bearer {stated}"}


def _of_archive(error: ArchiveError) -> ProblemError:
    """Return the problem that an archive makes which is sound."""
    if isinstance(error, ErasedError):
        return ProblemError(ApiProblem.ERASED, detail=error.message if error.by_holder else None)
    if isinstance(error, AccessClosed):
        status = error.status
        members = {"state": status.value.value, "since": status.since.isoformat(timespec="seconds")}
        return ProblemError(ApiProblem.ACCESS_CLOSED, members=members)
    if isinstance(error, ProposalError | HeldError):
        return ProblemError(ApiProblem.UNDECIDABLE, detail=error.message)
    return ProblemError(ApiProblem.NO_ARCHIVE, retry_after=_AWAY_SECONDS)


def _has_it(header: str, tag: str) -> bool:
    """Return whether If-None-Match names this tag (RFC 9110, 13.1.2)."""
    named = {one.strip().removeprefix("W/") for one in header.split(",")}
    return "*" in named or tag in named


_NO_KEY = Finding.error(
    "wrong-value",
    "it has to be {least} to {most} characters of ASCII",
    path="Idempotency-Key",
    least=1,
    most=_LONGEST_KEY,
)
