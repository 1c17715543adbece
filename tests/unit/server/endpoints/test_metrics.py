"""`/metrics` of a server in the test process, parsed as Prometheus does."""

import asyncio
import threading
from pathlib import Path

import httpx
import orjson
import pytest

from server.roles.role import Role
from tests.support.raw_client import RawServer
from tests.support.scrape import Scrape, scrape
from tests.support.server_harness import ServerHarness, open_server_harness

pytestmark = pytest.mark.anyio

TOKEN = "t0ken-of-the-operator-0123456789"
HOSTILE = 1_000
READERS = 64
TIMEOUT = 30  # seconds


def grown(before: Scrape, after: Scrape, name: str, **labels: str) -> float:
    return after.value(name, **labels) - before.value(name, **labels)


async def test_a_generation_is_counted_from_its_acceptance_to_its_cancellation(server_harness: ServerHarness) -> None:
    before = await scrape(server_harness.url)

    generation_id = await server_harness.submit()
    await server_harness.client.execute("query ($id: ID!) { generation(id: $id) { status } }", {"id": generation_id})
    await server_harness.client.execute("mutation ($id: ID!) { cancelGeneration(id: $id) }", {"id": generation_id})
    await server_harness.wait_until_idle()

    after = await scrape(server_harness.url)
    assert grown(before, after, "doitong_generations_accepted_total", type="IMAGE", provider="flux-pro") == 1
    assert grown(before, after, "doitong_generations_ended_total", type="IMAGE", status="CANCELLED") == 1
    assert grown(before, after, "doitong_generation_start_seconds_count", type="IMAGE") == 1
    assert grown(before, after, "doitong_generation_duration_seconds_count", type="IMAGE") == 1
    assert grown(before, after, "doitong_upstream_requests_total", backend="fal", operation="submit", outcome="ok") == 1
    assert grown(before, after, "doitong_upstream_requests_total", backend="fal", operation="cancel") == 1
    assert grown(before, after, "doitong_graphql_operations_total", operation="mutation", result="ok") == 2
    assert grown(before, after, "doitong_http_requests_total", api="graphql", method="POST", status="2xx") == 3
    assert grown(before, after, "doitong_database_transactions_total", kind="write", result="ok") >= 3
    assert grown(before, after, "doitong_steps_total") >= 1


async def test_the_values_of_this_moment_are_read_at_the_scrape(server_harness: ServerHarness) -> None:
    await server_harness.submit()

    now = await scrape(server_harness.url)

    assert now.value("doitong_queue_entries") == 1
    assert now.value("doitong_webhook_pending_deliveries") == 0
    assert now.value("doitong_data_directory_free_bytes") > 0
    assert now.value("doitong_open_breakers", backend="fal") == 0
    assert now.value("doitong_info", role="all") == 1
    assert now.value("process_resident_memory_bytes") > 0


async def test_a_refused_request_is_counted_by_its_class_of_status(server_harness: ServerHarness) -> None:
    before = await scrape(server_harness.url)

    async with httpx.AsyncClient(trust_env=False, base_url=server_harness.url) as http:
        refused = await http.post("/graphql", json={"query": "{ account { id } }"})
    assert refused.status_code == 401

    after = await scrape(server_harness.url)
    assert grown(before, after, "doitong_http_requests_total", api="graphql", status="4xx") == 1
    assert grown(before, after, "doitong_graphql_operations_total", operation="unknown", result="rejected") == 1


async def test_a_repeated_poll_is_counted_as_request_and_as_cached_response(server_harness: ServerHarness) -> None:
    server = RawServer(server_harness, await server_harness.submit())
    request = server.request()
    before = await scrape(server_harness.url)

    responses = [await server.exchange(request) for _ in range(5)]

    after = await scrape(server_harness.url)
    assert server.sent_from_cache == 4
    assert grown(before, after, "doitong_http_requests_total", api="graphql", status="2xx") == 5
    assert grown(before, after, "doitong_cached_responses_total", cache="socket") == 4
    expected = 4 * len(responses[0].body)
    assert grown(before, after, "doitong_cached_response_bytes_total", cache="socket") == expected


