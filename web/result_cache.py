"""Encoded results of reads, for clients that poll: a repeated request is served without executing it again.

A result is removed when a row that it was made from changes, and is not used once URLs in it have expired or the
availability of providers has changed. In the process that changes a row it is as fresh as the database, but for the
moment between a commit and its report; in others it lags by the time of a notification, milliseconds. While these do
not arrive, results are not used; a silent loss of the connection is noticed within 5 seconds, and nothing is staler.
"""

from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from accounts.principal import Principal
from kit.clock import Clock
from kit.lru import LeastRecentlyUsed
from kit.metrics import CACHED_BYTES, CACHED_RESPONSES
from web.result_dependencies import ResultDependencies

CAPACITY = 32_000_000  # bytes
ENTRY_OVERHEAD = 1_000  # bytes
_RESPONSES, _BYTES = CACHED_RESPONSES.series("result"), CACHED_BYTES.series("result")

ProviderState = Callable[[], Hashable | None]
"""Return a value that changes with the availability of providers, or None while it changes with time."""


def count_cached(body: bytes) -> None:
    """Count a response from the cache to a request that was parsed."""
    _RESPONSES.value += 1
    _BYTES.value += len(body)


@dataclass(frozen=True, slots=True)
class CachedResult:
    """An encoded result and what makes it stale: a change of its generations or providers, or the time."""

    body: bytes
    generation_ids: frozenset[str]
    expires_at: datetime | None
    provider_state: Hashable | None
    """The state of the providers that it was made from; None if it does not depend on them."""


@dataclass(eq=False, slots=True)
class TrackedQuery:
    """A query in progress. `changed` are the ids of what has changed since it began to read."""

    dependencies: ResultDependencies = field(default_factory=ResultDependencies)
    provider_state: Hashable | None = None
    changed: set[str] = field(default_factory=set)
    missed_changes: bool = False
    """Whether changes by other processes may have been missed since."""


def viewer_key(principal: Principal, base_url: str) -> Hashable:
    """Return what results depend on besides the operation. Keys with equal permissions have the same value."""
    return (
        principal.account_id,
        principal.test_mode,
        principal.plan,
        principal.scopes,
        principal.generation_id,
        base_url,
    )


class ResultCache:
    """Results by request, up to a number of bytes; the least recently used are removed first."""

    def __init__(
        self,
        clock: Clock,
        provider_state: ProviderState = lambda: None,
        *,
        receives_changes: Callable[[], bool] = lambda: True,
        capacity: int = CAPACITY,
    ) -> None:
        """`receives_changes` returns whether changes by other processes arrive: without them, nothing is current."""
        self._clock, self._provider_state, self._receives_changes = clock, provider_state, receives_changes
        self._results: LeastRecentlyUsed[Hashable, CachedResult] = LeastRecentlyUsed(capacity=capacity)
        self._keys: dict[str, set[Hashable]] = {}  # by generation
        self._queries: set[TrackedQuery] = set()
        self._results.on_removed = self._unlink

    @property
    def weight(self) -> int:
        """Estimated bytes of the results."""
        return self._results.weight

    def get(self, key: Hashable) -> bytes | None:
        """Return the encoded result, if it is current."""
        result = self._results.get(key)
        if result is None or not self._receives_changes():
            return None
        is_expired = result.expires_at is not None and result.expires_at <= self._clock.now()
        if is_expired or (result.provider_state is not None and result.provider_state != self._provider_state()):
            self._results.discard(key)
            return None
        return result.body

    @contextmanager
    def track(self) -> Iterator[TrackedQuery]:
        """Track a query, from before it reads anything: changes in the meantime make its result stale."""
        query = TrackedQuery(provider_state=self._provider_state())
        self._queries.add(query)
        try:
            yield query
        finally:
            self._queries.discard(query)

    def put(self, key: Hashable, body: bytes, query: TrackedQuery, *, key_bytes: int) -> None:
        """Store the result of a tracked query, unless something it was made from has changed or is unknown."""
        dependencies = query.dependencies
        if not dependencies.is_complete or query.missed_changes or query.changed & dependencies.generation_ids:
            return
        state = query.provider_state if dependencies.uses_providers else None
        if dependencies.uses_providers and (state is None or state != self._provider_state()):
            return
        result = CachedResult(body, frozenset(dependencies.generation_ids), dependencies.expires_at, state)
        self._results.put(key, result, weight=len(body) + key_bytes + ENTRY_OVERHEAD)
        if self._results.get(key) is result:
            for generation_id in result.generation_ids:
                self._keys.setdefault(generation_id, set()).add(key)

    def invalidate(self, generation_ids: Collection[str]) -> None:
        """Remove the results that were made from one of these rows."""
        for query in self._queries:
            query.changed.update(generation_ids)
        for generation_id in generation_ids:
            for key in list(self._keys.get(generation_id, ())):
                self._results.discard(key)

    def clear(self) -> None:
        """Remove all results, because changes of other processes may have been missed."""
        for query in self._queries:
            query.missed_changes = True
        for key in [key for keys in self._keys.values() for key in keys]:
            self._results.discard(key)

    def _unlink(self, key: Hashable, result: CachedResult) -> None:
        for generation_id in result.generation_ids:
            keys = self._keys.get(generation_id)
            if keys is not None:
                keys.discard(key)
                if not keys:
                    del self._keys[generation_id]
