"""Proposals, which wait for a second pair of eyes, who wants it for what, and acts by what they are about."""

import sqlalchemy as sa
from alembic import op

revision = "0008_0002"
down_revision = "0007_0002"


def upgrade() -> None:
    """Create the table, the column and the index (see `mikrocert.archive.tables`)."""
    op.create_table(
        "proposals",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("institution", sa.String(100), nullable=False),
        sa.Column("deed", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("identity", sa.String(400), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(200), nullable=True),
    )
    op.create_index("proposals_by_institution", "proposals", ["institution", "made_at", "id"])
    op.create_index("proposals_by_state", "proposals", ["state", "expires_at"])
    op.create_index("proposals_by_subject", "proposals", ["subject"])
    op.add_column("accounts", sa.Column("four_eyes", sa.String(200), nullable=True))
    op.create_index("acts_by_subject", "acts", ["subject", "deed"])
