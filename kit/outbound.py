"""The HTTP client for URLs that a user or an upstream provided. It connects to public addresses alone (SSRF guard)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import httpcore
import httpx

from kit.content_types import BEGINNING_BYTES, UNTYPED, is_web_page
from kit.dns import Resolver, SystemResolver
from kit.ip_addresses import Address, Network, is_allowed, literal_address
from kit.response_head import CountedStream, ResponseHeadLimit
from kit.text import truncate_words
from kit.tls import tls_context

MAX_URL_LENGTH = 4096  # characters
MAX_REDIRECTS = 3
MAX_PORT = 65_535
REDIRECTS = frozenset({301, 302, 303, 307, 308})
CONNECT_TIMEOUT = timedelta(seconds=10)
IDLE_TIMEOUT = timedelta(seconds=15)  # between two chunks of a response
WRITE_BUFFER = 1 << 20  # bytes
URL_HINT = "Use an https:// address that anyone on the internet can reach."
RETRY_HINT = "Check the address and send it again."


class OutboundRequestFailed(Exception):
    """The URL may not be requested, the request failed, or the response is not the expected file.

    `details` holds `field`, the field of the client's request with the URL; `reason`, for programs; and numbers.
    """

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message, self.details = message, details


@dataclass(frozen=True, slots=True)
class Fetched:
    """A downloaded file. `media_type` is the Content-Type that the server sent."""

    media_type: str
    size: int
    final_url: str


@dataclass(frozen=True, slots=True)
class Response:
    """The response to a POST: its status and the start of its body."""

    status: int
    body: bytes


def validate_url(
    url: str, *, allowed_networks: Sequence[Network] = (), allow_http: bool = False, field: str = "input"
) -> httpx.URL:
    """Validate a URL without network access: scheme, credentials and literal private addresses.

    Raises `OutboundRequestFailed` with `field`; returns the parsed URL.
    """
    parsed = _parsed(url, field)
    schemes = ("https", "http") if allow_http else ("https",)
    if parsed.scheme not in schemes:
        given = f"`{parsed.scheme}:` addresses are not used here." if parsed.scheme else "The address has no scheme."
        raise _failed(f"{given} {URL_HINT}", field=field, reason="scheme")
    if not parsed.host or not (parsed.port is None or 0 < parsed.port <= MAX_PORT):
        raise _failed(f"The URL has no host, or an invalid port. {URL_HINT}", field=field, reason="malformed")
    if parsed.userinfo:
        raise _failed(
            f"The address of {parsed.host} carries a user name or password. Use a signed URL in its place.",
            field=field,
            reason="credentials",
        )
    _check_literal(parsed.raw_host.decode(), allowed_networks, field)
    return parsed


class SafeHttpClient:
    """Downloads and posts, connecting only to globally routable addresses or those in `allowed_networks`.

    Every failure is an `OutboundRequestFailed`.
    """

    def __init__(
        self,
        *,
        allowed_networks: Sequence[Network] = (),
        allow_http: bool = False,
        resolve: Resolver | None = None,
        idle_timeout: timedelta = IDLE_TIMEOUT,
    ) -> None:
        self._allowed_networks = tuple(allowed_networks)
        self._allow_http = allow_http
        self._resolve = resolve or SystemResolver()
        self._idle_timeout = idle_timeout

    def validate_url(self, url: str, *, field: str = "input") -> httpx.URL:
        """Validate a URL under the rules of this client."""
        return validate_url(url, allowed_networks=self._allowed_networks, allow_http=self._allow_http, field=field)

    async def fetch(
        self,
        url: str,
        *,
        max_bytes: int,
        timeout: timedelta,  # noqa: ASYNC109 - a bound of the contract, kept by asyncio.timeout below
        accept: tuple[str, ...],
        destination: Path,
        recognizes: Callable[[bytes], bool] = lambda beginning: False,
        field: str = "input",
    ) -> Fetched:
        """Download `url` to `destination`; on failure no file is left.

        `accept` lists prefixes of media types such as `image/`. A file that is sent with another type is taken if
        `recognizes` says that its first bytes are those of a media file. Follows at most three redirects, each
        validated.
        """
        with ExitStack() as on_failure:
            on_failure.callback(destination.unlink, missing_ok=True)
            async with _time_limited(url, timeout, field=field, idle_timeout=self._idle_timeout):
                fetched = await self._follow(url, _FetchOptions(max_bytes, accept, destination, recognizes, field))
            on_failure.pop_all()
        return fetched

    async def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        timeout: timedelta,  # noqa: ASYNC109 - as above
        max_response_bytes: int,
        field: str = "webhookUrl",
    ) -> Response:
        """Send `body` and read up to `max_response_bytes` of the response. Redirects are not followed."""
        async with _time_limited(url, timeout, field=field, idle_timeout=self._idle_timeout):
            parsed = self.validate_url(url, field=field)
            async with self._stream("POST", parsed, headers=headers, body=body, field=field) as response:
                pieces = bytearray()
                async for piece in response.aiter_stream():
                    pieces += piece
                    if len(pieces) >= max_response_bytes:
                        break
                return Response(status=response.status, body=bytes(pieces[:max_response_bytes]))

    async def _follow(self, url: str, options: "_FetchOptions") -> Fetched:
        parsed = self.validate_url(url, field=options.field)
        headers = {"Accept": ", ".join(f"{prefix}*" if prefix.endswith("/") else prefix for prefix in options.accept)}
        for _ in range(MAX_REDIRECTS + 1):
            async with self._stream("GET", parsed, headers=headers, body=None, field=options.field) as response:
                if response.status not in REDIRECTS:
                    return await _save(response, parsed, options)
                target = _header(response, "location")
            parsed = self.validate_url(_joined(parsed, target, options.field), field=options.field)
        raise _failed(
            f"{parsed.host} redirects more than {MAX_REDIRECTS} times. Give the address it ends at.",
            field=options.field,
            reason="redirects",
        )

    @asynccontextmanager
    async def _stream(
        self, method: str, url: httpx.URL, *, headers: Mapping[str, str], body: bytes | None, field: str
    ) -> AsyncIterator[httpcore.Response]:
        sent: list[tuple[bytes | str, bytes | str]] = [
            ("Host", url.netloc),
            ("User-Agent", "doitong-server"),
            ("Accept-Encoding", "identity"),
            *headers.items(),
        ]
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        timeouts = {
            "connect": CONNECT_TIMEOUT.total_seconds(),
            "read": self._idle_timeout.total_seconds(),
            "write": self._idle_timeout.total_seconds(),
        }
        head = ResponseHeadLimit()
        tls = tls_context() if url.scheme == "https" else None
        dialer = _CheckedDialer(self._resolve, self._allowed_networks, field, head)
        async with (
            httpcore.AsyncConnectionPool(tls, max_connections=1, network_backend=dialer) as pool,
            pool.stream(method, target, headers=sent, content=body, extensions={"timeout": timeouts}) as response,
        ):
            head.is_read = True
            yield response


class _CheckedDialer(httpcore.AsyncNetworkBackend):
    """Resolves a name, checks every address, and connects to a checked one; TLS verifies the name."""

    def __init__(
        self, resolve: Resolver, allowed_networks: Sequence[Network], field: str, head: ResponseHeadLimit
    ) -> None:
        self._resolve, self._allowed_networks, self._field, self._head = resolve, allowed_networks, field, head
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the backend's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError("no address")
        for address in await self._addresses(host, port):
            try:
                stream = await self._sockets.connect_tcp(str(address), port, timeout, local_address, socket_options)
                return CountedStream(stream, self._head)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _addresses(self, host: str, port: int) -> Sequence[Address]:
        literal = literal_address(host)
        try:
            addresses = [literal] if literal is not None else await self._resolve(host, port)
        except (OSError, UnicodeError):  # the system resolver cannot encode some names
            addresses = []
        if not addresses:
            raise _failed(f"{host} has no address. {URL_HINT}", field=self._field, reason="unreachable")
        if not all(is_allowed(address, self._allowed_networks) for address in addresses):
            raise _private(host, self._field)
        return addresses


@dataclass(frozen=True, slots=True)
class _FetchOptions:
    max_bytes: int
    accept: tuple[str, ...]
    destination: Path
    recognizes: Callable[[bytes], bool]
    field: str


async def _save(response: httpcore.Response, url: httpx.URL, options: _FetchOptions) -> Fetched:
    media_type = _header(response, "content-type").partition(";")[0].strip().lower()
    _check_head(response, url, options=options, media_type=media_type)
    file: BinaryIO = await asyncio.to_thread(options.destination.open, "wb", buffering=WRITE_BUFFER)
    size, beginning = 0, b""
    with file:
        async for piece in response.aiter_stream():
            if size < BEGINNING_BYTES:
                beginning += piece
            if size < BEGINNING_BYTES <= size + len(piece):
                _check_media_type(beginning, url.host, options=options, media_type=media_type)
            size += len(piece)
            if size > options.max_bytes:
                raise _too_large(url.host, options)
            file.write(piece)
    if size < BEGINNING_BYTES:
        _check_media_type(beginning, url.host, options=options, media_type=media_type)
    return Fetched(media_type=media_type, size=size, final_url=str(url))


def _check_head(response: httpcore.Response, url: httpx.URL, *, options: _FetchOptions, media_type: str) -> None:
    if response.status != 200:
        raise _failed(
            f"{url.host} answered {response.status}. Check that the address opens without signing in.",
            field=options.field,
            reason="status",
            status=response.status,
        )
    if _header(response, "content-encoding").lower() not in ("", "identity"):
        _check_media_type(b"", url.host, options=options, media_type=media_type)
        raise _failed(f"{url.host} sent the file compressed. {URL_HINT}", field=options.field, reason="encoding")
    length = _header(response, "content-length")
    if length.isdecimal() and int(length) > options.max_bytes:
        raise _too_large(url.host, options)


def _check_media_type(beginning: bytes, host: str, *, options: _FetchOptions, media_type: str) -> None:
    """Refuse a page, and what neither the type nor the first bytes say to be a media file."""
    if media_type.startswith(options.accept) or options.recognizes(beginning):
        return
    if media_type not in UNTYPED or is_web_page(beginning):
        sent = "a page" if media_type in UNTYPED else media_type
        needed = " or ".join(f"{prefix}…" for prefix in options.accept)
        raise _failed(
            f"{host} sent {sent} instead of {needed}. Link to the file, not to a page.",
            field=options.field,
            reason="media_type",
        )


@asynccontextmanager
async def _time_limited(url: str, time_limit: timedelta, *, field: str, idle_timeout: timedelta) -> AsyncIterator[None]:
    """Bound the whole exchange by `time_limit` and convert its failures."""
    try:
        async with asyncio.timeout(time_limit.total_seconds()):
            yield
    except (TimeoutError, httpcore.TimeoutException) as error:
        text = f"{_host(url)} {_exceeded_limit(error, time_limit, idle_timeout)}. {RETRY_HINT}"
        raise _failed(text, field=field, reason="timeout") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        text = f"{_host(url)} could not be reached, or broke off. {RETRY_HINT}"
        raise _failed(text, field=field, reason="unreachable") from error


def _exceeded_limit(error: Exception, time_limit: timedelta, idle_timeout: timedelta) -> str:
    """Return which time limit was exceeded."""
    if isinstance(error, httpcore.ConnectTimeout):
        return f"took no connection within {CONNECT_TIMEOUT.total_seconds():g} s"
    if isinstance(error, httpcore.TimeoutException):
        return f"was silent for {idle_timeout.total_seconds():g} s"
    return f"took longer than {time_limit.total_seconds():g} s in all"


def _parsed(url: str, field: str) -> httpx.URL:
    text = url.strip()
    if len(text) > MAX_URL_LENGTH:
        raise _failed(
            f"The URL is longer than {MAX_URL_LENGTH} characters. Use a shorter one.",
            field=field,
            reason="malformed",
        )
    try:
        parsed = httpx.URL(text)
        parsed.host  # noqa: B018  it is decoded here, and some cannot be
    except (httpx.InvalidURL, ValueError) as error:
        raise _failed(f"This is not an address. {URL_HINT}", field=field, reason="malformed") from error
    if any(character in text for character in "\\ \t\r\n"):
        raise _failed("The address has spaces or backslashes. Percent-encode them.", field=field, reason="malformed")
    return parsed.copy_with(fragment=None)


def _check_literal(host: str, allowed_networks: Sequence[Network], field: str) -> None:
    try:
        literal = literal_address(host)
    except ValueError as error:
        raise _failed(
            f"{host} is not a standard notation of an address. {URL_HINT}", field=field, reason="private"
        ) from error
    if literal is not None and not is_allowed(literal, allowed_networks):
        raise _private(host, field)


def _joined(base: httpx.URL, target: str, field: str) -> str:
    try:
        return str(base.join(target))
    except (httpx.InvalidURL, ValueError) as error:
        raise _failed(f"{base.host} redirects to no address.", field=field, reason="malformed") from error


def _header(response: httpcore.Response, name: str) -> str:
    encoded = name.encode()
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == encoded), "")


def _host(url: str) -> str:
    return httpx.URL(url.strip()).host


def _private(host: str, field: str) -> OutboundRequestFailed:
    return _failed(f"{host} is not on the public internet. {URL_HINT}", field=field, reason="private")


def _too_large(host: str, options: _FetchOptions) -> OutboundRequestFailed:
    return _failed(
        f"The file at {host} is larger than {options.max_bytes:,} bytes. Send a smaller one.",
        field=options.field,
        reason="too_large",
        maxBytes=options.max_bytes,
    )


def _failed(message: str, *, field: str, reason: str, **more: object) -> OutboundRequestFailed:
    return OutboundRequestFailed(truncate_words(message), field=field, reason=reason, **more)
