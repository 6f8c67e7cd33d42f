"""Statements about verifications: of each a hash, a verdict and a time."""

import sqlalchemy as sa
from alembic import op

revision = "0010_0002"
down_revision = "0009_0002"


def upgrade() -> None:
    """Create the table (see `mikrocert.archive.tables`)."""
    op.create_table(
        "statements",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("file", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
    )
