"""The guarded door: what it refuses, and that what it checked is what it connects to."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network, ip_address
from pathlib import Path

import pytest

from kit.errors import InvalidMediaUrl
from kit.ip_addresses import Address, is_allowed
from kit.outbound import Fetched, Response, SafeHttpClient, validate_url
from tests.support.raw_http_server import WebServer, send, serving

pytestmark = pytest.mark.anyio

LOOPBACK = IPv4Network("127.0.0.1/32")
SOON = timedelta(seconds=5)
BRIEFLY = timedelta(milliseconds=50)
WRAPPED = ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::"]
PICTURE = b"not really a picture"


@pytest.fixture
async def web() -> AsyncIterator[WebServer]:
    async with serving(answer) as server:
        yield server


async def answer(path: str, writer: asyncio.StreamWriter) -> None:
    if path == "/picture":
        await send(writer, "200 OK", "Content-Type: image/png", "Set-Cookie: a=b", body=PICTURE)
    elif path == "/page":
        await send(writer, "200 OK", "Content-Type: text/html", body=b"<html>")
    elif path == "/gone":
        await send(writer, "404 Not Found")
    elif path == "/compressed-page":
        await send(writer, "200 OK", "Content-Type: text/html", "Content-Encoding: gzip", body=b"\x1f\x8b")
    elif path == "/endless-page":
        await send(writer, "200 OK", "Content-Type: text/html")
        while True:
            writer.write(b"<p>" * 1024)
            await writer.drain()
    elif path == "/compressed":
        await send(writer, "200 OK", "Content-Type: image/png", "Content-Encoding: gzip", body=b"\x1f\x8b")
    elif path == "/boastful":
        await send(writer, "200 OK", "Content-Type: image/png", "Content-Length: 999999", body=b"")
    elif path == "/endless":
        await send(writer, "200 OK", "Content-Type: image/png")
        while True:
            writer.write(bytes(1024))
            await writer.drain()
    elif path == "/broken":
        await send(writer, "200 OK", "Content-Type: image/png", "Content-Length: 500", body=b"half")
    elif path == "/interim":
        while True:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
            await writer.drain()
    elif path == "/silent":
        await asyncio.Event().wait()
    elif path == "/loop":
        await send(writer, "302 Found", "Location: /loop")
    elif path == "/hops/3":
        await send(writer, "302 Found", "Location: /hops/2")
    elif path == "/hops/2":
        await send(writer, "307 Temporary Redirect", "Location: /hops/1")
    elif path == "/hops/1":
        await send(writer, "301 Moved Permanently", "Location: ../picture")
    elif path.startswith("/away?"):
        await send(writer, "302 Found", f"Location: {path.removeprefix('/away?')}")


def resolving(**names: str) -> "Names":
    return Names({name.replace("_", "."): [ip_address(address)] for name, address in names.items()})


class Names:
    """A resolver that knows what it is told and keeps what it was asked."""

    def __init__(self, known: dict[str, Sequence[Address]]) -> None:
        self.known = known
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        return self.known.get(host, [])


def open_guard(names: Names | None = None) -> SafeHttpClient:
    """A guard under which this test's server is a public one."""
    return SafeHttpClient(allow=[LOOPBACK], allow_http=True, resolve=names or resolving(media_example="127.0.0.1"))


async def fetch(
    guard: SafeHttpClient, url: str, folder: Path, *, max_bytes: int = 1000, within: timedelta = SOON
) -> Fetched:
    return await guard.fetch(
        url, max_bytes=max_bytes, timeout=within, accept=("image/",), destination=folder / "got", field="input.image"
    )


async def refusal(guard: SafeHttpClient, url: str, folder: Path, **bounds: int) -> InvalidMediaUrl:
    with pytest.raises(InvalidMediaUrl) as caught:
        await fetch(guard, url, folder, max_bytes=bounds.get("max_bytes", 1000))
    assert caught.value.extensions["field"] == "input.image"
    assert not (folder / "got").exists()
    return caught.value


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1.",
        "localhost",
        "LOCALHOST.",
        "files.localhost",
        "[::1]",
        "[::]",
        "169.254.169.254",
        "10.0.0.7",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.1.1",
        "255.255.255.255",
        "192.88.99.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "127.1",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fd00::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
    ],
)
async def test_an_address_that_is_not_public_is_refused_by_its_form(host: str) -> None:
    with pytest.raises(InvalidMediaUrl) as caught:
        validate_url(f"https://{host}/a.png", field="input.image")

    assert caught.value.extensions == {"field": "input.image", "reason": "private"}
    assert "https://" in caught.value.message


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://media.example/a.png", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("ftp://media.example/a.png", "scheme"),
        ("gopher://media.example/", "scheme"),
        ("media.example/a.png", "scheme"),
        ("https://user:secret@media.example/", "credentials"),
        ("https://media.example\\@127.0.0.1/", "malformed"),
        ("https:///a.png", "malformed"),
        ("https://media.example:0/", "malformed"),
        ("https://media.example:70000/", "malformed"),
        ("https://media.example/" + "a" * 5000, "malformed"),
        ("https://１２７.0.0.1/", "malformed"),
    ],
)
async def test_an_address_of_another_form_is_refused(url: str, reason: str) -> None:
    with pytest.raises(InvalidMediaUrl) as caught:
        validate_url(url)

    assert caught.value.extensions["reason"] == reason
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::"]
)
async def test_a_public_address_is_allowed_however_it_is_wrapped(address: str) -> None:
    assert is_allowed(ip_address(address))


