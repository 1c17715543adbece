"""`doitong serve`: the server in the foreground."""

import asyncio
import gc
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from rich.console import Console

from kit.logs import get_logger
from server.application import Application
from server.dev_account import ensure_development_key
from server.http_protocol import HttpProtocol
from server.log_output import configure_logging
from server.settings import Settings, load_settings, unknown_settings
from server.socket_protocol import SocketProtocol
from server.version import version

SHUTDOWN = 5  # seconds that requests are given to end
KEEP_ALIVE = 75  # seconds; longer than clients and proxies keep an idle connection, or a request meets its close
STARTED, FAILED = 0, 1

logger = get_logger(__name__)


def run(*, dev: bool, host: str, port: int, data_dir: Path | None) -> int:
    """Serve until interrupted."""
    settings = load_settings(data_directory=data_dir, host=host, port=port, dev=dev)
    for warning in unknown_settings():
        Console(stderr=True, soft_wrap=True).print(f"doitong: {warning}", style="yellow", markup=False)
    configure_logging(settings.log.level, settings.log.format)
    application = Application(settings)
    server = AnnouncingServer(config_of(application), application)
    server.run()
    return STARTED if server.started and not server.lost_its_claim else FAILED


def config_of(application: Application) -> uvicorn.Config:
    """How uvicorn serves the application."""
    return uvicorn.Config(
        application.asgi(),
        host=application.settings.host,
        port=application.settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        http=HttpProtocol,
        ws=SocketProtocol,
        ws_per_message_deflate=False,
        ws_max_size=1_000_000,
        lifespan="off",
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=SHUTDOWN,
    )


class AnnouncingServer(uvicorn.Server):
    """Says where it can be reached once it can be."""

    def __init__(self, config: uvicorn.Config, application: Application) -> None:
        super().__init__(config)
        self._application = application
        self.lost_its_claim = False

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the runtime around the serving, so that what keeps it from opening ends the command with its message."""
        logger.info("server_starting", version=version())
        async with self._application.running():
            watching = asyncio.create_task(self._stop_without_claim())
            try:
                await super().serve(sockets)
            finally:
                watching.cancel()
        logger.info("server_stopped")

    async def _stop_without_claim(self) -> None:
        runtime = self._application.runtime
        await runtime.claim.lost.wait()
        self.lost_its_claim = self.should_exit = True
        await runtime.services.queue.close()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Unlike uvicorn's own, this does not send the signal again at the end, where the runtime has yet to close."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.freeze()  # what was loaded stays: going through it at every full collection stops the server for 0.1 s
        if self.started:
            self._application.listens_at(self._address())
            await self._announce(self._application.settings)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams first, which uvicorn would wait for; it closes the sockets itself."""
        logger.info("server_stopping")
        self._application.end_streams()
        await super().shutdown(sockets)

    async def _announce(self, settings: Settings) -> None:
        address = self._address()
        logger.info("server_ready", url=address, dev=settings.dev)
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
        name = self.servers[0].sockets[0].getsockname()
        host = f"[{name[0]}]" if ":" in name[0] else name[0]
        return f"http://{'127.0.0.1' if host in ('0.0.0.0', '[::]') else host}:{name[1]}"  # noqa: S104


def _curl(address: str, key: str) -> str:
    query = (
        '{"query":"mutation { generate(wait: 30, input: { type: IMAGE, provider: \\"flux-pro\\", '
        'input: { text: \\"A red fox in an autumn forest\\" } }) { id status url creditCost } }"}'
    )
    return (
        f"curl -s {address}/graphql -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' -d '{query}'"
    )
