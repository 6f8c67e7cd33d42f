"""Certificates of clients (RFC 8705): each is registered itself, so that no authority decides who a client is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mikrocert.errors import AccountError
from mikrocert.texts import message

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["certificate_in", "holds_at"]

_PEM = b"-----BEGIN CERTIFICATE-----"


def certificate_in(octets: bytes) -> bytes:
    """Return the certificate (DER) that a file has, in DER or PEM.

    Raises:
        AccountError: if it has none, or several.
    """
    from cryptography import x509  # noqa: PLC0415 - only where clients are
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    try:
        found = (
            x509.load_pem_x509_certificates(octets)
            if _PEM in octets
            else [x509.load_der_x509_certificate(octets)]
        )
        (certificate,) = found
    except (ValueError, TypeError) as error:
        raise AccountError(message("this is not one certificate, in PEM or DER")) from error
    return certificate.public_bytes(Encoding.DER)


def holds_at(certificate: bytes, at: datetime) -> bool:
    """Return whether a certificate is one, and valid at a moment.

    Args:
        certificate: DER.
        at: when (aware).
    """
    from cryptography import x509  # noqa: PLC0415

    try:
        read = x509.load_der_x509_certificate(certificate)
    except (ValueError, TypeError):
        return False
    return read.not_valid_before_utc <= at <= read.not_valid_after_utc
