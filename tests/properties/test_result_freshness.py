"""Cached results equal fresh ones over random histories of changes, keys, documents and time."""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from accounts.api_keys import revoke_key
from accounts.creation import insert_key
from accounts.plans import PlanName
from generations import repository
from kit.errors import ContentViolation, GenerationFailed
from providers.backend import BackendState, Snapshot
from providers.health import MIN_FAILURES
from tests.support.server_harness import ServerHarness, open_server_harness

pytestmark = pytest.mark.anyio

STEPS = 30
DOCUMENTS = [
    "query ($id: ID!) { generation(id: $id) { id status progress url version } }",
    "query ($id: ID!) { generation(id: $id) { metadata { attempts { outcome error } adjustments { field } } } }",
    "query ($id: ID!) { generation(id: $id) { status error } }",
    "query ($id: ID!) { a: generation(id: $id) { ...all } node(id: $id) { ...all } } "
    "fragment all on Generation { status outputs { url thumbnailUrl } error { code } creditsCharged input }",
    "query ($id: ID!) { __typename generation(id: $id) { id } account { credits { available held } } }",
    "query ($id: ID!) { generation(id: $id) { id } generations(first: 3) { nodes { id status } } }",
    'query ($id: ID!) { generation(id: $id) { id } provider(id: "flux-pro") { available health { breaker } } }',
    "{ providers(type: IMAGE) { id available unavailableModes health { successRate breaker } } }",
]
POLLS = [
    "/v1/generations/{id}?a",
    "/api/v1/statusTask/flux-pro?taskId={id}",
    "/api/v1/tasks/{id}?a",
    "/v1/generate/media/{id}?a",
    "/v1/videos/{id}?a",
]
RUN_AWAY = timedelta(days=400)  # beyond every retention


class History:
    """One server, its keys and generations, and the actions that change what queries return."""

    def __init__(self, server: ServerHarness, http: httpx.AsyncClient, keys: list[str], seed: int) -> None:
        self.server, self.http, self.keys = server, http, keys
        self.random = random.Random(seed)
        self.ids: list[str] = []
        self._reads = 0

    async def change(self) -> None:
        """Change something."""
        actions: list[Callable[[], Awaitable[object]]] = [
            self.submit,
            self.submit,
            self.report,
            self.report,
            self.report,
            self.cancel,
            self.delete,
            self.fail_often,
            self.pass_time,
        ]
        await self.random.choice(actions)()
        await self.server.wait_until_idle()

    async def submit(self) -> None:
        created = await self.execute(
            self.keys[0], 'mutation { generate(input: {type: IMAGE, provider: "flux-pro", input: {text: "a"}}) { id } }'
        )
        self.ids.append(created["data"]["generate"]["id"])

    async def report(self) -> None:
        """Report progress or an end of any task, also of one that has ended."""
        if not self.server.upstream.tasks:
            return
        task = self.random.choice(list(self.server.upstream.tasks.values()))
        task.snapshot = self.random.choice(
            [
                Snapshot(BackendState.RUNNING, progress=self.random.randrange(100)),
                self.server.upstream.succeeded,
                Snapshot(BackendState.FAILED, error=ContentViolation("No.")),
                Snapshot(BackendState.FAILED, error=GenerationFailed("Broken.")),
            ]
        )
        await self.server.upstream.call(task.snapshot, task=task)

    async def cancel(self) -> None:
        await self.mutate("mutation ($id: ID!) { cancelGeneration(id: $id) }")

    async def delete(self) -> None:
        await self.mutate("mutation ($id: ID!) { deleteGeneration(id: $id) }")

    async def fail_often(self) -> None:
        """Open the breaker of a route, or close it."""
        health, now = self.server.application.runtime.services.health, self.server.clock.now()
        route = self.server.application.runtime.services.catalogue.get("flux-pro").routes[0]
        for _ in range(MIN_FAILURES):
            health.record_failure(route.backend, route.model, now=now)
        if self.random.random() < 0.5:
            health.record_success(route.backend, route.model)

    async def pass_time(self) -> None:
        seconds = self.random.choice([1, 45, 3600, 86_400, RUN_AWAY.total_seconds()])
        self.server.clock.move(seconds)

    async def mutate(self, document: str) -> None:
        if self.ids:
            await self.execute(self.keys[0], document, id=self.random.choice(self.ids))

    async def compare(self) -> None:
        """Read with every key: first as clients repeat a request, then with a text that is new."""
        await self.compare_rows()
        for document in self.random.sample(DOCUMENTS, 3):
            variables = {"id": self.random.choice(self.ids[-2:])}
            for key in self.random.sample(self.keys, len(self.keys)):
                self._reads += 1
                repeated = [await self.execute(key, document, **variables) for _ in range(2)]
                fresh = await self.execute(key, f"{document} # {self._reads}", **variables)
                assert repeated == [fresh, fresh], document
                await self.compare_poll(key, variables["id"])

    async def compare_rows(self) -> None:
        """Compare the generations in the cache with their rows."""
        services = self.server.application.runtime.services
        rows = await services.database.read(lambda connection: repository.load_many(connection, self.ids))
        cached = [services.generation_cache.get(row.id) for row in rows]
        assert cached == list(rows)

    async def compare_poll(self, key: str, generation_id: str) -> None:
        """Poll one of the REST APIs, first with a repeated request, then with one that is new."""
        path = self.random.choice(POLLS).format(id=generation_id)
        repeated = [await self.get(key, path) for _ in range(2)]
        fresh = await self.get(key, f"{path}&new={self._reads}")
        assert repeated == [fresh, fresh], path

    async def get(self, key: str, path: str) -> Any:
        response = await self.http.get(path, headers={"Authorization": f"Bearer {key}"})
        return response.status_code, response.json()

    async def execute(self, key: str, document: str, **variables: str) -> Any:
        used = variables if "$id" in document else {}
        response = await self.http.post(
            "/graphql", json={"query": document, "variables": used}, headers={"Authorization": f"Bearer {key}"}
        )
        return response.json()


