"""What is held of a person: all of it, in open formats, and nothing of anybody else."""

from __future__ import annotations

import io
import json
import shutil
import stat
import zipfile

import attrs
import pytest
from mikrocert.archive import ErasureReason
from mikrocert.award.canonical import award_from_json, award_to_json
from mikrocert.cli.app import run
from mikrocert.errors import UnknownIdentifier
from mikrocert.jobs import Worker
from mikrocert.parsing import strict_json
from mikrocert.rules import rule_set
from mikrocert.service.institutions.batches import AWARD
from mikrocert.service.system import open_system
from mikrocert.settings import Archive, PrivacySettings, load_settings
from mikrocert.testing import example_award
from mikrocert.texts import LanguageMap

TOML = """
base_url = "https://toy.example"
sandbox = true
[operator]
name = { cs = "Řípská" }
organization_identifier = "NTRCZ-00000000"
contact = "dotazy@toy.example"
[trust]
anchors = ["root.pem"]
"""
HERS, HIS = "ŘÚ/1", "ŘÚ/2"
OTHER = ("Ďurďa", "Nešťastný", "nestastny@toy.example")
"""What must not be found in anything about her."""


def award_of_her(number=HERS, **changes):
    return attrs.evolve(example_award(), evidence_number=number, **changes)


def award_of_him(number=HIS):
    award = example_award()
    learner = attrs.evolve(
        award.learner,
        given_name="Ďurďa",
        family_name="Nešťastný",
        full_name=None,
        email="nestastny@toy.example",
    )
    return attrs.evolve(award, evidence_number=number, learner=learner)


@pytest.fixture
def system(toy, tmp_path, empty_archive):
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    settings = toy.settings(tmp_path, archive=Archive(f"sqlite:///{tmp_path / 'archive.sqlite'}"))
    with open_system(settings, plugins=toy.plugins()) as opened:
        yield opened


def send(system, awards, media_type):
    members = [award_to_json(award) for award in awards]
    if media_type == AWARD:
        data = strict_json.dumps(members[0]).encode()
    elif media_type == "application/jsonl":
        data = "".join(f"{strict_json.dumps(one)}\n" for one in members).encode()
    else:
        data = strict_json.dumps({"awards": members}).encode()
    return system.batches.accept("toy", data, media_type=media_type, actor="key ďů")


def work(system):
    Worker(system.queue, system.tasks, changes=system.batches.changes, name="dělník").run(until_idle=True)


def identifier_of(system, number):
    return system.find_award("toy", number).registration.identifier


def everything(data):
    """Return all names and all octets, what is written as escapes in JSON included."""
    texts = [octets.decode("utf-8", "replace") for octets in data.files.values()]
    return "\n".join([*data.files, *texts])


@pytest.mark.parametrize("media_type", ["application/json", "application/jsonl"])
def test_what_one_person_gets_has_nothing_of_another_in_the_same_batch(system, media_type):
    """Neither name nor address nor record number nor identifier; and she gets what was sent of her, and what became of it."""
    batch = send(system, [award_of_him("ŘÚ/0"), award_of_her(), award_of_him()], media_type)
    work(system)
    hers, his = identifier_of(system, HERS), identifier_of(system, HIS)
    data = system.personal_data(hers)
    contents = everything(data)
    for foreign in (*OTHER, his, identifier_of(system, "ŘÚ/0"), "ŘÚ/0", HIS):
        assert foreign not in contents
    sent = json.loads(data.files[f"sent/{batch.id}-2.json"])
    assert (sent["identifier"], sent["refused"], sent["number"]) == (hers, False, 2)
    assert award_from_json(sent["award"]) == award_of_her()


def test_a_record_that_was_mistyped_under_anothers_number_is_not_handed_out(system):
    """It was refused, since the number is taken; whose it is, its learner says."""
    send(system, [award_of_her()], AWARD)
    work(system)
    mistyped = send(system, [award_of_him(HERS)], AWARD)
    corrected = send(
        system, [award_of_her(title=LanguageMap.of("Jiný název", "Another title"))], "application/jsonl"
    )
    work(system)
    data = system.personal_data(identifier_of(system, HERS))
    assert not [name for name in data.files if mistyped.id in name]
    assert [name for name in data.files if corrected.id in name]
    assert all(text not in everything(data) for text in OTHER)


def test_what_waits_to_be_worked_through_is_handed_out_too(system):
    """Of a batch that nobody has worked through yet, whatever it was sent as."""
    send(system, [award_of_her()], AWARD)
    work(system)
    waiting = [
        send(system, [award_of_him(), award_of_her()], media_type)
        for media_type in ("application/json", "application/jsonl")
    ]
    data = system.personal_data(identifier_of(system, HERS))
    for batch in waiting:
        sent = json.loads(data.files[f"sent/{batch.id}-2.json"])
        assert (sent["refused"], sent["identifier"]) == (None, None)
    assert all(text not in everything(data) for text in OTHER)


def test_all_that_the_archive_has_is_handed_out(system):
    """Files as they were sealed, the award, the entry, and what happened in every language; of every version of the award."""
    send(system, [award_of_her()], AWARD)
    work(system)
    first = identifier_of(system, HERS)
    data = strict_json.dumps(
        award_to_json(award_of_her(title=LanguageMap.of("Jiný název", "Another title")))
    ).encode()
    system.batches.accept(
        "toy", data, media_type=AWARD, actor="x", replaces=first, reason="Místo bylo špatně."
    )
    work(system)
    second = identifier_of(system, HERS)
    got = system.personal_data(first)
    assert got == system.personal_data(second)
    assert got.identifiers == (first, second)
    for identifier in (first, second):
        files = {file.octets for file in system.files(identifier)}
        assert files <= set(got.files.values())
        assert (
            json.loads(got.files[f"{identifier}/record.json"])["holder"] == system.archived(identifier).holder
        )
        award = award_from_json(json.loads(got.files[f"{identifier}/award.json"]))
        assert award.evidence_number == HERS
    assert "Místo bylo špatně." in got.files[f"{first}/events.cs.txt"].decode()
    assert "nahrazen mikrocertifikátem" in got.files[f"{first}/events.cs.txt"].decode()
    assert "replaced" in got.files[f"{first}/events.en.txt"].decode()


