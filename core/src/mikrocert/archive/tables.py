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
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    text,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

__all__ = [
    "NOT_NAMED",
    "WITHOUT_TOPIC",
    "Moment",
    "Number",
    "Octets",
    "Words",
    "accounts",
    "acts",
    "api_keys",
    "archive_metadata",
    "artefacts",
    "awards",
    "client_assertions",
    "client_tokens",
    "clients",
    "events",
    "holder_links",
    "journal",
    "key_metadata",
    "keys",
    "link_access",
    "listing",
    "log_hashes",
    "log_heads",
    "name_secret",
    "names",
    "objects",
    "openings",
    "owner",
    "proposals",
    "reservations",
    "shares",
    "statements",
    "statistics",
    "taken_types",
    "type_ends",
    "type_versions",
    "wallet_entries",
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


WITHOUT_TOPIC = "topic IS NULL AND state <> 'erased'"
NOT_NAMED = "named = 0 AND key IS NOT NULL"

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
    Column("entry", Octets, nullable=False),  # of the log
    UniqueConstraint("previous", name="events_one_after_each"),
    Index("events_by_identifier", "identifier", "number"),
)

log_hashes = Table(
    "log_hashes",
    archive_metadata,
    Column("level", Number, primary_key=True, autoincrement=False),  # from 1
    Column("number", Number, primary_key=True, autoincrement=False),  # from 0
    Column("hash", Octets, nullable=False),  # of the complete subtree of 256**level entries
)

log_heads = Table(
    "log_heads",
    archive_metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("size", Number, nullable=False),
    Column("at", Moment, nullable=False),
    Column("note", Octets, nullable=False),  # the signed checkpoint
    Index("log_heads_by_size", "size", "number"),
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
    Column("octets", Octets, nullable=False),  # ciphertext of what `packing` makes of the file
    Column("packing", Words(100), nullable=False, server_default="whole"),
    Index("artefacts_by_event", "event"),
)

objects = Table(
    "objects",
    archive_metadata,
    Column("identifier", Words(12), primary_key=True),  # of an artefact whose column `octets` is empty
    Column("format", Words(100), primary_key=True),
    Column("kind", Words(20), primary_key=True),
    Column("edition", Number, primary_key=True, autoincrement=False),
    Column("folder", Words(16), nullable=False),
    Column("sha256", Words(64), nullable=False, unique=True),  # of the ciphertext
    Column("size", Number, nullable=False),  # of the ciphertext
    ForeignKeyConstraint(
        ["identifier", "format", "kind", "edition"],
        ["artefacts.identifier", "artefacts.format", "artefacts.kind", "artefacts.edition"],
    ),
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

listing = Table(
    "listing",
    archive_metadata,
    Column("identifier", Words(12), ForeignKey("awards.identifier"), primary_key=True),
    Column("institution", Words(100), nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("state", Words(20), nullable=False),
    Column("topic", Octets, nullable=True),  # ciphertext
    Index("listing_by_state", "state", "issued_at", "identifier"),
    Index("listing_by_institution_and_state", "institution", "state", "issued_at", "identifier"),
    Index(
        "listing_without_topic",
        "identifier",
        sqlite_where=text(WITHOUT_TOPIC),
        postgresql_where=text(WITHOUT_TOPIC),
    ),
)

statistics = Table(
    "statistics",
    archive_metadata,
    Column("institution", Words(100), primary_key=True),
    Column("month", Words(7), primary_key=True),
    Column("kind", Words(20), primary_key=True),
    Column("type", Words(200), primary_key=True),  # empty where it isn't known
    Column("fields", Words(100), primary_key=True),
    Column("count", Number, nullable=False),
)

name_secret = Table(
    "name_secret",
    archive_metadata,
    Column("number", Number, primary_key=True, autoincrement=False),  # 1: there is one row
    Column("secret", Octets, nullable=False),
)

accounts = Table(
    "accounts",
    archive_metadata,
    Column("institution", Words(100), primary_key=True),
    Column("stage", Words(20), nullable=False),
    Column("since", Moment, nullable=False),  # of the stage
    Column("suspended_at", Moment, nullable=True),
    Column("mandate_document", Words(64), nullable=True),  # SHA-256
    Column("mandate_since", Words(10), nullable=True),
    Column("mandate_until", Words(10), nullable=True),
    Column("four_eyes", Words(200), nullable=True),  # deeds, with blanks between
)

api_keys = Table(
    "api_keys",
    archive_metadata,
    Column("identifier", Words(12), primary_key=True),
    Column("institution", Words(100), ForeignKey("accounts.institution"), nullable=False),
    Column("hash", Octets, nullable=False),  # SHA-256 of the key's text
    Column("scopes", Words(100), nullable=False),  # with blanks between
    Column("networks", Words(4000), nullable=False),  # with blanks between; none: from everywhere
    Column("note", Words(100), nullable=True),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=True),
    Column("ended_at", Moment, nullable=True),
    Column("replaced_by", Words(12), nullable=True),
    Column("used_on", Words(10), nullable=True),
    Index("api_keys_by_institution", "institution", "made_at"),
)

clients = Table(
    "clients",
    archive_metadata,
    Column("identifier", Words(12), primary_key=True),
    Column("institution", Words(100), ForeignKey("accounts.institution"), nullable=False),
    Column("jwks", Words, nullable=True),
    Column("certificate", Words(64), nullable=True),  # SHA-256
    Column("scopes", Words(100), nullable=False),  # with blanks between
    Column("networks", Words(4000), nullable=False),  # with blanks between; none: from everywhere
    Column("note", Words(100), nullable=True),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=True),
    Column("ended_at", Moment, nullable=True),
    Index("clients_by_institution", "institution", "made_at"),
)