async def create_test_key_of_the_same_account(server: ServerHarness) -> str:
    runtime, application = server.application.runtime, server.application
    principal, at = await runtime.authenticator.authenticate(server.key), server.clock.now()
    return await runtime.services.database.transact(
        lambda t: insert_key(
            t, principal.account_id, name="t", test_mode=True, secret=application.settings.secret, at=at
        )
    )


@pytest.mark.parametrize("seed", range(4))
async def test_a_repeated_request_gets_what_a_new_one_gets(seed: int, tmp_path: Path) -> None:
    async with open_server_harness(tmp_path) as server, httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        keys = [server.key, await server.create_key(), await create_test_key_of_the_same_account(server)]
        history = History(server, http, keys, seed)
        await history.submit()
        for _ in range(STEPS):
            await history.change()
            await history.compare()
        sent_from_cache = server.application.raw_response_cache.responses

    assert len(history.ids) > 1
    assert sent_from_cache > 50


async def test_a_revoked_key_gets_no_cached_result(tmp_path: Path) -> None:
    async with open_server_harness(tmp_path) as server, httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        history = History(server, http, [server.key], seed=1)
        runtime = server.application.runtime
        body = '{ provider(id: "flux-pro") { id } }'
        before = [await history.execute(server.key, body) for _ in range(2)]
        principal = await runtime.authenticator.authenticate(server.key)

        await runtime.services.database.transact(lambda t: revoke_key(t, principal.key_id, at=server.clock.now()))
        runtime.authenticator.evict(principal.key_id)
        after = await history.execute(server.key, body)

    assert before[0] == before[1]
    assert "data" in before[0]
    assert after["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_cached_read_counts_towards_the_read_limit(tmp_path: Path) -> None:
    async with open_server_harness(tmp_path) as server, httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        free = await server.create_key(plan=PlanName.FREE)
        body = {"query": '{ provider(id: "flux-pro") { id } }'}
        headers = {"Authorization": f"Bearer {free}"}

        responses = [await http.post("/graphql", json=body, headers=headers) for _ in range(121)]

    assert [response.headers["x-ratelimit-remaining"] for response in responses[:3]] == ["119", "118", "117"]
    assert [response.status_code for response in responses[-2:]] == [200, 429]
    assert responses[-1].json()["errors"][0]["extensions"]["limit"] == "reads"
