"""The HTTP protocol that sends cached responses without parsing the request."""

import asyncio
from typing import ClassVar

from server.http_protocol import HttpProtocol
from server.raw_response_cache import MAX_REQUEST, RawResponseCache
from web.cacheable_response import RAW_REQUEST


class ResponseCachingProtocol(HttpProtocol):
    """Looks up each request by its bytes before it is parsed.

    A request can be answered so if it begins after the response to the previous one was sent, and arrives in one piece
    or in two, head and body. It is looked up only if nothing else is in its last piece, otherwise processed as usual.
    """

    HEAD_DELAY: ClassVar[float] = 0.05  # seconds for which a head waits for its body

    raw_response_cache: ClassVar[RawResponseCache]

    _messages = 0  # begun since the last time that the connection was between requests
    _received: bytearray | None = None  # since then, or None if it is too much
    _head: bytes | None = None  # of a request in the cache, waiting for its body
    _head_timer: asyncio.TimerHandle | None = None

    @property
    def _peer(self) -> str | None:
        return self.client[0] if self.client else None

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            data = self._take_head() + data
        elif self._is_between_requests and self.raw_response_cache.is_head(self._peer, data):
            self._hold_head(data)
            return
        if not (self._is_between_requests and self._respond(data)):
            self._process(data)

    def on_message_begin(self) -> None:
        self._messages += 1
        super().on_message_begin()

    def shutdown(self) -> None:
        if self._head is not None:
            self._process(self._take_head())
        super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._head is not None:
            self._take_head()
        super().connection_lost(exc)

    def _respond(self, data: bytes) -> bool:
        """Respond from the cache, if the request is in it and its response is still current."""
        response = self.raw_response_cache.respond(self._peer, data, self.server_state.default_headers)
        if response is None:
            return False
        self._unset_keepalive_if_required()
        self.transport.write(response)
        self._made_progress = True
        self.server_state.total_requests += 1
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        return True

    def _process(self, data: bytes) -> None:
        """Parse the data; give the application the bytes of a request that is complete."""
        if self._is_between_requests:
            self._messages, self._received = 0, bytearray()
        if self._received is not None:
            self._received = None if len(self._received) + len(data) > MAX_REQUEST else self._received + data
        super().data_received(data)
        if self._received is None or self._is_in_head or self._is_in_body:
            return
        keeps_open = self.cycle is not None and self.cycle.keep_alive and not self.expect_100_continue
        if self._messages == 1 and keeps_open and not self._is_draining:
            self.scope["state"][RAW_REQUEST] = (self._peer, bytes(self._received))
        self._received = None

    def _hold_head(self, head: bytes) -> None:
        self._unset_keepalive_if_required()
        self._head = head
        self._head_timer = self.loop.call_later(self.HEAD_DELAY, lambda: self._process(self._take_head()))

    def _take_head(self) -> bytes:
        head, self._head = self._head or b"", None
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        return head


def response_caching_protocol(raw_response_cache: RawResponseCache) -> type[ResponseCachingProtocol]:
    """Return the protocol for servers that share these responses."""
    return type("ResponseCachingProtocol", (ResponseCachingProtocol,), {"raw_response_cache": raw_response_cache})
