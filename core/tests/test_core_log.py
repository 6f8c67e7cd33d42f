"""The log through the command line: published, proven, verified, audited, witnessed, and attacked."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from threading import Thread
from types import SimpleNamespace

import attrs
import pytest
from mikrocert.archive import ErasureReason, check_archive, open_archive, upgrade_archive
from mikrocert.award.canonical import award_to_json
from mikrocert.cli.app import run
from mikrocert.errors import ArchiveError, DamagedError, ErasedError, LogError, UnknownIdentifier
from mikrocert.log.checkpoints import read_proof
from mikrocert.log.folder import LogFolder
from mikrocert.log.notes import COSIGNATURE, Note, PrivateKey, read_note
from mikrocert.log.trust import LogTrust
from mikrocert.parsing import strict_json
from mikrocert.report import Finding
from mikrocert.service.keeping.auditing import audit
from mikrocert.service.keeping.publishing import publish
from mikrocert.service.system import open_system
from mikrocert.service.verifying.archived import Lookup
from mikrocert.service.verifying.logged import LogEvidence, examine_logged, proof_result
from mikrocert.settings import load_settings
from mikrocert.testing import example_award
from mikrocert.texts import message

KEY, OTHER = PrivateKey.new("log.example"), PrivateKey.new("log.example")
TRUST = LogTrust((KEY.public,))
WITNESS = PrivateKey.new("w.example", kind=COSIGNATURE)
TOML = """
base_url = "https://toy.example"
sandbox = true
[operator]
name = { cs = "Řípská" }
organization_identifier = "NTRCZ-00000000"
[trust]
anchors = ["root.pem"]
"""
LOG = """
[log]
origin = "log.example"
key = "file:{folder}/log.key"
keys = ["{public}"]
folder = "log"
"""


@pytest.fixture(autouse=True)
def folder(toy, tmp_path, empty_archive, monkeypatch):
    """Work in a folder with settings that have a log, where all toys are installed."""
    toy.settings(tmp_path)
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    (tmp_path / "log.key").write_text(KEY.text, encoding="utf-8")
    configure(tmp_path)
    monkeypatch.setenv("MIKROCERT_CONFIG", str(tmp_path / "mikrocert.toml"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda **_: toy.plugins())
    monkeypatch.setattr("mikrocert.service.system.load_plugins", lambda **_: toy.plugins())
    return tmp_path


def configure(folder, log=LOG, more=""):
    log = log.format(folder=folder, public=KEY.public.text)
    (folder / "mikrocert.toml").write_text(TOML + log + more, encoding="utf-8")


@pytest.fixture
def do(capsys):
    """Return what runs a command and returns its exit code and its JSON."""

    def command(*arguments):
        capsys.readouterr()
        code = run([*map(str, arguments), "--json"])
        printed = capsys.readouterr()
        return code, json.loads(printed.out) if printed.out else printed.err

    return command


@pytest.fixture
def issue(folder, do):
    """Return what issues an award and returns the names of its files: sealed file, certificate, proof."""

    def issued(number="UŘ/1", out="out", **changes):
        document = {"awards": [{**award_to_json(example_award()), "evidence_number": number, **changes}]}
        (folder / "awards.json").write_text(strict_json.dumps(document), encoding="utf-8")
        code, answer = do("issue", "awards.json", "--institution", "toy", "--out", out)
        assert code == 0, answer
        return answer["files"]

    return issued


def logged(report):
    check = report["checks"][7]
    assert check["check"] == "logged"
    return check["outcome"], check["findings"][0]["code"]


def offline(folder):
    """Have only the settings of somebody who verifies: no archive."""
    configure(folder, '[log]\nkeys = ["{public}"]\n')
    for path in folder.glob("archive*"):
        path.unlink()


def test_what_is_issued_gets_a_proof_and_is_logged(folder, issue, do):
    """The proof lies beside the other files; the archive knows it too."""
    sealed, certificate, proof = issue()
    identifier = sealed.split("/")[1].removesuffix(".toy")
    assert proof == f"out/{identifier}.tlog-proof"
    for what in (sealed, certificate, identifier):
        for given in ((), ("--proof", proof)):
            code, report = do("verify", what, *given)
            assert (code, logged(report)) == (0, ("passed", "in-the-log"))
    assert do("archive", "check")[1]["findings"] == []
    assert (folder / "log/checkpoint").read_text("utf-8").startswith("log.example\n1\n")


def test_proofs_are_offered_where_they_can_be_given(folder, issue):
    """Not without a log, and not before a head with the entry is signed; they are those that `issue` writes."""
    sealed, _, proof = issue()
    identifier = sealed.split("/")[1].removesuffix(".toy")
    expected = {f"{identifier}.tlog-proof": (folder / proof).read_bytes()}
    section = '[log]\nkeys = ["{public}"]\n'
    for log, offered in ((LOG, expected), (section, expected), ("[log]\n", {}), ("", {})):
        configure(folder, log)
        with open_system(load_settings(folder / "mikrocert.toml", environment={})) as system:
            assert system.log.proofs(identifier) == offered
    configure(folder, section)
    late = issue("UŘ/2")[0].split("/")[1].removesuffix(".toy")
    with open_system(load_settings(folder / "mikrocert.toml", environment={})) as system:
        assert system.log.proofs(late) == {}
        with pytest.raises(UnknownIdentifier):
            system.log.proofs("aaaaBBBB2222")
        system.erase(identifier, reason=ErasureReason.OTHER)
        with pytest.raises(ErasedError):
            system.log.proofs(identifier)


def test_a_proof_verifies_without_the_archive(folder, issue, do):
    """Whoever knows the key of the log needs nothing else."""
    sealed, certificate, proof = issue()
    issue("UŘ/2")
    offline(folder)
    for what in (sealed, certificate):
        assert logged(do("verify", what, "--proof", proof)[1]) == ("passed", "in-the-log")
        assert logged(do("verify", what)[1]) == ("not applicable", "no-proof")


def test_a_later_proof_is_of_the_later_log(folder, issue, do):
    """Both hold."""
    sealed, _, proof = issue()
    issue("UŘ/2", out="two")
    code, answer = do("log", "proof", sealed.split("/")[1].removesuffix(".toy"), "--out", "later")
    assert code == 0
    [later] = answer["files"]
    assert (
        read_proof((folder / later).read_bytes()).hashes != read_proof((folder / proof).read_bytes()).hashes
    )
    offline(folder)
    assert logged(do("verify", sealed, "--proof", later)[1]) == ("passed", "in-the-log")


def edited(old, new):
    return lambda proof, _other: proof.replace(old, new, 1)


def signed_by(key):
    def sign(proof, _other):
        head, _, _ = proof.partition("\n\n")
        note = read_note(proof.partition("\n\n")[2].encode())
        return f"{head}\n\n{key.sign(Note(note.text))}"

    return sign


def of_another_tree(proof, _other):
    head, _, rest = proof.partition("\n\n")
    note = read_note(rest.encode())
    size = note.text.split("\n")[1]
    text = note.text.replace(f"\n{size}\n", "\n7\n")
    return f"{head}\n\n{KEY.sign(Note(text))}"


PROOFS = {  # name → (what becomes of the proof of the file, outcome, code)
    "of another file": (lambda _proof, other: other, "failed", "other-file"),
    "of another entry": (edited("index 1", "index 0"), "failed", "not-included"),
    "of a larger tree": (of_another_tree, "failed", "not-included"),
    "no proof": (lambda _proof, _other: "nothing", "failed", "wrong-proof"),
    "no extra": (lambda proof, _: proof.replace(proof.split("\n")[1] + "\n", ""), "failed", "wrong-proof"),
    "another log": (edited("\nlog.example\n", "\nother.example\n"), "undetermined", "unknown-log"),
    "as it is": (lambda proof, _: proof, "passed", "in-the-log"),
    "signed by another key of this name": (signed_by(OTHER), "failed", "wrong-proof"),
    "a signature that is not right": (
        lambda proof, _: proof[:-8] + ("A" if proof[-8] != "A" else "B") + proof[-7:],
        "failed",
        "wrong-proof",
    ),
}


@pytest.mark.parametrize("name", PROOFS)
def test_only_a_proof_of_this_file_in_a_known_log_passes(folder, issue, do, name):
    """Everything else fails, or is open where it is of a log that nobody here knows."""
    change, outcome, code = PROOFS[name]
    _, _, other = issue("UŘ/2")
    sealed, _, _ = issue()
    identifier = sealed.split("/")[1].removesuffix(".toy")
    assert do("log", "proof", identifier, "--out", "out")[0] == 0
    proof = (folder / f"out/{identifier}.tlog-proof").read_text("utf-8")
    changed = change(proof, (folder / other).read_text("utf-8"))
    (folder / "changed").write_text(changed, encoding="utf-8")
    offline(folder)
    assert logged(do("verify", sealed, "--proof", "changed")[1]) == (outcome, code)
    assert (
        do("verify", sealed, "--proof", "changed")[0]
        == {"failed": 1, "undetermined": 2, "passed": 2}[outcome]
    )


def test_a_flipped_bit_of_a_proof_never_leaves_it_proven(folder, issue):
    """Not even one in the bits that base64 leaves over: what is signed has one form."""
    sealed, _, _ = issue()
    _, _, _ = issue("UŘ/2")
    identifier = sealed.split("/")[1].removesuffix(".toy")
    assert run(["log", "proof", identifier, "--out", "out"]) == 0
    data = (folder / sealed).read_bytes()
    proof = (folder / f"out/{identifier}.tlog-proof").read_bytes()
    for at in range(len(proof)):
        bad = proof[:at] + bytes([proof[at] ^ 1]) + proof[at + 1 :]
        result = proof_result(data, evidence=LogEvidence(TRUST, bad))
        assert result is not None
        assert result.outcome.value != "passed", at
    assert proof_result(data, evidence=LogEvidence(TRUST, proof)).outcome.value == "passed"


def test_without_a_log_nothing_is_asked(folder, issue, do):
    """A system without a log verifies as ever."""
    configure(folder, "")
    files = issue()
    assert len(files) == 2
    code, report = do("verify", files[0])
    assert (code, logged(report)) == (0, ("not applicable", "no-log"))


def test_without_a_known_key_a_proof_proves_nothing(folder, issue, do):
    """Anyone could have made the log."""
    sealed, _, proof = issue()
    configure(folder, "")
    assert logged(do("verify", sealed, "--proof", proof)[1]) == ("undetermined", "no-log-key")
    configure(folder, "[log]\n")
    assert logged(do("verify", sealed)[1]) == ("undetermined", "no-log-key")


def test_what_no_head_has_yet_is_open(folder, issue, do):
    """It could still be taken out."""
    configure(folder, '[log]\nkeys = ["{public}"]\n')
    sealed, _ = issue()
    assert logged(do("verify", sealed)[1]) == ("undetermined", "no-head")
    configure(folder)
    assert do("log", "publish")[0] == 0
    assert logged(do("verify", sealed)[1]) == ("passed", "in-the-log")


def rewrite(folder, *statements):
    """Change rows as somebody would who owns the file, and put the fence up again."""
    with closing(sqlite3.connect(folder / "archive.sqlite")) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
    upgrade_archive(f"sqlite:///{folder / 'archive.sqlite'}")


def test_an_archive_restored_from_an_old_backup_is_not_published(folder, issue, do):
    """Entries that were published are gone; heads in the archive don't tell, the published one does."""
    issue()
    backup = {path: path.read_bytes() for path in folder.glob("archive*")}
    issue("UŘ/2")
    kept = (folder / "log/checkpoint").read_bytes()
    for path, octets in backup.items():
        path.write_bytes(octets)
    code, answer = do("log", "publish")
    assert (code, "entries are gone" in answer) == (69, True)
    # What is issued now is issued, but it gets no proof, and the published log stays.
    files = issue("UŘ/3")
    assert len(files) == 2
    assert do("log", "publish")[0] == 69
    assert (folder / "log/checkpoint").read_bytes() == kept


