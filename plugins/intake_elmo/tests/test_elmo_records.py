"""What an ELMO file says of micro-credentials, and how what it gets wrong is told."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from mikrocert.api import (
    Assessment,
    Component,
    Finding,
    Grade,
    IntakeError,
    LanguageMap,
    Severity,
    Texts,
    TypeReference,
    apart,
)
from mikrocert.award.types import NO_TYPES
from mikrocert.rules import rule_set
from mikrocert_intake_elmo.intake import ElmoIntake

SHARED = Path(os.environ.get("MIKROCERT_SHARED", Path(__file__).resolve().parents[4] / "shared")) / "elmo"
REPORT = "elmo/report"
SPECIFICATION = f"{REPORT}/learningOpportunitySpecification"
INSTANCE = f"{SPECIFICATION}/specifies/learningOpportunityInstance"

PARTS = """<hasPart><learningOpportunitySpecification>
  <identifier type="local">V-1</identifier><title xml:lang="cs">Stavba úlu</title><type>Class</type>
  <specifies><learningOpportunityInstance><start>2026-03-02</start><resultLabel>A</resultLabel>
    <credit><scheme>ects</scheme><value>1</value></credit>
  </learningOpportunityInstance></specifies>
</learningOpportunitySpecification></hasPart><hasPart><learningOpportunitySpecification>
  <title xml:lang="cs">Chov matek</title><title xml:lang="en">Breeding queens</title>
  <specifies><learningOpportunityInstance><credit><scheme>ects</scheme><value>1.5</value></credit></learningOpportunityInstance></specifies>
