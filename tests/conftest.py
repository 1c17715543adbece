"""Fixtures live in tests/fixtures, one topic a module."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
