"""Whole responses from the cache, by the bytes of the request, on raw connections to a real server."""

import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import orjson
import pytest
from starlette.types import Scope

from accounts.api_keys import revoke_key
from accounts.plans import PlanName
from accounts.principal import Principal
from cli.client.graphql_client import Client
from providers.backend import BackendState, Snapshot
from server.raw_response_cache import ENTRY_OVERHEAD, MAX_REQUEST, RawResponseCache
from server.response_caching_protocol import ResponseCachingProtocol
from tests.support.manual_clock import ManualClock
from tests.support.raw_client import QUERY, TIMEOUT, RawResponse, RawServer
from tests.support.server_harness import PICTURE, open_server_harness
from web.cacheable_response import RAW_REQUEST, mark_cacheable
from web.result_cache import ResultCache

pytestmark = pytest.mark.anyio

DYNAMIC = {"date", "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset"}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RawServer]:
    async with open_server_harness(tmp_path) as harness:
        yield RawServer(harness, await harness.submit())


def constant(response: RawResponse) -> tuple[int, dict[str, str], bytes]:
    """Return what is equal in all responses to a request."""
    return response.status, {k: v for k, v in response.headers.items() if k not in DYNAMIC}, response.body


async def test_the_same_bytes_get_the_same_response_with_a_new_id_and_rate_limit(
    server: RawServer,
) -> None:
    free = await server.harness.create_key(plan=PlanName.FREE)
    query = orjson.dumps({"query": "{ providers { id } }"})
    request = server.request("Origin: https://page.example", key=free, body=query)

    first, second, third = [await server.exchange(request) for _ in range(3)]

    assert server.sent_from_cache == 2
    assert first.status == 200
    assert constant(first) == constant(second) == constant(third)
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers.keys() == second.headers.keys()
    assert len({one.headers["x-request-id"] for one in (first, second, third)}) == 3
    remaining = [int(one.headers["x-ratelimit-remaining"]) for one in (first, second, third)]
    assert remaining == [119, 118, 117]


async def test_the_request_id_of_the_client_is_kept(server: RawServer) -> None:
    request = server.request("X-Request-Id: my-1")

    responses = [await server.exchange(request) for _ in range(2)]

    assert server.sent_from_cache == 1
    assert [one.headers["x-request-id"] for one in responses] == ["my-1", "my-1"]


async def report_progress(server: RawServer, progress: int) -> None:
    task = list(server.harness.upstream.tasks.values())[-1]
    task.snapshot = Snapshot(BackendState.RUNNING, progress=progress)
    await server.harness.upstream.call(task.snapshot, task=task)
    await server.harness.wait_until_idle()


def progress_in(response: RawResponse) -> int:
    return int(orjson.loads(response.body)["data"]["generation"]["progress"])


async def test_a_change_of_the_generation_is_seen_by_the_next_request(server: RawServer) -> None:
    free = await server.harness.create_key(plan=PlanName.FREE)
    async with Client.open(server.harness.url, free) as client:
        accepted = await client.generate(**PICTURE)
    await server.harness.wait_until_idle()
    request = server.request(key=free, body=orjson.dumps({"query": QUERY, "variables": {"id": accepted["id"]}}))
    before = [await server.exchange(request) for _ in range(2)]
    await report_progress(server, 40)

    after = [await server.exchange(request) for _ in range(2)]

    assert server.sent_from_cache == 3
    assert [progress_in(one) for one in (*before, *after)] == [0, 0, 40, 40]
    remaining = [int(one.headers["x-ratelimit-remaining"]) for one in (*before, *after)]
    assert remaining == list(range(remaining[0], remaining[0] - 4, -1))


@pytest.mark.parametrize("path", ["/v1/generations/{}", "/api/v1/statusTask/flux-pro?taskId={}", "/api/v1/tasks/{}"])
async def test_a_poll_of_another_api_gets_a_change_without_being_processed(server: RawServer, path: str) -> None:
    request = server.get(path.format(server.generation_id))
    before = [await server.exchange(request) for _ in range(2)]
    [task] = server.harness.upstream.tasks.values()
    await server.harness.upstream.call(server.harness.upstream.succeeded, task=task)
    await server.harness.wait_until_idle()

    after = [await server.exchange(request) for _ in range(2)]

    assert server.sent_from_cache == 3
    assert before[0].body == before[1].body != after[0].body
    assert after[0].body == after[1].body


