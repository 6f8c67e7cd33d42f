"""The sandbox over HTTP: what `authority` answers, at the addresses that stand in the certificates.

For trying things out on one's own machine: it keeps nothing, and whoever reaches it may ask.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import unquote, urlsplit

import attrs
from cryptography.hazmat.primitives.serialization import Encoding
from mikrocert.api import SealError, SettingsError, message

from mikrocert_seal_test.authority import revocation_list, revocation_state, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mikrocert_seal_test.state import Sandbox

__all__ = ["Reply", "reply_to", "server"]

_LARGEST_REQUEST: Final = 65_536
_DIGITS: Final = 5
_SILENT_SECONDS: Final = 10.0


@attrs.frozen
class Reply:
    """What is sent back to one request.

    Args:
        status: of HTTP.
        body: DER, or where the request was no good a sentence in English.
        media_type: of the body.
        allowed: the methods that would be right, where another was used.
    """

    status: HTTPStatus
    body: bytes
    media_type: str = "text/plain; charset=utf-8"
    allowed: str | None = None


@attrs.frozen
class _Resource:
    """What is at a path: RFC 3161, 3.4; RFC 6960, appendix A; RFC 5280, 4.2.1.13 and 4.2.2.1.

    Args:
        method: of HTTP, the only one.
        gives: media type of the answer.
        respond: returns it, given the sandbox, the body of the request and the time (aware).
        takes: media type of the request.
    """

    method: Literal["GET", "POST"]
    gives: str
    respond: Callable[[Sandbox, bytes, datetime], bytes]
    takes: str | None = None


def _list_of(issuer: Literal["root", "authority"]) -> _Resource:
    return _Resource(
        "GET",
        "application/pkix-crl",
        lambda sandbox, _, at: revocation_list(sandbox, issuer=issuer, at=at),
    )


def _certificate_of(name: str) -> _Resource:
    return _Resource(
        "GET",
        "application/pkix-cert",
        lambda sandbox, *_: sandbox.members[name].certificate.public_bytes(Encoding.DER),
    )


_OCSP: Final = "application/ocsp-response"
_RESOURCES: Final[Mapping[str, _Resource]] = {
    "/tsa": _Resource(
        "POST",
        "application/timestamp-reply",
        lambda sandbox, request, at: timestamp(sandbox, request, at=at),
        takes="application/timestamp-query",
    ),
    "/ocsp": _Resource(
        "POST",
        _OCSP,
        lambda sandbox, request, at: revocation_state(sandbox, request, at=at),
        takes="application/ocsp-request",
    ),
    "/crl/root.crl": _list_of("root"),
    "/crl/authority.crl": _list_of("authority"),
    "/certificates/root.cer": _certificate_of("root"),
    "/certificates/authority.cer": _certificate_of("authority"),
}


def _resource(path: str) -> _Resource | None:
    """Return what is at a path; an OCSP request may be part of one."""
    asked = path.removeprefix("/ocsp/")
    if asked == path:
        return _RESOURCES.get(path)

    def respond(sandbox: Sandbox, _: bytes, at: datetime) -> bytes:
        try:
            request = base64.b64decode(unquote(asked), validate=True)
        except ValueError as error:
            raise SealError(message("behind /ocsp/ stands a request in base64")) from error
        return revocation_state(sandbox, request, at=at)

    return _Resource("GET", _OCSP, respond)


def reply_to(
    sandbox: Sandbox, method: str, path: str, *, media_type: str = "", body: bytes = b"", at: datetime
) -> Reply:
    """Return what the sandbox answers to a request.

    Args:
        sandbox: who answers.
        method: of HTTP.
        path: `/tsa`, `/ocsp`, `/ocsp/` with the request in base64, `/crl/root.crl`, `/crl/authority.crl`,
            `/certificates/root.cer` or `/certificates/authority.cer`.
        media_type: what the body of a post is called.
        body: of the request.
        at: the time that the answer is of (aware).
    """
    resource = _resource(path)
    if resource is None:
        return _refused(HTTPStatus.NOT_FOUND, f"there are {', '.join(_RESOURCES)}")
    if method != resource.method:
        reason = f"{resource.method} would be right"
        return _refused(HTTPStatus.METHOD_NOT_ALLOWED, reason, allowed=resource.method)
    if resource.takes not in {None, media_type.partition(";")[0].strip().lower()}:
        return _refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"{resource.takes} would be right")
    try:
        return Reply(HTTPStatus.OK, resource.respond(sandbox, body, at), resource.gives)
    except SealError as error:
        return _refused(HTTPStatus.BAD_REQUEST, str(error))


def _refused(status: HTTPStatus, reason: str, *, allowed: str | None = None) -> Reply:
    return Reply(status, f"{reason}\n".encode(), allowed=allowed)


def server(sandbox: Sandbox, url: str) -> ThreadingHTTPServer:
    """Return a server that answers for a sandbox at its address; `serve_forever` runs it.

    Args:
        sandbox: who answers.
        url: `http://` with a host and a port, as it stands in the certificates.

    Raises:
        SettingsError: if nothing can listen there.
    """
    parts = urlsplit(url)

    class _Handler(_Requests):
        answering = sandbox

    try:
        return ThreadingHTTPServer((parts.hostname or "", parts.port or 80), _Handler)
    except OSError as error:
        raise SettingsError(
            message(
                "signers.test.url: nothing can listen at {url} ({reason})",
                url=url,
                reason=type(error).__name__,
            )
        ) from error


class _Requests(BaseHTTPRequestHandler):
    """Reads a request, bounded, and writes the answer."""

    answering: Sandbox
    timeout = _SILENT_SECONDS
    server_version = "mikrocert-sandbox"
    sys_version = ""

    def do_GET(self) -> None:
        self._reply(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch("[0-9]+", length):
            self._write(_refused(HTTPStatus.LENGTH_REQUIRED, "Content-Length says how long a request is"))
        elif len(length) > _DIGITS or int(length) > _LARGEST_REQUEST:
            reason = f"a request has at most {_LARGEST_REQUEST} octets"
            self._write(_refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason))
        else:
            self._reply(self.rfile.read(int(length)))

    def _reply(self, body: bytes) -> None:
        kind = self.headers.get("Content-Type", "")
        path = urlsplit(self.path).path
        self._write(
            reply_to(self.answering, self.command, path, media_type=kind, body=body, at=datetime.now(UTC))
        )

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.media_type)
        self.send_header("Content-Length", str(len(reply.body)))
        if reply.allowed is not None:
            self.send_header("Allow", reply.allowed)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - as http.server calls it
        """Log nothing: requests are nobody's business."""
