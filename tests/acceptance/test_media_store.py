"""What a client sees of the store, the same with a directory and with a bucket behind it."""

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from cli.client.graphql_client import Client
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

MAKE = """mutation ($input: GenerateInput!) { generate(input: $input, wait: 60) {
  id status outputs { url thumbnailUrl optimizedUrl avifUrl bytes sha256 expiresAt } } }"""
CHAIN = """mutation ($first: GenerateInput!) { generate(input: $first) { id } }"""
READ = "query ($id: ID!) { generation(id: $id) { id } }"
DELETE = "mutation ($id: ID!) { deleteGeneration(id: $id) }"
SMALL = {"type": "IMAGE", "provider": "flux-pro", "options": {"width": 256, "height": 256}}


class Visitor:
    """A client of one server, and what it may fetch."""

    def __init__(self, server: ServerProcess, client: Client, http: httpx.AsyncClient) -> None:
        self.server, self.client, self.http = server, client, http

    async def make(self, text: str, **options: Any) -> dict[str, Any]:
        request = {**SMALL, "input": {"text": text, **options}}
        made: dict[str, Any] = (await self.client.execute(MAKE, {"input": request}))["generate"]
        assert made["status"] == "COMPLETED", made
        return made


@pytest.fixture
async def visitor(server_of_each_store: ServerProcess) -> AsyncIterator[Visitor]:
    async with (
        Client.open(server_of_each_store.url, server_of_each_store.key) as client,
        httpx.AsyncClient(trust_env=False, timeout=60) as http,
    ):
        yield Visitor(server_of_each_store, client, http)


async def test_an_output_is_served_whole_in_parts_and_by_its_head(visitor: Visitor) -> None:
    [output] = (await visitor.make("a red fox"))["outputs"]

    whole = await visitor.http.get(output["url"])
    part = await visitor.http.get(output["url"], headers={"Range": "bytes=1-3"})
    head = await visitor.http.head(output["url"])
    known = await visitor.http.get(output["url"], headers={"If-None-Match": whole.headers["etag"]})

    assert (whole.status_code, len(whole.content)) == (200, output["bytes"])
    assert whole.headers["etag"] == f'"{output["sha256"]}"'
    assert whole.headers["content-disposition"].startswith('inline; filename="gen_')
    assert (part.status_code, part.content) == (206, b"PNG")
    assert (head.status_code, head.headers["content-length"]) == (200, str(output["bytes"]))
    assert known.status_code == 304


async def test_a_picture_can_be_had_as_avif(visitor: Visitor) -> None:
    [output] = (await visitor.make("a blue whale"))["outputs"]

    first = await visitor.http.get(output["avifUrl"])
    second = await visitor.http.get(output["avifUrl"])

    assert (first.status_code, first.headers["content-type"]) == (200, "image/avif")
    with Image.open(BytesIO(first.content)) as image:
        assert (image.format, image.size) == ("AVIF", (256, 256))
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    assert list((visitor.server.data_directory / "incoming").iterdir()) == []


async def test_what_was_made_is_an_input_to_the_next(visitor: Visitor) -> None:
    first = (await visitor.client.execute(CHAIN, {"first": {**SMALL, "input": {"text": "a green frog"}}}))["generate"]

    second = await visitor.make("a frog in the rain", image=first["id"])

    assert second["outputs"]


async def test_what_is_deleted_is_gone_with_its_files_once_nobody_has_the_same(visitor: Visitor) -> None:
    first, second = await visitor.make("twins test:delay=0"), await visitor.make("an owl")
    [kept], [deleted] = first["outputs"], second["outputs"]
    addresses = [deleted[name] for name in ("url", "thumbnailUrl", "optimizedUrl", "avifUrl")]
    assert [(await visitor.http.get(address)).status_code for address in addresses] == [200] * 4

    assert (await visitor.client.execute(DELETE, {"id": second["id"]}))["deleteGeneration"] is True

    assert (await visitor.client.execute(READ, {"id": second["id"]}))["generation"] is None
    assert [(await visitor.http.get(address)).status_code for address in addresses] == [404] * 4
    assert (await visitor.http.get(kept["url"])).status_code == 200


async def test_a_changed_address_and_one_that_leads_out_are_refused_in_one_form(visitor: Visitor) -> None:
    [output] = (await visitor.make("a grey cat"))["outputs"]
    [other] = (await visitor.make("a white dog"))["outputs"]
    path, _, query = output["url"].partition("?")
    out = path.replace("/media/", "/media/%2e%2e/")
    foreign = f"{other['url'].partition('?')[0]}?{query}"
    avif = path.replace(".png/", ".png.avif/")

    answers = [
        await visitor.http.get(address)
        for address in (path, f"{path}?{query}x", f"{out}?{query}", foreign, f"{avif}?{query}")
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert {answer.content for answer in answers} == {answers[0].content}
