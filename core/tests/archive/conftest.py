"""Archives on SQLite and, where it is on the machine, on PostgreSQL."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import attrs
import pytest
from mikrocert.archive import (
    ErasureReason,
    JournalEntry,
    NewArtefact,
    NewCredential,
    check_archive,
    init_archive,
    open_archive,
    upgrade_archive,
)
from mikrocert.archive.administration import migrate
from mikrocert.archive.database import ARCHIVE, KEYS, Database
from mikrocert.archive.s3 import S3Store
from mikrocert.report import File, FileKind, Registration
from mikrocert.settings import ObjectSettings
from sqlalchemy import MetaData, create_engine, insert, text

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@attrs.frozen
class Urls:
    """Where an archive and its keys are."""

    archive: str
    keys: str

    def open(self, *, objects=None):
        return open_archive(self.archive, keys_url=self.keys, objects=objects)

    def check(self, *, objects=None):
        return check_archive(self.archive, keys_url=self.keys, objects=objects)

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
        self,
        identifier,
        *,
        award=b"award",
        holder="Jiří Ďurůš",
        formats=("toy",),
        artefacts=None,
        topic=None,
        **changes,
    ):
        """Return a credential to be recorded."""
        if artefacts is None:
            artefacts = tuple(a for name in formats for a in self.artefacts(name))
        return NewCredential(self.registration(identifier, **changes), award, holder, artefacts, topic)


@pytest.fixture(scope="session")
def made():
    return Made()


@pytest.fixture
def postgresql_nowhere(databases):
    """Return the URLs of two empty databases."""
    return Urls(*databases.make())


@pytest.fixture
def postgresql_urls(databases):
    """Return the URLs of an empty archive in PostgreSQL."""
    return Urls(*databases.make_archive())


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


LIVE, OLD, NEW, REVOKED, ERASED, PENDING = (
    "K7mQx4Rt9bHz",
    "aaaaBBBB2222",
    "bbbbCCCC3333",
    "ccccDDDD4444",
    "ddddEEEE5555",
    "eeeeFFFF6666",
)


@pytest.fixture(scope="session")
def fill(made):
    """Return what fills an archive with something of everything."""
    return partial(_fill, made=made)


def _fill(archive, *, made):
    """Record five credentials in the following events, and begin a sixth.

    1 issued LIVE, 2 issued OLD, 3 issued NEW, 4 replaced OLD, 5 issued REVOKED, 6 renewed LIVE, 7 issued ERASED,
    8 erased ERASED, 9 revoked REVOKED.
    """
    archive.record(made.new(LIVE, formats=("toy", "other")))
    archive.record(made.new(OLD, evidence_number="2"))
    archive.record(made.new(NEW, evidence_number="2", award=b"changed"), replaces=OLD, reason="překlep")
    archive.record(made.new(REVOKED, evidence_number="3"))
    archive.add_edition(LIVE, made.artefacts(seal=b"new"), at=made.at)
    archive.record(made.new(ERASED, evidence_number="4"))
    archive.erase(ERASED, reason=ErasureReason.OTHER, at=made.at)
    archive.reserve(made.registration(PENDING, evidence_number="5"), award=b"pending")
    archive.journal([JournalEntry(PENDING, "toy", FileKind.CREDENTIAL, b"octets", b"sealed")])
    archive.revoke(REVOKED, reason="omyl", at=made.at + timedelta(days=1))


@pytest.fixture
def fill_old():
    """Return what makes an archive of version 0001, filled by the code of then."""
    return fill_0001


@pytest.fixture
def old_urls(nowhere):
    """Return the URLs of an archive that version 0001 filled (see `_fill`), upgraded."""
    fill_0001(nowhere)
    assert upgrade_archive(nowhere.archive, keys_url=nowhere.keys)
    return nowhere


def fill_0001(urls):
    """Make an archive of version 0001 with all that one such wrote into its tables: golden, made by the code of then."""
    stored = json.loads(Path(__file__).with_name("archive_0001.json").read_text("utf-8"))
    for url, schema in ((urls.archive, ARCHIVE), (urls.keys, KEYS)):
        database = Database(url, schema=attrs.evolve(schema, newest="0001"))
        migrate(database)
        database.close()
        engine = create_engine(url)
        metadata = MetaData()
        metadata.reflect(engine)
        with engine.begin() as connection:
            for name, rows in stored[schema.migrations].items():
                if rows:
                    connection.execute(insert(metadata.tables[name]), list(map(_stored, rows)))
        engine.dispose()


def _stored(row):
    """Return a row as the driver takes it."""
    values = {name: bytes.fromhex(v["hex"]) if isinstance(v, dict) else v for name, v in row.items()}
    moments = {"at", "issued_at"} & values.keys()
    return values | {name: datetime.fromisoformat(values[name]).replace(tzinfo=UTC) for name in moments}


@pytest.fixture
def archive(urls):
    with urls.open() as opened:
        yield opened


@pytest.fixture
def execute():
    """Return what runs statements behind the archive's back, its fence taken down on demand."""

    def run(url, *statements, fence=True):
        engine = create_engine(url)
        try:
            with engine.begin() as connection:
                if not fence:
                    take_down_fence(connection)
                for statement in statements:
                    connection.execute(text(statement))
        finally:
            engine.dispose()

    return run


