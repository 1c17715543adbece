"""The log of the server: one event per line on standard error, as text or JSON."""

import logging
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TextIO

import orjson
from structlog.processors import TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"
# Nothing that is logged on purpose holds these. The pattern is for messages and tracebacks of other libraries.
SECRETS = re.compile(
    r"\b(?:(?i:sk|ct)_(?i:live|test)_|whsec_)[\w+/=-]{6,}"
    r"|(?<=signature=)[\w%-]+"
    r"""|(?<=://)[^\s:/@"',]*:[^\s/@"',]+(?=@)"""
)
# Libraries that log every request or connection at level info.
CHATTY = ("asyncio", "uvicorn", "websockets", "httpx", "httpcore", "PIL", "alembic")
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


def configure_logging(level: LogLevel, log_format: LogFormat, *, stream: TextIO | None = None) -> None:
    """Write events of `level` and above to `stream`, by default standard error."""
    render: Processor = _to_json if log_format is LogFormat.JSON else _to_text
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            processors=[
                ProcessorFormatter.remove_processors_meta,
                TimeStamper(fmt="iso", utc=True),
                format_exc_info,
                render,
            ],
            foreign_pre_chain=[add_log_level, ExtraAdder()],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


def redact(text: str) -> str:
    """Return the text without keys, webhook secrets, signatures and passwords in URLs."""
    return SECRETS.sub(REDACTED, text)


def _to_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    leading = {name: event.pop(name) for name in LEADING}
    return redact(orjson.dumps({**leading, **_present(event)}, default=str).decode())


def _to_text(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """Return `TIMESTAMP LEVEL EVENT name=value …`; values with blanks are quoted as in JSON."""
    leading = [str(event.pop(name)) for name in LEADING]
    traceback = event.pop("exception", None)
    line = " ".join([*leading, *(f"{name}={_quoted(value)}" for name, value in _present(event).items())])
    return redact(line if traceback is None else f"{line}\n{traceback}")


def _present(event: EventDict) -> Mapping[str, Any]:
    return {name: value for name, value in event.items() if value is not None}


def _quoted(value: Any) -> str:
    text = str(value)
    return text if UNQUOTED.fullmatch(text) else orjson.dumps(text).decode()
