"""Offline bundles, made for real in a sandbox: what they prove elsewhere, and what a hostile one doesn't."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from mikrocert.errors import LogError, PackedFileError
from mikrocert.log.notes import Note, PrivateKey, read_note
from mikrocert.report import Outcome, Verdict
from mikrocert.service.system import open_system
from mikrocert.service.verifiers.bundles import make_bundle, read_bundle
from mikrocert.service.verifying.heads import log_trust
from mikrocert.service.verifying.offline import OfflineStatus, read_snapshot
from mikrocert.settings import load_settings
from mikrocert_institution_mu import example

from tests.conftest import Program

TOML = """
base_url = "https://mikro.example"
sandbox = true
signer = "test"
[operator]
name = {{ cs = "Zkušební provozovatel", en = "Test operator" }}
organization_identifier = "NTRCZ-00000000"
[archive]
[trust]
anchors = ["sandbox-root.pem"]
[signers.test]
[log]
origin = "log.example"
key = "file:{folder}/log.key"
keys = ["{public}"]
folder = "log"
"""
ELSEWHERE = """
sandbox = true
[operator]
name = {{ cs = "Zkušební provozovatel", en = "Test operator" }}
organization_identifier = "NTRCZ-00000000"
[trust]
anchors = ["sandbox-root.pem"]
[log]
keys = ["{public}"]
"""


@pytest.fixture(scope="module")
def key():
    return PrivateKey.new("log.example")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, key) -> Path:
    """Two awards were issued and are in the log; the second one was revoked after a bundle had been made of it."""
    folder = tmp_path_factory.mktemp("bundles")
    program = Program(folder)
    (folder / "log.key").write_text(key.text, "utf-8")
    (folder / "mikrocert.toml").write_text(TOML.format(folder=folder, public=key.public.text), "utf-8")
    program("archive", "init")
    (folder / "sandbox-root.pem").write_text(program("sandbox", "root"), "utf-8")
    export = json.loads(example("is-mu-2026.json").read_bytes())
    export["zaznamy"] = export["zaznamy"][:2]
    (folder / "export.json").write_text(json.dumps(export), "utf-8")
    program("institution", "add", "mu", "--as", "demo")
    program("issue", "export.json", "--institution", "mu")
    program("log", "publish")
    first, second = sorted(path.stem for path in folder.glob("*.jsonld"))
    for name, identifier in (("live", first), ("before", second)):
        program("bundle", identifier, "--out", f"{name}.zip")
    program("bundle", f"{first}.pdf", "--out", "document.zip")
    program("revoke", second, "--reason", "Vydáno omylem.", "--as", "demo")
    program("log", "publish")
    program("bundle", second, "--out", "revoked.zip")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mikrocert.toml").write_text(ELSEWHERE.format(public=key.public.text), "utf-8")
    (elsewhere / "sandbox-root.pem").write_bytes((folder / "sandbox-root.pem").read_bytes())
    return folder


@pytest.fixture(scope="module")
def elsewhere(folder):
    """A system of somebody else, who has neither the archive nor a key, and knows the log."""
    with open_system(load_settings(folder / "elsewhere/mikrocert.toml")) as system:
        yield system


@pytest.fixture(scope="module")
def bundles(folder):
    names = ("live", "document", "before", "revoked")
    return {name: read_bundle((folder / f"{name}.zip").read_bytes()) for name in names}


def status_codes(report):
    return {finding.code for finding in report.result("status").findings}


def status_alone(system, bundle, report):
    """What is said of the status, and what the archive knew, to whoever asks for nothing else, in this process."""
    alone = OfflineStatus(log_trust(system.settings), bundle.proof, bundle.status)
    return alone.judge(bundle.file, identifier=report.identifier, at=report.at)


@pytest.mark.parametrize(
    ("name", "verdict", "code"),
    [
        ("live", Verdict.VALID, "live-as-of"),
        ("document", Verdict.VALID, "live-as-of"),
        ("before", Verdict.VALID, "live-as-of"),
        ("revoked", Verdict.INVALID, "revoked"),
    ],
)
def test_a_bundle_is_judged_elsewhere_as_of_its_moment(elsewhere, bundles, name, verdict, code):
    """Credential and certificate verify without the archive, and the status says as of when it is."""
    report = elsewhere.verify_offline(bundles[name])
    assert report.verdict is verdict
    assert code in status_codes(report)
    snapshot = read_snapshot(read_note(bundles[name].status))
    assert report.status.as_of == snapshot.as_of
    assert report.outcome("logged") is Outcome.PASSED
    assert status_alone(elsewhere, bundles[name], report) == (report.result("status"), report.status)


def test_terminal_and_json_say_as_of_when(folder):
    """Nobody reads "not revoked" of today; exit codes are those of verify."""
    program = Program(folder / "elsewhere")
    shown = " ".join(program("verify", "--offline", "../live.zip").split())
    assert shown.count("tatus as of ") + shown.count("As of ") >= 2
    assert "has not been revoked" not in shown
    answer = program.json("verify", "--offline", "../live.zip")
    assert answer["status"]["as_of"] == answer["offline"]["status_as_of"]
    assert answer["offline"]["anchors_in_bundle"][0]["trusted"] is True
    assert program.json("verify", "--offline", "../revoked.zip", code=1)["verdict"] == "invalid"
    program("verify", "--offline", "../export.json", code=3)
    program("verify", "--offline", "../live.zip", "--id", code=64)


def signed(key, snapshot, **changes):
    return str(key.sign(Note(attrs.evolve(snapshot, **changes).text))).encode()


def hostile(bundles, key):
    """Name → what is swapped in a bundle that was live, and the code of what is said of its status."""
    live = bundles["live"]
    snapshot = read_snapshot(read_note(live.status))
    other = PrivateKey.new("log.example")
    foreign = PrivateKey.new("other.example")
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    return {
        "no status": ({"status": None}, "no-status"),
        "a status that nobody signed": ({"status": snapshot.text.encode() + b"\n"}, "status-damaged"),
        "a status that another key of this name signed": ({"status": signed(other, snapshot)}, "status-unsigned"),
        "a status of another log": ({"status": signed(foreign, snapshot, origin="other.example")}, "status-unsigned"),
        "the status of another file": ({"status": bundles["before"].status}, "status-of-another"),
        "the status of the certificate beside it": ({"status": bundles["document"].status}, "status-of-another"),
        "a status from tomorrow": ({"status": signed(key, snapshot, as_of=later)}, "status-from-later"),
        "a head of the log": ({"status": str(read_note_of(live.proof)).encode()}, "status-damaged"),
        "octets": ({"status": b"\xff" * 200}, "status-damaged"),
        "no proof": ({"proof": None}, "status-of-another-log"),
        "the proof of another file": ({"proof": bundles["before"].proof}, "status-of-another-log"),
    }  # fmt: skip


def read_note_of(proof):
    from mikrocert.log.checkpoints import read_proof

    return read_proof(proof).head


HOSTILE = (
    "no status",
    "a status that nobody signed",
    "a status that another key of this name signed",
    "a status of another log",
    "the status of another file",
    "the status of the certificate beside it",
    "a status from tomorrow",
    "a head of the log",
    "octets",
    "no proof",
    "the proof of another file",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_swapped_in_says_nothing(elsewhere, bundles, key, name):
    """A status without evidence leaves the question open: never valid, never live."""
    changes, code = hostile(bundles, key)[name]
    bundle = attrs.evolve(bundles["live"], **changes)
    report = elsewhere.verify_offline(bundle)
    assert code in status_codes(report)
    assert report.outcome("status") is Outcome.UNDETERMINED
    assert report.verdict is not Verdict.VALID
    assert report.status is None
    alone, known = status_alone(elsewhere, bundle, report)
    assert (alone.outcome, known) == (Outcome.UNDETERMINED, None)
    assert code in {finding.code for finding in alone.findings}
    assert [one for one in alone.findings if one not in report.result("status").findings] == []


def test_an_older_status_says_its_older_moment(elsewhere, bundles):
    """Swapped into the bundle of a revoked one, it says what was true then, as of then, and warns where that is long ago."""
    mixed = attrs.evolve(bundles["revoked"], status=bundles["before"].status)
    before = read_snapshot(read_note(bundles["before"].status)).as_of
    report = elsewhere.verify_offline(mixed, at=before + timedelta(days=31))
    assert report.status.as_of == before
    assert {"live-as-of", "status-old"} <= status_codes(report)
    assert status_alone(elsewhere, mixed, report) == (report.result("status"), report.status)


def test_anchors_of_a_bundle_are_never_trusted(folder, bundles, tmp_path):
    """Who doesn't trust them already gets the same answer as without them, and is told that they are there."""
    settings = load_settings(folder / "elsewhere/mikrocert.toml")
    stranger = attrs.evolve(settings, trust=attrs.evolve(settings.trust, anchors=()))
    with open_system(stranger) as system:
        with_them = system.verify_offline(bundles["live"])
        without = system.verify_offline(attrs.evolve(bundles["live"], anchors=None), at=with_them.at)
    assert with_them.outcome("trust") is not Outcome.PASSED
    assert with_them == without
    toml = (folder / "elsewhere/mikrocert.toml").read_text("utf-8").replace('["sandbox-root.pem"]', "[]")
    (tmp_path / "mikrocert.toml").write_text(toml, "utf-8")
    program = Program(tmp_path)
    live = str(folder / "live.zip")
    assert (
        program.json("verify", "--offline", live, code=1)["offline"]["anchors_in_bundle"][0]["trusted"]
        is False
    )
    assert "so not trusted: 1" in program("verify", "--offline", live, code=1)
    anchor = ["--anchor", str(folder / "sandbox-root.pem")]
    assert program.json("verify", "--offline", live, *anchor)["verdict"] == "valid"


