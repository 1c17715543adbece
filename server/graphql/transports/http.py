"""The GraphQL endpoint: an ASGI application for GET, POST and WebSocket on one path."""

from collections.abc import AsyncGenerator, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, Generic

import strawberry
from graphql import OperationType
from starlette.types import Receive, Scope, Send

from kit.clock import Clock, SystemClock
from kit.errors import DoitongError
from server.graphql.documents.cache import InvalidDocument, select_operation
from server.graphql.documents.limits import QueryLimits
from server.graphql.errors import DocumentError, OperationFailed
from server.graphql.execution.operations import Operations, PreparedOperation
from server.graphql.execution.query_cache import QueryCache
from server.graphql.request_authentication import (
    Authenticate,
    Caller,
    CountOperation,
    CountRequest,
    MakeContext,
    P,
    RequestAuthenticator,
    RequestInfo,
    Transport,
)
from server.graphql.request_params import GraphQLParams, parse_body, parse_query_string
from server.graphql.responses import (
    EncodedResult,
    Response,
    domain_error_response,
    encode,
    failure_response,
    request_error_response,
    result_payload,
    result_response,
    trimmed_copy,
)
from server.graphql.transports.key_revalidation import KeyRevalidator
from server.graphql.transports.multipart import MULTIPART_SUBSCRIPTION
from server.graphql.transports.negotiation import EVENT_STREAM, AcceptedTypes, accepted_types
from server.graphql.transports.send_response import send_bytes, send_response
from server.graphql.transports.sse import SSE
from server.graphql.transports.stream_registry import StreamRegistry
from server.graphql.transports.streams import ResultStream, failed_results, single_result
from server.graphql.transports.websocket import SocketEndpoint, SocketSettings
from web.cacheable_response import RenewResult
from web.errors import RequestError, RequestErrorCode
from web.request import base_url_of, client_of, headers_of, request_id_of
from web.request_body import ClientDisconnected, read_body
from web.result_cache import ResultCache, count_cached
from web.result_dependencies import ResultDependencies

MAX_BODY_BYTES: Final = 1_000_000
BODY_TIMEOUT: Final = timedelta(seconds=30)
HEARTBEAT: Final = timedelta(seconds=12)
MAX_CACHED_BODY: Final = 20_000  # bytes of a request whose result is cached
ALLOWED: Final = "GET, HEAD, OPTIONS, POST"

# A cross-site link or form cannot set these headers, so a request that has one is not forged.
PREFLIGHT_HEADERS: Final = frozenset(
    {"apollo-require-preflight", "x-apollo-operation-name", "x-graphql-require-preflight", "authorization", "x-api-key"}
)


