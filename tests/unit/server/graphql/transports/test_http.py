"""The endpoint over HTTP: methods, media types and status codes."""

import hashlib
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from tests.support.log_events import events_of
from tests.support.toy_schema import toy_client

pytestmark = pytest.mark.anyio

GRAPHQL_JSON = "application/graphql-response+json"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with toy_client() as client:
        yield client


async def post(client: httpx.AsyncClient, query: str, *, accept: str = "*/*", **more: object) -> httpx.Response:
    return await client.post("/graphql", json={"query": query, **more}, headers={"accept": accept})


def code(response: httpx.Response) -> str:
    found: str = response.json()["errors"][0]["extensions"]["code"]
    return found


async def test_a_success_has_no_errors_key(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ number }")

    assert response.json() == {"data": {"number": 1}}
    assert response.headers["vary"] == "Accept"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (f"{GRAPHQL_JSON},application/json;q=0.9", GRAPHQL_JSON),
        (f"application/json;q=0.2, {GRAPHQL_JSON};q=0.1", "application/json"),
        (f"{GRAPHQL_JSON};q=0, */*", "application/json"),
        ("application/json;q=0, */*", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}, application/graphql+json, application/json, text/event-stream", GRAPHQL_JSON),
    ],
)
async def test_the_media_type_is_negotiated(client: httpx.AsyncClient, accept: str, media_type: str) -> None:
    response = await post(client, "{ number }", accept=accept)

    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"


async def test_a_client_that_accepts_no_json_gets_406(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ number }", accept="image/png")

    assert (response.status_code, code(response)) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    ("query", "expected"),
    [("{", "GRAPHQL_PARSE_FAILED"), ("{ nothing }", "GRAPHQL_VALIDATION_FAILED")],
)
async def test_a_bad_document_is_400_or_200_by_media_type(client: httpx.AsyncClient, query: str, expected: str) -> None:
    strict, lenient = await post(client, query, accept=GRAPHQL_JSON), await post(client, query)

    assert (strict.status_code, code(strict)) == (400, expected)
    assert (lenient.status_code, code(lenient)) == (200, expected)
    assert "data" not in strict.json()
    assert strict.json()["errors"][0]["locations"]


async def test_a_bad_variable_is_400_and_names_it(client: httpx.AsyncClient) -> None:
    response = await post(
        client, "query ($v: Int!) { number(value: $v) }", accept=GRAPHQL_JSON, variables={"v": "many"}
    )

    assert (response.status_code, code(response)) == (400, "BAD_USER_INPUT")
    assert "$v" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("accept", [GRAPHQL_JSON, "application/json"])
async def test_an_application_error_without_data_sets_the_status(client: httpx.AsyncClient, accept: str) -> None:
    response = await post(client, 'mutation { generate(prompt: "poor") { id } }', accept=accept)

    assert response.status_code == 402
    assert response.json()["data"] is None
    [error] = response.json()["errors"]
    assert error.keys() == {"message", "path", "extensions"}
    assert error["path"] == ["generate"]
    assert error["extensions"] == {
        "code": "INSUFFICIENT_CREDITS",
        "retryable": False,
        "creditsRequired": 20,
        "creditsAvailable": 3,
    }


async def test_a_rate_limit_has_retry_after(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ limited }")

    assert response.status_code == 429
    assert response.headers["retry-after"] == "3"
    assert response.json()["errors"][0]["extensions"]["limit"] == "reads"


