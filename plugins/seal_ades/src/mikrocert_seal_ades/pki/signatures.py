"""Signatures under an AlgorithmIdentifier: those of certificates, revocation data and time-stamps (RFC 5280, 4.1.1; RFC 5652, 5.3).

Certificates, lists of revoked certificates and OCSP responses are wrapped alike: what is signed, the algorithm, the signature.
`wrapped` takes that apart without reading what is signed, so that a fault inside can't hide whether the octets are whole.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import attrs
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

from mikrocert_seal_ades.pki import der, x509
from mikrocert_seal_ades.pki.algorithms import MAXIMUM_RSA_BITS, public_key_of
from mikrocert_seal_ades.pki.problems import Problem, problem, reason_of

_SEQUENCE, _BIT_STRING = 0x30, 0x03
_PARTS: Final = 3

DIGESTS: Final[Mapping[str, type[hashes.HashAlgorithm]]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha3_256": hashes.SHA3_256,
    "sha3_384": hashes.SHA3_384,
    "sha3_512": hashes.SHA3_512,
}
"""Digests that are reckoned with, by the names that asn1crypto and hashlib share."""

WEAK: Final = frozenset({"sha1", "sha224"})
"""Digests that nobody should rely on any more (ETSI TS 119 312, 5.2)."""


@attrs.frozen
class Wrapped:
    """A signed value: `octets` are under the `signature`, `algorithm` is a DER AlgorithmIdentifier.

    `canonical` says whether what stands around the signed octets is written in the one way of DER.
    """

    octets: bytes = attrs.field(repr=False)
    algorithm: bytes
    signature: bytes = attrs.field(repr=False)
    canonical: bool


def wrapped(value: bytes) -> Wrapped | None:
    """Return the parts of a DER certificate, certificate list or basic OCSP response, or None where it has others."""
    try:
        ((tag, inside),) = der.values(value)
        parts = der.values(inside)
    except (ValueError, IndexError):
        return None
    if tag != _SEQUENCE or len(parts) < _PARTS:
        return None
    (first, octets), (second, algorithm), (third, signature), *more = parts
    if (first, second, third) != (_SEQUENCE, _SEQUENCE, _BIT_STRING) or signature[:1] != b"\0":
        return None
    signed, identifier = der.value(_SEQUENCE, octets), der.value(_SEQUENCE, algorithm)
    again = [signed, identifier, der.value(_BIT_STRING, signature), *(der.value(*one) for one in more)]
    return Wrapped(signed, identifier, signature[1:], der.value(_SEQUENCE, *again) == value)


def signature_problem(
    octets: bytes, *, signature: bytes, algorithm: bytes, public_key: bytes, digest: str = "", where: str = ""
) -> Problem | None:
    """Return what is wrong with `signature` over `octets`, or None when it is good.

    `algorithm` is a DER AlgorithmIdentifier, `public_key` a DER SubjectPublicKeyInfo. `digest` is that of a CMS signature, whose
    algorithm need not name one (RFC 5652, 5.3).
    """
    try:
        kind, named, salt = _algorithm(algorithm)
        name = named or digest
        if name not in DIGESTS and kind not in {"ed25519", "ed448"}:
            return problem("algorithm-unsupported", where=where, name=name or kind)
        if digest and named not in {"", digest} and kind not in {"ed25519", "ed448"}:
            return problem("digests-differ", where=where, one=digest, other=named)
        _verify(octets, signature=signature, kind=kind, digest=name, salt=salt, public_key=public_key)
    except InvalidSignature:
        return problem("signature-wrong", where=where)
    except Exception as fault:  # noqa: BLE001  a library that stumbles over hostile octets must not stop the report
        return problem("signature-unreadable", where=where, reason=reason_of(fault))
    return None


def digest_of(algorithm: bytes) -> str:
    """Return the name of the digest in a DER AlgorithmIdentifier of a signature; empty where there is none to be read."""
    try:
        return _algorithm(algorithm)[1]
    except Exception:  # noqa: BLE001  see `signature_problem`
        return ""


def kind_of(algorithm: bytes) -> str:
    """Return the kind of signature in a DER AlgorithmIdentifier, such as `ecdsa`; empty where there is none to be read."""
    try:
        return _algorithm(algorithm)[0]
    except Exception:  # noqa: BLE001  see `signature_problem`
        return ""


@lru_cache(maxsize=128)
def _algorithm(algorithm: bytes) -> tuple[str, str, int]:
    """Return kind, digest (empty where none is named) and length of the salt."""
    parsed: Any = x509.asn1crypto("algos").SignedDigestAlgorithm.load(algorithm, strict=True)
    name: str = parsed["algorithm"].native
    kind: str = parsed.signature_algo
    if kind == "rsassa_pss":
        parameters = parsed["parameters"]
        digest = str(parameters["hash_algorithm"]["algorithm"].native)
        if parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native != digest:
            return kind, "", 0
        return kind, digest, int(parameters["salt_length"].native)
    if kind in {"ed25519", "ed448"} or name in {"rsassa_pkcs1v15", "ecdsa"}:
        return kind, "", 0
    return kind, str(parsed.hash_algo), 0


def _verify(octets: bytes, *, signature: bytes, kind: str, digest: str, salt: int, public_key: bytes) -> None:
    key = public_key_of(public_key)
    match key:
        case rsa.RSAPublicKey() if kind == "rsassa_pss" and key.key_size <= MAXIMUM_RSA_BITS:
            hashing = DIGESTS[digest]()
            key.verify(signature, octets, padding.PSS(padding.MGF1(hashing), salt), hashing)
        case rsa.RSAPublicKey() if kind == "rsassa_pkcs1v15" and key.key_size <= MAXIMUM_RSA_BITS:
            key.verify(signature, octets, padding.PKCS1v15(), DIGESTS[digest]())
        case ec.EllipticCurvePublicKey() if kind == "ecdsa":
            key.verify(signature, octets, ec.ECDSA(DIGESTS[digest]()))
        case ed25519.Ed25519PublicKey() if kind == "ed25519":
            key.verify(signature, octets)
        case ed448.Ed448PublicKey() if kind == "ed448":
            key.verify(signature, octets)
        case _:
            raise InvalidSignature
