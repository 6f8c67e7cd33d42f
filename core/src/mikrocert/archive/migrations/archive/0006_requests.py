"""Requests to which their senders gave a key."""

import sqlalchemy as sa
from alembic import op

revision = "0006_0002"
down_revision = "0005_0002"


def upgrade() -> None:
    """Create the table (see `mikrocert.jobs.requests`)."""
    op.create_table(
        "sent_requests",
        sa.Column("institution", sa.String(100), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch", sa.String(12), nullable=True),
    )
    op.create_index("sent_requests_by_time", "sent_requests", ["begun_at"])