</learningOpportunitySpecification></hasPart>"""
CREDIT = """<credit>
            <scheme>ECTS</scheme>
            <value>2.5</value>
          </credit>"""
AFTER = ("</specifies>\n", f"</specifies>{PARTS}\n")
"""Puts parts into the specification of the sample."""


def faults(records):
    """Return code and path of each fault."""
    return [
        (one.code, one.path)
        for record in records
        for one in record.findings
        if one.severity is Severity.ERROR
    ]


def test_what_elmo_and_the_type_say_is_an_award(read, sample):
    """The learner, the result and the grade come from the file, the rest from the type that the specification names."""
    (record,) = read(sample)
    award = record.award
    assert award is not None
    assert (record.evidence_number, record.line) == ("UŘ-2026-0007", 19)
    assert (award.learner.name, award.learner.birth_date, award.learner.birth_place) == (
        "Řehoř Ďurůžka",
        date(1999, 2, 1),
        "Týniště nad Orlicí",
    )
    assert award.learner.identifiers == ()
    assert award.title == LanguageMap.of("Úvod do včelařství", "Introduction to Beekeeping")
    assert (award.awarded_on, award.workload.ects, award.workload.hours) == (
        date(2026, 6, 22),
        Decimal("2.5"),
        Decimal(65),
    )
    scale = LanguageMap.of("výborně, dobře, nevyhověl", "excellent, good, failed")
    assert award.assessments == (Assessment("oral-examination", grade=Grade("výborně", scale)),)
    assert award.participation.started_on == date(2026, 2, 16)
    assert award.type == TypeReference("VCELY-1", 1)
    judged = rule_set("CZ-HE-2024").judge(award, on=date(2026, 7, 1))
    assert [one for one in judged if one.severity is Severity.ERROR] == []


def test_the_paper_dates_what_has_no_date_of_its_own(read, changed):
    """Without the day of the result, the award is of the day on which the report was issued."""
    (record,) = read(changed(("<date>2026-06-22</date>", "")))
    assert record.award is not None
    assert record.award.awarded_on == date(2026, 6, 30)


def test_parts_are_components_and_their_credits_are_those_of_the_whole(read, changed):
    """What consists of parts has their credits together; the grade of a part is told to be left out."""
    (record,) = read(changed(AFTER, (CREDIT, "")))
    assert record.award is not None
    assert record.award.workload.ects == Decimal("2.5")
    assert record.award.components == (
        Component(LanguageMap.of("Stavba úlu"), Decimal(1), "V-1", started_on=date(2026, 3, 2)),
        Component(LanguageMap.of("Chov matek", "Breeding queens"), Decimal("1.5")),
    )
    assert [(one.code, one.severity) for one in record.findings] == [("grade-of-part", Severity.WARNING)]


BAD = {  # kind of fault → (replacements, [(code, path)])
    "a birth number": (
        [('type="esi"', 'type="nationalIdentifier"')],
        [("birth-number", "elmo/learner/identifier")],
    ),
    "a birth date that is no date": (
        [("1999-02-01+01:00", "1. 2. 1999")],
        [("wrong-type", "elmo/learner/bday")],
    ),
    "a day that isn't there": (
        [("<date>2026-06-22", "<date>2026-06-31")],
        [("no-such-day", f"{INSTANCE}/date")],
    ),
    "a status that is none": ([("passed", "in-progress")], [("not-passed", f"{INSTANCE}/status")]),
    "a decimal comma": ([("2.5", "2,5")], [("not-a-number", f"{INSTANCE}/credit/value")]),
    "credits that the type has otherwise": (
        [("2.5", "3")],
        [("differs-from-type", f"{INSTANCE}/credit[scheme='ects']/value")],
    ),
    "credits twice": (
        [AFTER],
        [("credits-twice", f"{SPECIFICATION}/hasPart[{n}]/learningOpportunitySpecification") for n in (1, 2)],
    ),
    "two credits": ([("</credit>", f"</credit>{CREDIT}")], [("several", f"{INSTANCE}/credit[2]")]),
    "a level in words": (
        [("<value>6</value>", "<value>šest</value>")],
        [("not-a-number", f"{INSTANCE}/level[type='EQF']/value")],
    ),
    "a grade without scale": (
        [("<gradingSchemeLocalId>slovy</gradingSchemeLocalId>", "")],
        [("grade-without-scale", f"{INSTANCE}/resultLabel")],
    ),
    "a scale that isn't there": (
        [('localId="slovy"', 'localId="písmena"')],
        [("no-such-scheme", f"{INSTANCE}/gradingSchemeLocalId")],
    ),
    "a scale without words": (
        [("výborně, dobře, nevyhověl", ""), ("excellent, good, failed", "")],
        [("grade-without-scale", f"{REPORT}/gradingScheme")],
    ),
    "a title without language": (
        [('<title xml:lang="en-GB">Intro', "<title>Intro")],
        [("no-language", f"{SPECIFICATION}/title[2]")],
    ),
    "a language twice": (
        [('xml:lang="en-GB"', 'xml:lang="cs"')],
        [("language-twice", f"{SPECIFICATION}/title[2]")],
    ),
    "a programme": ([("<type>Course", "<type>Degree Programme")], [("programme", f"{SPECIFICATION}/type")]),
    "a module inside of a course": (
        [AFTER, (CREDIT, ""), ("<type>Class", "<type>Module")],
        [("nesting", f"{SPECIFICATION}/hasPart[1]/learningOpportunitySpecification")],
    ),
    "a part that was not passed": (
        [AFTER, (CREDIT, ""), ("<start>2026-03-02</start>", "<status>failed</status>")],
        [
            (
                "not-passed",
                f"{SPECIFICATION}/hasPart[1]/learningOpportunitySpecification/specifies/learningOpportunityInstance/status",
            )
        ],
    ),
    "no number": (
        [('<identifier type="local">UŘ-2026-0007</identifier>', "")],
        [("missing", f"{INSTANCE}/identifier[@type='local']")],
    ),
    "a type that isn't kept": (
        [("VCELY-1", "VCELY-2")],
        [("unknown-type", f"{SPECIFICATION}/identifier[@type='local']")],
    ),
    "another institution by its name": (
        [
            ("Univerzita Řípská", "Univerzita Ďáblická"),
            ("https://ripska.example", "https://dablicka.example"),
        ],
        [("unknown-issuer", f"{REPORT}/issuer")],
    ),
    "another institution by its identifier": (
        [('type="schac">ripska.example', 'type="ico">87654321')],
        [("other-issuer", f"{REPORT}/issuer/identifier")],
    ),
    "no mark": ([("Micro Credential", "Transcript of Records")], [("not-marked", SPECIFICATION)]),
    "a reference to nothing": ([("<ref>osvědčení", "<ref>osvedceni")], [("not-marked", SPECIFICATION)]),
}


@pytest.mark.parametrize("kind", BAD)
def test_faults_are_told_with_their_path(kind, read, changed):
    """Each fault refuses its record, names the element, and is said in both languages."""
    replaced, expected = BAD[kind]
    records = read(changed(*replaced))
    assert faults(records) == expected
    assert all(record.award is None for record in records)
    texts = Texts(["mikrocert_intake_elmo"])
    for finding in records[0].findings:
        assert texts.plain(finding.message, "cs") != texts.plain(finding.message, "en")


def test_all_faults_are_told_at_once(read, changed):
    """Those of the learner, of the report and of the specification stand beside each other."""
    codes = {
        code
        for code, _ in faults(
            read(changed(("passed", "failed"), ("2.5", "dva"), ('"esi"', '"nationalIdentifier"')))
        )
    }
    assert codes == {"birth-number", "not-passed", "not-a-number"}


def test_what_elmo_cant_say_is_named_as_missing(read, changed):
    """A specification without type lacks what ELMO has no element for; each is named."""
    (record,) = read(changed(('<identifier type="local">VCELY-1</identifier>', "")))
    said = [Texts().plain(one.message, "en") for one in record.findings]
    assert {one.code for one in record.findings} == {"missing"}
    assert [text.split(": ")[1].split(";")[0] for text in said] == [
        "learning outcomes",
        "the type of assessment",
        "the form of participation",
    ]


def test_without_a_catalogue_there_is_no_award(read, sample, university):
    """Where no archive is at hand, that is told, and not what the type would have said."""
    (record,) = read(sample, attrs.evolve(university, types=NO_TYPES))
    assert faults([record]) == [("no-types", f"{SPECIFICATION}/identifier[@type='local']")]


def test_a_grade_of_several_assessments_is_of_none(read, sample, university):
    """Nobody guesses which of the assessments of a type the one grade of ELMO is of."""
    two = (Assessment("oral-examination"), Assessment("project-work"))
    types = type(university.types)(attrs.evolve(university.types.content, assessments=two))
    (record,) = read(sample, attrs.evolve(university, types=types))
    assert faults([record]) == [("which-assessment", f"{INSTANCE}/resultLabel")]


def test_each_specification_is_judged_for_itself(read, sample):
    """One that is not marked, or has a fault, doesn't keep the others back."""
    text = sample.decode()
    begin, end = text.index("<learningOpportunitySpecification>"), text.index("<issueDate>")
    good = text[begin:end]
    plain = good.replace("<ref>osvědčení</ref>", "")
    late = good.replace("passed", "failed")
    records = read((text[:begin] + plain + good + late + text[end:]).encode())
    assert [record.award is not None for record in records] == [False, True, False]
    path = f"{SPECIFICATION}[{{}}]"
    assert faults(records) == [
        ("not-marked", path.format(1)),
        ("not-passed", f"{path.format(3)}/specifies/learningOpportunityInstance/status"),
    ]