def test_a_log_rewritten_in_the_database_is_neither_published_nor_proven(folder, issue, do):
    """The heads that were signed are not those of its entries any more."""
    sealed, _, _ = issue()
    kept = folder / "kept"
    kept.write_bytes((folder / "log/checkpoint").read_bytes())
    issue("UŘ/2")
    rewrite(
        folder, "UPDATE events SET entry = (SELECT entry FROM events AS e WHERE number = 2) WHERE number = 1"
    )
    assert do("log", "publish")[0] == 69
    code, found = do("log", "audit", "--from", kept)
    assert (code, found["consistent"]) == (1, False)
    assert {finding["code"] for finding in found["findings"]} == {"other-history"}
    code, report = do("verify", sealed)
    assert (code, logged(report)) == (2, ("undetermined", "log-unreadable"))


UNREAD = {  # why a log can't be read → (outcome, code)
    "it went away": (ArchiveError(message("host db.internal")), ("undetermined", "log-unreadable")),
    "it is damaged": (DamagedError(Finding.error("x", "gone", path="events[1]")), ("failed", "log-damaged")),
}  # fmt: skip


@pytest.mark.parametrize("why", UNREAD)
def test_a_log_that_went_away_is_no_proof_against_a_file(why):
    """Only one that is damaged is; what the database says is for no stranger."""
    error, answer = UNREAD[why]

    def log():
        raise error

    archived = SimpleNamespace(artefact_of=lambda _: SimpleNamespace(event=1), log_salt=b"")
    found = examine_logged(
        b"x",
        evidence=LogEvidence(TRUST),
        lookup=Lookup(archived),
        archive=SimpleNamespace(log=log),
        ours=True,
    )
    assert (found.outcome.value, found.findings[0].code) == answer
    assert "db.internal" not in str(found.findings[0].message)


