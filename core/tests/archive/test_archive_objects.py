"""Files in an object store: encrypted, proven whenever they are read, told apart from an archive that knows nothing."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from mikrocert.archive import (
    ErasureReason,
    NewArtefact,
    back_up,
    export_archive,
    import_archive,
    init_archive,
    move_to_database,
    move_to_objects,
    open_archive,
    remove_orphans,
    restore,
)
from mikrocert.archive import objects as objects_room
from mikrocert.archive import recording as recording_room
from mikrocert.archive.database import Database
from mikrocert.archive.objects import GRACE, SMALLEST, find_orphans
from mikrocert.archive.s3 import S3Store
from mikrocert.cli.app import run
from mikrocert.errors import ArchiveError, DamagedError, ObjectStoreError
from mikrocert.report import File, FileKind, Severity
from mikrocert.service.doctor import examining_objects
from mikrocert.service.doctor.examining_objects import examine_objects
from mikrocert.service.system import open_system
from mikrocert.settings import ObjectSettings, load_settings
from sqlalchemy import create_engine, text

ONE, OTHER = "K7mQx4Rt9bHz", "aaaaBBBB2222"
LARGE, LARGER = os.urandom(SMALLEST), os.urandom(2 * SMALLEST)
SECRET_WORDS = b"Ludmila Dvorakova " * 40


def large(certificate=LARGE + SECRET_WORDS):
    """Return a credential that is small and a certificate that isn't."""
    return (
        NewArtefact(
            File("toy", FileKind.CREDENTIAL, "application/toy", ".toy", b"small"), b"payload", "urn:toy:1"
        ),
        NewArtefact(File("toy", FileKind.CERTIFICATE, "application/pdf", ".pdf", certificate)),
    )


def kept(url):
    """Return how large the ciphertexts in the database are, by kind and edition."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT kind, edition, octets FROM artefacts ORDER BY kind")).all()
    engine.dispose()
    return {(row.kind, row.edition): len(row.octets) for row in rows}


def certificate_of(archive, identifier=ONE):
    return archive.file(identifier, FileKind.CERTIFICATE).octets


def codes(check):
    return [finding.code for finding in check]


@pytest.fixture
def recorded(urls, bucket, made):
    """An archive whose larger files are in a bucket, with one credential."""
    with urls.open(objects=bucket.store()) as archive:
        archive.record(made.new(ONE, artefacts=large()))
        yield archive


@pytest.fixture
def nobody_listens():
    """Return the address of a port at which nobody listens."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_larger_files_are_in_the_store_and_smaller_ones_in_the_database(recorded, urls, bucket):
    """Both come back, and the whole archive is sound."""
    assert kept(urls.archive)["certificate", 1] == 0
    assert 0 < kept(urls.archive)["credential", 1] < SMALLEST
    assert len(bucket.names()) == 1
    assert [file.octets for file in recorded.files(ONE)] == [b"small", LARGE + SECRET_WORDS]
    check = urls.check(objects=bucket.store("reader"))
    assert list(check) == []
    assert (check.counts.objects, check.counts.orphan_objects) == (1, 0)


def test_what_the_store_gets_is_encrypted_and_named_by_its_hash(recorded, bucket):
    """Nothing of whose it is can be read there, neither in the object nor in its name."""
    (name,) = bucket.names()
    stored = bucket.get(name)
    assert name.startswith("sealed/")
    assert name.rpartition("/")[2] == hashlib.sha256(stored).hexdigest()
    assert ONE not in name
    assert SECRET_WORDS[:18] not in stored


def test_a_right_to_read_is_enough_to_read(recorded, urls, bucket):
    """As for pages, whose key may store and delete nothing; what they may not is an error of the store."""
    with urls.open(objects=bucket.store("reader")) as archive:
        assert certificate_of(archive) == LARGE + SECRET_WORDS
    with pytest.raises(ObjectStoreError, match="refuses the access key or what it may do"):
        bucket.store("reader").put("a", b"b")


