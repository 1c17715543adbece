"""Two servers: one is the APIXO of the other, end to end."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.support.cli_process import create_key
from tests.support.server_process import ServerProcess
from tests.support.two_servers import TwoServers, two_servers

pytestmark = pytest.mark.anyio
Servers = AbstractAsyncContextManager[TwoServers]

ROUTES = """
[common.apixo]
needs_links = true
templates = { size = "{width}x{height}" }
[common.apixo.fields]
text = "prompt"
n = "max_images"
seed = "seed"
image = "image_urls"
images = "image_urls"

[[routes]]
backend = "apixo"
model = "seedream-4-5"
modes = ["text-to-image"]
constants = { mode = "text-to-image" }

[[routes]]
backend = "apixo"
model = "seedream-4-5"
modes = ["image-to-image", "reference-to-image"]
constants = { mode = "image-to-image" }
"""
DELIVERIES = "{ account { webhookDeliveries(first: 5) { nodes { status body } } } }"


def reselling(server: ServerProcess, key: str, directory: Path, *, entry: str | None = ROUTES) -> Servers:
    """Run a server whose APIXO is the given one; `entry` is its catalogue file, if not the built-in one."""
    entries = {} if entry is None else {"seedream-4-5": entry}
    return two_servers(server.url, key, directory, backend="apixo", base_url=f"{server.url}/api/v1", entries=entries)


@pytest.fixture
async def servers(server: ServerProcess, tmp_path: Path) -> AsyncIterator[TwoServers]:
    key = create_key(server, "--test", "--plan", "enterprise", "--credits", "10000")
    async with reselling(server, key, tmp_path) as servers:
        yield servers


async def test_pictures_are_made_by_the_other_server(servers: TwoServers) -> None:
    options = {"width": 2304, "height": 1728, "n": 2}

    ended = await servers.run(type="IMAGE", provider="seedream-4-5", input={"text": "a fox at dusk"}, options=options)

    sold = await servers.sold()
    assert ended["status"] == "COMPLETED", ended
    assert ended["metadata"]["backend"] == "apixo"
    assert len(ended["outputs"]) == 2
    assert ended["url"].startswith(servers.reseller.url)
    assert sold is not None
    assert sold["status"] == "COMPLETED"
    assert (sold["options"]["width"], sold["options"]["height"], sold["options"]["n"]) == (2304, 1728, 2)
    assert sold["input"] == {"text": "a fox at dusk"}
    [delivery] = (await servers.seller.execute(DELIVERIES))["account"]["webhookDeliveries"]["nodes"]
    assert delivery["body"]["data"]["taskId"] == sold["id"]


async def test_a_series_is_made_on_the_route_of_the_catalogue(server: ServerProcess, tmp_path: Path) -> None:
    key = create_key(server, "--test", "--plan", "enterprise", "--credits", "10000")
    options = {"width": 2048, "height": 2048, "n": 2, "sequential": True}
    async with reselling(server, key, tmp_path, entry=None) as servers:
        ended = await servers.run(
            type="IMAGE", provider="seedream-4-5", input={"text": "a fox at dusk"}, options=options
        )
        sold = await servers.sold()

    assert ended["status"] == "COMPLETED", ended
    assert len(ended["outputs"]) == 2
    assert sold is not None
    assert options.items() <= sold["options"].items()


async def test_a_picture_is_edited_by_the_other_server(servers: TwoServers) -> None:
    picture = await servers.upload_picture()

    ended = await servers.run(type="IMAGE", provider="seedream-4-5", input={"text": "a fox at dusk", "image": picture})

    sold = await servers.sold()
    assert ended["status"] == "COMPLETED", ended
    assert sold is not None
    assert sold["input"]["image"].startswith(servers.reseller.url)


@pytest.mark.parametrize(
    ("directive", "code"),
    [
        ("test:fail", "GENERATION_FAILED"),
        ("test:content_violation", "CONTENT_VIOLATION"),
        ("test:failure", "INVALID_INPUT"),  # refused when submitted: there is no such directive
    ],
)
async def test_a_failure_of_the_other_server_is_one_of_this_one(servers: TwoServers, directive: str, code: str) -> None:
    ended = await servers.run(type="IMAGE", provider="seedream-4-5", input={"text": f"a fox {directive}"})

    assert (ended["status"], ended["error"]["code"]) == ("FAILED", code), ended
    account = await servers.reseller.account_state()
    assert account["credits"] == {"available": 1000, "held": 0}


async def test_without_credits_at_the_other_server_the_provider_is_unavailable(
    server: ServerProcess, tmp_path: Path
) -> None:
    key = create_key(server, "--test", "--credits", "1")
    async with reselling(server, key, tmp_path) as servers:
        ended = await servers.run(type="IMAGE", provider="seedream-4-5", input={"text": "a fox"})

        assert (ended["status"], ended["error"]["code"]) == ("FAILED", "PROVIDER_UNAVAILABLE"), ended
        assert await servers.sold() is None
