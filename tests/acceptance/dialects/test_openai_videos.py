"""OpenAI's videos over real sockets, field by field; the clock stands still unless a test moves it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from kit.errors import ContentViolation
from providers.backend import BackendState, Snapshot
from tests.emulators.media import media_file
from tests.support.ledger_invariants import check_ledger
from tests.support.openai_client import OpenAIClient, open_openai_client
from tests.support.sample_files import picture_bytes
from tests.support.server_harness import ServerHarness, open_server_harness

pytestmark = pytest.mark.anyio

VIDEO = {"model": "seedance-2", "prompt": "a fox"}
RUNNING = Snapshot(BackendState.RUNNING)
UNKNOWN = "gen_" + "0" * 26
NOBODY = "http://127.0.0.1:9/a.png"
DAY = timedelta(days=1).total_seconds()


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerHarness]:
    directory = tmp_path_factory.mktemp("openai") / "data"
    async with open_server_harness(directory, backends=("fal", "openai", "ark")) as server:
        yield server
        await server.application.runtime.services.database.read(check_ledger)


@pytest.fixture
async def client(server: ServerHarness) -> AsyncIterator[OpenAIClient]:
    async with open_openai_client(server) as client:
        yield client


async def create(client: OpenAIClient, **fields: object) -> dict[str, Any]:
    """Return a video whose job the upstream has accepted."""
    response = await client.post("/videos", {**VIDEO, **fields})
    assert response.status_code == 200, response.text
    await client.server.wait_until_idle()
    created: dict[str, Any] = response.json()
    return created


async def read(client: OpenAIClient, id: object) -> dict[str, Any]:
    response = await client.http.get(f"/v1/videos/{id}")
    found: dict[str, Any] = response.json()
    return found


async def completed(client: OpenAIClient) -> str:
    """Return the id of a completed video."""
    created = await create(client)
    await client.end(client.server.upstream.succeeded_with("video-1.mp4"))
    return str(created["id"])


async def test_a_video_passes_through_its_states(client: OpenAIClient) -> None:
    created = await create(client, seconds="5", size="1280x720")
    await client.end(RUNNING)
    running = await read(client, created["id"])
    await client.end(client.server.upstream.succeeded_with("video-1.mp4"))
    ended = await read(client, created["id"])

    start = int(client.server.clock.now().timestamp())
    expected = {
        "id": (await client.stored())[0],
        "object": "video",
        "model": "seedance-2",
        "status": "queued",
        "progress": 0,
        "created_at": start,
        "completed_at": None,
        "expires_at": None,
        "prompt": "a fox",
        "seconds": "5",
        "size": "1280x720",
        "remixed_from_video_id": None,
        "error": None,
    }
    assert created == expected
    assert running == {**expected, "status": "in_progress"}
    assert list(ended) == list(expected)
    assert (ended["status"], ended["progress"], ended["size"], ended["error"]) == ("completed", 100, "64x48", None)
    assert ended["completed_at"] == start
    assert (ended["expires_at"] - start) % DAY == 0
    assert ended["seconds"] == "1"


async def test_a_failed_video_says_why_and_is_refunded(client: OpenAIClient) -> None:
    created = await create(client)
    await client.end(Snapshot(BackendState.FAILED, error=ContentViolation("No.")))
    ended = await read(client, created["id"])

    assert ended["status"] == "failed"
    assert ended["error"] == {"code": "moderation_blocked", "message": "No.", "doitong_code": "CONTENT_VIOLATION"}
    assert (ended["completed_at"], ended["expires_at"]) == (None, None)
    assert await client.credits() == {"available": 1000, "held": 0}


async def test_a_cancelled_video_reads_as_failed(client: OpenAIClient) -> None:
    created = await create(client)
    await client.graphql.execute("mutation ($id: ID!) { cancelGeneration(id: $id) }", {"id": created["id"]})
    ended = await read(client, created["id"])

    assert (ended["status"], ended["error"]["code"]) == ("failed", "cancelled")


@pytest.mark.parametrize(
    ("fields", "provider", "options"),
    [
        ({}, "seedance-2", {}),
        ({"model": "veo"}, "veo3", {}),
        ({"model": "sora-2"}, None, {}),
        ({"model": "sora-2-pro-2025-10-06"}, None, {}),
        ({"model": None}, None, {}),
        ({"seconds": "8"}, "seedance-2", {"duration": 8}),
        ({"seconds": 8}, "seedance-2", {"duration": 8}),
        ({"seconds": "4"}, "seedance-2", {"duration": 5}),
        ({"size": "720x1280"}, "seedance-2", {"aspectRatio": "9:16", "resolution": "720p"}),
        ({"size": "1024x1792"}, "seedance-2", {"aspectRatio": "9:16", "resolution": "1080p"}),
        ({"size": "480x480"}, "seedance-2", {"aspectRatio": "1:1", "resolution": "480p"}),
        ({"resolution": "1080p", "seed": 7, "silent": True}, "seedance-2", {"resolution": "1080p", "seed": 7}),
        ({"seconds": None, "size": None, "input_reference": None, "user": "u"}, "seedance-2", {}),
    ],
)
async def test_the_fields_of_a_video(
    client: OpenAIClient, fields: dict[str, Any], provider: str | None, options: dict[str, Any]
) -> None:
    created = await create(client, **fields)

    asked = await client.asked(created["id"])
    assert asked["type"] == "VIDEO"
    assert provider in (None, asked["provider"])
    assert asked["input"] == {"text": "a fox"}
    assert options.items() <= asked["options"].items()


@pytest.mark.parametrize("reference", [NOBODY, {"image_url": NOBODY}], ids=["text", "object"])
async def test_a_reference_in_json_is_a_url(client: OpenAIClient, reference: object) -> None:
    created = await create(client, input_reference=reference)

    assert (await client.asked(created["id"]))["input"] == {"text": "a fox", "image": NOBODY}


async def test_a_reference_in_a_form_is_an_upload(client: OpenAIClient) -> None:
    files: Any = [("input_reference", ("a.png", picture_bytes(), "image/png"))]
    fields = {**VIDEO, "seconds": "8", "size": "720x1280", "seed": "7"}
    response = await client.form("/videos", fields, files)

    asked = await client.asked(response.json()["id"])
    assert asked["input"]["image"].startswith("upl_")
    assert asked["options"].items() >= {"duration": 8, "aspectRatio": "9:16", "seed": 7}.items()


async def test_the_content_is_the_file_with_ranges(client: OpenAIClient) -> None:
    path = f"/v1/videos/{await completed(client)}/content"
    whole = await client.http.get(path, headers={"Accept": "application/binary"})
    part = await client.http.get(path, headers={"Range": "bytes=4-7"})
    beyond = await client.http.get(path, headers={"Range": "bytes=99999999-"})
    same = await client.http.get(path, headers={"If-None-Match": whole.headers["etag"]})
    head = await client.http.head(path)

    media_type, content = media_file("video-1.mp4")
    assert (whole.status_code, whole.headers["content-type"], whole.content) == (200, media_type, content)
    assert (part.status_code, part.content) == (206, content[4:8])
    assert part.headers["content-range"] == f"bytes 4-7/{len(content)}"
    assert (beyond.status_code, same.status_code) == (416, 304)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(content)), b"")


async def test_the_thumbnail_is_a_picture(client: OpenAIClient) -> None:
    path = f"/v1/videos/{await completed(client)}/content"
    thumbnail = await client.http.get(path, params={"variant": "thumbnail"})
    wrong = await client.http.get(path, params={"variant": "spritesheet"})

    assert (thumbnail.status_code, thumbnail.headers["content-type"]) == (200, "image/webp")
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "variant")


async def test_the_content_of_an_unfinished_video_is_404(client: OpenAIClient) -> None:
    created = await create(client)
    response = await client.http.get(f"/v1/videos/{created['id']}/content")

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["doitong_code"]) == (404, "video_not_ready", "NOT_FOUND")
    assert "queued" in error["message"] or "in_progress" in error["message"]


async def test_a_deleted_video_is_unknown(client: OpenAIClient) -> None:
    id = (await create(client))["id"]
    await client.end(Snapshot(BackendState.FAILED, error=ContentViolation("No.")))
    deleted = await client.http.delete(f"/v1/videos/{id}")
    gone = await client.http.get(f"/v1/videos/{id}")

    assert (deleted.status_code, deleted.json()) == (200, {"id": id, "object": "video.deleted", "deleted": True})
    assert gone.status_code == 404
    assert (await client.http.delete(f"/v1/videos/{id}")).status_code == 404


async def test_a_running_video_is_cancelled_when_it_is_deleted(client: OpenAIClient) -> None:
    created = await create(client)
    deleted = await client.http.delete(f"/v1/videos/{created['id']}")
    await client.server.wait_until_idle()

    assert deleted.json()["deleted"] is True
    assert client.server.upstream.task.is_cancelled
    assert await client.credits() == {"available": 1000, "held": 0}
    assert (await read(client, created["id"]))["error"]["doitong_code"] == "NOT_FOUND"


async def listed(client: OpenAIClient, **parameters: object) -> dict[str, Any]:
    response = await client.http.get("/v1/videos", params=parameters)  # type: ignore[arg-type]
    found: dict[str, Any] = response.json()
    assert (response.status_code, found["object"]) == (200, "list")
    return found


async def test_videos_are_listed_in_pages_in_both_orders(client: OpenAIClient) -> None:
    assert await listed(client) == {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}
    ids = []
    for _ in range(3):
        client.server.clock.move(1)
        ids.append((await create(client))["id"])
    await client.post("/images/generations?wait=0", {"model": "gpt-image-2", "prompt": "a fox"})

    newest = await listed(client)
    first = await listed(client, limit=2, order="asc")
    second = await listed(client, limit=2, order="asc", after=first["last_id"])
    older = await listed(client, limit=1, after=ids[2])
    assert [video["id"] for video in newest["data"]] == ids[::-1]
    assert newest["data"][0] == await read(client, ids[2])
    assert (newest["first_id"], newest["last_id"], newest["has_more"]) == (ids[2], ids[0], False)
    assert ([video["id"] for video in first["data"]], first["has_more"]) == (ids[:2], True)
    assert ([video["id"] for video in second["data"]], second["has_more"]) == (ids[2:], False)
    assert ([video["id"] for video in older["data"]], older["has_more"]) == ([ids[1]], True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("limit", "101"), ("limit", "x"), ("order", "up"), ("after", "a\0b"), ("after", "")],
)
async def test_a_wrong_query_parameter_is_400(client: OpenAIClient, name: str, value: str) -> None:
    response = await client.http.get("/v1/videos", params={name: value})

    assert (response.status_code, response.json()["error"]["param"]) == (400, name)


@pytest.mark.parametrize(
    ("changes", "status", "param"),
    [
        ({"prompt": None}, 400, "prompt"),
        ({"prompt": 5}, 400, "prompt"),
        ({"prompt": "x" * 20_000}, 400, "prompt"),
        ({"model": "sora-9"}, 404, "model"),
        ({"model": "gpt-image-2"}, 400, "model"),
        ({"seconds": "long"}, 400, "seconds"),
        ({"seconds": "1e9"}, 400, "seconds"),
        ({"seconds": 10**30}, 400, None),
        ({"seconds": -5}, 400, "seconds"),
        ({"size": "720p"}, 400, "size"),
        ({"size": [720, 1280]}, 400, "size"),
        ({"input_reference": "https://10.0.0.1/a.png"}, 400, "input_reference"),
        ({"input_reference": {"file_id": "file-1"}}, 400, None),
        ({"characters": [{"id": "c"}]}, 400, "characters"),
    ],
)
async def test_invalid_input_has_no_effect(
    client: OpenAIClient, changes: dict[str, Any], status: int, param: str | None
) -> None:
    response = await client.post("/videos", {**VIDEO, **changes})

    error = response.json()["error"]
    assert (response.status_code, error["type"]) == (status, "invalid_request_error")
    assert param in (None, error["param"])
    assert await client.stored() == []
    assert await client.credits() == {"available": 1000, "held": 0}


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", ""), ("GET", "/content")])
@pytest.mark.parametrize("id", [UNKNOWN, "video_1", "%00", "x" * 3000])
async def test_an_unknown_video_is_404(client: OpenAIClient, method: str, path: str, id: str) -> None:
    response = await client.http.request(method, f"/v1/videos/{id}{path}")

    assert (response.status_code, response.json()["error"]["doitong_code"]) == (404, "NOT_FOUND")


async def test_an_image_is_no_video(client: OpenAIClient) -> None:
    image = await client.post("/images/generations?wait=0", {"model": "gpt-image-2", "prompt": "a fox"})
    id = image.headers["x-generation-id"]

    assert (await client.http.get(f"/v1/videos/{id}")).status_code == 404
    assert (await client.http.delete(f"/v1/videos/{id}")).status_code == 404


async def test_a_video_of_another_account_is_unknown(client: OpenAIClient) -> None:
    created = await create(client)
    headers = {"Authorization": f"Bearer {await client.server.create_key()}"}

    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/content")):
        response = await client.http.request(method, f"/v1/videos/{created['id']}{path}", headers=headers)
        assert response.status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/videos"), ("GET", "/videos"), ("GET", f"/videos/{UNKNOWN}"), ("DELETE", f"/videos/{UNKNOWN}")],
)
async def test_a_missing_or_wrong_key_is_401(client: OpenAIClient, method: str, path: str) -> None:
    async with httpx.AsyncClient(base_url=client.server.url, trust_env=False) as http:
        missing = await http.request(method, f"/v1{path}")
        wrong = await http.request(method, f"/v1{path}", headers={"Authorization": "Bearer sk-0123"})

    for response in (missing, wrong):
        assert (response.status_code, response.json()["error"]["code"]) == (401, "invalid_api_key")


async def test_a_repetition_by_the_sdk_is_the_first_video(client: OpenAIClient) -> None:
    first = await client.form("/videos", VIDEO, None, **{"x-stainless-retry-count": "0"})
    again = await client.form("/videos", VIDEO, None, **{"x-stainless-retry-count": "1"})

    assert again.json()["id"] == first.json()["id"]
