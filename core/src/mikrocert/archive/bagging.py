"""Exports: all that an archive has, in open formats, as a bag (BagIt, RFC 8493), and back into an empty archive.

A bag is a folder:

- `bagit.txt`, `bag-info.txt`, `manifest-sha256.txt`, `tagmanifest-sha256.txt`: as the RFC has them;
- `data/archive.json`: format, whose the archive is, how many events it has and the root of its log, how many acts and the hash of the last;
- `data/events.jsonl`: the chain of events, one a line, in their order (`mikrocert.archive.events` says how they are hashed);
- `data/heads.jsonl`: the signed heads of the log;
- `data/acts.jsonl`: the chain of acts, legal holds among them, in their order (`mikrocert.archive.acts` says how they are hashed);
- `data/types.jsonl`: the types of micro-credentials, a version a line, in the order of the acts that kept them and have their hashes;
- `data/credentials/K7/K7mQx4Rt9bHz/credential.json`: what the archive says of a credential, the key of its ciphertexts, and what its holder
  decided about who sees it: hashes of holder's links, the access of its permanent link, shares with their notes;
- beside it its files as they are handed out, `FORMAT-KIND-EDITION.SUFFIX`, of all editions.

It can be read without this program. Nothing in it is encrypted, and what is erased later stays in it: guard it as the keys, and
don't keep it for longer than their backups. What is pending is not in it.

Whatever comes in proves itself: each file of the bag by the manifest, each event and each act by its hash and the one before, each file of a
credential by its fingerprint, each type by its act, the log by its root. Which type an award took is proven by nothing but the manifest, and so is
that no act is missing at the end, and what holders decided.

Not in it are accounts, keys and clients of institutions and what waits for a second pair of eyes: they let somebody into one installation.
A bag of format 1 has no acts and no types, one of format 2 nothing of holders.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from base64 import b64decode, b64encode
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
from sqlalchemy import func, insert, select

from mikrocert.archive import listing
from mikrocert.archive.acts import act_hash, rows_of_acts
from mikrocert.archive.archive import stores
from mikrocert.archive.credentials import ArtefactInfo, Topic
from mikrocert.archive.encryption import Place, decrypt, fingerprint
from mikrocert.archive.events import GENESIS, EventKind, event_hash, moment
from mikrocert.archive.kept_types import (
    content_of,
    hash_of_content,
    put_type,
    take_type,
    taken_type,
    type_acts,
)
from mikrocert.archive.keys import KeyRing
from mikrocert.archive.logged import LogReader, add_head, complete_tiles
from mikrocert.archive.names import tokens
from mikrocert.archive.reading import Files, dossiers, salt_of
from mikrocert.archive.recording import Unit
from mikrocert.archive.regular import hash_of, regular
from mikrocert.archive.sharing import has_sharing, put_sharing, sharing_in
from mikrocert.archive.tables import acts, artefacts, awards, events, log_heads, owner
from mikrocert.award.identifiers import is_identifier
from mikrocert.errors import ArchiveError
from mikrocert.report import FileKind
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from pathlib import Path

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

    from mikrocert.archive.database import Database
    from mikrocert.archive.keys import KeyStore
    from mikrocert.archive.object_store import ObjectStore
    from mikrocert.archive.reading import Dossier

__all__ = ["Bag", "Imported", "export_archive", "import_archive", "read_bag"]

_FORMAT: Final = "mikrocert export 3"
_WITHOUT_ACTS: Final = "mikrocert export 1"
_OLDER_FORMATS: Final = (_WITHOUT_ACTS, "mikrocert export 2")
_DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_MANIFEST, _TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
_EVENTS, _HEADS, _ARCHIVE = "data/events.jsonl", "data/heads.jsonl", "data/archive.json"
_ACTS, _TYPES = "data/acts.jsonl", "data/types.jsonl"
_AT_ONCE: Final = 50
_LINE: Final = re.compile(r"([0-9a-f]{64})[ \t]+(\S.*)")
_PATH: Final = re.compile(r"data(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,150}){1,6}")
"""Paths that a bag of ours has: no link to elsewhere can be written so."""
_LARGEST: Final = 256 * 1024 * 1024
"""No file is as large, save the events and the manifest, which are read line by line."""


class _Writer:
    """Writes a bag: first what it holds, at last what says that it is whole.

    Args:
        folder: where it is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._octets = self._files = 0

    @contextmanager
    def opened(self, path: str, manifest: str = _MANIFEST) -> Generator[Callable[[bytes], object]]:
        """Open a file to be written piece by piece, and note its hash in a manifest at the end."""
        digest = hashlib.sha256()
        place = self._folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:

            def write(octets: bytes) -> None:
                digest.update(octets)
                file.write(octets)
                self._octets += len(octets)

            yield write
        self._files += 1
        with (self._folder / manifest).open("a", encoding="utf-8") as lines:
            lines.write(f"{digest.hexdigest()}  {path}\n")

    def put(self, path: str, octets: bytes, manifest: str = _MANIFEST) -> None:
        """Write a file."""
        with self.opened(path, manifest) as write:
            write(octets)

    def close(self, *, at: datetime) -> None:
        """Write the tags: only with them it is a bag."""
        info = (
            f"Bagging-Date: {at.date().isoformat()}\n"
            f"Bag-Software-Agent: mikrocert\n"
            f"Payload-Oxum: {self._octets}.{self._files}\n"
        )
        manifest = (self._folder / _MANIFEST).read_bytes()
        digest = hashlib.sha256(manifest).hexdigest()
        self.put("bag-info.txt", info.encode(), _TAGS)
        with (self._folder / _TAGS).open("a", encoding="utf-8") as lines:
            lines.write(f"{digest}  {_MANIFEST}\n")
        self.put("bagit.txt", _DECLARATION, _TAGS)