async def test_clients_that_share_a_result_get_its_length(server: RawServer) -> None:
    first, second = server.request("User-Agent: one"), server.request("User-Agent: two")
    for request in (first, second):
        await server.exchange(request)
    await report_progress(server, 40)

    responses = [await server.exchange(request) for request in (second, first)]

    assert [progress_in(one) for one in responses] == [40, 40]
    assert server.sent_from_cache == 1  # the second client's request was answered with a cached result


async def test_a_request_is_processed_if_its_generation_has_to_be_read(server: RawServer) -> None:
    request = server.request()
    await server.exchange(request)
    await report_progress(server, 40)
    server.harness.application.runtime.services.generation_cache.update({server.generation_id: None})

    responses = [await server.exchange(request) for _ in range(2)]

    assert [progress_in(one) for one in responses] == [40, 40]
    assert server.sent_from_cache == 1


async def test_a_deleted_generation_is_not_sent_again(server: RawServer) -> None:
    requests = [server.request(), server.get(f"/v1/generations/{server.generation_id}")]
    for request in requests:
        await server.exchange(request)
    for mutation in ("cancelGeneration", "deleteGeneration"):
        await server.harness.client.execute(f'mutation {{ {mutation}(id: "{server.generation_id}") }}')
    await server.harness.wait_until_idle()

    responses = [await server.exchange(request) for request in requests]

    assert orjson.loads(responses[0].body)["data"] == {"generation": None}
    assert responses[1].status == 404
    assert server.sent_from_cache == 0


async def test_a_revoked_key_is_refused(server: RawServer) -> None:
    harness, request = server.harness, server.request()
    runtime = harness.application.runtime
    before = [await server.exchange(request) for _ in range(2)]
    principal = await runtime.authenticator.authenticate(harness.key)

    await runtime.services.database.transact(lambda t: revoke_key(t, principal.key_id, at=harness.clock.now()))
    runtime.authenticator.evict(principal.key_id)

    assert [one.status for one in before] == [200, 200]
    assert (await server.exchange(request)).status == 401


async def test_a_key_is_looked_up_again_after_a_few_seconds(server: RawServer) -> None:
    harness, request = server.harness, server.request()
    await server.exchange(request)
    principal = await harness.application.runtime.authenticator.authenticate(harness.key)
    database = harness.application.runtime.services.database
    await database.transact(lambda t: revoke_key(t, principal.key_id, at=harness.clock.now()))

    within = await server.exchange(request)
    harness.clock.move(6)
    later = await server.exchange(request)

    assert (within.status, later.status, server.sent_from_cache) == (200, 401, 1)


async def test_a_read_beyond_the_limit_is_refused(server: RawServer) -> None:
    free = await server.harness.create_key(plan=PlanName.FREE)
    request = server.request(key=free, body=orjson.dumps({"query": "{ providers { id } }"}))

    async with server.connected() as connection:
        statuses = [(await connection.exchange(request)).status for _ in range(122)]
        refused = await connection.exchange(request)

    assert statuses == [200] * 120 + [429] * 2
    assert refused.headers["retry-after"]
    assert server.sent_from_cache == 119


@pytest.mark.parametrize("cut", [1, 20, -1, None], ids=["first byte", "in the head", "last byte", "after the head"])
async def test_a_request_may_arrive_in_two_pieces(
    server: RawServer, cut: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ResponseCachingProtocol, "HEAD_DELAY", TIMEOUT)
    request = server.request()
    at = request.index(b"\r\n\r\n") + 4 if cut is None else cut
    async with server.connected() as connection:
        first = await connection.exchange(request)
        for _ in range(3):
            await connection.send(request[:at])
            await server.wait_until_received()
            await connection.send(request[at:])
            assert constant(await connection.read()) == constant(first)

    assert server.sent_from_cache == (3 if cut is None else 0)


async def test_a_head_without_its_body_is_processed_after_a_moment(server: RawServer) -> None:
    request = server.request()
    head = request[: request.index(b"\r\n\r\n") + 4]
    other = orjson.dumps({"query": "query ($id: ID!) { generation(id: $id) { id status } } #         "})
    same_length = other.ljust(len(request) - len(head))
    async with server.connected() as connection:
        first = await connection.exchange(request)
        await connection.send(head)
        second = await connection.exchange(same_length)
        third = await connection.exchange(request)

    assert constant(first) == constant(third)
    assert second.status == 200
    assert "errors" in orjson.loads(second.body)