def test_the_letter_names_each_file_and_where_to_complain(system):
    """In every language; it says what is not kept."""
    send(system, [award_of_her()], AWARD)
    work(system)
    data = system.personal_data(identifier_of(system, HERS))
    letters = {language: data.files[f"README.{language}.txt"].decode() for language in ("cs", "en")}
    for letter in letters.values():
        assert all(name in letter for name in data.files if not name.startswith("README"))
        assert "uoou.gov.cz" in letter
    assert "Article 15" in letters["en"]
    assert "who looked" in letters["en"]
    assert "článku 15" in letters["cs"]


@pytest.mark.parametrize(
    ("named", "of_framework", "shown"),
    [
        ("Naše", "Jejich", "(Article 77): Naše\n"),
        (None, "Jejich", "(Article 77): Jejich\n"),
        (None, None, "(Article 77).\n"),
    ],
)
def test_the_authority_is_that_of_the_settings_else_of_the_framework(
    system, monkeypatch, named, of_framework, shown
):
    """Without both, the letter names none."""
    own, other = (LanguageMap({"cs": name}) if name else None for name in (named, of_framework))
    rules = attrs.evolve(rule_set("CZ-HE-2024"), privacy_authority=other)
    monkeypatch.setattr("mikrocert.service.privacy.personal.rule_set", lambda _name: rules)
    system.settings = attrs.evolve(system.settings, privacy=PrivacySettings(authority=own))
    send(system, [award_of_her()], AWARD)
    work(system)
    data = system.personal_data(identifier_of(system, HERS))
    assert shown in data.files["README.en.txt"].decode()


def test_of_what_was_erased_only_the_entry_is_handed_out(system):
    """There is nothing else any more."""
    send(system, [award_of_her()], AWARD)
    work(system)
    identifier = identifier_of(system, HERS)
    system.erase(identifier, reason=ErasureReason.OTHER)
    data = system.personal_data(identifier)
    assert {name for name in data.files if name.startswith(identifier)} == {
        f"{identifier}/{name}" for name in ("record.json", "events.cs.txt", "events.en.txt")
    }
    assert json.loads(data.files[f"{identifier}/record.json"])["holder"] is None


def test_who_isnt_known_has_no_data(system):
    """Nothing is made up."""
    with pytest.raises(UnknownIdentifier):
        system.personal_data("K7mQx4Rt9bHz")


@pytest.fixture
def folder(toy, tmp_path, empty_archive, monkeypatch):
    """Work in a folder with settings and an archive with one award, with the toys as plugins."""
    toy.settings(tmp_path)
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    (tmp_path / "mikrocert.toml").write_text(TOML, encoding="utf-8")
    monkeypatch.setenv("MIKROCERT_CONFIG", str(tmp_path / "mikrocert.toml"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda **_: toy.plugins())
    monkeypatch.setattr("mikrocert.service.system.load_plugins", lambda **_: toy.plugins())
    (tmp_path / "awards.json").write_text(
        strict_json.dumps({"awards": [award_to_json(award_of_her())]}), encoding="utf-8"
    )
    assert run(["issue", "awards.json", "--institution", "toy"]) == 0
    return tmp_path


def test_the_command_writes_a_folder_or_a_zip_for_its_owner_only(folder, capsys):
    """By identifier or by record number, the same."""
    with open_system(load_settings(folder / "mikrocert.toml")) as opened:
        identifier = identifier_of(opened, HERS)
    capsys.readouterr()
    assert run(["person", "export", HERS, "--institution", "toy", "--out", "osoba", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["identifiers"] == [identifier]
    contents = {
        str(file.relative_to(folder / "osoba")) for file in (folder / "osoba").rglob("*") if file.is_file()
    }
    assert contents == set(answer["files"])
    assert stat.S_IMODE((folder / "osoba").stat().st_mode) == 0o700
    assert run(["person", "export", identifier, "--out", "osoba.zip"]) == 0
    assert stat.S_IMODE((folder / "osoba.zip").stat().st_mode) == 0o600
    with zipfile.ZipFile(io.BytesIO((folder / "osoba.zip").read_bytes())) as packed:
        assert set(packed.namelist()) == contents


WRONG = {  # name → (arguments, exit code)
    "what is there is kept": (["IDENTIFIER", "--out", "awards.json"], 64),
    "an identifier that nobody has": (["K7mQx4Rt9bHz", "--out", "nic"], 3),
    "a record number without its institution": ([HERS, "--out", "nic"], 64),
    "a record number of another institution": ([HERS, "--institution", "jiná", "--out", "nic"], 3),
}


@pytest.mark.parametrize("name", WRONG)
def test_nothing_is_written_where_it_isnt_clear_what_is_meant(folder, name):
    """And what is there stays."""
    arguments, code = WRONG[name]
    with open_system(load_settings(folder / "mikrocert.toml")) as opened:
        identifier = identifier_of(opened, HERS)
    before = (folder / "awards.json").read_bytes()
    given = [identifier if argument == "IDENTIFIER" else argument for argument in arguments]
    assert run(["person", "export", *given]) == code
    assert not (folder / "nic").exists()
    assert (folder / "awards.json").read_bytes() == before
