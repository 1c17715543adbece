"""Alembic's entry: it is always handed a connection, inside a transaction that the caller commits."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True, transactional_ddl=False)
context.run_migrations()
