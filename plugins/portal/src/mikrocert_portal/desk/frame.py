"""How a request to the desk is let in and answered, whatever it asks for.

The steps, in this order: session, what the account of the institution allows now, scope; of a form its token; then what is asked for.
Of what another institution has, whatever is asked, the answer is that there is nothing.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import anyio
import attrs
from anyio import to_thread
from litestar import Request
from litestar.response import Redirect, Response
from mikrocert.api import (
    ArchiveError,
    AuthenticationError,
    Caller,
    DamagedError,
    ErasedError,
    FindingsError,
    HeldError,
    ProposalError,
    ProposedError,
    Scope,
    TypeConflict,
    UnknownBatch,
    UnknownIdentifier,
    UnknownProposal,
    UnknownType,
    message,
)

from mikrocert_portal.desk.people import OPERATE
from mikrocert_portal.desk.problems import UPLOADS, DeskProblem, DeskRefused
from mikrocert_portal.errors import Refused
from mikrocert_portal.guarding import client_key
from mikrocert_portal.observing import note_fault
from mikrocert_portal.sign_in.asked import asked_page
from mikrocert_portal.sign_in.cookies import SESSION, no_cookie, session_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from mikrocert.api import LanguageMap, Message, System

    from mikrocert_portal.config import Limits
    from mikrocert_portal.desk.sessions import Session
    from mikrocert_portal.pages import Visitor
    from mikrocert_portal.portal import Portal

__all__ = ["PATH", "Frame", "Handler", "Visit"]

T = TypeVar("T")

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

PATH: Final = "/desk"
"""Address of the desk, below the base."""

_HTML: Final = "text/html"
_NO_INSTITUTION: Final = ""


@attrs.frozen
class Visit:
    """A request of somebody who is signed in.

    Args:
        request: the request, its body untouched.
        reader: who reads the answer.
        session: who is signed in.
        caller: what they may do now; for somebody of the operator, nothing of what belongs to an institution.
    """

    request: AnyRequest
    reader: Visitor
    session: Session
    caller: Caller

    @property
    def institution(self) -> str:
        """Name of the institution for which they act; empty, as no institution is called, for somebody of the operator."""
        return self.caller.institution

    @property
    def scopes(self) -> frozenset[str]:
        """What they may do now."""
        if self.session.institution is None:
            return self.session.scopes & {OPERATE}
        return frozenset(scope.value for scope in self.caller.scopes)

    def demand(self, scopes: frozenset[str]) -> None:
        """Refuse what they may not do.

        Raises:
            DeskRefused: if they may not, or not now.
        """
        if not self.scopes.issuperset(scopes):
            granted = self.session.scopes.issuperset(scopes)
            raise DeskRefused(DeskProblem.NOT_ALLOWED if granted else DeskProblem.SCOPE)

    def demand_token(self, fields: Mapping[str, str]) -> None:
        """Refuse a form that doesn't come from a page of this session.

        Raises:
            DeskRefused: if it doesn't.
        """
        if not hmac.compare_digest(fields.get("token", "").encode(), self.session.token.encode()):
            raise DeskRefused(DeskProblem.FORGED)


Handler: TypeAlias = "Callable[[Visit], Awaitable[AnyResponse]]"


class Frame:
    """Lets requests in and answers them.

    Args:
        system: the assembled system.
        portal: the pages beside it.
        limits: how much one visitor may ask for.
        now: tells the time (aware).
    """

    def __init__(
        self,
        system: System,
        *,
        portal: Portal,
        limits: Limits,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.system = system
        self.portal = portal
        self.limits = limits
        self._now = now
        self._workers = anyio.CapacityLimiter(limits.verifications)

    async def answer(self, request: AnyRequest, handler: Handler, *, scopes: frozenset[str]) -> AnyResponse:
        """Answer a request of somebody who is signed in.

        Args:
            request: the request.
            handler: does what is asked for.
            scopes: what they have to be allowed.
        """
        reader, visit = self.portal.reader(request), None
        try:
            visit = await self._visit(request, reader)
            visit.demand(scopes)
            return await handler(visit)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is answered by a page
            return self.refuse(request, error, reader=reader, visit=visit)

    async def _visit(self, request: AnyRequest, reader: Visitor) -> Visit:
        name = session_in(request)
        session = None if name is None else await self.run(partial(self.portal.sessions.find, name))
        if session is None:
            raise DeskRefused(DeskProblem.SIGNED_OUT)
        try:
            caller = await self.run(partial(self._caller, session))
        except AuthenticationError as error:
            raise DeskRefused(DeskProblem.NOT_ALLOWED) from error
        return Visit(request, reader, session, caller)

    async def demand_still(self, visit: Visit) -> None:
        """Refuse somebody who may not any more do all that they might when the request began: what they send can take hours to come.

        Raises:
            DeskRefused: if their institution's account doesn't allow it by now.
        """
        try:
            caller = await self.run(partial(self._caller, visit.session))
        except AuthenticationError as error:
            raise DeskRefused(DeskProblem.NOT_ALLOWED) from error
        attrs.evolve(visit, caller=caller).demand(visit.scopes)

    def _caller(self, session: Session) -> Caller:
        if session.institution is None:
            return Caller(_NO_INSTITUTION, frozenset(), session.name)
        accounts = self.system.accounts
        if accounts is None:
            raise AuthenticationError
        scopes = frozenset(map(Scope, session.scopes))
        return accounts.person(session.institution, scopes=scopes, name=session.name, at=self._now())

    async def run(self, work: Callable[[], T], *, limiter: anyio.CapacityLimiter | None = None) -> T:
        """Run something that asks the archive in a thread."""
        return await to_thread.run_sync(work, limiter=limiter or self._workers)

    async def look_up(self, visit: Visit, work: Callable[[], T]) -> T:
        """Look an identifier up; a wrong one counts against the address, and its answer takes as long whatever it is.

        Raises:
            DeskRefused: if the institution has nothing under it.
        """
        answer_at = anyio.current_time() + self.limits.unknown_seconds
        try:
            return await self.run(work)
        except (UnknownIdentifier, UnknownBatch, UnknownProposal, UnknownType) as error:
            host = visit.request.client.host if visit.request.client else ""
            wait = self.portal.guard.miss(client_key(host))
            await anyio.sleep_until(answer_at)
            raise DeskRefused(DeskProblem.TOO_MANY if wait else DeskProblem.UNKNOWN) from error

    def page(
        self,
        template: str,
        visit: Visit,
        *,
        status: int = 200,
        switch: str | None = None,
        **context: object,
    ) -> AnyResponse:
        """Return a page for somebody who is signed in.

        Args:
            template: its name.
            visit: who reads it.
            status: the HTTP status.
            switch: address of the page in the other languages; none where it is that of the request.
            context: what it shows.
        """
        body = self.portal.pages.desk(
            template,
            reader=visit.reader,
            session=visit.session,
            institution=self._acting_for(visit),
            scopes=visit.scopes,
            switch=switch,
            **context,
        )
        return Response(body, media_type=_HTML, status_code=status)

    def _acting_for(self, visit: Visit) -> LanguageMap | None:
        """Return what the institution for which they act, or the operator, calls itself."""
        if visit.session.institution is not None:
            return self.system.institution_name(visit.institution)
        operator = self.system.settings.operator
        return None if operator is None else operator.name

    def to(self, visit: Visit, path: str, *, query: Mapping[str, str] | None = None) -> AnyResponse:
        """Send somebody on to another page of the desk."""
        address = self.portal.pages.address(f"{PATH}{path}", reader=visit.reader, query=query)
        return Redirect(address, status_code=303)

    def refuse(
        self, request: AnyRequest, error: Exception, *, reader: Visitor, visit: Visit | None = None
    ) -> AnyResponse:
        """Answer what can't be done, by a page that says what would be right."""
        refused = self._refused(request, error)
        problem = refused.problem
        body = self.portal.pages.desk(
            "desk_problem.html",
            reader=reader,
            session=None if visit is None else visit.session,
            institution=None if visit is None else self._acting_for(visit),
            scopes=frozenset() if visit is None else visit.scopes,
            switch=None if request.method in {"GET", "HEAD"} else PATH,
            problem=problem,
            refused=refused,
            asked=self._asked(request),
        )
        response = Response(body, media_type=_HTML, status_code=problem.status)
        if problem is DeskProblem.SIGNED_OUT and session_in(request) is not None:
            response.set_cookie(no_cookie(SESSION))
        return response

    def _asked(self, request: AnyRequest) -> str:
        """Return the page that somebody asked for, to which they come once they have signed in; a form is sent by nobody again."""
        if request.method not in {"GET", "HEAD"}:
            return ""
        return asked_page(request.url.path.removeprefix(f"{self.portal.pages.root}{PATH}"))

    def _refused(self, request: AnyRequest, error: Exception) -> DeskRefused:  # noqa: PLR0911 - one for each kind of error
        if isinstance(error, DeskRefused):
            return error
        if isinstance(error, Refused) and error.problem in UPLOADS:
            return DeskRefused(DeskProblem.REFUSED, faults=[UPLOADS[error.problem]])
        if isinstance(error, Refused):
            return DeskRefused(DeskProblem.REFUSED)
        if isinstance(error, FindingsError):
            return DeskRefused(DeskProblem.REFUSED, faults=[finding.message for finding in error.findings])
        if isinstance(error, ProposedError):
            return DeskRefused(DeskProblem.PROPOSED, faults=[_waiting(error)])
        if isinstance(error, ProposalError | HeldError | TypeConflict):
            return DeskRefused(DeskProblem.REFUSED, faults=[error.message])
        if isinstance(error, UnknownIdentifier | UnknownBatch | UnknownProposal | UnknownType):
            return DeskRefused(DeskProblem.UNKNOWN)
        if isinstance(error, ErasedError):
            return DeskRefused(DeskProblem.ERASED)
        if isinstance(error, ArchiveError) and not isinstance(error, DamagedError):
            note_fault(request.scope, error)
            return DeskRefused(DeskProblem.NO_ARCHIVE)
        note_fault(request.scope, error)
        return DeskRefused(DeskProblem.CRASH)


def _waiting(error: ProposedError) -> Message:
    return message("It waits until {until}.", until=error.proposal.expires_at)
