"""Objects: what is kept of files that are in an object store."""

import sqlalchemy as sa
from alembic import op

revision = "0012_0002"
down_revision = "0011_0002"


def upgrade() -> None:
    """Create the table (see `mikrocert.archive.tables`)."""
    op.create_table(
        "objects",
        sa.Column("identifier", sa.String(12), primary_key=True),
        sa.Column("format", sa.String(100), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("edition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("folder", sa.String(16), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["identifier", "format", "kind", "edition"],
            ["artefacts.identifier", "artefacts.format", "artefacts.kind", "artefacts.edition"],
        ),
    )
