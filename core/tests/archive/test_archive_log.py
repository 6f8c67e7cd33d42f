"""The log of the archive: an entry for each event, proofs for each entry, and whoever rewrites it is found."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Thread
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.archive import (
    Entry,
    ErasureReason,
    EventKind,
    LogReader,
    open_archive,
    read_entry,
    upgrade_archive,
)
from mikrocert.archive.entries import entry_of
from mikrocert.archive.logged import complete_tiles
from mikrocert.errors import ErasedError, LogError
from mikrocert.log.checkpoints import Checkpoint
from mikrocert.log.notes import Note, sign
from mikrocert.log.tree import TILE_WIDTH, inclusion_proof, is_included, leaf_hash
from mikrocert.report import FileKind
from sqlalchemy import create_engine

ONE, TWO, THREE = "K7mQx4Rt9bHz", "aaaaBBBB2222", "bbbbCCCC3333"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def entries_of(archive):
    with archive.log() as log:
        return log.entries(0, log.size)


def live(archive, made):
    """Issue, add a format, renew, correct, revoke and erase."""
    archive.record(made.new(ONE))
    archive.record(made.new(ONE, formats=("toy", "other")))
    archive.add_edition(ONE, made.artefacts(seal=b"new"), at=made.at)
    archive.record(made.new(TWO, award=b"changed"), replaces=ONE, reason="překlep")
    archive.revoke(TWO, reason="omyl", at=made.at + timedelta(days=1, microseconds=1))
    archive.erase(TWO, reason=ErasureReason.OTHER, at=made.at)


def test_every_event_is_an_entry(archive, made):
    """In the order of the events, with kind and moment."""
    live(archive, made)
    entries = [read_entry(octets) for octets in entries_of(archive)]
    assert [entry.kind.value for entry in entries] == [
        "issued",
        "issued",
        "renewed",
        "issued",
        "replaced",
        "revoked",
        "erased",
    ]
    assert [entry.at for entry in entries[:6]] == [made.at] * 5 + [made.at + timedelta(days=1)]
    assert [len(entry.commitments) for entry in entries] == [2, 2, 2, 2, 1, 1, 1]


def test_an_entry_is_what_is_documented(archive, made):
    """Whoever has salt and file can compute it: the form never changes unnoticed."""
    archive.record(made.new(ONE))
    archive.revoke(ONE, reason="omyl", at=made.at)
    salt = archive.find(ONE).log_salt
    files = [hashlib.sha256(file.octets).digest() for file in archive.files(ONE)]
    commitments = [sorted(hmac.new(salt, file, "sha256").hexdigest() for file in files)]
    commitments.append([hmac.new(salt, f"revoked {ONE}".encode(), "sha256").hexdigest()])
    assert [json.loads(entry) for entry in entries_of(archive)] == [
        ["mikrocert log 1", kind, "2026-11-22T10:00:00Z", of_it]
        for kind, of_it in zip(("issued", "revoked"), commitments, strict=True)
    ]


def test_nothing_personal_and_nothing_linkable_is_in_an_entry(archive, made):
    """The same file of two credentials looks different, and neither identifier, name nor reason stands there."""
    archive.record(made.new(ONE))
    archive.record(made.new(TWO, evidence_number="2"))
    archive.revoke(ONE, reason="omyl", at=made.at)
    entries = entries_of(archive)
    commitments = [one for octets in entries for one in read_entry(octets).commitments]
    assert len(set(commitments)) == len(commitments) == 5
    for word in (ONE, TWO, "Jiří", "toy", "omyl", "RU", hashlib.sha256(b"seal over payload").hexdigest()):
        assert word.encode() not in b"".join(entries)


def test_an_erased_credential_gives_no_salt(archive, made):
    """Nobody can tell any more which entries are its own."""
    archive.record(made.new(ONE))
    archive.erase(ONE, reason=ErasureReason.OTHER, at=made.at)
    with pytest.raises(ErasedError):
        _ = archive.find(ONE).log_salt


SALTS = st.binary(min_size=32, max_size=32)
FILES = st.lists(st.binary(max_size=40), max_size=3)
MOMENT = st.datetimes(min_value=datetime(2000, 1, 1))  # noqa: DTZ001 - the zone is added


@given(FILES, SALTS, st.sampled_from(EventKind), MOMENT)
def test_an_entry_reads_as_it_was_written(files, salt, kind, at):
    """And has the files that it is of."""
    entry = entry_of(kind, at=at.replace(tzinfo=UTC), identifier=ONE, added=files, salt=salt)
    assert read_entry(entry.octets) == entry
    adds = kind in {EventKind.ISSUED, EventKind.RENEWED}
    assert [entry.has(file, salt=salt) for file in files] == [adds] * len(files)
    assert not any(entry.has(file + b".", salt=salt) for file in files)
    assert not any(entry.has(file, salt=salt[::-1] + b"x") for file in files)


RIGHT = Entry(EventKind.ISSUED, datetime(2026, 1, 1, tzinfo=UTC), ("0" * 64,))
NO_ENTRIES = {  # name → octets
    "nothing": b"",
    "no JSON": b"\xff",
    "an object": b"{}",
    "spaces": RIGHT.octets.replace(b",", b", "),
    "another purpose": RIGHT.octets.replace(b"log 1", b"log 2"),
    "another kind": RIGHT.octets.replace(b"issued", b"lost"),
    "no moment": RIGHT.octets.replace(b"2026-01-01T", b"2026-13-01T"),
    "a number as moment": RIGHT.octets.replace(b'"2026-01-01T00:00:00Z"', b"1"),
    "a short commitment": RIGHT.octets.replace(b'0"]', b'"]'),
    "a number as commitment": RIGHT.octets.replace(b'"' + b"0" * 64 + b'"', b"1"),
    "commitments that are a text": RIGHT.octets.replace(b'["' + b"0" * 64 + b'"]', b'"0"'),
    "one member more": RIGHT.octets.replace(b"]]", b"],1]"),
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("name", NO_ENTRIES)
def test_what_is_no_entry_is_refused(name):
    """In whatever way it is wrong."""
    with pytest.raises(LogError, match="no entry of a log"):
        read_entry(NO_ENTRIES[name])


def test_two_who_append_at_once_make_one_log(urls, made):
    """Each event has its own place, and the archive is sound."""

    def work(letter):
        with urls.open() as archive:
            for number in range(5):
                identifier = f"{letter * 11}{number + 2}"
                archive.record(made.new(identifier, evidence_number=f"{letter}{number}"))

    threads = [Thread(target=work, args=(letter,)) for letter in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with urls.open() as archive:
        assert len(set(entries_of(archive))) == 15
    assert list(urls.check()) == []


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_what_is_undone_leaves_no_entry(archive, made):
    """An entry is there if its event is."""

    class Stopped(Exception):
        pass

    archive.record(made.new(ONE))
    before = entries_of(archive)

    def stop():
        with archive.unit() as unit:
            unit.revoke(ONE, reason="omyl", at=made.at)
            raise Stopped

    with pytest.raises(Stopped):
        stop()
    assert entries_of(archive) == before


def head(log, size):
    checkpoint = Checkpoint("log.example", size, log.root(size))
    return str(sign(Note(checkpoint.text), KEY, name="log.example")).encode()


def add_head(archive, made, *, size=None, note=None):
    with archive.unit() as unit:
        size = unit.log.size if size is None else size
        unit.add_head(note or head(unit.log, size), size=size, at=made.at)


def rewrite(urls, tmp_path, *statements):
    """Change rows as somebody would who owns the file, and put the fence up again."""
    with closing(sqlite3.connect(tmp_path / "archive.sqlite")) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount, statement
    upgrade_archive(urls.archive, keys_url=urls.keys)


OTHER = "(SELECT note FROM log_heads AS others WHERE number = 1)"
HEADS_CHANGED = {  # name → (statement, codes that the check finds)
    "a size": ("UPDATE log_heads SET size = 1 WHERE number = 2", {"log-head-other"}),
    "a size beyond": ("UPDATE log_heads SET size = 9 WHERE number = 2", {"log-head-other"}),
    "a size that is none": ("UPDATE log_heads SET size = 'x' WHERE number = 2", {"log-head-other"}),
    "a note": (f"UPDATE log_heads SET note = {OTHER} WHERE number = 2", {"log-head-other"}),
    "no note": ("UPDATE log_heads SET note = x'00' WHERE number = 2", {"log-head-other"}),
    "one removed": ("DELETE FROM log_heads WHERE number = 1", {"log-head-missing"}),
    "a hash of nothing": ("INSERT INTO log_hashes VALUES (1, 0, zeroblob(32))", {"log-hash-added"}),
    "a hash of no level": ("INSERT INTO log_hashes VALUES (0, 0, zeroblob(32))", {"log-hash-added"}),
}


@pytest.mark.parametrize("name", HEADS_CHANGED)
def test_what_was_changed_beside_the_entries_is_found(sqlite_urls, made, tmp_path, name):
    """Heads and hashes are held against the entries."""
    statement, codes = HEADS_CHANGED[name]
    with sqlite_urls.open() as archive:
        archive.record(made.new(ONE))
        add_head(archive, made)
        archive.record(made.new(TWO, evidence_number="2"))
        add_head(archive, made)
    assert list(sqlite_urls.check()) == []
    rewrite(sqlite_urls, tmp_path, statement)
    assert {finding.code for finding in sqlite_urls.check()} == codes


def write_anew(tmp_path, *, without):
    """Take an event out and write all later ones anew, with hashes that fit, as somebody could who has the program."""
    from mikrocert.archive.events import event_hash
    from mikrocert.archive.reading import dossiers
    from mikrocert.archive.tables import awards, events
    from sqlalchemy import delete, select, update

    engine = create_engine(f"sqlite:///{tmp_path / 'archive.sqlite'}")
    with engine.begin() as connection:
        for name in (
            connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            .scalars()
            .all()
        ):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.execute(delete(events).where(events.c.number == without))
        connection.execute(update(events).where(events.c.number > without).values(number=-events.c.number))
        connection.execute(update(events).where(events.c.number < 0).values(number=-events.c.number - 1))
        connection.exec_driver_sql(f"UPDATE artefacts SET event = event - 1 WHERE event > {without}")
        connection.exec_driver_sql("UPDATE listing SET state = 'live'")
        connection.exec_driver_sql("DELETE FROM statistics WHERE kind = 'revoked'")
        previous, first = "0" * 64, set()
        for row in connection.execute(select(events).order_by(events.c.number)).all():
            award = connection.execute(select(awards).where(awards.c.identifier == row.identifier)).one()
            [dossier] = dossiers(connection, [award])
            own = event_hash(
                SimpleNamespace(**{**row._mapping, "previous": previous}),
                award=None if row.identifier in first else award,
                artefacts=[info for info in dossier.artefacts if info.event == row.number],
            )
            first.add(row.identifier)
            connection.execute(
                update(events).where(events.c.number == row.number).values(previous=previous, hash=own)
            )
            previous = own
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "archive-keys.sqlite")) as keys, keys:
        keys.execute("UPDATE keys SET min_events = 0, max_events = 9")


def test_a_revocation_taken_back_with_everything_rewritten_is_found_by_a_head(sqlite_urls, made, tmp_path):
    """Chain and key store fit again; a head that was kept doesn't."""
    with sqlite_urls.open() as archive:
        archive.record(made.new(ONE))
        archive.revoke(ONE, reason="omyl", at=made.at)
        archive.record(made.new(TWO, evidence_number="2"))
        with archive.log() as log:
            kept = log.root(3)
        write_anew(tmp_path, without=2)
        upgrade_archive(sqlite_urls.archive, keys_url=sqlite_urls.keys)
        assert list(sqlite_urls.check()) == []  # nobody else could tell
        archive.record(made.new(THREE, evidence_number="3"))
        with archive.log() as log:
            assert log.root(3) != kept
    with sqlite_urls.open() as archive:
        with archive.log() as log:
            other = Checkpoint("log.example", 3, kept)
        add_head(archive, made, size=3, note=str(sign(Note(other.text), KEY, name="log.example")).encode())
    assert {finding.code for finding in sqlite_urls.check()} == {"log-head-other"}


