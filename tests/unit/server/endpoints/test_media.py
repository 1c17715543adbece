"""Stored files over HTTP: ranges, caching and invalid URLs."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Message

from media.disk import DiskStore
from media.signed_urls import UrlSigner
from media.store import MediaStore, StoreUnavailable
from server.endpoints.media import MediaEndpoint
from tests.support.manual_clock import NOON, ManualClock

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(200))
SIGNER = UrlSigner(b"secret", "http://media.example")


@dataclass(slots=True)
class Served:
    client: httpx.AsyncClient
    url: str
    tag: str
    clock: ManualClock
    store: MediaStore
    key: str


@pytest.fixture
async def served(store: MediaStore, tmp_path: Path) -> AsyncIterator[Served]:
    clock = ManualClock(NOON)
    (tmp_path / "a.mp4").write_bytes(CONTENT)
    stored = await store.put(tmp_path / "a.mp4", "video/mp4")
    url = SIGNER.sign(stored.key, expires_at=NOON + timedelta(hours=1), filename="a fox.mp4")
    app = Starlette(routes=[Mount("/media", MediaEndpoint(store, SIGNER, clock))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        yield Served(client, url, f'"{stored.sha256}"', clock, store, stored.key)


async def test_a_file_is_served_with_its_headers(served: Served) -> None:
    response = await served.client.get(served.url)

    assert response.status_code == 200
    assert response.content == CONTENT
    assert dict(response.headers) == {
        "etag": served.tag,
        "cache-control": "private, max-age=3600, immutable",
        "accept-ranges": "bytes",
        "content-type": "video/mp4",
        "content-disposition": 'inline; filename="a-fox.mp4"',
        "content-length": "200",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
    }


async def test_head_has_the_same_headers_without_a_body(served: Served) -> None:
    got, head = await served.client.get(served.url), await served.client.head(served.url)

    assert head.status_code == 200
    assert head.headers == got.headers
    assert head.content == b""


@pytest.mark.parametrize(
    ("requested", "content_range", "expected"),
    [
        ("bytes=0-9", "bytes 0-9/200", CONTENT[:10]),
        ("bytes=190-", "bytes 190-199/200", CONTENT[190:]),
        ("bytes=190-5000", "bytes 190-199/200", CONTENT[190:]),
        ("bytes=-5", "bytes 195-199/200", CONTENT[-5:]),
        ("bytes=-5000", "bytes 0-199/200", CONTENT),
        ("bytes=0-", "bytes 0-199/200", CONTENT),
    ],
)
async def test_a_range_gets_that_part(served: Served, requested: str, content_range: str, expected: bytes) -> None:
    response = await served.client.get(served.url, headers={"Range": requested})

    assert response.status_code == 206
    assert response.headers["content-range"] == content_range
    assert response.headers["content-length"] == str(len(expected))
    assert response.content == expected


@pytest.mark.parametrize("requested", ["bytes=200-", "bytes=500-600", "bytes=-0"])
async def test_a_range_after_the_end_is_not_satisfiable(served: Served, requested: str) -> None:
    response = await served.client.get(served.url, headers={"Range": requested})

    assert response.status_code == 416
    assert response.headers["content-range"] == "bytes */200"


@pytest.mark.parametrize("requested", ["bytes=0-1,5-6", "bytes=9-2", "bytes=-", "bytes=a-b", "lines=1-2", "bytes"])
async def test_multiple_and_malformed_ranges_get_the_whole_file(served: Served, requested: str) -> None:
    response = await served.client.get(served.url, headers={"Range": requested})

    assert response.status_code == 200
    assert response.content == CONTENT


async def test_a_range_of_another_version_gets_the_whole_file(served: Served) -> None:
    same = await served.client.get(served.url, headers={"Range": "bytes=0-1", "If-Range": served.tag})
    other = await served.client.get(served.url, headers={"Range": "bytes=0-1", "If-Range": '"other"'})

    assert (same.status_code, other.status_code) == (206, 200)


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
async def test_a_cached_file_is_not_sent_again(served: Served, form: str) -> None:
    response = await served.client.get(served.url, headers={"If-None-Match": form.format(served.tag)})

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == served.tag


async def test_a_modified_and_an_expired_url_get_the_same_error(served: Served) -> None:
    changed = await served.client.get(served.url + "x")
    unsigned = await served.client.get(served.url.partition("?")[0])
    served.clock.move(7200)
    expired = await served.client.get(served.url)

    assert changed.status_code == unsigned.status_code == expired.status_code == 403
    assert changed.content == unsigned.content == expired.content
    assert changed.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert changed.headers["cache-control"] == "no-store"


async def test_a_deleted_file_is_not_found(served: Served) -> None:
    await served.store.delete(served.key)

    response = await served.client.get(served.url)

    assert response.status_code == 404
    assert response.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_other_origins_may_request_ranges(served: Served) -> None:
    response = await served.client.options(served.url)

    assert response.status_code == 204
    assert "Range" in response.headers["access-control-allow-headers"]


async def test_other_methods_are_not_allowed(served: Served) -> None:
    assert (await served.client.post(served.url)).status_code == 405


class FailingStore(DiskStore):
    """A store that fails while a file is read."""

    async def open(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        yield CONTENT[:50]
        raise StoreUnavailable


async def test_a_store_failure_leaves_the_response_incomplete(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(CONTENT)
    store = FailingStore(tmp_path / "store")
    key = (await store.put(tmp_path / "a.mp4", "video/mp4")).key
    url = httpx.URL(SIGNER.sign(key, expires_at=NOON + timedelta(hours=1), filename="a.mp4"))
    scope = {"type": "http", "method": "GET", "path": url.path, "query_string": url.query, "headers": []}
    sent: list[Message] = []

    async def receive() -> Message:
        return await asyncio.Future()

    async def send(message: Message) -> None:
        sent.append(message)

    await MediaEndpoint(store, SIGNER, ManualClock(NOON))(scope, receive, send)

    assert [message.get("more_body") for message in sent] == [None, True]
