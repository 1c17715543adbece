"""SQL statements of the ledger."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import (
    Connection,
    RowMapping,
    ScalarSelect,
    Select,
    Table,
    Update,
    bindparam,
    func,
    insert,
    select,
    update,
)

from credits.tables import BalanceRow, TransferRow
from database.compiled_statement import CompiledStatement, Row
from database.conflict_insert import conflict_insert
from kit.pagination import PageRequest

balance = cast(Table, BalanceRow.__table__)  # type: ignore[attr-defined]
transfer = cast(Table, TransferRow.__table__)  # type: ignore[attr-defined]

BUCKETS = ("issued", "available", "held", "spent")
_OF_LEDGER_ACCOUNT = (balance.c.account_id == bindparam("of_account"), balance.c.test_mode == bindparam("of_mode"))
_INSERT_TRANSFER = CompiledStatement(insert(transfer))
_LOAD_BALANCE = select(balance).where(*_OF_LEDGER_ACCOUNT)
_SAVE_THRESHOLD = update(balance).where(*_OF_LEDGER_ACCOUNT).values(low_balance_threshold=bindparam("threshold"))
_MOVE = {
    (source, target): update(balance)
    .where(*_OF_LEDGER_ACCOUNT, balance.c[source] - bindparam("moved") >= bindparam("least"))
    .values(
        {
            source: balance.c[source] - bindparam("moved"),
            target: balance.c[target] + bindparam("moved"),
            "lines": balance.c.lines + 1,
        }
    )
    .returning(balance.c.available, balance.c.held, balance.c.low_balance_threshold, balance.c.lines)
    for source in BUCKETS
    for target in BUCKETS
    if source != target
}


def _with_transfer(move: Update) -> Select[Any]:
    """Return one statement that moves the amount and inserts the transfer. SQLite has no such statement."""
    moved = move.cte("moved")
    given = ("id", "account_id", "test_mode", "kind", "source", "target", "amount", "generation_id", "created_at")
    columns = {
        # Prefixed, since a parameter with the name of a column would be assigned to it.
        **{name: bindparam(f"transfer_{name}", type_=transfer.c[name].type) for name in given},
        "line": moved.c.lines,
        "available_after": moved.c.available,
        "held_after": moved.c.held,
    }
    inserted = insert(transfer).from_select(list(columns), select(*columns.values())).cte("inserted")
    return select(moved).add_cte(inserted)


_MOVE_WITH_TRANSFER = {buckets: CompiledStatement(_with_transfer(move)) for buckets, move in _MOVE.items()}
_MOVE_ALONE = {buckets: CompiledStatement(move) for buckets, move in _MOVE.items()}


def insert_balance(connection: Connection, account_id: str, *, test_mode: bool, low_balance_threshold: int) -> None:
    row = {
        "account_id": account_id,
        "test_mode": test_mode,
        **dict.fromkeys(BUCKETS, 0),
        "low_balance_threshold": low_balance_threshold,
        "lines": 0,
    }
    connection.execute(conflict_insert(balance, connection.dialect.name).on_conflict_do_nothing(), row)


def load_balance(connection: Connection, account_id: str, *, test_mode: bool) -> RowMapping | None:
    """Return the balances of a ledger account, if it exists."""
    parameters = {"of_account": account_id, "of_mode": test_mode}
    return connection.execute(_LOAD_BALANCE, parameters).mappings().first()


def save_low_balance_threshold(
    connection: Connection, account_id: str, *, test_mode: bool, low_balance_threshold: int
) -> None:
    parameters = {"of_account": account_id, "of_mode": test_mode, "threshold": low_balance_threshold}
    connection.execute(_SAVE_THRESHOLD, parameters)


def move(connection: Connection, row: Mapping[str, object], *, least: int) -> Row | None:
    """Move the amount of a transfer and insert its row, with the balances after it.

    Return the new balances, or None where the source would fall below `least`; then nothing is written.
    """
    parameters = {
        "of_account": row["account_id"],
        "of_mode": row["test_mode"],
        "moved": row["amount"],
        "least": least,
    }
    buckets = str(row["source"]), str(row["target"])
    if connection.dialect.name == "postgresql":
        parameters |= {f"transfer_{name}": value for name, value in row.items()}
        return _MOVE_WITH_TRANSFER[buckets].first(connection, parameters)
    after = _MOVE_ALONE[buckets].first(connection, parameters)
    if after is not None:
        balances = {"line": after["lines"], "available_after": after["available"], "held_after": after["held"]}
        _INSERT_TRANSFER.run(connection, {**row, **balances})
    return after


def page_of_transfers(
    connection: Connection, account_id: str, *, test_mode: bool, page: PageRequest
) -> Sequence[RowMapping]:
    """Return transfers of a ledger account, one more than the page has."""
    statement = select(transfer).where(transfer.c.account_id == account_id, transfer.c.test_mode == test_mode)
    if page.after is not None:
        statement = statement.where(transfer.c.line < _line_of(page.after))
    if page.before is not None:
        statement = statement.where(transfer.c.line > _line_of(page.before))
    order = transfer.c.line.asc() if page.backward else transfer.c.line.desc()
    return connection.execute(statement.order_by(order).limit(page.fetch)).mappings().all()


def _line_of(transfer_id: str) -> ScalarSelect[int]:
    other = transfer.alias()
    return select(other.c.line).where(other.c.id == transfer_id).scalar_subquery()


def imbalance(connection: Connection) -> int:
    """Return the difference between the balances and the sums of their transfers, over all ledger accounts."""
    moved: Counter[tuple[str, bool, str]] = Counter()
    for side, sign in ((transfer.c.source, -1), (transfer.c.target, 1)):
        key = (transfer.c.account_id, transfer.c.test_mode, side)
        for *bucket, amount in connection.execute(select(*key, func.sum(transfer.c.amount)).group_by(*key)):
            moved[bucket[0], bucket[1], bucket[2]] += sign * int(amount)
    for row in connection.execute(select(balance)).mappings():
        for name in BUCKETS:
            moved[row["account_id"], row["test_mode"], name] -= row[name]
    return sum(abs(amount) for amount in moved.values())
