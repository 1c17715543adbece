"""PgQueuer's tables, which hold the queue on PostgreSQL: their names, and what this project changes in them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pgqueuer.domain.settings import DBSettings

PREFIX: Final = "doitong_"


@dataclass(frozen=True, slots=True)
class QueueNames:
    """The names in PgQueuer's settings. All are given, since it takes those that are not from the environment."""

    prefix: str = PREFIX
    db_schema: None = None
    channel: str = f"{PREFIX}queue"
    function: str = f"{PREFIX}queue_changed"
    statistics_table: str = f"{PREFIX}queue_statistics"
    queue_status_type: str = f"{PREFIX}queue_status"
    queue_table: str = f"{PREFIX}queue"
    queue_table_log: str = f"{PREFIX}queue_log"
    trigger: str = f"{PREFIX}queue_trigger"
    schedules_table: str = f"{PREFIX}queue_schedules"


SETTINGS: Final = QueueNames()

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


def pgqueuer_settings() -> "DBSettings":
    """Return the names as PgQueuer takes them."""
    from pgqueuer.domain.settings import DBSettings  # a slow import that the migrations of SQLite do not need

    return DBSettings.model_validate(asdict(SETTINGS))


def install_statements() -> Sequence[str]:
    """Return the DDL of an empty queue, as of the PgQueuer release that the locks name."""
    from pgqueuer.adapters.persistence import schema_ddl  # slow imports, as above
    from pgqueuer.domain.schema.declaration import target

    settings = pgqueuer_settings()
    schema = target(settings)
    return (
        *(schema_ddl.render_enum(entry, settings) for entry in schema.enums),
        *(schema_ddl.render_table(entry, settings) for entry in schema.tables),
        *(schema_ddl.render_index(entry, settings) for entry in schema.indexes),
        *(schema_ddl.render_function(entry, settings) for entry in schema.functions),
        *(schema_ddl.render_trigger(entry, settings) for entry in schema.triggers),
        *NO_LOG,
        VACUUM,
    )
