"""What every API of the server does, tested with one client protocol."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from accounts.plans import PlanName
from cli.client.graphql_client import Client
from kit.errors import ContentViolation
from providers.backend import BackendState, Snapshot
from tests.support.api_clients import API_CLIENTS, AcceptedGeneration, ApiClient, GraphQL, Phase, Refused, State
from tests.support.ledger_invariants import check_all_settled, check_ledger
from tests.support.server_harness import ServerHarness, open_server_harness

pytestmark = pytest.mark.anyio

CREDITS = 1000
AT_ONCE, CLIENTS = 200, 10  # the connection pool of a client slows down with its size
REJECTED = Snapshot(BackendState.FAILED, error=ContentViolation("No."))
BALANCES_AND_TRANSFERS = """{ account {
  credits { available held } usage { running } transactions(first: 20) { nodes { kind amount } }
} }"""
COST = "query ($id: ID!) { generation(id: $id) { creditCost } }"
STORED = "{ generations(first: 20) { nodes { id } } }"
UNKNOWN = "gen_" + "0" * 26


@dataclass(frozen=True, slots=True)
class Customer:
    """An account with one key: its client of the API under test, and what GraphQL says about it."""

    server: ServerHarness
    api: ApiClient
    graphql: Client
    http: httpx.AsyncClient
    key: str

    async def submit(self, **given: str) -> str:
        """Return the id of a generation whose job the upstream has accepted."""
        accepted = await self.api.submit(**given)
        assert isinstance(accepted, AcceptedGeneration), accepted
        await self.server.wait_until_idle()
        return accepted.id

    async def report(self, snapshot: Snapshot) -> None:
        """Let the upstream report the end of the job that was submitted last."""
        assert await self.server.upstream.call(snapshot) == 200
        await self.server.wait_until_idle()

    async def ledger(self) -> list[tuple[str, int]]:
        """Return the kinds and amounts of the transfers, oldest first; the balances have to agree with them."""
        account: dict[str, Any] = (await self.graphql.execute(BALANCES_AND_TRANSFERS))["account"]
        transfers = [(node["kind"], node["amount"]) for node in reversed(account["transactions"]["nodes"])]
        captured = sum(amount for kind, amount in transfers if kind == "CAPTURE")
        assert account["credits"] == {"available": CREDITS - captured, "held": 0}
        assert account["usage"]["running"] == 0
        return transfers

    async def stored(self) -> list[str]:
        """Return the ids of the account's generations."""
        return [node["id"] for node in (await self.graphql.execute(STORED))["generations"]["nodes"]]

    async def cost(self) -> int:
        """Return the price of the only generation."""
        [id] = await self.stored()
        return int((await self.graphql.execute(COST, {"id": id}))["generation"]["creditCost"])


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerHarness]:
    backends = ("fal", "openai", "ark")
    async with open_server_harness(tmp_path_factory.mktemp("apis") / "data", backends=backends) as server:
        yield server
        await server.application.runtime.services.database.read(check_ledger)
        await server.application.runtime.services.database.read(check_all_settled)


def open_http(server: ServerHarness) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=60)


@pytest.fixture
async def http(server: ServerHarness) -> AsyncIterator[httpx.AsyncClient]:
    async with open_http(server) as http:
        yield http


def api_name(api: type[ApiClient]) -> str:
    return api.name


@pytest.fixture(params=API_CLIENTS, ids=api_name)
async def customer(
    request: pytest.FixtureRequest, server: ServerHarness, http: httpx.AsyncClient
) -> AsyncIterator[Customer]:
    key = await server.create_key(credits=CREDITS)
    async with Client.open(server.url, key) as graphql:
        yield Customer(server, request.param(http, key), graphql, http, key)


async def with_key(customer: Customer, key: str) -> ApiClient:
    """Return a client of the same API with another key."""
    return type(customer.api)(customer.http, key)


async def test_a_generation_is_followed_to_its_end_and_charged(customer: Customer) -> None:
    id = await customer.submit()
    running = await customer.api.read(id)
    await customer.report(customer.server.upstream.succeeded_with(customer.api.output))
    ended = await customer.api.read(id)

    cost = await customer.cost()
    assert running == State(Phase.RUNNING)
    assert isinstance(ended, State)
    assert (ended.phase, ended.code) == (Phase.COMPLETED, None)
    assert (await customer.api.content(id, ended)).is_success
    assert await customer.ledger() == [("ISSUE", CREDITS), ("HOLD", cost), ("CAPTURE", cost)]


async def test_a_failure_says_why_and_is_refunded(customer: Customer) -> None:
    id = await customer.submit()
    await customer.report(REJECTED)

    cost = await customer.cost()
    assert await customer.api.read(id) == State(Phase.FAILED, code="CONTENT_VIOLATION")
    assert await customer.ledger() == [("ISSUE", CREDITS), ("HOLD", cost), ("RELEASE", cost)]


