"""Assertions with which clients prove who they are (`private_key_jwt`: RFC 7521, RFC 7523, OpenID Connect Core 1.0, 9).

1. The text is a JWS of a size that can be, of three parts, each strictly encoded; header and claims are objects without doubles.
2. The client that it names is registered with keys, and valid now and from there.
3. The header names a key of this client and an algorithm of this key; nothing in the header brings a key along or changes the rules.
4. The signature is right.
5. Issuer and subject are the client; the one audience is us; it was issued not long ago and ends soon.
6. Its `jti` was not used before (`Clients.grant`).

Only the registered keys count, so that nobody chooses the key that is verified with; the algorithm follows from the key and not from the
header, so that nobody passes off a public key as a shared secret.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from mikrocert.accounts.jwks import algorithms_of, imported, kept_keys
from mikrocert.accounts.refusing import refused
from mikrocert.errors import IntakeError
from mikrocert.parsing import strict_json

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mikrocert.accounts.clients import Client

__all__ = ["Assertion", "UnverifiedAssertion", "read_assertion"]

_LONGEST: Final = 8 * 1024
_LONGEST_JTI: Final = 200
_LIFETIME_SECONDS: Final = 900
_CLOCKS_DIFFER_SECONDS: Final = 60
_PART: Final = re.compile("[A-Za-z0-9_-]+")
_TYPES: Final = {"jwt", "client-authentication+jwt"}
_RULES: Final = frozenset({"crit", "b64", "zip", "jku", "jwk", "x5u", "x5c"})
"""Members of a header that bring a key along or change how it is read."""


@attrs.frozen
class Assertion:
    """An assertion that proves who a client is.

    Args:
        identifier: its `jti`, which is good once.
        ends: when it ends (aware).
    """

    identifier: str
    ends: datetime


@attrs.frozen
class UnverifiedAssertion:
    """An assertion as it came: what it says is not proven.

    Args:
        text: the JWS.
        header: its header.
        claims: its claims.
    """

    text: str
    header: Mapping[str, Any] = attrs.field(hash=False)
    claims: Mapping[str, Any] = attrs.field(hash=False)

    @property
    def client(self) -> str:
        """The client that it names."""
        named = self.claims.get("sub")
        return named if isinstance(named, str) else ""

    def verified(self, client: Client, *, audiences: Collection[str], at: datetime) -> Assertion:
        """Return what it proves.

        Args:
            client: the client that it names.
            audiences: what we are called: the address of the token endpoint, and that of the instance.
            at: when (aware).

        Raises:
            AuthenticationError: if it proves nothing; the log of the program has the reason.
        """
        fault = self._fault_of_signature(client) or self._fault_of_claims(client, audiences, at)
        if fault is not None:
            raise refused(client.identifier, f"assertion: {fault}")
        return Assertion(self.claims["jti"], datetime.fromtimestamp(self.claims["exp"], UTC))

    def _fault_of_signature(self, client: Client) -> str | None:
        if client.jwks is None:
            return "the client has no keys"
        if _RULES & self.header.keys() or str(self.header.get("typ", "JWT")).lower() not in _TYPES:
            return "the header has what isn't taken"
        name, algorithm = self.header.get("kid"), self.header.get("alg")
        keys = list(kept_keys(client.jwks))
        if name is not None or len(keys) > 1:
            keys = [key for key in keys if key.get("kid") == name]
        if len(keys) != 1:
            return "no such key"
        if algorithm not in algorithms_of(keys[0]):
            return "not an algorithm of the key"
        return None if _is_signed(self.text, keys[0], cast("str", algorithm)) else "wrong signature"

    def _fault_of_claims(self, client: Client, audiences: Collection[str], at: datetime) -> str | None:
        if self.claims.get("iss") != client.identifier or self.claims.get("sub") != client.identifier:
            return "issuer and subject are not the client"
        audience: object = self.claims.get("aud")
        if isinstance(audience, list) and len(cast("list[object]", audience)) == 1:
            (audience,) = cast("list[object]", audience)
        if not isinstance(audience, str) or audience not in audiences:
            return "another audience"
        identifier = self.claims.get("jti")
        if not isinstance(identifier, str) or not 0 < len(identifier) <= _LONGEST_JTI:
            return "no jti"
        return self._fault_of_times(at.timestamp())

    def _fault_of_times(self, now: float) -> str | None:
        times = [_seconds(self.claims.get(name, default)) for name, default in _TIMES.items()]
        if None in times:
            return "a time is missing or none"
        ends, issued, begins = cast("list[float]", times)
        if ends <= now:
            return "expired"
        if ends > now + _LIFETIME_SECONDS or issued < now - _LIFETIME_SECONDS:
            return "valid for too long"
        if max(issued, begins) > now + _CLOCKS_DIFFER_SECONDS:
            return "from the future"
        return None


_TIMES: Final[Mapping[str, object]] = {"exp": None, "iat": None, "nbf": 0}
"""Claim with a time → what stands for it where it is missing."""


def read_assertion(text: str) -> UnverifiedAssertion:
    """Return what an assertion says, unproven.

    Raises:
        AuthenticationError: if it is none.
    """
    parts = text.split(".") if len(text) <= _LONGEST else []
    if len(parts) != len(("header", "claims", "signature")) or not all(map(_PART.fullmatch, parts)):
        raise refused(None, "assertion: malformed")
    try:
        header, claims = (
            strict_json.loads(_decoded(part), refuse=IntakeError, largest=_LONGEST) for part in parts[:2]
        )
    except (IntakeError, binascii.Error, ValueError) as error:
        raise refused(None, "assertion: malformed") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise refused(None, "assertion: malformed")
    return UnverifiedAssertion(text, cast("dict[str, Any]", header), cast("dict[str, Any]", claims))


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _seconds(value: object) -> float | None:
    """Return a NumericDate (RFC 7519, 2), or none where it is none that can be."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        seconds = float(cast("Any", value)) if not isinstance(value, str) else math.nan
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) else None


def _is_signed(text: str, key: Mapping[str, Any], algorithm: str) -> bool:
    from joserfc.errors import JoseError  # noqa: PLC0415 - only where clients are
    from joserfc.jws import deserialize_compact  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that EdDSA is called Ed25519 now
            deserialize_compact(text, imported(key), algorithms=[algorithm])
    except (JoseError, ValueError, TypeError):
        return False
    return True
