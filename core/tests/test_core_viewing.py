"""The view: what an award says, in the reader's language, and nothing else."""

from __future__ import annotations

import importlib
from datetime import date
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.award import (
    WITHHELD,
    Address,
    Assessment,
    Component,
    Grade,
    Identifier,
    Learner,
    Level,
    Organisation,
    Participation,
    QualityAssurance,
    Stackability,
    Workload,
)
from mikrocert.codelists import codelist
from mikrocert.report import Item, Section
from mikrocert.service.verifying.viewing import view_of, view_of_credential
from mikrocert.testing.examples import example_award, example_small_award, example_stacked_award
from mikrocert.texts import LanguageMap, Texts, available, message

NBSP = "\u00a0"
IDENTIFIER = "K7mQx4Rt9bHz"
LINK = f"https://mikrocert.example/verify/{IDENTIFIER}"


@pytest.fixture(scope="module")
def texts():
    return Texts()


@pytest.fixture(scope="module")
def small_award():
    return example_small_award()


def _said(view, key, language, texts):
    """Return what an item says, its no-break spaces as spaces."""
    item = view.item(key)
    return [texts.say(value, language).replace(NBSP, " ") for value in item.values] if item else None


ITEMS = {  # key → number, label and values in Czech, label and values in English
    "learner": (
        1,
        ("Držitel", ["Mgr. Kateřina Hůrková-Ďurišová"]),
        ("Learner", ["Mgr. Kateřina Hůrková-Ďurišová"]),
    ),
    "birth": (
        None,
        ("Datum a místo narození", ["14. března 1994, Uherské Hradiště"]),
        ("Date and place of birth", ["14 March 1994, Uherské Hradiště"]),
    ),
    "title": (2, ("Název", ["Analýza dat v jazyce Python"]), ("Title", ["Data Analysis in Python"])),
    "country": (
        3,
        ("Země a region", ["Česko, Ústecký kraj"]),
        ("Country and region", ["Czechia, Ústí nad Labem Region"]),
    ),
    "awarding-body": (
        4,
        ("Udělující škola", ["Univerzita Řípská, Pod Řípem 7, 413 01 Roudnice nad Labem, IČO 12345679"]),
        (
            "Awarding institution",
            ["University of Říp, Pod Řípem 7, 413 01 Roudnice nad Labem, ID No. 12345679"],
        ),
    ),
    "date": (
        5,
        ("Datum udělení", ["22. června 2026, Roudnice nad Labem"]),
        ("Date of issuing", ["22 June 2026, Roudnice nad Labem"]),
    ),
    "outcomes": (
        6,
        (
            "Výsledky učení",
            ["Načte, vyčistí a propojí data z několika zdrojů.", "Zvolí vhodný statistický test."],
        ),
        ("Learning outcomes", ["Loads, cleans and links data.", "Chooses a suitable statistical test."]),
    ),
    "workload": (
        7,
        ("Studijní zátěž", ["2,5 kreditu ECTS, tj. 65 hodin"]),
        ("Notional workload", ["2.5 ECTS credits, i.e. 65 hours"]),
    ),
    "level": (
        8,
        ("Úroveň", ["EQF 7, druhý cyklus QF-EHEA"]),
        ("Level", ["EQF 7, QF-EHEA second cycle"]),
    ),
    "assessment": (
        9,
        ("Typ hodnocení", ["Písemná zkouška, 20. června 2026"]),
        ("Type of assessment", ["Written examination, 20 June 2026"]),
    ),
    "participation": (
        10,
        (
            "Forma účasti",
            ["Kombinovaná", "Jazyk výuky: čeština", "Od 2. února 2026 do 1. června 2026"],
        ),
        (
            "Form of participation",
            ["Blended", "Language of instruction: Czech", "From 2 February 2026 to 1 June 2026"],
        ),
    ),
    "quality": (
        11,
        (
            "Zajištění kvality",
            [
                (
                    "Zajišťování kvality na úrovni instituce: Vnitřní systém zajišťování kvality; "
                    "https://ripska.example/kvalita"
                )
            ],
        ),
        (
            "Quality assurance",
            [
                "Institutional Quality Assurance: Internal quality assurance system; https://ripska.example/kvalita"
            ],
        ),
    ),
    "prerequisites": (
        12,
        ("Vstupní požadavky", ["Základy statistiky"]),
        ("Prerequisites", ["Basic statistics"]),
    ),
    "supervision": (
        13,
        ("Dohled a ověření totožnosti", ["S dohledem a s ověřením totožnosti"]),
        ("Supervision and identity verification", ["Supervised with ID Verification"]),
    ),
    "grade": (
        14,
        ("Výsledek hodnocení", ["A – výborně; stupnice A–F"]),
        ("Grade achieved", ["A – excellent; scale A–F"]),
    ),
    "stackability": (
        15,
        ("Kumulativnost", ["Lze uznat v oboru Biostatistika"]),
        ("Stackability", ["Counts towards Biostatistics"]),
    ),
    "further-information": (
        16,
        ("Další informace", ["Program podle § 60 zákona č. 111/1998 Sb."]),
        ("Further information", ["Programme under Section 60."]),
    ),
    "components": (
        None,
        ("Součásti", ["UŘ:001 Základy, 1 kredit ECTS", "UŘ:002 Pokročilí, 1,5 kreditu ECTS"]),
        ("Components", ["UŘ:001 Basics, 1 ECTS credit", "UŘ:002 Advanced, 1.5 ECTS credits"]),
    ),
    "type": (None, ("Typ vzdělávání", ["Kurz"]), ("Type of learning", ["Course"])),
    "thematic-area": (
        None,
        ("Obor vzdělávání (ISCED-F)", ["0613 Vývoj a analýza softwaru a aplikací"]),
        ("Field of education (ISCED-F)", ["0613 Software and applications development and analysis"]),
    ),
    "skills": (
        None,
        ("Související dovednosti", ["čistit data"]),
        ("Related skills", ["perform data cleansing"]),
    ),
    "issuer": (
        None,
        ("Pečetící organizace", ["TEST Řípská"]),
        ("Sealing organisation", ["TEST Řípská"]),
    ),
    "validity": (
        None,
        ("Platnost", ["Od 22. června 2026, bez časového omezení"]),
        ("Validity", ["From 22 June 2026, without time limit"]),
    ),
    "evidence-number": (None, ("Evidenční číslo", ["UŘ/2026/0042"]), ("Record number", ["UŘ/2026/0042"])),
    "identifier": (None, ("Identifikátor", [IDENTIFIER]), ("Identifier", [IDENTIFIER])),
    "link": (None, ("Ověřovací odkaz", [LINK]), ("Verification link", [LINK])),
}


