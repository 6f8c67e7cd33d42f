"""JSON is read strictly, within bounds, and every fault names its place."""

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert_seal_ades.jades.errors import JsonError
from mikrocert_seal_ades.jades.strict_json import Limits, child, dumps, loads

REFUSED = {
    "nothing": (b"", "json-syntax", "line 1, column 1, octet 0"),
    "not JSON": (b"%PDF-1.7", "json-syntax", "line 1, column 1, octet 0"),
    "octets are counted, not characters": (
        '{\n "řů": ď}'.encode(),
        "json-syntax",
        "line 2, column 8, octet 11",
    ),
    "member twice": (b'{"a":{"b":1,"b":2}}', "json-duplicate-member", "a"),
    "member twice by escape": (b'{"a":1,"\\u0061":2}', "json-duplicate-member", ""),
    "member twice in an array": (b'[0,{"x":[{"b":1,"b":1}]}]', "json-duplicate-member", "[1].x[0]"),
    "NaN": (b'{"a":[1,NaN]}', "json-not-a-number", "a[1]"),
    "Infinity": (b'{"a":Infinity}', "json-not-a-number", "a"),
    "-Infinity": (b"-Infinity", "json-not-a-number", ""),
    "decimal beyond range": (b'{"a":1e999}', "json-number-too-big", "a"),
    "decimal without end": (b'{"a":0.' + b"1" * 1000 + b"}", "json-number-too-big", "a"),
    "huge integer": (b'{"a":' + b"9" * 100_000 + b"}", "json-number-too-big", "a"),
    "huge negative integer": (b"-" + b"9" * 65, "json-number-too-big", ""),
    "lone surrogate in a value": (b'{"a":"\\ud800"}', "json-lone-surrogate", "a"),
    "lone surrogate in a name": (b'{"\\uDFFF":1}', "json-lone-surrogate", '"\\udfff"'),
    "surrogate in UTF-8": (b'{"a":"\xed\xa0\x80"}', "json-not-utf8", "line 1, octet 6"),
    "cp1250": ('{"a":"ř"}'.encode("cp1250"), "json-not-utf8", "line 1, octet 6"),
    "UTF-16": ('{"a":1}'.encode("utf-16"), "json-byte-order-mark", "octet 0"),
    "UTF-16 without BOM": ('{"ř":1}'.encode("utf-16-be"), "json-syntax", "line 1, column 1, octet 0"),
    "BOM": (b"\xef\xbb\xbf{}", "json-byte-order-mark", "octet 0"),
    "control character in a string": (b'{"a":"\n"}', "json-syntax", "line 1, column 7, octet 6"),
    "trailing text": (b"{} x", "json-syntax", "line 1, column 4, octet 3"),
    "trailing NUL": (b"{}\0", "json-syntax", "line 1, column 3, octet 2"),
    "unterminated string": (b'{"a":"\\"', "json-syntax", "line 1, column 6, octet 5"),
    "comment": (b"{/* */}", "json-syntax", "line 1, column 2, octet 1"),
    "10,000 levels of arrays": (b"[" * 10_000, "json-too-deep", "line 1, column 65, octet 64"),
    "10,000 levels, closed": (
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        "json-too-deep",
        "line 1, column 321, octet 320",
    ),
    "20 MB": (b'{"a":"' + b"x" * 20_000_000 + b'"}', "json-too-large", ""),
    "a million values": (b"[" + b"[]," * 1_000_000 + b"0]", "json-too-many-values", ""),
}


@pytest.mark.parametrize(("data", "code", "where"), REFUSED.values(), ids=REFUSED)
def test_refused_with_code_and_place(data: bytes, code: str, where: str) -> None:
    """What is not strict JSON is refused with a stable code and the place of the fault."""
    with pytest.raises(JsonError) as caught:
        loads(data)
    assert [(p.code, p.where) for p in caught.value.problems] == [(code, where)]


def test_all_faults_at_once() -> None:
    """Faults that can be told apart are reported together, under the path that was asked for."""
    with pytest.raises(JsonError) as caught:
        loads(b'{"a":NaN,"b":[1e999,"\\ud800"]}', where="x")
    assert [p.where for p in caught.value.problems] == ["x.a", "x.b[0]", "x.b[1]"]


def test_brackets_and_commas_in_strings_do_not_count() -> None:
    """Only structure is bounded, not what strings contain."""
    text = '[{"\\",' * 300_000
    assert loads(json.dumps({"a": text}).encode()) == {"a": text}


def test_limits_are_settable_and_inclusive() -> None:
    """A value at the limit is read, one beyond is not."""
    assert loads(b"[[1]]", limits=Limits(octets=5, levels=2, values=2)) == [[1]]
    for limits in (Limits(octets=4), Limits(levels=1), Limits(values=1)):
        with pytest.raises(JsonError):
            loads(b"[[1]]", limits=limits)


HOSTILE = {
    "quotes": b'"' * 8_000_000,
    "escaped quotes": b'"' + b'\\"' * 4_000_000,
    "opening brackets": b"[" * 8_000_000,
    "arrays": b"[" + b"[]," * 4_000_000,
    "numbers": b"[" + b"1," * 4_000_000,
    "digits": b"1" * 8_000_000,
    "surrogates": b'["' + b"\\ud800" * 1_000_000 + b'"]',
}


@pytest.mark.system  # some 5 s
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_costs_little(data: bytes) -> None:
    """Eight megabytes of the worst kind are refused within a multiple of their size; what took the square would not end."""
    tracemalloc.start()
    with pytest.raises(JsonError):
        loads(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 * len(data)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**19), 10**19)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_round_trip(value: object) -> None:
    """What `dumps` writes, `loads` reads back, for every JSON value."""
    assert loads(dumps(value).encode()) == value  # type: ignore[arg-type]


@given(st.binary(max_size=60) | st.text(alphabet='[]{}",:\\u0dE1eNa \n', max_size=60).map(str.encode))
def test_agrees_with_the_standard_library(data: bytes) -> None:
    """What is accepted is what `json` accepts, with the same value; any refusal is a `JsonError`."""
    try:
        value = loads(data)
    except JsonError:
        return
    assert value == json.loads(data)


def test_paths_of_strange_names_are_quoted() -> None:
    """A hostile member name cannot make a path look like another one."""
    assert child("a", "b.c") == 'a."b.c"'
    assert child("", "x5t#S256") == "x5t#S256"
    assert child("a", 3) == "a[3]"
