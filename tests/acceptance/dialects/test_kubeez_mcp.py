"""MCP: the official Python client over HTTP and stdio, and what the endpoint answers to anything else."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent
from sqlalchemy import update

from accounts.plans import PlanName
from generations.tables import GenerationRow
from kit.version import version
from tests.support.server_harness import ServerHarness
from tests.support.server_process import ROOT, ServerProcess

pytestmark = pytest.mark.anyio

MEDIA = {"model": "nano-banana-2", "prompt": "a fox"}
AD = {"reference_ad_url": "https://example.com/ad.png", "product_image_url": "https://example.com/mug.png"}
READS = {
    "get_models",
    "get_balance",
    "estimate_generation_cost",
    "get_generation_status",
    "get_music_status",
    "get_status",
}
WRITES = {"generate_media", "generate_music", "generate_dialogue", "create_ad_copy", "cancel_generation"}
VERSION = "2025-06-18"
HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": VERSION}
CONNECTIONS = [("http", "auto"), ("http", "legacy"), ("stdio", "auto"), ("stdio", "legacy")]


@asynccontextmanager
async def open_client(url: str, key: str, transport: str = "http", mode: str = "auto") -> AsyncIterator[Client]:
    """Return the official client; `mode` selects the version of the protocol."""
    if transport == "stdio":
        environment = {**os.environ, "DOITONG_URL": url, "DOITONG_API_KEY": key, "PYTHONPATH": str(ROOT)}
        command = StdioServerParameters(command=sys.executable, args=["-m", "cli", "mcp"], env=environment)
        async with Client(stdio_client(command), mode=mode) as client:
            yield client
        return
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60, trust_env=False) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


def content_of(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result.content
    content: dict[str, Any] = result.structured_content
    [text] = result.content
    assert isinstance(text, TextContent)
    assert json.loads(text.text) == content
    return content


def error_of(result: CallToolResult) -> tuple[str, dict[str, Any]]:
    """Return the text for the agent, and the fields of the error."""
    assert result.is_error
    text, fields = result.content
    assert isinstance(text, TextContent)
    assert isinstance(fields, TextContent)
    return text.text, json.loads(fields.text)


@pytest.mark.parametrize(("transport", "mode"), CONNECTIONS)
async def test_the_media_music_and_ad_flows(server: ServerProcess, transport: str, mode: str) -> None:
    async with open_client(server.url, server.key, transport, mode) as client:
        image = content_of(await client.call_tool("generate_media", MEDIA))
        song = content_of(await client.call_tool("generate_music", {"prompt": "calm piano", "style": "lo-fi"}))
        ad = content_of(await client.call_tool("create_ad_copy", {**AD, "variant_count": 2}))
        ended = [
            content_of(await client.call_tool("get_generation_status", {"id": one, "wait_seconds": 45}))
            for one in (image["generation_id"], *ad["generation_ids"])
        ]
        music = content_of(
            await client.call_tool("get_music_status", {"id": song["generation_id"], "wait_seconds": 45})
        )
        again = content_of(await client.call_tool("get_status", {"generation_id": song["generation_id"]}))

    assert [row["status"] for row in ended] == ["completed"] * 3
    assert all(row["outputs"][0]["url"] for row in ended)
    assert music["songs"][0]["audio_url"].startswith(server.url)
    assert again["songs"] == music["songs"]


@pytest.mark.parametrize(("transport", "mode"), [("http", "auto"), ("http", "legacy"), ("stdio", "auto")])
async def test_progress_is_reported_to_a_client_that_asks(server: ServerProcess, transport: str, mode: str) -> None:
    reported: list[tuple[float, float | None, str | None]] = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        reported.append((progress, total, message))

    async with open_client(server.url, server.key, transport, mode) as client:
        request = {**MEDIA, "prompt": "a fox test:delay=0.3"}
        started = content_of(await client.call_tool("generate_media", request, progress_callback=report))
        accepted = list(reported)
        row = content_of(
            await client.call_tool(
                "get_generation_status",
                {"id": started["generation_id"], "wait_seconds": 45},
                progress_callback=report,
            )
        )

    progress = [one for one, _, _ in reported[len(accepted) :]]
    assert accepted == [(0, 100, "pending")]
    assert row["status"] == "completed"
    assert progress == sorted(set(progress))
    assert reported[-1] == (100, 100, "done")


async def test_every_tool_has_schemas_annotations_and_a_text(server: ServerProcess) -> None:
    async with open_client(server.url, server.key) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}

    assert tools.keys() == READS | WRITES
    for name, tool in tools.items():
        assert tool.title
        assert tool.input_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False
        assert all("description" in field for field in tool.input_schema["properties"].values()), name
        assert tool.output_schema is not None
        assert tool.output_schema["type"] == "object"
        assert tool.output_schema["required"]
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is (name in READS)
        assert tool.annotations.destructive_hint is (name == "cancel_generation")
        assert tool.annotations.idempotent_hint is (name in READS or name == "cancel_generation")
    for name in ("generate_media", "generate_music", "create_ad_copy"):
        text = tools[name].description or ""
        assert all(word in text for word in ("get_balance", "every 2 to 5 seconds", "idempotency_key", "too long"))
    assert tools["generate_media"].input_schema["required"] == ["model", "prompt"]


async def test_guides_are_resources(server: ServerProcess) -> None:
    async with open_client(server.url, server.key) as client:
        listed = (await client.list_resources()).resources
        texts = [(await client.read_resource(resource.uri)).contents[0] for resource in listed]
        assert client.instructions is not None

    assert [resource.uri.rpartition("/")[2] for resource in listed] == [
        "model-selection",
        "billing-confirmation",
        "polling",
        "media-upload",
    ]
    assert all(content.mime_type == "text/markdown" for content in texts)


BAD_CALLS: list[tuple[str, dict[str, Any], str, str]] = [
    ("generate_image", MEDIA, "INVALID_INPUT", "generate_media"),
    ("generate_media", {}, "INVALID_INPUT", "`model` is required. `prompt` is required."),
    ("generate_media", {**MEDIA, "size": "big"}, "INVALID_INPUT", "There is no field `size`: the fields are model"),
    ("generate_media", {**MEDIA, "model": "nano-bananas"}, "INVALID_INPUT", "nano-banana-2"),
    ("generate_media", {**MEDIA, "model": "suno"}, "INVALID_INPUT", "generate_music"),
    ("generate_media", {**MEDIA, "model": "kling-i2v"}, "INVALID_INPUT", "image-to-video"),
    ("generate_media", {**MEDIA, "generation_type": "image-to-image"}, "INVALID_INPUT", "source_media_urls"),
    ("generate_media", {**MEDIA, "source_media_urls": "http://10.0.0.1/x"}, "INVALID_MEDIA_URL", "media-upload"),
    ("generate_media", {**MEDIA, "prompt": "a\0b"}, "INVALID_INPUT", "NUL"),
    ("generate_media", {**MEDIA, "seed": 10**40}, "INVALID_INPUT", "`seed`"),
    ("generate_media", {**MEDIA, "idempotency_key": "x" * 256}, "INVALID_INPUT", "idempotency_key"),
    ("generate_media", {**MEDIA, "idempotency_key": "a\nb"}, "INVALID_INPUT", "printable"),
    ("generate_music", {"title": "A"}, "INVALID_INPUT", "style"),
    ("generate_dialogue", {"dialogue": "Hello"}, "INVALID_INPUT", "`dialogue`"),
    ("create_ad_copy", {"reference_ad_url": "https://example.com/a.png"}, "INVALID_INPUT", "product_text"),
    ("get_generation_status", {}, "INVALID_INPUT", "`id` is required"),
    ("get_generation_status", {"id": "gen_x"}, "NOT_FOUND", "Check the id"),
    ("get_generation_status", {"id": "x", "wait_seconds": 46}, "INVALID_INPUT", "wait_seconds"),
    ("get_music_status", {"id": "a\0b"}, "INVALID_INPUT", "NUL"),
    ("get_status", {"id": "x", "kind": "film"}, "INVALID_INPUT", "kind"),
    ("cancel_generation", {"id": "gen_" + "0" * 26}, "NOT_FOUND", "Check the id"),
    ("get_models", {"model_type": "smell"}, "INVALID_INPUT", "model_type"),
    ("get_balance", {"currency": "EUR"}, "INVALID_INPUT", "currency"),
    ("estimate_generation_cost", {"model": "nope"}, "INVALID_INPUT", "nope"),
]


async def test_a_bad_call_is_a_tool_error_that_says_what_to_do_and_charges_nothing(
    server_harness: ServerHarness,
) -> None:
    async with open_client(server_harness.url, server_harness.key) as client:
        errors = [(bad, error_of(await client.call_tool(bad[0], bad[1]))) for bad in BAD_CALLS]

    for (tool, _, code, part), (text, fields) in errors:
        assert text.startswith(f"{code}: "), (tool, text)
        assert part in text or part in json.dumps(fields), (tool, text)
        assert fields["code"] == code
    assert (await server_harness.account_state())["credits"] == {"available": 1000, "held": 0}


async def test_credits_limits_and_scopes_are_tool_errors(server_harness: ServerHarness) -> None:
    poor, free = await server_harness.create_key(credits=1), await server_harness.create_key(plan=PlanName.FREE)
    async with open_client(server_harness.url, poor) as client:
        unpaid, _ = error_of(await client.call_tool("generate_media", MEDIA))
        estimate = content_of(await client.call_tool("estimate_generation_cost", {"model": "nano-banana-2"}))
    async with open_client(server_harness.url, free) as client:
        content_of(await client.call_tool("generate_media", MEDIA))
        limited, fields = error_of(await client.call_tool("generate_media", MEDIA))
    await server_harness.wait_until_idle()

    assert unpaid.startswith("INSUFFICIENT_CREDITS: ")
    assert "add credits" in unpaid
    assert (estimate["estimated_cost_credits"], estimate["sufficient_credits"]) == (28, False)
    assert limited.startswith("RATE_LIMIT: ")
    assert fields["retryable"] is True


async def test_the_same_key_buys_once_and_a_cancelled_generation_says_so(server_harness: ServerHarness) -> None:
    wish = {**MEDIA, "idempotency_key": "wish-1"}
    async with open_client(server_harness.url, server_harness.key) as client:
        first = content_of(await client.call_tool("generate_media", wish))
        again = content_of(await client.call_tool("generate_media", wish))
        other, _ = error_of(await client.call_tool("generate_media", {**wish, "prompt": "a cat"}))
        cancelled = content_of(await client.call_tool("cancel_generation", {"id": first["generation_id"]}))
        row = content_of(await client.call_tool("get_status", {"id": first["generation_id"]}))
        await server_harness.wait_until_idle()
        balance = content_of(await client.call_tool("get_balance"))

    assert again["generation_id"] == first["generation_id"]
    assert other.startswith("IDEMPOTENCY_MISMATCH: ")
    assert (cancelled["status"], cancelled["cancelled"]) == ("failed", True)
    assert (row["status"], row["error_code"]) == ("failed", "CANCELLED")
    assert balance["credits"] == 1000


ESTIMATES: list[dict[str, Any]] = [
    {"model": "nano-banana-2"},
    {"model": "kling", "duration": "10s", "sound": False},
    {"model": "kling-i2v", "generation_type": "image-to-video"},
    {"model": "seedance", "generation_type": "motion-transfer"},
    {"model": "suno"},
    {"model": "elevenlabs", "prompt": "Hello. " * 300},
    {"model": "hedra"},
]


async def test_an_estimate_is_the_price_that_is_charged(server: ServerProcess) -> None:
    async with open_client(server.url, server.key) as client:
        estimates = [content_of(await client.call_tool("estimate_generation_cost", one)) for one in ESTIMATES]
        request = {"model": "kling", "duration": "10s", "sound": False, "prompt": "test:fail"}
        started = content_of(await client.call_tool("generate_media", request))

    assert all(estimate["estimated_cost_credits"] > 0 for estimate in estimates)
    assert started["estimated_cost_credits"] == estimates[1]["estimated_cost_credits"]


async def test_a_status_that_waits_answers_when_the_server_stops(server_harness: ServerHarness) -> None:
    async with open_client(server_harness.url, server_harness.key) as client:
        started = content_of(await client.call_tool("generate_media", MEDIA))
        await server_harness.wait_until_idle()
        arguments = {"id": started["generation_id"], "wait_seconds": 45}
        waiting = asyncio.create_task(client.call_tool("get_generation_status", arguments))
        while not server_harness.application.runtime.services.hub.follows(started["generation_id"]):
            await asyncio.sleep(0)
        server_harness.application.end_streams()
        async with asyncio.timeout(20):
            row = content_of(await waiting)

    assert row["status"] == "processing"


@pytest.fixture
async def http(server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    headers = {**HEADERS, "X-API-Key": server.key}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False, timeout=30) as http:
        yield http


@pytest.mark.parametrize("key", ["", "nonsense"])
async def test_a_missing_or_wrong_key_says_where_to_read_how(http: httpx.AsyncClient, key: str) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    refused = await http.post("/mcp", json=call, headers={"X-API-Key": key})
    challenge = refused.headers["www-authenticate"]
    address = challenge.partition('resource_metadata="')[2].rstrip('"')
    metadata = [(await http.get(one)).json() for one in (address, "/.well-known/oauth-protected-resource")]

    assert refused.status_code == 401
    assert challenge.startswith("Bearer ")
    assert refused.json()["error"]["data"] == {"code": "UNAUTHENTICATED", "retryable": False}
    assert metadata[0] == metadata[1]
    assert metadata[0]["resource"] == f"{http.base_url}/mcp".replace("//mcp", "/mcp")
    assert metadata[0]["bearer_methods_supported"] == ["header"]


BAD_BODIES: list[tuple[bytes, int]] = [
    (b"{", 400),
    (b"[]", 400),
    (b"null", 400),
    (b'{"jsonrpc": "2.0", "id": 1}', 400),
    (b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}", 400),
    (b"\xff\xfe", 400),
    (b"x" * 1_000_001, 413),
]


async def test_the_version_of_the_server_is_that_of_the_release(http: httpx.AsyncClient) -> None:
    client = {"name": "test", "version": "1"}
    parameters = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": client}
    initialize = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": parameters}

    response = await http.post("/mcp", json=initialize)

    assert response.json()["result"]["serverInfo"]["version"] == version()


@pytest.mark.parametrize("version", [VERSION, "2026-07-28", "nonsense"])
@pytest.mark.parametrize(("body", "status"), BAD_BODIES)
async def test_a_bad_message_is_refused(http: httpx.AsyncClient, body: bytes, status: int, version: str) -> None:
    headers = {"Content-Type": "application/json", "MCP-Protocol-Version": version}
    response = await http.post("/mcp", content=body, headers=headers)

    assert response.status_code == status
    assert "error" in response.json()


@pytest.mark.parametrize("version", [VERSION, "2026-07-28"])
@pytest.mark.parametrize(
    "parameters",
    [
        {"name": "get_balance", "arguments": [1]},
        {"name": 5},
        {"name": "get_status", "arguments": {"id": "\ud800"}},
        {"name": "generate_media", "arguments": {**MEDIA, "duration": float("nan")}},
        {"name": "generate_media", "arguments": {**MEDIA, "duration": float("inf")}},
        None,
    ],
)
async def test_parameters_of_the_wrong_type_are_refused(
    http: httpx.AsyncClient, parameters: object, version: str
) -> None:
    call = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": parameters})
    headers = {"Content-Type": "application/json", "MCP-Protocol-Version": version}
    response = await http.post("/mcp", content=call, headers=headers)

    assert response.status_code < 500
    assert "error" in response.json() or response.json()["result"]["isError"]


async def test_only_post_is_allowed(http: httpx.AsyncClient) -> None:
    responses = [await http.get("/mcp"), await http.delete("/mcp")]

    assert [response.status_code for response in responses] == [405, 405]
    assert {response.headers["allow"] for response in responses} == {"POST"}


async def test_calls_that_read_count_as_reads(server_harness: ServerHarness) -> None:
    headers = {**HEADERS, "X-API-Key": await server_harness.create_key(plan=PlanName.FREE)}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "get_balance"}}
    async with httpx.AsyncClient(base_url=server_harness.url, headers=headers, trust_env=False) as http:
        responses = [await http.post("/mcp", json=call) for _ in range(121)]

    assert responses[0].headers["x-ratelimit-remaining"] == "119"
    assert not responses[119].json()["result"]["isError"]
    assert responses[120].json()["result"]["content"][0]["text"].startswith("RATE_LIMIT: ")


def status_call(message_id: int | str, **arguments: object) -> dict[str, Any]:
    """Return the message that reads a status."""
    params = {"name": "get_generation_status", "arguments": arguments}
    return {"jsonrpc": "2.0", "id": message_id, "method": "tools/call", "params": params}


async def test_a_repeated_status_is_answered_from_memory_until_the_generation_changes(
    server_harness: ServerHarness,
) -> None:
    id = await server_harness.submit()
    headers = {**HEADERS, "X-API-Key": server_harness.key}
    database = server_harness.application.runtime.services.database
    async with httpx.AsyncClient(base_url=server_harness.url, headers=headers, trust_env=False) as http:
        polls = [await http.post("/mcp", json=status_call(1, id=id))]
        # Nobody is told of this change, so only what is read from the database has it.
        change = update(GenerationRow).values(progress=99)
        await database.transact(lambda transaction: transaction.connection.execute(change))
        polls += [await http.post("/mcp", json=status_call(number, id=id)) for number in (2, "three", 1)]
        await server_harness.client.execute("mutation ($id: ID!) { cancelGeneration(id: $id) }", {"id": id})
        after = await http.post("/mcp", json=status_call(1, id=id))

    answers = [poll.json() for poll in polls]
    assert [answer["id"] for answer in answers] == [1, 2, "three", 1]
    assert answers[0]["result"]["structuredContent"]["progress"] != 99
    assert all(answer["result"] == answers[0]["result"] for answer in answers)
    assert after.json()["result"]["structuredContent"]["error_code"] == "CANCELLED"


async def test_a_cached_status_is_not_that_of_another_account_and_errors_are_not_cached(
    server_harness: ServerHarness,
) -> None:
    id, other_key = await server_harness.submit(), await server_harness.create_key()
    call = status_call(1, id=id)
    async with httpx.AsyncClient(base_url=server_harness.url, headers=HEADERS, trust_env=False) as http:
        own, foreign, again = [
            (await http.post("/mcp", json=call, headers={"X-API-Key": key})).json()["result"]
            for key in (server_harness.key, other_key, other_key)
        ]
        waited = await http.post(
            "/mcp", json=status_call(2, id=id, wait_seconds=-1), headers={"X-API-Key": server_harness.key}
        )
        odd = [
            await http.post("/mcp", json=status_call(3, **arguments), headers={"X-API-Key": server_harness.key})
            for arguments in ({"id": [id]}, {"id": id, "kind": "music"}, {"id": id, "kind": {}}, {})
        ]

    assert not own["isError"]
    assert foreign["content"][0]["text"].startswith("NOT_FOUND: ")
    assert again["content"][0]["text"].startswith("NOT_FOUND: ")
    assert all(response.json()["result"]["isError"] for response in (waited, *odd))


async def test_cached_statuses_count_as_reads(server_harness: ServerHarness) -> None:
    key = await server_harness.create_key(plan=PlanName.FREE)
    headers = {**HEADERS, "X-API-Key": key}
    async with httpx.AsyncClient(base_url=server_harness.url, headers=headers, trust_env=False) as http:
        call = {"name": "generate_media", "arguments": {"model": "flux-pro", "prompt": "a fox"}}
        started = await http.post("/mcp", json={"jsonrpc": "2.0", "id": 0, "method": "tools/call", "params": call})
        id = started.json()["result"]["structuredContent"]["generation_id"]
        await server_harness.wait_until_idle()
        responses = [await http.post("/mcp", json=status_call(number, id=id)) for number in range(121)]

    assert not responses[119].json()["result"]["isError"]
    assert responses[120].json()["result"]["content"][0]["text"].startswith("RATE_LIMIT: ")


def test_the_sdk_is_imported_with_the_first_request_only() -> None:
    program = "import sys, server.application; print([name for name in ('mcp', 'mcp_types') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def bridge(url: str, key: str, lines: bytes) -> list[dict[str, Any]]:
    """Return what `doitong mcp` writes for these lines."""
    done = subprocess.run(
        [sys.executable, "-m", "cli", "mcp", "--url", url, "--key", key],
        cwd=ROOT,
        input=lines,
        capture_output=True,
        timeout=30,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_bridge_reports_what_it_cannot_pass_on(server: ServerProcess) -> None:
    ping = b'{"jsonrpc": "2.0", "id": 7, "method": "initialize"}\n'
    unreachable = bridge("http://127.0.0.1:9", "k", ping)
    refused = bridge(server.url, "sk_test_nope", ping)
    nowhere = bridge(f"{server.url}/media", server.key, ping)
    broken = bridge(server.url, server.key, b"{\n[]\n\n")

    assert "cannot be reached" in unreachable[0]["error"]["message"]
    assert "invalid" in refused[0]["error"]["message"]
    assert "not MCP" in nowhere[0]["error"]["message"]
    assert [answer[0]["id"] for answer in (unreachable, refused, nowhere)] == [7, 7, 7]
    assert [(answer["id"], answer["error"]["code"]) for answer in broken] == [(None, -32700), (None, -32600)]


def test_the_bridge_ends_with_its_input_and_when_it_is_terminated(server: ServerProcess) -> None:
    command = [sys.executable, "-m", "cli", "mcp", "--url", server.url, "--key", server.key]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["result"] == {}
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) != 0
    assert bridge(server.url, server.key, b"") == []
