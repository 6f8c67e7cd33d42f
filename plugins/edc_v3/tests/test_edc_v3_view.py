"""What a person sees says what the credential says, and nothing else."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import partial

import attrs
import pytest
from mikrocert.api import Address, Identifier, LanguageMap, Organisation, Texts, view_of
from mikrocert.errors import FormatError
from mikrocert.service.verifying.viewing import view_of_credential
from mikrocert_edc_v3.jsonld import documents
from mikrocert_edc_v3.mapping import conventions

NBSP = "\u00a0"
TEXTS = Texts(["mikrocert_edc_v3"])
czech = partial(TEXTS.plain, language="cs")
english = partial(TEXTS.plain, language="en")


@pytest.fixture(scope="module")
def see(edc):
    """Returns the view of octets or of a document, as the core makes it."""

    def make(content):
        payload = content if isinstance(content, bytes) else json.dumps(content).encode()
        credential = edc.open(payload)
        try:
            award = edc.award(credential)
        except FormatError:
            award = None
        return view_of_credential(edc, credential, award=award)

    return make


def _shown(view, key, say=czech):
    item = view.item(key)
    return [say(value).replace(NBSP, " ") for value in item.values] if item else None


def test_view_of_the_award_survives_the_way_through_the_format(see, payload, full_award):
    """What is seen of the sealed octets is what was seen of the award, and what the format adds."""
    before = view_of(
        attrs.evolve(full_award, learner=attrs.evolve(full_award.learner, email=None)),
        identifier="K7mQx4Rt9bHz",
        link="https://mikrocertifikat.cz/verify/K7mQx4Rt9bHz",
        issuer=LanguageMap({"cs": "Polabská univerzita"}),
    )
    after = see(payload)
    assert attrs.evolve(after, sections=()) == attrs.evolve(before, sections=())
    for own, whole in zip(before.sections, after.sections, strict=True):
        assert own.key == whole.key
        assert own.items == whole.items[: len(own.items)]
    assert [
        item.key
        for own, whole in zip(before.sections, after.sections, strict=True)
        for item in whole.items[len(own.items) :]
    ] == ["learner-identifiers", "evidence"]


def test_small_award_adds_its_statement_only(see, complete, small_award):
    """Of an award without private extras the format adds the statement of the mandate."""
    view = see(complete(small_award))
    assert view.languages == ("cs",)
    assert [item.key for item in view.sections[-1].items][-1] == "evidence"
    assert view.item("learner-identifiers") is None


def test_mandate_is_shown_in_each_language(see, payload):
    """The statement is one string in the file and one sentence a language on the page."""
    (statement,) = see(payload).item("evidence").values
    assert statement.get("cs").startswith("Všechny údaje")
    assert statement.get("cs").endswith(f"na základě pověření č.{NBSP}2026/1 ze dne 1.{NBSP}1. 2026.")
    assert statement.get("en").startswith("All claims")
    assert statement.get("en").endswith(f"under mandate No.{NBSP}2026/1 of 1{NBSP}January 2026.")
    assert "\n" not in "".join(statement.texts.values())


@pytest.mark.parametrize("joint", [(), ("Ďáblická",), ("Ďáblická", "Říčanská")], ids=["one", "two", "three"])
def test_all_who_award_are_responsible(see, complete, full_award, joint):
    """The statement names every awarding body as responsible, in each language, and none as alone unless it is."""
    others = tuple(
        Organisation(
            LanguageMap.of(f"{name} škola", f"{name} College"),
            Address("CZE"),
            (Identifier("ico", "87654326"),),
        )
        for name in joint
    )
    (statement,) = (
        see(complete(attrs.evolve(full_award, joint_awarding_bodies=others))).item("evidence").values
    )
    first = full_award.awarding_body.legal_name
    for language, one, several in (
        ("cs", "sama za ně odpovídá", "samy za ně odpovídají"),
        ("en", "which alone is responsible", "which alone are responsible"),
    ):
        line = statement.get(language).replace(NBSP, " ")
        assert all(body.get(language) in line for body in (first, *(other.legal_name for other in others)))
        assert (one in line, several in line) == (not joint, bool(joint))
    assert ("škola (" in statement.get("cs"), "body (" in statement.get("en")) == (not joint, not joint)


@pytest.mark.parametrize("text", ["One line", "Two\nlines", "Všechny údaje v\u00a0tomto\nAll claims", ""])
def test_statement_of_others_stays_whole(text):
    """What our mandate didn't say is shown as it stands."""
    assert conventions.statement_by_language(text).texts == {"cs": text, "en": text}


