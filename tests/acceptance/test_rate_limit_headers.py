"""What is left of the minute is said on every answer, and a limit that is reached says when to come back."""

from pathlib import Path

import httpx
import pytest

from tests.support.cli_process import create_key
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

READ = {"query": "{ account { plan } }"}
WRITE = {
    "query": "mutation ($input: GenerateInput!) { generate(input: $input) { id } }",
    "variables": {"input": {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "x test:hang"}}},
}


async def test_reads_and_generations_have_allowances_of_their_own(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    with ServerProcess(directory) as server:
        key = create_key(server, "--test", "--credits", "1000")
        async with httpx.AsyncClient(trust_env=False, headers={"x-api-key": key}) as http:
            read = await http.post(f"{server.url}/graphql", json=READ)
            accepted = await http.post(f"{server.url}/graphql", json=WRITE)
            refused = await http.post(f"{server.url}/graphql", json=WRITE)
            many = [await http.post(f"{server.url}/graphql", json=READ) for _ in range(242)]

    assert (read.headers["x-ratelimit-limit"], read.headers["x-ratelimit-remaining"]) == ("120", "119")
    assert (accepted.headers["x-ratelimit-limit"], accepted.headers["x-ratelimit-remaining"]) == ("10", "9")
    assert refused.status_code == 429
    [error] = refused.json()["errors"]
    assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("RATE_LIMIT", "concurrent")
    assert int(refused.headers["retry-after"]) >= 1
    limited = [answer for answer in many if answer.status_code == 429]
    assert limited
    assert limited[-1].json()["errors"][0]["extensions"]["limit"] == "reads"
    assert 1 <= int(limited[-1].headers["retry-after"]) <= 60
    assert limited[-1].headers["x-ratelimit-remaining"] == "0"


REQUESTS: list[tuple[str, object, str]] = [
    ("a query", READ, "120"),
    ("a query that does not fit the schema", {"query": "{ nope }"}, "120"),
    ("a query that does not parse", {"query": "{ account"}, "120"),
    ("no query", {"variables": {}}, "120"),
    ("a mutation that makes nothing", {"query": 'mutation { cancelGeneration(id: "gen_x") }'}, "120"),
    ("variables of the wrong type", {**WRITE, "variables": {"input": 5}}, "120"),
    ("one that is accepted", WRITE, "10"),
    (
        "one that is refused",
        {"query": 'mutation { generate(input: {type: IMAGE, provider: "nope", input: {text: "x"}}) { id } }'},
        "10",
    ),
]


async def test_every_answer_to_a_key_tells_an_allowance(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    with ServerProcess(directory) as server:
        key = create_key(server, "--test", "--credits", "1000")
        async with httpx.AsyncClient(trust_env=False, headers={"x-api-key": key}) as http:
            answers = [
                (what, limit, await http.post(f"{server.url}/graphql", json=body)) for what, body, limit in REQUESTS
            ]
            replay = {"Idempotency-Key": "one"}
            answers += [
                (what, "10", await http.post(f"{server.url}/graphql", json=WRITE, headers=replay))
                for what in ("over a limit", "over it again")
            ]

    told = {what: answer.headers.get("x-ratelimit-limit") for what, _, answer in answers}
    assert told == {what: limit for what, limit, _ in answers}


async def test_a_live_key_without_a_provider_is_told_which_are_missing(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    with ServerProcess(directory) as server:
        key = create_key(server, "--credits", "1000", "--plan", "pro")
        async with httpx.AsyncClient(trust_env=False, headers={"x-api-key": key}, timeout=30) as http:
            refused = await http.post(f"{server.url}/graphql", json=WRITE)
            speech = {"type": "AUDIO", "input": {"text": "Hello there."}}
            query = "mutation ($input: GenerateInput!) { generate(input: $input, wait: 30) { status provider } }"
            made = await http.post(f"{server.url}/graphql", json={"query": query, "variables": {"input": speech}})
            poor = create_key(server)
            broke = await http.post(
                f"{server.url}/graphql",
                json={"query": query, "variables": {"input": speech}},
                headers={"x-api-key": poor},
            )

    assert refused.status_code == 503
    assert refused.json()["errors"][0]["extensions"]["code"] == "PROVIDER_UNAVAILABLE"
    assert made.json() == {"data": {"generate": {"status": "COMPLETED", "provider": "local-speech"}}}
    assert broke.status_code == 402
    assert broke.json()["errors"][0]["extensions"] == {
        "code": "INSUFFICIENT_CREDITS",
        "retryable": False,
        "creditsRequired": 1,
        "creditsAvailable": 0,
    }
