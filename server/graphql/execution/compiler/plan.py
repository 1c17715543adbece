"""The plan of an operation: its root fields, each with its resolver and its compiled selection set."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLID,
    GraphQLResolveInfo,
    GraphQLString,
    OperationType,
    get_nullable_type,
)
from graphql.execution.collect_fields import collect_fields
from graphql.execution.executor import Executor
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_argument_values
from graphql.pyutils import Path
from strawberry.execution import optimized_is_awaitable

from server.graphql.execution.compiler.selections import CompleteValue, NotCompiled, SelectionCompiler

NO_VARIABLES: Final = VariableValues({}, {})
TEXTS: Final = (GraphQLID, GraphQLString)


@dataclass(frozen=True, slots=True)
class Request:
    """The inputs of an execution."""

    root_value: object
    context: object
    variables: VariableValues


@dataclass(frozen=True, slots=True)
class ResolverResult:
    """The value that the resolver of a root field returned, or the exception that it raised."""

    value: object
    failure: Exception | None
    is_awaited: bool

    def get(self) -> object:
        """Return or raise the same again, later if the resolver did."""
        return self._get_later() if self.is_awaited else self._get()

    def _get(self) -> object:
        if self.failure is not None:
            raise self.failure
        return self.value

    async def _get_later(self) -> object:
        return self._get()


ResolverResults = dict[str, ResolverResult]
"""The results of the root fields that have been resolved, by response key."""


@dataclass(frozen=True, slots=True)
class RootField:
    """A field of the root type. `info` is complete but for what differs between requests."""

    key: str
    node: FieldNode
    definition: GraphQLField
    resolver: Callable[..., Any]
    info: Any
    complete: CompleteValue

    def start(self, request: Request) -> "ResolverResult | Awaitable[ResolverResult]":
        """Call the resolver. The result has to be awaited if the resolver's value has to be."""
        try:
            arguments = get_argument_values(self.definition, self.node, request.variables)
            info = self.info._replace(
                root_value=request.root_value, variable_values=request.variables.coerced, context=request.context
            )
            value = self.resolver(request.root_value, info, **arguments)
        except Exception as failure:  # noqa: BLE001 - graphql-core decides what every exception means
            return ResolverResult(None, failure, False)
        return _settled(value) if optimized_is_awaitable(value) else ResolverResult(value, None, False)

    def add(self, result: ResolverResult, data: dict[str, object]) -> bool:
        """Add the completed value to `data` and return true, unless it is an error."""
        if result.failure is not None:
            return False
        try:
            data[self.key] = self.complete(result.value)
        except Exception:  # noqa: BLE001 - graphql-core completes the value again and reports the error
            return False
        return True


async def _settled(value: Awaitable[object]) -> ResolverResult:
    try:
        return ResolverResult(await value, None, True)
    except Exception as failure:  # noqa: BLE001 - graphql-core decides what every exception means
        return ResolverResult(None, failure, True)


