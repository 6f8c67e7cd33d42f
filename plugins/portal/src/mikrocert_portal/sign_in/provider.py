"""The identity provider: where people are sent to sign in, and what it says of them when they come back.

OpenID Connect Core 1.0 with the authorization code flow, PKCE (RFC 7636, S256) and the issuer in the answer (RFC 9207).

1. `begin` draws `state`, `nonce` and the verifier of PKCE; they stay with the browser that began.
2. `complete` demands of what comes back that it has this `state`, and names this provider where it names one.
3. The code is exchanged for an ID token, by us and over TLS, with our secret and the verifier.
4. The ID token proves who came (`mikrocert_portal.sign_in.id_tokens`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import anyio
import attrs
from mikrocert.api import SettingsError, message

from mikrocert_portal.sign_in.asking import Asking
from mikrocert_portal.sign_in.errors import SignInError, SignInFault
from mikrocert_portal.sign_in.id_tokens import UnknownKeyError, public_keys, verified_claims

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from litestar import Request

__all__ = ["Attempt", "Identity", "Provider", "Registered", "demand_safe", "is_safe", "parameters_in"]

_DISCOVERY: Final = "/.well-known/openid-configuration"
_KEPT_SECONDS: Final = 3600.0
_ASKED_AGAIN_SECONDS: Final = 30.0
_LONGEST_CODE: Final = 2048
_MOST_PARAMETERS: Final = 20
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def is_safe(address: object) -> bool:
    """Return whether what is sent to an address stays between us and whoever answers there: TLS, or this very machine."""
    if not isinstance(address, str) or not address.isascii() or not address.isprintable():
        return False
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or parts.fragment or not parts.hostname or " " in address or "\\" in address:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def demand_safe(addresses: Mapping[str, str]) -> None:
    """Refuse to let people sign in where others could listen.

    Args:
        addresses: member of the settings → address.

    Raises:
        SettingsError: if an address is not safe.
    """
    for member, address in addresses.items():
        if not is_safe(address) or urlsplit(address).query:
            raise SettingsError(
                message(
                    "{member} is {address}; people sign in only over https://, or on this very machine",
                    member=member,
                    address=address,
                )
            )


def parameters_in(request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    """Return the parameters with which a browser came back.

    Raises:
        SignInError: if they are none.
    """
    try:
        return parse_qsl(
            request.scope["query_string"].decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError as error:  # UnicodeError is one
        raise SignInError(SignInFault.STALE, "no parameters") from error


class Registered(Protocol):
    """How we are registered at an identity provider, and what we want to learn there."""

    @property
    def issuer(self) -> str:
        """The provider, by the address that it calls itself."""
        ...

    @property
    def client_id(self) -> str:
        """Under what we are registered."""
        ...

    @property
    def ask(self) -> str:
        """Scopes that are asked for beside `openid`, with blanks between them."""
        ...

    @property
    def claim(self) -> str | None:
        """The claim whose values are entitlements, or none."""
        ...

    @property
    def wanted(self) -> tuple[str, ...]:
        """Claims that are asked for where the ID token doesn't have them."""
        ...


@attrs.frozen
class Attempt:
    """A sign-in that a browser began; nobody but this browser and we know it.

    Args:
        state: comes back in the answer.
        nonce: comes back in the ID token.
        verifier: that of PKCE, sent with the code.
    """

    state: str = attrs.field(repr=False)
    nonce: str = attrs.field(repr=False)
    verifier: str = attrs.field(repr=False)

    @classmethod
    def new(cls) -> Attempt:
        """Draw one."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))

    @property
    def challenge(self) -> str:
        """The challenge of PKCE (RFC 7636, 4.2)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@attrs.frozen
class Identity:
    """Who signed in, as the identity provider proved it.

    Args:
        issuer: the provider.
        subject: the person; never given to another one by this provider.
        name: what they are called there, or nothing.
        entitlements: values of the claim that the settings name.
    """

    issuer: str
    subject: str
    name: str
    entitlements: frozenset[str]


