"""A signer from a PKCS#12 file, checked before it signs anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from mikrocert.api import Message, SealError, message, read_named_file, secret
from mikrocert_seal_ades.messages import message_of
from mikrocert_seal_ades.pki.algorithms import MINIMUM_RSA_BITS
from mikrocert_seal_ades.pki.chains import chain_of
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.purposes import purpose_problems
from mikrocert_seal_ades.pki.x509 import from_pem, is_authority, issued, subject_identity
from mikrocert_seal_ades.signers import KeySigner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from mikrocert_seal_qes.config import Pkcs12Config

__all__ = ["open_signer"]


def open_signer(config: Pkcs12Config, *, at: datetime) -> KeySigner:
    """Return a signer whose key was loaded once and is held in memory.

    Args:
        config: the file, where its password is, and the algorithm.
        at: the time at which the seal certificate has to be valid (aware).

    Raises:
        SettingsError: if the password is no reference, or a file that is named is no ordinary one or can't be read.
        SealError: if the file can't be opened, or key or certificates won't do; every fault is named.
    """
    password = secret(config.password, member="signers.pkcs12.password")
    try:
        store = pkcs12.load_pkcs12(read_named_file(config.file, member="signers.pkcs12.file"), password)
    except ValueError as error:
        raise SealError(
            message(
                "{file} can't be opened: the password is wrong, or it is no PKCS#12 file", file=config.file
            )
        ) from error
    key, leaf = store.key, store.cert
    if key is None or leaf is None:
        missing = message("private key") if key is None else message("certificate that belongs to its key")
        raise SealError(
            message(
                "{file} holds no {missing}; export key and certificate together",
                file=config.file,
                missing=missing,
            )
        )
    algorithm = config.algorithm or ("ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS256")
    try:
        others = [entry.certificate.public_bytes(Encoding.DER) for entry in store.additional_certs]
        if config.chain:
            others += from_pem(read_named_file(config.chain, member="signers.pkcs12.chain"))
        chain = chain_of(leaf.certificate.public_bytes(Encoding.DER), among=others)
        faults = [*_key_faults(key), *_certificate_faults(chain, others, at=at)]
    except CertificateError as error:
        raise _refusal(config.file, [message_of(problem) for problem in error.problems]) from error
    if faults or not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise _refusal(config.file, faults)
    try:
        return KeySigner(key, certificates=chain, algorithm=algorithm)
    except SealError as error:
        raise _refusal(config.file, [error.message]) from error


def _refusal(file: Path, faults: Sequence[Message]) -> SealError:
    return SealError(message("{file}: {faults:semicolon}", file=file, faults=faults))


def _key_faults(key: object) -> list[Message]:
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= MINIMUM_RSA_BITS:
        return []
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return []
    kind = message("of another kind")
    if isinstance(key, ec.EllipticCurvePrivateKey):
        kind = message("on the curve {curve}", curve=key.curve.name)
    if isinstance(key, rsa.RSAPrivateKey):
        kind = message("RSA of {bits} bits", bits=key.key_size)
    return [
        message(
            "the key is {kind}; RSA of at least {minimum} bits or P-256 is needed",
            kind=kind,
            minimum=MINIMUM_RSA_BITS,
        )
    ]


def _certificate_faults(chain: tuple[bytes, ...], others: Sequence[bytes], *, at: datetime) -> list[Message]:
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
    if any(not is_authority(other) for other in others if other != leaf):
        faults.append(
            message(
                "there are several certificates that are no authority's; only the one of the seal may be there"
            )
        )
    if len(chain) > 1 and not issued(top, by=top):
        name = subject_identity(top).common_name or subject_identity(top).organization
        faults.append(
            message(
                "the chain ends at “{name}”, which is no root; name a PEM file with the missing certificates as chain",
                name=name,
            )
        )
    return faults
