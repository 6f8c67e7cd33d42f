"""The command line: exit codes, what it prints, and what it doesn't import."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
from datetime import UTC, date, datetime

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
from mikrocert.parsing import strict_json
from mikrocert.report import CheckResult, Outcome
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
    said = issued(folder, capsys)
    identifier = said["identifier"]
    assert said["files"] == [f"{identifier}.toy", f"{identifier}.pdf"]
    assert (said["created"], said["state"], said["record"]["number"]) == (True, "live", 1)
    grouped = f"{identifier[:4]} {identifier[4:8]} {identifier[8:]}"
    for what in (*said["files"], identifier, grouped, said["link"]):
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
    said = capsys.readouterr().out
    assert "✓ #1 UŘ/2026/0042 vydáno" in said
    assert "✗ #2 UŘ/2 odmítnuto" in said
    assert "chyba level.eqf: úroveň EQF\u00a09 neexistuje; jsou úrovně 1 až 8" in said
    assert "Vydáno: 1, odmítnuto: 1." in said
    assert len(list((folder / "vydáno").iterdir())) == 2


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
    said = capsys.readouterr()
    assert "--out" in said.err
    assert said.out == ""
    assert run([*issuing, "--dry-run"]) == 0
    assert "would be issued" in capsys.readouterr().out
    assert issued(folder, capsys, "--out", "new/folder")["created"]
    assert len(list((folder / "new/folder").iterdir())) == 2


def test_settings_that_would_make_a_trap_exit_78(folder, capsys):
    """The message names each; nothing is issued."""
    (folder / "mikrocert.toml").write_text(TOML.replace('"root.pem"', ""))
    path = awards(folder, {})
    assert run(["issue", path, "--institution", "toy", "--json"]) == 78
    said = capsys.readouterr()
    assert said.out == ""
    assert "no certificate of trust.anchors stands above the seal certificate" in said.err
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
        said = capsys.readouterr()
        assert said.err.startswith(expected)
        assert "refused" in json.loads(said.out)


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
    said = capsys.readouterr()
    assert message in (json.loads(said.out)["unusable"][0]["message"]["en"] if options else said.err)
    assert "Traceback" not in said.err


@pytest.mark.parametrize("command", [["verify"], ["issue", "--institution", "toy"]])
def test_czech_names_the_fault_of_a_file_too(folder, capsys, command):
    """A file that is too large is called that in both languages."""
    (folder / "velký.json").write_bytes(b" " * 20_000_000)
    assert run([*command, "velký.json", "--lang", "cs"]) == 3
    said = capsys.readouterr()
    assert "je větší než 16\u00a0MiB" in said.out + said.err


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
    for _ in range(2):
        assert run(["revoke", identifier, "--reason", "Omyl", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["state"] == "revoked"
    assert run(["verify", identifier]) == 1
    assert "Reason: Omyl" in capsys.readouterr().out
    assert run(["show", identifier, "--lang", "cs"]) == 0
    said = capsys.readouterr().out
    assert "zrušen: Omyl" in said
    assert "Analýza dat" in said


def erasing(identifier, *options):
    return ["archive", "erase", identifier, "--reason", "Na žádost", *options]


def test_erasing(folder, capsys):
    """The content is gone, status and history stay; erasing twice is no error, and what needs content says why not."""
    identifier = issued(folder, capsys)["identifier"]
    for _ in range(2):
        assert run(erasing(identifier, "--yes", "--json")) == 0
        answer = json.loads(capsys.readouterr().out)
        assert (answer["identifier"], answer["state"]) == (identifier, "live")
        assert answer["erased_at"]
    assert run(["show", identifier]) == 0
    said = capsys.readouterr().out
    assert "content erased: Na žádost" in said
    assert "Data Analysis" not in said
    assert run(["revoke", identifier, "--reason", "Omyl", "--lang", "cs"]) == 69
    assert f"obsah mikrocertifikátu {identifier} byl vymazán" in capsys.readouterr().err


def test_erasing_asks_for_the_identifier_again(folder, capsys, monkeypatch):
    """Anything else, or nothing at all, erases nothing; the identifier may be typed in groups."""
    identifier = issued(folder, capsys)["identifier"]
    for typed in ("", "\n", "yes\n", "aaaaBBBB2222\n", f"{identifier.swapcase()}\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert run(erasing(identifier)) == 64
        said = capsys.readouterr()
        assert said.out == ""
        assert f"erases the content of {identifier} (toy, " in said.err
        assert "nothing was erased" in said.err
    assert run(["verify", identifier]) == 0
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{identifier[:4]} {identifier[4:8]} {identifier[8:]}\n"))
    assert run(erasing(identifier, "--lang", "cs")) == 0
    said = capsys.readouterr()
    assert f"Obsah mikrocertifikátu {identifier} je vymazán." in said.out
    assert "napište identifikátor" in said.err


def test_erasing_what_is_not_there_exits_3(capsys):
    """No question is asked."""
    assert run(erasing("aaaaBBBB2222", "--lang", "cs")) == 3
    said = capsys.readouterr().err
    assert said == "mikrocert: žádný mikrocertifikát v\u00a0archivu nemá tento identifikátor\n"


def test_verify_of_an_undetermined_file_exits_2(folder, capsys, toy, monkeypatch):
    """A check that doesn't know leaves it undetermined."""
    said = issued(folder, capsys)

    class Unsure(Check):
        def examine(self, context, *, at):
            return CheckResult("unsure", Outcome.UNDETERMINED)

    plugins = toy.plugins()
    plugins.add(toy.offering("checks", "unsure", lambda _: Unsure()), name="unsure")
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda **_: plugins)
    assert run(["verify", said["identifier"]]) == 2
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
    monkeypatch.setattr("socket.socket", None)
    code, finding = VERIFIED[what]
    assert run(["verify", what, "--json"]) == code
    said = json.loads(capsys.readouterr().out)
    assert (said["verdict"], said["unusable"][0]["code"], said["checks"]) == ("unusable", finding, [])
    assert run(["verify", what, "--lang", "cs"]) == code
    headline = "Toto není mikrocertifikát" if finding == "not-a-credential" else "Není co ověřit"
    assert headline in capsys.readouterr().out


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
    said = outputs(capsys, "verify", "file.toy", code=1).out
    assert "Settings: none, the defaults hold (mikrocert.toml of this folder was not read;" in said
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
    ("archive", "erase", "ID", "--reason", "Žádost", "--yes"): "erased",
    ("issue", "awards.json", "--institution", "toy"): "issued",
}


