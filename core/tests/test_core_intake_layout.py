"""Exports read by a layout that is data: whatever a university calls its columns, the award is the same."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from decimal import Decimal

import attrs
import pytest
from mikrocert.award.common import Common
from mikrocert.award.model import LearningOutcome, TypeReference
from mikrocert.award.types import Types, TypeVersion
from mikrocert.errors import IntakeError, SettingsError
from mikrocert.intake.description import read_layout
from mikrocert.intake.layout_intake import LayoutIntake
from mikrocert.parsing.structuring import structured
from mikrocert.report import Finding
from mikrocert.rules import rule_set
from mikrocert.testing import example_profile
from mikrocert.texts import LanguageMap

DESCRIPTION = """
left_out = ["Stav studia", "Poznámka"]
[units]
PF = { cs = "Přírodovědecká fakulta", en = "Faculty of Science" }
[common]
languages = ["cs"]
level = { eqf = 6, cycle = "first" }
workload = { hours = 50 }
outcomes = [{ title = { cs = "Pozná plemena včel.", en = "Knows breeds of bees." } }]
[[fields]]
name = "Číslo osvědčení"
fills = "evidence_number"
[[fields]]
name = "Jméno"
fills = "learner.given_name"
[[fields]]
name = "Příjmení"
fills = "learner.family_name"
[[fields]]
name = "Narozen(a)"
fills = "learner.birth_date"
[[fields]]
name = "Název kurzu"
fills = "title"
translations.en = "Course title"
[[fields]]
name = "Kredity"
fills = "workload.ects"
[[fields]]
name = "Obory"
fills = "thematic_areas"
separator = ","
[[fields]]
name = "Forma výuky"
fills = "participation.mode"
words = { "Dálková" = "online" }
[[fields]]
name = "Fakulta"
fills = "awarding_body.unit"
[[fields]]
name = "Datum udělení"
fills = "awarded_on"
[[fields]]
name = "osobní číslo"
fills = "nothing"
[[fields]]
name = "hodnocení"
fills = "assessments"
flat = true
[[fields.fields]]
name = "Ukončení"
fills = "type"
words = { "Zk" = "written-examination", "Zp" = "quiz" }
[[fields.fields]]
name = "Známka"
fills = "grade.value"
[[fields.fields]]
name = "Stupnice"
fills = "grade.scale"
"""
LAYOUT = read_layout(DESCRIPTION.encode(), name="polabi.toml")
HEAD = "Číslo osvědčení;Jméno;Příjmení;Narozen(a);Název kurzu;Course title;Kredity;Obory;Forma výuky;Fakulta;Datum udělení;osobní číslo;Ukončení;Známka;Stupnice;Stav studia"
ROW = (
    "PO-1;Řehoř;Ďurůžka;1. 2. 1999;Včely;Bees;2;0811, 0821;dálková;PF;22. 6. 2026;N77;Zk;1;1 až 4;absolvoval"
)


def read(data: str | bytes, layout=LAYOUT):
    octets = data.encode() if isinstance(data, str) else data
    return list(LayoutIntake(layout).read(octets, profile=example_profile()))


def record(**changes):
    """Return the good row as a member of JSON, changed."""
    items = dict(zip(HEAD.split(";"), ROW.split(";"), strict=True))
    return {**items, "Obory": ["0811", "0821"], "Kredity": 2, **changes}


def row(**cells: str) -> str:
    """Return the good table with other cells in its row."""
    items = dict(zip(HEAD.split(";"), ROW.split(";"), strict=True))
    return f"{HEAD}\n{';'.join({**items, **cells}.values())}\n"


def test_a_table_is_read_by_its_own_names() -> None:
    """Names, words and separators are those of the university, and what all have in common is added."""
    [found] = read(row())
    assert found.findings == ()
    award = found.award
    assert award.title == LanguageMap.of("Včely", "Bees")
    assert award.learner.birth_date == date(1999, 2, 1)
    assert award.thematic_areas == ("0811", "0821")
    assert award.languages == ("cs",)
    assert (award.level.eqf, award.level.cycle) == (6, "first")
    assert (award.workload.ects, award.workload.hours) == (Decimal(2), Decimal(50))
    assert award.outcomes == (
        LearningOutcome(LanguageMap.of("Pozná plemena včel.", "Knows breeds of bees.")),
    )
    assert award.participation.mode == "online"
    assert award.awarding_body.unit == LanguageMap.of("Přírodovědecká fakulta", "Faculty of Science")
    [assessment] = award.assessments
    assert (assessment.type, assessment.grade.value) == ("written-examination", "1")
    assert award.quality_assurance == example_profile().quality_assurance
    assert "N77" not in repr(award)
    assert "absolvoval" not in repr(award)


def test_json_says_the_same() -> None:
    """An array of records gives the same awards, fields of a flat group beside the others."""
    [of_table], [of_json] = read(row()), read(json.dumps([record()]))
    assert of_json.findings == ()
    assert of_json.award == of_table.award


FAULTS = {  # kind → (cells, where, code)
    "unknown unit": ({"Fakulta": "FF"}, "Fakulta", "unknown-faculty"),
    "unknown word": ({"Ukončení": "Klauzura"}, "Ukončení", "unknown-code"),
    "grade without scale": ({"Stupnice": ""}, "Stupnice", "grade-without-scale"),
    "empty title": ({"Název kurzu": "", "Course title": ""}, "Název kurzu", "missing"),
    "birth number in what is left out on purpose": (
        {"osobní číslo": "850431/0023"},
        "osobní číslo",
        "birth-number",
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_faults_name_the_columns(kind: str) -> None:
    """A refusal names the column as the university calls it, in a table and in JSON."""
    cells, path, code = FAULTS[kind]
    changed = {name: cell or None for name, cell in cells.items()}
    for [found] in (read(row(**cells)), read(json.dumps([record(**changed)]))):
        assert found.award is None
        assert [(finding.path, finding.code) for finding in found.findings] == [(path, code)]
        assert "850431" not in repr(found)


def test_several_assessments_stand_in_the_columns_of_a_flat_group() -> None:
    """Items correspond by position, as in any group."""
    [found] = read(row(Ukončení="Zp|Zk", Známka="|1", Stupnice="|1 až 4"))
    assert [assessment.type for assessment in found.award.assessments] == ["quiz", "written-examination"]
    [found] = read(row(Ukončení="Zp|x", Známka="|1", Stupnice="|1 až 4"))
    assert [finding.path for finding in found.findings] == ["Ukončení[1]"]


@pytest.mark.parametrize(
    ("member", "name"),
    {
        "workload.ects": "Kredity",
        "title.en": "Course title",
        "assessments[0].type": "Ukončení",
        "assessments[0].grade.scale.cs": "Stupnice",
        "awarding_body.unit": "Fakulta",
        "learner.full_name": "Jméno, Příjmení",
        "participation": "Forma výuky",
    }.items(),
)
def test_rules_name_the_columns(member: str, name: str) -> None:
    """What a rule finds is told under the name that the university knows."""
    [found] = read(row())
    [named] = found.named([Finding.error("x", "x", path=member)])
    assert named.path.replace("[0]", "") == name


def test_without_units_the_export_has_names() -> None:
    """Where no codes are given, the cell is the name of the unit."""
    plain = read_layout(
        DESCRIPTION.replace('PF = { cs = "Přírodovědecká fakulta", en = "Faculty of Science" }', "").encode(),
        name="x",
    )
    [found] = read(row(Fakulta="Ústav včelařství"), plain)
    assert found.award.awarding_body.unit == LanguageMap.of("Ústav včelařství")


def test_texts_are_in_the_languages_that_the_layout_says() -> None:
    """Which one leads and into how many a text is translated, is data."""
    units = DESCRIPTION[DESCRIPTION.index("[units]") : DESCRIPTION.index("[common]")]
    slovak = f'language = "sk"\n{DESCRIPTION.replace(units, "")}translations.en = "Scale"\n'
    slovak = slovak.replace(
        'translations.en = "Course title"', 'translations = { en = "Course title", de = "Kurs" }'
    )
    layout = read_layout(slovak.encode(), name="nitra.toml")
    head, cells = f"{HEAD};Scale;Kurs", f"{ROW};1 to 4;Bienen"
    [found] = read(f"{head}\n{cells}\n", layout)
    assert found.award.title == LanguageMap({"sk": "Včely", "en": "Bees", "de": "Bienen"})
    assert found.award.awarding_body.unit == LanguageMap({"sk": "PF"})
    assert found.award.assessments[0].grade.scale == LanguageMap({"sk": "1 až 4", "en": "1 to 4"})
    assert found.names["title.de"] == "Kurs"


def test_a_column_that_nobody_described_is_a_fault() -> None:
    """Only what the layout leaves out by name is passed over."""
    with pytest.raises(IntakeError) as caught:
        read(row().replace("Stav studia", "Stav"))
    assert [(finding.path, finding.code) for finding in caught.value.findings] == [("Stav", "unknown-field")]


@pytest.mark.parametrize("data", ["{}", '{"zaznamy": []}'])
def test_another_top_is_no_export(data: str) -> None:
    """A document that is made otherwise than the layout says is refused as a whole."""
    with pytest.raises(IntakeError) as caught:
        read(data)
    assert [finding.code for finding in caught.value.findings] == ["not-an-export"]


def test_a_layout_names_the_member_of_the_records() -> None:
    """Where an object holds the records, members beside them are exactly those that are fixed."""
    layout = read_layout(
        f'json = {{ records = "data", fixed = {{ verze = 2 }} }}\n{DESCRIPTION}'.encode(), name="polabi.toml"
    )
    [found] = read(json.dumps({"verze": 2, "data": [record()]}), layout)
    assert found.award is not None
    for wrong in (
        {"data": []},
        {"verze": 3, "data": []},
        {"verze": 2, "data": [], "x": 1},
        {"verze": True, "data": []},
    ):
        with pytest.raises(IntakeError, match='"verze": 2, "data"'):
            read(json.dumps(wrong), layout)


def test_items_have_what_their_group_has_in_common() -> None:
    """A scale said for all grades stands with each grade, and with no assessment that has none; an item's own goes before."""
    text = DESCRIPTION.replace("flat = true", 'flat = true\ncommon."grade.scale" = { cs = "1 až 3" }')
    layout = read_layout(text.encode(), name="polabi.toml")
    [found] = read(row(Ukončení="Zp|Zk|Zk", Známka="|1|2", Stupnice="||A až F"), layout)
    assert found.findings == ()
    scales = [one.grade and one.grade.scale.get("cs") for one in found.award.assessments]
    assert scales == [None, "1 až 3", "A až F"]


