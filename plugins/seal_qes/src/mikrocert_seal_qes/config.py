"""What can be set: the members of `[signers.pkcs12]`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import attrs

__all__ = ["Pkcs12Config"]


@attrs.frozen
class Pkcs12Config:
    """A key and its certificates in a PKCS#12 file.

    Args:
        file: the PKCS#12 file (.p12, .pfx).
        password: where its password is: `env:NAME` or `file:/absolute/path`; never the password itself.
        algorithm: `RS256` (default for RSA), `PS256` or `ES256` (default for P-256).
        chain: PEM file with certificates of authorities that the PKCS#12 file lacks, or none.
    """

    file: Path
    password: str = attrs.field(repr=False)
    algorithm: Literal["RS256", "PS256", "ES256"] | None = None
    chain: Path | None = None
