"""HTTP as uvicorn speaks it, with bounds on what a client may send and take its time over before it is heard."""

import asyncio
from http import HTTPStatus
from typing import ClassVar

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from web.error_response import request_error_payload
from web.errors import RequestError, RequestErrorCode


class HttpProtocol(HttpToolsProtocol):
    """Answers 431 to a head too large and 408 to one too slow, and ignores upgrades to other than WebSocket.

    Once a request is answered, of its body no more is taken than a client may have sent before it heard.
    """

    LARGEST_HEAD: ClassVar[int] = 65_536  # bytes
    MOST_FIELDS: ClassVar[int] = 100
    MOST_UNREAD: ClassVar[int] = 1 << 20  # bytes of a body behind its answer, or of what follows a refusal
    PATIENCE: ClassVar[float] = 30  # seconds
    LINGER: ClassVar[float] = 2  # seconds that a refused client has to read why

    _is_in_head = _is_in_body = False
    _has_moved = False  # since the timer was set, a head was complete or an answer was
    _is_deaf = False
    _silent_bytes = 0  # those that came in whole pieces without beginning a request or being of a body
    _unread_bytes = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._set_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if len(data) <= self.LARGEST_HEAD:
            self._feed(data)
            return
        for start in range(0, len(data), self.LARGEST_HEAD):
            self._feed(data[start : start + self.LARGEST_HEAD])

    def on_message_begin(self) -> None:
        self._is_in_head = True
        self._silent_bytes = self._unread_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        size = len(self.url) + sum([len(name) + len(value) for name, value in self.headers])
        if size > self.LARGEST_HEAD or len(self.headers) > self.MOST_FIELDS:
            raise self._head_too_large()
        super().on_headers_complete()
        self._is_in_head = False
        self._is_in_body = self._has_moved = True

    def on_body(self, body: bytes) -> None:
        self._silent_bytes = 0
        if self._is_answered:
            self._unread_bytes += len(body)
            if self._unread_bytes > self.MOST_UNREAD:
                self._stop_hearing()
                self.transport.close()
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._has_moved = True
        super().on_response_complete()

    def _should_upgrade(self) -> bool:
        """Whether to begin no answer until the end of the head: which upgrade it is for is looked at then."""
        return True

    @property
    def _is_answered(self) -> bool:
        """Whether the newest request is, and so all before it."""
        return self.cycle is None or self.cycle.response_complete

    def _feed(self, data: bytes) -> None:
        if self._is_deaf:
            self._pass_over(len(data))
            return
        self._silent_bytes += len(data)
        try:
            while data and not self._is_deaf:
                data = self._parse(data)
        except httptools.HttpParserError as error:
            reason = error.__context__
            self._refuse(reason if isinstance(reason, RequestError) else RequestError("This is no HTTP/1.1 request."))
        if self._silent_bytes > self.LARGEST_HEAD and not self._is_deaf:
            self._refuse(self._head_too_large())

    def _parse(self, data: bytes) -> bytes:
        """What is left stands behind the head of an upgrade."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            left = data[upgrade.args[0] :]
        else:
            return b""
        self._upgrade()
        return left

    def _upgrade(self) -> None:
        method, version = self.scope["method"], self.scope["http_version"]
        if method == "CONNECT":
            self._refuse(RequestError("CONNECT is for proxies, and this server is none."))
        elif self._get_upgrade() == b"websocket" and (method, version) == ("GET", "1.1") and self._is_answered:
            self._stop_hearing()
            self.handle_websocket_upgrade()
        else:
            # the parser takes what follows for another protocol; a new one is given the head without the header
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            kept = [b"%b: %b\r\n" % field for field in self.headers if field[0] != b"upgrade"]
            self.parser.feed_data(
                b"%b %b HTTP/%b\r\n%b\r\n" % (method.encode(), self.url, version.encode(), b"".join(kept))
            )

    def _refuse(self, error: RequestError) -> None:
        """Answer what cannot be served, in its turn, and take nothing more."""
        self._stop_hearing()
        if not self._is_in_body:
            if self._is_answered:
                self._answer(error)
            else:
                self.cycle.keep_alive = False  # there are answers to come, and the last of them ends the connection
        elif self.cycle.response_started or self.pipeline:
            self.transport.close()
        else:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._answer(error)

    def _answer(self, error: RequestError) -> None:
        body = orjson.dumps({"errors": [request_error_payload(error)]})
        fields = [
            *self.server_state.default_headers,
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        head = STATUS_LINE[error.status] + b"".join(b"%b: %b\r\n" % field for field in fields)
        self.transport.write(head + b"\r\n" + body)
        # closed at once, with bytes on their way, the connection would be reset before the client has read this
        self.transport.write_eof()
        self._timer = self.loop.call_later(self.LINGER, self.transport.abort)

    def _pass_over(self, count: int) -> None:
        self._unread_bytes += count
        if self._unread_bytes > self.MOST_UNREAD:
            self.transport.abort()

    def _stop_hearing(self) -> None:
        self._is_deaf, self._unread_bytes = True, 0
        self._cancel_timer()

    def _set_timer(self) -> None:
        """One for the connection, not one for each request: who sends nothing has from one to two spans of it."""
        self._has_moved = False
        self._timer = self.loop.call_later(self.PATIENCE, self._lose_patience)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _lose_patience(self) -> None:
        is_kept_alive = self.cycle is not None and not self._is_in_head and not self._is_in_body
        if self._has_moved or not self._is_answered or is_kept_alive:  # between requests another timer counts
            self._set_timer()
        elif self._is_in_head:
            message = f"The head of the request did not arrive within {self.PATIENCE:g} seconds."
            status = HTTPStatus.REQUEST_TIMEOUT
            self._refuse(RequestError(message, code=RequestErrorCode.REQUEST_TIMEOUT, status=status))
        else:
            self.transport.close()

    def _head_too_large(self) -> RequestError:
        return RequestError(
            f"The head of a request may have {self.LARGEST_HEAD:,} bytes and {self.MOST_FIELDS} fields.",
            code=RequestErrorCode.HEADERS_TOO_LARGE,
            status=HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        )
