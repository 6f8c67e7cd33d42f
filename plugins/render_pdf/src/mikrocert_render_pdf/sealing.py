"""What a certificate says of the seal on its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from mikrocert.api import Message, SealQuality, Value, message

if TYPE_CHECKING:
    from mikrocert.api import SealInfo, SealOwner

    from mikrocert_render_pdf.speech import Pair, Speech

__all__ = ["SealText", "seal_text"]

_KINDS = {
    None: message("Electronic seal"),
    SealQuality.QUALIFIED: message("Qualified electronic seal"),
    SealQuality.ADVANCED_QC: message("Advanced electronic seal based on a qualified certificate"),
    SealQuality.ADVANCED: message("Advanced electronic seal"),
    SealQuality.TEST: message("Test electronic seal"),
}
_SENTENCES = {
    None: message(
        "The data bear an electronic seal. Owner: {owner}. Time claimed by the seal: {moment}. Profile: {profile}."
    ),
    SealQuality.QUALIFIED: message(
        "The data bear a qualified electronic seal. Owner: {owner}. Time claimed by the seal: {moment}. Profile: {profile}."
    ),
    SealQuality.ADVANCED_QC: message(
        "The data bear an advanced electronic seal based on a qualified certificate. Owner: {owner}. Time claimed by the seal: {moment}. Profile: {profile}."
    ),
    SealQuality.ADVANCED: message(
        "The data bear an advanced electronic seal. Owner: {owner}. Time claimed by the seal: {moment}. Profile: {profile}."
    ),
    SealQuality.TEST: message(
        "The data bear a test electronic seal, which proves nothing. Owner: {owner}. Time claimed by the seal: {moment}. Profile: {profile}."
    ),
}


@attrs.frozen
class SealText:
    """The seal in words: its kind, its owner, when it was made, and all of it as one sentence."""

    kind: Pair
    owner: Pair | None
    when: Pair | None
    sentence: Pair | None


def _owner(owner: SealOwner) -> Value:
    identifier = owner.organization_identifier
    number = identifier.removeprefix("NTRCZ-")
    if number == identifier:
        return f"{owner.legal_name}, {identifier}"
    return message("{name}, ID No. {number}", name=owner.legal_name, number=number)


def seal_text(seal: SealInfo, *, speech: Speech) -> SealText:
    """Put a seal into words, naming the quality and the level that it was judged to have and no other."""
    moment = None if seal.claimed_at is None else message("{moment:zone}", moment=seal.claimed_at)
    when = None if moment is None else speech.pair(moment)
    if seal.owner is None:
        return SealText(speech.pair(_KINDS[None]), None, when, None)
    owner = _owner(seal.owner)
    sentence: Message | None = None
    if moment is not None:
        profile = f"{seal.kind} {seal.level}" if seal.level else seal.kind
        parameters = {"owner": owner, "moment": moment, "profile": profile}
        sentence = Message(_SENTENCES[seal.quality].text, parameters)
    return SealText(
        speech.pair(_KINDS[seal.quality]),
        speech.pair(owner),
        when,
        None if sentence is None else speech.pair(sentence),
    )