client_tokens = Table(
    "client_tokens",
    archive_metadata,
    Column("identifier", Words(12), primary_key=True),
    Column("client", Words(12), ForeignKey("clients.identifier"), nullable=False),
    Column("hash", Octets, nullable=False),  # SHA-256 of the token's text
    Column("scopes", Words(100), nullable=False),
    Column("certificate", Words(64), nullable=True),  # SHA-256
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("client_tokens_by_end", "expires_at"),
)

client_assertions = Table(
    "client_assertions",
    archive_metadata,
    Column("hash", Words(64), primary_key=True),  # of client and jti
    Column("expires_at", Moment, nullable=False),
    Index("client_assertions_by_end", "expires_at"),
)

acts = Table(
    "acts",
    archive_metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", Words(100), nullable=False),
    Column("deed", Words(50), nullable=False),
    Column("subject", Words(100), nullable=False),
    Column("why", Words(1000), nullable=True),
    Column("details", Words, nullable=False),  # a JSON object
    Column("previous", Words(64), nullable=False),
    Column("hash", Words(64), nullable=False),
    UniqueConstraint("previous", name="acts_one_after_each"),
    Index("acts_by_time", "at"),
    Index("acts_by_subject", "subject", "deed"),
)

proposals = Table(
    "proposals",
    archive_metadata,
    Column("id", Words(12), primary_key=True),
    Column("institution", Words(100), nullable=False),
    Column("deed", Words(20), nullable=False),
    Column("subject", Words(100), nullable=False),
    Column("actor", Words(200), nullable=False),
    Column("identity", Words(400), nullable=False),  # who is behind the actor, as far as it is known
    Column("content", Octets, nullable=True),  # ciphertext; none once decided
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("state", Words(20), nullable=False),
    Column("decided_at", Moment, nullable=True),
    Column("decided_by", Words(200), nullable=True),
    Index("proposals_by_institution", "institution", "made_at", "id"),
    Index("proposals_by_state", "state", "expires_at"),
    Index("proposals_by_subject", "subject"),
)

type_versions = Table(
    "type_versions",
    archive_metadata,
    Column("institution", Words(100), primary_key=True),
    Column("type", Words(100), primary_key=True),
    Column("version", Number, primary_key=True, autoincrement=False),  # from 1
    Column("at", Moment, nullable=False),
    Column("content", Words, nullable=False),  # a JSON object
)

