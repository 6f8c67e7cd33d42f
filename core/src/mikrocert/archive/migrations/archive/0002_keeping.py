"""How each file is packed, and what lists, searches and statistics need."""

import os

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_WITHOUT_TOPIC = sa.text("topic IS NULL AND state <> 'erased'")


def upgrade() -> None:
    """Create column and tables (see `mikrocert.archive.tables`), and derive from awards and events what can be read of them.

    What files there are was kept whole. What a credential is of, and what holders are found by, is encrypted: `complete_lists` in
    `mikrocert.service` derives it.
    """
    op.add_column(
        "artefacts", sa.Column("packing", sa.String(100), nullable=False, server_default=sa.text("'whole'"))
    )
    op.create_table(
        "listing",
        sa.Column("identifier", sa.String(12), sa.ForeignKey("awards.identifier"), primary_key=True),
        sa.Column("institution", sa.String(100), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("topic", sa.LargeBinary, nullable=True),
    )
    op.execute(_LIST)
    op.create_index("listing_by_state", "listing", ["state", "issued_at", "identifier"])
    op.create_index(
        "listing_by_institution_and_state", "listing", ["institution", "state", "issued_at", "identifier"]
    )
    op.create_index(
        "listing_without_topic",
        "listing",
        ["identifier"],
        sqlite_where=_WITHOUT_TOPIC,
        postgresql_where=_WITHOUT_TOPIC,
    )
    op.create_table(
        "statistics",
        sa.Column("institution", sa.String(100), primary_key=True),
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("type", sa.String(200), primary_key=True),
        sa.Column("fields", sa.String(100), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    postgresql = op.get_bind().dialect.name == "postgresql"
    month = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM')" if postgresql else "substr({}, 1, 7)"
    op.execute(_COUNT_ISSUED.format(month=month.format("issued_at")))
    op.execute(_COUNT_LATER.format(month=month.format("events.at")))
    secret = op.create_table(
        "name_secret",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
    )
    op.bulk_insert(secret, [{"number": 1, "secret": os.urandom(32)}])


_LIST = """
INSERT INTO listing (identifier, institution, issued_at, state)
SELECT identifier, institution, issued_at, CASE
  WHEN EXISTS (SELECT 1 FROM events WHERE events.identifier = awards.identifier AND kind = 'erased') THEN 'erased'
  WHEN EXISTS (SELECT 1 FROM events WHERE events.identifier = awards.identifier AND kind = 'replaced') THEN 'replaced'
  WHEN EXISTS (SELECT 1 FROM events WHERE events.identifier = awards.identifier AND kind = 'revoked') THEN 'revoked'
  ELSE 'live' END
FROM awards
"""
_COUNT_ISSUED = """
INSERT INTO statistics (institution, month, kind, type, fields, count)
SELECT institution, {month}, 'issued', '', '', count(*) FROM awards GROUP BY institution, {month}
"""
_COUNT_LATER = """
INSERT INTO statistics (institution, month, kind, type, fields, count)
SELECT awards.institution, {month}, events.kind, '', '', count(*)
FROM events JOIN awards ON awards.identifier = events.identifier WHERE events.kind <> 'issued'
GROUP BY awards.institution, {month}, events.kind
"""
