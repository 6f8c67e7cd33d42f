"""Whether it lives, and whether it can serve: for whoever starts it again or sends visitors elsewhere."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import anyio
from anyio import to_thread
from litestar import Response, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from litestar.handlers import HTTPRouteHandler
    from mikrocert.api import System

__all__ = ["health_routes"]

_PATIENCE_SECONDS: Final = 5.0
_UNAVAILABLE: Final = 503


def health_routes(system: System) -> list[HTTPRouteHandler]:
    """Return the routes `/livez` and `/readyz`; whoever is asked by them names parts, and no reasons.

    Args:
        system: the assembled system.
    """
    limiters = defaultdict[str, anyio.CapacityLimiter](lambda: anyio.CapacityLimiter(1))

    async def unready() -> list[str]:
        there = dict[str, bool]()

        async def ask(name: str, question: Callable[[], bool]) -> None:
            with anyio.move_on_after(_PATIENCE_SECONDS):
                there[name] = await to_thread.run_sync(
                    question, limiter=limiters[name], abandon_on_cancel=True
                )

        parts = system.parts
        async with anyio.create_task_group() as group:
            for name, question in parts.items():
                group.start_soon(ask, name, question)
        # What doesn't answer in time isn't there.
        return sorted(name for name in parts if not there.get(name))

    @route("/livez", http_method=["GET", "HEAD"])
    async def livez() -> Response[Any]:
        return Response("alive\n", media_type="text/plain")

    @route("/readyz", http_method=["GET", "HEAD"])
    async def readyz() -> Response[Any]:
        parts = await unready()
        return Response(
            {"ready": not parts, "unready": parts},
            media_type="application/json",
            status_code=_UNAVAILABLE if parts else 200,
        )

    return [livez, readyz]
