"""Heads of the log, sealed by the operator's signer: published beside the checkpoint, judged by whoever has one, never in the way."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta

import attrs
import pytest
from mikrocert.archive import ErasureReason
from mikrocert.cli.app import run
from mikrocert.errors import LogError, SealError
from mikrocert.log.checkpoints import checkpoint_of
from mikrocert.log.folder import LogFolder
from mikrocert.log.notes import Note, PrivateKey, read_note
from mikrocert.log.trust import LogTrust
from mikrocert.report import Outcome, SealInfo, Severity
from mikrocert.service.doctor.examining_log import examine_log
from mikrocert.service.keeping.auditing import audit
from mikrocert.service.keeping.sealed_heads import HeadSeal, KeptHead, read_head, seal_head
from mikrocert.service.system import open_system
from mikrocert.settings import LogSettings, load_settings
from mikrocert.testing import example_award
from mikrocert.texts import message

KEY = PrivateKey.new("log.example")
TRUST = LogTrust((KEY.public,))
TOML = """
base_url = "https://toy.example"
sandbox = true
[operator]
name = {{ cs = "Řípská" }}
organization_identifier = "NTRCZ-00000000"
[trust]
anchors = ["root.pem"]
[log]
origin = "log.example"
key = "file:{folder}/log.key"
keys = ["{public}"]
folder = "log"
envelope = "toy-seal"
"""


@pytest.fixture(autouse=True)
def folder(toy, tmp_path, empty_archive, monkeypatch):
    """Work in a folder with settings that have heads sealed, where all toys are installed."""
    toy.settings(tmp_path)
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    (tmp_path / "log.key").write_text(KEY.text, encoding="utf-8")
    toml = TOML.format(folder=tmp_path, public=KEY.public.text)
    (tmp_path / "mikrocert.toml").write_text(toml, encoding="utf-8")
    monkeypatch.setenv("MIKROCERT_CONFIG", str(tmp_path / "mikrocert.toml"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda **_: toy.plugins())
    monkeypatch.setattr("mikrocert.service.system.load_plugins", lambda **_: toy.plugins())
    return tmp_path


@pytest.fixture
def system(folder):
    """Return the system under these settings."""
    with open_system(load_settings(folder / "mikrocert.toml", environment={})) as opened:
        yield opened


@pytest.fixture
def do(capsys):
    """Return what runs a command and returns its exit code, its JSON and what it tells on standard error."""

    def command(*arguments):
        capsys.readouterr()
        code = run([*map(str, arguments), "--json"])
        printed = capsys.readouterr()
        return code, json.loads(printed.out) if printed.out else {}, printed.err

    return command


def sealed_size(folder, system):
    """Return how many entries the sealed head of the folder has."""
    octets = LogFolder(folder / "log").sealed_head()
    return None if octets is None else checkpoint_of(system.log.read_head(octets).note).size


def test_a_head_is_sealed_each_time_it_is_published(folder, system, do):
    """Also where the log has not grown: the seal of today says that it has not."""
    code, published, _ = do("log", "publish")
    assert (code, published["sealed"], published["unsealed"]) == (0, True, None)
    first = (folder / "log/checkpoint").read_bytes()
    kept = system.log.read_head((folder / "log/checkpoint.sealed").read_bytes())
    assert (str(kept.note).encode(), kept.seal.outcome) == (first, Outcome.PASSED)
    (folder / "log/checkpoint.sealed").unlink()
    assert do("log", "publish")[1]["signed"] is False
    assert sealed_size(folder, system) == 0


CHANGES = {  # name → what is done with a credential of the archive
    "revoked": lambda system, identifier, **how: system.revoke(identifier, reason="omyl", **how),
    "erased": lambda system, identifier, **how: system.erase(identifier, reason=ErasureReason.OTHER, **how),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_of_the_archive_is_published_at_once(folder, system, toy, name):
    """Not only what is issued."""
    system.archive.record(toy.new())
    warnings = []
    CHANGES[name](system, "K7mQx4Rt9bHz", on_warning=warnings.append)
    assert (warnings, LogFolder(folder / "log").size, sealed_size(folder, system)) == ([], 2, 2)


def pulled_out(_signer, _to_be_signed):
    wrong = message("the card was pulled out")
    raise SealError(wrong)


FAILURES = {  # name → (what breaks, code of the warning, size of the published head)
    "the folder": (lambda folder, _, __: (folder / "log").write_text("a file"), "log-unpublished", None),
    "the key of the log": (lambda folder, _, __: (folder / "log.key").unlink(), "log-unpublished", None),
    "the signer": (
        lambda _, toy, patch: patch.setattr(toy.Signer, "sign_many", pulled_out),
        "log-unsealed",
        2,
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failed_publication_undoes_nothing_and_is_told(folder, system, toy, monkeypatch, name):
    """What was revoked is revoked; the log is published at least where only the seal failed."""
    fault, code, size = FAILURES[name]
    system.archive.record(toy.new())
    fault(folder, toy, monkeypatch)
    warnings = []
    archived = system.revoke("K7mQx4Rt9bHz", reason="omyl", on_warning=warnings.append)
    assert archived.status.value.value == "revoked"
    assert [warning.code for warning in warnings] == [code]
    assert "`mikrocert log publish`" in str(warnings[0].message)
    if size is not None:
        assert LogFolder(folder / "log").size == size


def test_a_command_that_changes_says_that_it_was_not_published(folder, toy, do, system):
    """Its exit code is that of what it did."""
    system.archive.record(toy.new())
    (folder / "log").write_text("a file", encoding="utf-8")
    code, answer, told_too = do("revoke", "K7mQx4Rt9bHz", "--reason", "omyl")
    assert (code, answer["changed"], "the log was not published" in told_too) == (0, True, True)


def test_a_command_that_publishes_fails_where_the_head_is_not_sealed(folder, toy, do, monkeypatch):
    """So that a timer notices; the log is published all the same."""
    monkeypatch.setattr(toy.Signer, "sign_many", pulled_out)
    code, published, errors = do("log", "publish")
    assert (code, published["sealed"], "the card was pulled out" in published["unsealed"]["en"]) == (
        69,
        False,
        True,
    )
    assert "its head is not sealed" in errors
    assert LogFolder(folder / "log").size == 0


def test_the_seal_of_a_head_that_was_published_is_audited(folder, do, capsys):
    """By the settings for the archive's own log, for a folder by what the command line names."""
    do("log", "publish")
    code, found, _ = do("log", "audit")
    assert (code, [(one["head"], one["outcome"]) for one in found["seals"]]) == (0, [("sealed", "passed")])
    by_key = ["log", "audit", "--published", "log", "--key", KEY.public.text]
    code, found, _ = do(*by_key)
    assert (code, found["seals"][0]["outcome"]) == (0, "undetermined")
    assert found["seals"][0]["findings"][0]["code"] == "seal-of-anybody"
    # An anchor that is named judges; a test seal proves nothing outside its sandbox.
    code, found, _ = do(*by_key, "--anchor", "root.pem")
    assert (code, found["consistent"], found["seals"][0]["outcome"]) == (1, True, "failed")
    assert run(["log", "audit", "--lang", "cs"]) == 0
    assert "časové razítko" in capsys.readouterr().out.replace("\u00a0", " ")


