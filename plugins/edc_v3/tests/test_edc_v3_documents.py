"""Documents become the model and back without loss, and nothing doubtful is read."""

from __future__ import annotations

import pytest
from mikrocert.errors import FormatError
from mikrocert_edc_v3.docs_page import page
from mikrocert_edc_v3.jsonld import documents, jsonld_subset
from mikrocert_edc_v3.mapping.conventions import NO_GRADE
from mikrocert_edc_v3.mapping.numbering import numbered
from mikrocert_edc_v3.model import EuropeanDigitalCredential, Note, Organisation, Person, profile
from mikrocert_edc_v3.model.profile import Text


def structured(document):
    """The model of a document."""
    return documents.structure(jsonld_subset.read(document))


def codes_of_refusal(document):
    """The codes of the findings with which a document is refused; none if it is read."""
    try:
        structured(document)
    except FormatError as error:
        return [finding.code for finding in error.findings]
    return []


def test_written_document_reads_back_the_same(payload):
    """Structured and written again, a document of ours has the same octets."""
    assert documents.write(documents.structure(documents.parse(payload))) == payload


def test_sample_keeps_what_is_modelled(sample):
    """Structured and written again, an official sample still reads as the same model."""
    credential = documents.structure(documents.parse(sample))
    assert documents.structure(documents.parse(documents.write(credential))) == credential
    assert credential.credential_subject is not None


def test_one_value_and_an_array_of_one_read_alike(document):
    """EDC issuers write both, so both are read."""
    before = structured(document)
    claim = document["credentialSubject"]["hasClaim"]
    document["credentialSubject"]["hasClaim"] = [claim]
    claim["title"] = {language: [text] for language, text in claim["title"].items()}
    assert structured(document) == before


def test_two_values_where_one_may_be_are_both_left_out(document):
    """Nobody has to guess which of two issuers is meant."""
    document["issuer"] = [document["issuer"], {**document["issuer"], "id": "urn:epass:org:99"}]
    assert structured(document).issuer is None


def test_value_of_a_wrong_class_is_left_out(document):
    """An issuer that is a person is not read as an organisation."""
    document["issuer"] = {"id": "urn:epass:person:99", "type": "Person"}
    assert structured(document).issuer is None


def test_reference_is_resolved(document):
    """A node referred to by id is read as the node written out elsewhere."""
    before = structured(document)
    for part in document["credentialSubject"]["hasClaim"]["hasPart"]:
        part["awardedBy"] = part["awardedBy"]["id"]
    assert structured(document) == before


def test_circle_of_references_ends(document):
    """An organisation that is part of itself is read once."""
    issuer = document["issuer"]
    issuer["subOrganizationOf"] = issuer["id"]
    credential = structured(document)
    assert credential.issuer is not None
    assert credential.issuer.sub_organization_of is None


@pytest.mark.parametrize("text", ["9" * 5000, "²", "1.5", "x"])
def test_whole_number_that_is_none_is_left_out(text, document):
    """A page number in a string has to be one; no length of digits breaks the reader."""
    document["displayParameter"]["individualDisplay"][0]["displayDetail"].update(
        id="urn:test:page", page=text
    )
    parameter = structured(document).display_parameter
    assert parameter is not None
    assert parameter.individual_display[0].display_detail[0].page is None


def _organisations(number, *, ways):
    """Organisations in a flat list, each of which refers to the next one."""
    return [
        {
            "id": f"urn:test:org:{n}",
            "type": "Organisation",
            "legalName": {"cs": f"Ústav č. {n}"},
            **{way: f"urn:test:org:{n + 1}" for way in ways if n + 1 < number},
        }
        for n in range(number)
    ]


@pytest.mark.parametrize(("number", "codes"), [(8, []), (40, ["too-many-values"])])
def test_references_stand_for_a_bounded_number_of_values(number, codes, document):
    """Organisations that each refer to the next one twice are read; not where a reader would meet a million millions of them."""
    body = _organisations(number, ways=["hasSubOrganization", "subOrganizationOf"])
    document["credentialSubject"]["hasClaim"]["awardedBy"].update(id="urn:test:awarding", awardingBody=body)
    del document["credentialSubject"]["hasClaim"]["specifiedBy"]
    assert codes_of_refusal(document) == codes


def test_endless_chain_of_references_is_refused(document):
    """A chain of references may be no deeper than nested objects."""
    document["issuer"] = _organisations(5000, ways=["subOrganizationOf"])
    with pytest.raises(FormatError) as caught:
        structured(document)
    assert [finding.code for finding in caught.value.findings] == ["too-deep"]


def test_equal_nodes_get_one_id_and_different_ones_two():
    """Numbers count per class; what is equal is the same node."""
    note, other = Note(note_literal=Text.of({"cs": "ř"})), Note(note_literal=Text.of({"cs": "ů"}))
    person = Person(additional_note=(note, other, note))
    credential = numbered(EuropeanDigitalCredential(credential_subject=person), profile=profile())
    assert credential.credential_subject is not None
    ids = [note.id for note in credential.credential_subject.additional_note]
    assert ids == ["urn:epass:note:1", "urn:epass:note:2", "urn:epass:note:1"]


def test_numbers_step_over_ids_that_are_taken():
    """An id given by hand is kept and never given twice."""
    fixed, free = Note(id="urn:epass:note:1"), Note(note_literal=Text.of({"cs": "ď"}))
    credential = EuropeanDigitalCredential(credential_subject=Person(additional_note=(fixed, free)))
    subject = numbered(credential, profile=profile()).credential_subject
    assert subject is not None
    assert [note.id for note in subject.additional_note] == ["urn:epass:note:1", "urn:epass:note:2"]


def test_reference_page_has_every_class_and_property():
    """The printed reference leaves nothing of the model out."""
    text = page()
    for class_ in profile().classes.values():
        assert f"\n## {class_.term}\n" in text
        for term in class_.properties:
            assert f"| `{term}` |" in text


@pytest.mark.parametrize("python", [Organisation, Person])
def test_every_value_is_optional(python):
    """A document under examination may lack anything."""
    assert python() == python()


def test_ungraded_assessment_says_so(document):
    """The grade that ELM demands is filled with words that are no grade."""
    assessment = document["credentialSubject"]["hasClaim"]["provenBy"][1]
    assert assessment["grade"]["noteLiteral"] == NO_GRADE
    assert "gradingScheme" not in assessment["specifiedBy"]
