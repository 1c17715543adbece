"""A GraphQL client like anybody's: queries over HTTP, subscriptions over a graphql-transport-ws socket."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import httpx
from websockets.asyncio.client import connect

from server.cli.errors import Refused

PROTOCOL = "graphql-transport-ws"
TIMEOUT = 30.0  # seconds

GENERATE = """
mutation Generate($input: GenerateInput!) {
  generate(input: $input) { id type status provider creditCost estimatedTime }
}"""

FOLLOW = """
subscription Follow($id: ID!) {
  generationUpdated(id: $id) {
    id type status stage progress provider creditCost
    error { code message }
    outputs { url mediaType format width height duration bytes title }
  }
}"""


class Client:
    """Speaks to one server with one key."""

    def __init__(self, url: str, key: str, http: httpx.AsyncClient) -> None:
        self._url, self._key, self._http = url.rstrip("/"), key, http

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, key: str) -> AsyncIterator[Self]:
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as http:
            yield cls(url, key, http)

    async def execute(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """The `data` of an operation. Raises `Refused` with the messages of its errors."""
        headers = {"Authorization": f"Bearer {self._key}"}
        body = {"query": query, "variables": variables or {}}
        answer = (await self._http.post(f"{self._url}/graphql", json=body, headers=headers)).json()
        if answer.get("errors"):
            raise Refused("; ".join(error["message"] for error in answer["errors"]))
        data: dict[str, Any] = answer["data"]
        return data

    async def generate(self, **request: Any) -> dict[str, Any]:
        """Have a generation accepted."""
        generation: dict[str, Any] = (await self.execute(GENERATE, {"input": request}))["generate"]
        return generation

    async def follow(self, generation_id: str) -> AsyncIterator[dict[str, Any]]:
        """Every state of a generation from the present one to the last."""
        address = self._url.replace("http", "ws", 1) + "/graphql"
        async with connect(address, subprotocols=[PROTOCOL], proxy=None) as socket:  # type: ignore[list-item]
            await socket.send(json.dumps({"type": "connection_init", "payload": {"X-API-Key": self._key}}))
            payload = {"query": FOLLOW, "variables": {"id": generation_id}}
            async for text in socket:
                message = json.loads(text)
                match message["type"]:
                    case "connection_ack":
                        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
                    case "ping":
                        await socket.send(json.dumps({"type": "pong"}))
                    case "next":
                        yield message["payload"]["data"]["generationUpdated"]
                    case "error":
                        raise Refused("; ".join(error["message"] for error in message["payload"]))
                    case "complete":
                        return

    async def save(self, url: str, path: Path) -> None:
        """Download an output."""
        async with self._http.stream("GET", url) as response:
            response.raise_for_status()
            with path.open("wb") as file:
                async for chunk in response.aiter_bytes():
                    file.write(chunk)