FOREIGN = {  # name → what becomes of the object, code
    "other octets": (lambda octets: bytes([octets[0] ^ 1]) + octets[1:], "object-changed"),
    "cut": (lambda octets: octets[:-1], "object-changed"),
    "longer": (lambda octets: octets + b"x", "object-changed"),
    "empty": (lambda _: b"", "object-changed"),
    "gone": (None, "object-missing"),
}


@pytest.mark.parametrize(("change", "code"), FOREIGN.values(), ids=FOREIGN)
def test_an_object_that_is_not_the_one_that_was_stored_is_damage_of_that_credential(
    recorded, urls, bucket, change, code
):
    """It is named, and never served; what is in the database still is."""
    (name,) = bucket.names()
    if change is None:
        bucket.delete(name)
    else:
        bucket.put(name, change(bucket.get(name)))
    with pytest.raises(DamagedError) as caught:
        certificate_of(recorded)
    assert caught.value.finding.code == code
    assert caught.value.finding.path == f"artefacts[{ONE}, toy, certificate, 1].octets"
    assert recorded.file(ONE, FileKind.CREDENTIAL).octets == b"small"
    assert codes(urls.check(objects=bucket.store())) == [code]


def test_objects_of_two_credentials_can_not_be_exchanged(recorded, urls, bucket, made):
    """Though each is an object of ours, and its row says that it is the right one: a ciphertext is bound to its place."""
    recorded.record(made.new(OTHER, artefacts=large(LARGER), evidence_number="2"))
    engine = create_engine(urls.archive)
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT identifier, sha256, size FROM objects")).all()
        (one, two), change = (
            rows,
            text("UPDATE objects SET sha256 = :sha256, size = :size WHERE identifier = :of"),
        )
        for of, sha256, size in (
            (one, "0" * 64, 0),
            (two, one.sha256, one.size),
            (one, two.sha256, two.size),
        ):
            connection.execute(change, {"of": of.identifier, "sha256": sha256, "size": size})
    engine.dispose()
    for identifier in (ONE, OTHER):
        with pytest.raises(DamagedError) as caught:
            certificate_of(recorded, identifier)
        assert caught.value.finding.code == "not-decryptable"


AWAY = {  # name → settings that make the store unusable, what is said then
    "nobody listens": {"endpoint": None, "fault": "can't be reached"},
    "no such bucket": {"bucket": "there-is-none", "fault": "has no bucket there-is-none"},
    "a key that nobody has": {"access_key": "env:NO_KEY", "fault": "refuses the access key"},
    "a wrong secret": {"secret_key": "env:NO_KEY", "fault": "refuses the access key"},
}


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("name", AWAY)
def test_a_store_that_can_not_be_used_is_no_damage_and_nothing_unknown(
    urls, bucket, nobody_listens, monkeypatch, name
):
    """What is in the database is told; a check can't say that anything is wrong, nor that it is sound."""
    monkeypatch.setenv("NO_KEY", "AKIAIOSFODNN7NOBODY0")
    changes = {member: value or nobody_listens for member, value in AWAY[name].items()}
    fault = changes.pop("fault")
    store = bucket.store(**changes)
    with urls.open(objects=store) as archive:
        assert archive.find(ONE).registration.identifier == ONE
        with pytest.raises(ObjectStoreError, match=fault):
            certificate_of(archive)
    with pytest.raises(ObjectStoreError, match=fault):
        list(urls.check(objects=store))


def test_settings_without_the_store_say_so(recorded, urls):
    """A file that is elsewhere is neither damaged nor unknown."""
    with urls.open() as archive, pytest.raises(ObjectStoreError, match="settings name none"):
        certificate_of(archive)


def test_nothing_is_recorded_while_the_store_is_away(urls, bucket, made, nobody_listens):
    """Never a row without its object; later it is recorded as if nothing had been."""
    with urls.open(objects=bucket.store(endpoint=nobody_listens)) as archive:
        with pytest.raises(ObjectStoreError):
            archive.record(made.new(ONE, artefacts=large()))
        assert archive.count() == 0
    with urls.open(objects=bucket.store()) as archive:
        assert archive.record(made.new(ONE, artefacts=large())).created
    assert list(urls.check(objects=bucket.store())) == []


