"""Every HTTP error has the same format, whichever part of the server returns it."""

import json

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

QUERY = "query ($first: Int) { generations(first: $first) { nodes { id } } }"


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "allow"),
    [
        ("GET", "/uploads", 405, "METHOD_NOT_ALLOWED", "POST"),
        ("POST", "/health", 405, "METHOD_NOT_ALLOWED", "GET, HEAD"),
        ("DELETE", "/", 405, "METHOD_NOT_ALLOWED", "GET, HEAD"),
        ("PUT", "/graphql", 405, "METHOD_NOT_ALLOWED", "GET, HEAD, OPTIONS, POST"),
        ("DELETE", "/media/x", 405, "METHOD_NOT_ALLOWED", "GET, HEAD, OPTIONS"),
        ("POST", "/graphiql/", 405, "METHOD_NOT_ALLOWED", "GET, HEAD"),
        ("POST", "/graphiql/config.json", 405, "METHOD_NOT_ALLOWED", "GET, HEAD"),
        ("GET", "/media/x", 403, "FORBIDDEN", None),
        ("GET", "/graphiql/nothing", 404, "NOT_FOUND", None),
        ("GET", "/nothing", 404, "NOT_FOUND", None),
        ("POST", "/uploads", 401, "UNAUTHENTICATED", None),
    ],
)
async def test_an_error_is_json_with_a_code(
    server: ServerProcess, method: str, path: str, status: int, code: str, allow: str | None
) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.request(method, server.url + path)

    assert (response.status_code, response.headers["content-type"].partition(";")[0]) == (status, "application/json")
    [error] = response.json()["errors"]
    assert error["message"]
    assert error["extensions"] == {"code": code, "retryable": False}
    allowed = response.headers.get("allow")
    assert (allowed and ", ".join(sorted(allowed.split(", ")))) == allow


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("NaN", "NaN is not a JSON number"),
        ("-Infinity", "Infinity is not a JSON number"),
        ("1e999", "a number is too large"),
        ("9" * 400, "a number is too large"),
        ("01", "line 1 column"),
    ],
)
async def test_invalid_json_numbers_are_named_over_http_and_websocket(
    server: ServerProcess, number: str, reason: str
) -> None:
    body = f'{{"query": {json.dumps(QUERY)}, "variables": {{"first": {number}}}}}'
    headers = {"x-api-key": server.key, "content-type": "application/json"}
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.post(f"{server.url}/graphql", content=body, headers=headers)

    [error] = response.json()["errors"]
    assert (response.status_code, error["extensions"]) == (400, {"code": "BAD_REQUEST", "retryable": False})
    assert reason in error["message"]
    assert "line 1 column" in error["message"]

    url = server.url.replace("http", "ws", 1) + "/graphql"
    async with connect(url, subprotocols=["graphql-transport-ws"], proxy=None) as socket:  # type: ignore[list-item]
        await socket.send(f'{{"id": "1", "type": "subscribe", "payload": {body}}}')
        with pytest.raises(ConnectionClosedError) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400
    assert reason in closed.value.rcvd.reason


@pytest.mark.parametrize("digits", ["9" * 6_000, "1" + "0" * 500 + ".5", "1e999"], ids=["whole", "fraction", "power"])
@pytest.mark.parametrize("argument", ["first: %s", "first: [%s]", "first: {a: %s}"])
async def test_a_number_that_is_too_large_is_rejected(server: ServerProcess, argument: str, digits: str) -> None:
    query = f"{{ generations({argument % digits}) {{ nodes {{ id }} }} }}"
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.post(f"{server.url}/graphql", json={"query": query}, headers={"x-api-key": server.key})

    [error] = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (400, "QUERY_TOO_COMPLEX")
    assert error["message"] == "The document has a number that is too large."


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "no `query`"),
        ({"query": None}, "no `query`"),
        ({"query": "fragment All on Query { __typename }"}, "only fragments"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_a_request_without_an_operation_is_400_with_an_example(
    server: ServerProcess, body: dict[str, object], message: str, accept: str
) -> None:
    headers = {"x-api-key": server.key, "accept": accept}
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.post(f"{server.url}/graphql", json=body, headers=headers)

    assert response.status_code == 400
    assert message in response.json()["errors"][0]["message"]
    assert "{ providers { id } }" in response.json()["errors"][0]["message"]
