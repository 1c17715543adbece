"""Reads an account and the usage of its plan, and changes the plan."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from accounts import repository
from accounts.plans import PlanName
from accounts.principal import PRINCIPAL_CHANGED
from accounts.rate_limits import DAY, MINUTE
from database.transaction import Transaction
from kit.errors import NotFound
from kit.text import truncate


@dataclass(frozen=True, slots=True)
class AccountState:
    """The state of an account."""

    id: str
    name: str
    plan: PlanName
    in_minute: int
    in_day: int
    running: int


def account_state(connection: Connection, account_id: str, *, at: datetime) -> AccountState:
    """Return the account and its counters, as of the minute and day of `at`."""
    account = repository.load_account(connection, account_id)
    if account is None:
        raise LookupError(f"{account_id} is gone from the database")
    usage = repository.read_usage(connection, account_id)
    second = int(at.timestamp())
    return AccountState(
        id=account["id"],
        name=account["name"],
        plan=PlanName(account["plan"]),
        in_minute=usage["in_minute"] if usage["minute"] == second // MINUTE else 0,
        in_day=usage["in_day"] if usage["day"] == second // DAY else 0,
        running=usage["running"],
    )


def account_plan(connection: Connection, account_id: str) -> PlanName:
    """Return the plan of an account that exists."""
    account = repository.load_account(connection, account_id)
    if account is None:
        raise LookupError(f"{account_id} is gone from the database")
    return PlanName(account["plan"])


def change_plan(transaction: Transaction, account_id: str, plan: PlanName) -> PlanName:
    """Put an account on a plan and return the plan it was on. Raises `NotFound`."""
    account = repository.lock_account(transaction.connection, account_id)
    if account is None:
        raise NotFound(f"There is no account {truncate(account_id)}; `doitong keys list` shows those there are.")
    repository.save_plan(transaction.connection, account_id, plan.value)
    transaction.notify(PRINCIPAL_CHANGED, account_id)
    return PlanName(account["plan"])
