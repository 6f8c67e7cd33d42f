"""The signature algorithms of RFC 7518, 3 and RFC 8037, 3.1 that a seal may use: no `none`, no HMAC, no OIDs."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

import attrs
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mikrocert_seal_ades.pki.problems import Problem, phrase, problem, reason_of

EdwardsPrivateKey: TypeAlias = ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
EdwardsPublicKey: TypeAlias = ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | EdwardsPrivateKey

MINIMUM_RSA_BITS: Final = 2048
MAXIMUM_RSA_BITS: Final = 16384
MINIMUM_CURVE_BITS: Final = 256


@attrs.frozen
class Algorithm:
    """One JWS algorithm: its padding or curve, its digest and, for ECDSA, the octets of one coordinate and the order.

    EdDSA has a digest of its own; the one named here is for what stands beside it.
    """

    name: str
    kind: Literal["PKCS1", "PSS", "ECDSA", "EdDSA"]
    digest: Literal["sha256", "sha384", "sha512"]
    curve: str = ""
    coordinate: int = 0
    order: int = 0


_P256: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_P384: Final = int("F" * 48 + "C7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973", 16)
_P521: Final = int("1" + "F" * 64 + "FA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409", 16)

ALGORITHMS: Final[Mapping[str, Algorithm]] = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm("RS256", "PKCS1", "sha256"),
        Algorithm("RS384", "PKCS1", "sha384"),
        Algorithm("RS512", "PKCS1", "sha512"),
        Algorithm("PS256", "PSS", "sha256"),
        Algorithm("PS384", "PSS", "sha384"),
        Algorithm("PS512", "PSS", "sha512"),
        Algorithm("ES256", "ECDSA", "sha256", "secp256r1", 32, _P256),
        Algorithm("ES384", "ECDSA", "sha384", "secp384r1", 48, _P384),
        Algorithm("ES512", "ECDSA", "sha512", "secp521r1", 66, _P521),
        Algorithm("EdDSA", "EdDSA", "sha512"),
    )
}


SEALING_ALGORITHMS: Final = tuple(name for name, algorithm in ALGORITHMS.items() if algorithm.kind != "EdDSA")
"""Names of the algorithms that the signers of mikrocert seal with: all that TS 119 312 has, which is without EdDSA."""


def verify(octets: bytes, *, signature: bytes, algorithm: Algorithm, public_key: bytes) -> Problem | None:
    """Return what is wrong with `signature` over `octets`, or None when it is good.

    `signature` is in the form that JWS gives it (raw r and s for ECDSA), `public_key` a DER SubjectPublicKeyInfo.
    An RSA signature has the length of the modulus, a PSS salt that of the digest (RFC 7518, 3.3 to 3.5; RFC 8037, 3.1).
    """
    try:
        key = public_key_of(public_key)
        if unfit := key_problem(key, algorithm=algorithm):
            return unfit
        expected = signature_size(key, algorithm=algorithm)
        if len(signature) != expected:
            return problem("signature-length", count=len(signature), expected=expected)
        _verify(key, octets=octets, signature=signature, algorithm=algorithm)
    except InvalidSignature:
        return problem("signature-invalid")
    except Exception as fault:  # noqa: BLE001  a library that stumbles over a hostile key must not stop the report
        return problem("library-failed", reason=reason_of(fault))
    return None


def sign(octets: bytes, *, algorithm: Algorithm, key: PrivateKey) -> bytes:
    """Return the JWS signature over `octets` (RFC 7518, 3.3 to 3.5; RFC 8037, 3.1). The key has to fit the algorithm."""
    if isinstance(key, EdwardsPrivateKey):
        return key.sign(octets)
    digest = _digest(algorithm)
    if isinstance(key, rsa.RSAPrivateKey):
        if algorithm.kind == "PSS":
            return key.sign(octets, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
        return key.sign(octets, padding.PKCS1v15(), digest)
    r, s = decode_dss_signature(key.sign(octets, ec.ECDSA(digest)))
    raw = r.to_bytes(algorithm.coordinate, "big") + s.to_bytes(algorithm.coordinate, "big")
    return lowered(raw, algorithm=algorithm)


def is_low(signature: bytes, *, algorithm: Algorithm) -> bool:
    """Return whether this is the one form in which a JWS signature is written here.

    Of an ECDSA signature (r, s) anybody makes (r, n - s), which is as good; so the smaller s is written. An RSA
    signature has one form only.
    """
    if algorithm.kind != "ECDSA":
        return True
    return 2 * int.from_bytes(signature[algorithm.coordinate :], "big") < algorithm.order


def lowered(signature: bytes, *, algorithm: Algorithm) -> bytes:
    """Return a good JWS signature in the one form in which it is written here; see `is_low`."""
    if is_low(signature, algorithm=algorithm):
        return signature
    size = algorithm.coordinate
    s = algorithm.order - int.from_bytes(signature[size:], "big")
    return signature[:size] + s.to_bytes(size, "big")


def widened(signature: bytes, *, algorithm: Algorithm) -> bytes:
    """Return an ES512 signature in its right width if it has 130 octets, any other as it is.

    r and s of P-521 have 66 octets each (RFC 7518, 3.4). DSS writes them in 65 when they fit.
    """
    narrow = algorithm.coordinate - 1
    if algorithm.name != "ES512" or len(signature) != 2 * narrow:
        return signature
    return b"\0" + signature[:narrow] + b"\0" + signature[narrow:]


def key_problem(key: object, *, algorithm: Algorithm) -> Problem | None:
    """Return why a private or public `key` does not fit `algorithm`, or None when it does."""
    if algorithm.kind == "ECDSA":
        if (
            isinstance(key, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey)
            and key.curve.name == algorithm.curve
        ):
            return None
        return problem(
            "key-unfit",
            alg=algorithm.name,
            right=phrase("a key on the curve {curve}", curve=algorithm.curve),
        )
    if algorithm.kind == "EdDSA":
        if isinstance(key, EdwardsPublicKey | EdwardsPrivateKey):
            return None
        return problem("key-unfit", alg=algorithm.name, right=phrase("an Ed25519 or Ed448 key"))
    if (
        isinstance(key, rsa.RSAPublicKey | rsa.RSAPrivateKey)
        and MINIMUM_RSA_BITS <= key.key_size <= MAXIMUM_RSA_BITS
    ):
        return None
    bits = f"{MINIMUM_RSA_BITS}–{MAXIMUM_RSA_BITS}"
    return problem("key-unfit", alg=algorithm.name, right=phrase("an RSA key of {bits} bits", bits=bits))


@lru_cache(maxsize=128)
def public_key_of(octets: bytes) -> Any:  # noqa: ANN401  one of many kinds
    """Return the key in a DER SubjectPublicKeyInfo. The same few come again and again, so the last ones are kept.

    Raises whatever the library does.
    """
    return load_der_public_key(octets)


def strength_problem(public_key: bytes, *, name: str) -> Problem | None:
    """Return why the key in a DER SubjectPublicKeyInfo must not be on a path, or None where it may.

    `name` is that of its certificate. What seals and what issues has to be equally hard to forge.
    """
    key = public_key_of(public_key)
    match key:
        case rsa.RSAPublicKey() if MINIMUM_RSA_BITS <= key.key_size <= MAXIMUM_RSA_BITS:
            return None
        case ec.EllipticCurvePublicKey() if key.curve.key_size >= MINIMUM_CURVE_BITS:
            return None
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            return None
        case _:
            right = phrase(
                "an RSA key of {bits} bits or more, or one on a curve of {curve} bits or more",
                bits=MINIMUM_RSA_BITS,
                curve=MINIMUM_CURVE_BITS,
            )
            return problem("key-weak", name=name, right=right)


@lru_cache(maxsize=32)
def same_key(one: bytes, other: bytes) -> bool:
    """Return whether two DER SubjectPublicKeyInfo hold the same public key, however each is written."""
    try:
        return load_der_public_key(one) == load_der_public_key(other)
    except Exception:  # noqa: BLE001  whatever stops the library, sameness is not proven
        return False


def signature_size(key: object, *, algorithm: Algorithm) -> int:
    """Return how many octets a JWS signature by `key` has."""
    if algorithm.kind == "ECDSA":
        return 2 * algorithm.coordinate
    if algorithm.kind == "EdDSA":
        return 64 if isinstance(key, ed25519.Ed25519PublicKey) else 114
    size: int = getattr(key, "key_size", 0)
    return (size + 7) // 8


def _verify(key: object, *, octets: bytes, signature: bytes, algorithm: Algorithm) -> None:
    digest = _digest(algorithm)
    if isinstance(key, EdwardsPublicKey):
        key.verify(signature, octets)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        r = int.from_bytes(signature[: algorithm.coordinate], "big")
        s = int.from_bytes(signature[algorithm.coordinate :], "big")
        key.verify(encode_dss_signature(r, s), octets, ec.ECDSA(digest))
    elif isinstance(key, rsa.RSAPublicKey):
        scheme = (
            padding.PSS(padding.MGF1(digest), digest.digest_size)
            if algorithm.kind == "PSS"
            else padding.PKCS1v15()
        )
        key.verify(signature, octets, scheme, digest)


def _digest(algorithm: Algorithm) -> hashes.HashAlgorithm:
    digests: dict[str, hashes.HashAlgorithm] = {
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }
    return digests[algorithm.digest]