def test_json_lines_say_the_same() -> None:
    """An object on each line is a record; its line is told, and a broken one is refused alone."""
    [of_table] = read(row())
    line = json.dumps(record(), ensure_ascii=False)
    records = read(f"{line}\n\n{{broken\n{line}")
    assert [(one.number, one.row, one.line, one.award is not None) for one in records] == [
        (1, None, 1, True), (2, None, 3, False), (3, None, 4, True),
    ]  # fmt: skip
    assert records[0].award == of_table.award
    assert [finding.code for finding in records[1].findings] == ["not-json"]
    [only] = read(line)
    assert (only.award, only.line) == (of_table.award, 1)


def test_a_document_is_no_json_lines() -> None:
    """Where the layout names the member of the records, an object that has it is the whole; one that has none of it is a line."""
    layout = read_layout(f'json = {{ records = "data" }}\n{DESCRIPTION}'.encode(), name="polabi.toml")
    [document] = read(json.dumps({"data": [record()]}), layout)
    [line] = read(json.dumps(record()), layout)
    assert (document.line, line.line) == (None, 1)
    assert document.award == line.award
    with pytest.raises(IntakeError):
        read('{"zaznamy": []}', layout)


def test_a_broken_line_is_told_by_its_own_characters() -> None:
    """The line of the file is told with the record; the sentence counts within it and says what belongs there."""
    [_, broken] = read(f"{json.dumps(record())}\n{json.dumps(record())[:-20]}")
    assert broken.line == 2
    [finding] = broken.findings
    assert "line 1" not in str(finding.message)
    assert "character" in str(finding.message)


