"""Two servers: one is the OpenAI of the other, end to end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli.client.graphql_client import Client
from tests.support import sample_files
from tests.support.asgi_server import free_socket, running_server
from tests.support.cli_process import create_key
from tests.support.ledger_invariants import check_all_settled, check_ledger
from tests.support.server_harness import ServerHarness, open_server_harness
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

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
POLL = 15  # seconds, the longest interval of polls
MAX_POLLS = 40
STATE = """query ($id: ID!) { generation(id: $id) {
  status stage url creditCost error { code message } metadata { backend }
} }"""
ALL = "{ generations(first: 10) { nodes { status } } }"
LATEST = "{ generations(first: 1) { nodes { id status provider input options } } }"
BILLED = "{ account { credits { available held } } }"


@dataclass(frozen=True, slots=True)
class TwoServers:
    """`seller` is the upstream of `reseller`, which has an account there."""

    reseller: ServerHarness
    seller: Client

    async def sold(self) -> dict[str, Any] | None:
        """Return what the reseller bought last."""
        nodes: list[dict[str, Any]] = (await self.seller.execute(LATEST))["generations"]["nodes"]
        return nodes[0] if nodes else None

    async def run(self, **request: Any) -> dict[str, Any]:
        """Run a generation of the reseller's customer to its end."""
        accepted = await self.reseller.client.generate(**request)
        await self.reseller.wait_until_idle()
        sold = await self.sold()
        if sold is not None:
            async for _ in self.seller.follow(sold["id"]):
                pass
        for _ in range(MAX_POLLS):
            state: dict[str, Any] = (await self.reseller.client.execute(STATE, {"id": accepted["id"]}))["generation"]
            if state["stage"] == "DONE":
                return state
            self.reseller.clock.move(POLL)
            await self.reseller.wait_until_idle()
        raise AssertionError(f"the generation does not end: {state}")


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


@asynccontextmanager
async def two_servers(
    seller: ServerProcess, key: str, directory: Path, *, url: str | None = None
) -> AsyncIterator[TwoServers]:
    """Run a server whose upstream is the seller, at `url` if it is reached at another one."""
    catalogue = directory / "catalogue"
    catalogue.mkdir()
    for id, route in ROUTES.items():
        (catalogue / f"{id}.toml").write_text(f'id = "{id}"\n[[routes]]\nbackend = "openai"{route}')
    settings = {
        "DOITONG_OPENAI_API_KEY": key,
        "DOITONG_OPENAI_BASE_URL": f"{url or seller.url}/v1",
        "DOITONG_CATALOGUE": str(catalogue),
    }
    async with (
        open_server_harness(directory / "data", backends=(), settings=settings) as reseller,
        Client.open(seller.url, key) as client,
    ):
        yield TwoServers(reseller, client)
        database = reseller.application.runtime.services.database
        await database.read(check_ledger)
        await database.read(check_all_settled)


@pytest.fixture
async def servers(server: ServerProcess, tmp_path: Path) -> AsyncIterator[TwoServers]:
    key = create_key(server, "--test", "--plan", "enterprise", "--credits", "10000")
    async with two_servers(server, key, tmp_path) as servers:
        yield servers


async def content_of(url: str) -> tuple[str, bytes]:
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.get(url)
    return response.headers["content-type"], response.content


async def upload_picture(servers: TwoServers) -> str:
    headers = {"X-API-Key": servers.reseller.key, "Content-Type": "image/png"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as http:
        uploaded = await http.post(f"{servers.reseller.url}/uploads", content=sample_files.picture_bytes())
    return str(uploaded.json()["id"])


@pytest.mark.parametrize("is_edit", [False, True], ids=["generated", "edited"])
async def test_a_picture_is_made_by_the_other_server(servers: TwoServers, *, is_edit: bool) -> None:
    content = {"text": "a fox", **({"image": await upload_picture(servers)} if is_edit else {})}
    options = {"width": 1024, "height": 1024}
    ended = await servers.run(type="IMAGE", provider="gpt-image-2", input=content, options=options)

    sold = await servers.sold()
    assert ended["status"] == "COMPLETED", ended
    assert ended["metadata"]["backend"] == "openai"
    assert ended["url"].startswith(servers.reseller.url)
    media_type, body = await content_of(ended["url"])
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
    async with impatient(server.url) as (url, statuses), two_servers(server, key, tmp_path, url=url) as servers:
        content = {"text": f"a fox {directives}", **({"image": await upload_picture(servers)} if is_edit else {})}
        accepted = await servers.reseller.client.generate(type="IMAGE", provider="gpt-image-2", input=content)
        async for _ in servers.reseller.client.follow(accepted["id"]):
            pass
        ended = (await servers.reseller.client.execute(STATE, {"id": accepted["id"]}))["generation"]
        bought = (await servers.seller.execute(ALL))["generations"]["nodes"]

    assert (ended["status"], statuses) == (ending, [408, 408, status]), ended
    assert [generation["status"] for generation in bought] == [ending]


async def test_a_video_is_made_by_the_other_server(servers: TwoServers) -> None:
    content = {"text": "a fox", "image": await upload_picture(servers)}
    options = {"aspectRatio": "9:16", "duration": 5}
    ended = await servers.run(type="VIDEO", provider="seedance-2", input=content, options=options)

    sold = await servers.sold()
    assert ended["status"] == "COMPLETED", ended
    assert (await content_of(ended["url"]))[0] == "video/mp4"
    assert sold is not None
    assert (sold["options"]["aspectRatio"], sold["options"]["duration"]) == ("9:16", 5)
    assert sold["input"]["image"].startswith("upl_")


async def test_a_text_is_spoken_by_the_other_server(servers: TwoServers) -> None:
    accepted = await servers.reseller.client.generate(type="AUDIO", provider="elevenlabs", input={"text": "Good day."})
    async for _ in servers.reseller.client.follow(accepted["id"]):  # its first speech takes the other server longer
        pass
    ended = (await servers.reseller.client.execute(STATE, {"id": accepted["id"]}))["generation"]

    assert ended["status"] == "COMPLETED", ended
    assert (await content_of(ended["url"]))[0] == "audio/mpeg"


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
    async with two_servers(server, key, tmp_path) as servers:
        ended = await servers.run(type="IMAGE", provider="gpt-image-2", input={"text": "a fox"})

        assert (ended["status"], ended["error"]["code"]) == ("FAILED", "PROVIDER_UNAVAILABLE"), ended
        assert await servers.sold() is None
