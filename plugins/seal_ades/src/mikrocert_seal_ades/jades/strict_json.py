"""Read JSON strictly and within bounds.

Beyond RFC 8259 and following I-JSON (RFC 7493): UTF-8 without a byte order mark, no member twice, no `NaN`, no
half surrogate pairs, bounded numbers. Size, depth and number of values are checked before anything is built.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, NoReturn, TypeAlias

import attrs

from mikrocert_seal_ades.jades.errors import JsonError
from mikrocert_seal_ades.pki.problems import Problem, problem

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@attrs.frozen
class Limits:
    """Bound what is read: octets, levels of nesting, values (counted by commas and brackets)."""

    octets: int = 16 * 1024 * 1024
    levels: int = 64
    values: int = 1_000_000


DEFAULT_LIMITS: Final = Limits()
_INTEGER_DIGITS: Final = 64
_FLOAT_CHARACTERS: Final = 64

# Possessive and with an optional closing quote: an unterminated string is swallowed once instead of being tried
# again from each of its characters.
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_STRING_OR_BRACKET: Final = re.compile(_STRING.pattern + r"|[\[\]{}]", re.DOTALL)
_BRACKET: Final = re.compile(r"[\[\]{}]")
_ESCAPE: Final = re.compile(r"\\(u....|.)")
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_PLAIN_NAME: Final = re.compile(r"[\w#@$:-]{1,64}")


def loads(data: bytes, *, where: str = "", limits: Limits = DEFAULT_LIMITS) -> Json:
    """Return the JSON value that `data` holds.

    `where` is the path under which members are reported, such as `signatures[0].protected`.

    Raises `JsonError` with every fault that can be told apart: position (line, column, octet) or member path.
    """
    text = _text(data, where=where, limits=limits)
    _check_bounds(text, where=where, limits=limits)
    refused = False

    def refuse(code: str, **values: object) -> "_Refused":
        nonlocal refused
        refused = True
        return _Refused(code, values)

    def members(pairs: list[tuple[str, object]]) -> object:
        names = dict(pairs)
        if len(names) < len(pairs):
            counted = Counter(name for name, _ in pairs)
            return refuse("json-duplicate-member", name=counted.most_common(1)[0][0])
        return names

    try:
        value: Json = json.loads(
            text,
            object_pairs_hook=members,
            parse_constant=lambda constant: refuse("json-not-a-number", value=constant),
            parse_int=_integer(refuse),
            parse_float=_decimal(refuse),
        )
    except json.JSONDecodeError as fault:
        raise JsonError(
            problem("json-syntax", where=_position(text, fault.pos, where=where), reason=fault.msg)
        ) from fault
    if refused or _SURROGATE_ESCAPE.search(text):
        faults = tuple(_faults(value, where))
        if faults:
            raise JsonError(*faults)
    return value


def dumps(value: Json) -> str:
    r"""Return the one way to write `value`: no white space, shortest escapes, everything else as it is.

    Control characters without a short escape become `\u00XX` in upper case; `/` is never escaped.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if "\\u" in text:
        text = _ESCAPE.sub(lambda escape: "\\" + escape[1][0] + escape[1][1:].upper(), text)
    return text


def child(where: str, member: str | int) -> str:
    """Return the path of `member` (a name or an index) below `where`."""
    if isinstance(member, int):
        return f"{where}[{member}]"
    name = member if _PLAIN_NAME.fullmatch(member) else json.dumps(member[:64])
    return f"{where}.{name}" if where else name


@attrs.frozen
class _Refused:
    """Stands in the parsed tree where a value was refused, so that its path can be told."""

    code: str
    values: dict[str, object]


_Refuse: TypeAlias = Callable[..., _Refused]


def _text(data: bytes, *, where: str, limits: Limits) -> str:
    if len(data) > limits.octets:
        _fail("json-too-large", where=where, size=len(data), limit=limits.octets)
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        _fail("json-byte-order-mark", where=where or "octet 0")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        place = f"line {line}, octet {fault.start}"
        raise JsonError(problem("json-not-utf8", where=f"{where}: {place}" if where else place)) from fault


def _check_bounds(text: str, *, where: str, limits: Limits) -> None:
    bare = _STRING.sub("", text)
    brackets = _BRACKET.findall(bare) if sum(map(bare.count, "[{,")) <= limits.values else None
    depth = 0
    for bracket in brackets or ():
        depth += 1 if bracket in "[{" else -1
        if depth > limits.levels:
            _fail("json-too-deep", where=_deepest(text, where=where, limits=limits), limit=limits.levels)
    if brackets is None:
        _fail("json-too-many-values", where=where, limit=limits.values)


def _deepest(text: str, *, where: str, limits: Limits) -> str:
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if depth > limits.levels:
            return _position(text, match.start(), where=where)
    return where


def _integer(refuse: _Refuse) -> Callable[[str], object]:
    def parse(digits: str) -> object:
        if len(digits.removeprefix("-")) > _INTEGER_DIGITS:
            return refuse("json-number-too-big", limit=_INTEGER_DIGITS)
        return int(digits)

    return parse


def _decimal(refuse: _Refuse) -> Callable[[str], object]:
    def parse(digits: str) -> object:
        value = float(digits) if len(digits) <= _FLOAT_CHARACTERS else float("inf")
        if value in {float("inf"), float("-inf")}:
            return refuse("json-number-too-big", limit=_INTEGER_DIGITS)
        return value

    return parse


def _faults(value: "Json | _Refused", where: str) -> Iterator[Problem]:
    if isinstance(value, _Refused):
        yield problem(value.code, where=where, **value.values)
    elif isinstance(value, str):
        if not _encodable(value):
            yield problem("json-lone-surrogate", where=where)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _faults(item, child(where, index))
    elif isinstance(value, dict):
        for name, item in value.items():
            if not _encodable(name):
                yield problem("json-lone-surrogate", where=child(where, name))
            yield from _faults(item, child(where, name))


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _position(text: str, at: int, *, where: str) -> str:
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    place = f"line {line}, column {column}, octet {len(text[:at].encode())}"
    return f"{where}: {place}" if where else place


def _fail(code: str, *, where: str, **values: object) -> NoReturn:
    raise JsonError(problem(code, where=where, **values))
