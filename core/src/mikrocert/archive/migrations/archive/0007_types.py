"""Types of micro-credentials, their versions, and which of them awards took."""

import sqlalchemy as sa
from alembic import op

revision = "0007_0002"
down_revision = "0006_0002"


def upgrade() -> None:
    """Create the tables (see `mikrocert.archive.tables`)."""
    op.create_table(
        "type_versions",
        sa.Column("institution", sa.String(100), primary_key=True),
        sa.Column("type", sa.String(100), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "type_ends",
        sa.Column("institution", sa.String(100), primary_key=True),
        sa.Column("type", sa.String(100), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "taken_types",
        sa.Column("identifier", sa.String(12), sa.ForeignKey("awards.identifier"), primary_key=True),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
