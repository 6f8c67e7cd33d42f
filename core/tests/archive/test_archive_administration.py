"""Making, upgrading, checking; and that nothing else makes or changes tables."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from contextlib import closing
from pathlib import Path

import pytest
from mikrocert.archive import (
    ErasureReason,
    JournalEntry,
    check_archive,
    init_archive,
    open_archive,
    upgrade_archive,
)
from mikrocert.archive.database import ARCHIVE, KEYS
from mikrocert.cli.app import run
from mikrocert.errors import ArchiveError, NoArchiveError
from mikrocert.report import FileKind, Outcome
from mikrocert.service.system import open_system
from mikrocert.settings import Archive
from sqlalchemy import create_engine, inspect, text

ONE, TWO = "K7mQx4Rt9bHz", "aaaaBBBB2222"

TOUCHES = {  # name → what somebody does with an archive
    "require": lambda archive, made: archive.require(),
    "find": lambda archive, made: archive.find(ONE),
    "find award": lambda archive, made: archive.find_award("toy", "1"),
    "history": lambda archive, made: archive.history(ONE),
    "file": lambda archive, made: archive.file(ONE, FileKind.CREDENTIAL),
    "files": lambda archive, made: archive.files(ONE),
    "registrations": lambda archive, made: archive.registrations(),
    "journalled": lambda archive, made: archive.journalled("toy", "1", award=b"award"),
    "reserve": lambda archive, made: archive.reserve(made.registration(ONE), award=b"award"),
    "journal": lambda archive, made: archive.journal([JournalEntry(ONE, "toy", FileKind.CREDENTIAL, b"x")]),
    "record": lambda archive, made: archive.record(made.new(ONE)),
    "revoke": lambda archive, made: archive.revoke(ONE, reason="omyl", at=made.at),
    "erase": lambda archive, made: archive.erase(ONE, reason=ErasureReason.OTHER, at=made.at),
    "add an edition": lambda archive, made: archive.add_edition(ONE, made.artefacts(), at=made.at),
}


def tables(url):
    engine = create_engine(url)
    names = inspect(engine).get_table_names()
    engine.dispose()
    return names


@pytest.mark.parametrize("name", TOUCHES)
def test_nothing_but_init_makes_an_archive(nowhere, made, dialect, tmp_path, name):
    """Whoever opens, reads or writes is told which command makes one, and nothing is made."""
    with (
        nowhere.open() as archive,
        pytest.raises(NoArchiveError, match=r"there is no .* at .*; `mikrocert archive init` makes one"),
    ):
        TOUCHES[name](archive, made)
    if dialect == "sqlite":
        assert list(tmp_path.iterdir()) == []
    else:
        assert tables(nowhere.archive) + tables(nowhere.keys) == []


@pytest.mark.parametrize("foreign", [False, True], ids=["an empty database", "a foreign database"])
def test_verifying_makes_nothing_in_a_database_that_is_no_archive(nowhere, toy, dialect, tmp_path, foreign):
    """Whatever settings name as archive: files are verified, identifiers not, and the database stays as it was."""
    if foreign or dialect == "sqlite":
        for url in (nowhere.archive, nowhere.keys):
            engine = create_engine(url)
            with engine.begin() as connection:
                if foreign:
                    connection.execute(text("CREATE TABLE customers (name TEXT)"))
                    connection.execute(text("INSERT INTO customers VALUES ('Řehoř')"))
            engine.dispose()
    archive = Archive(url=nowhere.archive, keys=nowhere.keys)
    before = {url: tables(url) for url in (nowhere.archive, nowhere.keys)}
    files = {path: path.read_bytes() for path in tmp_path.glob("*.sqlite*")}
    with open_system(toy.settings(tmp_path, archive=archive), plugins=toy.plugins()) as system:
        system.prepare()
        assert system.verify(toy.sealed(toy.payload())).outcome("status") is Outcome.UNDETERMINED
        for ask in (
            system.verify_identifier,
            system.archived,
            system.files,
            lambda identifier: system.picture(identifier, language="cs"),
        ):
            with pytest.raises(NoArchiveError, match="archive init"):
                ask(ONE)
    assert {url: tables(url) for url in (nowhere.archive, nowhere.keys)} == before
    assert before == {url: ["customers"] * foreign for url in before}
    assert {path: path.read_bytes() for path in tmp_path.glob("*.sqlite*")} == files


def test_an_empty_file_is_no_archive(nowhere, tmp_path, dialect):
    """It stays empty."""
    if dialect == "postgresql":
        (tmp_path / "archive.sqlite").touch()
        nowhere = type(nowhere)(f"sqlite:///{tmp_path / 'archive.sqlite'}", nowhere.keys)
    else:
        (tmp_path / "archive.sqlite").touch()
    with nowhere.open() as archive, pytest.raises(NoArchiveError, match="there is no archive"):
        archive.require()
    assert (tmp_path / "archive.sqlite").read_bytes() == b""


def test_making_an_archive_twice_makes_it_once(nowhere, made):
    """What is in it stays."""
    assert nowhere.init() is True
    with nowhere.open() as archive:
        archive.require()
        archive.record(made.new(ONE))
    assert nowhere.init() is False
    assert upgrade_archive(nowhere.archive, keys_url=nowhere.keys) is False
    with nowhere.open() as archive:
        assert archive.files(ONE)


def test_an_archive_that_is_not_there_is_neither_upgraded_nor_checked(nowhere):
    """Both name the command that makes one."""
    with pytest.raises(NoArchiveError, match="archive init"):
        upgrade_archive(nowhere.archive, keys_url=nowhere.keys)
    with pytest.raises(NoArchiveError, match="archive init"):
        list(nowhere.check())


def test_an_archive_without_its_keys_is_not_made_anew(urls, execute, made):
    """New keys would open nothing; the old ones have to be found."""
    execute(urls.keys, "DROP TABLE keys", "DROP TABLE names", "DROP TABLE keys_version")
    with pytest.raises(ArchiveError, match=r"but its keys at .* are not; restore them"):
        urls.init()
    with urls.open() as archive, pytest.raises(NoArchiveError, match="there is no key store"):
        archive.record(made.new(ONE))
    assert tables(urls.keys) == []


def test_keys_of_another_archive_are_not_taken(sqlite_urls, made, tmp_path):
    """An archive that was lost has to be restored; but keys that were never used are taken."""
    (tmp_path / "archive.sqlite").unlink()
    assert sqlite_urls.init() is True
    with sqlite_urls.open() as archive:
        archive.record(made.new(ONE))
    (tmp_path / "archive.sqlite").unlink()
    with pytest.raises(ArchiveError, match=r"keys of an archive that is not at .*; restore the archive"):
        sqlite_urls.init()
    assert not (tmp_path / "archive.sqlite").exists()


@pytest.mark.parametrize("schema", [ARCHIVE, KEYS], ids=["archive", "keys"])
def test_another_version_is_refused(urls, execute, schema, made):
    """An old program keeps its hands off a newer archive; an older archive is upgraded by a command only."""
    url = urls.archive if schema is ARCHIVE else urls.keys
    acts = (
        lambda archive: archive.require(),
        lambda archive: archive.find(ONE),
        lambda archive: archive.record(made.new(ONE)),
    )
    execute(url, f"UPDATE {schema.version_table} SET version_num = '9999'")
    for act in acts:
        with (
            urls.open() as archive,
            pytest.raises(NoArchiveError, match="of version 9999, this program knows"),
        ):
            act(archive)
    for act in (urls.init, lambda: upgrade_archive(urls.archive, keys_url=urls.keys)):
        with pytest.raises(NoArchiveError, match="use a newer mikrocert"):
            act()
    execute(url, f"UPDATE {schema.version_table} SET version_num = '0000'")
    for act in acts:
        with (
            urls.open() as archive,
            pytest.raises(NoArchiveError, match="`mikrocert archive upgrade` brings"),
        ):
            act(archive)
    with pytest.raises(ArchiveError, match="version 0000 can't be upgraded"):
        upgrade_archive(urls.archive, keys_url=urls.keys)


WRONG_URLS = {  # name → (URL with the folder to fill in, message)
    "no database": ("sqlite:///{}/other.sqlite", "can't be read: file is not a database"),
    "a folder": ("sqlite:///{}", "there is no archive"),
    "a missing folder": ("sqlite:///{}/missing/archive.sqlite", "there is no archive"),
    "in memory": ("sqlite://", "need a file of their own"),
    "in memory by name": ("sqlite:///:memory:", "need a file of their own"),
    "a URI": ("sqlite:///file:x?uri=true", "need a file of their own"),
    "no URL": ("nonsense", "its URL is not like"),
    "another database": ("mysql+nonsense://x", "neither SQLite nor PostgreSQL"),
    "another driver": ("postgresql+nonsense://x", "can't be opened"),
    "a port that is none": ("postgresql+psycopg://toy@127.0.0.1:nonsense/x", "its URL is not like"),
}


@pytest.mark.parametrize("name", WRONG_URLS)
def test_what_is_no_archive_is_refused(tmp_path, name):
    """Each is an error of the archive, and nothing is written."""
    other = tmp_path / "other.sqlite"
    other.write_bytes(b"Not a database, but long enough to look like one. " * 50)
    before = other.read_bytes()
    url, message = WRONG_URLS[name]

    def touch():
        with open_archive(url.format(tmp_path), keys_url=f"sqlite:///{tmp_path}/keys.sqlite") as archive:
            archive.find_award("toy", "1")

    with pytest.raises(ArchiveError, match=message):
        touch()
    assert [path.name for path in tmp_path.iterdir()] == ["other.sqlite"]
    assert other.read_bytes() == before


def test_where_keys_are_is_said_or_beside_the_file(tmp_path):
    """One file for both, or a server without a word about keys, is refused."""
    with pytest.raises(ArchiveError, match="can't be one file"):
        init_archive(f"sqlite:///{tmp_path}/a.sqlite", keys_url=f"sqlite:///{tmp_path}/a.sqlite")
    with pytest.raises(ArchiveError, match=r"\[archive\] keys names a database of its own"):
        init_archive("postgresql+psycopg://toy@127.0.0.1/x")
    assert init_archive(f"sqlite:///{tmp_path}/a.b.sqlite")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.b-keys.sqlite", "a.b.sqlite"]


def test_only_the_owner_reads_new_keys(sqlite_urls, tmp_path):
    """Whoever else is to read them is given the right by hand."""
    (tmp_path / "archive.sqlite").unlink()
    (tmp_path / "archive-keys.sqlite").unlink()
    sqlite_urls.init()
    assert (tmp_path / "archive-keys.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_password_is_not_told(tmp_path):
    """Errors name the place without it."""
    url = "postgresql+psycopg://toy:secret@127.0.0.1:1/x?connect_timeout=1"
    with open_archive(url, keys_url=url) as archive, pytest.raises(ArchiveError) as caught:
        archive.require()
    assert "secret" not in str(caught.value)


# Reading with a right to read and no other


READER = """
import os, sys
import sqlalchemy.dialects.sqlite
from mikrocert.archive import check_archive, open_archive
from mikrocert.errors import ArchiveError
from mikrocert.report import FileKind

