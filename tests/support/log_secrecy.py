"""Fails a test during which a log line held a key, a secret, a signed address, a credential of an upstream or a prompt.

Checked are the records of the test's own process at every level, before anything is redacted, and the logs of server
processes, with the secrets of their settings and the prompts in their databases.
"""

import asyncio
import json
import logging
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from generations.execution.backend_job import CALLBACKS
from server.given_settings import SECRET_NAMES
from server.log_output import NOISY_LOGGERS, REDACTED, SECRETS
from tests.emulators import elevenlabs, fal, google, heygen, kling, openai, replicate, runway, tasks

PROMPTS = ("red fox", "A lighthouse", "a kitten", "quokka")
CREDENTIALS = (
    *(elevenlabs.KEY, fal.KEY, google.KEY, google.TOKEN, heygen.KEY, heygen.WEBHOOK_SECRET, kling.ACCESS_KEY),
    *(kling.SECRET_KEY, openai.KEY, replicate.KEY, runway.KEY, tasks.KEY),
)
CALLBACK_TOKENS = re.compile(rf"{CALLBACKS}/[\w.~-]+")
EXEMPT = "log_secrets"
INPUTS = "SELECT input FROM generation"
CONNECT_TIMEOUT = 5  # seconds
MIN_PROMPT = 8  # characters; shorter ones are also words of log lines


def secrets_in(text: str, others: Collection[str] = ()) -> list[str]:
    """Return what must not be in a log: what has the form of a secret, what tests use as one, and `others`."""
    lower = text.lower()
    return [
        *(match[0] for match in SECRETS.finditer(text) if match[0] != REDACTED),
        *CALLBACK_TOKENS.findall(text),
        *(prompt for prompt in PROMPTS if prompt.lower() in lower),
        *(secret for secret in (*CREDENTIALS, *others) if secret in text),
    ]


def secrets_of_server(environment: Mapping[str, str], data_directory: Path) -> set[str]:
    """Return the secrets in the settings and files of a server, and the texts in its database."""
    secrets = {environment[name] for name in SECRET_NAMES & environment.keys()}
    file = data_directory / "secret"
    if file.is_file():
        secrets.add(file.read_text())
    url = environment.get("DOITONG_DATABASE_URL", "")
    inputs = _postgresql_inputs(url) if url.startswith("postgres") else _sqlite_inputs(data_directory / "doitong.db")
    return secrets | set(_prompts(inputs))


def _prompts(inputs: Iterable[str]) -> Iterator[str]:
    for content in inputs:
        texts = [value for value in json.loads(content).values() if isinstance(value, str)]
        yield from (text for text in texts if len(text) >= MIN_PROMPT and " " in text)


def _sqlite_inputs(database: Path) -> Sequence[str]:
    if not database.is_file():
        return []
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        return [content for (content,) in connection.execute(INPUTS)]


def _postgresql_inputs(url: str) -> Sequence[str]:
    """Return the inputs, or none from a database that is gone or was never migrated."""

    async def fetch() -> Sequence[str]:
        connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT)
        try:
            return [row["input"] for row in await connection.fetch(INPUTS)]
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as pool:  # the event loop of a test may run in this thread
        try:
            return pool.submit(asyncio.run, fetch()).result()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return []


class _Recorder(logging.Handler):
    """Collects the secrets of the events that this project logs."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        event = record.msg if isinstance(record.msg, dict) else vars(record) | {"event": record.getMessage()}
        text = str(event) + (self._formatter.formatException(record.exc_info) if record.exc_info else "")
        self.found += [f"{record.name}: {text[:500]}" for _ in secrets_in(text)[:1]]


@pytest.fixture(scope="session", autouse=True)
def _libraries_log_as_in_a_server() -> None:
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("mcp").setLevel(logging.ERROR)  # as `dialects.kubeez.mcp.server`, which is imported late


@pytest.fixture(autouse=True)
def secret_records(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """The records of any level that held a secret. What `caplog` captures by default stays as it is."""
    recorder, root = _Recorder(), logging.getLogger()
    reported: Any = request.config.pluginmanager.get_plugin("logging-plugin")
    level, handlers = root.level, (reported.caplog_handler, reported.report_handler)
    for handler in handlers:
        handler.setLevel(level)
    root.setLevel(logging.DEBUG)
    root.addHandler(recorder)
    yield recorder.found
    root.removeHandler(recorder)
    root.setLevel(level)
    for handler in handlers:
        handler.setLevel(logging.NOTSET)
    if request.node.get_closest_marker(EXEMPT) is None:
        assert not recorder.found
