"""Exports in open formats: all comes out, all that comes in proves itself, and what is no whole bag doesn't."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import attrs
import pytest
from mikrocert.archive import (
    ErasureReason,
    ListedState,
    Topic,
    bagging,
    export_archive,
    import_archive,
    open_archive,
)
from mikrocert.archive.bagging import Imported, read_bag
from mikrocert.archive.database import ARCHIVE, Database
from mikrocert.archive.holds import holds_in
from mikrocert.archive.kept_types import add_version, end_type
from mikrocert.archive.tables import acts, taken_types, type_ends, type_versions
from mikrocert.errors import ArchiveError, HeldError
from mikrocert.report import FileKind
from sqlalchemy import select

LIVE, OLD, NEW, REVOKED, ERASED, OTHER = (
    "K7mQx4Rt9bHz",
    "aaaaBBBB2222",
    "bbbbCCCC3333",
    "ccccDDDD4444",
    "ddddEEEE5555",
    "hhhhJJJJ8888",
)
ALL = (LIVE, OLD, NEW, REVOKED, ERASED)


@pytest.fixture
def elsewhere(tmp_path, sqlite_nowhere, sqlite_template):
    """Return the URLs of an empty archive in another folder."""
    (tmp_path / "new").mkdir()
    for name, copy in (("archive.sqlite", "archive.sqlite"), ("archive-keys.sqlite", "keys.sqlite")):
        shutil.copy(sqlite_template / name, tmp_path / "new" / copy)
    return type(sqlite_nowhere)(
        f"sqlite:///{tmp_path / 'new/archive.sqlite'}", f"sqlite:///{tmp_path / 'new/keys.sqlite'}"
    )


@pytest.fixture(scope="module")
def exported_once(sqlite_template, fill, made, tmp_path_factory):
    """Return the folder of an archive with something of everything, and of its export; to be read only."""
    folder = tmp_path_factory.mktemp("exported")
    shutil.copytree(sqlite_template, folder, dirs_exist_ok=True)
    url, keys_url = (f"sqlite:///{folder / name}" for name in ("archive.sqlite", "archive-keys.sqlite"))
    with open_archive(url, keys_url=keys_url) as archive:
        archive.belong("NTRCZ-00000000")
        fill(archive)
        administer(archive, made)
        with archive.unit() as unit:
            unit.add_head(b"note", size=5, at=made.at)
    export_archive(url, keys_url=keys_url, folder=folder / "bag")
    return folder


@pytest.fixture
def bag(sqlite_urls, exported_once, tmp_path):
    """Return the folder with an export of an archive with something of everything, which is at `sqlite_urls`."""
    shutil.copytree(exported_once, tmp_path, dirs_exist_ok=True)
    return tmp_path / "bag"


@pytest.fixture
def everything(fill, made):
    """Return what fills an archive with something of everything, an award that took a type among it."""

    def fill_all(archive):
        archive.belong("NTRCZ-00000000")
        fill(archive)
        administer(archive, made)
        archive.record(attrs.evolve(made.new(OTHER, evidence_number="9"), type=("VC-1", 1)))

    return fill_all


def administer(archive, made):
    """Keep two versions of a type, end another one, put a credential on hold, and one more than was ended."""
    by = {"institution": "toy", "actor": "Růžena Ďurčanská", "at": made.at}
    with archive.database.writing() as connection:
        for version in (1, 2):
            content = f'{{"title":{{"cs":"Chov včel {version}"}}}}'
            add_version(connection, type_id="VC-1", version=version, content=content, **by)
        add_version(connection, type_id="VC-2", version=1, content="{}", **by)
        end_type(connection, type_id="VC-2", version=1, why="obor končí", **by)
    over = archive.hold(LIVE, actor="Růžena", at=made.at, why="Soud, sp. zn. 7 C 12/2026.")
    archive.end_hold(over.number, actor="Ďuro", at=made.at, why="Pravomocně skončeno.")
    archive.hold(OLD, actor="Růžena", at=made.at, why="Policie.")


def kept(urls):
    """Return what people did, holds, and types with what awards took."""
    database = Database(urls.archive, schema=ARCHIVE)
    with closing(database), database.reading() as connection:
        tables = (acts, type_versions, type_ends, taken_types)
        return (*(connection.execute(select(one)).all() for one in tables), holds_in(connection))


def exported(urls, folder):
    return export_archive(urls.archive, keys_url=urls.keys, folder=folder)


def imported(urls, folder):
    return import_archive(urls.archive, keys_url=urls.keys, folder=folder)


def all_of(urls):
    """Return everything that was recorded."""
    with urls.open() as archive, archive.log() as log:
        return (
            archive.owner,
            archive.registrations(),
            archive.statistics(),
            [archive.history(identifier) for identifier in ALL],
            [archive.holdings(identifier) for identifier in ALL if identifier != ERASED],
            archive.file(LIVE, FileKind.CREDENTIAL, format="toy", edition=1),
            [archive.credentials(state=state) for state in ListedState],
            archive.credentials_of("Ďurůš"),
            log.newest_heads(limit=9),
            log.root(log.size),
        )


def test_what_is_exported_is_imported(archive, urls, everything, elsewhere, tmp_path):
    """Everything that was recorded, out of either database; the check finds nothing, and importing again adds nothing."""
    everything(archive)
    assert exported(urls, tmp_path / "bag") == 10
    for _ in range(2):
        assert imported(elsewhere, tmp_path / "bag") == Imported(10, 7)
        assert all_of(elsewhere) == all_of(urls)
        assert kept(elsewhere) == kept(urls)
        assert list(elsewhere.check()) == []


def test_what_one_database_had_is_imported_into_the_other(sqlite_urls, postgresql_urls, everything, tmp_path):
    """Acts, holds and types included; what was exported again from there is the same."""
    with sqlite_urls.open() as archive:
        everything(archive)
    exported(sqlite_urls, tmp_path / "bag")
    for _ in range(2):
        assert imported(postgresql_urls, tmp_path / "bag") == Imported(10, 7)
    assert all_of(postgresql_urls) == all_of(sqlite_urls)
    assert kept(postgresql_urls) == kept(sqlite_urls)
    assert list(postgresql_urls.check()) == []
    exported(postgresql_urls, tmp_path / "again")
    for name in ("acts.jsonl", "types.jsonl"):
        assert (tmp_path / "again/data" / name).read_bytes() == (tmp_path / "bag/data" / name).read_bytes()


def test_a_bag_is_read_without_this_program(bag):
    """Its hashes are those of `sha256sum`, its files those that were handed out."""
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        subprocess.run(["sha256sum", "--check", "--quiet", "--strict", manifest], cwd=bag, check=True)
    payload = [path for path in (bag / "data").rglob("*") if path.is_file()]
    octets = sum(path.stat().st_size for path in payload)
    assert f"Payload-Oxum: {octets}.{len(payload)}\n" in (bag / "bag-info.txt").read_text()
    folder = bag / "data/credentials" / LIVE[:2] / LIVE
    assert (folder / "toy-credential-1.toy").read_bytes() == b"seal over payload"
    assert (folder / "toy-credential-2.toy").read_bytes() == b"new over payload"
    assert json.loads((folder / "credential.json").read_text())["holder"] == "Jiří Ďurůš"
    erased = bag / "data/credentials" / ERASED[:2] / ERASED
    assert [path.name for path in erased.iterdir()] == ["credential.json"]
    assert json.loads((erased / "credential.json").read_text())["key"] is None
    assert bag.stat().st_mode & 0o077 == 0


def test_what_a_credential_is_of_comes_with_it(sqlite_urls, made, elsewhere, tmp_path):
    """And so do statistics."""
    with sqlite_urls.open() as archive:
        archive.record(made.new(LIVE, topic=Topic("Zpracování dat", ("0612",))))
        exported(sqlite_urls, tmp_path / "bag")
        imported(elsewhere, tmp_path / "bag")
        with elsewhere.open() as other:
            assert other.statistics() == archive.statistics()


def test_an_interrupted_import_goes_on(bag, elsewhere, monkeypatch):
    """What came in before stays, and the rest is added."""
    monkeypatch.setattr("mikrocert.archive.bagging._AT_ONCE", 2)
    whole = bagging._import
    calls = []

    def interrupted(*arguments, **named):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        whole(*arguments, **named)

    monkeypatch.setattr("mikrocert.archive.bagging._import", interrupted)
    with pytest.raises(KeyboardInterrupt):
        imported(elsewhere, bag)
    assert imported(elsewhere, bag) == Imported(9, 7)
    assert {finding.code for finding in elsewhere.check()} == {
        "log-head-other"
    }  # the one of this test is none


def test_a_bag_is_imported_into_an_empty_archive_only(bag, elsewhere, made):
    """Another credential in it is enough to refuse, also one more than the bag has."""
    with elsewhere.open() as archive:
        archive.record(made.new(OTHER))
    with pytest.raises(ArchiveError, match="is not empty"):
        imported(elsewhere, bag)
    with elsewhere.open() as archive:
        assert len(archive.registrations()) == 1


def test_what_is_on_hold_stays_so(bag, elsewhere, made):
    """Where it was imported, it is not erased either; a hold that has ended holds nothing."""
    imported(elsewhere, bag)
    with elsewhere.open() as archive:
        with pytest.raises(HeldError):
            archive.erase(OLD, reason=ErasureReason.HOLDER, at=made.at)
        assert archive.erase(LIVE, reason=ErasureReason.HOLDER, at=made.at).erased_at


def test_acts_of_others_are_not_mixed_with_those_of_a_bag(bag, elsewhere, made):
    """Nothing comes in where somebody did something before."""
    with elsewhere.open() as archive, archive.unit() as unit:
        unit.act(at=made.at, actor="Ďuro", deed="institution add", subject="toy")
    with pytest.raises(ArchiveError, match="is not empty"):
        imported(elsewhere, bag)
    with elsewhere.open() as archive:
        assert archive.count() == 0


def test_a_bag_of_the_older_format_is_imported_without_acts(bag, elsewhere):
    """What has neither acts nor types brings all else, and what is lacking is told."""
    older(bag)
    assert imported(elsewhere, bag) == Imported(9, None)
    assert kept(elsewhere) == ([], [], [], [], ())
    assert {finding.code for finding in elsewhere.check()} == {"log-head-other"}


def older(bag):
    """Make a bag as it was before there were acts and types in it."""
    (bag / "data/acts.jsonl").unlink()
    (bag / "data/types.jsonl").unlink()
    whole = json.loads((bag / "data/archive.json").read_text())
    del whole["acts"], whole["last_act"]
    (bag / "data/archive.json").write_text(json.dumps(whole | {"format": "mikrocert export 1"}))
    for file in (bag / "data/credentials").glob("*/*/credential.json"):
        members = json.loads(file.read_text())
        del members["type"]
        file.write_text(json.dumps(members))
    sealed_anew(bag)


def test_a_damaged_type_is_not_exported(bag, sqlite_urls, execute, tmp_path):
    """What nobody kept so would be refused where it is imported."""
    execute(sqlite_urls.archive, "UPDATE type_versions SET content = '[]'", fence=False)
    with pytest.raises(ArchiveError, match="VC-1"):
        exported(sqlite_urls, tmp_path / "another")


def test_an_archive_that_went_on_is_not_empty(bag, elsewhere, made):
    """Its events are those of the bag and more."""
    imported(elsewhere, bag)
    with elsewhere.open() as archive:
        archive.record(made.new(OTHER, evidence_number="77"))
    with pytest.raises(ArchiveError, match="is not empty"):
        imported(elsewhere, bag)


def sealed_anew(bag):
    """Write the manifests of a bag anew, as somebody would who changed it."""
    for name, places in (
        ("manifest-sha256.txt", sorted(path for path in (bag / "data").rglob("*") if path.is_file())),
        ("tagmanifest-sha256.txt", [bag / n for n in ("bagit.txt", "bag-info.txt", "manifest-sha256.txt")]),
    ):
        lines = [
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(bag).as_posix()}\n"
            for path in places
        ]
        (bag / name).write_text("".join(lines))


def of_live(bag):
    return bag / "data/credentials" / LIVE[:2] / LIVE


def edit(file, **changes):
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def edit_event(bag, at_number, **changes):
    lines = (bag / "data/events.jsonl").read_text().splitlines()
    lines[at_number - 1] = json.dumps(json.loads(lines[at_number - 1]) | changes)
    (bag / "data/events.jsonl").write_text("\n".join(lines) + "\n")


def edit_act(bag, at_number, **changes):
    lines = (bag / "data/acts.jsonl").read_text().splitlines()
    lines[at_number - 1] = json.dumps(json.loads(lines[at_number - 1]) | changes)
    (bag / "data/acts.jsonl").write_text("\n".join(lines) + "\n")


def cut(file, lines):
    """Leave so many lines of a file."""
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:lines]))


def add_line(bag, path):
    with (bag / "manifest-sha256.txt").open("a") as lines:
        lines.write(f"{'0' * 64}  {path}\n")
    sealed_tags(bag)


def sealed_tags(bag):
    lines = [
        f"{hashlib.sha256((bag / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("bagit.txt", "bag-info.txt", "manifest-sha256.txt")
    ]
    (bag / "tagmanifest-sha256.txt").write_text("".join(lines))


def linked(file):
    file.rename(file.parents[4] / "elsewhere")
    file.symlink_to(file.parents[4] / "elsewhere")


def piped(file):
    file.unlink()
    os.mkfifo(file)


def copied_halfway(bag):
    for file in sorted(of_live(bag).iterdir())[2:]:
        file.unlink()


NO_BAG = {  # name → what becomes of a bag → what is said
    "half copied": (copied_halfway, "in the manifest and not there"),
    "a file changed": (
        lambda bag: (of_live(bag) / "toy-credential-1.toy").write_bytes(b"x"),
        "not the file that was",
    ),
    "a file cut off": (lambda bag: os.truncate(bag / "data/events.jsonl", 900), "not the file that was"),
    "a file added": (lambda bag: (of_live(bag) / "notes.txt").write_bytes(b"x"), "not in the manifest"),
    "no manifest": (lambda bag: (bag / "manifest-sha256.txt").unlink(), "can't be read"),
    "no manifest of tags": (lambda bag: (bag / "tagmanifest-sha256.txt").unlink(), "can't be read"),
    "a manifest changed": (lambda bag: (bag / "manifest-sha256.txt").write_text(""), "not the file that was"),
    "a manifest of other hashes": (
        lambda bag: (bag / "tagmanifest-sha256.txt").write_text("abc x\n"),
        "no manifest",
    ),
    "a manifest that is no text": (
        lambda bag: (bag / "tagmanifest-sha256.txt").write_bytes(b"\xff\n"),
        "can't be",
    ),
    "no declaration": (lambda bag: (bag / "bagit.txt").unlink(), "can't be read"),
    "another declaration": (lambda bag: (bag / "bagit.txt").write_text("BagIt-Version: 0.97\n"), "is no bag"),
    "no data": (lambda bag: shutil.rmtree(bag / "data"), "can't be read"),
    "a link": (lambda bag: linked(of_live(bag) / "toy-credential-1.toy"), "no regular file"),
    "a pipe": (lambda bag: piped(of_live(bag) / "toy-credential-1.toy"), "no regular file"),
    "a link to a folder": (lambda bag: (bag / "data/more").symlink_to("/"), "no regular file"),
    "a device as manifest": (
        lambda bag: replaced_by_device(bag / "bagit.txt"),
        "can't be read|no regular file",
    ),
    "a path that leads out": (
        lambda bag: add_line(bag, "data/../../etc/passwd"),
        "a path that none of ours is",
    ),
    "a path from the root": (lambda bag: add_line(bag, "/etc/passwd"), "a path that none of ours is"),
    "a path beside the data": (lambda bag: add_line(bag, "bagit.txt"), "a path that none of ours is"),
    "a path with a backslash": (lambda bag: add_line(bag, "data/..\\x"), "a path that none of ours is"),
    "a path twice": (lambda bag: add_line(bag, "data/events.jsonl"), "a path that none of ours is"),
}


def replaced_by_device(file):
    file.unlink()
    file.symlink_to("/dev/zero")


LIES = {  # name → what somebody changes who can write the manifests anew → what is said
    "a later format": (
        lambda bag: edit(bag / "data/archive.json", format="mikrocert export 4"),
        "of another format",
    ),
    "no format": (lambda bag: (bag / "data/archive.json").write_text("{}"), "can't be read"),
    "another log": (lambda bag: edit(bag / "data/archive.json", root="00"), "not the one that was exported"),
    "more events": (lambda bag: edit(bag / "data/archive.json", events=10), "not the one that was exported"),
    "an event": (lambda bag: edit_event(bag, 4, kind="revoked"), "event 4"),
    "an event of no kind": (lambda bag: edit_event(bag, 4, kind="x"), "can't be read"),
    "a moment": (lambda bag: edit_event(bag, 9, at="2026-11-22T10:00:00+00:00"), "event 9"),
    "a number": (lambda bag: edit_event(bag, 4, number=7), "event 4"),
    "an identifier that leads out": (lambda bag: edit_event(bag, 9, identifier="../../x"), "event 9"),
    "an identifier that is none": (lambda bag: edit_event(bag, 9, identifier=7), "can't be read|event 9"),
    "what is no event": (lambda bag: (bag / "data/events.jsonl").write_text("[1]\n"), "can't be read"),
    "an event without all": (
        lambda bag: (bag / "data/events.jsonl").write_text('{"number": 1}\n'),
        "event 1",
    ),
    "a holder": (lambda bag: edit(of_live(bag) / "credential.json", holder_ciphertext="AAAA"), "event 1"),
    "an institution": (lambda bag: edit(of_live(bag) / "credential.json", institution="other"), "event 1"),
    "another key": (
        lambda bag: edit(of_live(bag) / "credential.json", key="A" * 43 + "="),
        "changed or moved",
    ),
    "no files": (lambda bag: edit(of_live(bag) / "credential.json", files=[]), "event 1"),
    "what is no base64": (lambda bag: edit(of_live(bag) / "credential.json", key="§"), "can't be read"),
    "octets": (
        lambda bag: (of_live(bag) / "toy-credential-1.toy").write_bytes(b"x"),
        "not the file that was",
    ),
    "who did it": (lambda bag: edit_act(bag, 5, actor="Ďuro"), "act 5"),
    "why": (lambda bag: edit_act(bag, 7, why="jen tak"), "act 7"),
    "the number of an act": (lambda bag: edit_act(bag, 2, number=9), "act 2"),
    "no moment": (lambda bag: edit_act(bag, 2, at="včera"), "can't be read"),
    "a hold less": (lambda bag: cut(bag / "data/acts.jsonl", 6), "act 6"),
    "no acts": (lambda bag: cut(bag / "data/acts.jsonl", 0), "act 0"),
    "what is no act": (lambda bag: (bag / "data/acts.jsonl").write_text("[1]\n"), "can't be read"),
    "another type": (
        lambda bag: (bag / "data/types.jsonl").write_text(
            (bag / "data/types.jsonl").read_text().replace("Chov včel 2", "Chov vos")
        ),
        "act 2",
    ),
    "a type less": (lambda bag: cut(bag / "data/types.jsonl", 2), "act 3"),
    "a type more": (
        lambda bag: (bag / "data/types.jsonl").write_text((bag / "data/types.jsonl").read_text() * 2),
        "act 7",
    ),
    "a type that was taken": (
        lambda bag: edit(of_live(bag) / "credential.json", type={"id": 7}),
        "can't be read",
    ),
    "a head": (lambda bag: (bag / "data/heads.jsonl").write_text("{}\n"), "can't be read"),
}


@pytest.mark.parametrize("name", NO_BAG)
def test_what_is_no_whole_bag_is_not_imported(bag, elsewhere, name):
    """It says what is wrong with it, and the archive stays empty."""
    change, fault = NO_BAG[name]
    change(bag)
    with pytest.raises(ArchiveError, match=fault):
        imported(elsewhere, bag)
    with elsewhere.open() as archive:
        assert archive.count() == 0


@pytest.mark.parametrize("name", LIES)
def test_a_bag_that_contradicts_itself_is_not_imported(bag, elsewhere, name):
    """Whoever can write the manifests anew can't write the events anew unseen."""
    change, fault = LIES[name]
    change(bag)
    sealed_anew(bag)
    with pytest.raises(ArchiveError, match=fault):
        imported(elsewhere, bag)


def test_an_export_has_a_folder_of_its_own(sqlite_urls, tmp_path):
    """What is in another one stays as it is."""
    (tmp_path / "archive.txt").write_text("Ř")
    with pytest.raises(ArchiveError, match="is not empty"):
        exported(sqlite_urls, tmp_path)


def test_what_an_interrupted_export_wrote_is_no_bag(sqlite_urls, fill, tmp_path, monkeypatch):
    """Such as where the disk is full."""
    with sqlite_urls.open() as archive:
        fill(archive)
    monkeypatch.setattr(Path, "open", limited(Path.open, 7))
    with pytest.raises(ArchiveError, match="the disk is full"):
        exported(sqlite_urls, tmp_path / "bag")
    monkeypatch.undo()
    with pytest.raises(ArchiveError, match="can't be read"):
        read_bag(tmp_path / "bag")


def limited(call, times):
    """Return a function that fails after it was called so often."""
    calls = []

    def limit(*arguments, **options):
        calls.append(1)
        if len(calls) > times:
            raise OSError(28, "No space left on device")
        return call(*arguments, **options)

    return limit