def test_a_sealed_head_that_somebody_kept_is_a_head(folder, system, toy, do):
    """What was rewritten since is found by it as by any other."""
    system.archive.record(toy.new())
    do("log", "publish")
    shutil.copy(folder / "log/checkpoint.sealed", folder / "kept")
    system.revoke("K7mQx4Rt9bHz", reason="omyl")
    code, found, _ = do("log", "audit", "--from", "kept")
    assert (code, found["from"]["size"], [one["head"] for one in found["seals"]]) == (
        0,
        1,
        ["from", "sealed"],
    )
    forged = toy.sealed(str(KEY.sign(Note("log.example\n1\n" + "A" * 43 + "=\n"))).encode())
    (folder / "kept").write_bytes(forged)
    code, found, _ = do("log", "audit", "--from", "kept")
    assert (code, [finding["code"] for finding in found["findings"]]) == (1, ["other-history"])


def of_another(toy, note):
    return toy.sealed(note, owner=b"other")


def flipped(toy, note):
    sealed = toy.sealed(note)
    return sealed.replace(b"log.example", b"log.exampla", 1)


def of_another_log(toy, _note):
    return toy.sealed(
        str(PrivateKey.new("other.example").sign(Note("other.example\n0\n" + "A" * 43 + "=\n"))).encode()
    )


