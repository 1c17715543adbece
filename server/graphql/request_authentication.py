"""The caller of a request, and what the endpoint hands to the server to authenticate it and build its context."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from graphql import OperationType

from kit.errors import Unauthenticated
from web.credentials import KEY_HEADERS
from web.result_dependencies import ResultDependencies

P = TypeVar("P")

Authenticate = Callable[[Mapping[str, str]], Awaitable[P]]

# Names are in lower case. Resolvers add headers of the HTTP response here; a socket ignores them.
ResponseHeaders = MutableMapping[str, str]


class Transport(StrEnum):
    """The transport of an operation and its results."""

    HTTP = "http"
    SSE = "sse"
    MULTIPART = "multipart"
    WEBSOCKET = "websocket"


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """The request as resolvers see it. Header names are in lower case."""

    headers: Mapping[str, str]
    request_id: str
    base_url: str
    client: str | None
    transport: Transport
    operation_type: OperationType
    response_headers: ResponseHeaders = field(default_factory=dict)
    dependencies: ResultDependencies | None = None
    """Records what the resolvers read, if the result may be cached."""


CountRequest = Callable[[P, ResponseHeaders], None]
ViewerOf = Callable[[P, str], Hashable | None]
"""Return what results depend on besides the operation, from the principal and the base URL of the request.

None if the results are not cached."""
MakeContext = Callable[[P, RequestInfo], object]
CountOperation = Callable[[P, RequestInfo], None]


@dataclass(frozen=True, slots=True)
class Caller(Generic[P]):
    """The authenticated principal, or an anonymous caller and the error it gets for anything but introspection."""

    principal: P | None
    refusal: Unauthenticated | None = None


@dataclass(frozen=True, slots=True)
class RequestAuthenticator(Generic[P]):
    """Authenticates requests and builds the context of their operations, through the callables of the server."""

    authenticate: Authenticate[P]
    make_context: MakeContext[P]
    count_read: CountRequest[P]
    count_operation: CountOperation[P] = lambda principal, request: None

    async def identify(self, headers: Mapping[str, str]) -> Caller[P]:
        """Return the caller: anonymous without a key. Raises `Unauthenticated` for a wrong key."""
        try:
            return Caller(await self.authenticate(headers))
        except Unauthenticated as refusal:
            if any(name in headers for name in KEY_HEADERS):
                raise
            return Caller(None, refusal)

    def count(self, caller: Caller[P], headers: ResponseHeaders) -> None:
        """Count a read for a request that is not executed, such as an invalid one. Raises `RateLimited`."""
        if caller.principal is not None:
            self.count_read(caller.principal, headers)

    def context_for(self, caller: Caller[P], request: RequestInfo) -> object:
        """Count the operation and return the resolvers' context. Raises `RateLimited`.

        None for an anonymous caller, whose introspection needs none.
        """
        if caller.principal is None:
            return None
        self.count_operation(caller.principal, request)
        return self.make_context(caller.principal, request)
