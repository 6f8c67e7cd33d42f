"""The certificate that a client's TLS connection was made with, as a reverse proxy hands it on in a header field (RFC 8705, 9440).

The field is believed only where the connection itself comes from a trusted proxy. So this stands before whatever replaces the
proxy's address by that of its client, and from anybody else the field is dropped before anything reads it.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_to_bytes

from mikrocert_portal.observing import is_trusted

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from mikrocert_portal.config import ClientCertificates
    from mikrocert_portal.observing import Application, Receive, Send

__all__ = ["CERTIFICATE", "CertificateGate", "read_certificate"]

CERTIFICATE: Final = "mikrocert.certificate"
"""Where the certificate (DER) of a request is in its scope."""

_LONGEST: Final = 16 * 1024
_RFC9440: Final = re.compile(rb":([A-Za-z0-9+/]+={0,2}):")
_PEM: Final = re.compile(
    rb"\s*-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/\s]+={0,2})\s?-----END CERTIFICATE-----\s*"
)


class CertificateGate:
    """An ASGI application in whose requests a certificate is only where a trusted proxy says so.

    Args:
        application: what answers.
        settings: which header field has it, and how.
        proxies: addresses or networks of proxies that are believed; `*` is nobody here, because anybody could be meant.
    """

    def __init__(
        self, application: Application, *, settings: ClientCertificates, proxies: tuple[str, ...]
    ) -> None:
        self._application = application
        self._name = settings.header.lower().encode()
        self._form = settings.form
        self._proxies = tuple(proxy for proxy in proxies if proxy != "*")

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            values = [value for name, value in scope["headers"] if name == self._name]
            scope["headers"] = [field for field in scope["headers"] if field[0] != self._name]
            client = scope.get("client")
            if len(values) == 1 and is_trusted(client[0] if client else None, self._proxies):
                scope[CERTIFICATE] = read_certificate(values[0], form=self._form)
        await self._application(scope, receive, send)


def read_certificate(value: bytes, *, form: str) -> bytes | None:
    """Return the certificate (DER) that a header field has, or none where it has none or isn't of its form.

    Args:
        value: the field as it came.
        form: `rfc9440` or `escaped-pem`.
    """
    if len(value) > _LONGEST:
        return None
    found = _RFC9440.fullmatch(value) if form == "rfc9440" else _PEM.fullmatch(unquote_to_bytes(value))
    if found is None:
        return None
    try:
        return base64.b64decode(b"".join(found[1].split()), validate=True)
    except binascii.Error:
        return None
