"""Two servers: one is the OpenAI of the other, end to end."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.asgi_server import free_socket, running_server
from tests.support.cli_process import create_key
from tests.support.server_process import ServerProcess
from tests.support.two_servers import TwoServers, download, two_servers

pytestmark = pytest.mark.anyio
Servers = AbstractAsyncContextManager[TwoServers]

ROUTES = {
    "seedance-2": """
model = "seedance-2"
fields = { text = "prompt", duration = "seconds", aspectRatio = "size", image = "input_reference" }
words = { aspectRatio = { "16:9" = "1280x720", "9:16" = "720x1280" } }
""",
    "elevenlabs": """
model = "elevenlabs"
fields = { text = "input", voice = "voice", format = "response_format", speed = "speed" }
""",
}
ALL = "{ generations(first: 10) { nodes { status } } }"
BILLED = "{ account { credits { available held } } }"


@asynccontextmanager
async def impatient(url: str) -> AsyncIterator[tuple[str, list[int]]]:
    """Run a relay whose first two requests to the server do not wait; yield its URL, and the statuses as they come."""
    statuses: list[int] = []

    async def relay(request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        params = {} if len(statuses) > 1 else {"wait": 0}
        response = await http.post(request.url.path, params=params, headers=headers, content=await request.body())
        statuses.append(response.status_code)
        return Response(response.content, response.status_code, media_type=response.headers["content-type"])

    bound, relay_url = free_socket()
    application = Starlette(routes=[Route("/{path:path}", relay, methods=["POST"])])
    async with (
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http,
        running_server(application, bound),
    ):
        yield relay_url, statuses


def reselling(server: ServerProcess, key: str, directory: Path, *, url: str | None = None) -> Servers:
    """Run a server whose OpenAI is the given one, reached at `url` if not at its own."""
    entries = {id: f'[[routes]]\nbackend = "openai"{route}' for id, route in ROUTES.items()}
    base_url = f"{url or server.url}/v1"
    return two_servers(server.url, key, directory, backend="openai", base_url=base_url, entries=entries)


@pytest.fixture
async def servers(server: ServerProcess, tmp_path: Path) -> AsyncIterator[TwoServers]:
    key = create_key(server, "--test", "--plan", "enterprise", "--credits", "10000")
    async with reselling(server, key, tmp_path) as servers:
        yield servers


@pytest.mark.parametrize("is_edit", [False, True], ids=["generated", "edited"])
async def test_a_picture_is_made_by_the_other_server(servers: TwoServers, *, is_edit: bool) -> None:
    content = {"text": "a fox", **({"image": await servers.upload_picture()} if is_edit else {})}
    options = {"width": 1024, "height": 1024}
    ended = await servers.run(type="IMAGE", provider="gpt-image-2", input=content, options=options)

    sold = await servers.sold()
    assert ended["status"] == "COMPLETED", ended
    assert ended["metadata"]["backend"] == "openai"
    assert ended["url"].startswith(servers.reseller.url)
    media_type, body = await download(ended["url"])
    assert (media_type, body[:4]) == ("image/png", b"\x89PNG")
    assert sold is not None
    assert (sold["status"], sold["provider"], sold["options"]["width"]) == ("COMPLETED", "gpt-image-2", 1024)
    assert list(sold["input"]) == ["text", *(["image"] if is_edit else [])]


@pytest.mark.parametrize(
    ("is_edit", "directives", "status", "ending"),
    [(False, "test:delay=2 test:fail", 502, "FAILED"), (True, "test:delay=2", 200, "COMPLETED")],
    ids=["generated", "edited"],
)
async def test_a_request_whose_wait_ends_is_repeated_and_buys_nothing_twice(
    server: ServerProcess, tmp_path: Path, *, is_edit: bool, directives: str, status: int, ending: str
) -> None:
    key = create_key(server, "--test", "--plan", "enterprise", "--credits", "10000")
    async with impatient(server.url) as (url, statuses), reselling(server, key, tmp_path, url=url) as servers:
        content = {"text": f"a fox {directives}", **({"image": await servers.upload_picture()} if is_edit else {})}
        ended = await servers.follow(type="IMAGE", provider="gpt-image-2", input=content)
        bought = (await servers.seller.execute(ALL))["generations"]["nodes"]

    assert (ended["status"], statuses) == (ending, [408, 408, status]), ended
    assert [generation["status"] for generation in bought] == [ending]


async def test_a_video_is_made_by_the_other_server(servers: TwoServers) -> None:
    content = {"text": "a fox", "image": await servers.upload_picture()}
    options = {"aspectRatio": "9:16", "duration": 5}
    ended = await servers.run(type="VIDEO", provider="seedance-2", input=content, options=options)

    sold = await servers.sold()
    assert ended["status"] == "COMPLETED", ended
    assert (await download(ended["url"]))[0] == "video/mp4"
    assert sold is not None
    assert (sold["options"]["aspectRatio"], sold["options"]["duration"]) == ("9:16", 5)
    assert sold["input"]["image"].startswith("upl_")


async def test_a_text_is_spoken_by_the_other_server(servers: TwoServers) -> None:
    # The first speech of the other server takes longer than the polls of `run`.
    ended = await servers.follow(type="AUDIO", provider="elevenlabs", input={"text": "Good day."})

    assert ended["status"] == "COMPLETED", ended
    assert (await download(ended["url"]))[0] == "audio/mpeg"


@pytest.mark.parametrize(
    ("directive", "code"),
    [
        ("test:fail", "GENERATION_FAILED"),
        ("test:content_violation", "CONTENT_VIOLATION"),
        ("test:failure", "INVALID_INPUT"),  # refused when submitted: there is no such directive
    ],
)
@pytest.mark.parametrize(("type", "provider"), [("IMAGE", "gpt-image-2"), ("VIDEO", "seedance-2")])
async def test_a_failure_of_the_other_server_is_one_of_this_one(
    servers: TwoServers, type: str, provider: str, directive: str, code: str
) -> None:
    ended = await servers.run(type=type, provider=provider, input={"text": f"a fox {directive}"})

    assert (ended["status"], ended["error"]["code"]) == ("FAILED", code), ended
    assert (await servers.reseller.account_state())["credits"] == {"available": 1000, "held": 0}
    assert (await servers.seller.execute(BILLED))["account"]["credits"] == {"available": 10_000, "held": 0}


async def test_without_credits_at_the_other_server_the_provider_is_unavailable(
    server: ServerProcess, tmp_path: Path
) -> None:
    key = create_key(server, "--test", "--credits", "1")
    async with reselling(server, key, tmp_path) as servers:
        ended = await servers.run(type="IMAGE", provider="gpt-image-2", input={"text": "a fox"})

        assert (ended["status"], ended["error"]["code"]) == ("FAILED", "PROVIDER_UNAVAILABLE"), ended
        assert await servers.sold() is None
