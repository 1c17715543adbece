"""The API of OpenAI over real sockets, field by field, with a test key: the studio renders."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.support.manual_clock import START
from tests.support.server_harness import ServerHarness, open_server_harness

pytestmark = pytest.mark.anyio

IMAGE = {"model": "gpt-image-2", "prompt": "a fox", "size": "256x128"}
VIDEO = {"model": "seedance-2", "prompt": "a fox", "seconds": "5", "size": "1280x720"}
PNG = b"\x89PNG\r\n\x1a\n"
PART = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
UNKNOWN = "gen_" + "0" * 26


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerHarness]:
    directory = tmp_path_factory.mktemp("openai") / "data"
    async with open_server_harness(directory, backends=("openai", "ark")) as server:
        yield server


@pytest.fixture
async def http(server: ServerHarness) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the test key of an account of its own."""
    headers = {"Authorization": f"Bearer {await server.create_key(test_mode=True)}"}
    async with httpx.AsyncClient(base_url=f"{server.url}/v1", headers=headers, trust_env=False, timeout=60) as http:
        yield http


async def stored(http: httpx.AsyncClient) -> list[str]:
    url = str(http.base_url).replace("/v1/", "/graphql")
    response = await http.post(url, json={"query": "{ generations { nodes { id } } }"})
    return [node["id"] for node in response.json()["data"]["generations"]["nodes"]]


async def picture(http: httpx.AsyncClient) -> bytes:
    response = await http.post("/images/generations", json=IMAGE)
    return base64.b64decode(response.json()["data"][0]["b64_json"])


async def test_images_are_base64_by_default(http: httpx.AsyncClient) -> None:
    response = await http.post("/images/generations", json={**IMAGE, "n": 2, "quality": "medium", "user": "u"})

    body: dict[str, Any] = response.json()
    assert response.status_code == 200
    assert body.keys() == {"created", "data", "id"}
    assert body["created"] == int(START.timestamp())
    assert [image.keys() for image in body["data"]] == [{"b64_json"}, {"b64_json"}]
    content = base64.b64decode(body["data"][0]["b64_json"])
    assert content.startswith(PNG)
    assert (int.from_bytes(content[16:20]), int.from_bytes(content[20:24])) == (256, 128)


async def test_images_by_url(http: httpx.AsyncClient) -> None:
    response = await http.post("/images/generations", json={**IMAGE, "response_format": "url", "output_format": "webp"})

    [image] = response.json()["data"]
    assert image.keys() == {"url"}
    downloaded = await http.get(image["url"])
    assert downloaded.headers["content-type"] == "image/webp"


@pytest.mark.parametrize("name", ["image", "image[]"])
async def test_an_edit_is_made_from_the_files_of_a_form(http: httpx.AsyncClient, name: str) -> None:
    files = [(name, (f"{number}.png", await picture(http), "image/png")) for number in range(2)]
    data = {"model": "gpt-image-2", "prompt": "at night", "n": "1"}

    response = await http.post("/images/edits", data=data, files=files)

    assert response.status_code == 200, response.text
    assert base64.b64decode(response.json()["data"][0]["b64_json"]).startswith(PNG)


async def test_speech_is_the_response_itself(http: httpx.AsyncClient) -> None:
    body = {"model": "elevenlabs", "input": "Good morning.", "voice": "rachel", "response_format": "wav", "speed": 1.1}

    response = await http.post("/audio/speech", json=body)

    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("audio/")
    assert response.content.startswith(b"RIFF")


@pytest.mark.parametrize("as_form", [True, False])
async def test_a_video_is_created_read_downloaded_listed_and_deleted(
    server: ServerHarness, http: httpx.AsyncClient, as_form: bool
) -> None:
    body, files = {**VIDEO}, {"input_reference": ("a.png", await picture(http), "image/png")}
    http.headers["Authorization"] = f"Bearer {await server.create_key()}"
    if as_form:
        created = await http.post("/videos", data=body, files=files)
    else:
        created = await http.post("/videos", json=body)
    assert created.status_code == 200, created.text
    id = created.json()["id"]
    assert created.json() | {"status": "", "progress": 0} == {
        "id": id,
        "object": "video",
        "created_at": int(START.timestamp()),
        "completed_at": None,
        "expires_at": None,
        "model": "seedance-2",
        "status": "",
        "progress": 0,
        "prompt": body["prompt"],
        "seconds": "5",
        "size": None,
        "remixed_from_video_id": None,
        "error": None,
    }
    await server.wait_until_idle()
    assert await server.upstream.call(server.upstream.succeeded_with("video-1.mp4")) == 200
    await server.wait_until_idle()

    done = (await http.get(f"/videos/{id}")).json()
    content = await http.get(f"/videos/{id}/content")
    part = await http.get(f"/videos/{id}/content", headers={"Range": "bytes=4-7"})
    listed = (await http.get("/videos")).json()
    deleted = await http.delete(f"/videos/{id}")

    assert (done["status"], done["progress"], done["error"]) == ("completed", 100, None)
    assert content.headers["content-type"] == "video/mp4"
    assert (part.status_code, part.content, content.content[4:8]) == (206, b"ftyp", b"ftyp")
    assert listed == {"object": "list", "data": [done], "first_id": id, "last_id": id, "has_more": False}
    assert deleted.json() == {"id": id, "object": "video.deleted", "deleted": True}
    assert (await http.get(f"/videos/{id}")).status_code == 404


