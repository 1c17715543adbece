"""PgQueuer's tables on PostgreSQL, with an entry for every unfinished generation. SQLite has its queue in memory."""

from alembic import op

from database.pgqueuer_schema import SETTINGS, install_statements

revision = "0005"
down_revision = "0004"
# Of `generations.execution.postgresql_queue`.
ENQUEUE = f"""INSERT INTO {SETTINGS.queue_table} (priority, entrypoint, payload, execute_after, dedupe_key, status)
    SELECT 0, 'advance', convert_to(id, 'UTF8'), now(), id, 'queued' FROM generation WHERE active"""


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for statement in install_statements():
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(ENQUEUE)


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for table in (SETTINGS.queue_table, SETTINGS.queue_table_log, SETTINGS.statistics_table, SETTINGS.schedules_table):
        connection.exec_driver_sql(f"DROP TABLE {table} CASCADE")
    for function in (SETTINGS.function, f"{SETTINGS.prefix}queue_no_log"):
        connection.exec_driver_sql(f"DROP FUNCTION {function}")
    connection.exec_driver_sql(f"DROP TYPE {SETTINGS.queue_status_type}")