def export_archive(
    url: str, *, keys_url: str | None, folder: Path, objects: ObjectStore | None = None
) -> int:
    """Export everything but what is pending, as it is at the beginning, while others work; return how many events.

    Args:
        url: SQLAlchemy URL of the archive.
        keys_url: SQLAlchemy URL of the key store; none means beside the archive's SQLite file.
        folder: where the bag goes; it has to be empty, or is made.
        objects: where larger files are; none means in the database.

    Raises:
        NoArchiveError: if there is no archive, or one of another version.
        ArchiveError: if the folder isn't empty or can't be written, something is damaged or was erased meanwhile, or a database or the
            object store fails. What was written by then is no bag.
    """
    database, store = stores(url, keys_url)
    at = datetime.now(UTC)
    with closing(database), closing(store.database), _writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ArchiveError(
                message("{folder} is not empty; each bag has a folder of its own", folder=folder)
            )
        writer = _Writer(folder)
        with database.reading() as connection:
            log = LogReader(connection)
            size = log.size
            number, last = _export_acts(writer, connection)
            whole = {
                "format": _FORMAT,
                "owner": connection.execute(select(owner.c.organization_identifier)).scalar_one_or_none(),
                "events": size,
                "root": log.root(size).hex(),
                "acts": number,
                "last_act": last,
                "at": moment(at),
            }
        writer.put(_ARCHIVE, _json(whole))
        with writer.opened(_EVENTS) as write:
            for number in range(1, size + 1, _AT_ONCE):
                for line, dossier in _some(database, number, min(number + _AT_ONCE - 1, size)):
                    write(_json(line) + b"\n")
                    if dossier is not None:
                        _export(writer, database, store, dossier, size=size, objects=objects)
        with writer.opened(_HEADS) as write, database.reading() as connection:
            for head in connection.execute(select(log_heads).order_by(log_heads.c.number)):
                if head.size <= size:
                    line = {"size": head.size, "at": moment(head.at), "note": _base64(head.note)}
                    write(_json(line) + b"\n")
        writer.close(at=at)
    return size


