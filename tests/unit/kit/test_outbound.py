"""`SafeHttpClient`: rejected URLs, and connections to exactly the address that was checked."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network, ip_address
from pathlib import Path

import pytest

from kit.ip_addresses import Address, is_allowed
from kit.outbound import Fetched, OutboundRequestFailed, Response, SafeHttpClient, validate_url
from tests.support.raw_http_server import WebServer, send, serving

pytestmark = pytest.mark.anyio

LOOPBACK = IPv4Network("127.0.0.1/32")
TIMEOUT = timedelta(seconds=5)
SHORT_TIMEOUT = timedelta(milliseconds=50)
WRAPPED = ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::"]
PICTURE = b"not really a picture"


@pytest.fixture
async def web() -> AsyncIterator[WebServer]:
    async with serving(respond) as server:
        yield server


async def respond(path: str, writer: asyncio.StreamWriter) -> None:
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
    elif path == "/too-long":
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


def resolver_for(**addresses: str) -> "FakeResolver":
    return FakeResolver({name.replace("_", "."): [ip_address(address)] for name, address in addresses.items()})


class FakeResolver:
    """A resolver with fixed addresses, which records the hosts it is asked for."""

    def __init__(self, addresses: dict[str, Sequence[Address]]) -> None:
        self.addresses = addresses
        self.hosts: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.hosts.append(host)
        return self.addresses.get(host, [])


def open_client(resolver: FakeResolver | None = None) -> SafeHttpClient:
    """Return a client that regards the test's server as public."""
    return SafeHttpClient(
        allowed_networks=[LOOPBACK], allow_http=True, resolve=resolver or resolver_for(media_example="127.0.0.1")
    )


async def fetch(
    client: SafeHttpClient, url: str, directory: Path, *, max_bytes: int = 1000, time_limit: timedelta = TIMEOUT
) -> Fetched:
    return await client.fetch(
        url,
        max_bytes=max_bytes,
        timeout=time_limit,
        accept=("image/",),
        destination=directory / "got",
        field="input.image",
    )


async def rejection(client: SafeHttpClient, url: str, directory: Path, **bounds: int) -> OutboundRequestFailed:
    with pytest.raises(OutboundRequestFailed) as error:
        await fetch(client, url, directory, max_bytes=bounds.get("max_bytes", 1000))
    assert error.value.details["field"] == "input.image"
    assert not (directory / "got").exists()
    return error.value


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
async def test_a_url_with_a_private_address_is_rejected_without_resolution(host: str) -> None:
    with pytest.raises(OutboundRequestFailed) as error:
        validate_url(f"https://{host}/a.png", field="input.image")

    assert error.value.details == {"field": "input.image", "reason": "private"}
    assert "https://" in error.value.message


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
async def test_a_malformed_url_is_rejected_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(OutboundRequestFailed) as error:
        validate_url(url)

    assert error.value.details["reason"] == reason
    assert "secret" not in error.value.message


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::"]
)
async def test_a_public_address_is_allowed_in_every_notation(address: str) -> None:
    assert is_allowed(ip_address(address))


async def test_a_file_is_downloaded_to_its_destination(web: WebServer, tmp_path: Path) -> None:
    fetched = await fetch(open_client(), web.url("/picture#part"), tmp_path)

    assert fetched == Fetched(media_type="image/png", size=len(PICTURE), final_url=web.url("/picture"))
    assert (tmp_path / "got").read_bytes() == PICTURE


async def test_the_request_has_the_host_and_no_cookies_or_credentials(web: WebServer, tmp_path: Path) -> None:
    await fetch(open_client(), web.url("/picture"), tmp_path)

    head = web.requests[0].decode().lower()
    assert f"host: media.example:{web.port}\r\n" in head
    assert "accept-encoding: identity" in head
    assert "cookie" not in head
    assert "authorization" not in head


