"""SQL statements of accounts, keys and plan counters."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    RowMapping,
    Select,
    Table,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from accounts.tables import AccountRow, ApiKeyRow, PlanUsageRow
from database.compiled_statement import CompiledStatement, Row
from kit.pagination import PageRequest

account = cast(Table, AccountRow.__table__)  # type: ignore[attr-defined]
api_key = cast(Table, ApiKeyRow.__table__)  # type: ignore[attr-defined]
plan_usage = cast(Table, PlanUsageRow.__table__)  # type: ignore[attr-defined]
parent = api_key.alias("parent")

_FIND_KEY = (
    select(
        api_key.c.id.label("key_id"),
        api_key.c.test_mode,
        api_key.c.scopes,
        api_key.c.expires_at,
        api_key.c.revoked_at,
        account.c.id.label("account_id"),
        account.c.plan,
        api_key.c.spend_cap,
        api_key.c.generation_id,
        api_key.c.parent_id,
        parent.c.spend_cap.label("parent_spend_cap"),
        parent.c.expires_at.label("parent_expires_at"),
        parent.c.revoked_at.label("parent_revoked_at"),
    )
    .join_from(api_key, account)
    .outerjoin(parent, parent.c.id == api_key.c.parent_id)
    .where(api_key.c.digest == bindparam("digest"))
)
_READ_USAGE = select(plan_usage).where(plan_usage.c.account_id == bindparam("usage_account"))
_LOCK_USAGE = CompiledStatement(_READ_USAGE.with_for_update())


def _window_of(counted: ColumnElement[int], name: str) -> ColumnElement[int]:
    """Return the current window, or the next one if another node with a faster clock has already started it."""
    now = bindparam(name, type_=Integer)
    return case((counted == now + 1, counted), else_=now)


def _used_in(counted: ColumnElement[int], used: ColumnElement[int], name: str) -> ColumnElement[int]:
    """Return what was counted in the current window."""
    return case((counted == _window_of(counted, name), used), else_=0)


_IN_MINUTE = _used_in(plan_usage.c.minute, plan_usage.c.in_minute, "current_minute")
_IN_DAY = _used_in(plan_usage.c.day, plan_usage.c.in_day, "current_day")
_COUNT_WITHIN = CompiledStatement(
    update(plan_usage)
    .where(
        plan_usage.c.account_id == bindparam("usage_account"),
        bindparam("per_minute", type_=Integer) > _IN_MINUTE,
        bindparam("per_day", type_=Integer) > _IN_DAY,
        plan_usage.c.running < bindparam("concurrent", type_=Integer),
    )
    .values(
        minute=_window_of(plan_usage.c.minute, "current_minute"),
        in_minute=_IN_MINUTE + 1,
        day=_window_of(plan_usage.c.day, "current_day"),
        in_day=_IN_DAY + 1,
        running=plan_usage.c.running + 1,
    )
    .returning(plan_usage.c.minute, plan_usage.c.in_minute)
)
_DECREMENT_RUNNING = CompiledStatement(
    update(plan_usage)
    .where(plan_usage.c.account_id == bindparam("usage_account"), plan_usage.c.running > 0)
    .values(running=plan_usage.c.running - 1)
)

_OF_CAPPED_KEY = api_key.c.id == bindparam("capped_key")
_COUNT_SPENDING = (
    update(api_key)
    .where(_OF_CAPPED_KEY, api_key.c.spent + bindparam("amount") <= api_key.c.spend_cap)
    .values(spent=api_key.c.spent + bindparam("amount"))
)
_LOAD_SPENDING = select(api_key.c.spend_cap, api_key.c.spent).where(_OF_CAPPED_KEY)
_REFUND = (
    update(api_key)
    .where(
        api_key.c.spend_cap.is_not(None),
        or_(
            _OF_CAPPED_KEY,
            api_key.c.id == select(parent.c.parent_id).where(parent.c.id == bindparam("capped_key")).scalar_subquery(),
        ),
    )
    .values(spent=api_key.c.spent - bindparam("amount"))
)
_SAVE_USE = update(api_key).where(api_key.c.id == bindparam("used_key")).values(last_used_at=bindparam("used_at"))


def insert_account(connection: Connection, row: Mapping[str, object]) -> None:
    connection.execute(insert(account), dict(row))
    usage = {"account_id": row["id"], "minute": 0, "in_minute": 0, "day": 0, "in_day": 0, "running": 0}
    connection.execute(insert(plan_usage), usage)


def load_account(connection: Connection, account_id: str) -> RowMapping | None:
    return connection.execute(select(account).where(account.c.id == account_id)).mappings().first()


def lock_account(connection: Connection, account_id: str) -> RowMapping | None:
    statement = select(account).where(account.c.id == account_id).with_for_update(key_share=True)
    return connection.execute(statement).mappings().first()


def save_plan(connection: Connection, account_id: str, plan: str) -> None:
    connection.execute(update(account).where(account.c.id == account_id).values(plan=plan))


def save_webhook_secrets(
    connection: Connection, account_id: str, secret: str, *, previous: str | None, until: datetime | None
) -> None:
    secrets = {
        "webhook_secret": secret,
        "previous_webhook_secret": previous,
        "previous_webhook_secret_until": until,
    }
    connection.execute(update(account).where(account.c.id == account_id).values(secrets))


def insert_api_key(connection: Connection, row: Mapping[str, object]) -> None:
    connection.execute(insert(api_key), dict(row))


def find_api_key(connection: Connection, digest: str) -> RowMapping | None:
    return connection.execute(_FIND_KEY, {"digest": digest}).mappings().first()


def load_api_key(connection: Connection, digest: str) -> RowMapping:
    return connection.execute(select(api_key).where(api_key.c.digest == digest)).mappings().one()


def page_of_keys(
    connection: Connection, account_id: str, *, test_mode: bool | None, page: PageRequest
) -> Sequence[RowMapping]:
    """Return API keys of an account, newest first, one more than the page has."""
    statement = select(api_key).where(api_key.c.account_id == account_id, api_key.c.parent_id.is_(None))
    if test_mode is not None:
        statement = statement.where(api_key.c.test_mode == test_mode)
    if page.after is not None:
        statement = statement.where(api_key.c.id < page.after)
    return connection.execute(statement.order_by(api_key.c.id.desc()).limit(page.fetch)).mappings().all()


def list_keys(connection: Connection, account_id: str | None) -> Sequence[RowMapping]:
    """Return the API keys of an account, or of all, newest first."""
    statement = select(api_key).where(api_key.c.parent_id.is_(None)).order_by(api_key.c.id.desc())
    if account_id is not None:
        statement = statement.where(api_key.c.account_id == account_id)
    return connection.execute(statement).mappings().all()


def lock_key(connection: Connection, key_id: str) -> RowMapping | None:
    """Load and lock a key."""
    statement = select(api_key).where(api_key.c.id == key_id).with_for_update(key_share=True)
    return connection.execute(statement).mappings().first()


def revoke_key(
    connection: Connection, key_id: str, *, account_id: str | None, test_mode: bool | None, at: datetime
) -> bool:
    """Revoke a key; return whether it exists. The first revocation time is kept."""
    statement = update(api_key).where(api_key.c.id == key_id)
    if account_id is not None:
        statement = statement.where(api_key.c.account_id == account_id)
    if test_mode is not None:
        statement = statement.where(api_key.c.test_mode == test_mode)
    return connection.execute(statement.values(revoked_at=func.coalesce(api_key.c.revoked_at, at))).rowcount == 1


def save_uses(connection: Connection, uses: Mapping[str, datetime]) -> None:
    connection.execute(_SAVE_USE, [{"used_key": key_id, "used_at": at} for key_id, at in sorted(uses.items())])


def delete_tokens_expired_before(connection: Connection, moment: datetime, *, in_use: Select[tuple[str]]) -> int:
    """Delete expired client tokens whose spending can no longer change."""
    expired = delete(api_key).where(
        api_key.c.parent_id.is_not(None), api_key.c.expires_at <= moment, api_key.c.id.not_in(in_use)
    )
    return connection.execute(expired).rowcount


def try_reserve_spending(connection: Connection, key_id: str, amount: int) -> bool:
    """Count spending towards the cap of a key; return False and count nothing when it would exceed the cap."""
    return connection.execute(_COUNT_SPENDING, {"capped_key": key_id, "amount": amount}).rowcount == 1


def load_spending(connection: Connection, key_id: str) -> tuple[int, int]:
    """Return the cap of a key and its spending."""
    row = connection.execute(_LOAD_SPENDING, {"capped_key": key_id}).one()
    return row[0], row[1]


def refund_spending(connection: Connection, key_id: str, amount: int) -> None:
    connection.execute(_REFUND, {"capped_key": key_id, "amount": amount})


def lock_usage(connection: Connection, account_id: str) -> Row:
    """Load and lock the counters of an account."""
    return _LOCK_USAGE.one(connection, {"usage_account": account_id})


def read_usage(connection: Connection, account_id: str) -> RowMapping:
    """Return the counters of an account."""
    return connection.execute(_READ_USAGE, {"usage_account": account_id}).mappings().one()


def try_count_generation(connection: Connection, account_id: str, limits: Mapping[str, int]) -> Row | None:
    """Count a generation and return the counters of its minute; None if a limit is reached, which counts nothing.

    `limits` are `per_minute`, `per_day` and `concurrent`, with `current_minute` and `current_day`.
    """
    return _COUNT_WITHIN.first(connection, {"usage_account": account_id, **limits})


def count_generation(connection: Connection, account_id: str, limits: Mapping[str, int]) -> Row:
    """Count a generation as `try_count_generation` does. Raises `LookupError` if a limit is reached."""
    return _COUNT_WITHIN.one(connection, {"usage_account": account_id, **limits})


def decrement_running(connection: Connection, account_id: str) -> None:
    _DECREMENT_RUNNING.run(connection, {"usage_account": account_id})
