"""The first tables: accounts and keys, the ledger, generations."""

import sqlalchemy as sa
from alembic import op

from database.types import Moment

revision = "0001"
down_revision = None

GENERATION: tuple[sa.schema.SchemaItem, ...] = (
    sa.Column("id", sa.String(), nullable=False),
    sa.Column("account_id", sa.String(), nullable=False),
    sa.Column("key_id", sa.String(), nullable=False),
    sa.Column("test_mode", sa.Boolean(), nullable=False),
    sa.Column("type", sa.String(), nullable=False),
    sa.Column("status", sa.String(), nullable=False),
    sa.Column("stage", sa.String(), nullable=False),
    sa.Column("progress", sa.Integer(), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("provider", sa.String(), nullable=False),
    sa.Column("model", sa.String(), nullable=True),
    sa.Column("priority", sa.String(), nullable=False),
    sa.Column("input", sa.JSON(), nullable=False),
    sa.Column("options", sa.JSON(), nullable=False),
    sa.Column("seed", sa.Integer(), nullable=False),
    sa.Column("adjustments", sa.JSON(), nullable=False),
    sa.Column("attempts", sa.JSON(), nullable=False),
    sa.Column("route", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("reference", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("credit_cost", sa.Integer(), nullable=False),
    sa.Column("credits_charged", sa.Integer()),
    sa.Column("estimated_time", sa.Integer(), nullable=False),
    sa.Column("webhook_url", sa.String(), nullable=True),
    sa.Column("retry_of", sa.String(), nullable=True),
    sa.Column("outputs", sa.JSON(), nullable=False),
    sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("created_at", Moment(), nullable=False),
    sa.Column("started_at", Moment(), nullable=True),
    sa.Column("completed_at", Moment(), nullable=True),
    sa.Column("deadline_at", Moment(), nullable=False),
    sa.Column("active", sa.Boolean(), nullable=False),
    sa.Column("callback", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("retention_days", sa.Integer(), nullable=False),
    sa.Column("deleted_at", Moment(), nullable=True),
    sa.ForeignKeyConstraint(
        ["account_id"],
        ["account.id"],
    ),
    sa.PrimaryKeyConstraint("id"),
)


def upgrade() -> None:
    _accounts()
    _keys()
    _balances()
    _transfers()
    _generations()
    _media()
    _uploads()
    _endpoints()
    _deliveries()
    _attempts()


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("webhook_secret", sa.String(), nullable=False),
        sa.Column("previous_webhook_secret", sa.String(), nullable=True),
        sa.Column("previous_webhook_secret_until", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "plan_usage",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("in_minute", sa.Integer(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("in_day", sa.Integer(), nullable=False),
        sa.Column("running", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
    )


def _keys() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("test_mode", sa.Boolean(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("last_used_at", Moment(), nullable=True),
        sa.Column("spend_cap", sa.Integer(), nullable=True),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("generation_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("ix_api_key_account_id", "api_key", ["account_id"], unique=False)


def _balances() -> None:
    op.create_table(
        "balance",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("test_mode", sa.Boolean(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("low_at", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("available >= 0", name="available_not_negative"),
        sa.CheckConstraint("held >= 0", name="held_not_negative"),
        sa.CheckConstraint("issued + available + held + spent = 0", name="books_sum_to_zero"),
        sa.CheckConstraint("spent >= 0", name="spent_not_negative"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("account_id", "test_mode"),
    )


def _transfers() -> None:
    op.create_table(
        "transfer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("test_mode", sa.Boolean(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("generation_id", sa.String(), nullable=True),
        sa.Column("available_after", sa.BigInteger(), nullable=False),
        sa.Column("held_after", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "test_mode", "line", name="one_transfer_a_line"),
        sa.UniqueConstraint("generation_id", "kind", name="one_transfer_per_generation_and_kind"),
    )


def _generations() -> None:
    op.create_table("generation", *GENERATION)
    op.create_index(
        "generation_active",
        "generation",
        ["id"],
        unique=False,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )
    op.create_index("generation_of_account", "generation", ["account_id", "test_mode", "id"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("test_mode", sa.Boolean(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.String(), nullable=False),
        sa.Column("generation_id", sa.String(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("account_id", "test_mode", "key"),
    )


def _media() -> None:
    op.create_table(
        "media_file",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("media_file_by_state", "media_file", ["state", "changed_at"], unique=False)
    op.create_table(
        "media_use",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key"],
            ["media_file.key"],
        ),
        sa.PrimaryKeyConstraint("key", "holder"),
    )
    op.create_index("media_use_by_holder", "media_use", ["holder"], unique=False)
    op.create_index("media_use_by_expiry", "media_use", ["expires_at"], unique=False)
    op.create_table(
        "media_variant",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["media_file.key"],
        ),
        sa.PrimaryKeyConstraint("source", "format"),
    )


def _uploads() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("duration", sa.Float(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("upload_of_account", "upload", ["account_id", "expires_at"], unique=False)


def _endpoints() -> None:
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("test_mode", sa.Boolean(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("previous_secret", sa.String(), nullable=True),
        sa.Column("previous_secret_until", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("failing_since", Moment(), nullable=True),
        sa.Column("disabled_at", Moment(), nullable=True),
        sa.Column("disabled_because", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("webhook_endpoint_of_account", "webhook_endpoint", ["account_id", "test_mode", "id"], unique=False)


def _deliveries() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("test_mode", sa.Boolean(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("generation_id", sa.String(), nullable=True),
        sa.Column("endpoint_id", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("link", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("under_way", sa.Boolean(), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("webhook_delivery_of_account", "webhook_delivery", ["account_id", "test_mode", "id"], unique=False)
    op.create_index(
        "webhook_delivery_waiting",
        "webhook_delivery",
        ["lane", "due_at"],
        unique=False,
        sqlite_where=sa.text("status = 'PENDING'"),
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.create_index("webhook_delivery_of_generation", "webhook_delivery", ["generation_id"], unique=False)
    op.create_index("webhook_delivery_by_age", "webhook_delivery", ["created_at"], unique=False)


def _attempts() -> None:
    op.create_table(
        "webhook_attempt",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("latency", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook_delivery.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("delivery_id", "number", name="one_row_per_attempt"),
    )
