"""Holders' links, the access of permanent links, shares and how often they were opened."""

import sqlalchemy as sa
from alembic import op

revision = "0009_0002"
down_revision = "0008_0002"


def upgrade() -> None:
    """Create the tables (see `mikrocert.archive.tables`)."""
    op.create_table(
        "holder_links",
        sa.Column("identifier", sa.String(12), sa.ForeignKey("awards.identifier"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("hash", name="holder_links_one_of_each_secret"),
    )
    op.create_table(
        "link_access",
        sa.Column("identifier", sa.String(12), sa.ForeignKey("awards.identifier"), primary_key=True),
        sa.Column("access", sa.String(20), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "shares",
        sa.Column("identifier", sa.String(12), sa.ForeignKey("awards.identifier"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("link", sa.Integer, nullable=True),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("most", sa.Integer, nullable=True),
        sa.Column("note", sa.LargeBinary, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened", sa.Integer, nullable=False),
        sa.UniqueConstraint("hash", name="shares_one_of_each_token"),
    )
    op.create_table(
        "openings",
        sa.Column("identifier", sa.String(12), primary_key=True),
        sa.Column("share", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["identifier", "share"], ["shares.identifier", "shares.number"]),
    )