async def test_an_open_subscription_is_counted_until_its_end(server_harness: ServerHarness) -> None:
    async def becomes(count: int) -> None:
        async with asyncio.timeout(TIMEOUT):
            while (await scrape(server_harness.url)).value(
                "doitong_open_subscriptions", transport="websocket"
            ) != count:
                pass

    generation_id = await server_harness.submit()
    following = asyncio.create_task(server_harness.final_state(generation_id))
    await becomes(1)

    await server_harness.client.execute("mutation ($id: ID!) { cancelGeneration(id: $id) }", {"id": generation_id})

    assert (await following)["status"] == "CANCELLED"
    await becomes(0)


async def test_hostile_requests_add_no_series(server_harness: ServerHarness) -> None:
    async def send(number: int, http: httpx.AsyncClient) -> None:
        await http.request("PROPFIND", f"/v1/{number}")
        await http.get(f"/{number}/graphql")
        query = f"query Name{number} {{ field{number} }}"
        await http.post("/graphql", json={"query": query, "operationName": f"Name{number}"}, headers=key)

    key = {"authorization": f"Bearer {server_harness.key}"}
    async with httpx.AsyncClient(trust_env=False, base_url=server_harness.url) as http:
        await send(0, http)
        before = (await scrape(server_harness.url)).series()
        for number in range(1, HOSTILE):
            await send(number, http)

    after = await scrape(server_harness.url)

    assert after.series() == before
    assert after.value("doitong_http_requests_total", api="other", method="other") >= HOSTILE


async def test_no_id_key_or_prompt_is_in_the_text(server_harness: ServerHarness) -> None:
    generation_id = await server_harness.submit()

    text = (await scrape(server_harness.url)).text

    secrets = (generation_id, "gen_", "acc_", "key_", server_harness.key, "sk_", "fox", "127.0.0.1", str(Path.home()))
    assert [secret for secret in secrets if secret in text] == []


async def test_scrapes_do_not_wait_for_a_database_that_does_not_respond(server_harness: ServerHarness) -> None:
    release = threading.Event()
    database = server_harness.application.runtime.services.database
    blocked = [asyncio.create_task(database.read(lambda _: release.wait(TIMEOUT))) for _ in range(READERS)]

    scrapes = await asyncio.gather(*(scrape(server_harness.url) for _ in range(20)))

    assert not any(task.done() for task in blocked)
    release.set()
    await asyncio.gather(*blocked)
    assert all(one.value("doitong_info") == 1 for one in scrapes)
    assert not any("doitong_webhook_pending_deliveries" in one.text for one in scrapes)


async def test_a_worker_serves_its_metrics(tmp_path: Path) -> None:
    async with open_server_harness(tmp_path, role=Role.WORKER) as harness:
        assert (await scrape(harness.url)).value("doitong_info", role="worker") == 1


async def test_with_a_token_only_its_bearer_reads_the_metrics(tmp_path: Path) -> None:
    async with (
        open_server_harness(tmp_path, settings={"DOITONG_METRICS_TOKEN": TOKEN}) as harness,
        httpx.AsyncClient(trust_env=False, base_url=harness.url) as http,
    ):
        wrong = [
            await http.get("/metrics", headers=headers)
            for headers in ({}, {"authorization": f"Bearer {harness.key}"}, {"authorization": TOKEN})
        ]
        forwarded = await http.get(
            "/metrics", headers={"authorization": f"bearer {TOKEN}", "x-forwarded-for": "203.0.113.7"}
        )

    assert [response.status_code for response in wrong] == [401, 401, 401]
    assert all(response.headers["www-authenticate"] == "Bearer" for response in wrong)
    assert forwarded.status_code == 200
    assert TOKEN not in forwarded.text


@pytest.mark.parametrize("header", ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP"])
async def test_without_a_token_a_request_through_a_proxy_is_refused(server_harness: ServerHarness, header: str) -> None:
    async with httpx.AsyncClient(trust_env=False, base_url=server_harness.url) as http:
        response = await http.get("/metrics", headers={header: "127.0.0.1"})

    assert response.status_code == 403
    assert orjson.loads(response.content)["errors"][0]["extensions"]["code"] == "FORBIDDEN"
