"""LISTEN on PostgreSQL: one dedicated connection per process, probed, and reopened with backoff after it was lost."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
from asyncpg import InterfaceError, PostgresError

from kit.logs import get_logger

PROBE_INTERVAL = 2.0  # seconds between probes of the connection
PROBE_TIMEOUT = 3.0  # seconds until a probe without a response counts as a lost connection
FIRST_DELAY = 0.1  # seconds before the first reconnect
MAX_DELAY = 2.0
CONNECT_TIMEOUT = 5.0  # seconds
CONNECTION_ERRORS = (
    OSError,
    TimeoutError,
    PostgresError,
    InterfaceError,
)  # a lost connection, or one that cannot be opened
ORIGIN_BYTES = 4
ENVELOPE = re.compile(rf"([0-9a-f]{{{2 * ORIGIN_BYTES}}}) (.*)", re.DOTALL)
SEND = "SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) AS sent (channel, payload)"
PROBE = "SELECT pg_listening_channels()"
SESSION_NOT_KEPT = "the session does not stay with its connection: connect directly, or with session pooling"

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Subscription:
    """The callbacks for the notifications of one channel."""

    channel: str
    receive: Callable[[str], None]
    on_listening: Callable[[], None]
    include_own: bool


class Listener:
    """Delivers notifications on the event loop. `connect` opens a connection of its own, past any pool."""

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]]) -> None:
        self._connect = connect
        self.origin = secrets.token_hex(ORIGIN_BYTES)
        """Marks the notifications of this process."""
        self._subscriptions: list[Subscription] = []
        self._changed = asyncio.Event()
        self._connection: asyncpg.Connection | None = None
        self._active: list[Subscription] = []
        self._channels: set[str] = set()
        self._last_contact = 0.0  # when the connection was last known to work, in the time of the event loop
        self.last_gap = timedelta(0)
        """At most how long nothing was received before listening began last."""
        self._task: asyncio.Task[None] | None = None

    def add(self, subscription: Subscription) -> None:
        """Listen to the channel of the subscription, from its first `on_listening` on."""
        self._subscriptions.append(subscription)
        self._changed.set()
        if self._task is None:
            self._last_contact = asyncio.get_running_loop().time()
            self._task = asyncio.get_running_loop().create_task(self._run(), name="listen")

    @property
    def is_listening(self) -> bool:
        """Whether every notification of other processes arrived here as of the last probe."""
        return self._connection is not None and len(self._active) == len(self._subscriptions)

    def envelope(self, payload: str) -> str:
        """Return the payload with the mark of this process, as it is sent."""
        return f"{self.origin} {payload}"

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        delay, is_logged = FIRST_DELAY, False
        while True:
            try:
                async with AsyncExitStack() as stack:
                    async with asyncio.timeout(CONNECT_TIMEOUT):
                        connection = await self._connect()
                    stack.callback(self._lose, connection)
                    connection.add_termination_listener(lambda _: self._changed.set())
                    await self._subscribe(connection)
                    delay, is_logged = FIRST_DELAY, False
                    await self._probe(connection)
            except CONNECTION_ERRORS as error:
                if not is_logged:
                    logger.warning("listening_lost", reason=str(error).partition("\n")[0] or type(error).__name__)
                    is_logged = True
            await asyncio.sleep(delay)
            delay = min(2 * delay, MAX_DELAY)

    async def _probe(self, connection: asyncpg.Connection) -> None:
        """Probe the connection, and listen to added channels, until it is lost. Raises one of `CONNECTION_ERRORS`."""
        while True:
            try:
                async with asyncio.timeout(PROBE_INTERVAL):
                    await self._changed.wait()
            except TimeoutError:
                found = {row[0] for row in await connection.fetch(PROBE, timeout=PROBE_TIMEOUT)}
                if not found >= self._channels:
                    raise InterfaceError(SESSION_NOT_KEPT) from None
            await self._subscribe(connection)

    async def _subscribe(self, connection: asyncpg.Connection) -> None:
        """Listen to the channels that are new on this connection, then report the gap before."""
        self._changed.clear()
        if connection.is_closed():
            raise InterfaceError("the connection was closed")
        added = self._subscriptions[len(self._active) :]
        for channel in dict.fromkeys(one.channel for one in added):
            if channel not in self._channels:
                async with asyncio.timeout(PROBE_TIMEOUT):
                    await connection.add_listener(channel, self._receive)
                self._channels.add(channel)
        self._connection = connection
        now = asyncio.get_running_loop().time()
        self.last_gap = timedelta(seconds=now - self._last_contact)
        self._last_contact = now
        self._active += added
        for one in added:
            one.on_listening()

    def _lose(self, connection: asyncpg.Connection) -> None:
        self._connection = None
        self._active = []
        self._channels = set()
        connection.terminate()

    def _receive(self, _connection: object, _pid: int, channel: str, sent: object) -> None:
        envelope = ENVELOPE.fullmatch(str(sent))
        if envelope is None:
            return
        origin, payload = envelope.groups()
        for one in self._active:
            if one.channel == channel and (one.include_own or origin != self.origin):
                one.receive(payload)
