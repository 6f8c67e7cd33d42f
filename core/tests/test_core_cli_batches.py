"""The commands `batch`, `work`, `jobs` and `webhook`: exit codes, what they print, and their JSON."""

import json
import shutil
import zipfile

import pytest
from mikrocert.award.canonical import award_to_json
from mikrocert.cli.app import run
from mikrocert.jobs import Worker
from mikrocert.parsing import strict_json
from mikrocert.service.system import open_system
from mikrocert.service.workforce import Workforce, worker_name
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
OURS = ("--institution", "toy")


@pytest.fixture
def folder(toy, tmp_path, empty_archive, monkeypatch):
    """Work in a folder with an empty archive, in which jobs are done by this process."""
    toy.settings(tmp_path)
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    (tmp_path / "mikrocert.toml").write_text(TOML, encoding="utf-8")
    good = award_to_json(example_award())
    bad = {**good, "evidence_number": "UŘ/2", "title": {"cs": ""}}
    (tmp_path / "awards.json").write_text(strict_json.dumps({"awards": [good, bad]}), encoding="utf-8")
    monkeypatch.setenv("MIKROCERT_CONFIG", str(tmp_path / "mikrocert.toml"))
    monkeypatch.chdir(tmp_path)
    for module in ("host.loading", "service.system"):
        monkeypatch.setattr(f"mikrocert.{module}.load_plugins", lambda **_: toy.plugins())

    def work(_force):
        with open_system(load_settings(tmp_path / "mikrocert.toml"), plugins=toy.plugins()) as system:
            Worker(system.queue, system.tasks, changes=system.batches.changes, name=worker_name()).run(
                until_idle=True
            )
        return 0

    monkeypatch.setattr(Workforce, "run", work)
    return tmp_path


@pytest.fixture
def do(folder, capsys):
    """Run a command; return its exit code and what it printed."""

    def call(*arguments):
        code = run([*arguments])
        return code, capsys.readouterr().out

    return call


def test_a_batch_is_sent_worked_through_and_shown(folder, do):
    """One award is issued, one refused with its faults, the files come as one archive; the same file is the same batch."""
    code, out = do("batch", "send", "awards.json", *OURS, "--json")
    sent = json.loads(out)
    assert code == 0
    assert json.loads(do("batch", "send", "awards.json", *OURS, "--json")[1])["id"] == sent["id"]
    assert do("work", "--until-idle")[0] == 0
    code, out = do("batch", "show", sent["id"], *OURS, "--json")
    shown, *records = map(json.loads, out.splitlines())
    assert (code, shown["issued"], shown["refused"], len(records)) == (1, 1, 1, 2)
    code, out = do("batch", "show", sent["id"], *OURS, "--lang", "cs")
    assert code == 1
    assert len(out.splitlines()) >= 3
    assert do("batch", "files", sent["id"], *OURS, "--out", "soubory.zip")[0] == 0
    with zipfile.ZipFile(folder / "soubory.zip") as archive:
        assert len(archive.namelist()) >= 2


def test_a_batch_gives_each_holders_link_once(folder, do):
    """Of what it issued, and of nothing else; asked again, there are none left."""
    code, out = do("batch", "send", str(folder / "awards.json"), *OURS, "--intake", "json", "--json")
    batch = json.loads(out)["id"]
    assert do("work", "--until-idle")[0] == 0
    code, out = do("batch", "holder-links", batch, *OURS)
    (one,) = [json.loads(line) for line in out.splitlines()]
    assert (code, one["evidence_number"]) == (0, example_award().evidence_number)
    assert one["holder_link"].startswith("https://toy.example/h/")
    assert do("batch", "holder-links", batch, *OURS) == (0, "")


def test_batches_are_listed_and_cancelled(do):
    """One that is cancelled says so, one of somebody else is not there, and a dry run records nothing."""
    assert do("batch", "list")[0] == 0
    sent = json.loads(do("batch", "send", "awards.json", *OURS, "--dry-run", "--json")[1])
    assert sent["id"] in do("batch", "list")[1]
    assert sent["id"] in do("batch", "list", *OURS, "--json")[1]
    assert do("batch", "cancel", sent["id"], *OURS)[0] == 0
    assert do("batch", "show", sent["id"], "--institution", "řípská")[0] != 0
    assert do("work", "--until-idle")[0] == 0
    assert json.loads(do("batch", "show", sent["id"], *OURS, "--json")[1].splitlines()[0])["issued"] == 0


def test_jobs_are_listed_and_tried_again(do):
    """What waits is named with its task."""
    assert do("jobs", "list")[0] == 0
    do("batch", "send", "awards.json", *OURS)
    code, out = do("jobs", "list", "--json")
    assert (code, [one["attempts"] for one in json.loads(out)]) == (0, [0])
    assert len(do("jobs", "list", "--lang", "cs")[1].splitlines()) == 1
    assert do("jobs", "retry", "--lang", "cs")[0] == 0


def test_workers_that_failed_are_told(do, monkeypatch):
    """Exit code 69, so that whatever started it knows."""
    monkeypatch.setattr(Workforce, "run", lambda _: 2)
    assert do("work")[0] == 69


def test_webhooks_are_added_listed_and_removed(do):
    """The secret is shown once and never again."""
    assert do("webhook", "list")[0] == 0
    code, out = do("webhook", "add", "https://ripska.example/hook", *OURS, "--json")
    assert code == 0
    added = json.loads(out)
    assert added["secret"].startswith("whsec_")
    for options in ((), ("--json",), ("--lang", "cs")):
        code, out = do("webhook", "list", *options)
        assert code == 0
        assert added["id"] in out
        assert added["secret"] not in out
    assert do("webhook", "replay", added["id"], *OURS)[0] == 0
    assert do("webhook", "remove", added["id"], "--institution", "řípská")[0] != 0
    assert do("webhook", "remove", added["id"], *OURS)[0] == 0
    assert added["id"] not in do("webhook", "list")[1]
    code, out = do("webhook", "add", "https://ripska.example/jine", *OURS)
    assert (code, "whsec_" in out) == (0, True)
    assert do("webhook", "add", "ftp://ripska.example", *OURS)[0] != 0
