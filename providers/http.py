"""The HTTP client of a backend. Credentials are sent to the upstream's own origins and nowhere else."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import orjson

from kit.errors import DoitongError, GenerationFailed, InvalidInput, ProviderUnavailable
from kit.ip_addresses import is_allowed, literal_address
from kit.text import truncate_words
from kit.tls import tls_context
from providers.backend import JSON, JSONObject, SubmissionLost, SubmissionRefused, UpstreamBusy

CONNECT_TIMEOUT = timedelta(seconds=10)
REQUEST_TIMEOUT = timedelta(seconds=30)
SYNCHRONOUS_TIMEOUT = timedelta(minutes=10)  # of a request whose response is the result
DOWNLOAD_TIMEOUT = timedelta(minutes=10)
MAX_RESPONSE_BYTES = 128_000_000  # four PNG images of 3840x2160 in base64
MAX_DOWNLOAD_BYTES = 2_000_000_000
MAX_CONNECTIONS = 16
"""Requests, and as many downloads, at a time to one upstream; submissions have connections of their own. More wait for
their turn: the work of httpx's connection pool grows with the product of its connections and its waiting requests."""
MAX_REDIRECTS = 5  # of a download, all within the upstream's own origins
MAX_RETRY_AFTER = timedelta(hours=1)
MIN_SECRET_LENGTH = 6  # characters; shorter values are not worth redacting and would damage texts
REDACTED = "[redacted]"
REQUEST_IDS = ("x-request-id", "request-id", "x-fal-request-id", "x-amzn-requestid", "cf-ray")
# Errors before the request was sent: the upstream certainly did not get it.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
BUSY_STATUSES = frozenset({429, 503})
CREDENTIAL_STATUSES = frozenset({401, 402, 403})
UNKNOWN_STATUSES = frozenset({404, 405, 410})

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Authorize = Callable[[], Mapping[str, str]]


class ForeignOrigin(GenerationFailed):
    """The upstream's response names a URL outside its own origins; no request was made to it."""


class NotSent(ProviderUnavailable):
    """The connection failed before the request was sent."""


class ResponseLost(ProviderUnavailable):
    """The request may have arrived; its response did not."""


