"""A published log: whole whenever somebody reads it, witnessed only if it continues, audited against what was kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from mikrocert.archive.entries import entry_of
from mikrocert.archive.events import EventKind
from mikrocert.errors import LogError
from mikrocert.log.checkpoints import Checkpoint, checkpoint_of
from mikrocert.log.folder import LogFolder
from mikrocert.log.notes import COSIGNATURE, Note, PrivateKey, read_note
from mikrocert.log.tree import TILE_WIDTH, leaf_hash, subtree_hash, tree_hash
from mikrocert.log.trust import LogTrust
from mikrocert.log.witness import witness, witness_key
from mikrocert.service.keeping.auditing import audit
from mikrocert.service.keeping.sealed_heads import KeptHead

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
KEY, OTHER = PrivateKey.new("log.example"), PrivateKey.new("log.example")
TRUST = LogTrust((KEY.public,))


class Log:
    """A log in memory, of entries of awards."""

    def __init__(self, size, *, salt=b"s", at=AT):
        self.all = [
            entry_of(EventKind.ISSUED, at=at, identifier=f"{number:012}", added=(), salt=salt).octets
            for number in range(size)
        ]

    def entries(self, start, end):
        return self.all[start:end]

    def __call__(self, level, start, end):
        if level == 0:
            return [leaf_hash(entry) for entry in self.all[start:end]]
        tiles = range(start * TILE_WIDTH, end * TILE_WIDTH, TILE_WIDTH)
        return [subtree_hash(self(level - 1, first, first + TILE_WIDTH)) for first in tiles]

    def head(self, size=None, *, key=KEY):
        size = len(self.all) if size is None else size
        return key.sign(Note(Checkpoint("log.example", size, tree_hash(self, size)).text))


def published(folder, log, *sizes, key=KEY):
    for size in sizes or (len(log.all),):
        LogFolder(folder).write(log, log.head(size, key=key))
    return LogFolder(folder)


@pytest.mark.parametrize("sizes", [(0,), (1,), (1, 5), (255, 256, 257), (300, 512, 513), (700,)])
def test_what_is_published_reads_as_the_log(tmp_path, sizes):
    """However it grew: entries, hashes, head."""
    log = Log(sizes[-1])
    files = published(tmp_path, log, *sizes)
    assert checkpoint_of(files.head()) == Checkpoint("log.example", sizes[-1], tree_hash(log, sizes[-1]))
    assert tree_hash(files, sizes[-1]) == tree_hash(log, sizes[-1])
    found = audit(files, files.head(), trust=TRUST, earlier=KeptHead(log.head(sizes[0])))
    assert (found.consistent, found.findings) == (True, ())


def test_whoever_reads_while_the_log_grows_finds_what_its_head_says(tmp_path):
    """A partial tile may be gone, the complete one has what it had."""
    log = Log(TILE_WIDTH + 3)
    files = published(tmp_path, log, 200)
    assert files.size == 200
    published(tmp_path, log)
    assert not list(tmp_path.glob("tile/0/000.p"))
    assert tree_hash(files, 200) == tree_hash(log, 200)
    assert files.entries(190, 200) == log.entries(190, 200)


@pytest.mark.parametrize("stop", range(1, 6))
def test_a_publication_that_was_interrupted_leaves_the_old_head_and_is_made_whole(
    tmp_path, monkeypatch, stop
):
    """Wherever it stops: the head is the last file, and no file is ever half."""
    from mikrocert.log import folder as module

    log, real, left = Log(TILE_WIDTH + 3), module.write_whole, [stop]
    published(tmp_path, log, 200)

    def write(path, octets):
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        real(path, octets)

    monkeypatch.setattr(module, "write_whole", write)
    with pytest.raises(KeyboardInterrupt):
        LogFolder(tmp_path).write(log, log.head())
    monkeypatch.undo()
    files = LogFolder(tmp_path)
    assert files.size == 200
    assert audit(files, files.head(), trust=TRUST).consistent
    files = published(tmp_path, log)
    assert audit(files, files.head(), trust=TRUST, earlier=KeptHead(log.head(200))).consistent


def test_no_half_file_takes_the_place_of_a_whole_one(tmp_path, monkeypatch):
    """A full disk, for example."""
    import os

    log = Log(3)
    published(tmp_path, log, 2)
    before = sorted(tmp_path.rglob("*"))

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LogError, match="the disk is full"):
        published(tmp_path, log)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == [
        path for path in before if path.is_file()
    ]


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def cosign(state):
    """Return what has a witness cosign a published log."""

    def run(files, *, trust=TRUST, at=AT):
        return witness(files, trust=trust, key=witness_key(state, name="w.example"), state=state, at=at)

    return run


def test_a_witness_follows_a_log_that_grows(tmp_path, state, cosign):
    """Its cosignature says when."""
    log = Log(TILE_WIDTH + 9)
    key = witness_key(state, name="w.example").public
    for size in (0, 3, 3, 200, TILE_WIDTH + 9):
        note = cosign(published(tmp_path / "log", log, size))
        signed = LogTrust((KEY.public,), (key,)).judge(read_note(str(note).encode()))
        assert (signed.checkpoint.size, signed.seen_at) == (size, int(AT.timestamp()))
    assert (state / "key").stat().st_mode & 0o077 == 0


FORKS = {  # name → (what is published after 9 entries, message)
    "an older head": (lambda: (Log(9), 8), "entries are gone, or it is an old head"),
    "a fork of the same size": (lambda: (Log(9, salt=b"t"), 9), "was rewritten"),
    "a fork that has grown": (lambda: (Log(20, salt=b"t"), 20), "was rewritten"),
    "a fork of one tile more": (lambda: (Log(300, salt=b"t"), 300), "was rewritten"),
}


@pytest.mark.parametrize("name", FORKS)
def test_a_witness_cosigns_no_other_history(tmp_path, state, cosign, name):
    """It remembers the last head that it saw, and goes on remembering it."""
    make, fault = FORKS[name]
    cosign(published(tmp_path / "log", Log(9)))
    before = sorted((path.name, path.read_bytes()) for path in state.iterdir())
    log, size = make()
    with pytest.raises(LogError, match=fault):
        cosign(published(tmp_path / "fork", log, size))
    assert sorted((path.name, path.read_bytes()) for path in state.iterdir()) == before
    cosign(published(tmp_path / "log", Log(12)))


def test_a_witness_is_not_led_by_tiles_that_lie(tmp_path, cosign):
    """Whatever hashes stand in the files, they prove nothing that isn't so."""
    cosign(published(tmp_path / "log", Log(9)))
    fork = published(tmp_path / "fork", Log(20, salt=b"t"))
    published(tmp_path / "true", Log(20))
    for path in (tmp_path / "true").rglob("*"):
        if path.is_file() and path.name != "checkpoint":
            (tmp_path / "fork" / path.relative_to(tmp_path / "true")).write_bytes(path.read_bytes())
    with pytest.raises(LogError, match="was rewritten"):
        cosign(fork)


