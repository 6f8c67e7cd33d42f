"""Look-alikes: what a text looks like to a person, and where a link leads, however they are written.

The idea is that of UTS #39, 4 (two texts are confusable if their skeletons are the same), with a table of our own (`confusables`):
the letters of scripts that are mistaken for Latin ones. It is coarser than a person's eye on purpose: accents, spaces and
punctuation don't count, and neither does the difference of l, I and 1 or of o and 0. So equal skeletons are a reason to look,
or to refuse what claims to be somebody it is not, and never a proof that two texts are the same.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from mikrocert.service.verifying.confusables import table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

__all__ = ["destinations", "leading_below", "letters", "number_in", "skeleton", "words"]

_SAME: Final = str.maketrans({"i": "l", "1": "l", "0": "o"})
_AS_DRAWN: Final = {"0": "[0o]", "o": "[0o]", "1": "[1il]", "i": "[1il]", "l": "[1il]"}
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters by category that nobody sees."""

_SCHEME: Final = re.compile(r"^(?:[Hh][Tt]{2}[Pp][Ss]?:|[A-Za-z][A-Za-z0-9+.-]*:(?=[/\\]))")
_AUTHORITY: Final = re.compile(r"[^/\\?#]*")
_PLAIN: Final = re.compile(r"(https?://[a-z0-9.-]+)/[\w/.#?=&:+~-]*", re.ASCII)
"""An address that can be read in one way only, with its host."""
_BETWEEN: Final = re.compile(
    r"[\s<>\"'„“”‚‘’«»()\[\]{}|,;*•·…]+|(?<![A-Za-z0-9/?=&#%+.])(?=[Hh][Tt]{2}[Pp][Ss]?:[/\\])"
)
"""What stands around an address in a text."""
_PUNYCODE: Final = "xn--"
_USUAL_PORTS: Final = frozenset({"", "80", "443"})
_ROUNDS: Final = 5


def skeleton(text: str) -> str:
    """Return what a text looks like: only letters and digits, each as the Latin one that it is mistaken for."""
    return letters(text).replace("rn", "m").replace("vv", "w")


def letters(text: str) -> str:
    """Return the same with `rn` and `m` told apart, so that letters of a part are letters of the whole."""
    return "".join(c for c in _look(text) if c.isalnum())


def words(text: str) -> list[str]:
    """Return the words of a text as they look, without what stands between them."""
    return re.findall(r"[^\W_]+", _look(text))


def number_in(text: str, number: str) -> bool:
    """Return whether a number stands in a text, whatever is before and behind it, as long as that isn't more of the number.

    Separators don't count, nor do noughts in front: `IČO: 123 456` holds 00123456, and 100123456 does not.

    Args:
        text: an identifier, or what claims to be one.
        number: digits, and letters where it has some.
    """
    digits = "".join(_alphanumeric(number)).lstrip("0")
    drawn = "".join(_AS_DRAWN.get(c, c) for c in digits) if digits else f"[0o]{{{max(1, len(number))},}}"
    sought = re.compile(f"(?<![0-9o])[0o]*{drawn}(?![0-9])" if digits else f"(?<![0-9o]){drawn}(?![0-9])")
    shape = _shape(text)
    parts = ("".join(_alphanumeric(shape)), *re.findall(r"[^\W_]+", shape))
    return any(sought.search(part) for part in parts)


def _alphanumeric(text: str) -> Iterator[str]:
    return filter(str.isalnum, _shape(text))


def destinations(link: str) -> frozenset[str]:
    """Return where a link leads, as it looks: host, port unless it is a usual one, and path.

    Scheme, user, query and fragment are left out; the rest is normalised as browsers and servers do (RFC 3986, 6.2;
    UTS #46, 4): case, percent-encoding, `.`, `..`, empty segments, backslashes, punycode and the full stops of other scripts.
    Some take a link apart before they decode it (RFC 3986, 2.4), some after; where that makes a difference there are two.

    Args:
        link: an address, or what claims to be one.
    """
    return frozenset({_destination(link), _destination(_decoded(link))})


