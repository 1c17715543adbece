"""The statements of accounts, keys and plan counters."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, RowMapping, Table, bindparam, func, insert, select, update

from accounts.tables import AccountRow, ApiKeyRow, PlanUsageRow

account = cast(Table, AccountRow.__table__)  # type: ignore[attr-defined]
api_key = cast(Table, ApiKeyRow.__table__)  # type: ignore[attr-defined]
plan_usage = cast(Table, PlanUsageRow.__table__)  # type: ignore[attr-defined]

_FIND_KEY = (
    select(
        api_key.c.id.label("key_id"),
        api_key.c.test_mode,
        api_key.c.scopes,
        api_key.c.expires_at,
        api_key.c.revoked_at,
        account.c.id.label("account_id"),
        account.c.plan,
    )
    .join_from(api_key, account)
    .where(api_key.c.digest == bindparam("digest"))
)
_READ_USAGE = select(plan_usage).where(plan_usage.c.account_id == bindparam("usage_account"))
_LOAD_USAGE = _READ_USAGE.with_for_update()
_SAVE_USAGE = (
    update(plan_usage)
    .where(plan_usage.c.account_id == bindparam("usage_account"))
    .values({name: bindparam(name) for name in ("minute", "in_minute", "day", "in_day", "running")})
)
_END_ONE = (
    update(plan_usage)
    .where(plan_usage.c.account_id == bindparam("usage_account"), plan_usage.c.running > 0)
    .values(running=plan_usage.c.running - 1)
)


def insert_account(connection: Connection, row: Mapping[str, object]) -> None:
    connection.execute(insert(account), dict(row))
    usage = {"account_id": row["id"], "minute": 0, "in_minute": 0, "day": 0, "in_day": 0, "running": 0}
    connection.execute(insert(plan_usage), usage)


def load_account(connection: Connection, account_id: str) -> RowMapping | None:
    return connection.execute(select(account).where(account.c.id == account_id)).mappings().first()


def insert_key(connection: Connection, row: Mapping[str, object]) -> None:
    connection.execute(insert(api_key), dict(row))


def find_key(connection: Connection, digest: str) -> RowMapping | None:
    return connection.execute(_FIND_KEY, {"digest": digest}).mappings().first()


def list_keys(connection: Connection, account_id: str | None) -> Sequence[RowMapping]:
    statement = select(api_key).order_by(api_key.c.id.desc())
    if account_id is not None:
        statement = statement.where(api_key.c.account_id == account_id)
    return connection.execute(statement).mappings().all()


def revoke_key(connection: Connection, key_id: str, *, account_id: str | None, at: datetime) -> bool:
    """Whether there is such a key; it keeps the moment it was first revoked at."""
    statement = update(api_key).where(api_key.c.id == key_id)
    if account_id is not None:
        statement = statement.where(api_key.c.account_id == account_id)
    return connection.execute(statement.values(revoked_at=func.coalesce(api_key.c.revoked_at, at))).rowcount == 1


def load_usage(connection: Connection, account_id: str) -> RowMapping:
    """The counters of an account, locked until the transaction ends."""
    return connection.execute(_LOAD_USAGE, {"usage_account": account_id}).mappings().one()


def read_usage(connection: Connection, account_id: str) -> RowMapping:
    """The counters of an account as they are."""
    return connection.execute(_READ_USAGE, {"usage_account": account_id}).mappings().one()


def save_usage(connection: Connection, account_id: str, counters: Mapping[str, int]) -> None:
    connection.execute(_SAVE_USAGE, {"usage_account": account_id, **counters})


def end_one(connection: Connection, account_id: str) -> None:
    connection.execute(_END_ONE, {"usage_account": account_id})
