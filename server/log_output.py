"""The log of the server: one event per line on standard error, as text or JSON."""

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TextIO

import orjson

from kit.timestamps import format_timestamp

REDACTED = "[redacted]"
# Our own log calls never contain these. The pattern is for messages and tracebacks of other libraries.
SECRETS = re.compile(
    r"\b(?:(?i:sk|ct)_(?i:live|test)_|whsec_)[\w+/=-]{6,}"
    r"|(?<=signature=)[\w%-]+"
    r"""|(?<=://)[^\s:/@"',]*:[^\s/@"',]+(?=@)"""
)
# Libraries that log every request or connection at level info.
NOISY_LOGGERS = ("asyncio", "uvicorn", "websockets", "httpx", "httpcore", "PIL", "alembic", "pgqueuer")
SECRET_MARKS = ("_live_", "_test_", "whsec_", "signature=", "://")  # one of them is in every match
LEADING = ("timestamp", "level", "event")
Event = dict[str, Any]
UNQUOTED = re.compile(r"[\w.,:/@+*%~-]+")


class LogFormat(StrEnum):
    """The form of a log line."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The least severe events that are logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @classmethod
    def _missing_(cls, value: object) -> "LogLevel | None":
        """Accept the short name of many loggers."""
        return cls.WARNING if value == "warn" else None


class EventFormatter(logging.Formatter):
    """Renders events of `kit.logs`, and messages of libraries as events without fields."""

    def __init__(self, log_format: LogFormat) -> None:
        super().__init__()
        self._render = _to_json if log_format is LogFormat.JSON else _to_text

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.msg, dict):
            event = {**record.msg}
        else:
            event = {"level": record.levelname.lower(), "event": record.getMessage(), "exc_info": record.exc_info}
        event["timestamp"] = format_timestamp(datetime.fromtimestamp(record.created, UTC))
        return redact(self._render(with_traceback(event) if "exc_info" in event else event))


def configure_logging(level: LogLevel, log_format: LogFormat, *, stream: TextIO | None = None) -> None:
    """Write events of `level` and above to `stream`, by default standard error."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(EventFormatter(log_format))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Not part of any line, and costly to look up: https://docs.python.org/3/howto/logging.html#optimization
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


def redact(text: str) -> str:
    """Return the text without keys, webhook secrets, signatures and passwords in URLs."""
    lower = text.lower()
    for mark in SECRET_MARKS:
        if mark in lower:
            return SECRETS.sub(REDACTED, text)
    return text


def with_traceback(event: Event) -> Event:
    """Return the event with the traceback of `exc_info`, an exception or what `sys.exc_info` returns, as text."""
    rest = dict(event)
    given = rest.pop("exc_info", None)
    failure = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if failure:
        rest["exception"] = "".join(traceback.format_exception(failure)).rstrip("\n")
    return rest


def _to_json(event: Event) -> str:
    leading = {name: event.pop(name) for name in LEADING}
    return orjson.dumps({**leading, **_present(event)}, default=str).decode()


def _to_text(event: Event) -> str:
    """Return `TIMESTAMP LEVEL EVENT name=value …`; values with blanks are quoted as in JSON."""
    parts = [str(event.pop(name)) for name in LEADING]
    exception = event.pop("exception", None)
    for name, value in event.items():
        if value is not None:
            text = str(value)
            parts.append(f"{name}={text if UNQUOTED.fullmatch(text) else orjson.dumps(text).decode()}")
    line = " ".join(parts)
    return line if exception is None else f"{line}\n{exception}"


def _present(event: Event) -> Mapping[str, Any]:
    return {name: value for name, value in event.items() if value is not None}
