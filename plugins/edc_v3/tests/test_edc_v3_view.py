"""What a person sees says what the credential says, in both languages, and nothing else."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import attrs
import pytest
from mikrocert.api import Grade, LanguageMap, Workload
from mikrocert_edc_v3.jsonld import documents
from mikrocert_edc_v3.mapping import conventions, wording

NBSP = "\u00a0"


@pytest.fixture(scope="module")
def view(edc, payload):
    return edc.view(edc.open(payload))


@pytest.fixture
def view_of(edc, complete):
    return lambda award: edc.view(edc.open(complete(award)))


def _shown(view, key):
    item = view.item(key)
    return [dict(value.texts) for value in item.values] if item else None


def test_annex_i_is_in_order(view):
    """The first section has the elements of Annex I, numbered in their order."""
    section = view.sections[0]
    assert section.key == "annex-i"
    assert [item.number for item in section.items if item.number] == list(range(1, 17))


ITEMS = {
    "learner": [{"cs": "Mgr. Tereza Černohorská, Ph.D.", "en": "Mgr. Tereza Černohorská, Ph.D."}],
    "birth": [
        {
            "cs": f"14.{NBSP}března 1994, Uherské Hradiště",
            "en": f"14{NBSP}March 1994, Uherské Hradiště",
        }
    ],
    "country": [{"cs": "Česko, Jihomoravský kraj", "en": "Czechia, South Moravian Region"}],
    "awarding-body": [
        {
            "cs": f"Masarykova univerzita, Lékařská fakulta, Žerotínovo nám. 617/9, 601 77{NBSP}Brno, IČO{NBSP}00216224",
            "en": f"Masaryk University, Faculty of Medicine, Žerotínovo nám. 617/9, 601 77{NBSP}Brno, "
            f"ID{NBSP}No.{NBSP}00216224",
        }
    ],
    "date": [{"cs": f"22.{NBSP}června 2026, Brno", "en": f"22{NBSP}June 2026, Brno"}],
    "workload": [
        {
            "cs": f"2,5{NBSP}kreditu ECTS, tj.{NBSP}62,5{NBSP}hodiny",
            "en": f"2.5{NBSP}ECTS credits, i.e.{NBSP}62.5{NBSP}hours",
        }
    ],
    "level": [{"cs": f"EQF{NBSP}7, druhý cyklus QF-EHEA", "en": f"EQF{NBSP}7, QF-EHEA second cycle"}],
    "assessment": [
        {"cs": "Obhajoba projektu (projektová práce)", "en": "Project defence (project work)"},
        {"cs": "Písemná zkouška", "en": "Written examination"},
    ],
    "participation": [
        {"cs": "Kombinovaná", "en": "Blended"},
        {"cs": "Jazyk výuky: čeština, angličtina", "en": "Language of instruction: Czech, English"},
        {
            "cs": f"Od{NBSP}16.{NBSP}února 2026 do{NBSP}29.{NBSP}května 2026",
            "en": f"From{NBSP}16{NBSP}February 2026 to{NBSP}29{NBSP}May 2026",
        },
    ],
    "grade": [
        {
            "cs": "Obhajoba projektu: A – výborně (stupnice: A–F)",
            "en": "Project defence: A – excellent (scale: A–F)",
        }
    ],
    "stackability": [{"cs": "Lze uznat v navazujícím studiu."}],
    "further-information": [{"cs": "Kurz se koná každý rok."}],
    "components": [
        {"cs": f"MF001 Kurz A, 1,5{NBSP}kreditu ECTS", "en": f"MF001 Course A, 1.5{NBSP}ECTS credits"},
        {"cs": "Kurz B", "en": "Course B"},
    ],
    "evidence-number": [{"cs": "MU/CŽV/2026/00417", "en": "MU/CŽV/2026/00417"}],
}


@pytest.mark.parametrize(("key", "shown"), ITEMS.items())
def test_item_reads_well_in_both_languages(key, shown, view):
    """Each item says its element as a Czech and an English reader expect it."""
    assert _shown(view, key) == shown


def test_figures_are_credits_level_grade_and_date(view):
    """Four facts are set large, in this order."""
    assert [(figure.key, figure.value.best("cs"), figure.label.best("cs")) for figure in view.figures] == [
        ("credits", "2,5", f"kreditu ECTS (62,5{NBSP}hodiny)"),
        ("level", "7", "úroveň EQF"),
        ("grade", "A", "hodnocení: výborně"),
        ("date", f"22.{NBSP}6. 2026", "datum udělení, Brno"),
    ]


def test_absent_elements_make_no_items(view_of, small_award):
    """Of what the award doesn't say there is nothing to see, and no second language is invented."""
    view = view_of(small_award)
    numbers = [item.number for item in view.sections[0].items if item.number]
    assert numbers == list(range(1, 12))
    assert _shown(view, "title") == [{"cs": "Řízení týmů"}]
    assert view.languages == ("cs",)
    assert [figure.key for figure in view.figures] == ["credits", "level", "date"]