@pytest.mark.parametrize("arguments", ANSWERS, ids=" ".join)
def test_every_answer_names_its_settings(folder, capsys, arguments):
    """In one line; in Czech too."""
    identifier = issued(folder, capsys)["identifier"]
    run([identifier if argument == "ID" else argument for argument in arguments])
    said = capsys.readouterr().out
    assert ANSWERS[arguments] in said
    assert said.count(f"Settings: {folder}/mikrocert.toml\n") == 1


def test_json_names_the_settings(folder, capsys):
    """`settings` is the file that was read."""
    identifier = issued(folder, capsys)["identifier"]
    for command in ("verify", "show"):
        said = json.loads(outputs(capsys, command, identifier, "--json", code=0).out)
        assert said["settings"] == str(folder / "mikrocert.toml")


SHADOWS = ("ID", "GROUPED", "LINK")


@pytest.mark.parametrize("form", SHADOWS)
def test_a_file_never_shadows_an_identifier_or_a_link(folder, capsys, form):
    """What the argument looks like decides, whatever files there are, and the answer says so; `--file` takes the file."""
    said = issued(folder, capsys)
    identifier = said["identifier"]
    grouped = f"{identifier[:4]} {identifier[4:8]} {identifier[8:]}"
    what = {"ID": identifier, "GROUPED": grouped, "LINK": said["link"]}[form]
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


def test_a_person_settles_what_is_meant(folder, capsys):
    """`--id` takes no file, whatever there is; both at once are wrong use."""
    said = issued(folder, capsys)
    file = said["files"][0]
    assert "Taken as the name of a file." in outputs(capsys, "verify", file, code=0).out
    assert "Taken as an identifier.\n" in outputs(capsys, "verify", said["identifier"], "--id", code=0).out
    assert "Taken as a verification link.\n" in outputs(capsys, "verify", said["link"], "--id", code=0).out
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
        said = outputs(capsys, *config, command, identifier, code=69)
        assert (said.out, "Traceback" in said.err) == ("", False)
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
    said = outputs(capsys, *config, "verify", "file.toy", "--anchor", "root.pem", code=1).out
    assert "Trusted for this verification only: CN=kořen Řípské (root.pem, SHA-256 " in said
    for unfit in ("/dev/zero", ".", "file.toy", "missing.pem"):
        assert "--anchor: " in outputs(capsys, "verify", "file.toy", "--anchor", unfit, code=78).err


