"""Log lines as operators read them."""

import io
import logging
from collections.abc import Iterator

import orjson
import pytest
from structlog.contextvars import clear_contextvars

from kit.logs import bind, get_logger
from server.log_output import LogFormat, LogLevel, configure_logging

logger = get_logger("tests.log_output")
KEY = "sk_live_" + "a1B2c3" * 6


@pytest.fixture
def root_logger() -> Iterator[None]:
    """Restore the logging configuration afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    clear_contextvars()
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