def test_what_is_stopped_between_object_and_row_leaves_an_orphan(urls, bucket, made, monkeypatch):
    """It is counted, does no harm, and is removed once it is old enough and something happened since."""
    with urls.open(objects=bucket.store()) as archive:
        with monkeypatch.context() as patch:
            patch.setattr(
                recording_room, "keep_object", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt)
            )
            with pytest.raises(KeyboardInterrupt):
                archive.record(made.new(ONE, artefacts=large()))
        assert archive.count() == 0
        assert len(bucket.names()) == 1
        now = datetime.now(UTC)
        archive.record(made.new(ONE, artefacts=large(), issued_at=now + 3 * GRACE))
    check = urls.check(objects=bucket.store())
    assert list(check) == []
    assert (check.counts.objects, check.counts.orphan_objects) == (1, 1)
    assert remove_orphans(urls.archive, store=bucket.store(), at=now) == 0
    assert remove_orphans(urls.archive, store=bucket.store(), at=now + 2 * GRACE) == 1
    assert len(bucket.names()) == 1
    assert list(urls.check(objects=bucket.store())) == []


def test_what_is_younger_than_the_last_event_is_not_removed(recorded, urls, bucket):
    """A copy restored from a backup doesn't know what the archive went on to record in the same bucket."""
    (name,) = bucket.names()
    bucket.put(name.rpartition("/")[0] + "/" + "0" * 64, b"recorded by the other one")
    later = datetime.now(UTC) + timedelta(days=365)
    assert remove_orphans(urls.archive, store=bucket.store(), at=later) == 0
    assert len(bucket.names()) == 2


def test_archives_share_a_bucket_without_meeting(recorded, urls, bucket, made, tmp_path):
    """Each has a folder of its own; an orphan is looked for there only."""
    url = f"sqlite:///{tmp_path / 'second' / 'archive.sqlite'}"
    (tmp_path / "second").mkdir()
    init_archive(url)
    with open_archive(url, objects=bucket.store()) as second:
        second.record(made.new(OTHER, artefacts=large(LARGER)))
    check = urls.check(objects=bucket.store())
    assert list(check) == []
    assert check.counts.orphan_objects == 0
    assert len(bucket.names()) == 2


def test_erasing_deletes_the_object_after_the_key(recorded, urls, bucket, made):
    """And what said where it was."""
    recorded.erase(ONE, reason=ErasureReason.HOLDER, at=made.at)
    assert bucket.names() == []
    check = urls.check(objects=bucket.store())
    assert list(check) == []
    assert check.counts.objects == 0


def test_what_could_not_be_deleted_is_told_and_deleted_by_erasing_again(
    recorded, urls, bucket, made, nobody_listens
):
    """The key is destroyed all the same."""
    with (
        urls.open(objects=bucket.store(endpoint=nobody_listens)) as archive,
        pytest.raises(
            ObjectStoreError, match="is erased, since its key is destroyed, but its objects are still there"
        ),
    ):
        archive.erase(ONE, reason=ErasureReason.HOLDER, at=made.at)
    assert recorded.find(ONE).erased_at is not None
    assert codes(urls.check(objects=bucket.store())) == ["object-not-deleted"]
    recorded.erase(ONE, reason=ErasureReason.HOLDER, at=made.at)
    assert bucket.names() == []
    assert list(urls.check(objects=bucket.store())) == []


def test_a_renewed_edition_is_kept_as_what_is_new_in_it(recorded, bucket, made):
    """Though the edition that it follows is in the store."""
    newest = LARGE + SECRET_WORDS + os.urandom(100)
    recorded.add_edition(ONE, [large(newest)[1]], at=made.at)
    assert certificate_of(recorded) == newest
    assert len(bucket.names()) == 1


