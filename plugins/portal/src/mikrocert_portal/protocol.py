"""HTTP: what can't be read as a request gets a page of ours, too."""

from __future__ import annotations

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["refusing_with"]

_HEAD = """\
HTTP/1.1 400 Bad Request
Content-Type: text/html; charset=utf-8
Content-Length: {length}
Content-Security-Policy: default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'
Cache-Control: no-store
Connection: close

"""


def refusing_with(page: bytes) -> type[H11Protocol]:
    """Return the protocol of the server, which answers what is no request, or one with endless headers, by this page.

    Args:
        page: HTML in UTF-8.
    """
    answer = _HEAD.format(length=len(page)).replace("\n", "\r\n").encode() + page

    class Refusing(H11Protocol):
        def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the page says it in the reader's words
            self.transport.write(answer)
            self.transport.close()

    return Refusing
