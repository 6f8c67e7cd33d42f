"""The validator over the model finds what the shapes forbid, and more; it agrees with the reference validator."""

from __future__ import annotations

import copy
import importlib.util
import json
import re
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mikrocert.api import FormatError, Severity
from mikrocert.texts import Texts
from mikrocert_edc_v3.jsonld import documents
from mikrocert_edc_v3.jsonld.jsonld_subset import MAX_FINDINGS, read
from mikrocert_edc_v3.validation.validate import examine, violations

czech = partial(Texts(["mikrocert_edc_v3"]).plain, language="cs")

needs_rdf = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("pyld", "rdflib", "pyshacl")),
    reason="the reference validator needs pyld, rdflib and pyshacl: install mikrocert-edc-v3[reference]",
)


def _claim(document):
    return document["credentialSubject"]["hasClaim"]


def _qualification(document):
    return _claim(document)["specifiedBy"]


def _set(place, member, value):
    place[member] = value


TECHNICAL = re.compile(r"\b(?!eIDAS)[a-z]+[A-Z]\w*|\b(https?|urn|elm|xsd):")
"""What places and codes may have, and sentences for people may not: names of members, IRIs."""

BREACHES = {
    "no issuer": (lambda d: d.pop("issuer"), "min-count", "issuer"),
    "no date of issuing": (lambda d: d.pop("issued"), "min-count", "issued"),
    "no evidence statement is fine, no type is not": (
        lambda d: d["evidence"].pop("dcType"),
        "min-count",
        "evidence.dcType",
    ),
    "two validity starts": (
        lambda d: _set(d, "validFrom", ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
        "max-count",
        "validFrom",
    ),
    "name in two languages": (
        lambda d: _set(d["credentialSubject"], "fullName", {"cs": "Jiří", "en": "George"}),
        "max-count",
        "credentialSubject.fullName",
    ),
    "two titles in one language": (
        lambda d: _set(_claim(d), "title", {"cs": ["Řízení", "Vedení"]}),
        "unique-language",
        "credentialSubject.hasClaim.title",
    ),
    "person as awarding body's place": (
        lambda d: _claim(d)["awardedBy"].update(
            id="urn:test:awarding", location={"id": "urn:x:1", "type": "Note"}
        ),
        "class",
        "credentialSubject.hasClaim.awardedBy.location",
    ),
    "reference to nothing": (
        lambda d: _claim(d)["awardedBy"].update(id="urn:test:awarding", location="urn:epass:location:77"),
        "class",
        "credentialSubject.hasClaim.awardedBy.location",
    ),
    "level of another scheme": (
        lambda d: _qualification(d)["eqfLevel"]["inScheme"].update(
            id="http://data.europa.eu/snb/isced-f/25831c2"
        ),
        "scheme",
        "credentialSubject.hasClaim.specifiedBy.eqfLevel",
    ),
    "level without scheme": (
        lambda d: _qualification(d)["eqfLevel"].pop("inScheme"),
        "scheme",
        "credentialSubject.hasClaim.specifiedBy.eqfLevel",
    ),
    "issuer without eIDAS identifier": (lambda d: d["issuer"].pop("eIDASIdentifier"), "needs", "issuer"),
    "assessment without grade": (
        lambda d: _claim(d)["provenBy"][0].pop("grade"),
        "min-count",
        "credentialSubject.hasClaim.provenBy[0].grade",
    ),
    "credential status": (
        lambda d: _set(d, "credentialStatus", "https://mikrocertifikat.cz/status/1"),
        "datatype",
        "credentialStatus",
    ),
    "level that doesn't exist": (
        lambda d: _set(_qualification(d)["eqfLevel"], "id", "http://data.europa.eu/snb/eqf/9"),
        "unknown-code",
        "credentialSubject.hasClaim.specifiedBy.eqfLevel",
    ),
    "field that doesn't exist": (
        lambda d: _set(_qualification(d)["thematicArea"], "id", "http://data.europa.eu/snb/isced-f/9998"),
        "unknown-code",
        "credentialSubject.hasClaim.specifiedBy.thematicArea",
    ),
    "birth date without time": (
        lambda d: _set(d["credentialSubject"], "dateOfBirth", "1994-03-14"),
        "wrong-value",
        "credentialSubject.dateOfBirth",
    ),
    "birth date that doesn't exist": (
        lambda d: _set(d["credentialSubject"], "dateOfBirth", "1994-02-30T12:00:00Z"),
        "wrong-value",
        "credentialSubject.dateOfBirth",
    ),
    "duration in words": (
        lambda d: _set(_qualification(d), "volumeOfLearning", "150 hodin"),
        "wrong-value",
        "credentialSubject.hasClaim.specifiedBy.volumeOfLearning",
    ),
    "page zero": (
        lambda d: d["displayParameter"]["individualDisplay"][0]["displayDetail"].update(
            id="urn:test:page", page=0
        ),
        "wrong-value",
        "displayParameter.individualDisplay[0].displayDetail.page",
    ),
    "address with a space": (
        lambda d: _set(_claim(d)["supplementaryDocument"], "contentURL", "https://x y"),
        "wrong-value",
        "credentialSubject.hasClaim.supplementaryDocument.contentURL",
    ),
}


@pytest.mark.parametrize(("change", "code", "path"), BREACHES.values(), ids=BREACHES)
def test_breach_is_an_error_with_its_place(change, code, path, document):
    """Each breach is found, at its place, and is what fails the document."""
    change(document)
    errors = [finding for finding in examine(read(document)) if finding.severity is Severity.ERROR]
    assert (code, path) in [(finding.code, finding.path) for finding in errors]
    texts = [text for finding in errors for text in (czech(finding.message), str(finding.message))]
    unquoted = [re.sub(r"„.*?“|'.*?'", "", text) for text in texts]  # what the file itself says is quoted
    assert [text for text in unquoted if TECHNICAL.search(text)] == []


PRIVATE = {
    "without time": "1994-03-14",
    "no such day": "1994-02-30T12:00:00Z",
    "spelled": "14. 3. 1994",
    "number": 19940314,
    "two": ["1994-03-14T12:00:00Z", "1994-03-15T12:00:00Z"],
    "several wrong": ["1994-03-14", 1994],
    "JSON-LD value": {"@value": "1994-03-14", "@type": "xsd:date"},
    "language map": {"cs": "14. března 1994"},
    "language map of numbers": {"cs": 1994},
    "address": "urn:1994",
    "identifier": {
        "id": "urn:x:1",
        "type": "LegalIdentifier",
        "notation": 1994,
        "schemeName": "1994-03-14",
        "spatial": "1994",
    },
    "none": None,
}


@pytest.mark.parametrize("value", PRIVATE.values(), ids=PRIVATE)
@pytest.mark.parametrize("member", ["dateOfBirth", "placeOfBirth", "nationalID"])
def test_no_finding_repeats_birth_or_national_identifier(member, value, document):
    """Who uploads a file may not be the one whom it is about: what is wrong is told, and never the value itself."""
    _set(document["credentialSubject"], member, value)
    try:
        findings = examine(read(document))
    except FormatError as error:
        findings = error.findings
    assert findings
    assert [finding for finding in findings if "1994" in f"{czech(finding.message)} {finding.message}"] == []


def test_built_document_has_no_error(document):
    """What complete() writes conforms."""
    assert violations(read(document)) == ()
    assert all(finding.severity is Severity.INFO for finding in examine(read(document)))


def test_official_samples_pass_with_information_only(sample):
    """Legal ELM that we don't model, and lists that we don't have, are told and fail nothing."""
    findings = examine(documents.parse(sample))
    assert {finding.severity for finding in findings} == {Severity.INFO}
    assert {finding.code for finding in findings} == {"list-not-at-hand", "not-modelled"}
    assert any("nationalID" in finding.path for finding in findings)
    assert [text for text in (czech(finding.message) for finding in findings) if TECHNICAL.search(text)] == []


def test_errors_are_never_lost_among_information(document):
    """However many lists we don't have, an error is listed."""
    assessed = _claim(document)["provenBy"][0]["specifiedBy"]
    assessed["mode"] = [
        {
            "id": f"urn:test:{n}",
            "type": "Concept",
            "inScheme": {"id": f"urn:test:scheme:{n}", "type": "ConceptScheme"},
        }
        for n in range(300)
    ]
    _qualification(document)["eqfLevel"]["id"] = "http://data.europa.eu/snb/eqf/9"
    findings = examine(read(document))
    assert findings[0].code == "unknown-code"
    assert len(findings) == MAX_FINDINGS + 1


def test_reference_by_id_counts_as_the_node(document):
    """A node written out once may be referred to by its id elsewhere."""
    parts = _claim(document)["hasPart"]
    for part in parts:
        part["awardedBy"] = part["awardedBy"]["id"]
    assert violations(read(document)) == ()


def _nodes(value):
    """Every object with an id, as often as it is written."""
    if isinstance(value, dict):
        if "id" in value and "type" in value:
            yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)