def test_an_archive_moves_in_and_out_and_goes_on_where_it_was_stopped(urls, bucket, made):
    """Every file is somewhere whole at each moment, and the fence stands afterwards."""
    store = bucket.store()
    with urls.open() as archive:
        for number, identifier in enumerate((ONE, OTHER), start=1):
            archive.record(made.new(identifier, artefacts=large(), evidence_number=str(number)))
    moved = move_to_objects(urls.archive, store=store)
    assert (moved.files, len(bucket.names())) == (2, 2)
    assert kept(urls.archive)["certificate", 1] == 0
    assert move_to_objects(urls.archive, store=store).files == 0
    assert list(urls.check(objects=store)) == []
    back = move_to_database(urls.archive, store=store)
    assert back == moved
    assert move_to_database(urls.archive, store=store).files == 0
    with urls.open() as archive:
        assert [certificate_of(archive, one) for one in (ONE, OTHER)] == [LARGE + SECRET_WORDS] * 2
    check = urls.check(objects=store)
    assert list(check) == []
    assert (check.counts.objects, check.counts.orphan_objects) == (0, 2)


def test_a_file_leaves_the_database_only_for_a_store_that_gives_it_back(urls, bucket, made, monkeypatch):
    """Whatever it says that it stored."""
    store = bucket.store()
    with urls.open() as archive:
        archive.record(made.new(ONE, artefacts=large()))
    monkeypatch.setattr(store, "get", lambda *_, **__: None)
    with pytest.raises(ObjectStoreError, match="didn't give back what it was given"):
        move_to_objects(urls.archive, store=store)
    with urls.open() as archive:
        assert certificate_of(archive) == LARGE + SECRET_WORDS


@pytest.mark.parametrize("first", ["moved", "removed"])
def test_what_is_moved_out_again_is_no_orphan_whoever_is_first(urls, bucket, made, monkeypatch, first):
    """An orphan is called as the file is that it was of; somebody removes orphans while that file is moved into the store again."""
    store, later = bucket.store(), datetime.now(UTC) + timedelta(days=365)
    with urls.open() as archive:
        archive.record(made.new(ONE, artefacts=large(), issued_at=later))
    move_to_objects(urls.archive, store=store)
    move_to_database(urls.archive, store=store)
    at = later + 2 * GRACE
    if first == "moved":  # after the orphans were looked for

        def find_first(*arguments, **named):
            found = list(find_orphans(*arguments, **named))
            assert move_to_objects(urls.archive, store=store).files == 1
            return iter(found)

        monkeypatch.setattr(objects_room, "find_orphans", find_first)
        assert remove_orphans(urls.archive, store=store, at=at) == 0
    else:  # after the file was stored, and before its row says so
        writing, removed = Database.writing, []

        def remove_before(database):
            if not removed:
                removed.append(1)
                assert remove_orphans(urls.archive, store=store, at=at) == 1
            return writing(database)

        monkeypatch.setattr(Database, "writing", remove_before)
        with pytest.raises(ObjectStoreError, match="didn't give back"):
            move_to_objects(urls.archive, store=store)
    assert list(urls.check(objects=store)) == []
    with urls.open(objects=store) as archive:
        assert certificate_of(archive) == LARGE + SECRET_WORDS


def test_nothing_that_is_damaged_is_moved_back(recorded, urls, bucket):
    """The row keeps saying where it should be."""
    (name,) = bucket.names()
    bucket.put(name, b"another one")
    with pytest.raises(DamagedError):
        move_to_database(urls.archive, store=bucket.store())
    assert kept(urls.archive)["certificate", 1] == 0


def test_a_backup_restores_over_the_same_bucket(recorded, urls, bucket, tmp_path):
    """It has what says where objects are; they stay where they are."""
    back_up(urls.archive, keys_url=urls.keys, folder=tmp_path / "a", keys_folder=tmp_path / "k")
    (tmp_path / "restored").mkdir()
    url = f"sqlite:///{tmp_path / 'restored' / 'archive.sqlite'}"
    restore(url, keys_url=None, folder=tmp_path / "a", keys_folder=tmp_path / "k")
    with open_archive(url, objects=bucket.store("reader")) as archive:
        assert certificate_of(archive) == LARGE + SECRET_WORDS


