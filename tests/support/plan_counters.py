"""Counters of a plan, set as if many generations had been accepted."""

from sqlalchemy import update

from accounts.repository import plan_usage
from database.transaction import Transaction


def set_counters(transaction: Transaction, account_id: str, **counters: int) -> None:
    """Set columns of the plan usage of an account."""
    statement = update(plan_usage).where(plan_usage.c.account_id == account_id).values(counters)
    transaction.connection.execute(statement)
