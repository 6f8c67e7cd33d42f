"""Archives and programs of different versions, upgrades, roles in PostgreSQL, and how long a database is waited for."""

from __future__ import annotations

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest
from mikrocert.archive import (
    ErasureReason,
    NewShare,
    administration,
    open_archive,
    planned_upgrade,
    upgrade_archive,
)
from mikrocert.archive import archive as opening
from mikrocert.archive.backup import back_up
from mikrocert.archive.database import ARCHIVE, Database, get_on, is_newer
from mikrocert.archive.sharing import add_holder_link
from mikrocert.archive.statements import KeptStatement, find_statement, keep_statement, new_statement_id
from mikrocert.cli.app import run
from mikrocert.errors import ArchiveError, NoArchiveError, UnknownIdentifier
from mikrocert.report import Access, ShareScope, Verdict
from mikrocert.settings import ConnectionSettings
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import ProgrammingError

ONE = "K7mQx4Rt9bHz"
ROLES = Path(__file__).parents[3] / "deploy/postgresql/roles.sql"
MIGRATIONS = Path(administration.__file__).parent / "migrations/archive"
FUTURE = "9998"

VERSIONS = {
    "the same": ("0003", "0003", True),
    "the next one, which says nothing": ("0003", "0004", False),
    "the next one, with which readers get on": ("0003", "0004_0003", True),
    "a later one, with which readers get on": ("0003", "0006_0002", True),
    "a later one, with which only younger ones do": ("0003", "0006_0004", False),
    "two that say so": ("0004_0002", "0006_0003", True),
    "the older one says so, the newer doesn't": ("0004_0002", "0006", False),
}


@pytest.mark.parametrize(("one", "other", "expected"), VERSIONS.values(), ids=VERSIONS)
def test_the_newer_version_says_who_gets_on_with_it(one, other, expected):
    """Be it the program's or the archive's."""
    assert get_on(one, other) is expected
    assert get_on(other, one) is expected
    assert is_newer(other, than=one) is (one != other)


@pytest.mark.parametrize(("suffix", "readable"), [(f"_{ARCHIVE.newest[:4]}", True), ("", False)])
def test_an_archive_of_a_newer_version_is_read_where_it_says_so_and_never_written(
    urls, execute, made, suffix, readable
):
    """While machines are brought up to date one after the other, pages go on; what records waits for the new program."""
    with urls.open() as archive:
        archive.record(made.new(ONE))
    execute(urls.archive, f"UPDATE archive_version SET version_num = '{FUTURE}{suffix}'")
    with urls.open() as archive:
        if readable:
            archive.require()
            assert archive.files(ONE)
            assert archive.schema_versions()[0] == (f"{FUTURE}{suffix}", ARCHIVE.newest)
        else:
            with pytest.raises(NoArchiveError, match="use a newer mikrocert"):
                archive.require()
        with pytest.raises(NoArchiveError, match="use a newer mikrocert"):
            archive.revoke(ONE, reason="omyl", at=made.at)
    with pytest.raises(NoArchiveError, match="use a newer mikrocert"):
        upgrade_archive(urls.archive, keys_url=urls.keys)