@pytest.fixture(scope="module")
def view():
    return view_of(
        example_award(), identifier=IDENTIFIER, link=LINK, issuer=LanguageMap.of("TEST Řípská", "TEST Řípská")
    )


@pytest.mark.parametrize(("key", "expected"), ITEMS.items())
def test_item_reads_well_in_both_languages(key, expected, view, texts):
    """Each item says its element as a Czech and an English reader expect it."""
    number, *readings = expected
    assert view.item(key).number == number
    for language, (label, values) in zip(("cs", "en"), readings, strict=True):
        assert texts.plain(view.item(key).label, language) == label
        assert _said(view, key, language, texts) == values


def test_annex_i_is_whole_and_in_order(view):
    """The first section has the elements of Annex I, numbered in their order; nothing else is in the view."""
    assert [section.key for section in view.sections] == ["annex-i", "details", "origin"]
    assert [item.number for item in view.sections[0].items if item.number] == list(range(1, 17))
    assert [item.key for section in view.sections for item in section.items] == list(ITEMS)


def test_front_says_who_what_and_from_whom(view, texts):
    """Holder, birth, title, awarding institution, number and date are at hand for the certificate's front."""
    assert view.holder == "Mgr. Kateřina Hůrková-Ďurišová"
    assert (
        texts.say(view.birth, "cs").replace(NBSP, " ") == "datum narození 14. března 1994, Uherské Hradiště"
    )
    assert texts.say(view.birth, "en").replace(NBSP, " ") == "born on 14 March 1994 in Uherské Hradiště"
    assert view.title == example_award().title
    assert view.awarding_body == example_award().awarding_body.legal_name
    assert (view.identifier, view.link, view.evidence_number) == (IDENTIFIER, LINK, "UŘ/2026/0042")
    assert view.awarded_on == date(2026, 6, 22)
    assert view.languages == ("cs", "en")


