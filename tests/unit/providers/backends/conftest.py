"""The event loop and the emulator server of a module: they start once."""

from collections.abc import AsyncIterator

import pytest

from tests.emulators.serving import EmulatorServer, emulator_server


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmulatorServer]:
    async with emulator_server() as server:
        yield server
