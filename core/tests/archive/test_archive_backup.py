"""Backups: one state, taken while others work; restoring proves itself, and nothing half done stays."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

import pytest
from mikrocert.archive import (
    Backup,
    ErasureReason,
    ListedState,
    back_up,
    check_archive,
    restore,
    upgrade_archive,
)
from mikrocert.award.identifiers import new_identifier
from mikrocert.errors import ArchiveError
from mikrocert.log.tree import GrowingTree, leaf_hash
from mikrocert.report import FileKind

LIVE, ERASED = "K7mQx4Rt9bHz", "ddddEEEE5555"
ALL = (LIVE, "aaaaBBBB2222", "bbbbCCCC3333", "ccccDDDD4444", ERASED)
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def folders(tmp_path):
    """Return where a backup of the archive goes, and where one of its keys."""
    return tmp_path / "backup" / "archive", tmp_path / "backup-keys"


@pytest.fixture
def elsewhere(tmp_path, sqlite_nowhere):
    """Return the URLs of SQLite files that aren't there."""
    (tmp_path / "new").mkdir()
    return type(sqlite_nowhere)(
        f"sqlite:///{tmp_path / 'new/archive.sqlite'}", f"sqlite:///{tmp_path / 'new/keys.sqlite'}"
    )


def backed_up(urls, folders):
    return back_up(urls.archive, keys_url=urls.keys, folder=folders[0], keys_folder=folders[1])


def restored(urls, folders):
    return restore(urls.archive, keys_url=urls.keys, folder=folders[0], keys_folder=folders[1])


def all_of(urls):
    """Return everything that can be asked of an archive."""
    with urls.open() as archive:
        return (
            archive.owner,
            archive.registrations(),
            archive.statistics(),
            [archive.history(identifier) for identifier in ALL],
            [archive.holdings(identifier) for identifier in ALL if identifier != ERASED],
            [archive.credentials(state=state) for state in ListedState],
            archive.credentials_of("Ďurůš"),
            archive.journalled("toy", "5", award=b"pending"),
        )


def test_what_is_backed_up_is_restored(archive, urls, folders, elsewhere, fill):
    """Everything, out of either database; the check finds nothing."""
    archive.belong("NTRCZ-00000000")
    fill(archive)
    of_archive, of_keys = backed_up(urls, folders)
    assert (of_archive.events, of_archive.of, of_keys.of) == (9, "archive", "keys")
    assert restored(elsewhere, folders) == (of_archive, of_keys)
    assert all_of(elsewhere) == all_of(urls)
    assert list(elsewhere.check()) == []


def test_a_backup_of_files_is_restored_into_the_other_database(sqlite_urls, folders, request, fill):
    """So an archive moves from one to the other."""
    with sqlite_urls.open() as archive:
        fill(archive)
    backed_up(sqlite_urls, folders)
    target = request.getfixturevalue("postgresql_nowhere")
    restored(target, folders)
    assert all_of(target) == all_of(sqlite_urls)
    assert list(target.check()) == []


def test_a_backup_is_an_archive_that_plain_tools_read(archive, urls, folders, fill):
    """And that is checked where it lies."""
    fill(archive)
    backed_up(urls, folders)
    files = folders[0] / "archive.sqlite", folders[1] / "keys.sqlite"
    with closing(sqlite3.connect(files[0])) as connection:
        assert connection.execute("SELECT count(*) FROM awards").fetchone() == (5,)
    assert list(check_archive(f"sqlite:///{files[0]}", keys_url=f"sqlite:///{files[1]}")) == []
    assert stat.S_IMODE(files[1].stat().st_mode) == 0o600
    assert stat.S_IMODE(folders[1].stat().st_mode) == 0o700


def test_keys_have_backups_of_their_own(archive, urls, made, folders):
    """No key is in the backup of the archive; both in one folder are refused."""
    archive.record(made.new(LIVE))
    backed_up(urls, folders)
    with closing(sqlite3.connect(folders[1] / "keys.sqlite")) as connection:
        (key,) = connection.execute("SELECT key FROM keys").fetchone()
    assert key not in (folders[0] / "archive.sqlite").read_bytes()
    with pytest.raises(ArchiveError, match="into one folder"):
        backed_up(urls, (folders[0] / "x", folders[0] / "." / "x"))


def test_a_backup_is_of_one_moment_while_others_record(archive, urls, made, folders, elsewhere):
    """Whatever is recorded meanwhile is in both of its files or in neither."""
    stop, recorded = Event(), []

    def work():
        with urls.open() as own:
            while not stop.is_set():
                identifier = new_identifier()
                own.record(made.new(identifier, evidence_number=identifier))
                recorded.append(identifier)
                if len(recorded) == 3:
                    own.erase(recorded[0], reason=ErasureReason.OTHER, at=made.at)

    worker = Thread(target=work)
    worker.start()
    try:
        while len(recorded) < 5:
            pass
        of_archive, _ = backed_up(urls, folders)
    finally:
        stop.set()
        worker.join()
    restored(elsewhere, folders)
    assert list(elsewhere.check()) == []
    assert of_archive.events >= 6


def test_a_backup_from_before_is_upgraded(sqlite_nowhere, fill_old, folders, elsewhere):
    """Its version is in it; it is restored and then brought up to date."""
    fill_old(sqlite_nowhere)
    for folder, url, name in (
        (folders[0], sqlite_nowhere.archive, "archive.sqlite"),
        (folders[1], sqlite_nowhere.keys, "keys.sqlite"),
    ):
        folder.mkdir(parents=True)
        shutil.copy(url.removeprefix("sqlite:///"), folder / name)
    with_version(folders, "0001")
    restored(elsewhere, folders)
    upgrade_archive(elsewhere.archive, keys_url=elsewhere.keys)
    assert list(elsewhere.check()) == []
    with elsewhere.open() as archive:
        assert len(archive.credentials_of("Ďurůš")) == 4


