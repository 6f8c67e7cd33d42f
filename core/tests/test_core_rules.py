"""The rules: one bad award for each, and the law of birth numbers."""

from __future__ import annotations

import re
import sys
from datetime import date
from decimal import Decimal
from functools import partial

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.award import (
    Address,
    Award,
    Component,
    Grade,
    Identifier,
    Learner,
    LearningOutcome,
    Level,
    Skill,
    Stackability,
    Workload,
)
from mikrocert.errors import SettingsError
from mikrocert.report import Finding, Severity
from mikrocert.rules import DATES, rule_set, rule_sets, shared_rules
from mikrocert.rules.debris import is_garbled
from mikrocert.rules.misread import ALPHABETS, is_misread
from mikrocert.rules.questions import is_birth_number
from mikrocert.rules.selecting import Selection
from mikrocert.service.confining import apart
from mikrocert.testing import example_award, example_stacked_award
from mikrocert.texts import LanguageMap, Message, Texts

czech = partial(Texts().plain, language="cs")

ON = date(2026, 11, 22)
RULES = rule_set("CZ-HE-2024")
ENGLISH_ONLY = LanguageMap({"en": "Only in English, no Czech"})
CZECH_ONLY = LanguageMap.of("Jen česky, anglicky nikoli")


def changed(value, path, to):
    """Return a copy of the award in which the member at this path is another."""
    name, _, rest = path.partition(".")
    if match := re.fullmatch(r"(\w+)\[(\d+)\]", name):
        name, number = match[1], int(match[2])
        items = list(getattr(value, name))
        items[number] = changed(items[number], rest, to) if rest else to
        return attrs.evolve(value, **{name: tuple(items)})
    return attrs.evolve(value, **{name: changed(getattr(value, name), rest, to) if rest else to})


FULL = attrs.evolve(example_stacked_award(), learner=example_award().learner)

