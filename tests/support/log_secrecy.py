"""Fails a test during which a log line held a key, a secret, a signature or a prompt.

Checked are the records of the test's own process, before anything is redacted, and the logs of server processes.
"""

import logging
from collections.abc import Iterator

import pytest
from structlog.processors import format_exc_info

from server.log_output import REDACTED, SECRETS

PROMPTS = ("red fox", "A lighthouse", "a kitten", "quokka")
EXEMPT = "log_secrets"


def secrets_in(text: str) -> list[str]:
    """Return what must not be in a log."""
    return [match[0] for match in SECRETS.finditer(text) if match[0] != REDACTED] + [
        prompt for prompt in PROMPTS if prompt.lower() in text.lower()
    ]


class _Recorder(logging.Handler):
    """Collects the secrets of the events that this project logs."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        event = record.msg if isinstance(record.msg, dict) else vars(record) | {"event": record.getMessage()}
        text = str(format_exc_info(None, "", dict(event)))
        self.found += [f"{record.name}: {text[:500]}" for _ in secrets_in(text)[:1]]


@pytest.fixture(autouse=True)
def _no_secrets_are_logged(request: pytest.FixtureRequest) -> Iterator[None]:
    recorder = _Recorder()
    root = logging.getLogger()
    root.addHandler(recorder)
    yield
    root.removeHandler(recorder)
    if request.node.get_closest_marker(EXEMPT) is None:
        assert not recorder.found
