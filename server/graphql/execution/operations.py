"""Preparing, executing and subscribing to operations, for every transport."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import aclosing
from dataclasses import dataclass
from inspect import isawaitable
from types import TracebackType
from typing import TypeGuard, cast

import orjson
import strawberry
from graphql import (
    ExecutionResult,
    GraphQLError,
    OperationType,
    create_source_event_stream,
    execute,
    map_source_to_response_event,
)
from graphql.execution.values import VariableValues
from strawberry.execution import optimized_is_awaitable

from kit.change_feed import Versioned, View
from kit.errors import DoitongError
from kit.metrics import GRAPHQL_OPERATIONS
from server.graphql.documents.cache import Document, DocumentCache, Operation
from server.graphql.documents.limits import QueryLimits
from server.graphql.errors import EXAMPLE, OperationFailed
from server.graphql.execution.compiler.plan import Request, ResolverResults, result_reuse_middleware
from server.graphql.execution.compiler.plan_cache import MAX_COERCION_ERRORS, PlanCache
from server.graphql.execution.subscription_registry import SharedResults, SubscriptionRegistry
from server.graphql.request_params import GraphQLParams
from server.graphql.responses import EncodedResult, trimmed_copy
from web.errors import RequestError

# Strawberry's predicate is faster than graphql-core's; only its annotation differs.
_is_awaitable = cast("Callable[[object], TypeGuard[Awaitable[object]]]", optimized_is_awaitable)


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """A valid operation with its raw variables."""

    document: Document
    operation: Operation
    variables: dict[str, object]

    @property
    def type(self) -> OperationType:
        return self.operation.type


class Operations:
    """Runs the operations of one schema. Strawberry's schema extensions are not supported."""

    def __init__(self, schema: strawberry.Schema, *, limits: QueryLimits | None = None) -> None:
        self.schema = schema._schema
        self.executor_class = schema.execution_context_class
        self.documents = DocumentCache(self.schema, limits=limits)
        self.plans = PlanCache(self.schema, self.executor_class)
        self.subscriptions = SubscriptionRegistry()

    def prepare(self, params: GraphQLParams, *, refusal: DoitongError | None = None) -> PreparedOperation:
        """Return the operation of the request. Raises `RequestError`.

        `refusal` is the error of an anonymous caller: it is raised for everything but introspection.
        """
        try:
            return self._prepare(params) if refusal is None else self._prepare_for_anonymous(params, refusal)
        except (RequestError, DoitongError):
            GRAPHQL_OPERATIONS.add("unknown", "rejected")
            raise

    def _prepare_for_anonymous(self, params: GraphQLParams, refusal: DoitongError) -> PreparedOperation:
        try:
            # anonymous callers get no other error and do not evict the documents of others from the cache
            prepared = self._prepare(params, for_anonymous=True) if params.query and "__" in params.query else None
        except RequestError:
            raise refusal from None
        if prepared is None or not prepared.operation.introspection_only:
            raise refusal
        return prepared

    def _prepare(self, params: GraphQLParams, *, for_anonymous: bool = False) -> PreparedOperation:
        text = params.query or None
        if not for_anonymous and (persisted_query := params.extensions.get("persistedQuery")) is not None:
            text = self.documents.persisted_text(text, persisted_query)
        if text is None:
            raise RequestError(f"The request has no `query`: send {EXAMPLE}.")
        document = self.documents.get(text, for_anonymous=for_anonymous)
        return PreparedOperation(document, document.operation(params.operation_name), params.variables)

    async def execute(self, prepared: PreparedOperation, *, context: object) -> ExecutionResult:
        """Execute a query or mutation, and count it."""
        result = await self._execute(prepared, context=context)
        GRAPHQL_OPERATIONS.add(prepared.type.value, "error" if result.errors else "ok")
        return result

    async def _execute(self, prepared: PreparedOperation, *, context: object) -> ExecutionResult:
        """Execute an operation without counting it."""
        results: ResolverResults = {}
        planned = self.plans.get(prepared.document, prepared.operation, prepared.variables)
        if planned is not None:
            plan, variables = planned
            data = await plan.run(Request(None, context, variables), results)
            if data is not None:
                return ExecutionResult(data, None)
        return await self.execute_with_graphql_core(prepared, context=context, results=results)

    async def execute_with_graphql_core(
        self,
        prepared: PreparedOperation,
        *,
        context: object,
        event: object = None,
        results: ResolverResults | None = None,
    ) -> ExecutionResult:
        """Execute the operation without its plan. Root fields that have a result are not resolved again."""
        result = execute(
            self.schema,
            prepared.document.node,
            root_value=event,
            context_value=context,
            variable_values=prepared.variables,
            operation_name=prepared.operation.name,
            max_coercion_errors=MAX_COERCION_ERRORS,
            middleware=[result_reuse_middleware(results)] if results else None,
            executor_class=self.executor_class,
            is_awaitable=_is_awaitable,
        )
        return await result if isawaitable(result) else result

    async def subscribe(self, prepared: PreparedOperation, *, context: object) -> "SharedResults | UnsharedResults":
        """Start a subscription. Raises `OperationFailed`.

        Where the resolver returns a `View`, each event is executed once for all equal subscriptions.
        """
        result = "error"
        try:
            results = await self._subscribe(prepared, context)
            result = "ok"
        finally:
            GRAPHQL_OPERATIONS.add(prepared.type.value, result)
        return results

    async def _subscribe(self, prepared: PreparedOperation, context: object) -> "SharedResults | UnsharedResults":
        executor = self.executor_class.build(
            self.schema,
            prepared.document.node,
            context_value=context,
            raw_variable_values=prepared.variables,
            operation_name=prepared.operation.name,
            max_coercion_errors=MAX_COERCION_ERRORS,
            is_awaitable=_is_awaitable,
        )
        if isinstance(executor, list):
            raise OperationFailed(executor)
        source = create_source_event_stream(executor)
        if isawaitable(source):
            source = await source
        if isinstance(source, ExecutionResult):
            raise OperationFailed(source.errors or ())
        if isinstance(source, View):
            # the executor is not kept: it takes some kilobytes, and there may be thousands of subscriptions
            execution = EventExecution(self, prepared, context, executor.variable_values)
            return SharedResults(self.subscriptions, key=_key(prepared, source), view=source, execution=execution)
        return UnsharedResults(map_source_to_response_event(executor, source), prepared.operation.first_key)