def test_a_bag_has_the_files_themselves_and_goes_into_a_store(recorded, urls, bucket, tmp_path):
    """An export needs no store to be read; an import puts larger files where settings say."""
    export_archive(urls.archive, keys_url=urls.keys, folder=tmp_path / "bag", objects=bucket.store("reader"))
    (tmp_path / "second").mkdir()
    url = f"sqlite:///{tmp_path / 'second' / 'archive.sqlite'}"
    init_archive(url)
    import_archive(url, keys_url=None, folder=tmp_path / "bag", objects=bucket.store())
    with open_archive(url, objects=bucket.store("reader")) as archive:
        assert certificate_of(archive) == LARGE + SECRET_WORDS
    assert len(bucket.names()) == 2


class Faltering(BaseHTTPRequestHandler):
    """Answers as the server's list of answers says: one for each request, the last one for all that follow."""

    def do_GET(self):
        answers = self.server.answers
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        self.server.count += 1
        if answer == "busy":
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif answer == "silent":
            self.server.end.wait()
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(LARGE)))
            self.send_header("ETag", '"anything"')
            self.end_headers()
            self.wfile.write(LARGE if answer == "whole" else LARGE[:100])
        self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture
def faltering():
    """Return a server that answers as it is told (see `Faltering`)."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Faltering) as server:
        server.answers, server.count, server.end = ["whole"], 0, threading.Event()
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.end.set()
        server.shutdown()
        thread.join()


def store_at(server, monkeypatch, **changes):
    for name in ("KEY", "SECRET"):
        monkeypatch.setenv(f"OBJECTS_{name}", "anything")
    members = {
        "endpoint": f"http://127.0.0.1:{server.server_address[1]}",
        "bucket": "bucket",
        "access_key": "env:OBJECTS_KEY",
        "secret_key": "env:OBJECTS_SECRET",
    }
    return S3Store(ObjectSettings(**members, **changes), folder=Path("/"))


@pytest.mark.system
@pytest.mark.parametrize("fault", ["busy", "cut off"])
def test_what_fails_for_a_moment_is_asked_for_again(faltering, monkeypatch, fault):
    """As often as settings say, and no more often; then it is an error of the store."""
    faltering.answers = [fault, "whole"]
    assert store_at(faltering, monkeypatch, tries=2).get("a", most=len(LARGE)) == LARGE
    assert faltering.count == 2
    faltering.answers = [fault]
    with pytest.raises(ObjectStoreError):
        store_at(faltering, monkeypatch, tries=2).get("a", most=len(LARGE))
    assert faltering.count == 4


class Impostor(BaseHTTPRequestHandler):
    """Answers everything with status, headers and body that the server has."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        status, headers, body = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Transfer-Encoding" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer()

    def do_PUT(self):
        self.answer()

    def do_DELETE(self):
        self.answer()

    def log_message(self, *_):
        pass


