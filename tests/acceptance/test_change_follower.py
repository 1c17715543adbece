"""`ChangeFollower` across lost connections that are hours apart."""

import asyncio
from contextlib import aclosing

import pytest

from cli.client.change_follower import ChangeFollower
from cli.client.webhook_event import WebhookEvent
from kit.errors import ContentViolation
from providers.backend import BackendState, Snapshot
from tests.support.server_harness import PICTURE, ServerHarness

pytestmark = pytest.mark.anyio

INTERVAL = 600  # seconds; the deadline of images is 15 minutes
ROUNDS, ROUND_SIZE = 3, 40  # generations of more than one page
FAILED = Snapshot(BackendState.FAILED, error=ContentViolation("no"))


async def collect(changes: ChangeFollower, *, until: str | None = None) -> list[tuple[str, str]]:
    """Return the changes until the follower is connected, or until one of the generation `until` arrives."""
    events: list[tuple[str, str]] = []
    async with aclosing(changes.follow()) as states:
        async for state in states:
            if state is None and until is None:
                return events
            if state is not None:
                event = WebhookEvent.from_state(state)
                events.append((event.generation_id, event.type))
                if event.generation_id == until:
                    return events
    raise AssertionError("the connection was lost")


async def test_an_end_missed_between_connections_is_reported_once(server_harness: ServerHarness) -> None:
    changes = ChangeFollower(server_harness.client)
    await changes.record_baseline()
    first = await server_harness.submit()
    assert await collect(changes) == [(first, "generation.progress")]
    server_harness.clock.move(INTERVAL)
    second = await server_harness.submit()
    assert await collect(changes) == [(second, "generation.progress")]

    for task in server_harness.upstream.tasks.values():
        assert await server_harness.upstream.call(server_harness.upstream.succeeded, task=task) == 200
    await server_harness.wait_until_idle()

    assert sorted(await collect(changes)) == sorted([(first, "generation.completed"), (second, "generation.completed")])
    assert await collect(changes) == []


async def test_generations_missed_between_connections_are_reported(server_harness: ServerHarness) -> None:
    changes = ChangeFollower(server_harness.client)
    await changes.record_baseline()
    generation_ids: set[str] = set()
    for _ in range(ROUNDS):
        accepted = await asyncio.gather(*(server_harness.client.generate(**PICTURE) for _ in range(ROUND_SIZE)))
        generation_ids.update(generation["id"] for generation in accepted)
        await server_harness.wait_until_idle()
        tasks = list(server_harness.upstream.tasks.values())[-ROUND_SIZE:]
        await asyncio.gather(*(server_harness.upstream.call(FAILED, task=task) for task in tasks))
        await server_harness.wait_until_idle()
        server_harness.clock.move(INTERVAL)

    events = await collect(changes)

    assert {generation_id for generation_id, _ in events} == generation_ids
    assert [kind for _, kind in events] == ["generation.failed"] * ROUNDS * ROUND_SIZE


async def test_generations_that_ended_before_the_start_are_not_reported(server_harness: ServerHarness) -> None:
    ended = await server_harness.submit()
    assert await server_harness.upstream.call(server_harness.upstream.succeeded) == 200
    await server_harness.wait_until_idle()
    changes = ChangeFollower(server_harness.client)
    await changes.record_baseline()

    assert await collect(changes) == []
    running = await server_harness.submit()

    assert ended not in {generation_id for generation_id, _ in await collect(changes)}
    server_harness.clock.move(1)
    assert await server_harness.upstream.call(server_harness.upstream.succeeded) == 200
    assert await collect(changes, until=running)


async def test_the_message_id_is_derived_from_the_generation_and_its_version() -> None:
    state = {
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

    assert WebhookEvent.from_state(state) == WebhookEvent.from_state(dict(state))
    assert WebhookEvent.from_state(state).message_id == "msg_01_5"
    assert WebhookEvent.from_state({**state, "version": 6}).message_id == "msg_01_6"
