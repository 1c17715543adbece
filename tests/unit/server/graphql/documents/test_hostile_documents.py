"""Hostile and malformed requests: each gets a 4xx with a code, within bounded CPU time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from tests.support.cpu_time import RelativeCpuTime
from tests.support.toy_schema import ToyState, toy_client, toy_endpoint

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}
MAX_CPU_TIME = 6.0  # units of RelativeCpuTime
DIRECTIVES = "@include(if: true) " * 6
BOMB = (
    "{ ...F0 } "
    + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
    + " fragment F40 on Query { number }"
)
CHAIN = (
    "{ ...F0 } "
    + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(250))
    + " fragment F250 on Query { number }"
)

DOCUMENTS = {
    "a hundred thousand tokens": "{ " + "number " * 100_000 + "}",
    "many tokens": "{ " + "n " * 40_000 + "}",
    "a long string": 'mutation { increment(by: 1, why: """' + "x\n" * 200_000 + '""") }',
    "a fragment bomb": BOMB,
    "a chain of fragments": CHAIN,
    "aliases": "{ " + " ".join(f"a{n}: number" for n in range(600)) + " }",
    "a thousand aliases": "{ " + " ".join(f"a{n}: number" for n in range(1_000)) + " }",
    "a thousand fields": "{ " + "number " * 1_000 + "}",
    "fields in an unused fragment": "{ number } fragment F on Query { " + "number " * 1_900 + "}",
    "directives": "{ " + f"number {DIRECTIVES}" + " }",
    "deep fields": "{ number " + "{ a " * 40 + "}" * 40 + " }",
    "deeper fields": "{ a" * 5_000 + " }" * 5_000,
    "deep inline fragments": "{ " + "... { " * 300 + "number" + " }" * 300 + " }",
    "a deep literal": "{ echo(value: " + "[" * 200 + "]" * 200 + ") }",
    "a deep default": "query ($v: JSON = " + "[" * 200 + "]" * 200 + ") { echo(value: $v) }",
    "comments": "#\n" * 40_000 + "{ number }",
}

BODIES = {
    "no body": b"",
    "half of JSON": b'{ "query": ',
    "invalid UTF-8": b'{"query": "{ \xff\xfe }"}',
    "a lone surrogate": b'{"query": "{ \\ud800 }"}',
    "null": b"null",
    "a string": b'"{ number }"',
    "a number": b"1",
    "an empty batch": b"[]",
    "a batch": b'[{"query": "{ number }"}]',
    "an empty object": b"{}",
    "a null query": b'{"query": null}',
    "an empty query": b'{"query": ""}',
    "a list for a query": b'{"query": ["{ number }"]}',
    "a string for variables": b'{"query": "{ number }", "variables": "{}"}',
    "a list for variables": b'{"query": "{ number }", "variables": []}',
    "a number for operationName": b'{"query": "{ number }", "operationName": 3}',
    "a list for extensions": b'{"query": "{ number }", "extensions": []}',
    "a list for persistedQuery": b'{"extensions": {"persistedQuery": []}}',
    "deep variables": b'{"query": "{ number }", "variables": {"v": ' + b"[" * 900 + b"]" * 900 + b"}}",
    "bottomless variables": b'{"query": "{ number }", "variables": {"v": ' + b"[" * 200_000,
}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with toy_client() as client:
        await client.post("/graphql", json={"query": "{ number }"})
        yield client


async def error_code(client: httpx.AsyncClient, **request: Any) -> str:
    """Return the error code, and check that the refusal took bounded CPU time."""
    cpu_time = RelativeCpuTime()
    for _ in range(5):
        with cpu_time.round():
            response = await client.post("/graphql", **request)
    assert 400 <= response.status_code < 500
    assert cpu_time.units < MAX_CPU_TIME
    code: str = response.json()["errors"][0]["extensions"]["code"]
    return code


@pytest.mark.serial
@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_document_that_is_too_complex_is_refused_quickly(client: httpx.AsyncClient, name: str) -> None:
    assert await error_code(client, json={"query": DOCUMENTS[name]}) == "QUERY_TOO_COMPLEX"


@pytest.mark.serial
@pytest.mark.parametrize("name", BODIES)
async def test_a_malformed_body_is_refused_quickly(client: httpx.AsyncClient, name: str) -> None:
    assert await error_code(client, content=BODIES[name], headers=JSON)


@pytest.mark.parametrize("has_length", [True, False], ids=["with a length", "streamed"])
async def test_a_body_of_20_megabytes_is_refused_before_it_is_read(client: httpx.AsyncClient, has_length: bool) -> None:
    read = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(320):
            read += 1
            yield b" " * 65_536

    headers = JSON | ({"content-length": str(320 * 65_536)} if has_length else {})
    response = await client.post("/graphql", content=chunks(), headers=headers)

    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "PAYLOAD_TOO_LARGE"
    assert read < 20


async def test_a_body_that_does_not_arrive_times_out() -> None:
    sent: list[dict[str, Any]] = []
    endpoint = toy_endpoint(ToyState(), body_timeout=timedelta(0))

    async def receive() -> dict[str, Any]:
        never: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        return await never

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    await endpoint(scope, receive, send)

    assert sent[0]["status"] == 408
    assert b"REQUEST_TIMEOUT" in sent[1]["body"]


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"]
)
async def test_another_content_type_is_415(client: httpx.AsyncClient, content_type: str | None) -> None:
    headers = {"content-type": content_type} if content_type else {}
    response = await client.post("/graphql", content=b'{"query": "{ number }"}', headers=headers)

    assert response.status_code == 415


@pytest.mark.parametrize("query_string", ["query=%ff", "query={number}&variables=%5B", "query={number}&variables=3"])
async def test_a_bad_query_string_is_400(client: httpx.AsyncClient, query_string: str) -> None:
    response = await client.get(f"/graphql?{query_string}")

    assert response.status_code == 400


async def test_the_full_introspection_query_is_within_the_limits(client: httpx.AsyncClient) -> None:
    query = get_introspection_query(descriptions=True, input_value_deprecation=True, specified_by_url=True)
    response = await client.post("/graphql", json={"query": query})

    assert "errors" not in response.json()
