"""The cache of query results, by operation and viewer."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic

from graphql import OperationType
from starlette.types import Scope

from server.graphql.documents.cache import Operation
from server.graphql.request_authentication import P, ViewerOf
from web.cacheable_response import RenewResult
from web.result_cache import ResultCache

MarkCacheable = Callable[[Scope, P | None, Hashable, RenewResult | None], None]
"""Called with the scope of a request, its principal and the key of its result, when that was taken from the cache or
stored in it. The last argument makes the result again, where that is known."""


@dataclass(frozen=True, slots=True)
class QueryCache(Generic[P]):
    """Decides which queries are cached, for which viewers, and holds their results."""

    results: ResultCache
    viewer: ViewerOf[P] = lambda principal, base_url: None
    root_fields: frozenset[str] = frozenset()
    """The root fields whose resolvers record their dependencies."""
    mark_cacheable: MarkCacheable[P] = lambda scope, principal, key, renew_result: None

    def is_cacheable(self, operation: Operation) -> bool:
        """Whether the results of the operation may be cached."""
        fields = operation.root_fields
        return operation.type is OperationType.QUERY and fields is not None and fields <= self.root_fields
