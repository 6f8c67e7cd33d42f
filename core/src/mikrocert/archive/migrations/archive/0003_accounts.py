"""Accounts of institutions, their keys, and what was done to them."""

import sqlalchemy as sa
from alembic import op

revision = "0003_0002"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables (see `mikrocert.archive.tables`)."""
    op.create_table(
        "accounts",
        sa.Column("institution", sa.String(100), primary_key=True),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mandate_document", sa.String(64), nullable=True),
        sa.Column("mandate_since", sa.String(10), nullable=True),
        sa.Column("mandate_until", sa.String(10), nullable=True),
    )
    op.create_table(
        "api_keys",
        sa.Column("identifier", sa.String(12), primary_key=True),
        sa.Column("institution", sa.String(100), sa.ForeignKey("accounts.institution"), nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("scopes", sa.String(100), nullable=False),
        sa.Column("networks", sa.String(4000), nullable=False),
        sa.Column("note", sa.String(100), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by", sa.String(12), nullable=True),
        sa.Column("used_on", sa.String(10), nullable=True),
    )
    op.create_index("api_keys_by_institution", "api_keys", ["institution", "made_at"])
    op.create_table(
        "acts",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("deed", sa.String(50), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("why", sa.String(1000), nullable=True),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.UniqueConstraint("previous", name="acts_one_after_each"),
    )
    op.create_index("acts_by_time", "acts", ["at"])
