"""The complete server, which reports the sizes of its caches on the command `caches` from its standard input."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.routing import Route

from accounts.authentication import MAX_CACHED
from cli.admin.serve import ForegroundServer, uvicorn_config
from generations import generation_cache
from server import raw_response_cache
from server.application import Application
from server.graphql.documents.cache import DOCUMENT_BYTES, PERSISTED_BYTES
from server.graphql.execution.compiler.plan_cache import PLAN_BYTES
from server.graphql.transports.http import GraphQLEndpoint
from server.settings import load_settings
from web import result_cache

BOUNDS: Final[Mapping[str, int]] = {
    "results": result_cache.CAPACITY,
    "raw responses": raw_response_cache.CAPACITY,
    "documents": DOCUMENT_BYTES,
    "persisted queries": PERSISTED_BYTES,
    "plans": PLAN_BYTES,
    "keys": MAX_CACHED,
    "generations": generation_cache.CAPACITY,
}
"""The bounds of the caches, in bytes; that of the keys in keys."""


class ReportingServer(ForegroundServer):
    """Answers commands while it serves."""

    async def main_loop(self) -> None:
        answering = asyncio.create_task(self._answer())
        await super().main_loop()
        answering.cancel()

    async def _answer(self) -> None:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while (await reader.readline()).strip() == b"caches":
            print(json.dumps(self._sizes()), flush=True)

    def _sizes(self) -> Mapping[str, int]:
        operations, application = _graphql(self.config.app).operations, self._application
        sizes = (
            _graphql(self.config.app).cache.results.weight,
            application.raw_response_cache.weight,
            operations.documents.weight,
            operations.documents.persisted_weight,
            operations.plans.weight,
            application.runtime.authenticator.cached_keys,
            application.runtime.services.generation_cache.weight,
        )
        return dict(zip(BOUNDS, sizes, strict=True))


def _graphql(app: object) -> GraphQLEndpoint[object]:
    assert isinstance(app, Starlette)
    endpoints = (route.endpoint for route in app.routes if isinstance(route, Route))
    return next(endpoint for endpoint in endpoints if isinstance(endpoint, GraphQLEndpoint))


def main() -> None:
    settings = load_settings(data_directory=Path(sys.argv[1]), port=0, dev=True)
    application = Application(settings)
    ReportingServer(uvicorn_config(application), application).run()


if __name__ == "__main__":
    main()