@pytest.fixture
def impostor():
    """Return a server that answers everything alike (see `Impostor`)."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Impostor) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


OPERATIONS = {
    "put": lambda store: store.put("f/a", b"sealed"),
    "get": lambda store: store.get("f/a", most=100),
    "delete": lambda store: store.delete("f/a"),
    "walk": lambda store: list(store.walk("f")),
}
LISTED = "<ListBucketResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><IsTruncated>true</IsTruncated>{}</ListBucketResult>"
NO_STORES = {
    "a page": (200, {"Content-Type": "text/html"}, b"<html><body>Welcome</body></html>"),
    "no such page": (404, {"Content-Type": "text/html"}, b"<html><body>Not found</body></html>"),
    "another address": (301, {"Location": "https://example.org/"}, b""),
    "another address for now": (307, {"Location": "https://example.org/"}, b""),
    "a list without its end": (200, {}, LISTED.format("").encode()),
    "a list that goes round": (200, {}, LISTED.format("<NextContinuationToken>a</NextContinuationToken>").encode()),
}  # fmt: skip


@pytest.mark.system
@pytest.mark.parametrize("answer", NO_STORES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_nothing_is_known_by_what_no_object_store_would_answer(impostor, monkeypatch, operation, answer):
    """Nothing was stored or deleted, nothing is missing and nothing empty, because whatever is at that address says something."""
    impostor.answer = NO_STORES[answer]
    store = store_at(impostor, monkeypatch, tries=1)
    with pytest.raises(ObjectStoreError):
        OPERATIONS[operation](store)


@pytest.mark.system
def test_nothing_is_recorded_in_what_is_no_object_store(impostor, monkeypatch, urls, made):
    """Else the only copy of a sealed file would be gone."""
    impostor.answer = NO_STORES["a page"]
    with urls.open(objects=store_at(impostor, monkeypatch, tries=1)) as archive:
        with pytest.raises(ObjectStoreError, match="no object store"):
            archive.record(made.new(ONE, artefacts=large()))
        assert archive.count() == 0


@pytest.mark.system
def test_an_answer_in_chunks_is_whole_where_it_ends(impostor, monkeypatch):
    """It has no length that could be told beforehand, as behind some proxies; one that breaks off is none."""
    whole = {"Transfer-Encoding": "chunked", "ETag": '"anything"'}
    store = store_at(impostor, monkeypatch, tries=1)
    impostor.answer = 200, whole, b"3\r\nabc\r\n0\r\n\r\n"
    assert store.get("f/a", most=10) == b"abc"
    impostor.answer = 200, {**whole, "Connection": "close"}, b"3\r\nab"
    with pytest.raises(ObjectStoreError):
        store.get("f/a", most=10)


@pytest.mark.system
def test_a_store_that_never_answers_is_waited_for_as_long_as_settings_say(faltering, monkeypatch):
    """Whoever asks isn't kept."""
    faltering.answers = ["silent"]
    with pytest.raises(ObjectStoreError, match="ReadTimeoutError"):
        store_at(faltering, monkeypatch, tries=1, read_seconds=1).get("a", most=1)


