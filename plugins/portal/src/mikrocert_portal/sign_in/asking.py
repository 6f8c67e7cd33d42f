"""Asking an identity provider: bounded in octets and time, and never sent on to another address."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Final, cast

import anyio
import httpx
from mikrocert.api import IntakeError, strict_json

from mikrocert_portal.sign_in.errors import SignInError, SignInFault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Asking", "a_client"]

_LARGEST: Final = 256 * 1024
_SECONDS: Final = 10.0
_OK: Final = 200


def a_client() -> httpx.AsyncClient:
    """Return what asks over the network, trusting the certificates that this machine trusts."""
    return httpx.AsyncClient(verify=ssl.create_default_context(), timeout=_SECONDS, follow_redirects=False)


class Asking:
    """Asks.

    Args:
        client: returns what asks over the network.
        seconds: how long an answer may take, from the first to the last octet.
        largest: how many octets it may have.
    """

    def __init__(
        self,
        client: Callable[[], httpx.AsyncClient] = a_client,
        *,
        seconds: float = _SECONDS,
        largest: int = _LARGEST,
    ) -> None:
        self._client = client
        self._seconds = seconds
        self._largest = largest

    async def json(
        self,
        address: str,
        *,
        form: Mapping[str, str] | None = None,
        authorization: str | None = None,
    ) -> dict[str, Any]:
        """Return the object in JSON that is answered.

        Args:
            address: what is asked.
            form: what is posted; none means that nothing is.
            authorization: value of the header field, or none.

        Raises:
            SignInError: if there is no answer, or another one than 200 with an object, or a large one, or a slow one.
        """
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if authorization is not None:
            headers["Authorization"] = authorization
        try:
            with anyio.fail_after(self._seconds):
                async with (
                    self._client() as client,
                    client.stream(
                        "GET" if form is None else "POST", address, data=form, headers=headers
                    ) as answer,
                ):
                    octets = await self._octets(answer)
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            httpx.StreamError,
            OSError,
        ) as error:  # TimeoutError is one
            raise _unanswered(reason=type(error).__name__) from error
        try:
            answered = strict_json.loads(octets, refuse=IntakeError, largest=self._largest)
        except IntakeError as error:
            raise _unanswered(reason="no JSON") from error
        if not isinstance(answered, dict):
            raise _unanswered(reason="no object")
        return cast("dict[str, Any]", answered)

    async def _octets(self, answer: httpx.Response) -> bytes:
        if answer.status_code != _OK:
            raise _unanswered(reason=f"HTTP {answer.status_code}")
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise _unanswered(reason="compressed")
        octets = bytearray()
        async for chunk in answer.aiter_bytes():
            octets += chunk
            if len(octets) > self._largest:
                raise _unanswered(reason="too large")
        return bytes(octets)


def _unanswered(*, reason: str) -> SignInError:
    return SignInError(SignInFault.PROVIDER, reason)
