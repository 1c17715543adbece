"""The HTTP client of backends: own origins, lost and unsent requests, statuses, redaction."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from kit.errors import GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import SubmissionLost, SubmissionRefused, UpstreamBusy
from providers.http import (
    MAX_CONNECTIONS,
    MAX_RETRY_AFTER,
    ForeignOrigin,
    UpstreamClient,
    UpstreamResponse,
    check_submission,
    retry_after,
    status_error,
)
from tests.emulators.base import Disconnect
from tests.support.asgi_server import free_port, free_socket, running_server

pytestmark = pytest.mark.anyio

KEY = "key-0123456789"


def client_of(url: str, *origins: str) -> UpstreamClient:
    return UpstreamClient(
        "vendor", url, authorize=lambda: {"authorization": f"Bearer {KEY}"}, origins=origins, secrets=(KEY,)
    )


@asynccontextmanager
async def vendor() -> AsyncIterator[tuple[UpstreamClient, list[Request]]]:
    """Serve an API that repeats the key, disconnects, redirects and delivers a file."""
    requests: list[Request] = []

    async def serve(request: Request) -> Response:
        requests.append(request)
        match request.url.path:
            case "/echo":
                return JSONResponse({"detail": f"{request.headers['authorization']} is wrong"}, 401)
            case "/lost":
                return Disconnect()
            case "/away":
                return RedirectResponse("http://198.51.100.7/elsewhere")
            case "/file":
                return Response(b"bytes", media_type="image/png")
        return JSONResponse({"ok": True})

    bound, url = free_socket()
    client = client_of(url)
    async with running_server(Starlette(routes=[Route("/{path:path}", serve, methods=["GET", "POST"])]), bound):
        yield client, requests
        await client.aclose()


@pytest.mark.parametrize(
    ("base", "address", "is_own"),
    [
        ("https://api.vendor.com/v1", "https://api.vendor.com/v2/x", True),
        ("https://api.vendor.com", "https://eu.vendor.com/x", True),
        ("https://api.vendor.com", "https://api.vendor.com.evil.net/x", False),
        ("https://api.vendor.com", "https://evil.net/?api.vendor.com", False),
        ("https://api.vendor.com", "http://api.vendor.com/x", False),
        ("https://api.vendor.com", "https://api.vendor.com:8443/x", False),
        ("https://api.vendor.com", "https://api.vendor.com@evil.net/x", False),
        ("http://10.0.0.5:8188", "http://10.0.0.5:9000/file.png", True),
        ("http://10.0.0.5:8188", "http://10.0.0.6:8188/file.png", False),
        ("http://127.0.0.1:9000", "http://localhost:9001/file.png", True),
        ("https://api.vendor.com", "http://localhost:9001/file.png", False),
    ],
)
def test_own_origins(base: str, address: str, is_own: bool) -> None:
    assert client_of(base, "https://*.vendor.com").owns(address) is is_own


async def test_credentials_do_not_leave_the_own_origins() -> None:
    async with vendor() as (client, requests):
        with pytest.raises(ForeignOrigin):
            await client.request("GET", "http://198.51.100.7/status")
        with pytest.raises(SubmissionRefused):
            await client.submit("http://user:password@127.0.0.1/submit")

        redirect = await client.request("GET", "/away")

        assert redirect.status == 307
        assert [request.url.path for request in requests] == ["/away"]


async def test_a_submission_that_was_not_sent_is_refused_and_one_without_a_response_is_lost() -> None:
    with pytest.raises(SubmissionRefused) as refusal:
        await client_of(f"http://127.0.0.1:{free_port()}").submit("/x", json={})
    assert isinstance(refusal.value.error, ProviderUnavailable)

    async with vendor() as (client, _):
        with pytest.raises(SubmissionLost):
            await client.submit("/lost", json={})


async def test_requests_beyond_the_connections_wait_for_their_turn() -> None:
    arrived, all_connected, release = 0, asyncio.Event(), asyncio.Event()

    async def serve(request: Request) -> Response:
        nonlocal arrived
        if request.method == "GET":
            arrived += 1
            if arrived == MAX_CONNECTIONS:
                all_connected.set()
            await release.wait()
        return JSONResponse({})

    bound, url = free_socket()
    client = client_of(url)
    async with running_server(Starlette(routes=[Route("/job", serve, methods=["GET", "POST"])]), bound):
        requests = asyncio.gather(*(client.request("GET", "/job") for _ in range(3 * MAX_CONNECTIONS)))
        await all_connected.wait()
        for _ in range(3):  # time for further requests to arrive
            await client.submit("/job")
        arrived_together = arrived
        release.set()
        await requests
        await client.aclose()

    assert (arrived_together, arrived) == (MAX_CONNECTIONS, 3 * MAX_CONNECTIONS)


async def test_credentials_are_redacted_from_errors() -> None:
    async with vendor() as (client, _):
        response = await client.request("GET", "/echo")

    assert KEY not in response.body.decode()
    assert "[redacted]" in response.body.decode()


async def test_a_download_is_stored_whole_or_not_at_all(tmp_path: Path) -> None:
    async with vendor() as (client, _):
        media_type = await client.download("/file", tmp_path / "a.png")
        with pytest.raises(GenerationFailed):
            await client.download("/file", tmp_path / "b.png", max_bytes=2)

    assert media_type == "image/png"
    assert os.listdir(tmp_path) == ["a.png"]


@pytest.mark.parametrize(
    ("headers", "delay"),
    [
        ({"retry-after": "7"}, timedelta(seconds=7)),
        ({"retry-after": "0.5"}, timedelta(seconds=0.5)),
        ({"retry-after-ms": "250", "retry-after": "7"}, timedelta(milliseconds=250)),
        ({"retry-after": "999999"}, MAX_RETRY_AFTER),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, timedelta()),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_delay_that_an_upstream_asks_for(headers: dict[str, str], delay: timedelta | None) -> None:
    assert retry_after(headers) == delay


@pytest.mark.parametrize(
    ("status", "raised"),
    [(429, UpstreamBusy), (503, UpstreamBusy), (500, SubmissionLost), (504, SubmissionLost), (422, SubmissionRefused)],
)
def test_the_status_of_a_submission_decides(status: int, raised: type[Exception]) -> None:
    with pytest.raises(raised):
        check_submission("vendor", UpstreamResponse(status, {}, b""))


def test_a_server_error_that_certainly_took_nothing_is_a_refusal() -> None:
    with pytest.raises(SubmissionRefused):
        check_submission("vendor", UpstreamResponse(500, {}, b""), not_taken=True)


def test_operator_faults_are_not_retryable_and_not_the_clients() -> None:
    for status in (401, 402, 403):
        error = status_error("vendor", status)
        assert isinstance(error, ProviderUnavailable)
        assert error.extensions["retryable"] is False
    assert isinstance(status_error("vendor", 422, "width is too large"), InvalidInput)