async def test_a_host_that_resolves_to_loopback_is_rejected_before_connecting(web: WebServer, tmp_path: Path) -> None:
    client = SafeHttpClient(allow_http=True, resolve=resolver_for(media_example="127.0.0.1"))

    error = await rejection(client, web.url("/picture"), tmp_path)

    assert error.details["reason"] == "private"
    assert "media.example" in error.message
    assert "127.0.0.1" not in error.message
    assert web.requests == []


async def test_a_host_with_a_private_address_among_public_ones_is_rejected(tmp_path: Path) -> None:
    resolver = FakeResolver({"mixed.example": [IPv4Address("8.8.8.8"), IPv4Address("10.0.0.1")]})

    error = await rejection(SafeHttpClient(resolve=resolver), "https://mixed.example/a.png", tmp_path)

    assert error.details["reason"] == "private"


async def test_a_host_is_resolved_once_for_check_and_connection(web: WebServer, tmp_path: Path) -> None:
    class RebindingResolver(FakeResolver):
        async def __call__(self, host: str, port: int) -> Sequence[Address]:
            found = await super().__call__(host, port)
            self.addresses = {host: [IPv4Address("10.0.0.1")]}
            return found

    resolver = RebindingResolver({"media.example": [IPv4Address("127.0.0.1")]})

    await fetch(open_client(resolver), web.url("/picture"), tmp_path)

    assert resolver.hosts == ["media.example"]


async def test_a_host_that_becomes_private_between_redirects_is_rejected(web: WebServer, tmp_path: Path) -> None:
    class RebindingResolver(FakeResolver):
        async def __call__(self, host: str, port: int) -> Sequence[Address]:
            found = await super().__call__(host, port)
            self.addresses = {host: [IPv4Address("10.0.0.1")]}
            return found

    resolver = RebindingResolver({"media.example": [IPv4Address("127.0.0.1")]})

    error = await rejection(open_client(resolver), web.url("/loop"), tmp_path)

    assert error.details["reason"] == "private"
    assert len(web.requests) == 1


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest", "http://[::1]/", "http://0x7f.1/", "//10.0.0.1/", "http://inner.example/"],
)
async def test_a_redirect_to_a_private_address_is_rejected(web: WebServer, tmp_path: Path, target: str) -> None:
    resolver = resolver_for(media_example="127.0.0.1", inner_example="192.168.0.1")

    error = await rejection(open_client(resolver), web.url(f"/away?{target}"), tmp_path)

    assert error.details["reason"] == "private"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://a:b@media.example/"])
async def test_a_redirect_to_a_malformed_url_is_rejected(web: WebServer, tmp_path: Path, target: str) -> None:
    error = await rejection(open_client(), web.url(f"/away?{target}"), tmp_path)

    assert error.details["reason"] in {"scheme", "credentials"}


async def test_three_redirects_are_followed(web: WebServer, tmp_path: Path) -> None:
    fetched = await fetch(open_client(), web.url("/hops/3"), tmp_path)

    assert fetched.final_url == web.url("/picture")


async def test_more_than_three_redirects_are_rejected(web: WebServer, tmp_path: Path) -> None:
    error = await rejection(open_client(), web.url("/loop"), tmp_path)

    assert error.details["reason"] == "redirects"
    assert len(web.requests) == 4


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/page", "media_type"),
        ("/endless-page", "media_type"),
        ("/compressed-page", "media_type"),
        ("/gone", "status"),
        ("/compressed", "encoding"),
        ("/too-long", "too_large"),
        ("/endless", "too_large"),
        ("/broken", "unreachable"),
    ],
)
async def test_an_invalid_response_is_rejected_with_the_reason(
    web: WebServer, tmp_path: Path, path: str, reason: str
) -> None:
    error = await rejection(open_client(), web.url(path), tmp_path)

    assert error.details["reason"] == reason
    assert "media.example" in error.message


