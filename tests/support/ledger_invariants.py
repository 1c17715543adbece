"""Invariants between credits, plan counters and generation states, valid whenever no transaction is open."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, RowMapping, select

from accounts.repository import plan_usage
from credits.ledger import MOVES, TransferKind
from credits.repository import BUCKETS, balance, imbalance, transfer
from generations.generation import Status
from generations.repository import generation

LedgerAccount = tuple[str, bool]


def check_ledger(connection: Connection) -> None:
    """Assert that balances, transfers, generations and plan usage agree."""
    rows = {row["id"]: row for row in connection.execute(select(generation)).mappings()}
    transfers = connection.execute(select(transfer)).mappings().all()
    balances: dict[LedgerAccount, RowMapping] = {
        (row["account_id"], row["test_mode"]): row for row in connection.execute(select(balance)).mappings()
    }
    assert imbalance(connection) == 0
    _check_balances(balances, transfers)
    _check_generations(rows, transfers)
    _check_held(balances, rows)
    _check_running(connection, rows)


def check_all_settled(connection: Connection) -> None:
    """Assert that every generation is over and inactive, and that no credits are held."""
    assert connection.execute(select(generation.c.id).where(generation.c.stage != "DONE")).scalars().all() == []
    assert connection.execute(select(generation.c.id).where(generation.c.has_pending_work)).scalars().all() == []
    assert set(connection.execute(select(balance.c.held)).scalars()) <= {0}
    assert set(connection.execute(select(plan_usage.c.running)).scalars()) <= {0}


def _check_balances(balances: Mapping[LedgerAccount, RowMapping], transfers: Sequence[RowMapping]) -> None:
    sums: defaultdict[LedgerAccount, Counter[str]] = defaultdict(Counter)
    for line in transfers:
        assert line["amount"] > 0
        assert (line["source"], line["target"]) == MOVES[TransferKind(line["kind"])]
        ledger_account = (line["account_id"], line["test_mode"])
        sums[ledger_account][line["source"]] -= line["amount"]
        sums[ledger_account][line["target"]] += line["amount"]
    for ledger_account, row in balances.items():
        assert {bucket: row[bucket] for bucket in BUCKETS} == {
            bucket: sums[ledger_account][bucket] for bucket in BUCKETS
        }
    assert set(sums) <= set(balances)


def _check_generations(rows: Mapping[str, RowMapping], transfers: Sequence[RowMapping]) -> None:
    moved: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for line in transfers:
        if line["generation_id"] is not None:
            row = rows[line["generation_id"]]
            assert (row["account_id"], row["test_mode"]) == (line["account_id"], line["test_mode"])
            moved[row["id"]].append((line["kind"], line["amount"]))
    for row in rows.values():
        ends = {
            Status.PROCESSING: [],
            Status.COMPLETED: _captured_and_released(row),
            Status.FAILED: [("RELEASE", row["credit_cost"])],
            Status.CANCELLED: [("RELEASE", row["credit_cost"])],
        }
        expected = [("HOLD", row["credit_cost"]), *ends[Status(row["status"])]]
        assert sorted(moved[row["id"]]) == sorted(expected), f"{row['id']} is {row['status']}"
        charged = {Status.COMPLETED: expected_charge(row), Status.PROCESSING: None}.get(Status(row["status"]), 0)
        assert row["credits_charged"] == charged
        assert (row["status"] == Status.PROCESSING) == (row["stage"] != "DONE") == (row["completed_at"] is None)


def expected_charge(row: RowMapping) -> int:
    """Return the price of the delivered images: the hold covers the requested number."""
    requested = row["options"].get("n", 1)
    delivered = min(requested, sum(output["role"] == "output" for output in row["outputs"]))
    return int(-(-row["credit_cost"] * delivered // requested))


def _captured_and_released(row: RowMapping) -> list[tuple[str, int]]:
    charged = expected_charge(row)
    rest = row["credit_cost"] - charged
    return [("CAPTURE", charged), *([("RELEASE", rest)] if rest else [])]


def _check_held(balances: Mapping[LedgerAccount, RowMapping], rows: Mapping[str, RowMapping]) -> None:
    held: Counter[LedgerAccount] = Counter()
    for row in rows.values():
        if row["status"] == Status.PROCESSING:
            held[row["account_id"], row["test_mode"]] += row["credit_cost"]
    for ledger_account, row in balances.items():
        assert row["held"] == held[ledger_account]


def _check_running(connection: Connection, rows: Mapping[str, RowMapping]) -> None:
    processing = Counter(row["account_id"] for row in rows.values() if row["status"] == Status.PROCESSING)
    for usage in connection.execute(select(plan_usage)).mappings():
        assert usage["running"] == processing[usage["account_id"]]
