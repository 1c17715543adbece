"""The ASGI application: which path goes where."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import unquote, urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from database.transaction import Database
from dialects.routes import dialect_routes
from generations.change_notification import listen_for_changes
from kit.clock import AdjustedClock, Clock
from providers.backend import Backend
from server.cors import ApiCors
from server.endpoint_services import EndpointServices
from server.endpoints.callbacks import callback_route
from server.endpoints.graphiql import graphiql_routes
from server.endpoints.health import health_routes
from server.endpoints.media import media_endpoint
from server.endpoints.metrics import metrics_route
from server.endpoints.uploads import upload_route
from server.error_handlers import internal_error, method_not_allowed, no_api_on_worker, not_found
from server.graphql.execution.query_cache import QueryCache
from server.graphql.schema import build_schema
from server.graphql.transports.http import GraphQLEndpoint
from server.graphql.transports.stream_registry import StreamRegistry
from server.path_prefix import PathPrefix
from server.raw_response_cache import RawResponseCache, RawResponseRecorder
from server.request_metrics import count_response
from server.runtime import Runtime, open_runtime
from server.setting_values import ANY_ORIGIN
from server.settings import Settings
from server.websocket_bypass import WebSocketBypass
from web.cacheable_response import mark_cacheable
from web.request_ids import RequestIds
from web.request_log import log_response
from web.request_observer import RequestObserver

EXPOSED_HEADERS = (
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "Retry-After",
    "Idempotent-Replayed",
    "X-Request-Id",
)
CACHED_QUERIES = frozenset({"__typename", "generation", "node", "provider", "providers"})


class Application:
    """One server: its routes from the beginning, its runtime from start to stop."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        backends: Mapping[str, Backend] | None = None,
        process_number: int | None = None,
    ) -> None:
        """`process_number` tells one of several processes on the same port from the others, in metrics."""
        self.settings = settings
        self._clock, self._backends = clock or AdjustedClock(), backends
        self._process_number = process_number
        self._local_url = f"http://{settings.host}:{settings.port}"
        self._streams = StreamRegistry()
        self._runtime: Runtime | None = None
        services = EndpointServices(self._current_runtime, base_url=settings.base_url, clock=self._clock)
        self._endpoint_services = services
        self.raw_response_cache = RawResponseCache(services.results, services, logs_requests=settings.log.requests)

    @property
    def runtime(self) -> Runtime:
        if self._runtime is None:
            raise RuntimeError("the application is used outside its lifespan")
        return self._runtime

    def set_listening_url(self, url: str) -> None:
        """Set the URL under which this machine reaches the server, once the port is known."""
        self._local_url = url

    def asgi(self) -> Starlette:
        """Return the application for an ASGI server: that of the API, or the health of a worker."""
        return self._api() if self.settings.role.serves_api else self._worker()

    def _worker(self) -> Starlette:
        return Starlette(
            routes=self._operator_routes(),
            middleware=[Middleware(RequestIds), self._request_observer()],
            exception_handlers={404: no_api_on_worker, 405: method_not_allowed, 500: internal_error},
            lifespan=self._lifespan,
        )

    def _api(self) -> Starlette:
        origins = [ANY_ORIGIN] if self.settings.dev else list(self.settings.allowed_origins)
        services = self._endpoint_services
        graphql = GraphQLEndpoint(
            build_schema(),
            authenticate=services.authenticate,
            make_context=services.make_context,
            count_read=services.count_read,
            count_operation=services.count_operation,
            cache=QueryCache(services.results, services.viewer, CACHED_QUERIES, mark_cacheable),
            allowed_origins=frozenset(origins),
            base_url=self.settings.base_url,
            clock=self._clock,
            stream_registry=self._streams,
        )
        return Starlette(
            routes=[
                Route("/graphql", graphql),
                Mount("/media", media_endpoint(self._current_runtime)),
                callback_route(self._current_runtime),
                upload_route(services),
                *self._operator_routes(),
                *dialect_routes(services),
                Route("/", _redirect_to_graphiql),
                *graphiql_routes(self.settings.graphiql),
            ],
            middleware=[
                Middleware(RawResponseRecorder, raw_response_cache=self.raw_response_cache),
                *self._path_prefix(),
                Middleware(WebSocketBypass, path="/graphql", endpoint=graphql),
                Middleware(RequestIds),
                self._request_observer(),
                Middleware(ApiCors, origins=origins, expose_headers=EXPOSED_HEADERS, without="/media/"),
            ],
            exception_handlers={404: not_found, 405: method_not_allowed, 500: internal_error},
            lifespan=self._lifespan,
        )

    def _operator_routes(self) -> list[Route]:
        metrics = metrics_route(self._current_runtime, self.settings, process_number=self._process_number)
        return [*health_routes(self._current_runtime), metrics]

    def _request_observer(self) -> Middleware:
        observers = [count_response, log_response] if self.settings.log.requests else [count_response]
        return Middleware(RequestObserver, observers=observers)

    def _path_prefix(self) -> list[Middleware]:
        prefix = unquote(urlsplit(self.settings.base_url or "").path)
        return [Middleware(PathPrefix, prefix=prefix)] if prefix else []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the runtime, and close it in the end."""
        opening = open_runtime(self.settings, own_url=self._own_url, clock=self._clock, backends=self._backends)
        async with opening as runtime:
            self._runtime = runtime
            self._keep_results_current(runtime.services.database)
            yield
            self._runtime = None

    def _keep_results_current(self, database: Database) -> None:
        results = self._endpoint_services.results
        database.change_listeners.append(results.invalidate)
        listen_for_changes(
            database, lambda change: results.invalidate([change.generation_id]), on_listening=results.clear
        )

    def end_streams(self) -> None:
        """End subscriptions and long polls over HTTP, which a stopping server would wait for."""
        self._streams.end_all()
        self.runtime.services.shutdown_timeouts.end_all()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self.running():
            yield

    def _current_runtime(self) -> Runtime:
        return self.runtime

    def _own_url(self) -> str:
        return self.settings.base_url or self._local_url


async def _redirect_to_graphiql(request: Request) -> Response:
    return RedirectResponse(request.scope.get("root_path", "") + "/graphiql/")
