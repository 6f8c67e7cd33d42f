"""The command line: exit codes, what it prints, and what it doesn't import."""

from __future__ import annotations

import asyncio
import io
import json
import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import attrs
import pytest
import typer
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from mikrocert.award.canonical import award_to_json
from mikrocert.cli.app import run
from mikrocert.errors import PluginError
from mikrocert.host.loading import Failure, Skipped
from mikrocert.kinds.check import Check
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.parsing import strict_json
from mikrocert.report import CheckResult, Finding, Outcome
from mikrocert.testing import example_award
from mikrocert.texts import message

TOML = """
base_url = "https://toy.example"
sandbox = true
[operator]
name = { cs = "Řípská" }
organization_identifier = "NTRCZ-00000000"
[trust]
anchors = ["root.pem"]
"""


@pytest.fixture(autouse=True)
def folder(toy, tmp_path, empty_archive, monkeypatch):
    """Work in a folder with settings, where all toys are installed."""
    toy.settings(tmp_path)
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    (tmp_path / "mikrocert.toml").write_text(TOML, encoding="utf-8")
    monkeypatch.setenv("MIKROCERT_CONFIG", str(tmp_path / "mikrocert.toml"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda **_: toy.plugins())
    monkeypatch.setattr("mikrocert.service.system.load_plugins", lambda **_: toy.plugins())
    return tmp_path


def awards(folder, *changes):
    """Write a file of awards: the example with these changes."""
    document = {"awards": [{**award_to_json(example_award()), **change} for change in changes]}
    path = folder / "awards.json"
    path.write_text(strict_json.dumps(document), encoding="utf-8")
    return str(path)


def issued(folder, capsys, *options):
    """Issue the example and return what the program says of it."""
    assert run(["issue", awards(folder, {}), "--institution", "toy", "--json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def test_issue_and_verify(folder, capsys):
    """Files are written, and verify by file, certificate, identifier, groups and link with exit code 0."""
    output = issued(folder, capsys)
    identifier = output["identifier"]
    assert output["files"] == [f"{identifier}.toy", f"{identifier}.pdf"]
    assert (output["created"], output["state"], output["record"]["number"]) == (True, "live", 1)
    grouped = f"{identifier[:4]} {identifier[4:8]} {identifier[8:]}"
    for what in (*output["files"], identifier, grouped, output["link"]):
        assert run(["verify", what, "--json"]) == 0, what
        report = json.loads(capsys.readouterr().out)
        assert (report["verdict"], report["test_seal"], report["identifier"]) == ("valid", True, identifier)
    assert not list(folder.glob(".*.part"))


def test_issue_of_some_refused_exits_1(folder, capsys):
    """One object a record, in their order; the refused one has all its findings."""
    path = awards(folder, {}, {"evidence_number": "UŘ/2", "level": {"eqf": 9}, "languages": ["cz"]})
    assert run(["issue", path, "--institution", "toy", "--json"]) == 1
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert set(first) >= {"record", "identifier", "link", "files"}
    assert set(second) == {"record", "refused"}
    assert [finding["code"] for finding in second["refused"]] == ["level-eqf", "language"]
    assert second["record"]["evidence_number"] == "UŘ/2"


def test_issue_prints_for_people(folder, capsys):
    """In Czech with --lang cs: what was issued, what was refused and why, and how many."""
    path = awards(folder, {}, {"evidence_number": "UŘ/2", "level": {"eqf": 9}})
    assert run(["issue", path, "--institution", "toy", "--lang", "cs", "--out", "vydáno"]) == 1
    output = capsys.readouterr().out
    assert "✓ #1 UŘ/2026/0042 vydáno" in output
    assert "✗ #2 UŘ/2 odmítnuto" in output
    assert "chyba level.eqf: úroveň EQF\u00a09 neexistuje; jsou úrovně 1 až 8" in output
    assert "Vydáno: 1, odmítnuto: 1." in output
    assert len(list((folder / "vydáno").iterdir())) == 2


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_was_issued_before_is_counted_apart(folder, capsys, dry_run):
    """The summary counts as issued what is issued now; a dry run writes no file, not even of what was issued before."""
    issued(folder, capsys)
    path = awards(folder, {}, {"evidence_number": "UŘ/2"})
    options = ["--dry-run"] if dry_run else []
    assert run(["issue", path, "--institution", "toy", "--out", "znovu", "--lang", "cs", *options]) == 0
    summary = " ".join(capsys.readouterr().out.split())
    assert ("Vydalo by se: 1, " if dry_run else "Vydáno: 1, odmítnuto: 0.") in summary
    assert "Již dříve vydáno: 1." in summary
    assert (folder / "znovu").exists() is not dry_run


UNWRITABLE = {  # name → folder that can't be written
    "a file": "awards.json",
    "below a file": "awards.json/out",
    "not allowed": "/proc/out",
    "too long a name": "x" * 5000,
}


@pytest.mark.parametrize("name", UNWRITABLE)
def test_a_folder_that_can_not_be_written_is_refused_before_anything_is_sealed(folder, capsys, name):
    """Nothing is issued, so that the same command issues once the folder is right; a dry run writes nothing and asks nothing."""
    path = awards(folder, {})
    issuing = ["issue", path, "--institution", "toy", "--out", UNWRITABLE[name]]
    assert run([*issuing, "--lang", "cs"]) == 64
    output = capsys.readouterr()
    assert "--out" in output.err
    assert output.out == ""
    assert run([*issuing, "--dry-run"]) == 0
    assert "would be issued" in capsys.readouterr().out
    assert issued(folder, capsys, "--out", "new/folder")["created"]
    assert len(list((folder / "new/folder").iterdir())) == 2


def test_settings_that_would_make_a_trap_exit_78(folder, capsys):
    """The message names each; nothing is issued."""
    (folder / "mikrocert.toml").write_text(TOML.replace('"root.pem"', ""))
    path = awards(folder, {})
    assert run(["issue", path, "--institution", "toy", "--json"]) == 78
    output = capsys.readouterr()
    assert output.out == ""
    assert (
        "neither a certificate of trust.anchors nor a trusted list stands above the seal certificate"
        in output.err
    )
    assert run(["issue", path, "--institution", "toy", "--lang", "cs"]) == 78
    assert "trust.anchors" in capsys.readouterr().err


def test_a_warning_comes_before_the_first_award(folder, toy, capsys, monkeypatch):
    """On standard error, in the language asked for; JSON stays JSON."""
    mandate = attrs.evolve(toy.University.profile.mandate, valid_until=date(2026, 1, 2))
    monkeypatch.setattr(toy.University, "profile", attrs.evolve(toy.University.profile, mandate=mandate))
    path = awards(folder, {})
    for language, expected in (
        ("en", "mikrocert: warning: the agreement"),
        ("cs", "mikrocert: varování: smlouva"),
    ):
        assert run(["issue", path, "--institution", "toy", "--json", "--lang", language]) == 1
        output = capsys.readouterr()
        assert output.err.startswith(expected)
        assert "refused" in json.loads(output.out)


UNUSABLE = {  # name → (octets or none, English message)
    "missing": (None, "can't be read"),
    "not JSON": (b"{", "this is not JSON"),
    "20 MB": (b" " * 20_000_000, "larger than 16 MiB"),
    "10,000 levels": (b"[" * 10_000, "deeper than 64 levels"),
    "no awards": (b"[]", 'one member "awards"'),
}


@pytest.mark.parametrize("name", UNUSABLE)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_issue_of_an_unusable_file_exits_3(folder, capsys, name, options):
    """It says why, and no traceback."""
    octets, message = UNUSABLE[name]
    if octets is not None:
        (folder / "in.json").write_bytes(octets)
    assert run(["issue", "in.json", "--institution", "toy", *options]) == 3
    output = capsys.readouterr()
    assert message in (json.loads(output.out)["unusable"][0]["message"]["en"] if options else output.err)
    assert "Traceback" not in output.err


@pytest.mark.parametrize("command", [["verify"], ["issue", "--institution", "toy"]])
def test_czech_names_the_fault_of_a_file_too(folder, capsys, command):
    """A file that is too large is called that in both languages."""
    (folder / "velký.json").write_bytes(b" " * 20_000_000)
    assert run([*command, "velký.json", "--lang", "cs"]) == 3
    output = capsys.readouterr()
    assert "je větší než 16\u00a0MiB" in output.out + output.err


REASONS = {  # arguments, and what they meet → the reason in Czech
    "no file": (["verify", "není.pdf"], "soubor ani složka toho jména neexistuje"),
    "no export": (["issue", "není.json", "--institution", "toy"], "soubor ani složka toho jména neexistuje"),
    "a file for a folder": (["verify", "mikrocert.toml/x.pdf"], "část cesty není složka"),
    "a name too long": (["verify", "ř" * 300], "název je příliš dlouhý"),
    "no settings": (["--config", "není.toml", "verify", "x"], "není.toml"),
}


@pytest.mark.parametrize("name", REASONS)
def test_reasons_of_the_system_are_told_in_the_readers_language(capsys, name):
    """Why a file can't be read is Czech where the answer is Czech."""
    arguments, reason = REASONS[name]
    run([*arguments, "--lang", "cs"])
    output = capsys.readouterr()
    assert reason in output.out + output.err
    assert "No such file" not in output.out + output.err


def test_a_file_without_a_record_is_no_success(folder, capsys):
    """Nothing to issue is said, and is not exit code 0."""
    assert run(["issue", awards(folder), "--institution", "toy", "--dry-run"]) == 3
    assert "has no record" in capsys.readouterr().err


def test_lines_that_nobody_read_are_counted(folder, capsys, monkeypatch):
    """The summary, and the record after which they stand, say how many lines were left unread."""
    broken = IntakeRecord(2, findings=(Finding.error("broken-quotes", "no end"),), line=3, unread=40)
    good = IntakeRecord(1, award=example_award(), line=2)
    monkeypatch.setattr("mikrocert.service.system.System.read", lambda *_, **__: [good, broken])
    issuing = ["issue", awards(folder, {}), "--institution", "toy", "--dry-run"]
    assert run(issuing) == 1
    assert "Lines that were not read: 40." in " ".join(capsys.readouterr().out.split())
    assert run([*issuing, "--json"]) == 1
    lines = map(json.loads, capsys.readouterr().out.splitlines())
    assert [line["record"]["unread"] for line in lines] == [0, 40]


def test_people_count_the_items_of_a_cell_from_one(folder, capsys, monkeypatch):
    """For a table the second item is called so; JSON has the path for programs."""
    fault = IntakeRecord(1, findings=(Finding.error("missing", "is missing", path="isced_f[1]"),), row=2)
    monkeypatch.setattr("mikrocert.service.system.System.read", lambda *_, **__: [fault])
    issuing = ["issue", awards(folder, {}), "--institution", "toy"]
    assert run(issuing) == 1
    assert "isced_f (item 2): is missing" in capsys.readouterr().out
    assert run([*issuing, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["refused"][0]["path"] == "isced_f[1]"


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ({"row": 3, "line": 7}, ("#1 (row 3, line 7 of the file)", "#1 (řádek 3, v souboru řádek 7)")),
        ({"row": 3, "line": 3}, ("#1 (row 3)", "#1 (řádek 3)")),
        ({"line": 3}, ("#1 (line 3)", "#1 (řádek 3 v souboru)")),
        ({}, ("#1 no record number", "#1 bez")),
    ],
    ids=["row and line differ", "row and line are the same", "no table", "neither"],
)
def test_a_record_is_named_by_its_row(folder, capsys, monkeypatch, place, shown):
    """The row is what a spreadsheet shows; the line of the file is told where it is another one."""
    fault = IntakeRecord(1, findings=(Finding.error("missing", "is missing"),), **place)
    monkeypatch.setattr("mikrocert.service.system.System.read", lambda *_, **__: [fault])
    issuing = ["issue", awards(folder, {}), "--institution", "toy"]
    for language, text in zip(("en", "cs"), shown, strict=True):
        assert run([*issuing, "--lang", language]) == 1
        assert text in capsys.readouterr().out.replace("\u00a0", " ")
    assert run([*issuing, "--json"]) == 1
    record = json.loads(capsys.readouterr().out)["record"]
    assert (record["row"], record["line"]) == (place.get("row"), place.get("line"))


@pytest.mark.system
@pytest.mark.parametrize("draw", [False, True])
def test_a_dry_run_says_what_it_did_not_draw(folder, toy, capsys, monkeypatch, draw):
    """The first certificate is drawn and the others where asked for; the summary and JSON say which were not."""
    monkeypatch.setattr(toy.Renderer, "surely_draws", lambda *_, **__: True, raising=False)
    path = awards(folder, {}, {"evidence_number": "UŘ/2"}, {"evidence_number": "UŘ/3"})
    issuing = ["issue", path, "--institution", "toy", "--dry-run", *(["--draw"] if draw else [])]
    assert run(issuing) == 0
    assert ("not drawn" in " ".join(capsys.readouterr().out.split())) is not draw
    assert run([*issuing, "--json"]) == 0
    lines = map(json.loads, capsys.readouterr().out.splitlines())
    assert [line["drawn"] for line in lines] == [True, draw, draw]


@pytest.mark.system
def test_a_correction(folder, capsys):
    """--replaces takes identifier, groups or link; the old credential is then invalid and shows its history."""
    old = issued(folder, capsys)
    path = awards(folder, {"title": {"cs": "Jiný název", "en": "Another title"}})
    assert run(["issue", path, "--institution", "toy", "--json"]) == 1
    assert "--replaces" in capsys.readouterr().out
    assert (
        run(
            [
                "issue",
                path,
                "--institution",
                "toy",
                "--json",
                "--replaces",
                old["link"],
                "--reason",
                "překlep",
            ]
        )
        == 0
    )
    new = json.loads(capsys.readouterr().out)
    assert run(["verify", old["identifier"], "--lang", "cs"]) == 1
    assert "překlep" in capsys.readouterr().out
    assert run(["show", old["identifier"], "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["state"], shown["history"][1]["successor"]) == ("replaced", new["identifier"])


def test_a_correction_is_of_one_award(folder, capsys):
    """A file of two is unusable for it; an unknown credential too."""
    old = issued(folder, capsys)
    correcting = ["--institution", "toy", "--replaces", old["identifier"], "--reason", "x"]
    assert run(["issue", awards(folder, {}, {}), *correcting]) == 3
    assert "the file has 2" in capsys.readouterr().err
    correcting[3] = "aaaaBBBB2222"
    assert run(["issue", awards(folder, {}), *correcting]) == 3


def test_revoke_and_show(folder, capsys):
    """A revoked credential is invalid; the reason is shown in terminal and JSON; revoking twice is no error."""
    identifier = issued(folder, capsys)["identifier"]
    for reason, changed in (("Omyl", True), ("Jiný důvod", False)):
        assert run(["revoke", identifier, "--reason", reason, "--json"]) == 0
        output = json.loads(capsys.readouterr().out)
        assert (output["state"], output["reason"], output["changed"]) == ("revoked", "Omyl", changed)
    assert run(["revoke", identifier, "--reason", "Jiný důvod"]) == 0
    output = " ".join(capsys.readouterr().out.split())
    assert "Omyl" in output
    assert "the reason given now was not recorded" in output
    assert run(["verify", identifier]) == 1
    assert "Reason: Omyl" in capsys.readouterr().out
    assert run(["show", identifier, "--lang", "cs"]) == 0
    output = capsys.readouterr().out
    assert "zrušen: Omyl" in output
    assert "Analýza dat" in output


def test_a_holders_link_is_told_once(folder, capsys):
    """By issuing, not by issuing again; a new one can be made, and is told once, too."""
    first = issued(folder, capsys)
    assert re.fullmatch(r"http\S+/h/\w{26}", first["holder_link"])
    assert issued(folder, capsys)["holder_link"] is None
    links = {first["holder_link"]}
    assert run(["holder-link", first["identifier"], "--json", "--as", "Růžena"]) == 0
    links.add(json.loads(capsys.readouterr().out)["holder_link"])
    assert run(["holder-link", first["identifier"], "--lang", "cs"]) == 0
    output = capsys.readouterr().out
    links.add(output.splitlines()[0])
    assert "patří pouze držiteli" in output
    assert len(links) == 3
    assert run(["show", first["identifier"], "--json"]) == 0
    assert "/h/" not in capsys.readouterr().out


def erasing(identifier, *options):
    return ["archive", "erase", identifier, "--reason", "authority", *options]


def test_erasing(folder, capsys):
    """The content is gone, status and history stay; erasing twice is no error, and what needs content says why not."""
    identifier = issued(folder, capsys)["identifier"]
    for _ in range(2):
        assert run(erasing(identifier, "--yes", "--json")) == 0
        answer = json.loads(capsys.readouterr().out)
        assert (answer["identifier"], answer["state"]) == (identifier, "live")
        assert answer["erased_at"]
    assert run(["show", identifier]) == 0
    output = capsys.readouterr().out
    assert "content erased: order of an authority" in output
    assert "Data Analysis" not in output
    assert run(["revoke", identifier, "--reason", "Omyl", "--lang", "cs"]) == 69
    assert f"obsah mikrocertifikátu {identifier} byl vymazán" in capsys.readouterr().err


def test_what_is_on_hold_is_not_erased(folder, capsys):
    """The command says which hold forbids it; a list says why; once it has ended, the way is free."""
    identifier = issued(folder, capsys)["identifier"]
    assert (
        run(["hold", "add", identifier, "--why", "Soud, sp. zn. 7 C 12/2026", "--as", "Růžena", "--json"])
        == 0
    )
    number = json.loads(capsys.readouterr().out)["number"]
    assert run(erasing(identifier, "--yes", "--lang", "cs")) == 69
    assert "nesmí" in capsys.readouterr().err
    assert run(["hold", "list", identifier]) == 0
    assert "Růžena: Soud, sp. zn. 7 C 12/2026" in capsys.readouterr().out
    assert run(["hold", "end", str(number), "--why", "Skončeno"]) == 0
    capsys.readouterr()
    assert run(["hold", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["holds"] == []
    assert run(["hold", "list", "--ended"]) == 0
    assert identifier in capsys.readouterr().out
    assert run(erasing(identifier, "--yes")) == 0


def test_what_the_holder_had_closed_says_so(folder, capsys):
    """In the reader's language; the error tells no more."""
    identifier = issued(folder, capsys)["identifier"]
    assert run(["archive", "erase", identifier, "--reason", "holder", "--why", "č. j. 7/2026", "--yes"]) == 0
    capsys.readouterr()
    assert run(["verify", identifier, "--lang", "cs"]) == 69
    assert "uzavřen na žádost držitele" in capsys.readouterr().err
    assert run(["show", identifier, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["erased_for"] == "holder"


def test_erasing_lists_the_backups_that_still_have_the_key(folder, capsys):
    """Where settings say where they lie; a backup of the archive and one that is made later have no key of it."""
    identifier = issued(folder, capsys)["identifier"]
    (folder / "mikrocert.toml").write_text(
        f'{TOML}\n[privacy]\nkey_backup_days = 10\nkey_backups = "keys"\n', encoding="utf-8"
    )
    for name in ("1", "2"):
        assert run(["archive", "backup", f"archives/{name}", "--keys", f"keys/{name}"]) == 0
    shutil.copytree(folder / "archives" / "1", folder / "keys" / "of-the-archive")
    later = json.loads((folder / "keys" / "2" / "backup.json").read_text())
    (folder / "keys" / "2" / "backup.json").write_text(
        json.dumps({**later, "at": "2126-01-01T00:00:00+00:00"})
    )
    capsys.readouterr()
    assert run(erasing(identifier, "--yes", "--json")) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [Path(backup["folder"]).name for backup in answer["key_backups"]] == ["1"]
    made = datetime.fromisoformat(json.loads((folder / "keys" / "1" / "backup.json").read_text())["at"])
    assert datetime.fromisoformat(answer["key_backups"][0]["until"]) == made + timedelta(days=10)
    assert run(erasing(identifier, "--yes")) == 0
    assert str(folder / "keys" / "1") in capsys.readouterr().out


@pytest.mark.system
def test_erasing_asks_for_the_identifier_again(folder, capsys, monkeypatch):
    """Anything else, or nothing at all, erases nothing; the identifier may be typed in groups."""
    identifier = issued(folder, capsys)["identifier"]
    for typed in ("", "\n", "yes\n", "aaaaBBBB2222\n", f"{identifier.swapcase()}\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert run(erasing(identifier)) == 64
        output = capsys.readouterr()
        assert output.out == ""
        assert f"erases the content of {identifier} (toy, " in output.err
        assert "nothing was erased" in output.err
    assert run(["verify", identifier]) == 0
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{identifier[:4]} {identifier[4:8]} {identifier[8:]}\n"))
    assert run(erasing(identifier, "--lang", "cs")) == 0
    output = capsys.readouterr()
    assert f"Obsah mikrocertifikátu {identifier} je vymazán." in output.out
    assert "napište identifikátor" in output.err


def test_erasing_what_is_not_there_exits_3(capsys):
    """No question is asked."""
    assert run(erasing("aaaaBBBB2222", "--lang", "cs")) == 3
    output = capsys.readouterr().err
    assert output == "mikrocert: žádný mikrocertifikát v\u00a0archivu nemá tento identifikátor\n"


def test_verify_of_an_undetermined_file_exits_2(folder, capsys, toy, monkeypatch):
    """A check that doesn't know leaves it undetermined."""
    output = issued(folder, capsys)

    class Unsure(Check):
        def examine(self, context, *, at):
            return CheckResult("unsure", Outcome.UNDETERMINED)

    plugins = toy.plugins()
    plugins.add(toy.offering("checks", "unsure", lambda _: Unsure()), name="unsure")
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda **_: plugins)
    assert run(["verify", output["identifier"]]) == 2
    assert "We could not confirm validity" in capsys.readouterr().out


def test_an_archive_that_is_missing_leaves_it_undetermined(folder, capsys):
    """Nobody is told that a credential is unknown because a disk is missing, and no empty archive is made."""
    file = issued(folder, capsys)["files"][0]
    (folder / "other.toml").write_text(TOML + '[archive]\nurl = "sqlite:///missing.sqlite"')
    assert run(["--config", "other.toml", "verify", file, "--json"]) == 2
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert {check["check"]: check["outcome"] for check in checks}["status"] == "undetermined"
    assert not (folder / "missing.sqlite").exists()


def test_an_archive_that_is_none_is_no_answer(folder, capsys):
    """A file that is no archive leaves the status of a file open; an identifier can't be looked up in it at all."""
    issued_file = issued(folder, capsys)
    (folder / "other.toml").write_text(TOML + '[archive]\nurl = "sqlite:///other.toml"')
    assert run(["--config", "other.toml", "verify", issued_file["files"][0]]) == 2
    assert "The archive does not answer" in capsys.readouterr().out
    assert run(["--config", "other.toml", "verify", issued_file["identifier"]]) == 69
    assert "archive" in capsys.readouterr().err


def a_root_of_others():
    """Return the root of somebody else, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "cizí kořen")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


VERIFIED = {  # what → (exit code, code of the finding)
    "missing.jsonld": (3, "unreadable"),
    "aaaaBBBB2222": (3, "unknown-identifier"),
    "https://toy.example/verify/aaaaBBBB2222": (3, "unknown-identifier"),
    "https://evil.example/verify/aaaaBBBB2222": (3, "foreign-link"),
    "http://127.0.0.1:9/verify/aaaaBBBB2222": (3, "foreign-link"),
    ".": (3, "unreadable"),
    "mikrocert.toml": (3, "not-a-credential"),
    "x" * 5000: (3, "unreadable"),
    "a\x00b": (3, "unreadable"),
    "/dev/zero": (3, "unreadable"),
}


@pytest.mark.parametrize("what", VERIFIED, ids=lambda what: what[:30].replace("\x00", "NUL"))
def test_verify_of_anything_else_exits_3(capsys, monkeypatch, what):
    """It says why in JSON and in the terminal; nothing is ever fetched."""
    monkeypatch.setattr("socket.socket.connect", None)
    code, finding = VERIFIED[what]
    assert run(["verify", what, "--json"]) == code
    output = json.loads(capsys.readouterr().out)
    assert (output["verdict"], output["unusable"][0]["code"], output["checks"]) == ("unusable", finding, [])
    assert run(["verify", what, "--lang", "cs"]) == code
    headline = "Tento soubor není mikrocertifikát" if finding == "not-a-credential" else "Není co ověřit"
    shown = capsys.readouterr().out
    assert headline in shown
    assert (
        shown.count("není mikrocertifikát") < 2
    )  # the headline says it, and what follows says something else


def outputs(capsys, *arguments, code):
    """Run a command and return what it prints, and its errors."""
    assert run(list(arguments)) == code
    return capsys.readouterr()


@pytest.fixture
def stranger(folder, toy, monkeypatch):
    """Be in a stranger's folder, with a file, its root and settings that trust it; nobody named settings."""
    monkeypatch.delenv("MIKROCERT_CONFIG")
    monkeypatch.setenv("HOME", str(folder / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    (folder / "file.toy").write_bytes(toy.sealed(toy.payload()))
    return folder


def test_a_file_is_not_judged_by_the_settings_it_came_with(stranger, capsys):
    """Who sent it may have sent the folder; named, the same settings count."""
    report = json.loads(outputs(capsys, "verify", "file.toy", "--json", code=1).out)
    assert report["settings"] is None
    assert {check["check"]: check["outcome"] for check in report["checks"]}["trust"] == "failed"
    output = outputs(capsys, "verify", "file.toy", code=1).out
    assert "Settings: none, the defaults hold (mikrocert.toml of this folder was not read;" in output
    named = json.loads(
        outputs(capsys, "--config", "mikrocert.toml", "verify", "file.toy", "--json", code=1).out
    )
    assert named["settings"] == str(stranger / "mikrocert.toml")
    assert {check["check"]: check["outcome"] for check in named["checks"]}["trust"] == "passed"


def test_settings_of_a_strangers_folder_are_not_even_read(stranger, capsys, monkeypatch):
    """Nothing in them can stop or change what verifies, nor which groups there are; what administers is told what is wrong."""
    (stranger / "mikrocert.toml").write_text("x = ")
    assert "Not valid: the seal is a test" in outputs(capsys, "verify", "file.toy", code=1).out
    assert "archive" in outputs(capsys, "show", "aaaaBBBB2222", code=69).err
    assert "verify" in outputs(capsys, "--help", code=0).out
    assert "is not TOML" in outputs(capsys, "plugins", code=78).err
    assert "is not TOML" in outputs(capsys, "archive", "check", code=78).err


@pytest.mark.parametrize("administers", [False, True])
def test_a_plugins_command_says_whether_the_folder_counts(stranger, toy, capsys, monkeypatch, administers):
    """The file of the folder counts for it only where its offer says that it administers."""

    def group():
        app = typer.Typer()

        @app.callback(invoke_without_command=True)
        def file(context: typer.Context) -> None:
            typer.echo(str(context.obj.settings.file))

        return app

    plugins = toy.plugins()
    plugins.add(toy.offering("commands", "toy", lambda _: group(), administers=administers), name="commands")
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda allow=None, **_: plugins)
    expected = stranger / "mikrocert.toml" if administers else None
    assert outputs(capsys, "toy", code=0).out == f"{expected}\n"
    assert (
        outputs(capsys, "--config", "mikrocert.toml", "toy", code=0).out == f"{stranger / 'mikrocert.toml'}\n"
    )


def test_a_command_that_only_the_folder_allows_has_to_administer(stranger, toy, capsys, monkeypatch):
    """Settings of a folder can't bring a command that verifies."""
    strict, loose = toy.plugins(), toy.plugins()
    for name in ("serving", "sealing"):
        loose.add(
            toy.offering("commands", name, lambda _: typer.Typer(), administers=name == "sealing"), name=name
        )
    (stranger / "mikrocert.toml").write_text(TOML + "[plugins]\nallow = ['loose']")
    monkeypatch.setattr(
        "mikrocert.host.loading.load_plugins", lambda allow=None, **_: loose if allow else strict
    )
    assert "serving" in outputs(capsys, "serving", code=64).err
    assert "No such command" not in outputs(capsys, "sealing", code=70).err


ANSWERS = {  # arguments, ID being an identifier → part of the answer
    ("verify", "ID"): "identifier",
    ("show", "ID"): "toy",
    ("revoke", "ID", "--reason", "Omyl"): "revoked",
    ("plugins",): "toy",
    ("archive", "init"): "archive",
    ("archive", "upgrade"): "archive",
    ("archive", "check"): "sound",
    ("archive", "erase", "ID", "--reason", "other", "--yes"): "erased",
    ("issue", "awards.json", "--institution", "toy"): "issued",
}


@pytest.mark.system
@pytest.mark.parametrize("arguments", ANSWERS, ids=" ".join)
def test_every_answer_names_its_settings(folder, capsys, arguments):
    """In one line; in Czech too."""
    identifier = issued(folder, capsys)["identifier"]
    run([identifier if argument == "ID" else argument for argument in arguments])
    output = capsys.readouterr().out
    assert ANSWERS[arguments] in output
    assert output.count(f"Settings: {folder}/mikrocert.toml\n") == 1


def test_json_names_the_settings(folder, capsys):
    """`settings` is the file that was read."""
    identifier = issued(folder, capsys)["identifier"]
    for command in ("verify", "show"):
        output = json.loads(outputs(capsys, command, identifier, "--json", code=0).out)
        assert output["settings"] == str(folder / "mikrocert.toml")


SHADOWS = ("ID", "GROUPED", "LINK")


@pytest.mark.system
@pytest.mark.parametrize("form", SHADOWS)
def test_a_file_never_shadows_an_identifier_or_a_link(folder, capsys, form):
    """What the argument looks like decides, whatever files there are, and the answer says so; `--file` takes the file."""
    output = issued(folder, capsys)
    identifier = output["identifier"]
    grouped = f"{identifier[:4]} {identifier[4:8]} {identifier[8:]}"
    what = {"ID": identifier, "GROUPED": grouped, "LINK": output["link"]}[form]
    (folder / what).parent.mkdir(parents=True, exist_ok=True)
    (folder / what).write_bytes(b"a stranger's")
    report = json.loads(outputs(capsys, "verify", what, "--json", code=0).out)
    assert (report["identifier"], report["taken_as"]) == (
        identifier,
        "link" if form == "LINK" else "identifier",
    )
    assert (
        "The file of this name was not read; --file reads it." in outputs(capsys, "verify", what, code=0).out
    )
    report = json.loads(outputs(capsys, "verify", what, "--file", "--json", code=3).out)
    assert (report["unusable"][0]["code"], report["taken_as"]) == ("not-a-credential", "file")


@pytest.mark.system
def test_a_person_settles_what_is_meant(folder, capsys):
    """`--id` takes no file, whatever there is; both at once are wrong use."""
    output = issued(folder, capsys)
    file = output["files"][0]
    assert "Taken as the name of a file." in outputs(capsys, "verify", file, code=0).out
    assert "Taken as an identifier.\n" in outputs(capsys, "verify", output["identifier"], "--id", code=0).out
    assert "Taken as a verification link.\n" in outputs(capsys, "verify", output["link"], "--id", code=0).out
    assert "neither an identifier" in outputs(capsys, "verify", file, "--id", code=64).err
    assert "exclude each other" in outputs(capsys, "verify", file, "--id", "--file", code=64).err


NO_ANSWER = {  # name → settings without an archive that answers
    "none named": "",
    "none there": TOML + '[archive]\nurl = "sqlite:///nowhere/archive.sqlite"',
    "no keys": TOML + '[archive]\nkeys = "sqlite:///nowhere/keys.sqlite"',
    "no database": TOML + '[archive]\nurl = "sqlite:///root.pem"',
    "a folder": TOML + '[archive]\nurl = "sqlite:///home"',
    "no such host": TOML
    + '[archive]\nurl = "postgresql+psycopg://nobody@/x?host=/nowhere"\nkeys = "sqlite:///k"',
}


@pytest.mark.parametrize("name", NO_ANSWER)
def test_an_archive_that_does_not_answer_is_not_an_unknown_identifier(folder, capsys, monkeypatch, name):
    """Nobody is told that a credential is unknown because a path is wrong: exit code 69, and nothing is made."""
    identifier = issued(folder, capsys)["identifier"]
    (folder / "home").mkdir()
    (folder / "other.toml").write_text(NO_ANSWER[name])
    config = ["--config", "other.toml"]
    if not NO_ANSWER[name]:
        monkeypatch.delenv("MIKROCERT_CONFIG")
        monkeypatch.setenv("HOME", str(folder / "home"))
        config = []
    before = sorted(folder.rglob("*"))
    for command in ("verify", "show"):
        output = outputs(capsys, *config, command, identifier, code=69)
        assert (output.out, "Traceback" in output.err) == ("", False)
    assert sorted(folder.rglob("*")) == before


def test_an_anchor_is_added_for_one_verification(stranger, capsys):
    """It is trusted this time, and printed with name and fingerprint; several can be named."""
    (stranger / "user.toml").write_text(TOML.replace("root.pem", "none.pem"))
    (stranger / "none.pem").write_bytes(a_root_of_others())
    config = ["--config", "user.toml"]
    outcomes = {}
    for anchors in ([], ["--anchor", "root.pem"], ["--anchor", "none.pem", "--anchor", "root.pem"]):
        report = json.loads(outputs(capsys, *config, "verify", "file.toy", "--json", *anchors, code=1).out)
        outcomes[len(anchors)] = next(c["outcome"] for c in report["checks"] if c["check"] == "trust")
        assert [one["file"] for one in report["anchors"]] == anchors[1::2]
    assert outcomes == {0: "failed", 2: "passed", 4: "passed"}
    output = outputs(capsys, *config, "verify", "file.toy", "--anchor", "root.pem", code=1).out
    assert "Trusted for this verification only: CN=kořen Řípské (root.pem, SHA-256 " in output
    for unfit in ("/dev/zero", ".", "file.toy", "missing.pem"):
        assert "--anchor: " in outputs(capsys, "verify", "file.toy", "--anchor", unfit, code=78).err


def test_verify_shows_no_content_that_is_not_genuine(folder, capsys):
    """A swapped payload is invalid, and its data are neither printed nor in the JSON."""
    file = folder / issued(folder, capsys)["files"][0]
    file.write_bytes(file.read_bytes().replace("Kateřina".encode(), "Karolína".encode()))
    assert run(["verify", str(file)]) == 1
    output = capsys.readouterr().out
    assert "Karolína" not in output
    assert "Data of the file are unverified" in output
    assert run(["verify", str(file), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["data"] is None


def test_every_output_says_test(folder, capsys):
    """A valid test seal is never called simply valid."""
    identifier = issued(folder, capsys)["identifier"]
    assert run(["verify", identifier]) == 0
    output = capsys.readouterr().out
    assert output.startswith(" TEST")
    assert "1994" not in output


def test_outside_the_sandbox_a_test_seal_is_invalid(folder, capsys):
    """The same file, another configuration."""
    file = issued(folder, capsys)["files"][0]
    (folder / "strict.toml").write_text(TOML.replace("sandbox = true", ""))
    assert run(["--config", "strict.toml", "verify", file]) == 1
    output = capsys.readouterr().out
    assert "Not valid: the seal is a test" in output
    assert "TEST" in output


def test_hostile_names_drive_no_terminal(capsys, folder):
    """Control characters of a file are shown as escapes."""
    (folder / "in.json").write_text(
        '{"awards": [{"\\u001b[2J\\u0007": 1, "evidence_number": "\\u001b[31mx"}]}'
    )
    assert run(["issue", "in.json", "--institution", "toy"]) == 1
    output = capsys.readouterr().out
    assert "\x1b[2J" not in output
    assert "\\x1b[2J" in output
    assert "\x07" not in output


@pytest.mark.system  # some 3 s
def test_lines_are_not_broken_at_no_break_spaces(folder, capsys, monkeypatch):
    """`v jazyce` stays together on a terminal of any width."""
    identifier = issued(folder, capsys)["identifier"]
    for columns in range(40, 90, 3):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert run(["show", identifier, "--lang", "cs"]) == 0
        output = capsys.readouterr().out
        assert "v\u00a0jazyce" in output
        assert "\ue000" not in output


USAGE = {  # arguments → part of the message
    ("issue",): "Missing argument",
    ("issue", "x.json"): "institution",
    ("verify",): "Missing argument",
    ("verfy", "x"): "verfy",
    ("verify", "x", "--lang", "de"): "'de'",
    ("verify", "x", "--jsn"): "--jsn",
    ("show", "mikrocert.toml"): "neither an identifier",
    ("revoke", "aaaaBBBB2222"): "reason",
    ("revoke", "aaaaBBBB2222", "--reason", " "): "needs a text",
    ("archive", "erase", "aaaaBBBB2222"): "reason",
    ("archive", "erase", "aaaaBBBB2222", "--reason", "Na žádost"): "reason",
    ("archive", "erase", "0OIl", "--reason", "other", "--yes"): "neither an identifier",
    ("issue", "x", "--institution", "toy", "--replaces", "aaaaBBBB2222"): "belong together",
    ("issue", "x", "--institution", "toy", "--reason", "a"): "belong together",
    ("issue", "x", "--institution", "toy", "--replaces", "?", "--reason", "a"): "neither an identifier",
}


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_wrong_usage_exits_64(capsys, arguments):
    """The message says what is missing or wrong."""
    assert run(list(arguments)) == 64
    assert USAGE[arguments] in capsys.readouterr().err


WRONG_USE = {  # arguments → what is said of them in Czech
    ("issue",): "Chybí argument SOUBOR.",
    ("issue", "x.json"): "Chybí volba --institution.",
    ("verfy", "x"): "Příkaz verfy neexistuje; nejspíš je míněn verify.",
    ("qqq",): "Příkaz qqq neexistuje.",
    ("verify", "x", "--qqq"): "Volba --qqq neexistuje.",
    ("verify", "x", "--jsn"): "Volba --jsn neexistuje; nejspíš je míněna --json.",
    ("verify", "x", "y", "z"): "Tyto argumenty jsou navíc: y z.",
    ("issue", "x.json", "--institution"): "Volba --institution potřebuje hodnotu.",
    ("verify", "x", "--json=1"): "Volba --json nemá hodnotu.",
    ("revoke", "aaaaBBBB2222", "--reason", " "): "Chybná hodnota: ",
}


@pytest.mark.parametrize("arguments", WRONG_USE, ids=" ".join)
def test_wrong_usage_is_told_in_the_readers_language(capsys, arguments):
    """Everything that can be wrong with a command line is Czech where the answer is to be Czech."""
    language = ["--lang", "cs"] if arguments[-1] != "--institution" else ["--lang=cs", "--institution"]
    given = list(arguments) if arguments[-1] != "--institution" else list(arguments[:-1])
    assert run([*given, *language]) == 64
    output = capsys.readouterr().err.replace("\u00a0", " ").replace("'", "")
    assert WRONG_USE[arguments] in output
    assert "Error" not in output
    assert "Usage" not in output


def test_the_settings_file_is_called_by_its_name(folder, capsys):
    """Whoever names another file reads that name, not the usual one."""
    (folder / "jiný.toml").write_text(TOML.replace("sandbox = true", ""), encoding="utf-8")
    assert run(["--config", "jiný.toml", "issue", awards(folder, {}), "--institution", "toy"]) == 78
    output = capsys.readouterr().err
    assert "jiný.toml says sandbox = true" in output
    (folder / "jiný.toml").write_text(TOML + "[signers.r]\n", encoding="utf-8")
    assert run(["--config", "jiný.toml", "verify", "x"]) == 78
    assert "jiný.toml: no offer reads" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sandbox = 'yes'", "sandbox: "),
        ("x = ", "is not TOML"),
        ("[trust]\nanchors = ['no.pem']", "trust.anchors"),
    ],
)
def test_wrong_settings_exit_78(folder, capsys, text, message):
    """The message names the member."""
    (folder / "mikrocert.toml").write_text(text)
    assert run(["verify", "mikrocert.toml"]) == 78
    assert message in capsys.readouterr().err


def test_wrong_settings_are_told_for_commands_of_plugins_too(folder, capsys):
    """Which groups there are can't be known then, so that the settings are what is wrong, not the command."""
    (folder / "mikrocert.toml").write_text("x = ")
    assert run(["toy-group"]) == 78
    assert "is not TOML" in capsys.readouterr().err


def test_help_is_shown_whatever_the_settings_say(folder, capsys):
    """Who has broken settings needs help most."""
    (folder / "mikrocert.toml").write_text("x = ")
    assert run(["--help"]) == 0
    assert "verify" in capsys.readouterr().out


def test_unknown_names_exit_78(folder, capsys):
    """The message lists what there is."""
    assert run(["issue", awards(folder, {}), "--institution", "mu"]) == 78
    assert "there is no 'mu'; there are: data, toy" in capsys.readouterr().err


def test_a_bug_exits_70(capsys, monkeypatch):
    """Never with 1 or 2, which are verdicts."""
    monkeypatch.setattr("mikrocert.settings.load_settings", lambda path: 1 / 0)
    assert run(["verify", "x"]) == 70
    output = capsys.readouterr().err
    assert "please report it" in output
    assert "ZeroDivisionError at core.tests.test_core_cli:" in output
    assert "Traceback" not in output
    assert run(["--debug", "verify", "x"]) == 70
    assert "debug: Traceback" in capsys.readouterr().err


ENDINGS = [
    SystemExit(0),
    SystemExit(None),
    GeneratorExit(),
    asyncio.CancelledError(),
    BaseException("PIN 2605"),
]


@pytest.mark.parametrize("ending", ENDINGS, ids=repr)
def test_whatever_ends_a_command_but_its_own_code_is_a_bug(capsys, monkeypatch, ending):
    """Nothing that comes up gives 0, or a verdict, and none of its text is shown."""

    def end(path):
        raise ending

    monkeypatch.setattr("mikrocert.settings.load_settings", end)
    assert run(["verify", "x"]) == 70
    assert "2605" not in capsys.readouterr().err


def test_interrupting_exits_130(capsys, monkeypatch):
    """What was recorded stays recorded."""

    def interrupt(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("mikrocert.settings.load_settings", interrupt)
    assert run(["verify", "x"]) == 130
    assert "stopped" in capsys.readouterr().err


def test_plugins_are_listed_with_failures(capsys, monkeypatch, toy):
    """Names, versions, offers, and why some failed; brackets in summaries are no markup."""
    plugins = toy.plugins()
    plugins.add(type("X", (), {})(), name="empty", version="[red]1.0")
    plugins.failures.append(Failure("kaput", "toy-kaput", message("ImportError: [bold]řešení")))
    plugins.skipped.append(
        Skipped("other", "toy-other", message("not on the allow-list; it was not imported"))
    )
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda **_: plugins)
    assert run(["plugins", "--lang", "cs"]) == 78
    output = capsys.readouterr().out
    assert "[red]1.0" in output
    assert "✗ kaput (toy-kaput): ImportError: [bold]řešení" in output
    assert "– other (toy-other): není na seznamu povolených" in output
    assert run(["plugins", "--json"]) == 78
    found = json.loads(capsys.readouterr().out)
    assert {"kind": "intakes", "name": "json"} in found["plugins"][0]["offers"]
    assert found["failures"][0]["distribution"] == "toy-kaput"
    assert set(found["failures"][0]["reason"]) >= {"cs", "en"}
    plugins.failures.clear()
    assert run(["plugins"]) == 0


def test_schema_is_printed(capsys):
    """As JSON, and the same that the core derives."""
    from mikrocert.award.canonical import awards_schema

    assert run(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == awards_schema()


def grouped(toy, name, called):
    """Return plugins with a command group of this name."""

    def make(_):
        called.append("made")
        group = typer.Typer(help="Toys.")

        @group.command()
        def play(ctx: typer.Context, times: int = 1) -> None:
            called.append((times, ctx.obj.settings.base_url))

        @group.command()
        def tidy() -> None:
            raise PluginError(message("{name}", name=name))

        return group

    plugins = toy.plugins()
    plugins.add(toy.offering("commands", name, make), name="group")
    return plugins


def test_a_group_of_a_plugin_is_made_only_when_called(toy, capsys, monkeypatch):
    """--help lists it by its summary; calling it passes arguments, context and errors."""
    called = []
    plugins = grouped(toy, "toys", called)
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda **_: plugins)
    assert run(["--help"]) == 0
    assert "Toy toys" in capsys.readouterr().out
    assert run(["plugins"]) == 0
    assert called == []
    assert run(["toys", "play", "--times", "3"]) == 0
    assert called == ["made", (3, "https://toy.example")]
    assert run(["toys", "tidy"]) == 78
    assert run(["toys", "paly"]) == 64
    assert run(["toys", "--help"]) == 0
    assert "Toys." in capsys.readouterr().out


def test_a_core_command_can_not_be_shadowed(toy, capsys, monkeypatch):
    """A group called verify is never called."""
    called = []
    plugins = grouped(toy, "verify", called)
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda **_: plugins)
    assert run(["verify", "missing.jsonld"]) == 3
    assert run(["--help"]) == 0
    assert capsys.readouterr().out.count("\n  verify ") == 1
    assert called == []


HEAVY = {  # what takes long to import, ours and others'
    *("alembic", "asn1crypto", "babel", "cattrs", "cryptography", "griffe", "httpx", "hypothesis", "jinja2"),
    *("litestar", "markupsafe", "opentelemetry", "PIL", "pyhanko", "pyld", "pyshacl", "rdflib", "rich"),
    *("sqlalchemy", "tomllib", "uvicorn", "weasyprint", "zoneinfo"),
    *("mikrocert.archive", "mikrocert.award", "mikrocert.codelists", "mikrocert.parsing", "mikrocert.report"),
    *(
        "mikrocert.rules",
        "mikrocert.service.issuing.issuing",
        "mikrocert.service.system",
        "mikrocert.testing",
    ),
}
_MOST_MODULES = 300
"""How many modules there may be once help is shown: Python begins with some 35, Typer brings 110."""


@pytest.mark.parametrize("locale", ["C.UTF-8", "uk_UA.UTF-8"])
def test_help_is_cheap(new_python, tmp_path, locale):
    """Nothing heavy is imported to say what there is, in whichever language, neither by the core nor by any plugin, and not many modules.

    Where there are settings, they are read: a plugin that they don't allow isn't imported, whatever is asked.
    """
    script = """
        import json, os, sys
        from mikrocert.cli.app import run
        os.chdir(sys.argv[1])
        assert run(["--help"]) == 0
        print(json.dumps(sorted(sys.modules)))
    """
    (folder := tmp_path / "without-settings").mkdir()
    *shown, modules = new_python(
        script, folder, MIKROCERT_CONFIG="", LC_ALL=locale, PYTHONUTF8="1"
    ).splitlines()
    modules = set(json.loads(modules))
    assert modules & HEAVY == set()
    assert len(modules) < _MOST_MODULES
    assert any("--config" in line for line in shown)
    assert any("Options:" in line for line in shown) == (locale == "C.UTF-8")


def test_the_version_is_told(capsys):
    """One line, exit code 0."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == "mikrocert 0.1.0\n"


def test_at_a_terminal_one_hand_proposes_and_does_not_confirm(folder, capsys, monkeypatch):
    """Whatever name is given for the acts; what waits is exit code 2, and another user of the system confirms it."""
    identifier = issued(folder, capsys)["identifier"]
    (folder / "mikrocert.toml").write_text(
        f'{TOML}\n[four_eyes]\ndeeds = ["revoke", "issue"]\n', encoding="utf-8"
    )
    assert run(["revoke", identifier, "--reason", "Omyl", "--as", "Růžena", "--lang", "cs"]) == 2
    assert "musí potvrdit druhá osoba" in capsys.readouterr().err
    assert run(["proposals", "list", "--json"]) == 0
    [proposal] = json.loads(capsys.readouterr().out)["proposals"]
    assert (proposal["deed"], proposal["subject"], proposal["actor"]) == ("revoke", identifier, "Růžena")
    assert run(["proposals", "confirm", proposal["proposal"], "--as", "Ďuro"]) == 1
    assert "the same hand" in capsys.readouterr().err
    for pretended in ("key K7mQx4Rt9bHz", "client K7mQx4Rt9bHz", "person ďuro"):
        assert run(["proposals", "confirm", proposal["proposal"], "--as", pretended]) == 64
    assert run(["proposals", "show", proposal["proposal"]]) == 0
    assert "Omyl" in capsys.readouterr().out
    monkeypatch.setattr("mikrocert.accounts.proposals.system_user", lambda: "ďuro")
    assert run(["proposals", "confirm", proposal["proposal"]]) == 0
    capsys.readouterr()
    assert run(["show", identifier]) == 0
    assert "revoked" in capsys.readouterr().out
    assert run(["issue", "awards.json", "--institution", "toy"]) != 0
    assert "mikrocert batch send" in capsys.readouterr().err
    assert run(["proposals", "refuse", proposal["proposal"]]) == 1


def test_four_eyes_are_wanted_of_an_institution_by_command(folder, capsys):
    """For less than before only with a second pair."""
    assert run(["institution", "add", "toy"]) == 0
    more = ["institution", "four-eyes", "toy", "--why", "směrnice", "--json"]
    capsys.readouterr()
    assert run([*more, "--deed", "revoke", "--deed", "erase"]) == 0
    assert json.loads(capsys.readouterr().out)["four_eyes"] == ["erase", "revoke"]
    assert run([*more, "--deed", "revoke"]) == 2
    assert run([*more, "--deed", "relax"]) == 64
