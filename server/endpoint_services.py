"""The services that HTTP endpoints use: authentication, read limits, signed URLs, cached results."""

from collections.abc import Callable, Hashable, Mapping
from functools import partial

from graphql import OperationType

from accounts.principal import Principal
from accounts.rate_limits import ReadCounter
from generations.output_urls import SignUrl
from generations.services import Services
from kit.clock import Clock
from kit.errors import RateLimited
from media.uploads import Uploads
from resolvers.context import Context
from server.graphql.request_authentication import RequestInfo, ResponseHeaders, Transport
from server.runtime import Runtime
from web.credentials import extract_api_key
from web.rate_limit_headers import exhausted_headers, rate_limit_headers
from web.result_cache import ResultCache, viewer_key
from web.result_dependencies import ResultDependencies


class EndpointServices:
    """Authenticates callers, counts their reads and creates the context of GraphQL operations.

    `runtime` is called for each request, since endpoints are made before the runtime is open.
    """

    def __init__(self, runtime: Callable[[], Runtime], *, base_url: str | None, clock: Clock) -> None:
        self._runtime, self._base_url = runtime, base_url
        self._reads = ReadCounter()
        self.results = ResultCache(clock, self.provider_state, receives_changes=self._receives_changes)

    @property
    def services(self) -> Services:
        return self._runtime().services

    def _receives_changes(self) -> bool:
        return self.services.database.is_listening

    @property
    def uploads(self) -> Uploads:
        return self._runtime().uploads

    async def authenticate(self, headers: Mapping[str, str]) -> Principal:
        """Return the principal of the request's key. Raises `Unauthenticated`."""
        return await self._runtime().authenticator.authenticate(extract_api_key(headers))

    def fingerprint(self, headers: Mapping[str, str]) -> str | None:
        """Return what the key of the request is looked up by; None without a key."""
        token = extract_api_key(headers)
        return self._runtime().authenticator.fingerprint(token) if token else None

    def known_principal(self, fingerprint: str) -> Principal | None:
        """Return the principal of a key that was looked up a few seconds ago."""
        return self._runtime().authenticator.known_principal(fingerprint)

    def count_read(self, principal: Principal, response_headers: ResponseHeaders) -> None:
        """Count a read and set the rate-limit headers. Raises `RateLimited`."""
        try:
            rate_limit = self._reads.count_read(principal.account_id, principal.plan, at=self.services.clock.now())
        except RateLimited as error:
            response_headers.update(exhausted_headers(error))
            raise
        response_headers.update(rate_limit_headers(rate_limit))

    def set_read_limit_headers(self, principal: Principal, response_headers: ResponseHeaders) -> None:
        """Set the rate-limit headers of reads without counting one."""
        rate_limit = self._reads.rate_limit_of_reads(principal.account_id, principal.plan, at=self.services.clock.now())
        response_headers.update(rate_limit_headers(rate_limit))

    def url_signer(self, request_base_url: str) -> SignUrl:
        """Return the function that signs the URLs of files, below the configured base URL or that of the request."""
        return partial(self._runtime().links.url, self.public_url(request_base_url))

    def public_url(self, request_base_url: str) -> str:
        """Return the configured base URL, or that of the request."""
        return self._base_url or request_base_url

    def viewer(self, principal: Principal, request_base_url: str) -> Hashable:
        """Return what the results of the principal's queries depend on besides the operation."""
        return viewer_key(principal, self.public_url(request_base_url))

    def provider_state(self) -> Hashable | None:
        """Return a value that changes with the availability of providers; None while it changes with time."""
        health, today = self.services.health, self.services.clock.now().date()
        return None if health.has_open_breakers else (health.version, today)

    def count_operation(self, principal: Principal, request: RequestInfo) -> None:
        """Count a query or subscription as a read, and set the rate-limit headers. Raises `RateLimited`."""
        if request.operation_type is OperationType.MUTATION:
            self.set_read_limit_headers(principal, request.response_headers)
        else:
            self.count_read(principal, request.response_headers)

    def make_context(self, principal: Principal, request: RequestInfo) -> Context:
        """Return the context of an operation."""
        runtime = self._runtime()
        return Context(
            principal=principal,
            services=runtime.services,
            sign_url=self.url_signer(request.base_url),
            idempotency_key=_idempotency_key(request),
            response_headers=request.response_headers,
            evict_key=runtime.authenticator.evict,
            base_url=self.public_url(request.base_url),
            dependencies=request.dependencies or ResultDependencies(),
        )


def _idempotency_key(request: RequestInfo) -> str | None:
    """Return the Idempotency-Key header, but not that of a socket, where it would apply to every operation."""
    return None if request.transport is Transport.WEBSOCKET else request.headers.get("idempotency-key")
