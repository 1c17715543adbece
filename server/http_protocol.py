"""uvicorn's HTTP protocol, with limits on the size and duration of a request head and on unread bodies."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar, cast

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from web.error_response import request_error_payload
from web.errors import RequestError, RequestErrorCode


class _DeferredClose:
    """A transport whose `close` calls `on_close` instead."""

    def __init__(self, transport: asyncio.Transport, on_close: Callable[[], None]) -> None:
        self._transport, self.close = transport, on_close

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _HeldResponse:
    """A transport that holds what is written to it, up to `limit` bytes, until `release`."""

    def __init__(self, transport: asyncio.Transport, *, limit: int) -> None:
        self._transport, self._limit = transport, limit
        self._parts: list[bytes] = []
        self._is_holding = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    @property
    def is_empty(self) -> bool:
        return not self._parts

    def write(self, data: bytes) -> None:
        if not self._is_holding:
            self._transport.write(data)
            return
        self._parts.append(data)
        if sum(map(len, self._parts)) > self._limit:
            self.release()

    def release(self) -> None:
        self._is_holding = False
        if self._parts:
            self._transport.write(b"".join(self._parts))
            self._parts.clear()


class HttpProtocol(HttpToolsProtocol):
    """Responds 431 to a request head that is too large and 408 to one that is too slow.

    Upgrades to protocols other than WebSocket are ignored.

    A response to a request whose body is still arriving, such as a 413, is held until the body is complete, and the
    rest of the body is discarded: clients that send a body before they read, and proxies such as Caddy that stop
    reading it once there is a response, would see a reset connection instead. It is sent earlier if nothing arrives
    for `BODY_PAUSE`, and at once if the body is longer than `MAX_DRAINED_BODY`, or waits for `100 Continue`.

    Of a body without a length, up to `MAX_DRAINED_BODY` are discarded, and of one that declares more,
    `MAX_DRAINED_OF_LONGER_BODY`. Then the connection is closed.
    """

    MAX_HEAD_BYTES: ClassVar[int] = 65_536
    MAX_FIELDS: ClassVar[int] = 100
    MAX_DRAINED_BODY: ClassVar[int] = 256 << 20  # bytes; a body up to this length is read to its end
    MAX_DRAINED_OF_LONGER_BODY: ClassVar[int] = (
        4 << 20
    )  # of a longer body after its response, or after a rejected request
    HEAD_TIMEOUT: ClassVar[float] = 30  # seconds
    CLOSE_DELAY: ClassVar[float] = 2  # seconds that a rejected client has to read the response
    BODY_PAUSE: ClassVar[float] = 10  # seconds; asynchronous clients encrypt a whole body before they send any of it
    MAX_HELD_BYTES: ClassVar[int] = 65_536  # of a response

    _is_in_head = _is_in_body = False
    _made_progress = False  # a head or a response was completed since the timer was set
    _is_draining = False
    _idle_bytes = 0  # received without starting a request or belonging to a body
    _unread_bytes = 0
    _has_body_bytes = _closes_after_body = False
    _timer: asyncio.TimerHandle | None = None
    _held: _HeldResponse | None = None
    _read_at: float = 0  # when the body was last read, in the time of the loop

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._set_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timer()
        self._held = None
        super().connection_lost(exc)

    def shutdown(self) -> None:
        self._release_response()
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if len(data) <= self.MAX_HEAD_BYTES:
            self._feed(data)
            return
        for start in range(0, len(data), self.MAX_HEAD_BYTES):
            self._feed(data[start : start + self.MAX_HEAD_BYTES])

    def on_message_begin(self) -> None:
        self._is_in_head = True
        self._idle_bytes = self._unread_bytes = 0
        self._has_body_bytes = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        size = len(self.url) + sum([len(name) + len(value) for name, value in self.headers])
        if size > self.MAX_HEAD_BYTES or len(self.headers) > self.MAX_FIELDS:
            raise self._head_too_large()
        previous = self.cycle
        super().on_headers_complete()
        if self.cycle is not previous and not self.cycle.keep_alive:  # an upgrade starts no cycle here
            self.cycle.transport = cast("asyncio.Transport", _DeferredClose(self.transport, self._close_after_body))
        self._is_in_head = False
        self._is_in_body = self._made_progress = True

    def on_body(self, body: bytes) -> None:
        self._has_body_bytes = True
        self._idle_bytes = 0
        if self._has_response:
            self._unread_bytes += len(body)
            if self._unread_bytes > self._unread_limit:
                self._release_response()
                self._close_for_reading()
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_in_body = False
        super().on_message_complete()
        self._release_response()
        if self._closes_after_body:
            self.transport.close()

    def on_response_complete(self) -> None:
        self._made_progress = True
        if self.flow.read_paused:
            self._read_at = self.loop.time()
        super().on_response_complete()
        if self._is_in_body and self.expect_100_continue and not self._has_body_bytes:
            self.transport.close()  # the client holds the body back, and may never send it
        if self._held is not None and not self._held.is_empty:
            self._release_on_pause(self._held)

    def _hold_response(self) -> None:
        """Hold the response of the newest request, whose body is arriving."""
        if self._held is not None or self.cycle.response_started or self.expect_100_continue:
            return
        if self._content_length <= self.MAX_DRAINED_BODY:
            self._held = _HeldResponse(self.cycle.transport, limit=self.MAX_HELD_BYTES)
            self.cycle.transport = cast("asyncio.Transport", self._held)

    def _release_response(self) -> None:
        if self._held is not None:
            self._held.release()
            self._held = None

    def _release_on_pause(self, held: _HeldResponse) -> None:
        """Release the response once no bytes of the body came for `BODY_PAUSE`."""
        if held is not self._held:
            return
        left = self._read_at + self.BODY_PAUSE - self.loop.time()
        if left <= 0:
            self._release_response()
        else:
            self.loop.call_later(left, self._release_on_pause, held)

    @property
    def _content_length(self) -> int:
        """The length of the body in bytes, 0 if it is chunked."""
        return next((int(value) for name, value in self.headers if name == b"content-length"), 0)

    @property
    def _unread_limit(self) -> int:
        content_length = self._content_length
        return self.MAX_DRAINED_BODY if content_length <= self.MAX_DRAINED_BODY else self.MAX_DRAINED_OF_LONGER_BODY

    def _close_after_body(self) -> None:
        """Close the connection once the body has arrived: closing with unread bytes resets it before the response."""
        if self._is_in_body:
            self._closes_after_body = True
        else:
            self.transport.close()

    def _should_upgrade(self) -> bool:
        """Defer the response to the end of the head, where `_upgrade` looks at the kind of upgrade."""
        return True

    @property
    def _has_response(self) -> bool:
        """Whether the newest request has its response, and so all before it."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def _is_between_requests(self) -> bool:
        """Whether the next byte is the first of a request, which may be responded to at once."""
        is_reading = self._is_draining or self._is_in_head or self._is_in_body or self._idle_bytes > 0
        return not is_reading and self._has_response and not self.flow.write_paused

    def _feed(self, data: bytes) -> None:
        if self._is_draining:
            self._discard(len(data))
            return
        self._idle_bytes += len(data)
        try:
            while data and not self._is_draining:
                data = self._parse(data)
        except httptools.HttpParserError as error:
            reason = error.__context__
            self._reject(
                reason if isinstance(reason, RequestError) else RequestError("This is not an HTTP/1.1 request.")
            )
        if self._idle_bytes > self.MAX_HEAD_BYTES and not self._is_draining:
            self._reject(self._head_too_large())
        if self._is_in_body and not self._is_draining:
            self._read_at = self.loop.time()
            self._hold_response()

    def _parse(self, data: bytes) -> bytes:
        """Return the bytes that follow the head of an upgrade, or none."""
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
            self._reject(RequestError("CONNECT is not supported."))
        elif self._get_upgrade() == b"websocket" and (method, version) == ("GET", "1.1") and self._has_response:
            self._stop_reading()
            self.handle_websocket_upgrade()
        else:
            # the parser stops at an upgrade: feed a new one the head without the header
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            kept = [b"%b: %b\r\n" % field for field in self.headers if field[0] != b"upgrade"]
            self.parser.feed_data(
                b"%b %b HTTP/%b\r\n%b\r\n" % (method.encode(), self.url, version.encode(), b"".join(kept))
            )

    def _reject(self, error: RequestError) -> None:
        """Send the error response, after those of earlier requests, and read nothing more."""
        self._release_response()
        self._stop_reading()
        if not self._is_in_body:
            if self._has_response:
                self._send_error(error)
            else:
                self.cycle.keep_alive = False  # responses are pending, and the last of them closes the connection
        elif self.cycle.response_started or self.pipeline:
            self.transport.close()
        else:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._send_error(error)

    def _send_error(self, error: RequestError) -> None:
        body = orjson.dumps({"errors": [request_error_payload(error)]})
        fields = [
            *self.server_state.default_headers,
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        head = STATUS_LINE[error.status] + b"".join(b"%b: %b\r\n" % field for field in fields)
        self.transport.write(head + b"\r\n" + body)
        self._end_sending()

    def _end_sending(self) -> None:
        """Close in a moment: at once, with unread bytes, would reset the connection before the response is read."""
        self.transport.write_eof()
        self._timer = self.loop.call_later(self.CLOSE_DELAY, self.transport.abort)

    def _close_for_reading(self) -> None:
        """Read nothing more, and close in a moment."""
        self._stop_reading()
        self.flow.pause_reading()
        self._end_sending()

    def _discard(self, count: int) -> None:
        self._unread_bytes += count
        if self._unread_bytes > self.MAX_DRAINED_OF_LONGER_BODY:
            self.transport.abort()

    def _stop_reading(self) -> None:
        self._is_draining, self._unread_bytes = True, 0
        self._cancel_timer()

    def _set_timer(self) -> None:
        """Set the timer of the connection. It is not reset per request, so a silent client has one to two periods."""
        self._made_progress = False
        self._timer = self.loop.call_later(self.HEAD_TIMEOUT, self._on_timeout)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_timeout(self) -> None:
        is_kept_alive = self.cycle is not None and not self._is_in_head and not self._is_in_body
        if (
            self._made_progress or not self._has_response or is_kept_alive
        ):  # between requests the keep-alive timer of uvicorn applies
            self._set_timer()
        elif self._held is not None:
            self._release_response()
            self._set_timer()
        elif self._is_in_head:
            message = f"The request head did not arrive within {self.HEAD_TIMEOUT:g} seconds."
            status = HTTPStatus.REQUEST_TIMEOUT
            self._reject(RequestError(message, code=RequestErrorCode.REQUEST_TIMEOUT, status=status))
        else:
            self.transport.close()

    def _head_too_large(self) -> RequestError:
        return RequestError(
            f"A request head may have up to {self.MAX_HEAD_BYTES:,} bytes and {self.MAX_FIELDS} fields.",
            code=RequestErrorCode.HEADERS_TOO_LARGE,
            status=HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        )
