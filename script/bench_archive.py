"""The archive, measured at a thousand credentials and at a million: look-ups, what a page needs, lists, names, and recording.

Each size has an archive and a key store of its own, filled with rows as recording makes them, only many at once and with tiny files. Sizes
take their turns, so that only their ratio counts. Run by script/bench.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from mikrocert.archive import (
    ArtefactInfo,
    ListedState,
    NewArtefact,
    NewCredential,
    Topic,
    init_archive,
    open_archive,
)
from mikrocert.archive.database import ARCHIVE, Database
from mikrocert.archive.encryption import Place, encrypt, fingerprint
from mikrocert.archive.entries import entry_of, log_salt
from mikrocert.archive.events import GENESIS, EventKind, event_hash
from mikrocert.archive.keys import KeyStore
from mikrocert.archive.listing import make_secret, secret_of
from mikrocert.archive.logged import complete_tiles
from mikrocert.archive.names import tokens
from mikrocert.archive.tables import artefacts, awards, events, keys, listing, names
from mikrocert.archive.tables import statistics as counters
from mikrocert.award.identifiers import new_identifier
from mikrocert.report import File, FileKind, Registration
from sqlalchemy import insert

if TYPE_CHECKING:
    from collections.abc import Callable

    from mikrocert.archive import Archive

SIZES = (1_000, 1_000_000)
AT = datetime(2026, 1, 1, tzinfo=UTC)
INSTITUTIONS = tuple(f"institution-{number:02}" for number in range(26))
SURNAMES = tuple(
    f"Příjmení{chr(97 + a)}{chr(97 + b)}{chr(97 + c)}" for a in range(26) for b in range(26) for c in range(3)
)
GIVEN = ("Jiří", "Jana", "Řehoř", "Božena", "Ďura", "Zoë")
OCTETS = b"a sealed file"
_AT_ONCE = 5_000
_ROUNDS = 30


@attrs.define
class Filled:
    """An archive of a size.

    Args:
        archive: it, open.
        size: how many credentials it has.
        registrations: some of them.
        holders: the names of their holders.
    """

    archive: Archive
    size: int
    registrations: list[Registration]
    holders: list[str]


def main() -> None:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes: list[int] = parser.parse_args().sizes
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        filled = [_filled(Path(folder) / str(size), size, stack) for size in sizes]
        times: dict[str, dict[int, list[float]]] = {name: {size: [] for size in sizes} for name in ASKED}
        chance = random.Random(7)  # noqa: S311 - repeatable
        for _ in range(_ROUNDS):
            for one in filled:
                index = chance.randrange(len(one.registrations))
                for name, ask in ASKED.items():
                    start = time.perf_counter()
                    ask(one, index)
                    times[name][one.size].append((time.perf_counter() - start) * 1000)
    print("the archive, ms (median)" + "".join(f"{size:>14,}" for size in sizes) + "         ratio")
    for name, by_size in times.items():
        medians = [statistics.median(by_size[size]) for size in sizes]
        shown = "".join(f"{median:>14.2f}" for median in medians)
        print(f"  {name:<22}{shown}   × {medians[-1] / medians[0]:.2f}")


def _record(one: Filled, _index: int) -> None:
    identifier = new_identifier()
    files = (
        NewArtefact(
            File("toy", FileKind.CREDENTIAL, "application/toy", ".toy", OCTETS), b"x", f"urn:{identifier}"
        ),
        NewArtefact(File("toy", FileKind.CERTIFICATE, "application/pdf", ".pdf", OCTETS)),
    )
    registration = Registration(identifier, INSTITUTIONS[0], identifier, AT)
    one.archive.reserve(registration, award=b"award")
    one.archive.record(
        NewCredential(registration, b"award", "Jiří Ďurůš", files, Topic("Zpracování dat", ("0612",)))
    )


ASKED: dict[str, Callable[[Filled, int], object]] = {
    "look-up": lambda one, index: one.archive.find(one.registrations[index].identifier),
    "what a page needs": lambda one, index: one.archive.holdings(one.registrations[index].identifier),
    "by record number": lambda one, index: one.archive.find_award(
        one.registrations[index].institution, one.registrations[index].evidence_number
    ),
    "a page of a list": lambda one, index: one.archive.credentials(
        institution=one.registrations[index].institution,
        state=ListedState.LIVE,
        after=one.registrations[index].identifier,
        limit=20,
    ),
    "by name": lambda one, index: one.archive.credentials_of(
        one.holders[index], institution=one.registrations[index].institution, limit=20
    ),
    "reserve and record": _record,
}


def _filled(folder: Path, size: int, stack: ExitStack) -> Filled:
    """Make an archive with as many credentials, many rows at once."""
    folder.mkdir()
    url, keys_url = f"sqlite:///{folder / 'archive.sqlite'}", f"sqlite:///{folder / 'archive-keys.sqlite'}"
    init_archive(url, keys_url=keys_url)
    database, store = Database(url, schema=ARCHIVE), KeyStore(keys_url)
    chance = random.Random(size)  # noqa: S311 - repeatable
    previous, kept, holders = GENESIS, list[Registration](), list[str]()
    counted = dict.fromkeys(INSTITUTIONS, 0)
    for start in range(1, size + 1, _AT_ONCE):
        rows: dict[str, list[dict[str, Any]]] = {
            table.name: [] for table in (awards, events, artefacts, listing, keys, names)
        }
        last = min(start + _AT_ONCE - 1, size)
        with database.writing() as connection:
            make_secret(connection)
            secret = secret_of(connection)
            for number in range(start, last + 1):
                holder = f"{chance.choice(GIVEN)} {chance.choice(SURNAMES)}"
                institution = chance.choice(INSTITUTIONS)
                registration = Registration(
                    new_identifier(), institution, f"{number}", AT + timedelta(seconds=number)
                )
                previous = _add(rows, registration, holder, number=number, previous=previous, secret=secret)
                counted[institution] += 1
                if number % max(size // 500, 1) == 0:
                    kept.append(registration)
                    holders.append(holder)
            for table in (awards, events, artefacts, listing):
                connection.execute(insert(table), rows[table.name])
            for number in range(start, last + 1):
                complete_tiles(connection, number)
        with store.database.writing() as connection:
            for table in (keys, names):
                connection.execute(insert(table), rows[table.name])
    with database.writing() as connection:
        connection.execute(
            insert(counters),
            [
                {
                    "institution": one,
                    "month": "2026-01",
                    "kind": "issued",
                    "type": "",
                    "fields": "",
                    "count": count,
                }
                for one, count in counted.items()
            ],
        )
    database.close()
    store.database.close()
    return Filled(stack.enter_context(open_archive(url, keys_url=keys_url)), size, kept, holders)


def _add(
    rows: dict[str, list[dict[str, Any]]],
    registration: Registration,
    holder: str,
    *,
    number: int,
    previous: str,
    secret: bytes,
) -> str:
    """Add the rows of one credential, and return the hash of its event."""
    identifier, key, salt = registration.identifier, os.urandom(32), os.urandom(32)
    award = {
        "identifier": identifier,
        "institution": registration.institution,
        "evidence_number": registration.evidence_number,
        "version": 1,
        "award_hash": fingerprint(b"award", salt=salt),
        "salt": encrypt(salt, key=key, place=Place("awards", (identifier,), "salt")),
        "holder": encrypt(holder.encode(), key=key, place=Place("awards", (identifier,), "holder")),
        "issued_at": registration.issued_at,
        "replaces": None,
    }
    infos = [
        ArtefactInfo("toy", FileKind.CREDENTIAL, 1, "application/toy", ".toy", f"urn:{identifier}", number, fingerprint(OCTETS, salt=salt), fingerprint(b"x", salt=salt)),
        ArtefactInfo("toy", FileKind.CERTIFICATE, 1, "application/pdf", ".pdf", None, number, fingerprint(OCTETS, salt=salt), None),
    ]  # fmt: skip
    at = registration.issued_at
    entry = entry_of(
        EventKind.ISSUED, at=at, identifier=identifier, added=[OCTETS, OCTETS], salt=log_salt(salt)
    )
    event = {
        "number": number,
        "identifier": identifier,
        "kind": "issued",
        "at": at,
        "reason": None,
        "successor": None,
        "entry": entry.octets,
        "previous": previous,
    }
    own = event_hash(_Row(event), award=_Row(award), artefacts=infos)
    rows["awards"].append(award)
    rows["events"].append({**event, "hash": own})
    for info in infos:
        place = Place("artefacts", (identifier, "toy", info.kind.value, 1), "octets")
        rows["artefacts"].append(
            {
                **attrs.asdict(info),
                "kind": info.kind.value,
                "identifier": identifier,
                "octets": encrypt(OCTETS, key=key, place=place),
                "packing": "whole",
            }
        )
    rows["listing"].append(
        {
            "identifier": identifier,
            "institution": registration.institution,
            "issued_at": at,
            "state": "live",
            "topic": encrypt(b'["", []]', key=key, place=Place("listing", (identifier,), "topic")),
        }
    )
    rows["keys"].append({"identifier": identifier, "key": key, "min_events": 1, "max_events": 1, "named": 1})
    rows["names"].extend(
        {"token": token, "identifier": identifier}
        for token in tokens(holder, institution=registration.institution, secret=secret)
    )
    return own


class _Row:
    """What looks like a row."""

    def __init__(self, members: dict[str, Any]) -> None:
        self.__dict__ = members


if __name__ == "__main__":
    main()
