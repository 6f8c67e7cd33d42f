"""Clients of OAuth 2.0, the tokens they were given, and the assertions that they used up."""

import sqlalchemy as sa
from alembic import op

revision = "0005_0002"
down_revision = "0004_0002"


def upgrade() -> None:
    """Create the tables (see `mikrocert.archive.tables`)."""
    op.create_table(
        "clients",
        sa.Column("identifier", sa.String(12), primary_key=True),
        sa.Column("institution", sa.String(100), sa.ForeignKey("accounts.institution"), nullable=False),
        sa.Column("jwks", sa.Text, nullable=True),
        sa.Column("certificate", sa.String(64), nullable=True),
        sa.Column("scopes", sa.String(100), nullable=False),
        sa.Column("networks", sa.String(4000), nullable=False),
        sa.Column("note", sa.String(100), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("clients_by_institution", "clients", ["institution", "made_at"])
    op.create_table(
        "client_tokens",
        sa.Column("identifier", sa.String(12), primary_key=True),
        sa.Column("client", sa.String(12), sa.ForeignKey("clients.identifier"), nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("scopes", sa.String(100), nullable=False),
        sa.Column("certificate", sa.String(64), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("client_tokens_by_end", "client_tokens", ["expires_at"])
    op.create_table(
        "client_assertions",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("client_assertions_by_end", "client_assertions", ["expires_at"])
