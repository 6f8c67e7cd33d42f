"""The keys of the awards."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the table (see `mikrocert.archive.tables`)."""
    op.create_table(
        "keys",
        sa.Column("identifier", sa.String(12), primary_key=True),
        sa.Column("key", sa.LargeBinary, nullable=True),
        sa.Column("min_events", sa.Integer, nullable=False),
        sa.Column("max_events", sa.Integer, nullable=False),
    )