# rule → (what is changed, to what, path of the finding)
BROKEN = {
    "evidence-number": ("evidence_number", " ", "evidence_number"),
    "evidence-number-length": ("evidence_number", "č" * 101, "evidence_number"),
    "clean-text": ("title", LanguageMap.of("Řízení\x07 rizik", "Risk"), "title.cs"),
    "lone-mark": ("title", LanguageMap.of("Ř\u030cízení \u030crizik", "Risk"), "title.cs"),
    "line-break": ("title", LanguageMap.of("Řízení\nrizik", "Risk"), "title.cs"),
    "debris": ("awarding_body.address.street", "#N/A", "awarding_body.address.street"),
    "garbled-text": ("learner.birth_place", "KadeÅ™Ã¡bkov", "learner.birth_place"),
    "letters-doubtful": ("learner.birth_place", "Dvoøákov", "learner.birth_place"),
    "lost-letters": ("title", LanguageMap.of("Úvod do v?ela?ství", "Bees"), "title.cs"),
    "shortened-number": ("evidence_number", "2,02603E+11", "evidence_number"),
    "quotes-around": ("title", LanguageMap.of('"Řízení rizik"', "Risk"), "title.cs"),
    "placeholder": ("outcomes[1].title", LanguageMap.of("TODO", "Describes models."), "outcomes[1].title.cs"),
    "says-nothing": ("prerequisites", LanguageMap.of("–", "none"), "prerequisites.cs"),
    "mixed-scripts": ("learner.birth_place", "Římоv", "learner.birth_place"),
    "learner-given-name-trial": ("learner.given_name", "Test", "learner.given_name"),
    "learner-family-name-trial": ("learner.family_name", "Testovací", "learner.family_name"),
    "title-trial": ("title", LanguageMap.of("Testovací kurz 2", "Risk"), "title.cs"),
    "birth-number": ("further_information", LanguageMap.of("Rodné číslo 945314/0004 je zde"), "further_information.cs"),
    "text-length": ("prerequisites", LanguageMap.of("ů" * 5001), "prerequisites.cs"),
    "learner-given-name": ("learner.given_name", None, "learner.given_name"),
    "learner-given-name-blank": ("learner.given_name", " ", "learner.given_name"),
    "learner-family-name": ("learner.family_name", "\u00a0", "learner.family_name"),
    "learner-given-name-characters": ("learner.given_name", "Kate?ina", "learner.given_name"),
    "learner-given-name-capitals": ("learner.given_name", "KATEŘINA", "learner.given_name"),
    "learner-given-name-small": ("learner.given_name", "kateřina", "learner.given_name"),
    "learner-family-name-capitals": ("learner.family_name", "HŮRKOVÁ-ĎURIŠOVÁ", "learner.family_name"),
    "learner-family-name-small": ("learner.family_name", "hůrková-ďurišová", "learner.family_name"),
    "learner-given-name-length": ("learner.given_name", "ř" * 201, "learner.given_name"),
    "learner-family-name-characters": ("learner.family_name", "Hůrková > Ďurišová", "learner.family_name"),
    "learner-family-name-length": ("learner.family_name", "ř" * 201, "learner.family_name"),
    "learner-full-name-characters": ("learner.full_name", "Mgr. <Kateřina", "learner.full_name"),
    "learner-full-name-length": ("learner.full_name", "ř" * 201, "learner.full_name"),
    "learner-full-name-debris": ("learner.full_name", "NULL Kateřina Hůrková-Ďurišová, nan", "learner.full_name"),
    "learner-full-name-other": ("learner.full_name", "Mgr. Tomáš Ďurůžka", "learner.full_name"),
    "learner-name-doubled": ("learner.given_name", "Kateřina Hůrková-Ďurišová", "learner.given_name"),
    "learner-given-name-title": ("learner.given_name", "Mgr. Kateřina", "learner.given_name"),
    "learner-family-name-title": ("learner.family_name", "Hůrková-Ďurišová, Ph.D.", "learner.family_name"),
    "learner-given-name-several": ("learner.given_name", "Kateřina a Řehoř", "learner.given_name"),
    "learner-family-name-several": ("learner.family_name", "Hůrková / Ďurišová", "learner.family_name"),
    "learner-birth-date": ("learner.birth_date", date(1899, 12, 31), "learner.birth_date"),
    "learner-identified": ("learner", Learner("Kateřina", "Ďurišová", identifiers=(Identifier("učo", "1"),)), "learner.birth_date"),
    "learner-birth-number": ("learner.identifiers", (Identifier("osobní", "850431/0023"),), "learner.identifiers[0]"),
    "learner-e-mail": ("learner.email", "katerina.example.org", "learner.email"),
    "title-cs": ("title", ENGLISH_ONLY, "title.cs"),
    "title-en": ("title", CZECH_ONLY, "title.en"),
    "title-length": ("title", LanguageMap.of("ů" * 301, "u"), "title.cs"),
    "awarding-body-country": ("awarding_body.address.country", "CZ", "awarding_body.address.country"),
    "awarding-body-region": ("awarding_body.address.region", "CZ064", "awarding_body.address.region"),
    "awarding-body-region-missing": ("awarding_body.address", Address("CZE"), "awarding_body"),
    "awarding-body-legal-identifier": ("awarding_body.identifiers", (Identifier("ror", "x"),), "awarding_body"),
    "awarding-body-ico": ("awarding_body.identifiers", (Identifier("ico", "12345678"),), "awarding_body"),
    "joint-awarding-body-country": (
        "joint_awarding_bodies[0].address.country", "CZ", "joint_awarding_bodies[0].address.country"
    ),
    "joint-awarding-body-region": (
        "joint_awarding_bodies[0].address.region", "CZ064", "joint_awarding_bodies[0].address.region"
    ),
    "joint-awarding-body-legal-identifier": ("joint_awarding_bodies[0].identifiers", (), "joint_awarding_bodies[0]"),
    "joint-awarding-body-ico": (
        "joint_awarding_bodies[0].identifiers", (Identifier("ico", "12345678"),), "joint_awarding_bodies[0]"
    ),
    "joint-awarding-body-once": (
        "joint_awarding_bodies", (FULL.awarding_body,), "joint_awarding_bodies[0]"
    ),
    "awarded-on-past": ("awarded_on", date(1899, 1, 1), "awarded_on"),
    "place-missing": ("place", None, "place"),
    "outcomes": ("outcomes", (), "outcomes"),
    "outcome-cs": ("outcomes[1].title", ENGLISH_ONLY, "outcomes[1].title.cs"),
    "outcome-en": ("outcomes[1].title", CZECH_ONLY, "outcomes[1].title.en"),
    "outcome-short": ("outcomes[0]", LearningOutcome(LanguageMap.of("Umí.", "Knows.")), "outcomes[0].title.cs"),
    "outcome-skill": ("outcomes[0].skills", (Skill("http://x.example/y", CZECH_ONLY),), "outcomes[0].skills[0].uri"),
    "workload-ects": ("workload", Workload(Decimal("0.99")), "workload.ects"),
    "workload-ects-missing": ("workload", Workload(hours=Decimal(65)), "workload.ects"),
    "workload-decimals": ("workload", Workload(Decimal("2.505")), "workload.ects"),
    "workload-hours": ("workload.hours", Decimal(24), "workload"),
    "workload-hours-range": ("workload.hours", Decimal(2001), "workload.hours"),
    "components-ects": ("components[0].ects", Decimal(2), "workload.ects"),
    "component-title": ("components[1].title", ENGLISH_ONLY, "components[1].title.cs"),
    "component-ects": ("components[1].ects", Decimal(-1), "components[1].ects"),
    "component-decimals": ("components[1].ects", Decimal("0.333"), "components[1].ects"),
    "component-outcome-cs": (
        "components[0].outcomes[1].title", ENGLISH_ONLY, "components[0].outcomes[1].title.cs"
    ),
    "component-outcome-skill": (
        "components[0].outcomes[0].skills", (Skill("http://x.example/y", CZECH_ONLY),),
        "components[0].outcomes[0].skills[0].uri",
    ),
    "component-assessment-type": (
        "components[0].assessments[1].type", "zkouška", "components[0].assessments[1].type"
    ),
    "component-supervision": (
        "components[0].assessments[1].supervision", "dohled", "components[0].assessments[1].supervision"
    ),
    "component-grade": ("components[0].assessments[0].grade.value", " ", "components[0].assessments[0].grade.value"),
    "component-grade-scale": (
        "components[0].assessments[0].grade.scale", ENGLISH_ONLY, "components[0].assessments[0].grade.scale.cs"
    ),
    "component-link": ("components[1].link", "mikrocert.example/verify/N4wYd8GcT2sV", "components[1].link"),
    "level-eqf": ("level.eqf", 9, "level.eqf"),
    "level-cycle": ("level.cycle", "fourth", "level.cycle"),
    "level-of-cycle": ("level", Level(8, "short"), "level"),
    "thematic-areas": ("thematic_areas", (), "thematic_areas"),
    "thematic-area": ("thematic_areas", ("0613", "613"), "thematic_areas[1]"),
    "assessments": ("assessments", (), "assessments"),
    "assessment-type": ("assessments[0].type", "zkouška", "assessments[0].type"),
    "participation-mode": ("participation.mode", "kombinovaná", "participation.mode"),
    "languages": ("languages", (), "languages"),
    "language": ("languages", ("cs", "cz"), "languages[1]"),
    "learning-type": ("learning_type", "kurz", "learning_type"),
    "quality-assurance": ("quality_assurance", (), "quality_assurance"),
    "quality-assurance-type": ("quality_assurance[0].type", "NAÚ", "quality_assurance[0].type"),
    "quality-assurance-cs": ("quality_assurance[0].title", ENGLISH_ONLY, "quality_assurance[0].title.cs"),
    "quality-assurance-url": ("quality_assurance[0].url", "www.ripska.example", "quality_assurance[0].url"),
    "quality-assurance-lapsed": ("quality_assurance[0].valid_until", date(2026, 6, 21), "quality_assurance[0].valid_until"),
    "supervision": ("assessments[0].supervision", "dohled", "assessments[0].supervision"),
    "grade": ("assessments[0].grade.value", " ", "assessments[0].grade.value"),
    "grade-scale": ("assessments[0].grade.scale", ENGLISH_ONLY, "assessments[0].grade.scale.cs"),
    "grade-failed": ("assessments[0].grade", Grade("nesplněno", CZECH_ONLY), "assessments[0].grade"),
    "grade-doubtful": ("assessments[0].grade", Grade("F", CZECH_ONLY), "assessments[0].grade"),
    "component-grade-failed": (
        "components[0].assessments[0].grade", Grade("nesplněno", CZECH_ONLY), "components[0].assessments[0].grade"
    ),
    "component-grade-doubtful": (
        "components[0].assessments[0].grade", Grade("F", CZECH_ONLY), "components[0].assessments[0].grade"
    ),
    "stackability": ("stackability", Stackability("ano"), "stackability.kind"),
}  # fmt: skip


def test_every_rule_has_a_bad_award_here():
    """A rule without a test fails this one; those about dates have a table of their own."""
    assert {rule.id for rule in RULES.rules} == {*BROKEN, *CONTRADICTING}
    assert len(RULES.rules) == len(BROKEN) + len(CONTRADICTING)


CODES = {award: {finding.code for finding in RULES.judge(award, on=ON)} for award in (FULL, example_award())}


@pytest.mark.parametrize("rule_id", BROKEN)
def test_a_bad_award_breaks_its_rule(rule_id):
    """The award breaks the rule at the path, and the award it was made from doesn't."""
    path, to, place = BROKEN[rule_id]
    award = FULL if rule_id.startswith(("component-", "joint-")) else example_award()
    findings = RULES.judge(changed(award, path, to), on=ON)
    assert (rule_id, place) in {(finding.code, finding.path) for finding in findings}
    assert rule_id not in CODES[award]


@pytest.mark.parametrize("award", [example_award(), FULL], ids=["one course", "a stacked set"])
def test_a_full_award_breaks_no_rule(award):
    """A full award gives no finding at all."""
    assert RULES.judge(award, on=ON) == ()


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_every_rule_tells_where_it_comes_from(rule):
    """Each rule has an element of Annex I, a principle of Annex II, a weight, and a message that is translated."""
    assert re.fullmatch(r"M([1-9]|1[01])|O[1-5]|–", rule.element)
    assert 1 <= rule.principle <= 10
    assert czech(Message(rule.message)) != rule.message