def _export_acts(writer: _Writer, connection: Connection) -> tuple[int, str]:
    """Write all acts, and the types that they kept; return the number and the hash of the last act."""
    number, last = 0, GENESIS
    with writer.opened(_ACTS) as write, writer.opened(_TYPES) as write_type:
        while rows := rows_of_acts(connection, after=number, limit=_AT_ONCE):
            for row in rows:
                members = {name: getattr(row, name) for name in attrs.fields_dict(_Act)}
                write(_json({**members, "at": moment(row.at), "hash": row.hash}) + b"\n")
            for act in type_acts(rows):
                if act.content is None:
                    continue
                content = content_of(connection, act)
                if content is None:
                    raise ArchiveError(message("{place} is damaged; it can't be exported", place=act.path))
                line = {"institution": act.institution, "type": act.type, "version": act.version}
                write_type(_json({**line, "content": content}) + b"\n")
            number, last = rows[-1].number, rows[-1].hash
    return number, last


def _some(database: Database, first: int, last: int) -> Iterator[tuple[dict[str, Any], Dossier | None]]:
    """Yield events as they are exported, each first one of a credential with what there is of that."""
    of_them = select(events).where(events.c.number.between(first, last)).order_by(events.c.number)
    with database.reading() as connection:
        rows = connection.execute(of_them).all()
        wanted = select(awards).where(awards.c.identifier.in_({row.identifier for row in rows}))
        found = {one.award.identifier: one for one in dossiers(connection, connection.execute(wanted).all())}
    for row in rows:
        line = {
            "number": row.number,
            "identifier": row.identifier,
            "kind": row.kind,
            "at": moment(row.at),
            "reason": None if row.reason is None else _base64(row.reason),
            "successor": row.successor,
            "entry": _base64(row.entry),
            "previous": row.previous,
            "hash": row.hash,
        }
        dossier = found.get(row.identifier)
        if dossier is None:
            raise ArchiveError(message("event {number} is damaged; it can't be exported", number=row.number))
        yield line, dossier if dossier.events[0].number == row.number else None


def _export(
    writer: _Writer,
    database: Database,
    store: KeyStore,
    dossier: Dossier,
    *,
    size: int,
    objects: ObjectStore | None,
) -> None:
    award, identifier = dossier.award, dossier.award.identifier
    erased = any(event.kind == EventKind.ERASED.value and event.number <= size for event in dossier.events)
    stored = store.find([identifier]).get(identifier)
    key = None if erased or stored is None else stored.key
    if key is None and not erased:
        raise ArchiveError(
            message("{identifier} has no key, or was erased meanwhile; export again", identifier=identifier)
        )
    folder = f"data/credentials/{identifier[:2]}/{identifier}"
    added: list[dict[str, Any]] = []
    holder = topic = kept = None
    salt = b""
    with database.reading() as connection:
        of_type = taken_type(connection, identifier)
        sharing = sharing_in(connection, identifier, key=key) if has_sharing(database, connection) else None
        if key is not None:
            place = Place("awards", (identifier,), "holder")
            holder = decrypt(award.holder, key=key, place=place).decode()
            topic = listing.topic_of(connection, identifier, key=key)
            kept, salt = Files(connection, identifier, key=key, objects=objects), salt_of(dossier, key)
        for info in dossier.artefacts:
            if info.event > size:
                continue
            name = None
            if kept is not None:
                name = f"{info.format}-{info.kind.value}-{info.edition}{info.suffix}"
                writer.put(f"{folder}/{name}", kept.read(info, salt=salt).octets)
            added.append({**attrs.asdict(info), "kind": info.kind.value, "file": name})
    members = {
        "identifier": identifier,
        "institution": award.institution,
        "evidence_number": award.evidence_number,
        "version": award.version,
        "issued_at": moment(award.issued_at),
        "replaces": award.replaces,
        "holder": holder,
        "topic": None if topic is None else attrs.asdict(topic),
        "type": None if of_type is None else {"id": of_type[0], "version": of_type[1]},
        "award_hash": award.award_hash,
        "key": None if key is None else _base64(key),
        "salt_ciphertext": _base64(award.salt),
        "holder_ciphertext": _base64(award.holder),
        "files": added,
        "sharing": sharing,
    }
    writer.put(f"{folder}/credential.json", _json(members))


