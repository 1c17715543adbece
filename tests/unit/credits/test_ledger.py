"""The ledger: the maximum balance, the imbalance and the running balances of transfers."""

import asyncio

import pytest
from sqlalchemy import update

from credits.ledger import MAX_BALANCE, MOVES, LedgerAccount, hold_credits, issue_credits, settle_hold
from credits.queries import ledger_imbalance, page_of_transfers
from credits.repository import transfer
from database.transaction import Transaction
from kit.errors import InvalidInput
from kit.pagination import PageRequest
from tests.support.use_case_harness import UseCaseHarness

pytestmark = pytest.mark.anyio


async def test_a_grant_above_the_maximum_balance_is_rejected(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=MAX_BALANCE - 10)
    ledger_account = LedgerAccount(owner.account_id, False)
    now = use_cases.clock.now()

    with pytest.raises(InvalidInput, match="grant at most 10"):
        await use_cases.database.transact(lambda t: issue_credits(t, ledger_account, amount=11, at=now))
    await use_cases.database.transact(lambda t: issue_credits(t, ledger_account, amount=10, at=now))

    assert (await use_cases.balance(owner)).available == MAX_BALANCE


async def test_a_modified_transfer_is_an_imbalance(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    await use_cases.accept(owner)
    assert await use_cases.database.read(ledger_imbalance) == 0

    statement = update(transfer).where(transfer.c.kind == "HOLD").values(amount=transfer.c.amount + 3)
    await use_cases.database.transact(lambda t: t.connection.execute(statement))

    assert await use_cases.database.read(ledger_imbalance) == 6


async def test_concurrent_grants_stay_within_the_maximum_balance(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=0)
    ledger_account = LedgerAccount(owner.account_id, False)
    results = await asyncio.gather(
        *(
            use_cases.database.transact(
                lambda t: issue_credits(t, ledger_account, amount=MAX_BALANCE, at=use_cases.clock.now())
            )
            for _ in range(4)
        ),
        return_exceptions=True,
    )

    assert [type(result) for result in results].count(InvalidInput) == 3
    assert (await use_cases.balance(owner)).available == MAX_BALANCE


async def test_each_transfer_continues_the_balance_of_the_previous_one(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=1_000)
    ledger_account, at = LedgerAccount(owner.account_id, False), use_cases.clock.now()

    async def hold_and_settle(number: int) -> None:
        def hold(transaction: Transaction) -> None:
            hold_credits(transaction, ledger_account, amount=20, generation_id=f"gen_{number}", at=at)

        def settle(transaction: Transaction) -> None:
            settle_hold(transaction, ledger_account, held=20, captured=5, generation_id=f"gen_{number}", at=at)

        await use_cases.database.transact(hold)
        await use_cases.database.transact(settle)

    await asyncio.gather(*(hold_and_settle(number) for number in range(20)))

    first = await use_cases.database.read(
        lambda c: page_of_transfers(c, ledger_account, PageRequest(40, None, None, False))
    )
    rest = await use_cases.database.read(
        lambda c: page_of_transfers(c, ledger_account, PageRequest(40, first.items[-1].id, None, False))
    )
    transfers = [*reversed(rest.items), *reversed(first.items)]
    assert len(transfers) == 61
    before = (0, 0)
    for transfer_ in transfers:
        source, target = MOVES[transfer_.kind]
        change = {source: -transfer_.amount, target: transfer_.amount}
        before = (before[0] + change.get("available", 0), before[1] + change.get("held", 0))
        assert (transfer_.available_after, transfer_.held_after) == before
