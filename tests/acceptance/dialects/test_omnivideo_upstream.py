"""Two servers: one is the OmniVideo of the other, end to end."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.support.cli_process import create_key
from tests.support.server_process import ServerProcess
from tests.support.two_servers import TwoServers, download, two_servers

pytestmark = pytest.mark.anyio
Servers = AbstractAsyncContextManager[TwoServers]

ROUTE = """
[[routes]]
backend = "omnivideo"
model = "{model}"
fields = {{ text = "prompt", aspectRatio = "aspect_ratio", image = "image_urls", images = "image_urls" }}
"""


def reselling(server: ServerProcess, key: str, directory: Path) -> Servers:
    """Run a server whose OmniVideo is the given one."""
    entries = {model: ROUTE.format(model=model) for model in ("seedance-2", "nano-banana-2")}
    return two_servers(
        server.url, key, directory, backend="omnivideo", base_url=f"{server.url}/api/v1", entries=entries
    )


@pytest.fixture
async def servers(server: ServerProcess, tmp_path: Path) -> AsyncIterator[TwoServers]:
    key = create_key(server, "--test", "--plan", "enterprise", "--credits", "10000")
    async with reselling(server, key, tmp_path) as servers:
        yield servers


async def test_a_picture_is_made_by_the_other_server(servers: TwoServers) -> None:
    picture = await servers.upload_picture()
    content = {"text": "a fox at dusk", "image": picture}

    ended = await servers.run(type="IMAGE", provider="nano-banana-2", input=content, options={"aspectRatio": "16:9"})

    sold = await servers.sold()
    assert ended["status"] == "COMPLETED", ended
    assert ended["metadata"]["backend"] == "omnivideo"
    assert ended["url"].startswith(servers.reseller.url)
    media_type, body = await download(ended["url"])
    assert (media_type, body[:4]) == ("image/png", b"\x89PNG")
    assert sold is not None
    assert (sold["status"], sold["options"]["aspectRatio"]) == ("COMPLETED", "16:9")
    assert sold["input"]["text"] == "a fox at dusk"
    assert sold["input"]["image"].startswith(servers.reseller.url)


async def test_a_video_is_made_by_the_other_server(servers: TwoServers) -> None:
    ended = await servers.run(type="VIDEO", provider="seedance-2", input={"text": "a fox"})

    assert ended["status"] == "COMPLETED", ended
    assert (await download(ended["url"]))[0] == "video/mp4"


@pytest.mark.parametrize(
    ("directive", "code"),
    [
        ("test:fail", "GENERATION_FAILED"),
        ("test:content_violation", "CONTENT_VIOLATION"),
        ("test:failure", "INVALID_INPUT"),  # refused when submitted: there is no such directive
    ],
)
async def test_a_failure_of_the_other_server_is_one_of_this_one(servers: TwoServers, directive: str, code: str) -> None:
    ended = await servers.run(type="IMAGE", provider="nano-banana-2", input={"text": f"a fox {directive}"})

    assert (ended["status"], ended["error"]["code"]) == ("FAILED", code), ended
    account = await servers.reseller.account_state()
    assert account["credits"] == {"available": 1000, "held": 0}


async def test_without_credits_at_the_other_server_the_provider_is_unavailable(
    server: ServerProcess, tmp_path: Path
) -> None:
    key = create_key(server, "--test", "--credits", "1")
    async with reselling(server, key, tmp_path) as servers:
        ended = await servers.run(type="IMAGE", provider="nano-banana-2", input={"text": "a fox"})

        assert (ended["status"], ended["error"]["code"]) == ("FAILED", "PROVIDER_UNAVAILABLE"), ended
        assert await servers.sold() is None
