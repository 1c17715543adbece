"""GraphQL requests to a server over HTTP."""

import json
from typing import Any

import httpx

from tests.support.server_process import ServerProcess

PROTOCOL = "graphql-transport-ws"
IMAGE: dict[str, Any] = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "a fox"}}
GENERATE = "mutation ($input: GenerateInput!) { generate(input: $input) { id } }"


async def post(server: ServerProcess, body: object, **headers: str) -> httpx.Response:
    """Post `body`, encoded as JSON unless it is bytes, with the server's test key."""
    async with httpx.AsyncClient(trust_env=False) as http:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"content-type": "application/json", "x-api-key": server.key, **headers}
        return await http.post(f"{server.url}/graphql", content=content, headers=sent)


class KeyClient:
    """Sends operations with one key."""

    def __init__(self, http: httpx.AsyncClient, key: str) -> None:
        self.http, self.key = http, key

    async def ask(self, query: str, **variables: object) -> Any:
        """Return the whole response body."""
        body = {"query": query, "variables": variables}
        return (await self.http.post("/graphql", json=body, headers={"x-api-key": self.key})).json()

    async def code(self, query: str, **variables: object) -> str:
        """Return the code of the first error."""
        return str((await self.ask(query, **variables))["errors"][0]["extensions"]["code"])

    async def data(self, query: str, **variables: object) -> Any:
        response = await self.ask(query, **variables)
        assert "errors" not in response, response
        return response["data"]
