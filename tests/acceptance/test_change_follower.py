"""What `doitong listen` hears of an account through lost connections, with hours between them."""

import asyncio
from contextlib import aclosing

import pytest

from cli.client.change_follower import ChangeFollower
from cli.client.webhook_event import WebhookEvent
from kit.errors import ContentViolation
from providers.backend import BackendState, Snapshot
from tests.support.server_harness import PICTURE, ServerHarness

pytestmark = pytest.mark.anyio

LONG = 600  # seconds; pictures have 15 minutes
ROUNDS, A_ROUND = 3, 40  # more than a page
REFUSED = Snapshot(BackendState.FAILED, error=ContentViolation("no"))


async def hear(changes: ChangeFollower, *, until: str | None = None) -> list[tuple[str, str]]:
    """What is told until the connection stands, or until there is news of a generation after that."""
    heard: list[tuple[str, str]] = []
    async with aclosing(changes.follow()) as states:
        async for told in states:
            if told is None and until is None:
                return heard
            if told is not None:
                event = WebhookEvent.from_state(told)
                heard.append((event.generation_id, event.type))
                if event.generation_id == until:
                    return heard
    raise AssertionError("the connection was lost")


async def test_what_ended_between_two_connections_is_told_once_however_old_it_is(server_harness: ServerHarness) -> None:
    changes = ChangeFollower(server_harness.client)
    await changes.start()
    first = await server_harness.submit()
    assert await hear(changes) == [(first, "generation.progress")]
    server_harness.clock.move(LONG)
    second = await server_harness.submit()
    assert await hear(changes) == [(second, "generation.progress")]

    for task in server_harness.upstream.tasks.values():
        assert await server_harness.upstream.call(server_harness.upstream.succeeded, task=task) == 200
    await server_harness.wait_until_idle()

    assert sorted(await hear(changes)) == sorted([(first, "generation.completed"), (second, "generation.completed")])
    assert await hear(changes) == []


async def test_all_that_began_and_ended_between_two_connections_is_told(server_harness: ServerHarness) -> None:
    changes = ChangeFollower(server_harness.client)
    await changes.start()
    made: set[str] = set()
    for _ in range(ROUNDS):
        accepted = await asyncio.gather(*(server_harness.client.generate(**PICTURE) for _ in range(A_ROUND)))
        made.update(generation["id"] for generation in accepted)
        await server_harness.wait_until_idle()
        tasks = list(server_harness.upstream.tasks.values())[-A_ROUND:]
        await asyncio.gather(*(server_harness.upstream.call(REFUSED, task=task) for task in tasks))
        await server_harness.wait_until_idle()
        server_harness.clock.move(LONG)

    heard = await hear(changes)

    assert {generation_id for generation_id, _ in heard} == made
    assert [kind for _, kind in heard] == ["generation.failed"] * ROUNDS * A_ROUND


async def test_what_had_ended_before_the_beginning_is_never_told(server_harness: ServerHarness) -> None:
    ended = await server_harness.submit()
    assert await server_harness.upstream.call(server_harness.upstream.succeeded) == 200
    await server_harness.wait_until_idle()
    changes = ChangeFollower(server_harness.client)
    await changes.start()

    assert await hear(changes) == []
    running = await server_harness.submit()

    assert ended not in {generation_id for generation_id, _ in await hear(changes)}
    server_harness.clock.move(1)
    assert await server_harness.upstream.call(server_harness.upstream.succeeded) == 200
    assert await hear(changes, until=running)


async def test_the_id_of_a_message_follows_from_the_generation_and_its_version() -> None:
    told = {
        "id": "gen_01",
        "status": "COMPLETED",
        "url": None,
        "provider": "flux-pro",
        "creditCost": 20,
        "progress": 100,
        "version": 5,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "completedAt": None,
        "duration": None,
        "width": 1,
        "height": 1,
        "error": None,
    }

    assert WebhookEvent.from_state(told) == WebhookEvent.from_state(dict(told))
    assert WebhookEvent.from_state(told).message_id == "msg_01_5"
    assert WebhookEvent.from_state({**told, "version": 6}).message_id == "msg_01_6"
