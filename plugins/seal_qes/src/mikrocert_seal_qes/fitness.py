"""What a key and its certificates have to be before anything is sealed, wherever the key is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from mikrocert.api import Message, SealError, identity_of, message
from mikrocert_seal_ades.messages import message_of
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, MINIMUM_RSA_BITS, key_problem
from mikrocert_seal_ades.pki.chains import chain_of
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.purposes import purpose_problems
from mikrocert_seal_ades.pki.x509 import called, is_authority, issued, public_key, subject_identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from mikrocert.api import Identity

__all__ = ["fit_identity", "names_of", "refused", "seal_certificates"]

_CURVES = ("secp256r1", "secp384r1", "secp521r1")


def fit_identity(
    leaf: bytes,
    *,
    among: Sequence[bytes],
    algorithm: str,
    at: datetime,
    source: object,
    faults: Iterable[Message] = (),
) -> Identity:
    """Return who seals with the key in a seal certificate, once all of it is found fit to seal.

    Args:
        leaf: the seal certificate, DER.
        among: certificates, DER, in which its issuers are looked for.
        algorithm: name of the signature algorithm (RFC 7518, 3.1).
        at: the time at which the seal certificate has to be valid (aware).
        source: where key and certificates come from, for errors.
        faults: what else is wrong; told with what is found here.

    Raises:
        SealError: if anything is wrong; every fault is named.
    """
    found = list(faults)
    try:
        chain = chain_of(leaf, among=among)
        found = [*_key_faults(leaf, algorithm=algorithm), *_certificate_faults(chain, at=at), *found]
    except CertificateError as error:
        raise refused(source, [message_of(problem) for problem in error.problems]) from error
    if found:
        raise refused(source, found)
    try:
        return identity_of(chain, algorithm=algorithm)
    except SealError as error:
        raise refused(source, [error.message]) from error


def seal_certificates(certificates: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return those DER certificates that are no authority's, each once. Raises `CertificateError`."""
    return tuple(one for one in dict.fromkeys(certificates) if not is_authority(one))


def names_of(certificates: Iterable[bytes]) -> tuple[str, ...]:
    """Return what to call DER certificates by. Raises `CertificateError`."""
    return tuple(called(one) for one in certificates)


def refused(source: object, faults: Sequence[Message]) -> SealError:
    """Return the error that names every fault of what comes from a source."""
    return SealError(message("{source}: {faults:semicolon}", source=source, faults=faults))


def _key_faults(leaf: bytes, *, algorithm: str) -> list[Message]:
    try:
        key = load_der_public_key(public_key(leaf))
    except Exception as error:  # noqa: BLE001  whatever stops the library, nobody could verify with this key
        return [message("the key in the seal certificate can't be used: {reason}", reason=error)]
    rsa_key = isinstance(key, rsa.RSAPublicKey) and key.key_size >= MINIMUM_RSA_BITS
    curve_key = isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES
    if rsa_key or curve_key:
        unfit = key_problem(key, algorithm=ALGORITHMS[algorithm])
        return [message_of(unfit)] if unfit else []
    kind = message("of another kind")
    if isinstance(key, ec.EllipticCurvePublicKey):
        kind = message("on the curve {curve}", curve=key.curve.name)
    if isinstance(key, rsa.RSAPublicKey):
        kind = message("RSA of {bits} bits", bits=key.key_size)
    return [
        message(
            "the key is {kind}; RSA of at least {minimum} bits, P-256, P-384 or P-521 is needed",
            kind=kind,
            minimum=MINIMUM_RSA_BITS,
        )
    ]


def _certificate_faults(chain: tuple[bytes, ...], *, at: datetime) -> list[Message]:
    leaf, top = chain[0], chain[-1]
    identity = subject_identity(leaf)
    faults: list[Message] = []
    if not identity.not_before <= at <= identity.not_after:
        faults.append(
            message(
                "the seal certificate is valid from {start} to {end}, not now",
                start=identity.not_before,
                end=identity.not_after,
            )
        )
    # Whether it has to say that it is for seals depends on the anchors, which verifying judges.
    faults += [message_of(problem) for problem in purpose_problems(leaf, organisations=None)]
    if len(chain) > 1 and not issued(top, by=top):
        name = subject_identity(top).common_name or subject_identity(top).organization
        faults.append(
            message(
                "the chain ends at “{name}”, which is no root; name a PEM file with the missing certificates as chain",
                name=name,
            )
        )
    return faults
