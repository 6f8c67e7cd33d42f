"""Archives on SQLite and, where it is on the machine, on PostgreSQL."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import attrs
import pytest
from mikrocert.archive import NewArtefact, NewCredential, check_archive, init_archive, open_archive
from mikrocert.report import File, FileKind, Registration
from sqlalchemy import create_engine, text

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@attrs.frozen
class Urls:
    """Where an archive and its keys are."""

    archive: str
    keys: str

    def open(self):
        return open_archive(self.archive, keys_url=self.keys)

    def check(self):
        return check_archive(self.archive, keys_url=self.keys)

    def init(self):
        return init_archive(self.archive, keys_url=self.keys)


@attrs.frozen
class Made:
    """Makes what is to be recorded."""

    at = AT

    def artefacts(self, name="toy", *, payload=b"payload", seal=b"seal"):
        """Return a credential and a certificate of one format."""
        sealed = seal + b" over " + payload
        return (
            NewArtefact(
                File(name, FileKind.CREDENTIAL, f"application/{name}", f".{name}", sealed),
                payload,
                f"urn:{name}:1",
            ),
            NewArtefact(File(name, FileKind.CERTIFICATE, "application/pdf", ".pdf", b"%PDF " + sealed)),
        )

    def registration(self, identifier, *, institution="toy", evidence_number="ŘÚ/2026/1", issued_at=AT):
        return Registration(identifier, institution, evidence_number, issued_at)

    def new(
        self, identifier, *, award=b"award", holder="Jiří Ďurůš", formats=("toy",), artefacts=None, **changes
    ):
        """Return a credential to be recorded."""
        if artefacts is None:
            artefacts = tuple(a for name in formats for a in self.artefacts(name))
        return NewCredential(self.registration(identifier, **changes), award, holder, artefacts)


@pytest.fixture(scope="session")
def made():
    return Made()


@pytest.fixture(scope="session")
def databases(postgresql):
    """Make two databases, and return their URLs."""
    base = f"postgresql+psycopg://toy@/{{}}?host={postgresql}"
    engine = create_engine(base.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in ("archive", "keys"):
            connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return Urls(base.format("archive"), base.format("keys"))


@pytest.fixture
def postgresql_nowhere(databases):
    """Return the URLs of two empty databases."""
    for url in (databases.archive, databases.keys):
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    return databases


@pytest.fixture
def postgresql_urls(postgresql_nowhere):
    """Return the URLs of an empty archive in PostgreSQL."""
    assert postgresql_nowhere.init()
    return postgresql_nowhere


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """Make an empty archive and an empty key store in a folder, and return the folder."""
    folder = tmp_path_factory.mktemp("template")
    assert init_archive(f"sqlite:///{folder / 'archive.sqlite'}")
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request):
    return request.param


@pytest.fixture
def nowhere(request, dialect):
    """Return the URLs of an archive that isn't there yet."""
    return request.getfixturevalue(f"{dialect}_nowhere")


@pytest.fixture
def urls(request, dialect):
    """Return the URLs of an empty archive."""
    return request.getfixturevalue(f"{dialect}_urls")


@pytest.fixture
def sqlite_nowhere(tmp_path):
    """Return the URLs of files that aren't there."""
    return Urls(f"sqlite:///{tmp_path / 'archive.sqlite'}", f"sqlite:///{tmp_path / 'archive-keys.sqlite'}")


@pytest.fixture
def sqlite_urls(sqlite_template, sqlite_nowhere, tmp_path):
    """Return the URLs of an empty archive in SQLite."""
    for name in ("archive.sqlite", "archive-keys.sqlite"):
        shutil.copy(sqlite_template / name, tmp_path / name)
    return sqlite_nowhere


@pytest.fixture
def archive(urls):
    with urls.open() as opened:
        yield opened


@pytest.fixture
def execute():
    """Return what runs statements behind the archive's back, its fence taken down on demand."""

    def run(url, *statements, fence=True):
        engine = create_engine(url)
        with engine.begin() as connection:
            if not fence:
                take_down_fence(connection)
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    return run


def take_down_fence(connection):
    for table in ("awards", "artefacts", "events"):
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_keep ON {table}"))
        else:
            for act in ("update", "delete", "replace"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_keep_{act}"))


@pytest.fixture
def rows(tmp_path):
    """Return what reads rows of a SQLite archive behind its back."""

    def read(statement, *, of="archive"):
        with closing(sqlite3.connect(tmp_path / f"{of}.sqlite")) as connection:
            return connection.execute(statement).fetchall()

    return read
