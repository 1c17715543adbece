"""Programs that drive an emulator with a vendor's SDK, each run as a process in the environment of the SDKs."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import orjson
import pytest

from scripts import install_sdks
from scripts.install_sdks import ROOT

PROGRAMS = ROOT / "tests" / "sdks"
PROGRAM_TIMEOUT = 90  # seconds
REQUIRED = "REQUIRE_SDKS"
NOBODY = "http://127.0.0.1:9"
ENVIRONMENT = {
    "PATH": os.defpath,
    "HTTP_PROXY": NOBODY,  # requests of an SDK to other hosts fail
    "HTTPS_PROXY": NOBODY,
    "NO_PROXY": "127.0.0.1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # it downloads prices otherwise
}
"""The environment variables of programs. It has no settings and keys of the server."""


def sdk_python(environment: Path, variables: Mapping[str, str]) -> Path:
    """Return the Python of the SDKs' environment. Without it, skip the test, or fail where the SDKs are required."""
    python = install_sdks.interpreter(environment)
    if python.is_file():
        return python
    reason = f"{environment} is missing: run `make sdks`"
    if variables.get(REQUIRED):
        pytest.fail(f"{reason}. {REQUIRED} is set, so the test is not skipped.")
    pytest.skip(reason)


def program_names() -> list[str]:
    """Return the names of the programs: `fal` of `drive_fal.py`."""
    return sorted(path.stem.removeprefix("drive_") for path in PROGRAMS.glob("drive_*.py"))


def program_path(name: str) -> Path:
    return PROGRAMS / f"drive_{name}.py"


def requirements_of(name: str) -> list[str]:
    """Return the pip requirements that the first line of a program names."""
    return program_path(name).read_text().partition("\n")[0].removeprefix('"""Requires: ').split()


async def run_sdk_program(python: Path, name: str, url: str, home: Path, *arguments: str) -> object:
    """Run a program against the emulator or the server at `url`, and return the JSON that it prints."""
    process = await asyncio.create_subprocess_exec(
        python,
        "-I",
        program_path(name),
        url,
        *arguments,
        cwd=home,
        env={**ENVIRONMENT, "HOME": str(home)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PROGRAM_TIMEOUT):
            output, errors = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    assert process.returncode == 0, errors.decode()

    return orjson.loads(output)
