"""`doitong serve`: runs the server in the foreground."""

import asyncio
import errno
import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn

from cli.admin.process_supervisor import ChildProcess, ProcessSupervisor
from cli.errors import reason_of
from database.errors import UnusableDatabase
from database.open import is_shared
from database.transaction import DatabaseInUse
from kit.errors import DoitongError
from kit.logs import get_logger
from kit.version import version
from server.application import Application
from server.dev_account import ensure_development_key
from server.given_settings import BadSetting, ignored_settings
from server.log_output import LogFormat, configure_logging
from server.response_caching_protocol import response_caching_protocol
from server.roles.role import Role
from server.settings import Settings, load_settings, log_settings
from server.socket_protocol import SocketProtocol

BACKLOG = 2048  # connections that wait to be accepted
SHUTDOWN_TIMEOUT = 5  # seconds for running requests to end
KEEP_ALIVE_TIMEOUT = 75  # seconds; longer than that of clients and proxies, so that they close idle connections first
COLLECTION_THRESHOLDS = (5_000, 10, 10)
"""Those of `gc.set_threshold`. With Python's default of 700, a full collection of 60 ms runs every 600 accepted
generations, and garbage collection takes a tenth of their CPU time."""
LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  addresses that listen and do not answer
EXIT_SUCCESS, EXIT_FAILURE = 0, 1
NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
START_ERRORS = (BadSetting, DatabaseInUse, DoitongError, UnusableDatabase, OSError)

logger = get_logger(__name__)


def run(
    *,
    dev: bool,
    host: str | None,
    port: int | None,
    data_dir: Path | None,
    role: Role = Role.ALL,
    workers: int = 1,
) -> int:
    """Serve until interrupted, in `workers` processes; return the exit status."""
    log = log_settings()
    configure_logging(log.level, log.format)
    try:
        settings = load_settings(data_directory=data_dir, host=host, port=port, dev=dev, role=role)
        _check_processes(settings, workers)
        for warning in ignored_settings():
            logger.warning("setting_ignored", reason=warning)
        return _serve(settings) if workers == 1 else _serve_in_processes(settings, workers)
    except START_ERRORS as error:
        if log.format is LogFormat.TEXT:
            raise
        logger.critical("server_failed", reason=reason_of(error))
        return EXIT_FAILURE


def _check_processes(settings: Settings, workers: int) -> None:
    """Raise `BadSetting` if the database is for one process, or if a worker could not name the URLs of files."""
    role = settings.role
    option = f"--workers {workers}" if workers > 1 else f"--role {role}"
    if (workers > 1 or role is not Role.ALL) and not is_shared(settings.database_url):
        raise BadSetting(
            f"{option} needs PostgreSQL, which several processes share; SQLite is a file of one process. "
            f"Give its URL in DOITONG_DATABASE_URL, or leave out {option.partition(' ')[0]}."
        )
    if role is Role.WORKER and settings.base_url is None:
        raise BadSetting(
            "--role worker needs DOITONG_BASE_URL, the public URL of the API: the URLs of files in webhooks begin with "
            "it, and a worker serves no files. Give a URL such as https://ai.example.com."
        )


def _serve(
    settings: Settings, listeners: Sequence[socket.socket] | None = None, child: ChildProcess | None = None
) -> int:
    gc.disable()  # until the server has started: what is loaded and built is permanent
    application = Application(settings, process_number=None if child is None else child.number)
    server = ForegroundServer(uvicorn_config(application), application, child)
    server.run(None if listeners is None else list(listeners))
    return EXIT_SUCCESS if server.started else EXIT_FAILURE


