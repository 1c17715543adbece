"""SIGKILL of a server whose generations run at upstreams, three times at different moments: none is bought twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from cli.client.graphql_client import Client
from tests.emulators.app import EmulatedUpstreams
from tests.support.asgi_server import free_socket, running_server
from tests.support.server_process import CREDITS, ServerProcess

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

UPSTREAMS = ("fal", "replicate", "openai", "elevenlabs", "bfl", "kie")
REQUESTS = (
    ("IMAGE", "flux-dev"),  # on bfl
    ("IMAGE", "gpt-image-2"),  # on openai
    ("VIDEO", "kling"),  # on fal
    ("AUDIO", "elevenlabs"),
    ("MUSIC", "suno"),  # on kie
)
MOMENT_TIMEOUT = 60  # seconds of real time
ACCOUNT = "{ account { credits { available held } usage { running spent } } }"
Count = Callable[[EmulatedUpstreams], int]


def purchases(upstreams: EmulatedUpstreams) -> int:
    """The jobs that were bought: the response to the last one is on the way."""
    return sum(purchase.count for purchase in upstreams.purchases())


def polls(upstreams: EmulatedUpstreams) -> int:
    return sum(job.polls for some in upstreams.emulators.values() for one in some for job in one.jobs.values())


def downloads(upstreams: EmulatedUpstreams) -> int:
    requests = [request for some in upstreams.emulators.values() for one in some for request in one.requests]
    return sum(request.path.startswith("/files/") for request in requests)


MOMENTS: tuple[Count, ...] = (purchases, polls, downloads)


@pytest.fixture
async def upstreams() -> AsyncIterator[EmulatedUpstreams]:
    bound, url = free_socket()
    application = EmulatedUpstreams.create(url, only=UPSTREAMS)
    async with running_server(application, bound):
        yield application


async def test_generations_at_upstreams_survive_three_kills_and_are_bought_once(
    upstreams: EmulatedUpstreams, tmp_path: Path
) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    key, texts = "", dict[str, str]()
    for number, moment in enumerate(MOMENTS):
        with await start(directory, upstreams) as server:
            key = key or await asyncio.to_thread(server.create_key)
            async with Client.open(server.url, key) as client:
                before = moment(upstreams)
                texts |= await submit_all(client, number)
                await grows(moment, upstreams, before)
                assert (await client.execute(ACCOUNT))["account"]["usage"]["running"]
            server.kill()

    with await start(directory, upstreams) as server:
        async with Client.open(server.url, key) as client:
            ended = [await final_state(client, generation_id) for generation_id in texts]
            state = await client.execute(ACCOUNT)

    assert len(texts) == len(MOMENTS) * len(REQUESTS)
    check_purchases(upstreams, texts, {str(one["id"]): one for one in ended})
    check_credits(state, [one for one in ended if one["status"] == "COMPLETED"])


async def start(directory: Path, upstreams: EmulatedUpstreams) -> ServerProcess:
    """Start a server without blocking the emulators, which it may ask before it is ready."""
    return await asyncio.to_thread(ServerProcess, directory, settings=upstreams.settings())


async def submit_all(client: Client, number: int) -> dict[str, str]:
    """Submit one generation of each kind, and return their texts by ID."""
    texts: dict[str, str] = {}
    for type, provider in REQUESTS:
        text = f"a red kite, {provider} of round {number}."
        accepted = await client.generate(type=type, provider=provider, input={"text": text})
        texts[str(accepted["id"])] = text
    return texts


async def final_state(client: Client, generation_id: str) -> dict[str, object]:
    return [state async for state in client.follow(generation_id)][-1]


async def grows(count: Count, upstreams: EmulatedUpstreams, before: int) -> None:
    async with asyncio.timeout(MOMENT_TIMEOUT):
        while count(upstreams) <= before:
            await asyncio.sleep(0)


def check_purchases(upstreams: EmulatedUpstreams, texts: dict[str, str], ended: dict[str, dict[str, object]]) -> None:
    """Every generation has ended and was bought at most once; a completed one was bought."""
    bought = upstreams.purchases()
    for generation_id, text in texts.items():
        count = sum(purchase.count for purchase in bought if text in repr(purchase.request))
        status = ended[generation_id]["status"]
        assert status in ("COMPLETED", "FAILED")
        assert count <= 1, text
        assert count == 1 or status == "FAILED", text
    assert sum(one["status"] == "COMPLETED" for one in ended.values()) >= len(texts) // 2


def check_credits(state: dict[str, dict[str, dict[str, object]]], completed: list[dict[str, object]]) -> None:
    """The completed generations were charged and the others were not."""
    cost = sum(int(str(one["creditCost"])) for one in completed)
    assert state["account"]["credits"] == {"available": int(CREDITS) - cost, "held": 0}
    assert state["account"]["usage"] == {"running": 0, "spent": cost}
