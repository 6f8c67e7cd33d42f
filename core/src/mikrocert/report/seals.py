"""Seals as a report tells of them: who owns one and what it says of itself."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import attrs

__all__ = ["SealInfo", "SealOwner", "SealQuality"]


class SealQuality(Enum):
    """What the seal certificate claims of itself (EN 319 412-5 QCStatements, Regulation (EU) 910/2014)."""

    TEST = "test"
    ADVANCED = "advanced"
    ADVANCED_QC = "advanced-qc"
    QUALIFIED = "qualified"


@attrs.frozen
class SealOwner:
    """The identity in a seal certificate.

    Args:
        legal_name: subject O.
        common_name: subject CN.
        organization_identifier: subject organizationIdentifier (OID 2.5.4.97, EN 319 412-1), such as `NTRCZ-12345679`.
        country: subject C, ISO 3166-1 alpha-2.
        quality: test, advanced, advanced with a qualified certificate, or qualified.
        x509: the seal certificate, DER.
    """

    legal_name: str
    common_name: str
    organization_identifier: str
    country: str
    quality: SealQuality
    x509: bytes = attrs.field(repr=False)

    @property
    def test(self) -> bool:
        """Whether this is the owner of a test seal."""
        return self.quality is SealQuality.TEST


@attrs.frozen
class SealInfo:
    """What a seal says of itself, before anyone judges it.

    Args:
        kind: what the envelope calls its seals, such as `JAdES`.
        level: baseline level as found, such as `B-B`.
        owner: who owns the seal certificate; none where the certificate can't be read or lacks O, C
            or organizationIdentifier.
        claimed_at: the signing time that the seal claims (aware), or none.
    """

    kind: str
    level: str
    owner: SealOwner | None
    claimed_at: datetime | None
