"""Headers, request id, base URL and client address of an ASGI scope."""

import random
from collections.abc import Mapping

from starlette.types import Scope


def headers_of(scope: Scope) -> dict[str, str]:
    """Return the headers by lower-case name; the values of a repeated header are joined by a comma."""
    headers: dict[str, str] = {}
    repeated: dict[str, list[str]] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name in headers:
            repeated.setdefault(name, [headers[name]]).append(value)
        else:
            headers[name] = value
    for name, values in repeated.items():
        headers[name] = ", ".join(values)
    return headers


def request_id_of(scope: Scope) -> str:
    """Return the id that the `RequestIds` middleware assigned, or a new one."""
    given = scope.get("state", {}).get("request_id")
    return given if isinstance(given, str) else new_request_id()


def new_request_id() -> str:
    return f"req_{random.getrandbits(64):016x}"  # no secret: reading the system's generator releases the GIL


def base_url_of(scope: Scope, headers: Mapping[str, str]) -> str:
    scheme = scope.get("scheme", "http").replace("ws", "http")
    host = headers.get("host")
    if host is None:
        name, port = scope.get("server") or ("localhost", 80)
        host = f"{name}:{port}"
    return f"{scheme}://{host}"


def client_of(scope: Scope) -> str | None:
    client = scope.get("client")
    return str(client[0]) if client else None
