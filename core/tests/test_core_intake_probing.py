"""Probing an export: a layout is proposed, how sure that is is told, and what an award needs and nothing has."""

from __future__ import annotations

import json
import re
import tomllib
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.cli.app import run
from mikrocert.errors import IntakeError, SettingsError
from mikrocert.intake.description import read_layout
from mikrocert.intake.guessing import Sureness
from mikrocert.intake.proposing import propose
from mikrocert.texts import Texts

say = partial(Texts().say, language="en")
HEAD = "Číslo osvědčení;Jméno;Příjmení;Datum narození;Kurz;Course;Výsledky učení;Kredity;Úroveň EQF;ISCED-F;Jazyk výuky;Forma;Způsob ukončení;Známka;Uděleno;Stav"
ROWS = [
    "PO-1;Řehoř;Ďurůžka;1. 2. 1999;Včely;Bees;Pozná včelu.;2,5;6;0811, 0821;čeština;prezenční;Zk;1;22. 6. 2026;a",
    "PO-2;Růžena;Šťastná;3. 4. 1998;Úly;Hives;Postaví úl.;3;6;0811;čeština;online;Zp;2;22. 6. 2026;a",
]
EXPORT = "\n".join([HEAD, *ROWS, ""])


def fills(data: str | bytes) -> dict[str, str | None]:
    """Return what each field of an export is taken for; one in another language by the field that it translates."""
    octets = data.encode() if isinstance(data, str) else data
    return {
        guess.field.name: f"= {guess.translates}" if guess.translates else guess.fills
        for guess in propose(octets).guesses
    }


def test_names_of_a_czech_export_are_known() -> None:
    """What registrars call their columns is found, the English column beside the Czech one."""
    assert fills(EXPORT) == {
        "Číslo osvědčení": "evidence_number",
        "Jméno": "learner.given_name",
        "Příjmení": "learner.family_name",
        "Datum narození": "learner.birth_date",
        "Kurz": "title",
        "Course": "= Kurz",
        "Výsledky učení": "outcomes",
        "Kredity": "workload.ects",
        "Úroveň EQF": "level.eqf",
        "ISCED-F": "thematic_areas",
        "Jazyk výuky": "languages",
        "Forma": "participation.mode",
        "Způsob ukončení": "assessments.type",
        "Známka": "assessments.grade.value",
        "Uděleno": "awarded_on",
        "Stav": None,
    }


NAMES = {  # name of a column, values → what it is taken for, and how surely
    "another writing": ("DATUM_NAROZENI", ["1. 2. 1999"], "learner.birth_date", Sureness.HIGH),
    "more words": ("Datum narození účastníka", ["1. 2. 1999"], "learner.birth_date", Sureness.MEDIUM),
    "a slip": ("Datum narozeni̇", ["1. 2. 1999"], "learner.birth_date", Sureness.HIGH),
    "English": ("Date of birth", ["1999-02-01"], "learner.birth_date", Sureness.HIGH),
    "name that the values contradict": ("Kredity", ["Řehoř", "Růžena"], "workload.ects", Sureness.LOW),
    "name that half of the values contradict": ("Kredity", ["3", "Růžena"], "workload.ects", Sureness.MEDIUM),
    "values alone: addresses": ("Sloupec 7", ["a@b.cz", "c@d.cz"], "learner.email", Sureness.LOW),
    "values alone: fields": ("Sloupec 7", ["0811", "0613, 0821"], "thematic_areas", Sureness.LOW),
    "values alone: languages": ("Sloupec 7", ["čeština", "angličtina"], "languages", Sureness.LOW),
    "words for codes": ("Forma", ["dálková"], "participation.mode", Sureness.MEDIUM),
    "nothing": ("Sloupec 7", ["a", "b"], None, None),
    "no values": ("Příjmení", [], "learner.family_name", Sureness.HIGH),
}


@pytest.mark.parametrize("kind", NAMES)
def test_names_and_values_are_weighed(kind: str) -> None:
    """A name alone, values alone and both together make a guess, each with its sureness."""
    name, cells, member, sureness = NAMES[kind]
    table = "\n".join([f'"{name}";x', *(f'"{cell}";y' for cell in cells), ""])
    guess = propose(table.encode()).guesses[0]
    assert (guess.fills, guess.sureness) == (member, sureness)


