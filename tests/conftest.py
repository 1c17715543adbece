"""Loads the modules of tests/support that define fixtures."""

import pytest

pytest.register_assert_rewrite("tests.support")

pytest_plugins = [
    "tests.support.databases",
    "tests.support.interruptible_s3",
    "tests.support.keyring",
    "tests.support.log_secrecy",
    "tests.support.media_stores",
    "tests.support.nodes",
    "tests.support.postgres",
    "tests.support.postgres_listening",
    "tests.support.serial",
    "tests.support.server_harness",
    "tests.support.server_process",
    "tests.support.upstream_trial",
    "tests.support.use_case_harness",
    "tests.support.voices",
    "tests.support.webhook_harness",
    "tests.support.webhook_receivers",
]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
