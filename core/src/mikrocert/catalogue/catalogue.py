"""Keeping types, and giving them to awards that name one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
from sqlalchemy import func, select

from mikrocert.archive.kept_types import add_version, end_type, taken_type
from mikrocert.archive.tables import awards, taken_types, type_ends, type_versions
from mikrocert.award import TypeReference
from mikrocert.award.types import Types, TypeVersion
from mikrocert.catalogue.faults import findings_of, is_type_id, refuses
from mikrocert.catalogue.offering import faults_of_offering
from mikrocert.catalogue.reading import contents_of
from mikrocert.catalogue.values import KeptType, ReadType, document_of
from mikrocert.errors import DamagedError, IntakeError, TypeConflict, TypeRefused, UnknownType
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.parsing import strict_json
from mikrocert.report import Finding, bounded
from mikrocert.texts import message, printable
from mikrocert.texts.dates import local_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, Row

    from mikrocert.archive.database import Database
    from mikrocert.award.common import Common
    from mikrocert.rules import RuleSet

__all__ = ["MOST", "Catalogue", "type_of"]

MOST: Final = 1000
"""How many types a file may have."""

_LONGEST_ID: Final = 100
_MOST_ALIKE: Final = 100
_LARGEST_NUMBER: Final = 2**31 - 1


class Catalogue:
    """Types of micro-credentials by institution; safe to use from several threads and processes.

    What changes something takes who does it (`actor`) and when (`at`, aware); the act is written down in the same transaction.

    Args:
        database: of the archive.
        rules: what an award has to meet; a type is judged by them as far as it says what they ask of.
    """

    def __init__(self, database: Database, *, rules: RuleSet) -> None:
        self._database = database
        self._rules = rules

    def judge(self, types: Sequence[ReadType], *, at: datetime) -> tuple[Finding, ...]:
        """Return what is wrong with types of one file, errors and warnings, each named by its row or position.

        Args:
            types: as they were read.
            at: when (aware).
        """
        if len(types) > MOST:
            return (
                Finding.error(
                    "too-many-types",
                    "the file has {count} types; at most {most} are kept at once, so send it in parts",
                    count=len(types),
                    most=MOST,
                ),
            )
        today = local_time(at).date()
        times = Counter(read.id for read in types)
        found: list[Finding] = []
        for read in types:
            findings = list(read.findings)
            if read.content is not None:
                judged = findings_of(read.id, read.content, rules=self._rules, on=today, lost=read.lost)
                if read.offering is not None:
                    judged = (*judged, *faults_of_offering(read.offering))
                findings += IntakeRecord(read.number, names=read.names).named(judged)
            if read.id and times[read.id] > 1:
                findings.append(Finding.error("id-twice", "the file has two types of this id", path="id"))
            found += (_placed(finding, read, alone=len(types) == 1) for finding in findings)
        return tuple(found)

    def keep(
        self, institution: str, types: Sequence[ReadType], *, actor: str, at: datetime, dry_run: bool = False
    ) -> tuple[tuple[KeptType, bool], ...]:
        """Keep types, all of them or none: one that is new, or a new version of one that says something else now.

        Args:
            institution: name of the institution's offer.
            types: as they were read.
            actor: who keeps them.
            at: when (aware).
            dry_run: whether to keep nothing, and to return what would be kept.

        Returns:
            Each type with its newest version, and whether that was made just now.

        Raises:
            TypeRefused: if one of them is not what it has to be, or was ended.
            ArchiveError: if the database fails.
        """
        self._demand(types, at)
        kept: list[tuple[KeptType, bool]] = []
        with self._database.reading() if dry_run else self._database.writing() as connection:
            newest = {one.id: one for one in _newest(connection, institution, [read.id for read in types])}
            ended = [read for read in types if read.id in newest and newest[read.id].ended_at is not None]
            if ended:
                raise TypeRefused([_placed(_ENDED, read, alone=len(types) == 1) for read in ended])
            for read in types:
                there, content = newest.get(read.id), cast("Common", read.content)
                if there is not None and _says(there, read):
                    kept.append((there, False))
                    continue
                version = 1 if there is None else there.version + 1
                new = KeptType(institution, read.id, version, content, at, offering=read.offering)
                if not dry_run:
                    _add(connection, new, actor=actor)
                kept.append((new, True))
        return tuple(kept)

    def create(
        self, institution: str, read: ReadType, *, actor: str, at: datetime, dry_run: bool = False
    ) -> tuple[KeptType, bool]:
        """Keep a type that is new; one that is there and says the same is left as it is.

        Returns:
            The type, and whether it was made just now.

        Raises:
            TypeRefused: if it is not what it has to be.
            TypeConflict: if there is one of this id that says something else, or was ended.
            ArchiveError: if the database fails.
        """
        return self._put(institution, read, None, new=True, actor=actor, at=at, dry_run=dry_run)

    def change(
        self,
        institution: str,
        read: ReadType,
        *,
        tag: str | None,
        actor: str,
        at: datetime,
        dry_run: bool = False,
    ) -> tuple[KeptType, bool]:
        """Keep a new version of a type; where it says the same, it is left as it is.

        Args:
            institution: name of the institution's offer.
            read: the type.
            tag: what its `tag` has to be, so that nobody's change is lost; none means whatever it is.
            actor: who changes it.
            at: when (aware).
            dry_run: whether to keep nothing.

        Returns:
            The type, and whether there is a new version of it.

        Raises:
            UnknownType: if the institution has none of this id.
            TypeRefused: if it is not what it has to be.
            TypeConflict: if its tag is another one, or it was ended.
            ArchiveError: if the database fails.
        """
        return self._put(institution, read, tag, new=False, actor=actor, at=at, dry_run=dry_run)

    def end(
        self, institution: str, type_id: str, *, actor: str, at: datetime, why: str | None = None
    ) -> KeptType:
        """End a type for good: only awards that took it before take it from now on.

        Raises:
            UnknownType: if the institution has none of this id.
            TypeConflict: if it was ended before.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        with self._database.writing() as connection:
            kept = _one(connection, institution, type_id)
            if kept.ended_at is not None:
                raise TypeConflict(_ENDED.message)
            end_type(
                connection,
                institution=institution,
                type_id=type_id,
                version=kept.version,
                actor=actor,
                at=at,
                why=why,
            )
        return attrs.evolve(kept, ended_at=at)

    def type(self, institution: str, type_id: str, *, version: int | None = None) -> KeptType:
        """Return a type: its newest version, or the one asked for.

        Raises:
            UnknownType: if the institution has none of this id or version.
            ArchiveError: if there is no archive, or it fails.
        """
        with self._database.reading() as connection:
            return _one(connection, institution, type_id, version=version)

    def versions(
        self, institution: str, type_id: str, *, after: int = 0, limit: int = 100
    ) -> tuple[KeptType, ...]:
        """Return the versions of a type, the oldest first.

        Args:
            institution: name of the institution's offer.
            type_id: what it calls the type.
            after: the version after which they are wanted.
            limit: how many at most.

        Raises:
            UnknownType: if the institution has none of this id.
            ArchiveError: if there is no archive, or it fails.
        """
        with self._database.reading() as connection:
            _one(connection, institution, type_id)
            table = type_versions
            wanted = _kept().where(
                table.c.institution == institution, table.c.type == type_id, table.c.version > after
            )
            rows = connection.execute(wanted.order_by(table.c.version).limit(limit))
            return tuple(map(type_of, rows))

    def types(
        self, institution: str, *, after: str = "", limit: int = 100, ended: bool | None = None
    ) -> tuple[KeptType, ...]:
        """Return the newest version of each type of an institution, by id.

        Args:
            institution: name of the institution's offer.
            after: id of the type after which they are wanted.
            limit: how many at most.
            ended: whether only ended ones are wanted, or only others; none means all.

        Raises:
            ArchiveError: if there is no archive, or it fails.
        """
        table = type_versions
        newest = (
            select(table.c.type, func.max(table.c.version).label("version"))
            .where(table.c.institution == institution, table.c.type > after)
            .group_by(table.c.type)
            .subquery()
        )
        its = (table.c.type == newest.c.type) & (table.c.version == newest.c.version)
        wanted = _kept().join(newest, its).where(table.c.institution == institution)
        if ended is not None:
            wanted = wanted.where(type_ends.c.at.is_not(None) if ended else type_ends.c.at.is_(None))
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(table.c.type).limit(limit))
            return tuple(map(type_of, rows))

    def taken(self, identifier: str) -> TypeReference | None:
        """Return the type that the award of a credential took, or none.

        Raises:
            ArchiveError: if there is no archive, or it fails.
        """
        with self._database.reading() as connection:
            found = taken_type(connection, identifier)
        return None if found is None else TypeReference(*found)

    def for_awards(self, institution: str) -> Types:
        """Return the types of an institution, for what reads its exports."""
        return _OfAwards(self._database, institution)

    def _demand(self, types: Sequence[ReadType], at: datetime) -> None:
        findings = self.judge(types, at=at)
        if any(map(refuses, findings)):
            raise TypeRefused(bounded(tuple(findings), most=_MOST_ALIKE))

    def _put(
        self,
        institution: str,
        read: ReadType,
        tag: str | None,
        *,
        new: bool,
        actor: str,
        at: datetime,
        dry_run: bool,
    ) -> tuple[KeptType, bool]:
        self._demand([read], at)
        content = cast("Common", read.content)
        with self._database.reading() if dry_run else self._database.writing() as connection:
            there = next(_newest(connection, institution, [read.id]), None)
            if there is None and not new:
                raise _unknown(read.id)
            if there is not None:
                if tag is not None and tag != there.tag:
                    raise TypeConflict(
                        message(
                            "type {id} was changed meanwhile; its newest version is {version}",
                            id=read.id,
                            version=there.version,
                        )
                    )
                if there.ended_at is not None:
                    raise TypeConflict(_ENDED.message)
                if _says(there, read):
                    return there, False
                if new:
                    raise TypeConflict(
                        message(
                            "there is a type {id} that says something else; change it, or take another id",
                            id=read.id,
                        )
                    )
            version = 1 if there is None else there.version + 1
            kept = KeptType(institution, read.id, version, content, at, offering=read.offering)
            if not dry_run:
                _add(connection, kept, actor=actor)
            return kept, True