def test_no_member_is_taken_twice() -> None:
    """Of two columns for one member the likelier one has it, and of the other nothing is known."""
    assert fills("Kredity;Kredity ECTS;Příjmení;Surname\n3;x;A;B\n") == {
        "Kredity": "workload.ects", "Kredity ECTS": None, "Příjmení": "learner.family_name", "Surname": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "table",
    [
        "Příjmení;RČ\nŘehoř;\n",
        "Příjmení;Kód\nŘehoř;850431/0023\n",
        "Příjmení;850431/0023\nŘehoř;x\n",
    ],  # nobody's: no 31 April
    ids=["name", "value", "number for a name"],
)
def test_birth_numbers_are_refused_and_not_repeated(table: str, capsys, tmp_path) -> None:
    """A column for birth numbers, or one that has any, is told to be forbidden; no answer has the number."""
    proposal = propose(table.encode())
    assert [guess.forbidden for guess in proposal.guesses] == [False, True]
    assert proposal.guesses[1].fills is None
    assert "must not be in an export" in proposal.toml(say)
    (tmp_path / "e.csv").write_text(table, "utf-8")
    for option in ([], ["--json"]):
        assert run(["intake", "probe", str(tmp_path / "e.csv"), *option]) == 0
    assert "850431" not in capsys.readouterr().out + proposal.toml(say)


def test_what_an_award_needs_and_nothing_has_is_listed() -> None:
    """Each with its element of Annex I; English titles and outcomes count, too."""
    lacks = {lack.member: lack.element for lack in propose("Příjmení;Kurz\nŘehoř;Včely\n".encode()).lacks}
    assert lacks == {
        "evidence_number": "–", "learner.birth_date": "M1", "title.en": "M2", "awarded_on": "M5", "outcomes": "M6",
        "workload.ects": "M7", "level.eqf": "M8", "assessments": "M9", "participation.mode": "M10", "thematic_areas": "–",
        "languages": "–",
    }  # fmt: skip
    assert [lack.member for lack in propose(EXPORT.encode()).lacks] == ["outcomes.en"]


def decided(toml: str, **words: str) -> str:
    """Return a proposal as somebody would correct it: what is unknown left out, words given a code."""
    toml = toml.replace("# left_out", "left_out")
    for word, code in words.items():
        toml = toml.replace(f'"{word}" = "…"', f'"{word}" = "{code}"')
    return re.sub(r"^# (words = .*)$", r"\1", toml, flags=re.MULTILINE)


def test_a_proposal_is_a_layout_once_it_is_decided() -> None:
    """Who leaves out what is unknown and gives words a meaning has a layout that reads the export."""
    text = decided(propose(EXPORT.encode()).toml(say), Zk="written-examination", Zp="quiz")
    layout = read_layout(text.encode(), name="polabi.toml")
    assert layout.columns["Datum narození"].required
    assert layout.columns["ISCED-F"].separator == ","
    assert layout.left_out == {"Stav"}


def test_json_is_probed_with_its_groups() -> None:
    """Members of items are guessed within what their list seems to be; what stands beside the records is fixed."""
    record = {
        "Jméno": "Řehoř", "výsledky": ["Pozná včelu."], "zkoušky": [{"typ": "quiz", "známka": "1", "pokus": 1}],
        "adresa": {"ulice": "x"}, "rozvrh": [{"den": "po"}],
    }  # fmt: skip
    proposal = propose(json.dumps({"verze": 3, "data": [record]}).encode())
    found = {(guess.field.group, guess.field.name): guess for guess in proposal.guesses}
    assert found["zkoušky", "typ"].fills == "assessments.type"
    assert found["zkoušky", "pokus"].fills is None
    assert found[None, "adresa"].unusable
    assert found["rozvrh", "den"].unusable
    table = tomllib.loads(proposal.toml(say).replace("# left_out", "left_out"))
    assert table["json"] == {"records": "data", "fixed": {"verze": 3}}
    assert {part["name"]: part for part in table["fields"]}["zkoušky"]["left_out"] == ["pokus"]
    lines = "\n".join([json.dumps(record)] * 2)
    assert propose(lines.encode()).sample.kind == "lines"


