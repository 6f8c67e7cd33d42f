"""Whose the archive is; awards, their artefacts, the events of their lives, the log of these, and what is pending."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables (see `mikrocert.archive.tables`)."""
    op.create_table(
        "awards",
        sa.Column("identifier", sa.String(12), primary_key=True),
        sa.Column("institution", sa.String(100), nullable=False),
        sa.Column("evidence_number", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("award_hash", sa.String(64), nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("holder", sa.LargeBinary, nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaces", sa.String(12), sa.ForeignKey("awards.identifier"), nullable=True),
        sa.UniqueConstraint("institution", "evidence_number", "version", name="awards_one_of_each_version"),
    )
    op.create_index("awards_by_time", "awards", ["issued_at", "identifier"])
    op.create_index("awards_by_institution_and_time", "awards", ["institution", "issued_at", "identifier"])
    op.create_table(
        "owner",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("organization_identifier", sa.String(200), nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("identifier", sa.String(12), sa.ForeignKey("awards.identifier"), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=True),
        sa.Column("successor", sa.String(12), sa.ForeignKey("awards.identifier"), nullable=True),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("entry", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("previous", name="events_one_after_each"),
    )
    op.create_index("events_by_identifier", "events", ["identifier", "number"])
    op.create_table(
        "log_hashes",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "log_heads",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
    )
    op.create_index("log_heads_by_size", "log_heads", ["size", "number"])
    op.create_table(
        "artefacts",
        sa.Column("identifier", sa.String(12), sa.ForeignKey("awards.identifier"), primary_key=True),
        sa.Column("format", sa.String(100), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("edition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("event", sa.Integer, sa.ForeignKey("events.number"), nullable=False),
        sa.Column("media_type", sa.String(200), nullable=False),
        sa.Column("suffix", sa.String(20), nullable=False),
        sa.Column("credential_id", sa.String(200), nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("payload_fingerprint", sa.String(64), nullable=True),
        sa.Column("octets", sa.LargeBinary, nullable=False),
    )
    op.create_index("artefacts_by_event", "artefacts", ["event"])
    op.create_table(
        "reservations",
        sa.Column("institution", sa.String(100), primary_key=True),
        sa.Column("evidence_number", sa.String(100), primary_key=True),
        sa.Column("identifier", sa.String(12), nullable=False, unique=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("award_hash", sa.String(64), nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "journal",
        sa.Column("identifier", sa.String(12), sa.ForeignKey("reservations.identifier"), primary_key=True),
        sa.Column("format", sa.String(100), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("octets", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=True),
    )
