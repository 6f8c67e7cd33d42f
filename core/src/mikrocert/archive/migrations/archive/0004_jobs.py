"""Jobs that wait or are being done, and batches with what became of their records."""

import sqlalchemy as sa
from alembic import op

revision = "0004_0002"
down_revision = "0003_0002"


def upgrade() -> None:
    """Create the tables (see `mikrocert.jobs.tables`)."""
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "jobs",
        sa.Column("number", number, primary_key=True, autoincrement=True),
        sa.Column("task", sa.String(100), nullable=False),
        sa.Column("arguments", sa.Text, nullable=False),
        sa.Column("key", sa.String(200), nullable=True),
        sa.Column("precedence", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(200), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.String(200), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sqlite_autoincrement=True,
    )
    waiting, taken = sa.text("worker IS NULL AND given_up_at IS NULL"), sa.text("worker IS NOT NULL")
    for name, where in (("jobs_one_waits", waiting), ("jobs_one_is_done", taken)):
        op.create_index(name, "jobs", ["key"], unique=True, sqlite_where=where, postgresql_where=where)
    op.create_index(
        "jobs_in_order",
        "jobs",
        ["precedence", "number"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "batches",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("institution", sa.String(100), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=True),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("total", sa.Integer, nullable=True),
        sa.Column("issued", sa.Integer, nullable=False),
        sa.Column("repeated", sa.Integer, nullable=False),
        sa.Column("passed", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("findings", sa.LargeBinary, nullable=True),
    )
    op.create_index("batches_one_at_once", "batches", ["digest"], unique=True)
    kept = sa.text("forgotten_at IS NULL")
    op.create_index("batches_kept", "batches", ["ended_at"], sqlite_where=kept, postgresql_where=kept)
    op.create_index("batches_by_time", "batches", ["institution", "accepted_at", "id"])
    op.create_table(
        "batch_pieces",
        sa.Column("batch", sa.String(12), sa.ForeignKey("batches.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("records", sa.Integer, nullable=False),
        sa.Column("octets", sa.LargeBinary, nullable=True),
        sa.Column("done", sa.Boolean, nullable=False),
    )
    op.create_table(
        "batch_results",
        sa.Column("batch", sa.String(12), sa.ForeignKey("batches.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("refused", sa.Boolean, nullable=False),
        sa.Column("octets", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("institution", sa.String(100), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("fault", sa.String(200), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("webhooks_by_institution", "webhooks", ["institution"])
    op.create_table(
        "outbox",
        sa.Column("number", number, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("institution", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_by_institution", "outbox", ["institution", "number"])
    op.create_index("outbox_by_time", "outbox", ["at"])
