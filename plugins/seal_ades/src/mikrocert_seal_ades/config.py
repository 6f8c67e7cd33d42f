"""What can be set: the members of `[envelopes.jades]`."""

from __future__ import annotations

from typing import Literal

import attrs

__all__ = ["JadesConfig"]


@attrs.frozen
class JadesConfig:
    """How a JAdES file is written; what is read doesn't depend on it.

    Args:
        profile: header profile: that of ETSI TS 119 182-1 v1.2.1, or `edc-legacy` as Europass wrote it until 2025.
    """

    profile: Literal["ts119182-1.2.1", "edc-legacy"] = "ts119182-1.2.1"