@pytest.mark.parametrize(
    ("language", "figures"),
    [
        (
            "cs",
            [
                ("2,5", "kreditu ECTS (65 hodin)"),
                ("7", "úroveň EQF"),
                ("A", "hodnocení: výborně"),
                ("22. 6. 2026", "datum a místo udělení: Roudnice nad Labem"),
            ],
        ),
        (
            "en",
            [
                ("2.5", "ECTS credits (65 hours)"),
                ("7", "EQF level"),
                ("A", "grade: excellent"),
                ("22 June 2026", "date and place of issuing: Roudnice nad Labem"),
            ],
        ),
    ],
)
def test_figures_are_credits_level_grade_and_date(language, figures, view, texts):
    """Four facts are set large, in this order."""
    assert [figure.key for figure in view.figures] == ["credits", "level", "grade", "date"]
    assert [
        (
            texts.say(figure.value, language).replace(NBSP, " "),
            texts.say(figure.label, language).replace(NBSP, " "),
        )
        for figure in view.figures
    ] == figures


def test_absent_elements_make_no_items(small_award, texts):
    """Of what the award doesn't say there is nothing to see."""
    view = view_of(small_award)
    assert [item.number for item in view.sections[0].items if item.number] == list(range(1, 12))
    assert [item.key for section in view.sections[1:] for item in section.items] == [
        "type",
        "thematic-area",
        "validity",
        "evidence-number",
    ]
    assert [figure.key for figure in view.figures] == ["credits", "level", "date"]
    assert texts.say(view.figures[-1].label, "cs") == "datum udělení"
    assert texts.say(view.birth, "en").replace(NBSP, " ") == "born on 1 January 2000"
    assert view.languages == ("cs",)


def test_a_text_in_one_language_is_known_to_be_so(small_award):
    """Whoever sets two languages side by side can ask what would be half in one and half in the other."""
    view = view_of(small_award)
    assert {
        item.key
        for section in view.sections
        for item in section.items
        if not all(available(value, "en") for value in item.values)
    } == {"title", "awarding-body", "outcomes", "quality"}


@pytest.mark.parametrize(
    ("number", "cs", "en"),
    [
        ("0", "0 kreditů ECTS", "0 ECTS credits"),
        ("1", "1 kredit ECTS", "1 ECTS credit"),
        ("1.0", "1 kredit ECTS", "1 ECTS credit"),
        ("2", "2 kredity ECTS", "2 ECTS credits"),
        ("4", "4 kredity ECTS", "4 ECTS credits"),
        ("5", "5 kreditů ECTS", "5 ECTS credits"),
        ("0.5", "0,5 kreditu ECTS", "0.5 ECTS credits"),
        ("2.50", "2,5 kreditu ECTS", "2.5 ECTS credits"),
        ("22", "22 kreditů ECTS", "22 ECTS credits"),
        ("60", "60 kreditů ECTS", "60 ECTS credits"),
    ],
)
def test_credits_are_counted(number, cs, en, small_award, texts):
    """One kredit, two kredity, five kreditů, two and a half kreditu; large and in the list alike."""
    view = view_of(attrs.evolve(small_award, workload=Workload(Decimal(number))))
    for language, expected in (("cs", cs), ("en", en)):
        assert _said(view, "workload", language, texts) == [expected]
        large = view.figures[0]
        assert f"{texts.say(large.value, language)} {texts.say(large.label, language)}".replace(
            NBSP, " "
        ) == (expected)


@pytest.mark.parametrize(
    ("number", "cs", "en"),
    [
        ("1", "1 hodina", "1 hour"),
        ("3", "3 hodiny", "3 hours"),
        ("25", "25 hodin", "25 hours"),
        ("62.5", "62,5 hodiny", "62.5 hours"),
        ("1500", "1 500 hodin", "1,500 hours"),
    ],
)
def test_hours_are_counted(number, cs, en, small_award, texts):
    """One hodina, three hodiny, twenty-five hodin, sixty-two and a half hodiny."""
    view = view_of(attrs.evolve(small_award, workload=Workload(Decimal(1), Decimal(number))))
    assert _said(view, "workload", "cs", texts) == [f"1 kredit ECTS, tj. {cs}"]
    assert _said(view, "workload", "en", texts) == [f"1 ECTS credit, i.e. {en}"]


@pytest.mark.parametrize(
    ("start", "end", "cs", "en"),
    [
        (date(2026, 2, 1), date(2026, 2, 1), "1. února 2026", "1 February 2026"),
        (date(2026, 2, 1), None, "Od 1. února 2026", "From 1 February 2026"),
        (None, date(2026, 2, 1), "Do 1. února 2026", "Until 1 February 2026"),
        (
            date(2026, 2, 1),
            date(2026, 3, 2),
            "Od 1. února 2026 do 2. března 2026",
            "From 1 February 2026 to 2 March 2026",
        ),
    ],
)
def test_periods_may_be_open(start, end, cs, en, small_award):
    """A period may be one day, have no end or no beginning."""
    texts = Texts()
    view = view_of(attrs.evolve(small_award, participation=Participation("online", start, end)))
    assert _said(view, "participation", "cs", texts)[-1] == cs
    assert _said(view, "participation", "en", texts)[-1] == en


