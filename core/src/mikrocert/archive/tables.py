"""The tables of the archive and of its key store, as their newest migrations leave them.

SQLite stores values of any type in any column. Whoever changed one by hand to something else than it was is to be told
by hash and key, not by an exception of the driver: so each column reads as its type, whatever is stored.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

__all__ = [
    "Moment",
    "Number",
    "Octets",
    "Words",
    "archive_metadata",
    "artefacts",
    "awards",
    "events",
    "journal",
    "key_metadata",
    "keys",
    "owner",
    "reservations",
]


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; what is no moment reads as the year 1."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Keep moments as text in SQLite, which has no type for them."""
        return dialect.type_descriptor(String(26) if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - the driver's
        """Store in UTC, in SQLite as a text that sorts in the order of time; refuse a naive moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a moment without time zone can't be kept"
            raise ValueError(message)
        moment = value.astimezone(UTC)
        return (
            moment.replace(tzinfo=None).isoformat(" ", "microseconds") if dialect.name == "sqlite" else moment
        )

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002 - the driver's
        """Return in UTC."""
        if value is None or isinstance(value, datetime):
            return None if value is None else value.astimezone(UTC)
        try:
            return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
        except ValueError:
            return datetime.min.replace(tzinfo=UTC)


class Octets(TypeDecorator[bytes]):
    """Octets; what else SQLite lets in reads as its text, encoded."""

    impl = LargeBinary
    cache_ok = True

    def process_result_value(self, value: Any | None, dialect: Dialect) -> bytes | None:  # noqa: ANN401, ARG002 - the driver's
        """Return octets, whatever is stored."""
        return value if value is None or isinstance(value, bytes) else str(value).encode()


class Words(TypeDecorator[str]):
    """A text; what else SQLite lets in reads as its Python notation."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:  # noqa: ANN401, ARG002 - the driver's
        """Return a text, whatever is stored."""
        return value if value is None or isinstance(value, str) else repr(value)


class Number(TypeDecorator[int]):
    """A whole number; what else SQLite lets in reads as -1."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: Any | None, dialect: Dialect) -> int | None:  # noqa: ANN401, ARG002 - the driver's
        """Return a whole number, whatever is stored."""
        return value if value is None or isinstance(value, int) else -1


archive_metadata = MetaData()
key_metadata = MetaData()

awards = Table(
    "awards",
    archive_metadata,
    Column("identifier", Words(12), primary_key=True),
    Column("institution", Words(100), nullable=False),
    Column("evidence_number", Words(100), nullable=False),
    Column("version", Number, nullable=False),
    Column("award_hash", Words(64), nullable=False),  # fingerprint under the salt
    Column("salt", Octets, nullable=False),  # ciphertext
    Column("holder", Octets, nullable=False),  # ciphertext
    Column("issued_at", Moment, nullable=False),
    Column("replaces", Words(12), ForeignKey("awards.identifier"), nullable=True),
    UniqueConstraint("institution", "evidence_number", "version", name="awards_one_of_each_version"),
    Index("awards_by_time", "issued_at", "identifier"),
    Index("awards_by_institution_and_time", "institution", "issued_at", "identifier"),
)

owner = Table(
    "owner",
    archive_metadata,
    Column("number", Number, primary_key=True, autoincrement=False),  # 1: there is one row
    Column("organization_identifier", Words(200), nullable=False),
)

events = Table(
    "events",
    archive_metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("identifier", Words(12), ForeignKey("awards.identifier"), nullable=False),
    Column("kind", Words(20), nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Octets, nullable=True),  # ciphertext, save for an erasure
    Column("successor", Words(12), ForeignKey("awards.identifier"), nullable=True),
    Column("previous", Words(64), nullable=False),
    Column("hash", Words(64), nullable=False),
    UniqueConstraint("previous", name="events_one_after_each"),
    Index("events_by_identifier", "identifier", "number"),
)

artefacts = Table(
    "artefacts",
    archive_metadata,
    Column("identifier", Words(12), ForeignKey("awards.identifier"), primary_key=True),
    Column("format", Words(100), primary_key=True),
    Column("kind", Words(20), primary_key=True),
    Column("edition", Number, primary_key=True, autoincrement=False),
    Column("event", Number, ForeignKey("events.number"), nullable=False),
    Column("media_type", Words(200), nullable=False),
    Column("suffix", Words(20), nullable=False),
    Column("credential_id", Words(200), nullable=True),
    Column("fingerprint", Words(64), nullable=False),
    Column("payload_fingerprint", Words(64), nullable=True),
    Column("octets", Octets, nullable=False),  # ciphertext
    Index("artefacts_by_event", "event"),
)

reservations = Table(
    "reservations",
    archive_metadata,
    Column("institution", Words(100), primary_key=True),
    Column("evidence_number", Words(100), primary_key=True),
    Column("identifier", Words(12), nullable=False, unique=True),
    Column("at", Moment, nullable=False),
    Column("award_hash", Words(64), nullable=False),  # fingerprint under the salt
    Column("salt", Octets, nullable=False),  # ciphertext
)

journal = Table(
    "journal",
    archive_metadata,
    Column("identifier", Words(12), ForeignKey("reservations.identifier"), primary_key=True),
    Column("format", Words(100), primary_key=True),
    Column("kind", Words(20), primary_key=True),
    Column("octets", Octets, nullable=False),  # ciphertext
    Column("sealed", Octets, nullable=True),  # ciphertext
)

keys = Table(
    "keys",
    key_metadata,
    Column("identifier", Words(12), primary_key=True),
    Column("key", Octets, nullable=True),  # none once destroyed
    Column("min_events", Number, nullable=False),
    Column("max_events", Number, nullable=False),
)
