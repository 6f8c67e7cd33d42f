"""The desk, put together: one table of all that can be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
from litestar import Request, Response, Router, route
from litestar.exceptions import MethodNotAllowedException
from mikrocert.api import secret

from mikrocert_portal.desk.batches import Batches
from mikrocert_portal.desk.credentials import Credentials
from mikrocert_portal.desk.frame import PATH, Frame
from mikrocert_portal.desk.operating import Operating
from mikrocert_portal.desk.people import OPERATE
from mikrocert_portal.desk.problems import DeskProblem, DeskRefused
from mikrocert_portal.desk.proposals import Proposals
from mikrocert_portal.desk.signing import BACK, Signing
from mikrocert_portal.desk.types import Types
from mikrocert_portal.sign_in.cookies import session_in
from mikrocert_portal.sign_in.provider import Provider, demand_safe

if TYPE_CHECKING:
    from litestar.exceptions import HTTPException
    from litestar.handlers import HTTPRouteHandler
    from mikrocert.api import System

    from mikrocert_portal.config import DeskConfig, Limits
    from mikrocert_portal.desk.frame import Handler, Visit
    from mikrocert_portal.portal import Portal
    from mikrocert_portal.sign_in.asking import Asking

__all__ = ["Desk", "DeskRoute"]

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

_MEMBER: Final = "commands.serve.desk"


@attrs.frozen
class DeskRoute:
    """Something that somebody who is signed in can ask for.

    Args:
        method: GET or POST.
        path: below the desk.
        scopes: what they have to be allowed.
        handler: answers it.
    """

    method: str
    path: str
    scopes: frozenset[str]
    handler: Handler


class Desk:
    """Answers people of institutions.

    Args:
        system: the assembled system.
        config: of the desk.
        portal: the pages beside it.
        limits: how much one visitor may ask for.
        asking: asks the identity provider; none means over the network.

    Raises:
        SettingsError: if an address is not safe, or the secret isn't where the settings say.
    """

    def __init__(
        self,
        system: System,
        *,
        config: DeskConfig,
        portal: Portal,
        limits: Limits,
        asking: Asking | None = None,
    ) -> None:
        base = system.settings.base_url
        demand_safe({f"{_MEMBER}.issuer": config.issuer, "base_url": base})
        known_by = secret(config.client_secret, member=f"{_MEMBER}.client_secret").decode()
        self._frame = Frame(system, portal=portal, limits=limits)
        provider = Provider(config, secret=known_by, redirect=f"{base}{BACK}", asking=asking)
        self._signing = Signing(self._frame, provider=provider, config=config)
        self._batches = Batches(self._frame)
        credentials = Credentials(self._frame, batches=self._batches)
        proposals = Proposals(self._frame)
        self._operating = Operating(self._frame)
        types, a_type = Types(self._frame, batches=self._batches), "/types/{type:str}"
        issue, read, revoke, operate = (frozenset({scope}) for scope in ("issue", "read", "revoke", OPERATE))
        batches, one = "/batches/{batch:str}", "/credentials/{identifier:str}"
        self.routes = (
            DeskRoute("POST", "/sign-out", frozenset(), self._signing.leave),
            DeskRoute("GET", "/batches", read, self._batches.page),
            DeskRoute("POST", "/batches", issue, self._batches.send),
            DeskRoute("GET", batches, read, self._batches.one),
            DeskRoute("POST", f"{batches}/send", issue, self._batches.tried),
            DeskRoute("POST", f"{batches}/cancel", issue, self._batches.cancel),
            DeskRoute("GET", f"{batches}/files", read, self._batches.files),
            DeskRoute("GET", f"{batches}/faults", read, self._batches.faults),
            DeskRoute("GET", "/credentials", read, credentials.page),
            DeskRoute("GET", one, read, credentials.one),
            DeskRoute("GET", f"{one}/revoke", revoke, credentials.ask_to_revoke),
            DeskRoute("POST", f"{one}/revoke", revoke, credentials.revoke),
            DeskRoute("GET", f"{one}/replace", issue | revoke, credentials.ask_to_replace),
            DeskRoute("POST", f"{one}/replace", issue | revoke, credentials.replace),
            DeskRoute("GET", f"{one}/files/{{name:str}}", read, credentials.file),
            DeskRoute("POST", f"{one}/holder-link", issue, credentials.make_holder_link),
            DeskRoute("GET", "/types", read, types.page),
            DeskRoute("POST", "/types", issue, types.send),
            DeskRoute("GET", a_type, read, types.one),
            DeskRoute("GET", f"{a_type}/file", read, types.file),
            DeskRoute("POST", f"{a_type}/end", issue, types.end),
            DeskRoute("GET", "/proposals", read, proposals.page),
            DeskRoute("POST", "/proposals/{proposal:str}/confirm", read, proposals.confirm),
            DeskRoute("POST", "/proposals/{proposal:str}/refuse", read, proposals.refuse),
            DeskRoute("GET", "/operator", operate, self._operating.page),
            DeskRoute("GET", "/operator/checks", operate, self._operating.checks),
            DeskRoute("POST", "/operator/checks", operate, self._operating.check_again),
        )
        """All that can be asked for by somebody who is signed in."""

    @property
    def router(self) -> Router:
        """The routes of the desk."""
        return Router(path=PATH, route_handlers=[*self._doors(), *map(self._route, self.routes)])

    def _doors(self) -> list[HTTPRouteHandler]:
        """Return what is open to everybody, and the front page, which is both."""

        @route("/", http_method=["GET", "HEAD"])
        async def front(request: AnyRequest) -> AnyResponse:
            if session_in(request) is None:
                return self._signing.door(request)
            return await self._frame.answer(request, self._front, scopes=frozenset())

        @route("/sign-in", http_method=["GET"])
        async def begin(request: AnyRequest) -> AnyResponse:
            return await self._signing.begin(request)

        @route("/signed-in", http_method=["GET"])
        async def come_back(request: AnyRequest) -> AnyResponse:
            return await self._signing.come_back(request)

        return [front, begin, come_back]

    async def _front(self, visit: Visit) -> AnyResponse:
        """Answer the page that somebody begins with."""
        if visit.session.institution is None:
            return self._frame.to(visit, "/operator")
        return await self._batches.front(visit)

    def _route(self, one: DeskRoute) -> HTTPRouteHandler:
        methods: Any = ["GET", "HEAD"] if one.method == "GET" else [one.method]

        @route(one.path, http_method=methods, status_code=200)
        async def handle(request: AnyRequest) -> AnyResponse:
            return await self._frame.answer(request, one.handler, scopes=one.scopes)

        return handle

    def has(self, path: str) -> bool:
        """Return whether an address is one of the desk, there or not.

        Args:
            path: from the root of the server on.
        """
        below = path.removeprefix(self._frame.portal.pages.root)
        return below == PATH or below.startswith(f"{PATH}/")

    def refuse(self, request: AnyRequest, error: HTTPException) -> AnyResponse:
        """Answer what there is not."""
        method = isinstance(error, MethodNotAllowedException)
        refused = DeskRefused(DeskProblem.METHOD if method else DeskProblem.NOT_FOUND)
        response = self._frame.refuse(request, refused, reader=self._frame.portal.reader(request))
        if method:
            response.headers["Allow"] = (error.headers or {}).get("Allow", "")
        return response