@attrs.frozen
class Bag:
    """A bag whose files are all there and the ones of its manifest.

    Args:
        folder: where it is.
        hashes: path → SHA-256 (hex).
        events: how many events it says that there are.
        root: root of the log (hex), as it says.
        owner: whose archive it was, or none.
        acts: how many acts it says that there are; none if it is of the format that has neither acts nor types.
        last_act: hash of the last act (hex), as it says.
    """

    folder: Path
    hashes: dict[str, str] = attrs.field(repr=False)
    events: int
    root: str
    owner: str | None
    acts: int | None
    last_act: str

    def read(self, path: str) -> bytes:
        """Return a file of it, held against the manifest.

        Raises:
            ArchiveError: if it isn't the one.
        """
        octets = _octets(self.folder / path)
        if hashlib.sha256(octets).hexdigest() != self.hashes.get(path):
            raise _changed(self.folder / path)
        return octets


def read_bag(folder: Path) -> Bag:
    """Return a bag, every file of which was read and held against its manifest.

    Args:
        folder: where it is.

    Raises:
        ArchiveError: if it is no bag of ours, a file is missing, changed or not in the manifest, or is no regular file.
    """
    if _octets(folder / "bagit.txt") != _DECLARATION:
        raise ArchiveError(message("{folder} is no bag (BagIt 1.0, UTF-8)", folder=folder))
    tags = dict(_manifest(folder, _TAGS))
    for name in ("bagit.txt", "bag-info.txt", _MANIFEST):
        if hash_of(folder / name)[1] != tags.get(name):
            raise _changed(folder / name)
    hashes: dict[str, str] = {}
    for path, wanted in _manifest(folder, _MANIFEST):
        if not _PATH.fullmatch(path) or path in hashes:
            raise ArchiveError(
                message(
                    "{folder}: the manifest has a path that none of ours is: {path}",
                    folder=folder,
                    path=path[:200],
                )
            )
        hashes[path] = wanted
    there = set(_walk(folder, folder / "data"))
    for path in sorted(hashes.keys() ^ there):
        fault = (
            message("{file} is in the manifest and not there", file=folder / path)
            if path in hashes
            else message("{file} is not in the manifest", file=folder / path)
        )
        raise ArchiveError(fault)
    for path, wanted in hashes.items():
        if hash_of(folder / path)[1] != wanted:
            raise _changed(folder / path)
    with _understood(folder / _ARCHIVE):
        whole: Any = json.loads(_octets(folder / _ARCHIVE))
        older = whole["format"] == _WITHOUT_ACTS
        if whole["format"] not in {_FORMAT, *_OLDER_FORMATS}:
            raise ArchiveError(
                message(
                    "{file} is of another format, {format}; this program reads {wanted}",
                    file=folder / _ARCHIVE,
                    format=str(whole["format"])[:40],
                    wanted=_FORMAT,
                )
            )
        return Bag(
            folder,
            hashes,
            events=int(whole["events"]),
            root=str(whole["root"]),
            owner=cast("str | None", whole["owner"]),
            acts=None if older else int(whole["acts"]),
            last_act=GENESIS if older else str(whole["last_act"]),
        )


@attrs.frozen
class Imported:
    """What came in.

    Args:
        events: how many events.
        acts: how many acts, legal holds and the keeping of types among them; none where the bag is of the format that has none.
    """

    events: int
    acts: int | None


def import_archive(
    url: str, *, keys_url: str | None, folder: Path, objects: ObjectStore | None = None
) -> Imported:
    """Import a bag into an empty archive, and return what came in; interrupted, it goes on when it is called again.

    Args:
        url: SQLAlchemy URL of the archive.
        keys_url: SQLAlchemy URL of the key store; none means beside the archive's SQLite file.
        folder: where the bag is.
        objects: where larger files go; none means into the database.

    Raises:
        NoArchiveError: if there is no archive, or one of another version.
        ArchiveError: if the bag is not whole or contradicts itself, the archive has something else in it, or a database or the object
            store fails.
    """
    bag = read_bag(folder)
    for _ in _acts_of(bag):
        pass  # what contradicts itself is refused before anything comes in
    database, store = stores(url, keys_url)
    with closing(database), closing(store.database):
        events_before = _before(database, bag, events, _EVENTS)
        acts_before = 0 if bag.acts is None else _before(database, bag, acts, _ACTS)
        _import_acts(database, bag, after=acts_before)
        _import_events(database, store, bag, after=events_before, objects=objects)
        _import_heads(database, bag)
        with database.reading() as connection:
            log = LogReader(connection)
            if (log.size, log.root(log.size).hex()) != (bag.events, bag.root):
                raise ArchiveError(
                    message("{folder}: the log is not the one that was exported", folder=folder)
                )
    return Imported(bag.events, bag.acts)


