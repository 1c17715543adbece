"""Errors of the APIXO API over real sockets: its own shape and codes, and nothing charged or stored."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from accounts.plans import PlanName
from tests.support.apixo_client import GENERATE, INPUT, PUBLISHED, ApixoClient, open_apixo_client
from tests.support.ledger_invariants import check_ledger
from tests.support.plan_counters import set_counters
from tests.support.server_harness import ServerHarness, open_server_harness

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerHarness]:
    directory = tmp_path_factory.mktemp("apixo-errors") / "data"
    async with open_server_harness(directory, backends=("fal", "ark")) as server:
        yield server
        await server.application.runtime.services.database.read(check_ledger)


@pytest.fixture
async def client(server: ServerHarness) -> AsyncIterator[ApixoClient]:
    async with open_apixo_client(server) as client:
        yield client


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Missing required field: input"),
        ({"input": {**INPUT, "prompt": None}}, "Missing required field: input.prompt"),
        ({"input": {**INPUT, "mode": "image-to-image"}}, "Missing required field: input.image_urls"),
        ({"request_type": "callback", "input": INPUT}, "Missing required field: callback_url"),
        ({"input": {**INPUT, "max_images": 11}}, "input.max_images"),
        ({"input": {**INPUT, "max_images": "1"}}, "input.max_images"),
        ({"input": {**INPUT, "max_images": 1e300}}, "input.max_images"),
        ({"input": {**INPUT, "resolution": "8K"}}, "input.resolution"),
        ({"input": {**INPUT, "aspect_ratio": "5:1"}}, "input.aspect_ratio"),
        ({"input": {**INPUT, "size": "huge"}}, "input.size"),
        ({"input": {**INPUT, "prompt": "x" * 5001}}, "input.prompt"),
        ({"input": {**INPUT, "colour": "red"}}, "input.colour"),
        ({"input": []}, "input"),
        ({"provider": "cheap", "input": INPUT}, "provider"),
        ({"request_type": "callback", "callback_url": "ftp://x", "input": INPUT}, "callback_url"),
        ({"input": {**INPUT, "mode": "image-to-image", "image_urls": ["nonsense"]}}, "input.image_urls.0"),
    ],
)
async def test_invalid_requests_name_the_field_and_leave_nothing(
    client: ApixoClient, body: dict[str, object], message: str
) -> None:
    response = await client.create(body)

    refused = response.json()
    assert (response.status_code, refused["code"], refused["message"]) == (400, 400, "Invalid request"), refused
    assert message in refused["data"]["error"] or message == refused["details"]["field"]
    assert await client.latest() is None
    assert await client.available() == 1000


@pytest.mark.parametrize(
    ("content", "status"), [(b"{", 400), (b"[]", 400), (b"\xff", 400), (b" " * 1_000_001, 413), (b"[" * 90_000, 400)]
)
async def test_a_body_that_is_no_object_is_refused(client: ApixoClient, content: bytes, status: int) -> None:
    response = await client.http.post(f"{GENERATE}/seedream-4-5", content=content)

    assert (response.status_code, response.json()["code"]) == (status, status)


async def test_refusals_have_the_published_codes(client: ApixoClient) -> None:
    model = await client.create(PUBLISHED, model="nothing")
    task = await client.status("gen_" + "0" * 26)
    no_id = await client.status("")
    task_id = await client.submit()
    of_another_model = await client.status(task_id, model="gpt-image-2")
    key = await client.http.get("/api/v1/apikeys/current-balance", headers={"Authorization": "Bearer nonsense"})
    poor = {"Authorization": f"Bearer {await client.server.create_key(credits=1)}"}
    credits = await client.create(PUBLISHED, **poor)

    assert [one.status_code for one in (model, task, no_id, of_another_model, key, credits)] == [
        404,
        404,
        400,
        404,
        401,
        400,
    ]
    assert model.json()["error_code"] == task.json()["error_code"] == "NOT_FOUND"
    assert key.json()["message"] == "Invalid or missing API key"
    assert "data" not in key.json()
    assert {name: credits.json()[name] for name in ("code", "message", "data")} == {
        "code": 400,
        "message": "Insufficient credits",
        "data": None,
    }
    assert credits.json()["error_code"] == "INSUFFICIENT_CREDITS"


async def test_a_limit_of_the_plan_is_429(client: ApixoClient) -> None:
    key = {"Authorization": f"Bearer {await client.server.create_key(plan=PlanName.FREE)}"}
    await client.create(PUBLISHED, **key)
    refused = await client.create(PUBLISHED, **key)

    assert (refused.status_code, refused.json()["code"]) == (429, 429)
    assert "retry-after" in refused.headers


@pytest.mark.parametrize(
    ("model", "fields", "field"),
    [
        ("nano-banana-2", {"mode": "painting"}, "input.mode"),
        ("nano-banana-2", {"resolution": "1K", "aspect_ratio": "0:1"}, "input.aspect_ratio"),
        ("nano-banana-2", {"sound": True}, "input.sound"),
        ("seedance-2-0", {"mode": "first_and_last_frames"}, "input.image_urls"),
        ("suno", {"mode": "V9"}, "input.mode"),
        ("suno", {"customMode": "yes"}, "input.customMode"),
        ("suno", {"styleWeight": 2}, "input.styleWeight"),
        ("suno", {"image_urls": ["https://example.com/a.png"]}, "input.image_urls.0"),
    ],
)
async def test_fields_of_other_models_are_checked(
    client: ApixoClient, model: str, fields: dict[str, object], field: str
) -> None:
    key = await client.server.create_key(test_mode=True)
    refused = await client.create({"input": {"prompt": "a", **fields}}, model=model, Authorization=f"Bearer {key}")

    assert (refused.status_code, refused.json()["details"]["field"]) == (400, field), refused.text


@pytest.mark.parametrize(
    "value", [None, True, -1, 1e308, 2**63, "", "x" * 9000, "a\0b", "\ud800", [], [[]], {}, {"a": [None]}]
)
async def test_no_value_is_an_internal_error(client: ApixoClient, value: object) -> None:
    names = ["mode", "prompt", "image_urls", "aspect_ratio", "resolution", "duration", "sound", "seed", "quality"]
    for model in ("suno", "nano-banana", "seedream-4-5"):
        for name in [
            *names,
            "title",
            "style",
            "customMode",
            "instrumental",
            "output_format",
            "max_images",
            "extra",
            "x",
        ]:
            response = await client.http.post(
                f"{GENERATE}/{model}", content=json.dumps({"input": {"prompt": "a fox test:hang", name: value}})
            )
            assert response.status_code in (200, 400, 503), (model, name, response.text)
            assert response.status_code != 503 or model == "suno", response.text
    await client.server.wait_until_idle()


EDIT = {**INPUT, "mode": "image-to-image"}
PICTURES = [f"https://cdn.sample.com/{number}.png" for number in range(15)]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        *(
            ({"input": INPUT, name: value}, "INVALID_INPUT", name)
            for name, value in [
                ("request_type", "sync"),
                ("request_type", None),
                ("provider", 1),
                ("input", "a fox"),
            ]
        ),
        *(
            ({"request_type": "callback", "callback_url": url, "input": INPUT}, "INVALID_INPUT", "callback_url")
            for url in ["", 5, "not an address", "https://10.0.0.1/", "https://a\0b.com/"]
        ),
        *(
            ({"input": {**INPUT, name: value}}, "INVALID_INPUT", f"input.{name}")
            for name, value in [
                ("prompt", ""),
                ("prompt", 5),
                ("mode", "text-to-video"),
                ("mode", 1),
                ("image_urls", PICTURES[:1]),  # of the mode text-to-image
                ("max_images", 0),
                ("max_images", 1.5),
                ("max_images", True),
                ("max_images", 10**30),
                ("resolution", "1K"),
                ("resolution", 2),
                ("aspect_ratio", "auto"),
                ("sequential_image_generation", True),
                ("sequential_image_generation", "on"),
                ("size", "2048x"),
                ("size", "2048x1536x2"),
                ("prompt_optimize_mode", "fast"),
                ("seed", -2),
                ("seed", 10**30),
                ("sound", True),
                ("movement", "small"),
                ("width", 1e300),
            ]
        ),
        *(
            ({"input": {**EDIT, "image_urls": images}}, code, field)
            for images, code, field in [
                (PICTURES[0], "INVALID_INPUT", "input.image_urls"),
                ([], "INVALID_INPUT", "input.image_urls"),
                ([1], "INVALID_INPUT", "input.image_urls.0"),
                ([""], "INVALID_INPUT", "input.image_urls.0"),
                (PICTURES, "INVALID_INPUT", "input.image_urls"),
                (["http://169.254.169.254/latest"], "INVALID_MEDIA_URL", "input.image_urls.0"),
                ([PICTURES[0], "https://10.0.0.1/"], "INVALID_MEDIA_URL", "input.image_urls.1"),
            ]
        ),
    ],
)
async def test_an_error_has_the_published_form_with_ours_beside_it(
    client: ApixoClient, body: dict[str, Any], code: str, field: str
) -> None:
    response = await client.create(body)

    answer = response.json()
    assert response.status_code == 400, response.text
    assert list(answer) == ["code", "message", "data", "error_code", "retryable", "details"]
    assert (answer["code"], answer["message"], list(answer["data"])) == (400, "Invalid request", ["error"])
    assert (answer["error_code"], answer["retryable"], answer["details"]["field"]) == (code, False, field)
    assert len(answer["data"]["error"]) < 600
    assert await client.latest() is None
    assert await client.available() == 1000


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sk-0123"}, {"X-API-Key": "sk-0"}])
@pytest.mark.parametrize("path", ["generateTask/seedream-4-5", "statusTask/seedream-4-5", "apikeys/current-balance"])
async def test_a_missing_or_wrong_key_is_401_without_data(
    client: ApixoClient, headers: dict[str, str], path: str
) -> None:
    async with httpx.AsyncClient(base_url=client.server.url, trust_env=False) as http:
        method = "POST" if path.startswith("generate") else "GET"
        response = await http.request(method, f"/api/v1/{path}", headers=headers)

    body = response.json()
    assert response.status_code == 401
    assert (body["code"], body["message"], body["error_code"]) == (401, "Invalid or missing API key", "UNAUTHENTICATED")
    assert "data" not in body


@pytest.mark.parametrize("model", ["sora-2", "kling-2-6", "%00", "%C3%A9", "x" * 5_000, "flux pro"])
async def test_an_unknown_model_is_404(client: ApixoClient, model: str) -> None:
    created = await client.create(PUBLISHED, model=model)
    read = await client.http.get(f"/api/v1/statusTask/{model}?taskId=gen_0")

    for response in (created, read):
        body = response.json()
        assert (response.status_code, body["code"], body["data"], body["error_code"]) == (404, 404, None, "NOT_FOUND")
        assert len(body["message"]) < 600


@pytest.mark.parametrize("task_id", ["gen_0", "task_abc", "\0", "é", "x" * 5_000, "gen_" + "0" * 26])
async def test_an_unknown_task_is_404(client: ApixoClient, task_id: str) -> None:
    response = await client.status(task_id)

    body = response.json()
    assert (response.status_code, body["code"], body["data"], body["error_code"]) == (404, 404, None, "NOT_FOUND")


async def test_the_task_of_another_account_is_404(client: ApixoClient) -> None:
    stranger = {"Authorization": f"Bearer {await client.server.create_key()}"}
    params = {"taskId": await client.submit()}
    response = await client.http.get("/api/v1/statusTask/seedream-4-5", params=params, headers=stranger)

    assert (response.status_code, response.json()["code"]) == (404, 404)


async def set_usage(client: ApixoClient, **counters: int) -> None:
    """Set counters of the client's account for the current minute."""
    account_id = (await client.graphql.execute("{ account { id } }"))["account"]["id"]
    minute = int(client.server.clock.now().timestamp()) // 60
    await client.server.application.runtime.services.database.transact(
        lambda t: set_counters(t, account_id, minute=minute, **counters)
    )


@pytest.mark.parametrize(
    ("counter", "published", "limit", "message"),
    [
        ("in_minute", 10_000, "minute", "The enterprise plan allows 10,000 generations a minute over this API."),
        ("running", 1_000, "concurrent", "The enterprise plan allows 1,000 generations at a time over this API."),
    ],
)
async def test_the_enterprise_plan_has_the_published_limits(
    client: ApixoClient, counter: str, published: int, limit: str, message: str
) -> None:
    await set_usage(client, **{counter: published - 1})
    accepted = await client.create(PUBLISHED)
    refused = await client.create(PUBLISHED)
    over_graphql = await client.graphql.generate(type="IMAGE", provider="seedream-4-5", input={"text": "a fox"})

    assert (accepted.status_code, accepted.headers["x-ratelimit-limit"]) == (200, "10000")
    body = refused.json()
    assert (refused.status_code, body["code"], body["details"]["limit"]) == (429, 429, limit)
    assert body["message"].startswith(message)
    assert refused.headers["x-ratelimit-limit"] == "10000"
    assert over_graphql["id"]
    await set_usage(client, running=2)
