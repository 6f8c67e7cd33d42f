r"""How a sealed file is written, for who writes it and for who checks that it was not rewritten.

What is between the tokens of a JSON file is covered by no signature. So there is one way to write it: no white space,
shortest escapes, `payload` first, then the signature as `protected`, `header` (when there is one), `signature`. A file of
others that is written otherwise is intact all the same, but said to be written otherwise: a file of ours never is.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from mikrocert_seal_ades.jades import strict_json
from mikrocert_seal_ades.jades.encoding import base64url
from mikrocert_seal_ades.jades.header import Serialization
from mikrocert_seal_ades.jades.strict_json import Json

_SHORT: Final = tuple(
    (character.encode(), json.dumps(character)[1:-1].encode()) for character in ("\\", '"', *"\b\f\n\r\t")
)
_CONTROLS: Final = bytes(range(0x20))
_CONTROL: Final = re.compile(rb"[\x00-\x1f]")
_ORDER: Final = ("payload", "signatures", "protected", "header", "signature")


def octets_of(document: Mapping[str, Json]) -> bytes:
    """Return the octets of a JWS in JSON serialization, its members in the order of the layout."""
    return _text_of(document).encode("utf-8")


def is_layout_of(data: bytes, *, document: Mapping[str, Json]) -> bool:
    """Return whether `data` is how `document`, which was read from it, is to be written."""
    return octets_of(document) == data


def _text_of(document: Mapping[str, Json]) -> str:
    signatures = document.get("signatures")
    ordered = _ordered(document)
    if isinstance(signatures, list):
        ordered["signatures"] = [_ordered(item) if isinstance(item, dict) else item for item in signatures]
    return strict_json.dumps(ordered)


def _ordered(members: Mapping[str, Json]) -> dict[str, Json]:
    return {name: members[name] for name in _ORDER if name in members}


def file_of(
    serialization: Serialization,
    *,
    signing_input: bytes,
    signature: bytes,
    entries: Sequence[str] = (),
    detached: bool = False,
) -> bytes:
    """Return the octets of a JWS: what was signed, its signature and, in JSON, the entries of `etsiU` (RFC 7515, 7).

    `signing_input` is the protected header as it is spelled, a dot, and the payload as it stands in the file, or would if it
    weren't `detached` (RFC 7515, F).
    """
    protected, dot, payload = signing_input.partition(b".")
    spelled = base64url(signature).encode("ascii")
    if serialization == "compact":
        return b"".join((protected, dot, b"" if detached else payload, dot, spelled))
    added = f'"header":{{"etsiU":{strict_json.dumps(list(entries))}}},'.encode() if entries else b""
    members = b'"protected":"%b",%b"signature":"%b"' % (protected, added, spelled)
    if serialization == "general":
        members = b'"signatures":[{%b}]' % members
    return b"{%b}" % members if detached else b'{"payload":"%b",%b}' % (_escaped(payload), members)


def _escaped(text: bytes) -> bytes:
    """Return what `strict_json.dumps` writes between quotation marks for a text in UTF-8, at a fraction of its cost."""
    for character, escape in _SHORT:
        text = text.replace(character, escape)
    if len(text.translate(None, _CONTROLS)) < len(text):
        text = _CONTROL.sub(lambda found: b"\\u%04X" % found[0][0], text)
    return text
