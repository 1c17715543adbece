"""Work that is due at intervals, and that one of the servers of a database does each time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Column, Connection, Table, select
from sqlmodel import Field

from database.conflict_insert import conflict_insert
from database.table_row import TableRow
from database.types import Moment


class ScheduleRow(TableRow, table=True):
    """When the work of a name is due next."""

    __tablename__ = "schedule"

    name: str = Field(primary_key=True)
    due_at: datetime = Field(sa_column=Column(Moment, nullable=False))


schedule = cast(Table, ScheduleRow.__table__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Claim:
    """Whether this server is to do the work now, and when it is due next."""

    is_granted: bool
    next_due_at: datetime


def claim(connection: Connection, name: str, *, at: datetime, interval: timedelta) -> Claim:
    """Claim the work of that name if it is due at `at`; it is due again after `interval`, whoever does it then."""
    added = conflict_insert(schedule, connection.dialect.name).values(name=name, due_at=at + interval)
    statement = added.on_conflict_do_update(
        index_elements=[schedule.c.name],
        set_={"due_at": added.excluded.due_at},
        where=schedule.c.due_at <= at,
    )
    is_granted = connection.execute(statement).rowcount == 1
    due_at = connection.execute(select(schedule.c.due_at).where(schedule.c.name == name)).scalar_one()
    return Claim(is_granted, due_at)
