"""What is refused before it runs: counted once against the caller's allowance, and told so that clients hear of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from server.graphql.transports.websocket import PROTOCOL
from tests.wire.asgi_socket import AsgiSocket
from tests.wire.toy import KEY, Toy, toy_app, toy_endpoint

pytestmark = pytest.mark.anyio

SUBSCRIPTION = "subscription { endless }"
GRAPHQL_JSON = "application/graphql-response+json"
DEEP = "{ a" * 40 + " }" * 40
REFUSED = {
    "a document that does not parse": ("{", "*/*", 200),
    "a document that does not fit the schema": ("{ nothing }", "*/*", 200),
    "a document that is too complex": (DEEP, "*/*", 400),
    "a subscription without a transport for it": (SUBSCRIPTION, "application/json", 406),
    "an answer nobody can read": ("{ number }", "image/png", 406),
    "a bad document for nobody": ("{ nothing }", "image/png", 406),
}


@asynccontextmanager
async def client_of(toy: Toy) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(toy_app(toy_endpoint(toy)))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy", headers={"x-api-key": KEY}) as client:
        yield client


async def post(toy: Toy, query: str, accept: str) -> httpx.Response:
    async with client_of(toy) as client:
        return await client.post("/graphql", json={"query": query}, headers={"accept": accept})


@pytest.mark.parametrize(("query", "accept", "status"), REFUSED.values(), ids=REFUSED)
async def test_it_is_counted_once_and_told_what_is_left(query: str, accept: str, status: int) -> None:
    toy = Toy(most_refused=1)
    first, second = await post(toy, query, accept), await post(toy, query, accept)

    assert (first.status_code, first.headers["x-ratelimit-remaining"]) == (status, "0")
    assert (second.status_code, second.headers["retry-after"]) == (429, "3")
    assert second.json()["errors"][0]["extensions"]["code"] == "RATE_LIMIT"
    assert toy.refused == 2


async def test_a_mutation_by_get_is_counted_too() -> None:
    toy = Toy()
    async with client_of(toy) as client:
        response = await client.get("/graphql", params={"query": 'mutation { generate(prompt: "x") { id } }'})

    assert (response.status_code, response.headers["x-ratelimit-remaining"]) == (405, "999")


async def test_what_runs_is_not_counted_as_refused() -> None:
    toy = Toy()
    await post(toy, "{ number }", "*/*")

    assert toy.refused == 0


@pytest.mark.parametrize("query", ["{", "{ nothing }", DEEP, "query A { number } query B { number }"])
async def test_on_a_socket_it_is_counted_as_well(query: str) -> None:
    toy = Toy(most_refused=1)
    codes = []
    async with AsgiSocket(toy_app(toy_endpoint(toy)), subprotocols=[PROTOCOL], headers={"x-api-key": KEY}) as ws:
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
async def test_who_reads_only_events_is_told_in_the_stream(query: str, code: str) -> None:
    response = await post(Toy(), query, "text/event-stream")

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
async def test_only_those_who_read_plain_json_are_told_of_bad_syntax_with_200(accept: str, status: int) -> None:
    assert (await post(Toy(), "subscription {", accept)).status_code == status


async def test_a_compressed_body_is_counted_and_told_so() -> None:
    toy = Toy()
    async with client_of(toy) as client:
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        response = await client.post("/graphql", content=b"\x1f\x8b", headers=headers)

    assert (response.status_code, response.headers["accept-encoding"]) == (415, "identity")
    assert toy.refused == 1
