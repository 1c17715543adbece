"""Fixtures live in tests/fixtures, one topic a module."""

import pytest

pytest_plugins = [
    "tests.fixtures.postgres",
    "tests.fixtures.databases",
    "tests.fixtures.heart",
    "tests.fixtures.keyring",
    "tests.fixtures.server",
    "tests.fixtures.speaker",
    "tests.fixtures.town",
    "tests.fixtures.stores",
    "tests.fixtures.outages",
    "tests.fixtures.post_office",
    "tests.fixtures.receiver",
]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
