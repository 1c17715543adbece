"""The ledger: credits move between an account's buckets, each movement once, and the books always sum to zero.

ISSUE     issued -> available      credits are granted
HOLD      available -> held        a generation is accepted
CAPTURE   held -> spent            it was delivered
RELEASE   held -> available        it was not, or cost less
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, RowMapping

from credits import repository
from database.transaction import Transaction
from kit.errors import InsufficientCredits, InvalidInput
from kit.ids import new_id


class TransferKind(StrEnum):
    """Why credits moved."""

    ISSUE = "ISSUE"
    HOLD = "HOLD"
    CAPTURE = "CAPTURE"
    RELEASE = "RELEASE"


MAX_BALANCE = 2**31 - 1  # credits; GraphQL's Int has 32 bits
DEFAULT_LOW_MARK = 100  # credits

MOVES: dict[TransferKind, tuple[str, str]] = {
    TransferKind.ISSUE: ("issued", "available"),
    TransferKind.HOLD: ("available", "held"),
    TransferKind.CAPTURE: ("held", "spent"),
    TransferKind.RELEASE: ("held", "available"),
}


class BookOutOfBalance(Exception):
    """A hold that is to end is not in the book: a defect of ours; nothing of the transaction is kept."""


@dataclass(frozen=True, slots=True)
class Book:
    """One of the two books of an account: the live one, or the one for test keys."""

    account_id: str
    test_mode: bool


@dataclass(frozen=True, slots=True)
class Balance:
    """What a book holds at one moment."""

    available: int
    held: int
    spent: int
    low_at: int
    """Below so many available credits the account is told."""


@dataclass(frozen=True, slots=True)
class LowBalance:
    """A hold took the available credits below the mark."""

    available: int
    low_at: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """One line of a book, with the balances after it."""

    id: str
    kind: TransferKind
    amount: int
    generation_id: str | None
    available_after: int
    held_after: int
    created_at: datetime


def open_book(transaction: Transaction, book: Book) -> None:
    """Make an empty book where there is none."""
    repository.insert_balance(
        transaction.connection, book.account_id, test_mode=book.test_mode, low_at=DEFAULT_LOW_MARK
    )


def balance_of(connection: Connection, book: Book) -> Balance:
    """What a book holds now."""
    row = repository.load_balance(connection, book.account_id, test_mode=book.test_mode)
    if row is None:
        return Balance(available=0, held=0, spent=0, low_at=DEFAULT_LOW_MARK)
    return Balance(**row)


def set_low_balance_threshold(transaction: Transaction, book: Book, low_at: int) -> None:
    """Have the account told when fewer credits than this are available; 0 is never. Raises `InvalidInput`."""
    if not 0 <= low_at <= MAX_BALANCE:
        raise InvalidInput(f"`credits` must be 0 to {MAX_BALANCE:,}, not {low_at}.", field="credits")
    open_book(transaction, book)
    repository.save_low_mark(transaction.connection, book.account_id, test_mode=book.test_mode, low_at=low_at)


def issue_credits(transaction: Transaction, book: Book, *, amount: int, at: datetime) -> None:
    """Grant credits. Raises `InvalidInput` where the book would hold more than clients can read."""
    if _move(transaction, book, TransferKind.ISSUE, amount=amount, generation_id=None, at=at) is None:
        now = balance_of(transaction.connection, book)
        issued = now.available + now.held + now.spent
        raise InvalidInput(
            f"A book takes {MAX_BALANCE:,} credits in all: this one has had {issued:,}, so grant at most "
            f"{MAX_BALANCE - issued:,}.",
            field="credits",
        )


def hold_credits(
    transaction: Transaction, book: Book, *, amount: int, generation_id: str, at: datetime
) -> LowBalance | None:
    """Set credits aside for a generation; says when that took the available ones below the mark.

    Raises `InsufficientCredits` and leaves the book unchanged.
    """
    after = _move(transaction, book, TransferKind.HOLD, amount=amount, generation_id=generation_id, at=at)
    if after is None:
        raise InsufficientCredits(required=amount, available=balance_of(transaction.connection, book).available)
    available, low_at = after["available"], after["low_at"]
    return LowBalance(available, low_at) if available < low_at <= available + amount else None


def settle_hold(
    transaction: Transaction, book: Book, *, held: int, captured: int, generation_id: str, at: datetime
) -> None:
    """End a hold: `captured` of it is spent, the rest is available again."""
    for kind, amount in ((TransferKind.CAPTURE, captured), (TransferKind.RELEASE, held - captured)):
        if not amount:
            continue
        if _move(transaction, book, kind, amount=amount, generation_id=generation_id, at=at) is None:
            raise BookOutOfBalance(f"{book} holds less than the {amount} credits that {generation_id} has to {kind}")


def _move(
    transaction: Transaction, book: Book, kind: TransferKind, *, amount: int, generation_id: str | None, at: datetime
) -> RowMapping | None:
    """The book afterwards; None when there was too little, or would be too much."""
    source, target = MOVES[kind]
    after = repository.move(
        transaction.connection,
        book.account_id,
        test_mode=book.test_mode,
        source=source,
        target=target,
        amount=amount,
        least=-MAX_BALANCE if source == "issued" else 0,
    )
    if after is None:
        return None
    repository.insert_transfer(
        transaction.connection,
        {
            "id": new_id("txn", at),
            "account_id": book.account_id,
            "test_mode": book.test_mode,
            "line": after["lines"],
            "kind": kind.value,
            "source": source,
            "target": target,
            "amount": amount,
            "generation_id": generation_id,
            "available_after": after["available"],
            "held_after": after["held"],
            "created_at": at,
        },
    )
    return after
