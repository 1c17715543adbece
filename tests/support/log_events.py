"""Structured events that a test captured."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest


def events_of(caplog: pytest.LogCaptureFixture, name: str | None = None) -> Sequence[Mapping[str, Any]]:
    """Return the events of the logger `name`, or of all loggers that log events."""
    return [record.msg for record in caplog.records if isinstance(record.msg, dict) and name in (None, record.name)]