def test_label_of_a_known_concept_is_ours(document, see):
    """A grander label beside the IRI of level 7 is not believed."""
    level = document["credentialSubject"]["hasClaim"]["specifiedBy"]["eqfLevel"]
    level["prefLabel"] = {"cs": "úroveň 8", "en": "Level 8"}
    assert "8" not in _shown(see(document), "level")[0]


def test_markup_in_a_title_stays_text(see, complete, full_award):
    """A title with angle brackets is seen as it is; escaping is the business of the page."""
    title = LanguageMap.of("C++ <templates>", "C++ <templates>")
    assert see(complete(attrs.evolve(full_award, title=title))).title == title


def test_sample_is_shown_in_its_language(sample, see):
    """A foreign credential makes a view in the languages it speaks."""
    view = see(sample)
    assert view.holder == "Ana Andromeda"
    assert view.languages == ("en",)
    assert _shown(view, "issuer") == ["ORGANIZACION TEST"]


def test_sample_of_a_micro_credential_shows_its_elements(elm, see):
    """Of the official sample all is seen that we can read."""
    file = elm / "Sample-MC-Annex1-signed.jsonld"
    view = see(json.loads(file.read_text(encoding="utf-8"))["payload"].encode())
    assert {item.number for item in view.sections[0].items} >= {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}


def test_emptied_credential_still_makes_a_view(document, see):
    """Whatever is missing, a view never fails."""
    for member in set(document) - {"@context", "id", "type"}:
        del document[member]
    view = see(document)
    assert czech(view.title) == "Bez názvu"
    assert czech(view.awarding_body) == "neuvedeno"
    assert view.holder is None
    assert view.sections == ()


def test_any_claim_makes_a_view(document, see):
    """A credential of an activity alone is seen by its title, its awarding body and what was taught."""
    claim = document["credentialSubject"]["hasClaim"]
    document["credentialSubject"]["hasClaim"] = claim["influencedBy"]
    view = see(document)
    assert czech(view.title) == "Analýza dat v jazyce Python"
    assert czech(view.awarding_body) == "Polabská univerzita"
    assert _shown(view, "participation")[:2] == ["Kombinovaná", "Jazyk výuky: čeština, angličtina"]
    assert [figure.key for figure in view.figures] == ["date"]
    assert view.item("claims") is None
    assert [section.key for section in view.sections] == ["annex-i", "details", "origin"]


def test_code_of_no_list_is_shown_by_its_name_in_the_document(document, see):
    """What we can't place is shown as its issuer calls it."""
    mode = {
        "id": "urn:test:mode",
        "type": "Concept",
        "prefLabel": {"cs": "na dálku", "en": "distance"},
        "inScheme": {"id": "urn:test:modes", "type": "ConceptScheme"},
    }
    claim = document["credentialSubject"]["hasClaim"]
    claim["specifiedBy"]["mode"] = claim["influencedBy"]["specifiedBy"]["mode"] = mode
    view = see(document)
    assert _shown(view, "participation")[0] == "na dálku"
    assert _shown(view, "participation", english)[0] == "distance"


FURTHER = {  # what else a document may say → where it stands, key and Czech text of the item
    "summary of outcomes": (
        lambda c: c["specifiedBy"],
        "learningOutcomeSummary",
        {"id": "urn:t:1", "type": "Note", "noteLiteral": {"cs": "Umí to."}},
        ("outcome-summary", ["Umí to."]),
    ),
    "description": (lambda c: c, "description", {"cs": "Popis kurzu"}, ("description", ["Popis kurzu"])),
    "note about nothing": (
        lambda c: c["specifiedBy"],
        "additionalNote",
        {"id": "urn:t:1", "type": "Note", "noteLiteral": {"cs": "Poznámka"}},
        ("description", ["Poznámka"]),
    ),
    "learning setting": (
        lambda c: c["specifiedBy"],
        "learningSetting",
        {
            "id": "http://data.europa.eu/snb/learning-setting/6fd4685715",
            "type": "Concept",
            "inScheme": {
                "id": "http://data.europa.eu/snb/learning-setting/25831c2",
                "type": "ConceptScheme",
            },
        },
        ("learning", ["Formální vzdělávání"]),
    ),
}


@pytest.mark.parametrize("case", FURTHER.values(), ids=FURTHER)
def test_what_an_award_has_not_is_shown_too(case, document, see):
    """What the model has and an award hasn't is added, so that nothing we read is hidden."""
    place, member, value, (key, texts) = case
    place(document["credentialSubject"]["hasClaim"])[member] = value
    assert _shown(see(document), key) == texts