async def test_a_download_has_a_timeout(web: WebServer, tmp_path: Path) -> None:
    with pytest.raises(OutboundRequestFailed) as error:
        await fetch(open_client(), web.url("/silent"), tmp_path, time_limit=timedelta(milliseconds=50))

    assert error.value.details["reason"] == "timeout"


async def test_a_timeout_error_names_the_limit_that_was_exceeded(web: WebServer, tmp_path: Path) -> None:
    client = SafeHttpClient(
        allowed_networks=[LOOPBACK],
        allow_http=True,
        resolve=resolver_for(media_example="127.0.0.1"),
        idle_timeout=SHORT_TIMEOUT,
    )

    with pytest.raises(OutboundRequestFailed, match=r"was silent for 0[.]05 s[.]"):
        await fetch(client, web.url("/silent"), tmp_path)
    with pytest.raises(OutboundRequestFailed, match=r"took longer than 0[.]05 s in all[.]"):
        await fetch(open_client(), web.url("/silent"), tmp_path, time_limit=SHORT_TIMEOUT)


async def test_a_response_that_stalls_times_out_and_leaves_no_file(tmp_path: Path) -> None:
    async def stall(path: str, writer: asyncio.StreamWriter) -> None:
        await send(writer, "200 OK", "Content-Type: image/png", body=PICTURE)
        await asyncio.Event().wait()

    async with serving(stall) as server:
        with pytest.raises(OutboundRequestFailed) as error:
            await fetch(open_client(), server.url(), tmp_path, time_limit=timedelta(milliseconds=100))

    assert error.value.details["reason"] == "timeout"
    assert not (tmp_path / "got").exists()


async def test_a_host_without_addresses_is_unreachable(tmp_path: Path) -> None:
    error = await rejection(SafeHttpClient(resolve=FakeResolver({})), "https://nowhere.example/a.png", tmp_path)

    assert error.details["reason"] == "unreachable"


async def test_tls_uses_the_host_name(tmp_path: Path) -> None:
    hello = asyncio.get_running_loop().create_future()

    async def record_hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello.set_result(await reader.read(4096))
        writer.close()

    server = await asyncio.start_server(record_hello, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        error = await rejection(open_client(), f"https://media.example:{port}/a.png", tmp_path)

    assert b"media.example" in await hello
    assert error.details["reason"] == "unreachable"


async def test_a_post_returns_the_status_and_the_start_of_the_body(tmp_path: Path) -> None:
    async def redirect(path: str, writer: asyncio.StreamWriter) -> None:
        await send(writer, "302 Found", "Location: http://10.0.0.1/", body=b"x" * 500)

    async with serving(redirect) as server:
        response = await open_client().post(
            server.url("/hook"), body=b"{}", headers={"webhook-id": "evt_1"}, timeout=TIMEOUT, max_response_bytes=10
        )

    assert response == Response(status=302, body=b"x" * 10)
    assert b"webhook-id: evt_1" in server.requests[0].lower()
    assert b"content-length: 2" in server.requests[0].lower()


async def test_endless_interim_responses_are_rejected(web: WebServer, tmp_path: Path) -> None:
    client = SafeHttpClient(allowed_networks=[LOOPBACK], allow_http=True)
    with pytest.raises(OutboundRequestFailed) as error:
        await client.post(web.url("/interim"), body=b"{}", headers={}, timeout=TIMEOUT, max_response_bytes=10)
    assert error.value.details["reason"] == "unreachable"


async def test_a_post_to_a_private_address_is_rejected_with_the_webhook_field() -> None:
    client = SafeHttpClient(resolve=resolver_for(hook_example="10.0.0.1"))

    with pytest.raises(OutboundRequestFailed) as error:
        await client.post("https://hook.example/", body=b"{}", headers={}, timeout=TIMEOUT, max_response_bytes=10)

    assert error.value.details == {"field": "webhookUrl", "reason": "private"}
