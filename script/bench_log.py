"""The log of the archive, measured from a thousand entries to a million: what it costs to append one, and to prove one.

Each size has an archive of its own, of which only the tables of the log are filled; what is appended, and how, is what recording
does. Sizes take their turns, so that only their ratio counts. Run by script/bench.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import sys
import tempfile
import time
import tracemalloc
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from mikrocert.archive import LogReader
from mikrocert.archive.entries import entry_of
from mikrocert.archive.events import EventKind
from mikrocert.archive.logged import complete_tiles
from mikrocert.archive.tables import archive_metadata, events, log_hashes
from mikrocert.log.tree import TILE_WIDTH, inclusion_proof, is_included, leaf_hash
from sqlalchemy import create_engine, insert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Connection

SIZES = (1_000, 10_000, 100_000, 1_000_000)
AT = datetime(2026, 11, 22, tzinfo=UTC)
SALT = bytes(32)


@attrs.define
class Log:
    """A log in a database, and how many entries it has.

    Args:
        connection: a transaction that stays open.
        size: how many entries it has.
    """

    connection: Connection
    size: int = 0

    def rows(self, count: int) -> Iterator[dict[str, Any]]:
        """Yield the next rows of the table of events."""
        for number in range(self.size + 1, self.size + count + 1):
            octets = entry_of(
                EventKind.ISSUED, at=AT, identifier="K7mQx4Rt9bHz", added=[str(number).encode()], salt=SALT
            ).octets
            yield {
                "number": number,
                "identifier": f"{number:012}",
                "kind": EventKind.ISSUED.value,
                "at": AT,
                "previous": f"{number - 1:064}",
                "hash": f"{number:064}",
                "entry": octets,
            }

    def fill(self, size: int) -> None:
        """Bring it to a size, whole tiles at once."""
        while self.size < size:
            count = min(TILE_WIDTH - self.size % TILE_WIDTH, size - self.size)
            self.connection.execute(insert(events), list(self.rows(count)))
            self.size += count
            complete_tiles(self.connection, self.size)

    def append(self) -> None:
        """Append as many entries as a tile has, one by one."""
        for row in self.rows(TILE_WIDTH):
            self.connection.execute(insert(events), row)
            self.size += 1
            complete_tiles(self.connection, self.size)

    def prove(self, index: int) -> list[bytes]:
        """Return the proof of an entry."""
        return inclusion_proof(LogReader(self.connection), index, self.size)


def measured(act: Callable[[], object]) -> float:
    """Return how many microseconds it takes."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1e6


def memory(act: Callable[[], object]) -> int:
    """Return how many octets it holds at most."""
    tracemalloc.start()
    act()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="counted rounds (default 15)")
    rounds = parser.parse_args().rounds
    chance = random.Random(1)  # noqa: S311 - which entries are proven
    appending: dict[int, list[float]] = {size: [] for size in SIZES}
    proving: dict[int, list[float]] = {size: [] for size in SIZES}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        logs = {size: Log(stack.enter_context(_open(folder / f"{size}.sqlite"))) for size in SIZES}
        for size, log in logs.items():
            log.fill(size)
        for number in range(rounds + 1):
            for size, log in logs.items():
                added, proven = measured(log.append) / TILE_WIDTH, _proving(log, chance)
                if number:
                    appending[size].append(added)
                    proving[size].append(proven)
        print(f"the log, medians of {rounds} interleaved rounds\n")
        for size, log in logs.items():
            index = log.size // 3
            length, most = len(log.prove(index)), memory(lambda log=log, index=index: log.prove(index))
            print(
                f"{size:>9} entries: append one {statistics.median(appending[size]):7.1f} µs, prove one "
                f"{statistics.median(proving[size]):8.1f} µs ({length} hashes), {most // 1024} KiB at most"
            )
    first, last = SIZES[0], SIZES[-1]
    appended, proved = (
        statistics.median(times[last]) / statistics.median(times[first]) for times in (appending, proving)
    )
    unit = 1024 if sys.platform == "linux" else 1
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit // 1_000_000
    print(
        f"\n{last // first} × as many entries: append × {appended:.2f}, prove × {proved:.2f}; the whole run held {resident} MB at most"
    )


def _proving(log: Log, chance: random.Random) -> float:
    """Return the microseconds of a proof, the median of some, each of which is verified."""
    times: list[float] = []
    root = LogReader(log.connection).root(log.size)
    for index in (chance.randrange(log.size) for _ in range(15)):
        times.append(measured(lambda index=index: log.prove(index)))
        [entry] = LogReader(log.connection).entries(index, index + 1)
        if not is_included(leaf_hash(entry), index=index, size=log.size, proof=log.prove(index), root=root):
            message = f"the proof of entry {index} does not hold"
            raise SystemExit(message)
    return statistics.median(times)


def _open(path: Path) -> Any:  # noqa: ANN401 - a context manager of SQLAlchemy's
    """Return a transaction of a database that has the tables of a log."""
    engine = create_engine(f"sqlite:///{path}")
    archive_metadata.create_all(engine, tables=[events, log_hashes])
    return engine.begin()


if __name__ == "__main__":
    main()