def leading_below(places: Collection[str], texts: Iterable[str]) -> Iterator[str]:
    """Yield the addresses, each once, that lead below one of some places or look as if they did.

    Args:
        places: addresses, each with a path.
        texts: texts, in which an address may be a word, and addresses.
    """
    beginnings = tuple({f"{way}/" for place in places for way in destinations(place)})
    hosts = frozenset(_spread(re.split("[:/]", beginning)[0]) for beginning in beginnings)
    elsewhere, met = set[str](), set[str]()

    def leads_there(link: str) -> bool:
        return _may_name(link, hosts) and any(way.startswith(beginnings) for way in destinations(link))

    for text in texts:
        plain = _PLAIN.fullmatch(text)
        if text in met or (plain and plain[1] in elsewhere):
            continue
        if not _may_name(text, hosts):
            if plain:
                elsewhere.add(plain[1])
            continue
        links = list(filter(leads_there, _BETWEEN.split(text))) or list(filter(leads_there, (text,)))
        yield from (link for link in dict.fromkeys(links) if link not in met)
        met.update(links)


def _may_name(text: str, hosts: Iterable[str]) -> bool:
    """Return whether an address at one of some hosts may stand in a text: quickly, and never wrongly where it may not."""
    if "/" not in text and "\\" not in text:
        return False
    shape = _shape(_decoded(text))
    spread = _spread(shape)
    return _PUNYCODE in shape or any(host in spread for host in hosts)


def _spread(text: str) -> str:
    """Return letters in a form in which those of a part are always letters of the whole, `rn` and `m` being the same."""
    return letters(text).replace("m", "rn").replace("w", "vv")


def _destination(link: str) -> str:
    plain = "".join(c for c in link if unicodedata.category(c)[0] not in {"C", "Z"})
    rest = _SCHEME.sub("", plain, count=1).lstrip("/\\")
    authority = _AUTHORITY.match(rest)
    named = authority[0] if authority else ""
    host, _, port = named.rpartition("@")[2].partition(":")
    path = re.split(r"[?#]", rest[len(named) :].replace("\\", "/"), maxsplit=1)[0]
    port = port.lstrip("0")
    return f"{_host(_decoded(host))}{'' if port in _USUAL_PORTS else f':{port}'}{_path(path)}"


def _look(text: str) -> str:
    return _shape(text).translate(_SAME)


def _shape(text: str) -> str:
    """Return a text in plain small letters and digits where it looks like that, without what nobody sees."""
    if text.isascii():
        return "".join(filter(str.isprintable, text)).lower().replace("|", "l")
    latin = table()
    plain = unicodedata.normalize("NFKD", text.translate(latin)).translate(latin)
    folded = unicodedata.normalize("NFKD", plain.casefold()).translate(latin)
    return "".join(
        _plain(c) for c in folded if c not in _FILLERS and unicodedata.category(c)[0] not in {"M", "C"}
    )


def _plain(character: str) -> str:
    if unicodedata.category(character) == "Pd":
        return "-"
    value = None if character.isascii() else unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _decoded(link: str) -> str:
    for _ in range(_ROUNDS):
        decoded = unquote(link)
        if decoded == link:
            break
        link = decoded
    return link


def _host(host: str) -> str:
    labels = re.split(r"[.\u3002]", unicodedata.normalize("NFKC", host))
    return ".".join(skeleton(_from_punycode(label)) for label in labels if label)


def _from_punycode(label: str) -> str:
    if not label.casefold().startswith(_PUNYCODE):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _path(path: str) -> str:
    segments: list[str] = []
    for segment in map(_decoded, path.split("/")):
        if segment == "..":
            del segments[-1:]
        elif segment not in {"", "."}:
            segments.append(_look(segment))
    return "".join(f"/{segment}" for segment in segments)