@pytest.mark.parametrize(
    ("validity", "cs"),
    [
        (None, "Od 1. ledna 2026 do 31. prosince 2028"),
        ((date(2026, 1, 2), None), "Od 2. ledna 2026, bez časového omezení"),
        ((None, date(2026, 1, 2)), "Do 2. ledna 2026"),
    ],
)
def test_validity_is_that_of_the_credential(validity, cs, small_award, texts):
    """What the credential says of its validity stands before what the award says."""
    award = attrs.evolve(small_award, valid_until=date(2028, 12, 31))
    assert _said(view_of(award, validity=validity), "validity", "cs", texts) == [cs]


@pytest.mark.parametrize(
    ("grade", "cs"),
    [
        (Grade("A", LanguageMap.of("A–F")), "A; stupnice A–F"),
        (Grade("A", LanguageMap.of("A–F"), LanguageMap.of("výborně")), "A – výborně; stupnice A–F"),
        (
            Grade("1-", LanguageMap.of("1–4"), LanguageMap.of("výborně minus")),
            "1− (výborně minus); stupnice 1–4",
        ),
        (Grade("87 %", LanguageMap.of("0–100 %")), "87 %; stupnice 0–100 %"),
    ],
)
def test_grade_has_its_words_and_its_scale(grade, cs, small_award, texts):
    """A grade is followed by what it means; a minus is a minus."""
    view = view_of(attrs.evolve(small_award, assessments=(Assessment("quiz", grade=grade),)))
    assert _said(view, "grade", "cs", texts) == [cs]


def test_several_grades_make_no_figure(small_award, texts):
    """With two grades neither is set large; both are in the list, each after its assessment."""
    first = Assessment("quiz", LanguageMap.of("Test"), Grade("A", LanguageMap.of("A–F")))
    second = Assessment("project-work", LanguageMap.of("Obhajoba"), Grade("1", LanguageMap.of("1–4")))
    view = view_of(attrs.evolve(small_award, assessments=(first, second)))
    assert "grade" not in [figure.key for figure in view.figures]
    assert _said(view, "grade", "cs", texts) == ["Test: A; stupnice A–F", "Obhajoba: 1; stupnice 1–4"]
    assert _said(view, "assessment", "cs", texts) == ["Test (kvíz)", "Obhajoba (projektová práce)"]
    assert _said(view, "assessment", "en", texts) == ["Test (quiz)", "Obhajoba (project work)"]


def test_quality_of_another_body_names_it(small_award, texts):
    """A body that isn't the awarding one is named, and so is the day on which its word lapses."""
    quality = QualityAssurance(
        "programme-quality-assurance",
        LanguageMap.of("Evaluace programu"),
        agent=Organisation(LanguageMap.of("Národní akreditační úřad"), Address("CZE")),
        valid_until=date(2028, 12, 31),
    )
    view = view_of(attrs.evolve(small_award, quality_assurance=(quality,)))
    assert _said(view, "quality", "cs", texts) == [
        (
            "Zajišťování kvality na úrovni programu: Evaluace programu; Národní akreditační úřad; "
            "platí do 31. prosince 2028"
        )
    ]


@pytest.mark.parametrize(
    ("kind", "cs", "en"),
    [
        ("stand-alone", "Samostatný, nezávislý", "Stand-alone, independent"),
        ("stackable", "Lze ho skládat do většího celku", "Stackable towards another credential"),
    ],
)
def test_stackability_without_words_has_ours(kind, cs, en, small_award, texts):
    """Where nothing more is said, the kind itself is said."""
    view = view_of(attrs.evolve(small_award, stackability=Stackability(kind)))
    assert _said(view, "stackability", "cs", texts) == [cs]
    assert _said(view, "stackability", "en", texts) == [en]


