"""Doitong's REST API over a real socket: each request and response field by field."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from accounts.creation import create_account, insert_key
from accounts.plans import PlanName
from credits.ledger import LedgerAccount, issue_credits, open_ledger_account
from database.transaction import Transaction
from kit.errors import ContentViolation
from providers.backend import BackendState, Snapshot
from tests.support.server_harness import ServerHarness

pytestmark = pytest.mark.anyio

IMAGE = {"service": "flux-pro", "prompt": "a fox", "width": 1024, "height": 1024}
PATHS = [
    ("text_to_image", "generateimage", {**IMAGE, "version": "flux-pro-1.1", "quality": "high"}, "image"),
    ("text_to_video", "generatevideo", {"service": "kling", "prompt": "a fox", "duration": 5}, "video"),
    (
        "image_to_video",
        "animateimage",
        {
            "service": "runway-i2v",
            "imageUrl": "https://example.com/fox.png",
            "duration": 5,
            "motionIntensity": "medium",
        },
        "video",
    ),
    (
        "avatar",
        "generateavatar",
        {"service": "hedra", "text": "Hello.", "avatarId": "kate", "voice": "rachel"},
        "avatar",
    ),
    ("tts", "generatespeech", {"service": "elevenlabs", "text": "Hello.", "voice": "rachel", "speed": 1.0}, "audio"),
    ("music", "generatemusic", {"prompt": "calm piano", "duration": 10, "instrumental": True}, "music"),
]
ID = re.compile(r"gen_[0-9a-z]{26}")
TIME = re.compile(r"2026-01-01T\d\d:\d\d:\d\d\.\d{3}Z")
ACCOUNT = "{ account { credits { available held } } }"


def create_key(
    transaction: Transaction, harness: ServerHarness, *, credits: int, plan: PlanName, test_mode: bool = False
) -> str:
    at, secret = harness.clock.now(), harness.application.settings.secret
    account_id = create_account(transaction, name="another", plan=plan, at=at)
    ledger_account = LedgerAccount(account_id, test_mode)
    open_ledger_account(transaction, ledger_account)
    if credits:
        issue_credits(transaction, ledger_account, amount=credits, at=at)
    return insert_key(transaction, account_id, name="k", test_mode=test_mode, secret=secret, at=at)


async def another_key(harness: ServerHarness, **account: Any) -> dict[str, str]:
    """Return the headers of a request with the key of another account."""
    settings = {"credits": 1000, "plan": PlanName.ENTERPRISE, **account}
    database = harness.application.runtime.services.database
    return {
        "Authorization": "",
        "X-API-Key": await database.transact(lambda transaction: create_key(transaction, harness, **settings)),
    }


@pytest.fixture
async def rest(server_harness: ServerHarness) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a live key."""
    headers = {"Authorization": f"Bearer {(await another_key(server_harness))['X-API-Key']}"}
    async with httpx.AsyncClient(base_url=server_harness.url, headers=headers, trust_env=False) as client:
        yield client


async def accept(rest: httpx.AsyncClient, **changes: object) -> dict[str, Any]:
    response = await rest.post("/v1/text_to_image", json={**IMAGE, **changes})
    assert response.status_code == 202, response.text
    accepted: dict[str, Any] = response.json()["data"]["generateimage"]
    return accepted


async def read(rest: httpx.AsyncClient, generation_id: str) -> dict[str, Any]:
    response = await rest.get(f"/v1/generations/{generation_id}")
    assert response.status_code == 200, response.text
    generation: dict[str, Any] = response.json()["data"]["generation"]
    return generation


async def credits(rest: httpx.AsyncClient, headers: dict[str, str] | None = None) -> dict[str, int]:
    response = await rest.post("/graphql", json={"query": ACCOUNT}, headers=headers)
    left: dict[str, int] = response.json()["data"]["account"]["credits"]
    return left


async def end(harness: ServerHarness, snapshot: Snapshot | None = None) -> None:
    """Let the generation submitted last end: with success, unless it is given."""
    await harness.wait_until_idle()
    assert await harness.upstream.call(snapshot or harness.upstream.succeeded) == 200
    await harness.wait_until_idle()


