"""A GraphQL client: queries over HTTP, subscriptions over graphql-transport-ws."""

import json
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from cli.errors import CommandError
from kit.shown_values import shown

PROTOCOL = "graphql-transport-ws"
UNAUTHORIZED_CODES = frozenset({4401, 4403})  # WebSocket close codes
DEFAULT_URL = "http://127.0.0.1:8000"
TIMEOUT = 30.0  # seconds

GENERATE = """
mutation Generate($input: GenerateInput!) {
  generate(input: $input) { id type status provider creditCost estimatedTime }
}"""

FOLLOW = """
subscription Follow($id: ID!) {
  generationUpdated(id: $id) {
    id type status stage progress provider creditCost metadata { backend }
    error { code message }
    outputs { url mediaType format width height duration bytes title }
  }
}"""


def server_and_key(url: str | None, key: str | None) -> tuple[str, str]:
    """Return the arguments, or else the environment's values. Raises `CommandError` without a key."""
    key = (key or _setting("DOITONG_API_KEY")).strip()
    if not key:
        raise CommandError("Give a key with --key or DOITONG_API_KEY; `doitong keys create NAME` creates one.")
    if not key.isascii():
        raise CommandError("The key has a character that is not ASCII: copy it again.")
    return _server_url((url or _setting("DOITONG_URL")).strip() or DEFAULT_URL), key


def _setting(name: str) -> str:
    """Return the value of an environment variable without the blanks and quotes that an env file may leave."""
    value = os.environ.get(name, "").strip()
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if is_quoted else value


def _server_url(text: str) -> str:
    try:
        url = httpx.URL(text)
        valid = url.scheme in ("http", "https") and bool(url.host)
    except (httpx.InvalidURL, ValueError):
        valid = False
    if not valid:
        raise CommandError(
            f"The server's URL, of --url or DOITONG_URL, is {shown(text)}: give one such as https://ai.example.com."
        )
    return text


class Client:
    """Sends operations to one server with one API key."""

    def __init__(self, url: str, key: str, http: httpx.AsyncClient) -> None:
        self._url, self._key, self._http = url.rstrip("/"), key, http

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, key: str) -> AsyncIterator[Self]:
        # the authorities of SSL_CERT_FILE where it is set, as for the WebSocket; no proxies from the environment
        context = httpx.create_ssl_context()
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=context) as http:
            yield cls(url, key, http)

    async def execute(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Execute an operation and return its `data`. Raises `CommandError` with the messages of its errors."""
        headers = {"Authorization": f"Bearer {self._key}"}
        body = {"query": query, "variables": variables or {}}
        return _data_of(await self._http.post(f"{self._url}/graphql", json=body, headers=headers))

    async def generate(self, **request: Any) -> dict[str, Any]:
        """Submit a generation and return it as accepted."""
        generation: dict[str, Any] = (await self.execute(GENERATE, {"input": request}))["generate"]
        return generation

    async def follow(self, generation_id: str) -> AsyncIterator[dict[str, Any]]:
        """Yield every state of a generation, from the current one to the last."""
        async with aclosing(self.subscribe(FOLLOW, {"id": generation_id})) as events:
            async for data in events:
                if data is not None:
                    yield data["generationUpdated"]

    async def subscribe(
        self, query: str, variables: dict[str, Any] | None = None
    ) -> AsyncGenerator[dict[str, Any] | None, None]:
        """Yield None once the subscription was sent, then the `data` of every event.

        Raises `CommandError` if the server rejects it, and what `websockets` raises if the connection is lost.
        """
        payload = {"query": query, "variables": variables or {}}
        address = self._url.replace("http", "ws", 1) + "/graphql"
        async with _connected(address) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": {"X-API-Key": self._key}}))
            async for message in _messages(socket):
                match message["type"]:
                    case "connection_ack":
                        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
                        yield None
                    case "ping":
                        await socket.send(json.dumps({"type": "pong"}))
                    case "next" if message["payload"].get("errors"):
                        raise _command_error(message["payload"]["errors"])
                    case "next":
                        yield message["payload"]["data"]
                    case "error":
                        raise _command_error(message["payload"])
                    case "complete":
                        return

    async def save(self, url: str, path: Path) -> None:
        """Download an output to a file."""
        async with self._http.stream("GET", url) as response:
            response.raise_for_status()
            with path.open("wb") as file:
                async for chunk in response.aiter_bytes():
                    file.write(chunk)


@asynccontextmanager
async def _connected(address: str) -> AsyncIterator[ClientConnection]:
    """Yield a connection. Raises `CommandError` where no server of this API answers."""
    try:
        connection = await connect(address, subprotocols=[PROTOCOL], proxy=None)  # type: ignore[list-item]
    except InvalidStatus as error:
        raise _not_this_api(address, error.response.status_code) from error
    async with connection as socket:
        yield socket


def _data_of(response: httpx.Response) -> dict[str, Any]:
    """Return `data` of a GraphQL response. Raises `CommandError` for its errors, and for any other response."""
    try:
        result = response.json()
    except ValueError:
        result = None
    errors = result.get("errors") if isinstance(result, dict) else None
    if isinstance(errors, list) and errors and all(isinstance(error, dict) and "message" in error for error in errors):
        raise _command_error(errors)
    data = result.get("data") if isinstance(result, dict) else None
    if not isinstance(data, dict):
        raise _not_this_api(str(response.url), response.status_code)
    return data


def _not_this_api(address: str, status: int) -> CommandError:
    """Return the error of an address that answers with something else, such as a proxy. A 5xx may pass."""
    passing = status >= httpx.codes.INTERNAL_SERVER_ERROR
    prefix = "is the path prefix of the server missing in DOITONG_URL or --url?"
    hint = "the server behind it is not running or not reachable." if passing else prefix
    return CommandError(f"{address} returned status {status} and no response of this API: {hint}", retryable=passing)


async def _messages(socket: ClientConnection) -> AsyncIterator[dict[str, Any]]:
    try:
        async for text in socket:
            yield json.loads(text)
    except ConnectionClosedError as closed:
        if closed.rcvd is None or closed.rcvd.code not in UNAUTHORIZED_CODES:
            raise
        raise CommandError("The server rejected the key.") from closed


def _command_error(errors: list[dict[str, Any]]) -> CommandError:
    retryable = all(error.get("extensions", {}).get("retryable", False) for error in errors)
    return CommandError("; ".join(error["message"] for error in errors), retryable=retryable)