class _OfAwards(Types):
    """Finds what awards of one export name; what it found it keeps, so that all of them take the same."""

    def __init__(self, database: Database, institution: str) -> None:
        self._database = database
        self._institution = institution
        self._found: dict[TypeReference, KeptType | Finding] = {}

    def find(self, wanted: TypeReference, *, evidence_number: str | None) -> TypeVersion | Finding:
        before = self._before(evidence_number)
        if before is not None and before.id == wanted.id and wanted.version in {None, before.version}:
            wanted = before
        if wanted not in self._found:
            self._found[wanted] = self._look(wanted)
        found = self._found[wanted]
        if isinstance(found, Finding):
            return found
        if found.ended_at is not None and before != TypeReference(found.id, found.version):
            return Finding.error(
                "ended-type",
                "type {id} was ended on {day}; no award takes it any more",
                id=found.id,
                day=local_time(found.ended_at).date(),
            )
        return found.taken

    def _before(self, evidence_number: str | None) -> TypeReference | None:
        """Return the type that an award took when it was issued before, or none."""
        if evidence_number is None or not evidence_number.isprintable():
            return None
        wanted = (
            select(taken_types.c.type, taken_types.c.version)
            .join(awards, awards.c.identifier == taken_types.c.identifier)
            .where(awards.c.institution == self._institution, awards.c.evidence_number == evidence_number)
            .order_by(awards.c.version.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else TypeReference(row.type, row.version)

    def _look(self, wanted: TypeReference) -> KeptType | Finding:
        with self._database.reading() as connection:
            newest = next(_newest(connection, self._institution, [wanted.id]), None)
            if newest is None:
                near = _beside(connection, self._institution, wanted.id)
                return Finding.error(
                    "unknown-type",
                    "there is no type of this key; near to it are {near:comma}",
                    near=near or ["–"],
                )
            try:
                return _one(connection, self._institution, wanted.id, version=wanted.version)
            except UnknownType:
                return Finding.error(
                    "unknown-version",
                    "type {id} has no version {version}; its newest is {newest}",
                    id=newest.id,
                    version=wanted.version or 0,
                    newest=newest.version,
                )


_ENDED: Final = Finding.error(
    "ended-type", "the type was ended for good; one that follows it has an id of its own", path="id"
)


def _placed(finding: Finding, read: ReadType, *, alone: bool) -> Finding:
    """Return a finding that names the row, the line or the position of the type."""
    if read.row is not None:
        placed = message("row {row}: {fault}", row=read.row, fault=finding.message)
    elif alone:
        return finding
    elif read.line is not None:
        placed = message("line {line}: {fault}", line=read.line, fault=finding.message)
    else:
        return attrs.evolve(finding, path=".".join(filter(None, (f"types[{read.number - 1}]", finding.path))))
    return attrs.evolve(finding, message=placed)


def _unknown(type_id: str) -> UnknownType:
    return UnknownType(message("there is no type {id}", id=printable(type_id)[:_LONGEST_ID]))


def _kept() -> Select[Any]:
    table, ends = type_versions, type_ends
    of_it = (ends.c.institution == table.c.institution) & (ends.c.type == table.c.type)
    return select(table, ends.c.at.label("ended_at")).outerjoin(ends, of_it)


def _one(connection: Connection, institution: str, type_id: str, *, version: int | None = None) -> KeptType:
    table = type_versions
    if not is_type_id(type_id) or (version is not None and not 1 <= version <= _LARGEST_NUMBER):
        raise _unknown(type_id)
    wanted = _kept().where(table.c.institution == institution, table.c.type == type_id)
    if version is not None:
        wanted = wanted.where(table.c.version == version)
    row = connection.execute(wanted.order_by(table.c.version.desc()).limit(1)).one_or_none()
    if row is None:
        raise _unknown(type_id)
    return type_of(row)


def _newest(connection: Connection, institution: str, ids: Iterable[str]) -> Iterator[KeptType]:
    """Yield the newest version of those types that there are."""
    for type_id in dict.fromkeys(ids):
        try:
            yield _one(connection, institution, type_id)
        except UnknownType:
            continue


def _beside(connection: Connection, institution: str, type_id: str) -> list[str]:
    """Return the ids before and after one that is not there; none for what can't be one."""
    if not is_type_id(type_id):
        return []
    column = type_versions.c.type
    of_it = type_versions.c.institution == institution
    before = select(column).where(of_it, column < type_id).order_by(column.desc()).limit(1)
    after = select(column).where(of_it, column > type_id).order_by(column).limit(1)
    return [str(one) for query in (before, after) for one in connection.execute(query).scalars()]


def _says(there: KeptType, read: ReadType) -> bool:
    return (there.content, there.offering) == (read.content, read.offering)


def type_of(row: Row[Any]) -> KeptType:
    """Return the type that a row of `type_versions`, with the moment of its end, has.

    Raises:
        DamagedError: if it isn't what was kept.
    """
    try:
        document = strict_json.loads(str(row.content).encode(), refuse=IntakeError)
        content, offering = contents_of(document)
    except IntakeError as error:
        place = f"type_versions[{row.institution}, {row.type}, {row.version}]"
        fault = "this is not what was kept"
        raise DamagedError(Finding.error("type-changed", fault, path=place)) from error
    return KeptType(row.institution, row.type, row.version, content, row.at, row.ended_at, offering)


def _add(connection: Connection, new: KeptType, *, actor: str) -> None:
    add_version(
        connection,
        institution=new.institution,
        type_id=new.id,
        version=new.version,
        content=strict_json.dumps(document_of(new.content, new.offering)),
        actor=actor,
        at=new.at,
    )
