"""The ASGI application: which address goes where."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from graphql import OperationType
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from accounts.keys import Principal
from accounts.limits import ReadCounter
from database.transaction import DatabaseUnavailable
from kit.clock import Clock
from kit.errors import DoitongError, RateLimited
from providers.backend import Backend
from resolvers.context import Context, rate_headers, refused_headers
from server.endpoints.callbacks import callback_route
from server.endpoints.console import console
from server.endpoints.media import MediaEndpoint
from server.endpoints.uploads import IncomingUpload, closing_headers, upload_body
from server.error_handlers import internal_error, method_not_allowed, not_found
from server.graphql.context import RequestInfo, ResponseHeaders, Transport
from server.graphql.schema import build_schema
from server.graphql.transports.http import GraphQLEndpoint
from server.graphql.transports.stream_registry import StreamRegistry
from server.roles.runtime import Runtime, open_runtime
from server.settings import Settings
from server.websocket_bypass import WebSocketBypass
from web.credentials import extract_api_key
from web.error_response import error_body
from web.request_ids import RequestIds

EXPOSED_HEADERS = (
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "Retry-After",
    "Idempotent-Replayed",
    "X-Request-Id",
)
EVERYBODY = "*"


class Application:
    """One server: its addresses from the beginning, its runtime from start to end."""

    def __init__(
        self, settings: Settings, *, clock: Clock | None = None, backends: Mapping[str, Backend] | None = None
    ) -> None:
        self.settings = settings
        self._clock, self._backends = clock, backends
        self._reads = ReadCounter()
        self._listens_at = f"http://{settings.host}:{settings.port}"
        self._streams = StreamRegistry()
        self._runtime: Runtime | None = None

    @property
    def runtime(self) -> Runtime:
        if self._runtime is None:
            raise RuntimeError("the application is used outside its lifespan")
        return self._runtime

    def listens_at(self, url: str) -> None:
        """Say what this machine reaches the server under, once that is known."""
        self._listens_at = url

    def asgi(self) -> Starlette:
        """The application for an ASGI server."""
        origins = [EVERYBODY] if self.settings.dev else list(self.settings.allowed_origins)
        endpoint = GraphQLEndpoint(
            build_schema(),
            authenticate=self._authenticate,
            make_context=self._context,
            count_refused=self._count_read,
            allowed_origins=frozenset(origins),
            clock=self._clock,
            stream_registry=self._streams,
        )
        return Starlette(
            routes=[
                Route("/graphql", endpoint),
                Mount("/media", self._serve_media),
                callback_route(lambda: self.runtime),
                Route("/uploads", self._receive_upload, methods=["POST"]),
                Route("/health", _health),
                Route("/ready", self._ready),
                Route("/", _to_console),
                *console(self.settings.console),
            ],
            middleware=[
                Middleware(WebSocketBypass, path="/graphql", endpoint=endpoint),
                Middleware(RequestIds),
                Middleware(
                    CORSMiddleware,
                    allow_origins=origins,
                    allow_methods=["GET", "POST"],
                    allow_headers=["*"],
                    expose_headers=EXPOSED_HEADERS,
                ),
            ],
            exception_handlers={404: not_found, 405: method_not_allowed, 500: internal_error},
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the runtime, and close it in the end."""
        async with open_runtime(
            self.settings, own_url=self._own_url, clock=self._clock, backends=self._backends
        ) as runtime:
            self._runtime = runtime
            yield
            self._runtime = None

    def end_streams(self) -> None:
        """End what clients follow and wait for over HTTP: a server that stops would wait for it."""
        self._streams.end_all()
        self.runtime.services.waits.end_all()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self.running():
            yield

    def _own_url(self) -> str:
        return self.settings.base_url or self._listens_at

    async def _authenticate(self, headers: Mapping[str, str]) -> Principal:
        return await self.runtime.authenticator.authenticate(extract_api_key(headers))

    def _context(self, principal: Principal, request: RequestInfo) -> Context:
        base_url = self.settings.base_url or request.base_url
        if request.operation_type is OperationType.MUTATION:
            now = self.runtime.services.clock.now()
            left = self._reads.reads_left(principal.account_id, principal.plan, at=now)
            request.response_headers.update(rate_headers(left))
        else:
            self._count_read(principal, request.response_headers)
        return Context(
            principal=principal,
            services=self.runtime.services,
            signed_url=partial(self._signed_url, base_url),
            idempotency_key=_idempotency_key(request),
            response_headers=request.response_headers,
            forget_key=self.runtime.authenticator.forget,
            base_url=base_url,
        )

    def _count_read(self, principal: Principal, response_headers: ResponseHeaders) -> None:
        try:
            now = self.runtime.services.clock.now()
            allowance = self._reads.count_read(principal.account_id, principal.plan, at=now)
        except RateLimited as refusal:
            response_headers.update(refused_headers(refusal))
            raise
        response_headers.update(rate_headers(allowance))

    def _signed_url(self, base_url: str, key: str, filename: str, expires_at: datetime) -> str | None:
        if expires_at <= self.runtime.services.clock.now():
            return None
        return base_url + self.runtime.signer.sign(key, expires_at=expires_at, filename=filename)

    async def _serve_media(self, scope: Scope, receive: Receive, send: Send) -> None:
        runtime = self.runtime
        endpoint = MediaEndpoint(runtime.store, runtime.signer, runtime.services.clock, variants=runtime.variants)
        await endpoint(scope, receive, send)

    async def _receive_upload(self, request: Request) -> Response:
        headers: dict[str, str] = {}
        arriving = IncomingUpload(request)
        try:
            principal = await self._authenticate(request.headers)
            self._count_read(principal, headers)
            upload = await arriving.receive(self.runtime.uploads, principal)
        except DoitongError as error:
            await arriving.drain()
            return JSONResponse(error_body(error), error.status, headers | closing_headers(error))
        base_url = self.settings.base_url or str(request.base_url).rstrip("/")
        return JSONResponse(upload_body(upload, partial(self._signed_url, base_url)), 201, headers)

    async def _ready(self, _: Request) -> Response:
        try:
            await self.runtime.services.database.read(
                lambda connection: connection.exec_driver_sql("SELECT 1").scalar()
            )
        except DatabaseUnavailable as error:
            return JSONResponse(error_body(error), error.status)
        return JSONResponse({"status": "ready"})


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _to_console(_: Request) -> Response:
    return RedirectResponse("/graphiql/")


def _idempotency_key(request: RequestInfo) -> str | None:
    """The header of a request; that of a socket would be one key for all its operations."""
    return None if request.transport is Transport.WEBSOCKET else request.headers.get("idempotency-key")
