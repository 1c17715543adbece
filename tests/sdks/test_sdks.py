"""The emulators of upstreams are driven by the vendors' own SDKs."""

import os
import re
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts import install_sdks
from tests.emulators.ark import ArkEmulator
from tests.emulators.base import Emulator
from tests.emulators.bfl import BflEmulator
from tests.emulators.dashscope import DashScopeEmulator
from tests.emulators.elevenlabs import ElevenLabsEmulator
from tests.emulators.fal import FalEmulator
from tests.emulators.google import GoogleEmulator
from tests.emulators.luma import LumaAgentsEmulator, LumaEmulator
from tests.emulators.minimax import MiniMax2Emulator
from tests.emulators.omnivideo import OmniVideoEmulator
from tests.emulators.openai import OpenAIEmulator
from tests.emulators.replicate import ReplicateEmulator
from tests.emulators.runway import RunwayEmulator
from tests.emulators.serving import EmulatorServer, emulator_server
from tests.support.sdk_programs import (
    PROGRAMS,
    REQUIRED,
    program_names,
    requirements_of,
    run_sdk_program,
    sdk_python,
)

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Drive:
    """What a program does to an emulator. `{url}` in what it prints is the URL of the emulator."""

    emulator: Callable[[str], Emulator]
    agents: tuple[str, ...]
    """What the User-Agent of the SDK begins with."""
    purchases: int
    prints: dict[str, object]


REQUESTS = "python-requests/"  # what SDKs without a User-Agent of their own send
DRIVES = {
    "blackforest": Drive(
        BflEmulator,
        (REQUESTS,),
        2,
        {
            "status": "Ready",
            "url": "{url}/files/image-1.png",
            "finished": "{url}/files/image-1.png",
            "error": "BFLError",
        },
    ),
    "byteplus": Drive(
        ArkEmulator,
        ("byteplus-sdk-python/",),
        3,
        {
            "states": ["succeeded", "cancelled"],
            "url": "{url}/files/video-1.mp4",
            "image": "{url}/files/image-1.jpg",
            "error": 401,
        },
    ),
    "dashscope": Drive(
        DashScopeEmulator,
        ("dashscope/",),
        3,
        {
            "states": ["PENDING", "SUCCEEDED"],
            "url": "{url}/files/video-1.mp4",
            "cancelled": 200,
            "image": "{url}/files/image-1.png",
            "error": [401, "InvalidApiKey"],
        },
    ),
    "elevenlabs": Drive(
        ElevenLabsEmulator,
        ("elevenlabs/",),
        2,
        {
            "speech": True,
            "characters": "13",
            "music": True,
            "voices": ["Harbour Narrator - Slow"],
            "tier": "creator",
            "unknown": "404 voice_not_found",
            "invalid": "422 Input should be from 3000 to 600000",
            "unauthorized": "401 invalid_api_key",
        },
    ),
    "fal": Drive(
        FalEmulator,
        ("fal-client/",),
        3,
        {
            "status": "Completed",
            "images": 2,
            "video": "video/mp4",
            "same": True,
            "cancelled": "FalClientHTTPError 400",
            "invalid": "FalClientHTTPError 422",
            "unknown": "FalClientHTTPError 404",
            "unauthorized": "FalClientHTTPError 401",
        },
    ),
    "google": Drive(
        GoogleEmulator,
        ("google-genai-sdk/", REQUESTS),  # google-cloud-texttospeech over REST
        4,
        {
            "image": [["PNG"], "STOP", 1310],
            "video": [False, True, "ftyp"],
            "interaction": [
                "queued",
                "completed",
                "/v1beta/files/video-1.mp4:download",
                "400 FAILED_PRECONDITION",
            ],
            "speech": ["RIFF", ["de-DE-Neural2-G", "de-DE-Wavenet-B"], "400 BadRequest"],
            "unauthorized": "400 INVALID_ARGUMENT",
            "unknown": "404 NOT_FOUND",
            "invalid": "400 INVALID_ARGUMENT",
        },
    ),
    "litellm_minimax": Drive(MiniMax2Emulator, ("litellm/",), 1, {"states": ["queued", "completed"], "error": 401}),
    "luma_agents": Drive(
        LumaAgentsEmulator,
        ("Luma/Python ",),
        1,
        {"states": ["queued", "completed"], "url": "{url}/files/video-1.mp4", "error": 401},
    ),
    "lumaai": Drive(
        LumaEmulator,
        ("LumaAI/Python ",),
        2,
        {
            "states": ["queued", "completed", "failed"],
            "url": "{url}/files/video-1.mp4",
            "credits": 1000.0,
            "error": 401,
        },
    ),
    "omnivideo": Drive(
        OmniVideoEmulator,
        (REQUESTS,),
        1,
        {"states": [1, 3], "url": "{url}/files/video-1.mp4", "errors": [[401, None], [None, 0]]},
    ),
    "openai": Drive(
        OpenAIEmulator,
        ("OpenAI/Python ",),
        5,
        {
            "images": ["WEBP", "WEBP"],
            "tokens": 1060,
            "edits": 1,
            "url": "image-1.png",
            "speech": True,
            "video": ["queued", "completed", 100, "ftyp", True],
            "cancelled": "NotFoundError not_found",
            "invalid": "BadRequestError invalid_value",
            "unauthorized": "AuthenticationError invalid_api_key",
            "models": ["gpt-image-2"],
        },
    ),
    "replicate": Drive(
        ReplicateEmulator,
        ("replicate-python/",),
        2,
        {
            "status": "succeeded",
            "images": 2,
            "progress": 0.64,
            "time": 2.5,
            "music": ["audio", "spectrogram"],
            "cancelled": "succeeded",
            "uploaded": ["image.png", "image/png", 9, True],
            "deleted": True,
            "secret": "whsec_",
            "account": "doitong",
            "invalid": "ReplicateError 422",
            "unknown": "ReplicateError 404",
            "unauthorized": "ReplicateError 401",
        },
    ),
    "runway": Drive(
        RunwayEmulator,
        ("RunwayML/Python ",),
        5,
        {
            "statuses": {"video": "SUCCEEDED", "image": "SUCCEEDED"},
            "outputs": {"video": 1, "image": 1},
            "credits": 25,
            "tasks": 5,
            "cancelled": "NotFoundError",
            "invalid": "BadRequestError",
            "unauthorized": "AuthenticationError",
            "balance": 1000,
        },
    ),
}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmulatorServer]:
    async with emulator_server() as server:
        yield server


