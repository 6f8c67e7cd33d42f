"""Wallets: which holders' links somebody who signs in has gathered."""

import sqlalchemy as sa
from alembic import op

revision = "0011_0002"
down_revision = "0010_0002"


def upgrade() -> None:
    """Create the table (see `mikrocert.archive.tables`)."""
    op.create_table(
        "wallet_entries",
        sa.Column("pseudonym", sa.LargeBinary, primary_key=True),
        sa.Column("identifier", sa.String(12), primary_key=True),
        sa.Column("link", sa.Integer, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["identifier", "link"], ["holder_links.identifier", "holder_links.number"]),
    )
    op.create_index("wallet_entries_by_identifier", "wallet_entries", ["identifier"])
