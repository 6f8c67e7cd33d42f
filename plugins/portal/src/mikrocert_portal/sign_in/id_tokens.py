"""ID tokens: what an identity provider says of a person (OpenID Connect Core 1.0, 2 and 3.1.3.7).

1. The token is a JWS of a size that can be.
2. Its header names one key of the provider, and an algorithm of that key; nothing in the header brings a key along.
3. The signature is right.
4. It is of this provider, for us and for nobody else, for the sign-in that this browser began, and of now.

The algorithm follows from the key and not from the header, so that nobody passes off a public key as a shared secret, and nothing
unsigned counts.
"""

from __future__ import annotations

import hmac
import warnings
from typing import TYPE_CHECKING, Any, Final, cast

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from joserfc.jwt import JWTClaimsRegistry, decode

from mikrocert_portal.sign_in.errors import SignInError, SignInFault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from joserfc.jwk import Key

__all__ = ["UnknownKeyError", "public_keys", "verified_claims"]

_LONGEST: Final = 16 * 1024
_LONGEST_SUBJECT: Final = 255
_CLOCKS_DIFFER_SECONDS: Final = 60
_OLDEST_SECONDS: Final = 600
_MOST_KEYS: Final = 50
_SMALLEST_RSA: Final = 2048
_ALGORITHMS: Final[Mapping[tuple[str, object], tuple[str, ...]]] = {
    ("RSA", None): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA", "Ed25519"),
}
"""Kind of key and curve → the algorithms that it may sign with; nothing symmetric is among them."""
_RULES: Final = frozenset({"crit", "b64", "zip", "jku", "jwk", "x5u"})
"""Members of a header that bring a key along or change how it is read."""


class UnknownKeyError(SignInError):
    """The token names a key that the provider's set, as it is known, hasn't got."""


def public_keys(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return those keys of a JWK Set that may sign ID tokens.

    Args:
        document: the set, as the provider has it.
    """
    found: object = document.get("keys")
    if not isinstance(found, list):
        return []
    keys = [
        cast("dict[str, Any]", key)
        for key in cast("list[object]", found)[:_MOST_KEYS]
        if isinstance(key, dict)
    ]
    return [key for key in keys if _algorithms_of(key) and key.get("use", "sig") == "sig"]


def verified_claims(
    token: object, *, keys: Sequence[Mapping[str, Any]], issuer: str, client: str, nonce: str, at: datetime
) -> dict[str, Any]:
    """Return the claims of an ID token that proves them.

    Args:
        token: the token, as it came.
        keys: of the provider.
        issuer: the provider.
        client: whom it has to be for: the desk, as it is registered.
        nonce: what was sent along when the sign-in began.
        at: when (aware).

    Raises:
        UnknownKeyError: if the keys don't have the one that it names.
        SignInError: if it proves nothing.
    """
    if not isinstance(token, str) or len(token) > _LONGEST or token.count(".") != 2:  # noqa: PLR2004 - three parts
        raise _unproven(reason="no JWS")
    claims = _signed(token, keys)
    registry = JWTClaimsRegistry(
        now=int(at.timestamp()),
        leeway=_CLOCKS_DIFFER_SECONDS,
        iss={"essential": True, "value": issuer},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(claims)
    except (JoseError, TypeError, ValueError, OverflowError) as error:
        raise _unproven(reason=type(error).__name__) from error
    fault = _fault_of(claims, client=client, nonce=nonce, now=at.timestamp())
    if fault is not None:
        raise _unproven(reason=fault)
    return claims


def _fault_of(claims: Mapping[str, Any], *, client: str, nonce: str, now: float) -> str | None:
    audience, party, found = claims.get("aud"), claims.get("azp", client), claims.get("nonce")
    named: list[object] = cast("list[object]", audience) if isinstance(audience, list) else [audience]
    if named != [client] or party != client:
        return "for others than us"
    if not isinstance(found, str) or not hmac.compare_digest(found.encode(errors="replace"), nonce.encode()):
        return "of another sign-in"
    subject, issued = claims["sub"], claims["iat"]
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
        return "no subject"
    if not isinstance(issued, int | float) or issued < now - _OLDEST_SECONDS:
        return "issued long ago"
    return None


def _signed(token: str, keys: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the claims of a token that one of the keys signed."""

    def chosen(signed: Any) -> Key:  # noqa: ANN401 - what joserfc has of a token
        header: dict[str, Any] = signed.headers()
        if _RULES & header.keys():
            raise _unproven(reason="the header has what isn't taken")
        fitting = [key for key in keys if header.get("alg") in _algorithms_of(key)]
        if "kid" in header:
            fitting = [key for key in fitting if key.get("kid") == header["kid"]]
        if not fitting:
            raise UnknownKeyError(SignInFault.UNPROVEN, "no such key, or not an algorithm of it")
        if len(fitting) > 1:
            raise _unproven(reason="several such keys")
        return _imported(fitting[0])

    every = [name for names in _ALGORITHMS.values() for name in names]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that EdDSA is called Ed25519 now
            return decode(token, chosen, algorithms=every).claims
    except (JoseError, TypeError, ValueError) as error:
        raise _unproven(reason=type(error).__name__) from error


def _imported(key: Mapping[str, Any]) -> Key:
    try:
        made = JWKRegistry.import_key({name: key[name] for name in _PUBLIC[key["kty"]] if name in key})
        size: object = getattr(made.get_op_key("verify"), "key_size", None)
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise _unproven(reason="a damaged key") from error
    if not isinstance(made, RSAKey | ECKey | OKPKey):
        raise _unproven(reason="a key of another kind")
    if isinstance(made, RSAKey) and (not isinstance(size, int) or size < _SMALLEST_RSA):
        raise _unproven(reason="a small key")
    return made


_PUBLIC: Final[Mapping[str, tuple[str, ...]]] = {
    "EC": ("kty", "crv", "x", "y"),
    "OKP": ("kty", "crv", "x"),
    "RSA": ("kty", "n", "e"),
}


def _algorithms_of(key: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the algorithms that a key may sign with; none where its kind isn't taken."""
    kind = key.get("kty"), key.get("crv")
    possible = next((names for taken, names in _ALGORITHMS.items() if taken == kind), ())
    named = key.get("alg")
    return possible if named is None else tuple(name for name in possible if name == named)


def _unproven(*, reason: str) -> SignInError:
    return SignInError(SignInFault.UNPROVEN, reason)