def test_every_element_of_annex_i_has_a_rule():
    """All mandatory elements are asked for."""
    assert {f"M{number}" for number in range(1, 12)} <= {rule.element for rule in RULES.rules}


def test_warnings_refuse_nothing():
    """A missing English title is a warning, a missing Czech one an error."""
    severities = {rule.id: rule.severity for rule in RULES.rules}
    assert severities["title-en"] == "warning"
    assert severities["title-cs"] == "error"
    [finding] = RULES.judge(changed(example_award(), "place", None), on=ON)
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("second", "is_another"),
    [
        (lambda first: first, False),
        (lambda first: attrs.evolve(first, legal_name=LanguageMap.of("Řípská univerzita v Ďáblicích")), False),
        (lambda first: attrs.evolve(first, unit=LanguageMap.of("Fakulta křehkých věcí")), True),
        (lambda first: attrs.evolve(first, identifiers=(Identifier("ico", "27074358"),)), True),
    ],
    ids=["same", "other name", "other faculty", "other number"],
)  # fmt: skip
def test_no_institution_awards_twice(second, is_another):
    """Said again under another name it is the same by its number; two faculties of one institution may award together."""
    award = attrs.evolve(FULL, joint_awarding_bodies=())
    joint = second(award.awarding_body)
    for bodies, path in [
        ((joint,), "joint_awarding_bodies[0]"),
        ((joint, joint), "joint_awarding_bodies[1]"),
    ]:
        codes = [
            (finding.code, finding.path)
            for finding in RULES.judge(attrs.evolve(award, joint_awarding_bodies=bodies), on=ON)
        ]
        expected = len(bodies) > 1 or not is_another
        assert (("joint-awarding-body-once", path) in codes) is expected


