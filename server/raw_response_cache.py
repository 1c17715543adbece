"""A cache of whole responses by the bytes of the request, for clients that poll with the same bytes each time.

JSON-RPC messages that differ in their id alone have one entry.

The protocol sends these responses without parsing the request. Each time, the key is checked, the read is counted, the
body is taken from the cache of results or, once it is stale, made again, and the request ID, the date, the length and
the rate-limit headers are new. It has nothing to do with idempotency keys: what it returns are reads.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from accounts.principal import Principal
from kit.eager_task import start_eagerly
from kit.errors import RateLimited
from kit.instruments import Number
from kit.lru import LeastRecentlyUsed
from kit.metrics import CACHED_BYTES, CACHED_RESPONSES, HTTP_REQUESTS
from server.request_metrics import labels_of
from web.cacheable_response import CACHEABLE_RESPONSE, RAW_REQUEST, CacheableResponse
from web.message_ids import IdSpan, result_message
from web.request import headers_of, new_request_id
from web.request_ids import HEADER as REQUEST_ID_HEADER
from web.request_log import LoggedRequest, log_request
from web.result_cache import ResultCache

CAPACITY = 16_000_000  # bytes
ENTRY_OVERHEAD = 1_000  # bytes
PARAMETERS_WEIGHT = 3  # bytes per byte of a request whose parsed parameters are kept
MAX_REQUEST = 32_768  # bytes of a request whose response is cached
OK = 200
END_OF_HEAD = b"\r\n\r\n"
STATUS_LINE = b"HTTP/1.1 200 OK\r\n"
REQUEST_ID = REQUEST_ID_HEADER.lower().encode()
CONTENT_LENGTH = b"content-length"
RATE_LIMIT_PREFIX = b"x-ratelimit-"
_RESPONSES, _BYTES = CACHED_RESPONSES.series("socket"), CACHED_BYTES.series("socket")

RawRequest = tuple[str | None, bytes]
"""The address of the peer and the bytes of the request."""
Headers = Sequence[tuple[bytes, bytes]]


class CallerLookup(Protocol):
    """The callers of requests, by the fingerprints of their keys."""

    def fingerprint(self, headers: Mapping[str, str]) -> str | None:
        """Return the fingerprint of the request's key."""

    def known_principal(self, fingerprint: str) -> Principal | None:
        """Return the principal of a key that was valid a few seconds ago and has not been revoked since."""

    def count_read(self, principal: Principal, response_headers: dict[str, str]) -> None:
        """Count a read and set the rate-limit headers. Raises `RateLimited`."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A request with its response. `head` holds the status line and the constant headers of the response."""

    fingerprint: str
    response: CacheableResponse
    head: bytes
    has_own_id: bool
    """Whether the client chose the request ID, which is then one of the constant headers."""
    logged: LoggedRequest
    requests: Number
    """Counts the responses, with those to other requests of the same API and method."""


