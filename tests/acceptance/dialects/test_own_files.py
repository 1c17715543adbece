"""The URL of a result or of an upload as an input: the stored file is used, without a download from this server."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.support.sample_files import picture_bytes
from tests.support.server_harness import ServerHarness

pytestmark = pytest.mark.anyio

IMAGE_URL = "https://example.com/one.png"
STORED = "query ($id: ID!) { generation(id: $id) { input } }"


@pytest.fixture
async def client(server_harness: ServerHarness) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the key of the harness."""
    headers = {"X-API-Key": server_harness.key}
    async with httpx.AsyncClient(base_url=server_harness.url, headers=headers, trust_env=False, timeout=30) as client:
        yield client


def request_with(api: str, urls: list[str]) -> tuple[str, dict[str, Any]]:
    """Return the path and the body of a request for an image from these images."""
    match api:
        case "doitong":
            return "/v1/text_to_image", {"service": "nano-banana-2", "prompt": "a fox", "imageUrl": urls[0]}
        case "apixo":
            return "/api/v1/generateTask/nano-banana-2", {"input": {"prompt": "a fox", "image_urls": urls}}
        case "omnivideo":
            return "/api/v1/tasks/create", {"model_id": "nano-banana-2", "prompt": "a fox", "image_urls": urls}
        case "kubeez":
            return "/v1/generate/media", {"model": "nano-banana-2", "prompt": "a fox", "source_media_urls": urls}
    return "/v1/images/edits?wait=0", {"model": "nano-banana-2", "prompt": "a fox", "image": urls}


async def accept_image(client: httpx.AsyncClient, body: dict[str, Any]) -> str:
    accepted = await client.post("/v1/text_to_image", json={"service": "nano-banana-2", "prompt": "a cat", **body})
    assert accepted.status_code == 202, accepted.text
    return str(accepted.json()["data"]["generateimage"]["id"])


async def complete_image(client: httpx.AsyncClient, server: ServerHarness) -> tuple[str, str]:
    """Return the id and the URL of a completed image."""
    generation_id = await accept_image(client, {})
    await server.wait_until_idle()
    assert await server.upstream.call(server.upstream.succeeded) == 200
    await server.wait_until_idle()
    generation = (await client.get(f"/v1/generations/{generation_id}")).json()["data"]["generation"]
    return generation_id, generation["url"]


async def input_of_newest(client: httpx.AsyncClient) -> dict[str, Any]:
    [row] = (await client.get("/v1/generations", params={"limit": 1})).json()["generations"]
    answer = await client.post("/graphql", json={"query": STORED, "variables": {"id": row["id"]}})
    content: dict[str, Any] = answer.json()["data"]["generation"]["input"]
    return content


@pytest.mark.parametrize("api", ["doitong", "apixo", "omnivideo", "kubeez", "openai"])
async def test_the_url_of_a_result_is_that_generation(
    client: httpx.AsyncClient, server_harness: ServerHarness, api: str
) -> None:
    generation_id, url = await complete_image(client, server_harness)
    server_harness.clock.move(1)
    path, body = request_with(api, [url])

    response = await client.post(path, json=body)

    assert response.status_code in (200, 202, 408), response.text
    assert (await input_of_newest(client))["image"] == generation_id
    await server_harness.wait_until_idle()


async def test_the_url_of_an_upload_among_others_is_that_upload(
    client: httpx.AsyncClient, server_harness: ServerHarness
) -> None:
    uploaded = await client.post("/v1/upload/media", files={"file": ("fox.png", picture_bytes(), "image/png")})
    upload = uploaded.json()
    path, body = request_with("apixo", [IMAGE_URL, upload["url"], upload["id"]])

    response = await client.post(path, json=body)

    assert response.status_code == 200, response.text
    content = await input_of_newest(client)
    assert content == {"text": "a fox", "images": [IMAGE_URL, upload["id"], upload["id"]]}
    await server_harness.wait_until_idle()


@pytest.mark.parametrize("api", ["doitong", "kubeez"])
async def test_the_url_of_the_file_of_another_account_remains_a_url(
    client: httpx.AsyncClient, server_harness: ServerHarness, api: str
) -> None:
    _, url = await complete_image(client, server_harness)
    server_harness.clock.move(1)
    client.headers["X-API-Key"] = await server_harness.create_key()

    path, body = request_with(api, [url])

    response = await client.post(path, json=body)

    assert response.status_code in (200, 202), response.text
    assert (await input_of_newest(client))["image"] == url
    await server_harness.wait_until_idle()
