"""What two readers could understand differently is refused."""

from __future__ import annotations

import copy
from decimal import Decimal
from functools import partial

import pytest
from mikrocert.errors import FormatError
from mikrocert.parsing import strict_json
from mikrocert.report import Severity
from mikrocert.texts import Texts
from mikrocert_edc_v3.jsonld import documents, jsonld_subset
from mikrocert_edc_v3.validation import validate

czech = partial(Texts(["mikrocert_edc_v3"]).plain, language="cs")

CONTEXT = ["https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap"]


def faults(document):
    """The breaches of the strict subset that reading a document meets."""
    try:
        jsonld_subset.read(document)
    except FormatError as error:
        return error.findings
    return ()


def _subject(document):
    return document["credentialSubject"]


def _claim(document):
    return _subject(document)["hasClaim"]


def _set(place, member, value):
    place[member] = value


FAULTS = {
    "no context": (lambda d: d.pop("@context"), "foreign-context", "@context"),
    "contexts swapped": (lambda d: d["@context"].reverse(), "foreign-context", "@context"),
    "one context more": (
        lambda d: d["@context"].append("https://evil.example/c"),
        "foreign-context",
        "@context",
    ),
    "context inline": (lambda d: d["@context"].append({"title": "urn:x"}), "foreign-context", "@context"),
    "context not an array": (lambda d: _set(d, "@context", CONTEXT[0]), "foreign-context", "@context"),
    "no type": (lambda d: d.pop("type"), "wrong-type", "type"),
    "another type": (lambda d: _set(d, "type", ["VerifiableCredential", "Person"]), "wrong-type", "type"),
    "no id": (lambda d: d.pop("id"), "no-id", ""),
    "nested context": (lambda d: _set(_subject(d), "@context", {}), "keyword", "credentialSubject.@context"),
    "graph": (lambda d: _set(d, "@graph", []), "keyword", "@graph"),
    "included": (lambda d: _set(_subject(d), "@included", {}), "keyword", "credentialSubject.@included"),
    "reverse": (lambda d: _set(_claim(d), "@reverse", {}), "keyword", "credentialSubject.hasClaim.@reverse"),
    "keyword id": (lambda d: _set(_subject(d), "@id", "urn:x:1"), "keyword", "credentialSubject.@id"),
    "keyword type": (lambda d: _set(_subject(d), "@type", "Person"), "keyword", "credentialSubject.@type"),
    "value object": (
        lambda d: _set(_subject(d), "dateOfBirth", {"@value": "x"}),
        "wrong-json-type",
        "credentialSubject.dateOfBirth",
    ),
    "prefixed term": (
        lambda d: _set(_claim(d), "dc:title", {}),
        "prefixed-term",
        "credentialSubject.hasClaim.dc:title",
    ),
    "IRI as term": (lambda d: _set(_claim(d), "http://purl.org/dc/terms/title", {}), "prefixed-term", None),
    "embedded proof": (lambda d: _set(d, "proof", {}), "keyword", "proof"),
    "type with prefix": (lambda d: _set(_subject(d), "type", "elm:Person"), "unknown-type", None),
    "credential inside": (
        lambda d: _set(_subject(d), "type", "EuropeanDigitalCredential"),
        "unknown-type",
        "credentialSubject.type",
    ),
    "relative id": (lambda d: _set(_subject(d), "id", "person-1"), "not-an-iri", "credentialSubject.id"),
    "id with a space": (lambda d: _set(_subject(d), "id", "urn:a b"), "not-an-iri", "credentialSubject.id"),
    "id with a newline": (lambda d: _set(_subject(d), "id", "urn:epass:person:1\n"), "not-an-iri", None),
    "id no string": (lambda d: _set(_subject(d), "id", 1), "not-an-iri", "credentialSubject.id"),
    "id with a prefix": (
        lambda d: _set(_subject(d), "id", "elm:Person"),
        "prefixed-iri",
        "credentialSubject.id",
    ),
    "null": (
        lambda d: _set(_claim(d), "awardedBy", None),
        "not-an-iri",
        "credentialSubject.hasClaim.awardedBy",
    ),
    "null text": (
        lambda d: _set(_claim(d), "title", None),
        "no-language",
        "credentialSubject.hasClaim.title",
    ),
    "text without language": (
        lambda d: _set(_claim(d), "title", "Řízení"),
        "no-language",
        "credentialSubject.hasClaim.title",
    ),
    "array of texts": (
        lambda d: _set(_claim(d), "title", [{"cs": "Řízení"}]),
        "no-language",
        "credentialSubject.hasClaim.title",
    ),
    "text with language @none": (
        lambda d: _set(_claim(d), "title", {"@none": "Řízení"}),
        "not-a-language",
        "credentialSubject.hasClaim.title.@none",
    ),
    "text that is a number": (
        lambda d: _set(_claim(d), "title", {"cs": 1}),
        "wrong-json-type",
        "credentialSubject.hasClaim.title.cs",
    ),
    "credits as a number": (
        lambda d: _set(_claim(d)["creditReceived"], "point", 2.5),
        "wrong-json-type",
        "credentialSubject.hasClaim.creditReceived.point",
    ),
    "page as true": (
        lambda d: _set(d["displayParameter"]["individualDisplay"][0]["displayDetail"], "page", True),
        "wrong-json-type",
        "displayParameter.individualDisplay[0].displayDetail.page",
    ),
    "array in an array": (lambda d: _set(_claim(d), "provenBy", [[]]), "not-an-iri", None),
    "one id, two contents": (
        lambda d: _set(_claim(d)["awardedBy"]["awardingBody"], "legalName", {"cs": "Univerzita Řečkovice"}),
        "one-id-two-contents",
        None,
    ),
    "one concept, two labels": (
        lambda d: _set(_claim(d)["specifiedBy"]["mode"], "prefLabel", {"cs": "dálková"}),
        "one-id-two-contents",
        None,
    ),
    "reference of another type": (
        lambda d: _set(_claim(d), "influencedBy", {"id": d["issuer"]["id"], "type": "LearningActivity"}),
        "one-id-two-contents",
        "credentialSubject.hasClaim.influencedBy",
    ),
}