async def test_a_file_is_written_to_its_destination(web: WebServer, tmp_path: Path) -> None:
    fetched = await fetch(open_guard(), web.url("/picture#part"), tmp_path)

    assert fetched == Fetched(media_type="image/png", size=len(PICTURE), final_url=web.url("/picture"))
    assert (tmp_path / "got").read_bytes() == PICTURE


async def test_the_request_names_the_host_and_carries_nothing_of_ours(web: WebServer, tmp_path: Path) -> None:
    await fetch(open_guard(), web.url("/picture"), tmp_path)

    head = web.requests[0].decode().lower()
    assert f"host: media.example:{web.port}\r\n" in head
    assert "accept-encoding: identity" in head
    assert "cookie" not in head
    assert "authorization" not in head


async def test_a_name_that_resolves_to_loopback_is_refused_before_a_connection(web: WebServer, tmp_path: Path) -> None:
    guard = SafeHttpClient(allow_http=True, resolve=resolving(media_example="127.0.0.1"))

    error = await refusal(guard, web.url("/picture"), tmp_path)

    assert error.extensions["reason"] == "private"
    assert "media.example" in error.message
    assert "127.0.0.1" not in error.message
    assert web.requests == []


async def test_a_name_with_one_private_address_among_public_ones_is_refused(tmp_path: Path) -> None:
    names = Names({"mixed.example": [IPv4Address("8.8.8.8"), IPv4Address("10.0.0.1")]})

    error = await refusal(SafeHttpClient(resolve=names), "https://mixed.example/a.png", tmp_path)

    assert error.extensions["reason"] == "private"


async def test_a_name_is_looked_up_once_so_that_it_cannot_change_in_between(web: WebServer, tmp_path: Path) -> None:
    class Rebinding(Names):
        async def __call__(self, host: str, port: int) -> Sequence[Address]:
            found = await super().__call__(host, port)
            self.known = {host: [IPv4Address("10.0.0.1")]}
            return found

    names = Rebinding({"media.example": [IPv4Address("127.0.0.1")]})

    await fetch(open_guard(names), web.url("/picture"), tmp_path)

    assert names.asked == ["media.example"]


async def test_a_name_that_turns_private_between_redirects_is_refused(web: WebServer, tmp_path: Path) -> None:
    class Rebinding(Names):
        async def __call__(self, host: str, port: int) -> Sequence[Address]:
            found = await super().__call__(host, port)
            self.known = {host: [IPv4Address("10.0.0.1")]}
            return found

    names = Rebinding({"media.example": [IPv4Address("127.0.0.1")]})

    error = await refusal(open_guard(names), web.url("/loop"), tmp_path)

    assert error.extensions["reason"] == "private"
    assert len(web.requests) == 1


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest", "http://[::1]/", "http://0x7f.1/", "//10.0.0.1/", "http://inner.example/"],
)
async def test_a_redirect_to_a_private_address_is_refused(web: WebServer, tmp_path: Path, target: str) -> None:
    names = resolving(media_example="127.0.0.1", inner_example="192.168.0.1")

    error = await refusal(open_guard(names), web.url(f"/away?{target}"), tmp_path)

    assert error.extensions["reason"] == "private"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://a:b@media.example/"])
async def test_a_redirect_is_held_to_the_same_form(web: WebServer, tmp_path: Path, target: str) -> None:
    error = await refusal(open_guard(), web.url(f"/away?{target}"), tmp_path)

    assert error.extensions["reason"] in {"scheme", "credentials"}


async def test_three_redirects_are_followed(web: WebServer, tmp_path: Path) -> None:
    fetched = await fetch(open_guard(), web.url("/hops/3"), tmp_path)

    assert fetched.final_url == web.url("/picture")