@pytest.mark.parametrize(
    ("given", "family", "full", "name"),
    [
        ("Nguyễn", "Thị Minh Khai", None, "Nguyễn Thị Minh Khai"),
        ("فاطمة", "الزهراء", None, "فاطمة الزهراء"),
        ("יעל", "כהן", "ד״ר יעל כהן", "ד״ר יעל כהן"),
        ("Ďábel", "Ňůchalová-Řeřichová", "Ing. Ďábel Ňůchalová-Řeřichová, Ph.D.", None),
        ("Björk", "", None, "Björk"),
    ],
)
def test_names_stay_as_people_write_them(given, family, full, name, small_award):
    """Whatever the script, a name is neither changed nor translated."""
    texts = Texts()
    view = view_of(
        attrs.evolve(small_award, learner=Learner(given, family, date(1994, 3, 14), "Huế", full_name=full))
    )
    assert view.holder == (name or full)
    assert _said(view, "learner", "cs", texts) == _said(view, "learner", "en", texts) == [name or full]
    assert _said(view, "birth", "cs", texts) == ["14. března 1994, Huế"]


def test_codes_in_no_list_are_shown_as_they_are(small_award, texts):
    """A view never fails on a code that a list lacks."""
    award = attrs.evolve(
        small_award,
        participation=Participation("telepathy"),
        level=Level(4, "fourth"),
        thematic_areas=("777",),
        stackability=Stackability("both"),
    )
    view = view_of(award)
    assert _said(view, "participation", "cs", texts)[0] == "Telepathy"
    assert _said(view, "level", "cs", texts) == ["EQF 4, fourth"]
    assert _said(view, "thematic-area", "cs", texts) == ["777"]
    assert _said(view, "stackability", "cs", texts) == ["Both"]


WITHHELD_ITEMS = {  # path → key of the item, its values
    "learner": ("learner", ["skryto držitelem"]),
    "learner.birth_date": ("birth", ["skryto držitelem, Uherské Hradiště"]),
    "learner.birth_place": ("birth", ["14. března 1994, skryto držitelem"]),
    "title": ("title", ["skryto držitelem"]),
    "awarding_body": ("awarding-body", ["skryto držitelem"]),
    "awarding_body.address": ("country", ["skryto držitelem"]),
    "awarded_on": ("date", ["skryto držitelem, Roudnice nad Labem"]),
    "outcomes": ("outcomes", ["skryto držitelem"]),
    "outcomes[1].title": (
        "outcomes",
        ["Načte, vyčistí a propojí data z několika zdrojů.", "skryto držitelem"],
    ),
    "workload": ("workload", ["skryto držitelem"]),
    "workload.hours": ("workload", ["2,5 kreditu ECTS, tj. skryto držitelem"]),
    "level": ("level", ["skryto držitelem"]),
    "level.cycle": ("level", ["EQF 7, skryto držitelem"]),
    "assessments": ("assessment", ["skryto držitelem"]),
    "assessments[0]": ("assessment", ["skryto držitelem"]),
    "assessments[0].type": ("assessment", ["Písemná zkouška (skryto držitelem), 20. června 2026"]),
    "assessments[0].title": ("assessment", ["skryto držitelem (písemná zkouška), 20. června 2026"]),
    "assessments[0].assessed_on": ("assessment", ["Písemná zkouška, skryto držitelem"]),
    "assessments.grade": ("grade", ["skryto držitelem"]),
    "assessments[0].grade.scale": ("grade", ["A – výborně; stupnice skryto držitelem"]),
    "participation": ("participation", ["skryto držitelem", "Jazyk výuky: čeština"]),
    "languages": (
        "participation",
        ["Kombinovaná", "skryto držitelem", "Od 2. února 2026 do 1. června 2026"],
    ),
    "quality_assurance": ("quality", ["skryto držitelem"]),
    "quality_assurance[0]": ("quality", ["skryto držitelem"]),
    "components[0]": ("components", ["skryto držitelem", "UŘ:002 Pokročilí, 1,5 kreditu ECTS"]),
    "prerequisites": ("prerequisites", ["skryto držitelem"]),
    "stackability": ("stackability", ["skryto držitelem"]),
    "components": ("components", ["skryto držitelem"]),
    "thematic_areas": ("thematic-area", ["skryto držitelem"]),
    "evidence_number": ("evidence-number", ["skryto držitelem"]),
}


@pytest.mark.parametrize(("path", "expected"), WITHHELD_ITEMS.items())
def test_withheld_elements_are_seen_to_be_withheld(path, expected, texts):
    """What the holder doesn't show isn't missing, and nothing of it is to be seen."""
    key, values = expected
    assert _said(view_of(example_award(), withheld=[path]), key, "cs", texts) == values