class RawResponseCache:
    """Responses by peer address and request bytes, up to a number of bytes; the least recently used are removed."""

    def __init__(
        self, results: ResultCache, callers: CallerLookup, *, logs_requests: bool, capacity: int = CAPACITY
    ) -> None:
        self._results, self._callers, self._logs_requests = results, callers, logs_requests
        self._entries: LeastRecentlyUsed[RawRequest, _Entry] = LeastRecentlyUsed(capacity=capacity)
        self._entries.on_removed = self._remove_head
        self.responses = 0
        """The number of responses that were sent from the cache."""
        self._renewals: set[asyncio.Task[None]] = set()
        self._heads: dict[RawRequest, Counter[IdSpan | None]] = {}  # of the requests with a body

    @property
    def weight(self) -> int:
        """Estimated bytes of the entries."""
        return self._entries.weight

    def is_head(self, peer: str | None, data: bytes) -> bool:
        """Whether the data is the head of a request in the cache, without its body."""
        return (peer, data) in self._heads

    def respond(self, peer: str | None, request: bytes, default_headers: Headers) -> bytes | None:
        """Return the whole response to the bytes of one request, or None if it has to be processed.

        `peer` is the address at the other end of the connection, on which the meaning of `X-Forwarded-*` depends.
        """
        started = time.perf_counter()
        entry, id = self._find(peer, request)
        if entry is None:
            return None
        principal = self._callers.known_principal(entry.fingerprint)
        if principal is not entry.response.principal and principal != entry.response.principal:
            return None
        body = self._results.get(entry.response.result_key) or self._renewed(entry.response)
        if body is None:
            return None
        if id is not None:
            body = result_message(id, body)
        limits: dict[str, str] = {}
        try:
            self._callers.count_read(entry.response.principal, limits)
        except RateLimited:
            return None
        parts = [entry.head, b"%b: %d\r\n" % (CONTENT_LENGTH, len(body))]
        parts += [b"%b: %b\r\n" % header for header in default_headers]
        parts += [f"{name}: {value}\r\n".encode("latin-1") for name, value in limits.items()]
        request_id = None if entry.has_own_id else new_request_id()
        if request_id is not None:
            parts.append(b"%b: %b\r\n" % (REQUEST_ID, request_id.encode()))
        if self._logs_requests:
            log_request(entry.logged, status=OK, size=len(body), started=started, request_id=request_id)
        self.responses += 1
        entry.requests.value += 1
        _RESPONSES.value += 1
        _BYTES.value += len(body)
        return b"".join([*parts, b"\r\n", body])

    def record(self, scope: Scope, response_headers: Headers) -> None:
        """Add the response, with these headers, to a request that may be sent again with the same bytes."""
        state = scope["state"]
        response: CacheableResponse = state[CACHEABLE_RESPONSE]
        request_headers = headers_of(scope)
        fingerprint = self._callers.fingerprint(request_headers)
        if fingerprint is None:
            return
        own_id = request_headers.get(REQUEST_ID.decode(), "").encode("latin-1")
        has_own_id = (REQUEST_ID, own_id) in response_headers
        constant = [
            b"%b: %b\r\n" % (name, value)
            for name, value in response_headers
            if name != CONTENT_LENGTH and not name.startswith(RATE_LIMIT_PREFIX) and (has_own_id or name != REQUEST_ID)
        ]
        logged = LoggedRequest.of(scope)
        requests = HTTP_REQUESTS.series(*labels_of(scope, OK))
        entry = _Entry(fingerprint, response, STATUS_LINE + b"".join(constant), has_own_id, logged, requests)
        peer, request = state[RAW_REQUEST]
        span = response.id_span
        if span is not None:
            request = span.without_id(request)
        weight = len(request) + len(entry.head) + ENTRY_OVERHEAD
        if response.renew_result is not None:
            weight += PARAMETERS_WEIGHT * len(request)
        self._entries.put((peer, request), entry, weight=weight)
        if (peer, request) in self._entries and (head := _head_of(request)) != request:
            self._heads.setdefault((peer, head), Counter())[span] += 1

    def _renewed(self, response: CacheableResponse) -> bytes | None:
        """Return the body of a response whose result is no longer current, if it can be made again without waiting.

        If it has to wait, for the database, the result is stored when that is over; the request is processed.
        """
        if response.renew_result is None:
            return None
        renewal = copy_context().run(start_eagerly, response.renew_result(), asyncio.get_running_loop())
        if renewal is not None:
            self._renewals.add(renewal)
            renewal.add_done_callback(self._renewals.discard)
            return None
        return self._results.get(response.result_key)

    def _find(self, peer: str | None, request: bytes) -> tuple[_Entry | None, bytes | None]:
        """Return the entry of a request, and the id of its message if that may be any."""
        entry = self._entries.get((peer, request))
        if entry is not None or len(request) > MAX_REQUEST:
            return entry, None
        for span in self._heads.get((peer, _head_of(request)), ()):
            id = None if span is None else span.id_in(request)
            entry = None if span is None or id is None else self._entries.get((peer, span.without_id(request)))
            if entry is not None:
                return entry, id
        return None, None

    def _remove_head(self, raw_request: RawRequest, entry: _Entry) -> None:
        peer, request = raw_request
        key, span = (peer, _head_of(request)), entry.response.id_span
        spans = self._heads.get(key)
        if spans is None:
            return
        spans[span] -= 1
        if spans[span] <= 0:
            del spans[span]
        if not spans:
            del self._heads[key]


def _head_of(request: bytes) -> bytes:
    """Return a request without its body."""
    head, end, _ = request.partition(END_OF_HEAD)
    return head + end


class RawResponseRecorder:
    """ASGI middleware, outside all that add headers: caches responses that endpoints mark as cacheable."""

    def __init__(self, app: ASGIApp, *, raw_response_cache: RawResponseCache) -> None:
        self._app, self._raw_response_cache = app, raw_response_cache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_and_record(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == OK:
                state = scope.get("state", {})
                if CACHEABLE_RESPONSE in state and RAW_REQUEST in state:
                    self._raw_response_cache.record(scope, message["headers"])
            await send(message)

        await self._app(scope, receive, send_and_record)
