"""Credentials and the events of their lives."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create both tables, and let the database itself refuse to change or delete what is in them."""
    op.create_table(
        "credentials",
        sa.Column("identifier", sa.String(12), primary_key=True),
        sa.Column("institution", sa.String(100), nullable=False),
        sa.Column("evidence_number", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("award_hash", sa.String(64), nullable=False),
        sa.Column("format", sa.String(100), nullable=False),
        sa.Column("credential_id", sa.String(200), nullable=False, unique=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload_hash", sa.String(64), nullable=False),
        sa.Column("suffix", sa.String(20), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("certificate", sa.LargeBinary, nullable=False),
        sa.Column("replaces", sa.String(12), sa.ForeignKey("credentials.identifier"), nullable=True),
        sa.UniqueConstraint("institution", "evidence_number", "version", name="one_award_one_credential"),
    )
    op.create_table(
        "events",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "identifier", sa.String(12), sa.ForeignKey("credentials.identifier"), nullable=False, index=True
        ),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("successor", sa.String(12), sa.ForeignKey("credentials.identifier"), nullable=True),
    )
    dialect = op.get_bind().dialect.name
    refusal = "the archive keeps everything as it was recorded"
    if dialect == "postgresql":
        op.execute(
            "CREATE FUNCTION keep_all() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
        )
    for table in ("credentials", "events"):
        if dialect == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION keep_all()"
            )
        if dialect == "sqlite":
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_keep_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
                )
