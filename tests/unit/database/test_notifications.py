"""Notifications between processes over LISTEN and NOTIFY."""

from pathlib import Path

import pytest

from database.open import open_database
from database.transaction import MAX_PAYLOAD, Transaction
from tests.support.postgres_listening import Received, TwoNodes

pytestmark = pytest.mark.anyio
CHANNEL = "things"


class RolledBack(Exception):
    pass


async def test_every_process_receives_what_was_committed(two_nodes: TwoNodes) -> None:
    here, there = Received(), Received()
    two_nodes.here.listen(CHANNEL, here.receive, on_listening=here.on_listening)
    two_nodes.there.listen(CHANNEL, there.receive, on_listening=there.on_listening)
    await here.until(gaps=1)
    await there.until(gaps=1)

    def work(transaction: Transaction) -> None:
        for payload in ("a", "b", "a", "ä" * (MAX_PAYLOAD // 2)):
            transaction.notify(CHANNEL, payload)
        transaction.notify("other", "c")

    await two_nodes.here.transact(work)
    await here.until(payloads=3)
    await there.until(payloads=3)

    assert here.payloads == there.payloads == ["a", "b", "ä" * (MAX_PAYLOAD // 2)]


async def test_own_notifications_can_be_left_out(two_nodes: TwoNodes) -> None:
    others = Received()
    two_nodes.here.listen(CHANNEL, others.receive, on_listening=others.on_listening, include_own=False)
    await others.until(gaps=1)

    await two_nodes.here.transact(lambda transaction: transaction.notify(CHANNEL, "own"))
    await two_nodes.there.transact(lambda transaction: transaction.notify(CHANNEL, "other"))
    await others.until(payloads=1)

    assert others.payloads == ["other"]


async def test_a_transaction_that_rolls_back_sends_nothing(two_nodes: TwoNodes) -> None:
    received = Received()
    two_nodes.there.listen(CHANNEL, received.receive, on_listening=received.on_listening)
    await received.until(gaps=1)

    def fail(transaction: Transaction) -> None:
        transaction.notify(CHANNEL, "rolled back")
        raise RolledBack

    with pytest.raises(RolledBack):
        await two_nodes.here.transact(fail)
    await two_nodes.here.transact(lambda transaction: transaction.notify(CHANNEL, "committed"))
    await received.until(payloads=1)

    assert received.payloads == ["committed"]


async def test_a_lost_connection_is_reopened_and_the_gap_reported(two_nodes: TwoNodes) -> None:
    received = Received()
    two_nodes.there.listen(CHANNEL, received.receive, on_listening=received.on_listening)
    assert not two_nodes.there.is_listening
    await received.until(gaps=1)
    assert two_nodes.there.is_listening

    for gaps in (2, 3):
        assert await two_nodes.cut_listening() == 1
        await received.until(gaps=gaps)
    await two_nodes.here.transact(lambda transaction: transaction.notify(CHANNEL, "after"))
    await received.until(payloads=1)

    assert received.payloads == ["after"]


async def test_a_channel_can_be_added_while_listening(two_nodes: TwoNodes) -> None:
    first, second = Received(), Received()
    two_nodes.there.listen(CHANNEL, first.receive, on_listening=first.on_listening)
    await first.until(gaps=1)
    two_nodes.there.listen("later", second.receive, on_listening=second.on_listening)
    await second.until(gaps=1)

    await two_nodes.here.transact(lambda transaction: transaction.notify("later", "x"))
    await second.until(payloads=1)

    assert (first.payloads, first.gaps) == ([], 1)


async def test_a_payload_that_is_too_long_is_refused(two_nodes: TwoNodes) -> None:
    with pytest.raises(ValueError, match="send parts of at most"):
        await two_nodes.here.transact(lambda transaction: transaction.notify(CHANNEL, "x" * (MAX_PAYLOAD + 1)))


async def test_nothing_is_received_on_sqlite(tmp_path: Path) -> None:
    received, database = Received(), await open_database(f"sqlite:///{tmp_path / 'test.db'}")
    database.listen(CHANNEL, received.receive, on_listening=received.on_listening)

    await database.transact(lambda transaction: transaction.notify(CHANNEL, "x"))
    await database.close()

    assert database.is_listening
    assert (received.payloads, received.gaps) == ([], 0)
