"""The derived context and shapes say what the official ones say; what we build conforms to the official ones."""

from __future__ import annotations

import json

import pytest
from mikrocert_edc_v3.jsonld import context
from mikrocert_edc_v3.model import profile, vocabulary
from mikrocert_edc_v3.model.profile import expand
from mikrocert_edc_v3.validation.shacl import Reference, to_graph
from mikrocert_edc_v3.validation.shapes import shapes

rdflib = pytest.importorskip("rdflib")
pytest.importorskip("pyshacl")
pytest.importorskip("pyld")

MODELLED = [
    (class_.term, property_.term)
    for class_ in profile().classes.values()
    for property_ in class_.properties.values()
]


@pytest.fixture(scope="module", autouse=True)
def _literals_as_written():
    """Keep rdflib from rewriting literals, such as P60M to P5Y."""
    before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    yield
    rdflib.NORMALIZE_LITERALS = before


@pytest.fixture(scope="module")
def official_contexts(elm):
    return {
        context.W3C_CONTEXT: json.loads((elm / "credentials-v1.jsonld").read_text(encoding="utf-8")),
        context.EDC_CONTEXT: json.loads((elm / "edc-ap-context.jsonld").read_text(encoding="utf-8")),
    }


@pytest.fixture(scope="module")
def official_shapes(elm):
    names = ["EDC-generic-no-cv", "EDC-generic-full", "EDC-issuedByMandate"]
    return "\n".join((elm / f"{name}.ttl").read_text(encoding="utf-8") for name in names)


def _definitions(document):
    """Term → (full IRI, coercion, container), prefixes resolved."""
    terms = document["@context"]

    def whole(name):
        prefix, colon, local = name.partition(":")
        start = terms.get(prefix)
        # clv ends without a delimiter, so that JSON-LD 1.1 doesn't take it for a prefix.
        return start + local if colon and isinstance(start, str) and start[-1] in "#/" else name

    definitions = {}
    for term, definition in terms.items():
        if isinstance(definition, str):
            definitions[term] = (whole(definition), None, None)
        elif isinstance(definition, dict):
            kind = definition.get("@type")
            kind = kind if kind in (None, "@id") else whole(kind)
            definitions[term] = (whole(definition["@id"]), kind, definition.get("@container"))
    return definitions


def test_context_of_elm_is_the_official_one(official_contexts):
    """Every term of ours means what the official context says, and no official term is unknown to us."""
    ours = _definitions(context.edc_context())
    theirs = _definitions(official_contexts[context.EDC_CONTEXT])
    prefixes = {term for term in theirs if term in vocabulary.RESERVED_PREFIXES}
    assert ours == {term: constraint for term, constraint in theirs.items() if term not in prefixes}


def test_context_of_w3c_is_the_official_one(official_contexts):
    """Every member of the credential itself means what the W3C context says."""
    scope = official_contexts[context.W3C_CONTEXT]["@context"]["VerifiableCredential"]
    theirs = _definitions({"@context": {**scope["@context"], "cred": expand("cred:"), "xsd": expand("xsd:")}})
    ours = _definitions({"@context": context.w3c_context()["@context"]["VerifiableCredential"]["@context"]})
    assert {term: theirs[term] for term in ours} == ours


def _constraints(turtle):
    """(class, property) → what its shapes ask for together."""
    from rdflib import Graph
    from rdflib.collection import Collection
    from rdflib.namespace import SH

    graph = Graph().parse(data=turtle, format="turtle")
    constraints = {}

    def classes(shape):
        for name in graph.objects(shape, SH["class"]):
            yield str(name)
        for list_ in graph.objects(shape, SH["or"]):
            for member in Collection(graph, list_):
                yield from classes(member)
        for node in graph.objects(shape, SH.node):
            yield from classes(node)

    for shape, target in graph.subject_objects(SH.targetClass):
        if graph.value(shape, SH.deactivated):
            continue
        for property_ in graph.objects(shape, SH.property):
            path = graph.value(property_, SH.path)
            if path is None:
                continue
            constraint = constraints.setdefault(
                (str(target), str(path)),
                {
                    "min_count": 0,
                    "max_count": None,
                    "classes": set(),
                    "datatype": None,
                    "unique": False,
                    "scheme": None,
                    "needs": set(),
                },
            )
            min_count, max_count = graph.value(property_, SH.minCount), graph.value(property_, SH.maxCount)
            constraint["min_count"] = max(constraint["min_count"], int(min_count or 0))
            if max_count is not None:
                constraint["max_count"] = int(max_count)
            constraint["classes"] |= set(classes(property_))
            constraint["datatype"] = graph.value(property_, SH.datatype) or constraint["datatype"]
            constraint["unique"] |= graph.value(property_, SH.uniqueLang) is not None
            for node in graph.objects(property_, SH.node):
                for inner in graph.objects(node, SH.property):
                    constraint["scheme"] = graph.value(inner, SH.hasValue) or constraint["scheme"]
                    if graph.value(inner, SH.minCount) and not list(graph.objects(node, SH["or"])):
                        constraint["needs"].add(str(graph.value(inner, SH.path)))
    return constraints


@pytest.fixture(scope="module")
def derived_constraints():
    return _constraints(shapes())


@pytest.fixture(scope="module")
def official_constraints(elm):
    names = ["EDC-generic-no-cv", "EDC-generic-full"]
    return _constraints("\n".join((elm / f"{name}.ttl").read_text(encoding="utf-8") for name in names))


@pytest.mark.parametrize(("class_term", "term"), MODELLED)
def test_shape_of_a_property_is_the_official_one(class_term, term, derived_constraints, official_constraints):
    """Each modelled property has the official cardinality, classes, datatype, language rule and concept scheme."""
    class_ = profile().classes[class_term]
    key = (expand(class_.iri), expand(class_.properties[term].iri))
    ours, theirs = derived_constraints[key], official_constraints.get(key)
    if class_term == "Person" and term == "additionalNote":
        theirs = official_constraints[(expand("elm:Agent"), key[1])]
    if term == "hasClaim":
        # A claim of no named class is legal too, if it has a type of its own.
        theirs = {**theirs, "classes": theirs["classes"] | {expand("elm:Claim")}}
    assert theirs is not None
    assert {
        name: str(constraint) if name in {"datatype", "scheme"} else constraint
        for name, constraint in ours.items()
    } == {
        name: str(constraint) if name in {"datatype", "scheme"} else constraint
        for name, constraint in theirs.items()
    }


@pytest.mark.parametrize("which", ["full_award", "joint_award", "small_award", "bare_award"])
def test_built_credential_conforms_to_the_official_shapes(
    which, complete, official_contexts, official_shapes, request
):
    """A completed credential conforms to edc-generic-full and edc-issued-by-mandate under the official contexts."""
    document = json.loads(complete(request.getfixturevalue(which)))
    graph = to_graph(document, contexts=official_contexts)
    assert len(graph) > 150
    assert Reference(official_shapes).results(graph) == frozenset()


def test_derived_context_gives_the_official_graph(document, official_contexts):
    """A built document has the same triples under the derived and the official contexts."""
    assert set(to_graph(document)) == set(to_graph(document, contexts=official_contexts))


def test_samples_have_the_same_graph_under_both_contexts(sample, official_contexts):
    """So has an official sample, which uses more of the vocabulary than we model."""
    document = json.loads(sample)
    assert set(to_graph(document)) == set(to_graph(document, contexts=official_contexts))