@attrs.frozen
class _Endpoints:
    authorization: str
    token: str
    keys: str
    userinfo: str | None
    end_session: str | None
    names_issuer: bool
    by_basic: bool


@attrs.define
class _Kept:
    """What the provider said, for a while."""

    endpoints: _Endpoints
    keys: Sequence[Mapping[str, Any]]
    asked_at: float


class Provider:
    """The identity provider that the settings name; safe to use from several requests at a time.

    Args:
        config: how we are registered there.
        secret: what we are known by there.
        redirect: address to which people come back.
        asking: asks it.
        now: tells the time (aware).
        clock: seconds, never going back.
    """

    def __init__(
        self,
        config: Registered,
        *,
        secret: str,
        redirect: str,
        asking: Asking | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._secret = secret
        self._redirect = redirect
        self._asking = asking or Asking()
        self._now = now
        self._clock = clock
        self._kept: _Kept | None = None
        self._failed: tuple[SignInError, float] | None = None
        self._lock = anyio.Lock()

    async def begin(self, attempt: Attempt) -> str:
        """Return the address to which a browser is sent to sign in.

        Raises:
            SignInError: if the provider doesn't answer as it has to.
        """
        kept = await self._known()
        parameters = {
            "response_type": "code",
            "client_id": self._config.client_id,
            "redirect_uri": self._redirect,
            "scope": " ".join(dict.fromkeys(("openid", *self._config.ask.split()))),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        return _with_query(kept.endpoints.authorization, parameters)

    async def complete(self, answer: Sequence[tuple[str, str]], attempt: Attempt) -> Identity:
        """Return who signed in.

        Args:
            answer: parameters with which the browser came back.
            attempt: what it began with.

        Raises:
            SignInError: if nobody did, as far as is proven.
        """
        parameters = dict(answer)
        if len(parameters) < len(answer):
            raise SignInError(SignInFault.STALE, "a parameter twice")
        if not hmac.compare_digest(parameters.get("state", "").encode(), attempt.state.encode()):
            raise SignInError(SignInFault.STALE, "another state")
        kept = await self._known()
        if parameters.get("iss", self._config.issuer) != self._config.issuer:
            raise SignInError(SignInFault.UNPROVEN, "the answer of another provider")
        if kept.endpoints.names_issuer and "iss" not in parameters:
            raise SignInError(SignInFault.UNPROVEN, "an answer without issuer")
        if "error" in parameters:
            raise SignInError(SignInFault.DECLINED, "the provider answers with an error")
        code = parameters.get("code", "")
        if not 0 < len(code) <= _LONGEST_CODE:
            raise SignInError(SignInFault.STALE, "no code")
        tokens = await self._exchanged(kept.endpoints, code, attempt)
        claims = await self._claims(tokens.get("id_token"), attempt)
        return self._identity(await self._completed(kept.endpoints, claims, tokens))

    async def sign_out_address(self, back: str) -> str | None:
        """Return the address at which people sign out at the provider as well, or none.

        Args:
            back: address to which they come back.
        """
        end = self._kept.endpoints.end_session if self._kept is not None else None
        if end is None:
            return None
        return _with_query(end, {"client_id": self._config.client_id, "post_logout_redirect_uri": back})

    async def _exchanged(self, endpoints: _Endpoints, code: str, attempt: Attempt) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "code_verifier": attempt.verifier,
        }
        authorization = None
        if endpoints.by_basic:
            pair = f"{quote(self._config.client_id, safe='')}:{quote(self._secret, safe='')}"
            authorization = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self._config.client_id, "client_secret": self._secret}
        return await self._asking.json(endpoints.token, form=form, authorization=authorization)

    async def _claims(self, token: object, attempt: Attempt) -> dict[str, Any]:
        """Return what an ID token proves; a key that isn't known is asked for once more."""
        kept = await self._known()
        try:
            return self._verified(token, kept, attempt)
        except UnknownKeyError:
            if self._clock() - kept.asked_at < _ASKED_AGAIN_SECONDS:
                raise
        return self._verified(token, await self._known(older_than=_ASKED_AGAIN_SECONDS), attempt)

    def _verified(self, token: object, kept: _Kept, attempt: Attempt) -> dict[str, Any]:
        return verified_claims(
            token,
            keys=kept.keys,
            issuer=self._config.issuer,
            client=self._config.client_id,
            nonce=attempt.nonce,
            at=self._now(),
        )

    async def _completed(
        self, endpoints: _Endpoints, claims: dict[str, Any], tokens: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the claims with what the provider says only where it is asked (OpenID Connect Core 1.0, 5.3)."""
        access = tokens.get("access_token")
        missing = any(name not in claims for name in self._config.wanted)
        if not missing or endpoints.userinfo is None or not isinstance(access, str):
            return claims
        if not access.isascii() or not access.isprintable():
            raise SignInError(SignInFault.PROVIDER, "no access token")
        more = await self._asking.json(endpoints.userinfo, authorization=f"Bearer {access}")
        if more.get("sub") != claims["sub"]:
            raise SignInError(SignInFault.UNPROVEN, "what is said is of somebody else")
        return more | claims

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        claim, name = self._config.claim, claims.get("name")
        found: object = None if claim is None else claims.get(claim)
        values: list[object] = cast("list[object]", found) if isinstance(found, list) else [found]
        return Identity(
            self._config.issuer,
            claims["sub"],
            name if isinstance(name, str) else "",
            frozenset(value for value in values if isinstance(value, str)),
        )

    async def _known(self, *, older_than: float = _KEPT_SECONDS) -> _Kept:
        """Return what the provider says of itself, asked when it is older; one that failed is left alone for a while.

        Raises:
            SignInError: if it doesn't answer as it has to.
        """
        async with self._lock:
            if self._kept is not None and self._clock() - self._kept.asked_at < older_than:
                return self._kept
            if self._failed is not None and self._clock() - self._failed[1] < _ASKED_AGAIN_SECONDS:
                raise self._failed[0]
            try:
                endpoints = self._read(await self._asking.json(self._config.issuer.rstrip("/") + _DISCOVERY))
                keys = public_keys(await self._asking.json(endpoints.keys))
            except SignInError as error:
                self._failed = error, self._clock()
                raise
            self._failed = None
            self._kept = _Kept(endpoints, keys, self._clock())
            return self._kept

    def _read(self, document: Mapping[str, Any]) -> _Endpoints:
        """Return what the provider says of itself (OpenID Connect Discovery 1.0, 3).

        Raises:
            SignInError: if it is another one, or can't do what is needed.
        """
        if document.get("issuer") != self._config.issuer:
            raise SignInError(SignInFault.PROVIDER, "it calls itself otherwise than the settings do")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        offered = ("userinfo_endpoint", "end_session_endpoint")
        there = [document.get(name) for name in needed] + [
            document[name] for name in offered if name in document
        ]
        if not all(map(is_safe, there)):
            raise SignInError(SignInFault.PROVIDER, "an address that is missing or not safe")
        methods = _texts(document, "token_endpoint_auth_methods_supported", "client_secret_basic")
        if "code" not in _texts(document, "response_types_supported", "code") or (
            "S256" not in _texts(document, "code_challenge_methods_supported", "S256")
        ):
            raise SignInError(SignInFault.PROVIDER, "it has no code flow with PKCE (S256)")
        if not {"client_secret_basic", "client_secret_post"}.intersection(methods):
            raise SignInError(SignInFault.PROVIDER, "it takes no secret")
        return _Endpoints(
            authorization=document["authorization_endpoint"],
            token=document["token_endpoint"],
            keys=document["jwks_uri"],
            userinfo=document.get("userinfo_endpoint"),
            end_session=document.get("end_session_endpoint"),
            names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
            by_basic="client_secret_basic" in methods,
        )


def _texts(document: Mapping[str, Any], name: str, usual: str) -> list[str]:
    """Return a member that is a list of texts, or what it is where there is none."""
    found: object = document.get(name, [usual])
    values = cast("list[object]", found) if isinstance(found, list) else []
    return [value for value in values if isinstance(value, str)]


def _with_query(address: str, parameters: Mapping[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(parameters)}"
