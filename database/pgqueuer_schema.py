"""PgQueuer's tables, which hold the queue on PostgreSQL: their names, and what this project changes in them."""

from collections.abc import Sequence
from typing import Final

from pgqueuer.adapters.persistence.schema_ddl import (
    render_enum,
    render_function,
    render_index,
    render_table,
    render_trigger,
)
from pgqueuer.domain.schema.declaration import target
from pgqueuer.domain.settings import DBSettings

PREFIX: Final = "doitong_"
# All names are given, since PgQueuer takes those that are not from the environment.
SETTINGS: Final = DBSettings.model_validate(
    {
        "prefix": PREFIX,
        "db_schema": None,
        "channel": f"{PREFIX}queue",
        "function": f"{PREFIX}queue_changed",
        "statistics_table": f"{PREFIX}queue_statistics",
        "queue_status_type": f"{PREFIX}queue_status",
        "queue_table": f"{PREFIX}queue",
        "queue_table_log": f"{PREFIX}queue_log",
        "trigger": f"{PREFIX}queue_trigger",
        "schedules_table": f"{PREFIX}queue_schedules",
    }
)

NO_LOG: Final = (
    f"CREATE FUNCTION {PREFIX}queue_no_log() RETURNS trigger AS $$ BEGIN RETURN NULL; END; $$ LANGUAGE plpgsql",
    f"CREATE TRIGGER {PREFIX}queue_no_log BEFORE INSERT ON {SETTINGS.queue_table_log} "
    f"FOR EACH ROW EXECUTE FUNCTION {PREFIX}queue_no_log()",
)
"""PgQueuer logs several rows for every step and deletes none, so nothing is stored in its log."""
VACUUM: Final = (
    f"ALTER TABLE {SETTINGS.queue_table} SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, "
    "autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)"
)
"""Every step updates its row twice."""


def install_statements() -> Sequence[str]:
    """Return the DDL of an empty queue, as of the PgQueuer release that the locks name."""
    schema = target(SETTINGS)
    return (
        *(render_enum(entry, SETTINGS) for entry in schema.enums),
        *(render_table(entry, SETTINGS) for entry in schema.tables),
        *(render_index(entry, SETTINGS) for entry in schema.indexes),
        *(render_function(entry, SETTINGS) for entry in schema.functions),
        *(render_trigger(entry, SETTINGS) for entry in schema.triggers),
        *NO_LOG,
        VACUUM,
    )