class Counted(LogReader):
    """Counts what is read."""

    read = 0

    def __call__(self, level, start, end):
        found = super().__call__(level, start, end)
        if level:
            Counted.read += len(found)
        return found

    def entries(self, start, end):
        found = super().entries(start, end)
        Counted.read += len(found)
        return found


def grow(tmp_path, count):
    """Add so many entries to an archive of one credential, the fast way."""
    engine = create_engine(f"sqlite:///{tmp_path / 'archive.sqlite'}")
    with engine.begin() as connection:
        row = "INSERT INTO events SELECT :n, identifier, kind, at, reason, successor, :p, hash, :e FROM events WHERE number = 1"
        raw = connection.connection.dbapi_connection
        first = LogReader(connection).size
        for number in range(first + 1, count + 1):
            raw.execute(row, {"n": number, "p": f"{number:064}", "e": b"%d" % number})
            complete_tiles(connection, number)
    engine.dispose()


def counted(url, do):
    engine = create_engine(url)
    Counted.read = 0
    with engine.connect() as connection:
        found = do(Counted(connection))
    engine.dispose()
    return found, Counted.read


def prove(count, index):
    def do(log):
        return log.root(count), inclusion_proof(log, index, count), log.entries(index, index + 1)[0]

    return do


def test_appending_reads_each_hash_once_however_long_the_log_is(sqlite_urls, made, tmp_path, monkeypatch):
    """Amortised, one hash an entry and level; proofs of every kind of entry hold."""
    with sqlite_urls.open() as archive:
        archive.record(made.new(ONE))
    monkeypatch.setattr("mikrocert.archive.logged.LogReader", Counted)
    Counted.read = 0
    size = 3 * TILE_WIDTH + 5
    grow(tmp_path, size)
    assert Counted.read <= 4 * TILE_WIDTH
    for index in (0, 1, TILE_WIDTH, size - 6, size - 1):
        (root, proof, entry), read = counted(sqlite_urls.archive, prove(size, index))
        assert is_included(leaf_hash(entry), index=index, size=size, proof=proof, root=root)
        assert read <= 6 * TILE_WIDTH


