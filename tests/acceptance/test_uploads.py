"""Uploads over real sockets, with the media in a directory and in a bucket."""

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
TIMEOUT = 10  # seconds


class UploadClient:
    """Uploads files to one server with one key."""

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
        response: dict[str, Any] = (
            await self.http.post(f"{self.server.url}/graphql", json=body, headers=headers)
        ).json()
        return response

    def incoming(self) -> list[str]:
        return [path.name for path in (self.server.data_directory / "incoming").iterdir()]


@pytest.fixture
async def upload_client(server_of_each_store: ServerProcess) -> AsyncIterator[UploadClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        yield UploadClient(server_of_each_store, http)


def error_code(response: httpx.Response) -> str:
    [error] = response.json()["errors"]
    assert error["message"]
    return str(error["extensions"]["code"])


async def test_an_image_is_stored_described_and_served(upload_client: UploadClient) -> None:
    content = sample_files.picture_bytes()

    response = await upload_client.post(content)

    assert response.status_code == 201
    body = response.json()
    assert body["id"].startswith("upl_")
    assert (body["mediaType"], body["bytes"], body["width"], body["height"]) == ("image/png", len(content), 40, 30)
    assert body["duration"] is None
    assert body["expiresAt"].endswith("Z")
    assert "x-ratelimit-limit" not in response.headers  # the test key is on a plan without limits
    served = await upload_client.http.get(body["url"])
    assert served.content == content
    part = await upload_client.http.get(body["url"], headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, b"PNG")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_an_upload_can_be_an_input(upload_client: UploadClient, kind: str) -> None:
    upload = (await upload_client.post(sample_files.picture_bytes(kind), "application/octet-stream")).json()

    response = await upload_client.restyle(upload["id"])

    assert response["data"]["generate"]["status"] == "COMPLETED", response


async def test_a_multipart_form_with_a_file_is_accepted(upload_client: UploadClient, tmp_path: Path) -> None:
    content = sample_files.sound(tmp_path / "a.wav", seconds=2).read_bytes()

    response = await upload_client.post_form(note=b"hello", file=content)

    assert response.status_code == 201
    assert (response.json()["mediaType"], response.json()["bytes"]) == ("audio/wav", len(content))
    assert response.json()["duration"] == 2.0


async def test_malformed_forms_are_rejected(upload_client: UploadClient) -> None:
    without_file = await upload_client.post_form(picture=sample_files.picture_bytes())
    files = [("file", sample_files.picture_bytes()), ("file", sample_files.picture_bytes())]
    headers = {"x-api-key": upload_client.server.key}
    two_files = await upload_client.http.post(f"{upload_client.server.url}/uploads", files=files, headers=headers)
    damaged = await upload_client.post(b"--x\r\nno form", "multipart/form-data; boundary=x")
    without_boundary = await upload_client.post(b"--x\r\nno form", "multipart/form-data")

    for response in (without_file, two_files, damaged, without_boundary):
        assert (response.status_code, error_code(response)) == (400, "INVALID_INPUT")
    assert upload_client.incoming() == []


@pytest.mark.parametrize(("make", "message"), HOSTILE)
async def test_hostile_files_are_rejected_and_deleted(
    upload_client: UploadClient, tmp_path: Path, make: Callable[[Path], Path], message: str
) -> None:
    files_before = sorted(upload_client.server.data_directory.rglob("*.*"))

    response = await upload_client.post(make(tmp_path / "picture.png").read_bytes())

    assert response.status_code in (400, 415), message
    assert error_code(response) == "INVALID_MEDIA_URL"
    assert upload_client.incoming() == []
    assert sorted(upload_client.server.data_directory.rglob("*.*")) == files_before


@pytest.mark.parametrize("kind", ["GIF", "AVIF"])
async def test_unsupported_image_formats_are_rejected_with_the_allowed_ones(
    upload_client: UploadClient, kind: str
) -> None:
    response = await upload_client.post(sample_files.picture_bytes(kind))

    assert (response.status_code, error_code(response)) == (400, "INVALID_MEDIA_URL")
    assert "PNG or JPG or WebP" in response.text


async def chunks(megabytes: int, first: bytes) -> AsyncIterator[bytes]:
    yield first
    for _ in range(megabytes):
        yield bytes(MEGABYTE)


@pytest.mark.parametrize(
    ("first", "megabytes", "limit"),
    [(b"\x89PNG\r\n\x1a\n", 11, 10_000_000), (b"\x00\x00\x00\x18ftypisom" + bytes(12), 101, 100_000_000)],
    ids=["picture", "video"],
)
async def test_an_oversized_file_is_rejected_while_it_arrives(
    upload_client: UploadClient, first: bytes, megabytes: int, limit: int
) -> None:
    before = upload_client.server.memory()

    response = await upload_client.post(chunks(megabytes, first), "video/mp4")

    assert (response.status_code, error_code(response)) == (413, "INVALID_MEDIA_URL")
    assert f"{limit:,} bytes" in response.text
    assert upload_client.incoming() == []
    assert upload_client.server.memory() - before < 50 * MEGABYTE


async def test_an_oversized_content_length_is_rejected_before_the_body(upload_client: UploadClient) -> None:
    host, port = urlsplit(upload_client.server.url).hostname, urlsplit(upload_client.server.url).port
    reader, writer = await asyncio.open_connection(host, port)
    head = f"POST /uploads HTTP/1.1\r\nHost: x\r\nX-API-Key: {upload_client.server.key}\r\nContent-Type: video/mp4\r\n"
    writer.write(f"{head}Content-Length: 300000000\r\nExpect: 100-continue\r\n\r\n".encode())

    response = await asyncio.wait_for(reader.read(), TIMEOUT)
    writer.close()

    assert response.startswith(b"HTTP/1.1 413 ")
    assert json.loads(response.partition(b"\r\n\r\n")[2])["errors"][0]["extensions"]["maxBytes"] == 100_000_000


async def test_an_aborted_upload_is_deleted(upload_client: UploadClient) -> None:
    host, port = urlsplit(upload_client.server.url).hostname, urlsplit(upload_client.server.url).port
    _, writer = await asyncio.open_connection(host, port)
    head = f"POST /uploads HTTP/1.1\r\nHost: x\r\nX-API-Key: {upload_client.server.key}\r\nContent-Type: image/png\r\n"
    writer.write(f"{head}Content-Length: 9000000\r\n\r\n".encode() + b"\x89PNG\r\n\x1a\n" + bytes(3 * MEGABYTE))
    await writer.drain()
    async with asyncio.timeout(TIMEOUT):
        while not upload_client.incoming():
            await asyncio.sleep(0.01)
    writer.close()

    async with asyncio.timeout(TIMEOUT):
        while upload_client.incoming():
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
async def test_invalid_requests_get_a_coded_error(
    upload_client: UploadClient, headers: dict[str, str], status: int, code: str
) -> None:
    sent = {"content-type": "image/png", "x-api-key": upload_client.server.key, **headers}
    body = sample_files.picture_bytes()
    response = await upload_client.http.post(f"{upload_client.server.url}/uploads", content=body, headers=sent)

    assert (response.status_code, error_code(response)) == (status, code)


@pytest.mark.parametrize(
    ("content_type", "message"), [(";;;", "malformed: ';;;'"), ("", "missing"), ("text/html", "'text/html'")]
)
async def test_an_invalid_content_type_is_named(upload_client: UploadClient, content_type: str, message: str) -> None:
    response = await upload_client.post(sample_files.picture_bytes(), content_type)

    assert response.status_code == 415
    assert f"The Content-Type is {message}." in response.json()["errors"][0]["message"]


async def test_uploads_need_the_generate_scope(upload_client: UploadClient) -> None:
    reader = create_key(upload_client.server, "--test", "--scopes", "read")

    response = await upload_client.post(sample_files.picture_bytes(), **{"x-api-key": reader})

    assert (response.status_code, error_code(response)) == (403, "FORBIDDEN")


async def test_an_upload_of_another_account_is_unknown(upload_client: UploadClient) -> None:
    upload = (await upload_client.post(sample_files.picture_bytes())).json()
    stranger = create_key(upload_client.server, "--test", "--credits", "100")

    foreign = await upload_client.restyle(upload["id"], key=stranger)
    unknown = await upload_client.restyle("upl_" + "0" * 26, key=stranger)

    [error], [other] = foreign["errors"], unknown["errors"]
    assert error["extensions"] == other["extensions"]
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert error["message"].replace(upload["id"], "X") == other["message"].replace("upl_" + "0" * 26, "X")


async def test_uploads_count_as_reads_and_their_total_size_is_limited(upload_client: UploadClient) -> None:
    free = create_key(upload_client.server, "--test")
    head = f"POST /uploads HTTP/1.1\r\nHost: x\r\nX-API-Key: {free}\r\nContent-Type: video/mp4\r\n"
    request = f"{head}Content-Length: 100000000\r\n\r\n".encode() + b"\x00\x00\x00\x18ftypisom"
    host, port = urlsplit(upload_client.server.url).hostname, urlsplit(upload_client.server.url).port
    incomplete_uploads = [await asyncio.open_connection(host, port) for _ in range(10)]
    for _, writer in incomplete_uploads:
        writer.write(request)
    async with asyncio.timeout(TIMEOUT):
        while len(upload_client.incoming()) < len(incomplete_uploads):
            await asyncio.sleep(0.01)

    rejected = await upload_client.post(sample_files.picture_bytes(), **{"x-api-key": free})
    for _, writer in incomplete_uploads:
        writer.close()
    async with asyncio.timeout(TIMEOUT):
        while upload_client.incoming():
            await asyncio.sleep(0.01)
    accepted = await upload_client.post(sample_files.picture_bytes(), **{"x-api-key": free})

    assert (rejected.status_code, error_code(rejected)) == (429, "RATE_LIMIT")
    assert rejected.json()["errors"][0]["extensions"]["limit"] == "uploads"
    assert int(rejected.headers["retry-after"]) >= 1
    assert accepted.status_code == 201
    assert accepted.headers["x-ratelimit-limit"] == "120"
    assert int(accepted.headers["x-ratelimit-remaining"]) < 110