type_ends = Table(
    "type_ends",
    archive_metadata,
    Column("institution", Words(100), primary_key=True),
    Column("type", Words(100), primary_key=True),
    Column("at", Moment, nullable=False),
)

taken_types = Table(
    "taken_types",
    archive_metadata,
    Column("identifier", Words(12), ForeignKey("awards.identifier"), primary_key=True),
    Column("type", Words(100), nullable=False),
    Column("version", Number, nullable=False),
)

holder_links = Table(
    "holder_links",
    archive_metadata,
    Column("identifier", Words(12), ForeignKey("awards.identifier"), primary_key=True),
    Column("number", Number, primary_key=True, autoincrement=False),  # from 1; only the last one counts
    Column("hash", Octets, nullable=False),  # SHA-256 of the secret
    Column("made_at", Moment, nullable=False),
    UniqueConstraint("hash", name="holder_links_one_of_each_secret"),
)

link_access = Table(
    "link_access",
    archive_metadata,
    Column("identifier", Words(12), ForeignKey("awards.identifier"), primary_key=True),
    Column("access", Words(20), nullable=False),
    Column("changed_at", Moment, nullable=False),
)

shares = Table(
    "shares",
    archive_metadata,
    Column("identifier", Words(12), ForeignKey("awards.identifier"), primary_key=True),
    Column("number", Number, primary_key=True, autoincrement=False),  # from 1
    Column("hash", Octets, nullable=False),  # SHA-256 of the token
    Column(
        "link", Number, nullable=True
    ),  # the holder's link that the token is made of; none of a token drawn at random
    Column("scope", Words(20), nullable=False),
    Column("until", Moment, nullable=True),
    Column("most", Number, nullable=True),
    Column("note", Octets, nullable=True),  # ciphertext
    Column("made_at", Moment, nullable=False),
    Column("withdrawn_at", Moment, nullable=True),
    Column("opened", Number, nullable=False),
    UniqueConstraint("hash", name="shares_one_of_each_token"),
)

openings = Table(
    "openings",
    archive_metadata,
    Column("identifier", Words(12), primary_key=True),
    Column("share", Number, primary_key=True, autoincrement=False),
    Column("day", Words(10), primary_key=True),
    Column("count", Number, nullable=False),
    ForeignKeyConstraint(["identifier", "share"], ["shares.identifier", "shares.number"]),
)

statements = Table(
    "statements",
    archive_metadata,
    Column("id", Words(22), primary_key=True),
    Column("file", Words(64), nullable=False),  # SHA-256
    Column("verdict", Words(20), nullable=False),
    Column("verified_at", Moment, nullable=False),
)

wallet_entries = Table(
    "wallet_entries",
    archive_metadata,
    Column("pseudonym", Octets, primary_key=True),  # nobody's name, nor what a provider calls them
    Column("identifier", Words(12), primary_key=True),
    Column(
        "link", Number, nullable=False
    ),  # the holder's link that was shown; it opens nothing once there is a newer one
    Column("added_at", Moment, nullable=False),
    ForeignKeyConstraint(["identifier", "link"], ["holder_links.identifier", "holder_links.number"]),
    Index("wallet_entries_by_identifier", "identifier"),
)

keys = Table(
    "keys",
    key_metadata,
    Column("identifier", Words(12), primary_key=True),
    Column("key", Octets, nullable=True),  # none once destroyed
    Column("min_events", Number, nullable=False),
    Column("max_events", Number, nullable=False),
    Column("named", Number, nullable=False, server_default="0"),  # 1: `names` has the tokens of its holder
    Index("keys_not_named", "identifier", sqlite_where=text(NOT_NAMED), postgresql_where=text(NOT_NAMED)),
)

names = Table(
    "names",
    key_metadata,
    Column("token", Octets, primary_key=True),
    Column("identifier", Words(12), primary_key=True),
    Index("names_by_identifier", "identifier"),
)