@pytest.fixture
def next_version(tmp_path, monkeypatch):
    """A program that knows one migration more, with which readers get on; returns the version that it makes."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    version = f"{FUTURE}_{ARCHIVE.newest[:4]}"
    (folder / "next.py").write_text(
        '"""Shelves."""\nimport sqlalchemy as sa\nfrom alembic import op\n'
        f'revision = "{version}"\ndown_revision = "{ARCHIVE.newest}"\n\n\n'
        'def upgrade():\n    op.create_table("shelves", sa.Column("number", sa.Integer, primary_key=True))\n',
        encoding="utf-8",
    )
    schema = attrs.evolve(ARCHIVE, newest=version, migrations=str(folder))
    monkeypatch.setattr(administration, "ARCHIVE", schema)
    monkeypatch.setattr(opening, "ARCHIVE", schema)
    return version


def tables(url):
    engine = create_engine(url)
    names = inspect(engine).get_table_names()
    engine.dispose()
    return names


def test_an_older_archive_is_read_and_not_written_until_it_is_upgraded(urls, made, next_version):
    """A dry run says what would be done and does nothing; the upgrade keeps what there is."""
    with open_archive(urls.archive, keys_url=urls.keys) as archive:
        with pytest.raises(UnknownIdentifier):
            archive.find(ONE)
        with pytest.raises(NoArchiveError, match="`mikrocert archive upgrade` brings it up to date"):
            archive.record(made.new(ONE))
    (step,) = planned_upgrade(urls.archive, keys_url=urls.keys)
    assert (str(step.store), step.version, step.does) == ("the archive", next_version, "Shelves.")
    assert "shelves" not in tables(urls.archive)
    assert upgrade_archive(urls.archive, keys_url=urls.keys) is True
    assert "shelves" in tables(urls.archive)
    assert planned_upgrade(urls.archive, keys_url=urls.keys) == ()
    with open_archive(urls.archive, keys_url=urls.keys) as archive:
        archive.record(made.new(ONE))
    assert list(urls.check()) == []


def test_two_upgrades_at_once_wait_for_each_other(urls, next_version):
    """One does it, the others find it done."""
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: upgrade_archive(urls.archive, keys_url=urls.keys), range(4)))
    assert sorted(done) == [False, False, False, True]


def test_a_dry_run_says_what_would_be_done(sqlite_urls, next_version, tmp_path, capsys):
    """By the command, one line a migration."""
    (tmp_path / "mikrocert.toml").write_text("", encoding="utf-8")
    command = ["--config", str(tmp_path / "mikrocert.toml"), "archive", "upgrade"]
    assert run([*command, "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        f"the archive: to version {next_version}: Shelves.",
        "Nothing was changed.",
    ]
    assert run(command) == 0
    assert capsys.readouterr().out.startswith("The archive is upgraded.")
    assert run([*command, "--dry-run", "--lang", "cs"]) == 0
    assert capsys.readouterr().out.startswith("Archiv je aktuální.")


def test_a_dry_run_finds_no_archive_where_there_is_none(nowhere):
    """It names the command that makes one."""
    with pytest.raises(NoArchiveError, match="archive init"):
        planned_upgrade(nowhere.archive, keys_url=nowhere.keys)


# PostgreSQL


@pytest.fixture
def roles(postgresql_nowhere):
    """An archive in PostgreSQL with its roles; returns its URLs as a role."""
    owner = _as(postgresql_nowhere, "mikrocert_owner")
    for url in (postgresql_nowhere.archive, postgresql_nowhere.keys):
        with _connected(url) as connection:
            for role in ("owner", "issuer", "reader", "holder", "backup"):
                _execute(connection, f"CREATE ROLE mikrocert_{role} LOGIN", harmless=True)
            name = connection.execute(text("SELECT current_database()")).scalar_one()
            _execute(connection, f"ALTER DATABASE {name} OWNER TO mikrocert_owner")
            _execute(connection, "ALTER SCHEMA public OWNER TO mikrocert_owner")
    assert owner.init()
    for url in (owner.archive, owner.keys):
        with _connected(url) as connection:
            connection.exec_driver_sql(ROLES.read_text(encoding="utf-8").replace("%", "%%"))
    return lambda role: _as(postgresql_nowhere, f"mikrocert_{role}")


def _as(urls, role):
    return attrs.evolve(
        urls, archive=urls.archive.replace("toy@", f"{role}@"), keys=urls.keys.replace("toy@", f"{role}@")
    )


@contextmanager
def _connected(url):
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _execute(connection, statement, *, harmless=False):
    try:
        connection.execute(text(statement))
    except ProgrammingError:
        if not harmless:
            raise


def _refused(url, statements):
    """Return the statements that this role is not refused for want of a right."""
    done = []
    with _connected(url) as connection:
        for statement in statements:
            try:
                connection.execute(text(statement))
                done.append(statement)
            except ProgrammingError as error:
                if error.orig.sqlstate != "42501":  # insufficient_privilege
                    done.append(f"{statement}: {error.orig}")
    return done


def _writing(url):
    """Return every way to change anything in a database."""
    found = tables(url)
    assert found
    for table in found:
        yield f"INSERT INTO {table} DEFAULT VALUES"
        yield f"DELETE FROM {table}"
        yield f"TRUNCATE {table}"
        yield f"DROP TABLE {table} CASCADE"
        yield f"ALTER TABLE {table} ADD COLUMN more TEXT"
        yield f"ALTER TABLE {table} DISABLE TRIGGER ALL"
        yield f"DO $$ BEGIN LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; END $$"
    engine = create_engine(url)
    for table in found:
        column = inspect(engine).get_columns(table)[0]["name"]
        yield f"UPDATE {table} SET {column} = {column}"
    engine.dispose()
    yield "CREATE TABLE more (name TEXT)"
    yield "CREATE FUNCTION more() RETURNS integer LANGUAGE sql AS 'SELECT 1'"


def test_the_reader_serves_pages_and_can_write_nothing(roles, made):
    """What the public portal does, under a role that is refused every way to change anything."""
    with roles("issuer").open() as archive:
        archive.record(made.new(ONE))
    reader = roles("reader")
    with reader.open() as archive:
        archive.require()
        assert archive.holdings(ONE).files
        assert archive.files(ONE)
        assert archive.history(ONE)
        with archive.log() as log:
            assert log.root(1)
        with pytest.raises(ArchiveError, match="permission denied"):
            archive.revoke(ONE, reason="omyl", at=made.at)
    for url in (reader.archive, reader.keys):
        statements = list(_writing(url))
        assert len(statements) > 15
        assert _refused(url, statements) == []


READ_BY_PAGES = {
    *("owner", "awards", "artefacts", "objects", "events", "log_hashes", "log_heads", "archive_version"),
    *("holder_links", "link_access", "shares", "openings"),
    *("accounts", "type_versions", "type_ends"),  # the public catalogue
    "statements",
    *("keys", "keys_version"),
}


def test_the_reader_reads_what_pages_show_and_nothing_else(roles):
    """Neither keys of institutions nor what they sent, nor names, nor what was done by whom; a new table is nobody's until it is named."""
    read = {"reader": READ_BY_PAGES, "holder": READ_BY_PAGES | {"wallet_entries"}}
    for name, readable in read.items():
        role = roles(name)
        for url in (role.archive, role.keys):
            found = set(tables(url))
            assert len(found) > 2
            asked = {f"SELECT count(*) FROM {one}": one for one in found}
            assert {asked[one] for one in _refused(url, asked)} == found & readable