def test_withheld_values_in_the_award_are_seen_to_be_withheld(texts):
    """So are elements in whose place the award itself says so, and none of them is set large."""
    award = example_award()
    award = attrs.evolve(
        award,
        learner=attrs.evolve(award.learner, birth_date=WITHHELD, birth_place=None),
        workload=WITHHELD,
        assessments=WITHHELD,
        awarded_on=WITHHELD,
        evidence_number=WITHHELD,
    )
    view = view_of(award)
    for key in ("birth", "workload", "assessment", "grade", "evidence-number"):
        assert _said(view, key, "cs", texts) == ["skryto držitelem"]
    assert [figure.key for figure in view.figures] == ["level"]
    assert (view.birth, view.awarded_on, view.evidence_number) == (None, None, None)


def _paths(value, path=""):
    """Yield the paths of everything in an award."""
    if attrs.has(type(value)) and not isinstance(value, LanguageMap):
        for field in attrs.fields(type(value)):
            inner = f"{path}.{field.name}" if path else field.name
            yield inner
            yield from _paths(getattr(value, field.name), inner)
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield f"{path}[{number}]"
            yield from _paths(item, f"{path}[{number}]")


ALL_PATHS = list(_paths(example_award()))


def _hidden(value, paths, path=""):
    """Return an award in which `WITHHELD` stands at these paths."""
    if path in paths:
        return WITHHELD
    if attrs.has(type(value)) and not isinstance(value, LanguageMap):
        members = {
            field.name: _hidden(
                getattr(value, field.name), paths, f"{path}.{field.name}" if path else field.name
            )
            for field in attrs.fields(type(value))
        }
        return attrs.evolve(value, **members)
    if isinstance(value, tuple):
        return tuple(_hidden(item, paths, f"{path}[{number}]") for number, item in enumerate(value))
    return value


WAYS = {
    "withheld by path": lambda paths: (example_award(), {"withheld": paths}),
    "withheld in the award": lambda paths: (_hidden(example_award(), paths), {}),
    "missing": lambda paths: (example_award(), {"instead": dict.fromkeys(paths)}),
}


@given(st.sets(st.sampled_from(ALL_PATHS)), st.sampled_from(list(WAYS)))
def test_any_elements_may_be_withheld_or_missing(texts, paths, way):
    """Whatever is withheld or couldn't be read, a view is made, can be said, and tells no internals."""
    award, hidden = WAYS[way](paths)
    view = view_of(award, **hidden)
    texts_shown = [
        texts.say(value, "cs") for section in view.sections for item in section.items for value in item.values
    ]
    texts_shown += [
        texts.say(value, "cs") for figure in view.figures for value in (figure.value, figure.label)
    ]
    assert all(text.strip() for text in texts_shown)
    assert not any("WITHHELD" in text or "None" in text for text in texts_shown)


@pytest.mark.parametrize("path", ALL_PATHS)
def test_both_ways_of_withholding_look_the_same(path):
    """An element withheld by its path is seen as one in whose place the award says so."""
    assert view_of(example_award(), withheld=[path]) == view_of(_hidden(example_award(), {path}))


def test_what_could_not_be_read_is_left_out_or_told_in_other_words(texts):
    """Of an award that couldn't be read back whole, only what was read is seen."""
    instead = {
        "learner.birth_date": None,
        "assessments[0].type": LanguageMap.of("hackathon", "hackathon"),
        "title": None,
        "level.eqf": None,
    }
    view = view_of(example_award(), instead=instead)
    assert texts.say(view.title, "cs") == "Bez názvu"
    assert view.birth is None
    assert view.item("title") is None
    assert _said(view, "birth", "cs", texts) == ["Uherské Hradiště"]
    assert _said(view, "level", "cs", texts) == ["druhý cyklus QF-EHEA"]
    assert _said(view, "assessment", "cs", texts) == ["Písemná zkouška (hackathon), 20. června 2026"]


class _Form:
    """A format that adds to the view, or makes one of its own."""

    def sections(self, _credential):
        claims = Item("claims", message("Further claims"), (LanguageMap.of("Druhé tvrzení"),))
        return (
            Section("origin", message("anything"), (claims,)),
            Section("more", message("More"), (claims,)),
            Section("nothing", message("Nothing"), ()),
        )

    def foreign_view(self, _credential):
        return "foreign"


