"""A toy schema with the shape of the published one, served by the real GraphQL endpoint."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

import httpx
import strawberry
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from strawberry.scalars import JSON
from strawberry.types import Info

from kit.clock import Clock
from kit.errors import Forbidden, InsufficientCredits, ProviderUnavailable, RateLimited, Unauthenticated
from server.graphql.request_authentication import RequestInfo, ResponseHeaders
from server.graphql.transports.http import GraphQLEndpoint
from server.graphql.transports.websocket import SocketSettings
from tests.support.toy_counters import Count, Counters

KEY = "sk_test_toy"


@dataclass(slots=True)
class ToyState:
    """State shared by the resolvers, and counters of what the endpoint did.

    `keys` maps each valid key to its caller; `lookups` counts authentications, `refused` counts refused requests, of
    which `refusal_limit` are allowed. No key can be looked up while `are_keys_available` is false.
    """

    open_sources: int = 0
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    requests: list[RequestInfo] = field(default_factory=list)
    counters: Counters = field(default_factory=Counters)
    keys: dict[str, str] = field(default_factory=lambda: {KEY: "somebody"})
    are_keys_available: bool = True
    lookups: int = 0
    refused: int = 0
    refusal_limit: int = 1_000


@dataclass(frozen=True, slots=True)
class ToyContext:
    toy: ToyState
    caller: str
    request: RequestInfo


ToyInfo = Info[ToyContext, None]


@strawberry.enum
class Status(Enum):
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.type
class Metadata:
    width: int = 1024
    seed: int = 42


@strawberry.type
class GenerationError:
    code: str
    message: str


@strawberry.type
class Generation(Node):
    prompt: str = "a lighthouse"
    status: Status = Status.COMPLETED
    progress: int = 100
    metadata: Metadata = strawberry.field(default_factory=Metadata)

    @strawberry.field
    def error(self) -> GenerationError | None:
        return GenerationError(code="GENERATION_FAILED", message="it rained") if self.id == "gen_failed" else None

    @strawberry.field
    def error_message(self) -> str | None:
        return "it rained" if self.id == "gen_failed" else None

    @strawberry.field
    def metadata_json(self) -> JSON:
        return JSON({"width": self.metadata.width, "seed": self.metadata.seed})

    @strawberry.field
    def status_text(self) -> str:
        return self.status.value.lower()


@strawberry.type
class Provider(Node):
    metadata: str = "a provider's own"
    status: str = "UP"
    error: str = "none"


@strawberry.type
class Query:
    @strawberry.field
    def generation(self, id: strawberry.ID) -> Generation | None:
        return None if id == "gen_unknown" else Generation(id=id)

    @strawberry.field
    def node(self, id: strawberry.ID) -> Node | None:
        return Provider(id=id) if id == "flux-pro" else Generation(id=id)

    @strawberry.field
    def provider(self) -> Provider:
        return Provider(id=strawberry.ID("flux-pro"))

    @strawberry.field
    def echo(self, value: JSON) -> JSON:
        return value

    @strawberry.field
    def caller(self, info: ToyInfo) -> str:
        info.context.request.response_headers["x-ratelimit-remaining"] = "7"
        return info.context.caller

    @strawberry.field
    def number(self, value: int = 1) -> int:
        return value

    @strawberry.field
    def bug(self) -> str:
        raise ZeroDivisionError("a secret of ours")

    @strawberry.field
    def nullable_bug(self) -> str | None:
        raise ZeroDivisionError("a secret of ours")

    @strawberry.field
    def limited(self) -> str:
        raise RateLimited("Slow down.", limit="reads", retry_after=2.5)


@strawberry.type
class Mutation:
    @strawberry.mutation
    def generate(self, prompt: str) -> Generation:
        if prompt == "poor":
            raise InsufficientCredits(required=20, available=3)
        return Generation(id=strawberry.ID("gen_1"), prompt=prompt, status=Status.PROCESSING, progress=0)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def generation_updated(self, info: ToyInfo, id: strawberry.ID) -> AsyncIterator[Generation]:
        with _open_source(info.context.toy):
            yield Generation(id=id, status=Status.PROCESSING, progress=0)
            yield Generation(id=id, status=Status.PROCESSING, progress=50)
            yield Generation(id=id)

    @strawberry.subscription
    async def endless(self, info: ToyInfo) -> AsyncIterator[int]:
        with _open_source(info.context.toy):
            yield 1
            await asyncio.Event().wait()

    @strawberry.subscription
    def counter(self, info: ToyInfo, id: strawberry.ID, after: int = 0) -> AsyncIterable[Count]:
        context = info.context
        return context.toy.counters.view(id, viewer=context.caller, after=after)

    @strawberry.subscription
    def all_counters(self, info: ToyInfo) -> AsyncIterable[Count]:
        return info.context.toy.counters.view_of_all(viewer=info.context.caller)

    @strawberry.subscription
    async def breaks(self) -> AsyncIterator[int]:
        yield 1
        raise ZeroDivisionError("a secret of ours")

    @strawberry.subscription
    async def forbidden(self) -> AsyncIterator[int]:
        raise Forbidden("The key lacks the scope.")
        yield 0


@contextmanager
def _open_source(toy: ToyState) -> Iterator[None]:
    toy.open_sources += 1
    toy.opened.set()
    try:
        yield
    finally:
        toy.open_sources -= 1
        toy.closed.set()


SCHEMA = strawberry.Schema(Query, Mutation, Subscription, types=[Generation, Provider])


def toy_endpoint(
    toy: ToyState,
    *,
    heartbeat: timedelta = timedelta(seconds=12),
    sockets: SocketSettings | None = None,
    allowed_origins: frozenset[str] = frozenset(),
    body_timeout: timedelta = timedelta(seconds=30),
    clock: Clock | None = None,
) -> GraphQLEndpoint[str]:
    """Return the real endpoint with the toy schema."""

    async def authenticate(headers: Mapping[str, str]) -> str:
        toy.lookups += 1
        given = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        if not toy.are_keys_available:
            raise ProviderUnavailable("The database does not answer.")
        if given not in toy.keys:
            raise Unauthenticated("Send your key as Authorization: Bearer or as X-API-Key.")
        return toy.keys[given]

    def make_context(caller: str, request: RequestInfo) -> ToyContext:
        toy.requests.append(request)
        return ToyContext(toy, caller, request)

    def count_rejected(caller: str, headers: ResponseHeaders) -> None:
        toy.refused += 1
        headers["x-ratelimit-remaining"] = str(max(0, toy.refusal_limit - toy.refused))
        if toy.refused > toy.refusal_limit:
            raise RateLimited("The limit of refused requests is reached.", limit="reads", retry_after=2.5)

    return GraphQLEndpoint(
        SCHEMA,
        authenticate=authenticate,
        make_context=make_context,
        count_read=count_rejected,
        heartbeat=heartbeat,
        sockets=sockets,
        allowed_origins=allowed_origins,
        body_timeout=body_timeout,
        clock=clock,
    )


def toy_app(endpoint: GraphQLEndpoint[str]) -> Starlette:
    return Starlette(routes=[Route("/graphql", endpoint), WebSocketRoute("/graphql", endpoint)])


@asynccontextmanager
async def toy_client(state: ToyState | None = None, *, key: str | None = KEY) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of a new endpoint, which sends `key` with each request."""
    transport = httpx.ASGITransport(toy_app(toy_endpoint(state or ToyState())))
    headers = {} if key is None else {"x-api-key": key}
    async with httpx.AsyncClient(transport=transport, base_url="http://toy", headers=headers) as client:
        yield client
