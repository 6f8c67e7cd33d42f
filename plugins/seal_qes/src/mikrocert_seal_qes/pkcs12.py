"""A signer from a PKCS#12 file, checked before it signs anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from mikrocert.errors import SealError
from mikrocert_seal_ades.jades import CertificateError, KeySigner, SealingError, subject_identity
from mikrocert_seal_ades.owner import owner_of
from mikrocert_seal_ades.pki.x509 import from_pem, is_authority, issued, may_seal

from mikrocert_seal_qes.secret import secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from mikrocert_seal_qes.config import Pkcs12Config

__all__ = ["open_signer"]

_MINIMUM_BITS: Final = 2048


def open_signer(config: Pkcs12Config, *, at: datetime) -> KeySigner:
    """Return a signer whose key was loaded once and is held in memory.

    Args:
        config: the file, where its password is, and the algorithm.
        at: the time at which the seal certificate has to be valid (aware).

    Raises:
        SettingsError: if the password is no reference.
        SealError: if the file can't be opened, or key or certificates won't do; every fault is named.
    """
    password = secret(config.password, member="seals.pkcs12.password")
    try:
        store = pkcs12.load_pkcs12(_read(config.file), password)
    except ValueError as error:
        message = f"{config.file} can't be opened: the password is wrong, or it is no PKCS#12 file"
        raise SealError(message) from error
    key, leaf = store.key, store.cert
    if key is None or leaf is None:
        missing = "private key" if key is None else "certificate that belongs to its key"
        message = f"{config.file} holds no {missing}; export key and certificate together"
        raise SealError(message)
    algorithm = config.algorithm or ("ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS256")
    try:
        others = [entry.certificate.public_bytes(Encoding.DER) for entry in store.additional_certs]
        others += from_pem(_read(config.chain)) if config.chain else ()
        chain = _chain(leaf.certificate.public_bytes(Encoding.DER), others)
        faults = [*_key_faults(key), *_certificate_faults(chain, others, at=at)]
        if faults or not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise SealError(f"{config.file}: " + "; ".join(faults))
        owner_of(chain)
        return KeySigner(chain, algorithm, key=key)
    except (CertificateError, SealingError) as error:
        message = f"{config.file}: {error}"
        raise SealError(message) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path} can't be read: {error.strerror}"
        raise SealError(message) from error


def _chain(leaf: bytes, others: Sequence[bytes]) -> tuple[bytes, ...]:
    """The seal certificate and its issuers, as far as they are at hand; others are left out."""
    chain = [leaf]
    rest = [other for other in others if other != leaf]
    while issuer := next((other for other in rest if issued(chain[-1], by=other)), None):
        chain.append(issuer)
        rest.remove(issuer)
    return tuple(chain)


def _key_faults(key: object) -> list[str]:
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _MINIMUM_BITS:
        return []
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return []
    found = (
        f"on the curve {key.curve.name}" if isinstance(key, ec.EllipticCurvePrivateKey) else "of another kind"
    )
    if isinstance(key, rsa.RSAPrivateKey):
        found = f"RSA of {key.key_size} bits"
    return [f"the key is {found}; RSA of at least {_MINIMUM_BITS} bits or P-256 is needed"]


def _certificate_faults(chain: tuple[bytes, ...], others: Sequence[bytes], *, at: datetime) -> list[str]:
    leaf, top = chain[0], chain[-1]
    identity = subject_identity(leaf)
    faults: list[str] = []
    if not identity.not_before <= at <= identity.not_after:
        period = f"{identity.not_before:%Y-%m-%d %H:%M} to {identity.not_after:%Y-%m-%d %H:%M} UTC"
        faults.append(f"the seal certificate is valid from {period}, not now")
    if not may_seal(leaf):
        faults.append(
            "the seal certificate is not for sealing: its key usage has neither nonRepudiation nor digitalSignature, or it is for a server, a program, time-stamps or OCSP"
        )
    if any(not is_authority(other) for other in others if other != leaf):
        faults.append(
            "there are several certificates that are no authority's; only the one of the seal may be there"
        )
    if len(chain) > 1 and not issued(top, by=top):
        name = subject_identity(top).common_name or subject_identity(top).organization
        faults.append(
            f"the chain ends at {name!r}, which is no root; name a PEM file with the missing certificates as chain"
        )
    return faults
