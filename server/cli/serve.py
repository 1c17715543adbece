"""`doitong serve`: the server in the foreground."""

import logging
from pathlib import Path

import uvicorn
from rich.console import Console

from server.application import Application
from server.development import ensure_development_key
from server.settings import Settings, load_settings

SHUTDOWN = 5  # seconds that open streams are given to end
STARTED, FAILED = 0, 1


def run(*, dev: bool, host: str, port: int, data_dir: Path | None) -> int:
    """Serve until interrupted."""
    settings = load_settings(data_directory=data_dir, host=host, port=port, dev=dev)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    application = Application(settings)
    config = uvicorn.Config(
        application.asgi(),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=1_000_000,
        timeout_graceful_shutdown=SHUTDOWN,
    )
    server = AnnouncingServer(config, application)
    server.run()
    return STARTED if server.started else FAILED


class AnnouncingServer(uvicorn.Server):
    """Says where it can be reached once it can be."""

    def __init__(self, config: uvicorn.Config, application: Application) -> None:
        super().__init__(config)
        self._application = application

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            await self._announce(self._application.settings)

    async def _announce(self, settings: Settings) -> None:
        address = self._address()
        console = Console(stderr=False, highlight=False, soft_wrap=True)
        console.print(f"doitong-server is ready at {address}")
        if not settings.dev:
            return
        services = self._application.runtime.services
        now = services.clock.now()
        key = await services.database.transact(lambda t: ensure_development_key(t, secret=settings.secret, at=now))
        console.print(f"  test key   {key}", markup=False)
        console.print(f"  GraphiQL   {address}/graphiql/#key={key}", markup=False)
        console.print(f"  try it     {_curl(address, key)}", markup=False)

    def _address(self) -> str:
        socket = self.servers[0].sockets[0].getsockname()
        host = f"[{socket[0]}]" if ":" in socket[0] else socket[0]
        return f"http://{'127.0.0.1' if host in ('0.0.0.0', '[::]') else host}:{socket[1]}"  # noqa: S104


def _curl(address: str, key: str) -> str:
    query = (
        '{"query":"mutation { generate(wait: 30, input: { type: IMAGE, provider: \\"flux-pro\\", '
        'input: { text: \\"A red fox in an autumn forest\\" } }) { id status url creditCost } }"}'
    )
    return (
        f"curl -s {address}/graphql -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' -d '{query}'"
    )