@pytest.mark.parametrize(("change", "code", "path"), FAULTS.values(), ids=FAULTS)
def test_fault_is_named_with_its_place(change, code, path, document):
    """Each breach of the strict subset is an error with its code and path, and says so in both languages."""
    change(document)
    findings = faults(document)
    assert code in {finding.code for finding in findings}
    if path is not None:
        assert path in {finding.path for finding in findings if finding.code == code}
    assert all(czech(finding.message) and str(finding.message) for finding in findings)


@pytest.mark.parametrize("number", [True, Decimal(1), "1"])
def test_a_node_written_again_is_read_again_where_equal_values_differ_in_kind(number, document):
    """A node may be written twice alike; where it says 1 and then true, which Python takes for equal, it is refused."""
    detail = document["displayParameter"]["individualDisplay"][0]["displayDetail"]
    assert detail["page"] == 1
    document["displayParameter"]["individualDisplay"][0]["displayDetail"] = [detail, {**detail}]
    assert faults(document) == ()
    document["displayParameter"]["individualDisplay"][0]["displayDetail"][1]["page"] = number
    assert {finding.code for finding in faults(document)} & {"wrong-json-type", "one-id-two-contents"}


def test_document_that_we_built_has_no_fault(document):
    """What complete() writes is in the strict subset."""
    assert faults(document) == ()


def test_official_sample_has_no_fault(sample):
    """So are the official samples."""
    assert faults(strict_json.loads(sample, refuse=FormatError)) == ()


@pytest.mark.parametrize("value", [[], "text", 1, None, True])
def test_only_an_object_is_a_credential(value):
    """Any other JSON value is refused as a whole."""
    assert [finding.code for finding in faults(value)] == ["not-an-object"]


def test_all_faults_come_at_once(document):
    """One reading names every fault."""
    document["@context"] = CONTEXT[:1]
    document["credentialSubject"]["dc:identifier"] = "x"
    document["issuer"]["@id"] = "urn:x:1"
    assert {finding.code for finding in faults(document)} == {
        "foreign-context",
        "prefixed-term",
        "keyword",
    }


def test_parse_refuses_octets_that_are_no_document():
    """Octets with a duplicate member never become a document."""
    with pytest.raises(FormatError) as caught:
        documents.parse(b'{"id": "urn:a:1", "id": "urn:a:2"}')
    assert [finding.code for finding in caught.value.findings] == ["duplicate-member"]


