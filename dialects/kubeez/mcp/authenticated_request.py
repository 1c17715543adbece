"""The authenticated HTTP request behind an MCP message, kept in its ASGI scope."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from starlette.types import Scope

from web.json_api import Call
from web.result_cache import ResultCache

KEY = "doitong.authenticated_request"


@dataclass(frozen=True, slots=True)
class AuthenticatedRequest:
    """An HTTP request. `count_read` counts a read of the caller and raises `RateLimited`."""

    call: Call
    base_url: str
    count_read: Callable[[], None]
    results: ResultCache

    def put_in(self, scope: Scope) -> Scope:
        """Return the scope with this call."""
        return {**scope, KEY: self}

    @classmethod
    def of(cls, scope: Scope) -> "AuthenticatedRequest":
        return cast("AuthenticatedRequest", scope[KEY])
