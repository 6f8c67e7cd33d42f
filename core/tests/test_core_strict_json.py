"""Strict JSON: what it refuses and how it says so, and that hostile documents cost little."""

from __future__ import annotations

import json
import tracemalloc
from contextlib import suppress
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.errors import FormatError, IntakeError
from mikrocert.parsing.strict_json import dumps, loads
from mikrocert.texts import Texts

czech = partial(Texts().plain, language="cs")

REFUSED = {  # name → (octets, code, English message)
    "nothing": (b"", "not-json", "line 1, column 1"),
    "one brace": (b"{", "not-json", "line 1, column 2"),
    "two documents": (b"{} {}", "not-json", "Extra data"),
    "a trailing comma": (b"[1,]", "not-json", "not JSON"),
    "a comment": (b"[] // konec", "not-json", "Extra data"),
    "single quotes": (b"{'a': 1}", "not-json", "line 1, column 2"),
    "a raw line feed in a text": (b'"a\nb"', "not-json", "Invalid control character"),
    "a leading zero": (b"[01]", "not-json", "line 1"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "byte-order-mark", "without BOM"),
    "cp1250": ('{"město": "Říčany"}'.encode("cp1250"), "not-utf-8", "octet 4 is not UTF-8"),
    "UTF-16": ('"Ďáblice"'.encode("utf-16"), "not-utf-8", "octet 1 is not UTF-8"),
    "an encoded surrogate": (b'"\xed\xa0\x80"', "not-utf-8", "octet 2 is not UTF-8"),
    "NaN": (b"[NaN]", "not-a-number", "NaN is no JSON number"),
    "infinity": (b"[-Infinity]", "not-a-number", "-Infinity is no JSON number"),
    "a duplicate member": (b'{"a": 1, "a": 1}', "duplicate-member", "member 'a' occurs twice"),
    "a duplicate member by escape": (
        b'{"a": 1, "\\u0061": 1}',
        "duplicate-member",
        "member 'a' occurs twice",
    ),
    "a duplicate surrogate": (
        b'{"\\ud800": 1, "\\ud800": 1}',
        "duplicate-member",
        "member '\\ud800' occurs twice",
    ),
    "a duplicate that drives terminals": (
        b'{"\\u001b[2J": 1, "\\u001b[2J": 1}',
        "duplicate-member",
        "'\\x1b[2J'",
    ),
    "a lone high surrogate": (b'["\\ud83d"]', "lone-surrogate", "no character"),
    "a lone low surrogate": (b'["\\uDE00"]', "lone-surrogate", "no character"),
    "surrogates in wrong order": (b'["\\ude00\\ud83d"]', "lone-surrogate", "no character"),
    "a surrogate as a member": (b'{"\\ud83d": 1}', "lone-surrogate", "no character"),
    "65 levels": (b"[" * 65 + b"]" * 65, "too-deep", "deeper than 64 levels (character 65)"),
    "10,000 levels": (b"[" * 10_000 + b"]" * 10_000, "too-deep", "deeper than 64 levels"),
    "10,000 levels of objects": (b'{"a":' * 10_000, "too-deep", "deeper than 64 levels"),
    "20 MB": (b" " * 20_000_000, "too-large", "20000000 octets; at most 16 MiB"),
    "a million items": (b"[" + b"1," * 1_000_001 + b"1]", "too-many", "more than 1000000 items"),
    "a number of 65 digits": (b"1" * 65, "number-too-long", "number 111111111111… is too long"),
    "a fraction of 70 digits": (b"0." + b"1" * 68, "number-too-long", "at most 64 digits"),
    "a giant exponent": (b"1e999999999", "number-too-long", "is too long"),
}