NO_EXPORTS = {  # kind → data
    "nothing": b"",
    "PDF": b"%PDF-1.7",
    "cp1250": "Příjmení;Kód\n".encode("cp1250"),
    "empty array": b"[]",
    "array of numbers": b"[1, 2]",
    "object without records": b'{"a": 1}',
    "two arrays of records": b'{"a": [{"x": 1}], "b": [{"x": 1}]}',
    "broken JSON": b'{"a": [',
    "broken quotes": b'"a;b\nc',
    "only separators": b";;;\n;;;\n",
}


@pytest.mark.parametrize("kind", NO_EXPORTS)
def test_what_is_no_export_is_refused(kind: str, tmp_path, capsys) -> None:
    """The answer says why, with exit code 3."""
    (tmp_path / "e").write_bytes(NO_EXPORTS[kind])
    assert run(["intake", "probe", str(tmp_path / "e")]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("mikrocert: ")


NASTY = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(NASTY, min_size=1, max_size=6), st.lists(NASTY, max_size=6))
def test_whatever_the_names_a_proposal_is_toml(names: list[str], cells: list[str]) -> None:
    """No name and no value breaks out of its place: what is proposed parses, and every name is one that the export has."""
    quoted = [";".join('"' + one.replace('"', '""') + '"' for one in line) for line in (names, cells)]
    with suppress(IntakeError):
        toml = propose("\n".join(quoted).encode()).toml(say)
        fields = tomllib.loads(toml).get("fields", [])
        inner = [field for group in fields for field in group.get("fields", [])]
        stripped = {name.replace("\r\n", "\n").strip() for name in names} | {name.strip() for name in names}
        assert {field["name"] for field in (*fields, *inner)} <= stripped | {
            "assessments",
            "components",
            "learner.identifiers",
        }
        with suppress(SettingsError):
            read_layout(toml.encode(), name="x")


@given(
    st.binary(max_size=200)
    | st.recursive(
        NASTY | st.integers() | st.none(),
        lambda one: st.lists(one, max_size=3) | st.dictionaries(NASTY, one, max_size=3),
    ).map(lambda value: json.dumps(value).encode())
)
def test_nothing_crashes(data: bytes) -> None:
    """Whatever comes is probed or refused with a reason."""
    with suppress(IntakeError):
        tomllib.loads(propose(data).toml(say))


def test_a_layout_is_tried(tmp_path, capsys) -> None:
    """What can be read by it is counted, and what the intake and the rules find is told once for each column."""
    text = decided(propose(EXPORT.encode()).toml(say), Zk="written-examination", Zp="quiz")
    (tmp_path / "polabi.toml").write_text("x = 1", "utf-8")
    wrong = "PO-3;Jan;Nový;31. 2. 1999;Med;Honey;Stočí med.;99;6;0811;čeština;online;Zp;2;22. 6. 2026;a"
    (tmp_path / "e.csv").write_text("\n".join([HEAD, *ROWS, wrong, wrong, ""]), "utf-8")
    command = ["intake", "probe", str(tmp_path / "e.csv"), "--layout", str(tmp_path / "polabi.toml")]
    assert run(command) == 78
    assert "polabi.toml" in capsys.readouterr().err
    scale = 'flat = true\ncommon."grade.scale" = { cs = "1 až 4", en = "1 to 4" }'
    (tmp_path / "polabi.toml").write_text(text.replace("flat = true", scale), "utf-8")
    assert run([*command, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["records"], answer["without_errors"]) == (4, 2)
    counts = {(one["path"], one["code"]): one["records"] for one in answer["findings"]}
    assert counts["Datum narození", "no-such-day"] == 2
    assert counts["Kredity", "workload-ects"] == 2
    assert not any("quality" in code or "awarding" in code for _, code in counts)
    assert run(command) == 1
    assert "Datum narození: " in capsys.readouterr().out