@pytest.mark.parametrize(("path", "key", "body", "type"), PATHS)
async def test_each_path_accepts_a_generation_in_test_mode(
    server_harness: ServerHarness, rest: httpx.AsyncClient, path: str, key: str, body: dict[str, Any], type: str
) -> None:
    headers = await another_key(server_harness, test_mode=True)

    response = await rest.post(f"/v1/{path}", json={**body, "webhookUrl": "https://example.com/hook"}, headers=headers)

    assert response.status_code == 202, response.text
    assert response.headers["content-type"] == "application/json"
    assert list(response.json()) == ["data"]
    assert list(response.json()["data"]) == [key]
    generation = response.json()["data"][key]
    assert ID.fullmatch(generation["id"])
    assert TIME.fullmatch(generation["createdAt"])
    published = {name: generation[name] for name in ("status", "url", "webhookUrl", "duration")}
    assert published == {
        "status": "processing",
        "url": None,
        "webhookUrl": "https://example.com/hook",
        "duration": None,
    }
    assert (generation["type"], generation["testMode"]) == (type, True)


async def test_an_accepted_generation_field_by_field(server_harness: ServerHarness, rest: httpx.AsyncClient) -> None:
    accepted = await accept(rest, seed=7)

    metadata: dict[str, object] = {
        "width": None,
        "height": None,
        "duration": None,
        "format": None,
        "seed": 7,
        "model": "flux-pro",
        "backend": None,
        "simulated": False,
        "adjustments": [],
    }
    assert accepted == {
        "id": accepted["id"],
        "type": "image",
        "status": "processing",
        "stage": "queued",
        "progress": 0,
        "service": "flux-pro",
        "testMode": False,
        "url": None,
        "thumbnailUrl": None,
        "outputs": [],
        "duration": None,
        "metadata": metadata,
        "creditCost": 20,
        "creditsCharged": None,
        "estimatedTime": accepted["estimatedTime"],
        "error": None,
        "webhookUrl": None,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "startedAt": None,
        "completedAt": None,
        "version": 1,
    }


async def test_a_completed_generation_field_by_field(server_harness: ServerHarness, rest: httpx.AsyncClient) -> None:
    accepted = await accept(rest)
    server_harness.clock.move(2.5)
    await end(server_harness)

    generation = await read(rest, accepted["id"])

    [output] = generation["outputs"]
    assert (await rest.get(generation["url"])).headers["content-type"] == "image/png"
    assert (await rest.get(generation["thumbnailUrl"])).headers["content-type"] == "image/webp"
    changed = {
        "status": "completed",
        "stage": "done",
        "progress": 100,
        "url": output["url"],
        "thumbnailUrl": output["thumbnailUrl"],
        "outputs": [output],
        "metadata": {**accepted["metadata"], "width": 64, "height": 48, "format": "png", "backend": "fal"},
        "creditsCharged": 20,
        "startedAt": generation["startedAt"],
        "completedAt": generation["completedAt"],
        "version": generation["version"],
    }
    assert generation == {**accepted, **changed}
    assert TIME.fullmatch(generation["startedAt"])
    assert generation["completedAt"] == "2026-01-01T00:00:02.500Z"
    assert {name: value for name, value in output.items() if not name.endswith("Url") and name != "url"} == {
        "mediaType": "image/png",
        "width": 64,
        "height": 48,
        "duration": None,
        "format": "png",
        "bytes": output["bytes"],
        "sha256": output["sha256"],
        "title": None,
        "lyrics": None,
        "expiresAt": "2027-01-01T00:00:02.500Z",
    }


async def test_a_failed_generation_has_its_error_and_costs_nothing(
    server_harness: ServerHarness, rest: httpx.AsyncClient
) -> None:
    accepted = await accept(rest)
    await end(server_harness, Snapshot(BackendState.FAILED, error=ContentViolation("The prompt was refused.")))

    generation = await read(rest, accepted["id"])

    assert (generation["status"], generation["url"], generation["creditsCharged"]) == ("failed", None, 0)
    assert generation["error"]["code"] == "CONTENT_VIOLATION"
    assert (type(generation["error"]["message"]), generation["error"]["retryable"]) == (str, False)


