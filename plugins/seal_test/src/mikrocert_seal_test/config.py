"""What can be set: the members of `[signers.test]`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import attrs

__all__ = ["SandboxConfig"]


@attrs.frozen
class SandboxConfig:
    """A sandbox and who it pretends to be.

    Args:
        state: folder that holds the sandbox; made on first use.
        key: kind of the seal's key, `p256` or `rsa3072`; RSA seals of the present kind end in 2029 (TS 119 312).
        organisation: name after TEST in O and CN of the seal certificate.
        organization_identifier: as in EN 319 412-1; the default belongs to nobody.
        country: ISO 3166-1 alpha-2.
        url: where `mikrocert sandbox serve` answers: `http://` with host and port. It stands in the certificates, as the
            place of their issuer, revocation list and OCSP responder.
    """

    state: Path = Path("sandbox")
    key: Literal["p256", "rsa3072"] = "p256"
    organisation: str = "Zkušební provozovatel"
    organization_identifier: str = "NTRCZ-00000000"
    country: str = "CZ"
    url: str = "http://127.0.0.1:8319"
