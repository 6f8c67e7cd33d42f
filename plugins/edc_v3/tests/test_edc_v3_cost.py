"""Reading a credential costs as much as it is long, whatever is repeated in it; what is beyond all measure is refused."""

from __future__ import annotations

import copy
import itertools
import json
import string
import sys

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mikrocert.api import FormatError

TAGS = ["".join(letters) for letters in itertools.product(string.ascii_lowercase, repeat=3)]


def _is_node(value):
    return isinstance(value, dict) and "type" in value


def _nodes(value):
    """Every node, as often as it is written."""
    if _is_node(value):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _nodes(inner)


def _first(value):
    return value[0] if isinstance(value, list) else value


def _referring(value):
    """The same with nodes replaced by their ids."""
    if isinstance(value, list):
        return [_referring(item) for item in value]
    return value["id"] if _is_node(value) else value


def _equal(value, n):
    return [copy.deepcopy(_first(value)) for _ in range(n)]


def _others(value, n):
    """Other nodes that refer to the same ones; other texts."""
    first = _first(value)
    if _is_node(first):
        members = {term: _referring(inner) for term, inner in first.items()}
        return [first, *({**members, "id": f"urn:test:other:{k}"} for k in range(n))]
    if isinstance(first, dict):
        language, text = next(iter(first.items()))
        return {language: [f"{_first(text)} {k}" for k in range(n)]}
    return [f"{first}{k}" for k in range(n)]


def _wholly_others(value, n):
    """Other nodes made of other ones; other texts."""
    first = _first(value)
    if not _is_node(first):
        return _others(value, n)
    copies = [copy.deepcopy(first) for _ in range(n)]
    for k, whole in enumerate(copies):
        for node in _nodes(whole):
            node["id"] = f"{node['id']}:{k}"
    return [first, *copies]


def _references(value, n):
    first = _first(value)
    return [first, *([first["id"]] * n)] if _is_node(first) else _equal(value, n)


def _languages(value, n):
    first = _first(value)
    if _is_node(first) or not isinstance(first, dict):
        return _others(value, n)
    return {**first, **dict.fromkeys(TAGS[:n], "ř")}


WAYS = [_equal, _others, _wholly_others, _references, _languages]


def _repeated(payload, parts, n):
    """The document with these members repeated alike wherever their nodes are written."""
    document = json.loads(payload)
    for id_, term, way in parts:
        for node in [node for node in _nodes(document) if node.get("id") == id_ and term in node]:
            node[term] = way(node[term], n)
    return json.dumps(document, ensure_ascii=False).encode()


def _parts(payload):
    return sorted(
        {
            (node["id"], term)
            for node in _nodes(json.loads(payload))
            for term in set(node) - {"@context", "id"}
        }
    )


def _read(edc, payload):
    """All that a verification asks of the format."""
    try:
        credential = edc.open(payload)
    except FormatError as error:
        return [finding.code for finding in error.findings]
    edc.examine(credential)
    try:
        edc.award(credential)
    except FormatError:
        edc.foreign_view(credential)
    edc.sections(credential)
    return []


def _operations(work):
    """How many functions are called, those written in C included."""
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_cost_grows_no_faster_than_the_document(data, edc, payload):
    """Whatever one or two parts are repeated: twice as many of them cost no more than twice the operations."""
    part = st.tuples(st.sampled_from(_parts(payload)), st.sampled_from(WAYS)).map(
        lambda drawn: (*drawn[0], drawn[1])
    )
    parts = data.draw(st.lists(part, min_size=1, max_size=2))
    documents = [_repeated(payload, parts, n) for n in (40, 80, 160)]
    assume(len(documents[-1]) < 1_000_000)
    _read(edc, payload)
    one, two, four = (_operations(lambda document=document: _read(edc, document)) for document in documents)
    assert four - two <= 2.6 * (two - one) + 500
