"""What was changed by hand is found: never served where it is read, and told by the check."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest
from mikrocert.archive import ErasureReason, open_archive, upgrade_archive
from mikrocert.errors import ArchiveError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

LIVE, OLD, NEW, REVOKED, ERASED = (
    "K7mQx4Rt9bHz",
    "aaaaBBBB2222",
    "bbbbCCCC3333",
    "ccccDDDD4444",
    "ddddEEEE5555",
)
ALL = (LIVE, OLD, NEW, REVOKED, ERASED)
PENDING, UNUSED = "eeeeFFFF6666", "ffffGGGG7777"


@pytest.fixture(scope="session")
def filled_template(sqlite_template, fill, tmp_path_factory):
    folder = tmp_path_factory.mktemp("filled")
    for name in ("archive.sqlite", "archive-keys.sqlite"):
        shutil.copy(sqlite_template / name, folder / name)
    with open_archive(f"sqlite:///{folder / 'archive.sqlite'}") as archive:
        fill(archive)
    return folder


@pytest.fixture
def filled(filled_template, sqlite_urls, tmp_path):
    """Return the URLs of an archive with something of everything."""
    for name in ("archive.sqlite", "archive-keys.sqlite"):
        shutil.copy(filled_template / name, tmp_path / name)
    return sqlite_urls


def tamper(urls, tmp_path, statements, *, of="archive"):
    """Change rows by hand as somebody would who owns the file, and leave no trace on the fence."""
    with closing(sqlite3.connect(tmp_path / f"{of}.sqlite")) as connection, connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements.split(";"):
            assert connection.execute(statement).rowcount != 0, statement
    upgrade_archive(urls.archive, keys_url=urls.keys)


def read_all(urls):
    """Read everything that can be read of each credential; return the names of those that are refused."""
    refused = set()
    with urls.open() as archive:
        for identifier in ALL:
            try:
                archived = archive.find(identifier)
                archive.history(identifier)
                if archived.erased_at is None:
                    for info in archived.artefacts:
                        archive.file(identifier, info.kind, format=info.format, edition=info.edition)
                    archive.files(identifier)
            except ArchiveError:
                refused.add(identifier)
    return refused


def codes(urls):
    return {finding.code for finding in urls.check()}


def test_what_nobody_touched_is_sound(filled):
    """Everything is read, nothing is found, and everything is counted."""
    assert read_all(filled) == set()
    check = filled.check()
    assert list(check) == []
    counts = check.counts
    assert (counts.awards, counts.artefacts, counts.editions, counts.events) == (5, 14, 2, 9)
    assert (counts.erased, counts.pending, counts.orphan_keys) == (1, 1, 0)


CHANGED = {  # name → (statements, credentials that are refused, codes that the check finds)
    # awards
    "institution": (
        f"UPDATE awards SET institution = 'x' WHERE identifier = '{LIVE}'",
        {LIVE},
        {"event-changed"},
    ),
    "evidence number": (
        f"UPDATE awards SET evidence_number = 'x' WHERE identifier = '{LIVE}'",
        {LIVE},
        {"event-changed"},
    ),
    "version": (f"UPDATE awards SET version = 9 WHERE identifier = '{NEW}'", {NEW}, {"event-changed"}),
    "award hash": (
        f"UPDATE awards SET award_hash = '{0:064}' WHERE identifier = '{LIVE}'",
        {LIVE},
        {"event-changed"},
    ),
    "salt": (
        f"UPDATE awards SET salt = zeroblob(60) WHERE identifier = '{LIVE}'",
        {LIVE},
        {"event-changed", "not-decryptable"},
    ),
    "holder": (
        f"UPDATE awards SET holder = x'00' WHERE identifier = '{LIVE}'",
        {LIVE},
        {"event-changed", "not-decryptable"},
    ),
    "holder of an erased one": (
        f"UPDATE awards SET holder = x'00' WHERE identifier = '{ERASED}'",
        {ERASED},
        {"event-changed"},
    ),
    "holders swapped": (
        (
            f"CREATE TABLE kept AS SELECT identifier, holder FROM awards WHERE identifier = '{LIVE}';"
            f"UPDATE awards SET holder = (SELECT holder FROM awards WHERE identifier = '{REVOKED}') "
            f"WHERE identifier = '{LIVE}';"
            f"UPDATE awards SET holder = (SELECT holder FROM kept) WHERE identifier = '{REVOKED}'"
        ),
        {LIVE, REVOKED},
        {"event-changed", "not-decryptable"},
    ),
    "time of issuing": (
        f"UPDATE awards SET issued_at = '2020-01-01 00:00:00' WHERE identifier = '{LIVE}'",
        {LIVE},
        {"event-changed"},
    ),
    "what it replaces": (
        f"UPDATE awards SET replaces = NULL WHERE identifier = '{NEW}'",
        {NEW},
        {"event-changed"},
    ),
    "identifier": (
        f"UPDATE awards SET identifier = '{UNUSED}' WHERE identifier = '{LIVE}'",
        {LIVE},
        {"award-missing", "no-event", "key-missing"},
    ),
    "an award removed": (
        f"DELETE FROM awards WHERE identifier = '{LIVE}'",
        {LIVE},
        {"award-missing"},
    ),
    "an award added": (
        (
            f"INSERT INTO awards SELECT '{UNUSED}', institution, '9', version, award_hash, salt, holder, issued_at, NULL "
            f"FROM awards WHERE identifier = '{LIVE}'"
        ),
        set(),
        {"no-event", "key-missing"},
    ),
    # events
    "a kind": ("UPDATE events SET kind = 'issued' WHERE number = 9", {REVOKED}, {"event-changed"}),
    "a kind that is none": ("UPDATE events SET kind = 'x' WHERE number = 9", {REVOKED}, {"event-changed"}),
    "a moment": (
        "UPDATE events SET at = '2026-11-22 10:00:00' WHERE number = 9",
        {REVOKED},
        {"event-changed"},
    ),
    "a reason": (
        "UPDATE events SET reason = x'00' WHERE number = 9",
        {REVOKED},
        {"event-changed", "not-decryptable"},
    ),
    "no reason": ("UPDATE events SET reason = NULL WHERE number = 9", {REVOKED}, {"event-changed"}),
    "the reason of an erasure": (
        "UPDATE events SET reason = 'jiná' WHERE number = 8",
        {ERASED},
        {"event-changed"},
    ),
    "a reason of another event": (
        "UPDATE events SET reason = (SELECT reason FROM events AS others WHERE number = 4) WHERE number = 9",
        {REVOKED},
        {"event-changed", "not-decryptable"},
    ),
    "a successor": (
        f"UPDATE events SET successor = '{LIVE}' WHERE number = 4",
        {OLD},
        {"event-changed"},
    ),
    "a hash": (
        f"UPDATE events SET hash = '{0:064}' WHERE number = 5",
        {REVOKED, LIVE},
        {"event-changed", "chain-broken"},
    ),
    "the hash before": (
        f"UPDATE events SET previous = '{1:064}' WHERE number = 5",
        {REVOKED, OLD},
        {"event-changed", "chain-broken"},
    ),
    "whose event it is": (
        f"UPDATE events SET identifier = '{LIVE}' WHERE number = 9",
        {LIVE, REVOKED},
        {"event-changed"},
    ),
    "an event removed from within": (
        "DELETE FROM events WHERE number = 4",
        {OLD, NEW, REVOKED},
        {"event-missing"},
    ),
    "the first event removed": (
        "DELETE FROM events WHERE number = 1",
        {LIVE, OLD},
        {"event-missing", "artefact-added"},
    ),
    "the last event removed": ("DELETE FROM events WHERE number = 9", {REVOKED}, {"event-missing"}),
    "events swapped": (
        (
            "UPDATE events SET number = -4 WHERE number = 4; UPDATE events SET number = 4 WHERE number = 5;"
            "UPDATE events SET number = 5 WHERE number = -4"
        ),
        {OLD, NEW, REVOKED, LIVE},
        {"event-changed", "chain-broken"},
    ),
    "events numbered anew after one was removed": (
        "DELETE FROM events WHERE number = 8; UPDATE events SET number = 8 WHERE number = 9",
        {ERASED, REVOKED},
        {"event-changed", "chain-broken", "event-missing"},
    ),
    "an event added": (
        (
            f"INSERT INTO events SELECT 10, '{LIVE}', 'revoked', at, reason, NULL, hash, '{2:064}', entry "
            "FROM events WHERE number = 9"
        ),
        {LIVE},
        {"event-changed"},
    ),
    "a moment that is none": (
        "UPDATE events SET at = 'včera' WHERE number = 9",
        {REVOKED},
        {"event-changed"},
    ),
    "a number that is none": (
        "UPDATE artefacts SET event = 'x' WHERE event = 7",
        {ERASED},
        {"event-changed", "artefact-added"},
    ),
    "a text that is no UTF-8": (
        "UPDATE artefacts SET suffix = CAST(x'ff' AS TEXT) WHERE event = 7",
        {ERASED},
        {"event-changed"},
    ),
    "a text that is octets": (
        "UPDATE artefacts SET suffix = CAST(suffix AS BLOB) WHERE event = 7",
        {ERASED},
        {"event-changed"},
    ),
    "an entry of the log": (
        "UPDATE events SET entry = (SELECT entry FROM events AS others WHERE number = 4) WHERE number = 9",
        {REVOKED},
        {"event-changed", "log-entry-other"},
    ),
    "an entry of the log that is none": (
        "UPDATE events SET entry = x'ff' WHERE number = 7",
        {ERASED},
        {"event-changed", "log-entry-other"},
    ),
    # artefacts
    "octets": (
        f"UPDATE artefacts SET octets = zeroblob(99) WHERE identifier = '{LIVE}' AND edition = 2",
        {LIVE},
        {"not-decryptable"},
    ),
    "octets of nothing": (
        f"UPDATE artefacts SET octets = x'' WHERE identifier = '{LIVE}' AND edition = 2",
        {LIVE},
        {"object-unknown"},  # such a row says that an object store has them, and nobody says under what name
    ),
    "a packing": (
        f"UPDATE artefacts SET packing = 'after certificate 1 2' WHERE identifier = '{LIVE}' AND edition = 2",
        {LIVE},
        {"octets-changed"},
    ),
    "octets of another edition": (
        (
            "UPDATE artefacts SET octets = (SELECT octets FROM artefacts AS others WHERE others.identifier = "
            "artefacts.identifier AND others.format = artefacts.format AND others.kind = artefacts.kind AND "
            f"others.edition = 1) WHERE identifier = '{LIVE}' AND edition = 2"
        ),
        {LIVE},
        {"not-decryptable"},
    ),
    "octets of another credential": (
        (
            "UPDATE artefacts SET octets = (SELECT octets FROM artefacts AS others WHERE others.identifier = "
            f"'{REVOKED}' AND others.kind = artefacts.kind) WHERE identifier = '{OLD}'"
        ),
        {OLD},
        {"not-decryptable"},
    ),
    "artefacts swapped": (
        (
            f"UPDATE artefacts SET identifier = '{UNUSED}' WHERE identifier = '{OLD}';"
            f"UPDATE artefacts SET identifier = '{OLD}' WHERE identifier = '{REVOKED}';"
            f"UPDATE artefacts SET identifier = '{REVOKED}' WHERE identifier = '{UNUSED}'"
        ),
        {OLD, REVOKED},
        {"event-changed", "artefact-added"},
    ),
    "a format": (
        f"UPDATE artefacts SET format = 'x' WHERE identifier = '{OLD}'",
        {OLD},
        {"event-changed", "not-decryptable"},
    ),
    "a kind of artefact": (
        f"UPDATE artefacts SET kind = 'picture' WHERE identifier = '{OLD}' AND kind = 'certificate'",
        {OLD},
        {"event-changed", "not-decryptable"},
    ),
    "a kind of artefact that is none": (
        f"UPDATE artefacts SET kind = 'x' WHERE identifier = '{OLD}' AND kind = 'certificate'",
        {OLD},
        {"artefact-changed"},
    ),
    "an edition": (
        f"UPDATE artefacts SET edition = 3 WHERE identifier = '{OLD}'",
        {OLD},
        {"event-changed", "not-decryptable"},
    ),
    "the event that added it": (
        f"UPDATE artefacts SET event = 9 WHERE identifier = '{OLD}' AND kind = 'certificate'",
        {OLD},
        {"event-changed", "artefact-added"},
    ),
    "a media type": (
        f"UPDATE artefacts SET media_type = 'text/html' WHERE identifier = '{OLD}'",
        {OLD},
        {"event-changed"},
    ),
    "a suffix": (
        f"UPDATE artefacts SET suffix = '.exe' WHERE identifier = '{OLD}'",
        {OLD},
        {"event-changed"},
    ),
    "a credential's id": (
        f"UPDATE artefacts SET credential_id = 'x' WHERE identifier = '{OLD}' AND kind = 'credential'",
        {OLD},
        {"event-changed"},
    ),
    "a fingerprint": (
        f"UPDATE artefacts SET fingerprint = '{0:064}' WHERE identifier = '{OLD}'",
        {OLD},
        {"event-changed", "octets-changed"},
    ),
    "a payload's fingerprint": (
        f"UPDATE artefacts SET payload_fingerprint = '{0:064}' WHERE identifier = '{OLD}'",
        {OLD},
        {"event-changed"},
    ),
    "a suffix of an erased one": (
        f"UPDATE artefacts SET suffix = '.exe' WHERE identifier = '{ERASED}'",
        {ERASED},
        {"event-changed"},
    ),
    "an artefact removed": (
        f"DELETE FROM artefacts WHERE identifier = '{OLD}' AND kind = 'certificate'",
        {OLD},
        {"event-changed"},
    ),
    "an edition removed": (
        f"DELETE FROM artefacts WHERE identifier = '{LIVE}' AND edition = 2",
        {LIVE},
        {"event-changed"},
    ),
    "an artefact added": (
        (
            "INSERT INTO artefacts SELECT identifier, 'new', kind, edition, event, media_type, suffix, credential_id, "
            f"fingerprint, payload_fingerprint, octets, packing FROM artefacts WHERE identifier = '{OLD}'"
        ),
        {OLD},
        {"event-changed", "not-decryptable"},
    ),
    "an artefact of nobody": (
        (
            f"INSERT INTO artefacts SELECT '{UNUSED}', format, kind, edition, event, media_type, suffix, credential_id, "
            f"fingerprint, payload_fingerprint, octets, packing FROM artefacts WHERE identifier = '{OLD}'"
        ),
        set(),
        {"award-missing"},
    ),
    "everything of one credential removed": (
        (
            f"DELETE FROM artefacts WHERE identifier = '{REVOKED}';"
            f"DELETE FROM events WHERE identifier = '{REVOKED}';"
            f"DELETE FROM awards WHERE identifier = '{REVOKED}'"
        ),
        {REVOKED, LIVE, OLD},
        {"award-missing", "event-missing"},
    ),
    "everything removed": (
        "DELETE FROM artefacts; DELETE FROM events; DELETE FROM awards",
        set(ALL),
        {"award-missing"},
    ),
    # what is pending
    "a reservation's moment": (
        "UPDATE reservations SET at = '2020-01-01 00:00:00'",
        set(),
        {"not-decryptable"},
    ),
    "a reservation's number": ("UPDATE reservations SET evidence_number = 'x'", set(), {"not-decryptable"}),
    "journalled octets": ("UPDATE journal SET octets = zeroblob(50)", set(), {"not-decryptable"}),
    "a journalled file": ("UPDATE journal SET sealed = octets", set(), {"not-decryptable"}),
    "a journalled kind": ("UPDATE journal SET kind = 'x'", set(), {"not-decryptable"}),
    "a reservation removed": ("DELETE FROM reservations", set(), {"reservation-missing"}),
}


@pytest.mark.system  # some 20 s
@pytest.mark.parametrize("name", CHANGED)
def test_what_was_changed_is_not_served_and_the_check_finds_it(filled, tmp_path, name):
    """Whoever owns the file can take the fence down; what he does then is seen."""
    statements, refused, found = CHANGED[name]
    tamper(filled, tmp_path, statements)
    assert read_all(filled) == refused
    assert found <= codes(filled), codes(filled)


KEYS_CHANGED = {  # name → (statements, credentials that are refused, codes that the check finds)
    "a key": (
        f"UPDATE keys SET key = zeroblob(32) WHERE identifier = '{LIVE}'",
        {LIVE},
        {"not-decryptable"},
    ),
    "a key too short": (
        f"UPDATE keys SET key = x'00' WHERE identifier = '{LIVE}'",
        {LIVE},
        {"not-decryptable"},
    ),
    "a key of another credential": (
        f"UPDATE keys SET key = (SELECT key FROM keys WHERE identifier = '{OLD}') WHERE identifier = '{LIVE}'",
        {LIVE},
        {"not-decryptable"},
    ),
    "a key removed": (f"DELETE FROM keys WHERE identifier = '{LIVE}'", {LIVE}, {"key-missing"}),
    "a key destroyed without a word": (
        f"UPDATE keys SET key = NULL WHERE identifier = '{LIVE}'",
        {LIVE},
        {"key-missing"},
    ),
    "a key that came back": (
        f"UPDATE keys SET key = zeroblob(32) WHERE identifier = '{ERASED}'",
        set(),
        {"key-not-destroyed"},
    ),
    "a key of what is pending": (
        f"DELETE FROM keys WHERE identifier = '{PENDING}'",
        set(),
        {"key-missing"},
    ),
    "fewer events than there are": (
        f"UPDATE keys SET min_events = 1, max_events = 1 WHERE identifier = '{LIVE}'",
        set(),
        {"event-added"},
    ),
}


@pytest.mark.system
@pytest.mark.parametrize("name", KEYS_CHANGED)
def test_what_was_changed_in_the_key_store_is_found(filled, tmp_path, name):
    """A key opens what it was made for, or nothing."""
    statements, refused, found = KEYS_CHANGED[name]
    tamper(filled, tmp_path, statements, of="archive-keys")
    assert read_all(filled) == refused
    assert codes(filled) == found


def test_a_chain_written_anew_without_the_last_event_is_found(filled, tmp_path):
    """The hashes fit, but the key store knows that there was one more."""
    tamper(filled, tmp_path, "DELETE FROM events WHERE number >= 9")
    found = [(finding.code, finding.path) for finding in filled.check()]
    assert found == [
        ("event-missing", f"awards[{REVOKED}]"),
        ("statistics-other", "statistics[toy, 2026-11, revoked]"),
    ]


def test_damage_is_told_with_its_place(filled, tmp_path):
    """The error names table, row and column, and nothing of what stood there."""
    tamper(
        filled, tmp_path, f"UPDATE artefacts SET octets = x'00' WHERE identifier = '{LIVE}' AND edition = 2"
    )
    with (
        filled.open() as archive,
        pytest.raises(ArchiveError, match=rf"artefacts\[{LIVE}, toy, credential, 2\]\.octets"),
    ):
        archive.files(LIVE)
    with filled.open() as archive:
        assert archive.find(OLD).holder == "Jiří Ďurůš"


SLIPS = {  # name → (database, statement that the fence refuses)
    "update": ("sqlite", "UPDATE {} SET identifier = 'x'"),
    "delete": ("sqlite", "DELETE FROM {}"),
    "insert or replace": ("sqlite", "INSERT OR REPLACE INTO {0} SELECT * FROM {0}"),
    "replace": ("sqlite", "REPLACE INTO {0} SELECT * FROM {0}"),
    "update or replace": ("sqlite", "UPDATE OR REPLACE {} SET identifier = 'x'"),
    "upsert": (
        "sqlite",
        "INSERT INTO {0} SELECT * FROM {0} WHERE true ON CONFLICT DO UPDATE SET identifier = 'x'",
    ),
    "update on a server": ("postgresql", "UPDATE {} SET identifier = 'x'"),
    "delete on a server": ("postgresql", "DELETE FROM {}"),
    "truncate": ("postgresql", "TRUNCATE {} CASCADE"),
    "replicated": ("postgresql", "SET session_replication_role = replica; DELETE FROM {}"),
}


@pytest.mark.parametrize("table", ["awards", "artefacts", "events"])
@pytest.mark.parametrize(("dialect", "slip"), SLIPS.values(), ids=SLIPS)
def test_the_fence_refuses_slips(urls, made, slip, table):
    """Also somebody with the database at hand can't rewrite history by a slip."""
    with urls.open() as archive:
        archive.record(made.new(LIVE))
        before = archive.find(LIVE)
        engine = create_engine(urls.archive)
        with engine.connect() as connection:
            *settings, statement = slip.format(table).split("; ")
            for setting in settings:
                connection.execute(text(setting))
            with pytest.raises(DBAPIError, match="keeps everything as it was recorded"):
                connection.execute(text(statement))
        engine.dispose()
        assert archive.find(LIVE) == before


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("awards", f"'{UNUSED}', institution, evidence_number, version"),
        ("events", "99, identifier, kind, at"),
    ],
)
def test_the_fence_knows_every_unique_key(filled, tmp_path, table, key):
    """A row with a new primary key, but another unique key that is there, would be replaced too."""
    rest = {
        "awards": "award_hash, salt, holder, issued_at, replaces",
        "events": "reason, successor, previous, hash, entry",
    }
    with (
        closing(sqlite3.connect(tmp_path / "archive.sqlite")) as connection,
        pytest.raises(sqlite3.IntegrityError, match="keeps everything"),
    ):
        connection.execute(f"INSERT OR REPLACE INTO {table} SELECT {key}, {rest[table]} FROM {table}")


