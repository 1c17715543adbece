"""Queries of the ledger."""

from sqlalchemy import Connection

from credits import repository
from credits.ledger import LedgerAccount, Transfer, TransferKind
from kit.pagination import Page, PageRequest, page_of


def ledger_imbalance(connection: Connection) -> int:
    """Return the imbalance of all ledger accounts: 0, unless there is a bug. Reads every transfer."""
    return repository.imbalance(connection)


def page_of_transfers(connection: Connection, ledger_account: LedgerAccount, page: PageRequest) -> Page[Transfer]:
    """Return a page of transfers of a ledger account, newest first."""
    rows = repository.page_of_transfers(
        connection, ledger_account.account_id, test_mode=ledger_account.test_mode, page=page
    )
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
