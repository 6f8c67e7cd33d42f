"""What a certificate says of the seal on its data."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import attrs
from mikrocert.api import LanguageMap

if TYPE_CHECKING:
    from datetime import datetime

    from mikrocert.api import SealInfo, SealOwner

    from mikrocert_render_pdf.speech import Pair, Speech

__all__ = ["SealText", "seal_text"]

_ENGLISH_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
_VE_HOURS = frozenset({2, 3, 4, 12, 13, 14, 20, 21, 22, 23})
"""Hours whose Czech names begin so that „ve“ is said before them: dvě, tři, čtyři, dvanáct …"""


@attrs.frozen
class SealText:
    """The seal in words: its kind, its owner, when it was made, and all of it as one sentence."""

    kind: Pair
    owner: Pair | None
    when: Pair | None
    sentence: Pair | None


def _owner(owner: SealOwner) -> LanguageMap:
    identifier = owner.organization_identifier
    number = identifier.removeprefix("NTRCZ-")
    if number == identifier:
        return LanguageMap.of(f"{owner.legal_name}, {identifier}", f"{owner.legal_name}, {identifier}")
    return LanguageMap.of(f"{owner.legal_name}, IČO {number}", f"{owner.legal_name}, ID No. {number}")


def _moment(claimed_at: datetime) -> LanguageMap:
    local = claimed_at.astimezone(ZoneInfo("Europe/Prague"))
    summer = bool(local.dst())
    clock = f"{local.hour}:{local.minute:02}"
    return LanguageMap.of(
        f"{local.day}. {local.month}. {local.year} {'ve' if local.hour in _VE_HOURS else 'v'} {clock}"
        f" {'SELČ' if summer else 'SEČ'}",
        f"{local.day} {_ENGLISH_MONTHS[local.month - 1]} {local.year} at {clock} {'CEST' if summer else 'CET'}",
    )


def seal_text(seal: SealInfo, *, speech: Speech) -> SealText:
    """Put a seal into words, naming the quality that its certificate claims and no other."""
    owner = None if seal.owner is None else _owner(seal.owner)
    moment = None if seal.claimed_at is None else _moment(seal.claimed_at)
    quality = "unknown" if seal.owner is None else seal.owner.quality.value
    profile = {"kind": seal.kind, "level": seal.level}
    sentence = (
        None
        if owner is None or moment is None
        else speech.word(f"sealed-by-{quality}", owner=owner, moment=moment, **profile)
    )
    return SealText(
        speech.word(f"seal-{quality}"),
        None if owner is None else speech.pair(owner),
        None if moment is None else speech.pair(moment),
        sentence,
    )
