"""The commands `list`, `find` and `stats`: what they print, and that statistics name nobody."""

import csv
import io
import json
import shutil
from datetime import UTC, datetime

import attrs
import pytest
from mikrocert.award.canonical import award_to_json
from mikrocert.cli.app import run
from mikrocert.parsing import strict_json
from mikrocert.service.system import open_system
from mikrocert.settings import load_settings
from mikrocert.testing import example_award

TOML = """
base_url = "https://toy.example"
sandbox = true
[operator]
name = { cs = "Řípská" }
organization_identifier = "NTRCZ-00000000"
[trust]
anchors = ["root.pem"]
"""
MONTH = datetime.now(UTC).strftime("%Y-%m")


@pytest.fixture
def folder(toy, tmp_path, empty_archive, monkeypatch):
    """Work in a folder with settings and an empty archive, with the toys as plugins."""
    toy.settings(tmp_path)
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    (tmp_path / "mikrocert.toml").write_text(TOML, encoding="utf-8")
    monkeypatch.setenv("MIKROCERT_CONFIG", str(tmp_path / "mikrocert.toml"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda **_: toy.plugins())
    monkeypatch.setattr("mikrocert.service.system.load_plugins", lambda **_: toy.plugins())
    return tmp_path


@pytest.fixture
def identifiers(folder, capsys):
    """Issue three awards to one learner, and return their identifiers."""
    award = example_award()
    awards = [award_to_json(attrs.evolve(award, evidence_number=f"=Ř/{number}")) for number in range(3)]
    (folder / "awards.json").write_text(strict_json.dumps({"awards": awards}), encoding="utf-8")
    assert run(["issue", "awards.json", "--institution", "toy", "--json"]) == 0
    return [json.loads(line)["identifier"] for line in capsys.readouterr().out.splitlines()]


def answer(capsys, *arguments, code=0):
    assert run([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_list_comes_page_by_page(identifiers, capsys):
    """The answer says where the next page begins; the last one says that there is none."""
    found, after = [], []
    while True:
        page = answer(capsys, "list", "--limit", "2", *after)
        found += [one["identifier"] for one in page["credentials"]]
        if page["next"] is None:
            break
        after = ["--after", page["next"]]
    assert sorted(found) == sorted(identifiers)


def test_a_list_is_of_a_state_and_days(identifiers, capsys):
    """And nothing is exit code 1."""
    assert run(["revoke", identifiers[0], "--reason", "omyl"]) == 0
    capsys.readouterr()
    (revoked,) = answer(capsys, "list", "--state", "revoked")["credentials"]
    assert (revoked["identifier"], revoked["state"]) == (identifiers[0], "revoked")
    assert len(answer(capsys, "list", "--state", "live", "--institution", "toy")["credentials"]) == 2
    for nothing in (["--state", "erased"], ["--until", "2020-01-01"], ["--institution", "other"]):
        assert answer(capsys, "list", *nothing, code=1) == {"credentials": [], "next": None}


def test_what_is_found_by_whatever_somebody_has(identifiers, capsys):
    """An identifier, a link, a record number, a name; of an institution only its own."""
    learner = example_award().learner
    for text, count in {
        identifiers[0]: 1,
        f"https://toy.example/verify/{identifiers[0]}": 1,
        "=Ř/1": 1,
        learner.family_name: 3,
        f"{learner.given_name} {learner.family_name}".upper(): 3,
    }.items():
        found = answer(capsys, "find", text)["credentials"]
        assert len(found) == count, text
        assert answer(capsys, "find", text, "--institution", "other", code=1)["credentials"] == []


def test_a_table_and_csv_have_the_same(identifiers, capsys):
    """A text that a spreadsheet would take for a formula is none."""
    assert run(["list", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["identifier"] for row in rows} == set(identifiers)
    assert {row["evidence_number"] for row in rows} == {"'=Ř/0", "'=Ř/1", "'=Ř/2"}
    assert run(["list"]) == 0
    shown = capsys.readouterr().out
    assert all(identifier in shown for identifier in identifiers)
    assert run(["find", "Nikdo", "--lang", "cs"]) == 1
    assert capsys.readouterr().out == "Žádná nejsou.\n"
    assert run(["list", "--limit", "1"]) == 0
    assert "--after" in capsys.readouterr().out


def test_forms_of_an_answer_are_one_at_a_time(identifiers, capsys):
    """JSON or CSV."""
    for command in (["list"], ["find", "x"], ["stats"]):
        assert run([*command, "--json", "--csv"]) == 64
        assert "don't belong together" in capsys.readouterr().err


def test_what_statistics_can_be_told_by_is_said(identifiers, capsys):
    """Whoever wants something else."""
    assert run(["stats", "--by", "holder"]) == 64
    assert "institution, month, type, field" in capsys.readouterr().err


def test_statistics_are_told_by_what_somebody_wants_and_name_nobody(identifiers, capsys):
    """By institution and month unless it is said otherwise; by field each field counts."""
    award = example_award()
    title = award.title.best("cs")
    assert run(["revoke", identifiers[0], "--reason", "omyl"]) == 0
    capsys.readouterr()
    zeros = {"replaced": 0, "renewed": 0, "erased": 0}
    assert answer(capsys, "stats")["counts"] == [
        {"institution": "toy", "month": MONTH, "issued": 3, "revoked": 1, **zeros}
    ]
    assert answer(capsys, "stats", "--by", "field", "--by", "type")["counts"] == [
        {"field": field, "type": title, "issued": 3, "revoked": 1, **zeros}
        for field in sorted(award.thematic_areas)
    ]
    assert answer(capsys, "stats", "--until", "2020-01")["counts"] == []
    for form in ([], ["--csv"], ["--json"]):
        assert (
            run(["stats", "--by", "type", "--by", "institution", "--by", "field", "--by", "month", *form])
            == 0
        )
        shown = capsys.readouterr().out
        assert title in shown
        for personal in (award.learner.family_name, award.learner.given_name, *identifiers, "=Ř/1"):
            assert personal not in shown


def test_what_old_credentials_are_of_is_read_back_from_them(identifiers, folder, capsys):
    """Upgrading notes it, once, and what can't be read is counted as unknown."""
    with open_system(load_settings(folder / "mikrocert.toml")) as system, system.archive.unit() as unit:
        unit.connection.exec_driver_sql("UPDATE listing SET topic = NULL")
        unit.connection.exec_driver_sql("UPDATE statistics SET type = '', fields = ''")
    (unknown,) = answer(capsys, "stats", "--by", "type")["counts"]
    assert (unknown["type"], unknown["issued"]) == ("", 3)
    for _ in range(2):
        assert run(["archive", "upgrade"]) == 0
        assert "can't be told" not in capsys.readouterr().out
        (noted,) = answer(capsys, "stats", "--by", "type")["counts"]
        assert (noted["type"], noted["issued"]) == (example_award().title.best("cs"), 3)
