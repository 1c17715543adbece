"""Authentication of API keys: expiry, revocation, caching and the last use."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from accounts.account_state import change_plan
from accounts.api_keys import issue_key
from accounts.authentication import CACHE_TTL, SAVE_INTERVAL, UNNOTIFIED_TTL, Authenticator
from accounts.plans import PlanName
from accounts.principal import PRINCIPAL_CHANGED, Scope
from database.transaction import Database
from kit.errors import Unauthenticated
from kit.retry import FIRST_DELAY
from tests.support.controllable_upstream import ControllableUpstream
from tests.support.delegating_database import DelegatingDatabase
from tests.support.fault_injection import FaultInjector, FaultyDatabase
from tests.support.keyring import Keyring
from tests.support.manual_clock import ManualClock
from tests.support.postgres_listening import Received, TwoNodes
from tests.support.services import SECRET, build_services
from tests.support.use_case_harness import TIMEOUT, UseCaseHarness

pytestmark = pytest.mark.anyio

T = TypeVar("T")


async def test_a_key_is_rejected_from_its_expiry_on(use_cases: UseCaseHarness, keyring: Keyring) -> None:
    token = await keyring.key(await use_cases.create_account(), expires_at=use_cases.clock.now() + timedelta(seconds=3))
    await keyring.sign_in(token)

    use_cases.clock.move(2.9)
    await keyring.sign_in(token)
    use_cases.clock.move(0.1)
    with pytest.raises(Unauthenticated, match="expired"):
        await keyring.sign_in(token)


async def test_a_key_revoked_by_another_process_is_cached_for_a_few_seconds_at_most(
    use_cases: UseCaseHarness, keyring: Keyring
) -> None:
    token = await keyring.key(await use_cases.create_account())
    await keyring.revoke((await keyring.sign_in(token)).key_id)

    use_cases.clock.move(CACHE_TTL.total_seconds())
    with pytest.raises(Unauthenticated, match="revoked"):
        await keyring.sign_in(token)


async def test_the_number_of_cached_keys_is_bounded(use_cases: UseCaseHarness, keyring: Keyring) -> None:
    owner = await use_cases.create_account()
    authenticator = Authenticator(use_cases.database, secret=SECRET, clock=use_cases.clock, max_cached=3)
    largest = 0
    for _ in range(10):
        await authenticator.authenticate(await keyring.key(owner))
        largest = max(largest, authenticator.cached_keys)

    assert largest == 3


async def test_a_key_removed_from_the_cache_is_read_again(use_cases: UseCaseHarness, keyring: Keyring) -> None:
    token = await keyring.key(await use_cases.create_account())
    key_id = (await keyring.sign_in(token)).key_id
    await keyring.revoke(key_id)

    keyring.authenticator.evict(key_id)
    with pytest.raises(Unauthenticated, match="revoked"):
        await keyring.sign_in(token)


async def test_the_last_use_is_saved(use_cases: UseCaseHarness, keyring: Keyring) -> None:
    owner = await use_cases.create_account()
    token = await keyring.key(owner)
    [unused] = await keyring.listed(owner)
    use_cases.clock.move(60)
    await keyring.sign_in(token)
    used_at = use_cases.clock.now()
    use_cases.clock.move(0.5)  # it is cached
    await keyring.sign_in(token)

    await keyring.authenticator.save_uses()

    [used] = await keyring.listed(owner)
    assert (unused.last_used_at, used.last_used_at) == (None, used_at)


async def test_the_last_use_is_saved_after_a_database_error(use_cases: UseCaseHarness, keyring: Keyring) -> None:
    owner = await use_cases.create_account()
    token = await keyring.key(owner)
    database = FaultyDatabase(use_cases.database, FaultInjector("transact 1 begins"))
    authenticator = Authenticator(database, secret=SECRET, clock=use_cases.clock)
    await authenticator.authenticate(token)
    used_at = use_cases.clock.now()
    saving = asyncio.create_task(authenticator.save_uses_forever())

    async def advance(wait: timedelta) -> None:
        await use_cases.clock.timer_was_set.wait()
        use_cases.clock.timer_was_set.clear()
        use_cases.clock.move(wait.total_seconds())

    async with asyncio.timeout(TIMEOUT):
        use_cases.clock.timer_was_set.clear()
        await advance(SAVE_INTERVAL)
        await advance(FIRST_DELAY)
        await use_cases.clock.timer_was_set.wait()
    saving.cancel()

    [used] = await keyring.listed(owner)
    assert used.last_used_at == used_at


async def test_a_key_revoked_during_its_lookup_is_not_cached(use_cases: UseCaseHarness, keyring: Keyring) -> None:
    token = await keyring.key(await use_cases.create_account())
    key_id = (await keyring.sign_in(token)).key_id
    slow = SlowReads(use_cases.database)
    authenticator = Authenticator(slow, secret=SECRET, clock=use_cases.clock)

    authentication = asyncio.create_task(authenticator.authenticate(token))
    async with asyncio.timeout(TIMEOUT):
        await slow.has_read.wait()
        await keyring.revoke(key_id)
        authenticator.evict(key_id)
        slow.may_respond.set()
        await authentication

    with pytest.raises(Unauthenticated, match="revoked"):
        await authenticator.authenticate(token)


async def test_a_revoked_key_that_is_still_cached_cannot_create_keys(
    use_cases: UseCaseHarness, keyring: Keyring
) -> None:
    cached = await keyring.sign_in(await keyring.key(await use_cases.create_account(), scopes=(Scope.KEYS,)))
    await keyring.revoke(cached.key_id)

    with pytest.raises(Unauthenticated, match="revoked"):
        await use_cases.database.transact(
            lambda t: issue_key(
                t, cached, name="b", test_mode=False, secret=SECRET, at=use_cases.clock.now(), scopes=None
            )
        )
    assert len(await keyring.listed(cached)) == 1


class SlowReads(DelegatingDatabase):
    """A database that returns from `read` only after `may_respond` is set."""

    def __init__(self, inner: Database) -> None:
        super().__init__(inner)
        self.has_read, self.may_respond = asyncio.Event(), asyncio.Event()

    async def read(self, work: Callable[[Connection], T]) -> T:
        result = await self.inner.read(work)
        self.has_read.set()
        await self.may_respond.wait()
        return result


@dataclass(frozen=True)
class OtherNode:
    """Keys are made and revoked there, and used here, where the authenticator listens."""

    there: Keyring
    here: Authenticator
    listening: Received


@pytest.fixture
async def other_node(two_nodes: TwoNodes, tmp_path: Path) -> AsyncIterator[OtherNode]:
    clock, upstream = ManualClock(), ControllableUpstream("fal")
    services = build_services(two_nodes.here, clock, upstream, workspace=tmp_path)
    use_cases = UseCaseHarness(two_nodes.here, services, clock, upstream, upstream)
    here, listening = Authenticator(two_nodes.there, secret=SECRET, clock=clock), Received()
    here.listen()
    two_nodes.there.listen(PRINCIPAL_CHANGED, listening.receive, on_listening=listening.on_listening)
    await listening.until(gaps=1)
    yield OtherNode(Keyring(use_cases, Authenticator(two_nodes.here, secret=SECRET, clock=clock)), here, listening)
    await use_cases.kill()


async def test_a_key_revoked_at_another_node_is_refused_at_once(other_node: OtherNode) -> None:
    token = await other_node.there.key(await other_node.there.use_cases.create_account())
    key_id = (await other_node.here.authenticate(token)).key_id

    await other_node.there.revoke(key_id)
    await other_node.listening.until(payloads=1)

    with pytest.raises(Unauthenticated, match="revoked"):
        await other_node.here.authenticate(token)


async def test_a_plan_changed_by_another_process_counts_at_once(other_node: OtherNode) -> None:
    owner = await other_node.there.use_cases.create_account(plan=PlanName.FREE)
    token = await other_node.there.key(owner)
    await other_node.here.authenticate(token)

    await other_node.there.use_cases.database.transact(lambda t: change_plan(t, owner.account_id, PlanName.PRO))
    await other_node.listening.until(payloads=1)

    assert (await other_node.here.authenticate(token)).plan is PlanName.PRO


async def test_while_revocations_do_not_arrive_a_key_is_cached_for_a_second(
    other_node: OtherNode, two_nodes: TwoNodes
) -> None:
    token = await other_node.there.key(await other_node.there.use_cases.create_account())
    key_id = (await other_node.here.authenticate(token)).key_id
    await two_nodes.stop_listening()
    async with asyncio.timeout(TIMEOUT):
        while two_nodes.there.is_listening:
            await asyncio.sleep(0)
    await other_node.there.revoke(key_id)
    other_node.there.use_cases.clock.move(UNNOTIFIED_TTL.total_seconds())

    with pytest.raises(Unauthenticated, match="revoked"):
        await other_node.here.authenticate(token)