def test_the_holders_pages_write_what_holders_decide_and_nothing_else(roles, made):
    """Shares are made, opened and withdrawn, statements kept, wallets filled; what one shows, and who is the holder, can't be changed.

    Nothing but what somebody gathered can be deleted.
    """
    at = made.at
    with roles("issuer").open() as archive:
        archive.record(attrs.evolve(made.new(ONE), holder_secret=b"1"))
    holder = roles("holder")
    with holder.open() as archive:
        shares = archive.sharing
        assert shares.link_of(b"1").identifier == ONE
        new = NewShare(ShareScope.TITLE, note="práce")
        assert shares.make(ONE, new, token=lambda _: b"2", link=1, at=at).note == "práce"
        assert shares.open(ONE, 1, at=at)
        assert shares.open(ONE, 1, at=at)
        assert shares.withdraw(ONE, 1, at=at).opened == 2
        for access in Access:
            shares.set_access(ONE, access, at=at)
        assert shares.access(ONE) is Access.CLOSED
        given = KeptStatement(new_statement_id(), "0" * 64, Verdict.VALID, at)
        keep_statement(archive.database, given)
        assert find_statement(archive.database, given.id) == given
        archive.wallets.add(b"pseudonym", shares.link_of(b"1"), at=at)
        assert [entry.identifier for entry in archive.wallets.entries(b"pseudonym")] == [ONE]
        assert archive.wallets.forget(b"pseudonym") == 1
        with pytest.raises(ArchiveError, match="permission denied"):
            archive.revoke(ONE, reason="omyl", at=at)
        with (
            archive.database.changing() as connection,
            pytest.raises(ProgrammingError, match="permission denied"),
        ):
            add_holder_link(connection, ONE, secret=b"3", at=at)
    changing = {"shares": "scope", "openings": "day", "link_access": "identifier"}
    added = {*changing, "statements", "wallet_entries"}
    allowed = {f"INSERT INTO {table} DEFAULT VALUES" for table in added}
    # In PostgreSQL, who may delete rows may lock their table, which no other room uses.
    allowed |= {
        one for one in _writing(holder.archive) if re.match(r"DELETE .* wallet_e|DO .* wallet_e", one)
    }
    for url in (holder.archive, holder.keys):
        assert _refused(url, [one for one in _writing(url) if one not in allowed]) == []
    fixed = [f"UPDATE {table} SET {column} = {column}" for table, column in changing.items()]
    assert _refused(holder.archive, fixed) == []


