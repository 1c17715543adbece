"""The log of the server: one event per line on standard error, as text or JSON."""

import logging
import re
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
        event: dict[str, Any] = {"timestamp": format_timestamp(datetime.fromtimestamp(record.created, UTC))}
        if isinstance(record.msg, dict):
            event |= record.msg
        else:
            event |= {"level": record.levelname.lower(), "event": record.getMessage()}
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return redact(self._render(event))


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
    return SECRETS.sub(REDACTED, text) if any(mark in lower for mark in SECRET_MARKS) else text


def _to_json(event: dict[str, Any]) -> str:
    leading = {name: event.pop(name) for name in LEADING}
    return orjson.dumps({**leading, **_present(event)}, default=str).decode()


def _to_text(event: dict[str, Any]) -> str:
    """Return `TIMESTAMP LEVEL EVENT name=value …`; values with blanks are quoted as in JSON."""
    leading = [str(event.pop(name)) for name in LEADING]
    traceback = event.pop("exception", None)
    line = " ".join([*leading, *(f"{name}={_quoted(value)}" for name, value in _present(event).items())])
    return line if traceback is None else f"{line}\n{traceback}"


def _present(event: dict[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in event.items() if value is not None}


def _quoted(value: Any) -> str:
    text = str(value)
    return text if UNQUOTED.fullmatch(text) else orjson.dumps(text).decode()
