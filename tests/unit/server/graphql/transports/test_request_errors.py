"""Requests rejected before execution: each counts once against the rate limit, and the client gets the error."""

import httpx
import pytest

from server.graphql.transports.websocket import PROTOCOL
from tests.support.asgi_websocket import AsgiWebSocket
from tests.support.toy_schema import KEY, ToyState, toy_app, toy_client, toy_endpoint

pytestmark = pytest.mark.anyio

SUBSCRIPTION = "subscription { endless }"
GRAPHQL_JSON = "application/graphql-response+json"
DEEP = "{ a" * 40 + " }" * 40
REJECTED = {
    "a document that does not parse": ("{", "*/*", 200),
    "a document that does not fit the schema": ("{ nothing }", "*/*", 200),
    "a document that is too complex": (DEEP, "*/*", 400),
    "a subscription without a transport for it": (SUBSCRIPTION, "application/json", 406),
    "an unsupported response type": ("{ number }", "image/png", 406),
    "a bad document with an unsupported response type": ("{ nothing }", "image/png", 406),
}


async def post(toy: ToyState, query: str, accept: str) -> httpx.Response:
    async with toy_client(toy) as client:
        return await client.post("/graphql", json={"query": query}, headers={"accept": accept})


@pytest.mark.parametrize(("query", "accept", "status"), REJECTED.values(), ids=REJECTED)
async def test_a_rejected_request_is_counted_once_with_its_headers(query: str, accept: str, status: int) -> None:
    toy = ToyState(refusal_limit=1)
    first, second = await post(toy, query, accept), await post(toy, query, accept)

    assert (first.status_code, first.headers["x-ratelimit-remaining"]) == (status, "0")
    assert (second.status_code, second.headers["retry-after"]) == (429, "3")
    assert second.json()["errors"][0]["extensions"]["code"] == "RATE_LIMIT"
    assert toy.refused == 2


async def test_a_mutation_by_get_is_counted() -> None:
    toy = ToyState()
    async with toy_client(toy) as client:
        response = await client.get("/graphql", params={"query": 'mutation { generate(prompt: "x") { id } }'})

    assert (response.status_code, response.headers["x-ratelimit-remaining"]) == (405, "999")


async def test_an_executed_operation_is_not_counted_as_refused() -> None:
    toy = ToyState()
    await post(toy, "{ number }", "*/*")

    assert toy.refused == 0


@pytest.mark.parametrize("query", ["{", "{ nothing }", DEEP, "query A { number } query B { number }"])
async def test_a_rejected_operation_is_counted_on_a_websocket(query: str) -> None:
    toy = ToyState(refusal_limit=1)
    codes = []
    async with AsgiWebSocket(toy_app(toy_endpoint(toy)), subprotocols=[PROTOCOL], headers={"x-api-key": KEY}) as ws:
        ws.send_json({"type": "connection_init"})
        assert await ws.receive_json() == {"type": "connection_ack"}
        for _ in range(2):
            ws.send_json({"id": "1", "type": "subscribe", "payload": {"query": query}})
            codes.append((await ws.receive_json())["payload"][0]["extensions"]["code"])

    assert codes[0] != "RATE_LIMIT"
    assert codes[1] == "RATE_LIMIT"


@pytest.mark.parametrize(
    ("query", "code"), [("subscription {", "GRAPHQL_PARSE_FAILED"), ("{ nothing }", "GRAPHQL_VALIDATION_FAILED")]
)
async def test_a_client_that_accepts_only_events_gets_an_event(query: str, code: str) -> None:
    response = await post(ToyState(), query, "text/event-stream")

    assert (response.status_code, response.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert response.headers["x-ratelimit-remaining"] == "999"
    assert f'"code":"{code}"' in response.text
    assert response.text.endswith("event: complete\ndata:\n\n")


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("application/json, text/event-stream", 200),
        (GRAPHQL_JSON, 400),
        ("text/html", 400),
        ("image/png", 400),
        ("multipart/mixed;subscriptionSpec=1.0", 400),
    ],
)
async def test_a_syntax_error_is_200_only_for_application_json(accept: str, status: int) -> None:
    assert (await post(ToyState(), "subscription {", accept)).status_code == status


async def test_a_compressed_body_is_counted() -> None:
    toy = ToyState()
    async with toy_client(toy) as client:
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        response = await client.post("/graphql", content=b"\x1f\x8b", headers=headers)

    assert (response.status_code, response.headers["accept-encoding"]) == (415, "identity")
    assert toy.refused == 1