def test_a_copy_of_the_process_asks_by_connections_of_its_own(recorded, bucket):
    """As workers are copies of a process."""
    store = bucket.store()
    (name,) = bucket.names()
    before = store.get(name.removeprefix("sealed/"), most=10**6)
    child = os.fork()
    if not child:
        store.leave_connections()
        os._exit(0 if store.get(name.removeprefix("sealed/"), most=10**6) == before else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert store.get(name.removeprefix("sealed/"), most=10**6) == before


def test_without_the_library_the_message_says_what_to_install(recorded, bucket, monkeypatch):
    """It belongs to an extra."""

    @contextmanager
    def missing():
        with monkeypatch.context() as patch:
            patch.setitem(__import__("sys").modules, "botocore.session", None)
            yield

    with missing(), pytest.raises(ArchiveError, match=r"pip install mikrocert\[objects\]"):
        bucket.store().get("a", most=1)


TOML = """
base_url = "https://toy.example"
[operator]
name = {{ cs = "Řípská" }}
organization_identifier = "NTRCZ-00000000"
[archive.objects]
endpoint = "{endpoint}"
bucket = "{bucket}"
prefix = "sealed/"
access_key = "env:OBJECTS_KEY_{who}"
secret_key = "env:OBJECTS_SECRET_{who}"
tries = 1
"""


@pytest.fixture
def settled(sqlite_urls, bucket, made, tmp_path, monkeypatch):
    """Return what writes settings with an object store beside an archive with one credential in its database."""
    monkeypatch.setenv("MIKROCERT_CONFIG", str(tmp_path / "mikrocert.toml"))
    with sqlite_urls.open() as archive:
        archive.record(made.new(ONE, artefacts=large()))

    def write(*, endpoint=bucket.server.url, name=bucket.name, who="WRITER"):
        text = TOML.format(endpoint=endpoint, bucket=name, who=who)
        (tmp_path / "mikrocert.toml").write_text(text, encoding="utf-8")

    write()
    return write


def test_a_backup_says_what_is_not_in_it(settled, tmp_path, capsys):
    """The bucket has a backup of its own."""
    assert run(["archive", "move", "objects"]) == 0
    assert run(["archive", "backup", str(tmp_path / "a"), "--keys", str(tmp_path / "k")]) == 0
    assert "not in this backup: 1." in capsys.readouterr().out


def test_commands_move_check_and_remove(settled, bucket, capsys):
    """Each says what it did, and where."""
    assert run(["archive", "move", "objects"]) == 0
    assert f"/{bucket.name}/sealed/, files: 1, octets:" in capsys.readouterr().out
    assert run(["archive", "move", "database", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == 1
    assert run(["archive", "check", "--remove-orphans"]) == 0
    said = capsys.readouterr().out
    assert "files in the object store: 0, orphan objects: 1" in said
    assert "orphan objects removed: 0" in said  # it is younger than a day
    assert "The archive is sound." in said


def test_a_check_that_can_not_ask_the_store_ends_with_69(settled, nobody_listens, capsys):
    """So does every command that needs a file; nothing is called damaged or sound."""
    assert run(["archive", "move", "objects"]) == 0
    settled(endpoint=nobody_listens)
    capsys.readouterr()
    assert run(["archive", "check"]) == 69
    told = capsys.readouterr()
    assert "can't be used: it can't be reached" in told.err
    assert "sound" not in told.out


def test_orphans_can_not_be_removed_from_nowhere(settled, tmp_path, capsys):
    """Without an object store in the settings it is wrong use, and nothing can be moved."""
    text = (tmp_path / "mikrocert.toml").read_text("utf-8").partition("[archive.objects]")[0]
    (tmp_path / "mikrocert.toml").write_text(text, encoding="utf-8")
    assert run(["archive", "check", "--remove-orphans"]) == 64
    assert run(["archive", "move", "objects"]) == 78
    assert "[archive.objects] would be right" in capsys.readouterr().err


def examined():
    with open_system(load_settings(Path(os.environ["MIKROCERT_CONFIG"]))) as system:
        return {one.code: one.severity for one in examine_objects(system)}


def test_doctor_says_whether_the_store_is_as_it_should_be(
    settled, object_server, bucket, nobody_listens, tmp_path
):
    """With a key that only reads, too."""
    assert run(["archive", "move", "objects"]) == 0
    settled(who="READER")
    assert examined() == {"objects": Severity.INFO}
    settled(name="there-is-none")
    assert examined() == {"objects": Severity.ERROR}
    settled(endpoint=nobody_listens)
    assert examined() == {"objects": Severity.ERROR}
    settled(name=object_server.make_bucket().name)
    assert examined() == {"objects-elsewhere": Severity.ERROR}
    text = (tmp_path / "mikrocert.toml").read_text("utf-8").partition("[archive.objects]")[0]
    (tmp_path / "mikrocert.toml").write_text(text, encoding="utf-8")
    assert examined() == {"objects-unnamed": Severity.ERROR}


def there():
    with open_system(load_settings(Path(os.environ["MIKROCERT_CONFIG"]))) as system:
        return {name: ask() for name, ask in system.parts.items()}


def test_whether_files_can_be_fetched_is_a_part_of_its_own(settled, bucket, nobody_listens, tmp_path):
    """By who only reads, too; an archive without files in the store waits for none, and one that is away is no store's fault."""
    settled(endpoint=nobody_listens)
    assert there() == {"archive": True, "objects": True, "plugins": True}
    settled()
    assert run(["archive", "move", "objects"]) == 0
    settled(who="READER")
    assert there()["objects"]
    for elsewhere in ({"endpoint": nobody_listens}, {"name": "there-is-none"}):
        settled(**elsewhere)
        assert there() == {"archive": True, "objects": False, "plugins": True}
    settled()
    for name in bucket.names():
        bucket.delete(name)
    assert not there()["objects"]
    (tmp_path / "archive.sqlite").rename(tmp_path / "gone.sqlite")
    assert there() == {"archive": False, "objects": True, "plugins": True}


def test_doctor_tells_a_public_bucket_and_a_plain_way(settled, object_server, monkeypatch):
    """What is in it is encrypted; that is no reason to show it to everybody."""
    settled(name=object_server.make_bucket("public").name)
    assert examined() == {"objects-public": Severity.ERROR, "objects": Severity.INFO}
    monkeypatch.setattr(examining_objects, "_is_here", lambda _host: False)
    assert "objects-plain" in examined()