@pytest.mark.parametrize("above", ["Export 2026;;;\n\n", "Univerzita\nExport;k 1. 9.\n"])
def test_a_header_below_a_heading_is_found(above: str) -> None:
    """Many systems write a heading above the table: the answer names the row where the column names stand."""
    with pytest.raises(IntakeError) as caught:
        read(above + row())
    [finding] = caught.value.findings
    assert finding.code == "header-below"
    assert finding.message.parameters["row"] == 3


LINES = {  # kind of fault → (data, code)
    "too many lines": (b'{"Kredity": 1}' + b"\n" * 500_001, "too-long"),
    "too large": (b'{"Kredity": 1}\n' + b" " * 17_000_000, "too-large"),
    "other encoding on a later line": ('{"Kredity": 1}\n{"Jméno": "Ř"}'.encode("cp1250"), "not-utf-8"),
    "no object": (b'{"Kredity": 1}\n[]', "wrong-type"),
}


@pytest.mark.parametrize("kind", LINES)
def test_unusable_lines_are_refused(kind: str) -> None:
    """As a whole where it is too much, else line by line."""
    data, code = LINES[kind]
    try:
        findings = read(data)[-1].findings
    except IntakeError as error:
        findings = error.findings
    assert code in [finding.code for finding in findings]


TYPES = {
    "VC1": """
title = { cs = "Včely", en = "Bees" }
outcomes = [{ title = { cs = "Pozná včelu." } }]
workload = { ects = 2 }
level = { eqf = 6 }
thematic_areas = ["0811"]
languages = ["cs"]
participation = { mode = "blended" }
assessments = [{ type = "quiz" }]
""",
    "VC2": """
title = { cs = "Úly", en = "Hives" }
outcomes = [{ title = { cs = "Postaví úl.", en = "Builds a hive." } }]
workload = { ects = 3, hours = 80 }
level = { eqf = 7 }
thematic_areas = ["0811"]
languages = ["cs", "en"]
participation = { mode = "presential" }
assessments = [{ type = "project-work" }]
valid_months = 20
""",
    "VC4": 'title = { cs = "Medy" }',
}
OF_TYPES = """
[[fields]]
name = "Číslo"
fills = "evidence_number"
[[fields]]
name = "Příjmení"
fills = "learner.family_name"
[[fields]]
name = "Dne"
fills = "awarded_on"
[[fields]]
name = "Kurz"
fills = "type"
[[fields]]
name = "Verze"
fills = "type.version"
[[fields]]
name = "Kredity"
fills = "workload.ects"
[[fields]]
name = "Název"
fills = "title"
[[fields]]
name = "Výstupy"
fills = "outcomes"
[[fields]]
name = "Jazyky"
fills = "languages"
"""


