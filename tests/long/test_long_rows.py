"""An archive of a million awards, or of a few thousand: what is looked up costs as many steps as in a small one, and as much memory."""
# pyright: basic

from __future__ import annotations

import gc
import json
import random
import sqlite3
import tracemalloc
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from mikrocert.archive import (
    Archive,
    JournalEntry,
    NewArtefact,
    NewCredential,
    check_archive,
    init_archive,
    open_archive,
)
from mikrocert.archive.encryption import KEY_SIZE, Place, encrypt, fingerprint
from mikrocert.archive.entries import entry_of, log_salt
from mikrocert.archive.events import GENESIS, EventKind, event_hash
from mikrocert.archive.listing import ListedState, secret_of
from mikrocert.archive.names import tokens
from mikrocert.award.identifiers import ALPHABET, LENGTH, new_identifier
from mikrocert.errors import UnknownIdentifier
from mikrocert.log.tree import TILE_HEIGHT, GrowingTree, leaf_hash
from mikrocert.report import File, FileKind, Registration
from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SMALL = 2_500  # more than the largest page, and the half of it as well
START = datetime(2026, 1, 1, tzinfo=UTC)
RARE = 1_000  # every so many awards are of the small institution, and can be decrypted
LARGEST_PAGE = 1_000
HOLDER, TITLE = "Jiří Ďurůš", "Řízení výměníků"

AWARD = "INSERT INTO awards VALUES (?, ?, ?, 1, ?, ?, ?, ?, NULL)"
EVENT = "INSERT INTO events VALUES (?, ?, 'issued', ?, NULL, NULL, ?, ?, ?)"
LISTED = "INSERT INTO listing VALUES (?, ?, ?, 'live', ?)"
COUNTED = (
    "INSERT INTO statistics VALUES (?, ?, 'issued', '', '', 1) ON CONFLICT DO UPDATE SET count = count + 1"
)
KEY = "INSERT INTO keys VALUES (?, ?, 1, 1, 1)"
NAME = "INSERT INTO names VALUES (?, ?)"


@attrs.define
class Row:
    """An award, or the event that it was issued, as `event_hash` asks for them."""

    identifier: str
    institution: str
    evidence_number: str
    award_hash: str
    salt: bytes
    holder: bytes
    topic: bytes
    names: frozenset[bytes]
    issued_at: datetime
    version: int = 1
    replaces: None = None
    number: int = 0
    kind: str = "issued"
    reason: None = None
    successor: None = None
    entry: bytes = b""
    previous: str = GENESIS

    @property
    def at(self) -> datetime:
        return self.issued_at


def fill(folder: Path, count: int, *, opened: int) -> str:
    """Fill an archive with awards of two institutions, several at each moment, and return its URL.

    Args:
        folder: where it is made.
        count: how many awards.
        opened: every so many of them can be decrypted; the rest have ciphertexts that nobody asks for.
    """
    url = f"sqlite:///{folder / 'archive.sqlite'}"
    init_archive(url)
    with open_archive(url) as archive, archive.database.reading() as connection:
        secret = secret_of(connection)
    with (
        closing(sqlite3.connect(folder / "archive.sqlite")) as archive,
        closing(sqlite3.connect(folder / "archive-keys.sqlite")) as keys,
    ):
        for connection in (archive, keys):
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000"):
                connection.execute(f"PRAGMA {pragma}")
        previous, make, tree = GENESIS, made(opened, secret), GrowingTree()
        for first in range(0, count, 10_000):
            rows = [(row, key) for row, key in map(make, range(first, min(count, first + 10_000)))]
            events, hashes = [], []
            for row, _ in rows:
                row.previous = previous
                previous = event_hash(row, award=row, artefacts=())
                events.append((row.number, row.identifier, stored(row.at), row.previous, previous, row.entry))
                for level, own in enumerate(tree.add(leaf_hash(row.entry)), start=1):
                    hashes.append((level, (row.number >> level * TILE_HEIGHT) - 1, own))
            archive.executemany("INSERT INTO log_hashes VALUES (?, ?, ?)", hashes)
            archive.executemany(
                AWARD,
                (
                    (
                        row.identifier,
                        row.institution,
                        row.evidence_number,
                        row.award_hash,
                        row.salt,
                        row.holder,
                        stored(row.at),
                    )
                    for row, _ in rows
                ),
            )
            archive.executemany(EVENT, events)
            archive.executemany(
                LISTED, ((row.identifier, row.institution, stored(row.at), row.topic) for row, _ in rows)
            )
            archive.executemany(COUNTED, ((row.institution, row.at.strftime("%Y-%m")) for row, _ in rows))
            keys.executemany(KEY, ((row.identifier, key) for row, key in rows))
            keys.executemany(NAME, ((token, row.identifier) for row, _ in rows for token in row.names))
        archive.commit()
        keys.commit()
    return url


