"""The official SDK of OpenAI, unchanged, against a server of ours."""

import os
from pathlib import Path

import pytest

from scripts import install_sdks
from tests.support.sdk_programs import run_sdk_program, sdk_python
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio


async def test_the_sdk_makes_images_speech_and_videos(server: ServerProcess, tmp_path: Path) -> None:
    python = sdk_python(install_sdks.directory(), os.environ)

    printed = await run_sdk_program(python, "openai", server.url, tmp_path, server.key)

    assert printed == {
        "images": ["PNG", "PNG"],
        "url": True,
        "edit": 1,
        "speech": ["audio/mpeg", True],
        "video": ["completed", "5", "480x480", "ftyp"],
        "listed": True,
        "deleted": True,
        "model": "gpt-image-2",
        "models": True,
        "errors": [
            ["NotFoundError", 404, "not_found", None],
            ["NotFoundError", 404, "model_not_found", "model"],
            ["BadRequestError", 400, "invalid_value", "size"],
            ["BadRequestError", 400, "moderation_blocked", None],
            ["APIStatusError", 415, "invalid_media_url", "image"],
            ["AuthenticationError", 401, "invalid_api_key", None],
        ],
    }