def take_down_fence(connection):
    for table in (
        "awards", "artefacts", "events", "log_hashes", "log_heads", "acts", "type_versions", "type_ends", "taken_types",
    ):  # fmt: skip
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


RIGHTS = {
    "owner": ["s3:*"],
    "writer": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
    "reader": ["s3:GetObject", "s3:ListBucket"],
}


@attrs.frozen
class ObjectServer:
    """A server with a key for each of `RIGHTS`."""

    url: str
    keys: dict[str, tuple[str, str]]

    def client(self, who="owner"):
        """Return a client that is none of ours."""
        key, secret = self.keys[who]
        return _client("s3", self.url, key, secret)

    def make_bucket(self, prefix="bucket"):
        """Make a bucket, and return what asks it."""
        name = f"{prefix}-{uuid4().hex}"
        self.client().create_bucket(Bucket=name)
        return Bucket(self, name)


@attrs.frozen
class Bucket:
    """A bucket of a server."""

    server: ObjectServer
    name: str

    def settings(self, who="writer", **changes):
        """Return the settings that ask it with somebody's key."""
        members = {
            "endpoint": self.server.url,
            "bucket": self.name,
            "prefix": "sealed/",
            "access_key": f"env:OBJECTS_KEY_{who.upper()}",
            "secret_key": f"env:OBJECTS_SECRET_{who.upper()}",
            "tries": 1,
        }
        return ObjectSettings(**{**members, **changes})

    def store(self, who="writer", **changes):
        return S3Store(self.settings(who, **changes), folder=Path("/"))

    def names(self):
        """Return the names of all objects."""
        answer = self.server.client().list_objects_v2(Bucket=self.name)
        return [one["Key"] for one in answer.get("Contents", ())]

    def get(self, name):
        return self.server.client().get_object(Bucket=self.name, Key=name)["Body"].read()

    def put(self, name, octets):
        self.server.client().put_object(Bucket=self.name, Key=name, Body=octets)

    def delete(self, name):
        self.server.client().delete_object(Bucket=self.name, Key=name)


def _client(service, url, key, secret):
    nowhere = (None, None, os.devnull, None)
    from botocore.config import Config
    from botocore.session import Session

    session = Session(session_vars={"config_file": nowhere, "credentials_file": nowhere})
    return session.create_client(
        service,
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"),
    )


@contextmanager
def serving(log):
    """Start a server and end it afterwards.

    Args:
        log: file for what it says.
    """
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("object_server.py"))],
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    try:
        url = f"http://127.0.0.1:{int(process.stdout.readline())}"
        iam = _client("iam", url, "nobody", "nothing")
        keys = {}
        for name, actions in RIGHTS.items():
            policy = {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
            }
            iam.create_user(UserName=name)
            iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=json.dumps(policy))
            made = iam.create_access_key(UserName=name)["AccessKey"]
            keys[name] = made["AccessKeyId"], made["SecretAccessKey"]
        request = urllib.request.Request(
            f"{url}/moto-api/reset-auth", data=b"0", headers={"Content-Type": "text/plain"}, method="POST"
        )
        with urllib.request.urlopen(request):  # from now on signatures and rights count
            pass
        yield ObjectServer(url, keys)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.stdout.close()


@pytest.fixture(scope="session")
def object_server(tmp_path_factory):
    """Return an object store behind a socket."""
    with serving(tmp_path_factory.mktemp("objects") / "server.log") as server:
        yield server


@pytest.fixture
def bucket(object_server, monkeypatch):
    """Return a bucket, with everybody's keys in the environment."""
    for who, (key, secret) in object_server.keys.items():
        monkeypatch.setenv(f"OBJECTS_KEY_{who.upper()}", key)
        monkeypatch.setenv(f"OBJECTS_SECRET_{who.upper()}", secret)
    return object_server.make_bucket()
