"""Callbacks of an upstream to a server over real sockets; the clock stands still, so polls are not due."""

import asyncio

import httpx
import pytest

from kit.errors import ContentViolation
from providers.backend import BackendState, Snapshot
from tests.support.server_harness import PICTURE, TIMEOUT, ServerHarness
from tests.support.signed_callbacks import sign_callback

pytestmark = pytest.mark.anyio

RUNNING = Snapshot(BackendState.RUNNING, progress=40)
FAILED = Snapshot(BackendState.FAILED, error=ContentViolation("no"))


async def test_a_signed_callback_completes_the_generation(server_harness: ServerHarness) -> None:
    generation_id = await server_harness.submit()
    task = server_harness.upstream.task
    assert task.client_id == generation_id
    assert task.callback_url is not None
    assert task.callback_url.startswith(f"{server_harness.url}/internal/upstream/fal/{generation_id}/cb_")
    polls_before = server_harness.upstream.polled[task.id]

    assert await server_harness.upstream.call(RUNNING, secret=b"not ours") == 200
    assert await server_harness.upstream.call(server_harness.upstream.succeeded) == 200
    ended = await server_harness.final_state(generation_id)

    assert ended["status"] == "COMPLETED"
    async with httpx.AsyncClient(trust_env=False) as http:
        image = await http.get(ended["outputs"][0]["url"])
    assert image.headers["content-type"] == "image/png"
    assert server_harness.upstream.polled[task.id] <= polls_before + 1, "the unsigned callback caused one poll"
    assert (await server_harness.account_state())["usage"] == {"running": 0, "spent": ended["creditCost"]}


async def test_forged_repeated_and_late_callbacks_have_no_effect(server_harness: ServerHarness) -> None:
    generation_id = await server_harness.submit()
    task = server_harness.upstream.task
    forged = [
        server_harness.upstream.call(server_harness.upstream.succeeded, secret=b"a guess"),
        server_harness.upstream.send(task, ({}, b"made, honestly")),
        server_harness.upstream.send(task, sign_callback("task_of_another", server_harness.upstream.succeeded)),
    ]
    assert await asyncio.gather(*forged) == [200, 200, 200]
    await server_harness.wait_until_idle()
    assert (await server_harness.account_state())["usage"]["running"] == 1

    genuine = [server_harness.upstream.call(server_harness.upstream.succeeded) for _ in range(5)]
    assert await asyncio.gather(*genuine) == [200] * 5
    ended = await server_harness.final_state(generation_id)
    late = [server_harness.upstream.call(snapshot) for snapshot in (RUNNING, FAILED, server_harness.upstream.succeeded)]
    assert await asyncio.gather(*late) == [200, 200, 200]
    await server_harness.wait_until_idle()

    assert (await server_harness.final_state(generation_id)) == ended
    assert (await server_harness.account_state())["usage"] == {"running": 0, "spent": ended["creditCost"]}


async def test_a_callback_before_the_submit_response_is_not_lost(server_harness: ServerHarness) -> None:
    server_harness.upstream.may_respond.clear()
    accepted = await server_harness.client.generate(**PICTURE)
    async with asyncio.timeout(TIMEOUT):
        while not server_harness.upstream.tasks:
            await asyncio.sleep(0)
    server_harness.upstream.task.snapshot = server_harness.upstream.succeeded

    assert await server_harness.upstream.call(server_harness.upstream.succeeded) == 200
    server_harness.upstream.may_respond.set()

    assert (await server_harness.final_state(accepted["id"]))["status"] == "COMPLETED"
    assert len(server_harness.upstream.tasks) == 1


async def test_a_callback_after_cancellation_has_no_effect(server_harness: ServerHarness) -> None:
    generation_id = await server_harness.submit()
    await server_harness.client.execute("mutation ($id: ID!) { cancelGeneration(id: $id) }", {"id": generation_id})

    assert await server_harness.upstream.call(server_harness.upstream.succeeded) == 200

    assert (await server_harness.final_state(generation_id))["status"] == "CANCELLED"
    await server_harness.wait_until_idle()
    assert server_harness.upstream.task.is_cancelled
    assert await server_harness.account_state() == {
        "credits": {"available": 1000, "held": 0},
        "usage": {"running": 0, "spent": 0},
    }


async def test_all_invalid_callback_urls_get_the_same_404(server_harness: ServerHarness) -> None:
    generation_id = await server_harness.submit()
    assert server_harness.upstream.task.callback_url is not None
    path = server_harness.upstream.task.callback_url.removeprefix(server_harness.url)
    token = path.rpartition("/")[2]

    invalid_urls = [
        path[:-1] + ("a" if path[-1] != "a" else "b"),
        path.replace("/fal/", "/replicate/"),
        path.replace(generation_id, "gen_01kaj0000000000000000000"),
        f"/internal/upstream/fal/{generation_id}/x",
        f"/internal/upstream/fal/%00/{token}",
        f"/internal/upstream/fal/{generation_id}/%C3%A9",
    ]
    responses = [await server_harness.post(url) for url in invalid_urls]

    assert {response.status_code for response in responses} == {404}
    assert len({response.content for response in responses}) == 1
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"{server_harness.url}{path}")).status_code == 405


async def test_an_endless_body_is_rejected_with_413(server_harness: ServerHarness) -> None:
    await server_harness.submit()
    assert server_harness.upstream.task.callback_url is not None
    url = httpx.URL(server_harness.upstream.task.callback_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(f"POST {url.path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    for _ in range(10):
        writer.write(b"186a0\r\n" + b"x" * 100_000 + b"\r\n")
        await writer.drain()
    writer.write(b"1\r\nx\r\n")

    async with asyncio.timeout(TIMEOUT):
        status = await reader.readline()
    writer.close()

    assert status.split()[1] == b"413"
    assert (await server_harness.account_state())["usage"]["running"] == 1


async def test_a_flood_of_unsigned_callbacks_causes_one_poll(server_harness: ServerHarness) -> None:
    await server_harness.submit()
    task = server_harness.upstream.task
    polls_before = server_harness.upstream.polled[task.id]

    for _ in range(5):
        responses = await asyncio.gather(
            *(server_harness.upstream.call(RUNNING, secret=b"not ours") for _ in range(10))
        )
        assert responses == [200] * 10
        await server_harness.wait_until_idle()

    assert server_harness.upstream.polled[task.id] == polls_before + 1
