"""uvicorn's WebSocket protocol, which aborts connections whose client does not read."""

import asyncio
import struct
from typing import ClassVar

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

FINAL_TEXT = 0x81  # the first byte of a frame with a whole text message


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
        if message["type"] == "websocket.send" and message.get("bytes") is None and self._sends_at_once():
            self.transport.write(text_frame(message.get("text") or ""))
            return
        if message["type"] == "websocket.close":
            self._abort_later()
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # uvicorn does not set it here, and logs every refusal as an error

    def _sends_at_once(self) -> bool:
        """Whether a message needs no more than a frame around it, and nothing has to be waited for or sent before it.

        The frame is then made here, at half the cost: there may be thousands of messages for one change.
        """
        connection = self.conn
        return (
            connection.state is State.OPEN
            and self.handshake_complete
            and not (self.close_sent or self.disconnected or connection.extensions or connection.writes)
            and self.writable.is_set()
        )

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        self._abort_later()

    def _abort_later(self) -> None:
        """Schedule an abort: a closing transport waits until everything is read, which may never happen."""
        if self._abort_timer is None and not self.disconnected:
            self._abort_timer = self.loop.call_later(self.CLOSE_TIMEOUT, self.transport.abort)


def text_frame(text: str) -> bytes:
    """Return the WebSocket frame of a text message from a server (RFC 6455, section 5.2)."""
    payload = text.encode()
    length = len(payload)
    if length < 126:
        return bytes((FINAL_TEXT, length)) + payload
    head = (
        struct.pack("!BBH", FINAL_TEXT, 126, length)
        if length < 65_536
        else struct.pack("!BBQ", FINAL_TEXT, 127, length)
    )
    return head + payload
