"""The graphql-transport-ws protocol, message by message."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import orjson
import pytest

from server.graphql.transports.websocket import PROTOCOL, SocketSettings
from tests.support.asgi_websocket import AsgiWebSocket, SocketClosed
from tests.support.toy_schema import KEY, ToyState, toy_app, toy_endpoint

pytestmark = pytest.mark.anyio

INIT = {"type": "connection_init", "payload": {"X-Api-Key": KEY}}


def socket(
    toy: ToyState | None = None, *, settings: SocketSettings | None = None, headers: dict[str, str] | None = None
) -> AsgiWebSocket:
    endpoint = toy_endpoint(toy or ToyState(), sockets=settings, allowed_origins=frozenset({"https://front.example"}))
    return AsgiWebSocket(toy_app(endpoint), subprotocols=[PROTOCOL], headers=headers)


@asynccontextmanager
async def ready_socket(
    toy: ToyState | None = None, *, settings: SocketSettings | None = None
) -> AsyncIterator[AsgiWebSocket]:
    async with socket(toy, settings=settings) as ws:
        assert ws.accepted_subprotocol == PROTOCOL
        ws.send_json(INIT)
        assert await ws.receive_json() == {"type": "connection_ack"}
        yield ws


def subscribe(ws: AsgiWebSocket, query: str, *, operation_id: str = "1", **more: object) -> None:
    ws.send_json({"id": operation_id, "type": "subscribe", "payload": {"query": query, **more}})


async def close_code(ws: AsgiWebSocket) -> int:
    with pytest.raises(SocketClosed) as closed:
        await ws.receive_json()
    return closed.value.code


def error_code(message: dict[str, object], operation_id: str = "1") -> str:
    assert (message["id"], message["type"]) == (operation_id, "error")
    errors = message["payload"]
    assert isinstance(errors, list)
    code: str = errors[0]["extensions"]["code"]
    return code


async def test_a_subscription_sends_every_state_and_completes() -> None:
    async with ready_socket() as ws:
        subscribe(
            ws,
            "subscription ($id: ID!) { generationUpdated(id: $id) { status progress error } }",
            variables={"id": "gen_9"},
        )
        messages = [await ws.receive_json() for _ in range(4)]

    states = [message["payload"]["data"]["generationUpdated"] for message in messages[:3]]
    assert [state["progress"] for state in states] == [0, 50, 100]
    assert [state["status"] for state in states] == ["processing", "processing", "completed"]
    assert messages[3] == {"id": "1", "type": "complete"}


async def test_queries_and_mutations_run_too() -> None:
    async with ready_socket() as ws:
        subscribe(ws, 'mutation { generate(prompt: "a lake") { prompt } }')
        assert (await ws.receive_json())["payload"] == {"data": {"generate": {"prompt": "a lake"}}}
        assert (await ws.receive_json())["type"] == "complete"
        subscribe(ws, 'mutation { generate(prompt: "poor") { prompt } }')
        payload = (await ws.receive_json())["payload"]
        assert payload["data"] is None
        assert payload["errors"][0]["extensions"]["creditsRequired"] == 20


@pytest.mark.parametrize(
    "payload", [{"Authorization": f"Bearer {KEY}"}, {"authorization": f"Bearer {KEY}"}, {"X-API-KEY": KEY}]
)
async def test_the_key_may_be_in_connection_init(payload: dict[str, str]) -> None:
    async with socket() as ws:
        ws.send_json({"type": "connection_init", "payload": payload})
        assert await ws.receive_json() == {"type": "connection_ack"}


async def test_the_key_may_be_in_the_upgrade() -> None:
    async with socket(headers={"authorization": f"Bearer {KEY}"}) as ws:
        ws.send_json({"type": "connection_init"})
        assert await ws.receive_json() == {"type": "connection_ack"}


@pytest.mark.parametrize("payload", [None, {}, {"X-API-Key": "wrong"}, {"X-API-Key": 5}])
async def test_without_a_valid_key_the_socket_is_closed(payload: object) -> None:
    async with socket() as ws:
        ws.send_json({"type": "connection_init", "payload": payload})
        assert await close_code(ws) == 4403


async def test_while_keys_cannot_be_looked_up_the_client_is_asked_to_try_again() -> None:
    async with socket(ToyState(are_keys_available=False)) as ws:
        ws.send_json(INIT)
        assert await close_code(ws) == 1013


async def test_subscribing_before_the_handshake_is_unauthorized() -> None:
    async with socket() as ws:
        subscribe(ws, "{ number }")
        assert await close_code(ws) == 4401


async def test_a_second_handshake_closes_the_socket() -> None:
    async with ready_socket() as ws:
        ws.send_json(INIT)
        assert await close_code(ws) == 4429


async def test_a_missing_handshake_times_out() -> None:
    async with socket(settings=SocketSettings(init_timeout=timedelta(milliseconds=1))) as ws:
        assert await close_code(ws) == 4408


async def test_there_is_no_timeout_after_the_handshake() -> None:
    async with ready_socket(settings=SocketSettings(init_timeout=timedelta(milliseconds=50))) as ws:
        subscribe(ws, "subscription { endless }")
        assert (await ws.receive_json())["type"] == "next"
        ws.send_json({"type": "ping"})
        assert await ws.receive_json() == {"type": "pong"}


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[]",
        "null",
        "5",
        '"text"',
        "{}",
        '{"type": 5}',
        '{"type": "start"}',
        '{"type": "complete"}',
        '{"type": "connection_init", "payload": 5}',
        '{"type": "subscribe", "payload": {"query": "{ number }"}}',
        '{"id": "", "type": "subscribe", "payload": {"query": "{ number }"}}',
        '{"id": 5, "type": "subscribe", "payload": {"query": "{ number }"}}',
        '{"id": "1", "type": "subscribe"}',
        '{"id": "1", "type": "subscribe", "payload": []}',
        '{"id": "1", "type": "subscribe", "payload": {}}',
        '{"id": "1", "type": "subscribe", "payload": {"query": 5}}',
        '{"id": "1", "type": "subscribe", "payload": {"query": "{ number }", "variables": []}}',
        '{"id": "1", "type": "subscribe", "payload": {"query": "{ number }", "operationName": 5}}',
        '{"id": "1", "type": "subscribe", "payload": {"query": "{ number }", "extensions": 5}}',
        '{"type": "ping", "payload": ' + "[" * 5_000,
    ],
)
async def test_a_malformed_message_closes_the_socket(text: str) -> None:
    async with ready_socket() as ws:
        ws.send_text(text)
        assert await close_code(ws) == 4400


async def test_a_binary_message_closes_the_socket() -> None:
    async with ready_socket() as ws:
        ws.send_bytes(orjson.dumps({"type": "ping"}))
        assert await close_code(ws) == 4400


async def test_a_message_of_more_than_a_megabyte_closes_the_socket() -> None:
    async with ready_socket() as ws:
        ws.send_json({"type": "ping", "payload": {"x": "y" * 1_000_001}})
        assert await close_code(ws) == 1009


async def test_a_ping_is_answered_with_its_payload() -> None:
    async with ready_socket() as ws:
        ws.send_json({"type": "ping", "payload": {"at": 1}})
        assert await ws.receive_json() == {"type": "pong", "payload": {"at": 1}}
        ws.send_json({"type": "pong"})
        ws.send_json({"type": "ping"})
        assert await ws.receive_json() == {"type": "pong"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ " + "number " * 600 + "}", "QUERY_TOO_COMPLEX"),
        ("query A { number } query B { number }", "OPERATION_RESOLUTION_FAILURE"),
        ("subscription ($v: Int!) { endless @include(if: true) }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { forbidden }", "FORBIDDEN"),
    ],
)
async def test_a_bad_operation_leaves_the_socket_open(query: str, code: str) -> None:
    async with ready_socket() as ws:
        subscribe(ws, query)
        assert error_code(await ws.receive_json()) == code
        subscribe(ws, "{ number }")
        assert (await ws.receive_json())["payload"] == {"data": {"number": 1}}


async def test_a_failing_source_is_an_error_of_its_operation_only() -> None:
    async with ready_socket() as ws:
        subscribe(ws, "subscription { breaks }")
        assert (await ws.receive_json())["payload"] == {"data": {"breaks": 1}}
        message = await ws.receive_json()
        assert error_code(message) == "INTERNAL"
        assert "secret" not in str(message)
        subscribe(ws, "{ number }")
        assert (await ws.receive_json())["type"] == "next"


async def test_an_id_in_use_closes_the_socket() -> None:
    async with ready_socket() as ws:
        subscribe(ws, "subscription { endless }")
        await ws.receive_json()
        subscribe(ws, "subscription { endless }")
        assert await close_code(ws) == 4409


async def test_an_id_can_be_reused_after_completion() -> None:
    toy = ToyState()
    async with ready_socket(toy) as ws:
        for _ in range(3):
            subscribe(ws, "subscription { endless }")
            assert (await ws.receive_json())["type"] == "next"
            ws.send_json({"id": "1", "type": "complete"})
        ws.send_json({"type": "ping"})
        assert await ws.receive_json() == {"type": "pong"}
        assert toy.open_sources == 0


async def test_the_operations_of_a_socket_are_limited() -> None:
    async with ready_socket(settings=SocketSettings(max_operations=2)) as ws:
        for name in "ab":
            subscribe(ws, "subscription { endless }", operation_id=name)
            await ws.receive_json()
        subscribe(ws, "subscription { endless }", operation_id="c")
        assert error_code(await ws.receive_json(), "c") == "RATE_LIMIT"


async def test_operations_end_with_their_socket() -> None:
    toy = ToyState()
    async with ready_socket(toy) as ws:
        for name in "abc":
            subscribe(ws, "subscription { endless }", operation_id=name)
            await ws.receive_json()
        assert toy.open_sources == 3
        await ws.disconnect()
    assert toy.open_sources == 0


async def test_another_subprotocol_is_refused() -> None:
    async with AsgiWebSocket(toy_app(toy_endpoint(ToyState())), subprotocols=["graphql-ws"]) as ws:
        assert await close_code(ws) == 4406


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://toy.evil.example", "http://["])
async def test_another_origin_is_refused(origin: str) -> None:
    with pytest.raises(SocketClosed):
        await socket(headers={"origin": origin}).__aenter__()


@pytest.mark.parametrize("origin", ["http://toy", "https://front.example"])
async def test_the_own_origin_and_allowed_origins_are_accepted(origin: str) -> None:
    async with socket(headers={"origin": origin}) as ws:
        ws.send_json(INIT)
        assert await ws.receive_json() == {"type": "connection_ack"}


async def test_persisted_queries_work_on_a_socket() -> None:
    digest = hashlib.sha256(b"{ number }").hexdigest()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    by_hash = {"id": "1", "type": "subscribe", "payload": {"extensions": extensions}}
    async with ready_socket() as ws:
        ws.send_json(by_hash)
        assert error_code(await ws.receive_json()) == "PERSISTED_QUERY_NOT_FOUND"
        subscribe(ws, "{ number }", operation_id="2", extensions=extensions)
        assert [(await ws.receive_json())["type"] for _ in range(2)] == ["next", "complete"]
        ws.send_json(by_hash)
        assert (await ws.receive_json())["payload"] == {"data": {"number": 1}}