def test_view_of_a_credential_has_what_its_format_adds():
    """Items of a section that the core has join it, other sections follow, empty ones are left out."""
    from mikrocert.kinds.format import Credential, IssuerClaim

    names = {"cs": "Řípská", "en-GB": "Říp", "@none": "?"}
    credential = Credential("test", "urn:x", None, IDENTIFIER, IssuerClaim(names, None, None), link=LINK)
    view = view_of_credential(_Form(), credential, award=example_award())
    assert [section.key for section in view.sections] == ["annex-i", "details", "origin", "more"]
    assert [item.key for item in view.sections[2].items] == [
        "issuer",
        "evidence-number",
        "identifier",
        "link",
        "claims",
    ]
    assert view.item("issuer").values == (LanguageMap.of("Řípská", "Říp"),)
    assert view_of_credential(_Form(), credential, award=None) == "foreign"


def test_a_value_may_begin_with_a_capital_letter(texts):
    """A name of a code list begins a statement with a capital, in whatever language it is."""
    begun = message("{value:capital}", value=LanguageMap.of("čeština", "czech"))
    assert (texts.say(begun, "cs"), texts.say(begun, "en"), str(begun)) == ("Čeština", "Czech", "Czech")


def test_names_of_codes_bring_their_translations(texts):
    """Languages in the table come from the table, others from catalogues, else the name is English."""
    named = texts.all(codelist("mode").get("blended").name)
    assert (named["cs"], named["en"]) == ("kombinovaná", "Blended")
    assert texts.language_of(codelist("mode").get("blended").name, "cs") == "cs"
    untranslated = next(entry for entry in codelist("nqf").concepts if "cs" not in entry.labels)
    assert texts.language_of(untranslated.name, "cs") == "en"


def test_another_language_is_a_catalogue_and_nothing_else(tmp_path, monkeypatch, view):
    """With a catalogue for it, the whole view is in a third language, names of codes too; those of countries are known."""
    from importlib.resources import files

    from babel.messages.pofile import read_po, write_po

    source = files("mikrocert").joinpath("locale/cs/LC_MESSAGES/messages.po")
    with source.open("rb") as file:
        catalogue = read_po(file, locale="eo")
    for entry in catalogue:
        if entry.id:
            text = entry.id if isinstance(entry.id, str) else entry.id[1]
            entry.string = (
                f"⟦{text}⟧" if isinstance(entry.id, str) else (f"⟦{text}⟧",) * catalogue.num_plurals
            )
    catalogue.add("Blended", "⟦Blended⟧")
    folder = tmp_path / "mikrocert_lang_eo/locale/eo/LC_MESSAGES"
    folder.mkdir(parents=True)
    (tmp_path / "mikrocert_lang_eo/__init__.py").touch()
    with (folder / "messages.po").open("wb") as file:
        write_po(file, catalogue)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    texts = Texts(["mikrocert_lang_eo"])
    for section in view.sections:
        assert texts.say(section.heading, "eo").startswith("⟦")
        assert all(texts.say(item.label, "eo").startswith("⟦") for item in section.items)
    assert texts.plain(view.item("participation").values[0], "eo") == "⟦Blended⟧"
    assert texts.plain(view.item("country").values[0], "eo").startswith("Ĉeĥujo, ")
    assert texts.plain(view.item("workload").values[0], "eo") == "⟦⟦2,5 ECTS credits⟧, i.e. ⟦65 hours⟧⟧"


STACKED = {  # key → what it says in Czech
    "learner": ["Ďurůžková"],
    "country": ["Česko, Ústecký kraj", "Česko, Hlavní město Praha"],
    "awarding-body": [
        "Univerzita Řípská, Pod Řípem 7, 413 01 Roudnice nad Labem, IČO 12345679",
        "Vysoká škola Ďáblická, Praha, IČO 87654326",
    ],
    "components": [
        (
            "UŘ:001 Čištění dat, 0,5 kreditu ECTS; 2. února 2026 – 1. března 2026; hodnocení: B; stupnice A (nejlepší) až F, "
            "2. března 2026; Obhajoba: 1−; stupnice A (nejlepší) až F"
        ),
        "Průměry a rozptyly, 1 kredit ECTS",
    ],
    "component-outcomes": ["UŘ:001 Čištění dat: Odhalí chybějící údaje; Sloučí řady"],
    "component-credentials": [
        "Průměry a rozptyly: https://mikrocert.example/verify/N4wYd8GcT2sV (spolu s tímto se neověřuje; ověříte ho otevřením odkazu)"
    ],
    "validity": ["Od 22. června 2026 do 22. června 2031"],
}


