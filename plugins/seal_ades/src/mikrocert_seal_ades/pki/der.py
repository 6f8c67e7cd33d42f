"""Look into DER without building anything: in one pass, whatever the octets are (ITU-T X.690, 8.1)."""

import re
from typing import Final

_OCTET_STRING, _SEQUENCE = 0x04, 0x30
_VERSION: Final = 0xA0
_ISSUER, _SUBJECT, _KEY = 2, 4, 5
_IDENTIFIERS: Final = frozenset({0x06, 0x88})
"""OBJECT IDENTIFIER, and registeredID of a GeneralName."""
_CONSTRUCTED: Final = 0x20
_LONG: Final = 0x80
_HIGH_TAG: Final = 0x1F
_MOST_LENGTH_OCTETS: Final = 4
_NOTHING: Final = re.compile(rb"(?:\0\0)+")
"""Values without contents, with which seals are padded."""


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


def name_and_key(certificate: bytes) -> tuple[bytes, bytes]:
    """Return subject and subjectPublicKeyInfo of a DER certificate, without their headers (RFC 5280, 4.1). Raises `ValueError`."""
    fields = _fields(certificate)
    return fields[_SUBJECT], fields[_KEY]


def issuer(certificate: bytes) -> bytes:
    """Return the issuer of a DER certificate, as `name_and_key` gives a subject. Raises `ValueError`."""
    return _fields(certificate)[_ISSUER]


def _fields(certificate: bytes) -> list[bytes]:
    """Return the fields of a TBSCertificate from the serial number on. Raises `ValueError`."""
    try:
        ((_, whole),) = values(certificate)
        (_, signed), *_ = values(whole)
        fields = [contents for tag, contents in values(signed) if tag != _VERSION]
    except IndexError as fault:
        raise ValueError(certificate) from fault
    if len(fields) <= _KEY:
        raise ValueError(certificate)
    return fields


def value(tag: int, *contents: bytes) -> bytes:
    """Return one DER value: tag, shortest length, contents (ITU-T X.690, 10.1)."""
    body = b"".join(contents)
    return _shortest_header(tag, len(body)) + body


def _shortest_header(tag: int, size: int) -> bytes:
    if size < _LONG:
        return bytes((tag, size))
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG | len(length))) + length


def is_distinguished(octets: bytes) -> bool:
    """Return whether this is one value, written with the shortest definite lengths throughout (ITU-T X.690, 10.1).

    Ends of contents, two zeros each, belong to the indefinite form: where there are any, it is not. What stands inside octet strings
    and bit strings is not looked at.
    """
    at, size, ends = 0, len(octets), [len(octets)]
    end: int | None
    try:
        while at < size:
            tag, length = octets[at], octets[at + 1]
            if not tag:
                return False
            if (
                length < _LONG and tag & _HIGH_TAG != _HIGH_TAG
            ):  # most are so: one octet each, as short as can be
                start = at + 2
                end = start + length
            else:
                tag, start, end = _header(octets, at)
                if end is None or _shortest_header(tag, end - start) != octets[at:start]:
                    return False
            if end > ends[-1]:
                return False
            at = end
            if tag & _CONSTRUCTED:
                at = start
                ends.append(end)
            while len(ends) > 1 and at == ends[-1]:
                ends.pop()
            if len(ends) == 1 and at != size:
                return False
    except (IndexError, ValueError):
        return False
    return True


def longest_identifier(octets: bytes) -> int:
    """Return how many octets the longest object identifier in a value has; 0 where there is none.

    Sequences in octet strings count, as in extensions of certificates, and names that are object identifiers (RFC 5280,
    4.2.1.6), which have a tag of their own. Who parses an object identifier pays for the square of its length, so this is
    asked before. What isn't DER may be read by others all the same: lengths of any size count, a tag in a long form may be any,
    and a value that goes beyond what it stands in hides nothing that comes behind that.
    """
    longest = at = 0
    ends = [len(octets)]
    end: int | None
    while at < len(octets):
        while at == ends[-1]:
            ends.pop()
        if not octets[at] and (padding := _NOTHING.match(octets, at, ends[-1])):
            at = padding.end()
            continue
        try:
            tag, length = octets[at], octets[at + 1]
            if length < _LONG and tag & _HIGH_TAG != _HIGH_TAG:
                start = at + 2
                end = start + length
            else:
                tag, start, end = _header(octets, at, most=_LONG)
        except IndexError:
            break
        constructed = bool(tag & _CONSTRUCTED)
        if start > ends[-1] or (end is not None and end > ends[-1]):
            at = ends[-1]
        elif end is None:
            at = start
        elif constructed or (tag == _OCTET_STRING and _begins_with_sequence(octets, start, end)):
            at = start
            ends.append(end)
        else:
            if tag in _IDENTIFIERS or tag & _HIGH_TAG == _HIGH_TAG:
                longest = max(longest, end - start)
            at = end
    return longest


def _begins_with_sequence(octets: bytes, start: int, end: int) -> bool:
    return start < end and octets[start] == _SEQUENCE


def _header(octets: bytes, at: int, *, most: int = _MOST_LENGTH_OCTETS) -> tuple[int, int, int | None]:
    """Return tag, start and end of the contents; no end where the length is indefinite. Raises `ValueError` above `most` octets of length."""
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
        if count > most:
            raise ValueError(at)
        length, at = int.from_bytes(octets[at : at + count]), at + count
    return tag, at, at + length
