"""Types of micro-credentials as acts prove them: each version that is kept is an act with the hash of its content, and each end is one.

What types say is the business of the catalogue (`mikrocert.catalogue`), in a room above; here they are texts with hashes.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
from sqlalchemy import and_, insert, literal, select

from mikrocert.archive.acts import add_act
from mikrocert.archive.tables import acts, awards, taken_types, type_ends, type_versions
from mikrocert.report import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection, Row

__all__ = [
    "TypeAct",
    "add_version",
    "content_of",
    "damaged_types",
    "end_type",
    "hash_of_content",
    "put_type",
    "take_type",
    "taken_type",
    "type_acts",
    "unproven_types",
]

ADDED: Final = "type add"
ENDED: Final = "type end"


@attrs.frozen
class TypeAct:
    """The act by which a version of a type was kept, or a type ended.

    Args:
        institution: name of the institution's offer.
        type: what the institution calls the type.
        version: the version; of an end the newest one.
        at: when (aware).
        content: SHA-256 (hex) of the content that was kept; none of an end.
    """

    institution: str
    type: str
    version: int
    at: datetime
    content: str | None

    @property
    def path(self) -> str:
        """Where what it added is."""
        version = "" if self.content is None else f", {self.version}"
        table = "type_ends" if self.content is None else "type_versions"
        return f"{table}[{self.institution}, {self.type}{version}]"


def hash_of_content(content: str) -> str:
    """Return the SHA-256 (hex) of what a type says."""
    return hashlib.sha256(content.encode()).hexdigest()


def add_version(
    connection: Connection,
    *,
    institution: str,
    type_id: str,
    version: int,
    content: str,
    actor: str,
    at: datetime,
) -> None:
    """Keep a version of a type, and write down the act.

    Raises:
        ArchiveError: if the actor's name is not fit to be kept.
    """
    details: dict[str, Any] = {"type": type_id, "version": version, "sha256": hash_of_content(content)}
    add_act(connection, at=at, actor=actor, deed=ADDED, subject=institution, details=details)
    put_type(connection, TypeAct(institution, type_id, version, at, details["sha256"]), content=content)


def end_type(
    connection: Connection,
    *,
    institution: str,
    type_id: str,
    version: int,
    actor: str,
    at: datetime,
    why: str | None,
) -> None:
    """End a type, and write down the act.

    Raises:
        ArchiveError: if a text is not fit to be kept.
    """
    details: dict[str, Any] = {"type": type_id, "version": version}
    add_act(connection, at=at, actor=actor, deed=ENDED, subject=institution, why=why, details=details)
    put_type(connection, TypeAct(institution, type_id, version, at, None), content=None)


def put_type(connection: Connection, act: TypeAct, *, content: str | None) -> None:
    """Put into the catalogue what an act says, which is there.

    Args:
        connection: a transaction that writes.
        act: the act.
        content: what was kept; none of an end.
    """
    row = {"institution": act.institution, "type": act.type, "at": act.at}
    if content is None:
        connection.execute(insert(type_ends).values(**row))
    else:
        connection.execute(insert(type_versions).values(**row, version=act.version, content=content))


def take_type(connection: Connection, identifier: str, *, type_id: str, version: int) -> None:
    """Remember which version of a type the award of a credential took."""
    connection.execute(insert(taken_types).values(identifier=identifier, type=type_id, version=version))


def taken_type(connection: Connection, identifier: str) -> tuple[str, int] | None:
    """Return the id and the version of the type that the award of a credential took, or none."""
    wanted = select(taken_types.c.type, taken_types.c.version).where(taken_types.c.identifier == identifier)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else (row.type, row.version)


def type_acts(rows: Iterable[Any]) -> Iterator[TypeAct]:
    """Yield what rows of `acts`, or objects like them, did to types; one whose details are damaged is told as an act."""
    for row in rows:
        if row.deed not in {ADDED, ENDED}:
            continue
        try:
            details = cast("dict[str, Any]", json.loads(row.details))
            content = str(details["sha256"]) if row.deed == ADDED else None
            yield TypeAct(row.subject, str(details["type"]), int(details["version"]), row.at, content)
        except (ValueError, TypeError, KeyError, RecursionError):
            continue


def content_of(connection: Connection, act: TypeAct) -> str | None:
    """Return the content that an act kept; none where it isn't there, or is another one."""
    row = connection.execute(select(type_versions).where(_version_of(act))).one_or_none()
    sound = row is not None and row.at == act.at and hash_of_content(row.content) == act.content
    return str(row.content) if row is not None and sound else None


def damaged_types(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[Finding]:
    """Yield what acts added to the catalogue and isn't there as they say."""
    for act in type_acts(rows):
        if act.content is None:
            ends = select(type_ends.c.at).where(
                type_ends.c.institution == act.institution, type_ends.c.type == act.type
            )
            if connection.execute(ends).scalar_one_or_none() != act.at:
                yield _missing(act.path)
        elif content_of(connection, act) is None:
            there = connection.execute(select(type_versions.c.at).where(_version_of(act))).one_or_none()
            yield (
                _missing(act.path)
                if there is None
                else Finding.error("type-changed", "this is not what was kept", path=act.path)
            )


def unproven_types(connection: Connection) -> Iterator[Finding]:
    """Yield versions and ends that no act added, and versions that awards took and the catalogue doesn't have."""
    versions, ends = type_versions.c, type_ends.c
    of_versions = select(versions.institution, versions.at, versions.type, versions.version)
    of_ends = select(ends.institution, ends.at, ends.type, literal(None).label("version"))
    for wanted, deed in ((of_versions, ADDED), (of_ends, ENDED)):
        # Those that came together are held against their acts together, so that many cost no more than their number.
        rows = connection.execute(wanted.order_by("institution", "at")).all()
        for (institution, at), together in groupby(rows, key=lambda row: (row.institution, row.at)):
            of_them = select(acts).where(acts.c.at == at, acts.c.deed == deed, acts.c.subject == institution)
            proven = {act.path for act in type_acts(connection.execute(of_them))}
            for row in together:
                content = None if row.version is None else ""
                path = TypeAct(institution, row.type, row.version or 0, at, content).path
                if path not in proven:
                    yield Finding.error("type-added", "no act says that this was kept", path=path)
    its = (
        (versions.institution == awards.c.institution)
        & (versions.type == taken_types.c.type)
        & (versions.version == taken_types.c.version)
    )
    taken = (
        select(taken_types.c.identifier)
        .outerjoin(awards, awards.c.identifier == taken_types.c.identifier)
        .outerjoin(type_versions, its)
        .where(versions.version.is_(None))
        .order_by(taken_types.c.identifier)
    )
    for identifier in connection.execute(taken).scalars():
        yield _missing(f"taken_types[{identifier}]")


def _version_of(act: TypeAct) -> ColumnElement[bool]:
    return and_(
        type_versions.c.institution == act.institution,
        type_versions.c.type == act.type,
        type_versions.c.version == act.version,
    )


def _missing(path: str) -> Finding:
    return Finding.error("type-missing", "what was kept is not in the catalogue any more", path=path)