class SomeTypes(Types):
    """Has one version of each type."""

    def find(self, wanted: TypeReference, *, evidence_number: str | None) -> TypeVersion | Finding:
        """Find what is there."""
        if wanted.id not in TYPES or wanted.version not in {None, 1}:
            return Finding.error("unknown-type", "there is no such type")
        content = structured(tomllib.loads(TYPES[wanted.id]), Common, refuse=IntakeError)
        return TypeVersion(wanted.id, 1, content)


TYPED = read_layout(OF_TYPES.encode(), name="polabi.toml")


def typed(**cells: str):
    """Read a record that says little but its type."""
    row = {"Číslo": "PO-1", "Příjmení": "Ďurůžka", "Dne": "31. 7. 2026", "Kurz": "VC2", **cells}
    table = f"{';'.join(row)}\n{';'.join(row.values())}\n".encode()
    [found] = LayoutIntake(TYPED).read(table, profile=attrs.evolve(example_profile(), types=SomeTypes()))
    return found


def test_an_award_takes_from_its_type_what_its_record_doesn_t_say() -> None:
    """What a type may have, no record has to have; each award has what its own type says, and names the version."""
    assert not TYPED.columns["Kredity"].required
    assert TYPED.columns["Kurz"].required
    assert TYPED.columns["Příjmení"].required
    hives, bees = typed().award, typed(Kurz="VC1").award
    assert (hives.title.get("en"), hives.workload.ects, hives.level.eqf) == ("Hives", 3, 7)
    assert (hives.languages, hives.assessments[0].type) == (("cs", "en"), "project-work")
    assert (hives.type, hives.valid_until) == (TypeReference("VC2", 1), date(2028, 3, 31))
    assert (bees.title.get("cs"), bees.participation.mode, bees.valid_until) == ("Včely", "blended", None)


