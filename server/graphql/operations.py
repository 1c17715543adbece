"""The one place where operations are prepared, executed and subscribed to, for every transport."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from inspect import isawaitable
from typing import TypeGuard, cast

import strawberry
from graphql import ExecutionResult, GraphQLError, OperationType, execute, subscribe
from strawberry.execution import optimized_is_awaitable

from kit.errors import DoitongError
from server.graphql.documents import Document, DocumentCache, Operation
from server.graphql.errors import OperationFailed, RequestError
from server.graphql.limits import QueryLimits
from server.graphql.protocol import GraphQLParams

# Strawberry's own predicate is quicker than graphql-core's; it is one of these in all but its annotation.
_is_awaitable = cast("Callable[[object], TypeGuard[Awaitable[object]]]", optimized_is_awaitable)


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """An operation that is valid and may run, with its variables as they were sent."""

    document: Document
    operation: Operation
    variables: dict[str, object]

    @property
    def type(self) -> OperationType:
        return self.operation.type


class Operations:
    """Runs the operations of one schema. Strawberry's schema extensions are not run: nothing here uses them."""

    def __init__(self, schema: strawberry.Schema, *, limits: QueryLimits | None = None) -> None:
        self.schema = schema._schema
        self.executor_class = schema.execution_context_class
        self.documents = DocumentCache(self.schema, limits=limits)

    def prepare(self, params: GraphQLParams, *, refusal: DoitongError | None = None) -> PreparedOperation:
        """The operation that the request means. Raises `RequestError`.

        With a `refusal`, which is what a caller without a key gets, everything but introspection raises just that.
        """
        if refusal is None:
            return self._prepare(params, keep=True)
        try:
            # strangers neither learn from our answers nor push the documents of others out of the cache
            prepared = self._prepare(params, keep=False) if params.query and "__" in params.query else None
        except RequestError:
            raise refusal from None
        if prepared is None or not prepared.operation.introspection_only:
            raise refusal
        return prepared

    def _prepare(self, params: GraphQLParams, *, keep: bool) -> PreparedOperation:
        text = params.query or None
        if keep and (persisted_query := params.extensions.get("persistedQuery")) is not None:
            text = self.documents.persisted_text(text, persisted_query)
        if text is None:
            raise RequestError("The request has no `query`.")
        document = self.documents.get(text, keep=keep)
        return PreparedOperation(document, document.operation(params.operation_name), params.variables)

    async def execute(self, prepared: PreparedOperation, *, context: object) -> ExecutionResult:
        """Run a query or mutation. A compiled executor belongs here."""
        result = execute(
            self.schema,
            prepared.document.node,
            context_value=context,
            variable_values=prepared.variables,
            operation_name=prepared.operation.name,
            executor_class=self.executor_class,
            is_awaitable=_is_awaitable,
        )
        return await result if isawaitable(result) else result

    async def subscribe(self, prepared: PreparedOperation, *, context: object) -> AsyncGenerator[ExecutionResult, None]:
        """Begin a subscription. Raises `OperationFailed` when it cannot begin, and while iterating when it breaks off.

        Sharing one execution among all who ask for the same belongs here.
        """
        stream = subscribe(
            self.schema,
            prepared.document.node,
            context_value=context,
            variable_values=prepared.variables,
            operation_name=prepared.operation.name,
            executor_class=self.executor_class,
            is_awaitable=_is_awaitable,
        )
        if isawaitable(stream):
            stream = await stream
        if isinstance(stream, ExecutionResult):
            raise OperationFailed(stream.errors or ())
        return _results(cast("AsyncGenerator[ExecutionResult, None]", stream), prepared)


async def _results(
    stream: AsyncGenerator[ExecutionResult, None], prepared: PreparedOperation
) -> AsyncGenerator[ExecutionResult, None]:
    async with aclosing(stream):
        try:
            async for result in stream:
                yield result
        except Exception as failure:
            error = GraphQLError(str(failure), original_error=failure, path=[prepared.operation.first_key])
            raise OperationFailed([error]) from failure