@dataclass(slots=True)
class _Request:
    """One HTTP request, and the headers of its response."""

    scope: Scope
    headers: Mapping[str, str]
    accepted: AcceptedTypes
    request_id: str
    response_headers: dict[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    def info(
        self, *, transport: Transport, operation_type: OperationType, dependencies: ResultDependencies | None
    ) -> RequestInfo:
        return RequestInfo(
            headers=self.headers,
            request_id=self.request_id,
            base_url=base_url_of(self.scope, self.headers),
            client=client_of(self.scope),
            transport=transport,
            operation_type=operation_type,
            response_headers=self.response_headers,
            dependencies=dependencies,
        )


class GraphQLEndpoint(Generic[P]):
    """Serves one Strawberry schema over HTTP, server-sent events, multipart and WebSocket."""

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        authenticate: Authenticate[P],
        make_context: MakeContext[P],
        count_read: CountRequest[P] = lambda principal, headers: None,
        count_operation: CountOperation[P] = lambda principal, request: None,
        cache: QueryCache[P] | None = None,
        allowed_origins: frozenset[str] = frozenset(),
        base_url: str | None = None,
        limits: QueryLimits | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
        console_path: str = "/graphiql/",
        body_timeout: timedelta = BODY_TIMEOUT,
        heartbeat: timedelta = HEARTBEAT,
        sockets: SocketSettings | None = None,
        clock: Clock | None = None,
        stream_registry: StreamRegistry | None = None,
    ) -> None:
        self.operations = Operations(schema, limits=limits)
        self.authenticator = RequestAuthenticator(authenticate, make_context, count_read, count_operation)
        self.cache: QueryCache[P] = cache or QueryCache(ResultCache(clock or SystemClock()))
        self.max_body_bytes = max_body_bytes
        self.console_path = console_path
        self.body_timeout = body_timeout
        self.heartbeat = heartbeat
        self.stream_registry = stream_registry or StreamRegistry()
        self.key_revalidator = KeyRevalidator(self.authenticator, clock or SystemClock())
        self._sockets = SocketEndpoint(
            self.operations,
            self.authenticator,
            self.key_revalidator,
            allowed_origins,
            base_url=base_url,
            settings=sockets,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
            return
        headers = headers_of(scope)
        request = _Request(scope, headers, accepted_types(headers.get("accept", "")), request_id_of(scope))
        match request.method:
            case "GET" | "POST":
                await self._serve(request, receive, send)
            case "HEAD":
                await send_bytes(send, b"", status=200, headers={})
            case "OPTIONS":
                await send_bytes(send, b"", status=204, headers={"allow": ALLOWED})
            case _:
                refusal = _method_not_allowed("GraphQL takes GET and POST.", allow=ALLOWED)
                await _send(send, request_error_response(refusal), request)

    async def _serve(self, request: _Request, receive: Receive, send: Send) -> None:
        if self._wants_console(request):
            await send_bytes(
                send, b"", status=302, headers={"location": request.scope.get("root_path", "") + self.console_path}
            )
            return
        try:
            outcome = await self._answer(request, receive)
        except ClientDisconnected:
            return
        except RequestError as error:
            outcome = request_error_response(error)
        except DoitongError as error:
            outcome = domain_error_response(error, request_id=request.request_id)
        if isinstance(outcome, Response):
            await _send(send, outcome, request)
        else:
            await outcome.run(receive, send, headers={**request.response_headers, "vary": "Accept"})

    def _wants_console(self, request: _Request) -> bool:
        if request.method != "GET" or not request.accepted.html:
            return False
        names = {pair.partition(b"=")[0] for pair in request.scope["query_string"].split(b"&")}
        return not names & {b"query", b"extensions"}

    async def _answer(self, request: _Request, receive: Receive) -> Response | ResultStream[P]:
        body = await read_body(receive, request.headers, limit=self.max_body_bytes, timeout=self.body_timeout)
        caller = await self.authenticator.identify(request.headers)
        key = self._cache_key(request, body, caller)
        if key is not None and (encoded := self.cache.results.get(key)) is not None:
            self.authenticator.count(caller, request.response_headers)
            count_cached(encoded)
            self.cache.mark_cacheable(request.scope, caller.principal, key, None)
            return Response({}, encoded=encoded)
        try:
            params = self._params(request, body, caller)
            prepared = self.operations.prepare(params, refusal=caller.refusal)
            transport = _transport_of(request, prepared.type)
        except DocumentError as error:
            self.authenticator.count(caller, request.response_headers)
            return self._invalid_document(request, params, error)
        except RequestError:
            self.authenticator.count(caller, request.response_headers)
            raise
        if key is None or not self.cache.is_cacheable(prepared.operation):
            return await self._run(request, caller, prepared, transport)
        with self.cache.results.track() as tracked:
            response = await self._run(request, caller, prepared, transport, dependencies=tracked.dependencies)
            if not isinstance(response, Response) or "errors" in response.payload:
                return response
            response = replace(response, encoded=trimmed_copy(encode(response.payload)))
            self.cache.results.put(key, response.body(), tracked, key_bytes=len(body))
            renewal = self._renewal(caller.principal, request, params, key, key_bytes=len(body))
            self.cache.mark_cacheable(request.scope, caller.principal, key, renewal)
            return response

    def _renewal(
        self, principal: P | None, request: _Request, params: GraphQLParams, key: Hashable, *, key_bytes: int
    ) -> RenewResult | None:
        """Return a function that executes a valid query again.

        It keeps no document, whose memory the cache of documents bounds.
        """
        if principal is None:
            return None
        base_url, results = base_url_of(request.scope, request.headers), self.cache.results

        async def renew() -> None:
            try:
                prepared = self.operations.prepare(params)
            except RequestError:  # a persisted query that is no longer in its cache
                return
            with results.track() as tracked:
                info = RequestInfo(
                    headers={},
                    request_id="",
                    base_url=base_url,
                    client=None,
                    transport=Transport.HTTP,
                    operation_type=prepared.type,
                    dependencies=tracked.dependencies,
                )
                context = self.authenticator.make_context(principal, info)
                result = await self.operations.execute(prepared, context=context)
                if not result.errors:
                    body = trimmed_copy(encode(result_payload(result, request_id="")))
                    results.put(key, body, tracked, key_bytes=key_bytes)

        return renew

    def _cache_key(self, request: _Request, body: bytes, caller: Caller[P]) -> Hashable | None:
        """Return the key of the request in the cache of results; None if it is not cached."""
        headers, media_type = request.headers, request.accepted.json
        if request.method != "POST" or caller.principal is None or media_type is None:
            return None
        if len(body) > MAX_CACHED_BODY or "content-encoding" in headers:
            return None
        viewer = self.cache.viewer(caller.principal, base_url_of(request.scope, headers))
        return None if viewer is None else (viewer, media_type, headers.get("content-type"), body)

    def _params(self, request: _Request, body: bytes, caller: Caller[P]) -> GraphQLParams:
        _check_csrf(request)
        try:
            if request.method == "POST":
                headers = request.headers
                encoding = headers.get("content-encoding", "")
                return parse_body(body, headers.get("content-type", ""), content_encoding=encoding)
            return parse_query_string(request.scope["query_string"])
        except RequestError:
            if caller.refusal is not None:
                raise caller.refusal from None
            raise

    async def _run(
        self,
        request: _Request,
        caller: Caller[P],
        prepared: PreparedOperation,
        transport: Transport,
        *,
        dependencies: ResultDependencies | None = None,
    ) -> Response | ResultStream[P]:
        info = request.info(transport=transport, operation_type=prepared.type, dependencies=dependencies)
        context = self.authenticator.context_for(caller, info)
        if prepared.type is OperationType.SUBSCRIPTION:
            return await self._subscribe(request, prepared, context, transport)
        result = await self.operations.execute(prepared, context=context)
        if transport is Transport.SSE:
            return self._stream(request, single_result(result), transport)
        return result_response(result, request_id=request.request_id)

    async def _subscribe(
        self, request: _Request, prepared: PreparedOperation, context: object, transport: Transport
    ) -> Response | ResultStream[P]:
        try:
            results = (await self.operations.subscribe(prepared, context=context)).results()
        except OperationFailed as failure:
            if transport is not Transport.SSE:
                return failure_response(failure.errors, request_id=request.request_id)
            # EventSource clients read the body of a 200 alone
            results = failed_results(failure)
        return self._stream(request, results, transport)

    def _stream(
        self, request: _Request, results: AsyncGenerator[EncodedResult, None], transport: Transport
    ) -> ResultStream[P]:
        return ResultStream(
            results,
            SSE if transport is Transport.SSE else MULTIPART_SUBSCRIPTION,
            request_id=request.request_id,
            headers=request.headers,
            heartbeat=self.heartbeat,
            key_revalidator=self.key_revalidator,
            stream_registry=self.stream_registry,
        )

    def _invalid_document(
        self, request: _Request, params: GraphQLParams, error: DocumentError
    ) -> Response | ResultStream[P]:
        if isinstance(error, InvalidDocument):
            operation = select_operation(error.operations, params.operation_name)
            as_events = _transport(request.accepted, operation.type) is Transport.SSE
        else:
            as_events = request.accepted.json is None and request.accepted.stream == EVENT_STREAM
        if as_events:
            return self._stream(request, failed_results(OperationFailed(error.errors)), Transport.SSE)
        return request_error_response(error)


def _check_csrf(request: _Request) -> None:
    if request.method == "GET" and "cookie" in request.headers and not PREFLIGHT_HEADERS & request.headers.keys():
        raise RequestError(
            "A GET with cookies needs a header that forces a CORS preflight, such as Apollo-Require-Preflight: 1.",
            code=RequestErrorCode.CSRF,
        )


def _transport_of(request: _Request, operation_type: OperationType) -> Transport:
    if request.method == "GET" and operation_type is OperationType.MUTATION:
        raise _method_not_allowed("Mutations need POST.", allow="POST")
    return _transport(request.accepted, operation_type)


def _transport(accepted: AcceptedTypes, operation_type: OperationType) -> Transport:
    """Return the transport of the results. Raises `RequestError` when the client accepts none that fits."""
    if operation_type is OperationType.SUBSCRIPTION:
        if accepted.stream is None:
            raise RequestError(
                "Subscriptions need Accept: text/event-stream, Accept: multipart/mixed;subscriptionSpec=1.0, "
                "or a graphql-transport-ws socket.",
                code=RequestErrorCode.SUBSCRIPTION_TRANSPORT_REQUIRED,
                status=406,
            )
        return Transport.SSE if accepted.stream == EVENT_STREAM else Transport.MULTIPART
    if accepted.json is not None:
        return Transport.HTTP
    if accepted.stream == EVENT_STREAM:
        return Transport.SSE
    raise RequestError(
        "Accept must allow application/graphql-response+json or application/json.",
        code=RequestErrorCode.NOT_ACCEPTABLE,
        status=406,
    )


def _method_not_allowed(message: str, *, allow: str) -> RequestError:
    return RequestError(message, code=RequestErrorCode.METHOD_NOT_ALLOWED, status=405, headers={"allow": allow})


async def _send(send: Send, response: Response, request: _Request) -> None:
    if request.accepted.json is None:
        response = replace(response, lenient=False)  # only for clients that accept application/json
    await send_response(send, response, media_type=request.accepted.json, headers=request.response_headers)
