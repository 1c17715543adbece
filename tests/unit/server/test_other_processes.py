"""A server on PostgreSQL whose database another process writes to: what its clients see, and when."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from accounts.api_keys import revoke_key
from accounts.principal import PRINCIPAL_CHANGED, Principal
from cli.errors import CommandError
from generations.change_notification import CHANNEL
from generations.execution.queue import EmbeddedQueue
from generations.generation import Generation
from generations.requests.accept import accept_generation
from generations.requests.cancel import cancel
from generations.requests.delete import delete
from generations.requests.generation_request import GenerationRequest
from generations.services import Services
from kit.pubsub import Hub
from providers.backend import GenerationType
from server.roles.role import Role
from tests.support.postgres_listening import Received, TwoNodes
from tests.support.server_harness import PICTURE, TIMEOUT, ServerHarness, open_server_harness

pytestmark = pytest.mark.anyio
FEED = "subscription { generationsUpdated { id status } }"
REQUEST = GenerationRequest(type=GenerationType.IMAGE, provider="flux-pro", input={"text": "a fox"})
POLL = "query ($id: ID!) { generation(id: $id) { id status } }"


@dataclass
class Setup:
    """The server, the services of another process, and what the server has received from it."""

    harness: ServerHarness
    other: Services
    received: Received
    nodes: TwoNodes

    async def accept(self) -> str:
        """Return the ID of a generation that nothing runs: the server serves the API alone."""
        return str((await self.harness.client.generate(**PICTURE))["id"])

    async def principal(self) -> Principal:
        return await self.harness.application.runtime.authenticator.authenticate(self.harness.key)

    def follows(self, owner: Principal) -> bool:
        """Whether somebody follows the account at the server."""
        return self.harness.application.runtime.services.hub.follows(f"{owner.account_id}/live")

    async def poll(self, generation_id: str) -> object:
        return (await self.harness.client.execute(POLL, {"id": generation_id}))["generation"]


@pytest.fixture
async def setup(two_nodes: TwoNodes, tmp_path: Path) -> AsyncIterator[Setup]:
    settings = {"DOITONG_DATABASE_URL": two_nodes.there_url}
    async with open_server_harness(tmp_path / "data", settings=settings, role=Role.API) as harness:
        services, received = harness.application.runtime.services, Received()
        for channel in (CHANNEL, PRINCIPAL_CHANGED):
            # The last to listen receives last: what has arrived here has arrived everywhere in the server.
            services.database.listen(channel, received.receive, on_listening=received.on_listening, include_own=False)
        await received.until(gaps=2)
        queue = EmbeddedQueue(harness.clock)
        other = replace(services, database=two_nodes.here, hub=Hub[Generation](), queue=queue)
        yield Setup(harness, other, received, two_nodes)


async def test_a_poll_shows_what_another_process_changed(setup: Setup) -> None:
    generation_id = await setup.accept()
    running = [await setup.poll(generation_id) for _ in range(3)]

    await cancel(setup.other, await setup.principal(), generation_id)
    await setup.received.until(payloads=1)
    cancelled = await setup.poll(generation_id)
    await delete(setup.other, await setup.principal(), generation_id)
    await setup.received.until(payloads=2)

    assert running == 3 * [{"id": generation_id, "status": "PROCESSING"}]
    assert cancelled == {"id": generation_id, "status": "CANCELLED"}
    assert await setup.poll(generation_id) is None


async def test_a_subscription_ends_with_the_end_that_another_process_makes(setup: Setup) -> None:
    generation_id = await setup.accept()
    states = setup.harness.client.follow(generation_id)
    async with asyncio.timeout(TIMEOUT):
        first = await anext(states)
        await cancel(setup.other, await setup.principal(), generation_id)
        others = [state async for state in states]

    assert first["status"] == "PROCESSING"
    assert others[-1]["status"] == "CANCELLED"


async def test_subscriptions_tell_what_began_and_ended_while_listening_was_cut(setup: Setup) -> None:
    owner, followed = await setup.principal(), await setup.accept()
    states = setup.harness.client.follow(followed)
    feed = setup.harness.client.subscribe(FEED)
    async with asyncio.timeout(TIMEOUT):
        await anext(states)
        await anext(feed)
        while not setup.follows(owner):
            await asyncio.sleep(0)

        await setup.nodes.stop_listening()
        began = (await accept_generation(setup.other, owner, REQUEST)).generation.id
        ended = (await accept_generation(setup.other, owner, REQUEST)).generation.id
        for generation_id in (followed, ended):
            await cancel(setup.other, owner, generation_id)
        await setup.nodes.allow_listening()

        others = [state async for state in states]
        told: dict[str, str] = {}
        while told != {followed: "CANCELLED", began: "PROCESSING", ended: "CANCELLED"}:
            event = await anext(feed)
            assert event is not None
            told[event["generationsUpdated"]["id"]] = event["generationsUpdated"]["status"]
    await feed.aclose()

    assert others[-1]["status"] == "CANCELLED"


async def test_a_key_revoked_by_another_process_is_refused_at_once(setup: Setup) -> None:
    generation_id = await setup.accept()
    await setup.poll(generation_id)
    key_id = (await setup.principal()).key_id

    await setup.other.database.transact(lambda t: revoke_key(t, key_id, at=setup.harness.clock.now()))
    await setup.received.until(payloads=1)

    with pytest.raises(CommandError, match="revoked"):
        await setup.poll(generation_id)
