"""The archive, on SQLite and, where it is on the machine, on PostgreSQL."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from importlib.util import find_spec
from pathlib import Path
from threading import Barrier

import attrs
import pytest
from mikrocert.archive import open_archive
from mikrocert.archive.store import NEWEST
from mikrocert.award.identifiers import draw_identifier
from mikrocert.errors import AlreadyIssued, ArchiveError, UnknownIdentifier
from mikrocert.report import StatusValue
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
LATER = AT + timedelta(days=1)
ONE, TWO, THREE = "K7mQx4Rt9bHz", "aaaaBBBB2222", "bbbbCCCC3333"


@pytest.fixture(scope="session")
def postgresql():
    """Start a private PostgreSQL on a socket in a temporary folder, and return the name of that folder."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("PostgreSQL is not on this machine (/usr/lib/postgresql/*/bin/initdb)")
    if find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed (pip install mikrocert[postgresql])")
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    user = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        shutil.chown(folder, "nobody", "nogroup")
    binaries, data = programs[-1].parent, folder / "data"

    def run(*command):
        subprocess.run(
            [*user, *map(str, command)], check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=60
        )

    try:
        run(binaries / "initdb", "-D", data, "-U", "toy", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run(binaries / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        try:
            yield folder
        finally:
            run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Return the URL of an archive that isn't there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'archive.sqlite'}"
    folder = request.getfixturevalue("postgresql")
    name = re.sub(r"\W", "_", tmp_path.name.lower())
    base = f"postgresql+psycopg://toy@/{{}}?host={folder}"
    engine = create_engine(base.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return base.format(name)


@pytest.fixture
def archive(url):
    with open_archive(url) as opened:
        yield opened


def test_what_is_recorded_is_found(archive, toy):
    """Everything comes back as it was, live since it was issued."""
    new = toy.new(ONE)
    recorded = archive.record(new)
    found = archive.find(ONE)
    assert found == recorded
    for field in attrs.fields(type(new)):
        if field.name != "payload":
            assert getattr(found, field.name) == getattr(new, field.name), field.name
    assert found.holds(new.payload)
    assert not found.holds(new.payload + b" ")
    assert (found.status.value, found.status.since, found.replaces) == (StatusValue.LIVE, AT, None)
    assert archive.identifiers() == (ONE,)
    assert archive.find_award("toy", new.evidence_number) == found


@pytest.mark.parametrize(
    "identifier", ["", TWO, ONE.swapcase(), "K7mQ x4Rt 9bHz", "' OR 1=1 --", "\x00", "ř" * 12, "a" * 10**6]
)
def test_what_is_unknown_is_unknown(archive, toy, identifier):
    """Letter case matters, and nothing that is no identifier reaches the database."""
    archive.record(toy.new(ONE))
    with pytest.raises(UnknownIdentifier):
        archive.find(identifier)
    with pytest.raises(UnknownIdentifier):
        archive.revoke(identifier, reason="omyl", at=AT)
    assert archive.history(identifier) == ()


def test_moments_keep_their_time_whatever_their_zone(archive, toy):
    """A moment in Prague's summer is the same moment afterwards."""
    moment = datetime(2026, 6, 22, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    archive.record(toy.new(ONE, issued_at=moment))
    assert archive.find(ONE).issued_at == moment


def test_a_moment_without_zone_is_refused(archive, toy):
    """It can't be known which moment is meant."""
    with pytest.raises(ArchiveError, match="time zone"):
        archive.record(toy.new(ONE, issued_at=datetime(2026, 1, 1)))  # noqa: DTZ001 - the point of the test
    assert archive.identifiers() == ()


def test_the_same_award_twice_gives_the_first(archive, toy):
    """The second credential isn't recorded; the first one comes back."""
    first = archive.record(toy.new(ONE))
    assert archive.record(toy.new(TWO)) == first
    assert archive.identifiers() == (ONE,)


def test_changed_content_is_refused(archive, toy):
    """The error names the credential to be replaced."""
    archive.record(toy.new(ONE))
    with pytest.raises(AlreadyIssued, match=f"--replaces {ONE}") as caught:
        archive.record(toy.new(TWO, award_hash="0" * 64))
    assert caught.value.identifier == ONE
    assert archive.identifiers() == (ONE,)


def test_evidence_numbers_of_two_institutions_do_not_meet(archive, toy):
    """Each institution has its own register."""
    archive.record(toy.new(ONE))
    archive.record(toy.new(TWO, institution="other", award_hash="0" * 64))
    assert set(archive.identifiers()) == {ONE, TWO}


def test_a_correction_replaces(archive, toy):
    """The old credential points to the new one, both have their history, and the award is the new one."""
    archive.record(toy.new(ONE))
    new = archive.record(toy.new(TWO, award_hash="0" * 64, issued_at=LATER), replaces=ONE, reason="překlep")
    old = archive.find(ONE)
    assert (old.status.value, old.status.since) == (StatusValue.REPLACED, LATER)
    assert (old.status.reason, old.status.successor) == ("překlep", TWO)
    assert (new.status.value, new.replaces) == (StatusValue.LIVE, ONE)
    assert [event.kind for event in archive.history(ONE)] == ["issued", "replaced"]
    assert archive.find_award("toy", new.evidence_number).identifier == TWO
    assert archive.identifiers() == (ONE, TWO)


def test_a_correction_can_be_corrected(archive, toy):
    """Only the newest credential of an award is replaced."""
    archive.record(toy.new(ONE))
    archive.record(toy.new(TWO, award_hash="0" * 64), replaces=ONE, reason="překlep")
    with pytest.raises(ArchiveError, match=f"{ONE} is not the newest credential of this award; {TWO} is"):
        archive.record(toy.new(THREE, award_hash="1" * 64), replaces=ONE, reason="překlep")
    assert archive.record(toy.new(THREE, award_hash="1" * 64), replaces=TWO, reason="a").replaces == TWO


WRONG_CORRECTIONS = {  # name → (changes, replaces, reason, message)
    "another award": ({"evidence_number": "x"}, ONE, "a", "never issued evidence number 'x'"),
    "another institution": ({"institution": "x"}, ONE, "a", "this institution never issued"),
    "an unknown credential": ({}, TWO, "a", "is not the newest"),
    "no reason": ({}, ONE, None, "needs a reason"),
    "a blank reason": ({}, ONE, " ", "needs a reason"),
    "a reason turned around": ({}, ONE, "překlep \u202ekonec", "control or invisible character"),
    "a birth number as reason": ({}, ONE, "oprava r. č. 855101/1238", "birth number"),
}


@pytest.mark.parametrize("name", WRONG_CORRECTIONS)
def test_a_wrong_correction_is_refused(archive, toy, name):
    """Nothing is recorded, and the credential stays live."""
    archive.record(toy.new(ONE))
    changes, replaces, reason, message = WRONG_CORRECTIONS[name]
    with pytest.raises(ArchiveError, match=message):
        archive.record(toy.new(THREE, award_hash="0" * 64, **changes), replaces=replaces, reason=reason)
    assert archive.identifiers() == (ONE,)
    assert archive.find(ONE).status.value is StatusValue.LIVE


def test_revoking(archive, toy):
    """A revoked credential stays, with reason and moment; revoking it again changes nothing."""
    archive.record(toy.new(ONE))
    revoked = archive.revoke(ONE, reason=" omyl ", at=LATER)
    assert (revoked.status.value, revoked.status.since, revoked.status.reason) == (
        StatusValue.REVOKED,
        LATER,
        "omyl",
    )
    assert archive.revoke(ONE, reason="jindy", at=LATER + timedelta(days=1)) == revoked
    assert [event.kind for event in archive.history(ONE)] == ["issued", "revoked"]


def test_revoking_needs_a_reason_and_something_live(archive, toy):
    """A reason that is blank or not fit to be read, and a replaced credential, are refused."""
    archive.record(toy.new(ONE))
    with pytest.raises(ArchiveError, match="a reason is needed"):
        archive.revoke(ONE, reason=" ", at=AT)
    with pytest.raises(ArchiveError, match="control or invisible character"):
        archive.revoke(ONE, reason="omyl\x1b[2J", at=AT)
    with pytest.raises(ArchiveError, match="birth number"):
        archive.revoke(ONE, reason="rodné číslo 855101/1238", at=AT)
    assert archive.find(ONE).status.value is StatusValue.LIVE
    archive.record(toy.new(TWO, award_hash="0" * 64), replaces=ONE, reason="překlep")
    with pytest.raises(ArchiveError, match=f"replaced by {TWO}; revoke that one"):
        archive.revoke(ONE, reason="omyl", at=AT)


@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET identifier = 'x'", "DELETE FROM {}", "UPDATE credentials SET sealed = ''"]
)
@pytest.mark.parametrize("table", ["credentials", "events"])
def test_the_database_itself_refuses_to_change_or_delete(archive, url, toy, table, statement):
    """Also somebody with the database at hand can't rewrite history by a slip."""
    archive.record(toy.new(ONE))
    engine = create_engine(url)
    with pytest.raises(DBAPIError, match="keeps everything as it was recorded"), engine.begin() as connection:
        connection.execute(text(statement.format(table)))
    engine.dispose()
    assert archive.find(ONE).sealed == toy.new(ONE).sealed


def test_eight_threads_record_one_credential(archive, toy):
    """Whoever comes first, all get the same one."""
    start = Barrier(8)

    def record(identifier):
        start.wait()
        return archive.record(toy.new(identifier)).identifier

    with ThreadPoolExecutor(8) as pool:
        recorded = set(pool.map(record, [draw_identifier() for _ in range(8)]))
    assert len(recorded) == 1
    assert archive.identifiers() == tuple(recorded)


def test_eight_threads_revoke_once(archive, toy):
    """One revocation is in the history, whoever asked."""
    archive.record(toy.new(ONE))
    start = Barrier(8)

    def revoke(number):
        start.wait()
        return archive.revoke(ONE, reason=f"důvod {number}", at=AT).status.reason

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(revoke, range(8)))) == 1
    assert [event.kind for event in archive.history(ONE)] == ["issued", "revoked"]


def _record_elsewhere(url, news):
    with open_archive(url) as archive:
        return [archive.record(new).identifier for new in news]


def test_four_processes_record_one_credential_of_each_award(url, toy):
    """Also the tables are made once, and nobody waits in vain."""
    awards = [
        [toy.new(draw_identifier(), evidence_number=f"UŘ/{number}") for number in range(20)] for _ in range(4)
    ]
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        results = [
            future.result() for future in [pool.submit(_record_elsewhere, url, news) for news in awards]
        ]
    assert len({tuple(result) for result in results}) == 1
    with open_archive(url) as archive:
        assert set(archive.identifiers()) == set(results[0])


def test_readers_do_not_wait_for_a_writer(archive, url, toy):
    """While somebody writes, pages are still served."""
    archive.record(toy.new(ONE))
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "BEGIN IMMEDIATE" if url.startswith("sqlite") else "LOCK TABLE events IN EXCLUSIVE MODE"
        )
        began = datetime.now(UTC)
        assert archive.find(ONE).identifier == ONE
        assert datetime.now(UTC) - began < timedelta(seconds=5)
        connection.rollback()
    engine.dispose()


def test_an_archive_is_opened_again(url, toy):
    """What was recorded is there in the next run."""
    with open_archive(url) as archive:
        archive.record(toy.new(ONE))
    with open_archive(url) as archive:
        assert archive.find(ONE).certificate == toy.new(ONE).certificate


def test_a_newer_archive_is_refused(url):
    """An old program keeps its hands off."""
    with open_archive(url):
        pass
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with (
        pytest.raises(ArchiveError, match=f"of version 9999, this program knows {NEWEST}"),
        open_archive(url),
    ):
        pass


def test_an_archive_of_unknown_version_is_refused(url):
    """A version that no migration leads from is an error, not a guess."""
    with open_archive(url):
        pass
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    engine.dispose()
    with pytest.raises(ArchiveError, match="version 0000 can't be upgraded"), open_archive(url):
        pass


def test_what_is_no_archive_is_refused(tmp_path):
    """A file that is no database, a folder, a missing folder, a wrong URL: each is an error of the archive."""
    other = tmp_path / "other.sqlite"
    other.write_bytes(b"Not a database, but long enough to look like one. " * 50)
    for wrong in (
        f"sqlite:///{other}",
        f"sqlite:///{tmp_path}",
        f"sqlite:///{tmp_path}/missing/archive.sqlite",
        "nonsense",
        "nonsense://x",
        "postgresql+psycopg://toy@127.0.0.1:nonsense/x",
    ):
        with pytest.raises(ArchiveError, match="can't be opened"), open_archive(wrong):
            pass
    assert other.read_bytes().startswith(b"Not a database")


def test_errors_do_not_tell_what_is_inside(archive, toy, url):
    """A failing database is reported without statement and parameters, which may hold personal data."""
    with pytest.raises(ArchiveError) as caught:
        archive.record(toy.new(ONE, issued_at=datetime(2026, 1, 1), evidence_number="Ďurišová"))  # noqa: DTZ001 - fails
    assert "Ďurišová" not in str(caught.value)
    assert "INSERT" not in str(caught.value)


def test_a_damaged_history_is_told(tmp_path, toy):
    """A credential of which the archive doesn't know where it stands is never called live."""
    path = tmp_path / "archive.sqlite"
    with open_archive(f"sqlite:///{path}") as archive:
        archive.record(toy.new(ONE))
        with sqlite3.connect(path) as connection:
            connection.execute("DROP TRIGGER events_keep_delete")
            connection.execute("DELETE FROM events")
        connection.close()
        with pytest.raises(ArchiveError, match="damaged"):
            archive.find(ONE)


def test_an_archive_that_is_only_read_is_not_made(tmp_path, toy):
    """Looking for a credential makes no empty archive; recording the first one does."""
    path = tmp_path / "archive.sqlite"
    with open_archive(f"sqlite:///{path}", make=False) as archive:
        assert not archive.exists
        with pytest.raises(ArchiveError, match="there is no archive"):
            archive.find(ONE)
        assert not path.exists()
        archive.record(toy.new(ONE))
        assert archive.exists
        assert archive.find(ONE).identifier == ONE