async def test_more_than_three_redirects_are_refused(web: WebServer, tmp_path: Path) -> None:
    error = await refusal(open_guard(), web.url("/loop"), tmp_path)

    assert error.extensions["reason"] == "redirects"
    assert len(web.requests) == 4


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/page", "media_type"),
        ("/endless-page", "media_type"),
        ("/compressed-page", "media_type"),
        ("/gone", "status"),
        ("/compressed", "encoding"),
        ("/boastful", "too_large"),
        ("/endless", "too_large"),
        ("/broken", "unreachable"),
    ],
)
async def test_an_answer_that_is_no_media_file_is_refused(
    web: WebServer, tmp_path: Path, path: str, reason: str
) -> None:
    error = await refusal(open_guard(), web.url(path), tmp_path)

    assert error.extensions["reason"] == reason
    assert "media.example" in error.message


async def test_the_whole_exchange_is_bounded_in_time(web: WebServer, tmp_path: Path) -> None:
    with pytest.raises(InvalidMediaUrl) as caught:
        await fetch(open_guard(), web.url("/silent"), tmp_path, within=timedelta(milliseconds=50))

    assert caught.value.extensions["reason"] == "timeout"


async def test_a_silent_host_is_told_with_the_bound_that_it_passed(web: WebServer, tmp_path: Path) -> None:
    hasty = SafeHttpClient(
        allow=[LOOPBACK], allow_http=True, resolve=resolving(media_example="127.0.0.1"), silence=BRIEFLY
    )

    with pytest.raises(InvalidMediaUrl, match=r"was silent for 0[.]05 s[.]"):
        await fetch(hasty, web.url("/silent"), tmp_path)
    with pytest.raises(InvalidMediaUrl, match=r"took longer than 0[.]05 s in all[.]"):
        await fetch(open_guard(), web.url("/silent"), tmp_path, within=BRIEFLY)


async def test_an_answer_that_stalls_half_way_is_cut_off_and_leaves_no_file(tmp_path: Path) -> None:
    async def stall(path: str, writer: asyncio.StreamWriter) -> None:
        await send(writer, "200 OK", "Content-Type: image/png", body=PICTURE)
        await asyncio.Event().wait()

    async with serving(stall) as server:
        with pytest.raises(InvalidMediaUrl) as caught:
            await fetch(open_guard(), server.url(), tmp_path, within=timedelta(milliseconds=100))

    assert caught.value.extensions["reason"] == "timeout"
    assert not (tmp_path / "got").exists()


async def test_a_name_without_an_address_is_unreachable(tmp_path: Path) -> None:
    error = await refusal(SafeHttpClient(resolve=Names({})), "https://nowhere.example/a.png", tmp_path)

    assert error.extensions["reason"] == "unreachable"


async def test_tls_is_asked_for_under_the_name_not_the_address(tmp_path: Path) -> None:
    hello = asyncio.get_running_loop().create_future()

    async def greeted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello.set_result(await reader.read(4096))
        writer.close()

    server = await asyncio.start_server(greeted, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        error = await refusal(open_guard(), f"https://media.example:{port}/a.png", tmp_path)

    assert b"media.example" in await hello
    assert error.extensions["reason"] == "unreachable"


async def test_a_post_answers_with_the_status_and_the_start_of_the_body(tmp_path: Path) -> None:
    async def refuse(path: str, writer: asyncio.StreamWriter) -> None:
        await send(writer, "302 Found", "Location: http://10.0.0.1/", body=b"x" * 500)

    async with serving(refuse) as server:
        got = await open_guard().post(
            server.url("/hook"), body=b"{}", headers={"webhook-id": "evt_1"}, timeout=SOON, max_answer_bytes=10
        )

    assert got == Response(status=302, body=b"x" * 10)
    assert b"webhook-id: evt_1" in server.requests[0].lower()
    assert b"content-length: 2" in server.requests[0].lower()


async def test_interim_answers_without_end_are_broken_off(web: WebServer, tmp_path: Path) -> None:
    guard = SafeHttpClient(allow=[LOOPBACK], allow_http=True)
    with pytest.raises(InvalidMediaUrl) as caught:
        await guard.post(web.url("/interim"), body=b"{}", headers={}, timeout=SOON, max_answer_bytes=10)
    assert caught.value.extensions["reason"] == "unreachable"


async def test_a_post_to_a_private_address_is_refused_and_names_the_webhook() -> None:
    guard = SafeHttpClient(resolve=resolving(hook_example="10.0.0.1"))

    with pytest.raises(InvalidMediaUrl) as caught:
        await guard.post("https://hook.example/", body=b"{}", headers={}, timeout=SOON, max_answer_bytes=10)

    assert caught.value.extensions == {"field": "webhookUrl", "reason": "private"}
