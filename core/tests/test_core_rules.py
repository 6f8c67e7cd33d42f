"""The rules: one bad award for each, and the law of birth numbers."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.award import Address, Component, Identifier, LearningOutcome, Skill, Stackability, Workload
from mikrocert.errors import SettingsError
from mikrocert.report import Severity
from mikrocert.rules import rule_set, rule_sets
from mikrocert.rules.questions import is_birth_number
from mikrocert.testing import example_award
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


# rule → (what is changed, to what, path of the finding)
BROKEN = {
    "evidence-number": ("evidence_number", " ", "evidence_number"),
    "evidence-number-length": ("evidence_number", "č" * 101, "evidence_number"),
    "clean-text": ("title", LanguageMap.of("Řízení\x07 rizik", "Risk"), "title.cs"),
    "birth-number": ("further_information", LanguageMap.of("Rodné číslo 945314/0004 je zde"), "further_information.cs"),
    "text-length": ("prerequisites", LanguageMap.of("ů" * 5001), "prerequisites.cs"),
    "learner-given-name": ("learner.given_name", "", "learner.given_name"),
    "learner-family-name": ("learner.family_name", "\u00a0", "learner.family_name"),
    "learner-given-name-markup": ("learner.given_name", "<b>Kateřina</b>", "learner.given_name"),
    "learner-given-name-length": ("learner.given_name", "ř" * 201, "learner.given_name"),
    "learner-family-name-markup": ("learner.family_name", "Hůrková > Ďurišová", "learner.family_name"),
    "learner-family-name-length": ("learner.family_name", "ř" * 201, "learner.family_name"),
    "learner-full-name-markup": ("learner.full_name", "Mgr. <Kateřina", "learner.full_name"),
    "learner-full-name-length": ("learner.full_name", "ř" * 201, "learner.full_name"),
    "learner-birth-date": ("learner.birth_date", date(1899, 12, 31), "learner.birth_date"),
    "learner-birth-number": ("learner.identifiers", (Identifier("osobní", "850431/0023"),), "learner.identifiers[0]"),
    "learner-e-mail": ("learner.email", "katerina.example.org", "learner.email"),
    "title-cs": ("title", ENGLISH_ONLY, "title"),
    "title-en": ("title", CZECH_ONLY, "title"),
    "title-length": ("title", LanguageMap.of("ů" * 301, "u"), "title"),
    "awarding-body-country": ("awarding_body.address.country", "CZ", "awarding_body.address.country"),
    "awarding-body-region": ("awarding_body.address.region", "CZ064", "awarding_body.address.region"),
    "awarding-body-region-missing": ("awarding_body.address", Address("CZE"), "awarding_body"),
    "awarding-body-legal-identifier": ("awarding_body.identifiers", (Identifier("ror", "x"),), "awarding_body"),
    "awarding-body-ico": ("awarding_body.identifiers", (Identifier("ico", "12345678"),), "awarding_body"),
    "awarded-on-future": ("awarded_on", ON + timedelta(days=1), "awarded_on"),
    "awarded-on-past": ("awarded_on", date(1899, 1, 1), "awarded_on"),
    "place-missing": ("place", None, "place"),
    "outcomes": ("outcomes", (), "outcomes"),
    "outcome-cs": ("outcomes[1].title", ENGLISH_ONLY, "outcomes[1].title"),
    "outcome-en": ("outcomes[1].title", CZECH_ONLY, "outcomes[1].title"),
    "outcome-short": ("outcomes[0]", LearningOutcome(LanguageMap.of("Umí.", "Knows.")), "outcomes[0].title"),
    "outcome-skill": ("outcomes[0].skills", (Skill("http://x.example/y", CZECH_ONLY),), "outcomes[0].skills[0].uri"),
    "workload-ects": ("workload", Workload(Decimal("0.99")), "workload.ects"),
    "workload-decimals": ("workload", Workload(Decimal("2.505")), "workload.ects"),
    "workload-hours": ("workload.hours", Decimal(24), "workload"),
    "workload-hours-range": ("workload.hours", Decimal(2001), "workload.hours"),
    "components-ects": ("components[0].ects", Decimal(2), "workload"),
    "component-title": ("components[1].title", ENGLISH_ONLY, "components[1].title"),
    "component-ects": ("components[1].ects", Decimal(-1), "components[1].ects"),
    "level-eqf": ("level.eqf", 9, "level.eqf"),
    "level-cycle": ("level.cycle", "fourth", "level.cycle"),
    "thematic-areas": ("thematic_areas", (), "thematic_areas"),
    "thematic-area": ("thematic_areas", ("0613", "613"), "thematic_areas[1]"),
    "assessments": ("assessments", (), "assessments"),
    "assessment-type": ("assessments[0].type", "zkouška", "assessments[0].type"),
    "participation-mode": ("participation.mode", "kombinovaná", "participation.mode"),
    "participation-dates": ("participation.ended_on", date(2026, 2, 1), "participation.ended_on"),
    "participation-end": ("awarded_on", date(2026, 5, 31), "awarded_on"),
    "languages": ("languages", (), "languages"),
    "language": ("languages", ("cs", "cz"), "languages[1]"),
    "learning-type": ("learning_type", "kurz", "learning_type"),
    "quality-assurance": ("quality_assurance", (), "quality_assurance"),
    "quality-assurance-type": ("quality_assurance[0].type", "NAÚ", "quality_assurance[0].type"),
    "quality-assurance-cs": ("quality_assurance[0].title", ENGLISH_ONLY, "quality_assurance[0].title"),
    "quality-assurance-url": ("quality_assurance[0].url", "www.ripska.example", "quality_assurance[0].url"),
    "quality-assurance-lapsed": ("quality_assurance[0].valid_until", date(2026, 6, 21), "quality_assurance[0].valid_until"),
    "supervision": ("assessments[0].supervision", "dohled", "assessments[0].supervision"),
    "grade": ("assessments[0].grade.value", " ", "assessments[0].grade.value"),
    "grade-scale": ("assessments[0].grade.scale", ENGLISH_ONLY, "assessments[0].grade.scale"),
    "stackability": ("stackability", Stackability("ano"), "stackability.kind"),
    "valid-until": ("valid_until", date(2026, 6, 21), "valid_until"),
}  # fmt: skip


def test_every_rule_has_a_bad_award_here():
    """A rule without a test fails this one."""
    assert {rule.id for rule in RULES.rules} == set(BROKEN)
    assert len(RULES.rules) == len(BROKEN)


@pytest.mark.parametrize("rule_id", BROKEN)
def test_a_bad_award_breaks_its_rule(rule_id):
    """The award breaks the rule at the path, and the award it was made from doesn't."""
    path, to, told = BROKEN[rule_id]
    findings = RULES.judge(changed(example_award(), path, to), on=ON)
    assert (rule_id, told) in {(finding.code, finding.path) for finding in findings}
    assert rule_id not in {finding.code for finding in RULES.judge(example_award(), on=ON)}


def test_the_example_breaks_no_rule():
    """A full award gives no finding at all."""
    assert RULES.judge(example_award(), on=ON) == ()


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


def test_all_faults_come_at_once():
    """An award with several faults is told all of them."""
    award = changed(
        changed(changed(example_award(), "level.eqf", 0), "title", ENGLISH_ONLY), "languages", ("xx", "yy")
    )
    assert [(f.code, f.path) for f in RULES.judge(award, on=ON)] == [
        ("title-cs", "title"), ("level-eqf", "level.eqf"), ("language", "languages[0]"), ("language", "languages[1]"),
    ]  # fmt: skip


def test_messages_say_values_as_people_write_them():
    """Decimal comma and Czech dates in Czech, point and English dates in English."""
    [ects] = RULES.judge(
        attrs.evolve(example_award(), workload=Workload(Decimal("0.5")), components=()), on=ON
    )
    assert czech(ects.message).startswith("počet kreditů\u00a0ECTS 0,5 ")
    assert str(ects.message).startswith("0.5 ECTS")
    [day] = RULES.judge(changed(example_award(), "learner.birth_date", date(1899, 12, 31)), on=ON)
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
        "IČO 00216224",
        "DIČ CZ00216224",
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
