"""The published SDK, unchanged, against a server of ours."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from scripts import install_sdks
from tests.support.sdk_programs import run_sdk_program, sdk_python
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio


async def test_the_sdk_makes_a_video(server: ServerProcess, tmp_path: Path) -> None:
    python = sdk_python(install_sdks.directory(), os.environ)

    printed = await run_sdk_program(python, "omnivideo", server.url, tmp_path, server.key)

    assert isinstance(printed, dict)
    assert printed == {"states": [1, 3], "url": printed["url"], "errors": [[401, None], [None, 0]]}
    assert urlsplit(printed["url"]).netloc == urlsplit(server.url).netloc
    async with httpx.AsyncClient(trust_env=False) as http:
        video = await http.get(printed["url"])
    assert (video.status_code, video.headers["content-type"]) == (200, "video/mp4")
