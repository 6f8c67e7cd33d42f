"""How long a seal lasts, whatever its envelope, and who is asked for what that takes (ETSI EN 319 102-1, 4.3)."""

from typing import Final, Literal, TypeAlias

import attrs

from mikrocert_seal_ades.pki.revocation import RevocationSource
from mikrocert_seal_ades.pki.rfc3161 import DIGESTS, Digest, TimeStamper

Level: TypeAlias = Literal["B-B", "B-T", "B-LT", "B-LTA"]

LEVELS: Final[tuple[Level, ...]] = ("B-B", "B-T", "B-LT", "B-LTA")


@attrs.frozen
class Sources:
    """Whom to ask for what the higher levels need.

    Args:
        timestamps: makes time-stamps.
        revocation: has revocation data; needed from B-LT on.
        certificates: DER, in which issuers are looked for that neither seal nor time-stamp carries.
        anchors: DER, certificates that are trusted as they stand and end a chain, beside roots; trusted lists name issuing
            authorities and time-stamp units.
        digest: `sha256`, `sha384` or `sha512`, by which time-stamps name what they cover.
    """

    timestamps: TimeStamper
    revocation: RevocationSource | None = None
    certificates: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    anchors: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    digest: Digest = attrs.field(default="sha256", validator=attrs.validators.in_(DIGESTS))
