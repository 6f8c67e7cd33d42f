"""Look into DER without building anything: in one pass, whatever the octets are (ITU-T X.690, 8.1)."""

from typing import Final

_OBJECT_IDENTIFIER, _OCTET_STRING, _SEQUENCE = 0x06, 0x04, 0x30
_CONSTRUCTED: Final = 0x20
_LONG: Final = 0x80
_HIGH_TAG: Final = 0x1F
_MOST_LENGTH_OCTETS: Final = 4


def values(octets: bytes) -> list[tuple[int, bytes]]:
    """Return tag and contents of the values that stand one behind the other. Raises `ValueError`."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(octets):
        tag, start, end = _header(octets, at)
        if end is None or end > len(octets):
            raise ValueError(at)
        found.append((tag, octets[start:end]))
        at = end
    return found


def longest_identifier(octets: bytes) -> int:
    """Return how many octets the longest object identifier in a value has; 0 where there is none.

    Sequences inside octet strings count, as in extensions of certificates. Who parses an object identifier pays for
    the square of its length, so this is asked before. What isn't DER is left to the parser to refuse.
    """
    longest = at = 0
    try:
        while at < len(octets):
            tag, start, end = _header(octets, at)
            if tag == _OBJECT_IDENTIFIER and end is not None:
                longest = max(longest, end - start)
            inside = (
                tag & _CONSTRUCTED
                or end is None
                or (tag == _OCTET_STRING and _is_sequence(octets, start, end))
            )
            at = start if inside or end is None else end
    except (IndexError, ValueError):
        pass
    return longest


def _is_sequence(octets: bytes, start: int, end: int) -> bool:
    """Whether a sequence fills this place."""
    return start < end <= len(octets) and octets[start] == _SEQUENCE and _header(octets, start)[2] == end


def _header(octets: bytes, at: int) -> tuple[int, int, int | None]:
    """Tag, start and end of the contents; no end where the length is indefinite."""
    tag, at = octets[at], at + 1
    if tag & _HIGH_TAG == _HIGH_TAG:
        while octets[at] & _LONG:
            at += 1
        at += 1
    length, at = octets[at], at + 1
    if length == _LONG:
        return tag, at, None
    if length & _LONG:
        count = length ^ _LONG
        if count > _MOST_LENGTH_OCTETS:
            raise ValueError(at)
        length, at = int.from_bytes(octets[at : at + count]), at + count
    return tag, at, at + length
