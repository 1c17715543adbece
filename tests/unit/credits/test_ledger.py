"""The books keep within what clients can read, and a difference from their transfers is seen."""

import pytest
from sqlalchemy import update

from credits.ledger import LARGEST_BOOK, Book, issue_credits
from credits.read import ledger_imbalance
from credits.repository import transfer
from kit.errors import InvalidInput
from tests.fixtures.heart import Heart

pytestmark = pytest.mark.anyio


async def test_a_book_takes_no_more_than_a_client_can_read(heart: Heart) -> None:
    owner = await heart.an_account(credits=LARGEST_BOOK - 10)
    book = Book(owner.account_id, False)
    now = heart.clock.now()

    with pytest.raises(InvalidInput, match="grant at most 10"):
        await heart.database.transact(lambda t: issue_credits(t, book, amount=11, at=now))
    await heart.database.transact(lambda t: issue_credits(t, book, amount=10, at=now))

    assert (await heart.balance(owner)).available == LARGEST_BOOK


async def test_books_that_differ_from_their_transfers_are_out_of_balance(heart: Heart) -> None:
    owner = await heart.an_account(credits=100)
    await heart.accept(owner)
    assert await heart.database.read(ledger_imbalance) == 0

    changed = update(transfer).where(transfer.c.kind == "HOLD").values(amount=transfer.c.amount + 3)
    await heart.database.transact(lambda t: t.connection.execute(changed))

    assert await heart.database.read(ledger_imbalance) == 6