BESIDE = {  # name → (what lies beside the head, consistent, outcome of its seal, code)
    "sealed by another": (of_another, True, "failed", "seal-of-another"),
    "changed since": (flipped, False, "failed", "head-not-signed"),
    "of another log": (of_another_log, False, "passed", "head-not-signed"),
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_is_wrong_with_a_sealed_head_is_found(folder, toy, do, name):
    """A seal that does not hold is no inconsistency of the log, and still not well."""
    make, consistent, outcome, expected = BESIDE[name]
    do("log", "publish")
    note = (folder / "log/checkpoint").read_bytes()
    (folder / "log/checkpoint.sealed").write_bytes(make(toy, note))
    code, found, _ = do("log", "audit")
    assert (code, found["consistent"], found["seals"][0]["outcome"]) == (1, consistent, outcome)
    assert expected in {one["code"] for one in (*found["findings"], *found["seals"][0]["findings"])}


UNREADABLE = {"nothing": b"nothing", "a broken seal": b"TOYSEAL x", "a seal of something else": None}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_head_is_refused(folder, toy, do, name):
    """Sealed or not."""
    (folder / "kept").write_bytes(UNREADABLE[name] or toy.sealed(b"a credential"))
    do("log", "publish")
    assert do("log", "audit", "--from", "kept")[0] == 69


def test_a_head_that_does_not_come_back_from_its_seal_is_not_published(toy, system):
    """Whatever sealed it."""

    class Elsewhere(toy.Envelope):
        def finish_many(self, prepared, signatures, *, services):
            return tuple(toy.sealed(b"something else") for _ in prepared)

    with system.opened_securing() as securing:
        lying = attrs.evolve(securing, envelopes={"toy-seal": Elsewhere(toy.seal_mark, "ToySeal")})
        note = KEY.sign(Note("log.example\n0\n" + "A" * 43 + "=\n"))
        with pytest.raises(SealError, match="is not the head of the log"):
            seal_head(note, securing=lying, envelope="toy-seal", at=toy.at)


STAMPS = {  # name → (days after the entry, what was judged of the seal, codes)
    "soon": (1, Outcome.PASSED, []),
    "long after": (3, Outcome.PASSED, ["logged-late"]),
    "not known to be trusted": (3, Outcome.UNDETERMINED, []),
    "not to be trusted": (3, Outcome.FAILED, []),
}


@pytest.mark.parametrize("name", STAMPS)
def test_a_trusted_time_stamp_on_a_head_shows_what_came_later_with_an_earlier_date(folder, toy, system, name):
    """As the cosignature of a witness does; a time stamp that nobody trusts shows nothing."""
    days, outcome, codes = STAMPS[name]
    system.archive.record(toy.new())
    system.log.publish()
    first = LogFolder(folder / "log").head()
    system.archive.record(toy.new("aaaaBBBB2222", award=another()))
    system.log.publish()
    files = LogFolder(folder / "log")
    seal = HeadSeal(SealInfo("X", "B-T", None, None, proven_at=toy.at + timedelta(days=days)), outcome, ())
    found = audit(files, files.head(), trust=TRUST, earlier=KeptHead(first, seal))
    assert [finding.code for finding in found.findings] == codes
    assert (found.consistent, found.sound) == (True, outcome is not Outcome.FAILED)


def another():
    """Return another award than the one of the example."""
    return attrs.evolve(example_award(), evidence_number="UŘ/2")


def test_a_head_without_a_seal_is_read_as_it_is(folder, toy, system):
    """Nothing is judged of it."""
    note = KEY.sign(Note("log.example\n0\n" + "A" * 43 + "=\n"))
    assert system.log.read_head(str(note).encode()) == KeptHead(read_note(str(note).encode()))
    with pytest.raises(LogError):
        read_head(b"", envelopes={}, trust=None, at=toy.at)


def behind(folder, system, toy):
    system.archive.record(toy.new())


def ahead(folder, system, toy):
    system.archive.record(toy.new())
    system.log.publish()
    for path in folder.glob("archive*"):
        path.unlink()
    assert run(["archive", "init"]) == 0


def unsealed(folder, system, toy):
    system.log.publish()
    (folder / "log/checkpoint.sealed").unlink()


def sealed_before(folder, system, toy):
    system.log.publish()
    octets = (folder / "log/checkpoint.sealed").read_bytes()
    system.archive.record(toy.new())
    system.log.publish()
    (folder / "log/checkpoint.sealed").write_bytes(octets)


def sealed_by_another(folder, system, toy):
    system.log.publish()
    note = (folder / "log/checkpoint").read_bytes()
    (folder / "log/checkpoint.sealed").write_bytes(toy.sealed(note, owner=b"other"))


def of_another_key(folder, system, toy):
    system.log.publish()
    other = PrivateKey.new("log.example").sign(Note("log.example\n0\n" + "A" * 43 + "=\n"))
    (folder / "log/checkpoint").write_text(str(other), encoding="utf-8")


LOGS = {  # name → (what happened before, days since it was sealed, codes)
    "nothing yet": (lambda *_: None, 0, ["log-empty"]),
    "all of it": (lambda _, system, __: system.log.publish(), 1, ["log", "head-sealed"]),
    "sealed long ago": (lambda _, system, __: system.log.publish(), 3, ["log", "head-old"]),
    "not all of it": (behind, 0, ["log-behind"]),
    "more than there is": (ahead, 0, ["log-ahead", "head-sealed"]),
    "not sealed": (unsealed, 0, ["log", "head-unsealed"]),
    "not sealed with all of it": (sealed_before, 0, ["log", "head-unsealed"]),
    "sealed by another": (sealed_by_another, 0, ["log", "head-seal"]),
    "signed by another key": (of_another_key, 0, ["log-wrong"]),
}


@pytest.mark.parametrize("name", LOGS)
def test_doctor_tells_what_of_the_log_is_not_published_or_not_sealed(folder, toy, name):
    """And how old the seal of the published head is; that it is well, too."""
    prepare, days, expected = LOGS[name]
    with open_system(load_settings(folder / "mikrocert.toml", environment={})) as system:
        prepare(folder, system, toy)
    with open_system(load_settings(folder / "mikrocert.toml", environment={})) as system:
        found = list(examine_log(system, at=toy.at + timedelta(days=days)))
    assert [finding.code for finding in found] == expected
    well = {"log-empty", "log", "head-sealed"}
    assert {one.code for one in found if one.severity is Severity.INFO} == well & set(expected)


def test_doctor_says_nothing_of_a_log_that_is_not_published_here(folder, toy):
    """Who only verifies has keys of logs and none to publish with."""
    settings = load_settings(folder / "mikrocert.toml", environment={})
    for log in (None, LogSettings(keys=(KEY.public.text,))):
        with open_system(attrs.evolve(settings, log=log)) as system:
            assert list(examine_log(system, at=toy.at)) == []