async def test_an_internal_error_reveals_only_a_request_id(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = await post(client, "{ bug }")

    assert (response.status_code, code(response)) == (500, "INTERNAL")
    assert "secret" not in response.text
    request_id = response.json()["errors"][0]["extensions"]["requestId"]
    (logged,) = (event for event in events_of(caplog) if event["level"] == "error")
    assert any(record.msg is logged and record.exc_info for record in caplog.records)
    assert logged["request_id"] == request_id


async def test_partial_data_is_200(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ number nullableBug }", accept=GRAPHQL_JSON)

    assert response.status_code == 200
    assert response.json()["data"] == {"number": 1, "nullableBug": None}
    assert code(response) == "INTERNAL"


async def test_resolvers_can_set_response_headers(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ caller }")

    assert response.json()["data"] == {"caller": "somebody"}
    assert response.headers["x-ratelimit-remaining"] == "7"


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "sk_test_wrong"}, {"authorization": "Bearer nothing"}])
@pytest.mark.parametrize("query", ["{ number }", "{ nothing }", "{", 5, "{ __typename number }"])
async def test_without_a_valid_key_everything_is_401(headers: dict[str, str], query: object) -> None:
    async with toy_client(key=None) as anonymous:
        response = await anonymous.post("/graphql", json={"query": query}, headers=headers)

    assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_introspection_needs_no_key() -> None:
    async with toy_client(key=None) as anonymous:
        response = await anonymous.post("/graphql", json={"query": "{ __schema { queryType { name } } __typename }"})

    assert response.json()["data"]["__schema"] == {"queryType": {"name": "Query"}}


async def test_get_allows_queries_and_refuses_mutations(client: httpx.AsyncClient) -> None:
    query = await client.get(
        "/graphql", params={"query": "query ($v: Int!) { number(value: $v) }", "variables": '{"v": 3}'}
    )
    mutation = await client.get("/graphql", params={"query": 'mutation { generate(prompt: "x") { id } }'})

    assert query.json() == {"data": {"number": 3}}
    assert (mutation.status_code, mutation.headers["allow"]) == (405, "POST")


async def test_a_get_with_cookies_requires_a_preflight_header() -> None:
    url, cookie = "/graphql?query={__typename}", {"cookie": "session=1"}
    async with toy_client(key=None) as browser:
        plain = await browser.get(url, headers=cookie)
        preflighted = await browser.get(url, headers={**cookie, "apollo-require-preflight": "1"})

    assert (plain.status_code, code(plain)) == (400, "CSRF")
    assert preflighted.status_code == 200


async def test_a_browser_without_a_query_is_redirected_to_graphiql(client: httpx.AsyncClient) -> None:
    page = await client.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})
    query = await client.get("/graphql?query={number}", headers={"accept": "text/html,*/*;q=0.8"})

    assert (page.status_code, page.headers["location"]) == (302, "/graphiql/")
    assert query.json() == {"data": {"number": 1}}


async def test_other_methods_get_the_allowed_ones(client: httpx.AsyncClient) -> None:
    put, head = await client.put("/graphql"), await client.head("/graphql")
    options = await client.options("/graphql")

    assert (put.status_code, put.headers["allow"], code(put)) == (405, "GET, HEAD, OPTIONS, POST", "METHOD_NOT_ALLOWED")
    assert (head.status_code, head.content) == (200, b"")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")


@pytest.mark.parametrize(
    ("name", "expected"), [(None, 400), ("", 400), ("C", 400), ("A", 200)], ids=["none", "empty", "unknown", "known"]
)
async def test_one_of_several_operations_must_be_named(
    client: httpx.AsyncClient, name: str | None, expected: int
) -> None:
    response = await post(client, "query A { number } query B { caller }", operationName=name)

    assert response.status_code == expected
    if expected == 400:
        assert code(response) == "OPERATION_RESOLUTION_FAILURE"


async def test_a_subscription_by_plain_post_requires_a_transport(client: httpx.AsyncClient) -> None:
    response = await post(client, "subscription { endless }")

    assert (response.status_code, code(response)) == (406, "SUBSCRIPTION_TRANSPORT_REQUIRED")


async def test_a_persisted_query_is_stored_and_then_found_by_its_hash(client: httpx.AsyncClient) -> None:
    query = "{ number }"
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(query.encode()).hexdigest()}}
    by_hash = {"extensions": orjson.dumps(extensions).decode()}

    unknown = await client.get("/graphql", params=by_hash)
    stored = await post(client, query, extensions=extensions)
    known = await client.get("/graphql", params=by_hash)
    wrong = await post(client, "{ caller }", extensions=extensions)

    assert (unknown.status_code, code(unknown)) == (200, "PERSISTED_QUERY_NOT_FOUND")
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert unknown.headers["cache-control"] == "no-store"
    assert stored.json() == known.json() == {"data": {"number": 1}}
    assert (wrong.status_code, code(wrong)) == (400, "PERSISTED_QUERY_HASH_MISMATCH")