def test_backups_read_everything_and_change_nothing(roles, made, tmp_path):
    """One role is enough for a backup and for its proof, and can do no harm."""
    with roles("issuer").open() as archive:
        archive.record(made.new(ONE))
    backup = roles("backup")
    places = {"folder": tmp_path / "archive", "keys_folder": tmp_path / "keys"}
    made_of_archive, _ = back_up(backup.archive, keys_url=backup.keys, **places)
    assert made_of_archive.events == 1
    for url in (backup.archive, backup.keys):
        statements = list(_writing(url))
        assert _refused(url, statements) == []


def test_the_issuer_records_and_can_change_nothing_that_was_recorded(roles, made):
    """It issues, revokes and erases; the fence, the tables and what is in them it can't touch."""
    issuer = roles("issuer")
    with issuer.open() as archive:
        archive.belong("NTRCZ-00216224")
        archive.reserve(made.registration(ONE), award=b"award")
        archive.record(made.new(ONE))
        archive.revoke(ONE, reason="omyl", at=made.at)
        archive.erase(ONE, reason=ErasureReason.OTHER, at=made.at)
    kept = ("owner", "awards", "artefacts", "events", "log_hashes", "log_heads", "archive_version")
    statements = [one for one in _writing(issuer.archive) if not one.startswith("INSERT")]
    about = [one for one in statements if any(f" {table} " in f"{one} " for table in kept)]
    assert len(about) == 7 * len(kept)
    assert _refused(issuer.archive, about) == []
    changing = ("DROP", "ALTER", "CREATE", "TRUNCATE")
    assert _refused(issuer.archive, [one for one in statements if one.startswith(changing)]) == []
    assert _refused(issuer.archive, ["INSERT INTO archive_version VALUES ('9999')"]) == []


def test_a_database_is_waited_for_no_longer_than_the_settings_say(postgresql_urls):
    """Connections tell the server how long a statement and an idle transaction may take, whatever else the URL says."""
    settings = ConnectionSettings(statement_seconds=7, idle_seconds=11)
    url = f"{postgresql_urls.archive}&options=-c%20application_name%3Dpages"
    database = Database(url, schema=ARCHIVE, connections=settings)
    shown = ("statement_timeout", "idle_in_transaction_session_timeout", "application_name")
    try:
        with database.reading() as connection:
            values = [connection.execute(text(f"SHOW {name}")).scalar_one() for name in shown]
        with database.making() as connection:
            assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "0"
    finally:
        database.close()
    assert values == ["7s", "11s", "pages"]


def test_a_statement_that_takes_too_long_ends_with_an_error_of_the_archive(postgresql_urls):
    """Nobody waits for ever."""
    database = Database(
        postgresql_urls.archive, schema=ARCHIVE, connections=ConnectionSettings(statement_seconds=1)
    )
    try:
        with (
            pytest.raises(ArchiveError, match="canceling statement due to statement timeout"),
            database.reading() as connection,
        ):
            connection.execute(text("SELECT pg_sleep(60)"))
    finally:
        database.close()
