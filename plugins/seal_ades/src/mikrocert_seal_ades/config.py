"""What can be set: the members of `[envelopes.jades]` and `[envelopes.pades]`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import attrs

__all__ = ["JadesConfig", "PadesConfig"]


@attrs.frozen
class JadesConfig:
    """How a JAdES file is sealed; what is read doesn't depend on it.

    A real seal needs `profile` and `level` by name, because nobody knows yet what all will accept. A test seal has
    `ts119182-1.2.1` and `B-B` without them.

    Args:
        profile: header profile: that of ETSI TS 119 182-1 v1.2.1, or `edc-legacy` as Europass wrote it until 2025.
        level: how long a seal lasts: `B-B` as its certificate, `B-T` with a time stamp, `B-LT` with revocation data as well, `B-LTA`
            as long as it is renewed.
        content_timestamp: whether a time stamp of the data goes into the header before it is sealed (`adoTst`), which proves that the
            data were there before the seal was made. It takes one more time stamp for each file and needs `timestamps`; what is sealed
            once more after a crash has another one.
        timestamps: addresses of time-stamp authorities (RFC 3161 over HTTP), the preferred one first.
        timestamp_policy: object identifier of the only policy of time stamps that is accepted, or none for any.
        certificates: PEM file with certificates of issuers that are missing in seals and time stamps, or none.
    """

    profile: Literal["ts119182-1.2.1", "edc-legacy"] | None = None
    level: Literal["B-B", "B-T", "B-LT", "B-LTA"] | None = None
    content_timestamp: bool = False
    timestamps: tuple[str, ...] = ()
    timestamp_policy: str | None = None
    certificates: Path | None = None


@attrs.frozen
class PadesConfig:
    """How a PDF is sealed; what is read doesn't depend on it.

    A real seal needs `level` by name; a test seal has `B-B` without it.

    Args:
        level: how long a seal lasts: `B-B` as its certificate, `B-T` with a time stamp, `B-LT` with revocation data as well, `B-LTA`
            as long as it is renewed.
        timestamps: addresses of time-stamp authorities (RFC 3161 over HTTP), the preferred one first.
        timestamp_policy: object identifier of the only policy of time stamps that is accepted, or none for any.
        certificates: PEM file with certificates of issuers that are missing in seals and time stamps, or none.
    """

    level: Literal["B-B", "B-T", "B-LT", "B-LTA"] | None = None
    timestamps: tuple[str, ...] = ()
    timestamp_policy: str | None = None
    certificates: Path | None = None