def test_what_a_record_and_its_type_agree_on_is_fine() -> None:
    """One language of a text and another form of a number say the same; the award has what both say."""
    found = typed(Kredity="3,0", Název="Úly", Jazyky="en|cs", Výstupy="Postaví úl.")
    assert found.findings == ()
    assert found.award.title == LanguageMap({"cs": "Úly", "en": "Hives"})
    assert found.award.outcomes[0].title.get("en") == "Builds a hive."
    assert typed(Jazyky="cs").award.languages == ("cs",)


DIFFERENT = {  # kind → (cells, where, code)
    "number": ({"Kredity": "4"}, "Kredity", "differs-from-type"),
    "text": ({"Název": "Úl"}, "Název", "differs-from-type"),
    "outcome": ({"Výstupy": "Postaví vůz."}, "Výstupy", "differs-from-type"),
    "more outcomes": ({"Výstupy": "Postaví úl.|Postaví vůz."}, "Výstupy", "differs-from-type"),
    "language that is not taught in": ({"Jazyky": "cs|sk"}, "Jazyky", "differs-from-type"),
    "unreadable": ({"Kredity": "moc"}, "Kredity", "not-a-number"),
    "unknown type": ({"Kurz": "VC3"}, "Kurz", "unknown-type"),
    "unknown version": ({"Verze": "2"}, "Kurz", "unknown-type"),
    "no type": ({"Kurz": ""}, "Kurz", "missing"),
}


@pytest.mark.parametrize("kind", DIFFERENT)
def test_a_record_that_says_otherwise_than_its_type_is_refused(kind: str) -> None:
    """Which of both is wrong, nobody but the university knows; what stands in for a type that is missing is judged by nobody."""
    cells, path, code = DIFFERENT[kind]
    found = typed(**cells)
    assert found.award is None
    assert [(finding.path, finding.code) for finding in found.findings] == [(path, code)]
    if "type" in kind:
        judged = rule_set("CZ-HE-2024").judge(
            found.part.award, on=date(2026, 8, 1), withheld=found.part.missing
        )
        paths = {one.path for one in judged if one.code != "withheld" and not found.part.lacks(one.path)}
        assert paths <= {"learner.birth_date", "learner.given_name"}


def test_what_neither_record_nor_type_says_is_missing() -> None:
    """All of it is told at once, by the sender's names where there are such."""
    found = typed(Kurz="VC4", Kredity="2")
    assert found.award is None
    assert {finding.code for finding in found.findings} == {"missing"}
    assert {finding.path for finding in found.findings} == {
        "Jazyky", "Výstupy", "assessments", "level.eqf", "participation.mode", "thematic_areas",
    }  # fmt: skip


def test_whoever_has_no_archive_has_no_types() -> None:
    """A record that names one is refused, and is told why."""
    row = "Číslo;Příjmení;Dne;Kurz\nPO-1;Ďurůžka;31. 7. 2026;VC2\n"
    [found] = read(row, TYPED)
    assert [finding.code for finding in found.findings] == ["no-types"]


WRONG_TYPES = {  # kind → (what stands, what stands instead, what is said of it)
    "a version without a type": ('fills = "type"', 'fills = "nothing"', "type.version"),
    "a field that may be empty": ('fills = "type"', 'fills = "type"\nrequired = false', "level.eqf"),
}


@pytest.mark.parametrize("kind", WRONG_TYPES)
def test_fields_of_types_that_can_t_serve_are_refused(kind: str) -> None:
    """A description that doesn't say where an award has what it needs from is no layout."""
    good, bad, right = WRONG_TYPES[kind]
    assert good in OF_TYPES
    with pytest.raises(SettingsError) as caught:
        read_layout(OF_TYPES.replace(good, bad).encode(), name="polabi.toml")
    assert right in str(caught.value), str(caught.value)