async def test_pipelined_requests_are_answered_in_order(server: RawServer) -> None:
    request, other = server.request(), server.request(body=orjson.dumps({"query": "{ __typename }"}))
    async with server.connected() as connection:
        expected = [await connection.exchange(one) for one in (request, other)]
        await connection.send(request + other + request)
        responses = [await connection.read() for _ in range(3)]
        await connection.send(request)
        await connection.send(other)
        separate = [await connection.read() for _ in range(2)]

    assert [one.body for one in responses] == [expected[0].body, expected[1].body, expected[0].body]
    assert [one.body for one in separate] == [one.body for one in expected]


@pytest.mark.parametrize(
    ("fields", "end"),
    [
        ((), "HTTP/1.0"),
        (("Connection: close",), "HTTP/1.1"),
        (("Content-Encoding: identity",), "HTTP/1.1"),
        (("Accept: text/event-stream",), "HTTP/1.1"),
        (("X-Padding: " + "a" * MAX_REQUEST,), "HTTP/1.1"),
    ],
    ids=["HTTP/1.0", "close", "encoded", "event stream", "long"],
)
async def test_some_requests_are_always_processed(server: RawServer, fields: tuple[str, ...], end: str) -> None:
    request = server.request(*fields, end=end)

    responses = [await server.exchange(request) for _ in range(3)]

    assert [one.status for one in responses] == [200] * 3
    assert server.sent_from_cache == 0


async def test_mutations_errors_and_unknown_generations_are_always_processed(server: RawServer) -> None:
    requests = [
        server.request(body=orjson.dumps({"query": f'mutation {{ cancelGeneration(id: "{server.generation_id}") }}'})),
        server.request(body=orjson.dumps({"query": '{ generation(id: "gen_0") { id } }'})),
        server.request(body=orjson.dumps({"query": "{ account { credits { available } } }"})),
        server.request(body=b"{"),
        server.request(key="sk_live_wrong"),
    ]

    for request in requests:
        for _ in range(3):
            await server.exchange(request)

    assert server.sent_from_cache == 0


class OneCaller:
    """A key that is always valid."""

    def __init__(self) -> None:
        self.principal = Principal("acc_1", "key_1", PlanName.ENTERPRISE, test_mode=False, scopes=frozenset())

    def fingerprint(self, headers: Mapping[str, str]) -> str | None:
        return headers.get("authorization")

    def known_principal(self, fingerprint: str) -> Principal | None:
        return self.principal

    def count_read(self, principal: Principal, response_headers: dict[str, str]) -> None: ...


def test_the_least_recently_used_requests_are_removed() -> None:
    results, callers = ResultCache(ManualClock()), OneCaller()
    cache = RawResponseCache(results, callers, logs_requests=False, capacity=20 * (ENTRY_OVERHEAD + 200))
    with results.track() as tracked:
        results.put("result", b"{}", tracked, key_bytes=0)
    requests = [b"POST / HTTP/1.1\r\n\r\n%d" % number for number in range(100)]

    for request in requests:
        scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"authorization", b"a")]}
        scope["state"] = {RAW_REQUEST: ("::1", request)}
        mark_cacheable(scope, callers.principal, "result")
        cache.record(scope, [(b"content-length", b"2")])

    kept = [cache.respond("::1", request, []) is not None for request in requests]
    assert 20 <= sum(kept) < 30
    assert kept == sorted(kept)
    assert cache.respond("::2", requests[-1], []) is None
    assert cache.is_head("::1", b"POST / HTTP/1.1\r\n\r\n")


async def test_cached_responses_are_logged(server: RawServer, caplog: pytest.LogCaptureFixture) -> None:
    request = server.request()
    with caplog.at_level(logging.INFO, "web.request_log"):
        responses = [await server.exchange(request) for _ in range(2)]

    records = [record.msg for record in caplog.records if record.name == "web.request_log"]
    lines = [one for one in records if isinstance(one, dict) and one["path"] == "/graphql"]
    assert [one["request_id"] for one in lines[-2:]] == [one.headers["x-request-id"] for one in responses]
    assert [(one["method"], one["status"], one["bytes"]) for one in lines[-2:]] == [
        ("POST", 200, len(responses[0].body))
    ] * 2