def test_verify_shows_no_content_that_is_not_genuine(folder, capsys):
    """A swapped payload is invalid, and its data are neither printed nor in the JSON."""
    file = folder / issued(folder, capsys)["files"][0]
    file.write_bytes(file.read_bytes().replace("Kateřina".encode(), "Karolína".encode()))
    assert run(["verify", str(file)]) == 1
    said = capsys.readouterr().out
    assert "Karolína" not in said
    assert "Data of the file are unverified" in said
    assert run(["verify", str(file), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["data"] is None


def test_every_output_says_test(folder, capsys):
    """A valid test seal is never called simply valid."""
    identifier = issued(folder, capsys)["identifier"]
    assert run(["verify", identifier]) == 0
    said = capsys.readouterr().out
    assert said.startswith(" TEST")
    assert "1994" not in said


def test_outside_the_sandbox_a_test_seal_is_invalid(folder, capsys):
    """The same file, another configuration."""
    file = issued(folder, capsys)["files"][0]
    (folder / "strict.toml").write_text(TOML.replace("sandbox = true", ""))
    assert run(["--config", "strict.toml", "verify", file]) == 1
    said = capsys.readouterr().out
    assert "Not valid: the seal is a test" in said
    assert "TEST" in said


def test_hostile_names_drive_no_terminal(capsys, folder):
    """Control characters of a file are shown as escapes."""
    (folder / "in.json").write_text(
        '{"awards": [{"\\u001b[2J\\u0007": 1, "evidence_number": "\\u001b[31mx"}]}'
    )
    assert run(["issue", "in.json", "--institution", "toy"]) == 1
    said = capsys.readouterr().out
    assert "\x1b[2J" not in said
    assert "\\x1b[2J" in said
    assert "\x07" not in said


def test_lines_are_not_broken_at_no_break_spaces(folder, capsys, monkeypatch):
    """`v jazyce` stays together on a terminal of any width."""
    identifier = issued(folder, capsys)["identifier"]
    for columns in range(40, 90, 3):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert run(["show", identifier, "--lang", "cs"]) == 0
        said = capsys.readouterr().out
        assert "v\u00a0jazyce" in said
        assert "\ue000" not in said


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
    ("archive", "erase", "aaaaBBBB2222", "--reason", " "): "names no person",
    ("archive", "erase", "0OIl", "--reason", "x", "--yes"): "neither an identifier",
    ("issue", "x", "--institution", "toy", "--replaces", "aaaaBBBB2222"): "belong together",
    ("issue", "x", "--institution", "toy", "--reason", "a"): "belong together",
    ("issue", "x", "--institution", "toy", "--replaces", "?", "--reason", "a"): "neither an identifier",
}


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_wrong_usage_exits_64(capsys, arguments):
    """The message says what is missing or wrong."""
    assert run(list(arguments)) == 64
    assert USAGE[arguments] in capsys.readouterr().err


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
    assert "there is no 'mu'; there are: toy" in capsys.readouterr().err


def test_a_bug_exits_70(capsys, monkeypatch):
    """Never with 1 or 2, which are verdicts."""
    monkeypatch.setattr("mikrocert.settings.load_settings", lambda path: 1 / 0)
    assert run(["verify", "x"]) == 70
    said = capsys.readouterr().err
    assert "please report it" in said
    assert "ZeroDivisionError at core.tests.test_core_cli:" in said
    assert "Traceback" not in said
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
    said = capsys.readouterr().out
    assert "[red]1.0" in said
    assert "✗ kaput (toy-kaput): ImportError: [bold]řešení" in said
    assert "– other (toy-other): není na seznamu povolených" in said
    assert run(["plugins", "--json"]) == 78
    found = json.loads(capsys.readouterr().out)
    assert {"kind": "intakes", "name": "json"} in found["plugins"][0]["offers"]
    assert found["failures"][0]["distribution"] == "toy-kaput"
    assert set(found["failures"][0]["reason"]) >= {"cs", "en"}
    plugins.failures.clear()
    assert run(["plugins"]) == 0


def test_schema_is_printed(capsys):
    """As JSON, and the same that the core derives."""
    from mikrocert.award.canonical import schema

    assert run(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schema()


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
            raise PluginError(name)

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
    *("litestar", "markupsafe", "PIL", "pyhanko", "pyld", "pyshacl", "rdflib", "rich"),
    *("sqlalchemy", "tomllib", "uvicorn", "weasyprint", "zoneinfo"),
    *("mikrocert.archive", "mikrocert.award", "mikrocert.codelists", "mikrocert.parsing", "mikrocert.report"),
    *("mikrocert.rules", "mikrocert.service.issuing", "mikrocert.service.system", "mikrocert.testing"),
}
_MOST_MODULES = 300
"""How many modules there may be once help is shown: Python begins with some 35, Typer brings 110."""


def test_help_is_cheap(new_python, tmp_path):
    """Nothing heavy is imported to say what there is, neither by the core nor by any plugin, and not many modules.

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
    *shown, modules = new_python(script, folder, MIKROCERT_CONFIG="").splitlines()
    modules = set(json.loads(modules))
    assert modules & HEAVY == set()
    assert len(modules) < _MOST_MODULES
    assert any("Exit codes" in line for line in shown)


def test_the_version_is_told(capsys):
    """One line, exit code 0."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == "mikrocert 0.1.0\n"