def _before(database: Database, bag: Bag, table: Table, path: str) -> int:
    """Return how many rows of a chain came in before.

    Raises:
        ArchiveError: if they are others than those of the bag.
    """
    last = select(table.c.number, table.c.hash).order_by(table.c.number.desc()).limit(1)
    with database.reading() as connection:
        row = connection.execute(last).one_or_none()
    if row is None:
        return 0
    line = next(islice(_lines(bag, path), max(row.number, 1) - 1, None), dict[str, Any]())
    if line.get("hash") != row.hash:
        raise ArchiveError(
            message(
                "the archive at {place} is not empty; a bag is imported into an empty one",
                place=database.place,
            )
        )
    return int(row.number)


def _acts_of(bag: Bag) -> Iterator[tuple[_Act, str, str | None]]:
    """Yield each act with its hash, and the content of the type where it kept one.

    Raises:
        ArchiveError: if one doesn't follow from the one before, or they, or the types, are not those that were exported.
    """
    if bag.acts is None:
        return
    number, previous = 0, GENESIS
    types = _lines(bag, _TYPES)
    for line in _lines(bag, _ACTS):
        number += 1
        with _understood(bag.folder / _ACTS):
            members: dict[str, Any] = {name: line[name] for name in attrs.fields_dict(_Act)}
            members["at"] = datetime.fromisoformat(line["at"])
            act = _Act(**members)
            own = act_hash(act)
        if (act.number, act.previous, own) != (number, previous, line["hash"]):
            raise _other_act(bag, number)
        previous, content = own, None
        for kept in type_acts([act]):
            if kept.content is not None:
                content = str(next(types, dict[str, Any]()).get("content"))
                if hash_of_content(content) != kept.content:
                    raise _other_act(bag, number)
        yield act, own, content
    if (number, previous) != (bag.acts, bag.last_act) or next(types, None) is not None:
        raise _other_act(bag, number)


def _import_acts(database: Database, bag: Bag, *, after: int) -> None:
    """Add acts, and what they did to types."""
    left = islice(_acts_of(bag), after, None)
    while some := list(islice(left, _AT_ONCE)):
        with database.writing() as connection:
            for act, own, content in some:
                connection.execute(insert(acts).values(**attrs.asdict(act), hash=own))
                for kept in type_acts([act]):
                    put_type(connection, kept, content=content)


def _import_events(
    database: Database, store: KeyStore, bag: Bag, *, after: int, objects: ObjectStore | None
) -> None:
    previous, number = GENESIS, 0
    batch: list[dict[str, Any]] = []
    for line in _lines(bag, _EVENTS):
        number += 1
        if line.get("number") != number or line.get("previous") != previous:
            raise _contradiction(bag, number)
        previous = str(line.get("hash"))
        if number <= after:
            continue
        batch.append(line)
        if len(batch) == _AT_ONCE:
            _import(database, store, bag, batch, objects=objects)
            batch = []
    _import(database, store, bag, batch, objects=objects)


def _import(
    database: Database,
    store: KeyStore,
    bag: Bag,
    batch: list[dict[str, Any]],
    *,
    objects: ObjectStore | None,
) -> None:
    """Add events, and what they added, in one transaction."""
    ring = KeyRing(store)
    with database.writing() as connection:
        unit = Unit(connection, keys=ring, objects=objects)
        if bag.owner is not None:
            unit.belong(bag.owner)
        touched: dict[str, bool] = {}
        for line in batch:
            with _understood(bag.folder / _EVENTS):
                identifier = line["identifier"]
                if not is_identifier(identifier):
                    raise _contradiction(bag, line["number"])
                path = f"data/credentials/{identifier[:2]}/{identifier}/credential.json"
                members: Any = json.loads(bag.read(path))
                touched[identifier] = _import_event(unit, ring, bag, line, members)
        for identifier, whole in touched.items():
            if whole:
                unit.touched(identifier)
        ring.before_commit()
    ring.after_commit()


