"""The tables of the archive, as the newest migration leaves them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

__all__ = ["credentials", "events", "metadata"]


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Store in UTC; refuse a naive moment."""
        if value is not None and value.tzinfo is None:
            message = "a moment without time zone can't be kept"
            raise ValueError(message)
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return in UTC, also where the database forgets time zones."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value


metadata = MetaData()

credentials = Table(
    "credentials",
    metadata,
    Column("identifier", String(12), primary_key=True),
    Column("institution", String(100), nullable=False),
    Column("evidence_number", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("award_hash", String(64), nullable=False),
    Column("format", String(100), nullable=False),
    Column("credential_id", String(200), nullable=False, unique=True),
    Column("issued_at", Moment, nullable=False),
    Column("payload_hash", String(64), nullable=False),
    Column("suffix", String(20), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("certificate", LargeBinary, nullable=False),
    Column("replaces", String(12), ForeignKey("credentials.identifier"), nullable=True),
    UniqueConstraint("institution", "evidence_number", "version", name="one_award_one_credential"),
)

events = Table(
    "events",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("identifier", String(12), ForeignKey("credentials.identifier"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=True),
    Column("successor", String(12), ForeignKey("credentials.identifier"), nullable=True),
)
