"""Queries of the ledger."""

from sqlalchemy import Connection

from credits import repository
from credits.ledger import Book, Transfer, TransferKind
from kit.pagination import Page, PageRequest, page_of


def ledger_imbalance(connection: Connection) -> int:
    """Return the imbalance of all books: 0, unless there is a bug. Reads every transfer."""
    return repository.imbalance(connection)


def page_of_transfers(connection: Connection, book: Book, page: PageRequest) -> Page[Transfer]:
    """Return a page of transfers of a book, newest first."""
    rows = repository.page_of_transfers(connection, book.account_id, test_mode=book.test_mode, page=page)
    transfers = [
        Transfer(
            id=row["id"],
            kind=TransferKind(row["kind"]),
            amount=row["amount"],
            generation_id=row["generation_id"],
            available_after=row["available_after"],
            held_after=row["held_after"],
            created_at=row["created_at"],
        )
        for row in rows
    ]
    return page_of(transfers, page)
