"""Sending files ahead of a request, over real sockets, with the media in a directory and in a bucket."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support import sample_files
from tests.support.cli_process import create_key
from tests.support.hostile_files import HOSTILE
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

RESTYLE = "mutation ($input: GenerateInput!) { generate(input: $input, wait: 30) { id status error { code message } } }"
MEGABYTE = 1_000_000
PATIENCE = 10  # seconds


class Sender:
    """Sends files to one server with one key."""

    def __init__(self, server: ServerProcess, http: httpx.AsyncClient) -> None:
        self.server, self.http = server, http

    async def post(
        self, body: bytes | AsyncIterator[bytes], media_type: str = "image/png", **headers: str
    ) -> httpx.Response:
        sent = {"content-type": media_type, "x-api-key": self.server.key, **headers}
        return await self.http.post(f"{self.server.url}/uploads", content=body, headers=sent)

    async def post_form(self, **parts: bytes) -> httpx.Response:
        headers = {"x-api-key": self.server.key}
        return await self.http.post(f"{self.server.url}/uploads", files=parts, headers=headers)

    async def restyle(self, image: str, *, key: str | None = None) -> dict[str, Any]:
        request = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "a fox", "image": image}}
        body = {"query": RESTYLE, "variables": {"input": request}}
        headers = {"x-api-key": key or self.server.key}
        answer: dict[str, Any] = (await self.http.post(f"{self.server.url}/graphql", json=body, headers=headers)).json()
        return answer

    def incoming(self) -> list[str]:
        return [path.name for path in (self.server.data_directory / "incoming").iterdir()]


@pytest.fixture
async def sender(server_of_each_store: ServerProcess) -> AsyncIterator[Sender]:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        yield Sender(server_of_each_store, http)


def code_of(answer: httpx.Response) -> str:
    [error] = answer.json()["errors"]
    assert error["message"]
    return str(error["extensions"]["code"])


async def test_a_picture_is_kept_described_and_served(sender: Sender) -> None:
    content = sample_files.picture_bytes()

    answer = await sender.post(content)

    assert answer.status_code == 201
    body = answer.json()
    assert body["id"].startswith("upl_")
    assert (body["mediaType"], body["bytes"], body["width"], body["height"]) == ("image/png", len(content), 40, 30)
    assert body["duration"] is None
    assert body["expiresAt"].endswith("Z")
    assert "x-ratelimit-limit" not in answer.headers  # the test key is on a plan without limits
    served = await sender.http.get(body["url"])
    assert served.content == content
    part = await sender.http.get(body["url"], headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, b"PNG")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_an_upload_is_an_input_like_an_address(sender: Sender, kind: str) -> None:
    upload = (await sender.post(sample_files.picture_bytes(kind), "application/octet-stream")).json()

    answer = await sender.restyle(upload["id"])

    assert answer["data"]["generate"]["status"] == "COMPLETED", answer


async def test_a_form_with_a_file_is_the_same(sender: Sender, tmp_path: Path) -> None:
    content = sample_files.sound(tmp_path / "a.wav", seconds=2).read_bytes()

    answer = await sender.post_form(note=b"hello", file=content)

    assert answer.status_code == 201
    assert (answer.json()["mediaType"], answer.json()["bytes"]) == ("audio/wav", len(content))
    assert answer.json()["duration"] == 2.0


async def test_a_form_without_a_file_or_with_two_is_refused(sender: Sender) -> None:
    without = await sender.post_form(picture=sample_files.picture_bytes())
    files = [("file", sample_files.picture_bytes()), ("file", sample_files.picture_bytes())]
    headers = {"x-api-key": sender.server.key}
    two = await sender.http.post(f"{sender.server.url}/uploads", files=files, headers=headers)
    damaged = await sender.post(b"--x\r\nno form", "multipart/form-data; boundary=x")
    boundless = await sender.post(b"--x\r\nno form", "multipart/form-data")

    for answer in (without, two, damaged, boundless):
        assert (answer.status_code, code_of(answer)) == (400, "INVALID_INPUT")
    assert sender.incoming() == []


@pytest.mark.parametrize(("make", "words"), HOSTILE)
async def test_a_file_that_is_not_what_it_says_is_refused_and_leaves_nothing(
    sender: Sender, tmp_path: Path, make: Callable[[Path], Path], words: str
) -> None:
    kept = sorted(sender.server.data_directory.rglob("*.*"))

    answer = await sender.post(make(tmp_path / "picture.png").read_bytes())

    assert answer.status_code in (400, 415), words
    assert code_of(answer) == "INVALID_MEDIA_URL"
    assert sender.incoming() == []
    assert sorted(sender.server.data_directory.rglob("*.*")) == kept


@pytest.mark.parametrize("kind", ["GIF", "AVIF"])
async def test_pictures_that_providers_do_not_take_are_refused_by_name(sender: Sender, kind: str) -> None:
    answer = await sender.post(sample_files.picture_bytes(kind))

    assert (answer.status_code, code_of(answer)) == (400, "INVALID_MEDIA_URL")
    assert "PNG or JPG or WebP" in answer.text


async def pieces(megabytes: int, first: bytes) -> AsyncIterator[bytes]:
    yield first
    for _ in range(megabytes):
        yield bytes(MEGABYTE)


@pytest.mark.parametrize(
    ("first", "megabytes", "most"),
    [(b"\x89PNG\r\n\x1a\n", 11, 10_000_000), (b"\x00\x00\x00\x18ftypisom" + bytes(12), 101, 100_000_000)],
    ids=["picture", "video"],
)
async def test_a_file_too_large_is_refused_while_it_arrives(
    sender: Sender, first: bytes, megabytes: int, most: int
) -> None:
    before = sender.server.memory()

    answer = await sender.post(pieces(megabytes, first), "video/mp4")

    assert (answer.status_code, code_of(answer)) == (413, "INVALID_MEDIA_URL")
    assert f"{most:,} bytes" in answer.text
    assert sender.incoming() == []
    assert sender.server.memory() - before < 50 * MEGABYTE


async def test_a_file_that_says_it_is_too_large_is_not_awaited(sender: Sender) -> None:
    host, port = urlsplit(sender.server.url).hostname, urlsplit(sender.server.url).port
    reader, writer = await asyncio.open_connection(host, port)
    head = f"POST /uploads HTTP/1.1\r\nHost: x\r\nX-API-Key: {sender.server.key}\r\nContent-Type: video/mp4\r\n"
    writer.write(f"{head}Content-Length: 300000000\r\nExpect: 100-continue\r\n\r\n".encode())

    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["errors"][0]["extensions"]["maxBytes"] == 100_000_000


async def test_a_sender_that_goes_away_leaves_nothing(sender: Sender) -> None:
    host, port = urlsplit(sender.server.url).hostname, urlsplit(sender.server.url).port
    _, writer = await asyncio.open_connection(host, port)
    head = f"POST /uploads HTTP/1.1\r\nHost: x\r\nX-API-Key: {sender.server.key}\r\nContent-Type: image/png\r\n"
    writer.write(f"{head}Content-Length: 9000000\r\n\r\n".encode() + b"\x89PNG\r\n\x1a\n" + bytes(3 * MEGABYTE))
    await writer.drain()
    async with asyncio.timeout(PATIENCE):
        while not sender.incoming():
            await asyncio.sleep(0.01)
    writer.close()

    async with asyncio.timeout(PATIENCE):
        while sender.incoming():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"x-api-key": ""}, 401, "UNAUTHENTICATED"),
        ({"x-api-key": "sk_test_wrong"}, 401, "UNAUTHENTICATED"),
        ({"content-type": "text/html"}, 415, "INVALID_MEDIA_URL"),
        ({"content-type": ""}, 415, "INVALID_MEDIA_URL"),
    ],
    ids=["no key", "wrong key", "page", "no type"],
)
async def test_a_wrong_request_is_refused_in_the_shape_of_all_errors(
    sender: Sender, headers: dict[str, str], status: int, code: str
) -> None:
    sent = {"content-type": "image/png", "x-api-key": sender.server.key, **headers}
    body = sample_files.picture_bytes()
    answer = await sender.http.post(f"{sender.server.url}/uploads", content=body, headers=sent)

    assert (answer.status_code, code_of(answer)) == (status, code)


@pytest.mark.parametrize(
    ("given", "words"), [(";;;", "malformed: ';;;'"), ("", "missing"), ("text/html", "'text/html'")]
)
async def test_a_wrong_content_type_is_told_as_what_it_is(sender: Sender, given: str, words: str) -> None:
    answer = await sender.post(sample_files.picture_bytes(), given)

    assert answer.status_code == 415
    assert f"The Content-Type is {words}." in answer.json()["errors"][0]["message"]


async def test_a_key_that_may_not_generate_may_not_upload(sender: Sender) -> None:
    reader = create_key(sender.server, "--test", "--scopes", "read")

    answer = await sender.post(sample_files.picture_bytes(), **{"x-api-key": reader})

    assert (answer.status_code, code_of(answer)) == (403, "FORBIDDEN")


async def test_an_upload_of_another_account_is_like_none(sender: Sender) -> None:
    upload = (await sender.post(sample_files.picture_bytes())).json()
    stranger = create_key(sender.server, "--test", "--credits", "100")

    foreign = await sender.restyle(upload["id"], key=stranger)
    unknown = await sender.restyle("upl_" + "0" * 26, key=stranger)

    [refusal], [other] = foreign["errors"], unknown["errors"]
    assert refusal["extensions"] == other["extensions"]
    assert refusal["extensions"]["code"] == "INVALID_INPUT"
    assert refusal["message"].replace(upload["id"], "X") == other["message"].replace("upl_" + "0" * 26, "X")


async def test_uploads_count_as_reads_and_a_free_account_cannot_fill_the_disk(sender: Sender) -> None:
    free = create_key(sender.server, "--test")
    head = f"POST /uploads HTTP/1.1\r\nHost: x\r\nX-API-Key: {free}\r\nContent-Type: video/mp4\r\n"
    request = f"{head}Content-Length: 100000000\r\n\r\n".encode() + b"\x00\x00\x00\x18ftypisom"
    host, port = urlsplit(sender.server.url).hostname, urlsplit(sender.server.url).port
    half_sent = [await asyncio.open_connection(host, port) for _ in range(10)]
    for _, writer in half_sent:
        writer.write(request)
    async with asyncio.timeout(PATIENCE):
        while len(sender.incoming()) < len(half_sent):
            await asyncio.sleep(0.01)

    refused = await sender.post(sample_files.picture_bytes(), **{"x-api-key": free})
    for _, writer in half_sent:
        writer.close()
    async with asyncio.timeout(PATIENCE):
        while sender.incoming():
            await asyncio.sleep(0.01)
    accepted = await sender.post(sample_files.picture_bytes(), **{"x-api-key": free})

    assert (refused.status_code, code_of(refused)) == (429, "RATE_LIMIT")
    assert refused.json()["errors"][0]["extensions"]["limit"] == "uploads"
    assert int(refused.headers["retry-after"]) >= 1
    assert accepted.status_code == 201
    assert accepted.headers["x-ratelimit-limit"] == "120"
    assert int(accepted.headers["x-ratelimit-remaining"]) < 110