async def test_a_row_of_the_list_has_the_fields_of_kubeez_too(
    server_harness: ServerHarness, rest: httpx.AsyncClient
) -> None:
    accepted = await accept(rest)
    server_harness.clock.move(2.5)
    await end(server_harness)

    response = await rest.get("/v1/generations")

    body = response.json()
    assert list(body) == ["data", "generations"]
    assert body["data"]["generations"] == body["generations"]
    [row], generation = body["generations"], await read(rest, accepted["id"])
    [output], [own] = row.pop("outputs"), generation.pop("outputs")
    assert {name: value for name, value in row.items() if name not in generation} == {
        "kind": "media",
        "model": "flux-pro",
        "prompt": "a fox",
        "generation_type": "text-to-image",
        "created_at": "2026-01-01T00:00:00.000Z",
        "completed_at": "2026-01-01T00:00:02.500Z",
        "processing_time_ms": 2500,
        "credits_deducted": 20,
        "error_code": None,
        "error_message": None,
        "retryable": None,
        "cdn_ready": True,
        "result_url": generation["url"],
    }
    assert {name: value for name, value in row.items() if name in generation} == generation
    assert output == {
        **own,
        "id": accepted["id"],
        "media_type": "image/png",
        "thumbnail_url": own["thumbnailUrl"],
        "optimized_url": own["optimizedUrl"],
        "file_size": own["bytes"],
        "optimization_status": "completed",
        "cdn_ready": True,
    }


async def test_the_list_has_pages_and_filters(server_harness: ServerHarness, rest: httpx.AsyncClient) -> None:
    ids = []
    for number in range(5):
        server_harness.clock.move(1)
        ids.append((await accept(rest, prompt=f"fox {number}"))["id"])
    await rest.post(f"/v1/generations/{ids[0]}/cancel")

    async def listed(**query: str | int) -> list[str]:
        response = await rest.get("/v1/generations", params=query)
        assert response.status_code == 200, response.text
        return [row["id"] for row in response.json()["generations"]]

    first = (await rest.get("/v1/generations", params={"limit": 3})).json()["data"]
    assert [row["id"] for row in first["generations"]] == ids[:1:-1]
    assert first["pageInfo"]["hasNextPage"] is True
    assert await listed(limit=3, after=first["pageInfo"]["endCursor"]) == [ids[1], ids[0]]
    assert await listed(status="cancelled") == [ids[0]]
    assert await listed(status="processing", type="image", service="flux-pro") == ids[:0:-1]
    assert await listed(model="flux-pro", generation_type="text-to-image") == ids[::-1]
    for nothing in ({"generation_type": "image-to-image"}, {"type": "video"}, {"service": "kling"}, {"model": "\0"}):
        assert await listed(**nothing) == []


async def test_a_page_of_one_mode_is_filled_from_older_generations(
    server_harness: ServerHarness, rest: httpx.AsyncClient
) -> None:
    async def image(**fields: str) -> str:
        server_harness.clock.move(1)
        return str((await accept(rest, **fields))["id"])

    edits = [await image(prompt="a fox", imageUrl="https://example.com/fox.png") for _ in range(3)]
    for number in range(4):
        await image(prompt=f"fox {number}")
    query: dict[str, str | int] = {"generation_type": "image-to-image", "limit": 2}

    first = (await rest.get("/v1/generations", params=query)).json()["data"]
    after = first["pageInfo"]["endCursor"]
    second = (await rest.get("/v1/generations", params={**query, "after": after})).json()["data"]

    assert [row["id"] for row in first["generations"]] == edits[:0:-1]
    assert first["pageInfo"]["hasNextPage"] is True
    assert [row["id"] for row in second["generations"]] == edits[:1]
    assert second["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"after": "x"}, {"status": "done"}, {"type": "IMAGE"}]
)
async def test_a_wrong_query_names_its_parameter(rest: httpx.AsyncClient, query: dict[str, str]) -> None:
    response = await rest.get("/v1/generations", params=query)

    body = response.json()
    assert response.status_code == 400
    [error] = body["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", next(iter(query)))
    assert body["message"] == body["detail"] == error["message"]