async def test_videos_are_listed_in_pages_in_both_orders(http: httpx.AsyncClient) -> None:
    body = {**VIDEO, "prompt": "a test:hang"}
    ids = sorted([(await http.post("/videos", json=body)).json()["id"] for _ in range(3)])

    async def pages(order: str) -> list[str]:
        first = (await http.get("/videos", params={"limit": 2, "order": order})).json()
        query = {"limit": 2, "order": order, "after": first["last_id"]}
        last = (await http.get("/videos", params=query)).json()
        assert (first["has_more"], last["has_more"]) == (True, False)
        return [video["id"] for page in (first, last) for video in page["data"]]

    assert await pages("asc") == ids
    assert await pages("desc") == ids[::-1]


async def test_a_running_video_is_cancelled_by_its_deletion(http: httpx.AsyncClient) -> None:
    id = (await http.post("/videos", json={**VIDEO, "prompt": "a test:hang"})).json()["id"]

    assert (await http.get(f"/videos/{id}/content")).status_code == 404
    assert (await http.delete(f"/videos/{id}")).json()["deleted"]
    assert (await http.get(f"/videos/{id}")).status_code == 404


async def test_one_model(http: httpx.AsyncClient) -> None:
    listed = (await http.get("/models")).json()["data"]

    assert (await http.get("/models/gpt-image-2")).json() in listed
    missing = await http.get("/models/gpt-5")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "model_not_found")


async def test_a_failed_image_is_not_sent_again_by_the_sdk(http: httpx.AsyncClient) -> None:
    response = await http.post("/images/generations", json={**IMAGE, "prompt": "a fox test:content_violation"})

    error = response.json()["error"]
    [id] = await stored(http)
    assert response.headers["x-should-retry"] == "false"
    assert (response.status_code, error["code"], error["error_code"]) == (
        400,
        "moderation_blocked",
        "CONTENT_VIOLATION",
    )
    assert error["generation_id"] == id


@pytest.mark.parametrize(
    ("path", "body", "status", "param", "code"),
    [
        ("/images/generations", {"model": "gpt-image-2"}, 400, "prompt", "INVALID_INPUT"),
        ("/images/generations", {**IMAGE, "prompt": 3}, 400, "prompt", "INVALID_INPUT"),
        ("/images/generations", {**IMAGE, "size": "big"}, 400, "size", "INVALID_INPUT"),
        ("/images/generations", {**IMAGE, "n": 10**30}, 400, "n", "INVALID_INPUT"),
        ("/images/generations", {**IMAGE, "stream": True}, 400, "stream", "INVALID_INPUT"),
        ("/images/generations", {**IMAGE, "background": "transparent"}, 400, "background", "INVALID_INPUT"),
        ("/images/generations", {**IMAGE, "model": "dall-e-9"}, 404, "model", "model_not_found"),
        ("/images/generations", {**IMAGE, "model": "seedance-2"}, 404, "model", "model_not_found"),
        ("/audio/speech", {"model": "tts-1", "input": "a", "voice": "alloy"}, 404, "model", "model_not_found"),
        ("/audio/speech", {"model": "elevenlabs", "input": "a", "response_format": "pcm"}, 400, "response_format", ""),
        ("/videos", {**VIDEO, "seconds": "soon"}, 400, "seconds", "INVALID_INPUT"),
        ("/videos", {**VIDEO, "input_reference": {"image_url": "http://10.0.0.1/a.png"}}, 400, "image", ""),
    ],
)
async def test_bad_values_are_refused(
    http: httpx.AsyncClient, path: str, body: object, status: int, param: str, code: str
) -> None:
    response = await http.post(path, json=body)

    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (status, param), error
    assert error["code"] == code or not code
    assert {"message", "type", "param", "code"} <= error.keys()
    assert await stored(http) == []


@pytest.mark.parametrize(
    ("content_type", "content", "status"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nbroken", 400),
        ("multipart/form-data", b"", 400),
        ("multipart/form-data; boundary=x", b"--x--\r\n", 400),
        ("application/json", b"{}", 400),
        ("multipart/form-data; boundary=x", PART + bytes(50_000_001), 413),
    ],
)
async def test_broken_forms_are_refused(
    http: httpx.AsyncClient, content_type: str, content: bytes, status: int
) -> None:
    response = await http.post("/images/edits", content=content, headers={"Content-Type": content_type})

    assert response.status_code == status, response.text
    assert response.json()["error"]["type"] == "invalid_request_error"
    assert await stored(http) == []


async def test_a_wrong_key(http: httpx.AsyncClient) -> None:
    response = await http.get(f"/videos/{UNKNOWN}", headers={"Authorization": "Bearer wrong"})

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["type"]) == (401, "invalid_api_key", "authentication_error")
