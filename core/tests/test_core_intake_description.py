"""Layouts described by data: every fault of a description is told, with its key and what would be right."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import partial
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.award import Award
from mikrocert.award.common import Common
from mikrocert.award.model import Assessment, Level, Participation, Workload
from mikrocert.errors import SettingsError
from mikrocert.intake.description import read_layout
from mikrocert.intake.layout import Layout, layout_table
from mikrocert.intake.members import GROUPS, MEMBERS, Kind
from mikrocert.texts import LanguageMap, Texts

say = partial(Texts().plain, language="cs")

PLAIN = """
[[fields]]
name = "Číslo"
fills = "evidence_number"
[[fields]]
name = "Příjmení"
fills = "learner.family_name"
[[fields]]
name = "Název"
fills = "title"
translations.en = "Title"
[[fields]]
name = "Výsledky"
fills = "outcomes"
[[fields]]
name = "Kredity"
fills = "workload.ects"
[[fields]]
name = "EQF"
fills = "level.eqf"
[[fields]]
name = "ISCED"
fills = "thematic_areas"
[[fields]]
name = "Jazyk"
fills = "languages"
[[fields]]
name = "Forma"
fills = "participation.mode"
words = { "dálková" = "online" }
[[fields]]
name = "Uděleno"
fills = "awarded_on"
[[fields]]
name = "hodnoceni"
fills = "assessments"
flat = true
[[fields.fields]]
name = "Ukončení"
fills = "type"
"""


def described(text: str) -> Layout:
    return read_layout(text.encode(), name="polabi.toml")


def without(name: str) -> str:
    """Return the description without one field."""
    parts = PLAIN.split("[[fields]]\n")
    return "[[fields]]\n".join(part for part in parts if f'name = "{name}"' not in part)


WRONG = {  # kind of fault → (description, key, what is said of it)
    "no TOML": ("fields = [", None, "is not TOML"),
    "no layout": ("", "fields", "mandatory"),
    "unknown key": (f"colums = []\n{PLAIN}", "colums", "unknown member"),
    "near key": (f"unit = []\n{PLAIN}", "unit", "'units'"),
    "unknown key of a field": (PLAIN.replace("translations.en", "translation.en"), "fields[2].translation", "'translations'"),
    "field without name": (PLAIN.replace('name = "EQF"\n', ""), "fields[5].name", "mandatory"),
    "field of another type": (PLAIN.replace('"EQF"', "5"), "fields[5].name", "a text"),
    "fields that are none": ('fields = ["a"]', "fields[0]", "an object"),
    "unknown member": (PLAIN.replace("level.eqf", "level.efq"), "fields[5].fills", "'level.eqf'"),
    "unknown group": (PLAIN.replace('"assessments"', '"exams"'), "fields[10].fills", "assessments"),
    "unknown member of a group": (PLAIN.replace('"type"', '"typ"'), "fields[10].fields[0].fills", "'type'"),
    "group without fields": (
        PLAIN.replace("flat = true\n[[fields.fields]]", "").replace('name = "Ukončení"\nfills = "type"', ""),
        "fields[10].fills", "under fields",
    ),
    "group without what its items need": (PLAIN.replace('"type"', '"title"'), "fields[10].fields", "'type'"),
    "member that nobody fills": (without("EQF"), "fields", "'level.eqf'"),
    "no assessments": (without("hodnoceni"), "fields", "'assessments'"),
    "member filled twice": (f'{PLAIN}[[fields]]\nname = "x"\nfills = "title"', "fields[11].fills", "fields[2]"),
    "name twice": (PLAIN.replace('"EQF"', '"Kredity"'), "fields", "'Kredity'"),
    "name of a field left out": (f'left_out = ["EQF"]\n{PLAIN}', "fields", "'EQF'"),
    "name twice by a group": (
        PLAIN.replace("flat = true\n", "").replace('"EQF"', '"hodnoceni_Ukončení"'), "fields", "hodnoceni_Ukončení",
    ),
    "translation of what has none": (
        PLAIN.replace('"level.eqf"', '"level.eqf"\ntranslations.en = "Level"'), "fields[5].translations", "leave this out",
    ),
    "translation into no language": (
        PLAIN.replace("translations.en", "translations.english"), "fields[2].translations.english", "'english'",
    ),
    "translation into its own language": (
        PLAIN.replace("translations.en", "translations.cs"), "fields[2].translations.cs", "'Název'",
    ),
    "no language": (f'language = "czech"\n{PLAIN}', "language", "'czech'"),
    "mandatory and not required": (
        PLAIN.replace('"level.eqf"', '"level.eqf"\nrequired = false'), "fields[5].required", "needs",
    ),
    "mandatory and blank": (PLAIN.replace('"level.eqf"', '"level.eqf"\nblank = true'), "fields[5].blank", "needs"),
    "words of no codes": (
        PLAIN.replace('"level.eqf"', '"level.eqf"\nwords = { a = "b" }'), "fields[5].words", "no codes",
    ),
    "word for no code": (PLAIN.replace('"online"', '"onlin"'), "fields[8].words.dálková", "'online'"),
    "word that has a meaning": (
        PLAIN.replace('"dálková"', '"Prezenční"'), "fields[8].words.Prezenční", "'presential'",
    ),
    "separator of two signs": (
        PLAIN.replace('"languages"', '"languages"\nseparator = "||"'), "fields[7].separator", "one sign",
    ),
    "separator that is a letter": (
        PLAIN.replace('"languages"', '"languages"\nseparator = "a"'), "fields[7].separator", "neither letter",
    ),
    "birth number": (f'{PLAIN}[[fields]]\nname = "Rodné číslo"\nfills = "nothing"', "fields[11].name", "birth number"),
    "birth number left out": (f'left_out = ["RČ"]\n{PLAIN}', "left_out[0]", "birth number"),
    "birth number as scheme": (
        (f'{PLAIN}[[fields]]\nname = "i"\nfills = "learner.identifiers"\n[[fields.fields]]\nname = "rc"\nfills = "scheme"\n'
        '[[fields.fields]]\nname = "v"\nfills = "value"'),
        "fields[11].fields[0].name", "birth number",
    ),
    "name with brackets": (PLAIN.replace('"EQF"', '"EQF [1]"'), "fields[5].name", "without braces"),
    "name with white space around": (PLAIN.replace('"EQF"', '" EQF"'), "fields[5].name", "white space"),
    "empty name": (PLAIN.replace('"EQF"', '""'), "fields[5].name", "1 to 100"),
    "units without a field": (f'units.FI = {{ cs = "Informatika" }}\n{PLAIN}', "units", "awarding_body.unit"),
    "unit without a name": (f'units.FI = {{ cs = "" }}\n{PLAIN}', "units[FI]", "empty"),
    "fixed members without records": (f"json.fixed = {{ v = 1 }}\n{PLAIN}", "json.fixed", "records"),
    "fixed member of another type": (
        f'json = {{ records = "r", fixed = {{ v = true }} }}\n{PLAIN}', "json.fixed.v", "whole number",
    ),
    "common of another type": (f'common.languages = "cs"\n{PLAIN}', "common.languages", "an array"),
    "common that is no member": (f"common.level.efq = 6\n{PLAIN}", "common.level.efq", "'eqf'"),
    "common of a group that is no member": (
        PLAIN.replace("flat = true", 'flat = true\ncommon.scale = "A–F"'), "fields[10].common.scale", "grade.scale",
    ),
    "common of a group of another type": (
        PLAIN.replace("flat = true", 'flat = true\ncommon."grade.scale" = "A–F"'), "fields[10].common.grade.scale", "by language",
    ),
    "common of a group that is no code": (
        PLAIN.replace("flat = true", 'flat = true\ncommon.supervision = "x"'), "fields[10].common.supervision", "supervised",
    ),
    "common learner": (f"common.learner = {{}}\n{PLAIN}", "common.learner", "unknown member"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_description_is_told_by_key(kind: str) -> None:
    """The error names the file, the key and what would be right."""
    text, key, right = WRONG[kind]
    with pytest.raises(SettingsError) as caught:
        described(text)
    told = str(caught.value)
    assert told.startswith("polabi.toml")
    assert key is None or f"{key}: " in told, told
    assert right in told


def test_all_faults_come_at_once() -> None:
    """Who corrects a description sees everything that is wrong with it."""
    with pytest.raises(SettingsError) as caught:
        described(PLAIN.replace('"EQF"', '""').replace('"online"', '"onlin"').replace('"type"', '"typ"'))
    text = str(caught.value)
    assert all(key in text for key in ("fields[5].name", "fields[8].words", "fields[10].fields[0].fills"))


@pytest.mark.parametrize(
    "data", [b"\xff", b"a = " + b"[" * 100_000, b"\x00"], ids=["octet", "nesting", "NUL"]
)
def test_what_is_no_text_is_no_description(data: bytes) -> None:
    """Octets that no editor made are refused like any other fault."""
    with pytest.raises(SettingsError, match=r"polabi\.toml"):
        read_layout(data, name="polabi.toml")


def test_birth_numbers_are_not_repeated() -> None:
    """Not even a description that has one gets it back."""
    with pytest.raises(SettingsError) as caught:
        described(PLAIN.replace('"EQF"', '"850431/0023"'))  # nobody's: there is no 31 April
    assert "850431" not in str(caught.value)


def test_what_an_award_needs_is_required_unless_all_have_it_in_common() -> None:
    """A field need not say that it is required; one that `[common]` has needs no field."""
    layout = described(PLAIN)
    assert all(column.required == (name != "Title") for name, column in layout.columns.items())
    eased = described(f"common.level.eqf = 6\n{PLAIN}")
    assert not eased.columns["EQF"].required
    text = 'common = { languages = ["cs"], level = { eqf = 6 }, assessments = [{ type = "quiz" }] }\n'
    parts = PLAIN.split("[[fields]]\n")
    kept = [
        part
        for part in parts
        if not any(f'name = "{name}"' in part for name in ("EQF", "Jazyk", "hodnoceni"))
    ]
    assert described(text + "[[fields]]\n".join(kept)).common.languages == ("cs",)


def test_common_is_told_by_member() -> None:
    """What is not said is not there; what consists of several is taken apart."""
    common = Common(
        title=LanguageMap.of("Včely"),
        workload=Workload(Decimal(2)),
        level=Level(6),
        participation=Participation("online", started_on=date(2026, 1, 1)),
        assessments=(Assessment("quiz"),),
    )
    assert set(common.members()) == {
        "title", "workload.ects", "level.eqf", "participation.mode", "participation.started_on", "assessments",
    }  # fmt: skip
    assert Common().members() == {}


def test_common_has_every_member_of_the_award_that_is_not_of_a_person_and_no_other() -> None:
    """Of the same name and kind; an award's last day may be told by months."""
    of_award, of_common = get_type_hints(Award), get_type_hints(Common)
    of_one = {"evidence_number", "learner", "awarding_body", "awarded_on", "type"}
    assert of_common.keys() - {"valid_months"} == of_award.keys() - of_one
    for name, kind in of_common.items():
        if name in of_award:
            assert {one for one in (get_args(kind) or (kind,)) if one is not type(None)} == {
                one for one in (get_args(of_award[name]) or (of_award[name],)) if one is not type(None)
            }, name


def test_codes_have_words_or_a_list() -> None:
    """A member that has codes says where they come from, and no other one does."""
    members = [*MEMBERS.values(), *(member for _, inner in GROUPS.values() for member in inner.values())]
    assert all((one.kind is Kind.CODE) == (bool(one.codes) or bool(one.code_list)) for one in members)


def test_a_layout_prints_as_a_table() -> None:
    """Each field stands in the table in the reader's language; of a flat group, under its own name."""
    printed = layout_table(described(PLAIN), say)
    assert "| `Název`, `Title` | `Název`, `Title` | text | ano | název mikrocertifikátu |" in printed
    assert "| `Ukončení` | `Ukončení` | číselník `assessment` | ano |" in printed


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: (text + PLAIN).encode("utf-8", "replace"))
)
def test_nothing_crashes(data: bytes) -> None:
    """Whatever is given as a description is read, or refused with a reason."""
    with suppress(SettingsError):
        assert isinstance(read_layout(data, name="x"), Layout)
