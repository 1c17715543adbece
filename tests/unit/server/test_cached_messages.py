"""JSON-RPC messages that differ from an earlier one in their id alone, on raw connections to a real server."""

from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from accounts.plans import PlanName
from providers.backend import BackendState, Snapshot
from server.response_caching_protocol import ResponseCachingProtocol
from tests.support.raw_client import TIMEOUT, RawServer
from tests.support.server_harness import open_server_harness

pytestmark = pytest.mark.anyio

LATEST = "2026-07-28"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RawServer]:
    async with open_server_harness(tmp_path) as harness:
        yield RawServer(harness, await harness.submit())


def status_call(message_id: object, tool: str = "get_status", **arguments: str) -> bytes:
    """Return the message of a tool call, its id last as the SDKs of MCP send it."""
    params = {"name": tool, "arguments": arguments}
    return orjson.dumps({"jsonrpc": "2.0", "method": "tools/call", "params": params, "id": message_id})


def mcp_request(server: RawServer, message: bytes, *fields: str) -> bytes:
    return server.request("Accept: application/json", *fields, body=message).replace(b"/graphql", b"/mcp", 1)


async def test_messages_that_differ_in_their_id_get_the_cached_result_with_their_own(server: RawServer) -> None:
    ids = [3, 4, 9, 10, 11, 99, "a1", "b2", 12]
    messages = [status_call(id, id=server.generation_id) for id in ids]

    responses = [await server.exchange(mcp_request(server, message)) for message in messages]

    answers = [orjson.loads(response.body) for response in responses]
    assert [answer["id"] for answer in answers] == ids
    assert all(answer["result"] == answers[0]["result"] for answer in answers)
    assert responses[3].headers.keys() == responses[4].headers.keys()
    assert all(int(one.headers["content-length"]) == len(one.body) for one in responses)
    assert server.sent_from_cache == 6  # all but the first of each length


async def test_the_head_of_a_message_may_arrive_before_it(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ResponseCachingProtocol, "HEAD_DELAY", TIMEOUT)
    async with server.connected() as connection:
        await connection.exchange(mcp_request(server, status_call(1, id=server.generation_id)))
        message = status_call(2, id=server.generation_id)
        await connection.send(mcp_request(server, message).removesuffix(message))
        await server.wait_until_received()
        response = await connection.exchange(message)

    assert (orjson.loads(response.body)["id"], server.sent_from_cache) == (2, 1)


async def test_a_message_about_a_changed_generation_is_processed(server: RawServer) -> None:
    request = [mcp_request(server, status_call(id, id=server.generation_id)) for id in range(1, 5)]
    before = [await server.exchange(request[0]), await server.exchange(request[1])]
    [task] = server.harness.upstream.tasks.values()
    task.snapshot = Snapshot(BackendState.RUNNING, progress=40)
    await server.harness.upstream.call(task.snapshot, task=task)
    await server.harness.wait_until_idle()

    after = [await server.exchange(request[2]), await server.exchange(request[3])]

    progress = [orjson.loads(one.body)["result"]["structuredContent"]["progress"] for one in (*before, *after)]
    assert progress[0] == progress[1] != progress[2] == progress[3] == 40
    assert server.sent_from_cache == 2


async def test_messages_that_differ_in_more_than_their_id_are_processed(server: RawServer) -> None:
    other = await server.harness.submit()
    chunked = b"%x\r\n%b\r\n0\r\n\r\n"
    bodies = [
        status_call(1, id=server.generation_id),
        status_call(1, id=other),
        status_call(True, id=server.generation_id),
        status_call(1, "get_music_status", id=server.generation_id),
        status_call(1, id=server.generation_id, kind="media"),
        status_call(1, id=server.generation_id).replace(b'"id":1', b'"id":01'),
    ]
    framed = [status_call(id, id=server.generation_id) for id in (1, 2)]
    requests = [mcp_request(server, body) for body in bodies]
    requests += [
        mcp_request(server, chunked % (len(body), body), "Transfer-Encoding: chunked").replace(
            b"Content-Length", b"X-Was"
        )
        for body in framed
    ]

    answers = [orjson.loads((await server.exchange(request)).body or b"{}") for request in requests]

    assert server.sent_from_cache == 0
    assert [answer.get("id") for answer in answers] == [1, 1, None, 1, 1, None, 1, 2]
    assert answers[1]["result"]["structuredContent"]["id"] == other
    assert answers[3]["result"]["isError"]


async def test_cached_messages_count_as_reads(server: RawServer) -> None:
    free = await server.harness.create_key(plan=PlanName.FREE)
    started = orjson.dumps({"query": 'mutation { generate(input: { type: IMAGE, input: { text: "a fox" } }) { id } }'})
    id = orjson.loads((await server.exchange(server.request(key=free, body=started))).body)["data"]["generate"]["id"]
    await server.harness.wait_until_idle()
    calls = [
        server.request("Accept: application/json", key=free, body=status_call(number, id=id)).replace(
            b"/graphql", b"/mcp", 1
        )
        for number in range(100, 222)
    ]

    async with server.connected() as connection:
        responses = [await connection.exchange(call) for call in calls]

    assert server.sent_from_cache == 119
    assert not orjson.loads(responses[119].body)["result"]["isError"]
    assert orjson.loads(responses[120].body)["result"]["content"][0]["text"].startswith("RATE_LIMIT: ")


async def test_messages_of_the_newest_version_are_cached_as_well(server: RawServer) -> None:
    metadata = {
        "io.modelcontextprotocol/protocolVersion": LATEST,
        "io.modelcontextprotocol/clientInfo": {"name": "a", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    fields = [f"MCP-Protocol-Version: {LATEST}", "Mcp-Method: tools/call", "Mcp-Name: get_status"]
    params = {"name": "get_status", "arguments": {"id": server.generation_id}, "_meta": metadata}
    messages = [
        orjson.dumps({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}) for id in (1, 2, 3)
    ]

    responses = [await server.exchange(mcp_request(server, message, *fields)) for message in messages]
    misnamed = await server.exchange(mcp_request(server, messages[0], *fields[:2], "Mcp-Name: get_balance"))
    other = params | {"_meta": metadata | {"io.modelcontextprotocol/protocolVersion": "2020-01-01"}}
    body = orjson.dumps({"jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": other})
    unknown = await server.exchange(mcp_request(server, body, *fields))

    answers = [orjson.loads(one.body) for one in responses]
    assert [answer["id"] for answer in answers] == [1, 2, 3]
    assert answers[0]["result"]["structuredContent"]["id"] == server.generation_id
    assert answers[0]["result"]["resultType"] == "complete"
    assert answers[0]["result"] == answers[1]["result"] == answers[2]["result"]
    assert responses[0].headers.keys() == responses[1].headers.keys()
    assert server.sent_from_cache == 2
    assert [(one.status, "error" in orjson.loads(one.body)) for one in (misnamed, unknown)] == [(400, True)] * 2