def test_mandate_is_shown_in_each_language(view):
    """The statement is one string in the file and one sentence a language on the page."""
    (statement,) = _shown(view, "evidence")
    assert statement["cs"].startswith("Všechny údaje")
    assert statement["en"].startswith("All claims")
    assert "\n" not in statement["cs"] + statement["en"]


def test_label_of_a_known_concept_is_ours(document, edc):
    """A grander label beside the IRI of level 7 is not believed."""
    level = document["credentialSubject"]["hasClaim"]["specifiedBy"]["eqfLevel"]
    level["prefLabel"] = {"cs": "úroveň 8", "en": "Level 8"}
    view = edc.view(edc.open(json.dumps(document).encode()))
    assert "8" not in " ".join(view.item("level").values[0].texts.values())


def test_markup_in_a_title_stays_text(view_of, full_award):
    """A title with angle brackets is seen as it is; escaping is the business of the page."""
    title = LanguageMap.of("C++ <templates>", "C++ <templates>")
    assert view_of(attrs.evolve(full_award, title=title)).title == title


def test_several_grades_make_no_figure(view_of, full_award):
    """With two grades neither is set large; both are in the list."""
    graded = attrs.evolve(full_award.assessments[1], grade=Grade("1", LanguageMap.of("1–4")))
    view = view_of(attrs.evolve(full_award, assessments=(full_award.assessments[0], graded)))
    assert "grade" not in [figure.key for figure in view.figures]
    assert len(view.item("grade").values) == 2


def test_sample_is_shown_in_its_language(sample, edc):
    """A foreign credential makes a view in the languages it speaks."""
    view = edc.view(edc.open(sample))
    assert view.holder == "Ana Andromeda"
    assert view.languages == ("en",)
    assert view.item("issuer").values[0].best("cs") == "ORGANIZACION TEST"


def test_emptied_credential_still_makes_a_view(document, edc):
    """Whatever is missing, a view never fails."""
    for member in set(document) - {"@context", "id", "type"}:
        del document[member]
    view = edc.view(edc.open(json.dumps(document).encode()))
    assert view.title.best("cs") == "Bez názvu"
    assert view.holder is None
    assert view.sections == ()


def test_view_before_completion_is_the_one_after_it(edc, full_award, mandate, payload):
    """Pictures are drawn of the same data that are sealed; only the issuer comes later."""
    link = "https://mikrocertifikat.cz/verify/K7mQx4Rt9bHz"
    before = edc.view(edc.build(full_award, identifier="K7mQx4Rt9bHz", link=link, mandate=mandate))
    after = edc.view(edc.open(payload))
    without_issuer = attrs.evolve(after.sections[2], items=after.sections[2].items[1:])
    assert after.item("issuer") is not None
    assert before == attrs.evolve(after, sections=(*after.sections[:2], without_issuer))


@pytest.mark.parametrize(
    ("ects", "label"),
    [
        ("1", "kredit"),
        ("2", "kredity"),
        ("4", "kredity"),
        ("5", "kreditů"),
        ("2.5", "kreditu"),
        ("60", "kreditů"),
    ],
)
def test_czech_counts_its_credits(ects, label, view_of, small_award):
    """One kredit, two kredity, five kreditů, two and a half kreditu."""
    view = view_of(attrs.evolve(small_award, workload=Workload(Decimal(ects))))
    assert view.figures[0].label.best("cs") == f"{label} ECTS"