def test_further_claims_are_shown(document, see):
    """A second achievement in one credential is not hidden behind the first."""
    first = document["credentialSubject"]["hasClaim"]
    second = {**first["hasPart"][0], "id": "urn:test:claim:2", "title": {"cs": "Druhé tvrzení"}}
    document["credentialSubject"]["hasClaim"] = [first, second]
    assert _shown(see(document), "claims") == ["Druhé tvrzení"]


def test_further_awarding_bodies_are_shown(see, complete, joint_award):
    """Neither is a second university behind the first, and each stands with its own seat."""
    view = see(complete(joint_award))
    assert [body.split(",")[0] for body in _shown(view, "awarding-body")] == [
        "Polabská univerzita",
        "Univerzita Řípská",
    ]
    assert _shown(view, "country") == ["Česko, Jihomoravský kraj", "Česko, Ústecký kraj"]
    assert czech(view.awarding_body).replace(NBSP, " ") == "Polabská univerzita a Univerzita Řípská"


def test_validity_of_others_begins_on_the_day_in_prague(document, see):
    """A local midnight that was shifted to UTC is still the day it was meant to be."""
    document["validFrom"] = "2022-12-31T23:00:00Z"
    assert _shown(see(document), "validity") == ["Od 1. ledna 2023 do 31. prosince 2031"]


def test_identifiers_are_called_by_name(see, payload, document):
    """An ORCID is called ORCID, in the file and on the page."""
    assert document["credentialSubject"]["identifier"]["schemeName"] == "ORCID"
    assert _shown(see(payload), "learner-identifiers") == ["ORCID: 0000-0002-1825-0097"]


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2022-13-01T00:00:00Z", "–"]
)
def test_view_survives_any_date(text, document, see):
    """Dates at the ends of the calendar and dates that are none never break a view."""
    document["validFrom"] = document["issued"] = document["credentialSubject"]["dateOfBirth"] = text
    view = see(document)
    assert view.holder is not None
    assert all(czech(value) for section in view.sections for item in section.items for value in item.values)


@pytest.mark.parametrize("text", ["1E+999999999", "NaN", "-5", "2,5", "9" * 5000, "²"])
def test_credits_that_are_no_number_are_not_shown(text, document, see):
    """Neither a number that fills the memory nor one that is none is read as credits."""
    claim = document["credentialSubject"]["hasClaim"]
    claim["specifiedBy"]["creditPoint"]["point"] = claim["creditReceived"]["point"] = text
    assert "credits" not in [figure.key for figure in see(document).figures]


@pytest.mark.parametrize(
    ("hours", "text"),
    [("150", "PT150H"), ("12.5", "PT12H30M"), ("0.01", "PT36S"), ("0", "PT0H"), ("0.001", "PT3.6S")],
)
def test_hours_are_durations_and_back(hours, text):
    """Hours with a fraction become minutes and seconds and read back exactly."""
    assert conventions.duration(Decimal(hours)) == text
    assert conventions.hours_of(text) == Decimal(hours)


@pytest.mark.parametrize("text", ["P1M", "PT", "", "P60M", "PT1.5H", None])
def test_other_durations_are_no_hours(text):
    """Months and broken durations are not turned into hours."""
    assert conventions.hours_of(text) is None


@pytest.mark.parametrize(
    "parts",
    [
        ("Žerotínovo nám. 617/9", "601 77", "Brno"),
        (None, None, "Brno"),
        ("Ulice 1", None, None),
        (None, "601 77", None),
    ],
)
def test_address_in_three_lines_comes_apart_again(parts):
    """Street, postcode and town survive the one text that ELM has for them."""
    assert conventions.address_parts(conventions.address_lines(*parts)) == parts


def test_address_of_others_stays_whole():
    """A foreign address in one line is not torn apart."""
    assert conventions.address_parts("Instant Street 16, D08 Dublin") == (
        "Instant Street 16, D08 Dublin",
        None,
        None,
    )


def test_day_is_read_as_it_stands():
    """The day that stands there counts, whatever the time zone."""
    assert conventions.day_of("1999-10-01T22:00:00Z") == date(1999, 10, 1)
    assert conventions.day_of("1994-03-14T12:00:00+14:00") == date(1994, 3, 14)
    assert conventions.day_of("spring") is None


def test_document_has_czech_characters(payload):
    """Characters stand as they are, not as escapes."""
    assert "Černohorská".encode() in payload
    assert b"\\u" not in payload
    assert documents.parse(payload)