@pytest.fixture(scope="module")
def python() -> Path:
    return sdk_python(install_sdks.directory(), os.environ)


@pytest.mark.parametrize("name", program_names())
async def test_the_sdk_drives_the_emulator(name: str, server: EmulatorServer, python: Path, tmp_path: Path) -> None:
    drive = DRIVES[name]
    emulator = drive.emulator(server.url)
    server.application = emulator.asgi()

    printed = await run_sdk_program(python, name, server.url, tmp_path)

    assert printed == with_url(drive.prints, server.url)
    assert list(emulator.purchases.values()) == [1] * drive.purchases
    agents = [request.headers.get("user-agent", "") for request in emulator.requests]
    assert [agent for agent in agents if not agent.startswith(drive.agents)] == []
    assert [prefix for prefix in drive.agents if not any(agent.startswith(prefix) for agent in agents)] == []


def with_url(value: object, url: str) -> object:
    """Replace `{url}` in every string."""
    if isinstance(value, dict):
        return {key: with_url(inner, url) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_url(inner, url) for inner in value]
    return value.replace("{url}", url) if isinstance(value, str) else value


def test_every_program_has_its_expectations() -> None:
    assert program_names() == sorted(DRIVES)


def test_the_requirements_are_those_that_the_programs_name() -> None:
    lines = (PROGRAMS / "requirements.in").read_text().splitlines()

    assert {line for line in lines if not line.startswith("#")} == {
        requirement for name in program_names() for requirement in requirements_of(name)
    }


def test_the_lock_has_every_requirement() -> None:
    locked = set(re.findall(r"^([\w-]+==[\w.]+)", install_sdks.LOCK.read_text(), re.MULTILINE))

    required = {re.sub(r"\[.*\]", "", requirement) for name in program_names() for requirement in requirements_of(name)}
    assert required - locked == set()


def test_make_test_installs_and_requires_the_sdks() -> None:
    variables = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL"}}

    planned = subprocess.run(
        ["make", "--dry-run", "test"], cwd=install_sdks.ROOT, env=variables, capture_output=True, text=True, check=True
    ).stdout

    assert re.search(rf"scripts/install_sdks\.py\n(.*\n)*{REQUIRED}=1 .* -m pytest ", planned), planned


def test_a_missing_environment_skips_the_test_or_fails_where_it_is_required(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="run `make sdks`"):
        sdk_python(tmp_path / "missing", {})

    with pytest.raises(pytest.fail.Exception, match="run `make sdks`"):
        sdk_python(tmp_path / "missing", {REQUIRED: "1"})