folder, user = sys.argv[1], int(sys.argv[2])
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
assert not os.access(folder, os.W_OK) and not os.access(folder + "/archive.sqlite", os.W_OK)
url = f"sqlite:///{folder}/archive.sqlite"
with open_archive(url) as archive:
    archive.require()
    for registration in archive.registrations():
        identifier = registration.identifier
        print(archive.find(identifier).status.value.value, len(archive.files(identifier)))
    print(archive.find_award("toy", "ŘÚ/2026/1").holder)
    assert archive.journalled("toy", "ŘÚ/2026/1", award=b"award") is None
    try:
        archive.revoke(identifier, reason="omyl", at=registration.issued_at)
    except ArchiveError as error:
        print(error)
assert list(check_archive(url)) == []
"""


@pytest.fixture
def shared_folder(sqlite_template):
    """Return a folder with an archive that everybody may read and nobody else may write."""
    folder = Path(tempfile.mkdtemp(prefix="archive"))
    try:
        for name in ("archive.sqlite", "archive-keys.sqlite"):
            shutil.copy(sqlite_template / name, folder / name)
            (folder / name).chmod(0o644)
        folder.chmod(0o755)
        yield folder
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def read_without_right_to_write(folder):
    """Run the reader under another user or, where that can't be, with the rights taken away."""
    user = 65534 if os.geteuid() == 0 else 0
    if not user:
        folder.chmod(0o555)
        for path in folder.iterdir():
            path.chmod(0o444)
    try:
        command = [sys.executable, "-W", "error", "-c", READER, str(folder), str(user)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    finally:
        if not user:
            folder.chmod(0o755)
            for path in folder.iterdir():
                path.chmod(0o644)


@pytest.mark.system
def test_who_may_only_read_reads_also_after_a_writer_has_closed(shared_folder, made):
    """Neither the file nor its folder may be written by the reader; nothing is left beside the file."""
    with open_archive(f"sqlite:///{shared_folder}/archive.sqlite") as archive:
        archive.record(made.new(ONE))
    done = read_without_right_to_write(shared_folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:2] == ["live 2", "Jiří Ďurůš"]
    assert "can't be written: attempt to write a readonly database" in done.stdout
    assert sorted(path.name for path in shared_folder.iterdir()) == ["archive-keys.sqlite", "archive.sqlite"]


@pytest.mark.system
def test_who_may_only_read_reads_also_while_a_writer_has_it_open(shared_folder, made):
    """The writer is in the middle of a unit of work; what it hasn't committed isn't read."""
    with open_archive(f"sqlite:///{shared_folder}/archive.sqlite") as archive:
        archive.record(made.new(ONE))
        with archive.unit() as unit:
            unit.record(made.new(TWO, evidence_number="2"))
            done = read_without_right_to_write(shared_folder)
            assert done.returncode == 0, done.stderr
            assert done.stdout.splitlines()[:2] == ["live 2", "Jiří Ďurůš"]
        assert archive.find(TWO)


def test_a_role_that_may_only_select_reads_everything(postgresql_urls, made):
    """The portal's role; what it can't do is refused, and no table is made."""
    with postgresql_urls.open() as archive:
        archive.record(made.new(ONE))
    urls = (postgresql_urls.archive, postgresql_urls.keys)
    for url in urls:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            if not connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = 'portal'")).scalar():
                connection.execute(text("CREATE ROLE portal LOGIN"))
            connection.execute(text("GRANT USAGE ON SCHEMA public TO portal"))
            connection.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO portal"))
        engine.dispose()
    mine = [url.replace("toy@", "portal@") for url in urls]
    with open_archive(mine[0], keys_url=mine[1]) as archive:
        archive.require()
        assert archive.find(ONE).holder == "Jiří Ďurůš"
        assert len(archive.files(ONE)) == 2
        assert len(archive.history(ONE)) == len(archive.registrations()) == 1
        with pytest.raises(ArchiveError, match="can't be written: permission denied"):
            archive.revoke(ONE, reason="omyl", at=made.at)
    assert list(check_archive(mine[0], keys_url=mine[1])) == []
    with pytest.raises(ArchiveError, match=r"can't be made: (must be owner|permission denied)"):
        upgrade_archive(mine[0], keys_url=mine[1])


# A writer that was killed in the middle of a commit


def leave_hot_journal(path):
    """Have a process die after it has overwritten pages of the file, with the old ones in its journal only."""
    child = os.fork()
    if child:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        return
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA cache_size=1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE junk (octets BLOB)")
        for _ in range(50):
            connection.execute("INSERT INTO junk VALUES (randomblob(100000))")
        os.kill(os.getpid(), signal.SIGKILL)
    except BaseException:  # noqa: BLE001 - whatever it is, the process must not go on with the tests
        traceback.print_exc()
    os._exit(1)


@pytest.mark.system
@pytest.mark.parametrize("name", ["archive.sqlite", "archive-keys.sqlite"])
def test_what_a_killed_writer_left_half_written_is_undone(shared_folder, made, name):
    """Whoever may write puts it right by reading; who may only read is told what helps."""
    url = f"sqlite:///{shared_folder}/archive.sqlite"
    with open_archive(url) as archive:
        archive.record(made.new(ONE))
    leave_hot_journal(shared_folder / name)
    assert (shared_folder / f"{name}-journal").stat().st_size
    done = read_without_right_to_write(shared_folder)
    assert done.returncode == 1
    assert "a writer was stopped in the middle; whatever writes to it next puts it right" in done.stderr
    with open_archive(url) as archive:
        assert archive.files(ONE)
    assert not (shared_folder / f"{name}-journal").exists()
    assert list(check_archive(url)) == []
    done = read_without_right_to_write(shared_folder)
    assert done.returncode == 0, done.stderr


# The commands


@pytest.fixture
def mikrocert(tmp_path, capsys):
    """Return what runs `mikrocert archive …` on a new mikrocert.toml, and returns exit code, answer and errors.

    Every answer for people names its settings in the last line.
    """
    (tmp_path / "mikrocert.toml").write_text(
        '[archive]\nurl = "sqlite:///a.sqlite"\nkeys = "sqlite:///k.sqlite"\n'
    )

    def call(*arguments):
        code = run(["--config", str(tmp_path / "mikrocert.toml"), "archive", *arguments])
        captured = capsys.readouterr()
        word = "Nastavení" if "cs" in arguments else "Settings"
        answer, named, rest = captured.out.partition(f"{word}: {tmp_path}/mikrocert.toml\n")
        assert (bool(named), rest) == (bool(answer) and "--json" not in arguments, "")
        return code, answer, captured.err

    return call


def test_the_commands_make_upgrade_and_check(mikrocert, tmp_path):
    """Exit code 0 for a sound archive."""
    assert mikrocert("init") == (0, "The archive is made.\n", "")
    assert mikrocert("init") == (0, "The archive was there already.\n", "")
    assert mikrocert("upgrade") == (0, "The archive is up to date.\n", "")
    code, out, _ = mikrocert("check")
    assert (code, out.splitlines()[-1]) == (0, "The archive is sound.")
    assert (tmp_path / "a.sqlite").exists()
    assert (tmp_path / "k.sqlite").exists()


def test_the_check_tells_what_is_damaged(mikrocert, tmp_path, made):
    """Exit code 1, one line for each finding; in JSON with code and path."""
    mikrocert("init")
    urls = {"keys_url": f"sqlite:///{tmp_path}/k.sqlite"}
    with open_archive(f"sqlite:///{tmp_path}/a.sqlite", **urls) as archive:
        archive.record(made.new(ONE))
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as connection, connection:
        connection.execute("DROP TRIGGER events_keep_update")
        connection.execute("UPDATE events SET kind = 'revoked'")
    code, out, _ = mikrocert("check")
    assert code == 1
    assert "events[1]: this event of K7mQx4Rt9bHz, or what it added, is not what it was" in out
    assert out.splitlines()[-1] == "The archive is damaged."
    code, out, _ = mikrocert("check", "--json")
    document = json.loads(out)
    assert (code, document["sound"]) == (1, False)
    assert [finding["code"] for finding in document["findings"]][:2] == ["fence-down", "event-changed"]
    assert document["findings"][1]["path"] == "events[1]"
    assert document["counts"]["awards"] == 1


def test_the_commands_speak_czech(mikrocert, tmp_path, made):
    """An error, what was done and what is damaged, with paths and codes as they are; JSON is in every language."""
    code, _, err = mikrocert("check", "--lang", "cs")
    assert (code, err) == (
        69,
        f"mikrocert: na místě sqlite:///{tmp_path}/a.sqlite není archiv; založí ho `mikrocert archive init`\n",
    )
    assert mikrocert("init", "--lang", "cs") == (0, "Archiv je založen.\n", "")
    assert mikrocert("upgrade", "--lang", "cs") == (0, "Archiv je aktuální.\n", "")
    keys = f"sqlite:///{tmp_path}/k.sqlite"
    with open_archive(f"sqlite:///{tmp_path}/a.sqlite", keys_url=keys) as archive:
        archive.record(made.new(ONE))
        archive.record(made.new(TWO, award=b"2"), replaces=ONE, reason="překlep")
    with closing(sqlite3.connect(tmp_path / "k.sqlite")) as connection, connection:
        connection.execute("UPDATE keys SET min_events = 5, max_events = 5")
    code, out, _ = mikrocert("check", "--lang", "cs")
    assert code == 1
    assert out.splitlines() == [
        f"awards[{ONE}]: má 2 události, úložiště klíčů jich zná 5: některé byly odstraněny [event-missing]",
        f"awards[{TWO}]: má 1 událost, úložiště klíčů jich zná 5: některé byly odstraněny [event-missing]",
        "mikrocertifikáty: 2, soubory: 4, obnovené pečeti: 0, události: 3, vymazané: 0, rozpracované: 0, osiřelé klíče: 0, správní úkony: 0",
        "Archiv je poškozen.",
    ]
    _, out, _ = mikrocert("check", "--json")
    spoken = json.loads(out)["findings"][1]["message"]
    assert spoken["cs"] == "má 1 událost, úložiště klíčů jich zná 5: některé byly odstraněny"
    assert spoken["en"] == "it has 1 event, the key store knows of 5: some were removed"


def test_the_commands_refuse_a_language_that_is_not_there(mikrocert, tmp_path):
    """Exit code 64, and nothing is made."""
    for command in ("init", "upgrade", "check"):
        code, _, err = mikrocert(command, "--lang", "xx")
        assert code == 64
        assert "there is no 'xx'" in err
    assert not (tmp_path / "a.sqlite").exists()


def test_the_commands_tell_what_is_missing(mikrocert, tmp_path, monkeypatch, capsys):
    """Exit code 69 without an archive, 78 without settings that name one."""
    for command in ("check", "upgrade"):
        code, out, err = mikrocert(command)
        assert (code, out) == (69, "")
        assert "`mikrocert archive init` makes one" in err
    monkeypatch.chdir(tmp_path / "..")
    assert run(["archive", "check"]) == 78
    assert "there is no mikrocert.toml here" in capsys.readouterr().err
