"""Signing in to a wallet, and out of it: the sign-in is that of the desk, registered by itself, and all that is kept is a pseudonym."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio
from anyio import to_thread
from litestar import Request, Response
from litestar.response import Redirect
from mikrocert.api import SettingsError, message, pseudonym, secret

from mikrocert_portal.pages import Visitor
from mikrocert_portal.portal import client_of
from mikrocert_portal.sign_in.cookies import (
    attempt_cookie,
    attempt_in,
    no_cookie,
    session_cookie,
    session_in,
    with_cookies,
)
from mikrocert_portal.sign_in.errors import SignInError, SignInFault
from mikrocert_portal.sign_in.provider import Attempt, Provider, demand_safe, parameters_in
from mikrocert_portal.wallet.problems import FAULTS, TurnedAway, WalletProblem
from mikrocert_portal.wallet.sessions import HolderSession

if TYPE_CHECKING:
    from mikrocert.api import System

    from mikrocert_portal.config import WalletConfig
    from mikrocert_portal.portal import Portal
    from mikrocert_portal.sign_in.asking import Asking

__all__ = ["ATTEMPT", "PATH", "SESSION", "Door"]

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

PATH: Final = "/wallet"
"""Address of wallets, below the base."""

SESSION: Final = "__Host-wallet"
ATTEMPT: Final = "__Host-wallet-signing-in"
"""What the cookies are called."""

_MEMBER: Final = "commands.serve.wallet"
_BACK: Final = f"{PATH}/signed-in"
_AT_ONCE: Final = 16
_SHORTEST_SECRET: Final = 32
_LOG = logging.getLogger("mikrocert_portal")


class Door:
    """Lets people in, and out.

    Args:
        system: the assembled system.
        config: of wallets.
        portal: the pages beside it.
        asking: asks the identity provider; none means over the network.

    Raises:
        SettingsError: if an address is not safe, or a secret isn't where the settings say, or too short.
    """

    def __init__(
        self, system: System, *, config: WalletConfig, portal: Portal, asking: Asking | None = None
    ) -> None:
        base = system.settings.base_url
        demand_safe({f"{_MEMBER}.issuer": config.issuer, "base_url": base})
        known_by = secret(config.client_secret, member=f"{_MEMBER}.client_secret").decode()
        self._secret = _long(secret(config.pseudonym_secret, member=f"{_MEMBER}.pseudonym_secret"))
        self._system = system
        self._portal = portal
        self._provider = Provider(config, secret=known_by, redirect=f"{base}{_BACK}", asking=asking)
        self._exchanging = anyio.CapacityLimiter(_AT_ONCE)

    async def session(self, request: AnyRequest) -> HolderSession | None:
        """Return who is signed in, or none."""
        name = session_in(request, cookie=SESSION)
        if name is None:
            return None
        return await to_thread.run_sync(partial(self._portal.shared.holders.find, name))

    async def end(self, request: AnyRequest) -> None:
        """End the session that a browser shows, if there is one."""
        name = session_in(request, cookie=SESSION)
        if name is not None:
            await to_thread.run_sync(partial(self._portal.shared.holders.end, name))

    async def begin(self, request: AnyRequest) -> AnyResponse:
        """Send somebody to the identity provider."""
        reader, attempt = self._portal.reader(request), Attempt.new()
        try:
            address = await self._provider.begin(attempt)
        except SignInError as error:
            return self._refuse(request, error, reader=reader)
        language = reader.language if reader.chosen else ""
        cookie = attempt_cookie(attempt, language=language, page="", cookie=ATTEMPT)
        return with_cookies(Redirect(address, status_code=303), cookie)

    async def come_back(self, request: AnyRequest) -> AnyResponse:
        """Sign somebody in who comes back from the identity provider; a session that the browser had ends."""
        reader, begun = self._portal.reader(request), attempt_in(request, cookie=ATTEMPT)
        try:
            if begun is None:
                raise SignInError(SignInFault.STALE, "nothing was begun")  # noqa: TRY301 - one place answers all
            attempt, language, _ = begun
            if language in self._system.texts.languages:
                reader = Visitor(language, chosen=True)
            answer = parameters_in(request)
            async with self._exchanging:
                identity = await self._provider.complete(answer, attempt)
        except SignInError as error:
            return self._refuse(request, error, reader=reader)
        owner = pseudonym(identity.issuer, identity.subject, secret=self._secret)
        await self.end(request)
        name = await to_thread.run_sync(partial(self._portal.shared.holders.begin, HolderSession(owner)))
        response = Redirect(self._portal.pages.address(PATH, reader=reader), status_code=303)
        return with_cookies(response, session_cookie(name, cookie=SESSION), no_cookie(ATTEMPT))

    async def leave(self, request: AnyRequest, *, deleted: bool) -> AnyResponse:
        """Sign somebody out, and say so.

        Args:
            request: the request.
            deleted: whether all that was kept of them is gone, too.
        """
        await self.end(request)
        back = f"{self._system.settings.base_url}{PATH}"
        page = self._portal.pages.page(
            "wallet_left.html",
            reader=self._portal.reader(request),
            switch=PATH,
            deleted=deleted,
            elsewhere=await self._provider.sign_out_address(back),
        )
        return with_cookies(Response(page, media_type="text/html"), no_cookie(SESSION))

    def turn_away(
        self, request: AnyRequest, problem: WalletProblem, *, reader: Visitor | None = None
    ) -> AnyResponse:
        """Answer why somebody isn't let in."""
        page = self._portal.pages.page(
            "wallet_problem.html",
            reader=reader or self._portal.reader(request),
            switch=PATH,
            problem=problem,
        )
        return Response(page, media_type="text/html", status_code=problem.status)

    def _refuse(self, request: AnyRequest, error: SignInError, *, reader: Visitor) -> AnyResponse:
        """Answer why somebody isn't signed in; what was begun is over, and who tries often waits."""
        _LOG.warning("a sign-in failed: %s", error)
        wait = 0.0
        if error.fault is not SignInFault.PROVIDER:
            wait = self._portal.guard.miss(client_of(request))
        problem = WalletProblem.TOO_MANY if wait else FAULTS[error.fault]
        return with_cookies(self.turn_away(request, problem, reader=reader), no_cookie(ATTEMPT))


def demand_signed_in(session: HolderSession | None) -> HolderSession:
    """Return who is signed in.

    Raises:
        TurnedAway: if nobody is.
    """
    if session is None:
        raise TurnedAway(WalletProblem.SIGNED_OUT)
    return session


def _long(found: bytes) -> bytes:
    """Return a secret that is long enough.

    Raises:
        SettingsError: if it isn't.
    """
    if len(found) < _SHORTEST_SECRET:
        raise SettingsError(
            message(
                "{member} leads to {count} characters; at least {least}, drawn at random, would be right",
                member=f"{_MEMBER}.pseudonym_secret",
                count=len(found),
                least=_SHORTEST_SECRET,
            )
        )
    return found
