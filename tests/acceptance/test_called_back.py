"""A server, and an upstream that calls it back over real sockets, while the clock stands still."""

import asyncio

import httpx
import pytest

from kit.errors import ContentViolation
from providers.backend import BackendState, Snapshot
from tests.fixtures.calls import signed_call
from tests.fixtures.town import PATIENCE, PICTURE, ServerHarness

pytestmark = pytest.mark.anyio

RUNNING = Snapshot(BackendState.RUNNING, progress=40)
ENDED = Snapshot(BackendState.FAILED, error=ContentViolation("no"))


async def test_the_upstream_calls_and_the_file_is_there_without_a_poll(town: ServerHarness) -> None:
    generation_id = await town.submit()
    task = town.upstream.task
    assert task.client_id == generation_id
    assert task.callback_url is not None
    assert task.callback_url.startswith(f"{town.url}/internal/upstream/fal/{generation_id}/cb_")
    polled = town.upstream.polled[task.id]

    assert await town.upstream.call(RUNNING, secret=b"not ours") == 200
    assert await town.upstream.call(town.upstream.made) == 200
    ended = await town.end_of(generation_id)

    assert ended["status"] == "COMPLETED"
    async with httpx.AsyncClient(trust_env=False) as http:
        picture = await http.get(ended["outputs"][0]["url"])
    assert picture.headers["content-type"] == "image/png"
    assert town.upstream.polled[task.id] <= polled + 1, "the hint had it asked once"
    assert (await town.books())["usage"] == {"running": 0, "spent": ended["creditCost"]}


async def test_lies_repetitions_and_delays_change_nothing(town: ServerHarness) -> None:
    generation_id = await town.submit()
    task = town.upstream.task
    lies = [
        town.upstream.call(town.upstream.made, secret=b"a guess"),
        town.upstream.send(task, ({}, b"made, honestly")),
        town.upstream.send(task, signed_call("task_of_another", town.upstream.made)),
    ]
    assert await asyncio.gather(*lies) == [200, 200, 200]
    await town.rest()
    assert (await town.books())["usage"]["running"] == 1

    truths = [town.upstream.call(town.upstream.made) for _ in range(5)]
    assert await asyncio.gather(*truths) == [200] * 5
    ended = await town.end_of(generation_id)
    late = [town.upstream.call(snapshot) for snapshot in (RUNNING, ENDED, town.upstream.made)]
    assert await asyncio.gather(*late) == [200, 200, 200]
    await town.rest()

    assert (await town.end_of(generation_id)) == ended
    assert (await town.books())["usage"] == {"running": 0, "spent": ended["creditCost"]}


async def test_a_call_that_overtakes_the_answer_to_the_submission_is_not_lost(town: ServerHarness) -> None:
    town.upstream.may_answer.clear()
    accepted = await town.client.generate(**PICTURE)
    async with asyncio.timeout(PATIENCE):
        while not town.upstream.tasks:
            await asyncio.sleep(0)
    town.upstream.task.stands = town.upstream.made

    assert await town.upstream.call(town.upstream.made) == 200
    town.upstream.may_answer.set()

    assert (await town.end_of(accepted["id"]))["status"] == "COMPLETED"
    assert len(town.upstream.tasks) == 1


async def test_cancelled_first_the_call_comes_too_late(town: ServerHarness) -> None:
    generation_id = await town.submit()
    await town.client.execute("mutation ($id: ID!) { cancelGeneration(id: $id) }", {"id": generation_id})

    assert await town.upstream.call(town.upstream.made) == 200

    assert (await town.end_of(generation_id))["status"] == "CANCELLED"
    await town.rest()
    assert town.upstream.task.is_cancelled
    assert await town.books() == {
        "credits": {"available": 1000, "held": 0},
        "usage": {"running": 0, "spent": 0},
    }


async def test_a_wrong_address_is_answered_alike_whatever_is_wrong_with_it(town: ServerHarness) -> None:
    generation_id = await town.submit()
    assert town.upstream.task.callback_url is not None
    path = town.upstream.task.callback_url.removeprefix(town.url)
    token = path.rpartition("/")[2]

    wrong = [
        path[:-1] + ("a" if path[-1] != "a" else "b"),
        path.replace("/fal/", "/replicate/"),
        path.replace(generation_id, "gen_01kaj0000000000000000000"),
        f"/internal/upstream/fal/{generation_id}/x",
        f"/internal/upstream/fal/%00/{token}",
        f"/internal/upstream/fal/{generation_id}/%C3%A9",
    ]
    answers = [await town.post(address) for address in wrong]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"{town.url}{path}")).status_code == 405


async def test_a_body_without_an_end_is_cut_off(town: ServerHarness) -> None:
    await town.submit()
    assert town.upstream.task.callback_url is not None
    address = httpx.URL(town.upstream.task.callback_url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(f"POST {address.path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    for _ in range(10):
        writer.write(b"186a0\r\n" + b"x" * 100_000 + b"\r\n")
        await writer.drain()
    writer.write(b"1\r\nx\r\n")

    async with asyncio.timeout(PATIENCE):
        status = await reader.readline()
    writer.close()

    assert status.split()[1] == b"413"
    assert (await town.books())["usage"]["running"] == 1


async def test_a_flood_of_hints_is_a_few_polls(town: ServerHarness) -> None:
    await town.submit()
    task = town.upstream.task
    polled = town.upstream.polled[task.id]

    for _ in range(5):
        answers = await asyncio.gather(*(town.upstream.call(RUNNING, secret=b"not ours") for _ in range(10)))
        assert answers == [200] * 10
        await town.rest()

    assert town.upstream.polled[task.id] == polled + 1
