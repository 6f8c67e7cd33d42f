"""Anchors: the certificates at which a chain may end, read from PEM files that settings or a person name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from mikrocert.errors import SettingsError
from mikrocert.settings.files import read_named_file
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mikrocert.kinds.envelope import Trust

__all__ = ["Anchor", "read_anchors", "with_anchors"]


@attrs.frozen
class Anchor:
    """A certificate at which a chain may end.

    Args:
        certificate: X.509, DER.
        name: its subject (RFC 4514).
        sha256: its fingerprint, hexadecimal.
        file: the PEM file that it was read from.
    """

    certificate: bytes = attrs.field(repr=False)
    name: str
    sha256: str
    file: Path


def read_anchors(file: Path, *, member: str) -> tuple[Anchor, ...]:
    """Return the certificates in a PEM file.

    Args:
        file: the PEM file; at least one certificate is in it.
        member: the setting or option that names it, for errors.

    Raises:
        SettingsError: if it is no ordinary file, larger than 1 MiB, or holds no certificates.
    """
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - heavy
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415

    data = read_named_file(file, member=member)
    try:
        return tuple(
            Anchor(
                certificate.public_bytes(Encoding.DER),
                certificate.subject.rfc4514_string(),
                certificate.fingerprint(SHA256()).hex(),
                file,
            )
            for certificate in load_pem_x509_certificates(data)
        )
    except ValueError as error:
        raise SettingsError(
            message(
                "{member}: {path} can't be read as PEM certificates; a file of blocks -----BEGIN CERTIFICATE----- would be right",
                member=member,
                path=file,
            )
        ) from error


def with_anchors(trust: Trust, anchors: Iterable[Anchor]) -> Trust:
    """Return a trust that has these anchors, too, and below them trusts whatever organisation they certify."""
    added = tuple(anchor.certificate for anchor in anchors)
    if not added:
        return trust
    return attrs.evolve(
        trust, anchors=(*trust.anchors, *added), organisations=trust.organisations | set(added)
    )
