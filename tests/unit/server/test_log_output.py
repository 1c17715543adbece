"""Log lines as operators read them."""

import io
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import asyncpg
import orjson
import pytest

from generations.execution.backend_job import CALLBACKS
from kit.logs import bind, get_logger
from server.log_output import LogFormat, LogLevel, configure_logging
from tests.emulators import fal, kling
from tests.support.log_secrecy import secrets_in, secrets_of_server
from tests.support.postgres import PostgresDatabases

logger = get_logger("tests.log_output")
KEY = "sk_live_" + "a1B2c3" * 6


@pytest.fixture
def root_logger() -> Iterator[None]:
    """Restore the logging configuration afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    bind(request_id=None)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def stream(root_logger: None) -> io.StringIO:
    return io.StringIO()


def test_text_has_time_level_event_and_fields(stream: io.StringIO) -> None:
    configure_logging(LogLevel.INFO, LogFormat.TEXT, stream=stream)

    logger.warning("store_failed", reason="no space left", files=2, code=None)

    timestamp, rest = stream.getvalue().split(" ", 1)
    assert timestamp.endswith("Z")
    assert rest == 'warning store_failed reason="no space left" files=2\n'


def test_a_traceback_follows_its_event_in_text_and_is_a_field_in_json(stream: io.StringIO) -> None:
    for log_format in LogFormat:
        configure_logging(LogLevel.INFO, log_format, stream=stream)
        try:
            int("broken")
        except ValueError:
            logger.exception("job_failed", job="a")

    *text, encoded = stream.getvalue().splitlines()
    assert text[0].endswith("error job_failed job=a")
    assert text[-1].startswith("ValueError: invalid literal")
    assert "ValueError: invalid literal" in orjson.loads(encoded)["exception"]


def test_values_cannot_forge_lines(stream: io.StringIO) -> None:
    for log_format in LogFormat:
        configure_logging(LogLevel.INFO, log_format, stream=stream)
        logger.info("request", path="/a\n2026-01-01T00:00:00Z error forged\r\x1b[2J")

    lines = stream.getvalue().splitlines()
    assert len(lines) == len(LogFormat)
    assert "\x1b" not in stream.getvalue()


def test_bound_fields_are_on_every_line(stream: io.StringIO) -> None:
    configure_logging(LogLevel.INFO, LogFormat.JSON, stream=stream)

    bind(request_id="req_1")
    logger.info("request", status=200)

    record = orjson.loads(stream.getvalue())
    del record["timestamp"]
    assert record == {"level": "info", "event": "request", "status": 200, "request_id": "req_1"}


def test_less_severe_events_are_left_out(stream: io.StringIO) -> None:
    configure_logging(LogLevel.ERROR, LogFormat.TEXT, stream=stream)

    logger.warning("store_failed")

    assert stream.getvalue() == ""


@pytest.mark.log_secrets
@pytest.mark.parametrize("log_format", LogFormat)
@pytest.mark.parametrize(
    "secret",
    [
        KEY,
        KEY.replace("sk_live", "ct_test"),
        KEY.swapcase(),
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "https://host/media/a.png?expires=1&signature=hidden-signature",
        "postgresql://user:hidden@host/name",
    ],
)
def test_secrets_in_messages_of_libraries_are_redacted(stream: io.StringIO, log_format: LogFormat, secret: str) -> None:
    configure_logging(LogLevel.INFO, log_format, stream=stream)

    logging.getLogger("library").warning("refused %s", secret)

    assert "[redacted]" in stream.getvalue()
    assert KEY.removeprefix("sk_live_").lower() not in stream.getvalue().lower()
    assert "hidden" not in stream.getvalue()
    assert "MfKQ9r8" not in stream.getvalue()


@pytest.mark.log_secrets
@pytest.mark.parametrize(
    "secret", [KEY, fal.KEY, kling.SECRET_KEY, f"https://host{CALLBACKS}/gen_1/token", "a red fox in the snow"]
)
@pytest.mark.parametrize("level", LogLevel)
def test_every_test_checks_the_events_of_all_levels_for_secrets(
    secret_records: list[str], level: LogLevel, secret: str
) -> None:
    getattr(logger, level)("request_refused", reason=f"refused {secret}")

    assert len(secret_records) == 1


@pytest.mark.log_secrets
def test_the_log_of_a_server_is_checked_for_the_secrets_of_its_settings_and_for_its_prompts(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "doitong.db")) as connection:
        connection.execute("CREATE TABLE generation (input TEXT)")
        connection.execute("INSERT INTO generation VALUES (?)", ['{"text": "a heron at dawn"}'])
        connection.commit()
    (tmp_path / "secret").write_text("0f1e2d3c")
    environment = {"DOITONG_FAL_API_KEY": "an-operators-key", "DOITONG_HOST": "127.0.0.1"}

    secrets = secrets_of_server(environment, tmp_path)

    assert secrets == {"a heron at dawn", "0f1e2d3c", "an-operators-key"}
    assert secrets_in('job_failed reason="401 for an-operators-key"', secrets) == ["an-operators-key"]


@pytest.mark.anyio
@pytest.mark.log_secrets
async def test_the_log_of_a_server_on_postgresql_is_checked_for_its_prompts(
    postgres_databases: PostgresDatabases, tmp_path: Path
) -> None:
    url = postgres_databases.create()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE generation (input JSON)")
    await connection.execute("INSERT INTO generation VALUES ($1)", '{"text": "a heron at dawn"}')
    await connection.close()

    assert secrets_of_server({"DOITONG_DATABASE_URL": url}, tmp_path) == {"a heron at dawn"}
    assert secrets_of_server({"DOITONG_DATABASE_URL": "postgresql://127.0.0.1:1/gone"}, tmp_path) == set()
