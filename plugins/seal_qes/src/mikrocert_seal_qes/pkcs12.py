"""A signer from a PKCS#12 file, checked before it signs anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from mikrocert.api import SealError, message, read_named_file, secret
from mikrocert_seal_ades.messages import message_of
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.x509 import from_pem
from mikrocert_seal_ades.signers import KeySigner

from mikrocert_seal_qes.fitness import fit_identity, names_of, refused, seal_certificates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from mikrocert_seal_ades.pki.algorithms import PrivateKey

    from mikrocert_seal_qes.config import Pkcs12Config

__all__ = ["open_signer"]

_CODE_PAGE = "cp1250"
"""What programs on Windows write Czech and Polish passwords in."""


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
    store = _opened(
        read_named_file(config.file, member="signers.pkcs12.file"), password=password, file=config.file
    )
    key, own = store.key, store.cert
    if key is None or own is None:
        missing = message("private key") if key is None else message("certificate that belongs to its key")
        raise SealError(
            message(
                "{file} holds no {missing}; export key and certificate together",
                file=config.file,
                missing=missing,
            )
        )
    leaf = own.certificate.public_bytes(Encoding.DER)
    try:
        others = [entry.certificate.public_bytes(Encoding.DER) for entry in store.additional_certs]
        if config.chain:
            others += from_pem(read_named_file(config.chain, member="signers.pkcs12.chain"))
        # One of them could be that of a second key, and which key was read would then be chance.
        strangers = seal_certificates(one for one in others if one != leaf)
        faults = (
            [
                message(
                    "beside the certificate of the key it has others that are no authority's: {names:comma}; "
                    "export the key of the seal alone, with its chain",
                    names=names_of(strangers),
                )
            ]
            if strangers
            else []
        )
    except CertificateError as error:
        raise refused(config.file, [message_of(problem) for problem in error.problems]) from error
    identity = fit_identity(
        leaf, among=others, algorithm=config.algorithm, at=at, source=config.file, faults=faults
    )
    try:
        return KeySigner(
            cast("PrivateKey", key), certificates=identity.certificates, algorithm=config.algorithm
        )
    except SealError as error:
        raise refused(config.file, [error.message]) from error


def _opened(data: bytes, *, password: bytes, file: Path) -> pkcs12.PKCS12KeyAndCertificates:
    """Return what is in a PKCS#12 file, also where an old program wrote its password in another way."""
    try:
        for spelling in _spellings(password):
            try:
                return pkcs12.load_pkcs12(data, spelling)
            except ValueError:
                continue
    except UnsupportedAlgorithm as error:
        raise SealError(
            message(
                "{file} can't be used: its key, or the encryption of the file, is of a kind that no library here reads; "
                "a key of RSA or P-256, in a file encrypted by AES, would be right",
                file=file,
            )
        ) from error
    if not password.isascii():
        raise SealError(
            message(
                "{file} can't be opened: the password is wrong, or it is no PKCS#12 file; if it opens elsewhere, "
                "export it anew with a password without diacritics",
                file=file,
            )
        )
    raise SealError(
        message("{file} can't be opened: the password is wrong, or it is no PKCS#12 file", file=file)
    )


def _spellings(password: bytes) -> Iterator[bytes]:
    """Yield a password as it should be written, then as old programs did (RFC 7292, B.1).

    These took each octet of what they were given, in UTF-8 or in a code page, for a letter of its own.
    """
    yield password
    if password.isascii():
        return
    yield password.decode("latin-1").encode()
    text = password.decode()
    try:
        yield text.encode(_CODE_PAGE).decode("latin-1").encode()
    except UnicodeEncodeError:
        return
