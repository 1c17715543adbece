"""The context of a GraphQL operation: the caller, the services and the response headers."""

from collections.abc import Callable, Hashable, MutableMapping
from dataclasses import dataclass, field
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from strawberry import Info as StrawberryInfo

from accounts.principal import Principal
from database.transaction import Transaction
from generations.output_urls import SignUrl
from generations.services import Services
from web.result_cache import viewer_key
from web.result_dependencies import ResultDependencies

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """The context of one operation."""

    principal: Principal
    services: Services
    sign_url: SignUrl
    idempotency_key: str | None
    """The value of the `Idempotency-Key` header."""
    response_headers: MutableMapping[str, str]
    evict_key: Callable[[str], None]
    """Remove a revoked key from the authentication cache of this process."""
    base_url: str
    """The prefix of the URLs that `sign_url` returns."""
    accepted_generation_ids: list[str] = field(default_factory=list)
    """The ids of the generations that the operation has created so far."""
    dependencies: ResultDependencies = field(default_factory=ResultDependencies)
    """The generations and providers that the result is made from, for its invalidation in the cache."""

    @property
    def viewer(self) -> Hashable:
        return viewer_key(self.principal, self.base_url)

    async def read(self, query: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `query` with these arguments in a read-only transaction and return its result."""
        return await self.services.database.read(lambda connection: query(connection, *args, **kwargs))

    async def transact(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` with these arguments in a transaction, commit it and return its result."""
        return await self.services.database.transact(lambda transaction: work(transaction, *args, **kwargs))


Info = StrawberryInfo[Context, None]
