"""Media over HTTP, the same with a directory and with a bucket as the store."""

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from cli.client.graphql_client import Client
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

GENERATE = """mutation ($input: GenerateInput!) { generate(input: $input, wait: 60) {
  id status outputs { url thumbnailUrl optimizedUrl avifUrl bytes sha256 expiresAt } } }"""
GENERATE_ASYNC = """mutation ($first: GenerateInput!) { generate(input: $first) { id } }"""
READ = "query ($id: ID!) { generation(id: $id) { id } }"
DELETE = "mutation ($id: ID!) { deleteGeneration(id: $id) }"
SMALL = {"type": "IMAGE", "provider": "flux-pro", "options": {"width": 256, "height": 256}}


class StoreClient:
    """A GraphQL and HTTP client of one server."""

    def __init__(self, server: ServerProcess, client: Client, http: httpx.AsyncClient) -> None:
        self.server, self.client, self.http = server, client, http

    async def generate(self, text: str, **options: Any) -> dict[str, Any]:
        request = {**SMALL, "input": {"text": text, **options}}
        generation: dict[str, Any] = (await self.client.execute(GENERATE, {"input": request}))["generate"]
        assert generation["status"] == "COMPLETED", generation
        return generation


@pytest.fixture
async def store_client(server_of_each_store: ServerProcess) -> AsyncIterator[StoreClient]:
    async with (
        Client.open(server_of_each_store.url, server_of_each_store.key) as client,
        httpx.AsyncClient(trust_env=False, timeout=60) as http,
    ):
        yield StoreClient(server_of_each_store, client, http)


async def test_an_output_is_served_with_range_head_and_conditional_requests(store_client: StoreClient) -> None:
    [output] = (await store_client.generate("a red fox"))["outputs"]

    whole = await store_client.http.get(output["url"])
    part = await store_client.http.get(output["url"], headers={"Range": "bytes=1-3"})
    head = await store_client.http.head(output["url"])
    cached = await store_client.http.get(output["url"], headers={"If-None-Match": whole.headers["etag"]})

    assert (whole.status_code, len(whole.content)) == (200, output["bytes"])
    assert whole.headers["etag"] == f'"{output["sha256"]}"'
    assert whole.headers["content-disposition"].startswith('inline; filename="gen_')
    assert (part.status_code, part.content) == (206, b"PNG")
    assert (head.status_code, head.headers["content-length"]) == (200, str(output["bytes"]))
    assert cached.status_code == 304


async def test_an_image_is_served_as_avif(store_client: StoreClient) -> None:
    [output] = (await store_client.generate("a blue whale"))["outputs"]

    first = await store_client.http.get(output["avifUrl"])
    second = await store_client.http.get(output["avifUrl"])

    assert (first.status_code, first.headers["content-type"]) == (200, "image/avif")
    with Image.open(BytesIO(first.content)) as image:
        assert (image.format, image.size) == ("AVIF", (256, 256))
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    assert list((store_client.server.data_directory / "incoming").iterdir()) == []


async def test_an_output_can_be_an_input(store_client: StoreClient) -> None:
    first = (
        await store_client.client.execute(GENERATE_ASYNC, {"first": {**SMALL, "input": {"text": "a green frog"}}})
    )["generate"]

    second = await store_client.generate("a frog in the rain", image=first["id"])

    assert second["outputs"]


async def test_a_deleted_generation_loses_its_files(store_client: StoreClient) -> None:
    first, second = await store_client.generate("twins test:delay=0"), await store_client.generate("an owl")
    [kept], [deleted] = first["outputs"], second["outputs"]
    urls = [deleted[name] for name in ("url", "thumbnailUrl", "optimizedUrl", "avifUrl")]
    assert [(await store_client.http.get(url)).status_code for url in urls] == [200] * 4

    assert (await store_client.client.execute(DELETE, {"id": second["id"]}))["deleteGeneration"] is True

    assert (await store_client.client.execute(READ, {"id": second["id"]}))["generation"] is None
    assert [(await store_client.http.get(url)).status_code for url in urls] == [404] * 4
    assert (await store_client.http.get(kept["url"])).status_code == 200


async def test_modified_urls_are_rejected_with_the_same_error(store_client: StoreClient) -> None:
    [output] = (await store_client.generate("a grey cat"))["outputs"]
    [other] = (await store_client.generate("a white dog"))["outputs"]
    path, _, query = output["url"].partition("?")
    parent_path = path.replace("/media/", "/media/%2e%2e/")
    other_signature = f"{other['url'].partition('?')[0]}?{query}"
    avif = path.replace(".png/", ".png.avif/")

    responses = [
        await store_client.http.get(url)
        for url in (path, f"{path}?{query}x", f"{parent_path}?{query}", other_signature, f"{avif}?{query}")
    ]

    assert [response.status_code for response in responses] == [403] * 5
    assert {response.content for response in responses} == {responses[0].content}
