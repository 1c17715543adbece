"""uvicorn's WebSocket protocol, which aborts connections whose client does not read."""

import asyncio
from typing import ClassVar

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class SocketProtocol(WebSocketsSansIOProtocol):
    """Aborts a connection soon after its close, and at once when too many pongs are unread."""

    CLOSE_TIMEOUT: ClassVar[float] = 3  # seconds; less than the graceful shutdown of the server
    MAX_UNREAD_PONG_BYTES: ClassVar[int] = 65_536

    # class attributes, so that most sockets do not hold them
    _unread_pongs = 0
    _abort_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        self._unread_pongs = 0
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.handshake_initiated:  # HTTP allows heads that websockets does not, such as one with a long field
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def handle_ping(self) -> None:
        pongs = b"".join(self.conn.data_to_send())
        if self.transport.is_closing():
            return
        if not self.writable.is_set():
            self._unread_pongs += len(pongs)
            if self._unread_pongs > self.MAX_UNREAD_PONG_BYTES:
                self.transport.abort()
                return
        self.transport.write(pongs)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._abort_later()

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "websocket.close":
            self._abort_later()
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # uvicorn does not set it here, and logs every refusal as an error

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        self._abort_later()

    def _abort_later(self) -> None:
        """Schedule an abort: a closing transport waits until everything is read, which may never happen."""
        if self._abort_timer is None and not self.disconnected:
            self._abort_timer = self.loop.call_later(self.CLOSE_TIMEOUT, self.transport.abort)
