"""Public keys of clients (JWK Set, RFC 7517): which are taken, and what is kept of them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final, cast

from mikrocert.errors import AccountError, IntakeError
from mikrocert.parsing import strict_json
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from joserfc.jwk import Key

    from mikrocert.texts import Message

__all__ = ["CLIENT_ALGORITHMS", "algorithms_of", "imported", "kept_keys", "read_keys"]

_ALGORITHMS: Final[Mapping[tuple[object, object], tuple[str, ...]]] = {
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("OKP", "Ed25519"): ("EdDSA", "Ed25519"),
    ("RSA", None): ("PS256", "PS384", "PS512"),
}
"""Kind of key and curve → the algorithms that it may sign with; RSA with PKCS #1 v1.5 isn't among them, and nothing symmetric."""

CLIENT_ALGORITHMS: Final = tuple(name for names in _ALGORITHMS.values() for name in names)
"""All algorithms that assertions of clients may be signed with."""

_PUBLIC: Final[Mapping[str, tuple[str, ...]]] = {
    "EC": ("kty", "crv", "x", "y"),
    "OKP": ("kty", "crv", "x"),
    "RSA": ("kty", "n", "e"),
}
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MOST: Final = 10
_LONGEST_NAME: Final = 100
_SMALLEST_RSA: Final = 2048
_LARGEST: Final = 64 * 1024


def read_keys(octets: bytes) -> str:
    """Return the JWK Set that is kept of what an institution sent: public members of its keys and nothing else.

    Args:
        octets: a JWK Set, or a single JWK.

    Raises:
        AccountError: if it is none, has a private key or none, too many, one of a kind that isn't taken, or several that can't be
            told apart.
    """
    try:
        document = strict_json.loads(octets, refuse=IntakeError, largest=_LARGEST)
    except IntakeError as error:
        raise _refuse(error.message) from error
    members = _object(document)
    found: object = members.get("keys", [members])
    if not isinstance(found, list) or not found or len(cast("list[object]", found)) > _MOST:
        raise _refuse(message("it has to have 1 to {most} keys", most=_MOST))
    keys = [_checked(_object(key)) for key in cast("list[object]", found)]
    names = [key.get("kid") for key in keys]
    if len(keys) > 1 and (None in names or len(set(names)) < len(names)):
        raise _refuse(message("each of several keys needs a kid of its own"))
    return strict_json.dumps({"keys": keys})


def kept_keys(kept: str) -> Iterator[dict[str, Any]]:
    """Give the keys of a JWK Set that `read_keys` returned."""
    yield from _object(strict_json.loads(kept.encode(), refuse=IntakeError, largest=_LARGEST))["keys"]


def algorithms_of(key: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the algorithms that a key may sign with; none where its kind isn't taken."""
    kind = key.get("kty"), key.get("crv")
    possible = next((names for taken, names in _ALGORITHMS.items() if taken == kind), ())
    named = key.get("alg")
    return possible if named is None else tuple(name for name in possible if name == named)


def imported(key: Mapping[str, Any]) -> Key:
    """Return a key as joserfc has it.

    Raises:
        ValueError: if its members are no key.
    """
    from joserfc.errors import JoseError  # noqa: PLC0415 - only where clients are
    from joserfc.jwk import JWKRegistry  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of small keys, which are refused
            made = JWKRegistry.import_key(dict(key))
            _ = made.get_op_key("verify")
            return made
    except (JoseError, KeyError, TypeError, ValueError) as error:
        reason = "the members are no key"
        raise ValueError(reason) from error


def _checked(key: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public members of a key.

    Raises:
        AccountError: if it isn't taken.
    """
    if _PRIVATE & key.keys():
        raise _refuse(
            message("it has a private or secret key, which nobody else may know; send the public one")
        )
    name = key.get("kid")
    if name is not None and not (
        isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and name.isprintable()
    ):
        raise _refuse(message("a kid has to be a text of 1 to {most} characters", most=_LONGEST_NAME))
    if key.get("use", "sig") != "sig":
        raise _refuse(message("a key is not for signatures (use: sig)"))
    if not algorithms_of(key):
        raise _refuse(
            message(
                "a key is of a kind that isn't taken; EC with P-256 or P-384, OKP with Ed25519 and RSA for PS256, PS384 or PS512 are"
            )
        )
    public = {member: key[member] for member in _PUBLIC[key["kty"]] if member in key}
    try:
        size = _size(imported(public))
    except ValueError as error:
        raise _refuse(message("a key is damaged: its members are no public key")) from error
    if size is not None and size < _SMALLEST_RSA:
        raise _refuse(
            message(
                "an RSA key has {size} bits; at least {least} would be right", size=size, least=_SMALLEST_RSA
            )
        )
    return public | {member: key[member] for member in ("kid", "alg") if member in key}


def _size(key: Key) -> int | None:
    """Return how many bits an RSA key has, or none for another one."""
    size: object = getattr(key.get_op_key("verify"), "key_size", None) if key.key_type == "RSA" else None
    return size if isinstance(size, int) else None


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _refuse(message("it has to be an object, and so has each key"))
    return cast("dict[str, Any]", value)


def _refuse(fault: Message) -> AccountError:
    return AccountError(message("this is no JWK Set (RFC 7517) that is taken: {fault}", fault=fault))
