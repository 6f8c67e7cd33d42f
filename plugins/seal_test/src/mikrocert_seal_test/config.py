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
        key: kind of the seal's key, `rsa3072` or `p256`.
        organisation: name after TEST in O and CN of the seal certificate.
        organization_identifier: as in EN 319 412-1; the default belongs to nobody.
        country: ISO 3166-1 alpha-2.
    """

    state: Path = Path("sandbox")
    key: Literal["rsa3072", "p256"] = "rsa3072"
    organisation: str = "Zkušební provozovatel"
    organization_identifier: str = "NTRCZ-00000000"
    country: str = "CZ"
