"""The signer of a sandbox, which has its time-stamp authority and its revocation data at hand."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from mikrocert.api import SealError, Services, message
from mikrocert_seal_ades.signers import KeySigner

from mikrocert_seal_test.serving import reply_to

if TYPE_CHECKING:
    from mikrocert_seal_test.state import Sandbox

__all__ = ["SandboxSigner"]


class SandboxSigner(KeySigner):
    """Signs with the seal of a sandbox, and answers at its address without a server.

    Args:
        sandbox: whose seal it is.
        url: the address of the sandbox, as it stands in its certificates.
    """

    def __init__(self, sandbox: Sandbox, *, url: str) -> None:
        seal = sandbox.signer
        super().__init__(
            sandbox.members["seal"].key,
            certificates=seal.identity.certificates,
            algorithm=seal.identity.algorithm,
        )
        self._sandbox = sandbox
        self._url = url

    @property
    def services(self) -> Services:
        """Time-stamps, revocation data and certificates of the sandbox."""
        return Services((f"{self._url}/tsa",), self._reply)

    def _reply(self, url: str, body: bytes | None, media_type: str) -> bytes | None:
        path = url.removeprefix(self._url)
        if path == url or not path.startswith("/"):
            return None
        method = "GET" if body is None else "POST"
        reply = reply_to(
            self._sandbox, method, path, media_type=media_type, body=body or b"", at=datetime.now(UTC)
        )
        if reply.status != HTTPStatus.OK:
            raise SealError(
                message(
                    "the sandbox answers {status} at {url}: {reason}",
                    status=reply.status.value,
                    url=url,
                    reason=reply.body.decode().strip(),
                )
            )
        return reply.body