def _drop(node, name):
    del node[name]


def _double(node, name):
    """Put a second value beside the first: another node, language or literal."""
    value = node[name]
    other = copy.deepcopy(value[0] if isinstance(value, list) else value)
    if isinstance(other, dict) and "type" in other:
        other["id"] = "urn:test:other"
    elif isinstance(other, dict):
        node[name] = {**other, "de": "Ein anderer"}
        return
    elif isinstance(other, str):
        date_time, duration = other[4:5] == "-" and "T" in other, other.startswith("PT")
        other = "2001-01-01T00:00:00Z" if date_time else "PT9H" if duration else f"{other}0"
    node[name] = [*(value if isinstance(value, list) else [value]), other]


def _retype(node, name):
    value = node[name]
    if isinstance(value, dict) and "type" in value:
        value["type"] = "Note" if value["type"] != "Note" else "WebResource"
        value["id"] = "urn:test:retyped"


def _rescheme(node, name):
    value = node[name]
    if isinstance(value, dict) and "inScheme" in value:
        value["inScheme"] = {"id": "urn:test:scheme", "type": "ConceptScheme"}
        value["id"] = "urn:test:concept"


def _unscheme(node, name):
    value = node[name]
    if isinstance(value, dict) and "inScheme" in value:
        del value["inScheme"]
        value["id"] = "urn:test:loose"


