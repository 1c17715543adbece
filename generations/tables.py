"""Tables of generations, idempotency keys and client retries."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, text
from sqlmodel import Field

from database.table_row import TableRow
from database.types import Moment


class GenerationRow(TableRow, table=True):
    """A generation. Attributes as in `generations.generation.Generation`.

    Where an attribute was renamed after a release, its column keeps the older name: see `sa_column`.
    """

    __tablename__ = "generation"
    __table_args__ = (
        Index("generation_of_account", "account_id", "test_mode", "id"),
        # The migrations restrict it on PostgreSQL too; saying so here imports its dialect, which is slow.
        Index("generation_active", "id", sqlite_where=text("active")),
    )

    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id")
    key_id: str
    test_mode: bool
    type: str
    status: str
    stage: str
    progress: int
    version: int
    provider: str
    model: str | None = None
    priority: str
    input: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    options: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    seed: int
    adjustments: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    attempts: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    dispatch: dict[str, Any] | None = Field(
        default=None, sa_column=Column("route", JSON(none_as_null=True), key="dispatch")
    )
    job_reference: dict[str, Any] | None = Field(
        default=None, sa_column=Column("reference", JSON(none_as_null=True), key="job_reference")
    )
    credit_cost: int
    credits_charged: int | None = None
    estimated_time: int
    webhook_url: str | None = None
    retry_of: str | None = None
    outputs: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    error: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    created_at: datetime = Field(sa_column=Column(Moment(), nullable=False))
    started_at: datetime | None = Field(default=None, sa_column=Column(Moment()))
    completed_at: datetime | None = Field(default=None, sa_column=Column(Moment()))
    deadline_at: datetime = Field(sa_column=Column(Moment(), nullable=False))
    has_pending_work: bool = Field(sa_column=Column("active", Boolean, nullable=False, key="has_pending_work"))
    pending_snapshot: dict[str, Any] | None = Field(
        default=None, sa_column=Column("callback", JSON(none_as_null=True), key="pending_snapshot")
    )
    retention_days: int
    deleted_at: datetime | None = Field(default=None, sa_column=Column(Moment()))
    fencing_token: int = Field(
        default=0,
        sa_column=Column("lease", Integer, nullable=False, server_default=text("0"), key="fencing_token"),
    )
    alternatives: list[Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    alternative_price: int | None = Field(default=None, sa_column=Column("price", Integer, key="alternative_price"))
    webhook_format: str | None = None
    routing: str | None = None


class SlotWaitRow(TableRow, table=True):
    """A generation that waits for a slot of a backend whose jobs are limited over all processes of the database."""

    __tablename__ = "slot_wait"
    __table_args__ = (Index("slot_wait_by_backend", "backend", "generation_id"),)

    generation_id: str = Field(primary_key=True)
    backend: str


class IdempotencyRow(TableRow, table=True):
    """An idempotency key, with the hash of its request and the generation that it created."""

    __tablename__ = "idempotency"

    account_id: str = Field(primary_key=True, foreign_key="account.id")
    test_mode: bool = Field(primary_key=True)
    key: str = Field(sa_column=Column(String(255), primary_key=True))
    request_hash: str
    generation_id: str
    created_at: datetime = Field(sa_column=Column(Moment(), nullable=False))


class ClientRetryContentRow(TableRow, table=True):
    """The content of requests whose client numbers its attempts. Locked while an attempt is handled."""

    __tablename__ = "resend_content"

    id: str = Field(sa_column=Column(String(64), primary_key=True))
    """A hash of the account, the API key and the content."""
    next_number: int
    """The number of the next request with this content."""
    has_early_retry: bool = Field(sa_column=Column("has_early_resend", Boolean, nullable=False, key="has_early_retry"))
    """Whether a retry was ever accepted before the first attempt of its request."""
    used_at: datetime = Field(sa_column=Column(Moment(), nullable=False))


class ClientRetryRequestRow(TableRow, table=True):
    """An accepted request, with the retry counts of its attempts so far as digits, such as `012`."""

    __tablename__ = "resend_request"
    __table_args__ = (Index("resend_request_of_generation", "generation_id"),)

    content_id: str = Field(sa_column=Column(String(64), primary_key=True))
    number: int = Field(primary_key=True)
    retry_counts: str = Field(sa_column=Column("transmissions", String, nullable=False, key="retry_counts"))
    generation_id: str
    created_at: datetime = Field(sa_column=Column(Moment(), nullable=False))
