"""Who asks and how: what the endpoint hands to those who sign callers in and build the resolvers' context."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from graphql import OperationType

from kit.errors import Unauthenticated

P = TypeVar("P")

Authenticate = Callable[[Mapping[str, str]], Awaitable[P]]
KEY_HEADERS = ("authorization", "x-api-key")

# Names are in lower case. What resolvers put here is merged into the HTTP answer; a socket has no headers to carry it.
ResponseHeaders = MutableMapping[str, str]


class Transport(StrEnum):
    """How an operation reached us and how its results go back."""

    HTTP = "http"
    SSE = "sse"
    MULTIPART = "multipart"
    WEBSOCKET = "websocket"


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """What a resolver may need to know of the request. Header names are in lower case."""

    headers: Mapping[str, str]
    request_id: str
    base_url: str
    client: str | None
    transport: Transport
    operation_type: OperationType
    response_headers: ResponseHeaders = field(default_factory=dict)


CountRequest = Callable[[P, ResponseHeaders], None]
MakeContext = Callable[[P, RequestInfo], object]


@dataclass(frozen=True, slots=True)
class Caller(Generic[P]):
    """Somebody signed in, or nobody, with the refusal that nobody gets for all but introspection."""

    principal: P | None
    refusal: Unauthenticated | None = None


@dataclass(frozen=True, slots=True)
class RequestAuthenticator(Generic[P]):
    """Tells callers apart and gives their operations a context."""

    authenticate: Authenticate[P]
    make_context: MakeContext[P]
    count_refused: CountRequest[P]

    async def identify(self, headers: Mapping[str, str]) -> Caller[P]:
        """The caller by their key. A wrong key raises `Unauthenticated`; without one they are nobody."""
        try:
            return Caller(await self.authenticate(headers))
        except Unauthenticated as refusal:
            if any(name in headers for name in KEY_HEADERS):
                raise
            return Caller(None, refusal)

    def count_refused_request(self, caller: Caller[P], headers: ResponseHeaders) -> None:
        """Count a request that is no operation that can run: it has cost us something. Raises `RateLimited`."""
        if caller.principal is not None:
            self.count_refused(caller.principal, headers)

    def context_for(self, caller: Caller[P], request: RequestInfo) -> object:
        """The resolvers' context; nobody has none, and introspection asks for none."""
        return None if caller.principal is None else self.make_context(caller.principal, request)
