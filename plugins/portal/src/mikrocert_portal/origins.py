"""Forms without cookies: what another site sends in a visitor's name is refused.

The secret is in the address, so who forges a form has to know it; this is the second lock. Pages of ours send no referrer, so browsers
that don't tell `Sec-Fetch-Site` send `Origin: null`, which is let in as what comes from no browser at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mikrocert_portal.errors import HttpProblem, Refused

if TYPE_CHECKING:
    from litestar import Request

__all__ = ["demand_own_origin"]


def demand_own_origin(request: Request[Any, Any, Any], *, base_url: str) -> None:
    """Refuse a form that a browser says it sends for another site.

    Args:
        request: the request.
        base_url: of this one.

    Raises:
        Refused: if it comes from elsewhere.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "null")
    if site is not None:
        own = site == "same-origin"
    else:
        own = origin == "null" or _site_of(origin) == _site_of(base_url)
    if not own:
        raise Refused(HttpProblem.ELSEWHERE)


def _site_of(address: str) -> tuple[str, str] | None:
    """Return scheme and host of an address; none where it is none, whatever a program calls its origin."""
    try:
        scheme, host, *_ = urlsplit(address)
    except ValueError:
        return None
    return scheme, host