@pytest.mark.parametrize("key", [OTHER, PrivateKey.new("other.example")])
def test_a_witness_cosigns_no_head_of_an_unknown_key(tmp_path, cosign, key):
    """Anybody could have made it."""
    with pytest.raises(LogError, match="no known key of the log"):
        cosign(published(tmp_path / "log", Log(2), key=key))


def test_a_witness_keeps_its_name(state):
    """Its key is of that name."""
    made = witness_key(state, name="w.example")
    assert (
        witness_key(state, name="w.example") == made or made.text == witness_key(state, name="w.example").text
    )
    with pytest.raises(LogError, match=r"is the key of 'w\.example'"):
        witness_key(state, name="other")


def changed(files, path, change):
    file = files.folder / path
    file.write_bytes(change(file.read_bytes()))
    return LogFolder(files.folder)


TAMPERED = {  # name → (file, change, code)
    "an entry": (
        "tile/entries/000.p/9",
        lambda octets: octets.replace(b"issued", b"erased", 1),
        "other-history",
    ),
    "an entry that is none": (
        "tile/entries/000.p/9",
        lambda octets: octets.replace(b"log 1", b"log 2", 1),
        "not-an-entry",
    ),
    "an entry gone": (
        "tile/entries/000.p/9",
        lambda octets: octets[: len(octets) * 8 // 9],
        "log-unreadable",
    ),
    "entries of nothing": ("tile/entries/000.p/9", lambda _: b"", "log-unreadable"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_an_audit_finds_what_was_changed_in_the_files(tmp_path, name):
    """The head is of other entries."""
    path, change, code = TAMPERED[name]
    files = changed(published(tmp_path, Log(9)), path, change)
    found = audit(files, files.head(), trust=TRUST)
    assert not found.consistent
    assert code in {finding.code for finding in found.findings}


def test_an_audit_finds_hashes_that_are_not_those_of_the_entries(tmp_path):
    """Proofs would be made of them."""
    files = published(tmp_path, Log(TILE_WIDTH + 1))
    files = changed(files, "tile/1/000.p/1", lambda octets: octets[:-1] + b"\0")
    found = audit(files, files.head(), trust=TRUST)
    assert [finding.code for finding in found.findings] == ["hash-changed"]


EARLIER = {  # name → (head that was kept, codes)
    "itself": (lambda: Log(20).head(), []),
    "an older one": (lambda: Log(20).head(7), []),
    "that of no entries": (lambda: Log(0).head(), []),
    "one with more entries": (lambda: Log(21).head(), ["entries-gone"]),
    "a fork": (lambda: Log(20, salt=b"t").head(7), ["other-history"]),
    "one of an unknown key": (lambda: Log(20).head(7, key=OTHER), ["head-not-signed"]),
}


@pytest.mark.parametrize("name", EARLIER)
def test_an_audit_holds_a_log_against_a_head_that_was_kept(tmp_path, name):
    """Whoever kept one sees what was taken out or changed since."""
    make, codes = EARLIER[name]
    files = published(tmp_path, Log(20))
    found = audit(files, files.head(), trust=TRUST, earlier=KeptHead(make()))
    assert [finding.code for finding in found.findings] == codes
    assert found.consistent is not bool(codes)


@pytest.mark.parametrize(("days", "codes"), [(1, []), (3, ["logged-late"] * 2), (400, ["logged-late"] * 2)])
def test_an_audit_tells_what_may_be_back_dated(tmp_path, days, codes):
    """A witness saw the log without it, long after the moment that it names."""
    log, key = Log(4), PrivateKey.new("w.example", kind=COSIGNATURE)
    files = published(tmp_path, log)
    kept = key.sign(log.head(2), time=int((AT + timedelta(days=days)).timestamp()))
    found = audit(files, files.head(), trust=LogTrust((KEY.public,), (key.public,)), earlier=KeptHead(kept))
    assert [finding.code for finding in found.findings] == codes
    assert found.consistent
    unknown = audit(files, files.head(), trust=TRUST, earlier=KeptHead(kept))
    assert unknown.findings == ()