def test_hashes_that_were_changed_are_found(sqlite_urls, made, tmp_path):
    """Those of complete tiles, each by level and number."""
    with sqlite_urls.open() as archive:
        archive.record(made.new(ONE))
    grow(tmp_path, 2 * TILE_WIDTH)

    def of_the_log():
        return {
            (finding.code, finding.path) for finding in sqlite_urls.check() if finding.path.startswith("log")
        }

    assert of_the_log() == set()
    rewrite(sqlite_urls, tmp_path, "UPDATE log_hashes SET hash = zeroblob(32) WHERE number = 1")
    assert of_the_log() == {("log-hash-changed", "log_hashes[1, 1]")}
    rewrite(sqlite_urls, tmp_path, "DELETE FROM log_hashes WHERE number = 0")
    assert of_the_log() == {
        ("log-incomplete", "log_hashes[1, 0..0]"),
        ("log-hash-changed", "log_hashes[1, 1]"),
    }


@pytest.mark.long
def test_a_proof_costs_as_much_among_a_million_entries_as_its_levels(
    sqlite_urls, made, tmp_path, monkeypatch
):
    """Three tiles instead of two; appending stays at one hash an entry, and one more for each level."""
    with sqlite_urls.open() as archive:
        archive.record(made.new(ONE))
    size = 1_000_000
    monkeypatch.setattr("mikrocert.archive.logged.LogReader", Counted)
    Counted.read = 0
    grow(tmp_path, size)
    assert Counted.read <= size * (1 + 1 / TILE_WIDTH + 1 / TILE_WIDTH**2) + TILE_WIDTH
    for index in (0, 77_777, 999_423, size - 1):
        (root, proof, entry), read = counted(sqlite_urls.archive, prove(size, index))
        assert is_included(leaf_hash(entry), index=index, size=size, proof=proof, root=root)
        assert len(proof) <= 20
        assert read <= 2 * 3 * TILE_WIDTH


def test_a_log_of_an_archive_that_was_just_made_is_empty(archive):
    """It begins with the archive: nothing was ever issued from it that is not there."""
    assert entries_of(archive) == []


def test_the_files_of_a_credential_are_found_by_its_salt(archive, made):
    """Each by the entry of the event that added it."""
    live(archive, made)
    found, salt = archive.find(ONE), archive.find(ONE).log_salt
    entries = [read_entry(octets) for octets in entries_of(archive)]
    for info in found.artefacts:
        file = archive.file(ONE, info.kind, format=info.format, edition=info.edition)
        assert entries[info.event - 1].has(file.octets, salt=salt)
    assert found.artefact(FileKind.CREDENTIAL, format="toy").event == 3


def test_a_log_opened_by_a_url_is_read_without_a_right_to_write(sqlite_urls, made, tmp_path):
    """Reading changes no octet."""
    with sqlite_urls.open() as archive:
        archive.record(made.new(ONE))
    before = (tmp_path / "archive.sqlite").read_bytes()
    (tmp_path / "archive.sqlite").chmod(0o400)
    with open_archive(sqlite_urls.archive) as archive:
        assert len(entries_of(archive)) == 1
    assert (tmp_path / "archive.sqlite").read_bytes() == before