def test_all_faults_come_at_once():
    """An award with several faults is told all of them."""
    award = changed(
        changed(changed(example_award(), "level", Level(0)), "title", ENGLISH_ONLY), "languages", ("xx", "yy")
    )
    assert [(f.code, f.path) for f in RULES.judge(award, on=ON)] == [
        ("title-cs", "title.cs"), ("level-eqf", "level.eqf"), ("language", "languages[0]"), ("language", "languages[1]"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("to", "paths"),
    [(LanguageMap.of("č" * 301, "e" * 301), ["title.cs", "title.en"]), (LanguageMap.of("Č", "e" * 301), ["title.en"])],
    ids=["both", "the English one"],
)  # fmt: skip
def test_of_a_text_in_two_languages_the_one_at_fault_is_named(to, paths):
    """A finding about one language has its path; faults of both are two findings."""
    findings = RULES.judge(changed(example_award(), "title", to), on=ON)
    assert [(f.code, f.path) for f in findings] == [("title-length", path) for path in paths]


DEBRIS = {
    "error of Excel": "#REF!",
    "error of Excel in Czech": "#HODNOTA!",
    "error inside a text": "Úvod do #NÁZEV?",
    "column too narrow": "########",
    "nothing in a database": "NULL",
    "nothing in a dump": "\\N",
    "nothing in Python": "None",
    "no number": "nan",
    "nothing in JavaScript": "undefined",
    "an object": "[object Object]",
    "escape of Open XML": "Řízení_x000D_ rizik",
    "named entity": "Řízení&nbsp;rizik",
    "numbered entity": "O&#39;Ďur",
    "hexadecimal entity": "P&#x159;íroda",
    "markup": "Řízení <b>rizik</b>",
    "markup with an attribute": "<span class='x'>Řízení</span>",
    "replacement character": "\ufffdízení",
}

TEXTS = {
    "Nan is a name": "Nan Ďurišová",
    "NONE in capitals": "NONE",
    "a language of programs": "C# a F#",
    "a number sign": "Hit #1 roku",
    "an ampersand": "Výzkum & vývoj; R&D; úvod",
    "signs of order": "je-li a<b and c>d, platí",
    "a hash tag": "#reforma",
}


@pytest.mark.parametrize("kind", DEBRIS)
@pytest.mark.parametrize("field", ["learner.family_name", "learner.birth_place", "evidence_number"])
def test_debris_of_exports_is_no_text(kind, field):
    """What a failed export leaves is refused wherever it stands, in names as in anything else."""
    findings = RULES.judge(changed(example_award(), field, DEBRIS[kind]), on=ON)
    assert ("debris", field) in {(f.code, f.path) for f in findings if f.severity is Severity.ERROR}


LISTS = [field.name for field in attrs.fields(Award) if isinstance(getattr(FULL, field.name), tuple)]


def calls(work):
    """Return how many functions something calls, those of C too."""
    count = 0

    def note(_frame, event, _argument):
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.system  # it takes seconds; and what measures coverage calls functions, too
@pytest.mark.parametrize("name", LISTS)
def test_an_award_costs_as_much_as_it_has(name):
    """Twice as many of anything, all different, cost twice the operations."""
    base = getattr(FULL, name)[:1] or (FULL.awarding_body,)

    def cost(count):
        items = base * count
        if name == "joint_awarding_bodies":
            items = tuple(attrs.evolve(base[0], unit=LanguageMap.of(f"Ř{n}", f"R{n}")) for n in range(count))
        return calls(lambda: RULES.judge(attrs.evolve(FULL, **{name: items}), on=ON))

    cost(1)  # what is kept for good is made now
    one, two, four = cost(20), cost(40), cost(80)
    assert four - two <= 2.2 * (two - one)


MANY = 100_000
LONG = {  # what is repeated → (title, grade, its scale)
    "a tag that has no end": ("<a b=" + " " * MANY, "A", "A až F"),
    "the beginning of a scale": ("Řízení", "F", "A " * MANY),
    "what comes after a scale": ("Řízení", "4", "1 až 4" + " " * MANY),
}


@pytest.mark.system  # in a process of its own, which ends where it takes 10 seconds of processor time
@pytest.mark.parametrize("kind", LONG)
def test_a_text_costs_as_much_as_it_is_long(kind):
    """Whatever is repeated in it: that there is too much of it is told, and not found out at the square of its length."""
    title, grade, scale = LONG[kind]
    assessment = attrs.evolve(
        example_award().assessments[0], grade=Grade(grade, LanguageMap.of(scale, scale))
    )
    award = attrs.evolve(example_award(), title=LanguageMap.of(title, title), assessments=(assessment,))
    judged = apart(lambda: {finding.code for finding in RULES.judge(award, on=ON)})
    assert not isinstance(judged, Finding), judged
    assert "text-length" in judged


@pytest.mark.parametrize("kind", TEXTS)
def test_what_people_write_is_no_debris(kind):
    """A text that only resembles debris breaks no rule."""
    award = changed(example_award(), "title", LanguageMap.of(TEXTS[kind], TEXTS[kind]))
    assert RULES.judge(award, on=ON) == ()


@pytest.mark.parametrize("name", ["#N/A", "NULL", "Dvoøák", "©»astná", "Ďur\u043eš", "Ďuriš 2"])
def test_what_is_wrong_with_a_part_of_a_name_is_told_once(name):
    """The full name is made of the parts; a fault of a part is told of the part, one of a title of the full name."""
    learner = attrs.evolve(example_award().learner, family_name=name, full_name=f"Mgr. Kateřina {name}")
    paths = {f.path for f in RULES.judge(attrs.evolve(example_award(), learner=learner), on=ON)}
    assert paths == {"learner.family_name"}
    learner = attrs.evolve(learner, family_name="Ďurišová", full_name="Mgr. 2 Kateřina Ďurišová")
    paths = {f.path for f in RULES.judge(attrs.evolve(example_award(), learner=learner), on=ON)}
    assert paths == {"learner.full_name"}


ODDITIES = {  # kind → (rule, text)
    "Excel in Czech": ("shortened-number", "2,02603E+11"),
    "Excel in English": ("shortened-number", "2.02603E+11"),
    "no decimals": ("shortened-number", "2E+11"),
    "other programs": ("shortened-number", "2.02603e11"),
    "double quotes": ("quotes-around", '"MU-1"'),
    "quotes in quotes": ("quotes-around", '"kniha ""Včely"""'),
    "single quotes": ("quotes-around", "'MU-1'"),
    "apostrophe of a spreadsheet": ("quotes-around", "'0613"),
    "crosses": ("placeholder", "xxx"),
    "capital crosses": ("placeholder", "XXXXX"),
    "to do": ("placeholder", "TODO"),
    "in brackets": ("placeholder", "[doplnit]"),
    "to be completed": ("placeholder", "doplnit…"),
    "filler": ("placeholder", "Lorem ipsum dolor sit amet"),
    "keys": ("placeholder", "asdfgh"),
    "hyphen": ("says-nothing", "-"),
    "dashes": ("says-nothing", "———"),
    "full stop": ("says-nothing", "."),
    "Cyrillic o": ("mixed-scripts", "Dv\u043eřák"),
    "Latin o": ("mixed-scripts", "\u0418ван\u006f\u0432"),
    "Greek o": ("mixed-scripts", "Dv\u03bfřák"),
}


@pytest.mark.parametrize("kind", ODDITIES)
@pytest.mark.parametrize("field", ["learner.birth_place", "evidence_number", "prerequisites"])
def test_oddities_of_exports_are_refused(kind, field):
    """What a spreadsheet, a quoting program or a template left is refused wherever it stands."""
    code, text = ODDITIES[kind]
    award = changed(example_award(), field, LanguageMap.of(text) if field == "prerequisites" else text)
    errors = [f.code for f in RULES.judge(award, on=ON) if f.severity is Severity.ERROR]
    assert errors == [code]


NOT_ODD = (
    'E2E testování|2E|1,5 E|\'s-Hertogenbosch|rock\'n\'roll|„Práce s daty“|Kniha "Včely"|"Včely" a "vosk"|XXX. ročník|XXL'
    "|Test|Testování softwaru|Úvod do testů|ÚVOD DO DAT|MU-FI-2026-0117|2026/Ř/1|kΩ|μm|Δt|β-laktamy|C++|Иванов|Ωμέγα|α-tokoferol"
    "|Todorov|Doplňky stravy|Vyplňování formulářů"
)


@pytest.mark.parametrize("text", NOT_ODD.split("|"))
def test_what_people_mean_is_not_odd(text):
    """A text that only resembles an oddity breaks no rule."""
    award = changed(example_award(), "components", (Component(LanguageMap.of(text)),))
    assert RULES.judge(attrs.evolve(award, further_information=LanguageMap.of(text)), on=ON) == ()


@pytest.mark.parametrize("grade", ["+", "-", "–"])
def test_a_grade_may_be_a_sign(grade):
    """Plus and minus are grades."""
    [first, *rest] = example_award().assessments
    graded = attrs.evolve(first, grade=Grade(grade, LanguageMap.of("plus nebo minus")))
    assert RULES.judge(attrs.evolve(example_award(), assessments=(graded, *rest)), on=ON) == ()


FAILED = {  # kind → (grade, scale, words)
    "in words": ("nesplněno", "splněno – nesplněno", None),
    "of a person": ("neabsolvovala", "absolvoval – neabsolvoval", None),
    "of anybody": ("nevyhověl/a", "vyhověl/a, nevyhověl/a", None),
    "in capitals": ("NEPROSPĚL", "prospěl, neprospěl", None),
    "in English": ("failed", "passed or failed", None),
    "explained by the words": ("5", "klasifikace", "nedostatečně"),
    "explained by the scale": ("F", "A (nejlepší) až F (nevyhověl/a)", None),
    "explained by an equals sign": ("4", "1 = výborně, 4 = nevyhověl", None),
    "explained after a dash": ("N", "P – prospěl, N – neprospěl", None),
    "last of A to F": ("FX", "A–F", None),
}
DOUBTFUL = {
    "F alone": ("F", "klasifikační stupnice univerzity", None),
    "last of 1 to 4": ("4", "1 až 4", None),
    "last of 1 to 5": ("5", "stupnice 1–5", None),
    "fewer per cent than asked": ("45 %", "0–100 %; uspěje, kdo dosáhne aspoň 60 %", None),
    "fewer points than asked": ("11,5 bodu", "minimálně 12 bodů z 20", None),
}
ACHIEVED = {
    "in words": ("splněno", "splněno – nesplněno", None),
    "passed beside failed": ("absolvoval", "absolvoval – neabsolvoval", None),
    "passed in English": ("passed", "passed – failed", None),
    "best": ("A", "A (nejlepší) až F (nevyhověl/a)", "výborně"),
    "last that passes": ("E", "A až F; F (nevyhověl/a)", "dostatečně"),
    "three of four": ("3", "1 až 4, 4 = nevyhověl", None),
    "four is best": ("4", "1 až 4 (nejlepší)", None),
    "enough per cent": ("60 %", "uspěje, kdo dosáhne aspoň 60 %", None),
    "a sign": ("-", "plus nebo minus", None),
    "nothing known": ("summa cum laude", "stupnice fakulty", None),
}


@pytest.mark.parametrize(
    ("grades", "expected"),
    [(FAILED, ["grade-failed"]), (DOUBTFUL, ["grade-doubtful"]), (ACHIEVED, [])],
    ids=["failed", "doubtful", "achieved"],
)
def test_what_was_not_achieved_is_not_awarded(grades, expected):
    """A grade that says so refuses the award, one by which people mostly fail is doubted, any other is left alone."""
    [first, *rest] = example_award().assessments
    found = {}
    for kind, (value, scale, label) in grades.items():
        grade = Grade(value, LanguageMap.of(scale), LanguageMap.of(label) if label else None)
        award = attrs.evolve(example_award(), assessments=(attrs.evolve(first, grade=grade), *rest))
        found[kind] = [f.code for f in RULES.judge(award, on=ON)]
    assert found == dict.fromkeys(grades, expected)


CZECH_LETTERS = "áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ"


@pytest.mark.parametrize("codec", ["cp1250", "cp1252", "iso8859-1", "iso8859-2", "mac_roman"])
@given(st.text("abkrsv", min_size=1), st.sampled_from(CZECH_LETTERS.lower()), st.text("abkrsv", min_size=1))
def test_utf_8_read_in_another_encoding_is_garbled(codec, before, letter, after):
    """A word with a Czech letter, written as UTF-8 and read in another encoding, is noticed."""
    try:
        misread = f"{before}{letter}{after}".encode().decode(codec)
    except UnicodeDecodeError:
        return  # whoever reads it so learns it at once
    assert is_garbled(misread)


@pytest.mark.parametrize(
    "letters",
    [CZECH_LETTERS.lower(), "áäčďéíľĺňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "äöüß", "âçéèêëîïôù", "âăîșț"],
    ids=["cs", "sk", "pl", "hu", "de", "fr", "ro"],
)
@given(data=st.data())
def test_words_of_europe_are_not_garbled(letters, data):
    """Words in the letters of one language, as people write them (capitals at the beginning only), are left alone."""
    initials = "abkrsv" + "".join(
        letter for letter in letters if letter not in "äĺ"
    )  # no Slovak word begins so
    word = st.builds(str.__add__, st.sampled_from(initials), st.text("abkrsv" + letters, min_size=2))
    text = " ".join(word.capitalize() for word in data.draw(st.lists(word, min_size=1)))
    assert not is_garbled(text)


WORDS_OF_CZECH = (
    "Dvořák Kučera Příkryl Křeček Němec Hůlka Růžena Jiří Řehoř Ďuriš Sedlář Čech Macháček Hrdlička Vlčková Ječmen Plzeň "
    "Kůň Kroměříž Zdeněk Věra Hřebíčková Šťastný Božena Žižka Tomáš Beneš Dušek Doležal Svěrák Březina Třebíč Ondřej Kateřina "
    "Ševčík Říha Vaněk Štěpán Matějka Marešová Růžičková Čermák Vaňková Přemysl Vojtěch Šárka Květa Žaneta DVOŘÁK RŮŽIČKA"
)


@pytest.mark.parametrize("read_as", ["cp1252", "latin-1"])
@pytest.mark.parametrize("written_as", ["cp1250", "iso8859-2"])
@pytest.mark.parametrize("word", WORDS_OF_CZECH.split())
def test_central_european_letters_read_as_western_ones_are_noticed(word, written_as, read_as):
    """A Czech word read as Western is an error or a warning, and neither told twice nor told where it came through."""
    try:
        misread = word.encode(written_as).decode(read_as)
    except UnicodeDecodeError:
        return  # whoever reads it so learns it at once
    codes = [f.code for f in RULES.judge(changed(example_award(), "learner.birth_place", misread), on=ON)]
    noticed = [code for code in codes if code in {"garbled-text", "letters-doubtful", "clean-text"}]
    if misread == word:
        assert noticed == []
    elif "clean-text" not in noticed:
        assert len(noticed) == 1


NO_LANGUAGE_HAS = ["Hřebíčková", "Růžena", "Božena", "Dušek", "Šťastná", "Małgorzata"]


@pytest.mark.parametrize("word", NO_LANGUAGE_HAS)
def test_what_no_language_has_is_an_error(word):
    """Letters that no language has together, and signs inside a word, are refused in one of the two encodings at least."""
    codes = set()
    for written_as in ("cp1250", "iso8859-2"):
        misread = word.encode(written_as, "ignore").decode("cp1252", "ignore")
        award = changed(example_award(), "learner.birth_place", misread)
        codes |= {f.code for f in RULES.judge(award, on=ON) if f.severity is Severity.ERROR}
    assert "garbled-text" in codes


@pytest.mark.system  # ten seconds
@pytest.mark.parametrize("language", ALPHABETS)
@given(data=st.data())
def test_words_in_the_letters_of_one_language_are_no_error(language, data):
    """Whatever word the letters of one real language make, that another encoding would make it Czech is no proof."""
    letters = "abekrsvy" + ALPHABETS[language]
    word = st.text(letters, min_size=2)
    text = " ".join(data.draw(st.lists(word, min_size=1)))
    assert not is_misread(text)
    assert not is_misread(text.title())


WORDS_OF_OTHERS = (
    "Søren Bjørn Øystein Tromsø Gjøvik Strømsgodset Åkerlundová Sørensenová Molière Hélène Geneviève Barthès poème crème "
    "Forlì Cantù Nicolò Bình Phùng Thùy Hòa Hoàng Loïc Haïti Anaïs Citroën João Muñoz Þór Małgorzata Szőke Zoë café "
    "LEGO® m² CO² CO₂ m³ m³K W/m²K ½ 10¾ »slovo« «mot» ¿Qué ¡Hola! València Mª 1º µm §5 2±1"
)


@pytest.mark.parametrize("word", WORDS_OF_OTHERS.split())
def test_words_of_others_are_not_doubted(word):
    """Names and signs that people write are neither refused nor doubted."""
    award = changed(example_award(), "learner.birth_place", word)
    assert {f.code for f in RULES.judge(award, on=ON)}.isdisjoint({"garbled-text", "letters-doubtful"})


def test_a_czech_text_has_no_endings_of_others():
    """What ends a word elsewhere is doubted where a text is in Czech: základù, Plzeò."""
    award = changed(example_award(), "title", LanguageMap.of("Opakování základù", "Cantù"))
    assert [(f.code, f.path) for f in RULES.judge(award, on=ON)] == [("letters-doubtful", "title.cs")]


@pytest.mark.parametrize("word", ["Kadeřábek", "Doležal", "kořen", "Růžena", "příklad", "Nečtěná"])
def test_utf_8_read_as_a_mac_reads_it_is_garbled(word):
    """Where the first octets of UTF-8 are letters too, a capital inside or a sign tells the words of nobody."""
    award = changed(example_award(), "learner.birth_place", word.encode().decode("mac_latin2"))
    assert "garbled-text" in {finding.code for finding in RULES.judge(award, on=ON)}


@pytest.mark.parametrize("letter", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\r"])
@pytest.mark.parametrize("field", ["learner.given_name", "title", "further_information"])
def test_line_separators_stand_in_no_text(field, letter):
    """What ends a line without being a line feed is refused in every text, also where several lines are allowed."""
    text = f"Úvod{letter}do dat"
    value = text if field == "learner.given_name" else LanguageMap.of(text, "Data")
    assert "clean-text" in {f.code for f in RULES.judge(changed(example_award(), field, value), on=ON)}


MARKS = {  # text → whether a mark in it has nothing to stand on
    "\u0301Základy": True,
    "Základy \u030cpráva": True,
    "Základy\u00a0\u030cpráva": True,
    "Základy\n\u030cpráva": True,
    "\u0301\u0308": True,
    "Za\u0301klady pra\u0301va": False,
    "Tiếng Việt\u0323\u0302": False,
    "नमस्ते दुनिया": False,
    "شُكْرًا جَزِيلًا": False,
    "র\u200d\u09cdয": False,
    "❤\ufe0f práva": False,
}


@pytest.mark.parametrize("text", MARKS)
def test_a_mark_stands_on_something(text):
    """It begins no text and follows no space; scripts that are full of marks are as good as any."""
    codes = {
        f.code for f in RULES.judge(changed(FULL, "title", LanguageMap.of(text, "Basics of Law")), on=ON)
    }
    assert ("lone-mark" in codes) is MARKS[text]


@pytest.mark.parametrize("text", ["\u3164", "\u115f \u1160", "–\uffa0"])
def test_letters_that_nobody_sees_say_nothing(text):
    """A title of them is as good as none."""
    found = RULES.judge(changed(FULL, "title", LanguageMap.of(text, "Basics of Law")), on=ON)
    assert ("says-nothing", "title.cs") in {(f.code, f.path) for f in found}


@pytest.mark.parametrize("field", ["further_information", "prerequisites", "assessments[0].title"])
def test_descriptions_may_have_several_lines(field):
    """A line feed stands between the paragraphs of a description."""
    award = changed(example_award(), field, LanguageMap.of("První řádek.\nDruhý řádek.", "One.\nTwo."))
    assert RULES.judge(award, on=ON) == ()


NAMES = {
    "apostrophe": ("Shaun", "O’Ďur"),
    "accent for an apostrophe": ("Shaun", "O´Ďur"),
    "particles": ("Ludwig", "van den Ďur y Řezáč"),
    "hyphen and full stop": ("Jean-Luc J.", "Ďurišová-Řehořová"),
    "the same twice": ("Pavel", "Pavel"),
    "another script": ("Ђорђе", "Ђурић"),
    "Japanese": ("太郎", "山田"),
    "nickname": ('Jan "Honza"', "Řehoř"),
    "joiner": ("نام\u200cها", "رضایی"),
}


@pytest.mark.parametrize("kind", NAMES)
def test_names_of_the_world_are_names(kind):
    """A name that people bear breaks no rule."""
    given_name, family_name = NAMES[kind]
    award = changed(
        example_award(), "learner", attrs.evolve(example_award().learner, full_name=None, given_name=given_name, family_name=family_name)
    )  # fmt: skip
    assert RULES.judge(award, on=ON) == ()


NO_NAMES = {
    "full stop": ".",
    "hyphens": "--",
    "digits": "123",
    "digit after the name": "Řehoř 2",
    "lone quote": 'Řehoř"',
    "quotes around": '"Řehoř"',
    "sign of another encoding": "©astná",
    "quotation mark of another encoding": "»astná",
    "lost letter": "?ehoř",
    "mark of a column": "Řehoř*",
    "tag": "<Řehoř>",
}


@pytest.mark.parametrize("kind", NO_NAMES)
@pytest.mark.parametrize("which", ["given", "family"])
def test_what_has_no_letter_or_foreign_signs_is_no_name(which, kind):
    """A name needs a letter and has no signs."""
    award = changed(example_award(), f"learner.{which}_name", NO_NAMES[kind])
    assert f"learner-{which}-name-characters" in {f.code for f in RULES.judge(award, on=ON)}


POINTED = {
    "digit": ("learner.family_name", "Dvořák2", ["2"]),
    "no letter": ("learner.given_name", ".", ["no letter"]),
    "lone quote": ("learner.family_name", 'Řehoř"', ["quotes"]),
    "lost letter": ("title", LanguageMap.of("Úvod do v?el", "Bees"), ["v?el"]),
    "error of a spreadsheet": ("title", LanguageMap.of("Úvod #REF! práva", "Law"), ["#REF"]),
    "entity": ("title", LanguageMap.of("Víno &amp; pivo", "Law"), ["&amp;"]),
    "word of a name": ("learner.full_name", "NULL Kateřina Hůrková-Ďurišová", ["NULL"]),
    "dash for no title": ("learner.full_name", "- Kateřina Hůrková-Ďurišová", ["-"]),
    "dash after a name": ("learner.full_name", "Kateřina Hůrková-Ďurišová, –", ["–"]),
    "invisible": ("learner.family_name", "Dvo\u200břák", ["U+200B", "4"]),
    "UTF-8 read as Western": ("learner.family_name", "KadeÅ™Ã¡bek", ["KadeÅ™Ã¡bek", "Kadeřábek"]),
    "a sign of Western": ("learner.given_name", "Bo¾ena", ["Bo¾ena", "Božena"]),
    "may be misread": ("learner.birth_place", "u Dvoøákova", ["Dvoøákova", "Dvořákova"]),
    "title": ("learner.given_name", "Mgr. Kateřina", ["Mgr."]),
    "capitals": ("learner.family_name", "O'ŘEHOŘ-ĎURIŠ", ["O'ŘEHOŘ-ĎURIŠ", "O'Řehoř-Ďuriš"]),
    "small letters": ("learner.given_name", "jan jiří", ["jan jiří", "Jan Jiří"]),
}


@pytest.mark.parametrize("kind", POINTED)
def test_a_sentence_points_at_what_is_wrong_in_a_text(kind):
    """It repeats the sign or the word at fault, and what was probably meant, so that nobody searches a long cell for it."""
    path, text, parts = POINTED[kind]
    learner = attrs.evolve(example_award().learner, full_name=None)
    award = changed(attrs.evolve(example_award(), learner=learner), path, text)
    [finding] = {
        f
        for f in RULES.judge(award, on=ON)
        if f.path.startswith(path) and f.code != "learner-full-name-other"
    }
    assert all(part in str(finding.message) for part in parts)


@pytest.mark.parametrize(
    ("given", "family"),
    [("J. R. R.", "NG"), ("山田", "რეხორი"), ("Ludwig", "van den Ďur"), ("Ján III", "O'Duř")],
)
def test_names_without_capitals_or_without_small_letters_are_names(given, family):
    """Initials, names of two letters, particles and scripts that have no capitals for names are right as they are."""
    learner = attrs.evolve(example_award().learner, full_name=None, given_name=given, family_name=family)
    assert RULES.judge(attrs.evolve(example_award(), learner=learner), on=ON) == ()


def test_a_birth_number_beside_what_is_pointed_at_is_not_repeated():
    """A sentence points at a word unless that is, or has, a birth number."""
    award = changed(example_award(), "title", LanguageMap.of("Kurz 945314/0004Å™Ã¡", "Course"))
    assert "945314" not in "".join(str(f.message) for f in RULES.judge(award, on=ON))


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("learner.birth_date", date(2094, 4, 3), "birth-future"),
        ("learner.family_name", "Dvo\u00c5\u2122\u00c3\u00a1k", "garbled-text"),
        ("learner.given_name", "JiĹ™Ă\u00ad", "garbled-text"),
        ("learner.family_name", "Dvo?ák", "learner-family-name-characters"),
    ],
)
def test_what_only_follows_from_a_fault_is_not_told_beside_it(path, value, code):
    """One mistake in one cell is one fault, even where several rules take offence."""
    learner = attrs.evolve(FULL.learner, full_name=None)
    found = RULES.judge(changed(attrs.evolve(FULL, learner=learner), path, value), on=ON)
    assert [f.code for f in found if f.path == path] == [code]


@pytest.mark.parametrize("full_name", ["Ing. KATEŘINA hůrková-ďurišová, Ph.D.", "Hůrková-Ďurišová Kateřina", "Kateřina (Káťa) Hůrková-Ďurišová"])  # fmt: skip
def test_a_full_name_has_titles_and_any_order(full_name):
    """The name on the certificate may have titles, other capitals and another order; it is the same person's."""
    assert RULES.judge(changed(example_award(), "learner.full_name", full_name), on=ON) == ()


def test_messages_say_values_as_people_write_them():
    """Decimal comma and Czech dates in Czech, point and English dates in English."""
    [ects] = RULES.judge(
        attrs.evolve(example_award(), workload=Workload(Decimal("0.5")), components=()), on=ON
    )
    assert czech(ects.message).startswith("počet kreditů\u00a0ECTS 0,5 ")
    assert str(ects.message).startswith("0.5 ECTS")
    [day, _] = RULES.judge(changed(example_award(), "learner.birth_date", date(1899, 12, 31)), on=ON)
    assert "31.\u00a012. 1899" in czech(day.message)
    assert "31\u00a0December 1899" in str(day.message)


@pytest.mark.parametrize(
    "number",
    [
        "1e30",
        "1e-30",
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "-0",
        "1e64",
        "1" * 64,
        "1.000000000000000000000000000000000001",
    ],
)
def test_no_number_crashes_a_rule(number):
    """Whatever number comes, the award is judged; one out of range or with too many decimals is refused."""
    award = example_award()
    award = attrs.evolve(
        award,
        workload=Workload(Decimal(number), Decimal(number)),
        components=(Component(LanguageMap.of("Předmět"), Decimal(number)),),
    )
    codes = {finding.code for finding in RULES.judge(award, on=ON)}
    assert codes & {"workload-ects", "workload-decimals"}


@given(st.decimals(1, 60, places=2))
def test_two_decimals_are_right(ects):
    """Credits between 1 and 60 with two decimals break no rule."""
    award = attrs.evolve(example_award(), workload=Workload(ects), components=())
    assert RULES.judge(award, on=ON) == ()


def test_a_long_e_mail_costs_nothing():
    """An e-mail of 100,000 dots is told from an address at once."""
    [finding, *_] = RULES.judge(changed(example_award(), "learner.email", "a@" + "." * 100_000 + "@"), on=ON)
    assert finding.code in {"text-length", "learner-e-mail"}


# What the model can say and this framework doesn't want, or lets pass

ALLOWED = {  # name → (member, value)
    "a learner with one name": ("learner", Learner(family_name="Ďurůžková", birth_date=date(1994, 3, 14))),
    "a learner known by an ORCID": (
        "learner", Learner("Růžena", "Ďurišová", identifiers=(Identifier("orcid", "0000-0002-1825-0097"),))
    ),
    "half a credit in a component": (
        "components", tuple(Component(LanguageMap.of("Předmět"), Decimal("0.5"), str(n)) for n in range(5))
    ),
    "expiry": ("valid_until", date(2031, 6, 22)),
    "one more institution": ("joint_awarding_bodies", FULL.joint_awarding_bodies),
}  # fmt: skip


@pytest.mark.parametrize(("member", "value"), ALLOWED.values(), ids=ALLOWED)
def test_what_universities_have_is_no_error(member, value):
    """What is unusual and right is issued; at most there is a warning."""
    findings = RULES.judge(attrs.evolve(example_award(), **{member: value}), on=ON)
    assert [finding.code for finding in findings if finding.severity is Severity.ERROR] == []


def test_an_award_in_english_only_is_refused_by_the_rules():
    """The type lets it be; this framework asks for Czech, and says so at every place."""
    award = changed(changed(example_award(), "title", ENGLISH_ONLY), "outcomes[0].title", ENGLISH_ONLY)
    errors = [finding for finding in RULES.judge(award, on=ON) if finding.severity is Severity.ERROR]
    assert [(finding.code, finding.path) for finding in errors] == [
        ("title-cs", "title.cs"), ("outcome-cs", "outcomes[0].title.cs"),
    ]  # fmt: skip


# Dates of one award, held against each other

BORN, STARTED, ENDED, ASSESSED, AWARDED = (
    "learner.birth_date", "participation.started_on", "participation.ended_on", "assessments[0].assessed_on", "awarded_on"
)  # fmt: skip
PART, PART_END, PART_ASSESSED = (
    f"components[0].{name}" for name in ("started_on", "ended_on", "assessments[0].assessed_on")
)
E, W = Severity.ERROR, Severity.WARNING

# rule → (weight, path of the finding, its day, the other day, what else is changed)
CONTRADICTING = {
    "birth-future": (E, BORN, "2026-11-23", "2026-11-22", {}),
    "birth-after-learning": (E, BORN, "2026-02-02", "2026-02-02", {}),
    "birth-after-learning-end": (E, BORN, "2026-06-01", "2026-06-01", {STARTED: None}),
    "birth-after-assessment": (E, BORN, "2026-06-20", "2026-06-20", {}),
    "birth-after-component": (E, BORN, "2026-02-02", "2026-02-02", {STARTED: None}),
    "birth-after-component-assessment": (E, BORN, "2026-03-02", "2026-03-02", {}),
    "birth-after-award": (E, BORN, "2026-06-22", "2026-06-22", {}),
    "learner-young": (W, BORN, "2016-06-23", "2026-06-22", {}),
    "learner-old": (E, BORN, "1905-06-22", "2026-06-22", {}),
    "awarded-on-future": (E, AWARDED, "2026-11-23", "2026-11-22", {}),
    "awarded-before-learning": (E, AWARDED, "2026-02-01", "2026-02-02", {}),
    "participation-end": (W, AWARDED, "2026-05-31", "2026-06-01", {}),
    "valid-until": (E, "valid_until", "2026-06-21", "2026-06-22", {}),
    "valid-until-same-day": (W, "valid_until", "2026-06-22", "2026-06-22", {}),
    "component-dates": (E, PART_END, "2026-02-01", "2026-02-02", {}),
    "component-before-learning": (W, PART, "2026-02-01", "2026-02-02", {}),
    "component-ended-before-learning": (W, PART_END, "2026-02-01", "2026-02-02", {}),
    "component-after-learning": (W, PART, "2026-06-02", "2026-06-01", {}),
    "component-ended-after-learning": (W, PART_END, "2026-06-02", "2026-06-01", {}),
    "component-after-award": (E, PART, "2026-06-23", "2026-06-22", {}),
    "component-ended-after-award": (W, PART_END, "2026-06-23", "2026-06-22", {}),
    "component-assessed-before-start": (W, PART_ASSESSED, "2026-02-01", "2026-02-02", {}),
    "component-assessed-after-award": (E, PART_ASSESSED, "2026-06-23", "2026-06-22", {}),
    "assessed-before-learning": (W, ASSESSED, "2026-02-01", "2026-02-02", {}),
    "assessed-after-award": (E, ASSESSED, "2026-06-23", "2026-06-22", {}),
    "participation-dates": (E, ENDED, "2026-02-01", "2026-02-02", {}),
}


@pytest.mark.parametrize("rule_id", CONTRADICTING)
def test_dates_that_contradict_each_other_are_told(rule_id):
    """Impossible is an error, unlikely a warning; the finding names both days, in both languages."""
    severity, path, day, other, also = CONTRADICTING[rule_id]
    award = changed(FULL, path, date.fromisoformat(day))
    for member, value in also.items():
        award = changed(award, member, value)
    [finding] = [finding for finding in RULES.judge(award, on=ON) if finding.code == rule_id]
    assert (finding.severity, finding.path) == (severity, path)
    for language in ("cs", "en"):
        text = Texts().plain(finding.message, language)
        assert all(Texts().plain(date.fromisoformat(one), language) in text for one in (day, other))


def test_rules_about_dates_are_those_that_every_framework_shares():
    """One table serves our own awards and those of others."""
    assert {rule.id for rule in shared_rules(DATES).rules} == set(CONTRADICTING)


@pytest.mark.parametrize("born", [date(1906, 6, 23), date(2016, 6, 22)])
def test_the_youngest_and_the_oldest_are_plausible(born):
    """Ten on the very day of the award is old enough, and 119 is no reason for doubt."""
    assert RULES.judge(changed(FULL, BORN, born), on=ON) == ()


def test_a_component_is_held_against_its_own_start():
    """One component may end before another begins."""
    first, second = FULL.components
    later = attrs.evolve(second, started_on=date(2026, 4, 1), ended_on=date(2026, 5, 1))
    assert RULES.judge(attrs.evolve(FULL, components=(first, later)), on=ON) == ()


@given(data=st.data())
def test_dates_in_their_order_contradict_nothing(data):
    """Birth, learning, assessment, award, expiry, each after the one before: whichever are there, nothing is found."""
    days = sorted(data.draw(st.lists(st.dates(date(2005, 1, 1), ON), min_size=5, max_size=5, unique=True)))
    award = changed(FULL, BORN, date(1990, 1, 1))
    for paths, day in zip(
        ((STARTED, PART), (PART_END, ENDED), (PART_ASSESSED, ASSESSED), (AWARDED,)), days, strict=False
    ):
        for path in paths:
            award = changed(award, path, data.draw(st.sampled_from([day, day if path == AWARDED else None])))
    award = changed(award, "valid_until", data.draw(st.sampled_from([None, days[4]])))
    assert shared_rules(DATES).judge(award, on=ON) == ()


def test_holding_dates_costs_as_much_as_there_are():
    """Components are not held against each other: twice as many give twice the findings, and twice the work."""

    def asked(number):
        parts = (attrs.evolve(FULL.components[0], ended_on=date(2026, 2, 1)),) * number
        [rule] = [rule for rule in RULES.rules if rule.id == "component-dates"]
        return len(list(Selection(attrs.evolve(FULL, components=parts)).pairs(rule.field, rule.other)))

    assert (asked(10), asked(20)) == (10, 20)


def test_unknown_rule_set_lists_those_there_are():
    """A wrong name is a setting that is wrong."""
    with pytest.raises(SettingsError, match="there are: CZ-HE-2024"):
        rule_set("CZ-HE-2042")
    assert rule_sets() == ("CZ-HE-2024",)


# Birth numbers (Act 133/2000 Coll., § 13)


def birth_number(born, *, woman, serial, raised=0):
    """Return the ten digits for a day from 1954 on, or none where the last digit would not be one."""
    month = born.month + 50 * woman + raised
    nine = f"{born.year % 100:02}{month:02}{born.day:02}{serial:03}"
    return nine + str(int(nine) % 11 % 10)


@given(
    st.dates(date(1954, 1, 1), date(2053, 12, 31)),
    st.booleans(),
    st.integers(0, 999),
    st.booleans(),
    st.sampled_from(["", "/", " ", " / ", "\u00a0/\u00a0", "\u202f"]),
)
def test_every_birth_number_is_found(born, woman, serial, used_up, slash):
    """Men's and women's months, used-up days since 2004 and every way of writing it are known."""
    digits = birth_number(born, woman=woman, serial=serial, raised=20 if used_up and born.year >= 2004 else 0)
    assert int(digits) % 11 == 0 or digits.endswith("0")
    assert is_birth_number(digits[:6] + slash + digits[6:])
    assert is_birth_number(f"č. {digits}, Brno")
    assert is_birth_number(digits.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)}))


