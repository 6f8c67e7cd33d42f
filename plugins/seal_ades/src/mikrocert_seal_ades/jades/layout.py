r"""How a sealed file is written, for who writes it and for who checks that it was not rewritten.

What is between the tokens of a JSON file is covered by no signature. So there is one way to write it: no white space,
shortest escapes, `payload` first, then the signature as `protected`, `header` (when there is one), `signature`. A file of
others that is written otherwise is intact all the same, but said to be written otherwise: a file of ours never is.
"""

from collections.abc import Mapping
from typing import Final

from mikrocert_seal_ades.jades import strict_json
from mikrocert_seal_ades.jades.strict_json import Json

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