def repacked(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, octets in parts:
            archive.writestr(name, octets)
    return out.getvalue()


WRONG = {
    "a file of another kind": ([("file/a.pdf", b"x"), ("run.sh", b"x")], "run.sh is nothing that"),
    "two files": ([("file/a.pdf", b"x"), ("file/b.pdf", b"x")], "holds one file"),
    "no file": ([("status.note", b"x")], "holds one file"),
    "a way out": ([("file/a.pdf", b"x"), ("lists/../../x", b"x")], "leads out"),
    "a deeper folder": ([("file/a/b.pdf", b"x")], "nothing that a bundle holds"),
    "a deeper folder of lists": (
        [("file/a.pdf", b"x"), ("lists/a/b/c.xml", b"x")],
        "nothing that a bundle holds",
    ),
    "a list that is hidden": ([("file/a.pdf", b"x"), ("lists/a/.lock", b"x")], "nothing that a bundle holds"),
    "a list that is a folder, too": (
        [("file/a.pdf", b"x"), ("lists/a", b"x"), ("lists/a/b.xml", b"x")],
        "lists/a is nothing that",
    ),
    "a bomb": ([("file/a.pdf", bytes(9_000_000))], "a hundred times"),
    "an archive": ([("file/a.pdf", repacked([("x", b"x")]))], "archive within"),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_archive_that_is_no_bundle_is_refused(name):
    """It says which part is wrong, and nothing of it is judged."""
    parts, words = WRONG[name]
    with pytest.raises(PackedFileError, match=words):
        read_bundle(repacked(parts))


@pytest.mark.parametrize("place", [0, *range(2, 9)])  # a log may have any name
def test_a_status_is_read_as_it_was_written_or_not_at_all(bundles, place):
    """Each line has one form, so that what is signed can't be read in two ways."""
    text = read_note(bundles["live"].status).text
    lines = text.split("\n")
    no_moment = ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59")  # outside of the calendar, in UTC
    for wrong in ("", "x", lines[place] + " ", "null", "0", "\u0660", *no_moment):
        if wrong == lines[place]:
            continue
        changed = "\n".join([*lines[:place], wrong, *lines[place + 1 :]])
        with pytest.raises(LogError):
            read_snapshot(Note(changed))


def test_a_file_that_is_not_in_the_archive_gets_no_status(folder, elsewhere):
    """A file of somebody else, or a changed one, is bundled without a status, and that is told."""
    with open_system(load_settings(folder / "mikrocert.toml")) as system:
        live = read_bundle((folder / "live.zip").read_bytes())
        identifier = live.name.partition(".")[0]
        made = make_bundle(system, live.file + b" ", name="a.jsonld", identifier=identifier, readme="x")
    assert made.as_of is None
    assert {finding.code for finding in made.findings} == {"no-proof", "no-status"}
    assert elsewhere.verify_offline(read_bundle(made.octets)).verdict is not Verdict.VALID


def test_the_archive_is_not_asked(folder, bundles, monkeypatch):
    """Where the settings name an archive, a bundle is judged without it all the same."""
    with open_system(load_settings(folder / "mikrocert.toml")) as system:
        monkeypatch.setattr("mikrocert.service.system.open_archive", None)
        assert system.verify_offline(bundles["live"]).status.as_of is not None