async def test_a_cancelled_generation_is_refunded(customer: Customer) -> None:
    id = await customer.submit()
    if customer.api.cancels:
        await customer.api.cancel(id)
    else:
        query = "mutation ($id: ID!) { cancelGeneration(id: $id) }"
        [stored] = await customer.stored()
        await customer.graphql.execute(query, {"id": stored})
    await customer.server.wait_until_idle()

    cost = await customer.cost()
    ended = await customer.api.read(id)
    assert isinstance(ended, State)
    assert ended.phase in (Phase.CANCELLED, Phase.FAILED)
    assert customer.server.upstream.task.is_cancelled
    assert await customer.ledger() == [("ISSUE", CREDITS), ("HOLD", cost), ("RELEASE", cost)]


async def test_without_enough_credits_nothing_is_accepted(customer: Customer) -> None:
    poor = await with_key(customer, await customer.server.create_key(credits=1))
    before = len(customer.server.upstream.tasks)

    refused = await poor.submit()
    await customer.server.wait_until_idle()

    assert isinstance(refused, Refused)
    assert refused.code == "INSUFFICIENT_CREDITS"
    assert len(customer.server.upstream.tasks) == before


@pytest.mark.parametrize("key", ["", "nonsense", "sk_live_" + "0" * 38])
async def test_a_wrong_key_is_refused(customer: Customer, key: str) -> None:
    stranger = await with_key(customer, key)

    assert await stranger.submit() == Refused("UNAUTHENTICATED")
    assert await stranger.read(UNKNOWN) == Refused("UNAUTHENTICATED")


async def test_a_generation_of_another_account_does_not_exist(customer: Customer) -> None:
    id = await customer.submit()
    stranger = await with_key(customer, await customer.server.create_key())

    foreign, unknown = await stranger.read(id), await stranger.read(UNKNOWN)
    await customer.report(REJECTED)

    assert foreign == unknown
    assert isinstance(foreign, Refused)
    assert foreign.code == "NOT_FOUND"


async def test_a_limit_of_the_plan_holds_and_is_counted_over_all_apis(customer: Customer) -> None:
    key = await customer.server.create_key(plan=PlanName.FREE)
    free = await with_key(customer, key)
    await free.submit()
    await customer.server.wait_until_idle()

    refusals = [await free.submit(), await GraphQL(customer.http, key).submit()]
    await customer.report(REJECTED)

    assert refusals[0] == Refused("RATE_LIMIT")
    assert refusals[1] == Refused("RATE_LIMIT")
    assert isinstance(await free.submit(), AcceptedGeneration)
    await customer.server.wait_until_idle()
    await customer.report(REJECTED)


async def test_a_repeated_key_buys_nothing_and_another_request_with_it_is_refused(customer: Customer) -> None:
    first = await customer.api.submit(key="wish-1")
    again = await customer.api.submit(key="wish-1")
    other = await customer.api.submit(key="wish-1", prompt="a cat")
    await customer.server.wait_until_idle()
    await customer.report(REJECTED)
    late = await customer.api.submit(key="wish-1")

    assert isinstance(first, AcceptedGeneration)
    assert not first.was_replayed
    assert again == late == AcceptedGeneration(first.id, was_replayed=customer.api.says_replayed)
    assert isinstance(other, Refused)
    assert other.code == "IDEMPOTENCY_MISMATCH"
    cost = await customer.cost()
    assert await customer.ledger() == [("ISSUE", CREDITS), ("HOLD", cost), ("RELEASE", cost)]


async def test_many_requests_at_once_with_one_key_are_one_purchase(customer: Customer) -> None:
    before = len(customer.server.upstream.tasks)
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(open_http(customer.server)) for _ in range(CLIENTS)]
        apis = [type(customer.api)(http, customer.key) for http in clients]

        submissions = await asyncio.gather(*(api.submit(key="wish-1") for api in apis * (AT_ONCE // CLIENTS)))
    await customer.server.wait_until_idle()
    await customer.report(customer.server.upstream.succeeded_with(customer.api.output))

    assert len({accepted.id for accepted in submissions if isinstance(accepted, AcceptedGeneration)}) == 1
    replayed = [
        accepted for accepted in submissions if isinstance(accepted, AcceptedGeneration) and accepted.was_replayed
    ]
    assert len(replayed) == (AT_ONCE - 1 if customer.api.says_replayed else 0)
    assert len(customer.server.upstream.tasks) == before + 1
    cost = await customer.cost()
    assert await customer.ledger() == [("ISSUE", CREDITS), ("HOLD", cost), ("CAPTURE", cost)]


@pytest.mark.parametrize("customer", [api for api in API_CLIENTS if api.has_balance], ids=api_name, indirect=True)
async def test_the_balance_is_what_is_available(customer: Customer) -> None:
    await customer.submit()
    held = CREDITS - await customer.api.balance()
    await customer.report(REJECTED)

    assert held == await customer.cost()
    assert await customer.api.balance() == CREDITS
