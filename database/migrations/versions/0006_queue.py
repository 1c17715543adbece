"""PgQueuer's tables on PostgreSQL, with an entry for every unfinished generation. SQLite has its queue in memory."""

from alembic import op

from database.pgqueuer_schema import SETTINGS, install_statements

revision = "0006"
down_revision = "0005"
# Of `generations.execution.postgresql_queue`.
ENQUEUE = f"""INSERT INTO {SETTINGS.queue_table} (priority, entrypoint, payload, execute_after, dedupe_key, status)
    SELECT 0, 'advance', convert_to(id, 'UTF8'), now(), id, 'queued' FROM generation WHERE active"""  # noqa: S608


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for statement in install_statements():
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(ENQUEUE)
    # Releases before have their queue in memory, and would run what these entries stand for once more.
    connection.exec_driver_sql(f"UPDATE installation SET value = '{revision}' WHERE name = 'compatible_from'")  # noqa: S608


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for table in (SETTINGS.queue_table, SETTINGS.queue_table_log, SETTINGS.statistics_table, SETTINGS.schedules_table):
        connection.exec_driver_sql(f"DROP TABLE {table} CASCADE")
    for function in (SETTINGS.function, f"{SETTINGS.prefix}queue_no_log"):
        connection.exec_driver_sql(f"DROP FUNCTION {function}")
    connection.exec_driver_sql(f"DROP TYPE {SETTINGS.queue_status_type}")
