"""Runs the migrations inside the transaction that the archive hands over."""

from alembic import context
from mikrocert.archive.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