def test_same_content_may_differ_in_arrays_only(document):
    """One value and an array of one are the same content."""
    body = copy.deepcopy(document["credentialSubject"]["hasClaim"]["awardedBy"]["awardingBody"])
    body["location"] = [body["location"]]
    body["legalName"] = {language: [text] for language, text in body["legalName"].items()}
    document["credentialSubject"]["hasClaim"]["awardedBy"]["awardingBody"] = [body]
    assert faults(document) == ()


def test_indonesian_is_a_language_and_no_id(document):
    """A text in Indonesian has a member called id, which is its language."""
    title = document["credentialSubject"]["hasClaim"]["title"]
    title["id"] = "Analisis data"
    assert faults(document) == ()


def test_long_names_and_values_are_cut_in_findings(document):
    """A name of a megabyte makes a finding of a line."""
    document["credentialSubject"]["ř" * 1_000_000] = 1
    document["issuer"]["id"] = "ů" * 1_000_000
    for finding in faults(document):
        assert len(czech(finding.message)) < 400
        assert len(finding.path) < 400


def test_report_of_a_hostile_document_is_bounded(document):
    """A hundred faults are listed; that there are more is said."""
    document["credentialSubject"].update({f"@unknown{number}": 1 for number in range(5000)})
    findings = faults(document)
    assert len(findings) == jsonld_subset.MAX_FINDINGS + 1
    assert findings[-1].code == "more-findings"


# what a newer context, or a slip of the official one, may have made legal → code, path and a part of the message
STRANGE = {
    "unknown term": (lambda d: _set(_subject(d), "nationalId", {}), "unknown-term", "credentialSubject.nationalId", "nationalId"),
    "misspelt term": (lambda d: _set(_claim(d), "stackability", "x"), "unknown-term", "credentialSubject.hasClaim.stackability", ""),
    "term of the credential elsewhere": (
        lambda d: _set(_subject(d), "issued", "2026-01-01T00:00:00Z"), "unknown-term", "credentialSubject.issued", "",
    ),
    "look-alike": (
        lambda d: _set(d["issuer"], "eIDAS\u0399dentifier", {}), "unknown-term", "issuer.eIDAS\u0399dentifier", "U+0399), which no term has; it is neither read nor shown, though eIDASIdentifier may",
    ),
    "unknown type": (lambda d: _set(_subject(d), "type", ["Person", "Persona"]), "unknown-type", "credentialSubject.type[1]", "Persona"),
    "moment where the context wants an IRI": (
        lambda d: _set(d["issuer"], "dateModified", "2026-09-22T05:21:31Z"), "unusable-value", "issuer.dateModified", "2026-09-22",
    ),
    "one of several": (
        lambda d: _set(d["issuer"], "phone", ["urn:x:1", "+420 1"]), "unusable-value", "issuer.phone[1]", "+420 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_not_understood_is_told_and_not_held_against_it(document, name):
    """The document is read without it, and the finding says what is neither read nor shown."""
    change, code, path, fault = STRANGE[name]
    plain = documents.structure(documents.parse(strict_json.dumps(document).encode()))
    change(document)
    graph = documents.parse(strict_json.dumps(document).encode())
    [finding] = graph.strange
    assert (finding.code, finding.severity, finding.path) == (code, Severity.WARNING, path)
    assert fault in str(finding.message)
    assert documents.structure(graph) == plain
    assert [f for f in validate.examine(graph) if f.severity is Severity.ERROR] == []


def test_what_is_not_understood_is_told_once_and_not_without_end(document):
    """Each name is mentioned once, and no document makes a long list of them."""
    for number in range(500):
        document["issuer"][f"x{number}"] = document[f"x{number}"] = {}
    graph = documents.parse(strict_json.dumps(document).encode())
    assert len(graph.strange) == jsonld_subset.MAX_FINDINGS + 1
    assert len({finding.path.rpartition(".")[2] for finding in graph.strange}) == len(graph.strange)


def test_a_term_of_a_later_context_is_legal(document):
    """What later contexts spell rightly is read as legal ELM, like the slip of the first one."""
    for term in ("resultDistribution", "resultDestribution"):
        document["issuer"][term] = "urn:x:1"
    assert documents.parse(strict_json.dumps(document).encode()).strange == ()