async def test_a_cancelled_generation_returns_its_credits_and_stays_cancelled(
    server_harness: ServerHarness, rest: httpx.AsyncClient
) -> None:
    accepted = await accept(rest)

    responses = [await rest.post(f"/v1/generations/{accepted['id']}/cancel") for _ in range(2)]

    for response in responses:
        assert response.status_code == 200
        generation = response.json()["data"]["cancelgeneration"]
        assert (generation["id"], generation["status"]) == (accepted["id"], "cancelled")
        assert (generation["creditsCharged"], generation["error"]) == (0, None)
    assert await credits(rest) == {"available": 1000, "held": 0}


async def test_cancelling_a_completed_generation_returns_it_as_it_is(
    server_harness: ServerHarness, rest: httpx.AsyncClient
) -> None:
    accepted = await accept(rest)
    await end(server_harness)

    response = await rest.post(f"/v1/generations/{accepted['id']}/cancel")

    assert response.status_code == 200
    assert response.json()["data"]["cancelgeneration"]["status"] == "completed"


async def test_a_generation_is_deleted_once_it_has_ended(
    server_harness: ServerHarness, rest: httpx.AsyncClient
) -> None:
    path = f"/v1/generations/{(await accept(rest))['id']}"

    running = await rest.delete(path)
    await rest.post(f"{path}/cancel")
    ended = await rest.delete(path)

    assert (running.status_code, running.json()["errors"][0]["extensions"]["code"]) == (400, "INVALID_INPUT")
    assert ended.status_code == 200
    assert ended.json() == {"data": {"deletegeneration": {"id": path.rpartition("/")[2], "deleted": True}}}
    assert (await rest.get(path)).status_code == 404


