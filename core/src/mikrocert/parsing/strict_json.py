"""JSON as strictly as a sealed document deserves (RFC 8259, I-JSON RFC 7493).

What a lenient reader forgives, two readers may understand differently. So nothing is forgiven here: duplicate
members, NaN, lone surrogates, a byte order mark, deep nesting and great size are all refused.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, NoReturn, cast

from mikrocert.report import Finding
from mikrocert.texts import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.errors import FindingsError

__all__ = ["DEEPEST", "LARGEST", "dumps", "dumps_visibly", "loads"]

LARGEST = 16 * 1024 * 1024
"""Largest document read, in octets."""

DEEPEST = 64
"""Deepest nesting of arrays and objects read."""

_LONGEST_NUMBER = 64
_MOST_ITEMS = 1_000_000
_TEXT_OR_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+|[\[\]{}]', re.DOTALL)
_BRACKETS = b"[]{}"
_NO_BRACKETS = bytes(octet for octet in range(256) if octet not in _BRACKETS)
# What a bracket adds to the depth.
_STEPS = {bracket: 1 if bracket in b"[{" else -1 for bracket in _BRACKETS}
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Categories of characters that drive something or can't be seen (UAX #44, 5.7.1)."""
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class _Refusal(ValueError):
    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding.message))
        self.finding = finding


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _duplicate(pairs)
    return members


def _duplicate(pairs: list[tuple[str, object]]) -> _Refusal:
    times = Counter(name for name, _ in pairs)
    twice = next(name for name, number in times.items() if number > 1)
    return _Refusal(
        Finding.error(
            "duplicate-member",
            "member '{name}' occurs twice in one object; each may occur only once",
            name=printable(twice[:60]),
        )
    )


def _no_constant(name: str) -> NoReturn:
    raise _Refusal(Finding.error("not-a-number", "{name} is no JSON number", name=name))


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise _long_number(digits)
    return int(digits)


def _decimal(digits: str) -> Decimal:
    exponent = re.search(r"[eE][+-]?(\d+)$", digits)
    if len(digits) > _LONGEST_NUMBER or (exponent and int(exponent.group(1)) > _LONGEST_NUMBER):
        raise _long_number(digits)
    return Decimal(digits)


def _long_number(digits: str) -> _Refusal:
    return _Refusal(
        Finding.error(
            "number-too-long",
            "number {digits}… is too long; at most {most} digits",
            digits=digits[:12],
            most=_LONGEST_NUMBER,
        )
    )


def _check_size_of(text: str, deepest: int) -> None:
    outside = _outside_texts(text)
    if sum(map(outside.count, ",[{")) > _MOST_ITEMS:
        raise _Refusal(
            Finding.error("too-many", "the file has more than {most} items; split it", most=_MOST_ITEMS)
        )
    brackets = outside.encode().translate(None, delete=_NO_BRACKETS)
    if any(map(deepest.__lt__, accumulate(map(_STEPS.__getitem__, brackets)))):
        raise _Refusal(
            Finding.error(
                "too-deep",
                "nesting is deeper than {most} levels (character {position})",
                most=deepest,
                position=_position_of_depth(text, deepest + 1),
            )
        )


def _outside_texts(text: str) -> str:
    unescaped = text.replace(r"\\", "").replace(r"\"", "") if "\\" in text else text
    # Text with more quotes than its items allow is no JSON, and where they end doesn't matter.
    return "".join(unescaped.split('"', maxsplit=4 * _MOST_ITEMS)[::2])


def _position_of_depth(text: str, depth: int) -> int:
    """Return the number of the character that opens this depth, which is reached."""
    reached = 0
    for match in _TEXT_OR_BRACKET.finditer(text):
        reached += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if reached == depth:
            return match.end()
    return len(text)


def _strings(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            members = cast("dict[str, object]", item)
            yield from members
            waiting.extend(members.values())
        elif isinstance(item, list):
            waiting.extend(cast("list[object]", item))


def _text(data: bytes, largest: int) -> str:
    if len(data) > largest:
        raise _Refusal(
            Finding.error(
                "too-large",
                "the file has {count} octets; at most {most} MiB are read",
                count=len(data),
                most=largest // (1024 * 1024),
            )
        )
    if data.startswith(b"\xef\xbb\xbf"):
        raise _Refusal(
            Finding.error(
                "byte-order-mark", "the file begins with a byte order mark; save it as UTF-8 without BOM"
            )
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _Refusal(
            Finding.error(
                "not-utf-8", "octet {octet} is not UTF-8; save the file in UTF-8", octet=error.start + 1
            )
        ) from error


def loads(
    data: bytes, *, refuse: type[FindingsError], largest: int = LARGEST, deepest: int = DEEPEST
) -> object:
    """Read one JSON document; numbers with a fraction come as Decimal.

    Args:
        data: the octets, UTF-8 without BOM.
        refuse: error class to raise, such as `IntakeError`.
        largest: most octets to read.
        deepest: most levels of nesting.

    Raises:
        FindingsError: of the class asked for, with one finding that says what is wrong and where.
    """
    try:
        return _parsed(_text(data, largest), deepest)
    except json.JSONDecodeError as error:
        finding = Finding.error(
            "not-json",
            "this is not JSON (line {line}, column {column}: {reason})",
            line=error.lineno,
            column=error.colno,
            reason=error.msg,
        )
        raise refuse([finding]) from error
    except _Refusal as refusal:
        raise refuse([refusal.finding]) from refusal


def _parsed(text: str, deepest: int) -> object:
    _check_size_of(text, deepest)
    value: object = json.loads(
        text,
        object_pairs_hook=_members,
        parse_constant=_no_constant,
        parse_int=_integer,
        parse_float=_decimal,
    )
    escaped = "\\" in text and _ESCAPED_SURROGATE.search(text)
    if escaped and any(_SURROGATE.search(string) for string in _strings(value)):
        raise _Refusal(
            Finding.error(
                "lone-surrogate", "the text has a lone surrogate (\\ud800–\\udfff), which is no character"
            )
        )
    return value


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    message = f"not JSON: {type(value).__name__}"
    raise TypeError(message)


def dumps(value: object, *, indent: int | None = None) -> str:
    """Write JSON as people and programs like it: characters as they are, members in the order given."""
    return json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False, default=_plain)


def dumps_visibly(value: object, *, indent: int | None = None) -> str:
    r"""Write JSON as `dumps` does, with every control and invisible character in its texts as `\uXXXX`.

    So it says the same to programs, and drives no terminal on which somebody looks at it.
    """
    text = dumps(value, indent=indent)
    unseen = {
        ord(character): json.dumps(character)[1:-1]
        for character in set(text) - {"\n"}
        if unicodedata.category(character) in _UNSEEN
    }
    return text.translate(unseen) if unseen else text
