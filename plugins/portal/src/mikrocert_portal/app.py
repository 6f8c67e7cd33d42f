"""The application: routes, headers and what happens when something goes wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from litestar import Litestar, Request, Response, Router, route
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.params import FromPath
from mikrocert_templates import folder

from mikrocert_portal.api.api import Api
from mikrocert_portal.assets import Assets
from mikrocert_portal.catalogue.catalogue import CataloguePages, catalogue_routes
from mikrocert_portal.config import PortalConfig
from mikrocert_portal.errors import HttpProblem, Refused
from mikrocert_portal.health import health_routes
from mikrocert_portal.help.routes import help_routes
from mikrocert_portal.holder import HolderPages
from mikrocert_portal.many.many import Many
from mikrocert_portal.many.verifying import FilesVerifier
from mikrocert_portal.portal import Portal
from mikrocert_portal.recognition import Recognition, recognition_routes
from mikrocert_portal.sharing import Shared
from mikrocert_portal.statements import Statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from litestar.handlers import HTTPRouteHandler
    from litestar.types import Message, Scope
    from mikrocert.api import System

    from mikrocert_portal.desk.desk import Desk
    from mikrocert_portal.sign_in.asking import Asking

__all__ = ["create_app"]

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

_POSTED = re.compile(r"/verify|/many|/recognition|/s/[^/]+")
_ONLY_POSTED = re.compile(
    r"/statement|/many/[^/]+/statements|/h/[^/]+/(?:access|shares)|/h/[^/]+/shares/[^/]+/withdraw"
    r"|/wallet/(?:credentials|sign-out|leave)|/wallet/credentials/[^/]+/remove"
)
_HEADERS_OCTETS = 16 * 1024

_ALWAYS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_OVER_TLS = {"Cross-Origin-Opener-Policy": "same-origin"}
_HSTS = "max-age=31536000"
_PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}

# Not "Disallow: /verify/": a search engine must fetch a page to see its noindex; one that may not fetch it
# lists a link that somebody published, identifier included.
_ROBOTS = "User-agent: *\nDisallow:\n"


def create_app(
    system: System,
    *,
    config: PortalConfig | None = None,
    shared: Callable[[], Shared] | None = None,
    asking: Asking | None = None,
) -> Litestar:
    """Make the portal's ASGI application.

    Args:
        system: the assembled system; it must stay open as long as the application runs.
        config: settings of the portal; none takes the defaults.
        shared: returns what all workers know together, called in each of them; none where there is one.
        asking: asks the identity providers of the desk and of wallets; none means over the network.

    Raises:
        SettingsError: if the settings of the desk or of wallets are wrong.
    """
    config = config or PortalConfig()
    portal = Portal(
        system,
        config=config,
        assets=Assets(folder("portal")),
        shared=shared or partial(Shared.of, config.limits),
    )
    verifier = FilesVerifier(system, limits=config.limits)
    api = Api(system, portal=portal, config=config, verifier=verifier)
    holder = HolderPages(system, portal=portal, limits=config.limits, now=lambda: datetime.now(UTC))

    desk: Desk | None = None
    if config.desk is not None:
        from mikrocert_portal.desk.desk import Desk  # noqa: PLC0415 - only where there is one

        desk = Desk(system, config=config.desk, portal=portal, limits=config.limits, asking=asking)

    wallet: list[Router] = []
    if config.wallet is not None:
        from mikrocert_portal.wallet.wallet import Wallet  # noqa: PLC0415 - only where there is one

        of_wallets = Wallet(
            system, config=config.wallet, portal=portal, holder=holder, limits=config.limits, asking=asking
        )
        wallet.append(of_wallets.router)

    def refuse(request: AnyRequest, refused: Refused) -> AnyResponse:
        if api.has(request.scope["path"]):
            return api.refuse(request, refused)
        return portal.refuse(request, refused)

    def unroutable(request: AnyRequest, error: HTTPException) -> AnyResponse:
        if api.has(request.scope["path"]):
            return api.refuse(request, error)
        if desk is not None and desk.has(request.scope["path"]):
            return desk.refuse(request, error)
        return portal.refuse(request, _refused(error, request.scope["path"].removeprefix(portal.pages.root)))

    application = Litestar(
        route_handlers=[
            *_routes(portal),
            *catalogue_routes(CataloguePages(system, pages=portal.pages, reader=portal.reader)),
            *Many(system, portal=portal, limits=config.limits, verifier=verifier).routes,
            *Statements(system, portal=portal, limits=config.limits).routes,
            *holder.routes,
            *recognition_routes(Recognition(system, portal=portal, limits=config.limits)),
            *health_routes(system),
            *help_routes(system, portal=portal, config=config),
            api.metadata,
            api.router,
            *([desk.router] if desk else []),
            *wallet,
        ],
        path=portal.pages.root or "/",
        before_request=_judge_headers,
        before_send=[_headers(base_url=system.settings.base_url)],
        exception_handlers={
            Refused: refuse,
            HTTPException: unroutable,
            Exception: portal.crash,
        },
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    application.state["refusals"] = api.refusals()
    return application


def _refused(error: HTTPException, path: str) -> Refused:
    if isinstance(error, NotFoundException):
        return Refused(HttpProblem.NOT_FOUND)
    if isinstance(error, MethodNotAllowedException):
        asked = path.rstrip("/")
        if _ONLY_POSTED.fullmatch(asked):
            return Refused(HttpProblem.METHOD, allow="OPTIONS, POST")
        posted = ", POST" if _POSTED.fullmatch(asked) else ""
        return Refused(HttpProblem.METHOD, allow=f"GET, HEAD, OPTIONS{posted}")
    return Refused(HttpProblem.BAD_REQUEST)


async def _judge_headers(request: AnyRequest) -> None:
    if sum(len(name) + len(value) for name, value in request.scope["headers"]) > _HEADERS_OCTETS:
        raise Refused(HttpProblem.HEADERS)


def _headers(*, base_url: str) -> Any:  # noqa: ANN401 - Litestar's own type of hook is wider than what it calls
    base, always = urlsplit(base_url), _ALWAYS
    if base.scheme == "https":
        # A base with a path shares its host with others, for whose subdomains it can't speak.
        hsts = _HSTS if base.path.strip("/") else f"{_HSTS}; includeSubDomains"
        always = _ALWAYS | _OVER_TLS | {"Strict-Transport-Security": hsts}

    async def add(message: Message, _: Scope) -> None:
        """Add the headers of every answer; what says nothing about caching is private."""
        if message["type"] != "http.response.start":
            return
        headers = list(message["headers"])
        wanted = always if any(name.lower() == b"cache-control" for name, _ in headers) else always | _PRIVATE
        message["headers"] = [
            *headers,
            *((name.lower().encode(), value.encode()) for name, value in wanted.items()),
        ]

    return add


def _routes(portal: Portal) -> list[HTTPRouteHandler]:
    @route("/", http_method=["GET", "HEAD"])
    async def front(request: AnyRequest) -> AnyResponse:
        return await portal.front(request)

    @route("/verify", http_method=["POST"], status_code=200)
    async def file(request: AnyRequest) -> AnyResponse:
        return await portal.file(request)

    @route("/verify", http_method=["GET", "HEAD"])
    async def nothing(request: AnyRequest) -> AnyResponse:
        return portal.to_front(request)

    @route("/verify/{identifier:str}", http_method=["GET", "HEAD"])
    async def report(request: AnyRequest, identifier: FromPath[str]) -> AnyResponse:
        return await portal.report(request, identifier)

    @route("/verify/{identifier:str}/{name:str}", http_method=["GET", "HEAD"])
    async def download(request: AnyRequest, identifier: FromPath[str], name: FromPath[str]) -> AnyResponse:
        return await portal.download(request, identifier, name)

    @route("/answer/{name:str}", http_method=["GET", "HEAD"])
    async def answer(request: AnyRequest, name: FromPath[str]) -> AnyResponse:
        return portal.answer(request, name)

    @route("/static/{version:str}/{name:str}", http_method=["GET", "HEAD"])
    async def static(request: AnyRequest, version: FromPath[str], name: FromPath[str]) -> AnyResponse:
        return await portal.static(request, version, name)

    robots_text = (
        f"{_ROBOTS}Sitemap: {portal.pages.base}/sitemap.xml\n" if portal.pages.has_catalogue else _ROBOTS
    )

    @route("/robots.txt", http_method=["GET", "HEAD"])
    async def robots() -> AnyResponse:
        return Response(
            robots_text, media_type="text/plain", headers={"Cache-Control": "public, max-age=86400"}
        )

    return [front, file, nothing, report, download, answer, static, robots]
