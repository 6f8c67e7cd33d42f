"""Sending what happened to an address that an institution named, without being led anywhere else.

The address is somebody else's word. So its name is resolved here, every address that comes of it has to be one of the public network, and
the connection is made to the very address that was looked at. No redirect is followed, of the answer nothing but its status is read, and
resolving a name and asking an address each end after a fixed time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
from contextlib import suppress
from threading import Timer
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

import attrs

from mikrocert.errors import WebhookError
from mikrocert.jobs.resolving import Resolver, look_up
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Sender", "check_address", "signature"]

_SECONDS: Final = 10.0
_LONGEST_URL: Final = 2000
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_PREFIX: Final = "whsec_"


def signature(secret: str, *, id: str, timestamp: int, body: bytes) -> str:  # noqa: A002 - the standard's name
    """Return the value of `webhook-signature` (Standard Webhooks 1.0, symmetric).

    Args:
        secret: `whsec_` and the key in base64.
        id: value of `webhook-id`.
        timestamp: value of `webhook-timestamp`, in seconds since 1970.
        body: what is sent.
    """
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def check_address(url: str, *, plain: bool) -> SplitResult:
    """Return the parts of an address to which something may be sent.

    Args:
        url: the address.
        plain: whether `http` will do, which is so in a sandbox.

    Raises:
        WebhookError: if it is none.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise WebhookError(_no_address(url)) from error
    schemes = {"https", "http"} if plain else {"https"}
    odd = not url.isascii() or not url.isprintable() or " " in url or "\\" in url
    if (
        parts.scheme not in schemes
        or not parts.hostname
        or "@" in parts.netloc
        or parts.fragment
        or port == 0
        or len(url) > _LONGEST_URL
        or odd
    ):
        raise WebhookError(_no_address(url))
    return parts


def _no_address(url: str) -> Message:
    return message(
        "'{url}' is no address to which something may be sent; https://host.example/path would be right",
        url=url[:200],
    )


def is_public(text: str) -> bool:
    """Return whether an IP address is one of the public network, whatever it is wrapped into."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if any(one is not None and not is_public(str(one)) for one in inner):
            return False
        if address.ipv4_mapped is not None:
            return True
    return address.is_global and not address.is_multicast


def _by_deadline(sender: Sender) -> Resolver:
    return Resolver(sender.resolve, seconds=sender.seconds)


@attrs.frozen
class Sender:
    """Sends.

    Args:
        plain: whether `http` will do.
        private: whether addresses outside of the public network will do, for tests in a sandbox.
        seconds: how long resolving a name may take, and asking an address.
        resolve: returns the IP addresses of a name; it may never return.
    """

    plain: bool = False
    private: bool = False
    seconds: float = _SECONDS
    resolve: Callable[[str, int], list[str]] = look_up
    _resolver: Resolver = attrs.field(
        init=False, eq=False, repr=False, default=attrs.Factory(_by_deadline, takes_self=True)
    )

    def send(self, url: str, body: bytes, *, headers: dict[str, str]) -> int:
        """Send a body by POST and return the status of the answer.

        Raises:
            WebhookError: if the address may not be reached or doesn't answer.
        """
        parts = check_address(url, plain=self.plain)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        addresses = self._addresses(host, port)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        fault: Exception | None = None
        for address in addresses[:2]:
            connection = _Pinned(address, host, port, seconds=self.seconds, tls=parts.scheme == "https")
            watch = Timer(self.seconds, connection.cut)
            watch.daemon = True
            watch.start()
            try:
                connection.request("POST", path, body=body, headers=headers)
                status = connection.getresponse().status
                if not connection.late:  # where it was cut, its headers look as if they had ended
                    return status
                fault = TimeoutError()
            except (OSError, http.client.HTTPException, ValueError) as error:
                fault = error
            finally:
                watch.cancel()
                connection.close()
        kind = type(fault).__name__
        raise WebhookError(message("{host} doesn't answer ({kind})", host=host, kind=kind)) from fault

    def _addresses(self, host: str, port: int) -> list[str]:
        """Return what a name resolves to; all of it has to be public."""
        try:
            found = self._resolver.addresses(host, port)
        except TimeoutError as error:
            raise WebhookError(message("the name {host} isn't resolved in time", host=host)) from error
        except (OSError, UnicodeError) as error:
            raise WebhookError(message("the name {host} can't be resolved", host=host)) from error
        if not found or not (self.private or all(map(is_public, found))):
            raise WebhookError(
                message("{host} is not in the public network, and nothing is sent elsewhere", host=host)
            )
        return found


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever the name resolves to by now."""

    def __init__(self, address: str, host: str, port: int, *, seconds: float, tls: bool) -> None:
        super().__init__(host, port, timeout=seconds)
        self._address = address
        self._tls = tls
        self.late = False

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), timeout=self.timeout)
        self.sock = raw
        if self._tls:
            self.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=self.host)

    def cut(self) -> None:
        """End it, whatever it waits for."""
        self.late = True
        sock: socket.socket | None = getattr(self, "sock", None)
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