HOSTILE = {  # name → octets that a careless reader spends minutes or gigabytes on
    "15 MB of escaped quotes without end": b'"' + b'\\"' * 7_500_000,
    "15 MB of quotes": b'"' * 15_000_000,
    "15 MB in one text": b'"' + b"a" * 15_000_000 + b'"',
    "15 MB of escapes in one text": b'"' + b"\\n" * 7_500_000 + b'"',
    "15 MB of opening brackets": b"[" * 15_000_000,
    "7 million pairs of brackets": b"[]" * 7_500_000,
    "5 million lists": b"[" + b"[]," * 5_000_000 + b"[]]",
    "a duplicate name of 15 MB": b'{"' + b"a" * 7_500_000 + b'":1,"' + b"a" * 7_500_000 + b'":1}',
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_two_readers_could_understand_differently(name):
    """Each refusal has its code, says where or what, and is Czech as well."""
    data, code, message = REFUSED[name]
    with pytest.raises(IntakeError) as caught:
        loads(data, refuse=IntakeError)
    [finding] = caught.value.findings
    assert finding.code == code
    assert message in str(finding.message)
    assert czech(finding.message).strip()
    assert czech(finding.message) != str(finding.message)
    (czech(finding.message) + str(finding.message)).encode()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_cost_little(name):
    """A document made to be expensive is read or refused within ten times its size; one that took the square would not end."""
    data = HOSTILE[name]
    tracemalloc.start()
    with suppress(IntakeError):
        loads(data, refuse=IntakeError)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * len(data)


def test_raises_the_error_class_asked_for():
    """The caller says what a refusal is called."""
    with pytest.raises(FormatError):
        loads(b"{", refuse=FormatError)


def test_limits_can_be_set():
    """A caller may want less, or deeper."""
    assert loads(b"[" * 100 + b"]" * 100, refuse=IntakeError, deepest=100)
    with pytest.raises(IntakeError, match="at most 0 MiB"):
        loads(b"[1, 2, 3]", refuse=IntakeError, largest=8)


def test_brackets_and_quotes_inside_texts_are_text():
    """Nesting is counted outside texts only."""
    text = '[{"' * 100 + '\\"' + "]" * 7
    assert loads(json.dumps([text]).encode(), refuse=IntakeError) == [text]


def test_fractions_are_decimal():
    """2.50 stays 2.50, and no binary fraction comes in between."""
    value = loads(b"[2.50, 0.1, 3]", refuse=IntakeError)
    assert [str(number) for number in value] == ["2.50", "0.1", "3"]
    assert isinstance(value[0], Decimal)
    assert isinstance(value[2], int)


def test_surrogate_pairs_are_characters():
    """An escaped pair is one character; a backslash before `u` written twice is no escape."""
    assert loads(b'["\\ud83d\\ude00", "\\\\ud800"]', refuse=IntakeError) == ["😀", "\\ud800"]


NUMBERS = st.integers(-(10**15), 10**15) | st.decimals(-(10**9), 10**9, places=4)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=20,
)


@given(DOCUMENTS)
def test_what_is_written_reads_back_equal(document):
    """loads(dumps(x)) == x for whatever JSON can say."""
    assert loads(dumps(document).encode(), refuse=IntakeError) == document


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_any_octets_are_read_or_refused(data):
    """Nothing but the error asked for is raised, and what is read is what the standard reader reads."""
    with suppress(IntakeError):
        assert loads(data, refuse=IntakeError) == json.loads(data, parse_float=Decimal)


def test_writing_keeps_diacritics_and_order():
    """JSON is written as people read it."""
    assert (
        dumps({"ř": "Ďáblice", "a": Decimal("6.00"), "b": Decimal("2.50")})
        == '{"ř": "Ďáblice", "a": 6, "b": 2.5}'
    )


def test_writing_refuses_what_is_not_json():
    """NaN is not written."""
    with pytest.raises(ValueError, match="Out of range"):
        dumps([float("nan")])


BRACKETED = st.text('[]{}",\\aů', max_size=12)


def _depth(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


@given(
    st.recursive(
        BRACKETED,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(BRACKETED, inner, max_size=3),
        max_leaves=12,
    )
)
def test_depth_is_that_of_the_value(value):
    """Whatever its texts hold, a document is too deep exactly where its value is deeper than asked for."""
    data, depth = json.dumps(value).encode(), _depth(value)
    assert loads(data, refuse=IntakeError, deepest=depth) == value
    if depth:
        with pytest.raises(IntakeError, match="deeper"):
            loads(data, refuse=IntakeError, deepest=depth - 1)
