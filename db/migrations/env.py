"""Alembic's entry: runs on the connection `db.migrate` holds, and only there."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], version_table_schema="facegraph"
)
with context.begin_transaction():
    context.run_migrations()
