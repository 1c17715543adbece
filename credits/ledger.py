"""The ledger: double-entry transfers between the four buckets of a ledger account, which always sum to zero.

ISSUE     issued -> available      credits are granted
HOLD      available -> held        a generation is accepted
CAPTURE   held -> spent            it completed
RELEASE   held -> available        it failed, was cancelled, or cost less
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from credits import repository
from database.compiled_statement import Row
from database.transaction import Transaction
from kit.errors import InsufficientCredits, InvalidInput
from kit.ids import new_id


class TransferKind(StrEnum):
    """The kind of a transfer."""

    ISSUE = "ISSUE"
    HOLD = "HOLD"
    CAPTURE = "CAPTURE"
    RELEASE = "RELEASE"


MAX_BALANCE = 2**31 - 1  # credits; GraphQL's Int has 32 bits
DEFAULT_LOW_BALANCE_THRESHOLD = 100  # credits

MOVES: dict[TransferKind, tuple[str, str]] = {
    TransferKind.ISSUE: ("issued", "available"),
    TransferKind.HOLD: ("available", "held"),
    TransferKind.CAPTURE: ("held", "spent"),
    TransferKind.RELEASE: ("held", "available"),
}


class LedgerOutOfBalance(Exception):
    """A hold to settle is not in the ledger account: a bug. The transaction is rolled back."""


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """The ledger account that an account has in one mode, live or test."""

    account_id: str
    test_mode: bool


@dataclass(frozen=True, slots=True)
class Balance:
    """The balances of a ledger account."""

    available: int
    held: int
    spent: int
    low_balance_threshold: int
    """The account is notified when a hold takes the available credits below it."""


@dataclass(frozen=True, slots=True)
class LowBalance:
    """A hold took the available credits below the threshold."""

    available: int
    threshold: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer, with the balances after it."""

    id: str
    kind: TransferKind
    amount: int
    generation_id: str | None
    available_after: int
    held_after: int
    created_at: datetime


def open_ledger_account(transaction: Transaction, ledger_account: LedgerAccount) -> None:
    """Create an empty ledger account if there is none."""
    repository.insert_balance(
        transaction.connection,
        ledger_account.account_id,
        test_mode=ledger_account.test_mode,
        low_balance_threshold=DEFAULT_LOW_BALANCE_THRESHOLD,
    )


def balance_of(connection: Connection, ledger_account: LedgerAccount) -> Balance:
    """Return the balances of a ledger account."""
    row = repository.load_balance(connection, ledger_account.account_id, test_mode=ledger_account.test_mode)
    if row is None:
        return Balance(available=0, held=0, spent=0, low_balance_threshold=DEFAULT_LOW_BALANCE_THRESHOLD)
    return Balance(row["available"], row["held"], row["spent"], row["low_balance_threshold"])


def set_low_balance_threshold(transaction: Transaction, ledger_account: LedgerAccount, threshold: int) -> None:
    """Set the low-balance threshold; 0 disables the notification. Raises `InvalidInput`."""
    if not 0 <= threshold <= MAX_BALANCE:
        raise InvalidInput(f"`credits` must be 0 to {MAX_BALANCE:,}, not {threshold}.", field="credits")
    open_ledger_account(transaction, ledger_account)
    repository.save_low_balance_threshold(
        transaction.connection,
        ledger_account.account_id,
        test_mode=ledger_account.test_mode,
        low_balance_threshold=threshold,
    )


def issue_credits(transaction: Transaction, ledger_account: LedgerAccount, *, amount: int, at: datetime) -> None:
    """Grant credits. Raises `InvalidInput` when the total would exceed `MAX_BALANCE`."""
    if _move(transaction, ledger_account, TransferKind.ISSUE, amount=amount, generation_id=None, at=at) is None:
        now = balance_of(transaction.connection, ledger_account)
        issued = now.available + now.held + now.spent
        raise InvalidInput(
            f"An account takes {MAX_BALANCE:,} credits in all: this one has had {issued:,}, so grant at most "
            f"{MAX_BALANCE - issued:,}.",
            field="credits",
        )


def hold_credits(
    transaction: Transaction, ledger_account: LedgerAccount, *, amount: int, generation_id: str, at: datetime
) -> LowBalance | None:
    """Hold credits for a generation; return `LowBalance` when the hold crosses the threshold.

    Raises `InsufficientCredits` and changes nothing.
    """
    after = _move(transaction, ledger_account, TransferKind.HOLD, amount=amount, generation_id=generation_id, at=at)
    if after is None:
        raise InsufficientCredits(
            required=amount, available=balance_of(transaction.connection, ledger_account).available
        )
    available, threshold = after["available"], after["low_balance_threshold"]
    return LowBalance(available, threshold) if available < threshold <= available + amount else None


def settle_hold(
    transaction: Transaction,
    ledger_account: LedgerAccount,
    *,
    held: int,
    captured: int,
    generation_id: str,
    at: datetime,
) -> None:
    """Settle a hold: capture `captured`, release the rest."""
    for kind, amount in ((TransferKind.CAPTURE, captured), (TransferKind.RELEASE, held - captured)):
        if not amount:
            continue
        if _move(transaction, ledger_account, kind, amount=amount, generation_id=generation_id, at=at) is None:
            raise LedgerOutOfBalance(
                f"{ledger_account} holds less than the {amount} credits that {generation_id} has to {kind}"
            )


def _move(
    transaction: Transaction,
    ledger_account: LedgerAccount,
    kind: TransferKind,
    *,
    amount: int,
    generation_id: str | None,
    at: datetime,
) -> Row | None:
    """Return the balances after the transfer, or None when the source is too low or the total too high."""
    source, target = MOVES[kind]
    row = {
        "id": new_id("txn", at),
        "account_id": ledger_account.account_id,
        "test_mode": ledger_account.test_mode,
        "kind": kind.value,
        "source": source,
        "target": target,
        "amount": amount,
        "generation_id": generation_id,
        "created_at": at,
    }
    return repository.move(transaction.connection, row, least=-MAX_BALANCE if source == "issued" else 0)
