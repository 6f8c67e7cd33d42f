"""The command `renew`: exit codes, what it prints, and its one object of JSON."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from mikrocert.award.canonical import award_to_json
from mikrocert.cli.app import run
from mikrocert.errors import SealError
from mikrocert.kinds.envelope import Envelope, Lasting
from mikrocert.parsing import strict_json
from mikrocert.testing import example_award
from mikrocert.texts import message

SOON = datetime.now(UTC) + timedelta(days=100)
TOML = """
base_url = "https://toy.example"
sandbox = true
[operator]
name = { cs = "Řípská" }
organization_identifier = "NTRCZ-00000000"
[trust]
anchors = ["root.pem"]
"""


@pytest.fixture
def identifier(toy, tmp_path, empty_archive, monkeypatch, capsys):
    """Work in a folder with an archive in which one credential was issued; return its identifier."""
    toy.settings(tmp_path)
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    (tmp_path / "mikrocert.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "awards.json").write_text(
        strict_json.dumps({"awards": [award_to_json(example_award())]}), encoding="utf-8"
    )
    monkeypatch.setenv("MIKROCERT_CONFIG", str(tmp_path / "mikrocert.toml"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda **_: toy.plugins())
    monkeypatch.setattr("mikrocert.service.system.load_plugins", lambda **_: toy.plugins())
    assert run(["issue", "awards.json", "--institution", "toy", "--json"]) == 0
    return json.loads(capsys.readouterr().out)["identifier"]


def toys():
    """Return the class of the envelopes that the toys offer."""
    return next(one for one in Envelope.__subclasses__() if one.__name__ == "ToyEnvelope")


@pytest.fixture
def ending(monkeypatch):
    """Let every seal end soon, and last for years once it was renewed."""
    ends = {"until": SOON}

    def renew_many(_, files, *, services):
        ends["until"] = SOON + timedelta(days=3650)
        return tuple(files)

    monkeypatch.setattr(toys(), "lasting", lambda *_: Lasting("B-LTA", ends["until"]))
    monkeypatch.setattr(toys(), "renew_many", renew_many)


def answer(capsys, *options, code=0):
    """Run the command with JSON and return its answer."""
    assert run(["renew", "--json", *options]) == code
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("ending")
def test_what_is_due_is_renewed(identifier, capsys):
    """Every file is named with its end before and after, and the next run finds nothing."""
    found = answer(capsys)
    assert [(one["identifier"], one["kind"]) for one in found["renewed"]] == [
        (identifier, "credential"),
        (identifier, "certificate"),
    ]
    assert {one["before"]["until"] for one in found["renewed"]} == {SOON.isoformat()}
    assert all(one["after"]["until"] > one["before"]["until"] for one in found["renewed"])
    assert (found["due"], found["failed"], found["dry_run"]) == ([], [], False)
    assert answer(capsys)["renewed"] == []
    assert run(["show", identifier, "--json"]) == 0
    assert [event["kind"] for event in json.loads(capsys.readouterr().out)["history"]][-1] == "renewed"


@pytest.mark.usefixtures("ending")
def test_a_dry_run_says_what_is_due(identifier, capsys):
    """It renews nothing, however often; a day before which nothing ends leaves nothing due."""
    for _ in range(2):
        found = answer(capsys, "--dry-run")
        assert [one["identifier"] for one in found["due"]] == [identifier] * 2
        assert (found["renewed"], found["dry_run"]) == ([], True)
    day = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    assert answer(capsys, "--dry-run", "--before", day)["due"] == []


@pytest.mark.usefixtures("ending")
def test_a_failure_is_exit_code_1(identifier, capsys, monkeypatch):
    """What failed is named with the reason in every language, and stays due."""

    def refuse(*_, **__):
        raise SealError(message("nobody there"))

    monkeypatch.setattr(toys(), "renew_many", refuse)
    found = answer(capsys, code=1)
    assert [(one["identifier"], one["message"]["en"]) for one in found["failed"]] == [
        (identifier, "nobody there")
    ] * 2
    assert len(answer(capsys, "--dry-run")["due"]) == 2


@pytest.mark.usefixtures("ending")
def test_people_read_a_line_for_each_file(identifier, capsys):
    """In the reader's language each file has a line, and the last one counts."""
    assert run(["renew", "--lang", "cs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[:2]] == [f"{identifier}.toy", f"{identifier}.pdf"]
    assert "obnoveno, platí do" in lines[0]
    assert "obnoveno 2, nezdařilo se 0" in lines[-1]


@pytest.mark.parametrize("day", ["2027-13-01", "soon"])
def test_a_day_is_a_day(identifier, capsys, day):
    """What is no day is wrong use."""
    assert run(["renew", "--before", day]) == 64
    assert identifier not in capsys.readouterr().out
