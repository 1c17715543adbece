"""Structured logs: an event name with fields, through the handlers of the standard library.

    logger = get_logger(__name__)
    logger.warning("media_store_failed", reason=reason)

Fields never hold prompts, keys, secrets or signed URLs. Fields that belong to every line of a request or a job, such as
`request_id`, are bound once with `bind`.
"""

from structlog import configure, contextvars, stdlib

configure(
    processors=[
        stdlib.filter_by_level,
        contextvars.merge_contextvars,
        stdlib.add_log_level,
        stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=stdlib.LoggerFactory(),
    wrapper_class=stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)

bind = contextvars.bind_contextvars
"""Add fields to every event of the current task and of the tasks that it starts."""


def get_logger(name: str) -> stdlib.BoundLogger:
    logger: stdlib.BoundLogger = stdlib.get_logger(name)
    return logger
