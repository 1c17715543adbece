"""The authenticated HTTP request behind a message, kept in its ASGI scope."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from starlette.types import Scope

from web.json_api import Call
from web.result_cache import ResultCache

KEY = "doitong.mcp_call"


@dataclass(frozen=True, slots=True)
class McpCall:
    """An HTTP request. `count_read` counts a read of the caller and raises `RateLimited`."""

    call: Call
    base_url: str
    count_read: Callable[[], None]
    results: ResultCache

    def put_in(self, scope: Scope) -> Scope:
        """Return the scope with this call."""
        return {**scope, KEY: self}

    @classmethod
    def of(cls, scope: Scope) -> "McpCall":
        return cast("McpCall", scope[KEY])
