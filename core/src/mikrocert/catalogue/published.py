"""What is published of the catalogue: the types that the public may see, as an index in memory that follows the archive.

The tables of types only append, so their lengths and newest moments tell whether something came. Then only what came is read. An index has
what lists and searches need; a type as a whole is read when its page is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import func, select

from mikrocert.archive.tables import type_ends, type_versions
from mikrocert.catalogue.catalogue import type_of
from mikrocert.catalogue.offering import Run
from mikrocert.errors import DamagedError
from mikrocert.texts import LanguageMap
from mikrocert.texts.folding import without_marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.engine import Connection

    from mikrocert.archive.database import Database
    from mikrocert.catalogue.values import KeptType

__all__ = ["MOST_PUBLISHED", "PublishedType", "PublishedTypes", "TypeQuery"]

MOST_PUBLISHED: Final = 20_000
"""How many types are listed at most; what is beyond has its page, and no list has it."""

_MOST_TEXT: Final = 4000
_MOST_WORDS: Final = 12


@attrs.frozen
class PublishedType:
    """A published type as lists show it.

    Args:
        institution: name of the institution's offer.
        id: what the institution calls the type.
        version: its newest version.
        title: its title.
        since: since when it has been public without a break (aware).
        changed_at: since when there is this version (aware).
        ects: ECTS credits, or none.
        hours: hours of work, or none.
        eqf: level, or none.
        areas: codes of the list `isced-f`.
        languages: codes of the list `language`.
        mode: code of the list `mode`, or none.
        run: the next run, or none.
        text: what a search looks through.
    """

    institution: str
    id: str
    version: int
    title: LanguageMap
    since: datetime
    changed_at: datetime
    ects: Decimal | None = None
    hours: Decimal | None = None
    eqf: int | None = None
    areas: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    mode: str | None = None
    run: Run | None = None
    text: str = attrs.field(default="", repr=False)


@attrs.frozen
class TypeQuery:
    """What somebody looks for; what is none matches everything.

    Args:
        words: words of the title, of outcomes or of the id, whatever their case and marks.
        institution: name of the institution's offer.
        area: beginning of a code of the list `isced-f`.
        eqf: level.
        language: code of the list `language`.
    """

    words: str = ""
    institution: str | None = None
    area: str | None = None
    eqf: int | None = None
    language: str | None = None

    def matches(self, one: PublishedType, words: Iterable[str]) -> bool:
        """Return whether a type is wanted; `words` are those of the query, plain."""
        return (
            self.institution in {None, one.institution}
            and self.eqf in {None, one.eqf}
            and (self.language is None or self.language in one.languages)
            and (self.area is None or any(code.startswith(self.area) for code in one.areas))
            and all(word in one.text for word in words)
        )


@attrs.define
class _Followed:
    """What is remembered of a type, published or not."""

    version: int = 0
    since: datetime | None = None
    entry: PublishedType | None = None


class PublishedTypes:
    """The types that their institutions made public and did not end; safe to use from several threads.

    Args:
        database: of the archive.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._state: object = None
        self._types: dict[tuple[str, str], _Followed] = defaultdict(_Followed)
        self._entries: tuple[PublishedType, ...] = ()

    def all(self) -> tuple[PublishedType, ...]:
        """Return them by institution and id, at most `MOST_PUBLISHED`.

        Raises:
            ArchiveError: if there is no archive, or it fails.
        """
        with self._lock, self._database.reading() as connection:
            state = _state(connection)
            if state != self._state:
                self._follow(connection)
                self._state = state
            return self._entries

    def search(self, query: TypeQuery, *, language: str, among: Iterable[str]) -> list[PublishedType]:
        """Return those that somebody looks for, by title.

        Args:
            query: what somebody looks for.
            language: in which they read, and titles are ordered.
            among: the institutions that are public themselves.

        Raises:
            ArchiveError: if there is no archive, or it fails.
        """
        words, institutions = without_marks(query.words).split()[:_MOST_WORDS], frozenset(among)
        found = [one for one in self.all() if one.institution in institutions and query.matches(one, words)]
        return sorted(
            found, key=lambda one: (without_marks(one.title.best(language)), one.institution, one.id)
        )

    def _follow(self, connection: Connection) -> None:
        """Read what came since last time."""
        table = type_versions
        newest = select(table.c.institution, table.c.type, func.max(table.c.version).label("version"))
        for row in connection.execute(newest.group_by(table.c.institution, table.c.type)).all():
            followed = self._types[row.institution, row.type]
            if row.version > followed.version:
                self._read(connection, row.institution, row.type, followed)
        ended = {(row.institution, row.type) for row in connection.execute(select(type_ends))}
        entries = [
            followed.entry
            for key, followed in sorted(self._types.items(), key=lambda item: item[0])
            if followed.entry is not None and key not in ended
        ]
        self._entries = tuple(entries[:MOST_PUBLISHED])

    @staticmethod
    def _read(connection: Connection, institution: str, type_id: str, followed: _Followed) -> None:
        table, ends = type_versions, type_ends
        of_it = (ends.c.institution == table.c.institution) & (ends.c.type == table.c.type)
        wanted = (
            select(table, ends.c.at.label("ended_at"))
            .outerjoin(ends, of_it)
            .where(
                table.c.institution == institution,
                table.c.type == type_id,
                table.c.version > followed.version,
            )
            .order_by(table.c.version)
        )
        for row in connection.execute(wanted):
            followed.version, followed.entry = row.version, None
            try:
                kept = type_of(row)
            except (
                DamagedError
            ):  # `mikrocert archive check` tells; what isn't what was kept is shown to nobody
                followed.since = None
                continue
            if not is_published(kept):
                followed.since = None
                continue
            followed.since = followed.since or kept.at
            followed.entry = _entry(kept, since=followed.since)


def is_published(kept: KeptType) -> bool:
    """Return whether a type says that the public may see it."""
    return kept.offering is not None and kept.offering.published and kept.content.title is not None


def _state(connection: Connection) -> tuple[Any, ...]:
    found: list[Any] = []
    for table in (type_versions, type_ends):
        found += connection.execute(select(func.count(), func.max(table.c.at)).select_from(table)).one()
    return tuple(found)


def _entry(kept: KeptType, *, since: datetime) -> PublishedType:
    content = kept.content
    texts: list[Mapping[str, str]] = [content.title.texts] if content.title else []
    texts += [outcome.title.texts for outcome in content.outcomes]
    words = " ".join([kept.id, *(text for by_language in texts for text in by_language.values())])
    workload, level, participation = content.workload, content.level, content.participation
    return PublishedType(
        institution=kept.institution,
        id=kept.id,
        version=kept.version,
        title=content.title or LanguageMap.of(kept.id),
        since=since,
        changed_at=kept.at,
        ects=workload.ects if workload else None,
        hours=workload.hours if workload else None,
        eqf=level.eqf if level else None,
        areas=content.thematic_areas,
        languages=content.languages,
        mode=participation.mode if participation else None,
        run=kept.offering.run if kept.offering else None,
        text=without_marks(words)[:_MOST_TEXT],
    )