class FailureBoundary:
    """A context in which any exception becomes `OperationFailed`, with the subscription's response key as its path."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        self._key = key

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, OperationFailed):
            raise OperationFailed([GraphQLError(str(error), original_error=error, path=[self._key])]) from error


class EventExecution:
    """The execution of a subscription's events. Its variables were valid when it started."""

    __slots__ = ("_boundary", "_context", "_directives", "_operations", "_prepared")

    def __init__(
        self, operations: Operations, prepared: PreparedOperation, context: object, variables: VariableValues
    ) -> None:
        self._operations, self._prepared, self._context = operations, prepared, context
        self._directives = operations.plans.directive_values(prepared.document, variables)
        self._boundary = FailureBoundary(prepared.operation.first_key)

    def execute_now(self, event: object) -> ExecutionResult | None:
        """Execute the subscription for an event by its plan; None if graphql-core has to."""
        prepared, directives = self._prepared, self._directives
        if directives is None:
            return None
        plan = self._operations.plans.plan_for(prepared.document, prepared.operation, prepared.variables, directives)
        data = None if plan is None else plan.complete_event(event)
        return None if data is None else ExecutionResult(data, None)

    async def execute(self, event: object) -> ExecutionResult:
        """Execute the subscription for an event by graphql-core."""
        return await self._operations.execute_with_graphql_core(self._prepared, context=self._context, event=event)

    def failure_boundary(self) -> FailureBoundary:
        return self._boundary


class UnsharedResults:
    """The results of a subscription that is executed for one subscriber."""

    def __init__(
        self,
        stream: AsyncGenerator[ExecutionResult, None],
        key: str,
    ) -> None:
        self._stream, self._failure_boundary = stream, FailureBoundary(key)

    async def results(self) -> AsyncGenerator[EncodedResult, None]:
        """Yield every result. Raises `OperationFailed` when the source fails."""
        with self._failure_boundary:
            async with aclosing(self._stream) as stream:
                async for result in stream:
                    yield EncodedResult(result)


def _key(prepared: PreparedOperation, view: View[Versioned, object]) -> Hashable:
    variables = trimmed_copy(orjson.dumps(prepared.variables, option=orjson.OPT_SORT_KEYS))
    return (prepared.document.text, prepared.operation.name, variables, view.viewer)
