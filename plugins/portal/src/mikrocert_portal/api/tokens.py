"""Tokens for clients of OAuth 2.0 (RFC 6749, 4.4), who prove who they are by an assertion (RFC 7523) or a certificate (RFC 8705)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from mikrocert.api import CLIENT_ALGORITHMS, AccountError, AuthenticationError, Scope

from mikrocert_portal.api.frame import PATH, Reply, address_of, certificate_of, challenge
from mikrocert_portal.api.problems import ApiProblem, ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.api import Grant

    from mikrocert_portal.api.frame import AnyRequest, Call, Frame, Handler
    from mikrocert_portal.config import ClientCertificates

__all__ = ["ASSERTION_TYPE", "GRANT_TYPE", "METADATA", "TOKEN", "Tokens"]

TOKEN: Final = "/token"  # noqa: S105 - an address
"""Address of the token endpoint, below that of the API."""

METADATA: Final = "/.well-known/oauth-authorization-server"
"""Address of the metadata (RFC 8414), below the base."""

GRANT_TYPE: Final = "client_credentials"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_MOST: Final = 20


class Tokens:
    """Gives tokens to clients.

    Args:
        frame: the frame of the API.
        certificates: how certificates of clients arrive, or none where they don't.
    """

    def __init__(self, frame: Frame, *, certificates: ClientCertificates | None) -> None:
        self._frame = frame
        self._certificates = certificates

    @property
    def handlers(self) -> dict[str, Handler]:
        """Name of an operation → what answers it."""
        return {"getToken": self.token}

    @property
    def metadata(self) -> dict[str, Any]:
        """What a client has to know to ask for a token (RFC 8414, 2)."""
        issuer, certificates = self._frame.system.settings.base_url, self._certificates
        metadata: dict[str, Any] = {
            "issuer": issuer,
            "token_endpoint": f"{self._frame.base}{TOKEN}",
            "scopes_supported": [scope.value for scope in Scope],
            "response_types_supported": [],
            "grant_types_supported": [GRANT_TYPE],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": list(CLIENT_ALGORITHMS),
            "service_documentation": f"{self._frame.base}/docs",
            "ui_locales_supported": list(self._frame.system.texts.languages),
        }
        if certificates is not None:
            metadata["token_endpoint_auth_methods_supported"].append("self_signed_tls_client_auth")
            metadata["tls_client_certificate_bound_access_tokens"] = True
            if certificates.base_url is not None:
                alias = f"{certificates.base_url.rstrip('/')}{PATH}{TOKEN}"
                metadata["mtls_endpoint_aliases"] = {"token_endpoint": alias}
        return metadata

    async def token(self, call: Call) -> Reply:
        """Give a token."""

        async def granted(content: bytes) -> Reply:
            fields = _fields(content)
            work = partial(self._granted, call.request, fields)
            try:
                grant = await self._frame.run(work)
            except AuthenticationError as error:
                self._frame.missed(address_of(call.request))
                raise ProblemError(ApiProblem.INVALID_CLIENT, headers=challenge()) from error
            except AccountError as error:
                raise ProblemError(ApiProblem.INVALID_SCOPE) from error
            return Reply(
                {
                    "access_token": grant.secret,
                    "token_type": "Bearer",
                    "expires_in": grant.seconds,
                    "scope": " ".join(sorted(scope.value for scope in grant.scopes)),
                },
                headers={"Pragma": "no-cache"},  # RFC 6749, 5.1
            )

        return await self._frame.body(call, octets=self._frame.limits.token_octets, work=granted)

    def _granted(self, request: AnyRequest, fields: Mapping[str, str]) -> Grant:
        accounts = self._frame.system.accounts
        if accounts is None:
            raise AuthenticationError
        return accounts.clients.token(
            audiences=(f"{self._frame.base}{TOKEN}", self._frame.system.settings.base_url),
            address=request.client.host if request.client else None,
            at=self._frame.now(),
            assertion=fields.get("client_assertion"),
            client=fields.get("client_id"),
            certificate=certificate_of(request),
            scopes=fields.get("scope", "").split(" ") if fields.get("scope") else (),
        )


def _fields(content: bytes) -> dict[str, str]:
    """Return the parameters of a request for a token; those without a value are not there (RFC 6749, 3.2).

    Raises:
        ProblemError: if it is no form, a parameter stands there twice or is missing, or another grant is asked for.
    """
    try:
        pairs = parse_qsl(
            content.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MOST,
        )
    except ValueError as error:  # UnicodeError is one
        raise ProblemError(ApiProblem.INVALID_REQUEST) from error
    names = [name for name, _ in pairs]
    fields = {name: value for name, value in pairs if value}
    if len(set(names)) < len(names) or "grant_type" not in fields:
        raise ProblemError(ApiProblem.INVALID_REQUEST)
    if fields["grant_type"] != GRANT_TYPE:
        raise ProblemError(ApiProblem.UNSUPPORTED_GRANT)
    if fields.get("client_assertion_type") != (ASSERTION_TYPE if "client_assertion" in fields else None):
        raise ProblemError(ApiProblem.INVALID_REQUEST)
    return fields