async def test_a_repeated_request_with_a_key_is_the_first_generation(
    server_harness: ServerHarness, rest: httpx.AsyncClient
) -> None:
    by_header = {"Idempotency-Key": "one"}
    first = await rest.post("/v1/text_to_image", json=IMAGE, headers=by_header)
    again = await rest.post("/v1/text_to_image", json=IMAGE, headers=by_header)
    by_field = await rest.post("/v1/text_to_image", json={**IMAGE, "idempotencyKey": "one"})
    other = await rest.post("/v1/text_to_image", json={**IMAGE, "prompt": "a bear"}, headers=by_header)
    both = await rest.post("/v1/text_to_image", json={**IMAGE, "idempotencyKey": "two"}, headers=by_header)

    assert [response.status_code for response in (first, again, by_field, other, both)] == [202, 202, 202, 409, 400]
    ids = {response.json()["data"]["generateimage"]["id"] for response in (first, again, by_field)}
    assert len(ids) == 1
    replayed = [response.headers.get("idempotent-replayed") for response in (first, again, by_field)]
    assert replayed == [None, "true", "true"]
    assert other.json()["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_MISMATCH"
    assert both.json()["errors"][0]["extensions"]["field"] == "idempotencyKey"
    assert (await credits(rest))["held"] == 20


NESTED = b'{"prompt": "x", "foo": ' + b"[" * 1000 + b"]" * 1000 + b"}"
INVALID: list[tuple[str, object, int, str, str | None]] = [
    ("text_to_image", b"", 400, "BAD_REQUEST", None),
    ("text_to_image", b"{", 400, "BAD_REQUEST", None),
    ("text_to_image", b"[]", 400, "BAD_REQUEST", None),
    ("text_to_image", b'{"prompt": "\xff"}', 400, "BAD_REQUEST", None),
    ("text_to_image", b'{"prompt": "\\ud800"}', 400, "BAD_REQUEST", None),
    ("text_to_image", b'{"prompt": 1e999}', 400, "BAD_REQUEST", None),
    ("text_to_image", NESTED, 400, "BAD_REQUEST", None),
    ("text_to_image", b'{"prompt": "' + b"x" * 1_000_000 + b'"}', 413, "PAYLOAD_TOO_LARGE", None),
    ("text_to_image", {}, 400, "INVALID_INPUT", "prompt"),
    ("text_to_image", {"prompt": None}, 400, "INVALID_INPUT", "prompt"),
    ("text_to_image", {"prompt": 5}, 400, "INVALID_INPUT", "prompt"),
    ("text_to_image", {"prompt": ""}, 400, "INVALID_INPUT", "prompt"),
    ("text_to_image", {"prompt": "x" * 100_000}, 400, "INVALID_INPUT", "prompt"),
    ("text_to_image", {**IMAGE, "text": "a bear"}, 400, "INVALID_INPUT", "text"),
    ("text_to_image", {**IMAGE, "service": 5}, 400, "INVALID_INPUT", "service"),
    ("text_to_image", {**IMAGE, "service": "flux-prp"}, 400, "INVALID_INPUT", "service"),
    ("text_to_image", {**IMAGE, "service": "kling"}, 400, "INVALID_INPUT", "service"),
    ("text_to_image", {**IMAGE, "service": "a\0b"}, 400, "INVALID_INPUT", "service"),
    ("text_to_image", {**IMAGE, "width": "1024"}, 400, "INVALID_INPUT", "width"),
    ("text_to_image", {**IMAGE, "width": True}, 400, "INVALID_INPUT", "width"),
    ("text_to_image", {**IMAGE, "width": 10**30}, 400, "INVALID_INPUT", "width"),
    ("text_to_image", {**IMAGE, "width": 1_000_000}, 400, "INVALID_INPUT", "width"),
    ("text_to_image", {**IMAGE, "seed": -1}, 400, "INVALID_INPUT", "seed"),
    ("text_to_image", {**IMAGE, "quality": "hihg"}, 400, "INVALID_INPUT", "quality"),
    ("text_to_image", {**IMAGE, "colour": "red"}, 400, "INVALID_INPUT", "colour"),
    ("text_to_image", {**IMAGE, "extra": 5}, 400, "INVALID_INPUT", "extra"),
    ("text_to_image", {**IMAGE, "webhookUrl": "javascript:alert(1)"}, 400, "INVALID_INPUT", "webhookUrl"),
    ("text_to_image", {**IMAGE, "webhookUrl": 5}, 400, "INVALID_INPUT", "webhookUrl"),
    ("text_to_image", {**IMAGE, "idempotencyKey": "k" * 256}, 400, "INVALID_INPUT", "idempotencyKey"),
    ("text_to_image", {**IMAGE, "maxCredits": 1}, 402, "SPEND_CAP_REACHED", None),
    ("text_to_image", {**IMAGE, "maxCredits": -1}, 400, "INVALID_INPUT", "maxCredits"),
    ("text_to_video", {"text": "x"}, 400, "INVALID_INPUT", "prompt"),
    ("image_to_video", {"prompt": "x"}, 400, "INVALID_INPUT", "imageUrl"),
    ("image_to_video", {"imageUrl": "nowhere"}, 400, "INVALID_INPUT", "imageUrl"),
    ("image_to_video", {"imageUrl": "http://169.254.169.254/"}, 400, "INVALID_MEDIA_URL", "imageUrl"),
    ("image_to_video", {"imageUrl": "gen_" + "0" * 26}, 400, "INVALID_INPUT", "imageUrl"),
    ("avatar", {"avatarId": "kate"}, 400, "INVALID_INPUT", "text"),
    ("tts", {"text": "..."}, 400, "INVALID_INPUT", "text"),
    ("tts", {"service": "elevenlabs", "text": "Hello.", "speed": "fast"}, 400, "INVALID_INPUT", "speed"),
    ("music", {"prompt": "piano", "instrumental": "yes"}, 400, "INVALID_INPUT", "instrumental"),
]


async def test_bad_input_is_refused_without_effects(server_harness: ServerHarness, rest: httpx.AsyncClient) -> None:
    headers = await another_key(server_harness, test_mode=True)
    for path, body, status, code, field in INVALID:
        content: Any = {"content": body} if isinstance(body, bytes) else {"json": body}
        response = await rest.post(f"/v1/{path}", **content, headers=headers)

        [error] = response.json()["errors"]
        got = (response.status_code, error["extensions"]["code"], error["extensions"].get("field"))
        assert got == (status, code, field), (path, body, error)
        assert error["extensions"]["retryable"] is False

    assert (await rest.get("/v1/generations", headers=headers)).json()["generations"] == []
    assert await credits(rest, headers) == {"available": 1000, "held": 0}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sk_live_wrong"}, {"X-API-Key": "sk_live_wrong"}])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "text_to_image"), ("GET", "generations"), ("GET", "generations/gen_x"), ("POST", "generations/x/cancel")],
)
async def test_a_missing_or_wrong_key_is_401(
    server_harness: ServerHarness, headers: dict[str, str], method: str, path: str
) -> None:
    async with httpx.AsyncClient(base_url=server_harness.url, trust_env=False) as http:
        response = await http.request(method, f"/v1/{path}", headers=headers)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_without_credits_the_error_says_how_many_are_needed(
    server_harness: ServerHarness, rest: httpx.AsyncClient
) -> None:
    headers = await another_key(server_harness, credits=5)

    response = await rest.post("/v1/text_to_image", json=IMAGE, headers=headers)

    assert response.status_code == 402
    assert response.json()["errors"][0]["extensions"] == {
        "code": "INSUFFICIENT_CREDITS",
        "retryable": False,
        "creditsRequired": 20,
        "creditsAvailable": 5,
    }


