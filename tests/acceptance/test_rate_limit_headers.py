"""Rate limit headers of responses, and Retry-After once a limit is exceeded."""

from pathlib import Path

import httpx
import pytest

from tests.support.cli_process import create_key
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

QUERY = {"query": "{ account { plan } }"}
MUTATION = {
    "query": "mutation ($input: GenerateInput!) { generate(input: $input) { id } }",
    "variables": {"input": {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "x test:hang"}}},
}


async def test_reads_and_generations_have_separate_limits(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    with ServerProcess(directory) as server:
        key = create_key(server, "--test", "--credits", "1000")
        async with httpx.AsyncClient(trust_env=False, headers={"x-api-key": key}) as http:
            read = await http.post(f"{server.url}/graphql", json=QUERY)
            accepted = await http.post(f"{server.url}/graphql", json=MUTATION)
            rejected = await http.post(f"{server.url}/graphql", json=MUTATION)
            responses = [await http.post(f"{server.url}/graphql", json=QUERY) for _ in range(242)]

    assert (read.headers["x-ratelimit-limit"], read.headers["x-ratelimit-remaining"]) == ("120", "119")
    assert (accepted.headers["x-ratelimit-limit"], accepted.headers["x-ratelimit-remaining"]) == ("10", "9")
    assert rejected.status_code == 429
    [error] = rejected.json()["errors"]
    assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("RATE_LIMIT", "concurrent")
    assert int(rejected.headers["retry-after"]) >= 1
    limited = [response for response in responses if response.status_code == 429]
    assert limited
    assert limited[-1].json()["errors"][0]["extensions"]["limit"] == "reads"
    assert 1 <= int(limited[-1].headers["retry-after"]) <= 60
    assert limited[-1].headers["x-ratelimit-remaining"] == "0"


REQUESTS: list[tuple[str, object, str]] = [
    ("a query", QUERY, "120"),
    ("a query that is invalid", {"query": "{ nope }"}, "120"),
    ("a query that does not parse", {"query": "{ account"}, "120"),
    ("no query", {"variables": {}}, "120"),
    ("a mutation that generates nothing", {"query": 'mutation { cancelGeneration(id: "gen_x") }'}, "120"),
    ("variables of the wrong type", {**MUTATION, "variables": {"input": 5}}, "120"),
    ("an accepted generation", MUTATION, "10"),
    (
        "a rejected generation",
        {"query": 'mutation { generate(input: {type: IMAGE, provider: "nope", input: {text: "x"}}) { id } }'},
        "10",
    ),
]


async def test_every_response_to_a_key_has_a_rate_limit(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    with ServerProcess(directory) as server:
        key = create_key(server, "--test", "--credits", "1000")
        async with httpx.AsyncClient(trust_env=False, headers={"x-api-key": key}) as http:
            responses = [
                (name, limit, await http.post(f"{server.url}/graphql", json=body)) for name, body, limit in REQUESTS
            ]
            replay = {"Idempotency-Key": "one"}
            responses += [
                (name, "10", await http.post(f"{server.url}/graphql", json=MUTATION, headers=replay))
                for name in ("over a limit", "over the limit again")
            ]

    limits = {name: response.headers.get("x-ratelimit-limit") for name, _, response in responses}
    assert limits == {name: limit for name, limit, _ in responses}


async def test_a_live_key_needs_a_configured_provider_and_credits(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    with ServerProcess(directory) as server:
        key = create_key(server, "--credits", "1000", "--plan", "pro")
        async with httpx.AsyncClient(trust_env=False, headers={"x-api-key": key}, timeout=30) as http:
            rejected = await http.post(f"{server.url}/graphql", json=MUTATION)
            speech = {"type": "AUDIO", "input": {"text": "Hello there."}}
            query = "mutation ($input: GenerateInput!) { generate(input: $input, wait: 30) { status provider } }"
            completed = await http.post(f"{server.url}/graphql", json={"query": query, "variables": {"input": speech}})
            key_without_credits = create_key(server)
            unpaid = await http.post(
                f"{server.url}/graphql",
                json={"query": query, "variables": {"input": speech}},
                headers={"x-api-key": key_without_credits},
            )

    assert rejected.status_code == 503
    assert rejected.json()["errors"][0]["extensions"]["code"] == "PROVIDER_UNAVAILABLE"
    assert completed.json() == {"data": {"generate": {"status": "COMPLETED", "provider": "local-speech"}}}
    assert unpaid.status_code == 402
    assert unpaid.json()["errors"][0]["extensions"] == {
        "code": "INSUFFICIENT_CREDITS",
        "retryable": False,
        "creditsRequired": 1,
        "creditsAvailable": 0,
    }
