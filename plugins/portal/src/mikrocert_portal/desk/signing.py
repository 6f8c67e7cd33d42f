"""Signing in and out."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

import anyio
from litestar.response import Redirect, Response
from mikrocert.api import printable

from mikrocert_portal.desk.frame import PATH
from mikrocert_portal.desk.people import grant_of, recorded_name
from mikrocert_portal.desk.problems import FAULTS, DeskProblem, DeskRefused
from mikrocert_portal.desk.sessions import Session
from mikrocert_portal.guarding import client_key
from mikrocert_portal.pages import Visitor
from mikrocert_portal.sign_in.asked import asked_page
from mikrocert_portal.sign_in.cookies import (
    ATTEMPT,
    SESSION,
    attempt_cookie,
    attempt_in,
    no_cookie,
    session_cookie,
    session_in,
    with_cookies,
)
from mikrocert_portal.sign_in.errors import SignInError, SignInFault
from mikrocert_portal.sign_in.provider import Attempt, parameters_in
from mikrocert_portal.uploads import read_fields

if TYPE_CHECKING:
    from mikrocert_portal.config import DeskConfig
    from mikrocert_portal.desk.frame import AnyRequest, AnyResponse, Frame, Visit
    from mikrocert_portal.sign_in.provider import Provider

__all__ = ["BACK", "Signing"]

BACK = f"{PATH}/signed-in"
"""Address to which people come back, below the base."""

_AT_ONCE = 16
_LONGEST_CALLED = 80
_LOG = logging.getLogger("mikrocert_portal")


class Signing:
    """Signs people in and out.

    Args:
        frame: the frame of the desk.
        provider: proves who they are.
        config: says what they may do.
    """

    def __init__(self, frame: Frame, *, provider: Provider, config: DeskConfig) -> None:
        self._frame = frame
        self._portal = frame.portal
        self._provider = provider
        self._config = config
        self._exchanging = anyio.CapacityLimiter(_AT_ONCE)

    def door(self, request: AnyRequest) -> AnyResponse:
        """Answer the page from which somebody signs in."""
        reader = self._portal.reader(request)
        page = self._portal.pages.desk(
            "desk_sign_in.html",
            reader=reader,
            session=None,
            institution=None,
            scopes=frozenset(),
            switch=None,
        )
        return Response(page, media_type="text/html")

    async def begin(self, request: AnyRequest) -> AnyResponse:
        """Send somebody to the identity provider; `then` of the query is the page that they asked for."""
        reader, attempt = self._portal.reader(request), Attempt.new()
        try:
            address = await self._provider.begin(attempt)
        except SignInError as error:
            return self._refuse(request, error, reader=reader)
        page = asked_page(request.query_params.get("then", ""))
        cookie = attempt_cookie(attempt, language=reader.language if reader.chosen else "", page=page)
        return with_cookies(Redirect(address, status_code=303), cookie)

    async def come_back(self, request: AnyRequest) -> AnyResponse:
        """Sign somebody in who comes back from the identity provider."""
        reader, begun = self._portal.reader(request), attempt_in(request)
        try:
            if begun is None:
                raise SignInError(SignInFault.STALE, "nothing was begun")  # noqa: TRY301 - one place answers all
            attempt, language, page = begun
            if language in self._frame.system.texts.languages:
                reader = Visitor(language, chosen=True)
            name = await self._signed_in(request, attempt)
        except SignInError as error:
            return self._refuse(request, error, reader=reader)
        response = Redirect(self._portal.pages.address(f"{PATH}{page}", reader=reader), status_code=303)
        return with_cookies(response, session_cookie(name), no_cookie(ATTEMPT))

    async def _signed_in(self, request: AnyRequest, attempt: Attempt) -> str:
        """Return the name of the new session; one that the browser had ends."""
        answer = parameters_in(request)
        async with self._exchanging:
            identity = await self._provider.complete(answer, attempt)
        grant = grant_of(identity, self._config.people, operators=self._config.operators)
        name = recorded_name(identity)
        session = Session(
            issuer=identity.issuer,
            subject=identity.subject,
            name=name,
            institution=grant.institution,
            scopes=grant.scopes,
            called=printable(" ".join(identity.name.split())[:_LONGEST_CALLED]) or name,
        )
        before = session_in(request)
        if before is not None:
            await self._frame.run(partial(self._portal.sessions.end, before))
        return await self._frame.run(partial(self._portal.sessions.begin, session))

    def _refuse(self, request: AnyRequest, error: SignInError, *, reader: Visitor) -> AnyResponse:
        """Answer why somebody isn't signed in; what was begun is over, and who tries often waits."""
        _LOG.warning("a sign-in failed: %s", error)
        wait = 0.0
        if error.fault is not SignInFault.PROVIDER:
            wait = self._portal.guard.miss(client_key(request.client.host if request.client else ""))
        problem = DeskProblem.TOO_MANY if wait else FAULTS[error.fault]
        response = self._frame.refuse(request, DeskRefused(problem), reader=reader)
        return with_cookies(response, no_cookie(ATTEMPT))

    async def leave(self, visit: Visit) -> AnyResponse:
        """Sign somebody out."""
        visit.demand_token(await read_fields(visit.request, limits=self._frame.limits))
        name = session_in(visit.request)
        if name is not None:
            await self._frame.run(partial(self._portal.sessions.end, name))
        back = f"{self._frame.system.settings.base_url}{PATH}"
        page = self._portal.pages.desk(
            "desk_signed_out.html",
            reader=visit.reader,
            session=None,
            institution=None,
            scopes=frozenset(),
            switch=PATH,
            elsewhere=await self._provider.sign_out_address(back),
        )
        return with_cookies(Response(page, media_type="text/html"), no_cookie(SESSION))
