"""Seals as a report tells of them: who owns one, what it says of itself and what was judged of it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from mikrocert.texts import Text

__all__ = ["SealInfo", "SealOwner", "SealQuality"]


class SealQuality(Enum):
    """What a seal was judged to be (Regulation (EU) 910/2014, 3); nobody's own word makes it more than advanced."""

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
        x509: the seal certificate, DER.
        test: whether it, or another certificate of its chain, carries the test mark.
    """

    legal_name: str
    common_name: str
    organization_identifier: str
    country: str
    x509: bytes = attrs.field(repr=False)
    test: bool = False


@attrs.frozen
class SealInfo:
    """What a seal says of itself, and what was judged of it.

    Args:
        kind: what the envelope calls its seals, such as `JAdES`.
        level: baseline level that it was judged to have, such as `B-B`; none where nobody judged it.
        owner: who owns the seal certificate; none where the certificate can't be read or lacks O, C
            or organizationIdentifier.
        claimed_at: the signing time that the seal claims (aware), or none.
        quality: what it was judged to be; none where nobody judged it, or nobody trusted stands behind it.
        proven_at: the moment (aware) at which it is proven to have been there, as a trusted time stamp proves it; none where nothing
            proves one.
        title: what it is called where there are several, such as "Seal of the document"; the core takes it from the envelope. None
            where it has no name.
    """

    kind: str
    level: str | None
    owner: SealOwner | None
    claimed_at: datetime | None
    quality: SealQuality | None = None
    proven_at: datetime | None = None
    title: Text | None = None