def _import_event(unit: Unit, ring: KeyRing, bag: Bag, line: dict[str, Any], members: Any) -> bool:  # noqa: ANN401 - JSON
    """Add an event; return whether what is there of its credential can be read by now."""
    connection, identifier, number = unit.connection, line["identifier"], line["number"]
    key = None if members["key"] is None else b64decode(members["key"], validate=True)
    topic = None
    if members["topic"] is not None:
        topic = Topic(members["topic"]["title"], tuple(members["topic"]["fields"]))
    there = connection.execute(
        select(func.count()).select_from(awards).where(awards.c.identifier == identifier)
    ).scalar_one()
    award = None if there else _award(members)
    if award is not None:
        ring.take(identifier, key)
        connection.execute(insert(awards).values(attrs.asdict(award)))
        if members.get("type") is not None:
            take_type(
                connection, identifier, type_id=members["type"]["id"], version=members["type"]["version"]
            )
        if members.get("sharing") is not None:
            put_sharing(connection, identifier, members["sharing"], key=key)
        listing.add_to_listing(
            connection,
            identifier,
            institution=award.institution,
            issued_at=award.issued_at,
            topic=topic,
            key=key or b"",
        )
    infos = [(_info(one), one["file"]) for one in members["files"] if one["event"] == number]
    event = _Event(
        number=number,
        identifier=identifier,
        kind=EventKind(line["kind"]).value,
        at=datetime.fromisoformat(line["at"]),
        reason=None if line["reason"] is None else b64decode(line["reason"], validate=True),
        successor=line["successor"],
        entry=b64decode(line["entry"], validate=True),
        previous=line["previous"],
    )
    if event_hash(event, award=award, artefacts=[info for info, _ in infos]) != line["hash"]:
        raise _contradiction(bag, number)
    connection.execute(insert(events).values(**attrs.asdict(event), hash=line["hash"]))
    complete_tiles(connection, number)
    kind = EventKind(event.kind)
    if kind is not EventKind.ISSUED or award is not None:
        listing.count(connection, kind, institution=members["institution"], at=event.at, topic=topic)
    _import_files(unit, bag, identifier, infos, key=key)
    if award is not None and key is not None:
        secret = listing.secret_of(connection)
        place = Place("awards", (identifier,), "holder")
        holder = decrypt(award.holder, key=key, place=place).decode()
        ring.name(identifier, tokens(holder, institution=award.institution, secret=secret))
    return key is not None or kind is EventKind.ERASED


def _import_files(
    unit: Unit,
    bag: Bag,
    identifier: str,
    infos: Iterable[tuple[ArtefactInfo, str | None]],
    *,
    key: bytes | None,
) -> None:
    added: list[tuple[ArtefactInfo, bytes]] = []
    for info, name in infos:
        if key is None:
            row = {**attrs.asdict(info), "kind": info.kind.value, "packing": "whole"}
            unit.connection.execute(insert(artefacts).values(**row, identifier=identifier, octets=b""))
            continue
        path = f"data/credentials/{identifier[:2]}/{identifier}/{name}"
        octets = bag.read(path)
        if fingerprint(octets, salt=unit.salt(identifier)) != info.fingerprint:
            raise _changed(bag.folder / path)
        added.append((info, octets))
    if key is not None:
        unit.add_files(identifier, added, key=key)


def _import_heads(database: Database, bag: Bag) -> None:
    with database.writing() as connection:
        done = connection.execute(select(func.max(log_heads.c.number))).scalar_one() or 0
        for number, line in enumerate(_lines(bag, _HEADS), start=1):
            if number > done:
                with _understood(bag.folder / _HEADS):
                    note = b64decode(line["note"], validate=True)
                    add_head(connection, note, size=int(line["size"]), at=datetime.fromisoformat(line["at"]))


