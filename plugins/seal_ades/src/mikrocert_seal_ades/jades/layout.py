r"""How a sealed file is written, for who writes it and for who checks that it was not rewritten.

What is between the tokens of a JSON file is covered by no signature. So a file counts as intact only when its
octets are exactly those that its values demand: no white space, shortest escapes, `payload` first, then the
signature as `protected`, `header` (when there is one), `signature`.

The official samples are written so. The library behind them (jose4j in DSS) also escapes U+007F to U+009F and
U+2000 to U+20FF, en dashes and Czech quotation marks among them, as `\uXXXX`. We write these characters as they are
and accept a file in either spelling; not a mixture, and no two spellings are one bit apart.
"""

import re
from collections.abc import Mapping
from typing import Final

from mikrocert_seal_ades.jades import strict_json
from mikrocert_seal_ades.jades.strict_json import Json

_ORDER: Final = ("payload", "signatures", "protected", "header", "signature")
_ESCAPED_BY_JOSE4J: Final = re.compile("[\x7f-\x9f\u2000-\u20ff]")


def octets_of(document: Mapping[str, Json]) -> bytes:
    """Return the octets of a JWS in JSON serialization, its members in the order of the layout."""
    return _text_of(document).encode("utf-8")


def is_layout_of(data: bytes, *, document: Mapping[str, Json]) -> bool:
    """Return whether `data` is how `document`, which was read from it, is to be written, in one of the two spellings."""
    text = _text_of(document)
    if text.encode("utf-8") == data:
        return True
    return _ESCAPED_BY_JOSE4J.sub(lambda found: f"\\u{ord(found[0]):04X}", text).encode("utf-8") == data


def _text_of(document: Mapping[str, Json]) -> str:
    signatures = document.get("signatures")
    ordered = _ordered(document)
    if isinstance(signatures, list):
        ordered["signatures"] = [_ordered(item) if isinstance(item, dict) else item for item in signatures]
    return strict_json.dumps(ordered)


def _ordered(members: Mapping[str, Json]) -> dict[str, Json]:
    return {name: members[name] for name in _ORDER if name in members}