@pytest.mark.parametrize(
    ("start", "end", "cs"),
    [
        (date(2026, 2, 1), date(2026, 2, 1), f"1.{NBSP}února 2026"),
        (date(2026, 2, 1), None, f"od{NBSP}1.{NBSP}února 2026"),
        (None, date(2026, 2, 1), f"do{NBSP}1.{NBSP}února 2026"),
        (None, None, ""),
    ],
)
def test_periods_may_be_open(start, end, cs):
    """A period may be one day, have no end, no beginning or neither."""
    assert wording.period(start, end, "cs") == cs


@pytest.mark.parametrize(
    ("hours", "written"),
    [("150", "PT150H"), ("12.5", "PT12H30M"), ("0.01", "PT36S"), ("0", "PT0H"), ("0.001", "PT3.6S")],
)
def test_hours_are_durations_and_back(hours, written):
    """Hours with a fraction become minutes and seconds and read back exactly."""
    assert conventions.duration(Decimal(hours)) == written
    assert conventions.hours_of(written) == Decimal(hours)


@pytest.mark.parametrize("written", ["P1M", "PT", "", "P60M", "PT1.5H", None])
def test_other_durations_are_no_hours(written):
    """Months and broken durations are not turned into hours."""
    assert conventions.hours_of(written) is None


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


def test_day_is_read_as_written():
    """The day that stands there counts, whatever the time zone."""
    assert conventions.day_of("1999-10-01T22:00:00Z") == date(1999, 10, 1)
    assert conventions.day_of("1994-03-14T12:00:00+14:00") == date(1994, 3, 14)
    assert conventions.day_of("spring") is None


@pytest.mark.parametrize(
    "written", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2022-13-01T00:00:00Z", "–"]
)
def test_view_survives_any_date(written, document, edc):
    """Dates at the ends of the calendar and dates that are none never break a view."""
    document["validFrom"] = document["issued"] = document["credentialSubject"]["dateOfBirth"] = written
    assert edc.view(edc.open(json.dumps(document).encode())).holder is not None


@pytest.mark.parametrize("written", ["1E+999999999", "NaN", "-5", "2,5", "9" * 5000, "²"])
def test_credits_that_are_no_number_are_not_shown(written, document, edc):
    """Neither a number that fills the memory nor one that is none is read as credits."""
    for place in ("creditPoint", "creditReceived"):
        claim = document["credentialSubject"]["hasClaim"]
        (claim["specifiedBy"] if place == "creditPoint" else claim)[place]["point"] = written
    view = edc.view(edc.open(json.dumps(document).encode()))
    assert "credits" not in [figure.key for figure in view.figures]


def test_further_claims_are_shown(document, edc):
    """A second achievement in one credential is not hidden behind the first."""
    first = document["credentialSubject"]["hasClaim"]
    second = {**first["hasPart"][0], "id": "urn:test:claim:2", "title": {"cs": "Druhé tvrzení"}}
    document["credentialSubject"]["hasClaim"] = [first, second]
    view = edc.view(edc.open(json.dumps(document).encode()))
    assert _shown(view, "claims") == [{"cs": "Druhé tvrzení"}]


def test_validity_of_others_begins_on_the_day_in_prague(document, edc):
    """A local midnight that was shifted to UTC is still the day it was meant to be."""
    document["validFrom"] = "2022-12-31T23:00:00Z"
    view = edc.view(edc.open(json.dumps(document).encode()))
    assert _shown(view, "validity")[0]["cs"].startswith(f"Od{NBSP}1.{NBSP}ledna 2023")


def test_identifiers_are_called_by_name(view, document):
    """An ORCID is called ORCID, in the file and on the page."""
    assert document["credentialSubject"]["identifier"]["schemeName"] == "ORCID"
    assert _shown(view, "learner-identifiers")[0]["cs"] == "ORCID: 0000-0002-1825-0097"


def test_written_document_has_czech_characters(payload):
    """Characters stand as they are, not as escapes."""
    assert "Černohorská".encode() in payload
    assert b"\\u" not in payload
    assert documents.parse(payload)