@attrs.frozen
class _Act:
    """A row of `acts`, without its hash."""

    number: int
    at: datetime
    actor: str
    deed: str
    subject: str
    why: str | None
    details: str
    previous: str


@attrs.frozen
class _Event:
    """A row of `events`, without its hash."""

    number: int
    identifier: str
    kind: str
    at: datetime
    reason: bytes | None
    successor: str | None
    entry: bytes
    previous: str


@attrs.frozen
class _Award:
    """A row of `awards`."""

    identifier: str
    institution: str
    evidence_number: str
    version: int
    award_hash: str
    salt: bytes
    holder: bytes
    issued_at: datetime
    replaces: str | None


def _award(members: Any) -> _Award:  # noqa: ANN401 - JSON
    return _Award(
        identifier=members["identifier"],
        institution=members["institution"],
        evidence_number=members["evidence_number"],
        version=members["version"],
        award_hash=members["award_hash"],
        salt=b64decode(members["salt_ciphertext"], validate=True),
        holder=b64decode(members["holder_ciphertext"], validate=True),
        issued_at=datetime.fromisoformat(members["issued_at"]),
        replaces=members["replaces"],
    )


def _info(members: Any) -> ArtefactInfo:  # noqa: ANN401 - JSON
    fields: dict[str, Any] = {name: members[name] for name in attrs.fields_dict(ArtefactInfo)}
    fields["kind"] = FileKind(members["kind"])
    return ArtefactInfo(**fields)


def _lines(bag: Bag, path: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of lines."""
    with _understood(bag.folder / path), regular(bag.folder / path) as file:
        for line in file:
            yield dict(json.loads(line))


def _manifest(folder: Path, name: str) -> Iterator[tuple[str, str]]:
    """Yield path and hash of each line of a manifest."""
    path = folder / name
    with _understood(path), regular(path) as file:
        for line in file:
            found = _LINE.fullmatch(line.decode().rstrip("\r\n"))
            if found is None:
                raise ArchiveError(message("{file} is no manifest of SHA-256", file=path))
            yield found[2], found[1]


def _walk(folder: Path, place: Path) -> Iterator[str]:
    """Yield the paths of all files below a place, of which none may be a link, a device or a pipe."""
    with _understood(place), os.scandir(place) as entries:
        for entry in entries:
            path = place / entry.name
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(folder, path)
            elif entry.is_file(follow_symlinks=False):
                yield path.relative_to(folder).as_posix()
            else:
                raise ArchiveError(message("{file} is no regular file", file=path))


def _octets(path: Path) -> bytes:
    with _understood(path), regular(path) as file:
        octets = file.read(_LARGEST + 1)
    if len(octets) > _LARGEST:
        raise ArchiveError(message("{file} is larger than any file of ours", file=path))
    return octets


@contextmanager
def _understood(path: Path) -> Generator[None]:
    """Turn whatever goes wrong with a file of a bag into the error that says so."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ArchiveError(message("{file} can't be read: {reason}", file=path, reason=error)) from error


@contextmanager
def _writing(folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise ArchiveError(
            message("{folder} can't be written: {reason}", folder=folder, reason=error)
        ) from error


def _changed(path: Path) -> ArchiveError:
    return ArchiveError(
        message("{file} is not the file that was exported: it was changed or is not whole", file=path)
    )


def _contradiction(bag: Bag, number: int) -> ArchiveError:
    return ArchiveError(
        message(
            "{folder}: event {number}, or what it added, is not what it was when it was recorded",
            folder=bag.folder,
            number=number,
        )
    )


def _other_act(bag: Bag, number: int) -> ArchiveError:
    return ArchiveError(
        message(
            "{folder}: act {number}, or the type that it kept, is not what it was when it was recorded",
            folder=bag.folder,
            number=number,
        )
    )


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")


def _json(members: dict[str, Any]) -> bytes:
    return json.dumps(members, ensure_ascii=False).encode()