@dataclass(frozen=True, slots=True)
class ExecutionPlan:
    """An operation, compiled for one set of directive values."""

    is_serial: bool
    fields: tuple[RootField, ...]
    field_count: int
    """The number of fields on all levels."""
    text_variables: tuple[GraphQLVariableSignature, ...] | None
    """Its variables, if all of them are of the types `ID` and `String`."""

    def text_variable_values(self, given: Mapping[str, object]) -> VariableValues | None:
        """Return the values of its variables, if all of them are texts; None if graphql-core has to coerce them."""
        if self.text_variables is None:
            return None
        values = {signature.name: given.get(signature.name) for signature in self.text_variables}
        if not all(type(value) is str for value in values.values()):
            return None
        sources = {one.name: VariableValueSource(one, values[one.name]) for one in self.text_variables}
        return VariableValues(sources, values)

    async def run(self, request: Request, results: ResolverResults) -> dict[str, object] | None:
        """Return the data, or None if graphql-core has to complete the results and to decide how to go on."""
        data: dict[str, object] = dict.fromkeys(field.key for field in self.fields)
        if not self.is_serial and len(self.fields) > 1:
            return data if await self._run_together(request, results, data) else None
        for field in self.fields:
            started = field.start(request)
            results[field.key] = result = started if isinstance(started, ResolverResult) else await started
            if not field.add(result, data):
                return None
        return data

    def complete_event(self, event: object) -> dict[str, object] | None:
        """Return the data of a subscription for one event, or None if graphql-core has to complete it.

        Strawberry resolves the field of a subscription to the event itself, whatever its arguments are.
        """
        (field,) = self.fields
        try:
            return {field.key: field.complete(event)}
        except Exception:  # noqa: BLE001 - graphql-core completes the event again and reports the error
            return None

    async def _run_together(self, request: Request, results: ResolverResults, data: dict[str, object]) -> bool:
        """Start the fields in order up to the first error, then await those that have to be."""
        pending: list[tuple[RootField, Awaitable[ResolverResult]]] = []
        is_complete = True
        for field in self.fields:
            started = field.start(request)
            if not isinstance(started, ResolverResult):
                pending.append((field, started))
                continue
            results[field.key] = started
            if not field.add(started, data):
                is_complete = False
                break
        settled = await asyncio.gather(*(awaitable for _, awaitable in pending))
        for (field, _), result in zip(pending, settled, strict=True):
            results[field.key] = result
            is_complete = field.add(result, data) and is_complete
        return is_complete


def compile_operation(executor: Executor[Any]) -> ExecutionPlan | None:
    """Return the plan of the executor's operation, or None if graphql-core has to execute it.

    The values of the executor's variables matter only where directives use them; the plan does not keep them.
    """
    try:
        return _compile(executor)
    except Exception:  # noqa: BLE001 - graphql-core reports what is wrong
        return None
    finally:
        executor.variable_values = NO_VARIABLES
        executor._relevant_sub_fields.clear()


def _compile(executor: Executor[Any]) -> ExecutionPlan:
    operation, schema = executor.operation, executor.schema
    root_type = schema.get_root_type(operation.operation)
    if root_type is None:
        raise NotCompiled
    groups = collect_fields(schema, executor.fragments, executor.variable_values, root_type, operation)
    compiler = SelectionCompiler(executor)
    fields = []
    for key, selected in groups.grouped_field_set.items():
        definition = schema.get_field(root_type, selected[0].node.name.value)
        if definition is None or definition.resolve is None or selected[0].node.name.value.startswith("__"):
            raise NotCompiled
        nodes = [details.node for details in selected]
        info: Any = executor.build_resolve_info(definition, nodes, root_type, Path(None, key, root_type.name))
        template = info._replace(variable_values={})
        complete = compiler.value(definition.type, selected)
        fields.append(RootField(key, nodes[0], definition, definition.resolve, template, complete))
    is_serial = operation.operation is OperationType.MUTATION
    return ExecutionPlan(is_serial, tuple(fields), compiler.field_count + len(fields), _text_variables(executor))


def _text_variables(executor: Executor[Any]) -> tuple[GraphQLVariableSignature, ...] | None:
    nodes = executor.operation.variable_definitions or ()
    signatures = [get_variable_signature(executor.schema, node) for node in nodes]
    texts = [
        signature
        for signature in signatures
        if isinstance(signature, GraphQLVariableSignature) and get_nullable_type(signature.type) in TEXTS
    ]
    return tuple(texts) if len(texts) == len(signatures) else None


def result_reuse_middleware(results: Mapping[str, ResolverResult]) -> Callable[..., object]:
    """Return a middleware of graphql-core that returns these results of root fields instead of resolving them again."""

    def reuse(next_: Callable[..., object], source: object, info: GraphQLResolveInfo[Any], **arguments: Any) -> object:
        result = results.get(str(info.path.key)) if info.path.prev is None else None
        return next_(source, info, **arguments) if result is None else result.get()

    return reuse