def _refer(node, name):
    value = node[name]
    if isinstance(value, dict) and "type" in value:
        node[name] = value["id"]


def _two_texts(node, name):
    value = node[name]
    if isinstance(value, dict) and "type" not in value:
        node[name] = {
            language: [text, f"{text}!"] for language, text in value.items() if isinstance(text, str)
        }


def _mutate(document, *, choose):
    """Change one member of one node alike wherever the node is written."""
    ids = sorted({node["id"] for node in _nodes(document)})
    chosen = choose(ids)
    same = [node for node in _nodes(document) if node["id"] == chosen]
    names = sorted(set(same[0]) - {"@context", "id", "type", "content"})
    if names:
        name, mutation = choose(names), choose(MUTATIONS)
        for node in same:
            if name in node:
                mutation(node, name)


COMPONENTS = {
    "MinCountConstraintComponent": "min-count",
    "MaxCountConstraintComponent": "max-count",
    "ClassConstraintComponent": "class",
    "OrConstraintComponent": "class",
    "DatatypeConstraintComponent": "datatype",
    "UniqueLangConstraintComponent": "unique-language",
    "NodeKindConstraintComponent": "scheme",
}
MUTATIONS = [_drop, _double, _retype, _rescheme, _unscheme, _refer, _two_texts]


@pytest.fixture(scope="module")
def reference():
    import rdflib
    from mikrocert_edc_v3.validation.shacl import Reference, to_graph

    before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    validator = Reference()
    yield lambda document: validator.results(to_graph(document))
    rdflib.NORMALIZE_LITERALS = before


@needs_rdf
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_both_validators_agree_on_mutated_documents(data, the_payload, reference):
    """Whatever is dropped, doubled or changed: same nodes, same properties, same constraints, same verdict."""
    document = json.loads(the_payload())
    for _ in range(data.draw(st.integers(1, 3))):
        _mutate(document, choose=lambda these: data.draw(st.sampled_from(these)))
    try:
        graph = read(document)
    except FormatError:
        return
    ours = {(violation.focus, violation.property, violation.constraint) for violation in violations(graph)}
    theirs = set()
    for result in reference(document):
        if result.component == "NodeConstraintComponent":
            constraint = "needs" if result.path.endswith("credentials#issuer") else "scheme"
        else:
            constraint = COMPONENTS[result.component]
        theirs.add((result.focus, result.path, constraint))
    assert ours == theirs


LATER = {
    "a type of accreditation": ("http://data.europa.eu/snb/accreditation/ffffffffff", Severity.WARNING),
    "one of another list": ("http://data.europa.eu/snb/eqf/ffffffffff", Severity.ERROR),
    "one of nobody": ("urn:x:accreditation", Severity.ERROR),
}


@pytest.mark.parametrize("name", LATER)
def test_a_code_may_have_been_added_to_a_list_since(name, document):
    """Where a list may grow, an entry that stands among its entries is doubtful and not wrong; others are wrong."""
    id_, severity = LATER[name]
    nodes = nodes_of(document, "inScheme")
    next(node for node in nodes if "accreditation" in json.dumps(node["inScheme"]))["id"] = id_
    found = [finding for finding in examine(read(document)) if finding.code == "unknown-code"]
    assert {finding.severity for finding in found} == {severity}


def nodes_of(value, member):
    """Yield every object below a value that has a member."""
    if isinstance(value, dict):
        if member in value:
            yield value
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from nodes_of(inner, member)


OTHER_NAMES = {  # full name → whether it contradicts given and family name
    "with titles": ("Ing. {given} {family}, Ph.D.", False),
    "in another order": ("{family} {given}", False),
    "somebody else": ("Řehoř Ďurůžka", True),
    "only one of them": ("Řehoř {family}", True),
}


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_two_names_of_one_person_have_to_agree(name, document):
    """A full name that lacks given or family name is doubted, and both are told; in another language it is another spelling."""
    full_name, doubted = OTHER_NAMES[name]
    person = document["credentialSubject"]
    given, family = person["givenName"]["cs"], person["familyName"]["cs"]
    person["fullName"] = {"cs": full_name.format(given=given, family=family), "uk": "Ґалаґан"}
    found = [finding for finding in examine(read(document)) if finding.code == "other-name"]
    assert [finding.path for finding in found] == ["credentialSubject.fullName.cs"] * doubted
    assert all(family in czech(f.message) and person["fullName"]["cs"] in czech(f.message) for f in found)
