"""What a certificate says of the seal on its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mikrocert.certificate.model import SealWords
from mikrocert.report import SealQuality
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from mikrocert.certificate.speech import Speech
    from mikrocert.report import SealInfo, SealOwner
    from mikrocert.texts import Value

__all__ = ["seal_words"]

_KINDS = {
    None: message("Electronic seal"),
    SealQuality.QUALIFIED: message("Qualified electronic seal"),
    SealQuality.ADVANCED_QC: message("Advanced electronic seal based on a qualified certificate"),
    SealQuality.ADVANCED: message("Advanced electronic seal"),
    SealQuality.TEST: message("Test electronic seal"),
}
_SENTENCES = {
    None: message(
        "The data bear an electronic seal. Sealing organisation: {owner}. Time claimed by the seal: {moment}. Profile: {profile}."
    ),
    SealQuality.QUALIFIED: message(
        "The data bear a qualified electronic seal. Sealing organisation: {owner}. Time claimed by the seal: {moment}. Profile: {profile}."
    ),
    SealQuality.ADVANCED_QC: message(
        "The data bear an advanced electronic seal based on a qualified certificate. Sealing organisation: {owner}. Time claimed by the seal: {moment}. Profile: {profile}."
    ),
    SealQuality.ADVANCED: message(
        "The data bear an advanced electronic seal. Sealing organisation: {owner}. Time claimed by the seal: {moment}. Profile: {profile}."
    ),
    SealQuality.TEST: message(
        "The data bear a test electronic seal, which proves nothing. Sealing organisation: {owner}. Time claimed by the seal: {moment}. Profile: {profile}."
    ),
}


def _owner(owner: SealOwner) -> Value:
    identifier = owner.organization_identifier
    number = identifier.removeprefix("NTRCZ-")
    if number == identifier:
        return f"{owner.legal_name}, {identifier}"
    return message("{name}, ID No. {number}", name=owner.legal_name, number=number)


def seal_words(seal: SealInfo, *, speech: Speech) -> SealWords:
    """Put a seal into words, naming the quality and the level that it was judged to have and no other."""
    sealed = (
        None
        if seal.claimed_at is None
        else speech.pair(message("Sealed {moment:zone}", moment=seal.claimed_at))
    )
    if seal.owner is None:
        return SealWords(speech.pair(_KINDS[None]), sealed=sealed)
    owner = _owner(seal.owner)
    sentence: Message | None = None
    if seal.claimed_at is not None:
        profile = f"{seal.kind} {seal.level}" if seal.level else seal.kind
        moment = message("{moment:zone}", moment=seal.claimed_at)
        parameters = {"owner": owner, "moment": moment, "profile": profile}
        sentence = Message(_SENTENCES[seal.quality].text, parameters)
    return SealWords(
        speech.pair(_KINDS[seal.quality]),
        speech.pair(owner),
        sealed,
        None if sentence is None else speech.pair(sentence),
    )
