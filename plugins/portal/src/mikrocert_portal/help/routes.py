"""Addresses of the help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from litestar import Request, Response, route
from litestar.params import FromPath
from litestar.response import Redirect

from mikrocert_portal.help.help import Help

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler
    from mikrocert.api import System

    from mikrocert_portal.config import PortalConfig
    from mikrocert_portal.portal import Portal

__all__ = ["help_routes"]

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

_PAGE = {"Cache-Control": "no-cache", "Vary": "Accept-Language"}
_FOR_GOOD: Final = 301


def help_routes(system: System, *, portal: Portal, config: PortalConfig) -> list[HTTPRouteHandler]:
    """Return the handlers of the help.

    Args:
        system: the assembled system.
        portal: what knows who reads.
        config: of the portal.
    """
    pages = Help(system, pages=portal.pages, imprint=config.imprint)

    @route("/help", http_method=["GET", "HEAD"])
    async def index(request: AnyRequest) -> AnyResponse:
        return _page(pages.index(reader=portal.reader(request)))

    @route("/help/search", http_method=["GET", "HEAD"])
    async def search(request: AnyRequest) -> AnyResponse:
        # Without headers of its own it is neither kept nor listed: somebody may have typed an identifier.
        question = request.query_params.get("q", "")
        return Response(pages.search(question, reader=portal.reader(request)), media_type="text/html")

    @route("/help/{name:str}", http_method=["GET", "HEAD"])
    async def page(request: AnyRequest, name: FromPath[str]) -> AnyResponse:
        return _page(pages.page(name, reader=portal.reader(request)))

    @route("/about", http_method=["GET", "HEAD"])
    async def about(request: AnyRequest) -> AnyResponse:
        """Send on who follows a link to the page that the help was before."""
        address = portal.pages.address("/help", reader=portal.reader(request))
        return Redirect(address, status_code=_FOR_GOOD, headers=_PAGE)

    return [index, search, page, about]


def _page(html: str) -> AnyResponse:
    return Response(html, media_type="text/html", headers=_PAGE)
