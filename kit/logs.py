"""Structured logs: an event name with fields, through the handlers of the standard library.

    logger = get_logger(__name__)
    logger.warning("media_store_failed", reason=reason)

The message of a record is a dictionary: `level`, `event` and the fields. Fields never hold prompts, keys, secrets or
signed URLs. Fields that belong to every line of a request or a job, such as `request_id`, are bound once with `bind`.
"""

import logging
from collections.abc import Mapping
from contextvars import ContextVar

_bound: ContextVar[Mapping[str, object]] = ContextVar("bound_log_fields")


def bind(**fields: object) -> None:
    """Add fields to every event of the current task and of the tasks that it starts."""
    _bound.set({**_bound.get({}), **fields})


class EventLogger:
    """Logs events with fields."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: object) -> None:
        self._log(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        self._log(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        self._log(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        self._log(logging.ERROR, event, fields)

    def exception(self, event: str, failure: BaseException | None = None, /, **fields: object) -> None:
        """Log an error with the traceback of `failure`, by default the exception that is being handled."""
        self._log(logging.ERROR, event, fields, failure or True)

    def critical(self, event: str, **fields: object) -> None:
        self._log(logging.CRITICAL, event, fields)

    def _log(
        self, level: int, event: str, fields: Mapping[str, object], exc_info: BaseException | bool | None = None
    ) -> None:
        if self._logger.isEnabledFor(level):
            message = {"level": logging.getLevelName(level).lower(), "event": event, **fields}
            for name, value in _bound.get({}).items():
                message.setdefault(name, value)
            self._logger.log(level, message, exc_info=exc_info)


def get_logger(name: str) -> EventLogger:
    """Return the logger of the module `name`."""
    return EventLogger(name)
