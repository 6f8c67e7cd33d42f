"""The one way in which a sealed file is written, for who writes it and for who checks that it was not rewritten.

What is between the tokens of a JSON file is covered by no signature. So a file counts as intact only when its
octets are exactly those that its values demand: no white space, shortest escapes, `payload` first, then the
signature as `protected`, `header` (when there is one), `signature`. Europass writes the same.
"""

from collections.abc import Mapping
from typing import Final

from mikrocert_seal_ades.jades import strict_json
from mikrocert_seal_ades.jades.strict_json import Json

FILE_ORDER: Final = ("payload", "signatures", "protected", "header", "signature")


def octets_of(document: Mapping[str, Json]) -> bytes:
    """Return the octets of a JWS in JSON serialization, its members in the order of the layout."""
    signatures = document.get("signatures")
    ordered = _ordered(document)
    if isinstance(signatures, list):
        ordered["signatures"] = [_ordered(item) if isinstance(item, dict) else item for item in signatures]
    return strict_json.dumps(ordered).encode("utf-8")


def _ordered(members: Mapping[str, Json]) -> dict[str, Json]:
    return {name: members[name] for name in FILE_ORDER if name in members}
