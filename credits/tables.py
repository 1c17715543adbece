"""Tables of the ledger."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field

from database.table_row import TableRow
from database.types import Moment


class BalanceRow(TableRow, table=True):
    """The four buckets of a ledger account. `issued` is the debit side, so their sum is always zero.

    `lines` counts the transfers.
    """

    __tablename__ = "balance"
    __table_args__ = (
        CheckConstraint("available >= 0", name="available_not_negative"),
        CheckConstraint("held >= 0", name="held_not_negative"),
        CheckConstraint("spent >= 0", name="spent_not_negative"),
        CheckConstraint("issued + available + held + spent = 0", name="books_sum_to_zero"),
    )

    account_id: str = Field(primary_key=True, foreign_key="account.id")
    test_mode: bool = Field(primary_key=True)
    issued: int = Field(sa_column=Column(BigInteger, nullable=False))
    available: int = Field(sa_column=Column(BigInteger, nullable=False))
    held: int = Field(sa_column=Column(BigInteger, nullable=False))
    spent: int = Field(sa_column=Column(BigInteger, nullable=False))
    low_balance_threshold: int = Field(
        sa_column=Column("low_at", BigInteger, nullable=False, key="low_balance_threshold")
    )
    lines: int = Field(sa_column=Column(BigInteger, nullable=False))


class TransferRow(TableRow, table=True):
    """An immutable transfer between two buckets of a ledger account; `line` counts from 1."""

    __tablename__ = "transfer"
    __table_args__ = (
        UniqueConstraint("generation_id", "kind", name="one_transfer_per_generation_and_kind"),
        UniqueConstraint("account_id", "test_mode", "line", name="one_transfer_a_line"),
    )

    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id")
    test_mode: bool
    line: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str
    source: str
    target: str
    amount: int = Field(sa_column=Column(BigInteger, nullable=False))
    generation_id: str | None = None
    available_after: int = Field(sa_column=Column(BigInteger, nullable=False))
    held_after: int = Field(sa_column=Column(BigInteger, nullable=False))
    created_at: datetime = Field(sa_column=Column(Moment(), nullable=False))