def test_a_fence_that_is_down_is_found_and_put_up_again(urls, execute):
    """The check names each trigger that is missing; an upgrade makes it anew."""
    execute(urls.archive, "SELECT 1", fence=False)
    found = list(urls.check())
    assert {finding.code for finding in found} == {"fence-down"}
    assert {finding.path.split("_keep")[0] for finding in found} == {
        "acts",
        "awards",
        "artefacts",
        "events",
        "log_hashes",
        "log_heads",
        "taken_types",
        "type_ends",
        "type_versions",
    }
    assert upgrade_archive(urls.archive, keys_url=urls.keys) is False
    assert list(urls.check()) == []


def test_a_fence_that_is_off_is_found(urls, execute, dialect):
    """A trigger that does nothing is as bad as none."""
    if dialect == "postgresql":
        execute(urls.archive, "ALTER TABLE events DISABLE TRIGGER events_keep")
    else:
        execute(
            urls.archive,
            "DROP TRIGGER events_keep_update",
            "CREATE TRIGGER events_keep_update BEFORE UPDATE ON events BEGIN SELECT 1; END",
        )
    assert [finding.code for finding in urls.check()] == ["fence-down"]


def test_a_change_behind_a_fence_taken_down_is_found_on_postgresql_too(postgresql_urls, execute, fill):
    """The proofs know no dialect."""
    urls = postgresql_urls
    with urls.open() as archive:
        fill(archive)
        execute(urls.archive, "UPDATE events SET kind = 'issued' WHERE number = 9", fence=False)
        with pytest.raises(ArchiveError, match=r"events\[9\]"):
            archive.find(REVOKED)
    assert {"event-changed", "fence-down"} <= codes(urls)


def test_a_damaged_credential_is_not_changed_further(filled, tmp_path, made):
    """Revoking, correcting and renewing begin with reading."""
    tamper(filled, tmp_path, f"UPDATE awards SET evidence_number = 'x' WHERE identifier = '{LIVE}'")
    with filled.open() as archive:
        for act in (
            lambda: archive.revoke(LIVE, reason="omyl", at=made.at),
            lambda: archive.erase(LIVE, reason=ErasureReason.OTHER, at=made.at),
            lambda: archive.add_edition(LIVE, made.artefacts(), at=made.at),
            lambda: archive.find_award("toy", "x"),
            archive.registrations,
        ):
            with pytest.raises(ArchiveError, match="damaged"):
                act()