def test_entries_that_are_not_those_whose_head_was_signed_fail(folder, issue, do):
    """Also where the archive itself is sound: whoever signed the head saw another log."""
    sealed, _, proof = issue()
    other = KEY.sign(Note("log.example\n1\n" + "A" * 43 + "=\n"))
    rewrite(folder, f"UPDATE log_heads SET note = CAST('{other}' AS BLOB)")
    for given in ((), ("--proof", proof)):
        code, report = do("verify", sealed, *given)
        assert (code, report["checks"][7]["outcome"]) == (1, "failed")
        assert "other-log" in {finding["code"] for finding in report["checks"][7]["findings"]}


def test_two_who_record_and_publish_at_once_publish_one_log(folder, toy):
    """Neither takes the other's head back."""

    def work(letter):
        with open_archive(f"sqlite:///{folder / 'archive.sqlite'}") as archive:
            for number in range(3):
                award = attrs.evolve(example_award(), evidence_number=f"{letter}{number}")
                archive.record(toy.new(f"{letter * 11}{number + 2}", award=award))
                publish(archive, key=KEY, trust=TRUST, folder=folder / "log", at=toy.at)

    threads = [Thread(target=work, args=(letter,)) for letter in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = LogFolder(folder / "log")
    assert (files.size, audit(files, files.head(), trust=TRUST).consistent) == (9, True)
    assert list(check_archive(f"sqlite:///{folder / 'archive.sqlite'}")) == []


def test_a_publication_that_stopped_between_archive_and_files_is_made_good(folder, issue, do, monkeypatch):
    """The head is signed and kept, the files are old; the next one writes them, and signs nothing new."""
    issue()
    with monkeypatch.context() as patched:
        patched.setattr(LogFolder, "write", lambda *_: (_ for _ in ()).throw(LogError(message("full"))))
        assert len(issue("UŘ/2")) == 3
        assert do("log", "publish")[0] == 69
    assert LogFolder(folder / "log").size == 1
    code, published = do("log", "publish")
    assert (code, published["size"], published["signed"]) == (0, 2, False)
    assert LogFolder(folder / "log").size == 2


def test_a_file_that_the_archive_never_issued_is_in_no_log(folder, issue, do, toy):
    """Though its seal is the operator's: whoever has the key still leaves a trace, or is seen to leave none."""
    issue()
    (folder / "forged.toy").write_bytes(toy.sealed(toy.payload(identifier="aaaaBBBB2222")))
    code, report = do("verify", "forged.toy")
    assert (code, logged(report)) == (1, ("failed", "no-entry"))


def test_what_came_into_the_log_long_after_it_says_is_doubted(folder, issue, do):
    """The head that was signed before is from later than the moment of the entry."""
    issue()
    sealed, _, _ = issue("UŘ/2")
    assert len(do("verify", sealed)[1]["checks"][7]["findings"]) == 2
    rewrite(folder, "UPDATE log_heads SET at = '2999-01-01 00:00:00.000000' WHERE number = 1")
    codes = [finding["code"] for finding in do("verify", sealed)[1]["checks"][7]["findings"]]
    assert codes[-1] == "logged-late"


def test_an_entry_taken_out_with_every_trace_in_the_archive_is_seen_by_whoever_kept_a_head(folder, issue, do):
    """Also where the operator has signed all heads anew."""
    issue()
    issue("UŘ/2")
    (folder / "kept").write_bytes((folder / "log/checkpoint").read_bytes())
    assert do("log", "audit", "--from", "kept")[1]["from"]["size"] == 2
    for path in folder.glob("archive*.sqlite"):
        path.unlink()
    shutil.rmtree(folder / "log")
    assert run(["archive", "init"]) == 0
    issue("UŘ/3")
    issue("UŘ/4")
    code, found = do("log", "audit", "--from", "kept")
    assert (code, found["consistent"], found["size"]) == (1, False, 2)
    code, found = do("log", "audit", "--from", "kept", "--published", "log", "--key", KEY.public.text)
    assert (code, [finding["code"] for finding in found["findings"]]) == (1, ["other-history"])


def test_a_witness_sees_and_vouches(folder, issue, do, capsys):
    """From its cosignature to the proof that names it; a quorum demands it."""
    sealed, _, _ = issue()
    identifier = sealed.split("/")[1].removesuffix(".toy")
    cosign = ["log", "witness", "log", "--name", "w.example", "--state", "w", "--key", KEY.public.text]
    assert run([*cosign, "--out", "cosigned"]) == 0
    public = capsys.readouterr().out.strip().split(" ")[-1]
    more = f'witnesses = ["{public}"]\nquorum = 1\n'
    configure(folder, LOG.replace("[log]", "[log]\n" + more.replace("{", "{{")))
    assert logged(do("verify", sealed)[1]) == ("undetermined", "too-few-witnesses")
    code, published = do("log", "publish", "--cosigned", "cosigned")
    assert (code, published["size"], published["signed"], published["sealed"]) == (0, 1, False, False)
    assert published["root"] == do("log", "audit")[1]["root"]
    code, report = do("verify", sealed)
    assert (code, logged(report)) == (0, ("passed", "in-the-log"))
    assert do("log", "audit")[1]["witnesses"][0]["name"] == "w.example"
    assert do("archive", "check")[1]["sound"]
    assert do("log", "proof", identifier, "--out", "out")[0] == 0
    offline(folder)
    configure(folder, '[log]\nkeys = ["{public}"]\n' + more)
    report = do("verify", sealed, "--proof", f"out/{identifier}.tlog-proof")[1]
    assert [finding["code"] for finding in report["checks"][7]["findings"]] == ["in-the-log", "witnessed"]


LIES = {  # name → (what the witness brings, message)
    "no known witness": (str, ""),
    "a wrong signature": (lambda note: str(WITNESS.sign(note, time=1))[:-9] + "AAAAAAA=\n", "is not right"),
    "another head": (lambda _: str(KEY.sign(Note("log.example\n1\n" + "A" * 43 + "=\n"))), "which a witness"),
}


@pytest.mark.parametrize("name", LIES)
def test_what_a_witness_brings_counts_only_if_it_is_right(folder, issue, do, name):
    """A lying witness adds nothing."""
    lie, fault = LIES[name]
    configure(folder, LOG + f'witnesses = ["{WITNESS.public.text}"]\n')
    issue()
    note = read_note((folder / "log/checkpoint").read_bytes())
    (folder / "cosigned").write_text(lie(note), encoding="utf-8")
    code, answer = do("log", "publish", "--cosigned", "cosigned")
    assert (code, fault in str(answer)) == (69 if fault else 0, True)
    assert do("log", "audit")[1]["witnesses"] == []


def test_the_key_of_the_log_changes_and_old_proofs_hold(folder, issue, do):
    """The former key stays among log.keys."""
    sealed, _, proof = issue()
    new = PrivateKey.new("log.example")
    (folder / "log.key").write_text(new.text, encoding="utf-8")
    code, answer = do("log", "publish")
    assert (code, new.public.text in answer) == (78, True)
    configure(folder, LOG.replace('keys = ["{public}"]', f'keys = ["{{public}}", "{new.public.text}"]'))
    code, published = do("log", "publish")
    assert (code, published["signed"]) == (0, True)
    assert do("log", "audit")[1]["consistent"]
    offline(folder)
    assert logged(do("verify", sealed, "--proof", proof)[1]) == ("passed", "in-the-log")


def test_init_makes_a_key_once_that_only_its_owner_reads(folder, capsys):
    """It prints the public one for the settings."""
    (folder / "log.key").unlink()
    assert run(["log", "init"]) == 0
    first = capsys.readouterr().out
    assert run(["log", "init"]) == 0
    assert capsys.readouterr().out.split("log.example")[1] == first.split("log.example")[1]
    assert (folder / "log.key").stat().st_mode & 0o077 == 0
    assert PrivateKey.of_text((folder / "log.key").read_text("utf-8")).public.text in first


SETTINGS = {  # name → ([log], command, message)
    "no log": ("", ["log", "publish"], "no log is set up in"),
    "no key": ('[log]\norigin = "x"\n', ["log", "publish"], "needs log.origin, such as"),
    "another origin": (LOG.replace('"log.example"', '"x"'), ["log", "publish"], "they have to be the same"),
    "the key itself": (LOG.replace("file:{folder}/log.key", "PRIVATE"), ["log", "publish"], "must not hold"),
    "no public key": ('[log]\nkeys = ["x"]\n', ["log", "audit"], "is no key of a log"),
    "a witness as log": (
        f'[log]\nkeys = ["{WITNESS.public.text}"]\n',
        ["log", "audit"],
        "of kind 4, 1 would",
    ),
    "a quorum too large": (LOG + "quorum = 1\n", ["log", "audit"], "log.quorum is 1"),
    "nobody known": ("[log]\n", ["log", "audit"], "no key of the log is known"),
    "a sealed head without a place": (
        LOG.replace('folder = "log"', 'envelope = "toy-seal"'),
        ["log", "publish"],
        "log.envelope needs log.folder",
    ),
    "heads in an unknown envelope": (
        LOG + 'envelope = "x"\n',
        ["log", "publish"],
        "there are: toy-pdf, toy-seal",
    ),
    "a folder of nobody known": (LOG, ["log", "audit", "--published", "log"], "no key of the log is known"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_wrong_settings_of_the_log_are_told(folder, do, name):
    """With what would be right, and never with the key."""
    log, command, fault = SETTINGS[name]
    configure(folder, log)
    code, answer = do(*command)
    assert (code, fault in answer, "PRIVATE" in answer) == (78, True, False), answer


def test_answers_about_the_log_name_their_settings(folder, issue, do):
    """Whoever reads one knows whose keys counted."""
    sealed, *_ = issue()
    identifier = sealed.split("/")[1].removesuffix(".toy")
    for command in (("publish",), ("audit",), ("proof", identifier, "--out", "later")):
        code, answer = do("log", *command)
        assert (code, answer["settings"]) == (0, str(folder / "mikrocert.toml"))


def test_whose_keys_count_is_never_said_by_the_current_folder(folder, issue, do, monkeypatch):
    """It may be a stranger's; it counts where it is named, and for who publishes."""
    issue()
    monkeypatch.delenv("MIKROCERT_CONFIG")
    assert do("log", "publish")[0] == 0
    code, told = do("log", "audit")
    assert (code, "no log is set up" in told) == (78, True)
    code, told = do("log", "audit", "--published", "log", "--key", KEY.public.text)
    assert (code, told["settings"]) == (0, None)
    code, found = do("--config", "mikrocert.toml", "log", "audit")
    assert (code, found["consistent"], found["settings"]) == (0, True, str(folder / "mikrocert.toml"))
    (folder / "mikrocert.toml").write_text("no settings at all", encoding="utf-8")
    cosign = ["log", "witness", "log", "--name", "w.example", "--state", "w", "--key", KEY.public.text]
    assert run([*cosign, "--out", "cosigned"]) == 0


def test_the_log_speaks_to_people(folder, issue, capsys):
    """In both languages, on a terminal."""
    sealed, _, proof = issue()
    for language, words in {"en": "is entry 1 of the log", "cs": "zápis č. 1 protokolu"}.items():
        assert run(["verify", sealed, "--proof", proof, "--lang", language]) == 0
        assert words in " ".join(capsys.readouterr().out.replace("\u00a0", " ").split())
        assert run(["log", "audit", "--lang", language]) == 0
        assert "log.example" in capsys.readouterr().out
