"""Tables of webhook endpoints, deliveries and attempts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, UniqueConstraint, text
from sqlmodel import Field

from database.table_row import TableRow
from database.types import Moment

WAITING = text("status = 'PENDING'")


class EndpointRow(TableRow, table=True):
    """A webhook endpoint; `failing_since` is the first of consecutive failures."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (Index("webhook_endpoint_of_account", "account_id", "test_mode", "id"),)

    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id")
    test_mode: bool
    url: str
    description: str
    events: list[str] = Field(sa_column=Column(JSON, nullable=False))
    secret: str
    previous_secret: str | None = None
    previous_secret_until: datetime | None = Field(default=None, sa_column=Column(Moment()))
    created_at: datetime = Field(sa_column=Column(Moment(), nullable=False))
    failing_since: datetime | None = Field(default=None, sa_column=Column(Moment()))
    disabled_at: datetime | None = Field(default=None, sa_column=Column(Moment()))
    disabled_because: str | None = None


class DeliveryRow(TableRow, table=True):
    """A message for one receiver: an endpoint, or the plain URL of a generation.

    `due_at` is the time of the next attempt; while `in_flight`, the time when the lease of the attempt expires.
    `attempts_since_replay` counts the attempts of the current run through the retry schedule; a replay starts
    at 0 again. `attempts` counts all of them.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("webhook_delivery_of_account", "account_id", "test_mode", "id"),
        # The migrations restrict it on PostgreSQL too; saying so here imports its dialect, which is slow.
        Index("webhook_delivery_waiting", "queue", "due_at", sqlite_where=WAITING),
        Index("webhook_delivery_of_generation", "generation_id"),
        Index("webhook_delivery_by_age", "created_at"),
    )

    id: str = Field(primary_key=True)
    message_id: str
    account_id: str = Field(foreign_key="account.id")
    test_mode: bool
    event: str
    generation_id: str | None = None
    endpoint_id: str | None = None
    url: str
    queue: str = Field(sa_column=Column("lane", String, nullable=False, key="queue"))
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    link: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    format: str | None = None
    status: str
    reason: str | None = None
    attempts_since_replay: int = Field(sa_column=Column("tries", Integer, nullable=False, key="attempts_since_replay"))
    attempts: int
    in_flight: bool = Field(sa_column=Column("under_way", Boolean, nullable=False, key="in_flight"))
    due_at: datetime | None = Field(default=None, sa_column=Column(Moment()))
    created_at: datetime = Field(sa_column=Column(Moment(), nullable=False))


class AttemptRow(TableRow, table=True):
    """An attempt at a delivery: its response or its error."""

    __tablename__ = "webhook_attempt"
    __table_args__ = (UniqueConstraint("delivery_id", "number", name="one_row_per_attempt"),)

    id: str = Field(primary_key=True)
    delivery_id: str = Field(foreign_key="webhook_delivery.id")
    number: int
    at: datetime = Field(sa_column=Column(Moment(), nullable=False))
    latency: int
    status: int | None = None
    error: str | None = None
    response_body: str | None = Field(default=None, sa_column=Column("answer", String, key="response_body"))
