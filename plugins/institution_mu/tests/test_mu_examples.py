"""The shipped exports: seven awards that differ, and a record that is refused."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from mikrocert.award.partial import PartialAward
from mikrocert.report import Severity
from mikrocert.rules import rule_set
from mikrocert.texts import Texts
from mikrocert_institution_mu import EXAMPLES, example

czech = partial(Texts(["mikrocert_institution_mu"]).plain, language="cs")

ON = date(2026, 11, 1)


@pytest.fixture
def json_records(read):
    return read(example("is-mu-2026.json").read_bytes())


@pytest.fixture
def csv_records(read):
    return read(example("is-mu-2026.csv").read_bytes())


def errors(record):
    """Return every reason to refuse a record, of the intake or of the rules."""
    part = record.part or PartialAward(record.award, frozenset())
    judged = rule_set("CZ-HE-2024").judge(part.award, on=ON, withheld=part.missing)
    findings = record.findings + record.named(judged)
    return [finding for finding in findings if finding.severity is Severity.ERROR]


@pytest.mark.parametrize("name", EXAMPLES)
def test_seven_are_accepted_and_the_last_one_is_refused(read, name):
    """Seven records break no rule; the eighth does."""
    records = read(example(name).read_bytes())
    assert [bool(errors(record)) for record in records] == [False] * 7 + [True]


def test_csv_says_the_same_as_json(json_records, csv_records):
    """The awards of both exports are equal."""
    assert [record.award for record in csv_records[:7]] == [record.award for record in json_records[:7]]


def test_faulty_json_record_breaks_several_rules(json_records):
    """75 ECTS, level 9, no outcomes, an unknown assessment, an end and an award before the beginning are named, all at once."""
    assert {finding.path for finding in errors(json_records[7])} == {
        "ects",
        "eqf",
        "vysledky_uceni",
        "hodnoceni[0].typ",
        "vyuka_do",
        "datum_udeleni",
    }


def test_faulty_csv_record_names_its_columns(csv_records):
    """What can't be read is named by column, all at once, with the line on which the record begins."""
    record = csv_records[7]
    text = example("is-mu-2026.csv").read_text(encoding="utf-8-sig")
    assert record.award is None
    assert text.splitlines()[record.line - 1].startswith("MU-ESF-2026-0134;")
    assert {(finding.path, finding.code) for finding in record.findings} == {
        ("datum_narozeni", "short-year"),
        ("identifikatory_typ", "birth-number"),
        ("identifikatory_hodnota", "birth-number"),
        ("vysledky_uceni_en", "count-differs"),
        ("ects", "ambiguous-number"),
        ("eqf", "not-an-integer"),
        ("hodnoceni_stupnice", "grade-without-scale"),
        ("datum_udeleni", "no-such-day"),
    }
    assert not any("850431" in czech(finding.message) + str(finding.message) for finding in record.findings)


def test_awards_differ(json_records):
    """One course, a set, Czech only, many outcomes, a minimal one, one with skills and quality assurance."""
    awards = [record.award for record in json_records[:7]]
    assert len(awards[1].components) == 3
    assert awards[2].title.get("en") is None
    assert len(awards[3].outcomes) >= 12
    assert awards[4].workload.hours is None
    assert awards[4].learner.full_name is None
    assert all(outcome.skills for outcome in awards[5].outcomes)
    assert len(awards[5].quality_assurance) == 2
    assert awards[6].title.get("cs") == "Generické programování v C++ <templates>"


def test_titles_stand_around_the_name(json_records):
    """Academic titles make the full name; given and family name stay plain."""
    learner = json_records[3].award.learner
    assert learner.full_name == "doc. MUDr. et Mgr. Maximiliána Kateřina Šťastná-Hřebíčková, Ph.D., MBA"
    assert (learner.given_name, learner.family_name) == ("Maximiliána Kateřina", "Šťastná-Hřebíčková")


def test_awards_are_of_the_past(json_records):
    """No award is later than October 2026."""
    assert all(record.award.awarded_on < date(2026, 11, 1) for record in json_records[:7])
