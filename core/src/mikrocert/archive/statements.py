"""Statements about verifications: what the archive keeps of each, which is a hash, a verdict and a time.

Whoever has a statement can so find out that it was given here and what it says, and whoever has the archive can't find out whom it was about.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs
from sqlalchemy import insert, select

from mikrocert.archive.tables import statements
from mikrocert.errors import UnknownStatement
from mikrocert.report import Verdict

if TYPE_CHECKING:
    from mikrocert.archive.database import Database

__all__ = ["KeptStatement", "find_statement", "keep_statement", "new_statement_id"]

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LENGTH: Final = 22


@attrs.frozen
class KeptStatement:
    """What is kept of a statement.

    Args:
        id: 22 characters, random: 128 bits.
        file: SHA-256 of the file that was verified, hexadecimal.
        verdict: what was found.
        verified_at: when (aware).
    """

    id: str
    file: str
    verdict: Verdict
    verified_at: datetime


def new_statement_id() -> str:
    """Return an id that nobody can guess; its characters are those of identifiers."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def keep_statement(database: Database, statement: KeptStatement) -> None:
    """Keep what is kept of a statement.

    Raises:
        ArchiveError: if the database fails.
    """
    with database.changing() as connection:
        connection.execute(
            insert(statements).values(
                id=statement.id,
                file=statement.file,
                verdict=statement.verdict.value,
                verified_at=statement.verified_at,
            )
        )


def find_statement(database: Database, statement_id: str) -> KeptStatement:
    """Return what is kept of a statement.

    Raises:
        UnknownStatement: if none of this id was given.
        ArchiveError: if the database fails.
    """
    if len(statement_id) != _LENGTH or not set(statement_id) <= set(_ALPHABET):
        raise UnknownStatement(statement_id)
    with database.reading() as connection:
        row = connection.execute(select(statements).where(statements.c.id == statement_id)).one_or_none()
    if row is None:
        raise UnknownStatement(statement_id)
    return KeptStatement(row.id, row.file, Verdict(row.verdict), row.verified_at)
