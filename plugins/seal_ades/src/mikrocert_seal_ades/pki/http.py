"""One question over HTTP, within bounds of time and size."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import attrs

from mikrocert_seal_ades.pki.errors import RefusedError, ServiceError
from mikrocert_seal_ades.pki.problems import problem, reason_of

LARGEST: Final = 32 * 1024 * 1024
"""The most octets of an answer that are read; revocation lists of large authorities have some millions."""
_PIECE: Final = 64 * 1024
_WORDS: Final = 4 * 1024
_SCHEMES: Final = frozenset({"http", "https"})


def _reached(url: str, hosts: frozenset[str] | None) -> bool:
    """Return whether an address is one on the web, and on one of these hosts where they are limited."""
    parts = urlsplit(url)
    return parts.scheme in _SCHEMES and (hosts is None or parts.hostname in hosts)


class _OnlyReading(HTTPRedirectHandler):
    """Follows redirections of what is only read, to other addresses on the web; a question is answered where it was sent."""

    def __init__(self, hosts: frozenset[str] | None) -> None:
        self._hosts = hosts

    def redirect_request(  # noqa: PLR0917  so it is called
        self,
        req: Request,
        fp: Any,  # noqa: ANN401  passed on
        code: int,
        msg: str,
        headers: Any,  # noqa: ANN401  passed on
        newurl: str,
    ) -> Request | None:
        if req.data is not None or not _reached(newurl, self._hosts):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _nothing(_url: str, _body: bytes | None, _content_type: str) -> None:
    return None


def _unwatched(_content_type: str) -> AbstractContextManager[object]:
    return nullcontext()


@attrs.frozen
class Http:
    """Asks addresses on the web.

    Args:
        timeout: seconds after which an answer that isn't there whole is given up.
        headers: what is sent along, such as `Authorization`.
        limit: the most octets of an answer.
        clock: seconds from any fixed moment on.
        reply: returns an answer that is at hand, given the address, what is posted to it or none, and its media type; none
            where the web has to be asked.
        hosts: names of the hosts that may be asked, in lower case; any where it is None.
        watch: returns what is open while it is asked, given the media type of what is posted, or nothing where none is.
    """

    timeout: float = 10.0
    headers: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    limit: int = LARGEST
    clock: Callable[[], float] = time.monotonic
    reply: Callable[[str, bytes | None, str], bytes | None] = _nothing
    hosts: frozenset[str] | None = None
    watch: Callable[[str], AbstractContextManager[object]] = _unwatched

    def get(self, url: str) -> bytes:
        """Return what stands at `url`. Raises `ServiceError`."""
        return self._asked(url, body=None, content_type="")

    def post(self, url: str, body: bytes, *, content_type: str) -> bytes:
        """Return the answer to `body`, sent to `url`. Raises `ServiceError`."""
        return self._asked(url, body=body, content_type=content_type)

    def _asked(self, url: str, *, body: bytes | None, content_type: str) -> bytes:
        with self.watch(content_type):
            return self._answer(url, body=body, content_type=content_type)

    def _answer(self, url: str, *, body: bytes | None, content_type: str) -> bytes:
        if not _reached(url, self.hosts):
            raise ServiceError(problem("service-address", url=url))
        if (at_hand := self.reply(url, body, content_type)) is not None:
            return at_hand
        headers = dict(self.headers) | ({"Content-Type": content_type} if body is not None else {})
        request = Request(url, data=body, headers=headers)  # noqa: S310  the scheme was looked at
        end, answer = self.clock() + self.timeout, b""
        try:
            with build_opener(_OnlyReading(self.hosts)).open(request, timeout=self.timeout) as response:
                return self._read(response, url=url, end=end)
        except ServiceError:
            raise
        except HTTPError as fault:
            with fault, suppress(Exception):  # whatever stops its reading, the status is there
                answer = fault.read(_WORDS)
            reason = f"HTTP {fault.code}"
            silent = problem("service-silent", url=url, reason=reason)
            raise RefusedError(silent, status=fault.code, answer=answer) from fault
        # http.client raises more than OSError; whatever it is, there is no answer.
        except Exception as fault:
            cause = getattr(fault, "reason", fault)
            reason = reason_of(cause if isinstance(cause, BaseException) else fault)
            raise ServiceError(problem("service-silent", url=url, reason=reason)) from fault

    def _read(self, response: Any, *, url: str, end: float) -> bytes:  # noqa: ANN401  urllib names no type for it
        found = bytearray()
        while piece := response.read1(_PIECE):
            found += piece
            if len(found) > self.limit:
                raise ServiceError(problem("service-too-much", url=url, limit=self.limit))
            if self.clock() > end:
                raise ServiceError(problem("service-silent", url=url, reason=TimeoutError.__name__))
        return bytes(found)
