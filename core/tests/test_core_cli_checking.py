"""The command `archive check --seals`: every seal is verified anew, by several processes, and on from where it was interrupted."""

import hashlib
import json
import shutil

import attrs
import pytest
from mikrocert.award.canonical import award_to_json
from mikrocert.cli.app import run
from mikrocert.parsing import strict_json
from mikrocert.report import Outcome
from mikrocert.service.keeping import reverifying
from mikrocert.service.keeping.reverifying import Reverified
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
COUNT = 5


class Here:
    """A crew whose work is done in this process, where the toys are."""

    def __init__(self, opening, *, workers, limits):
        self._opening = opening

    def work(self, requests):
        with self._opening() as do:
            yield from [do(*request) for request in requests]

    def close(self):
        pass


def go_to(folder, toy, monkeypatch):
    """Work in a folder, with the toys."""
    monkeypatch.setenv("MIKROCERT_CONFIG", str(folder / "mikrocert.toml"))
    monkeypatch.chdir(folder)
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda **_: toy.plugins())
    monkeypatch.setattr("mikrocert.service.system.load_plugins", lambda **_: toy.plugins())
    monkeypatch.setattr("mikrocert.service.system.Crew", Here)


@pytest.fixture(scope="module")
def five_issued(toy, empty_archive, tmp_path_factory):
    """Return a folder with an archive in which five credentials were issued; to be read only."""
    folder = tmp_path_factory.mktemp("issued")
    toy.settings(folder)
    shutil.copytree(empty_archive, folder, dirs_exist_ok=True)
    (folder / "mikrocert.toml").write_text(TOML, encoding="utf-8")
    awards = [award_to_json(attrs.evolve(example_award(), evidence_number=f"Ř/{n}")) for n in range(COUNT)]
    (folder / "awards.json").write_text(strict_json.dumps({"awards": awards}), encoding="utf-8")
    with pytest.MonkeyPatch.context() as monkeypatch:
        go_to(folder, toy, monkeypatch)
        assert run(["issue", "awards.json", "--institution", "toy", "--json"]) == 0
    return folder


@pytest.fixture
def folder(five_issued, toy, tmp_path, monkeypatch, capsys):
    """Work in a copy of it."""
    shutil.copytree(five_issued, tmp_path, dirs_exist_ok=True)
    go_to(tmp_path, toy, monkeypatch)
    capsys.readouterr()
    return tmp_path


def answer(capsys, *options, code=0):
    assert run(["archive", "check", "--json", *options]) == code
    return json.loads(capsys.readouterr().out)


def test_every_seal_is_verified_anew(folder, capsys):
    """Those of all files; without being asked for it, none is."""
    found = answer(capsys, "--seals", "--workers", "2")
    assert (found["sound"], found["findings"]) == (True, [])
    assert found["seals"] == {"credentials": COUNT, "files": 2 * COUNT}
    assert "seals" not in answer(capsys)


def test_what_is_wrong_with_a_seal_is_an_error_or_said(folder, capsys, monkeypatch):
    """Damage and distrust are errors; what can't be told any more is a warning."""
    outcomes = iter([
        (Outcome.FAILED, Outcome.PASSED),
        (Outcome.PASSED, Outcome.FAILED),
        (Outcome.PASSED, Outcome.UNDETERMINED),
        (Outcome.UNDETERMINED, Outcome.PASSED),
        (Outcome.PASSED, Outcome.PASSED),
    ])  # fmt: skip
    monkeypatch.setattr(
        "mikrocert.service.system.seals_of",
        lambda _archive, _verifier, identifier, *, at: (
            Reverified(f"artefacts[{identifier}]", *next(outcomes)),
        ),
    )
    found = answer(capsys, "--seals", "--workers", "1", code=1)
    assert [(one["code"], one["severity"]) for one in found["findings"]] == [
        ("seal-not-intact", "error"),
        ("seal-not-trusted", "error"),
        ("seal-undetermined", "warning"),
        ("seal-not-verifiable", "error"),
    ]
    assert found["sound"] is False


def test_an_interrupted_check_goes_on(folder, capsys, monkeypatch):
    """With the credential after the last one that was gone through; at the end its file is removed."""
    monkeypatch.setattr(reverifying, "_AT_ONCE", 2)
    state = folder / "state.json"
    with open_system(load_settings(folder / "mikrocert.toml")) as system:
        reached = []
        walk = system.reverify(workers=1, on_progress=reached.append)
        assert list(walk) == []
    assert [one.credentials for one in reached] == [2, 4, 5]
    reached[0].write(state)
    found = answer(capsys, "--seals", "--state", str(state))
    assert found["seals"] == {"credentials": COUNT, "files": 2 * COUNT}
    assert not state.exists()


@pytest.mark.parametrize(
    "octets", [b"", b"[]", b"{}", b"\xff", b'{"format": "x", "after": "", "credentials": 0, "files": 0}']
)
def test_another_file_is_not_taken_for_a_state(folder, capsys, octets):
    """It stays as it is."""
    (folder / "notes.txt").write_bytes(octets)
    assert run(["archive", "check", "--seals", "--state", "notes.txt"]) == 69
    assert "is not the state of an interrupted check" in capsys.readouterr().err
    assert (folder / "notes.txt").read_bytes() == octets


def test_options_of_seals_need_seals(folder, capsys):
    """So that nobody believes that they were verified."""
    for option in (["--workers", "2"], ["--state", "x"]):
        assert run(["archive", "check", *option]) == 64
        assert "belong to --seals" in capsys.readouterr().err


def test_what_was_erased_has_no_seals(folder, capsys):
    """It is passed over."""
    identifier = json.loads(_listed(capsys))["credentials"][0]["identifier"]
    assert run(["archive", "erase", identifier, "--reason", "other", "--yes"]) == 0
    capsys.readouterr()
    assert answer(capsys, "--seals")["seals"] == {"credentials": COUNT, "files": 2 * (COUNT - 1)}


def _listed(capsys):
    assert run(["list", "--json", "--limit", "1"]) == 0
    return capsys.readouterr().out


def test_what_an_older_bag_lacks_is_told(folder, capsys, monkeypatch):
    """It is imported all the same, and sound."""
    assert run(["export", "bag"]) == 0
    bag = folder / "bag"
    for name in ("acts", "types"):
        (bag / f"data/{name}.jsonl").unlink()
    whole = bag / "data/archive.json"
    whole.write_text(whole.read_text().replace("mikrocert export 3", "mikrocert export 1"))
    for manifest, places in (
        ("manifest-sha256.txt", sorted((bag / "data").rglob("*.*"))),
        ("tagmanifest-sha256.txt", [bag / "bagit.txt", bag / "bag-info.txt", bag / "manifest-sha256.txt"]),
    ):
        hashes = ((hashlib.sha256(one.read_bytes()).hexdigest(), one.relative_to(bag)) for one in places)
        (bag / manifest).write_text("".join(f"{digest}  {place}\n" for digest, place in hashes))
    monkeypatch.setenv("MIKROCERT_ARCHIVE__URL", f"sqlite:///{folder / 'other.sqlite'}")
    assert run(["archive", "init"]) == 0
    capsys.readouterr()
    assert run(["import", "bag", "--json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["sound"]
    assert "holds and types again" in shown.err
