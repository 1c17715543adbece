"""WebSockets as uvicorn speaks them, given up where a client does not read what is sent to it."""

import asyncio
from typing import ClassVar

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class SocketProtocol(WebSocketsSansIOProtocol):
    """Ends a socket for good soon after its close, and at once where pongs pile up that nobody reads."""

    CLOSE_PATIENCE: ClassVar[float] = 3  # seconds; less than a server that stops waits for its connections
    MOST_UNREAD_PONGS: ClassVar[int] = 65_536  # bytes

    # on the class, for thousands of open sockets never have them
    _unread_pongs = 0
    _end: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        self._unread_pongs = 0
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.handshake_initiated:  # a head that HTTP allows and websockets does not, as one with a long field
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def handle_ping(self) -> None:
        pongs = b"".join(self.conn.data_to_send())
        if self.transport.is_closing():
            return
        if not self.writable.is_set():
            self._unread_pongs += len(pongs)
            if self._unread_pongs > self.MOST_UNREAD_PONGS:
                self.transport.abort()
                return
        self.transport.write(pongs)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._end_soon()

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "websocket.close":
            self._end_soon()
        await super().send(message)

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        self._end_soon()

    def _end_soon(self) -> None:
        """A transport that is closed first waits until all is read, which may be never."""
        if self._end is None and not self.disconnected:
            self._end = self.loop.call_later(self.CLOSE_PATIENCE, self.transport.abort)