def test_one_specification_with_one_attachment_needs_no_reference(read, changed):
    """Where a report has one specification, its attachment can be of nothing else."""
    (record,) = read(changed(("<ref>osvědčení</ref>", "")))
    assert record.award is not None


def test_what_is_marked_inside_of_a_programme_is_found(read, sample):
    """A container is no record; of what it contains, each is marked or told."""
    text = sample.decode()
    begin, end = text.index("<learningOpportunitySpecification>"), text.index("<issueDate>")
    good = text[begin:end]
    programme = (
        "<learningOpportunitySpecification><title>Včelařství</title><type>Degree Programme</type>"
        f"<hasPart>{good}</hasPart><hasPart>{good.replace('<ref>osvědčení</ref>', '')}</hasPart>"
        "</learningOpportunitySpecification>"
    )
    records = read((text[:begin] + programme + text[end:]).encode())
    assert [record.award is not None for record in records] == [True, False]
    assert faults(records) == [("not-marked", f"{SPECIFICATION}/hasPart[2]/learningOpportunitySpecification")]


UNUSABLE = {  # kind → (replacements, code)
    "an entity": ([("<elmo ", '<!DOCTYPE elmo [<!ENTITY x "x">]><elmo ')], "doctype"),
    "an external subset": (
        [("<elmo ", '<!DOCTYPE elmo SYSTEM "https://ripska.example/x.dtd"><elmo ')],
        "doctype",
    ),
    "a later version": ([("tree/v1", "tree/v2")], "other-elmo"),
    "no namespace": ([(' xmlns="https://github.com/emrex-eu/elmo-schemas/tree/v1"', "")], "other-elmo"),
    "another document": ([("<elmo ", "<data "), ("</elmo>", "</data>")], "not-elmo"),
    "half a file": ([("</elmo>", "")], "not-xml"),
    "too deep": ([("<iscedCode>", "<a>" * 70 + "</a>" * 70 + "<iscedCode>")], "too-complex"),
    "too many elements": ([("<iscedCode>", "<a/>" * 200_001 + "<iscedCode>")], "too-complex"),
    "too large": ([("<iscedCode>", " " * 16 * 1024 * 1024 + "<iscedCode>")], "too-large"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_unusable_files_are_refused(kind, read, changed):
    """What isn't ELMO 1, says more than data or is out of bounds is refused as a whole."""
    replaced, code = UNUSABLE[kind]
    with pytest.raises(IntakeError) as caught:
        read(changed(*replaced))
    assert [finding.code for finding in caught.value.findings] == [code]


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-2", "windows-1250"])
def test_the_file_says_its_encoding(encoding, read, sample):
    """Whatever the declaration says is read so; an encoding that a person names is refused."""
    other = sample.decode().replace("UTF-8", encoding).encode(encoding)
    assert read(other)[0].award == read(sample)[0].award
    with pytest.raises(IntakeError):
        list(ElmoIntake().read(sample, profile=None, encoding="cp1250"))


def test_what_others_add_is_passed_over(read, sample, changed):
    """Unknown elements, those of other namespaces, HTML and attachments' contents change nothing (ELMO wants it so)."""
    added = (
        '<extension><x xmlns="urn:x"><date>1999-01-01</date></x></extension><descriptionHtml><![CDATA[<b>ř</b>]]></descriptionHtml>'
        '<novinka/><y:date xmlns:y="urn:y">1999-01-01</y:date>'
    )
    assert read(changed(("<iscedCode>", f"{added}<iscedCode>")))[0].award == read(sample)[0].award


MANY = 20_000


@pytest.mark.system  # in a process of its own, which ends where it takes 10 seconds of processor time
@pytest.mark.parametrize("kind", ["identifiers", "schemes", "references", "parts", "titles"])
def test_a_file_costs_as_much_as_it_is_long(kind, sample, university):
    """Much of one kind beside much of another costs their sum and not their product."""
    text = sample.decode()
    begin, end = text.index("<learningOpportunitySpecification>"), text.index("<issueDate>")
    good = text[begin:end]
    few = "<learningOpportunitySpecification><specifies><learningOpportunityInstance>{}</learningOpportunityInstance></specifies></learningOpportunitySpecification>"
    mark = "<attachments><ref>osvědčení</ref></attachments>"
    more = {
        "identifiers": (
            "<givenNames>",
            '<identifier type="nationalIdentifier">1</identifier>' * MANY + "<givenNames>",
        ),
        "schemes": ("<gradingScheme ", '<gradingScheme localId="x"/>' * MANY + "<gradingScheme "),
        "references": ("<ref>", "<ref>x</ref>" * MANY + "<ref>"),
        "parts": ("</specifies>", "</specifies><hasPart>" + few.format("") * MANY + "</hasPart>"),
        "titles": (
            '<title xml:lang="cs">Úvod',
            '<title xml:lang="cs">x</title>' * MANY + '<title xml:lang="cs">Úvod',
        ),
    }[kind]
    data = (text[:begin] + good + few.format(mark) * 500 + text[end:]).replace(*more, 1).encode()
    read = apart(lambda: len(list(ElmoIntake().read(data, profile=university))))
    assert not isinstance(read, Finding), read
    assert read == 501


@pytest.mark.skipif(not SHARED.is_dir(), reason="the official files are not there; set MIKROCERT_SHARED")
def test_the_official_example_has_no_micro_credential(read):
    """A transcript without marks is told specification by specification."""
    records = read((SHARED / "example-official.xml").read_bytes())
    assert records
    assert {code for code, _ in faults(records)} == {"not-marked"}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the official files are not there; set MIKROCERT_SHARED")
def test_what_schemas_dont_see_is_told(read):
    """A file that is valid by the schema and wrong in meaning is refused for all of it."""
    codes = {code for code, _ in faults(read((SHARED / "bad-meaning.xml").read_bytes()))}
    assert {"not-passed", "no-such-scheme", "credits-twice", "nesting", "unknown-issuer"} <= codes
