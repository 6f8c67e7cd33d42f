"""The two cookies of who signs in, at the desk or to a wallet: a sign-in that was begun, and a session.

All belong to this very host, go over TLS only, are out of reach of scripts and are not sent along when another site posts
(`__Host-`, Secure, HttpOnly, SameSite=Lax). What was begun is kept by the browser itself, so that nobody can fill our memory by beginning:
it tells who has it nothing that they haven't drawn, and another browser doesn't have it.
"""

from __future__ import annotations

import re
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any, Final

from litestar.datastructures import Cookie

from mikrocert_portal.sign_in.asked import asked_page
from mikrocert_portal.sign_in.provider import Attempt

if TYPE_CHECKING:
    from litestar import Request, Response

__all__ = [
    "ATTEMPT",
    "SESSION",
    "attempt_cookie",
    "attempt_in",
    "no_cookie",
    "session_cookie",
    "session_in",
    "with_cookies",
]

SESSION: Final = "__Host-desk"
ATTEMPT: Final = "__Host-desk-signing-in"
"""What the cookies of the desk are called."""

_ATTEMPT_SECONDS: Final = 600
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_LANGUAGE: Final = re.compile(r"[a-z]{0,8}")


def _cookie(name: str, value: str, *, seconds: int | None = None) -> Cookie:
    return Cookie(name, value=value, path="/", max_age=seconds, secure=True, httponly=True, samesite="lax")


def session_cookie(name: str, *, cookie: str = SESSION) -> Cookie:
    """Return what gives a session to a browser, until it is closed."""
    return _cookie(cookie, name)


def attempt_cookie(attempt: Attempt, *, language: str, page: str, cookie: str = ATTEMPT) -> Cookie:
    """Return what leaves a sign-in that was begun with the browser.

    Args:
        attempt: what was begun.
        language: the language that the reader chose, or nothing.
        page: the page that was asked for (see `asked_page`), or nothing.
        cookie: what it is called.
    """
    # A slash would have to be quoted; a page has no colon.
    value = f"{attempt.state}.{attempt.nonce}.{attempt.verifier}.{language}.{page.replace('/', ':')}"
    return _cookie(cookie, value, seconds=_ATTEMPT_SECONDS)


def no_cookie(name: str) -> Cookie:
    """Return what takes a cookie away."""
    return _cookie(name, "", seconds=0)


def _values(request: Request[Any, Any, Any], name: str) -> list[str]:
    found: list[str] = []
    for field in request.headers.getall("cookie", []):
        try:
            cookies = SimpleCookie(field)
        except CookieError:
            continue
        found.extend(one.value for key, one in cookies.items() if key == name)
    return found


def session_in(request: Request[Any, Any, Any], *, cookie: str = SESSION) -> str | None:
    """Return the name of the session that a browser shows, or none."""
    return next((value for value in _values(request, cookie) if _NAME.fullmatch(value)), None)


def attempt_in(request: Request[Any, Any, Any], *, cookie: str = ATTEMPT) -> tuple[Attempt, str, str] | None:
    """Return the sign-in that a browser began, the language in which, and the page that was asked for; or none."""
    for value in _values(request, cookie):
        parts = value.split(".", 4)
        if len(parts) != 5:  # noqa: PLR2004 - as it was written
            continue
        *drawn, language, page = parts
        if all(map(_NAME.fullmatch, drawn)) and _LANGUAGE.fullmatch(language):
            return Attempt(*drawn), language, asked_page(page.replace(":", "/"))
    return None


def with_cookies(response: Response[Any], *cookies: Cookie) -> Response[Any]:
    """Return an answer that sets or takes away these cookies."""
    for cookie in cookies:
        response.set_cookie(cookie)
    return response
