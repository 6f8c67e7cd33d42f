"""What holders are found by."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NOT_NAMED = sa.text("named = 0 AND key IS NOT NULL")


def upgrade() -> None:
    """Create column and table (see `mikrocert.archive.tables`); `mikrocert.archive.derived` fills them."""
    op.add_column("keys", sa.Column("named", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.create_index(
        "keys_not_named", "keys", ["identifier"], sqlite_where=_NOT_NAMED, postgresql_where=_NOT_NAMED
    )
    op.create_table(
        "names",
        sa.Column("token", sa.LargeBinary, primary_key=True),
        sa.Column("identifier", sa.String(12), primary_key=True),
    )
    op.create_index("names_by_identifier", "names", ["identifier"])
