"""Reading a credential costs as much as it is long, whatever is repeated in it; what is beyond all measure is refused."""

from __future__ import annotations

import copy
import itertools
import json
import string
import sys
from functools import partial

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mikrocert.api import FormatError
from mikrocert_edc_v3.jsonld.documents import MOST_VALUES
from mikrocert_edc_v3.jsonld.jsonld_subset import LONGEST_TEXT, MOST_NODES

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
        return [first, *({**members, "id": f"urn:test:{first['type']}:{k}"} for k in range(n))]
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


def _growth(edc, payload, parts, *, n):
    """How many operations more it takes to read twice and four times as many parts."""
    documents = [_repeated(payload, parts, number) for number in (n, 2 * n, 4 * n)]
    _read(edc, documents[0])  # what is kept from the first reading on is no part of the cost of one
    one, two, four = (_operations(partial(_read, edc, document)) for document in documents)
    return two - one, four - two


SKILL = "http://data.europa.eu/esco/skill/ccdf3597-5c80-410f-896d-e1bdfa223de9"
KINDS = {  # name → parts that are repeated: id of a node, term, way
    "type and values": [
        ("urn:epass:qualification:1", "type", _equal),
        ("urn:epass:qualification:1", "learningOutcome", _wholly_others),
    ],
    "references and the lists of what they refer to": [
        ("urn:epass:qualification:1", "learningOutcome", _others),
        (SKILL, "inScheme", _others),
    ],
    "nodes that refer to one with many texts": [
        ("urn:epass:qualification:1", "learningOutcome", _others),
        (SKILL, "prefLabel", _languages),
    ],
    "nodes that refer to one with many nodes": [
        ("urn:epass:qualification:1", "accreditation", _others),
        ("urn:epass:org:3", "identifier", _wholly_others),
    ],
    "bodies": [("urn:epass:awardingProcess:1", "awardingBody", _wholly_others)],
    "components that refer to one with many outcomes": [
        ("urn:epass:learningAchievement:1", "specifiedBy", _others),
        ("urn:epass:learningAchievementSpec:1", "learningOutcome", _wholly_others),
    ],
    "codes of no list": [("urn:epass:qualification:1", "thematicArea", _others)],
}


@pytest.mark.parametrize("parts", KINDS.values(), ids=KINDS)
def test_parts_repeated_together_cost_no_more_than_apart(parts, edc, payload):
    """Where two parts could be gone through one for each of the other, twice as many of both cost twice the operations."""
    members = {(node["id"], term) for node in _nodes(json.loads(payload)) for term in node}
    assert members >= {(id_, term) for id_, term, _ in parts}
    before, after = _growth(edc, payload, parts, n=60)
    assert after <= 2.4 * before + 500


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.lists(st.tuples(st.integers(0, 9_999), st.sampled_from(WAYS)), min_size=1, max_size=2))
def test_cost_grows_no_faster_than_the_document(chosen, edc, the_payload):
    """Whatever one or two parts are repeated: twice as many of them cost no more than twice the operations."""
    payload = the_payload()
    members = sorted(
        {
            (node["id"], term)
            for node in _nodes(json.loads(payload))
            for term in node
            if term not in {"@context", "id"}
        }
    )
    parts = [(*members[number % len(members)], way) for number, way in chosen]
    assume(len(_repeated(payload, parts, 120)) < 250_000)
    before, after = _growth(edc, payload, parts, n=30)
    # Where reading stops at the most faults that are listed, more parts cost fewer operations.
    assert after <= 2.6 * max(before, 0) + 500


def _notes(number):
    return [{"id": f"urn:test:note:{k}", "type": "Note", "noteLiteral": {"cs": "ř"}} for k in range(number)]


BEYOND = {  # name → (change, code, path)
    "nodes": (
        lambda d: d["credentialSubject"].update(additionalNote=_notes(MOST_NODES)),
        "too-many-nodes",
        "credentialSubject.additionalNote[",
    ),
    "a text": (
        lambda d: d["issuer"]["altLabel"].update(de="ů" * (LONGEST_TEXT + 1)),
        "too-long",
        "issuer.altLabel.de",
    ),
    "a literal": (
        lambda d: d["evidence"].update(evidenceStatement=["", "ů" * (LONGEST_TEXT + 1)]),
        "too-long",
        "evidence.evidenceStatement[1]",
    ),
    "an IRI": (
        lambda d: d["credentialSubject"].update(id="urn:" + "u" * LONGEST_TEXT),
        "too-long",
        "credentialSubject.id",
    ),
    "what references stand for": (
        lambda d: d["credentialSubject"].update(
            additionalNote=[{**note, "subject": "urn:test:subject"} for note in _notes(1000)],
            placeOfBirth={
                "id": "urn:test:place",
                "type": "Location",
                "spatialCode": {
                    "id": "urn:test:subject",
                    "type": "Concept",
                    "definition": {"cs": [f"Ď {k}" for k in range(MOST_VALUES // 1000)]},
                },
            },
        ),
        "too-many-values",
        "credentialSubject",
    ),
}


@pytest.mark.parametrize(("change", "code", "path"), BEYOND.values(), ids=BEYOND)
def test_what_is_beyond_measure_is_refused_at_its_place(change, code, path, edc, document):
    """A credential larger than any real one is refused, and it is said what there is too much of, and where."""
    change(document)
    with pytest.raises(FormatError) as caught:
        edc.open(json.dumps(document).encode())
    [finding] = [finding for finding in caught.value.findings if finding.code == code]
    assert finding.path.startswith(path)


def test_file_inside_may_be_longer_than_a_text(edc, document):
    """The picture of a page has no limit of its own."""
    picture = document["displayParameter"]["individualDisplay"][0]["displayDetail"]["image"]
    picture.update(id="urn:test:picture", content="QUJD" * LONGEST_TEXT)
    document["displayParameter"]["individualDisplay"][0]["displayDetail"]["id"] = "urn:test:page"
    document["displayParameter"]["individualDisplay"][0]["id"] = "urn:test:display"
    assert _read(edc, json.dumps(document).encode()) == []


def test_reading_ends_with_the_faults_that_are_listed(edc, document):
    """Ten times the faults cost no more operations."""

    def cost(number):
        faulty = json.dumps({**document, **{f"@unknown{k}": "ř" for k in range(number)}}).encode()
        return _operations(partial(_read, edc, faulty))

    assert cost(2000) <= cost(200) + 10


def test_a_credential_is_read_and_judged_in_few_steps(document, edc):
    """Functions called for each node, those of C too: more than these means a walk more, or a dearer one."""
    payload = json.dumps(document).encode()
    edc.examine(edc.open(payload))  # what is made of the model once, is made
    assert _operations(lambda: edc.examine(edc.open(payload))) <= 40 * sum(1 for _ in _nodes(document))