def _serve_in_processes(settings: Settings, count: int) -> int:
    """Serve in `count` processes that accept connections of the same sockets and share the render workers."""
    child_settings = replace(settings, render_workers=max(1, settings.render_workers // count))
    with ExitStack() as stack:
        listeners = [stack.enter_context(listener) for listener in _listen(settings.host, settings.port)]
        return ProcessSupervisor(count, lambda child: _serve(child_settings, listeners, child)).run()


def _listen(host: str, port: int) -> Sequence[socket.socket]:
    """Listen on the addresses of the host. Raises `BadSetting` if this machine has none, or one is in use."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return listen_on([(family, address) for family, _, _, _, address in found])
    except OSError as error:  # of getaddrinfo with a number of its own
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise BadSetting(
            f"The server cannot listen on port {port} of {host}: {reason}. Give a host and a port "
            "that are free on this machine, with --host and --port or DOITONG_HOST and DOITONG_PORT."
        ) from error


def listen_on(addresses: Sequence[tuple[int, tuple[Any, ...]]]) -> Sequence[socket.socket]:
    """Listen on those of the addresses, each with its family, that this machine has. Raises `OSError` if it has none.

    `localhost`, for example, is also `::1` on machines without IPv6.
    """
    listeners: list[socket.socket] = []
    missing: OSError | None = None
    with ExitStack() as on_failure:
        for family, address in dict.fromkeys(addresses):
            try:
                listener = socket.create_server(address, family=family, backlog=BACKLOG)
            except OSError as error:
                if error.errno not in NO_SUCH_ADDRESS:
                    raise
                missing = error
            else:
                listeners.append(on_failure.enter_context(listener))
        if not listeners and missing is not None:
            raise missing
        on_failure.pop_all()
    return listeners


def uvicorn_config(application: Application) -> uvicorn.Config:
    """Return the uvicorn configuration for the application."""
    return uvicorn.Config(
        application.asgi(),
        host=application.settings.host,
        port=application.settings.port,
        log_config=None,
        access_log=False,
        forwarded_allow_ips=list(application.settings.trusted_proxies),
        server_header=False,
        http=response_caching_protocol(application.raw_response_cache),
        ws=SocketProtocol,
        ws_per_message_deflate=False,
        ws_max_size=1_000_000,
        lifespan="off",
        timeout_keep_alive=KEEP_ALIVE_TIMEOUT,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
    )


class ForegroundServer(uvicorn.Server):
    """Runs the application until a signal, or the end of its supervisor; prints its address when it is ready."""

    def __init__(self, config: uvicorn.Config, application: Application, child: ChildProcess | None = None) -> None:
        super().__init__(config)
        self._application, self._child = application, child

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the runtime before serving, so that an error in it ends the command with its message."""
        logger.info("server_starting", version=version())
        async with self._application.running():
            await super().serve(sockets)
        logger.info("server_stopped")

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals without raising them again after serving, as uvicorn does: the runtime is still open then."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        if self._child is not None:
            loop.add_reader(self._child.parent_pipe, self._stop_without_parent, self._child.parent_pipe)
        yield

    def _stop_without_parent(self, parent: int) -> None:
        asyncio.get_running_loop().remove_reader(parent)
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        settings = self._application.settings
        await super().startup(sockets or list(_listen(settings.host, settings.port)))
        gc.freeze()  # loaded modules are permanent: scanning them in a full collection pauses the server for 0.1 s
        gc.set_threshold(*COLLECTION_THRESHOLDS)
        gc.enable()
        if self.started:
            self._application.set_listening_url(self._address())
            if self._child is not None:
                self._child.report_ready()
            await self._announce(settings)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End streams first, because uvicorn waits for them; it closes WebSockets itself."""
        logger.info("server_stopping")
        self._application.end_streams()
        await super().shutdown(sockets)

    async def _announce(self, settings: Settings) -> None:
        address = self._address()
        logger.info("server_ready", url=address, dev=settings.dev, role=settings.role.value)
        if settings.log.format is LogFormat.JSON and not settings.dev:
            return  # both streams of a service usually end in one log
        if self._child is not None and self._child.number > 1:
            return  # the first process has printed the same
        _print(f"doitong-server is ready at {address}")
        if not settings.dev or not settings.role.serves_api:
            return
        services = self._application.runtime.services
        now = services.clock.now()
        key = await services.database.transact(lambda t: ensure_development_key(t, secret=settings.secret, at=now))
        _print(f"  test key   {key}")
        _print(f"  GraphiQL   {address}/graphiql/#key={key}")
        _print(f"  try it     {_curl(address, key)}")

    def _address(self) -> str:
        name = self.servers[0].sockets[0].getsockname()
        host = LOOPBACK_OF.get(name[0], name[0])
        return f"http://{f'[{host}]' if ':' in host else host}:{name[1]}"


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _curl(address: str, key: str) -> str:
    query = (
        '{"query":"mutation { generate(wait: 30, input: { type: IMAGE, provider: \\"flux-pro\\", '
        'input: { text: \\"A red fox in an autumn forest\\" } }) { id status url creditCost } }"}'
    )
    return (
        f"curl -s {address}/graphql -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' -d '{query}'"
    )
