"""Tables of accounts, keys and plan usage."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Column, Integer, String
from sqlmodel import Field

from database.table_row import TableRow
from database.types import Moment


class AccountRow(TableRow, table=True):
    """An account. `webhook_secret` signs deliveries to a plain `webhookUrl`."""

    __tablename__ = "account"

    id: str = Field(primary_key=True)
    name: str
    plan: str
    webhook_secret: str
    previous_webhook_secret: str | None = None
    previous_webhook_secret_until: datetime | None = Field(default=None, sa_column=Column(Moment()))
    created_at: datetime = Field(sa_column=Column(Moment(), nullable=False))


class ApiKeyRow(TableRow, table=True):
    """An API key or client token, stored as a digest. `spent` is counted where it has a cap."""

    __tablename__ = "api_key"

    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)
    name: str
    digest: str = Field(unique=True)
    hint: str
    test_mode: bool
    scopes: list[str] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_column=Column(Moment(), nullable=False))
    expires_at: datetime | None = Field(default=None, sa_column=Column(Moment()))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(Moment()))
    last_used_at: datetime | None = Field(default=None, sa_column=Column(Moment()))
    spend_cap: int | None = None
    spent: int = 0
    parent_id: str | None = None
    generation_id: str | None = None


class PlanUsageRow(TableRow, table=True):
    """The plan usage of an account, in one row so that one statement can check and count."""

    __tablename__ = "plan_usage"

    account_id: str = Field(sa_column=Column(String, primary_key=True))
    minute: int = Field(sa_column=Column(BigInteger, nullable=False))
    in_minute: int = Field(sa_column=Column(Integer, nullable=False))
    day: int = Field(sa_column=Column(BigInteger, nullable=False))
    in_day: int = Field(sa_column=Column(Integer, nullable=False))
    running: int = Field(sa_column=Column(Integer, nullable=False))