@pytest.mark.parametrize("key", STACKED)
def test_what_was_stacked_says_what_of(key, texts):
    """Each component has its credits, days, grades, outcomes and credential; each institution stands for itself."""
    assert _said(view_of(example_stacked_award()), key, "cs", texts) == STACKED[key]


def test_of_a_component_is_said_how_it_was_assessed_without_a_grade_too(small_award, texts):
    """An assessment of a component that gave no grade is named, with its day."""
    quiz = Assessment("quiz", assessed_on=date(2026, 3, 2))
    component = Component(LanguageMap.of("Základy", "Basics"), assessments=(quiz, Assessment("quiz")))
    assert _said(view_of(attrs.evolve(small_award, components=(component,))), "components", "cs", texts) == [
        "Základy; Kvíz, 2. března 2026; Kvíz"
    ]


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("ico", "IČO 1"),
        ("vat", "DIČ 1"),
        ("ror", "ROR 1"),
        ("erasmus", "kód Erasmus 1"),
        ("deqar", "DEQAR 1"),
        ("eter", "ETER 1"),
        ("eidas", "identifikátor eIDAS 1"),
        ("registration", "reg. č. 1"),
        ("tax", "daňové číslo 1"),
    ],
)
def test_every_awarding_body_is_shown_with_its_identifiers(scheme, expected, small_award, texts):
    """Whatever identifies an institution that awards, alone or with others, is shown."""
    other = Organisation(
        LanguageMap.of("Škola ďáblická"), Address("CZE"), (Identifier(scheme, "1"), Identifier("ror", "2"))
    )
    view = view_of(attrs.evolve(small_award, joint_awarding_bodies=(other,)))
    assert _said(view, "awarding-body", "cs", texts)[1] == f"Škola ďáblická, {expected}, ROR 2"


def test_an_identifier_is_shown_without_its_address(small_award, texts):
    """People know a ROR by its letters, not by a link."""
    body = attrs.evolve(
        small_award.awarding_body, identifiers=(Identifier("ror", "https://ror.org/02j46qs45"),)
    )
    assert _said(view_of(attrs.evolve(small_award, awarding_body=body)), "awarding-body", "cs", texts) == [
        "Univerzita Palackého v Olomouci, ROR 02j46qs45"
    ]


def test_the_end_of_validity_is_known_where_there_is_one(small_award):
    """A view has the last day of validity, that of the credential before that of the award."""
    award = attrs.evolve(small_award, valid_until=date(2031, 6, 22))
    assert view_of(award).valid_until == date(2031, 6, 22)
    assert view_of(award, validity=(None, date(2030, 1, 1))).valid_until == date(2030, 1, 1)
    assert view_of(small_award).valid_until is None


def test_several_institutions_stand_on_the_front(texts):
    """The front names all who award."""
    view = view_of(example_stacked_award())
    assert (
        texts.plain(view.awarding_body, "cs").replace(NBSP, " ")
        == "Univerzita Řípská a Vysoká škola Ďáblická"
    )
    assert texts.plain(view.awarding_body, "en") == "University of Říp and Ďáblice College"


def test_hours_stand_large_where_there_are_no_credits(small_award, texts):
    """Work that is counted in hours only is a figure too."""
    view = view_of(attrs.evolve(small_award, workload=Workload(hours=Decimal(30))))
    first, *_ = view.figures
    assert (first.key, texts.say(first.value, "cs"), texts.say(first.label, "cs")) == (
        "hours",
        "30",
        "hodin práce",
    )
    assert _said(view, "workload", "cs", texts) == ["30 hodin"]


NAMELESS = {  # name → (learner, holder, birth)
    "family name only": (Learner(family_name="Ďurůžková"), "Ďurůžková", None),
    "full name only": (Learner(full_name="Ďáblík z Řípu"), "Ďáblík z Řípu", None),
    "no name": (Learner(birth_date=date(2000, 1, 1)), None, "datum narození 1. ledna 2000"),
}


@pytest.mark.parametrize(("learner", "holder", "birth"), NAMELESS.values(), ids=NAMELESS)
def test_a_learner_is_shown_as_far_as_known(learner, holder, birth, small_award, texts):
    """What an award doesn't know of its learner makes no item and no line."""
    view = view_of(attrs.evolve(small_award, learner=learner))
    assert view.holder == holder
    assert (view.birth and texts.plain(view.birth, "cs").replace(NBSP, " ")) == birth
    assert (view.item("birth") is None) == (birth is None)
    assert (view.item("learner") is None) == (holder is None)
