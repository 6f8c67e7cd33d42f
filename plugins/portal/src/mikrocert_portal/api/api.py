"""The interface for programs, put together."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from litestar import Response, route
from mikrocert.api import strict_json

from mikrocert_portal.api.awards import Awards
from mikrocert_portal.api.batches import Batches
from mikrocert_portal.api.credentials import Credentials
from mikrocert_portal.api.document import document
from mikrocert_portal.api.frame import PATH, Frame, Reply
from mikrocert_portal.api.operations import operations
from mikrocert_portal.api.problems import ApiProblem
from mikrocert_portal.api.proposals import Proposals
from mikrocert_portal.api.sharing import SharingOfHolders
from mikrocert_portal.api.tokens import METADATA, Tokens
from mikrocert_portal.api.types import Types
from mikrocert_portal.api.verifying import Verifying
from mikrocert_portal.api.verifying_many import VerifyingMany
from mikrocert_portal.pages import Visitor
from mikrocert_portal.protocol import Refusals

if TYPE_CHECKING:
    from litestar import Request, Router
    from litestar.handlers import HTTPRouteHandler
    from mikrocert.api import System

    from mikrocert_portal.api.frame import Call, Handler
    from mikrocert_portal.config import PortalConfig
    from mikrocert_portal.many.verifying import FilesVerifier
    from mikrocert_portal.portal import Portal

__all__ = ["Api"]

_KEPT = {"Cache-Control": "public, max-age=300"}


class Api:
    """Answers programs.

    Args:
        system: the assembled system.
        portal: the pages beside it, with which it shares memory and what is counted.
        config: settings of the portal.
        verifier: verifies many files, for pages as well.
    """

    def __init__(
        self, system: System, *, portal: Portal, config: PortalConfig, verifier: FilesVerifier
    ) -> None:
        limits = config.limits
        self._frame = Frame(
            system,
            limits=limits,
            guard=lambda: portal.guard,
            quota=lambda: portal.quota,
            memory=portal.memory,
        )
        self._pages = portal.pages
        self._operations = operations({packaging.media_type: None for packaging in system.packagings})
        credentials = Credentials(self._frame)
        tokens = self._tokens = Tokens(self._frame, certificates=config.client_certificates)
        handlers: dict[str, Handler] = {
            "openApiDocument": self._document,
            "documentation": self._page,
            **Verifying(self._frame).handlers,
            **VerifyingMany(self._frame, verifier).handlers,
            **tokens.handlers,
            **Awards(self._frame, credentials).handlers,
            **Batches(self._frame).handlers,
            **credentials.handlers,
            **SharingOfHolders(self._frame, credentials).handlers,
            **Proposals(self._frame).handlers,
            **Types(self._frame).handlers,
        }
        self.router: Router = self._frame.router(self._operations, handlers)

        @cache
        def described(language: str) -> dict[str, Any]:
            return document(
                self._operations, base=self._frame.base, limits=limits, texts=system.texts, language=language
            )

        @cache
        def serialized(language: str) -> bytes:
            return strict_json.dumps(described(language)).encode()

        @cache
        def page(reader: Visitor) -> bytes:
            return self._pages.interface(described(reader.language), ApiProblem, reader=reader).encode()

        self._serialized, self._drawn = serialized, page

    def has(self, path: str) -> bool:
        """Return whether an address is one of the API, there or not.

        Args:
            path: from the root of the server on.
        """
        below = path.removeprefix(self._pages.root)
        return below == PATH or below.startswith(f"{PATH}/")

    @property
    def metadata(self) -> HTTPRouteHandler:
        """The route of what clients of OAuth 2.0 have to know, which is not below the address of the API (RFC 8414, 3)."""

        @route(METADATA, http_method=["GET", "HEAD"])
        async def told() -> Response[Any]:
            octets = strict_json.dumps(self._tokens.metadata).encode()
            return Response(octets, media_type="application/json", headers=_KEPT)

        return told

    def refusals(self) -> Refusals:
        """Return the answers to what the application never sees: pages, and problems below the address of the API."""
        return Refusals(self._pages.refusals(), self._frame.refusals(), f"{self._pages.root}{PATH}")

    def refuse(self, request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        """Answer what no operation was asked for, or what went wrong outside of one."""
        return self._frame.refuse(request, error)

    async def _document(self, call: Call) -> Reply:
        content = await self._frame.run(lambda: self._serialized(call.language))
        return Reply(content, headers={**_KEPT, "Content-Language": call.language}, tagged=True)

    async def _page(self, call: Call) -> Reply:
        reader = Visitor(call.language, chosen="lang" in call.values)
        content = await self._frame.run(lambda: self._drawn(reader))
        return Reply(
            content,
            media_type="text/html",
            headers={**_KEPT, "Content-Language": call.language},
            tagged=True,
        )