def made(opened: int, secret: bytes) -> Callable[[int], tuple[Row, bytes]]:
    """Return what makes the award at a position, with its key."""

    chance = random.Random(opened)

    def make(position: int) -> tuple[Row, bytes]:
        identifier = "".join(chance.choices(ALPHABET, k=LENGTH))
        institution = "rare" if position % RARE == 0 else "usual"
        key, salt, octets, holder, topic = map(chance.randbytes, (KEY_SIZE, KEY_SIZE, 60, 40, 90))
        names = frozenset((chance.randbytes(16), chance.randbytes(16)))
        if position % opened == 0:
            octets = encrypt(salt, key=key, place=Place("awards", (identifier,), "salt"))
            holder = encrypt(HOLDER.encode(), key=key, place=Place("awards", (identifier,), "holder"))
            topic = json.dumps([TITLE, ["0613"]], ensure_ascii=False).encode()
            topic = encrypt(topic, key=key, place=Place("listing", (identifier,), "topic"))
            names = tokens(HOLDER, institution=institution, secret=secret)
        row = Row(
            identifier,
            institution,
            f"ŘÚ/{position}",
            fingerprint(b"award", salt=salt),
            octets,
            holder,
            topic,
            names,
            START + timedelta(seconds=position // 3),
            number=position + 1,
        )
        salt = log_salt(salt)
        row.entry = entry_of(EventKind.ISSUED, at=row.at, identifier=identifier, added=(), salt=salt).octets
        return row, key

    return make


def stored(at: datetime) -> str:
    """Return a moment as SQLite's archive keeps it."""
    return at.replace(tzinfo=None).isoformat(" ", "microseconds")


@attrs.define
class Meter:
    """Counts what SQLite does: instructions of its virtual machine, which are as many as rows are visited, times a few."""

    steps: int = 0

    def watch(self, engine: Any) -> None:
        @event.listens_for(engine, "connect")
        def connected(connection: sqlite3.Connection, _: object) -> None:
            connection.set_progress_handler(self._step, 1)

    def _step(self) -> int:
        self.steps += 1
        return 0


@attrs.frozen
class Opened:
    """An open archive under a meter."""

    archive: Archive
    meter: Meter
    count: int
    folder: Path

    def cost(self, do: Callable[[Opened], object]) -> tuple[int, int]:
        """Return how many steps something takes, and how many octets of memory at most."""
        do(self)  # connections are open and statements compiled, from here on
        self.meter.steps = 0
        do(self)
        steps = self.meter.steps
        tracemalloc.start()
        do(self)
        memory = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return steps, memory

    def at(self, share: float) -> Registration:
        """Return the registration at a share of all awards, as the end of a page."""
        moment = START + timedelta(seconds=int(self.count * share) // 3)
        return self.archive.registrations(since=moment, limit=1)[0]

    @property
    def middle(self) -> int:
        """The position of an award of the small institution, half way through."""
        return self.count // 2 // RARE * RARE


@contextmanager
def opened(folder: Path, count: int) -> Iterator[Opened]:
    meter = Meter()
    with open_archive(fill(folder, count, opened=RARE)) as archive:
        for database in (archive._database, archive._keys.database):
            for engine in (database._reader, database._writer):
                meter.watch(engine)
        yield Opened(archive, meter, count, folder)


def pages(*, share: float, limit: int, **wanted: Any) -> Callable[[Opened], object]:
    """Return what reads one page, at a share of all awards."""

    def read(of: Opened) -> object:
        found = of.archive.registrations(after=of.at(share) if share else None, limit=limit, **wanted)
        assert found
        return found

    return read


def found(of: Opened) -> None:
    archived = of.archive.find_award("rare", f"ŘÚ/{of.middle}")
    assert archived is not None
    assert archived.holder == HOLDER
    assert of.archive.history(archived.registration.identifier)


def by_name(of: Opened) -> None:
    people = of.archive.credentials_of("Ďurůš Jiří", limit=2)
    assert [one.holder for one in people] == [HOLDER, HOLDER]


def by_state(of: Opened) -> None:
    live = of.archive.credentials(institution="rare", state=ListedState.LIVE, limit=2)
    assert [one.holder for one in live] == [HOLDER, HOLDER]


def unknown(of: Opened) -> None:
    assert of.archive.find_award("rare", "never") is None
    with pytest.raises(UnknownIdentifier):
        of.archive.find("K7mQx4Rt9bHz")


def window(of: Opened) -> None:
    since = of.at(0.5).issued_at
    of.archive.registrations(
        institution="usual", since=since, until=since + timedelta(seconds=30), limit=LARGEST_PAGE
    )


def recorded(of: Opened) -> None:
    """Send one more award the whole way."""
    number = new_identifier()
    registration = Registration(number, "usual", number, datetime(2027, 1, 1, tzinfo=UTC))
    of.archive.reserve(registration, award=b"award")
    of.archive.journal([JournalEntry(number, "toy", FileKind.CREDENTIAL, b"payload", b"sealed")])
    file = File("toy", FileKind.CREDENTIAL, "application/toy", ".toy", b"sealed")
    of.archive.record(
        NewCredential(registration, b"award", "Jiří", (NewArtefact(file, b"payload", "urn:toy"),))
    )
    assert of.archive.revoke(number, reason="omyl", at=datetime(2027, 1, 2, tzinfo=UTC))


TASKS: dict[str, Callable[[Opened], object]] = {
    "first page": pages(share=0, limit=LARGEST_PAGE),
    "page in the middle": pages(share=0.5, limit=LARGEST_PAGE),
    "page of one institution": pages(share=0.5, limit=100, institution="usual"),
    "page of a small institution": pages(share=0, limit=3, institution="rare"),
    "window of time": window,
    "an award by its number": found,
    "an unknown award": unknown,
    "people by name": by_name,
    "an institution's by state": by_state,
    "one more award": recorded,
}


@pytest.mark.parametrize("count", [6_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_a_large_archive_costs_no_more_than_a_small_one(tmp_path, count, record_property) -> None:
    """As many steps of the database and as much memory, whatever is looked up or recorded."""
    small, large = tmp_path / "small", tmp_path / "large"
    costs = {}
    for folder, awards in ((small, SMALL), (large, count)):
        folder.mkdir()
        with opened(folder, awards) as archive:
            for name, do in TASKS.items():
                costs.setdefault(name, []).append(archive.cost(do))
    print()  # noqa: T201
    for name, ((steps, memory), (more_steps, more_memory)) in costs.items():
        print(f"{name}: {steps} and {more_steps} steps, {memory} and {more_memory} octets")  # noqa: T201
        record_property(name, costs[name])
    for (steps, memory), (more_steps, more_memory) in costs.values():
        assert 0 < more_steps <= steps * 1.1 + 100
        assert more_memory <= memory * 1.2 + 500_000


@pytest.fixture
def usual_collector() -> Iterator[None]:
    """Collect garbage as often as programs do; the suite lets more of it lie."""
    suite = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*suite)


@pytest.mark.usefixtures("usual_collector")
@pytest.mark.parametrize("counts", [(1_200, 2_400), pytest.param((1_500, 6_000), marks=pytest.mark.long)])
def test_checking_takes_as_much_memory_for_many_awards_as_for_few(tmp_path, counts) -> None:
    """A whole archive is read in constant memory."""
    peaks = []
    for count in counts:
        folder = tmp_path / str(count)
        folder.mkdir()
        walk = check_archive(fill(folder, count, opened=1))
        tracemalloc.start()
        assert list(walk) == []
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert walk.counts.awards == count
    print(f"\nchecking {counts[0]} awards takes {peaks[0]} octets, {counts[1]} {peaks[1]}")  # noqa: T201
    assert peaks[1] <= peaks[0] * 1.2 + 500_000