@given(st.dates(date(1900, 1, 1), date(1953, 12, 31)), st.booleans(), st.integers(0, 999))
def test_birth_numbers_of_nine_digits_are_found(born, woman, serial):
    """Until 1953 there was no check digit."""
    assert is_birth_number(f"{born.year % 100:02}{born.month + 50 * woman:02}{born.day:02}/{serial:03}")


@given(st.dates(date(1954, 1, 1), date(2053, 12, 31)), st.integers(0, 999), st.integers(1, 9))
def test_a_wrong_check_digit_is_no_birth_number(born, serial, off):
    """Ten digits that the law didn't make are others' numbers."""
    digits = birth_number(born, woman=False, serial=serial)
    wrong = digits[:9] + str((int(digits[9]) + off) % 10)
    assert not is_birth_number(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "IČO 12345679",
        "DIČ CZ12345679",
        "602123456",
        "+420 602 123 456",
        "549 49 1111",
        "0000-0002-1825-0097",
        "1234567890",
        "20261122",
        "2026-11-22",
        "991399/1234",
        "850400/0001",
        "8504310023999",
        "850431002",
    ],
)
def test_other_numbers_are_no_birth_numbers(text):
    """Phones, IČO, ORCID, dates and longer numbers are left alone."""
    assert not is_birth_number(text)


