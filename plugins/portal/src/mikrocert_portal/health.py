"""Whether it lives, and whether it can serve: for whoever starts it again or sends visitors elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import anyio
from anyio import to_thread
from litestar import Response, route

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler
    from mikrocert.api import System

__all__ = ["health_routes"]

_PATIENCE_SECONDS: Final = 5.0
_SLOW: Final = ("archive",)
"""What is said where no answer came in time: only a database keeps anybody waiting."""
_UNAVAILABLE: Final = 503


def health_routes(system: System) -> list[HTTPRouteHandler]:
    """Return the routes `/livez` and `/readyz`; whoever is asked by them names parts, and no reasons.

    Args:
        system: the assembled system.
    """
    asking = anyio.CapacityLimiter(1)

    async def unready() -> tuple[str, ...]:
        with anyio.move_on_after(_PATIENCE_SECONDS):
            return await to_thread.run_sync(lambda: system.unready, limiter=asking, abandon_on_cancel=True)
        return _SLOW

    @route("/livez", http_method=["GET", "HEAD"])
    async def livez() -> Response[Any]:
        return Response("alive\n", media_type="text/plain")

    @route("/readyz", http_method=["GET", "HEAD"])
    async def readyz() -> Response[Any]:
        parts = await unready()
        return Response(
            {"ready": not parts, "unready": list(parts)},
            media_type="application/json",
            status_code=_UNAVAILABLE if parts else 200,
        )

    return [livez, readyz]