def with_version(folders, version):
    """Describe the files in the folders as a program of that version did."""
    root = root_of(folders[0] / "archive.sqlite")
    for folder, of in ((folders[0], "archive"), (folders[1], "keys")):
        octets = (folder / f"{of}.sqlite").read_bytes()
        backup = Backup(of, version, AT, len(octets), sha256(octets).hexdigest(), 9, root)
        (folder / "backup.json").write_text(json.dumps(backup.to_json()))


def root_of(file):
    with closing(sqlite3.connect(file)) as connection:
        entries = [entry for (entry,) in connection.execute("SELECT entry FROM events ORDER BY number")]
    tree = GrowingTree()
    for entry in entries:
        tree.add(leaf_hash(entry))
    return tree.root.hex()


def flip(file):
    octets = bytearray(file.read_bytes())
    octets[-7] ^= 1
    file.write_bytes(octets)


def edit(folder, **changes):
    file = folder / "backup.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def swap(one, other):
    one.rename(one.with_name("x"))
    other.rename(one)
    one.with_name("x").rename(other)


def link(file):
    file.rename(file.with_name("elsewhere"))
    file.symlink_to("elsewhere")


def pipe(file):
    file.unlink()
    os.mkfifo(file)


def folder_at(file):
    file.unlink()
    file.mkdir()


WRONG = {  # name → what becomes of a backup → what is said
    "a changed file": (lambda a, k: flip(a / "archive.sqlite"), "not the file that was backed up"),
    "a changed file of keys": (lambda a, k: flip(k / "keys.sqlite"), "not the file that was backed up"),
    "half a file": (lambda a, k: os.truncate(a / "archive.sqlite", 5000), "not the file that was backed up"),
    "no file": (lambda a, k: (a / "archive.sqlite").unlink(), "can't be read"),
    "no manifest": (lambda a, k: (a / "backup.json").unlink(), "there is no backup in"),
    "half a manifest": (lambda a, k: os.truncate(a / "backup.json", 40), "there is no backup in"),
    "a manifest of something else": (
        lambda a, k: (a / "backup.json").write_text("[]"),
        "there is no backup in",
    ),
    "a manifest that is no text": (
        lambda a, k: (a / "backup.json").write_bytes(b"\xff"),
        "there is no backup in",
    ),
    "a manifest with other types": (lambda a, k: edit(a, sha256=7), "there is no backup in"),
    "a manifest of a later format": (lambda a, k: edit(a, format="mikrocert backup 2"), "of another format"),
    "a later version": (lambda a, k: edit(a, version="9999"), "use a newer mikrocert"),
    "another log": (lambda a, k: edit(a, root="00" * 32), "the log that was restored is not"),
    "folders swapped": (swap, "wanted: archive"),
    "a link to the file": (lambda a, k: link(a / "archive.sqlite"), "can't be read"),
    "a link to the manifest": (lambda a, k: link(a / "backup.json"), "there is no backup in"),
    "a pipe": (lambda a, k: pipe(a / "archive.sqlite"), "no regular file"),
    "a folder": (lambda a, k: folder_at(a / "archive.sqlite"), "no regular file"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_whole_backup_is_not_restored(sqlite_urls, made, folders, elsewhere, name):
    """It says what is wrong with it; where it was to go, nothing is, unless only the log tells."""
    with sqlite_urls.open() as archive:
        archive.record(made.new(LIVE))
    backed_up(sqlite_urls, folders)
    change, fault = WRONG[name]
    change(*folders)
    with pytest.raises(ArchiveError, match=fault):
        restored(elsewhere, folders)
    if name != "another log":
        assert list(Path(elsewhere.archive.removeprefix("sqlite:///")).parent.iterdir()) == []


def test_nothing_is_restored_over_something(urls, made, folders, sqlite_urls):
    """Neither over an archive nor over keys alone."""
    backed_up(urls, folders)
    with pytest.raises(ArchiveError, match="there is something at"):
        restored(urls, folders)
    Path(sqlite_urls.archive.removeprefix("sqlite:///")).unlink()
    with pytest.raises(ArchiveError, match="there is something at"):
        restored(sqlite_urls, folders)


def test_a_folder_with_something_in_it_is_left_alone(urls, folders):
    """A backup has one of its own."""
    folders[1].mkdir(parents=True)
    (folders[1] / "notes.txt").write_text("Ř")
    with pytest.raises(ArchiveError, match="is not empty"):
        backed_up(urls, folders)
    assert [path.name for path in folders[1].iterdir()] == ["notes.txt"]
    assert list(folders[0].iterdir()) == []


def test_a_backup_that_fails_leaves_nothing(urls, made, folders, monkeypatch):
    """Such as where the disk is full."""

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mikrocert.archive.backup.hash_of", full)
    with pytest.raises(ArchiveError, match="the disk is full"):
        backed_up(urls, folders)
    assert [list(folder.iterdir()) for folder in folders] == [[], []]


def test_older_keys_than_the_archive_are_told_by_the_check(sqlite_urls, made, folders, elsewhere, tmp_path):
    """The backup of the keys has to be as new as that of the archive, or newer."""
    with sqlite_urls.open() as archive:
        backed_up(sqlite_urls, (tmp_path / "old", tmp_path / "old-keys"))
        archive.record(made.new(LIVE))
    backed_up(sqlite_urls, folders)
    restored(elsewhere, (folders[0], tmp_path / "old-keys"))
    assert "key-missing" in {finding.code for finding in elsewhere.check()}
    with elsewhere.open() as archive, pytest.raises(ArchiveError):
        archive.file(LIVE, FileKind.CREDENTIAL)