@pytest.mark.parametrize("scheme", ["rc", "RC", "rodne_cislo", "Rodné číslo", "birth-number", "national id"])
def test_identifiers_named_like_birth_numbers_are_refused(scheme):
    """The name of the scheme is enough, whatever the value."""
    award = changed(example_award(), "learner.identifiers", (Identifier(scheme, "x"),))
    assert [finding.code for finding in RULES.judge(award, on=ON)] == ["learner-birth-number"]


def test_birth_numbers_are_not_repeated_in_messages():
    """A refusal never tells the number."""
    award = changed(example_award(), "learner.identifiers", (Identifier("osobní", "850431/0023"),))
    award = changed(award, "evidence_number", "945314/0004")
    findings = RULES.judge(award, on=ON)
    assert {finding.code for finding in findings} == {"birth-number", "learner-birth-number"}
    for finding in findings:
        assert "0023" not in czech(finding.message) + str(finding.message)
        assert "0004" not in czech(finding.message) + str(finding.message)


def test_numbers_like_birth_numbers_of_another_day_may_stand_in_texts():
    """An evidence number that happens to look like somebody's birth number refuses nobody."""
    award = changed(example_award(), "evidence_number", "850431/0023")
    assert RULES.judge(award, on=ON) == ()


@pytest.mark.parametrize(
    ("region", "near"),
    [("CZE_KRJ_VYSO", "CZE_KRJ_VISOC"), ("Kraj Vysočina", "CZE_KRJ_VISOC"), ("CZ064", "CZE_KRJ_PRGMES")],
)
def test_a_region_that_is_none_is_told_those_near_it(region, near):
    """A code that is written otherwise, or a name in place of a code, is told the code that may be meant; else the list begins."""
    findings = RULES.judge(changed(example_award(), "awarding_body.address.region", region), on=ON)
    (finding,) = (finding for finding in findings if finding.code == "awarding-body-region")
    assert near in czech(finding.message)
