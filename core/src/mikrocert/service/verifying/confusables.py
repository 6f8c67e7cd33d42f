"""Letters of other scripts that are mistaken for Latin letters or digits.

A selection from the confusables of UTS #39 (those that a common font draws like one Latin letter or digit), and by
Unicode's own names every Latin, Cyrillic and Greek letter that is another one with something to it: a hook, a stroke, a tail.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["table"]

_LIKE: Final = {
    "0": "〇",
    "2": "ꝚƧϨꙄᒿꛯ",
    "3": "ЗзꞫɜƷʒȜȝꝪꝫⳌⳍӠӡ𖼻",
    "4": "Ꮞ",
    "5": "Ƽ",
    "6": "бⳒⳓᏮ",
    "8": "৪੪Ȣȣ𐌚",
    "9": "੧୨৭൭ꝮꝯⳊⳋ",
    "a": "аАαΑᎪꓮᴀɑⱭᗅ𐊠Ⲁⲁ",
    "b": "вВьЬβΒᏴꓐʙᏏƄƅᗷᑲᖯ𐊂𐌁ⲂⲃꞴꞵ",
    "c": "сСςϲϹᏟꓚᴄⲤⲥ𐊢𐌂𐐕𐐽",
    "d": "ԁԀᎠꓓᴅᏧᑯᗞᗪꓒ",
    "e": "еЕεΕᎬꓰᴇҽҼⴹⲈⲉꬲ𐊆",
    "f": "ꓝꜰϜϝᖴꞘꞙքꬵẝ𐊇",
    "g": "ԌԍցᏀᏳꓖɢɡƍᶃ",
    "h": "нНһҺΗհᎻꓧʜᏂⲎⲏᕼ𐋏",
    "i": "іІιΙɩɪıӀӏꓲᎥꙆꙇⲒⲓⵏᛁ𐊊𐌉",
    "j": "јЈᎫꓙᴊͿϳᒍȷʝ",
    "k": "кКκΚᏦꓗᴋⲔⲕᛕ",
    "l": "ԼᏞꓡʟǀ|ƖᒪⳐⳑ𐐛𖼖",
    "m": "мМΜᎷꓟᴍϺϻⲘⲙᗰᛖ𐊰𐌑",
    "n": "пηΝոռꓠɴⲚⲛ",
    "o": "оОοΟσօՕꓳᴏⲞⲟⵔዐഠଠဝჿᴑꬽ𐓂𐓪𐊒𐊫𐐄𐐬",
    "p": "рРρΡᏢꓑᴘⲢⲣᑭ𐊕",
    "q": "ԛԚզգⵕ",
    "r": "гᎡꓣʀᏒᖇꭇꭈᴦⲅⲄꮁᎱ𐒴",
    "s": "ѕЅՏᏚᏕꓢꜱƽ𐊖𐐠𐑈",
    "t": "тТτΤᎢꓔᴛⲦⲧ𐊗𐊱𐌕",
    "u": "υμսՍԱꓴᴜʋՄᑌሀꞟꭎꭒ𐓎𐓶",
    "v": "ѵѴνᏙꓦᴠⴸᐯꛟ",
    "w": "ԝԜաᏔᎳꓪᴡѡѠɯ",
    "x": "хХχΧꓫⵝᚷⲬⲭᕁᕽ᙭ꭓꞳ𐊐𐊴𐌗𐌢",
    "y": "уУүҮγΥꓬʏᎩᎽⲨⲩყɣỿꭚ𐊲",
    "z": "ΖζᏃꓜᴢⲌⲍ",
}
"""Latin letter or digit → what is mistaken for it: Cyrillic, Greek, Armenian, Coptic, Cherokee, Lisu, Canadian syllabics,
small capitals, scripts of antiquity, digits of other scripts by their look."""

_WITH: Final = re.compile(r"((?:LATIN|CYRILLIC|GREEK) (?:SMALL|CAPITAL) LETTER .+?) WITH .+")
_LETTERS: Final = (
    (0x00C0, 0x0530),
    (0x1C80, 0x1C90),
    (0x1D00, 0x2000),
    (0x2C60, 0x2C80),
    (0xA640, 0xA800),
    (0xAB30, 0xAB70),
)
"""Where Latin, Cyrillic and Greek letters are (Unicode 16)."""


@cache
def table() -> Mapping[int, str]:
    """Return character → the Latin letter, in lower case, or digit that it is mistaken for."""
    like = {ord(character): latin for latin, characters in _LIKE.items() for character in characters}
    return {**dict(_with_something(like)), **like}


def _with_something(like: Mapping[int, str]) -> Iterator[tuple[int, str]]:
    for first, end in _LETTERS:
        for code in range(first, end):
            plain = _WITH.fullmatch(unicodedata.name(chr(code), ""))
            if plain is None:
                continue
            try:
                base = unicodedata.lookup(plain[1])
            except KeyError:
                continue
            yield code, like.get(ord(base), base.lower())