async def test_over_a_limit_the_response_says_when_to_come_back(
    server_harness: ServerHarness, rest: httpx.AsyncClient
) -> None:
    headers = await another_key(server_harness, plan=PlanName.FREE)
    accepted = await rest.post("/v1/text_to_image", json=IMAGE, headers=headers)

    response = await rest.post("/v1/text_to_image", json=IMAGE, headers=headers)

    assert (accepted.headers["x-ratelimit-limit"], accepted.headers["x-ratelimit-remaining"]) == ("10", "9")
    assert response.status_code == 429
    extensions = response.json()["errors"][0]["extensions"]
    assert (extensions["code"], extensions["limit"], extensions["retryable"]) == ("RATE_LIMIT", "concurrent", True)
    assert int(response.headers["retry-after"]) >= 1


async def test_a_provider_without_credentials_is_503(server_harness: ServerHarness, rest: httpx.AsyncClient) -> None:
    response = await rest.post("/v1/avatar", json={"service": "heygen", "text": "Hello."})

    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"]["code"] == "PROVIDER_UNAVAILABLE"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_web_page_may_use_every_method(server_harness: ServerHarness, method: str) -> None:
    headers = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": method}
    async with httpx.AsyncClient(base_url=server_harness.url, trust_env=False) as http:
        response = await http.options("/v1/generations/gen_x", headers=headers)

    assert response.status_code == 200
    assert method in response.headers["access-control-allow-methods"].split(", ")


async def test_another_accounts_generation_does_not_exist(
    server_harness: ServerHarness, rest: httpx.AsyncClient
) -> None:
    path, headers = f"/v1/generations/{(await accept(rest))['id']}", await another_key(server_harness)

    responses = [
        await rest.request(method, address, headers=headers)
        for method, address in (
            ("GET", path),
            ("DELETE", path),
            ("POST", f"{path}/cancel"),
            ("GET", "/v1/generations/x%00"),
            ("POST", "/v1/generations/%2e%2e/cancel"),
        )
    ]

    for response in responses:
        assert response.status_code == 404, response.text
        assert response.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert (await read(rest, path.rpartition("/")[2]))["status"] == "processing"
