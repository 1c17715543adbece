"""Revalidates the keys of open streams and sockets, so that a revoked key closes them."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Generic, Protocol

from kit.clock import Clock, Timer
from kit.errors import DoitongError
from kit.logs import get_logger
from server.graphql.request_authentication import P, RequestAuthenticator
from web.credentials import KEY_HEADERS

logger = get_logger(__name__)

# The authenticator caches keys for 5 s, so a revoked key is closed within 10 s.
INTERVAL = timedelta(seconds=5)


class RevocableConnection(Protocol):
    """A stream or socket, which is closed when its key is no longer valid."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    def close_with_error(self, refusal: DoitongError) -> None:
        """Close with this error; called when the key is no longer valid. Does not block."""
        ...


class KeyRevalidator(Generic[P]):
    """Looks up the keys of all open streams and sockets every 5 seconds, each key once; idle while none is open."""

    def __init__(self, authenticator: RequestAuthenticator[P], clock: Clock) -> None:
        self._authenticator, self._clock = authenticator, clock
        self._connections: dict[tuple[str | None, ...], set[RevocableConnection]] = {}
        self._timer: Timer | None = None
        self._round: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return sum(map(len, self._connections.values()))

    @property
    def is_checking(self) -> bool:
        """Whether a round is in progress."""
        return self._round is not None

    @contextmanager
    def watching(self, connection: RevocableConnection) -> Iterator[None]:
        """Watch the key of the connection during the block."""
        self.add(connection)
        try:
            yield
        finally:
            self.discard(connection)

    def add(self, connection: RevocableConnection) -> None:
        self._connections.setdefault(_watch_key(connection), set()).add(connection)
        if self._timer is None and self._round is None:
            self._schedule()

    def discard(self, connection: RevocableConnection) -> None:
        key = _watch_key(connection)
        connections = self._connections.get(key, set())
        connections.discard(connection)
        if not connections:
            self._connections.pop(key, None)
        if not self._connections and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        self._timer = self._clock.call_at(self._clock.now() + INTERVAL, self._start_round)

    def _start_round(self) -> None:
        self._timer = None
        self._round = asyncio.get_running_loop().create_task(self._check_all())
        self._round.add_done_callback(self._end_round)

    def _end_round(self, ended: asyncio.Task[None]) -> None:
        self._round = None
        # while keys cannot be looked up, everything stays open
        if not ended.cancelled() and (failure := ended.exception()) is not None:
            logger.exception("key_check_failed", failure)
        if self._connections and not ended.cancelled():
            self._schedule()

    async def _check_all(self) -> None:
        for key in tuple(self._connections):
            connection = next(iter(self._connections.get(key, ())), None)
            if connection is None:
                continue
            try:
                await self._authenticator.identify(connection.headers)
            except DoitongError as refusal:
                if not refusal.retryable:
                    for connection in tuple(self._connections.get(key, ())):
                        connection.close_with_error(refusal)


def _watch_key(connection: RevocableConnection) -> tuple[str | None, ...]:
    return tuple(connection.headers.get(name) for name in KEY_HEADERS)