@dataclass(frozen=True, slots=True)
class UpstreamResponse:
    """A complete response. Header names are in lower case; secrets are redacted from the body of an error."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> JSON:
        """Return the parsed body, or None if it is not JSON."""
        try:
            parsed: JSON = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        return parsed

    def json_object(self) -> JSONObject:
        """Return the parsed body, or an empty object if it is not a JSON object."""
        parsed = self.json()
        return parsed if isinstance(parsed, dict) else {}

    @property
    def retry_after(self) -> timedelta | None:
        return retry_after(self.headers)

    @property
    def diagnostics(self) -> JSONObject:
        """The status and the request ID, for operators."""
        request_id = next((self.headers[name] for name in REQUEST_IDS if name in self.headers), None)
        return {"status": self.status, **({"requestId": request_id[:200]} if request_id else {})}


@dataclass(eq=False)
class UpstreamClient:
    """Requests to one upstream.

    `authorize` returns the credential headers and is called for every request. `origins` are patterns of further
    origins of the upstream, such as `https://*.bfl.ai`; `secrets` are redacted from error responses.
    """

    name: str
    base_url: str
    authorize: Authorize = dict
    origins: Sequence[str] = ()
    secrets: Sequence[str] = ()
    _shared: httpx.AsyncClient | None = field(default=None, init=False)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_CONNECTIONS), init=False)
    _download_turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_CONNECTIONS), init=False)

    def __post_init__(self) -> None:
        self.base_url = self.base_url.rstrip("/")

    def url(self, address: str) -> httpx.URL:
        """Return an absolute URL: `address` is a path below the base URL or a URL that the upstream named.

        Raises `ForeignOrigin`.
        """
        try:
            url = httpx.URL(address if "://" in address else self.base_url + address)
        except httpx.InvalidURL:
            raise ForeignOrigin(f"{self.name} named something that is not a URL.") from None
        if url.userinfo or not self.owns(str(url)):
            raise ForeignOrigin(f"{self.name} named a URL on {url.host or 'no host'}, which is not one of its own.")
        return url

    def owns(self, address: str) -> bool:
        """Whether the URL is on one of the upstream's own origins.

        On a private host, such as the operator's own GPU server, every port belongs to the upstream.
        """
        try:
            url, base = httpx.URL(address), httpx.URL(self.base_url)
        except httpx.InvalidURL:
            return False
        if _origin(url) == _origin(base) or _is_same_private_host(url.host, base.host):
            return True
        return any(fnmatchcase(_origin(url), pattern) for pattern in self.origins) and "@" not in address

    async def request(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: timedelta = REQUEST_TIMEOUT,  # noqa: ASYNC109 - passed on to httpx
        **content: Any,
    ) -> UpstreamResponse:
        """Send a request that is safe to repeat. `content` is httpx's `json`, `data`, `files`, `content` or `params`.

        Raises `NotSent`, `ResponseLost` or `ForeignOrigin`.
        """
        async with self._turns:
            return await self._send(self._client(), method, address, headers=headers, timeout=timeout, **content)

    async def submit(
        self,
        address: str,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        timeout: timedelta = REQUEST_TIMEOUT,  # noqa: ASYNC109 - passed on to httpx
        **content: Any,
    ) -> UpstreamResponse:
        """Send a request that may be billed, once, on a new connection: a pooled one may be closing.

        Returns any complete response. Raises `SubmissionRefused` if the request was certainly not sent, and
        `SubmissionLost` if there is no complete response.
        """
        try:
            async with self._open(keepalive=0) as client:
                return await self._send(client, method, address, headers=headers, timeout=timeout, **content)
        except NotSent as error:
            raise SubmissionRefused(error) from error
        except ForeignOrigin as error:
            raise SubmissionRefused(error) from error
        except ResponseLost as error:
            raise SubmissionLost(error.message) from error

    async def download(
        self,
        address: str,
        destination: Path,
        *,
        authorized: bool = True,
        max_bytes: int = MAX_DOWNLOAD_BYTES,
        **request: Any,
    ) -> str:
        """Download a file from the upstream's own origin and return its media type.

        Redirects within its own origins are followed. Raises `ProviderUnavailable` for a transient failure,
        `GenerationFailed` for a permanent one.
        """
        temporary = destination.with_name(f".{destination.name}.part")
        await asyncio.to_thread(destination.parent.mkdir, parents=True, exist_ok=True)
        headers = dict(self.authorize()) if authorized else {}
        try:
            async with (
                self._download_turns,
                asyncio.timeout(DOWNLOAD_TIMEOUT.total_seconds()),
                self._follow(address, headers, **request) as response,
            ):
                _check_download(self.name, response)
                await _write(response, temporary, max_bytes=max_bytes, name=self.name)
            await asyncio.to_thread(temporary.replace, destination)
        except (httpx.HTTPError, TimeoutError) as error:
            raise ProviderUnavailable(f"A file of {self.name} could not be downloaded.") from error
        finally:
            temporary.unlink(missing_ok=True)
        return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()

    def redact(self, text: str) -> str:
        """Replace the credentials in a text."""
        for secret in self.secrets:
            if len(secret) >= MIN_SECRET_LENGTH:
                text = text.replace(secret, REDACTED)
        return text

    async def aclose(self) -> None:
        if self._shared is not None:
            await self._shared.aclose()

    async def _send(
        self,
        client: httpx.AsyncClient,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str] | None,
        timeout: timedelta,  # noqa: ASYNC109 - passed on to httpx
        **content: Any,
    ) -> UpstreamResponse:
        url = self.url(address)
        sent = {**(headers or {}), **self.authorize()}
        limits = httpx.Timeout(timeout.total_seconds(), connect=CONNECT_TIMEOUT.total_seconds())
        try:
            async with (
                asyncio.timeout(timeout.total_seconds() + CONNECT_TIMEOUT.total_seconds()),
                client.stream(method, url, headers=sent, timeout=limits, **content) as response,
            ):
                body = await _read(response)
        except NOT_SENT as error:
            raise NotSent(f"{self.name} could not be reached.") from error
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
            raise ResponseLost(f"{self.name} did not respond.") from error
        if response.status_code >= 400:
            body = self.redact(body.decode("utf-8", "replace")).encode()
        names = {name.lower(): value for name, value in response.headers.items()}
        return UpstreamResponse(response.status_code, names, body)

    @asynccontextmanager
    async def _follow(self, address: str, headers: Mapping[str, str], **request: Any) -> AsyncIterator[httpx.Response]:
        """Open the response to a GET, after redirects. Raises `ForeignOrigin`."""
        url = self.url(address)
        for _ in range(MAX_REDIRECTS + 1):
            async with self._client().stream("GET", url, headers=headers, **request) as response:
                if not response.has_redirect_location:
                    yield response
                    return
                url, request = self._redirected(url, response.headers["location"]), {}
        raise GenerationFailed(f"{self.name} redirected the download of its file too often.")

    def _redirected(self, url: httpx.URL, location: str) -> httpx.URL:
        try:
            return self.url(urljoin(str(url), location))
        except ValueError:
            raise ForeignOrigin(f"{self.name} named something that is not a URL.") from None

    def _client(self) -> httpx.AsyncClient:
        if self._shared is None:
            self._shared = self._open(keepalive=MAX_CONNECTIONS)
        return self._shared

    def _open(self, *, keepalive: int) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            verify=tls_context(),
            limits=httpx.Limits(max_connections=200, max_keepalive_connections=keepalive),
            headers={"User-Agent": "doitong-server"},
            timeout=httpx.Timeout(REQUEST_TIMEOUT.total_seconds(), connect=CONNECT_TIMEOUT.total_seconds()),
        )


def check_submission(
    name: str,
    response: UpstreamResponse,
    *,
    error: DoitongError | None = None,
    message: str = "",
    busy: bool = False,
    not_taken: bool = False,
) -> None:
    """Raise for a response that is not a success, by its HTTP status.

    `error` is the error if the backend recognized one in the body, `message` the upstream's error text. `busy` marks an
    error code that means a rate or concurrency limit. `not_taken` says that the job was certainly not taken, so that a
    server error is a rejection rather than a lost submission.
    """
    diagnostics = response.diagnostics
    if error is not None:
        raise SubmissionRefused(error, diagnostics=diagnostics)
    if busy or response.status in BUSY_STATUSES:
        raise UpstreamBusy(f"{name} is busy.", retry_after=response.retry_after, diagnostics=diagnostics)
    if response.ok:
        return
    if response.status >= 500 or response.status == 408:
        if not_taken:
            raise SubmissionRefused(
                ProviderUnavailable(f"{name} responded {response.status}."), diagnostics=diagnostics
            )
        raise SubmissionLost(f"{name} responded {response.status}.")
    raise SubmissionRefused(status_error(name, response.status, message), diagnostics=diagnostics)


def status_error(name: str, status: int, message: str = "") -> DoitongError:
    """Return the error of an HTTP status. `message` is the upstream's error text."""
    if status in CREDENTIAL_STATUSES:
        cause = "has too little balance" if status == 402 else "rejected the operator's credentials"
        return ProviderUnavailable(f"{name} cannot be used now: it {cause}.", retryable=False)
    if status in UNKNOWN_STATUSES:
        return ProviderUnavailable(f"{name} does not offer this model.")
    if status >= 500 or status in BUSY_STATUSES or 300 <= status < 400:
        return ProviderUnavailable(f"{name} responded {status}.")
    words = f": {truncate_words(message)}" if message else f" with status {status}."
    return InvalidInput(f"{name} rejected the request{words}", field="input")


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Return the delay of `retry-after-ms` or `Retry-After` (seconds or an HTTP date), at most one hour."""
    milliseconds, seconds = headers.get("retry-after-ms", ""), headers.get("retry-after", "").strip()
    delay: timedelta | None = None
    if re.fullmatch(r"\d{1,9}(\.\d{1,3})?", milliseconds):
        delay = timedelta(milliseconds=float(milliseconds))
    elif re.fullmatch(r"\d{1,9}(\.\d{1,3})?", seconds):
        delay = timedelta(seconds=float(seconds))
    elif seconds:
        try:
            moment = parsedate_to_datetime(seconds)
        except ValueError:
            return None
        delay = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)
    return None if delay is None else min(max(delay, timedelta()), MAX_RETRY_AFTER)


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode()}"


def _is_same_private_host(host: str, other: str) -> bool:
    """Whether two names are the same host that is not public; all names of this machine are the same."""
    if host in LOOPBACK and other in LOOPBACK:
        return True
    return host == other and _is_private(host)


def _is_private(host: str) -> bool:
    try:
        address = literal_address(host)
    except ValueError:
        return False
    return address is not None and not is_allowed(address)


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > MAX_RESPONSE_BYTES:
            raise httpx.ReadError("the response is too large")
    return bytes(body)


def _check_download(name: str, response: httpx.Response) -> None:
    if response.status_code == 200:
        return
    message = f"{name} responded {response.status_code} to the download of its file."
    if response.status_code in BUSY_STATUSES or response.status_code >= 500 or response.status_code == 404:
        raise ProviderUnavailable(message)
    raise GenerationFailed(message)


async def _write(response: httpx.Response, path: Path, *, max_bytes: int, name: str) -> None:
    size = 0
    with path.open("wb") as file:
        async for piece in response.aiter_bytes():
            size += len(piece)
            if size > max_bytes:
                raise GenerationFailed(f"A file of {name} is larger than {max_bytes:,} bytes.")
            file.write(piece)
