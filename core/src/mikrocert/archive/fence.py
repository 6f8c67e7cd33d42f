"""The fence: triggers that refuse to change or delete what was recorded.

It keeps people and programs from slips, `INSERT OR REPLACE` included, which deletes a row that is in its way without
asking a trigger that guards deletion. It is a fence and no more: whoever owns the tables can take it down. What is
proven is proven by keys and hashes (`mikrocert.archive.reading`, `mikrocert.archive.checking`).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import UniqueConstraint, text

from mikrocert.archive.tables import (
    acts,
    artefacts,
    awards,
    events,
    holder_links,
    log_hashes,
    log_heads,
    owner,
    statements,
    taken_types,
    type_ends,
    type_versions,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

__all__ = ["gaps", "lowered", "put_up"]

_KEPT = (
    owner,
    awards,
    artefacts,
    events,
    log_hashes,
    log_heads,
    acts,
    type_versions,
    type_ends,
    taken_types,
    holder_links,
    statements,
)
_REFUSAL = "the archive keeps everything as it was recorded"


def put_up(connection: Connection) -> None:
    """Make the triggers that are missing or not as they should be."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(_POSTGRESQL_FUNCTION))
        for table in _KEPT:
            for statement in _postgresql_statements(table.name):
                connection.execute(text(statement))
        return
    there = _sqlite_triggers(connection)
    for name, statement in _sqlite_statements():
        if there.get(name) != statement:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
            connection.exec_driver_sql(statement)


@contextmanager
def lowered(connection: Connection, table: Table) -> Generator[None]:
    """Let rows of one table be changed within a transaction that writes; it is up again before anybody else sees it down.

    Args:
        connection: the transaction, of the owner of the tables.
        table: the table.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER {table.name}_keep"))
        yield
        connection.execute(text(f"ALTER TABLE {table.name} ENABLE ALWAYS TRIGGER {table.name}_keep"))
        return
    connection.execute(text(f"DROP TRIGGER IF EXISTS {table.name}_keep_update"))
    yield
    put_up(connection)


def gaps(connection: Connection) -> tuple[str, ...]:
    """Return the names of the triggers that are missing, off, or not as they should be."""
    if connection.dialect.name == "postgresql":
        on = connection.execute(text(_POSTGRESQL_TRIGGERS), {"body": _POSTGRESQL_BODY}).scalars().all()
        return tuple(name for table in _KEPT if (name := f"{table.name}_keep") not in on)
    there = _sqlite_triggers(connection)
    return tuple(name for name, statement in _sqlite_statements() if there.get(name) != statement)


def _sqlite_triggers(connection: Connection) -> dict[str, str]:
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return {row.name: row.sql for row in rows}


def _sqlite_statements() -> Iterator[tuple[str, str]]:
    refuse = f"SELECT RAISE(ABORT, '{_REFUSAL}')"
    for table in _KEPT:
        for act in ("UPDATE", "DELETE"):
            name = f"{table.name}_keep_{act.lower()}"
            yield name, f"CREATE TRIGGER {name} BEFORE {act} ON {table.name} BEGIN {refuse}; END"
        name = f"{table.name}_keep_replace"
        there = f"EXISTS (SELECT 1 FROM {table.name} WHERE {_same_row(table)})"  # noqa: S608 - names of ours
        yield name, f"CREATE TRIGGER {name} BEFORE INSERT ON {table.name} WHEN {there} BEGIN {refuse}; END"


def _same_row(table: Table) -> str:
    """Return the condition that a row with the same primary key, or another unique one, is there."""
    unique = [
        tuple(table.primary_key.columns.keys()),
        *(
            tuple(constraint.columns.keys())
            for constraint in sorted(
                (c for c in table.constraints if isinstance(c, UniqueConstraint)), key=lambda c: str(c.name)
            )
        ),
    ]
    return " OR ".join(
        "(" + " AND ".join(f"{column} = NEW.{column}" for column in columns) + ")" for columns in unique
    )


_POSTGRESQL_BODY = f"BEGIN RAISE EXCEPTION '{_REFUSAL}'; END"
_POSTGRESQL_FUNCTION = (
    f"CREATE OR REPLACE FUNCTION mikrocert_keep() RETURNS trigger LANGUAGE plpgsql AS $${_POSTGRESQL_BODY}$$"
)
_POSTGRESQL_TRIGGERS = f"""
SELECT tgname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE tgrelid IN ({", ".join(f"'{table.name}'::regclass" for table in _KEPT)})
  AND tgenabled = 'A' AND tgtype = 58 AND prosrc = :body
"""  # noqa: S608 - names of ours; 58: before update, delete and truncate, for each statement


def _postgresql_statements(table: str) -> Iterator[str]:
    name = f"{table}_keep"
    yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
    yield (
        f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION mikrocert_keep()"
    )
    yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"  # also where a session replicates
